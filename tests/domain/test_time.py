"""Instants and local dates, in every zone somebody may name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import fields
from core import clock, db
from core.problem import Invalid
from domain.moods import OLDEST_YEARS, place_in_time
from tests.clocks import changes
from tests.people import World
from tests.properties import examples

NOW = datetime(2030, 1, 5, 12, tzinfo=UTC)


def _offsets(zone: ZoneInfo) -> set[timedelta]:
    return {(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days)).astimezone(zone).utcoffset() or timedelta() for days in range(0, 3660, 10)}


def _noons(day: date, zone: ZoneInfo, offsets: set[timedelta]) -> set[datetime]:
    """Brute force: every instant at which that zone's clocks show noon of that day."""
    wall = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return {wall - offset for offset in offsets if (wall - offset).astimezone(zone).replace(tzinfo=UTC) == wall}


def test_every_zones_changes_of_clocks_place_entries_right() -> None:
    """Around each change: an instant counts for the date the wall shows, a date alone is its noon."""
    seen = 0
    zones = sorted(fields._ZONES)
    kinds: dict[tuple[tuple[datetime, ...], frozenset[timedelta]], str] = {}
    for name in zones:
        zone = ZoneInfo(name)
        kinds.setdefault((changes(zone), frozenset(_offsets(zone))), name)
    with clock.at(NOW):
        for (edges, offsets), name in kinds.items():
            zone = ZoneInfo(name)
            for edge in edges:
                seen += 1
                for away in (-86400, -3600, -1, 0, 1, 3600, 86400):
                    at = edge + timedelta(seconds=away)
                    local = (at + (at.astimezone(zone).utcoffset() or timedelta())).date()
                    assert place_in_time(at, None, name) == (at, local)
                    alone, day = place_in_time(None, local, name)
                    assert day == local
                    assert alone in _noons(local, zone, set(offsets)), (name, local)
    assert seen > 500


@examples(80)
@given(zone=st.sampled_from(sorted(fields._ZONES)), minutes=st.integers(0, 3650 * 1440), away=st.integers(-3, 3))
def test_a_date_within_a_day_is_taken_and_no_other(zone: str, minutes: int, away: int) -> None:
    at = NOW - timedelta(minutes=minutes)
    local = at.astimezone(ZoneInfo(zone)).date()
    with clock.at(NOW):
        if abs(away) <= 1:
            assert place_in_time(at, local + timedelta(days=away), zone) == (at, local + timedelta(days=away))
        else:
            with pytest.raises(Invalid) as refused:
                place_in_time(at, local + timedelta(days=away), zone)
            assert [each["path"] for each in refused.value.extra["errors"]] == ["date"]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"])
def test_today_means_now_and_tomorrow_is_refused(zone: str) -> None:
    with clock.at(NOW):
        today = clock.today(zone)
        assert place_in_time(None, None, zone) == (NOW, today)
        assert place_in_time(None, today, zone) == (NOW, today)
        with pytest.raises(Invalid):
            place_in_time(None, today + timedelta(days=1), zone)
        assert place_in_time(None, today - timedelta(days=1), zone)[1] == today - timedelta(days=1)


def test_the_bounds_are_exact_to_the_millisecond() -> None:
    ms = timedelta(milliseconds=1)
    with clock.at(NOW):
        for good in (NOW + timedelta(minutes=5), clock.years_ago(OLDEST_YEARS)):
            assert place_in_time(good, None, "UTC")[0] == good
        for bad in (NOW + timedelta(minutes=5) + ms, clock.years_ago(OLDEST_YEARS) - ms):
            with pytest.raises(Invalid) as refused:
                place_in_time(bad, None, "UTC")
            assert [each["path"] for each in refused.value.extra["errors"]] == ["timestamp"]
        ten_years_ago = date(2020, 1, 5)
        assert place_in_time(None, ten_years_ago, "UTC")[1] == ten_years_ago
        with pytest.raises(Invalid):
            place_in_time(None, ten_years_ago - timedelta(days=2), "UTC")


@pytest.mark.parametrize(
    "at",
    [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=ZoneInfo("Etc/GMT+12")), datetime.min.replace(tzinfo=ZoneInfo("Etc/GMT-14"))],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_time_are_refused_not_stumbled_over(at: datetime, zone: str) -> None:
    for timestamp, day in ((at, None), (at, at.date()), (None, at.date())):
        with pytest.raises(Invalid):
            place_in_time(timestamp, day, zone)


async def test_every_zone_that_is_accepted_is_known_to_the_database(world: World) -> None:
    known = {row["name"] for row in await db.fetch("SELECT name FROM pg_timezone_names")}
    assert fields._ZONES - known == set()


async def test_the_database_and_python_agree_on_local_time(world: World) -> None:
    """Statistics reckon hours in PostgreSQL, dates are made in Python: both must see the same clocks."""
    instants = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 4, 7, 10)]
    rows = await db.fetch("SELECT zone, at, at AT TIME ZONE zone AS local FROM unnest($1::text[]) AS zone, unnest($2::timestamptz[]) AS at", sorted(fields._ZONES), instants)
    different = {row["zone"] for row in rows if row["at"].astimezone(ZoneInfo(row["zone"])).replace(tzinfo=None) != row["local"]}
    assert different == set()


@pytest.mark.parametrize("zone", ["", "Factory", "localtime", "Mars/Olympus", "europe/madrid", "../etc/passwd", "UTC+1", "posix/Europe/Madrid"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA time zone"):
        fields.Zone.parse(zone)


def test_a_shifted_clock_is_only_the_blocks() -> None:
    before = datetime.now(UTC)
    with clock.at(NOW):
        assert clock.now() == NOW
        assert clock.ago(days=1) == NOW - timedelta(days=1)
    assert abs(clock.now() - before) < timedelta(seconds=10)
    assert clock.now().microsecond % 1000 == 0


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [clock.new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
