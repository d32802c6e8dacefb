"""The two queries that know streaks, against counting on fingers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core import clock
from domain import achievements, mood_stats
from tests.diaries import clear, diary, on
from tests.people import World
from tests.properties import examples


def _longest(days: set[date]) -> int:
    best = length = 0
    day = min(days, default=date(2026, 1, 1))
    while days and day <= max(days):
        length = length + 1 if day in days else 0
        best, day = max(best, length), day + timedelta(days=1)
    return best


def _current(days: set[date], today: date) -> int:
    day = today if today in days else today - timedelta(days=1)
    length = 0
    while day in days:
        length, day = length + 1, day - timedelta(days=1)
    return length


@examples(80)
@given(ago=st.lists(st.one_of(st.integers(-1, 12), st.integers(0, 420)), max_size=60), zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca"]))
async def test_streaks_are_what_fingers_say(world: World, ago: list[int], zone: str) -> None:
    """Over the ends of months, years and leap days, and any change of clocks."""
    now = datetime(2028, 3, 1, 11, 30, tzinfo=ZoneInfo("UTC"))
    today = now.astimezone(ZoneInfo(zone)).date()
    days = {today - timedelta(days=n) for n in ago}
    person = await diary(world, [on(today - timedelta(days=n), zone=zone) for n in ago], timezone=zone)
    with clock.at(now):
        shown = (await mood_stats.stats(person.uuid, days=7)).streak
    tally = (await achievements.tally(person.uuid))["moods"]
    assert (shown.current, shown.longest) == (_current(days, today), _longest(days))
    assert (tally.count, tally.days, tally.longest_streak) == (len(ago), len(days), _longest(days))
    await clear(person.uuid)


async def test_flying_west_and_east_is_one_streak_day_per_local_date(world: World) -> None:
    """Dates are kept as they were where they were written: a flight neither doubles nor drops a day."""
    person = await world.anonymous(timezone="Pacific/Kiritimati")
    await person.log_mood(3, timestamp="2026-05-04T08:00:00Z")
    await person.put("/users/profile", {"timezone": "Pacific/Honolulu"})
    await person.log_mood(3, timestamp="2026-05-04T12:00:00Z")
    await person.log_mood(3, timestamp="2026-05-05T12:00:00Z")
    tally = (await achievements.tally(person.uuid))["moods"]
    assert (tally.count, tally.days, tally.longest_streak) == (3, 2, 2)
