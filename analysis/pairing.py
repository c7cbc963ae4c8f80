"""What common random numbers are worth: the variance of a paired difference against an unpaired one.

Two arms that share their random numbers are compared run by run. The variance of the difference is then
var A + var B - 2 cov(A, B); without shared numbers it is var A + var B. Their ratio says how many times
as many runs an unpaired comparison would need for the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.effects import CONFIDENCE, NOTHING, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

LEAST = 4
"""Fewest pairs from which an interval can be had."""


@dataclass(frozen=True)
class Pairing:
    """Two arms on common random numbers.

    Parameters
    ----------
    pairs
        Number of pairs.
    paired, unpaired
        Variance of the paired difference, and that of an unpaired one.
    ratio
        Unpaired over paired; infinite where all differences are equal.
    correlation
        Of the two arms.
    equal
        Share of pairs whose two outcomes are the same to the last bit.
    """

    pairs: int
    paired: float
    unpaired: float
    ratio: Estimate
    correlation: Estimate
    equal: float


def pairing(first: Floats, second: Floats, confidence: float = CONFIDENCE) -> Pairing:
    """What pairing is worth for an outcome of two arms.

    Parameters
    ----------
    first, second
        The outcome of the same replications in each arm.
    confidence
        Of both intervals.

    Returns
    -------
    Pairing
        With nan where something cannot be had: no variance, or too few pairs.
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two arms of {a.shape} and {b.shape}: as many runs in each, one outcome a run")
    if len(a) < 2:
        return Pairing(len(a), math.nan, math.nan, NOTHING, NOTHING, math.nan)
    paired = float(np.var(a - b, ddof=1))
    unpaired = float(np.var(a, ddof=1) + np.var(b, ddof=1))
    ratio, correlation = variance_ratio(a, b, confidence), correlated(a, b, confidence)
    return Pairing(len(a), paired, unpaired, ratio, correlation, float(np.mean(a == b)))


def variance_ratio(first: Floats, second: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """(var A + var B) / var(A - B) with the interval of a jackknife of its logarithm.

    One pair is left out at a time, so that no normality is assumed; the t interval on the scale of the
    logarithm is turned back. See Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 11.
    """
    size = len(first)
    unpaired = float(np.var(first, ddof=1) + np.var(second, ddof=1))
    if size < 2 or not unpaired > 0:
        return NOTHING
    paired = float(np.var(first - second, ddof=1))
    if not paired > 0:
        return Estimate(math.inf, math.inf, math.inf, 0.0)
    ratio = unpaired / paired
    if size < LEAST:
        return Estimate(ratio, math.nan, math.nan, math.nan)
    above = _left_out(first) + _left_out(second)
    below = _left_out(first - second)
    if not (float(np.min(above)) > 0 and float(np.min(below)) > 0):  # one pair makes all the difference
        return Estimate(ratio, 0.0, math.inf, math.inf)
    logs = np.log(above / below)
    error = math.sqrt((size - 1) / size * float(np.sum((logs - np.mean(logs)) ** 2)))
    reach = float(stats.t.ppf(0.5 + confidence / 2, size - 1)) * error
    return Estimate(ratio, ratio * math.exp(-reach), ratio * math.exp(reach), ratio * error)


def ceiling(first: Floats, second: Floats) -> float:
    """The variance ratio that the closest of all couplings of the two arms would reach.

    Both arms in order of size, the k-th of one paired with the k-th of the other: no coupling of the same
    outcomes has a larger correlation (Hoeffding 1940; Frechet 1951). What the arms differ in cannot be
    paired away, so a promise above this is a promise about the model, not about its random numbers.
    """
    return variance_ratio(np.sort(first), np.sort(second)).value


def correlated(first: Floats, second: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Pearson's correlation of two arms with Fisher's interval (z = artanh r, error 1 / sqrt(n - 3))."""
    size = len(first)
    if size < 2 or not (float(np.std(first)) > 0 and float(np.std(second)) > 0):
        return NOTHING
    r = max(-1.0, min(1.0, float(np.corrcoef(first, second)[0, 1])))
    if size < LEAST or abs(r) == 1.0:
        return Estimate(r, *((r, r) if size >= LEAST else (math.nan, math.nan)), math.nan)
    error = 1 / math.sqrt(size - 3)
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    z = math.atanh(r)
    return Estimate(r, math.tanh(z - reach), math.tanh(z + reach), error * (1 - r * r))


def shares_of_variance(
    first: Floats, second: Floats, groups: Mapping[str, NDArray[np.bool_]]
) -> dict[str, tuple[float, float]]:
    """Where the variance of the paired difference comes from.

    Parameters
    ----------
    groups
        Which pairs are in each group, by its name.

    Returns
    -------
    dict
        By group: its share of the pairs, and its share of the sum of squared deviations of the
        difference from its overall mean (the shares of groups that are a partition add up to 1).
    """
    gap = (first - second) - np.mean(first - second)
    whole = float(np.sum(gap**2))
    return {
        name: (float(np.mean(inside)), float(np.sum(gap[inside] ** 2)) / whole if whole > 0 else 0.0)
        for name, inside in groups.items()
    }


def _left_out(values: Floats) -> Floats:
    """Variance of all values but one, for each one."""
    size = len(values)
    gap = values - np.mean(values)
    rest: Floats = (np.sum(gap**2) - size / (size - 1) * gap**2) / (size - 2)
    return rest
