"""Files in a chat: sent, made anew, served, and gone when nothing came of them."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from PIL import Image

from core import clock, db, jobs, keys
from core.problem import Conflict, Invalid, NotFound
from core.settings import parse_rate
from core.storage import NoSuchFile, storage
from domain import upkeep
from domain.access import Principal
from domain.chat import attachments
from domain.chat.attachments import RecompressImage
from domain.chat.file_kinds import Unreadable
from tests.files import PDF, carry, chat, close, kept, path_of, picture, send, sent, state
from tests.people import Account, World, do_jobs
from tests.settings import configure
from workers import chat_files

KINDS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")


def principal(person: Account, kind: Any = "user") -> Principal:
    return Principal(kind, person.uuid, uuid4(), "", 0.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_picture_is_made_anew_and_served(world: World, kind: str) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    answered = await send(ana, session_id, picture(kind, (300, 200)))
    assert (answered.status, answered.json) == (201, {"attachmentId": answered.json["attachmentId"], "status": "processing"})
    attachment_id = UUID(answered.json["attachmentId"])
    assert await state(ana, session_id, attachment_id) == {"attachmentId": str(attachment_id), "status": "processing", "url": None}
    assert (await world.send("GET", path_of(attachments.link(attachment_id)))).status == 404

    assert await do_jobs() == ["done"]
    told = await state(ana, session_id, attachment_id)
    assert told["status"] == "ready"
    assert told["url"] == attachments.link(attachment_id)
    served = await world.send("GET", path_of(told["url"]))
    assert (served.status, served.headers["Content-Type"], served.headers["Content-Length"]) == (200, "image/webp", str(len(served.raw)))
    with Image.open(io.BytesIO(served.raw)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (300, 200))
    assert served.headers["Content-Disposition"] == 'inline; filename="picture.webp"'
    row = await db.fetchrow("SELECT content_type, size FROM chat_attachments")
    assert row is not None
    assert tuple(row) == ("image/webp", len(served.raw))
    assert len(kept(session_id)) == 1


async def test_a_pdf_is_ready_at_once_and_downloaded_as_it_is(world: World) -> None:
    ana = await world.anonymous()
    content = PDF + b"x" * 200_000
    session_id = await chat(ana)
    answered = await send(ana, session_id, content)
    assert (answered.status, answered.json["status"]) == (201, "ready")
    assert await do_jobs() == []
    served = await world.send("GET", path_of((await state(ana, session_id, UUID(answered.json["attachmentId"])))["url"]))
    assert (served.status, served.raw) == (200, content)
    assert served.headers["Content-Type"] == "application/pdf"
    assert served.headers["Content-Disposition"] == 'attachment; filename="document.pdf"'


async def test_what_is_served_runs_nothing_and_is_kept_by_nobody_else(world: World) -> None:
    ana = await world.anonymous()
    url = attachments.link(await sent(ana, await chat(ana)))
    served = await world.send("GET", path_of(url))
    assert served.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Referrer-Policy"] == "no-referrer"
    kept_by, seconds = served.headers["Cache-Control"].split(", max-age=")
    assert kept_by == "private"
    assert 3500 < int(seconds) <= 7200
    head = await world.send("HEAD", path_of(url))
    assert (head.status, head.raw) == (200, b"")
    assert {name: head.headers[name] for name in ("Content-Length", "Content-Type", "Content-Disposition")} == {
        name: served.headers[name] for name in ("Content-Length", "Content-Type", "Content-Disposition")
    }


def test_a_link_is_the_same_all_through_an_hour_and_good_for_one_at_least(world: World) -> None:
    attachment_id = clock.new_id()
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    found = []
    for minutes in (0, 30, 59.99, 60):
        with clock.at(hour + timedelta(minutes=minutes)):
            found.append(attachments.link(attachment_id))
    assert found[0] == found[1] == found[2] != found[3]
    assert attachments.link(clock.new_id()) != attachments.link(clock.new_id())


async def test_a_link_expires(world: World) -> None:
    ana = await world.anonymous()
    attachment_id = await sent(ana, await chat(ana))
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.at(hour + timedelta(minutes=59, seconds=59)):
        signed = attachments.link(attachment_id).rpartition("/")[2]
    with clock.at(hour + timedelta(hours=2, seconds=-1)):
        assert (await attachments.follow(signed)).seconds == 1
    for later in (timedelta(hours=2), timedelta(days=400)):
        with clock.at(hour + later), pytest.raises(NotFound):
            await attachments.follow(signed)


async def test_both_sides_send_and_see_what_a_message_carries(world: World) -> None:
    ana, cora = await world.anonymous(), await world.counselor()
    session_id = await chat(ana, cora)
    own, theirs = await sent(ana, session_id), await sent(cora, session_id)
    for person, not_yet in ((ana, theirs), (cora, own)):
        assert (await person.get(f"/chat/sessions/{session_id}/attachments/{not_yet}")).status == 404
    await carry(own, session_id, ana)
    await carry(theirs, session_id, cora)
    for person in (ana, cora):
        assert {(await state(person, session_id, each))["status"] for each in (own, theirs)} == {"ready"}
    rows = await db.fetch("SELECT uploader_type, uploader_id FROM chat_attachments ORDER BY created_at, id")
    assert [tuple(row) for row in rows] == [("user", ana.uuid), ("counselor", cora.uuid)]


async def test_a_chat_that_has_ended_takes_none(world: World) -> None:
    ana, cora = await world.anonymous(), await world.counselor()
    session_id = await chat(ana, cora)
    await close(session_id)
    for person in (ana, cora):
        refused = await send(person, session_id, PDF)
        assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert kept(session_id) == []


async def test_a_chat_that_ends_during_the_upload_takes_none(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)

    async def content() -> Any:
        yield PDF
        await close(session_id)

    upload = await attachments.keep_upload(principal(ana), session_id, content())
    with pytest.raises(Conflict):
        await attachments.add(principal(ana), session_id, upload)


async def test_who_only_watches_sends_nothing(world: World) -> None:
    ana, cora, sue = await world.anonymous(), await world.counselor(), await world.counselor(role="supervisor")
    session_id = await chat(ana, cora)
    attachment_id = await sent(ana, session_id)
    await carry(attachment_id, session_id, ana)
    assert (await state(sue, session_id, attachment_id))["status"] == "ready"
    assert (await send(sue, session_id, PDF)).status == 404
    assert len(kept(session_id)) == 1


async def test_staff_have_no_part_in_it(world: World) -> None:
    session_id = await chat(await world.anonymous())
    admin = await world.staff()
    assert (await send(admin, session_id, PDF)).status == 403
    assert (await admin.get(f"/chat/sessions/{session_id}/attachments/{session_id}")).status == 403


async def test_ten_megabytes_are_taken_and_no_byte_more(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    most = PDF + bytes(attachments.MOST_BYTES - len(PDF))
    await sent(ana, session_id, most)
    refused = await send(ana, session_id, most + b"x")
    assert (refused.status, refused.json["code"]) == (413, "too_large")
    assert len(kept(session_id)) == 1


async def test_a_chat_holds_so_many_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    session_id = await chat(ana)
    monkeypatch.setattr(attachments, "MOST_SESSION_BYTES", 2 * len(PDF))
    await sent(ana, session_id)
    # There is room for one of the two.
    answers = await asyncio.gather(send(ana, session_id, PDF), send(ana, session_id, PDF))
    assert sorted(each.status for each in answers) == [201, 413]
    refused = await send(ana, session_id, PDF)
    assert (refused.status, refused.json["code"]) == (413, "quota_reached")
    assert len(kept(session_id)) == await db.fetchval("SELECT count(*) FROM chat_attachments") == 2
    await sent(bob, await chat(bob))


async def test_uploads_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    configure(monkeypatch, limit_uploads=parse_rate("2/1h"))
    assert [(await send(ana, session_id, PDF)).status for _ in range(3)] == [201, 201, 429]


async def test_an_idempotency_key_makes_one_of_two(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    key = {"Idempotency-Key": "once"}
    first, again = [await send(ana, session_id, PDF, **key) for _ in range(2)]
    assert (again.status, again.raw, again.headers["Idempotent-Replayed"]) == (201, first.raw, "true")
    other = await send(ana, session_id, PDF + b"x", **key)
    assert (other.status, other.json["code"]) == (409, "idempotency_mismatch")
    assert [path.name for path in kept(session_id)] == [first.json["attachmentId"]]


async def test_the_file_is_kept_sealed(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    await sent(ana, session_id, PDF + b"canary" * 100_000)
    [path] = kept(session_id)
    assert b"canary" not in path.read_bytes()


async def test_a_picture_that_cannot_be_read_has_failed_and_is_not_kept(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture("JPEG", (300, 200))[:900])
    assert len(kept(session_id)) == 1
    assert await do_jobs() == ["done"]
    assert await state(ana, session_id, attachment_id) == {"attachmentId": str(attachment_id), "status": "failed", "url": None}
    assert kept(session_id) == []
    assert (await world.send("GET", path_of(attachments.link(attachment_id)))).status == 404


async def test_the_job_done_again_changes_nothing(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture())
    await do_jobs()
    [path] = kept(session_id)
    before = path.read_bytes()
    await chat_files.recompress(RecompressImage(attachment_id=attachment_id))
    await chat_files.recompress(RecompressImage(attachment_id=clock.new_id()))
    assert path.read_bytes() == before


async def test_a_worker_killed_between_file_and_row_is_succeeded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new picture is in its place and the row does not know: the next try takes it from there."""

    class Killed(BaseException):
        pass

    async def dies(sql: str, *args: Any) -> int:
        raise Killed

    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture("JPEG", (300, 200)))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(db, "execute", dies)
        await chat_files.recompress(RecompressImage(attachment_id=attachment_id))
    assert (await state(ana, session_id, attachment_id))["status"] == "processing"
    assert await do_jobs() == ["done"]
    served = await world.send("GET", path_of((await state(ana, session_id, attachment_id))["url"]))
    assert Image.open(io.BytesIO(served.raw)).size == (300, 200)
    assert len(kept(session_id)) == 1


async def test_what_was_given_up_has_failed(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture())
    await db.execute("UPDATE jobs SET failed_at = now()")
    assert (await state(ana, session_id, attachment_id))["status"] == "failed"


async def test_a_file_that_is_gone_has_failed_and_the_job_says_so(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture())
    kept(session_id)[0].unlink()
    assert await do_jobs() == ["failed"]
    assert str(await db.fetchval("SELECT error FROM jobs")).startswith(NoSuchFile.__name__)
    assert (await state(ana, session_id, attachment_id))["status"] == "failed"


async def test_a_storage_that_is_away_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture())

    async def away(*_: Any) -> int:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(type(storage()), "put", away)
        assert await do_jobs() == ["retried"]
    assert (await state(ana, session_id, attachment_id))["status"] == "processing"
    [job] = await db.fetch("UPDATE jobs SET due_at = now() RETURNING id")
    assert await jobs.run(job["id"]) == "done"
    assert (await state(ana, session_id, attachment_id))["status"] == "ready"


async def test_without_the_persons_key_nothing_opens(world: World) -> None:
    ana, cora = await world.anonymous(), await world.counselor()
    session_id = await chat(ana, cora)
    document, image = await sent(cora, session_id), await sent(cora, session_id, picture())
    url = path_of(attachments.link(document))
    assert (await world.send("GET", url)).status == 200
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", ana.uuid)
    keys.keys().forget(ana.uuid)
    assert (await world.send("GET", url)).status == 404
    # Nothing is left to be done for somebody who was erased.
    assert await do_jobs() == ["done"]
    assert await db.fetchval("SELECT status FROM chat_attachments WHERE id = $1", image) == "failed"
    assert [path.name for path in kept(session_id)] == [str(document)]


async def test_a_file_put_in_anothers_place_does_not_open(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    one, other = await sent(ana, session_id, PDF + b"1"), await sent(ana, session_id, PDF + b"2")
    paths = {path.name: path for path in kept(session_id)}
    paths[str(one)].write_bytes(paths[str(other)].read_bytes())
    assert (await world.send("GET", path_of(attachments.link(one)))).status == 404
    assert (await world.send("GET", path_of(attachments.link(other)))).raw == PDF + b"2"


async def test_a_file_that_breaks_off_is_never_taken_for_a_whole_one(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, PDF + bytes(500_000))
    [path] = kept(session_id)
    path.write_bytes(path.read_bytes()[:300_000])
    # At once, and not when the server closes an idle connection.
    with pytest.raises(aiohttp.ClientError):
        async with asyncio.timeout(30):
            await world.send("GET", path_of(attachments.link(attachment_id)))


async def test_what_no_message_came_to_carry_is_removed_after_a_day(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    carried, unsent, failed, recent = [await sent(ana, session_id) for _ in range(4)]
    await carry(carried, session_id, ana)
    await db.execute("UPDATE chat_attachments SET status = 'failed' WHERE id = $1", failed)
    await db.execute("UPDATE chat_attachments SET created_at = $1 WHERE id <> $2", clock.ago(hours=24, seconds=1), recent)
    await db.execute("UPDATE chat_attachments SET created_at = $1 WHERE id = $2", clock.ago(hours=23, minutes=59), recent)
    await upkeep.remove_leftovers()
    left = {row["id"] for row in await db.fetch("SELECT id FROM chat_attachments")}
    assert left == {carried, recent}
    assert {UUID(path.name) for path in kept(session_id)} == left
    assert (await ana.get(f"/chat/sessions/{session_id}/attachments/{unsent}")).status == 404


async def test_a_message_carries_only_a_fresh_upload_of_its_sender_in_its_chat(world: World) -> None:
    ana, cora, bob = await world.anonymous(), await world.counselor(), await world.anonymous()
    session_id, elsewhere = await chat(ana, cora), await chat(bob, cora)
    own, picture_of_hers, theirs, used, failed, old = [
        await sent(person, session_id, content) for person, content in ((ana, PDF), (ana, picture()), (cora, PDF), (ana, PDF), (ana, PDF), (ana, PDF))
    ]
    in_another = await sent(cora, elsewhere)
    await carry(used, session_id, ana)
    await db.execute("UPDATE chat_attachments SET status = 'failed' WHERE id = $1", failed)
    await db.execute("UPDATE chat_attachments SET created_at = $1 WHERE id = $2", clock.ago(hours=23, seconds=1), old)
    for good in (own, picture_of_hers):
        async with db.transaction():
            assert (await attachments.claim(good, session_id, principal(ana)))["id"] == good
    wrong = [(each, session_id, principal(ana)) for each in (theirs, used, failed, old, in_another, clock.new_id())]
    # The same id as another kind of principal, and a counselor's own of another chat of theirs.
    wrong += [(own, session_id, principal(ana, "counselor")), (own, elsewhere, principal(ana)), (in_another, session_id, principal(cora, "counselor"))]
    for attachment_id, where, who in wrong:
        with pytest.raises(Invalid) as refused:
            async with db.transaction():
                await attachments.claim(attachment_id, where, who)
        assert [error["path"] for error in refused.value.extra["errors"]] == ["attachmentId"]


async def test_two_messages_cannot_carry_the_same(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id)

    async def carried() -> None:
        async with db.transaction():
            await attachments.claim(attachment_id, session_id, principal(ana))
            await carry(attachment_id, session_id, ana)

    outcomes = await asyncio.gather(*(carried() for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Invalid", "Invalid", "NoneType"]


async def test_an_unreadable_picture_is_no_failed_job(world: World) -> None:
    ana = await world.anonymous()
    attachment_id = await sent(ana, await chat(ana), picture())

    async def refuses(_raw: bytes) -> bytes:
        raise Unreadable("no")

    await attachments.recompress(attachment_id, refuses)
    assert await db.fetchval("SELECT status FROM chat_attachments") == "failed"
