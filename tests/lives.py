"""Somebody who has used all there is, with a word of their own in every field: to be found again, or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from core import db, runtime
from tests.charts import draw_now
from tests.chats import begin, on_duty
from tests.files import PDF, picture, send
from tests.insights import finding, keep, report
from tests.people import Account, World, confirmed, do_jobs, upload

# Fields that an export leaves out: what nobody but the service needs, and what counselors wrote for themselves.
LEFT_OUT = {"password", "device token", "counselor's note", "idempotency key"}


@dataclass
class Life:
    person: Account
    counselor: Account
    session: str
    canaries: dict[str, str]

    def found_in(self, said: str | bytes) -> set[str]:
        """The fields whose word stands in there."""
        text = (said.decode("latin-1") if isinstance(said, bytes) else said).lower()
        return {name for name, word in self.canaries.items() if word.lower() in text}


_FIELDS = (
    "first name", "last name", "note", "location", "weather", "factor", "imported note", "mood word", "topic", "message", "reply", "document", "unsent document", "feedback",
    "device token", "user agent", "counselor's note", "idempotency key",
)  # fmt: skip


async def live(world: World, word: str) -> Life:
    """`word`: of letters only, so that it stands as it is wherever it goes."""
    said = {name: f"{word}{''.join(filter(str.isalpha, name)).title()}" for name in _FIELDS} | {"email": f"{word}@example.org", "password": f"{word[::-1]} a quiet green lake"}
    ana = await world.user(email=said["email"], password=said["password"], firstName=said["first name"], lastName=said["last name"], dateOfBirth="1987-06-05", gender="other")
    await confirmed(ana)
    credentials = {"email": said["email"], "password": said["password"]}
    signed_in = await world.send("POST", "/auth/login", credentials, headers={"User-Agent": said["user agent"]})
    assert signed_in.status == 200, signed_in.raw
    mood = {"mood": 2, "note": said["note"], "location": said["location"], "weather": said["weather"], "factors": [said["factor"]]}
    assert (await ana.post("/moods", mood, headers={"Idempotency-Key": said["idempotency key"]})).status == 201
    csv = f"full_date,time,mood,note\n2025-05-04,10:00,{said['mood word']},{said['imported note']}\n"
    assert (await ana.post("/moods/import", form=upload(csv.encode(), moodMap=f'{{"{said["mood word"]}": 2}}'))).status == 202
    session, counselor = await _talk(world, ana, said)
    await _practise(ana)
    assert (await ana.post("/notifications/devices", {"token": said["device token"], "platform": "ios"})).status == 201
    assert (await ana.post("/users/avatar", form=upload(picture("PNG", (80, 80)), filename="me.png"))).status == 202
    await do_jobs()
    assert await keep(ana, report(finding(factor=said["factor"])))
    await draw_now(ana, "factors", "all")
    return Life(ana, counselor, session, said)


async def _talk(world: World, ana: Account, said: dict[str, str]) -> tuple[str, Account]:
    counselor = await on_duty(world)
    session = await begin(ana, said["topic"])
    taken = await counselor.post("/counselor/queue/next")
    assert taken.json["id"] == session
    await _accepted(ana.post(f"/chat/sessions/{session}/messages", {"message": said["message"]}))
    await _accepted(counselor.post(f"/chat/sessions/{session}/messages", {"message": said["reply"]}))
    for name in ("document", "unsent document"):
        sent = await send(ana, session, PDF + said[name].encode())
        assert sent.status == 201
        if name == "document":
            await _accepted(ana.post(f"/chat/sessions/{session}/messages", {"message": "", "messageType": "file", "attachmentId": sent.json["attachmentId"]}))
    await _accepted(counselor.post(f"/counselor/sessions/{session}/notes", {"text": said["counselor's note"]}))
    assert (await counselor.get(f"/counselor/sessions/{session}/context")).status == 200
    await _accepted(ana.post(f"/chat/sessions/{session}/close"))
    await _accepted(ana.put(f"/chat/sessions/{session}/rate", {"rating": 5, "feedback": said["feedback"]}))
    return session, counselor


async def _practise(ana: Account) -> None:
    await _accepted(
        ana.post("/breathing/sessions", {"technique": (await ana.get("/breathing/techniques")).json["items"][0]["id"], "duration": 240, "moodBefore": 2, "moodAfter": 4})
    )
    program = next(each for each in (await ana.get("/programs?limit=100")).json["items"] if not each["isPremium"])
    await _accepted(ana.post(f"/programs/{program['id']}/enroll"))
    module = (await ana.get(f"/programs/{program['id']}")).json["modules"][0]
    await _accepted(ana.post(f"/programs/modules/{module['id']}/complete", {"timeSpent": 60, "score": 80}))


async def _accepted(answering: Any) -> None:
    answered = await answering
    assert answered.status in (200, 201), answered.raw


async def dump() -> dict[str, str]:
    """Every table as text, bytes spelled out where they are text."""
    names = [row["tablename"] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    said = {}
    for name in names:
        rows = await db.fetch(f'SELECT * FROM "{name}"')
        said[name] = "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for row in rows for value in row.values())
    return said


async def redis_says() -> str:
    """Every key and value of Redis, whatever its type: not as a dump, which is compressed."""
    assert runtime._runtime is not None
    redis = runtime._runtime.redis
    readers: dict[bytes, Any] = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"hash": redis.hgetall,
        b"stream": redis.xrange,
    }
    return "\n".join([f"{key!r} {await readers[cast(bytes, await redis.type(key))](key)}" async for key in redis.scan_iter()])


def stored_files(under: str = "") -> dict[str, bytes]:
    """What the file storage holds, by key."""
    folder = runtime.settings().home / "files"
    return {key: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and (key := str(path.relative_to(folder))).startswith(under)}
