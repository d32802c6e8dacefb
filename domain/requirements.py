"""What an achievement asks for: a small grammar, stored as JSON, checked when stored.

    {"kind": "count", "of": "moods", "target": 100}           so many in all
    {"kind": "distinct_days", "of": "moods", "target": 30}    on so many local dates
    {"kind": "distinct_weeks", "of": "moods", "target": 4}    in so many weeks, Monday to Sunday, by local date
    {"kind": "streak", "of": "moods", "target": 7}            on so many local dates in a row, ever
    {"kind": "program", "slug": "mindful-days"}               that program was completed
    {"kind": "all", "each": [ … ]}                            every one of them
    {"kind": "any", "each": [ … ]}                            one of them

`of` names a subject that is counted:

    moods               mood entries
    mood_factors        mood entries with factors
    returns             moods logged 14 days or more after the one logged before
    modules             modules completed
    programs            programs completed
    breathing           breathing sessions of 30 s or more
    techniques          different techniques breathed with, in such sessions
    breathing_minutes   whole minutes of all sessions together, at most 30 of each
    chat_ratings        chats rated, with any number of stars
    chat_feedback       chats with written feedback
    imports             imports that took in at least one entry
    own_picture         1 with an avatar that is ready
    own_look            1 with a theme or text size of one's own
    quiet_hours         1 with quiet hours set

Only moods and breathing have days, weeks and streaks. Nothing looks at how somebody feels, at what they wrote, or at how much they chat.

A requirement's progress is `current` of `target`: for `all` the sum over its parts, each counted up to its own target; for `any` the part
that is furthest; a program is 0 or 1 of 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

DatedSubject = Literal["moods", "breathing"]
Subject = Literal[
    "moods",
    "mood_factors",
    "returns",
    "modules",
    "programs",
    "breathing",
    "techniques",
    "breathing_minutes",
    "chat_ratings",
    "chat_feedback",
    "imports",
    "own_picture",
    "own_look",
    "quiet_hours",
]
Target = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class Count(msgspec.Struct, frozen=True, tag_field="kind", tag="count", forbid_unknown_fields=True):
    of: Subject
    target: Target


class DistinctDays(msgspec.Struct, frozen=True, tag_field="kind", tag="distinct_days", forbid_unknown_fields=True):
    of: DatedSubject
    target: Target


class DistinctWeeks(msgspec.Struct, frozen=True, tag_field="kind", tag="distinct_weeks", forbid_unknown_fields=True):
    of: DatedSubject
    target: Target


class Streak(msgspec.Struct, frozen=True, tag_field="kind", tag="streak", forbid_unknown_fields=True):
    of: DatedSubject
    target: Target


class Program(msgspec.Struct, frozen=True, tag_field="kind", tag="program", forbid_unknown_fields=True):
    slug: Slug


class All(msgspec.Struct, frozen=True, tag_field="kind", tag="all", forbid_unknown_fields=True):
    each: Annotated[list[Requirement], msgspec.Meta(min_length=1, max_length=10)]


class Any(msgspec.Struct, frozen=True, tag_field="kind", tag="any", forbid_unknown_fields=True):
    each: Annotated[list[Requirement], msgspec.Meta(min_length=1, max_length=10)]


Requirement = Count | DistinctDays | DistinctWeeks | Streak | Program | All | Any

_MOST_DEPTH = 4


@dataclass(frozen=True)
class Tally:
    """What a person did of one subject, over all time."""

    count: int = 0
    days: int = 0
    longest_streak: int = 0
    weeks: int = 0


@dataclass(frozen=True)
class Progress:
    current: int
    target: int

    @property
    def met(self) -> bool:
        return self.current >= self.target

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means met."""
        return min(100, self.current * 100 // self.target)


def parse(stored: bytes | str) -> Requirement:
    """Raises msgspec.ValidationError, also for a nesting deeper than 4."""
    try:
        found: Requirement = msgspec.json.decode(stored, type=Requirement)
    except RecursionError:
        raise msgspec.ValidationError("nests too deeply") from None
    if _depth(found) > _MOST_DEPTH:
        raise msgspec.ValidationError("nests too deeply")
    return found


def _depth(requirement: Requirement) -> int:
    return 1 + max(map(_depth, requirement.each)) if isinstance(requirement, All | Any) else 1


def subjects(requirement: Requirement) -> frozenset[str]:
    """What it looks at; a program's completion as `program:<slug>`."""
    match requirement:
        case All(each) | Any(each):
            return frozenset().union(*map(subjects, each))
        case Program(slug):
            return frozenset([program(slug)])
        case _:
            return frozenset([requirement.of])


def program(slug: str) -> str:
    """The subject that says whether a program was completed."""
    return f"program:{slug}"


def progress(requirement: Requirement, tallies: Mapping[str, Tally]) -> Progress:
    """How far somebody is; `current` never exceeds `target`."""
    match requirement:
        case Count(of, target):
            return _towards(tallies.get(of, Tally()).count, target)
        case DistinctDays(of, target):
            return _towards(tallies.get(of, Tally()).days, target)
        case DistinctWeeks(of, target):
            return _towards(tallies.get(of, Tally()).weeks, target)
        case Streak(of, target):
            return _towards(tallies.get(of, Tally()).longest_streak, target)
        case Program(slug):
            return _towards(tallies.get(program(slug), Tally()).count, 1)
        case All(each):
            # A part that is an `any` may change which of its own is furthest: each part counts with a weight that stays.
            parts = [(progress(part, tallies), _weight(part)) for part in each]
            return Progress(sum(part.current * weight // part.target for part, weight in parts), sum(weight for _, weight in parts))
        case Any(each):
            return max((progress(part, tallies) for part in each), key=lambda part: (part.met, part.current / part.target))


def _weight(requirement: Requirement) -> int:
    match requirement:
        case All(each):
            return sum(map(_weight, each))
        case Any(each):
            return max(map(_weight, each))
        case Program():
            return 1
        case _:
            return requirement.target


def _towards(current: int, target: int) -> Progress:
    return Progress(min(current, target), target)
