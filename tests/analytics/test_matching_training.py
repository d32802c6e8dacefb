"""How matching is learnt from made-up chats, whose figures are kept, and when what was learnt is used."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from analytics import matching_training
from analytics.matching_training import LEAST_TAKEN, Answers, Chats, Counselors, about, fits
from domain.matching_training import Chat, Material
from tests.practices import SAID, practice
from workers.matching import tried

ANA, BEN = UUID(int=1), UUID(int=2)


def test_words_of_their_own_are_learnt_and_the_fit_with_them() -> None:
    trial = tried(practice())
    assert trial is not None and trial.is_better
    assert trial.scores["learnt"] > 0.75 and trial.scores["first_step"] < 0.6
    for slug, said in SAID.items():
        found = trial.learnt.shares(list(said), "en", {})
        assert found is not None and max(found, key=found.__getitem__) == slug
    assert trial.data["people"] == trial.data["chats"] == 200


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_used_that_was_learnt_from_chance(seed: int) -> None:
    trial = tried(practice(400, seed=seed, at_random=True))
    assert trial is not None and not trial.is_better


def test_the_same_chats_give_the_same_model() -> None:
    first, second = tried(practice()), tried(practice())
    assert first is not None and second is not None
    assert (first.learnt.to_bytes(), first.scores, first.data) == (second.learnt.to_bytes(), second.scores, second.data)


def test_a_language_of_too_few_people_is_not_learnt() -> None:
    assert tried(practice(people=LEAST_TAKEN - 1)) is None
    english, spanish = practice(), practice(people=20, seed=2, language="es")
    trial = tried(replace(english, chats=[*english.chats, *spanish.chats]))
    assert trial is not None and list(trial.learnt.languages) == ["en"]


def test_one_person_who_talks_often_is_not_many() -> None:
    found = practice()
    assert tried(replace(found, chats=[replace(each, person=ANA) for each in found.chats])) is None


@pytest.mark.parametrize(("least", "is_better"), [(40, True), (41, False)])
def test_few_held_back_are_no_measure(monkeypatch: pytest.MonkeyPatch, least: int, is_better: bool) -> None:
    monkeypatch.setattr(matching_training, "LEAST_MEASURED", least)
    trial = tried(practice(200))
    assert trial is not None and trial.scores["people"] == 40
    assert trial.is_better is is_better


def test_nobody_there_is_no_error() -> None:
    assert tried(Material([], {}, {})) is None
    alone = practice()
    assert (
        tried(
            replace(alone, chats=[replace(each, counselor=ANA, declined=frozenset()) for each in alone.chats], specialized={ANA: frozenset({"sleep"})}, knows={ANA: {"sleep": 1.0}})
        )
        is None
    )


# --- Experience ------------------------------------------------------------------------------------------------------------------------------


def with_ratings(of_ana: int, people: int) -> Material:
    """Ana and others, all for sleep; Ana's chats with so many people are rated so, the others' with a 3."""
    chats = [Chat(UUID(int=1_000 + number), "en", ["sleep", "night"], {"sleep": 0.5}, ANA if number < people else BEN, of_ana if number < people else 3) for number in range(200)]
    return Material(chats[::-1], {ANA: frozenset({"sleep"}), BEN: frozenset({"sleep"})}, {ANA: {"sleep": 1.0}, BEN: {"sleep": 1.0}})


@pytest.mark.parametrize(("rating", "people", "known"), [(5, 9, False), (5, 10, True), (5, 40, True), (1, 40, True)])
def test_experience_is_known_from_ten_people_on_and_drawn_to_the_usual(rating: int, people: int, known: bool) -> None:
    trial = tried(with_ratings(rating, people))
    assert trial is not None
    assert (ANA in trial.learnt.experience) is known
    if known:
        found = trial.learnt.experience[ANA]["sleep"]
        usual = (people * (rating - 1) / 4 + (200 - people) * 0.5) / 200
        assert found == pytest.approx(people * ((rating - 1) / 4 - usual) / (people + 10), abs=1e-3)
        assert (found > 0) is (rating == 5)


def test_the_same_person_ten_times_is_one_and_counts_as_they_said_last() -> None:
    found = with_ratings(5, 12)
    # Of Ana's twelve people four are one and the same.
    same = [replace(each, person=UUID(int=1_000)) if each.counselor == ANA and each.person < UUID(int=1_004) else each for each in found.chats]
    trial = tried(replace(found, chats=same))
    assert trial is not None and ANA not in trial.learnt.experience


# --- What a chat was about ---------------------------------------------------------------------------------------------------------------------


def table(*rows: list[float]) -> np.ndarray:
    return np.array(rows, float)


def test_a_chat_was_about_what_its_counselor_knows_as_far_as_the_words_say() -> None:
    similarities = table([0.4, 0.1, 0.3], [0, 0, 0], [0.4, 0.1, 0.3], [0.4, 0.1, 0.3], [0.4, 0.1, 0.3])
    chats = Chats([UUID(int=each) for each in range(5)], ["en"] * 5, [[]] * 5, similarities, similarities)
    counselors = Counselors([ANA, BEN], np.array([[True, False, True], [False, False, False]]), np.zeros((2, 3)))
    # By Ana: taken, taken, taken and rated badly; by Ben, who has no topic; declined by Ana.
    answers = Answers(np.arange(5), np.array([0, 0, 0, 1, 0]), np.array([1, 0.8, 0.25, 1, 0]), np.array([True, True, True, True, False]))
    found = about(chats, counselors, answers)
    assert found[0] == pytest.approx([4 / 7, 0, 3 / 7], abs=1e-4)
    assert found[1] == pytest.approx([0.5, 0, 0.5])
    assert found[2:].tolist() == [[0, 0, 0]] * 3


def test_a_fit_is_the_best_of_what_is_known() -> None:
    assert fits(table([1, 0.5, 0]), table([0.3, 1, 0], [0, 0, 1])).tolist() == [[0.5, 0]]
    assert fits(np.zeros((600, 3)), table([1, 1, 1])).shape == (600, 1)
    assert fits(np.zeros((0, 3)), table([1, 1, 1])).shape == (0, 1)
