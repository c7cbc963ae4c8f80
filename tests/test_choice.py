"""R20, R29, R32: choosing. Frequencies, limits, the literature's numbers, and each shipped rule by what it does.

Frequencies are compared by chi-square over 10^6 addressed draws, which sees an error of 2% in the
precision at p < 1e-4; types are drawn 3,000 times in the quick form (an error of 4 points in the
prior is seen) and 60,000 times in the long one (1 point).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agents.decision_rules import TYPES, classify, decision_rules
from agents.leadership import Leadership
from agents.rules.choice import (
    abrogation_advantage_russia,
    abrogation_advantage_ukraine,
    quantal_choice,
    quantal_yes,
    reply_advantage,
    subjective,
    weighted,
)
from environment.errors import BadInput
from environment.frameworks import load_measures
from environment.log import Event
from environment.parameters import level_names, schema
from environment.parties import PERSIST, STOP, Situation
from environment.rules import draws
from experiments.compose import compose
from experiments.scenario import Scenario, resolve

TINY = 1e-4


# -- the rule --------------------------------------------------------------------------------------


@numba.njit
def frequencies(values: np.ndarray, precision: float, size: int) -> np.ndarray:
    """How often each option is chosen, with one addressed draw a choice."""
    counts = np.zeros(len(values), np.int64)
    for i in range(size):
        u, _ = draws.uniforms(8, 0, 0, 3, i % 74, i // 74)
        counts[quantal_choice(values, len(values), precision, u)] += 1
    return counts


def logit_shares(values: np.ndarray, precision: float) -> np.ndarray:
    odds = np.exp(precision * (values - values.max()))
    return odds / odds.sum()


@pytest.mark.parametrize(
    ("values", "precision"),
    [
        ([0.0, 1.0, -0.5, 0.3, 2.0, -1.0], 1.0),
        ([0.0, 0.2, 0.1], 5.0),
        ([-300.0, -301.0, -299.5], 1.3),
        ([0.0, -math.inf, 2.5], 0.8),
        ([4.0, 1.0], 0.4),
    ],
)
def test_choice_frequencies_are_logit(values: list[float], precision: float) -> None:
    options = np.array(values)
    counts = frequencies(options, precision, 1_000_000)
    expected = logit_shares(options, precision) * 1_000_000
    assert (counts[expected == 0] == 0).all(), "what is forbidden is never chosen"
    possible = expected > 0
    assert stats.chisquare(counts[possible], expected[possible]).pvalue > TINY
    off = logit_shares(options, 1.02 * precision) * 1_000_000
    assert stats.chisquare(counts[possible], off[possible]).pvalue < TINY, "an error of 2% would be seen"


def test_precision_zero_is_blind_chance() -> None:
    counts = frequencies(np.array([0.0, 50.0, -50.0, 3.0]), 0.0, 400_000)
    assert stats.chisquare(counts).pvalue > TINY


finite = st.floats(-100, 100)


@settings(deadline=None)
@given(st.lists(finite, min_size=1, max_size=6), st.floats(0, 1, exclude_max=True))
def test_infinite_precision_takes_the_first_of_the_best(values: list[float], u: float) -> None:
    chosen = quantal_choice(np.array(values), len(values), math.inf, u)
    assert chosen == values.index(max(values))


@settings(deadline=None)
@given(st.floats(0.01, 50), st.floats(0, 1, exclude_max=True))
def test_high_precision_approaches_the_best(gap: float, u: float) -> None:
    assert quantal_choice(np.array([0.0, gap]), 2, 1e6, u) == 1
    assert quantal_yes(gap, 1e6, u)


@settings(deadline=None)
@given(st.lists(finite, min_size=2, max_size=6), st.floats(0, 3), st.floats(0, 1, exclude_max=True))
def test_a_choice_is_the_inverse_of_the_cumulative_shares(
    values: list[float], precision: float, u: float
) -> None:
    options = np.array(values)
    cumulative = np.cumsum(logit_shares(options, precision))
    chosen = quantal_choice(options, len(values), precision, u)
    assert u < cumulative[chosen] + 1e-12
    assert chosen == 0 or u >= cumulative[chosen - 1] - 1e-12


def chance(says_yes: Callable[[float], bool]) -> float:
    """Probability of a yes that depends on u by one switch, found by bisection on u."""
    first = says_yes(0.0)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if says_yes(middle) == first else (low, middle)
    return high if first else 1.0 - high


def attack_and_response(precision: float) -> tuple[float, float]:
    """Signorino's crisis: A attacks or not; B, attacked, resists (0) or gives in (-1)."""
    resists = chance(lambda u: quantal_yes(0.0 - -1.0, precision, u))
    war, capitulation, quiet = -1.0, 1.0, 0.0
    expected = resists * war + (1 - resists) * capitulation
    return resists, chance(lambda u: quantal_choice(np.array([quiet, expected]), 2, precision, u) == 1)


def test_signorino_s_numbers() -> None:
    resists, attacks = attack_and_response(2.0)
    assert resists == pytest.approx(0.880797, abs=1e-6)
    assert attacks == pytest.approx(0.178993, abs=1e-6)
    assert attack_and_response(0.0) == pytest.approx((0.5, 0.5))
    assert attack_and_response(math.inf) == pytest.approx((1.0, 0.0)), "subgame perfect"


def test_subjective_value_by_hand() -> None:
    """Tversky and Kahneman 1992: exponent .88, losses 2.25 times as heavy."""
    assert subjective(100.0, 0.88, 2.25) == pytest.approx(57.5440, abs=1e-4)
    assert subjective(-100.0, 0.88, 2.25) == pytest.approx(-129.4740, abs=1e-4)
    assert subjective(1.0, 0.88, 2.25) == 1.0
    assert subjective(-1.0, 0.88, 2.25) == -2.25
    assert subjective(0.0, 0.88, 2.25) == 0.0
    assert subjective(-math.inf, 0.88, 2.25) == -math.inf
    assert subjective(-7.5, 1.0, 1.0) == -7.5


@pytest.mark.parametrize(
    ("gamma", "p", "weight"),
    [
        (0.61, 0.01, 0.0553),
        (0.61, 0.1, 0.1863),
        (0.61, 0.5, 0.4206),
        (0.61, 0.9, 0.7117),
        (0.69, 0.1, 0.1701),
        (0.69, 0.5, 0.4540),
    ],
)
def test_decision_weights_by_hand(gamma: float, p: float, weight: float) -> None:
    assert weighted(p, gamma) == pytest.approx(weight, abs=1e-4)
    assert p**gamma / (p**gamma + (1 - p) ** gamma) ** (1 / gamma) == pytest.approx(weight, abs=1e-4)


@settings(deadline=None)
@given(st.floats(0, 1))
def test_decision_weights_keep_certainty_and_order(p: float) -> None:
    assert weighted(0.0, 0.65) == 0.0
    assert weighted(1.0, 0.65) == 1.0
    assert weighted(p, 1.0) == p
    assert 0.0 <= weighted(p, 0.65) <= 1.0
    assert weighted(p, 0.65) <= weighted(min(1.0, p + 0.05), 0.65) + 1e-12


def test_giving_up_and_replying_by_hand() -> None:
    """R29, R32."""
    assert abrogation_advantage_russia(20.0, 0.8, 5.0, 4.0) == pytest.approx(7.0)
    assert abrogation_advantage_ukraine(4.0, 3.0, 0.25, 6.0) == pytest.approx(3.0)
    assert reply_advantage(4.0, 0.5, 1.0, 0.6, 2.0) == pytest.approx(-0.2)


# -- the shipped decision rules, by what they do ---------------------------------------------------


def one_choice(rule: str, belief: float = 1.0, side: str = "russia") -> Scenario:
    """One level that pays, one tier on a breach that is sure to be confirmed, a day, and nothing else."""
    changes: dict[str, Any] = {
        f"rules.{side}": rule,
        f"choice.precision_{side}": 1.0,
        "framework.tier_1.opens_hours": 24,
        "framework.tier_1.expected_hours": 24,
        "framework.tier_1.deadline_hours": 48,
        "framework.tier_1.called": ["GBR"],
        "framework.tier_1.decision": "each",
        "framework.tier_1.required_strength": 1,
        "framework.tier_1.measures.Russia": ["sanctions"],
        "framework.deployment.half_life_days": 0,
        "reliability": belief,
        "cohesion.will": 0,
        "cohesion.exposure": 0,
        "response.preagreed_minimum_hours": 0,
        "response.preagreed_mean_hours": 0,
        "verification.delay_hours": 0,
        "attribution.commission.dispute": 0,
        "halting.by_ukraine": 0,
        "halting.by_russia": 0,
        "planning.last_review_hours": 24,
        "planning.tail_hours": 0,
        "framework.breach.materiality": 0.0,
        "payoff.collapse": 0,
        "payoff.peace_russia": 0,
        "payoff.peace_ukraine": 0,
        "monitoring.jamming_effect": 0,
    }
    for level, name in enumerate(level_names(), 1):
        for field in ("exposure", "forgone", "loss"):
            changes[f"ladder.{name}.{field}"] = 1000.0 if field == "loss" and level > 1 else 0.0
        changes[f"ladder.{name}.gain"] = 1.0 if level == 1 else 0.0
        changes[f"ladder.{name}.detectability"] = 1.0
    return resolve("article-5", settings=changes)


@cache
def party(rule: str, belief: float = 1.0) -> Leadership:
    found = compose(one_choice(rule, belief), 3, 0).parties.leaderships[0]
    assert isinstance(found, Leadership)
    return found


def situation(value: float, u: float, **changes: Any) -> Situation:
    plain: dict[str, Any] = {
        "hours": 0.0,
        "sector": 3,
        "level": 0,
        "value": value,
        "clock": 0.0,
        "age": 0.0,
        "confirmed": False,
        "tiers": (0, 0, 0, 0),
        "ramp": 1.0,
        "in_force": True,
        "attention": 1.0,
        "readiness": 1.0,
        "u": u,
    }
    return Situation(**(plain | changes))


COST = load_measures()["sanctions"].punishment.value
NAMES = tuple(decision_rules())


def violates(rule: str, value: float, u: float, belief: float = 1.0) -> bool:
    return party(rule, belief).at_opportunity(situation(value, u)) > 0


def indifference(rule: str, belief: float = 1.0) -> float:
    """Value of the opportunity at which the rule is as likely to violate as to comply."""
    low, high = 0.0, 10 * COST
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if violates(rule, middle, 0.5, belief) else (middle, high)
    return high


def observed(rule: str) -> dict[str, bool | str]:
    """What a rule is, judged by its choices alone."""
    even, neutral = indifference(rule), indifference("rational")
    near = [violates(rule, even * f, u) for f in (0.9, 1.1) for u in (0.02, 0.98)]
    stochastic = near != [False, False, True, True]

    def log_odds(net: float) -> float:
        value = (net + COST * decision_rules()[rule].cost_scale) / 24 / decision_rules()[rule].gain_scale
        p = chance(lambda u: violates(rule, value, u))
        return math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)

    gain, loss = log_odds(1.0), log_odds(-1.0)
    reference_dependent = stochastic and -loss > 1.02 * gain
    small = indifference(rule, 0.05) / even
    large = indifference(rule, 0.9) / even
    ratio = even / neutral
    return {
        "stochastic": stochastic,
        "reference_dependent": reference_dependent,
        "weighs_probabilities": small > 0.05 * 1.02 and large < 0.9 / 1.02,
        "leaning": "cautious" if ratio > 1.02 else "hawkish" if ratio < 1 / 1.02 else "neutral",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_rule_is_what_its_classifier_says(name: str) -> None:
    assert observed(name) == classify(decision_rules()[name])


def test_the_shipped_rules_are_the_literature_s() -> None:
    kinds = {name: classify(rule) for name, rule in decision_rules().items()}
    assert not kinds["rational"]["stochastic"]
    assert kinds["quantal"] == kinds["rational"] | {"stochastic": True}
    assert kinds["prospect"]["reference_dependent"]
    assert kinds["prospect"]["weighs_probabilities"]
    assert (kinds["cautious"]["leaning"], kinds["hawkish"]["leaning"]) == TYPES == ("cautious", "hawkish")
    offered = set(schema()["rules.russia"].choices)
    assert offered == set(NAMES) | {"types", "persist"} == set(schema()["rules.ukraine"].choices)


def test_a_rational_leadership_violates_exactly_above_its_threshold() -> None:
    assert indifference("rational") == pytest.approx(COST / 24)
    assert indifference("rational", 0.3) == pytest.approx(0.3 * COST / 24)


def test_a_leadership_s_odds_are_logit_in_what_it_gains() -> None:
    for net in (-1.5, -0.2, 0.4, 2.0):
        value = (net + COST) / 24
        p = chance(lambda u, value=value: violates("quantal", value, u))
        assert p == pytest.approx(1 / (1 + math.exp(-net)), abs=1e-9)


def test_a_prospect_leadership_feels_losses_and_small_probabilities() -> None:
    rule = decision_rules()["prospect"]
    net = -1.5
    p = chance(lambda u: violates("prospect", (net + COST) / 24, u))
    felt = -rule.loss_aversion * 1.5**rule.curvature
    assert p == pytest.approx(1 / (1 + math.exp(-felt)), abs=1e-9)
    assert indifference("prospect", 0.05) == pytest.approx(weighted(0.05, rule.weighting) * COST / 24)


def test_a_leadership_weighs_a_review_like_an_opportunity() -> None:
    going = situation(1.0, 0.5, level=1, age=24.0, clock=24.0, confirmed=True, tiers=(2, 0, 0, 0))
    rational = party("rational")
    assert rational.at_review(going) == STOP, "nothing is gained by going on where nothing is planned for"
    early = going._replace(age=1.0, clock=1.0)
    assert rational.at_review(early) == PERSIST
    pressed = early._replace(confirmed=False, tiers=(0, 0, 0, 0), value=0.01)
    assert rational.at_review(pressed) == STOP


# -- types -----------------------------------------------------------------------------------------


def draw_types(share: float, size: int) -> int:
    scenario = resolve("none", settings={"rules.russia": "types", "choice.cautious_share": share}, days=1)
    cautious = decision_rules()["cautious"]
    found = [compose(scenario, 17, n, keep_log=False).parties.leaderships[0].rule for n in range(size)]
    assert set(found) <= {cautious, decision_rules()["hawkish"]}
    return sum(rule == cautious for rule in found)


def test_types_are_drawn_with_their_prior() -> None:
    assert stats.binomtest(draw_types(0.35, 3000), 3000, 0.35).pvalue > TINY
    assert draw_types(0.0, 50) == 0
    assert draw_types(1.0, 50) == 50


@pytest.mark.verification
def test_types_are_drawn_with_their_prior_to_within_a_point() -> None:
    assert stats.binomtest(draw_types(0.35, 60_000), 60_000, 0.35).pvalue > TINY


def test_the_two_sides_draw_their_types_apart() -> None:
    scenario = resolve("none", settings={"rules.russia": "types", "rules.ukraine": "types"}, days=1)
    pairs = {
        tuple(p.rule for p in compose(scenario, 17, n, keep_log=False).parties.leaderships) for n in range(60)
    }
    kinds = [decision_rules()[t] for t in TYPES]
    assert pairs == set(itertools.product(kinds, kinds))


# -- through the engine ----------------------------------------------------------------------------


def test_engine_chooses_by_logit() -> None:
    """Opportunities met in runs: the share violated is what the logit of each logged value says."""
    changes = dict(one_choice("quantal").settings) | {
        "ladder.harassing_fire.gain": COST / 24,
        "opportunities.russia_per_day": 0.2,
        "opportunities.ukraine_per_day": 0,
        "background.russia_per_day": 0,
        "background.ukraine_per_day": 0,
        "readiness.wear": 0,
        "beliefs.strength": 1e6,
        "rules.ukraine": "persist",
        "endings.review_days": 3650,
        "framework.case.quiet_hours": 1,
        "framework.breach.materiality": 0.01,
        "false_alarm.per_year": 0,
    }
    scenario = resolve("article-5", settings=changes, days=365)
    score = spread = 0.0
    met = 0
    for replication in range(8):
        run = compose(scenario, 23, replication)
        run.run()
        open_cases: set[int] = set()
        for row in run.log:
            if row.event == Event.CASE_OPENED:
                open_cases.add(row.sector)
            elif row.event == Event.CASE_CLOSED:
                open_cases.discard(row.sector)
            elif row.event == Event.OPPORTUNITY and row.sector not in open_cases:
                p = 1 / (1 + math.exp(-(row.x - 1) * COST))
                score += (row.level > 0) - p
                spread += p * (1 - p)
                met += 1
    assert met > 1500
    assert abs(score) < 4 * math.sqrt(spread), "2% of the opportunities decided otherwise would be seen"


# -- parties written by a user ---------------------------------------------------------------------

OWN = '''
from agents.russia import Russia


class Tester(Russia):
    """Harasses at every opportunity, and stops at the first review."""

    def at_opportunity(self, situation):
        return 1

    def at_review(self, situation):
        return 0


class Stranger:
    """Knows nothing of the contract."""

    def at_opportunity(self, situation):
        return 1


class TooFar(Russia):
    """Orders a level that does not exist."""

    def at_opportunity(self, situation):
        return 7


class Wordy(Russia):
    """Answers in words."""

    def at_opportunity(self, situation):
        return "shelling"


class NoAnswer(Russia):
    """Forgets to answer at a review."""

    def at_opportunity(self, situation):
        return 1

    def at_review(self, situation):
        return None


not_a_class = 3
'''


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.py"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def test_a_party_in_plain_python_runs_and_decides(own: str) -> None:
    run = compose(resolve("multi-tier", settings={"rules.russia": f"{own}:Tester"}, days=60), 4, 0)
    run.run()
    chosen = [row.level for row in run.log if row.event == Event.OPPORTUNITY and row.actor == 0]
    assert len(chosen) > 10
    assert set(chosen) == {1}
    answers = {row.x for row in run.log if row.event == Event.REVIEW and row.actor == 0}
    assert answers == {0}


@pytest.mark.parametrize("name", ["Stranger", "Nobody", "not_a_class"])
def test_a_class_that_does_not_keep_the_contract_is_bad_input(own: str, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        compose(resolve("multi-tier", settings={"rules.russia": f"{own}:{name}"}), 1, 0)
    assert caught.value.field == "rules.russia"


@pytest.mark.parametrize(
    "text", ["class Broken(:\n", "raise ValueError('no')\n", "import sys; sys.exit(3)\n"]
)
def test_a_file_that_cannot_be_imported_is_bad_input(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput):
        compose(resolve("multi-tier", settings={"rules.ukraine": f"{path}:Broken"}), 1, 0)


def test_a_file_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput) as caught:
        compose(resolve("multi-tier", settings={"rules.ukraine": "nowhere.py:Party"}), 1, 0)
    assert caught.value.field == "rules.ukraine"


@pytest.mark.parametrize("name", ["TooFar", "Wordy", "NoAnswer"])
def test_an_answer_outside_the_contract_is_bad_input(own: str, name: str) -> None:
    run = compose(resolve("multi-tier", settings={"rules.russia": f"{own}:{name}"}, days=60), 1, 0)
    with pytest.raises(BadInput):
        run.run()
