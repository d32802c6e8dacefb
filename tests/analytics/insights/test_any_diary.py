"""Whatever a diary holds, it is read without a fault, to a report in its form, the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.diary import Diary, diary
from analytics.findings import KINDS, Need, Report
from analytics.insights import analyse
from tests.analytics.insights.diaries import COMPARED, TODAY, ago, chance, daily, effective, report, steady, written
from tests.properties import examples

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ("coffee", "Coffee ", "good sleep", "🌧️", "", " ", "drunk", "y" * 300, "walk")
WEATHER = (None, None, "rain", "Rain", "sun", " ")
NOTES = (None, "", "piano lesson", "the lamp, and work", "so SAD", "suicidal", "🌱", "work")


def rich(seed: int, dates: int = 120, *, gaps: float = 0.2, spread: float = 0.8, several: float = 0.2, offset: int = 0, effect: float = 0.0) -> Diary:
    """A diary with something of everything, by chance; the newest date is `offset` days ago.

    `effect`: so many points better with a walk, with work among the notes, with breathing, in the evening, on rainy days and at last.
    """
    rng = np.random.default_rng(seed)
    breathing, modules = ([ago(int(each)) for each in rng.integers(-3, 200, count)] for count in (50, 20))
    entries: list[tuple[float, date, datetime, tuple[str, ...], str | None, str | None]] = []
    for back in range(dates - 1 + offset, offset - 1, -1):
        day = ago(back)
        for _ in range(int(rng.random() >= gaps) * (1 + int(rng.random() < several) * int(rng.integers(1, 4)))):
            hour = int(rng.integers(0, 24))
            factors = tuple(name for name in NAMES if rng.random() < 0.3)
            weather, note = WEATHER[int(rng.integers(len(WEATHER)))], NOTES[int(rng.integers(len(NOTES)))]
            better = effect * sum(("walk" in factors, "work" in (note or ""), day in breathing, hour >= 18, weather in {"rain", "Rain"}, back < 30))
            mood = float(np.clip(round(rng.normal(3, spread) + better), 1, 5))
            entries.append((mood, day, datetime.combine(day, datetime.min.time()) + timedelta(hours=hour), factors, weather, note))
    moods, days, clocks, *beside = map(list, zip(*entries, strict=True)) if entries else [[]] * 6
    return diary(TODAY, moods, days, clocks, breathing=breathing, modules=modules, **dict(zip(("factors", "weather", "notes"), beside, strict=True)))


ENTRY = st.tuples(
    st.one_of(st.integers(0, 12), st.integers(-3, 200)),
    st.integers(0, 1439),
    st.integers(1, 5),
    st.lists(st.sampled_from(NAMES), max_size=3),
    st.sampled_from(WEATHER),
    st.sampled_from(NOTES),
)
DATES = st.lists(st.integers(-3, 200), max_size=12)


@examples(40)
@given(entries=st.lists(ENTRY, max_size=40), breathing=DATES, modules=DATES, today=st.sampled_from([TODAY, date(2026, 3, 29), date(2028, 3, 1), date(1970, 1, 2)]))
def test_any_few_entries(entries: list[tuple[Any, ...]], breathing: list[int], modules: list[int], today: date) -> None:
    entries = sorted(entries, key=lambda each: (-each[0], each[1]))
    someone = diary(
        today,
        [each[2] for each in entries],
        [ago(each[0], today) for each in entries],
        [datetime.combine(ago(each[0], today), datetime.min.time()) + timedelta(minutes=each[1]) for each in entries],
        factors=[tuple(each[3]) for each in entries],
        weather=[each[4] for each in entries],
        notes=[each[5] for each in entries],
        breathing=[ago(each, today) for each in breathing],
        modules=[ago(each, today) for each in modules],
    )
    assert report(someone) == analyse(someone)


@examples(40)
@given(
    seed=st.integers(0, 10_000),
    dates=st.integers(1, 220),
    gaps=st.sampled_from([0.0, 0.2, 0.7]),
    spread=st.sampled_from([0.0, 0.3, 0.8, 3.0]),
    several=st.sampled_from([0.0, 0.5]),
    offset=st.sampled_from([0, 0, 1, 40, -5]),
    effect=st.sampled_from([0.0, -0.8, 1.0]),
)
def test_any_long_diary(seed: int, dates: int, gaps: float, spread: float, several: float, offset: int, effect: float) -> None:
    someone = rich(seed, dates, gaps=gaps, spread=spread, several=several, offset=offset, effect=effect)
    found = report(someone)
    assert found == analyse(someone)
    assert "suicid" not in str(found)
    assert "drunk" not in str(found)


def test_without_entries_everything_is_needed_and_nothing_told() -> None:
    for someone in (written([]), written([(-1, 3), (-9, 4)])):
        found = report(someone)
        assert (found.findings, found.entries_used) == ([], 0)
        assert {each.kind: each.have for each in found.needs} == {kind: 0 for kind in KINDS if kind != "streak"}


@pytest.mark.parametrize("back", [0, 1, 29, 30, 90, 4_000])
def test_a_single_entry(back: int) -> None:
    found = report(written([(back, 4)]))
    assert not found.findings
    assert {each.kind for each in found.needs} == {kind for kind in KINDS if kind != "streak"}


@pytest.mark.parametrize("mood", [1.0, 3.0, 5.0])
def test_moods_that_never_change(mood: float) -> None:
    found = report(daily([mood] * 200, weather=["rain", "sun"] * 100, factors=[("a",), (), ("b", "c")] * 66 + [()] * 2, notes=["garden lamp", None] * 100))
    assert [each.says for each in found.findings] == ["level.steady", "streak.record"]
    assert found.findings[0].facts["mean"] == mood


def test_months_without_an_entry() -> None:
    """A year of days, five months of none, ten days: only those and the streak say anything of now."""
    found = report(written([*((160 + each, 1 + each % 5) for each in range(365, 0, -1)), *((each, 3 + each % 2) for each in range(9, -1, -1))]))
    assert [each.says for each in found.findings] == ["level.now", "streak.running"]
    assert found.entries_used == 375
    assert Need("trend", 10, 21, "days") in found.needs
    assert {each.kind: (each.have, each.unit) for each in found.needs if each.kind in COMPARED} == dict.fromkeys(COMPARED, (10, "days"))


def test_who_came_back_after_years_is_not_compared_with_them() -> None:
    found = report(written([*((1_500 + each, 5) for each in range(100)), (2, 1), (1, 1), (0, 1)]))
    assert [each.kind for each in found.findings] == ["streak"]


def test_many_entries_on_one_day() -> None:
    found = report(written([(0, 1 + each % 5) for each in range(300)], notes=["garden"] * 300, factors=[("a",)] * 300))
    assert not found.findings
    assert Need("level", 1, 5, "days") in found.needs


def _as_written(someone: Diary, order: np.ndarray) -> Diary:
    chosen = order.tolist()
    words: dict[str, Any] = {name: [getattr(someone, name)[each] for each in chosen] for name in ("factors", "weather", "notes")}
    return replace(someone, moods=someone.moods[order], dates=someone.dates[order], at=someone.at[order], **words)


def test_the_order_of_simultaneous_entries_does_not_matter() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        written_so = rich(seed, 100, several=0.6, spread=1.2)
        at_once = replace(written_so, at=written_so.dates.astype("datetime64[m]"))
        otherwise = _as_written(at_once, np.lexsort((rng.random(len(at_once)), at_once.dates)))
        assert not np.array_equal(otherwise.moods, at_once.moods)
        assert report(otherwise) == report(at_once)


def test_the_same_diary_gives_the_same_report_in_another_process() -> None:
    """Where words hash otherwise: no order of a set may show."""
    here = report(effective())
    assert {each.kind for each in here.findings} >= {"level", "factor", "theme"}
    code = "import sys, msgspec; from tests.analytics.insights.diaries import TODAY, analyse, effective; sys.stdout.buffer.write(msgspec.json.encode(analyse(effective())))"
    environment = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert msgspec.json.decode(there.stdout, type=Report) == here


def test_a_report_does_not_touch_the_diary() -> None:
    someone = rich(5)
    before = someone.moods.copy(), someone.dates.copy(), someone.at.copy(), someone.breathing.copy(), list(someone.factors)
    analyse(someone)
    assert all(np.array_equal(one, other) for one, other in zip(before[:4], (someone.moods, someone.dates, someone.at, someone.breathing), strict=True))
    assert before[4] == list(someone.factors)


def test_what_is_told_of_a_year_is_told_of_its_end() -> None:
    """Entries older than half a year change nothing but the streak's longest and the count."""
    recent = [(each, mood) for each, mood in zip(range(181, -1, -1), chance(182, 5).tolist(), strict=True)]
    old = [(300 - each, 1.0) for each in range(100)]
    one, other = report(written(recent)), report(written([*old, *recent]))
    assert one.findings == other.findings
    assert one.needs == other.needs
    assert (one.entries_used, other.entries_used) == (182, 282)


def test_a_quiet_diary_tells_of_the_level_alone() -> None:
    assert [each.kind for each in report(daily(steady(200), last=2)).findings] == ["level"]
