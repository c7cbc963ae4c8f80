"""How a leadership chooses; the twin of `agents.leadership`, `agents.russia` and `agents.ukraine`."""

from __future__ import annotations

import math
from typing import Any

from agents.rules.choice import (
    abrogation_advantage_russia,
    abrogation_advantage_ukraine,
    quantal_choice,
    quantal_yes,
    reply_advantage,
    subjective,
    weighted,
)
from agents.rules.ladder import DAY_HOURS, fill_stage, ladder_values
from environment.casebook import CAME, COMING, WILL_NOT
from environment.parties import PERSIST
from environment.rules.draws import DAY, HOUR
from environment.rules.incidents import climb_cost
from environment.rules.slow import attention
from environment.state import DELIVERED
from environment.world import MAX_TIERS, RUSSIA
from experiments.twin.beliefs import expect, partners
from experiments.twin.casebook import deployed, in_force, slot_of, standing
from experiments.twin.compiling import compiled


@compiled
def truce_attention(w: Any, s: Any) -> float:
    """Factor on the cost of being seen, now (R24)."""
    return attention(w.truce_attention, w.truce_attention_half_life_days, (s.now - s.truce) / DAY)


@compiled
def _outlook(s: Any, case: int, k: int) -> int:
    if s.c_status[case, k] == DELIVERED:
        return CAME
    return WILL_NOT if s.c_failed[case, k] else COMING


@compiled
def _evaluate(w: Any, s: Any, side: int, sector: int, value: float, considers: bool) -> None:
    """Fill the value of stopping and of each level (R19)."""
    slot = side * w.sectors + sector
    case = slot_of(w, side, sector)
    is_open = s.c_serial[case] > 0
    plan = s.plan[side]
    plan.age = (s.now - s.v_began[slot]) / HOUR if s.v_level[slot] else 0.0
    plan.clock = (s.now - s.c_clock[case]) / HOUR if is_open else plan.age
    plan.confirmed = is_open
    ramp = deployed(w, s)
    _weigh_tiers(w, s, side, case, ramp, considers)
    there = ramp if in_force(s) else 0.0
    plan.value = value * w.d_gain_scale[side, s.variant[side]]
    seen = truce_attention(w, s)
    for level in range(6):
        plan.exposure[level] = w.side_known[sector, level] * seen
        plan.forgone[level] = w.side_forgone[side, level] + w.side_tripwire_cost[side, level] * there
        plan.confirm_rate[level] = w.confirm_rate[sector, level]
    plan.final[5] = w.payoff_collapse * plan.value
    plan.base_rate = w.side_base[side, sector] + w.side_tripwire_denial[side] * there
    if w.side_tripwire_denial[side] * there > 0.0:
        every = (1 << w.tiers) - 1
        fill_stage(plan, s.stages[0], DAY_HOURS, every)
        fill_stage(plan, s.stages[1], w.planning_tail_hours, every)
        ladder_values(plan, s.stages[0], s.stages[1])
    else:
        which = 1 if considers else 0
        ladder_values(plan, w.stages[side, which, sector, 0], w.stages[side, which, sector, 1])


@compiled
def _weigh_tiers(w: Any, s: Any, side: int, case: int, ramp: float, considers: bool) -> None:
    """What is believed of each tier; one that will not come is no boundary."""
    plan = s.plan[side]
    is_open = s.c_serial[case] > 0
    applies = in_force(s)
    listening = considers and w.binds[side]
    plan.mask = 0
    for k in range(MAX_TIERS):
        status = _outlook(s, case, k) if is_open else 0
        if status == 1:
            plan.mask |= 1 << k
        believed = 0.0
        if listening and k < w.tiers and status == 0:
            believed = expect(w, s, side, k, s.now / HOUR, ramp, applies)
        plan.belief[k] = weighted(believed, w.d_weighting[side, s.variant[side]])
        plan.status[k] = 2 if status == 0 and believed <= 0.0 else status
        plan.denial[k] = w.k_denial[side, k] if considers else 0.0


@compiled
def _choose(w: Any, s: Any, side: int, count: int, u: float) -> int:
    """Quantal choice over the first `count` options, relative to the first (R20)."""
    variant = s.variant[side]
    curvature, aversion = w.d_curvature[side, variant], w.d_loss_aversion[side, variant]
    reference = s.options[0]
    for i in range(count):
        s.options[i] = subjective(s.options[i] - reference, curvature, aversion)
    return quantal_choice(s.options, count, w.d_precision[side, variant], u)


@compiled
def at_opportunity(w: Any, s: Any, side: int, sector: int, value: float, u: float) -> int:
    """Comply, or order a violation of some level (R19, R20)."""
    if w.scripted[side]:
        return 0
    _evaluate(w, s, side, sector, value, True)
    plan = s.plan[side]
    s.options[0] = plan.values[0]
    for level in range(1, 6):
        s.options[level] = plan.values[level] - plan.exposure[level] - plan.forgone[level]
    return _choose(w, s, side, 6, u)


@compiled
def at_review(w: Any, s: Any, side: int, sector: int, value: float, u: float) -> int:
    """Stop, persist, or escalate one level (R19, R20)."""
    if w.scripted[side]:
        return PERSIST
    _evaluate(w, s, side, sector, value, bool(w.at_reviews))
    plan = s.plan[side]
    level = s.v_level[side * w.sectors + sector]
    s.options[0] = plan.values[0]
    s.options[1] = plan.values[level]
    s.options[2] = -math.inf
    if level < plan.top:
        climb = climb_cost(
            plan.exposure[level], plan.exposure[level + 1], plan.forgone[level], plan.forgone[level + 1]
        )
        s.options[2] = plan.values[level + 1] - climb
    return _choose(w, s, side, 3, u)


@compiled
def gives_up(w: Any, s: Any, side: int, u: float) -> bool:
    """Whether to abrogate the cease-fire (R29)."""
    if w.scripted[side]:
        return False
    hours, ramp, applies = s.now / HOUR, deployed(w, s), in_force(s)
    if side == RUSSIA:
        variant = s.variant[side]
        deterrent = 0.0
        for k in range(w.tiers):
            deterrent += w.d_cost[side, variant, k] * expect(w, s, RUSSIA, k, hours, ramp, applies)
        advantage = abrogation_advantage_russia(
            w.abrogation_war_value * w.d_gain_scale[side, variant],
            s.readiness[side],
            deterrent,
            w.abrogation_peace_russia,
        )
    else:
        advantage = abrogation_advantage_ukraine(
            w.abrogation_grievance,
            s.unanswered,
            partners(w, s, hours, ramp, applies),
            w.abrogation_peace_ukraine,
        )
    return quantal_yes(advantage, w.abrogation_precision, u)


@compiled
def replies(w: Any, s: Any, severity: float, u: float) -> bool:
    """Whether Ukraine retaliates beyond ordinary return fire (R32)."""
    if w.scripted[1]:
        return False
    variant = s.variant[1]
    advantage = reply_advantage(
        w.reply_relief * w.d_gain_scale[1, variant],
        severity,
        w.reply_standing * w.d_cost_scale[1, variant] * standing(w, s),
        partners(w, s, s.now / HOUR, deployed(w, s), in_force(s)),
        w.reply_restraint,
    )
    return quantal_yes(advantage, w.d_precision[1, variant], u)
