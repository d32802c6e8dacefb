"""The second look as a job: a trained model reads what the lexicon let pass, and raises it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from analytics.risk import RiskModel
from core import db
from domain import risk as lexicon
from domain import second_look, trained
from tests.chats import begin, talk
from tests.labelled import CRISIS, EVERYDAY, model_in_use
from tests.logs import capture_logs
from tests.people import World, do_jobs
from workers import held as holding
from workers import risk


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has just started, and asks each time."""
    monkeypatch.setattr(risk, "held", holding.Held("risk", risk._unpacked))
    monkeypatch.setattr(holding, "LOOK_SECONDS", -1)
    yield


@pytest.fixture
async def in_use(world: World) -> AsyncIterator[None]:
    async with model_in_use():
        yield


async def flagged() -> list[str]:
    return [row["source"] for row in await db.fetch("SELECT source FROM risk_flags ORDER BY created_at, id")]


def test_the_lexicon_knows_nothing_of_these_words() -> None:
    assert [lexicon.assess(text) for text in CRISIS + EVERYDAY] == [None] * 7


async def test_what_the_lexicon_misses_is_raised_and_everyday_talk_is_not(world: World) -> None:
    person, _, session = await talk(world)
    async with model_in_use():
        for text in EVERYDAY:
            await person.post(f"/chat/sessions/{session}/messages", {"message": text})
            await person.log_mood(2, note=text)
        assert set(await do_jobs()) == {"done"}
        assert await flagged() == []
        assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "medium"
        answered = await person.post(f"/chat/sessions/{session}/messages", {"message": CRISIS[0]})
        assert (answered.status, "crisis" in answered.json) == (201, False)
        await person.log_mood(1, note=CRISIS[1])
        await begin(await world.anonymous(), CRISIS[2])
        await do_jobs()
    assert await flagged() == ["chat_message", "mood_note", "chat_topic"]
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"


async def test_a_model_that_was_stopped_meanwhile_raises_nothing(world: World, in_use: None) -> None:
    person = await world.anonymous()
    await person.log_mood(1, note=CRISIS[0])
    await second_look.stop()
    assert set(await do_jobs()) == {"done"}
    assert await flagged() == []


async def test_another_model_takes_its_place_in_a_process_that_runs(world: World, in_use: None, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.anonymous()
    first = await risk.held.get()
    assert first is not None and await risk.held.get() is first
    await second_look.use("risk 1", first.to_bytes(), data={}, scores={})
    second = await risk.held.get()
    assert second is not None and second is not first
    # Asked no more often than every few seconds.
    monkeypatch.setattr(holding, "LOOK_SECONDS", 3)
    await second_look.stop()
    assert await risk.held.get() is second
    await person.log_mood(1, note=CRISIS[0])
    await do_jobs()
    assert await flagged() == ["mood_note"]


@pytest.mark.parametrize("wrong", ["no model", "altered"])
async def test_a_model_that_cannot_be_read_is_logged_once_and_nothing_is_raised(world: World, wrong: str) -> None:
    person = await world.anonymous()
    async with model_in_use(b"no model" if wrong == "no model" else None):
        if wrong == "altered":
            await db.execute("UPDATE trained_models SET body = set_byte(body, 20, get_byte(body, 20) # 255)")
        with capture_logs() as logs:
            for _ in range(2):
                await person.log_mood(1, note=CRISIS[0])
                assert set(await do_jobs()) == {"done"}
        assert [each["log_level"] for each in logs if each["event"] == "model.unreadable"] == ["error"]
        assert await flagged() == []
        # One that can be read mends it.
        async with model_in_use():
            await person.log_mood(1, note=CRISIS[0])
            await do_jobs()
            assert await flagged() == ["mood_note"]


async def test_the_loop_goes_on_while_a_text_is_scored(world: World, in_use: None, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_self: Any, texts: list[str]) -> list[bool]:
        begun.set()
        assert go_on.wait(30)
        return [True] * len(texts)

    monkeypatch.setattr(RiskModel, "alarming", slow)
    person = await world.anonymous()
    await person.log_mood(3, note="a note")
    working = asyncio.ensure_future(do_jobs())
    assert await asyncio.to_thread(begun.wait, 30)
    assert (await person.get("/moods")).status == 200
    go_on.set()
    await working
    assert await flagged() == ["mood_note"]


async def test_nothing_of_the_words_is_logged_or_left(world: World, in_use: None) -> None:
    with capture_logs() as logs:
        await (await world.anonymous()).log_mood(1, note=f"{CRISIS[0]} heliotrope")
        await do_jobs()
    assert await flagged() == ["mood_note"]
    tables = ("jobs", "risk_flags", "crises", "audit_entries", "notifications")
    assert "heliotrope" not in str(logs) + str([dict(row) for table in tables for row in await db.fetch(f"SELECT * FROM {table}")])
    assert await trained.used_id("risk") is not None
