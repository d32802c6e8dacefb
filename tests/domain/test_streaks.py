"""The two queries that know streaks, against counting on fingers."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api import fields
from core import clock, db
from domain import mood_stats, tallies
from domain.moods import Entry, place_in_time
from tests.clocks import changes
from tests.diaries import clear, diary, on, store
from tests.people import World
from tests.properties import examples


def _longest(days: set[date]) -> int:
    best = length = 0
    day = min(days, default=date(2026, 1, 1))
    while days and day <= max(days):
        length = length + 1 if day in days else 0
        best, day = max(best, length), day + timedelta(days=1)
    return best


def _weeks(days: set[date]) -> int:
    return len({day.isocalendar()[:2] for day in days})


def _current(days: set[date], today: date) -> int:
    day = today if today in days else today - timedelta(days=1)
    length = 0
    while day in days:
        length, day = length + 1, day - timedelta(days=1)
    return length


@examples(60)
@given(ago=st.lists(st.one_of(st.integers(-1, 12), st.integers(0, 420)), max_size=60), zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca"]))
async def test_streaks_are_what_fingers_say(world: World, ago: list[int], zone: str) -> None:
    """Over the ends of months, years and leap days, and any change of clocks."""
    now = datetime(2028, 3, 1, 11, 30, tzinfo=ZoneInfo("UTC"))
    today = now.astimezone(ZoneInfo(zone)).date()
    days = {today - timedelta(days=n) for n in ago}
    person = await diary(world, [on(today - timedelta(days=n), zone=zone) for n in ago], timezone=zone)
    with clock.at(now):
        shown = (await mood_stats.stats(person.uuid, days=7)).streak
    tally = (await tallies.tally(person.uuid))["moods"]
    assert (shown.current, shown.longest) == (_current(days, today), _longest(days))
    assert (tally.count, tally.days, tally.longest_streak, tally.weeks) == (len(ago), len(days), _longest(days), _weeks(days))
    await clear(person.uuid)


async def test_flying_west_and_east_is_one_streak_day_per_local_date(world: World) -> None:
    """Dates are kept as they were where they were written: a flight neither doubles nor drops a day."""
    person = await world.anonymous(timezone="Pacific/Kiritimati")
    await person.log_mood(3, timestamp="2026-05-04T08:00:00Z")
    await person.put("/users/profile", {"timezone": "Pacific/Honolulu"})
    await person.log_mood(3, timestamp="2026-05-04T12:00:00Z")
    await person.log_mood(3, timestamp="2026-05-05T12:00:00Z")
    tally = (await tallies.tally(person.uuid))["moods"]
    assert (tally.count, tally.days, tally.longest_streak) == (3, 2, 2)


def _kinds_of_zones() -> dict[tuple[object, ...], str]:
    """Every zone of the database that keeps other time than the others, by its changes of clocks and the offsets between them."""
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(fields._ZONES):
        zone = ZoneInfo(name)
        edges = changes(zone)
        found.setdefault((*edges, *(edge.astimezone(zone).utcoffset() for edge in (datetime(2020, 1, 1, tzinfo=UTC), *edges))), name)
    return found


def _around(edges: list[datetime], chance: random.Random) -> list[datetime]:
    """Instants a few hours apart around changes of clocks and ends of February, with days left out at random."""
    ends = [datetime(year, 2, 28, 20, tzinfo=UTC) for year in (2020, 2023, 2024, 2028)]
    return [middle + timedelta(hours=step * 7, minutes=chance.randrange(60)) for middle in (*edges, *ends) for step in range(-7, 8) if chance.random() < 0.6]


async def test_streaks_hold_in_every_zone_over_every_change_of_clocks(world: World) -> None:
    """2020 to 2030, February 29 too: each entry counts for the date on the wall, and dates in a row are counted like on fingers."""
    person = await world.anonymous()
    kinds = _kinds_of_zones()
    assert len(kinds) > 60
    for edges, name in ((key, name) for key, name in kinds.items()):
        chance, zone = random.Random(name), ZoneInfo(name)
        moved = [each for each in edges if isinstance(each, datetime)]
        instants = _around(moved, chance)
        walls = {at: (at + (at.astimezone(zone).utcoffset() or timedelta())).date() for at in instants}
        entries = []
        for at in instants:
            with clock.at(at):
                timestamp, day = place_in_time(None, None, name)
            assert day == walls[at], (name, at)
            entries.append(Entry(mood=3, timestamp=timestamp, date=day))
        await clear(person.uuid)
        await store(person.uuid, entries)
        await db.execute("UPDATE users SET timezone = $2 WHERE id = $1", person.uuid, name)
        days = set(walls.values())
        tally = (await tallies.tally(person.uuid, ["moods"]))["moods"]
        assert (tally.count, tally.days, tally.longest_streak, tally.weeks) == (len(entries), len(days), _longest(days), _weeks(days)), name
        for now in (chance.choice(moved) if moved else instants[0], datetime(2028, 2, 29, 20, tzinfo=UTC)):
            with clock.at(now):
                shown = (await mood_stats.stats(person.uuid, days=7)).streak
            assert (shown.current, shown.longest) == (_current(days, now.astimezone(zone).date()), _longest(days)), (name, now)
