"""Who should be offered a waiting session: points for each thing that speaks for a counselor, added up, the most points win.

    asked for     100   the person asked for this counselor: more than all the rest together, except the language
    language       30   speaks the person's language (`es` answers `es-MX`)
    continuity     30   held an earlier session of this person
    topic          25   the topic is among their specializations; half, where only their bio speaks of it; more or less by how such chats went with them
    free places    15   in proportion to the share of places that are free
    available      10   not busy
    rating          5   in proportion, from 1 to 5; somebody unrated counts as a 4

These are choices, not measurements: who was asked for comes first, then who knows the person, then who knows the matter, and among
equals the less occupied. A counselor who is offline, was already asked, has no free place, or does not speak the language is out of
the question; the last two give way in an emergency, the language also after a wait of ten minutes. A reason is a phrase for the
counselor and never holds a word of the person's.

What the topic is, and how chats about it went with whom, is learnt from the chats that ended once there are enough (`Learnt`); until then the topic is guessed
from the catalogue, and nothing is known of how chats went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from babel import Locale

from domain import topics
from domain.languages import SPOKEN, spoken

ASKED_FOR = 100.0
LANGUAGE = 30.0
CONTINUITY = 30.0
TOPIC = 25.0
FREE_PLACES = 15.0
AVAILABLE = 10.0
RATING = 5.0

UNRATED = 4.0
LANGUAGE_PATIENCE_SECONDS = 600
# The similarity from which the likeliest topic is taken as meant; below it, topic counts in proportion. One question in ten has less.
CLEAR = 0.1
# What a topic counts that only the bio speaks of, as a share of one among the specializations.
BIO = 0.5
# The share of TOPIC from which it is given as a reason.
_WORTH_SAYING = 0.5


@dataclass(frozen=True)
class Waiting:
    """A session in the queue, its `priority` `low`, `medium`, `high` or `emergency`. `preferred` was asked for, `previous` held earlier sessions of the person, `tried` declined this one or let its offer run out."""

    session_id: UUID
    topic: str = field(repr=False)
    language: str
    priority: str
    waited_seconds: float
    preferred: UUID | None = None
    previous: frozenset[UUID] = frozenset()
    tried: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A counselor; `status` is `available`, `busy` or `offline`, `load` places of `capacity` are taken, `rating` is 1–5."""

    id: UUID
    specializations: Iterable[str]
    languages: Iterable[str]
    status: str
    capacity: int
    load: int
    rating: float | None = None
    bio: str = ""


class Learnt(Protocol):
    """What was learnt from the chats that ended. `experience`: by counselor and topic, how much better than usual their chats about it went, from −1 to 1."""

    experience: dict[UUID, dict[str, float]]

    def shares(self, stems: Sequence[str], language: str, similarities: Mapping[str, float]) -> dict[str, float] | None:
        """What a text may be about, as `first_shares`, from its stems and the first step's similarities; None for a language that was not learnt."""


@dataclass(frozen=True)
class Match:
    """A counselor for a session: 0–215 points, and what speaks for it, weightiest first."""

    counselor_id: UUID
    score: float
    reasons: tuple[str, ...]


def best(waiting: Waiting, candidates: Iterable[Candidate], learnt: Learnt | None = None) -> Match | None:
    """The candidate with the most points, of equals the one with the fewest places taken, then the lowest id; None when nobody comes into question."""
    likely = _likely(waiting, learnt)
    found = [(match, candidate) for candidate in candidates if (match := _score(waiting, candidate, likely)) is not None]
    return min(found, key=lambda each: (-each[0].score, each[1].load, each[1].id))[0] if found else None


def score(waiting: Waiting, candidate: Candidate, learnt: Learnt | None = None) -> Match | None:
    """None when the candidate is out of the question, as is who was tried."""
    return next(iter(every(waiting, [candidate], learnt)), None)


def every(waiting: Waiting, candidates: Iterable[Candidate], learnt: Learnt | None = None) -> list[Match]:
    """All who come into question."""
    likely = _likely(waiting, learnt)
    return [match for each in candidates if (match := _score(waiting, each, likely)) is not None]


def table(queue: Sequence[Waiting], candidates: Iterable[Candidate], learnt: Learnt | None = None) -> tuple[list[UUID], list[list[float | None]]]:
    """The free places, each by its counselor's id, the emptiest first; and for each session its points with each place, None where it is out of the question.

    A counselor's second place has the points of one with a place more taken. Emergencies have no part here: they are offered to everybody.
    """
    free = [candidate for candidate in candidates if candidate.load < candidate.capacity]
    places = sorted((load, candidate.id, candidate) for candidate in free for load in range(candidate.load, min(candidate.capacity, candidate.load + len(queue))))
    rows = []
    for waiting in queue:
        likely = _likely(waiting, learnt)
        found = {candidate.id: _score(waiting, candidate, likely) for candidate in free}
        rows.append([match.score - FREE_PLACES * (load - each.load) / each.capacity if (match := found[each.id]) is not None else None for load, _, each in places])
    return [id_ for _, id_, _ in places], rows


def in_turn(points: Sequence[Sequence[float | None]]) -> list[int | None]:
    """One session after the other, each the place with the most points of those that are left: its column, None where none is left."""
    left, found = set(range(len(points[0]) if points else 0)), list[int | None]()
    for row in points:
        _, column = min(((-value, each) for each in left if (value := row[each]) is not None), default=(0.0, None))
        left -= {column}
        found.append(column)
    return found


def _score(waiting: Waiting, candidate: Candidate, likely: _Likely) -> Match | None:
    emergency, speaks = waiting.priority == "emergency", _primary(waiting.language) in map(_primary, candidate.languages)
    if candidate.status == "offline" or candidate.id in waiting.tried:
        return None
    if not emergency and (candidate.load >= candidate.capacity or not (speaks or waiting.waited_seconds >= LANGUAGE_PATIENCE_SECONDS)):
        return None
    points, reasons = 0.0, []
    if candidate.id == waiting.preferred:
        points += ASKED_FOR
        reasons.append("this person asked for you")
    if candidate.id in waiting.previous:
        points += CONTINUITY
        reasons.append("you talked with this person before")
    fit, why = _fit(candidate, likely)
    points += TOPIC * fit
    if fit >= _WORTH_SAYING:
        reasons.append(why)
    if speaks:
        points += LANGUAGE
    reasons.append(f"{'speaks' if speaks else 'does not speak'} {_spoken_name(waiting.language)}")
    points += FREE_PLACES * max(0.0, 1 - candidate.load / candidate.capacity) if candidate.capacity > 0 else 0.0
    reasons.append(f"{candidate.load} of {candidate.capacity} places taken")
    if candidate.status == "available":
        points += AVAILABLE
    points += RATING * (min(5.0, max(1.0, float(candidate.rating or UNRATED))) - 1) / 4
    return Match(candidate.id, round(points, 2), tuple(reasons))


# --- The topic -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Likely:
    """What a session may be about: each topic's share, 1 for the likeliest if it is clear; the stems of its words; and what is known of how such chats went."""

    shares: dict[str, float]
    words: frozenset[str]
    experience: Mapping[UUID, Mapping[str, float]]


def _likely(waiting: Waiting, learnt: Learnt | None) -> _Likely:
    stems, similarities = list(topics.words(waiting.topic, waiting.language)), dict(topics.guess(waiting.topic, waiting.language))
    shares = learnt.shares(stems, spoken(waiting.language), similarities) if learnt is not None else None
    return _Likely(first_shares(similarities) if shares is None else shares, frozenset(stems), learnt.experience if learnt is not None else {})


def first_shares(similarities: Mapping[str, float]) -> dict[str, float]:
    """By topic, 0–1: 1 for the likeliest if it is clear. `similarities`: those of `topics.guess`."""
    highest = max(CLEAR, *similarities.values()) if similarities else CLEAR
    return {slug: similarity / highest for slug, similarity in similarities.items()}


def _fit(candidate: Candidate, likely: _Likely) -> tuple[float, str]:
    """How well the best of what they know fits, 0–1, and the reason.

    A specialization that the catalogue knows counts by its topic; any other (`veterans`, `cbt`) fits when all of its words stand in the person's topic.
    """
    specializations = tuple(sorted(candidate.specializations))
    experience = likely.experience.get(candidate.id, {})
    known = knows(specializations, tuple(candidate.languages), candidate.bio)
    fits = [(0.0, "")]
    for slug in sorted({*known, *experience} & likely.shares.keys()):
        knowing = known.get(slug, 0.0)
        reason = "{} is among your specializations" if knowing == 1 else "your bio speaks of {}" if knowing else "chats about {} went well with you"
        fits.append((likely.shares[slug] * min(1.0, max(0.0, knowing + experience.get(slug, 0.0))), reason.format(_topic_name(slug))))
    others = {each: frozenset(topics.words(each)) for each in specializations if not topics.slugs_of(each)}
    fits += [(1.0, f"{each} is among your specializations") for each, own in others.items() if own and own <= likely.words]
    return max(fits, key=lambda each: each[0])


@lru_cache(maxsize=2_048)
def knows(specializations: tuple[str, ...], languages: tuple[str, ...], bio: str) -> Mapping[str, float]:
    """How well a counselor knows each topic, by what they say: 1 for those among the specializations, up to BIO for what the bio speaks of; none is left out as 0.

    A bio is read in those of their languages that we speak, or in English; the one that makes most of it is what it is written in.
    """
    languages_we_speak = {spoken(each) for each in languages if _primary(each) in SPOKEN} or {"en"}
    read = max((dict(topics.guess(bio, each)) for each in sorted(languages_we_speak)), key=lambda similarities: max(similarities.values(), default=0.0))
    said = {slug: BIO * share for slug, share in first_shares(read).items()}
    return said | dict.fromkeys(frozenset().union(*map(topics.slugs_of, specializations)), 1.0)


def _topic_name(slug: str) -> str:
    name = topics.name(slug)
    return name[0].lower() + name[1:]


# --- The language --------------------------------------------------------------------------------------------------------------------------

_NAMES = Locale("en").languages


def _primary(tag: str) -> str:
    """`es` of `es-MX`."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def _spoken_name(tag: str) -> str:
    """`Spanish`; a language without a name here is not spelled out, being what the person typed."""
    return str(_NAMES.get(_primary(tag), "their language"))
