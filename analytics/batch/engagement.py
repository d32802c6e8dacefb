"""Use of the app over the window, as it comes counted and suppressed from outside, as tables.

It is counted over those whose use may be counted, which are not the same people as those whose diaries are analysed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from analytics.batch.tables import Column, Kind, Table
from core.disclosure import shown


class Day(msgspec.Struct, rename="camel"):
    """`dau`, `wau`, `mau`: people active on the date, in the 7 and in the 30 days that end with it; null where it may not be told."""

    date: date
    dau: int | None = None
    wau: int | None = None
    mau: int | None = None


class Cohort(msgspec.Struct, rename="camel"):
    """The people who signed up in the week from `from`; of them, the shares who were active 1, 7 and 30 days after. Null where it may not be told, or lies ahead."""

    first: date = msgspec.field(name="from")
    people: int | None = None
    d1: float | None = None
    d7: float | None = None
    d30: float | None = None


class Feature(msgspec.Struct, rename="camel"):
    """How many people used something in the window, at least, in tens; null where it may not be told."""

    name: str
    people: int | None = None


class Active(msgspec.Struct, rename="camel"):
    """`dau`: mean people a day over the window; `wau`, `mau`: in the 7 and in the 30 days that end with it; `stickiness`: mean people a day of these 30 ÷ `mau`."""

    dau: int | None = None
    wau: int | None = None
    mau: int | None = None
    stickiness: float | None = None


class Engagement(msgspec.Struct, rename="camel"):
    """What is read of it; more may be there."""

    active: Active | None = None
    days: list[Day] = []
    retention: list[Cohort] = []
    features: list[Feature] = []


USE = Kind(
    "use",
    "How many people used the app, of those whose use may be counted. Counts under ten are hidden, and what would give them away.",
    "The window; no row where nothing was counted",
    (
        Column("dau", "count", "The mean of people active a day, over the days of the window on which they are shown; null where hidden", "people"),
        Column("wau", "count", "People active in the 7 days that end with it; null where hidden", "people"),
        Column("mau", "count", "People active in the 30 days that end with it; null where hidden", "people"),
        Column("stickiness", "number", "The mean of people active a day over these 30 days ÷ `mau`; null where hidden", "share"),
    ),
)

ACTIVE = Kind(
    "active_people",
    "People who used the app, of those whose use may be counted. Counts under ten are hidden, and those that exceed the narrower count beside them by fewer than ten.",
    "A date",
    (
        Column("date", "date", "The date"),
        Column("dau", "count", "People active on it; null where hidden", "people"),
        Column("wau", "count", "People active in the 7 days that end with it; null where hidden", "people"),
        Column("mau", "count", "People active in the 30 days that end with it; null where hidden", "people"),
    ),
)

RETENTION = Kind(
    "retention",
    "Who comes back: of the people who signed up in a week, the shares who were active on the very day 1, 7 and 30 days after they did.",
    "The people who signed up in a calendar week of the window",
    (
        Column("first", "date", "The Monday of that week"),
        Column("people", "count", "How many signed up; null where hidden", "people"),
        Column("d1", "number", "The share of them who were active a day later; null where hidden, or when that lies ahead of some", "share"),
        Column("d7", "number", "The share who were active 7 days later; null likewise", "share"),
        Column("d30", "number", "The share who were active 30 days later; null likewise", "share"),
    ),
)

FEATURES = Kind(
    "feature_use",
    "What people used in the window, of those whose use may be counted. One person may use several.",
    "A feature",
    (
        Column("feature", "text", "Its name"),
        Column("people", "count", "How many people used it, at least: rounded down to tens; null where hidden", "people"),
    ),
)


def tables(said: dict[str, Any]) -> tuple[Table, Table, Table, Table]:
    """Raises msgspec.ValidationError for what is no engagement."""
    found = msgspec.convert(said, Engagement, strict=False)
    use = [{**_active(found.active), "stickiness": found.active.stickiness if _told(found.active.mau) else None}] if found.active else []
    days = [{"date": day.date, **_active(day)} for day in found.days]
    retention = [
        {"first": each.first, "people": people, **{name: getattr(each, name) if people else None for name in ("d1", "d7", "d30")}}
        for each in found.retention
        for people in [_told(each.people)]
    ]
    features = [{"feature": each.name, "people": _told(each.people)} for each in found.features]
    return Table(USE, use), Table(ACTIVE, days), Table(RETENTION, retention), Table(FEATURES, features)


def _active(of: Active | Day) -> dict[str, int | None]:
    return {"dau": _told(of.dau), "wau": _told(of.wau), "mau": _told(of.mau)}


def _told(people: int | None) -> int | None:
    """Whoever counted has hidden small counts; what is small all the same is hidden here."""
    return people if people is not None and shown(people) else None
