"""A copy of all of one's data: what is in it, how it is fetched, and that it does not stay."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest

from core import clock, db, jobs
from core.crypto import b64, unb64
from core.settings import parse_rate
from domain import export_content, exports, mood_csv
from domain.exports import MakeExport
from domain.languages import SPOKEN
from tests.files import path_of
from tests.lives import LEFT_OUT, Life, live, stored_files
from tests.people import Account, World, do_jobs
from tests.settings import configure


async def made(person: Account) -> dict[str, Any]:
    """An export, done."""
    begun = await person.post("/users/export")
    assert begun.status == 202, begun.raw
    await do_jobs()
    found: dict[str, Any] = (await person.get(f"/users/export/{begun.json['id']}")).json
    assert found["status"] == "done", found
    return found


async def unpacked(person: Account) -> dict[str, bytes]:
    answered = await person.world.send("GET", path_of((await made(person))["downloadUrl"]))
    assert answered.status == 200
    with zipfile.ZipFile(io.BytesIO(answered.raw)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_it_holds_all_of_ones_own_and_nothing_of_anybody_else(world: World) -> None:
    ana, bob = await live(world, "heliotrope"), await live(world, "vermilion")
    files = await unpacked(ana.person)
    everything = b"\n".join(files.values())
    assert ana.found_in(everything) == set(ana.canaries) - LEFT_OUT
    assert bob.found_in(everything) == set()
    assert bob.person.id.encode() not in everything
    assert bob.session.encode() not in everything
    await _reads_well(ana, files)


async def _reads_well(life: Life, files: dict[str, bytes]) -> None:
    """Each subject in its file, whole and as it is elsewhere."""
    said = {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}
    ana = life.person
    assert said["profile.json"].items() >= (await ana.get("/users/profile")).json.items()
    assert said["preferences.json"] == (await ana.get("/users/preferences")).json
    assert {each["id"] for each in said["moods.json"]} == {each["id"] for each in (await ana.get("/moods?limit=100")).json["items"]}
    assert said["mood_imports.json"][0]["imported"] == 1
    assert said["mood_imports.json"][0]["moodMap"] == {life.canaries["mood word"]: 2}
    assert said["insights.json"] == (await ana.get("/moods/insights")).json
    assert life.canaries["factor"] in said["insights.json"]["insights"][0]["text"]
    ((chat,), texts) = said["chats.json"], [each["message"] for each in said["chats.json"][0]["messages"]]
    assert (chat["id"], chat["rating"], chat["counselor"]["firstName"]) == (life.session, 5, "Cora")
    assert [each["seq"] for each in chat["messages"]] == list(range(1, len(texts) + 1))
    assert {life.canaries["message"], life.canaries["reply"]} <= set(texts)
    (carried,) = [each["file"] for each in chat["messages"] if "file" in each]
    assert life.canaries["document"].encode() in files[carried]
    assert files["avatar.webp"][:4] == b"RIFF"
    for name, field in (("programs.json", "title"), ("modules.json", "title"), ("breathing.json", "technique"), ("achievements.json", "name"), ("notifications.json", "title")):
        assert said[name], name
        assert said[name][0][field], name
    assert [each["platform"] for each in said["devices.json"]] == ["ios"]
    assert life.canaries["user agent"] in [each["userAgent"] for each in said["sign_ins.json"]]
    assert {"login", "context_read", "export_requested"} <= {each["action"] for each in said["access_log.json"]}
    assert [each["status"] for each in said["exports.json"]] == ["running"]
    assert [row.entry.note for row in mood_csv.rows(io.BytesIO(files["moods.csv"]), "UTC", {}) if row.entry] == [life.canaries["imported note"], life.canaries["note"]]
    breaths = list(csv.DictReader(io.StringIO(files["breathing.csv"].decode())))
    assert [(each["duration"], each["moodBefore"], each["moodAfter"]) for each in breaths] == [("240", "2", "4")]
    # No id of a row of ours that only means something to us.
    assert b"fingerprint" not in files["moods.json"]


async def test_it_holds_every_table_there_is_of_a_person(world: World) -> None:
    """A new table about people must be exported, or be left out knowingly."""
    listed = {each.table for each in export_content._SUBJECTS.values() if isinstance(each, export_content._Listed)}
    by_hand = {"users", "mood_insights", "chat_sessions", "chat_messages", "chat_attachments", "audit_entries"}
    # Plumbing without anything of the person's own in it, or what stands in another file already; and what counselors wrote for themselves.
    knowingly = {
        "data_keys",
        "idempotency_keys",
        "one_time_tokens",
        "presences",
        "last_seen",
        "chat_joins",
        "chat_offers",
        "counselor_notes",
        "crises",
        "mail_events",
        "mood_charts",
    }
    rows = await db.fetch(
        """
        SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('user_id', 'principal_id', 'owner_id', 'session_id')
        """
    )
    assert {row["name"] for row in rows} <= listed | by_hand | knowingly


async def test_a_file_with_everything_empty_is_good_too(world: World) -> None:
    ana = await world.anonymous(language="es-MX", timezone="America/Mexico_City")
    files = await unpacked(ana)
    assert {name for name, content in files.items() if name.endswith(".json") and json.loads(content) == []} == {
        f"{name}.json" for name in ("moods", "mood_imports", "chats", "risk_flags", "programs", "modules", "breathing", "achievements", "notifications", "mails", "devices")
    }
    assert '<html lang="es">' in files["index.html"].decode()


@pytest.mark.parametrize("language", SPOKEN)
async def test_the_page_explains_every_file_and_what_is_missing(world: World, language: str) -> None:
    page = export_content.page(language)
    assert f'<html lang="{language}">' in page
    assert set(export_content._words(language)["files"]) == {"index.html", *export_content._SUBJECTS, "avatar.webp", "chats/"}
    for name, says in export_content._words(language)["files"].items():
        assert name in page
        assert says.replace("'", "&#39;") in page
    assert len(export_content._words("en")["missing"]) == len(export_content._words("es")["missing"])


async def test_one_at_a_time_and_a_few_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_exports=parse_rate("3/1d"))
    ana = await world.user()
    begun = await asyncio.gather(*(ana.post("/users/export") for _ in range(8)))
    # Those that find no room while the first is on its way are refused, and the room comes back.
    assert {each.status for each in begun} <= {202, 429}
    assert len({each.json["id"] for each in begun if each.status == 202}) == 1
    job = next(each.json for each in begun if each.status == 202)
    assert job == {"id": job["id"], "status": "queued", "progress": 0, "createdAt": job["createdAt"], "finishedAt": None, "error": None, "downloadUrl": None}
    assert await db.fetchval("SELECT count(*) FROM data_exports") == 1
    await do_jobs()
    for _ in range(2):
        await made(ana)
    # Told is the limit that is met first; who came when the first was on its way already met the general one alone.
    assert "3" in {each.headers["RateLimit-Limit"] for each in begun} <= {"3", "100000"}
    assert (await ana.get("/users/profile")).headers["RateLimit-Limit"] == "100000"
    refused = await ana.post("/users/export")
    assert (refused.status, refused.json["code"], refused.headers["RateLimit-Limit"]) == (429, "rate_limited", "3")
    bob = await world.anonymous()
    assert (await bob.post("/users/export")).status == 202


async def test_the_link_works_once_without_a_bearer_for_an_hour(world: World) -> None:
    ana = await world.user()
    told = await made(ana)
    link = path_of(told["downloadUrl"])
    assert len(stored_files(f"exports/{ana.id}")) == 1
    looked = await world.send("HEAD", link)
    assert (looked.status, looked.raw, looked.headers["Content-Type"]) == (200, b"", "application/zip")
    answered = await asyncio.gather(*(world.send("GET", link) for _ in range(5)))
    assert sorted(each.status for each in answered) == [200, 404, 404, 404, 404]
    fetched = next(each for each in answered if each.status == 200)
    assert (fetched.headers["Content-Disposition"], fetched.headers["Cache-Control"]) == ('attachment; filename="mentalspace.zip"', "private, no-store")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert (await world.send("GET", link)).status == 404
    assert (await ana.get(f"/users/export/{told['id']}")).json["downloadUrl"] is None
    assert stored_files(f"exports/{ana.id}") == {}


async def test_threat_59_a_link_that_is_forged_or_old_finds_nothing(world: World) -> None:
    ana = await world.user()
    told = await made(ana)
    signed = told["downloadUrl"].rpartition("/")[2]
    raw = unb64(signed)
    later = raw[:16] + (int.from_bytes(raw[16:20], "big") + 3600).to_bytes(4, "big") + raw[20:]
    other = clock.new_id().bytes + raw[16:]
    for forged in (b64(later), b64(other), "A" * 48, signed[:-1] + ("A" if signed[-1] != "A" else "B")):
        assert (await world.send("GET", f"/exports/{forged}")).status == 404
    expired = int.from_bytes(raw[16:20], "big")
    assert abs(expired - clock.now().timestamp() - 3600) < 60
    old = raw[:16] + int(clock.now().timestamp()).to_bytes(4, "big")
    assert (await world.send("GET", f"/exports/{b64(old + exports._mac(old))}")).status == 404
    # A link of another kind is none of this one.
    assert (await world.send("GET", f"/files/{signed}")).status == 404
    assert (await world.send("GET", f"/exports/{signed}")).status == 200


async def test_threat_26_anothers_export_looks_like_none(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    told = await made(ana)
    for path in (f"/users/export/{told['id']}", f"/users/export/{clock.new_id()}"):
        assert (await bob.get(path)).status == 404
    counselor = await world.counselor()
    assert (await counselor.get(f"/users/export/{told['id']}")).status == 403


async def test_threat_87_an_idempotency_key_gives_the_first_answer_to_its_owner_only(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    key = {"Idempotency-Key": "same"}
    first, again, bobs = await ana.post("/users/export", headers=key), await ana.post("/users/export", headers=key), await bob.post("/users/export", headers=key)
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert bobs.json["id"] != first.json["id"]


async def test_who_asked_is_told_by_mail_and_in_the_app(world: World) -> None:
    ana, guest = await world.user(), await world.anonymous()
    await made(ana)
    await made(guest)
    (mail,) = await world.mailbox(ana.email, "export_ready")
    assert "/account/data" in mail["text"]
    assert "/exports/" not in mail["text"]
    for person in (ana, guest):
        assert "export_ready" in [each["kind"] for each in (await person.get("/notifications")).json["items"]]
    assert await db.fetchval("SELECT count(*) FROM mails WHERE kind = 'export_ready'") == 1


async def test_what_is_kept_is_sealed(world: World) -> None:
    ana = await world.user(firstName="Heliotrope")
    await made(ana)
    (content,) = stored_files(f"exports/{ana.id}").values()
    assert b"heliotrope" not in content.lower()
    assert b"PK\x03\x04" not in content


async def test_a_worker_that_was_killed_is_followed_by_one_that_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    begun = (await ana.post("/users/export")).json
    real = export_content.archive

    async def broken(*args: Any) -> Any:
        async for piece in real(*args):
            yield piece
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(export_content, "archive", broken)
        assert "retried" in await do_jobs()
    told = (await ana.get(f"/users/export/{begun['id']}")).json
    assert (told["status"], told["downloadUrl"]) == ("running", None)
    assert told["progress"] > 50
    assert stored_files(f"exports/{ana.id}") == {}
    await db.execute("UPDATE jobs SET due_at = now()")
    await do_jobs()
    assert (await ana.get(f"/users/export/{begun['id']}")).json["status"] == "done"


async def test_one_whose_job_was_given_up_has_failed_and_another_may_be_asked_for(world: World) -> None:
    ana = await world.user()
    begun = (await ana.post("/users/export")).json
    await db.execute("UPDATE jobs SET failed_at = now() WHERE name = $1", MakeExport.name())
    told = (await ana.get(f"/users/export/{begun['id']}")).json
    assert (told["status"], told["error"], told["downloadUrl"]) == ("failed", "It could not be finished; please ask again", None)
    assert told["finishedAt"] is not None
    assert (await ana.post("/users/export")).json["id"] != begun["id"]


async def test_done_twice_it_is_one(world: World) -> None:
    """The broker may deliver a job again."""
    ana = await world.user()
    told = await made(ana)
    await exports.make(UUID(told["id"]))
    await exports.make(clock.new_id())
    assert await db.fetchval("SELECT count(*) FROM mails WHERE kind = 'export_ready'") == 1
    async with db.transaction():
        await jobs.defer(MakeExport(export_id=UUID(told["id"])))
    assert await do_jobs() == ["done"]
    assert len(stored_files(f"exports/{ana.id}")) == 1
