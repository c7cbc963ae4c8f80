"""What pairing is worth, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analysis.pairing import (
    Pairing,
    ceiling,
    correlated,
    pairing,
    shares_of_variance,
    variance_ratio,
)

type Floats = NDArray[np.float64]


def two_normals(size: int, rho: float, spread: float = 1.0, seed: int = 1) -> tuple[Floats, Floats]:
    """Two arms with correlation rho, the second with another standard deviation."""
    x, y = np.random.default_rng(seed).standard_normal((2, size))
    return x, spread * (rho * x + math.sqrt(1 - rho * rho) * y)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_the_ratio_of_two_normals_is_known(rho: float, spread: float) -> None:
    """(1 + s^2) / (1 + s^2 - 2 rho s), which is 1 / (1 - rho) at equal variances."""
    true = (1 + spread**2) / (1 + spread**2 - 2 * rho * spread)
    found = pairing(*two_normals(40_000, rho, spread))
    assert found.ratio.value == pytest.approx(true, rel=0.03)
    assert found.ratio.value == pytest.approx(found.unpaired / found.paired)
    assert found.ratio.low < found.ratio.value < found.ratio.high
    assert found.correlation.value == pytest.approx(rho, abs=0.02)
    if spread == 1.0:
        assert found.ratio.value == pytest.approx(1 / (1 - rho), rel=0.03)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_the_intervals_cover_the_truth(rho: float) -> None:
    """A 2% error in either would be seen: 2,000 intervals, standard error .5% of their coverage."""
    ratios = correlations = 0
    for seed in range(2000):
        found = pairing(*two_normals(200, rho, seed=seed))
        ratios += found.ratio.low <= 1 / (1 - rho) <= found.ratio.high
        correlations += found.correlation.low <= rho <= found.correlation.high
    assert 0.93 <= ratios / 2000 <= 0.97
    assert 0.93 <= correlations / 2000 <= 0.97


def test_the_jackknife_is_one_pair_left_out_at_a_time() -> None:
    a, b = two_normals(40, 0.7)
    logs = []
    for n in range(40):
        x, y = np.delete(a, n), np.delete(b, n)
        logs.append(math.log((np.var(x, ddof=1) + np.var(y, ddof=1)) / np.var(x - y, ddof=1)))
    error = math.sqrt(39 / 40 * float(np.sum((np.array(logs) - np.mean(logs)) ** 2)))
    found = variance_ratio(a, b)
    assert found.error == pytest.approx(found.value * error)
    reach = math.exp(float(stats.t.ppf(0.975, 39)) * error)
    assert (found.low, found.high) == pytest.approx((found.value / reach, found.value * reach))


def test_the_interval_of_the_correlation_is_fishers() -> None:
    a, b = two_normals(60, 0.6)
    found, other = correlated(a, b), stats.pearsonr(a, b)
    assert found.value == pytest.approx(float(other.statistic))
    assert (found.low, found.high) == pytest.approx(tuple(other.confidence_interval(0.95)))


def test_an_outcome_that_is_yes_or_no_is_limited_by_how_often_it_differs() -> None:
    """Endings: var A + var B over the variance of a difference of -1, 0 or 1."""
    a = np.repeat([1.0, 1.0, 0.0, 0.0], [50, 30, 10, 910])
    b = np.repeat([1.0, 0.0, 1.0, 0.0], [50, 30, 10, 910])
    p, q = 0.08, 0.06
    above, below = p * (1 - p) + q * (1 - q), 0.04 - (p - q) ** 2
    assert pairing(a, b).ratio.value == pytest.approx(above / below)
    assert ceiling(a, b) == pytest.approx(above / ((p - q) * (1 - (p - q))))


@pytest.mark.parametrize("rho", [-0.3, 0.4, 0.95])
def test_no_coupling_beats_the_ceiling(rho: float) -> None:
    a, b = two_normals(500, rho, spread=1.5)
    best = ceiling(a, np.exp(b))
    rng = np.random.default_rng(3)
    for _ in range(20):
        assert variance_ratio(a, np.exp(rng.permutation(b))).value <= best * (1 + 1e-12)


def test_arms_that_are_equal_need_no_second_run() -> None:
    a, _ = two_normals(50, 0.0)
    found = pairing(a, a + 3.0)
    assert found.ratio.value > 1e20 or math.isinf(found.ratio.value)
    same = pairing(a, a)
    assert (same.ratio.value, same.ratio.low, same.equal, same.paired) == (math.inf, math.inf, 1.0, 0.0)
    assert same.correlation.value == pytest.approx(1.0)


def test_what_cannot_be_had_is_nan() -> None:
    flat = np.full(10, 2.0)
    assert math.isnan(pairing(flat, flat).ratio.value)
    assert math.isnan(pairing(flat, flat).correlation.value)
    assert math.isnan(pairing(flat[:1], flat[:1]).paired)
    few = pairing(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 3.0]))
    assert few.ratio.value > 0 and math.isnan(few.ratio.low) and math.isnan(few.correlation.low)
    lone = pairing(np.array([0.0, 0.0, 0.0, 1.0]), np.zeros(4))  # one pair makes all the difference
    assert (lone.ratio.low, lone.ratio.high) == (0.0, math.inf)
    with pytest.raises(ValueError, match="as many runs in each"):
        pairing(flat, flat[:5])


def test_the_shares_of_a_partition_add_up() -> None:
    a, b = two_normals(300, 0.5)
    far = np.abs(a) > 1
    shares = shares_of_variance(a, b, {"far": far, "near": ~far})
    assert sum(share for share, _ in shares.values()) == pytest.approx(1.0)
    assert sum(share for _, share in shares.values()) == pytest.approx(1.0)
    assert shares["far"][0] == pytest.approx(float(np.mean(far)))
    assert shares_of_variance(a, a, {"all": far | ~far}) == {"all": (1.0, 0.0)}


def test_a_few_runs_of_the_model_are_paired() -> None:
    """Whole numbers and floats alike, as the engines give them."""
    found = pairing(np.array([3, 1, 2, 5, 4]), np.array([3, 1, 2, 5, 5]))
    assert isinstance(found, Pairing)
    assert found.equal == pytest.approx(0.8)
    assert found.ratio.value > 1
