"""Closed forms of bargaining: range, risk, commitment, enforcement, and the equilibria of alternating offers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.bargaining import commitment as c
from agents.bargaining.equilibrium import BestResponse
from agents.bargaining.view import View

inside = st.floats(0.02, 0.98)


# -- range and risk --------------------------------------------------------------------------------


def test_the_bargaining_range_is_as_wide_as_the_costs_of_war_and_ends_where_shares_end() -> None:
    assert c.bargaining_range(0.6, 0.1, 0.2) == pytest.approx((0.5, 0.8))
    assert c.bargaining_range(0.05, 0.1, 0.2) == pytest.approx((0.0, 0.25))
    assert c.bargaining_range(0.95, 0.1, 0.2) == pytest.approx((0.85, 1.0))


@pytest.mark.parametrize(
    ("p", "cost", "highest", "share", "war"),
    [
        (0.5, 0.1, 0.5, 0.7, 0.4),
        (0.3, 0.2, 0.6, 0.5, 1 / 3),
        (0.5, 0.6, 0.5, 0.5, 0.0),
        (0.9, 0.0, 1.0, 1.0, 0.1),
    ],
)
def test_a_demand_takes_the_risk_of_the_closed_form(
    p: float, cost: float, highest: float, share: float, war: float
) -> None:
    assert c.risk_return(p, cost, highest) == pytest.approx((share, war))


@given(inside, st.floats(0.0, 1.0), st.floats(0.05, 1.0))
def test_no_other_demand_pays_more(p: float, cost: float, highest: float) -> None:
    demands = np.linspace(p, 1.0, 401)
    refused = np.clip((demands - p) / highest, 0.0, 1.0)
    pays = (1 - refused) * demands + refused * (p - cost)
    share, war = c.risk_return(p, cost, highest)
    assert war == pytest.approx(min(1.0, (share - p) / highest))
    assert (1 - war) * share + war * (p - cost) >= pays.max() - 1e-12


# -- commitment ------------------------------------------------------------------------------------


def test_the_threshold_of_the_shift_at_a_known_point() -> None:
    assert c.shift_threshold(0.6, 0.2, 0.9) == pytest.approx(0.0722222222)


@given(inside, inside, st.floats(0.0, 0.95), inside)
def test_without_enforcement_the_whole_flow_is_enough_up_to_the_threshold_and_no_further(
    p: float, part: float, destroyed: float, discount: float
) -> None:
    shift = part * p
    threshold = c.shift_threshold(p, destroyed, discount)
    assume(abs(shift - threshold) > 1e-9)
    least = c.least_accepted(p, shift, destroyed, discount, 0.0)
    assert (least <= 1.0) == (shift <= threshold)
    assert (c.enforcement_needed(p, shift, destroyed, discount) == 0.0) == (shift <= threshold)


@given(inside, inside, st.floats(0.0, 0.95), inside, st.floats(0.0, 1.0))
def test_the_boundaries_make_each_side_indifferent_to_war(
    p: float, part: float, destroyed: float, discount: float, r: float
) -> None:
    """The streams are added up year by year, not by the formula."""
    shift = part * p
    years = discount ** np.arange(1, 2500)
    later = (p - shift) * (1 - destroyed)
    x = c.least_accepted(p, shift, destroyed, discount, r)
    peace = x + r * (x * years).sum() + (1 - r) * (later * years).sum()
    assert peace == pytest.approx(p * (1 - destroyed) * (1 + years.sum()), rel=1e-6)
    y = c.most_conceded(p, shift, destroyed, discount, r)
    peace = (1 - y) + r * ((1 - y) * years).sum() + (1 - r) * ((1 - later) * years).sum()
    war = (1 - p) * (1 - destroyed) * (1 + years.sum())
    assert peace == pytest.approx(war, rel=1e-6) if y < 1.0 else peace >= war - 1e-6


@given(inside, inside, st.floats(0.01, 0.95), inside, st.floats(0.0, 1.0))
def test_whatever_the_declining_side_can_be_given_the_rising_side_concedes(
    p: float, part: float, destroyed: float, discount: float, r: float
) -> None:
    least = c.least_accepted(p, part * p, destroyed, discount, r)
    most = c.most_conceded(p, part * p, destroyed, discount, r)
    gap = destroyed / (1 - discount + discount * r)
    assert most == pytest.approx(min(1.0, least + gap))


def test_enforcement_lowers_what_must_be_given_down_to_the_war_value() -> None:
    shares = [c.least_accepted(0.6, 0.3, 0.2, 0.9, r) for r in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.48)
    needed = c.enforcement_needed(0.6, 0.3, 0.2, 0.9)
    assert 0.0 < needed < 1.0
    assert c.least_accepted(0.6, 0.3, 0.2, 0.9, needed) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: c.bargaining_range(1.2, 0.1, 0.1),
        lambda: c.risk_return(0.5, 0.1, 0.0),
        lambda: c.shift_threshold(0.5, 1.0, 0.9),
        lambda: c.shift_threshold(0.5, 0.2, 1.0),
        lambda: c.least_accepted(0.5, 0.6, 0.2, 0.9, 0.5),
        lambda: c.most_conceded(0.5, 0.1, 0.2, 0.9, 1.5),
        lambda: c.rubinstein_share(1.0, 1.0),
        lambda: c.stahl_share(0.9, 0.9, 0),
    ],
)
def test_what_has_no_meaning_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"must|outside|both"):
        call()


# -- alternating offers ----------------------------------------------------------------------------


def stahl(first: float, second: float, rounds: int) -> float:
    """By recursion from the last round: who proposes keeps what the other's next turn is not worth to it."""
    return 1.0 if rounds == 1 else 1.0 - second * stahl(second, first, rounds - 1)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(1, 40))
def test_the_finite_share_is_the_recursion_s(first: float, second: float, rounds: int) -> None:
    assert c.stahl_share(first, second, rounds) == pytest.approx(stahl(first, second, rounds), abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [(0.9, 0.9), (0.8, 0.95), (0.5, 0.0)])
def test_the_finite_share_tends_to_the_infinite(first: float, second: float) -> None:
    assert c.stahl_share(first, second, 2000) == pytest.approx(c.rubinstein_share(first, second))
    assert c.rubinstein_share(first, first) == pytest.approx(1 / (1 + first))


def cake(options: int, delta_own: float, delta_other: float, turns: int) -> View:
    """A cake in equal crumbs: package i gives the speaker i of them and the other the rest."""
    own = np.linspace(0.0, 1.0, options)
    return View(own, 1.0 - own, np.ones(options, np.bool_), 0.0, turns, delta_own, delta_other)


@pytest.mark.parametrize("options", [1001, 5001])
@pytest.mark.parametrize(("own", "other"), [(0.9, 0.9), (0.8, 0.95), (0.95, 0.8), (0.5, 0.7)])
def test_the_best_response_offers_rubinstein_s_share(options: int, own: float, other: float) -> None:
    view = cake(options, own, other, 200)
    offered = view.own[BestResponse().propose(view)]
    crumb = 1.0 / (options - 1)  # rounding to whole crumbs adds up over the turns, discounted
    assert abs(offered - c.rubinstein_share(own, other)) <= 2 * crumb / (1 - own * other)


@pytest.mark.parametrize("turns", range(1, 9))
@pytest.mark.parametrize(("own", "other"), [(0.5, 0.5), (0.25, 0.5), (1.0, 0.5)])
def test_the_best_response_plays_stahl_s_finite_game_exactly(turns: int, own: float, other: float) -> None:
    view = cake(2**14 + 1, own, other, turns)  # every share below is a whole number of crumbs
    assert view.own[BestResponse().propose(view)] == c.stahl_share(own, other, turns)


@pytest.mark.parametrize("turns", [2, 3, 6])
def test_the_best_response_takes_its_next_turn_s_worth_and_not_a_crumb_less(turns: int) -> None:
    view, me = cake(2**14 + 1, 0.5, 0.25, turns), BestResponse()
    least = 0.5 * c.stahl_share(0.5, 0.25, turns - 1)
    (at,) = np.flatnonzero(view.own == least)
    assert me.accepts(view, int(at))
    assert not me.accepts(view, int(at) - 1)
