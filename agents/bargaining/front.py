"""Which packages all parties accept, and which no other dominates."""

from __future__ import annotations

import numpy as np

from agents.bargaining.gains import Bools, Floats, Ints


def acceptable(gains: Floats) -> Bools:
    """Whether each party would have each package rather than no agreement.

    Parameters
    ----------
    gains : (P, n) array
        Utility of each package less the party's reservation value, units of utility, finite.

    Returns
    -------
    (P, n) array of bool
        True from a gain of 0 on.
    """
    return np.asarray(gains >= 0.0)


def zone(gains: Floats) -> Bools:
    """Zone of possible agreement (Raiffa 1982): (P,) array of bool, True where all parties accept."""
    return np.asarray(acceptable(gains).all(axis=1))


def pareto_front(gains: Floats) -> Ints:
    """Packages that no other dominates: none is as good for all and better for one.

    Parameters
    ----------
    gains : (P, n) array
        As in `acceptable`.

    Returns
    -------
    array of int
        Package numbers, ascending; of packages that are worth the same to all, every one is kept.
    """
    return np.flatnonzero(_undominated_pairs(gains) if gains.shape[1] == 2 else _undominated(gains))


def _undominated_pairs(gains: Floats) -> Bools:
    """Two parties: one sort, then a running maximum; (P,) array of bool."""
    order = np.lexsort((-gains[:, 1], -gains[:, 0]))
    first, second = gains[order, 0], gains[order, 1]
    begins = np.searchsorted(-first, -first)  # where the packages that are worth as much to the first begin
    highest = np.concatenate(([-np.inf], np.maximum.accumulate(second)))
    kept = np.zeros(len(gains), np.bool_)
    kept[order] = (second == second[begins]) & (second > highest[begins])
    return kept


def _undominated(gains: Floats) -> Bools:
    """Any number of parties: take the greatest sum that is left, strike what it dominates, go on: O(P x front)."""
    points, place = np.unique(gains + 0.0, axis=0, return_inverse=True)  # -0.0 is 0.0
    # Of equal sums (a small advantage may be lost in rounding) the lexicographically greater goes first.
    left = np.lexsort((-np.arange(len(points)), -points.sum(axis=1)))
    kept = np.zeros(len(points), np.bool_)
    while left.size:
        top, left = left[0], left[1:]
        kept[top] = True
        left = left[(points[left] > points[top]).any(axis=1)]
    return np.asarray(kept[place.ravel()])
