"""The nightly training of matching, what becomes of its model, and that the queue uses it as it was measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from analytics.matching import Learnt
from analytics.matching_training import fits
from core import clock, db, jobs
from domain import matching_training, topics, trained
from domain.chat import matching as rules
from domain.chat.matching import Candidate, Waiting
from domain.matching_training import Material, TrainMatching
from tests.chats import asked, begin, on_duty
from tests.logs import capture_logs
from tests.people import World, do_jobs
from tests.practices import SAID, practice
from workers import held as holding
from workers import matching
from workers.schedule import SCHEDULE


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has just started, and asks each time."""
    matching.held.__init__("matching", matching._unpacked)  # type: ignore[misc]
    monkeypatch.setattr(holding, "LOOK_SECONDS", -1)
    yield


async def train(found: Material, patch: pytest.MonkeyPatch) -> None:
    async def material() -> Material:
        return found

    with patch.context() as over:
        over.setattr(matching_training, "material", material)
        await jobs.defer(TrainMatching())
        assert await do_jobs() == ["done"]


async def test_it_is_trained_each_night_from_what_is_there(world: World) -> None:
    assert TrainMatching in {each.job for each in SCHEDULE}
    await jobs.defer(TrainMatching())
    assert await do_jobs() == ["done"]
    assert await db.fetchval("SELECT count(*) FROM trained_models") == 0


async def test_the_queue_tells_topics_by_what_was_learnt_while_that_is_better(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await on_duty(world, specializations=["anger"])
    sleep = await on_duty(world, specializations=["sleep"])

    async def offered_to() -> set[str]:
        session = await begin(await world.anonymous(), " ".join(SAID["sleep"]))
        await do_jobs()
        found = await asked(session)
        await db.execute("DELETE FROM chat_offers")
        await db.execute("DELETE FROM chat_sessions")
        return found

    assert await offered_to() != {sleep.id}
    await train(practice(), monkeypatch)
    row = await trained.used("matching")
    assert row is not None
    assert (row.code, row.data["people"], row.data["days"], row.scores["gain_low"] > 0) == ("matching 1", 200, 730, True)
    assert await offered_to() == {sleep.id}
    await train(practice(400, at_random=True), monkeypatch)
    assert await trained.used("matching") is None
    assert await offered_to() != {sleep.id}
    assert await db.fetchval("SELECT count(*) FROM trained_models WHERE kind = 'matching'") == 2


async def test_with_too_few_people_the_last_model_is_not_used_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for too_few in (practice(people=50), Material([], {}, {})):
        await train(practice(), monkeypatch)
        assert await matching.held.get() is not None
        await train(too_few, monkeypatch)
        assert await trained.used("matching") is None
        assert await matching.held.get() is None


async def test_without_a_readable_model_offers_are_made_as_before(world: World) -> None:
    await trained.keep("matching", "matching 0", b"no model", data={}, scores={}, use=True)
    counselor = await on_duty(world, specializations=["sleep"])
    with capture_logs() as logs:
        session = await begin(await world.anonymous())
        assert set(await do_jobs()) == {"done"}
    assert await asked(session) == {counselor.id}
    assert [each["kind"] for each in logs if each["event"] == "model.unreadable"] == ["matching"]


def test_the_queue_fits_as_training_measured() -> None:
    trial = matching.tried(practice())
    assert trial is not None
    slugs = trial.learnt.topics
    learnt = Learnt(slugs, trial.learnt.languages, {UUID(int=1): {"sleep": -0.3, "grief": 0.2}})
    candidates = [
        Candidate(UUID(int=number + 1), specializations, ("en",), "available", 3, 0, None, bio)
        for number, (specializations, bio) in enumerate([(("sleep",), ""), (("anger", "grief"), ""), ((), "I work with grief, after a death, with mourning and loss"), ((), "")])
    ]
    knows = np.array(
        [[rules.knows(tuple(each.specializations), ("en",), each.bio).get(slug, 0.0) + learnt.experience.get(each.id, {}).get(slug, 0.0) for slug in slugs] for each in candidates]
    )
    for topic in ("gromble plorten", "skrivel, and I cannot sleep", "velmori since the funeral", "hello"):
        stems, similarities = list(topics.words(topic)), dict(topics.guess(topic))
        shares = learnt.languages["en"].shares([stems], np.array([[similarities.get(slug, 0.0) for slug in slugs]]))
        [measured] = fits(shares, np.clip(knows, 0, 1)).tolist()
        waiting = Waiting(clock.new_id(), topic, "en", "medium", 0)
        scores = [match.score for each in candidates if (match := rules.score(waiting, each, learnt)) is not None]
        assert [(score - scores[-1]) / rules.TOPIC for score in scores] == pytest.approx([fit - measured[-1] for fit in measured], abs=0.001)


def test_what_needs_no_plan_loads_nothing_that_plans() -> None:
    code = """
import sys
from workers.matching import assigned
print(assigned([[1.0, 2.0]]), assigned([[1.0], [2.0]]), assigned([]), 'scipy' in sys.modules)
print(assigned([[1.0, 2.0], [1.0, 5.0]]), 'scipy' in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    assert said.split("\n") == ["[1] [0, None] [] False", "[0, 1] True"]


async def test_no_word_of_theirs_is_kept_or_logged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = practice()
    with capture_logs() as logs:
        await train(replace(found, chats=[replace(each, stems=[*each.stems, "heliotrope"]) for each in found.chats]), monkeypatch)
    row = await trained.used("matching")
    assert row is not None
    assert "heliotrope" not in str(logs) + str(row) and b"heliotrope" not in row.body
    assert str(found.chats[0].person) not in str(logs) + str(row)
