"""Mails over SendGrid's HTTP API: what is sent, and what each way of failing comes to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import db, jobs, mail
from core.jobs import RetryLater
from core.mail import Letter, SendGrid, Unanswered, Undeliverable
from domain import mails
from tests.people import Account, World, do_jobs
from tests.sendgrid import KEY, FakeSendGrid, fake_sendgrid

Provided = tuple[FakeSendGrid, SendGrid]


@pytest.fixture
async def provided() -> AsyncIterator[Provided]:
    async with fake_sendgrid() as (fake, address):
        yield fake, SendGrid(KEY, address, "MentalSpace <hello@example.org>")


@pytest.fixture
def provider(world: World, provided: Provided, monkeypatch: pytest.MonkeyPatch) -> FakeSendGrid:
    """What this process mails by."""
    fake, mailer = provided
    mailer._client.client.timeout = 0.5
    monkeypatch.setattr(mail, "_mailer", mailer)
    return fake


def letter(**about: Any) -> Letter:
    return Letter(**{"id": "01a2", "kind": "welcome", "to": "ana@example.org", "subject": "Hello", "text": "text", "html": "<p>html</p>", **about})


async def statuses(who: Account) -> dict[str, str]:
    return {row["kind"]: row["status"] for row in await db.fetch("SELECT kind, status FROM mails WHERE principal_id = $1", who.uuid)}


async def again_now() -> list[str]:
    await db.execute("UPDATE jobs SET due_at = now()")
    return await do_jobs()


async def test_every_kind_of_mail_is_a_payload_that_sendgrid_takes_without_a_tracker(world: World, provider: FakeSendGrid) -> None:
    """Threat 64."""
    ana = await world.user(firstName="Ana")
    data: dict[str, dict[str, Any]] = {"weekly_summary": {"count": 3, "average": 3.5, "change": -0.4}, "export_ready": {"days": 7}}
    kinds = sorted(set(mails._words("en")) - {"common", "verify_email", "welcome", "account_deleted"})
    for kind in kinds:
        await mails.send("user", ana.uuid, kind, **data.get(kind, {}))
    assert set(await do_jobs()) == {"done"}
    assert len(provider.accepted) == len(kinds) + 2
    assert provider.refused == {}
    for each in provider.accepted:
        tracking = each.payload["tracking_settings"]
        assert {name: settings["enable"] for name, settings in tracking.items()} == dict.fromkeys(("click_tracking", "open_tracking", "subscription_tracking", "ganalytics"), False)
        assert tracking["click_tracking"]["enable_text"] is False
    assert {each.mail_id for each in provider.accepted} == {str(row["id"]) for row in await db.fetch("SELECT id FROM mails")}
    assert set((await statuses(ana)).values()) == {"sent"}
    assert len({row["provider_id"] for row in await db.fetch("SELECT provider_id FROM mails")}) == len(provider.accepted)


async def test_mails_one_may_do_without_have_the_one_click_header(world: World, provider: FakeSendGrid) -> None:
    ana = await world.user()
    await mails.send_optional(ana.uuid, "mood_reminder")
    await do_jobs()
    found = {each.mail_id: each.headers for each in provider.accepted}
    optional = str(await db.fetchval("SELECT id FROM mails WHERE kind = 'mood_reminder'"))
    assert found.pop(optional) == {"List-Unsubscribe": f"<{mails.unsubscribe_link(ana.uuid, 'mood_reminder')}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert set(map(str, found.values())) == {"{}"}


async def test_a_wrong_key_is_no_reason_to_try_again(world: World, provided: Provided) -> None:
    fake, _ = provided
    mailer = SendGrid("SG.wrong", provided[1]._client.client.host, "hello@example.org")
    with pytest.raises(Undeliverable, match="401"):
        await mailer.send(letter())
    assert (fake.accepted, fake.refused) == ([], {401: 1})


async def test_what_sendgrid_refuses_for_good_fails_and_stays_seen(world: World, provider: FakeSendGrid) -> None:
    provider.fails = 400
    ana = await world.user()
    assert set(await do_jobs()) == {"failed"}
    assert set((await statuses(ana)).values()) == {"failed"}
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE failed_at IS NOT NULL AND error LIKE 'Undeliverable%'") == 2


@pytest.mark.parametrize(("fails", "headers", "seconds"), [(429, {"Retry-After": "45"}, 45), (429, {}, 30), (500, {}, 60), (502, {}, 60), (503, {"Retry-After": "9"}, 60)])
async def test_what_was_surely_not_taken_is_sent_later_and_once(world: World, provider: FakeSendGrid, fails: int, headers: dict[str, str], seconds: float) -> None:
    provider.fails, provider.headers = fails, headers
    ana = await world.user()
    await mails.send_optional(ana.uuid, "mood_reminder")
    assert set(await do_jobs()) == {"retried"}
    wait = await db.fetchval("SELECT extract(epoch FROM min(due_at) - now())::float8 FROM jobs")
    assert seconds - 10 < wait <= seconds
    provider.fails = None
    assert set(await again_now()) == {"done"}
    assert set(provider.times.values()) == {1}
    assert set((await statuses(ana)).values()) == {"sent"}


@pytest.mark.parametrize("fails", ["hang", "cut"])
async def test_one_that_was_never_answered_is_sent_again_only_where_it_must_arrive(world: World, provider: FakeSendGrid, fails: str) -> None:
    """It may have been taken. A link to confirm an address rather twice than never, a reminder rather never than twice."""
    provider.fails = fails
    ana = await world.user()
    await mails.send_optional(ana.uuid, "mood_reminder")
    assert sorted(await do_jobs()) == ["done", "retried", "retried"]
    assert await statuses(ana) == {"verify_email": "queued", "welcome": "queued", "mood_reminder": "failed"}
    provider.fails = None
    provider.released.set()
    await again_now()
    times = {row["kind"]: provider.times[str(row["id"])] for row in await db.fetch("SELECT id, kind FROM mails")}
    assert times == {"verify_email": 2, "welcome": 2, "mood_reminder": 1}


async def test_an_hour_without_the_provider_loses_nothing(world: World, provided: Provided, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, mailer = provided
    ana = await world.user()
    async with fake_sendgrid() as (_, gone):
        pass
    monkeypatch.setattr(mail, "_mailer", SendGrid(KEY, gone, "hello@example.org"))
    for _ in range(59):
        assert set(await again_now()) == {"retried"}
    monkeypatch.setattr(mail, "_mailer", mailer)
    assert set(await again_now()) == {"done"}
    assert set((await statuses(ana)).values()) == {"sent"}
    assert set(fake.times.values()) == {1}


async def test_each_way_of_failing_has_its_name(provided: Provided) -> None:
    fake, mailer = provided
    mailer._client.client.timeout = 0.3
    for fails, expected in ((None, None), (413, Undeliverable), (403, Undeliverable), (500, RetryLater), ("hang", Unanswered), ("cut", Unanswered)):
        fake.fails = fails
        try:
            assert re.match(r"id-\d", await mailer.send(letter()) or "")
            raised: Any = None
        except (RetryLater, Undeliverable) as error:
            raised = type(error)
        assert raised is expected, fails


class Killed(BaseException):
    """The worker is killed here."""


async def test_only_a_kill_between_sending_and_recording_sends_twice(world: World, provider: FakeSendGrid, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred mails, each job's worker killed at one of four steps, and the leases run out: every mail is there, counted."""
    ana = await world.user()
    for _ in range(98):
        await mails.send("user", ana.uuid, "password_changed")
    rows = await db.fetch("SELECT id, payload->>'mail_id' AS mail_id FROM jobs WHERE name = 'send_mail' ORDER BY id")
    steps = {row["mail_id"]: ("before", "between", "after", None)[number % 4] for number, row in enumerate(rows)}
    compose, execute, run = mails.compose, db.execute, jobs.run
    dying: list[str] = []

    def compose_or_die(mail_id: Any, *given: Any, **named: Any) -> Letter:
        if steps[str(mail_id)] == "before":
            raise Killed
        return compose(mail_id, *given, **named)

    async def execute_or_die(sql: str, *given: Any) -> int:
        if sql.startswith("UPDATE mails SET status = CASE") and steps[str(given[0])] == "between":
            raise Killed
        if sql.startswith("DELETE FROM jobs") and dying and steps[dying[-1]] == "after":
            raise Killed
        return await execute(sql, *given)

    with monkeypatch.context() as patch:
        patch.setattr(mails, "compose", compose_or_die)
        patch.setattr(db, "execute", execute_or_die)
        for row in rows:
            dying.append(row["mail_id"])
            if steps[row["mail_id"]] is None:
                assert await run(row["id"]) == "done"
            else:
                with pytest.raises(Killed):
                    await run(row["id"])
    await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL")
    assert await again_now() == []
    for row in rows:
        await run(row["id"])
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'send_mail'") == 0
    assert {provider.times[mail_id] for mail_id, step in steps.items() if step != "between"} == {1}
    assert {provider.times[mail_id] for mail_id, step in steps.items() if step == "between"} == {2}
    assert {row["status"] for row in await db.fetch("SELECT status FROM mails")} == {"sent"}
