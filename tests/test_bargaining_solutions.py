"""Solutions of bargaining over packages: equal to counting by hand, and true to the axioms that define them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from agents.bargaining import solutions as s
from agents.bargaining.gains import Floats

SOLUTIONS = ("nash", "kalai_smorodinsky", "egalitarian", "welfare")


@st.composite
def problems(draw: st.DrawFn, parties: int = 0) -> Floats:
    """Small whole numbers: many ties, duplicates, zeros, and every sum, product and share exact or well apart."""
    n = parties or draw(st.integers(2, 4))
    shape = (draw(st.integers(2, 14)), n)
    return draw(hnp.arrays(np.float64, shape, elements=st.integers(-4, 9).map(float)))


# -- by hand ---------------------------------------------------------------------------------------


def exact(gains: Floats) -> list[list[Fraction]]:
    return [[Fraction(g) for g in row] for row in gains.tolist()]


def dominated(row: list[Fraction], rows: list[list[Fraction]]) -> bool:
    return any(other != row and all(b >= a for a, b in zip(row, other, strict=True)) for other in rows)


def by_hand(gains: Floats, name: str) -> int:
    """The first package of the greatest key, package by package, in exact fractions."""
    rows = exact(gains)
    agreed = [i for i, row in enumerate(rows) if min(row) >= 0]
    if not agreed:
        return -1
    ideal = [max(rows[i][j] for i in agreed) for j in range(len(rows[0]))]

    def key(row: list[Fraction]) -> list[Fraction]:
        if name == "nash":
            positive = [g / best for g, best in zip(row, ideal, strict=True) if g > 0]
            return [Fraction(len(positive)), math.prod(positive, start=Fraction(1))]
        if name == "kalai_smorodinsky":
            return sorted(g / best for g, best in zip(row, ideal, strict=True) if best > 0)
        return sorted(row) if name == "egalitarian" else [sum(row, Fraction(0))]

    best = agreed[0]
    for i in agreed[1:]:
        if key(rows[i]) > key(rows[best]):
            best = i
    return best


@pytest.mark.parametrize("name", SOLUTIONS)
@given(gains=problems())
def test_a_solution_is_the_one_found_by_hand(name: str, gains: Floats) -> None:
    expected = by_hand(gains, name)
    assert getattr(s, name)(gains) == expected
    assert getattr(s.solve(gains), name) == expected


@given(problems())
def test_the_front_is_the_one_found_by_hand(gains: Floats) -> None:
    rows = exact(gains)
    expected = [i for i, row in enumerate(rows) if not dominated(row, rows)]
    assert s.pareto_front(gains).tolist() == expected
    assert s.solve(gains).front.tolist() == expected


def test_the_front_for_two_is_that_for_many_and_large_ones_are_quick() -> None:
    rng = np.random.default_rng(3)
    gains = np.round(rng.normal(size=(5000, 2)), 2)
    idle = np.column_stack([gains, np.zeros(len(gains))])
    assert s.pareto_front(gains).tolist() == s.pareto_front(idle).tolist()
    equal = np.ones((100_000, 3))
    assert s.pareto_front(equal).size == 100_000  # duplicates must not cost a pass each


def test_an_advantage_that_a_sum_rounds_away_still_dominates() -> None:
    gains = np.array([[0.0, 1e16, 0.0], [1.0, 1e16, 0.0]])
    assert s.pareto_front(gains).tolist() == [1]


@given(problems())
def test_the_zone_is_where_nobody_loses(gains: Floats) -> None:
    expected = [all(g >= 0 for g in row) for row in gains.tolist()]
    assert s.zone(gains).tolist() == expected
    assert s.acceptable(gains).tolist() == [[g >= 0 for g in row] for row in gains.tolist()]


# -- the edges -------------------------------------------------------------------------------------


def test_gains_of_nothing_for_all_are_an_agreement() -> None:
    gains = np.zeros((3, 2))
    assert s.solve(gains).front.tolist() == [0, 1, 2]
    assert [getattr(s.solve(gains), name) for name in SOLUTIONS] == [0, 0, 0, 0]
    assert set(s.distances(gains, 1).values()) == {0.0}


def test_where_no_package_is_acceptable_to_all_there_is_no_solution() -> None:
    gains = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert [getattr(s.solve(gains), name) for name in SOLUTIONS] == [-1, -1, -1, -1]
    assert all(math.isnan(d) for d in s.distances(gains, 0).values())


def test_a_party_with_nothing_to_gain_does_not_level_the_others() -> None:
    gains = np.array([[0.0, 1.0, 1.0], [0.0, 2.0, 2.0], [-1.0, 9.0, 9.0]])
    assert [getattr(s.solve(gains), name) for name in SOLUTIONS] == [1, 1, 1, 1]


def test_a_split_by_hand() -> None:
    gains = np.array([[10.0, 0.0], [6.0, 3.0], [4.0, 4.0], [0.0, 5.0], [3.0, 3.0]])
    found = s.solve(gains)
    assert found.front.tolist() == [0, 1, 2, 3]
    assert (found.nash, found.kalai_smorodinsky, found.egalitarian, found.welfare) == (1, 1, 2, 0)
    away = s.distances(gains, 4)  # ideals 10 and 5: shares (.3, .6) against (.4, .8), (.6, .6), (1, 0)
    assert away["pareto"] == pytest.approx(math.hypot(0.1, 0.2))
    assert away["egalitarian"] == pytest.approx(math.hypot(0.1, 0.2))
    assert away["nash"] == away["kalai_smorodinsky"] == pytest.approx(0.3)
    assert away["welfare"] == pytest.approx(math.hypot(0.7, 0.6))
    assert all(math.isnan(d) for d in s.distances(gains, -1).values())
    wider = np.vstack([gains, [99.0, -1.0]])  # what one side alone would have is no measure
    assert s.distances(wider, 4) == away


# -- axioms ----------------------------------------------------------------------------------------


@given(problems(), st.lists(st.integers(-6, 6), min_size=4, max_size=4))
def test_nash_and_kalai_smorodinsky_do_not_depend_on_the_scale_of_a_party(
    gains: Floats, powers: list[int]
) -> None:
    scaled = gains * np.exp2(powers[: gains.shape[1]])
    assert s.nash(scaled) == s.nash(gains)
    assert s.kalai_smorodinsky(scaled) == s.kalai_smorodinsky(gains)


def test_where_not_all_can_gain_at_once_units_do_not_matter_to_nash_either() -> None:
    gains = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [3.0, 2.0, 0.0], [2.0, 0.0, 2.0]])
    for third in (0.3, 1.0, 1.7, 50.0):
        assert s.nash(gains * [1.0, 1.0, third]) == 2  # shares (1, 1) against (2/3, 1)


def test_egalitarian_and_welfare_do_depend_on_it() -> None:
    gains = np.array([[4.0, 1.0], [2.0, 2.0], [1.0, 4.0]])
    assert s.egalitarian(gains) == 1
    assert s.egalitarian(gains * [1.0, 0.1]) == 2
    assert s.welfare(gains * [1.0, 0.1]) == 0


@given(problems(), st.data())
def test_nash_does_not_depend_on_packages_that_are_not_chosen(gains: Floats, data: st.DataObject) -> None:
    """Where all can gain at once, for which the axiom is meant."""
    chosen = s.nash(gains)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(gains), max_size=len(gains))))
    if chosen >= 0 and (gains[chosen] > 0.0).all():
        kept[chosen] = True
        assert np.flatnonzero(kept)[s.nash(gains[kept])] == chosen


@given(problems(parties=2), st.integers(0, 9), st.integers(0, 9))
def test_kalai_smorodinsky_is_monotone_where_ideals_stay(gains: Floats, first: int, second: int) -> None:
    """One more package that moves no ideal cannot lower the least share, the discrete form of monotonicity."""
    agreed = gains[s.zone(gains)]
    if not len(agreed):
        return
    ideal = agreed.max(axis=0)
    more = np.vstack([gains, np.minimum([first, second], ideal)])

    def least(among: Floats) -> float:
        row = among[s.kalai_smorodinsky(among)]
        return float(min((row[ideal > 0] / ideal[ideal > 0]).tolist(), default=0.0))

    assert least(more) >= least(gains)


@given(problems())
def test_a_solution_is_acceptable_and_undominated(gains: Floats) -> None:
    found = s.solve(gains)
    for name in SOLUTIONS:
        chosen = getattr(found, name)
        if chosen >= 0:
            assert chosen in found.front
            assert s.zone(gains)[chosen]
            assert s.distances(gains, chosen)["pareto"] == 0.0
            assert s.distances(gains, chosen)[name] == 0.0


def test_on_a_fine_line_the_solutions_are_those_of_the_continuum() -> None:
    """u + v/2 <= 1: Nash and Kalai-Smorodinsky halve it (1/2, 1), equal gains are 2/3, the greatest sum is (0, 2)."""
    u = np.linspace(0.0, 1.0, 6001)
    gains = np.column_stack([u, 2.0 * (1.0 - u)])
    found = s.solve(gains)
    assert gains[found.nash] == pytest.approx([0.5, 1.0])
    assert gains[found.kalai_smorodinsky] == pytest.approx([0.5, 1.0])
    assert gains[found.egalitarian] == pytest.approx([2 / 3, 2 / 3])
    assert gains[found.welfare] == pytest.approx([0.0, 2.0])


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_extreme_units_of_utility_neither_vanish_nor_overflow(scale: float) -> None:
    gains = np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 2.5]]) * scale
    assert s.nash(gains) == 1
    assert all(0 <= d < 2 for d in s.distances(gains, 0).values())


def test_the_distance_to_the_front_is_the_nearest_of_those_that_all_accept() -> None:
    gains = np.array([[8.0, 2.0], [2.0, 8.0], [6.0, 1.0], [7.0, -1.0], [6.1, 1.2]])
    away = [s.distances(gains, i)["pareto"] for i in range(3)]
    assert away[:2] == [0.0, 0.0]
    assert away[2] == pytest.approx(math.hypot(2 / 8, 1 / 8))
