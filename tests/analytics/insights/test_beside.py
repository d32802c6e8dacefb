"""Factors, sleep, weather, breathing and programs beside moods: what is compared, from when on, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import pytest

from analytics.diary import Diary
from analytics.findings import Need
from analytics.insights.beside import factors
from tests.analytics.insights.diaries import COMPARED, ago, chance, daily, findings, need, of, report, steady, written

pytestmark = pytest.mark.filterwarnings("error")

DAYS = 84


def apart(count: int, every: int = 4, first: int = 0) -> set[int]:
    """So many days, none beside another."""
    return set(range(first, first + count * every, every))


def _factors(name: str) -> Callable[[Collection[int], int], dict[str, Any]]:
    return lambda on, days: {"factors": [(name,) if day in on else () for day in range(days)]}


def _dated(column: str) -> Callable[[Collection[int], int], dict[str, Any]]:
    return lambda on, days: {column: [ago(days - 1 - day) for day in on]}


BESIDE: dict[str, Callable[[Collection[int], int], dict[str, Any]]] = {
    "factor": _factors("coffee"),
    "sleep": _factors("slept well"),
    "weather": lambda on, days: {"weather": ["rain" if day in on else "sun" for day in range(days)]},
    "breathing": _dated("breathing"),
    "program": _dated("modules"),
}
SUBJECT = {"factor": "coffee", "sleep": "slept well", "weather": "rain", "breathing": None, "program": None}


def with_effect(kind: str, on: Collection[int], effect: float = 0.0, days: int = DAYS) -> Diary:
    """A mood a day, 3 by and large, on these days (counted from the first) better by so much and with what there is of that kind."""
    moods = [3 + (0.5 if day % 2 == day // 2 % 2 else -0.5) + effect * (day in on) for day in range(days)]
    return daily(moods, **BESIDE[kind](on, days))


@pytest.mark.parametrize("kind", COMPARED)
def test_a_diary_reaches_over_sixty_dates(kind: str) -> None:
    assert need(with_effect(kind, apart(12), days=59), kind) == Need(kind, 59, 60, "days")
    assert need(with_effect(kind, apart(12), days=60), kind) is None


@pytest.mark.parametrize("kind", ["factor", "sleep", "breathing", "program"])
@pytest.mark.parametrize(("first", "expected"), [(25, 59), (24, None)])
def test_so_do_the_days_since_its_first_use(kind: str, first: int, expected: int | None) -> None:
    assert need(with_effect(kind, apart(12, first=first)), kind) == (expected and Need(kind, expected, 60, "days"))


def test_so_do_the_days_of_known_weather() -> None:
    sky = ["rain" if day % 3 else "sun" for day in range(DAYS)]
    assert need(daily(steady(DAYS), weather=[None] * 25 + sky[25:]), "weather") == Need("weather", 59, 60, "days")
    assert need(daily(steady(DAYS), weather=[None] * 24 + sky[24:]), "weather") is None


@pytest.mark.parametrize("kind", ["factor", "sleep", "breathing", "program"])
def test_eight_days_with_it_and_eight_without(kind: str) -> None:
    every = set(range(60))
    assert need(with_effect(kind, apart(7), days=60), kind) == Need(kind, 7, 8, "days_with")
    assert need(with_effect(kind, every - apart(7, first=1), days=60), kind) == Need(kind, 7, 8, "days_without")
    for on in (apart(8), every - apart(8, first=1)):
        (found,) = [each for each in report(with_effect(kind, on, -1.4, days=60)).findings if each.kind == kind]
        assert (found.says, found.facts["days_with"], found.facts["days_without"]) == (f"{kind}.lower", len(on), 60 - len(on))


@pytest.mark.parametrize("kind", COMPARED)
def test_in_eight_separate_spells(kind: str) -> None:
    """Eight days in seven spells, and thirty in two, prove less than they seem to."""
    two = {*range(15), *range(30, 45)} if kind != "weather" else {*range(15), *range(25, 43)}
    assert need(with_effect(kind, two, -2), kind) == Need(kind, 2, 8, "spells")
    if kind != "weather":
        assert need(with_effect(kind, {*apart(7), 1}, -2), kind) == Need(kind, 7, 8, "spells")
        assert need(with_effect(kind, {*apart(7), 30}, -2), kind) is None


def test_the_stretches_without_it_count_too() -> None:
    """Eight stretches with it, the first and the last day among them, leave seven between."""
    on = {day for day in range(DAYS) if day % 11 < 4 or day >= 77}
    assert need(with_effect("factor", on, -2), "factor") == Need("factor", 7, 8, "spells")
    assert need(with_effect("factor", on - {DAYS - 1}, -2), "factor") is None


@pytest.mark.parametrize("kind", COMPARED)
def test_what_is_there_every_day_or_never_has_nothing_to_compare_with(kind: str) -> None:
    assert need(with_effect(kind, range(DAYS)), kind) == Need(kind, 0, 8, "days_without")
    nothing = daily(steady(DAYS))
    assert need(nothing, kind) == Need(kind, 0, 8, "days_with")


@pytest.mark.parametrize("kind", COMPARED)
@pytest.mark.parametrize(("effect", "way"), [(1.4, "higher"), (-1.4, "lower")])
def test_a_plain_difference_is_told_in_its_direction(kind: str, effect: float, way: str) -> None:
    on = {day for day in range(DAYS) if day % 5 in {0, 3}}
    found = findings(with_effect(kind, on, effect), kind)
    first = found[0] if kind != "weather" else next(each for each in found if each.subject == "rain")
    assert (first.says, first.subject, first.n) == (f"{kind}.{way}", SUBJECT[kind], DAYS)
    assert (first.facts["days_with"], first.facts["days_without"]) == (len(on), DAYS - len(on))
    assert first.facts["difference"] == pytest.approx(1.4, abs=0.15)
    assert first.effect
    assert first.effect.value == pytest.approx(effect, abs=0.15)
    assert (first.evidence["daysWith"], first.evidence["daysWithout"]) == (len(on), DAYS - len(on))
    assert first.evidence["with"] - first.evidence["without"] == pytest.approx(effect, abs=0.15)  # type: ignore[operator]


@pytest.mark.parametrize("kind", COMPARED)
def test_without_a_difference_none_is_told(kind: str) -> None:
    assert not findings(with_effect(kind, {day for day in range(DAYS) if day % 5 in {0, 3}}), kind)


@pytest.mark.parametrize("moods", [[3.0] * DAYS, [5.0] * DAYS, [1.0] * DAYS])
def test_of_moods_that_never_change_nothing_is_told(moods: list[float]) -> None:
    on = [day % 3 == 0 for day in range(DAYS)]
    someone = daily(moods, factors=[("coffee",) if each else () for each in on], weather=["rain" if each else "sun" for each in on])
    assert {each.kind for each in report(someone).findings} <= {"level", "streak"}


def test_a_slow_change_is_not_taken_for_an_effect() -> None:
    """Moods that rise, and a habit that comes with the months: plain means would differ by more than a point."""
    on = {day for day in range(DAYS) if day % (2 if day >= 50 else 9) == 0}
    moods = [1.5 + 3 * day / (DAYS - 1) + (0.5 if day % 4 < 2 else -0.5) for day in range(DAYS)]
    someone = daily(moods, **BESIDE["factor"](on, DAYS))
    plain = np.mean([moods[day] for day in on]) - np.mean([moods[day] for day in range(DAYS) if day not in on])
    assert plain > 0.5
    assert not findings(someone, "factor")


def test_days_before_the_first_factor_say_nothing() -> None:
    """Twenty days before anything was ever noted are neither with nor without it."""
    on = apart(15, first=20)
    (found,) = findings(with_effect("factor", on, -1.4), "factor")
    assert (found.facts["days_with"], found.facts["days_without"], found.window.first) == (15, DAYS - 20 - 15, ago(DAYS - 1 - 20))


@pytest.mark.parametrize("kind", ["breathing", "program"])
def test_nor_do_days_before_the_first_session(kind: str) -> None:
    (found,) = findings(with_effect(kind, apart(15, first=20), -1.4), kind)
    assert (found.facts["days_without"], found.window.first) == (DAYS - 20 - 15, ago(DAYS - 1 - 20))


@pytest.mark.parametrize("kind", ["breathing", "program"])
def test_sessions_long_ago_often_a_day_or_on_days_without_an_entry(kind: str) -> None:
    """The first one was a year ago, so every day of the season counts; a day counts once."""
    on = apart(15, first=20)
    dates = [ago(DAYS - 1 - day) for day in on]
    sessions: dict[str, Any] = {"breathing" if kind == "breathing" else "modules": [ago(400), ago(101), *dates, *dates, ago(-3)]}
    (found,) = findings(daily(with_effect(kind, on, -1.4).moods.tolist(), **sessions), kind)
    assert (found.facts["days_with"], found.facts["days_without"]) == (15, DAYS - 15)


def test_only_days_of_known_weather_are_compared() -> None:
    """Of half of the days no weather is known: their moods, however low, do not count."""
    sky = {0: "rain", 1: "sun", 2: "  ", 3: None}
    moods = [{0: 2.0, 1: 4.0, 2: 1.0, 3: 1.0}[day % 4] + (0.5 if day // 4 % 2 else -0.5) for day in range(88)]
    found = findings(daily(moods, weather=[sky[day % 4] for day in range(88)]), "weather")
    assert {(each.subject, each.says) for each in found} == {("rain", "weather.lower"), ("sun", "weather.higher")}
    assert all((each.facts["days_with"], each.facts["days_without"]) == (22, 22) for each in found)
    assert need(daily(moods, weather=[sky[2 + day % 2] for day in range(88)]), "weather") == Need("weather", 0, 8, "days_with")


def test_a_name_is_one_whatever_its_case_and_spaces() -> None:
    """Told as it was written most often."""
    spellings = ["Long  Walk", "long walk", "LONG WALK ", "Long  Walk", "\tlong\u00a0walk"]
    on = sorted(apart(20))
    someone = daily(
        [3 + (0.5 if day % 2 == day // 2 % 2 else -0.5) + 1.4 * (day in on) for day in range(DAYS)],
        factors=[(spellings[on.index(day) % 5],) if day in on else () for day in range(DAYS)],
    )
    (found,) = findings(someone, "factor")
    assert (found.subject, found.facts["days_with"]) == ("Long  Walk", 20)


@pytest.mark.parametrize("name", ["🏃‍♀️", "café ☕", "x" * 2_000, "散歩", "100%", "Straße", "'; --", "a\u0301"])
def test_any_name_may_be_told(name: str) -> None:
    on = apart(20)
    someone = with_effect("factor", on, 1.4)
    named = daily(someone.moods.tolist(), factors=[(name, "  ", "") if day in on else () for day in range(DAYS)])
    (found,) = findings(named, "factor")
    assert (found.subject, found.facts["factor"]) == (name, name)


@pytest.mark.parametrize("name", ["self-harm", "Suicidal thoughts", "DRUNK", "sexo", "pensé en MORIR", "ｄｒｕｇｓ"])
def test_what_is_sensitive_is_never_held_up(name: str) -> None:
    on = apart(20)
    someone = daily(with_effect("factor", on, -1.4).moods.tolist(), factors=[(name,) if day in on else () for day in range(DAYS)])
    told = report(someone)
    assert name not in str(told)
    assert need(someone, "factor") == Need("factor", 0, 8, "days_with")


@pytest.mark.parametrize(("name", "kind"), [("Nap", "sleep"), ("no sleep", "sleep"), ("dormí mal", "sleep"), ("insomnio", "sleep"), ("napkin", "factor"), ("asleepless", "factor")])
def test_sleep_is_what_speaks_of_it(name: str, kind: str) -> None:
    on = apart(20)
    someone = daily(with_effect("factor", on, -1.4).moods.tolist(), factors=[(name,) if day in on else () for day in range(DAYS)])
    assert [each.says for each in report(someone).findings if each.kind in {"factor", "sleep"}] == [f"{kind}.lower"]


def test_several_entries_of_a_day_are_one_day() -> None:
    """The factor stands in one entry of the day; the day's mean is compared."""
    on = apart(20)
    entries, noted = [], []
    for day in range(DAYS):
        for mood, there in ((2.0, False), (4.0 - (day in on), day in on), (3.0 - 2 * (day in on) + 0.3 * (day % 3), False)):
            entries.append((DAYS - 1 - day, mood))
            noted.append(("coffee", "coffee") if there else ())
    (found,) = findings(written(entries, factors=noted), "factor")
    assert (found.says, found.facts["days_with"], found.facts["days_without"]) == ("factor.lower", 20, DAYS - 20)
    assert found.facts["difference"] == pytest.approx(1, abs=0.02)


def test_at_most_five_of_a_kind_the_clearest_first() -> None:
    rng = np.random.default_rng(4)
    there = rng.random((90, 9)) < 0.3
    moods = 1 + there @ np.linspace(0.3, 0.4, 9)
    found = findings(daily(moods.tolist(), factors=_rows(there)), "factor")
    assert len(found) == 5
    sure = ["high", "medium", "low"]
    assert [sure.index(each.confidence) for each in found] == sorted(sure.index(each.confidence) for each in found)


def test_only_the_forty_commonest_are_compared() -> None:
    """With as many others that are rarer, the p-values are as few."""
    there = np.random.default_rng(6).random((90, 40 + 15)) < np.linspace(0.5, 0.25, 40 + 15)
    someone = daily(chance(90, 2).tolist(), factors=_rows(there))
    claims = factors(someone, *of(someone)).claims
    commonest = sorted(range(there.shape[1]), key=lambda column: (-there[:, column].sum(), f"thing {column}"))[:40]
    assert {each.tell().subject for each in claims} == {f"thing {column}" for column in commonest}
    assert all(there[:, column].sum() >= 8 for column in commonest)


def test_none_of_many_made_up_factors_is_told() -> None:
    """A dozen that were drawn without a look at the moods, for eight people: a few in a hundred people may be shown any."""
    shown = 0
    for seed in range(8):
        there = np.random.default_rng(seed).random((90, 12)) < 0.4
        shown += bool(findings(daily(chance(90, 100 + seed).tolist(), factors=_rows(there)), "factor"))
    assert shown <= 1


def test_where_plain_means_say_otherwise_nothing_is_told() -> None:
    """Every claim's direction is also that of the plain means, or it has p = 1."""
    rng = np.random.default_rng(9)
    moods = np.clip(np.linspace(1.5, 4.5, 90) + rng.normal(0, 0.4, 90), 1, 5)
    there = rng.random((90, 10)) < np.linspace(0.1, 0.9, 90)[:, None]
    someone = daily(moods.tolist(), factors=_rows(there))
    claims = factors(someone, *of(someone)).claims
    told = [(claim.p, claim.tell()) for claim in claims]
    disagree = [p for p, each in told if each.effect and (each.evidence["with"] > each.evidence["without"]) != (each.effect.value > 0)]  # type: ignore[operator]
    assert disagree
    assert set(disagree) == {1.0}


def _rows(there: Iterable[np.ndarray]) -> list[tuple[str, ...]]:
    return [tuple(f"thing {column}" for column in np.flatnonzero(row)) for row in there]
