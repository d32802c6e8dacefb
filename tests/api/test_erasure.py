"""Erasing one's account: who may, what ends at once, and what is told to whom."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from core import clock, db, jobs, keys
from core.mail import Undeliverable
from core.settings import parse_rate
from domain import erasure, upkeep
from domain.erasure import FinishErasure, PersonErased
from tests.chats import begin, on_duty, talk
from tests.lives import live, stored_files
from tests.people import PASSWORD, Account, World, do_jobs
from tests.settings import configure
from tests.sockets import connected


async def receipt_of(person: Account) -> dict[str, Any]:
    row = await db.fetchrow("SELECT * FROM erasures WHERE account_id = $1", person.uuid)
    assert row is not None
    return dict(row)


async def test_with_the_password_all_ends_at_once(world: World) -> None:
    ana = await world.user()
    other = await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    answered = await ana.delete("/users/account", {"password": PASSWORD})
    assert (answered.status, answered.raw) == (204, b"")
    for token in (ana.tokens["accessToken"], other.json["accessToken"]):
        assert (await world.send("GET", "/users/profile", headers={"Authorization": f"Bearer {token}"})).status == 401
    for token in (ana.tokens["refreshToken"], other.json["refreshToken"]):
        assert (await world.send("POST", "/auth/refresh", {"refreshToken": token})).status == 401
    assert (await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})).status == 401
    # The address is free, and what comes is another account.
    again = await world.user(email=ana.email)
    assert again.id != ana.id
    assert (await again.get("/moods")).json["items"] == []


async def test_a_guest_confirms_instead(world: World) -> None:
    ana = await world.anonymous()
    for body, paths in (({}, {"confirm"}), ({"confirm": "delete"}, {"confirm"}), ({"confirm": None}, {"confirm"}), ({"confirm": "DELETE", "sure": True}, {"sure"})):
        refused = await ana.delete("/users/account", body)
        assert (refused.status, refused.paths) == (422, paths)
    wrong = await ana.delete("/users/account", {"password": PASSWORD})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_password")
    assert (await ana.get("/users/profile")).status == 200
    assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
    assert (await ana.get("/users/profile")).status == 401
    assert await world.mailbox(kind="account_deleted") == []
    assert (await receipt_of(ana))["status"] == "done"


async def test_without_the_password_nothing_happens(world: World) -> None:
    ana = await world.user()
    for body, status, code in (
        ({"password": "a wrong green lake"}, 403, "wrong_password"),
        ({"confirm": "DELETE"}, 422, "validation_failed"),
        ({}, 422, "validation_failed"),
        ({"password": 5}, 422, "validation_failed"),
    ):
        refused = await ana.delete("/users/account", body)
        assert (refused.status, refused.json["code"]) == (status, code)
    assert (await ana.get("/users/profile")).status == 200
    assert await db.fetchval("SELECT count(*) FROM erasures") == 0


async def test_guesses_are_limited_together_with_those_of_the_password_s_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("3/15m"))
    ana = await world.user()
    for number in range(2):
        assert (await ana.delete("/users/account", {"password": f"guess of a lake {number}"})).status == 403
    assert (await ana.post("/auth/change-password", {"currentPassword": "guess of a lake 3", "newPassword": "an even greener lake"})).status == 403
    refused = await ana.delete("/users/account", {"password": PASSWORD})
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert "Retry-After" in refused.headers


async def test_only_people_erase_themselves(world: World) -> None:
    for somebody in (await world.counselor(), await world.staff()):
        assert (await somebody.delete("/users/account", {"password": PASSWORD})).status == 403
    assert (await world.send("DELETE", "/users/account", {"password": PASSWORD})).status == 401


async def test_the_receipt_counts_what_went_and_names_nobody(world: World) -> None:
    life = await live(world, "heliotrope")
    before = {table: await db.fetchval(f"SELECT count(*) FROM {table}") for table in ("mood_entries", "chat_sessions", "chat_messages", "breathing_sessions", "user_programs")}
    shown = json.loads(await db.fetchval("SELECT avatar FROM users WHERE id = $1", life.person.uuid))["files"].values()
    kept = {key for key in stored_files() if life.session in key or key in shown}
    assert len(kept) == 5
    assert (await life.person.delete("/users/account", {"password": life.canaries["password"]})).status == 204
    receipt = await receipt_of(life.person)
    counts = json.loads(receipt["counts"])
    assert {table: counts[table] for table in before} == before
    assert (counts["users"], counts["data_keys"], counts["mood_imports"], counts["counselor_notes"], counts["devices"]) == (1, 1, 1, 1, 1)
    # What an import leaves behind is named too, though it is deleted already.
    assert counts["files"] >= len(kept)
    assert (receipt["status"], receipt["why"], receipt["finished_at"]) == ("queued", "asked", None)
    assert receipt["address"] is not None
    assert life.found_in(str(receipt)) == set()
    await do_jobs()
    done = await receipt_of(life.person)
    assert (done["status"], done["address"]) == ("done", None)
    assert done["finished_at"] is not None
    assert kept.isdisjoint(stored_files())
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'account_erased' AND subject_id = $1", life.person.uuid) == 1


@pytest.mark.parametrize(("language", "subject"), [("en", "Your account was deleted"), ("es", "Tu cuenta se ha eliminado")])
async def test_the_receipt_is_mailed_once_to_an_address_forgotten_afterwards(world: World, language: str, subject: str) -> None:
    ana = await world.user(language=language, firstName="Heliotrope")
    await ana.log_mood()
    await do_jobs()
    await ana.delete("/users/account", {"password": PASSWORD})
    (mail,) = await world.mailbox(ana.email)
    receipt = await receipt_of(ana)
    assert (mail["kind"], mail["subject"]) == ("account_deleted", subject)
    assert str(receipt["id"]) in mail["text"]
    assert "Heliotrope" not in mail["text"]
    await erasure.finish(receipt["id"])
    assert len(await world.mailbox(ana.email)) == 1


async def test_an_address_that_never_counted_is_not_written_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    ana = await world.anonymous()
    assert (await ana.post("/users/upgrade", {"email": "ana@example.org", "password": PASSWORD})).status == 200
    assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
    assert await world.mailbox(kind="account_deleted") == []


async def test_a_provider_that_is_away_delays_the_receipt_and_one_that_refuses_ends_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Provider:
        error: Exception = ConnectionError()

        async def send(self, _letter: Any) -> None:
            raise self.error

    ana = await world.user()
    await do_jobs()
    await ana.delete("/users/account", {"password": PASSWORD})
    monkeypatch.setattr(erasure, "mailer", Provider)
    assert "retried" in await do_jobs()
    assert (await receipt_of(ana))["status"] == "done"
    assert (await receipt_of(ana))["address"] is not None
    monkeypatch.setattr(Provider, "error", Undeliverable())
    await db.execute("UPDATE jobs SET due_at = now()")
    await do_jobs()
    assert (await receipt_of(ana))["address"] is None


async def test_an_address_is_forgotten_also_where_no_mail_could_be_sent(world: World) -> None:
    ana = await world.user()
    await ana.delete("/users/account", {"password": PASSWORD})
    with clock.at(clock.now() + timedelta(hours=19)):
        await upkeep.remove_leftovers()
    assert (await receipt_of(ana))["address"] is not None
    with clock.at(clock.now() + timedelta(hours=21)):
        await upkeep.remove_leftovers()
    assert (await receipt_of(ana))["address"] is None


async def test_files_that_could_not_be_deleted_at_first_go_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    await ana.post("/users/export")
    await do_jobs()
    await ana.delete("/users/account", {"password": PASSWORD})
    assert len(stored_files(f"exports/{ana.id}")) == 1

    class Away:
        async def delete(self, _key: str) -> None:
            raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "storage", Away)
        assert "retried" in await do_jobs()
    assert (await receipt_of(ana))["status"] == "queued"
    await db.execute("UPDATE jobs SET due_at = now()")
    await do_jobs()
    assert (await receipt_of(ana))["status"] == "done"
    assert stored_files(f"exports/{ana.id}") == {}


async def test_sockets_close_and_the_counselor_is_told(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await mine.do("chat:join", sessionId=session)
        await theirs.do("chat:join", sessionId=session)
        assert (await person.delete("/users/account", {"confirm": "DELETE"})).status == 204
        assert await mine.until_closed() == 4001
        told = await theirs.until("notification:new", lambda data: data["notification"]["kind"] == "person_left")
        assert session not in json.dumps(told)
        for event, data in (("chat:message", {"clientId": "m-1", "message": "hello?"}), ("chat:join", {}), ("chat:read", {"upToSeq": 1}), ("chat:typing", {"isTyping": True})):
            refused = await theirs.ask(event, sessionId=session, **data)
            assert (refused["ok"], refused.get("error", {}).get("status")) in ((False, 404), (False, 403), (True, None)), (event, refused)
        assert (await theirs.ask("chat:message", sessionId=session, clientId="m-2", message="hello?"))["error"]["status"] == 404
    for path in (f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages", f"/counselor/sessions/{session}/context", f"/counselor/sessions/{session}/notes"):
        assert (await counselor.get(path)).status == 404
    assert (await counselor.get("/chat/sessions")).json["items"] == []
    assert (await counselor.post(f"/counselor/sessions/{session}/notes", {"text": "gone"})).status == 404


async def test_whoever_waits_behind_moves_up(world: World) -> None:
    ana, bob = await world.user(), await world.anonymous()
    await begin(ana)
    behind = await begin(bob)
    assert (await bob.get(f"/chat/sessions/{behind}")).json["queue"]["position"] == 2
    await ana.delete("/users/account", {"password": PASSWORD})
    assert (await bob.get(f"/chat/sessions/{behind}")).json["queue"]["position"] == 1
    counselor = await on_duty(world)
    assert (await counselor.post("/counselor/queue/next")).json["id"] == behind


async def test_threat_25_becoming_known_while_being_erased_has_one_outcome(world: World) -> None:
    for number in range(12):
        ana = await world.anonymous()
        upgraded, erased = await asyncio.gather(
            ana.post("/users/upgrade", {"email": f"race{number}@example.org", "password": PASSWORD}), ana.delete("/users/account", {"confirm": "DELETE"})
        )
        there = await db.fetchval("SELECT count(*) FROM users WHERE id = $1", ana.uuid)
        keyed = await db.fetchval("SELECT count(*) FROM data_keys WHERE owner_id = $1", ana.uuid)
        if erased.status == 204:
            assert (there, keyed) == (0, 0)
            assert upgraded.status in (200, 401, 404)
        else:
            # It had an address by then: that wants its password, whether it was seen before the account was locked or after.
            assert erased.status in (403, 422)
            assert upgraded.status == 200
            assert (there, keyed) == (1, 1)
    assert await db.fetchval("SELECT count(*) FROM users") == await db.fetchval("SELECT count(*) FROM data_keys WHERE owner_id IN (SELECT id FROM users)")


async def test_a_guest_who_got_an_address_since_is_not_erased_by_a_confirmation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one order of threat 25 that matters, made certain."""
    ana = await world.anonymous()
    real = erasure.erase

    async def late(*args: Any, **options: Any) -> bool:
        await db.execute("UPDATE users SET is_anonymous = false WHERE id = $1", ana.uuid)
        return await real(*args, **options)

    monkeypatch.setattr(erasure, "erase", late)
    refused = await ana.delete("/users/account", {"confirm": "DELETE"})
    assert (refused.status, refused.json["code"]) == (403, "wrong_password")
    assert await db.fetchval("SELECT count(*) FROM users WHERE id = $1", ana.uuid) == 1


async def test_asked_for_many_times_at_once_it_is_one(world: World) -> None:
    ana = await world.user()
    answered = await asyncio.gather(*(ana.delete("/users/account", {"password": PASSWORD}) for _ in range(6)))
    assert {each.status for each in answered} <= {204, 401}
    assert 204 in {each.status for each in answered}
    assert await db.fetchval("SELECT count(*) FROM erasures") == 1
    assert len(await world.mailbox(ana.email, "account_deleted")) == 1


async def test_every_process_forgets_the_key(world: World) -> None:
    ana = await world.user()
    kept = await keys.keys().of(ana.uuid)
    await ana.delete("/users/account", {"password": PASSWORD})
    with pytest.raises(keys.KeyDestroyed):
        await keys.keys().of(ana.uuid)
    # Another process hears of it, or reads it.
    keys.keys()._remember(ana.uuid, kept)
    await erasure.on_erased(PersonErased(user_id=ana.uuid))
    with pytest.raises(keys.KeyDestroyed):
        await keys.keys().of(ana.uuid)
    keys.keys()._remember(ana.uuid, kept)
    await erasure.forget_erased(clock.now() - timedelta(minutes=1))
    with pytest.raises(keys.KeyDestroyed):
        await keys.keys().of(ana.uuid)


async def test_an_account_whose_address_was_never_confirmed_leaves_nothing_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    await world.send("POST", "/auth/register", {"email": "heliotrope@example.org", "password": PASSWORD, "firstName": "Heliotrope"})
    assert len(await world.mailbox("heliotrope@example.org")) == 1
    gone = await db.fetchval("SELECT id FROM users")
    with clock.at(clock.now() + timedelta(hours=upkeep.UNVERIFIED_HOURS, minutes=1)):
        await upkeep.remove_leftovers()
    for table in ("users", "data_keys", "mails", "one_time_tokens", "development_mails", "erasures"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    with pytest.raises(keys.KeyDestroyed):
        await keys.keys().of(gone)


async def test_the_job_for_a_receipt_that_is_gone_does_nothing(world: World) -> None:
    async with db.transaction():
        await jobs.defer(FinishErasure(erasure_id=clock.new_id()))
    assert await do_jobs() == ["done"]
