"""R21: what a violator believes of each tier, and how it learns: closed forms, by function and through runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.leadership import Leadership
from agents.reliability import tier_probabilities
from agents.rules.choice import belief_after, belief_mean, deliverable, forget
from environment.frameworks import load_measures
from environment.log import Event
from environment.model import CeasefireModel
from environment.parameters import level_names
from environment.parties import Situation
from experiments.compose import compose
from experiments.scenario import Scenario, resolve

HOUR = 3_600_000
NEVER = 1e6
"""The longest half-life that a scenario allows, days: over a year 0.025% is forgotten."""

SCRIPTED = '''
from agents.russia import Russia


class Striker(Russia):
    """Attacks at every opportunity and goes on for two days."""

    def at_opportunity(self, situation):
        return 5

    def at_review(self, situation):
        return 0 if situation.age >= 48 else 1

    def gives_up(self, outlook):
        return False
'''


# -- the functions ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    a=st.floats(0.05, 50),
    b=st.floats(0.05, 50),
    seen=st.lists(st.booleans(), max_size=40),
)
def test_belief_after_k_of_n_is_the_beta_mean(a: float, b: float, seen: list[bool]) -> None:
    x, y = a, b
    for kept in seen:
        x, y = belief_after(x, y, float(kept)), belief_after(y, x, float(not kept))
    k, n = sum(seen), len(seen)
    assert belief_mean(x, y) == pytest.approx((a + k) / (a + b + n))


@settings(deadline=None)
@given(
    count=st.floats(0, 100),
    prior=st.floats(0, 100),
    half_life=st.floats(0.1, 1e6),
    steps=st.lists(st.floats(0, 400), min_size=1, max_size=6),
)
def test_forgetting_has_its_closed_form_in_any_number_of_steps(
    count: float, prior: float, half_life: float, steps: list[float]
) -> None:
    value = count
    for days in steps:
        value = forget(value, prior, half_life, days)
    left = 0.5 ** (sum(steps) / half_life)
    assert value == pytest.approx(prior + (count - prior) * left, abs=1e-9 * (1 + count + prior))


def test_forgetting_by_hand() -> None:
    assert forget(10.0, 4.0, 30.0, 30.0) == pytest.approx(7.0)
    assert forget(10.0, 4.0, 30.0, 60.0) == pytest.approx(5.5)
    assert forget(10.0, 4.0, math.inf, 1e9) == 10.0


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30), st.booleans())
def test_a_point_mass_never_learns(seen: list[bool], sure: bool) -> None:
    x, y = (8.0, 0.0) if sure else (0.0, 8.0)
    for kept in seen:
        x, y = belief_after(x, y, float(kept)), belief_after(y, x, float(not kept))
    assert belief_mean(x, y) == (1.0 if sure else 0.0)


def test_belief_is_scaled_by_what_is_deployed() -> None:
    assert deliverable(0.6, 0.2, 0.8) == pytest.approx(0.15)
    assert deliverable(0.6, 0.9, 0.8) == 0.6
    assert deliverable(0.6, 0.0, 0.0) == 0.0


# -- through the engine ----------------------------------------------------------------------------


def scripted(folder: Path, reliability: float, **changes: Any) -> Scenario:
    """A violator that does what it does whatever it believes, and a single tier that is kept or not."""
    path = folder / "striker.py"
    path.write_text(SCRIPTED, encoding="utf-8")
    plain: dict[str, Any] = {
        "rules.russia": f"{path}:Striker",
        "rules.ukraine": "persist",
        "reliability": reliability,
        "opportunities.russia_per_day": 0.1,
        "opportunities.ukraine_per_day": 0,
        "background.russia_per_day": 0,
        "background.ukraine_per_day": 0,
        "false_alarm.per_year": 0,
        "readiness.initial": 1,
        "readiness.wear": 0,
        "endings.review_days": 3650,
        "endings.collapse_hours": 8760,
        "halting.by_ukraine": 0,
        "war.per_exchange": 0,
        "verification.delay_hours": 0,
        "verification.success": 1,
        "verification.quality": 1,
        "attribution.commission.dispute": 0,
        "ladder.expanded_attack.attributability": 1,
        "cohesion.will": 0,
        "cohesion.will_spread": 0,
        "cohesion.exposure": 0,
        "cohesion.fatigue": 0,
        "cohesion.fatigue_per_month": 0,
        "cohesion.solidarity": 0,
        "response.severity": 0,
        "response.record": 0,
        "response.doubt": 0,
        "response.backing": 0,
        "response.effort_fatigue": 0,
        "response.without_us": 1,
        "response.preagreed_minimum_hours": 0,
        "response.preagreed_mean_hours": 0,
        "beliefs.half_life_days": NEVER,
        "framework.tier_1.opens_hours": 0,
        "framework.tier_1.expected_hours": 24,
        "framework.tier_1.deadline_hours": 24,
        "framework.tier_1.called": ["GBR"],
        "framework.tier_1.decision": "each",
        "framework.tier_1.required_strength": 1,
        "framework.tier_1.measures.Russia": ["sanctions"],
        "framework.case.quiet_hours": 1,
        "framework.deployment.half_life_days": 0,
    }
    return resolve("article-5", settings=plain | changes, days=365)


def lessons(run: CeasefireModel, tier: int = 1) -> list[tuple[float, bool]]:
    """(hour, delivered) of every case in which a tier came in time or did not, from the log alone."""
    failed: set[int] = set()
    found = []
    for row in run.log:
        if row.tier != tier:
            continue
        if row.event == Event.RESPONSE_FAILED:
            failed.add(row.case)
            found.append((row.time / HOUR, False))
        elif row.event == Event.TIER_DELIVERED and row.case not in failed:
            found.append((row.time / HOUR, True))
    return found


def russia(run: CeasefireModel) -> Leadership:
    party = run.parties.leaderships[0]
    party = getattr(party, "party", party)
    assert isinstance(party, Leadership)
    return party


def by_closed_form(
    prior: float, strength: float, half_life: float, seen: list[tuple[float, bool]], hour: float
) -> float:
    """Beta mean at an hour, each lesson faded by its age."""
    a, b = prior * strength, (1 - prior) * strength
    for when, kept in seen:
        weight = 0.5 ** ((hour - when) / 24 / half_life)
        a, b = (a + weight, b) if kept else (a, b + weight)
    return a / (a + b)


@pytest.mark.parametrize("reliability", [0.3, 0.7])
def test_engine_belief_after_k_of_n_cases(tmp_path: Path, reliability: float) -> None:
    strength = 12.0
    scenario = scripted(tmp_path, reliability, **{"beliefs.strength": strength})
    run = compose(scenario, 31, 0)
    run.run()
    seen = lessons(run)
    k, n = sum(kept for _, kept in seen), len(seen)
    assert n > 100
    assert 0 < k < n
    cases = sum(row.event == Event.CASE_OPENED for row in run.log)
    assert cases - 10 <= n <= cases, "every case but those still open teaches something"
    a, b = reliability * strength, (1 - reliability) * strength
    believed = russia(run).belief(0, run.now / HOUR)
    assert believed == pytest.approx((a + k) / (a + b + n), rel=1e-3)
    assert believed == pytest.approx(
        by_closed_form(reliability, strength, NEVER, seen, run.now / HOUR), rel=1e-9
    )


@pytest.mark.parametrize("half_life", [5.0, 60.0])
def test_engine_belief_fades_by_its_closed_form(tmp_path: Path, half_life: float) -> None:
    scenario = scripted(tmp_path, 0.5, **{"beliefs.strength": 6.0, "beliefs.half_life_days": half_life})
    for replication in range(3):
        run = compose(scenario, 32, replication)
        run.run()
        seen = lessons(run)
        assert len(seen) > 100
        for later in (0.0, 100.0, 5000.0):
            hour = run.now / HOUR + later
            expected = by_closed_form(0.5, 6.0, half_life, seen, hour)
            assert russia(run).belief(0, hour) == pytest.approx(expected, rel=1e-9)


def test_engine_learns_each_tier_from_its_own_deliveries(tmp_path: Path) -> None:
    changes = {
        "framework.tier_1.opens_hours": 0,
        "framework.tier_1.called": ["GBR"],
        "framework.tier_1.decision": "each",
        "framework.tier_2.trigger": "persist",
        "framework.tier_2.opens_hours": 24,
        "framework.tier_2.deadline_hours": 40,
        "framework.tier_2.expected_hours": 30,
        "framework.tier_2.called": ["FRA"],
        "framework.tier_2.required_strength": 1,
        "framework.tier_3.opens_hours": 40,
        "framework.tier_3.expected_hours": 41,
        "framework.tier_3.deadline_hours": 44,
        "framework.tier_3.called": ["DEU"],
        "framework.tier_3.decision": "each",
        "framework.tier_3.required_strength": 1,
    }
    plain = dict(scripted(tmp_path, 0.5).settings) | changes
    plain |= {"reliability.tier_1": 0.8, "reliability.tier_2": 0.5, "reliability.tier_3": 0.2}
    for key in [k for k in plain if k.startswith("framework.tier_1.") and k not in changes]:
        del plain[key]
    del plain["reliability"]
    plain |= {"beliefs.half_life_days": 40.0, "beliefs.strength": 5.0}
    run = compose(resolve("multi-tier", settings=plain, days=365), 33, 0)
    run.run()
    seen = [lessons(run, tier) for tier in (1, 2, 3)]
    assert all(len(s) > 30 for s in seen)
    for tier, prior in enumerate((0.8, 0.5, 0.2)):
        expected = by_closed_form(prior, 5.0, 40.0, seen[tier], run.now / HOUR)
        assert russia(run).belief(tier, run.now / HOUR) == pytest.approx(expected, rel=1e-9)


def test_engine_point_masses_never_learn(tmp_path: Path) -> None:
    for reliability, credibility, mean in (
        (0.0, 1.0, 0.0),
        (1.0, 1.0, 1.0),
        (0.6, 2.0, 1.0),
        (0.6, 0.0, 0.0),
    ):
        scenario = scripted(tmp_path, reliability, **{"beliefs.credibility": credibility})
        run = compose(scenario, 34, 0)
        run.run()
        seen = lessons(run)
        assert len(seen) > 100
        if 0 < reliability < 1:
            assert {kept for _, kept in seen} == {True, False}
        assert russia(run).belief(0, run.now / HOUR) == mean


@pytest.mark.parametrize("framework", ["multi-tier", "ad-hoc", "article-5", "two-sided"])
@pytest.mark.parametrize("credibility", [0.5, 1.0, 1.4])
def test_the_prior_mean_is_the_computed_probability_times_credibility(
    framework: str, credibility: float
) -> None:
    scenario = resolve(framework, settings={"beliefs.credibility": credibility})
    run = compose(scenario, 1, 0)
    for side in (0, 1):
        computed = tier_probabilities(scenario.world, side).full
        party = run.parties.leaderships[side]
        assert isinstance(party, Leadership)
        for tier, odds in enumerate(computed):
            assert party.belief(tier, 0.0) == pytest.approx(min(1.0, credibility * odds), abs=1e-12)


def test_without_deployment_less_is_believed_deliverable() -> None:
    run = compose(resolve("multi-tier"), 1, 0)
    party = russia(run)
    assert party.expects(1, 0.0, 1.0, True) == party.belief(1, 0.0)
    assert party.expects(1, 0.0, 0.0, True) <= party.expects(1, 0.0, 0.5, True) <= party.belief(1, 0.0)
    assert party.expects(1, 0.0, 1.0, False) == 0.0, "nothing is expected before entry into force"


# -- theory T12: how many unanswered violations break deterrence -----------------------------------


def calculating(a: float, b: float, critical: float) -> tuple[dict[str, Any], Situation]:
    """A rational violator with nothing to fear but one tier, at a belief of A to B; and an opportunity that is
    just worth taking at the critical belief."""
    cost = load_measures()["sanctions"].punishment.value
    changes: dict[str, Any] = {
        "rules.russia": "rational",
        "reliability": a / (a + b),
        "beliefs.strength": a + b,
        "beliefs.half_life_days": NEVER,
        "planning.last_review_hours": 24,
        "planning.tail_hours": 0,
        "framework.breach.materiality": 0.0,
        "payoff.collapse": 0,
        "halting.by_ukraine": 0,
        "verification.delay_hours": 0,
        "attribution.commission.dispute": 0,
        "cohesion.will": 0,
        "cohesion.exposure": 0,
        "response.preagreed_minimum_hours": 0,
        "response.preagreed_mean_hours": 0,
        "monitoring.jamming_effect": 0,
        "framework.tier_1.opens_hours": 24,
        "framework.tier_1.expected_hours": 24,
        "framework.tier_1.deadline_hours": 48,
        "framework.tier_1.called": ["GBR"],
        "framework.tier_1.decision": "each",
        "framework.tier_1.required_strength": 1,
        "framework.tier_1.measures.Russia": ["sanctions"],
    }
    for level, name in enumerate(level_names(), 1):
        changes |= {f"ladder.{name}.{f}": 0 for f in ("exposure", "forgone", "loss")}
        changes |= {f"ladder.{name}.gain": float(level == 1), f"ladder.{name}.detectability": 1.0}
    value = critical * cost / 24 * (1 - 1e-9)  # the belief at which it is just worth violating
    return changes, Situation(0.0, 3, 0, value, 0.0, 0.0, False, (0, 0, 0, 0), 1.0, True, 1.0, 1.0, 0.5)


@pytest.mark.parametrize(
    ("a", "b", "critical", "runs"), [(3, 1, 0.5, 3), (6, 2, 0.5, 5), (3, 1, 0.3, 7), (2, 2, 0.25, 5)]
)
def test_a_run_of_unanswered_violations_breaks_deterrence(a: int, b: int, critical: float, runs: int) -> None:
    """n = floor(A/p* - A - B) + 1; at n - 1 the rational violator still complies, at n no longer."""
    assert math.floor(a / critical - a - b) + 1 == runs
    changes, probe = calculating(a, b, critical)
    party = russia(compose(resolve("article-5", settings=changes), 1, 0))
    for unanswered in range(runs):
        assert party.at_opportunity(probe) == 0, unanswered
        party.learns(0, False, 0.0)
    assert party.at_opportunity(probe) == 1
