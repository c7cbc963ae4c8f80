"""The solutions of bargaining against a library of negotiation (NegMAS, AGPL), on random additive problems.

The library is imported inside the tests alone, so that who has not asked for the group "oracle" needs nothing of it;
without it these tests fail, they do not skip. Its Kalai-Smorodinsky point over finite packages is that of most
equal shares, ours that of the greatest least share; they are one on a fine line, and ours is its egalitarian
point ("kalai") of utilities in shares of the ideal.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest

from agents.bargaining import solutions
from agents.bargaining.gains import Floats

pytestmark = pytest.mark.oracle

SEEDS = range(100)


class Problem(NamedTuple):
    """A problem as the library holds it, and the same as gains of its packages, in the library's order."""

    spaces: list[Any]
    packages: list[tuple[int, ...]]
    gains: Floats


def problem(seed: int, parties: int = 2) -> Problem:
    """Additive utilities over 2 to 4 issues of 2 to 5 options, with reservation values that may empty the zone."""
    from negmas import LinearAdditiveUtilityFunction, make_issue
    from negmas.preferences.value_fun import TableFun

    rng = np.random.default_rng(seed)
    options = rng.integers(2, 6, rng.integers(2, 5))
    issues = [make_issue(int(n), name=f"issue {i}") for i, n in enumerate(options)]
    packages = list(product(*(range(n) for n in options)))
    spaces, gains = [], []
    for _ in range(parties):
        values = [rng.uniform(0.0, 1.0, n) for n in options]
        weights = rng.dirichlet(np.ones(len(options)))
        reserved = float(rng.uniform(0.2, 0.6))
        tables = [TableFun(dict(enumerate(v.tolist()))) for v in values]
        spaces.append(
            LinearAdditiveUtilityFunction(
                values=tables, weights=weights.tolist(), issues=issues, reserved_value=reserved
            )
        )
        gains.append([float(spaces[-1](package)) - reserved for package in packages])
    return Problem(spaces, packages, np.array(gains).T)


def chosen(found: Any, front: tuple[int, ...]) -> set[int]:
    """Numbers of the packages that the library holds to be the solution."""
    return {front[i] for _, i in found}


def ranges_of(spaces: list[Any], packages: list[tuple[int, ...]]) -> list[tuple[float, float]]:
    """Reservation value and greatest utility of each party.

    Left to itself the library measures from the least utility where that is above the reservation value.
    """
    return [(float(s.reserved_value), max(float(s(package)) for package in packages)) for s in spaces]


@pytest.mark.parametrize("parties", [2, 3])
def test_nash_welfare_and_the_egalitarian_solution_are_the_library_s(parties: int) -> None:
    from negmas.preferences import ops

    agreed = 0
    for seed in SEEDS:
        spaces, packages, gains = problem(seed, parties)
        ours = solutions.solve(gains)
        _, front = ops.pareto_frontier(spaces, outcomes=packages)
        inside = [i for i in ours.front if (gains[i] >= 0).all()]
        assert sorted(front) == inside, seed
        if not inside:
            assert ours.nash == ours.egalitarian == ours.welfare == -1
            continue
        agreed += 1
        utilities = [tuple(space(packages[i]) for space in spaces) for i in front]
        places = {"ufuns": spaces, "frontier": utilities, "ranges": ranges_of(spaces, packages)}
        assert chosen(ops.nash_points(**places), front) == {ours.nash}, seed
        assert chosen(ops.kalai_points(**places), front) == {ours.egalitarian}, seed
        gained = [tuple(gains[i]) for i in front]
        welfare = ops.max_welfare_points(spaces, gained, outcomes=packages)
        assert chosen(welfare, front) == {ours.welfare}, seed
    assert agreed > len(SEEDS) // 4


def test_kalai_smorodinsky_is_the_library_s_egalitarian_point_of_shares() -> None:
    from negmas.preferences import ops

    compared = 0
    for seed in SEEDS:
        spaces, packages, gains = problem(seed)
        agreed = solutions.zone(gains)
        if not agreed.any() or (gains[agreed].max(axis=0) <= 0.0).any():
            continue
        compared += 1
        ideal = gains[agreed].max(axis=0)
        in_shares = [s.scale_by(1.0 / best) for s, best in zip(spaces, ideal.tolist(), strict=True)]
        utilities, front = ops.pareto_frontier(in_shares, outcomes=packages)
        found = ops.kalai_points(in_shares, utilities, ranges=ranges_of(in_shares, packages))
        assert chosen(found, front) == {solutions.kalai_smorodinsky(gains)}, seed
    assert compared > len(SEEDS) // 2


def test_kalai_smorodinsky_is_the_library_s_on_a_fine_line() -> None:
    from negmas import make_issue
    from negmas.preferences import MappingUtilityFunction, ops

    for seed in range(10):
        rng = np.random.default_rng(seed)
        bend, scale, reserved = rng.uniform(0.3, 1.0), rng.uniform(0.5, 3.0), rng.uniform(0.0, 0.3, 2)
        share = np.linspace(0.0, 1.0, 2001)
        utility = np.column_stack([share**bend, scale * (1.0 - share)])
        gains = utility - reserved
        packages = [(i,) for i in range(len(share))]
        spaces = [
            MappingUtilityFunction(
                dict(zip(packages, utility[:, j].tolist(), strict=True)),
                issues=[make_issue(len(share), name="share")],
                reserved_value=float(reserved[j]),
            )
            for j in range(2)
        ]
        agreed = solutions.zone(gains)
        frontier = [tuple(row) for row in utility[agreed].tolist()]
        ranges = [(float(r), float(b)) for r, b in zip(reserved, utility[agreed].max(axis=0), strict=True)]
        ((_, found), *_) = ops.ks_points(spaces, frontier, ranges=ranges, outcomes=packages)
        assert abs(int(np.flatnonzero(agreed)[found]) - solutions.kalai_smorodinsky(gains)) <= 1, seed
