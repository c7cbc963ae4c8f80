"""R40-R47, the rules of the talks, each against another way to the same number."""

from __future__ import annotations

import math

import pytest
from scipy import integrate, stats

from environment.rules.talks import (
    annuity,
    believed_delivery,
    breakdown_chance,
    ground_in_donetsk,
    later_share,
    later_weight,
    rate_per_year,
    regrouped,
    triangular,
    waiting,
    war_value,
)

LONG = 400.0
"""Years after which nothing that is discounted matters."""


@pytest.mark.parametrize(("low", "mode", "high"), [(-0.3, -0.15, -0.05), (0.0, 0.0, 1.0), (2.0, 5.0, 5.0)])
@pytest.mark.parametrize("u", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_draw_from_a_range_is_the_quantile_of_the_triangular_distribution(
    low: float, mode: float, high: float, u: float
) -> None:
    shape = stats.triang((mode - low) / (high - low), low, high - low)
    assert triangular(low, mode, high, u) == pytest.approx(float(shape.ppf(u)), abs=1e-9)


def test_a_flow_is_worth_its_discounted_expectation() -> None:
    def flow(years: float) -> float:
        return math.exp(-0.08 * years) * math.exp(-0.5 * years)

    assert annuity(0.08, 0.5) == pytest.approx(integrate.quad(flow, 0.0, LONG)[0], rel=1e-6)


@pytest.mark.parametrize(("cost", "ground"), [(1.0, 0.25), (1.25, -0.08)])
def test_a_war_is_worth_its_flow_until_it_ends(cost: float, ground: float) -> None:
    flow = -cost + ground * 7.0 * 365.0 / 1000.0
    assert war_value(cost, ground, 7.0, 2.0, 0.08) == pytest.approx(flow * annuity(0.08, 0.5))


def test_ground_is_lost_in_the_disputed_area_only_while_any_is_left() -> None:
    assert ground_in_donetsk(10.0, 0.6, 100.0) == pytest.approx(6.0)
    assert ground_in_donetsk(10.0, 0.6, 2.0) == 2.0


def test_later_years_weigh_what_is_left_of_the_peace() -> None:
    def left(years: float) -> float:
        return later_share(0.08, 0.2, 0.01, years)

    assert left(3.0) == pytest.approx(math.exp(-0.29 * 3.0))
    assert later_weight(0.08, 0.2, 0.01, 13.0) == pytest.approx(integrate.quad(left, 0.0, 13.0)[0])


def test_a_rate_is_never_zero_and_tends_to_what_was_counted() -> None:
    assert rate_per_year(0.0, 256.0) == pytest.approx(0.5 / 256.0)
    assert rate_per_year(2000.0, 10_000.0) == pytest.approx(0.2, rel=1e-3)
    assert rate_per_year(0.0, 0.0) == 0.5


@pytest.mark.parametrize("years", [0.0, 0.25, 3.0])
def test_a_gain_that_comes_later_is_discounted_and_lost_if_the_war_is_over_by_then(years: float) -> None:
    still = float(stats.expon(scale=2.0).sf(years))
    assert waiting(0.08, years, 2.0) == pytest.approx(math.exp(-0.08 * years) * still)
    assert waiting(0.08, years, 2.0) * waiting(0.08, 1.0, 2.0) == pytest.approx(
        waiting(0.08, years + 1.0, 2.0)
    )


def test_a_settlement_that_comes_later_is_worth_what_the_streams_say() -> None:
    """War at its flow until the settlement, if it has not ended before; less the war that goes on."""
    flow, settled, later = -1.3, 0.7, 1.5
    war = flow * annuity(0.08, 0.5)
    until = integrate.quad(lambda t: flow * math.exp(-(0.08 + 0.5) * t), 0.0, later)[0]
    stream = until + math.exp(-(0.08 + 0.5) * later) * settled
    assert stream - war == pytest.approx(waiting(0.08, later, 2.0) * (settled - war))


def test_what_is_believed_of_a_tier_is_the_posterior_mean() -> None:
    after = stats.beta(8.0 * 0.4 + 2.0, 8.0 * 0.6 + 5.0)
    assert believed_delivery(8.0, 0.4, 2.0, 5.0) == pytest.approx(float(after.mean()))
    assert believed_delivery(8.0, 0.4, 0.0, 0.0) == pytest.approx(0.4)
    assert believed_delivery(8.0, 0.4, 0.0, 1.0) < 0.4 < believed_delivery(8.0, 0.4, 1.0, 0.0)


def test_power_shifts_with_the_length_of_a_pause() -> None:
    assert regrouped(0.0, 180.0) == 0.0 and regrouped(180.0, 180.0) == pytest.approx(0.5)
    for days in (10.0, 400.0):
        assert regrouped(days, 180.0) == pytest.approx(
            float(stats.expon(scale=180.0 / math.log(2)).cdf(days))
        )
    assert regrouped(1e6, 180.0) == pytest.approx(1.0)


def test_a_breakdown_comes_as_an_exponential_time() -> None:
    assert breakdown_chance(0.4, 0.5) == pytest.approx(float(stats.expon(scale=2.5).cdf(0.5)))
    assert breakdown_chance(0.0, 3.0) == 0.0
