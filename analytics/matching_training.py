"""How matching is learnt from the chats that ended, and whether that is good enough to take the first step's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from analytics.matching import SHRINKAGE, Floats, Learnt, Stems, TopicWords
from core.disclosure import shown

# The version of what trains: raise it with any change of the features or of the fit.
CODE = "matching 1"
# A language is learnt from the chats of at least so many people that a counselor took whose topics are known: with a hundred made-up ones more topics were found
# than without, with fifty hardly more (`bench/topics.py`).
LEAST_TAKEN = 100
# Nothing is used that was not measured on at least so many people.
LEAST_MEASURED = 30
# An outcome from here on, which is a rating of 3, went well enough to learn the topic from.
WENT_WELL = 0.5
# What an unrated chat counts as while nothing is rated: the usual rating of 4.3, between 1 and 5.
_USUAL = 0.825
# Of the chats the newest fifth is held back.
_HELD_BACK = 1 / 5
_DRAWS = 2_000
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Chats:
    """Parallel, oldest first. `similarities` and `first_shares` (chats × topics) are what the first step says: of the words, and of what is meant (1 for the likeliest)."""

    people: list[UUID]
    languages: list[str]
    stems: list[Stems]
    similarities: Floats
    first_shares: Floats


@dataclass(frozen=True)
class Counselors:
    """`specialized` and `knows` (counselors × topics): whether a topic is among their specializations; how well they know it by those and their bio, 0–1."""

    ids: list[UUID]
    specialized: NDArray[np.bool_]
    knows: Floats


@dataclass(frozen=True)
class Answers:
    """Parallel: the chat and the counselor (their places above), and how it went: 0 declined, (rating − 1) / 4 once rated, NaN taken and not rated.

    A chat that was taken has one answer that is no 0 for having been declined: `is_taken`.
    """

    chats: NDArray[np.intp]
    counselors: NDArray[np.intp]
    outcomes: Floats
    is_taken: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Answers:
        return Answers(self.chats[chosen], self.counselors[chosen], self.outcomes[chosen], self.is_taken[chosen])


@dataclass(frozen=True)
class Trial:
    """A model fitted to everything, and how one like it, fitted to what came before, did on the chats held back."""

    learnt: Learnt
    is_better: bool
    data: dict[str, Any]
    scores: dict[str, Any]


def train(topics: Sequence[str], descriptions: Mapping[str, Sequence[Stems]], chats: Chats, counselors: Counselors, answers: Answers) -> Trial | None:
    """None where no language has enough chats (LEAST_TAKEN), or there are no two counselors. `descriptions`: by language, the catalogue's stems of each topic.

    Measured by where the fit puts a counselor among all: the share of the others it puts below one who took the chat and was not rated badly, and above one
    who declined it or was. Chance is one half. `is_better` when that is higher than the first step's, with all of the 95 % interval of the gain, by a bootstrap
    over people. Who took a chat was mostly offered it by the first step: that speaks for the first step, and makes the comparison a hard one.
    """
    outcomes = np.where(np.isnan(answers.outcomes), _usual_outcome(answers.outcomes), answers.outcomes)
    answers = Answers(answers.chats, answers.counselors, outcomes, answers.is_taken)
    cut = len(chats.people) - round(len(chats.people) * _HELD_BACK)
    is_earlier = answers.chats < cut
    earlier = _fitted(topics, descriptions, chats, counselors, answers.of(is_earlier))
    everything = _fitted(topics, descriptions, chats, counselors, answers)
    if not everything.languages or len(counselors.ids) < 2:
        return None
    scores = _scores(chats, counselors, answers.of(~is_earlier), earlier)
    return Trial(
        learnt=everything,
        is_better=scores["people"] >= LEAST_MEASURED and scores["gain_low"] > 0,
        data={
            "people": len(set(chats.people)),
            "chats": len(chats.people),
            "answers": len(answers.chats),
            "languages": sorted(everything.languages),
            "words": {language: len(words.hashes) for language, words in everything.languages.items()},
            "experiences": sum(map(len, everything.experience.values())),
        },
        scores=scores,
    )


def _usual_outcome(outcomes: Floats) -> float:
    """Of the chats that were taken and rated. A decline is no rating; a rating of 1 is as low as one, and as seldom as that it is taken for one."""
    rated = outcomes[~np.isnan(outcomes) & (outcomes > 0)]
    return float(rated.mean()) if len(rated) else _USUAL


def about(chats: Chats, counselors: Counselors, answers: Answers) -> Floats:
    """Chats × topics: what each was about, as far as its counselor tells: one of their topics, by the first step's similarity to each, and of those evenly if it is to none.

    All 0 for a chat that nobody took, that went badly, or whose counselor has no topic of the catalogue.
    """
    found = np.zeros_like(chats.similarities)
    went_well = answers.of(answers.is_taken & (answers.outcomes >= WENT_WELL))
    known = np.where(counselors.specialized[went_well.counselors], chats.similarities[went_well.chats] + 1e-6, 0.0)
    sums = known.sum(axis=1, keepdims=True)
    found[went_well.chats] = np.divide(known, sums, out=np.zeros_like(known), where=sums > 0)
    return found


def _fitted(topics: Sequence[str], descriptions: Mapping[str, Sequence[Stems]], chats: Chats, counselors: Counselors, answers: Answers) -> Learnt:
    labels = about(chats, counselors, answers)
    languages = {}
    for language, described in descriptions.items():
        rows = [row for row, spoken in enumerate(chats.languages) if spoken == language and labels[row].any()]
        numbers = {person: number for number, person in enumerate(dict.fromkeys(chats.people[row] for row in rows))}
        if len(numbers) >= LEAST_TAKEN:
            languages[language] = TopicWords.fitted([chats.stems[row] for row in rows], [numbers[chats.people[row]] for row in rows], labels[rows], described)
    learnt = Learnt(topics, languages, {})
    return Learnt(topics, languages, _experience(topics, chats, counselors, answers, _shares(chats, learnt)))


def _experience(topics: Sequence[str], chats: Chats, counselors: Counselors, answers: Answers, shares: Floats) -> dict[UUID, dict[str, float]]:
    """How much better than usual for a topic each counselor's chats about it went, where enough people are behind it for a figure to be shown: each with what they had last."""
    last: dict[tuple[int, int], dict[UUID, float]] = {}
    for chat, counselor, outcome in zip(answers.chats, answers.counselors, answers.outcomes, strict=True):
        if shares[chat].any():
            last.setdefault((int(counselor), int(shares[chat].argmax())), {})[chats.people[chat]] = float(outcome)
    of_topic: dict[int, list[float]] = {}
    for (_, topic), outcomes in last.items():
        of_topic.setdefault(topic, []).extend(outcomes.values())
    usual = {topic: float(np.mean(outcomes)) for topic, outcomes in of_topic.items()}
    found: dict[UUID, dict[str, float]] = {}
    for (counselor, topic), outcomes in last.items():
        if shown(len(outcomes)):
            better = sum(outcome - usual[topic] for outcome in outcomes.values()) / (len(outcomes) + SHRINKAGE)
            found.setdefault(counselors.ids[counselor], {})[topics[topic]] = round(better, 3)
    return found


def _shares(chats: Chats, learnt: Learnt) -> Floats:
    """As the queue will take them: the first step's where a language was not learnt."""
    found = chats.first_shares.copy()
    for language, words in learnt.languages.items():
        rows = [row for row, spoken in enumerate(chats.languages) if spoken == language]
        found[rows] = words.shares([chats.stems[row] for row in rows], chats.similarities[rows])
    return found


def fits(shares: Floats, knows: Floats) -> Floats:
    """Chats × counselors, 0–1: of what a chat may be about, what a counselor knows best. The queue does the same for one of each (`domain.chat.matching`)."""
    chunks = [shares[start : start + _ROWS_AT_ONCE] for start in range(0, len(shares), _ROWS_AT_ONCE)]
    return np.concatenate([(chunk[:, None, :] * knows[None, :, :]).max(axis=2) for chunk in chunks]) if chunks else np.zeros((0, len(knows)))


def _scores(chats: Chats, counselors: Counselors, answers: Answers, learnt: Learnt) -> dict[str, Any]:
    experienced = np.array([[learnt.experience.get(counselor, {}).get(slug, 0.0) for slug in learnt.topics] for counselor in counselors.ids])
    places = {
        "learnt": _places(fits(_shares(chats, learnt)[answers.chats], np.clip(counselors.knows + experienced, 0, 1)), answers),
        "first_step": _places(fits(chats.first_shares[answers.chats], counselors.knows), answers),
    }
    numbers = {person: number for number, person in enumerate(dict.fromkeys(chats.people[chat] for chat in answers.chats))}
    people = np.array([numbers[chats.people[chat]] for chat in answers.chats], np.intp)
    gain, low, high = _gain(places["learnt"] - places["first_step"], people, len(numbers))
    return {
        **{name: round(float(each.mean()), 4) if len(each) else None for name, each in places.items()},
        "gain": gain,
        "gain_low": low,
        "gain_high": high,
        "people": len(numbers),
        "answers": len(answers.chats),
    }


def _places(fitting: Floats, answers: Answers) -> Floats:
    """For each answer the share of the other counselors whom the fit puts on the right side of this one; a tie is half of it."""
    rows = np.arange(len(fitting))
    own = fitting[rows, answers.counselors][:, None]
    below, same = (fitting < own).sum(axis=1), (fitting == own).sum(axis=1) - 1
    share: Floats = (below + same / 2) / (fitting.shape[1] - 1)
    return np.where(answers.outcomes >= WENT_WELL, share, 1 - share)


def _gain(gains: Floats, people: NDArray[np.intp], count: int) -> tuple[float, float, float]:
    """The mean, with its 95 % interval: percentile bootstrap (Efron & Tibshirani 1993, ch. 13), whole people drawn with replacement. All 0 of nothing."""
    if not count:
        return 0.0, 0.0, 0.0
    sums, sizes = np.bincount(people, gains, count), np.bincount(people, minlength=count)
    draws, drawing = np.empty(_DRAWS), np.random.default_rng(0)
    for draw in range(_DRAWS):
        drawn = drawing.integers(0, count, count)
        draws[draw] = sums[drawn].sum() / sizes[drawn].sum()
    low, high = np.quantile(draws, [0.025, 0.975])
    return round(float(gains.mean()), 4), round(float(low), 4), round(float(high), 4)
