"""R12-R16, R25-R27: keeping a promise. Individual obligation r, the strength that arrives, and R_k.

Through the engine, some 3,000 cases in the quick form see an error of 2% in the mean weight and of 10%
in its variance; the long form (marked `verification`) sees 1% and 4%.
"""

from __future__ import annotations

import itertools
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agents.reliability import distribution, tier_probabilities
from agents.rules.strength import reaches, strength_distribution
from environment import tables
from environment.log import FIRST_STATE, Event
from environment.rules.slow import backing, decayed, next_stance, will_after_step
from environment.rules.tiers import (
    BREACH,
    EXPANDED,
    PERSIST,
    commitment_probability,
    commitment_shift,
    contribution,
    deployed_share,
    is_delivered,
    logit,
    response_delay,
    tier_time,
    trigger_holds,
)
from experiments.compose import compose
from experiments.scenario import Scenario, resolve

HOUR = 3_600_000
EVIDENCE = (0.22, 0.41, 0.50, 0.745)
COALITION = tuple(s for s in tables.states() if s.group == "coalition")


# -- one state -------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(-40, 40))
def test_commitment_is_exactly_never_at_0_and_always_at_1(shift: float) -> None:
    assert commitment_probability(0.0, shift) == 0.0
    assert commitment_probability(1.0, shift) == 1.0


@settings(deadline=None)
@given(st.floats(0, 1))
def test_commitment_is_r_at_the_reference_state(r: float) -> None:
    assert commitment_probability(r, 0.0) == r
    if 1e-6 < r < 1 - 1e-6:
        assert commitment_probability(r, 1e-12) == pytest.approx(r, abs=1e-9), "and no step beside it"


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(-20, 20))
def test_commitment_is_logit_in_the_shift(r: float, shift: float) -> None:
    odds = math.log(r / (1 - r)) + shift
    assert commitment_probability(r, shift) == pytest.approx(1 / (1 + math.exp(-odds)), rel=1e-12)
    assert logit(r) == pytest.approx(math.log(r / (1 - r)))


TERMS = (
    "will",
    "solidarity",
    "share",
    "expected_share",
    "backing",
    "severity",
    "record",
    "exposure",
    "fatigue",
    "doubt",
)
FOR, AGAINST = (
    ("will", "share", "backing", "severity", "record"),
    ("expected_share", "exposure", "fatigue", "doubt"),
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries({t: st.floats(0, 2) for t in TERMS}),
    st.sampled_from(FOR + AGAINST),
    st.floats(0.001, 1),
    st.floats(0.01, 0.99),
)
def test_commitment_is_monotone_in_each_term(
    terms: dict[str, float], term: str, step: float, r: float
) -> None:
    def chance(values: dict[str, float]) -> float:
        return float(commitment_probability(r, commitment_shift(*(values[t] for t in TERMS))))

    before, after = chance(terms), chance(terms | {term: terms[term] + step})
    assert after >= before if term in FOR else after <= before


def test_every_term_moves_the_shift_by_itself() -> None:
    none = dict.fromkeys(TERMS, 0.0)
    assert commitment_shift(**none) == 0.0
    for term in TERMS:
        if term in ("solidarity", "share", "expected_share"):
            continue
        assert commitment_shift(**(none | {term: 0.7})) == pytest.approx(0.7 if term in FOR else -0.7)
    assert commitment_shift(
        **(none | {"solidarity": 2.0, "share": 0.5, "expected_share": 0.2})
    ) == pytest.approx(0.6)


# -- the exact distribution of strength ------------------------------------------------------------


def by_enumeration(
    r: float,
    weights: list[int],
    shifts: list[float],
    in_time: list[float],
    solidarity: float = 0.0,
    lead: bool = False,
    quorum: float = 0.0,
) -> np.ndarray:
    """Every pattern of who commits and who arrives, with its probability."""
    total, out = sum(weights), np.zeros(sum(weights) + 1)
    for commits in itertools.product((0, 1), repeat=len(weights)):
        mass, committed, before = 1.0, 0, 0
        for i, yes in enumerate(commits):
            expected = r * before
            if lead and i:
                expected = weights[0] + r * (before - weights[0])
            odds = math.log(r / (1 - r)) + shifts[i] + solidarity * (committed - expected) / total
            p = 1 / (1 + math.exp(-odds))
            if lead and i and not commits[0]:
                p = 0.0
            mass *= p if yes else 1 - p
            committed += weights[i] * yes
            before += weights[i]
        if mass == 0.0:
            continue
        if committed < quorum * total - 1e-9:
            out[0] += mass
            continue
        who = [i for i, yes in enumerate(commits) if yes]
        for arrives in itertools.product((0, 1), repeat=len(who)):
            chance = mass
            for i, here in zip(who, arrives, strict=True):
                chance *= in_time[i] if here else 1 - in_time[i]
            out[sum(weights[i] for i, here in zip(who, arrives, strict=True) if here)] += chance
    return out


small = st.lists(st.tuples(st.integers(1, 9), st.floats(-2, 2), st.floats(0, 1)), min_size=1, max_size=6)


@given(
    small,
    st.floats(0.02, 0.98),
    st.sampled_from([0.0, 2.0, 6.0]),
    st.booleans(),
    st.sampled_from([0.0, 0.4, 0.7, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_strength_equals_brute_force(
    states: list[tuple[int, float, float]], r: float, solidarity: float, lead: bool, quorum: float
) -> None:
    weights, shifts, in_time = (list(c) for c in zip(*states, strict=True))
    found = strength_distribution(
        r, np.array(weights), np.array(shifts), np.array(in_time), solidarity, lead, quorum
    )
    np.testing.assert_allclose(
        found, by_enumeration(r, weights, shifts, in_time, solidarity, lead, quorum), atol=1e-12
    )


def convolved(weights: list[int], chances: list[float]) -> np.ndarray:
    """Distribution of the weight of independent states, by convolution."""
    out = np.array([1.0])
    for w, p in zip(weights, chances, strict=True):
        one = np.zeros(w + 1)
        one[0] += 1 - p
        one[w] += p
        out = np.convolve(out, one)
    return out


@pytest.mark.parametrize("r", EVIDENCE)
def test_strength_of_the_35_equals_convolution(r: float) -> None:
    weights = [s.weight for s in COALITION]
    rng = np.random.default_rng(3)
    shifts, in_time = rng.normal(0, 1, len(weights)), rng.random(len(weights))
    found = strength_distribution(r, np.array(weights), shifts, in_time, 0.0, False, 0.0)
    chances = 1 / (1 + np.exp(-(math.log(r / (1 - r)) + shifts))) * in_time
    np.testing.assert_allclose(found, convolved(weights, list(chances)), atol=1e-12)
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("r", "odds"), [(1 / 3, 0.5683), (0.5, 0.9786), (0.22, 0.1039)])
def test_quorum_numbers_of_theory(r: float, odds: float) -> None:
    """T13: ten of thirty equal states."""
    ones, zeros = np.ones(30, np.int64), np.zeros(30)
    found = strength_distribution(r, ones, zeros, np.ones(30), 0.0, False, 0.0)
    assert reaches(found, 1.0, 10.0) == pytest.approx(odds, abs=1e-4)
    assert reaches(found, 1.0, 10.0) == pytest.approx(stats.binom.sf(9, 30, r), abs=1e-12)
    decided = strength_distribution(r, ones, zeros, np.ones(30), 0.0, False, 10 / 30)
    assert reaches(decided, 1.0, 1.0) == pytest.approx(odds, abs=1e-4), "as a quorum, nobody acts below it"


def test_reaching_depends_on_what_is_deployed() -> None:
    even = np.full(11, 1 / 11)
    assert reaches(even, 1.0, 4.0) == pytest.approx(7 / 11)
    assert reaches(even, 0.5, 4.0) == pytest.approx(3 / 11)
    assert reaches(even, 0.0, 4.0) == 0.0
    assert reaches(even, 0.0, 0.0) == pytest.approx(1.0)


@cache
def spread(r: float, solidarity: float) -> tuple[float, float]:
    """Mean share and variance of committed weight of the coalition at the reference state."""
    weights = np.array([s.weight for s in COALITION])
    found = strength_distribution(r, weights, np.zeros(35), np.ones(35), solidarity, False, 0.0)
    share = np.arange(len(found)) / weights.sum()
    mean = float(found @ share)
    return mean, float(found @ (share - mean) ** 2)


@pytest.mark.parametrize("r", EVIDENCE)
def test_a_cascade_changes_the_spread_and_not_the_mean(r: float) -> None:
    means, variances = zip(*(spread(r, s) for s in (0.0, 1.0, 2.0, 4.0)), strict=True)
    assert means[0] == pytest.approx(r, abs=1e-12)
    for mean, solidarity in zip(means, (0.0, 1.0, 2.0, 4.0), strict=True):
        assert mean == pytest.approx(r, abs=0.02 if solidarity <= 2.0 else 0.05)
    assert all(a < b for a, b in itertools.pairwise(variances))
    assert variances[2] > 1.1 * variances[0]


def test_a_cascade_is_even_handed_at_even_odds() -> None:
    for solidarity in (1.0, 4.0, 10.0):
        assert spread(0.5, solidarity)[0] == pytest.approx(0.5, abs=1e-12)


# -- the whole tier: R_k ---------------------------------------------------------------------------


def test_the_coalition_has_35_states_whose_leaders_decide_first() -> None:
    assert len(COALITION) == 35
    assert [s.iso3 for s in COALITION[:2]] == ["GBR", "FRA"]
    called = resolve("multi-tier").world.tiers.called[0][1]
    assert [tables.states()[i].iso3 for i in called[:2]] == ["GBR", "FRA"]


@pytest.mark.parametrize("framework", ["multi-tier", "ad-hoc", "article-5", "multi-tier-europe"])
def test_r_k_is_nothing_at_0_and_rises_with_r(framework: str) -> None:
    odds = [
        tier_probabilities(resolve(framework, settings={"reliability": r}).world).full
        for r in (0.0, 0.1, *EVIDENCE, 0.9, 1.0)
    ]
    assert set(odds[0]) == {0.0}
    for tier in zip(*odds, strict=True):
        assert all(a <= b + 1e-12 for a, b in itertools.pairwise(tier))


def expected_in_time(scenario: Scenario, tier: int) -> float:
    """Probability that a pre-agreed response arrives by the deadline, from the stated delays."""
    p, tiers = scenario.world.p, scenario.world.tiers
    window = (tiers.deadline[tier] - tiers.opens[tier]) / HOUR - p.response_preagreed_minimum_hours
    return 1 - math.exp(-window / p.response_preagreed_mean_hours)


STRIKER = """
from agents.russia import Russia


class Striker(Russia):
    def at_opportunity(self, situation):
        return 5

    def at_review(self, situation):
        return 0 if situation.age >= 24 else 1

    def gives_up(self, outlook):
        return False
"""


def independent(folder: Path, reliability: float, **changes: Any) -> Scenario:
    """35 states that decide each for itself on breaches that are certain, with nothing that wears."""
    path = folder / "striker.py"
    path.write_text(STRIKER, encoding="utf-8")
    plain: dict[str, Any] = {
        "rules.russia": f"{path}:Striker",
        "rules.ukraine": "persist",
        "reliability": reliability,
        "opportunities.russia_per_day": 0.2,
        "opportunities.ukraine_per_day": 0,
        "background.russia_per_day": 0,
        "background.ukraine_per_day": 0,
        "false_alarm.per_year": 0,
        "readiness.initial": 1,
        "readiness.wear": 0,
        "endings.review_days": 3650,
        "endings.collapse_hours": 8760,
        "war.per_exchange": 0,
        "halting.by_ukraine": 0,
        "verification.delay_hours": 0,
        "verification.success": 1,
        "verification.quality": 1,
        "attribution.commission.dispute": 0,
        "ladder.expanded_attack.attributability": 1,
        "ladder.expanded_attack.resistance": 1000,
        "cohesion.solidarity": 0,
        "cohesion.will_spread": 0,
        "cohesion.fatigue": 0,
        "response.severity": 0,
        "response.record": 0,
        "response.doubt": 0,
        "response.backing": 0,
        "response.effort_fatigue": 0,
        "response.without_us": 1,
        "response.preagreed_minimum_hours": 2,
        "response.preagreed_mean_hours": 10,
        "framework.tier_1.opens_hours": 0,
        "framework.tier_1.expected_hours": 24,
        "framework.tier_1.deadline_hours": 18,
        "framework.tier_1.called": ["coalition"],
        "framework.tier_1.decision": "each",
        "framework.tier_1.required_strength": 0.25,
        "framework.tier_1.measures.Russia": ["sanctions"],
        "framework.case.quiet_hours": 1,
        "framework.deployment.half_life_days": 0,
        "us.changes_per_year": 0,
    }
    plain |= changes
    plain |= {"framework.tier_1.expected_hours": plain["framework.tier_1.deadline_hours"]}
    return resolve("article-5", settings=plain, days=365)


def weights_of_cases(scenario: Scenario, runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Weight committed, and weight arrived by the deadline, in every case that ran its deadline."""
    deadline = scenario.world.tiers.deadline[0]
    committed: list[float] = []
    arrived: list[float] = []
    for replication in range(runs):
        run = compose(scenario, 41, replication)
        run.run()
        opened: dict[int, int] = {}
        yes: dict[int, float] = {}
        came: dict[int, float] = {}
        for row in run.log:
            if row.event == Event.TIER_OPENED:
                opened[row.case] = row.time
            elif row.event == Event.RESPONSE_DECIDED:
                yes[row.case] = yes.get(row.case, 0.0) + row.y
            elif row.event == Event.RESPONSE_ARRIVED and row.clock <= deadline:
                came[row.case] = came.get(row.case, 0.0) + row.x
        whole = [case for case, at in opened.items() if at + deadline <= scenario.world.horizon]
        committed += [yes[case] for case in whole]
        arrived += [came.get(case, 0.0) for case in whole]
    return np.array(committed), np.array(arrived)


def chances(scenario: Scenario, r: float) -> np.ndarray:
    """Each state's probability at the reference case: will and exposure about the weighted means."""
    p = scenario.world.p
    w = np.array([s.weight for s in COALITION], float)
    will, exposure = np.array([s.will for s in COALITION]), np.array([s.exposure for s in COALITION])
    shift = p.cohesion_will * (will - w @ will / w.sum()) - p.cohesion_exposure * (
        exposure - w @ exposure / w.sum()
    )
    return 1 / (1 + np.exp(-(math.log(r / (1 - r)) + shift)))


def assert_poisson_binomial(found: np.ndarray, chance: np.ndarray) -> None:
    """Mean and variance of the sum of independent weighted indicators, within four standard errors."""
    w = np.array([s.weight for s in COALITION], float)
    mean, variance = float(w @ chance), float((w**2) @ (chance * (1 - chance)))
    assert found.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / len(found)))
    kurtosis = float(np.mean((found - mean) ** 4)) / variance**2
    error = variance * math.sqrt((kurtosis - 1) / len(found))
    assert float(np.mean((found - mean) ** 2)) == pytest.approx(variance, abs=4 * error)


def check_independent(folder: Path, r: float, runs: int) -> None:
    scenario = independent(folder, r)
    committed, arrived = weights_of_cases(scenario, runs)
    assert len(committed) > 350 * runs
    p, here = chances(scenario, r), expected_in_time(scenario, 0)
    assert_poisson_binomial(committed, p)
    assert_poisson_binomial(arrived, p * here)
    weights = [s.weight for s in COALITION]
    exact = convolved(weights, list(p * here))
    np.testing.assert_allclose(distribution(scenario.world, 0), exact, atol=1e-12)
    needed = 0.25 * sum(weights)
    odds = float(exact[np.arange(len(exact)) >= needed - 1e-9].sum())
    assert tier_probabilities(scenario.world).full[0] == pytest.approx(odds, abs=1e-12)
    assert 0.02 < odds < 0.98
    reached = int(np.count_nonzero(arrived >= needed - 1e-9))
    assert stats.binomtest(reached, len(arrived), odds).pvalue > 1e-4


@pytest.mark.parametrize("r", [0.22, 0.41])
def test_engine_weight_of_independent_states_is_poisson_binomial(tmp_path: Path, r: float) -> None:
    check_independent(tmp_path, r, runs=4)


@pytest.mark.verification
@pytest.mark.parametrize("r", [0.22, 0.41, 0.5])
def test_engine_weight_of_independent_states_is_poisson_binomial_at_length(tmp_path: Path, r: float) -> None:
    check_independent(tmp_path, r, runs=30)


def test_engine_states_honour_as_often_as_their_own_odds_say(tmp_path: Path) -> None:
    """Each of the 35 by itself: will and exposure move its odds about r, and it decides by them."""
    r, yes, cases = 0.41, np.zeros(35), 0
    scenario = independent(tmp_path, r)
    for replication in range(3):
        run = compose(scenario, 43, replication)
        run.run()
        for row in run.log:
            cases += row.event == Event.TIER_OPENED
            if row.event == Event.RESPONSE_DECIDED:
                yes[row.actor - FIRST_STATE] += row.x
    p = chances(scenario, r)
    squares = (yes - cases * p) ** 2 / (cases * p * (1 - p))
    assert stats.chi2.sf(squares.sum(), 35) > 1e-4


def check_r_k(folder: Path, runs: int, **changes: Any) -> None:
    """The engine keeps a tier's deadline as often as R_k says."""
    scenario = independent(folder, 0.41, **changes)
    world = scenario.world
    _, arrived = weights_of_cases(scenario, runs)
    odds = tier_probabilities(world).full[0]
    assert 0.02 < odds < 0.98
    reached = int(np.count_nonzero(arrived >= world.tiers.required[0] * world.tiers.weight[0][0] - 1e-9))
    assert stats.binomtest(reached, len(arrived), odds).pvalue > 1e-4, (reached / len(arrived), odds)


WAYS = {
    "quorum": {"framework.tier_1.decision": "quorum", "framework.tier_1.quorum": 0.45},
    "cascade": {"cohesion.solidarity": 4.0},
    "lead": {"framework.tier_1.decision": "lead", "framework.tier_1.lead": "FRA", "cohesion.solidarity": 3.0},
    "late": {"framework.tier_1.opens_hours": 8, "framework.tier_1.deadline_hours": 20},
}


@pytest.mark.parametrize("way", WAYS)
def test_engine_delivers_in_time_as_often_as_r_k(tmp_path: Path, way: str) -> None:
    check_r_k(tmp_path, 2, **WAYS[way])


@pytest.mark.verification
@pytest.mark.parametrize("way", WAYS)
def test_engine_delivers_in_time_as_often_as_r_k_at_length(tmp_path: Path, way: str) -> None:
    check_r_k(tmp_path, 25, **WAYS[way])


# -- triggers, arrival, and what changes slowly ----------------------------------------------------


def test_a_trigger_reads_the_ledger() -> None:
    """R12."""
    for active, level in itertools.product((False, True), range(6)):
        assert trigger_holds(BREACH, active, level)
        assert trigger_holds(PERSIST, active, level) == active
        assert trigger_holds(EXPANDED, active, level) == (active and level == 5)
    assert tier_time(7 * HOUR + 1, 24 * HOUR) == 31 * HOUR + 1


def test_what_arrives_and_when() -> None:
    """R14, R15."""
    assert response_delay(6.0, 12.0, 0.0) == 6.0
    assert response_delay(6.0, 12.0, 1 - math.exp(-1)) == pytest.approx(18.0)
    assert deployed_share(-1.0, 90.0) == 0.0
    assert deployed_share(90.0, 90.0) == pytest.approx(0.5)
    assert deployed_share(5.0, 0.0) == 1.0
    assert contribution(20.0, 0.5, 0.6, 0.9) == pytest.approx(5.4)
    assert is_delivered(30.0, 100.0, 0.3)
    assert not is_delivered(29.999, 100.0, 0.3)


def test_fatigue_fades_by_its_half_life() -> None:
    """R25."""
    assert decayed(0.6, 90.0, 90.0) == pytest.approx(0.3)
    assert decayed(0.6, 90.0, 0.0) == 0.6


def test_will_reverts_with_a_common_shock() -> None:
    """R26: stationary spread, autocorrelation and the share in common come out as stated."""
    rng = np.random.default_rng(9)
    steps, persistence, spread_, common = 60_000, 0.9, 0.15, 0.4
    one = two = 0.0
    path = np.empty((steps, 2))
    for t, (z, x, y) in enumerate(rng.normal(size=(steps, 3))):
        one = will_after_step(one, persistence, spread_, common, z, x)
        two = will_after_step(two, persistence, spread_, common, z, y)
        path[t] = one, two
    assert path.std(axis=0) == pytest.approx([spread_, spread_], rel=0.05)
    assert np.corrcoef(path.T)[0, 1] == pytest.approx(common, abs=0.06)
    assert np.corrcoef(path[:-1, 0], path[1:, 0])[0, 1] == pytest.approx(persistence, abs=0.01)


def test_us_backing_follows_stance_and_standing() -> None:
    """R27."""
    assert [backing(s, 1.0, 0.5, 0.6) for s in (0, 1, 2)] == [0.0, 0.6, 1.0]
    assert [backing(s, 0.4, 0.5, 0.6) for s in (0, 1, 2)] == [0.0, 0.0, 1.0]
    assert [next_stance(1, 0.4, u) for u in (0.0, 0.39, 0.41)] == [2, 2, 0]
    assert [next_stance(s, 0.4, 0.9) for s in (0, 2)] == [1, 1]
