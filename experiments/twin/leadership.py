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
from agents.rules.ladder import ladder_values
from environment.casebook import CAME, COMING, WILL_NOT
from environment.parties import PERSIST
from environment.rules.draws import DAY, HOUR
from environment.rules.incidents import climb_cost
from environment.rules.slow import attention
from environment.state import DELIVERED
from environment.world import MAX_TIERS, RUSSIA
from experiments.twin.beliefs import expect, partners
from experiments.twin.casebook import deployed, slot_of, standing
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
    hours = s.now / HOUR
    age = (s.now - s.v_began[slot]) / HOUR if s.v_level[slot] else 0.0
    clock = (s.now - s.c_clock[case]) / HOUR if is_open else age
    ramp = deployed(w, s)
    in_force = s.entered >= 0
    variant = s.variant[side]
    weighting = w.d_weighting[side, variant]
    mask = 0
    for k in range(MAX_TIERS):
        status = _outlook(s, case, k) if is_open else 0
        if status == 1:
            mask |= 1 << k
        listens = considers and w.binds[side] and k < w.tiers and status == 0
        believed = expect(w, s, side, k, hours, ramp, in_force) if listens else 0.0
        s.belief[k] = weighted(believed, weighting)
        s.denial[k] = w.k_denial[side, k] if considers else 0.0
        s.status[k] = 2 if status == 0 and believed <= 0.0 else status
    scaled = value * w.d_gain_scale[side, variant]
    there = ramp if in_force else 0.0
    seen = truce_attention(w, s)
    for level in range(6):
        s.exposure[level] = w.side_known[sector, level] * seen
        s.given_up[level] = w.side_forgone[side, level] + w.side_tripwire_cost[side, level] * there
        s.final[level] = w.side_final[level] * scaled
    ladder_values(
        clock,
        age,
        1 if is_open else 0,
        mask,
        scaled,
        w.level_gain,
        w.level_loss,
        s.exposure,
        s.given_up,
        s.final,
        w.side_base[side, sector] + w.side_tripwire_denial[side] * there,
        w.level_resistance,
        w.confirm_rate[sector],
        w.confirm_delay,
        w.tiers,
        w.k_expected,
        w.k_trigger,
        s.status,
        s.belief,
        w.d_cost[side, variant],
        s.denial,
        w.planning_last_review_hours,
        w.planning_tail_hours,
        w.side_top[side],
        s.values,
    )


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
    s.options[0] = s.values[0]
    for level in range(1, 6):
        s.options[level] = s.values[level] - s.exposure[level] - s.given_up[level]
    return _choose(w, s, side, 6, u)


@compiled
def at_review(w: Any, s: Any, side: int, sector: int, value: float, u: float) -> int:
    """Stop, persist, or escalate one level (R19, R20)."""
    if w.scripted[side]:
        return PERSIST
    _evaluate(w, s, side, sector, value, bool(w.at_reviews))
    level = s.v_level[side * w.sectors + sector]
    s.options[0] = s.values[0]
    s.options[1] = s.values[level]
    s.options[2] = -math.inf
    if level < w.side_top[side]:
        climb = climb_cost(s.exposure[level], s.exposure[level + 1], s.given_up[level], s.given_up[level + 1])
        s.options[2] = s.values[level + 1] - climb
    return _choose(w, s, side, 3, u)


@compiled
def gives_up(w: Any, s: Any, side: int, u: float) -> bool:
    """Whether to abrogate the cease-fire (R29)."""
    if w.scripted[side]:
        return False
    hours, ramp, in_force = s.now / HOUR, deployed(w, s), s.entered >= 0
    if side == RUSSIA:
        variant = s.variant[side]
        deterrent = 0.0
        for k in range(w.tiers):
            deterrent += w.d_cost[side, variant, k] * expect(w, s, RUSSIA, k, hours, ramp, in_force)
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
            partners(w, s, hours, ramp, in_force),
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
        partners(w, s, s.now / HOUR, deployed(w, s), s.entered >= 0),
        w.reply_restraint,
    )
    return quantal_yes(advantage, w.d_precision[1, variant], u)
