"""What persists, and least squares in spite of it, against dense algebra written down once more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from analytics.insights.days import Days
from analytics.insights.persistence import ROUNDING, Persistence, contrast, effective_days, effects, persistence, slope
from tests.analytics.insights.diaries import daily, written

pytestmark = pytest.mark.filterwarnings("error")

PHIS = (0.3, 0.6, 0.8, 0.95)
SHARES = (0.15, 0.3, 0.5, 0.75, 1.0)
MODEL = Persistence(np.array([0.1, 0.2, 0.2, 0.25]))


def gapped(count: int, seed: int) -> Days:
    """So many days of 60, one to three entries each, that wander and are noisy."""
    rng = np.random.default_rng(seed)
    on = np.sort(rng.choice(60, count, replace=False))[::-1]
    moods = np.clip(np.round(3 + np.cumsum(rng.normal(0, 0.5, count)) + rng.normal(0, 0.5, count)), 1, 5)
    return Days.of(written([(int(day), float(mood)) for day, mood in zip(on, moods, strict=True) for _ in range(int(day) % 3 + 1)]))


@pytest.fixture(params=[(5, 0), (9, 1), (24, 2), (45, 3)], ids=lambda each: f"{each[0]} days")
def days(request: pytest.FixtureRequest) -> Days:
    return gapped(*request.param)


def _covariance(days: Days, share: float, phi: float) -> np.ndarray:
    return np.array([[1.0 if one == other else share * phi ** abs(int(one) - int(other)) for other in days.number] for one in days.number])


def _least_squares(design: np.ndarray, mood: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, their covariance in residual variances, and the weighted sum of squares that is left (Aitken 1936)."""
    inverse = np.linalg.inv(covariance)
    spread = np.linalg.inv(design.T @ inverse @ design)
    fitted = spread @ design.T @ inverse @ mood
    rest = mood - design @ fitted
    return fitted, spread, float(rest @ inverse @ rest)


def _line(days: Days) -> np.ndarray:
    return np.column_stack([np.ones(len(days)), days.number - days.number.mean()])


def _weights(days: Days) -> Iterator[tuple[float, float, float]]:
    """For each share and φ: what it weighs by restricted likelihood and variance; no share at all counts once for each φ."""
    df = len(days) - 2
    fits = []
    for share, phi in [*product(SHARES, PHIS), *[(0.0, phi) for phi in PHIS]]:
        covariance = _covariance(days, share, phi)
        _, spread, rest = _least_squares(_line(days), days.mean, covariance)
        likelihood = -df / 2 * np.log(rest) - np.linalg.slogdet(covariance)[1] / 2 + np.linalg.slogdet(spread)[1] / 2
        fits.append((share, phi, likelihood, rest / df))
    most = max(likelihood for _, _, likelihood, _ in fits)
    for share, phi, likelihood, variance in fits:
        yield share, phi, float(np.exp(likelihood - most) * variance)


def test_shares_are_weighed_by_restricted_likelihood(days: Days) -> None:
    """The Kalman filter gives what inverting each covariance matrix gives."""
    weighed = list(_weights(days))
    whole = sum(weight for *_, weight in weighed)
    expected = [sum(share * weight for share, its, weight in weighed if its == phi) / whole for phi in PHIS]
    assert persistence(days).shares == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_few_days_or_moods_that_never_change_tell_nothing_of_it() -> None:
    """What is taken for granted then: half of what persists is neither none nor all."""
    prior = persistence(Days.of(daily([])))
    for moods in ([3.0], [3.0, 5.0, 1.0, 4.0], [3.0] * 60):
        assert persistence(Days.of(daily(moods))).shares == pytest.approx(prior.shares)
    assert prior.shares == pytest.approx([sum(SHARES) / 24] * 4)


@pytest.mark.parametrize("moods", [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 1.0, 1.0, 1.0, 5.0], [3.0, 3.0, 3.0, 3.0, 3.5], [1.0, 5.0] * 30, [*[1.0] * 40, *[5.0] * 40]])
def test_whatever_the_moods_shares_are_shares(moods: list[float]) -> None:
    shares = persistence(Days.of(daily(moods))).shares
    assert np.isfinite(shares).all()
    assert (shares >= 0).all()
    assert shares.sum() <= 1


def test_moods_that_wander_persist_more_than_moods_by_chance() -> None:
    rng = np.random.default_rng(7)
    lasting, wandering = 0.0, []
    for _ in range(90):
        lasting = 0.9 * lasting + rng.normal(0, 0.44)
        wandering.append(3 + lasting)
    by_chance = persistence(Days.of(daily(rng.normal(3, 1, 90).tolist()))).shares.sum()
    assert persistence(Days.of(daily(wandering))).shares.sum() > 0.6
    assert by_chance < 0.3


def test_the_covariance_is_a_sum_over_the_phis(days: Days) -> None:
    expected = np.sum([_covariance(days, 1, phi) * share for phi, share in zip(PHIS, MODEL.shares, strict=True)], axis=0)
    np.fill_diagonal(expected, 1.0)
    assert MODEL.covariance(days.number) == pytest.approx(expected)


def test_whitened_columns_have_the_covariance_taken_out(days: Days) -> None:
    columns = np.column_stack([days.mean, np.ones(len(days))])
    white = MODEL.whitened(days.number, columns)
    assert white.T @ white == pytest.approx(columns.T @ np.linalg.inv(MODEL.covariance(days.number)) @ columns)


def test_effects_are_those_of_generalised_least_squares(days: Days) -> None:
    asked = np.random.default_rng(3).random((len(days), 4)) < 0.5
    asked[0], asked[1] = True, False
    found = effects(MODEL, days, asked.astype(float))
    assert found.df == len(days) - 3
    for column in range(4):
        design = np.column_stack([_line(days), asked[:, column]])
        fitted, spread, rest = _least_squares(design, days.mean, MODEL.covariance(days.number))
        error = np.sqrt(max(rest / found.df, ROUNDING / days.entries.mean()) * spread[2, 2])
        assert (found.value[column], found.error[column]) == (pytest.approx(fitted[2]), pytest.approx(error))
        assert found.p[column] == pytest.approx(2 * stats.t.sf(abs(fitted[2] / error), found.df))
        assert found.margin()[column] == pytest.approx(error * stats.t.ppf(0.975, found.df))
        assert found.margin(8)[column] == pytest.approx(error * stats.t.ppf(1 - 0.025 / 8, found.df))


def test_a_column_that_says_nothing_of_its_own_has_no_effect(days: Days) -> None:
    nothing = np.column_stack([np.ones(len(days)), np.zeros(len(days)), days.number - days.number[0]]).astype(float)
    found = effects(MODEL, days, nothing)
    assert found.value.tolist() == [0, 0, 0]
    assert found.p.tolist() == [1, 1, 1]
    assert np.isfinite(found.margin()).all()


def test_the_slope_is_that_of_generalised_least_squares(days: Days) -> None:
    found = slope(MODEL, days)
    fitted, spread, rest = _least_squares(_line(days), days.mean, MODEL.covariance(days.number))
    error = np.sqrt(max(rest / (len(days) - 2), ROUNDING / days.entries.mean()) * spread[1, 1])
    assert (found.value[0], found.error[0]) == (pytest.approx(fitted[1]), pytest.approx(error))
    assert found.df == pytest.approx(max(effective_days(MODEL, days) - 2, 1))


def test_a_contrast_has_the_error_of_all_covariances(days: Days) -> None:
    n = len(days)
    weights = np.where(np.arange(n) < 2, -1 / 2, 1 / (n - 2))
    within = days.mean - np.where(np.arange(n) < 2, days.mean[:2].mean(), days.mean[2:].mean())
    found = contrast(MODEL, days, weights, within)
    covariance = MODEL.covariance(days.number)
    effective = effective_days(MODEL, days)
    df = max(effective - 2, 1)
    variance = max((within**2).mean() * effective / df, ROUNDING / days.entries.mean())
    assert found.value[0] == pytest.approx(days.mean[2:].mean() - days.mean[:2].mean())
    assert found.error[0] ** 2 == pytest.approx(variance * sum(weights[i] * weights[j] * covariance[i, j] for i in range(n) for j in range(n)))
    assert found.df == pytest.approx(df)


def test_effective_days_are_counted_by_their_formula(days: Days) -> None:
    shared = zip(PHIS, MODEL.shares.tolist(), strict=True)
    both_ways = sum(2 * share * phi ** int(later - earlier) for phi, share in shared for earlier, later in combinations(days.number.tolist(), 2))
    assert effective_days(MODEL, days) == pytest.approx(len(days) ** 2 / (len(days) + both_ways))


def test_days_that_resemble_each_other_are_worth_less() -> None:
    """Independent ones count in full, those far apart nearly so; one is one."""
    row, apart = Days.of(daily([3.0, 4.0] * 10)), Days.of(written([(90 * each, 3 + each % 2) for each in range(19, -1, -1)]))
    assert effective_days(Persistence(np.zeros(4)), row) == pytest.approx(20)
    assert effective_days(MODEL, apart) == pytest.approx(20, abs=0.1)
    assert 1 < effective_days(Persistence(np.array([0.0, 0.0, 0.0, 1.0])), row) < 3
    assert effective_days(MODEL, Days.of(daily([3.0]))) == 1


def test_a_rounded_mood_is_never_known_better_than_its_rounding() -> None:
    """Of one entry a day; of four the mean is known twice as well."""
    once, four_times = daily([4.0] * 20), written([(day, 4.0) for day in range(19, -1, -1) for _ in range(4)])
    one, four = (contrast(MODEL, each, np.full(20, 1 / 20), np.zeros(20)).error[0] for each in (Days.of(once), Days.of(four_times)))
    assert one > 0
    assert one == pytest.approx(2 * four)
