"""R19: the ladder of agreed consequences as the violator sees it, by function and through the engine.

The reference below is written from the model's formula as a plain recursion; the rule is a loop.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.rules.ladder import (
    BREACH,
    EXPANDED,
    PERSIST,
    PLAN,
    STAGE,
    confirmed_by,
    fill_stage,
    ladder_values,
    stage_hours,
)
from environment import tables
from environment.frameworks import load_measures
from environment.log import Event
from environment.model import CeasefireModel
from environment.parameters import level_names
from experiments.compose import compose
from experiments.scenario import resolve

OPEN, DELIVERED, CLOSED = 0, 1, 2
SIX = (0.0,) * 6
FOUR = (0.0,) * 4


@dataclass(frozen=True)
class Case:
    """Everything that the value of a violation depends on; levels are 1 to 5, entry 0 is unused."""

    clock: float = 0.0
    age: float = 0.0
    confirmed: int = 0
    m: float = 1.0
    gain: tuple[float, ...] = SIX
    loss: tuple[float, ...] = SIX
    exposure: tuple[float, ...] = SIX
    forgone: tuple[float, ...] = SIX
    final: tuple[float, ...] = SIX
    base_rate: float = 0.0
    resistance: tuple[float, ...] = (1.0,) * 6
    confirm_rate: tuple[float, ...] = (math.inf,) * 6
    confirm_delay: float = 0.0
    hours: tuple[float, ...] = ()
    triggers: tuple[int, ...] = ()
    status: tuple[int, ...] = ()
    belief: tuple[float, ...] = ()
    cost: tuple[float, ...] = ()
    denial: tuple[float, ...] = ()
    planning: float = 24.0
    tail: float = 0.0
    top: int = 5


def by_rule(case: Case) -> np.ndarray:
    """The rule's values: 0 of stopping, l of going on at level l."""

    plans, stage = np.zeros(1, PLAN), np.zeros(2, STAGE)
    plan = plans[0]
    tiers = len(case.hours)
    for name in ("clock", "age", "confirmed", "base_rate", "confirm_delay", "planning", "top"):
        plan[name] = getattr(case, name)
    for name in ("gain", "loss", "exposure", "forgone", "final", "resistance", "confirm_rate"):
        plan[name][:6] = getattr(case, name)
    for name in ("hours", "status", "belief", "cost", "denial"):
        plan[name][:tiers] = getattr(case, name)
    plan["trigger"][:tiers] = case.triggers
    plan["tiers"], plan["value"] = tiers, case.m
    for part, hours in zip(stage, (24.0, case.tail), strict=True):
        fill_stage(plans[0], part, hours, (1 << tiers) - 1)
    plan["mask"] = sum(1 << k for k, s in enumerate(case.status) if s == DELIVERED)
    ladder_values(plan, stage[0], stage[1])
    return np.array(plan["values"][:6])


def stages(case: Case) -> list[tuple[float, int | None]]:
    """Ends of the stages as ages, with the tier that falls due there: daily reviews and tier hours."""
    following = 24.0 * (math.floor(case.age / 24.0) + 1)
    due = []
    for k, hour in enumerate(case.hours):
        if case.status[k] != OPEN:
            continue
        at = hour - (case.clock - case.age)
        passed = at < case.age or (at == case.age and hour > 0 and case.age > 0)
        due.append((following if passed else at, k))
    last = max(
        [
            case.planning,
            *(h - (case.clock - case.age) for k, h in enumerate(case.hours) if case.status[k] == 0),
        ]
    )
    reviews = {following + 24.0 * i for i in range(40) if following + 24.0 * i <= last}
    reviews -= {at for at, _ in due}
    ends: list[tuple[float, int | None]] = [*due, *((at, None) for at in reviews)]
    return sorted(ends, key=lambda e: (e[0], -1 if e[1] is None else e[1]))


def by_formula(case: Case) -> list[float]:
    """V_j(l,K,D) of the model, by recursion."""
    ends = stages(case)

    def climb(level: int) -> float:
        return case.exposure[level + 1] - case.exposure[level] + case.forgone[level + 1] - case.forgone[level]

    def eta(level: int, delivered: frozenset[int]) -> float:
        return (case.base_rate + sum(case.denial[k] for k in delivered)) / case.resistance[level]

    def hold(rate: float, hours: float) -> float:
        """Expected hours of the flow until a halt."""
        return hours if rate == 0 else (1 - math.exp(-rate * hours)) / rate

    def stop(j: int, known: int, delivered: frozenset[int]) -> float:
        """What falls due from boundary j on, whatever the violator does: tiers on a confirmed breach."""
        if not known:
            return 0.0
        return -sum(
            case.belief[k] * case.cost[k]
            for _, k in ends[j:]
            if k is not None and case.triggers[k] == BREACH and k not in delivered
        )

    def value(j: int, level: int, known: int, delivered: frozenset[int]) -> float:
        rate = eta(level, delivered)
        flow = case.m * case.gain[level] - case.loss[level]
        if j == len(ends):
            return flow * hold(rate, case.tail) + math.exp(-rate * case.tail) * case.final[level]
        start = case.age if j == 0 else ends[j - 1][0]
        span = ends[j][0] - start
        if known:
            seen = 1.0
        else:
            watched = max(0.0, ends[j][0] - case.confirm_delay) - max(0.0, start - case.confirm_delay)
            rate_seen = case.confirm_rate[level]
            if math.isinf(rate_seen):
                seen = 1.0 if watched > 0 or ends[j][0] >= case.confirm_delay else 0.0
            else:
                seen = 1 - math.exp(-rate_seen * watched)
        on = math.exp(-rate * span)
        total = flow * hold(rate, span)
        for after, chance in ((1, seen), (0, 1 - seen)):
            if chance > 0:
                total += chance * on * boundary(j, level, after, delivered)
                total += chance * (1 - on) * stop(j, after, delivered)
        return total

    def worth(j: int, level: int, known: int, delivered: frozenset[int]) -> float:
        best = max(stop(j, known, delivered), value(j, level, known, delivered))
        if level < case.top:
            best = max(best, value(j, level + 1, known, delivered) - climb(level))
        return best

    def falls_due(j: int, level: int, known: int, delivered: frozenset[int]) -> float:
        k = ends[j][1]
        without = worth(j + 1, level, known, delivered)
        if k is None or not known or (case.triggers[k] == EXPANDED and level < 5):
            return without
        with_it = worth(j + 1, level, known, delivered | {k}) - case.cost[k]
        return case.belief[k] * with_it + (1 - case.belief[k]) * without

    def boundary(j: int, level: int, known: int, delivered: frozenset[int]) -> float:
        """Just before boundary j the violator may still stop or climb."""
        best = max(stop(j, known, delivered), falls_due(j, level, known, delivered))
        if level < case.top:
            best = max(best, falls_due(j, level + 1, known, delivered) - climb(level))
        return best

    came = frozenset(k for k, s in enumerate(case.status) if s == DELIVERED)
    values = [value(0, level, case.confirmed, came) for level in range(1, case.top + 1)]
    return [stop(0, case.confirmed, came), *values, *([-math.inf] * (5 - case.top))]


def random_case(rng: random.Random) -> Case:
    def levels(high: float) -> tuple[float, ...]:
        return tuple(rng.uniform(0, high) for _ in range(6))

    tiers = rng.randint(0, 3)
    hours = tuple(sorted(rng.choice((0.0, 12.0, 24.0, 30.5, 48.0, 72.0)) for _ in range(tiers)))
    age = rng.choice((0.0, 0.0, 24.0, 7.25, 48.0))
    return Case(
        clock=age + rng.choice((0.0, 0.0, 5.0, -3.0 if age >= 3 else 2.0)),
        age=age,
        confirmed=rng.randint(0, 1),
        m=rng.uniform(0.1, 3),
        gain=levels(1),
        loss=levels(0.8),
        exposure=tuple(sorted(levels(5))),
        forgone=(0.0, 0.0, 0.0, 0.0, rng.uniform(0, 5), rng.uniform(5, 20)),
        final=(0.0, 0.0, 0.0, 0.0, 0.0, rng.uniform(-10, 60)),
        base_rate=rng.choice((0.0, 0.03, 0.2)),
        resistance=tuple(rng.uniform(0.3, 4) for _ in range(6)),
        confirm_rate=tuple(rng.choice((0.0, 0.02, 0.3, math.inf)) for _ in range(6)),
        confirm_delay=rng.choice((0.0, 6.0, 20.0)),
        hours=hours,
        triggers=tuple(rng.randint(0, 2) for _ in range(tiers)),
        status=tuple(rng.choice((0, 0, 0, 1, 2)) for _ in range(tiers)),
        belief=tuple(rng.choice((0.0, 1.0, rng.random())) for _ in range(tiers)),
        cost=tuple(rng.uniform(0, 25) for _ in range(tiers)),
        denial=tuple(rng.choice((0.0, 0.05, 0.6)) for _ in range(tiers)),
        planning=rng.choice((24.0, 48.0, 72.0)),
        tail=rng.choice((0.0, 24.0, 72.0)),
        top=rng.choice((5, 5, 3, 1)),
    )


def assert_equals_formula(first: int, size: int) -> None:
    for number in range(first, first + size):
        case = random_case(random.Random(number))
        np.testing.assert_allclose(by_rule(case), by_formula(case), rtol=1e-9, atol=1e-9, err_msg=str(case))


def test_the_loop_equals_the_recursion_of_the_model() -> None:
    assert_equals_formula(0, 300)


@pytest.mark.verification
def test_the_loop_equals_the_recursion_of_the_model_on_thousands_of_cases() -> None:
    assert_equals_formula(1000, 4000)


# -- closed forms ----------------------------------------------------------------------------------


def one_tier(trigger: int = BREACH, **changes: Any) -> Case:
    """One tier at hour 24, at which the case ends; only level 1 pays, without running costs."""
    plain = Case(
        gain=(0.0, 0.5, 0.0, 0.0, 0.0, 0.0),
        hours=(24.0,),
        triggers=(trigger,),
        status=(OPEN,),
        belief=(0.6,),
        cost=(10.0,),
        denial=(0.0,),
        top=1,
    )
    return replace(plain, **changes)


@settings(deadline=None)
@given(
    m=st.floats(0.01, 10),
    gain=st.floats(0.01, 1),
    hours=st.floats(1, 24),
    belief=st.floats(0, 1),
    cost=st.floats(0, 100),
    seen=st.floats(0, 0.999),
)
def test_one_tier_on_a_confirmed_breach_is_worth_gain_less_expected_cost(
    m: float, gain: float, hours: float, belief: float, cost: float, seen: float
) -> None:
    """Violate iff m g T > d b C."""
    rate = -math.log1p(-seen) / 24.0
    case = one_tier(
        m=m,
        gain=(0.0, gain, 0.0, 0.0, 0.0, 0.0),
        belief=(belief,),
        cost=(cost,),
        confirm_rate=(rate,) * 6,
        planning=24.0,
    )
    assert by_rule(case)[1] == pytest.approx(m * gain * 24 - seen * belief * cost, abs=1e-8)
    certain = replace(case, confirm_rate=(math.inf,) * 6)
    assert by_rule(certain)[1] == pytest.approx(m * gain * 24 - belief * cost, abs=1e-8)
    # The tier may fall due before the first review; with a tail of nothing the case ends there.
    early = replace(certain, hours=(hours,), gain=(0.0, gain, 0.0, 0.0, 0.0, 0.0))
    rest = 24 - hours  # a day is planned for in any case, and what is left of it pays as before
    assert by_rule(early)[1] == pytest.approx(m * gain * (hours + rest) - belief * cost, abs=1e-8)


def test_a_tier_on_hostilities_that_persist_is_avoided_by_stopping_before_it() -> None:
    case = one_tier(PERSIST, belief=(1.0,), cost=(1000.0,), confirmed=1)
    assert by_rule(case)[1] == pytest.approx(0.5 * 24)
    assert by_rule(case)[0] == 0.0


def test_a_tier_on_an_expanded_attack_is_avoided_below_it() -> None:
    gain, apart = (0.0, 0.0, 0.0, 0.0, 0.5, 0.7), (0.0, 0.0, 0.0, 0.0, 0.0, 1e4)
    case = one_tier(EXPANDED, gain=gain, exposure=apart, belief=(1.0,), cost=(1000.0,), top=5, tail=24.0)
    values = by_rule(case)
    assert values[4] == pytest.approx(0.5 * 48), "going on below the top calls nothing"
    assert values[5] == pytest.approx(0.7 * 24), "at the top it pays to stop before the tier"


def test_a_tier_on_a_confirmed_breach_falls_due_even_after_a_stop() -> None:
    case = one_tier(BREACH, confirmed=1, belief=(0.5,), cost=(1000.0,))
    values = by_rule(case)
    assert values[0] == pytest.approx(-500.0)
    assert values[1] == pytest.approx(0.5 * 24 - 500.0)
    halted_at_once = replace(case, base_rate=1e9)
    assert by_rule(halted_at_once)[1] == pytest.approx(-500.0), "and after a halt"


# Theory T2: V_k = max(0, g_k - q_k c_k + (1 - q_k) V_{k+1}), V_{K+1} = W. The mapping is exact where an
# answer halts the violation for certain (its denial is huge) and the tiers hang on persistence, so
# that stopping at a rung avoids them: the gain g_k of a rung is that of the stage before it.
T2_Q, T2_C, T2_W = (0.1, 0.2, 0.3), (1.0, 2.0, 4.0), 5.0


def t2(q: tuple[float, ...] = T2_Q, c: tuple[float, ...] = T2_C, w: float = T2_W, **changes: Any) -> Case:
    plain = Case(
        confirmed=1,
        final=(0.0, w, 0.0, 0.0, 0.0, 0.0),
        hours=tuple(24.0 * (k + 1) for k in range(len(q))),
        triggers=(PERSIST,) * len(q),
        status=(OPEN,) * len(q),
        belief=q,
        cost=c,
        denial=(1e6,) * len(q),
        tail=1.0,
        top=1,
    )
    return replace(plain, **changes)


def t2_value(q: tuple[float, ...], c: tuple[float, ...], w: float) -> float:
    value = w
    for chance, cost in zip(reversed(q), reversed(c), strict=True):
        value = max(0.0, -chance * cost + (1 - chance) * value)
    return value


def test_the_escalation_ladder_of_theory() -> None:
    assert by_rule(t2())[1] == pytest.approx(1.196, abs=1e-9)
    assert by_rule(t2(T2_Q[1:], T2_C[1:]))[1] == pytest.approx(1.44, abs=1e-9)
    assert by_rule(t2(T2_Q[2:], T2_C[2:]))[1] == pytest.approx(2.3, abs=1e-9)
    later = by_rule(t2(status=(CLOSED, OPEN, OPEN), clock=24.0, age=24.0))[1]
    assert later == pytest.approx(1.44, abs=1e-9), "a first rung that failed leaves the second's value"
    critical = 1.44 / 2.44
    assert by_rule(t2((critical + 0.01, 0.2, 0.3)))[1] == pytest.approx(0.0, abs=1e-9)
    assert by_rule(t2((critical - 0.01, 0.2, 0.3)))[1] == pytest.approx(0.01 * 2.44, abs=1e-9)
    assert by_rule(t2((0.0, 0.0, 5 / 9)))[1] == pytest.approx(0.0, abs=1e-9), "a credible last rung suffices"


@settings(deadline=None)
@given(
    q=st.tuples(*[st.floats(0, 1)] * 4),
    c=st.tuples(*[st.floats(0, 10)] * 4),
    w=st.floats(0, 20),
)
def test_the_escalation_ladder_of_theory_anywhere(
    q: tuple[float, ...], c: tuple[float, ...], w: float
) -> None:
    assert by_rule(t2(q, c, w))[1] == pytest.approx(t2_value(q, c, w), abs=1e-8)


def test_stage_value_has_its_limit_at_hazard_zero() -> None:
    assert stage_hours(0.0, 24.0) == (1.0, 24.0)
    assert stage_hours(1e-14, 24.0)[1] == pytest.approx(24.0, rel=1e-11)
    assert stage_hours(0.1, 24.0) == pytest.approx((math.exp(-2.4), (1 - math.exp(-2.4)) / 0.1))
    assert stage_hours(0.1, 1e9)[1] == pytest.approx(10.0)
    for number in range(40):
        case = replace(random_case(random.Random(number)), base_rate=0.0)
        np.testing.assert_allclose(
            by_rule(case), by_rule(replace(case, base_rate=1e-13)), rtol=1e-7, atol=1e-7
        )


def test_confirmation_waits_for_detection_and_then_for_verification() -> None:
    assert confirmed_by(0.1, 0.0, 0.0, 24.0) == pytest.approx(1 - math.exp(-2.4))
    assert confirmed_by(0.1, 20.0, 0.0, 24.0) == pytest.approx(1 - math.exp(-0.4))
    assert confirmed_by(0.1, 30.0, 0.0, 24.0) == 0.0
    first, second = confirmed_by(0.1, 6.0, 0.0, 24.0), confirmed_by(0.1, 6.0, 24.0, 48.0)
    assert 1 - (1 - first) * (1 - second) == pytest.approx(confirmed_by(0.1, 6.0, 0.0, 48.0))
    assert confirmed_by(math.inf, 0.0, 0.0, 0.0) == 1.0
    assert confirmed_by(math.inf, 6.0, 0.0, 5.0) == 0.0


# -- monotone --------------------------------------------------------------------------------------


def paying(case: Case) -> Case:
    """The same case where every level's flow is positive, so that time is worth having."""
    return replace(
        case,
        loss=tuple(0.9 * case.m * g for g in case.gain),
        final=(*case.final[:5], abs(case.final[5])),
    )


cases = st.integers(0, 100_000).map(lambda n: random_case(random.Random(n)))
share = st.floats(0, 1)


@given(cases, share)
@settings(max_examples=150, deadline=None)
def test_value_rises_with_the_opportunity_and_falls_with_cost_and_loss(case: Case, part: float) -> None:
    base = by_rule(case)[: case.top + 1]
    tolerance = 1e-9 * (1 + np.abs(base))
    assert (by_rule(replace(case, m=case.m * (1 + part)))[: case.top + 1] >= base - tolerance).all()
    dearer = replace(case, cost=tuple(c * (1 + part) + part for c in case.cost))
    assert (by_rule(dearer)[: case.top + 1] <= base + tolerance).all()
    costlier = replace(case, loss=tuple(k + part for k in case.loss))
    assert (by_rule(costlier)[: case.top + 1] <= base + tolerance).all()


@given(cases, share)
@settings(max_examples=150, deadline=None)
def test_value_falls_with_belief_and_denial_where_time_is_worth_having(case: Case, part: float) -> None:
    case = paying(case)
    base = by_rule(case)[: case.top + 1]
    tolerance = 1e-9 * (1 + np.abs(base))
    surer = replace(case, belief=tuple(b + (1 - b) * part for b in case.belief))
    assert (by_rule(surer)[: case.top + 1] <= base + tolerance).all()
    harder = replace(case, denial=tuple(d + part for d in case.denial))
    assert (by_rule(harder)[: case.top + 1] <= base + tolerance).all()


def test_value_strictly_falls_with_belief_at_the_default_kind_of_ladder() -> None:
    values = [by_rule(one_tier(belief=(b,)))[1] for b in np.linspace(0, 1, 11)]
    assert (np.diff(values) < 0).all()


# -- through the engine ----------------------------------------------------------------------------

QUIET: dict[str, Any] = {
    "background.russia_per_day": 0,
    "background.ukraine_per_day": 0,
    "false_alarm.per_year": 0,
    "truce.recommitments_per_year": 0,
    "truce.attention": 0,
    "us.changes_per_year": 0,
    "opportunities.russia_per_day": 0.2,
    "opportunities.ukraine_per_day": 0,
    "opportunities.value_sigma": 0.5,
    "readiness.initial": 1,
    "readiness.wear": 0,
    "endings.review_days": 3650,
    "endings.collapse_hours": 8760,
    "rules.russia": "rational",
    "rules.ukraine": "persist",
    "war.per_exchange": 0,
    "halting.by_ukraine": 0,
    "monitoring.night": 1,
    "monitoring.jamming_effect": 0,
    "monitoring.national_means": 1,
    "monitoring.watch_delay_hours": 0,
    "monitoring.level_error": 0,
    "verification.delay_hours": 0,
    "verification.success": 1,
    "verification.quality": 1,
    "attribution.commission.dispute": 0,
    "attribution.commission.success": 1,
    "cohesion.will": 0,
    "cohesion.exposure": 0,
    "response.effort_fatigue": 0,
    "response.without_us": 1,
    "response.preagreed_minimum_hours": 0,
    "beliefs.strength": 1e6,
    "planning.last_review_hours": 24,
    "planning.tail_hours": 0,
    "payoff.collapse": 0,
    "payoff.peace_russia": 0,
    "framework.breach.materiality": 0.01,
    "framework.case.quiet_hours": 1,
    "framework.deployment.half_life_days": 0,
}
"""One opportunity stream and nothing else happens; what is violated is seen and verified at once."""

ONE_TIER = """
name = "one-tier"
title = "One tier"
summary = "A single collective answer to a confirmed breach, for checking the threshold of theory."
"""


def ladder(field: str, *values: float) -> dict[str, float]:
    return {f"ladder.{level}.{field}": v for level, v in zip(level_names(), values, strict=True)}


def free_of_cost() -> dict[str, float]:
    """No running costs; every level is attributed for certain."""
    changes: dict[str, float] = {}
    for field in ("loss", "exposure", "forgone"):
        changes |= ladder(field, 0, 0, 0, 0, 0)
    return changes | ladder("attributability", 1, 1, 1, 1, 1)


def one_tier_file(folder: Path) -> str:
    """A framework file with one tier on a confirmed breach at hour 24, answered by one state."""
    text = (Path(tables.DATA) / "frameworks" / "article-5.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    body = "\n".join(lines[next(i for i, x in enumerate(lines) if x.startswith("binds")) :])
    for key, old, new in (
        ("opens_hours", "0", "24"),
        ("expected_hours", "72", "24"),
        ("called", '["coalition", "usa"]', '["GBR"]'),
        ("decision", '"quorum"', '"each"'),
        ("required_strength", "0.4", "1"),
    ):
        assert f"{key} = {{ value = {old}," in body, key
        body = body.replace(f"{key} = {{ value = {old},", f"{key} = {{ value = {new},")
    measures = next(x for x in body.splitlines() if x.startswith("measures.Russia"))
    start, end = measures.index("["), measures.index("]") + 1
    body = body.replace(measures, measures[:start] + '["sanctions"]' + measures[end:])
    body = "\n".join(x for x in body.splitlines() if not x.startswith("quorum"))
    path = folder / "one-tier.toml"
    path.write_text(ONE_TIER + body + "\n", encoding="utf-8")
    return str(path)


def decisions(run: CeasefireModel) -> list[tuple[float, int]]:
    """(value, level) at every opportunity while no case is open in the sector."""
    open_cases: dict[int, int] = {}
    found = []
    for row in run.log:
        if row.event == Event.CASE_OPENED:
            open_cases[row.sector] = row.case
        elif row.event == Event.CASE_CLOSED:
            open_cases.pop(row.sector)
        elif row.event == Event.OPPORTUNITY and row.sector not in open_cases:
            found.append((row.x, row.level))
    return found


def assert_threshold(found: list[tuple[float, int]], threshold: float, level: int) -> None:
    """Violate at `level` iff m is above the threshold; opportunities within 2% on both sides were met."""
    for value, chosen in found:
        assert chosen == (level if value > threshold else 0), (value, threshold)
    ratios = np.array([v for v, _ in found]) / threshold
    assert ((ratios > 0.98) & (ratios < 1)).any(), "nothing just below the threshold was met"
    assert ((ratios > 1) & (ratios < 1.02)).any(), "nothing just above the threshold was met"


@pytest.mark.parametrize("detection", [1.0, 0.5])
@pytest.mark.parametrize("belief", [0.8, 0.35])
def test_engine_violates_iff_gain_exceeds_what_is_detected_believed_and_paid(
    tmp_path: Path, detection: float, belief: float
) -> None:
    """One tier, breach confirmed, case ends at h_1, no running costs, no error: m g T > d b C."""
    cost = load_measures()["sanctions"].punishment.value
    gain = detection * belief * cost / (24 * 0.9)  # so that the threshold lies among the values met
    changes = (
        QUIET
        | free_of_cost()
        | ladder("gain", 0, gain, 0, 0, 0)
        | ladder("detectability", 0, detection, 0, 0, 0)
        | {"reliability": 1, "response.preagreed_mean_hours": 0, "beliefs.credibility": belief}
    )
    law = one_tier_file(tmp_path)
    found = []
    for replication in range(4):
        run = compose(resolve(law, settings=changes, days=200), 11, replication)
        outcome = run.run()
        assert outcome["ending"] == "survived"
        found += decisions(run)
        if detection == 1.0:
            begun = [
                row
                for row in run.log
                if row.event == Event.VIOLATION_BEGINS and row.time < 199 * 24 * 3_600_000
            ]
            ended = [row for row in run.log if row.event == Event.VIOLATION_ENDS]
            assert len(ended) >= len(begun) - 10
            assert {row.x for row in ended} == {24.0}, "the case ends at the tier's hour"
    assert len(found) > 1000
    assert_threshold(found, detection * belief * cost / (gain * 24), level=2)


def test_engine_pays_what_the_threshold_counts(tmp_path: Path) -> None:
    """The utility booked for a violation is m g T less the cost of the tier delivered at h_1."""
    gain = 0.25
    changes = (
        QUIET
        | free_of_cost()
        | ladder("gain", 0, gain, 0, 0, 0)
        | ladder("detectability", 0, 1, 0, 0, 0)
        | {"reliability": 1, "response.preagreed_mean_hours": 0, "beliefs.credibility": 0.5}
    )
    run = compose(resolve(one_tier_file(tmp_path), settings=changes, days=100), 5, 0)
    outcome = run.run()
    cost = load_measures()["sanctions"].punishment.value
    expected = 0.0
    running: dict[int, tuple[int, float]] = {}
    for row in run.log:
        if row.event == Event.VIOLATION_BEGINS:
            running[row.sector] = (row.time, row.y)
        elif row.event in (Event.VIOLATION_ENDS, Event.HALTED):
            start, value = running.pop(row.sector)
            expected += value * gain * (row.time - start) / 3_600_000
        elif row.event == Event.TIER_DELIVERED:
            expected -= cost
    for start, value in running.values():
        expected += value * gain * (run.now - start) / 3_600_000
    assert outcome["tier_1_delivered"] > 50
    assert outcome["utility_russia"] == pytest.approx(expected, rel=1e-9)


def ladder_of_three() -> dict[str, Any]:
    """Multi-tier with three rungs that hang on persistence, each answered in time with its own probability."""
    changes: dict[str, Any] = {}
    mean = 48.0  # of the exponential part of a response; the deadlines make the odds q of T2
    measures = (
        ["coordinated_strikes"],
        ["coordinated_strikes", "sanctions"],
        ["coordinated_strikes", "military_support"],
    )
    for k, q in enumerate(T2_Q, 1):
        opens = 24 * k
        changes |= {
            f"framework.tier_{k}.trigger": "persist",
            f"framework.tier_{k}.opens_hours": opens,
            f"framework.tier_{k}.expected_hours": opens,
            f"framework.tier_{k}.deadline_hours": opens - mean * math.log1p(-q),
            f"framework.tier_{k}.called": ["GBR"],
            f"framework.tier_{k}.decision": "each",
            f"framework.tier_{k}.required_strength": 1,
            f"framework.tier_{k}.preparation": "pre-agreed",
            f"framework.tier_{k}.measures.Russia": list(measures[k - 1]),
        }
    return changes | {"reliability": 1, "response.preagreed_mean_hours": mean}


def test_engine_climbs_the_ladder_of_theory_iff_its_first_rung_is_worth_it() -> None:
    """T2 with stops only at rungs: what is answered is halted, and what reaches the top earns m W."""
    changes = (
        QUIET
        | free_of_cost()
        | ladder_of_three()
        | ladder("gain", 0, 0, 0, 0, 0)
        | ladder("loss", 1, 1, 1, 1, 0)  # only the top is worth going for
        | ladder("resistance", 0.05, 0.05, 0.05, 0.05, 0.05)  # an answer halts at 1 an hour and more
        | {"planning.last_review_hours": 72, "planning.tail_hours": 24}
    )
    known = load_measures()
    strikes = known["coordinated_strikes"]
    assert strikes.denial.value / 0.05 * 24 > 20, "an answer must be as good as certain to halt"
    costs = tuple(
        strikes.punishment.value + extra
        for extra in (0.0, known["sanctions"].punishment.value, known["military_support"].punishment.value)
    )
    worth = 0.0  # W at which V1 is exactly 0: each rung needs what the one below it is short of
    for q, c in zip(T2_Q, costs, strict=True):
        worth = (worth + q * c) / (1 - q)
    assert t2_value(T2_Q, costs, worth * 1.0001) > 0 == t2_value(T2_Q, costs, worth * 0.9999)
    payoff = 15.0
    found = []
    for replication in range(12):
        scenario = resolve("multi-tier", settings=changes | {"payoff.collapse": payoff}, days=60)
        run = compose(scenario, 21, replication)
        run.run()
        found += decisions(run)
    assert len(found) > 500
    assert_threshold(found, worth / payoff, level=5)
