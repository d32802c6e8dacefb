"""Who should be offered a waiting session: points for each thing that speaks for a counselor, added up, the most points win.

    asked for     100   the person asked for this counselor: more than all the rest together, except the language
    language       30   speaks the person's language (`es` answers `es-MX`)
    continuity     30   held an earlier session of this person
    topic          25   the topic is among their specializations
    free places    15   in proportion to the share of places that are free
    available      10   not busy
    rating          5   in proportion, from 1 to 5; somebody unrated counts as a 4

These are choices, not measurements: who was asked for comes first, then who knows the person, then who knows the matter, and among
equals the less occupied. A counselor who is offline, was already asked, has no free place, or does not speak the language is out of
the question; the last two give way in an emergency, the language also after a wait of ten minutes. A reason is a phrase for the
counselor and never holds a word of the person's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from babel import Locale

from domain import topics

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


@dataclass(frozen=True)
class Match:
    """A counselor for a session: 0–215 points, and what speaks for it, weightiest first."""

    counselor_id: UUID
    score: float
    reasons: tuple[str, ...]


def best(waiting: Waiting, candidates: Iterable[Candidate]) -> Match | None:
    """The candidate with the most points, of equals the one with the fewest places taken, then the lowest id; None when nobody comes into question."""
    likely = _likely(waiting)
    found = [(match, candidate) for candidate in candidates if (match := _score(waiting, candidate, likely)) is not None]
    return min(found, key=lambda each: (-each[0].score, each[1].load, each[1].id))[0] if found else None


def score(waiting: Waiting, candidate: Candidate) -> Match | None:
    """None when the candidate is out of the question. Who was tried stays out: once everybody was, ask again with an empty `tried`."""
    return _score(waiting, candidate, _likely(waiting))


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
    fit, specialty = _fit(candidate, likely)
    points += TOPIC * fit
    if fit >= _WORTH_SAYING:
        reasons.append(f"{specialty} is among your specializations")
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
    """What a session may be about: each topic's share, 1 for the likeliest if it is clear; and the stems of its words."""

    shares: dict[str, float]
    words: frozenset[str]


def _likely(waiting: Waiting) -> _Likely:
    guesses = topics.guess(waiting.topic, waiting.language)
    highest = max(CLEAR, guesses[0][1]) if guesses else CLEAR
    return _Likely({slug: similarity / highest for slug, similarity in guesses}, frozenset(topics.words(waiting.topic, waiting.language)))


def _fit(candidate: Candidate, likely: _Likely) -> tuple[float, str]:
    """How well the best of their specializations fits, 0–1, and its name.

    One that the catalogue knows counts by its topic; any other (`veterans`, `cbt`) fits when all of its words stand in the person's topic.
    """
    fits = [(0.0, "")]
    for specialization in sorted(candidate.specializations):
        slugs = topics.slugs_of(specialization)
        fits += [(likely.shares.get(slug, 0.0), _topic_name(slug)) for slug in sorted(slugs)]
        if not slugs and (own := frozenset(topics.words(specialization))) and own <= likely.words:
            fits.append((1.0, specialization))
    return max(fits, key=lambda each: each[0])


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
