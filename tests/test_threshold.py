"""The closed form beside the simulation: r*, held against the ladder's last rung by hand."""

import math

import pytest

from analysis.threshold import (
    carrying_on,
    critical_values,
    reliability_threshold,
    share_deterred,
    tempting_rate,
    threshold_sentence,
)
from environment.world import RUSSIA
from experiments.compose import compose
from experiments.scenario import resolve

PLAIN = {
    "rules.russia": "rational",
    "ladder.arm": "full",
    "halting.by_ukraine": 0.0,
    "payoff.collapse": 0.0,
    "planning.tail_hours": 48.0,
    "ladder.expanded_attack.loss": 2.0,
}


def test_the_last_rung_is_mgt_less_p_c_where_nothing_halts() -> None:
    """After the last tier (96 h) come a review at 120 h and the tail: 24 + 48 h of m - 2 each."""
    scenario = resolve("multi-tier", settings=PLAIN | {"reliability": 0.5})
    russia = compose(scenario, keep_log=False).parties.leaderships[RUSSIA]
    p = russia.expects(2, 0.0, 1.0, True)
    cost = scenario.world.tiers.punishment[RUSSIA, 2]
    for m in (2.5, 3.0, 5.0):
        rest = (m - 2.0) * 72.0
        denial = scenario.world.tiers.denial[RUSSIA]
        eta = denial.sum() / scenario.world.level["resistance"][5]
        slowed = (denial[0] + denial[1]) / scenario.world.level["resistance"][5]
        after, without = (rest / 72.0 * -math.expm1(-h * 72.0) / h for h in (eta, slowed))
        assert carrying_on(russia, 0, m) == pytest.approx(
            p * (max(0.0, after) - cost) + (1 - p) * without, rel=1e-9
        )


def test_the_share_rises_from_nought_and_is_one_half_at_the_threshold() -> None:
    scenario = resolve("multi-tier")
    assert share_deterred(scenario, 0.0) == 0.0
    shares = [share_deterred(scenario, r / 10) for r in range(11)]
    assert shares == sorted(shares) and shares[-1] > 0.5
    threshold = reliability_threshold(scenario)
    assert threshold is not None
    assert share_deterred(scenario, threshold) == pytest.approx(0.5, abs=1e-3)
    assert f"{threshold:.3f}" in threshold_sentence(scenario, threshold)


def test_the_critical_value_is_where_carrying_on_turns_positive() -> None:
    scenario = resolve("multi-tier", settings={"reliability": 0.6, "rules.russia": "rational"})
    russia = compose(scenario, keep_log=False).parties.leaderships[RUSSIA]
    for sector, critical in enumerate(critical_values(scenario)):
        assert (
            carrying_on(russia, sector, critical * 0.98) < 0.0 < carrying_on(russia, sector, critical * 1.02)
        )


def test_the_rate_of_tempting_opportunities_is_the_log_normal_tail() -> None:
    world = resolve(settings={"opportunities.value_sigma": 0.0}).world
    scale = [s * f for s, f in zip(world.salience, world.force[RUSSIA], strict=True)]
    everything = tempting_rate(world, [0.0] * world.sectors)
    assert tempting_rate(world, [s * 0.99 for s in scale]) == pytest.approx(everything)
    assert tempting_rate(world, [s * 1.01 for s in scale]) == 0.0
    assert tempting_rate(world, [math.inf] * world.sectors) == 0.0


def test_where_there_is_no_tier_there_is_no_threshold() -> None:
    scenario = resolve("observe-only")
    assert reliability_threshold(scenario) is None
    assert "no tier" in threshold_sentence(scenario, None)
