"""Axiomatic solutions of a bargaining problem over a finite set of packages, and how far a package is from them.

The solutions are taken over *candidates*: packages that all accept and that no package dominates. On those, the
rules of convex problems keep their meaning; where they tie, the package of lowest number is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.bargaining.front import acceptable, pareto_front, zone
from agents.bargaining.gains import NONE, Floats, Ints

__all__ = [
    "RULES",
    "Solutions",
    "acceptable",
    "distances",
    "egalitarian",
    "kalai_smorodinsky",
    "nash",
    "pareto_front",
    "solve",
    "welfare",
    "zone",
]


@dataclass(frozen=True)
class Solutions:
    """The Pareto front and the package of each solution; -1 where no package is acceptable to all."""

    front: Ints
    nash: int
    kalai_smorodinsky: int
    egalitarian: int
    welfare: int


def nash(gains: Floats) -> int:
    """Nash's (1950) solution: the greatest product of gains.

    Where no package gives all parties a gain above 0, it serves as many parties as it can (Caragiannis et al. 2019)
    and takes the greatest product of their gains, each as a share of its ideal, so that units do not matter.

    Parameters
    ----------
    gains : (P, n) array
        As in `acceptable`.

    Returns
    -------
    int
        Number of the package; -1 where the zone is empty.
    """
    return _solution(gains, "nash")


def kalai_smorodinsky(gains: Floats) -> int:
    """Kalai and Smorodinsky's (1975) solution: the greatest least share of a party's ideal gain in the zone.

    Ties go to the next-to-least share and so on (Imai 1983), then to the lowest number. A party whose ideal gain is
    0 has no share and is left out. Parameters and result as in `nash`.
    """
    return _solution(gains, "kalai_smorodinsky")


def egalitarian(gains: Floats) -> int:
    """Kalai's (1977) egalitarian solution, lexicographic: the greatest least gain, then the next, as in `nash`."""
    return _solution(gains, "egalitarian")


def welfare(gains: Floats) -> int:
    """Utilitarian solution: the greatest sum of gains, on one scale of utility, as in `nash`."""
    return _solution(gains, "welfare")


def solve(gains: Floats) -> Solutions:
    """All of the above at once, from one Pareto front.

    Parameters
    ----------
    gains : (P, n) array
        As in `acceptable`.

    Returns
    -------
    Solutions
        The front holds all undominated packages, those outside the zone included.
    """
    front = pareto_front(gains)
    among = front[zone(gains[front])]
    return Solutions(front, **{name: _best(gains, among, key) for name, key in RULES.items()})


def _solution(gains: Floats, name: str) -> int:
    return _best(gains, _candidates(gains), RULES[name])


def _candidates(gains: Floats) -> Ints:
    front = pareto_front(gains)
    return np.asarray(front[zone(gains[front])])


def _best(gains: Floats, among: Ints, key: Callable[[Floats], Floats]) -> int:
    """The candidate whose row of keys is lexicographically greatest, the lowest number among equals."""
    if not among.size:
        return NONE
    columns = key(gains[among]).T
    return int(among[np.lexsort([-column for column in columns[::-1]])[0]])


def _nash_key(gains: Floats) -> Floats:
    """Number of parties with a gain, and the product of these gains as shares of the ideal, but for a constant."""
    _, exponent = np.frexp(gains.max(axis=0))
    scaled = np.ldexp(gains, -exponent)  # powers of two round nothing, and keep the product within range
    ideal = scaled.max(axis=0)
    # A party that is not served counts with its ideal: the same order as that of shares, and no division to round.
    instead = np.where(ideal > 0.0, ideal, 1.0)
    served = scaled > 0.0
    return np.column_stack([served.sum(axis=1), np.where(served, scaled, instead).prod(axis=1)])


def _shares(gains: Floats) -> Floats:
    """Shares of the ideal gain, the least first; a candidate's ideal is the zone's, which the front attains."""
    ideal = gains.max(axis=0)
    if not (ideal > 0.0).any():
        return np.zeros((len(gains), 1))
    return np.sort(gains[:, ideal > 0.0] / ideal[ideal > 0.0], axis=1)


RULES: dict[str, Callable[[Floats], Floats]] = {
    "nash": _nash_key,
    "kalai_smorodinsky": _shares,
    "egalitarian": lambda gains: np.sort(gains, axis=1),
    "welfare": lambda gains: gains.sum(axis=1, keepdims=True),
}
"""Solution -> the row of keys of each candidate, whose lexicographically greatest it takes."""


# -- distances ---------------------------------------------------------------------------------------


def distances(gains: Floats, chosen: int) -> dict[str, float]:
    """How far a package is from each solution, and from the nearest undominated package that all accept.

    Parameters
    ----------
    gains : (P, n) array
        As in `acceptable`.
    chosen : int
        Number of the package; -1 for no agreement.

    Returns
    -------
    dict of float
        By ``pareto``, ``nash``, ``kalai_smorodinsky``, ``egalitarian`` and ``welfare``: Euclidean distance of gains,
        each party's as a share of its ideal gain in the zone (a party whose ideal is 0 is left out); NaN without
        an agreement, or where the zone is empty.
    """
    solved = solve(gains)
    points = {name: getattr(solved, name) for name in RULES}
    among = solved.front[zone(gains[solved.front])]
    if chosen == NONE or not among.size:
        return dict.fromkeys(("pareto", *points), math.nan)
    ideal = gains[among].max(axis=0)
    shares = gains[:, ideal > 0.0] / ideal[ideal > 0.0]
    away = np.linalg.norm(shares[among] - shares[chosen], axis=1)
    apart = {name: float(np.linalg.norm(shares[i] - shares[chosen])) for name, i in points.items()}
    return {"pareto": float(away.min()), **apart}
