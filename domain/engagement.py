"""How the app is used over some dates, counted over all whose use may be counted: never one person, and no figure of few.

Somebody is active on a local date on which they did something that is stored anyway: logged a mood or a breathing session (by the date it counts
for), began a program, finished a module, asked for a chat, wrote in one. Nothing is tracked for this. What lies before they signed up (an imported
diary) is no use of the app. Instants become dates by the time zone that the person has now.

What is shown (thresholds: `core.disclosure`). Active people and cohorts are counted exactly, over days and calendar weeks that are the same whatever
dates are asked for, so that comparing two answers tells no more than either; where one count lies within another (a day, its 7 days, its 30), their
difference is a cell too. What is counted over just the dates asked for is rounded down to tens, or a window longer by a day would tell of that day.
A share is shown where at least ten people did and at least ten did not, in whole percents. What many well-chosen windows could still tell
together, the audit trail shows being asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import msgspec

from core import clock
from core.disclosure import LEAST, shown, suppressed
from core.views import View
from domain import audit, engagement_counts, windows
from domain.access import Principal
from domain.engagement_counts import MONTH, RETURNS

# The longest of few waits is somebody's own: of a hundred people, five waited longer than the 95th percentile.
LEAST_FOR_P95 = 100


class Active(View):
    """`dau`: mean people a day over the window; `wau`, `mau`: people active in the 7 and 30 days that end with it.

    `stickiness`: mean people a day over those 30 days, divided by `mau`. Means are over the days that are shown. Null where hidden.
    """

    dau: int | None
    wau: int | None
    mau: int | None
    stickiness: float | None
    is_suppressed: bool


class Day(View):
    """People active on the date, in the 7 and in the 30 days that end with it; null where hidden."""

    date: date
    dau: int | None
    wau: int | None
    mau: int | None
    is_suppressed: bool


class Cohort(View):
    """The people who signed up in the week from that Monday; of them, the shares who were active on the very day 1, 7 and 30 days after.

    So many days after signing up have passed for all of them: `observedDays`, up to 30. A share is null before that, and where hidden.
    """

    from_: date = msgspec.field(name="from")
    people: int | None
    observed_days: int
    d1: float | None
    d7: float | None
    d30: float | None
    is_suppressed: bool


class Feature(View):
    """How many people used it in the window, at least: rounded down to tens. Null where hidden.

    `notes`: wrote one with a mood. Whoever only looks (at insights, charts, statistics) leaves no row, so that is not counted.
    """

    name: str
    people: int | None
    is_suppressed: bool


class ProgramUse(View):
    """How many people began a program in the window, and how many of them had completed it by its end, at least: rounded down to tens.

    `completion` is that share. Null where hidden.
    """

    id: UUID
    slug: str
    title: str
    enrolled: int | None
    completed: int | None
    completion: float | None
    is_suppressed: bool


class ChatUse(View):
    """How many people asked for how many chats in the window, at least: rounded down to tens.

    Waits are from asking until a counselor took the chat first, in seconds, over the chats that were taken: of these half waited at most
    `waitP50`, 95 of 100 at most `waitP95`, which is told from a hundred people on. Null where hidden.
    """

    people: int | None
    chats: int | None
    wait_p50: int | None
    wait_p95: int | None
    is_suppressed: bool


class Ratings(View):
    """How people rated chats asked for in the window. `people` rated at all, `distribution` says how many gave each of 1 to 5, at least: rounded
    down to tens. `mean`: over people, of each one's mean rating. Null where hidden.
    """

    people: int | None
    mean: float | None
    distribution: dict[str, int | None]
    is_suppressed: bool


class Engagement(View):
    """How the app is used over the local dates `from` to `to`, both included. `isSuppressed`: something beside it is hidden, as it rests on too few people."""

    from_: date = msgspec.field(name="from")
    to: date
    active: Active
    days: list[Day]
    retention: list[Cohort]
    features: list[Feature]
    programs: list[ProgramUse]
    chats: ChatUse
    ratings: Ratings


async def read(principal: Principal, first: date, last: date) -> Engagement:
    """The figures, and that they were asked for. Raises Invalid for dates that cannot be asked about."""
    windows.check(first, last)
    await audit.record("engagement_read", actor=principal.actor, first=first.isoformat(), last=last.isoformat())
    return await engagement(first, last)


async def engagement(first: date, last: date) -> Engagement:
    """The figures over these dates, both included."""
    activity = await engagement_counts.activity(first, last)
    days = [_day(day, *counts) for day, counts in activity.daily.items() if day >= first]
    use, chats = await engagement_counts.use(first, last), await engagement_counts.chats(first, last)
    # The last date that is over everywhere.
    over = (clock.now() - timedelta(hours=12)).date() - timedelta(days=1)
    return Engagement(
        from_=first,
        to=last,
        active=_active(activity.daily, days),
        days=days,
        retention=[_cohort(week, people, (over - week).days - 6, returned) for week, (people, returned) in activity.cohorts.items()],
        features=[_feature(name, use[name]) for name in ("moods", "notes", "breathing", "programs", "chat")],
        programs=_programs(await engagement_counts.begun(first, last)),
        chats=_chats(chats),
        ratings=_ratings(chats),
    )


def _day(day: date, *counts: int) -> Day:
    dau, wau, mau = _within(counts)
    return Day(date=day, dau=dau, wau=wau, mau=mau, is_suppressed=None in (dau, wau, mau))


def _within(counts: Sequence[int]) -> list[int | None]:
    """Counts of which each lies within the next; None where one, or what it has beyond the last that is shown, is too few."""
    told: list[int | None] = []
    within = 0
    for count in counts:
        is_shown = shown(count - within)
        told.append(count if is_shown else None)
        within = count if is_shown else within
    return told


def _active(daily: dict[date, tuple[int, int, int]], days: list[Day]) -> Active:
    counts = [dau for dau, _, _ in daily.values()]
    last = days[-1]
    dau, monthly = _mean(counts[-len(days) :]), _mean(counts[-MONTH:])
    stickiness = None if monthly is None or last.mau is None else round(monthly / last.mau, 2)
    return Active(dau=None if dau is None else round(dau), wau=last.wau, mau=last.mau, stickiness=stickiness, is_suppressed=None in (dau, last.wau, stickiness))


def _mean(counts: Sequence[int]) -> float | None:
    """Over what is shown, so that it tells nothing of the rest."""
    told = [count for count in counts if shown(count)]
    return sum(told) / len(told) if told else None


def _cohort(week: date, people: int, observed: int, returned: Sequence[int]) -> Cohort:
    observed = min(max(observed, 0), MONTH)
    shares = [_share(count, people) if after <= observed else None for after, count in zip(RETURNS, returned, strict=True)]
    hidden = [share is None for after, share in zip(RETURNS, shares, strict=True) if after <= observed]
    d1, d7, d30 = shares
    return Cohort(from_=week, people=people if shown(people) else None, observed_days=observed, d1=d1, d7=d7, d30=d30, is_suppressed=not shown(people) or any(hidden))


def _share(of: int, people: int) -> float | None:
    return round(of / people, 2) if shown(of) and shown(people - of) else None


def _about(people: int) -> int | None:
    return people // LEAST * LEAST or None


def _feature(name: str, people: int) -> Feature:
    return Feature(name=name, people=_about(people), is_suppressed=not shown(people))


def _programs(rows: Sequence[asyncpg.Record]) -> list[ProgramUse]:
    """Also programs whose number would be known from the others are hidden: how many people used programs at all is shown."""
    begun = [row for row in rows if row["enrolled"]]
    hidden = dict(zip((row["id"] for row in begun), suppressed([row["enrolled"] for row in begun]), strict=True))
    return [_program(row, is_hidden=hidden.get(row["id"], True)) for row in rows]


def _program(row: asyncpg.Record, *, is_hidden: bool) -> ProgramUse:
    enrolled, completed = row["enrolled"], row["completed"]
    share = None if is_hidden else _share(completed, enrolled)
    return ProgramUse(
        id=row["id"],
        slug=row["slug"],
        title=row["title"],
        enrolled=None if is_hidden else _about(enrolled),
        completed=None if share is None else _about(completed),
        completion=share,
        is_suppressed=share is None,
    )


def _chats(row: asyncpg.Record) -> ChatUse:
    if not shown(row["people"]):
        return ChatUse(people=None, chats=None, wait_p50=None, wait_p95=None, is_suppressed=True)
    p50 = round(row["p50"]) if shown(row["waiters"]) else None
    p95 = round(row["p95"]) if row["waiters"] >= LEAST_FOR_P95 else None
    return ChatUse(people=_about(row["people"]), chats=_about(row["chats"]), wait_p50=p50, wait_p95=p95, is_suppressed=None in (p50, p95))


def _ratings(row: asyncpg.Record) -> Ratings:
    if not shown(row["raters"]):
        return Ratings(people=None, mean=None, distribution={str(star): None for star in range(1, 6)}, is_suppressed=True)
    hidden = suppressed(row["stars"])
    distribution = {str(star): None if is_hidden else _about(people) for star, (people, is_hidden) in enumerate(zip(row["stars"], hidden, strict=True), 1)}
    return Ratings(people=_about(row["raters"]), mean=round(row["mean"], 1), distribution=distribution, is_suppressed=any(hidden))
