"""Threat 94: nobody's words anywhere but where they belong. Numbers are those of the project's list of threats."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from core import db, runtime, telemetry
from domain import accounts, mails, moods
from tests.insights import finding, keep, report, settle
from tests.links import mailed_token
from tests.lives import dump, redis_says
from tests.people import Account, World, do_jobs, upload
from workers import insights

# Each is found wherever it goes, in whatever letters.
CANARIES = {
    "email": "canary-address@example.org",
    "password": "canary-password of a lake",
    "wrong password": "canary-guess of a lake",
    "new password": "canary-renewed of a lake",
    "first name": "Canaryfirst",
    "last name": "Canarylast",
    "born": "1987-06-05",
    "note": "canary-note I feel low today",
    "location": "canary-location",
    "weather": "canary-weather",
    "factor": "canary-factor",
    "import": "canary-import",
    "mood word": "canary-word",
    "field": "canary-unknown-field",
    "query": "canary-query",
    "path": "canary-path",
    "error": "canary-error",
    "key": "canary-idempotency-key",
}
# The development mailbox holds what a provider would be sent: the address and the name.
_MAILED = {"email"}
# What an error is raised in, at each level of the system: an API answer, a job, a mail.
_BROKEN = "broke on canary-error and canary-note"


class Broken(Exception):
    def __init__(self) -> None:
        super().__init__(_BROKEN, CANARIES)


async def break_down(*_: Any, **__: Any) -> Any:
    raise Broken


def tell_all(material: Any, *_: Any) -> Any:
    """What a careless library would do."""
    raise ValueError(f"cannot analyse {material!r}")


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """All log lines of any level, rendered as the system renders them, and as whoever reads the records raw would see them."""
    said = io.StringIO()

    class Raw(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.write(f"{record.msg!r} {record.args!r} {record.__dict__.get('stack_info')!r}\n")

    root = logging.getLogger()
    rendered = logging.StreamHandler(said)
    # The one the system set up, among pytest's own.
    rendered.setFormatter(next(handler.formatter for handler in root.handlers if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)))
    level, raw = root.level, Raw()
    root.setLevel(logging.DEBUG)
    for handler in (rendered, raw):
        root.addHandler(handler)
    try:
        yield said
    finally:
        root.setLevel(level)
        for handler in (rendered, raw):
            root.removeHandler(handler)


async def live(world: World, patch: pytest.MonkeyPatch) -> Account:
    """Somebody signs up and uses all there is: rightly, wrongly, and while things break."""
    about = {"firstName": CANARIES["first name"], "lastName": CANARIES["last name"], "dateOfBirth": CANARIES["born"]}
    ana = await world.user(email=CANARIES["email"], password=CANARIES["password"], **about)
    mood = {"mood": 2, "note": CANARIES["note"], "location": CANARIES["location"], "weather": CANARIES["weather"], "factors": [CANARIES["factor"]]}
    key = {"Idempotency-Key": CANARIES["key"]}
    assert (await ana.post("/moods", mood, headers=key)).status == 201
    assert (await ana.post("/moods", mood, headers=key)).status == 201
    csv = f"full_date,time,mood,note\n2025-05-04,10:00,{CANARIES['mood word']},{CANARIES['import']}\nx,y,{CANARIES['mood word']},{CANARIES['import']}\n"
    imported = await ana.post("/moods/import", form=upload(csv.encode(), filename="canary-path.csv", moodMap=f'{{"{CANARIES["mood word"]}": 2}}'))
    assert imported.status == 202
    await do_jobs()
    assert (await ana.get(f"/moods/import/{imported.json['id']}")).json["imported"] == 1
    assert await keep(ana, report(finding(factor=CANARIES["factor"])))
    assert CANARIES["factor"] in (await ana.get("/moods/insights")).json["insights"][0]["text"]
    for path in ("/moods", "/moods/stats", "/users/profile", "/achievements/user", "/notifications", "/moods/export.csv"):
        assert (await ana.get(path)).status == 200
    wrong = [
        await world.send("POST", "/auth/login", {"email": CANARIES["email"], "password": CANARIES["wrong password"]}),
        await world.send("POST", "/auth/register", {"email": CANARIES["email"], "password": CANARIES["password"]}),
        await world.send("POST", "/auth/register", {"email": CANARIES["email"] + "@", "password": CANARIES["password"], CANARIES["field"]: CANARIES["note"]}),
        await ana.post("/auth/change-password", {"currentPassword": CANARIES["wrong password"], "newPassword": CANARIES["new password"]}),
        await ana.post("/moods", {**mood, "mood": 9, CANARIES["field"]: CANARIES["note"]}),
        await ana.post("/moods", raw=f'{{"mood": 3, "note": "{CANARIES["note"]}",,}}'.encode()),
        await ana.post("/moods", mood | {"note": CANARIES["note"] * 1000}),
        await ana.get(f"/moods?cursor={CANARIES['query']}&{CANARIES['query']}={CANARIES['query']}"),
        await ana.get(f"/{CANARIES['path']}?{CANARIES['query']}"),
        await ana.get(f"/moods/{CANARIES['path']}"),
    ]
    assert [each.status for each in wrong] == [401, 409, 422, 403, 422, 400, 422, 422, 404, 404]
    await _break(world, ana, mood, patch)
    await world.send("POST", "/auth/forgot-password", {"email": CANARIES["email"]})
    token = await mailed_token(world, CANARIES["email"], "reset_password")
    assert (await world.send("POST", "/auth/reset-password", {"token": token, "password": CANARIES["new password"]})).status == 204
    return ana


async def _break(world: World, ana: Account, mood: dict[str, Any], patch: pytest.MonkeyPatch) -> None:
    with patch.context() as broken:
        broken.setattr(moods, "record", break_down)
        broken.setattr(accounts, "change_profile", break_down)
        broken.setattr(accounts, "register", break_down)
        for answered in (
            await ana.post("/moods", mood),
            await ana.put("/users/profile", {"firstName": CANARIES["first name"]}),
            await world.send("POST", "/auth/register", {"email": CANARIES["email"], "password": CANARIES["password"]}),
        ):
            assert answered.status == 500
            assert b"canary" not in answered.raw.lower()
    with patch.context() as broken:
        broken.setattr(mails, "deliver", break_down)
        await world.send("POST", "/auth/forgot-password", {"email": CANARIES["email"]})
        assert "retried" in await do_jobs()
    with patch.context() as broken:
        broken.setattr(insights, "reported", tell_all)
        await ana.log_mood(note=CANARIES["note"])
        assert "retried" in await settle()
    # The database's own complaint names the value it refuses.
    with patch.context() as broken:
        broken.setattr(moods, "place_in_time", lambda *_: (CANARIES["error"], CANARIES["note"]))
        assert (await ana.post("/moods", mood)).status == 500


def found_in(said: str, *, but: AbstractSet[str] = frozenset()) -> set[str]:
    lowered = said.lower()
    return {name for name, canary in CANARIES.items() if name not in but and canary.lower() in lowered}


async def test_threat_94_nobodys_words_are_where_they_do_not_belong(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(telemetry, "report", reported.append)
    seen_in_jobs = ""
    with everything_logged() as log:
        real = db.execute

        async def watched(sql: str, *args: Any) -> int:
            nonlocal seen_in_jobs
            if "INTO jobs" in sql or "UPDATE jobs" in sql:
                seen_in_jobs += f"{args}\n"
            return await real(sql, *args)

        monkeypatch.setattr(db, "execute", watched)
        ana = await live(world, monkeypatch)
        said = log.getvalue()
    assert "request.failed" in said
    assert "job.retried" in said
    assert "Broken" in said
    assert found_in(said) == set()
    printed = capfd.readouterr()
    assert found_in(printed.out + printed.err) == set()
    assert reported
    assert found_in((await world.send("GET", "/metrics")).raw.decode()) == set()
    assert "mood_recorded" in seen_in_jobs
    assert found_in(seen_in_jobs) == set()
    kept = await redis_says()
    assert kept
    assert found_in(kept) == set()
    stored = await dump()
    assert stored["mails"]
    assert stored["mood_entries"]
    assert stored["mood_insights"]
    assert stored["idempotency_keys"]
    leaks = {table: found for table, text in stored.items() if (found := found_in(text, but=_MAILED if table == "development_mails" else set()))}
    assert leaks == {}
    assert found_in(stored["development_mails"]) == _MAILED
    # And all of it is there for its owner.
    answered = await world.send("POST", "/auth/login", {"email": CANARIES["email"], "password": CANARIES["new password"]})
    ana.tokens = answered.json
    diary = (await ana.get("/moods")).raw.decode() + (await ana.get("/users/profile")).raw.decode()
    assert found_in(diary) == {"email", "first name", "last name", "born", "note", "location", "weather", "factor", "import"}


class Caught(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_threat_94_an_error_report_leaves_without_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the options the system starts Sentry with, caught at the door."""
    started: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    monkeypatch.setattr(sentry_sdk, "init", lambda *args, **options: started.append((args, options)))
    monkeypatch.setattr(telemetry, "_set_up_logging", lambda *_: None)
    telemetry.set_up(replace(runtime.settings(), sentry_dsn="https://key@sentry.invalid/1"), "web")
    ((args, options),) = started
    door = Caught()
    client = sentry_sdk.Client(*args, **options, transport=door)

    def fail(words: str) -> None:
        held = words + "!"
        raise ValueError(held, CANARIES)

    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        scope.set_extra("note", CANARIES["note"])
        scope.set_user({"email": CANARIES["email"]})
        try:
            fail(CANARIES["note"])
        except ValueError as error:
            telemetry.report(error)
    client.close()
    sent = b"".join(envelope.serialize() for envelope in door.sent).decode()
    assert "ValueError" in sent
    assert found_in(sent) == set()
