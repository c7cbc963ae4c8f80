"""R19: what a violator expects of the ladder of agreed consequences (backward induction).

Stages run between review hours (daily from the breach) and the hours at which tiers are expected;
one stage of stated length follows. Written as a loop, not a recursion: self-recursive compiled
functions crash when loaded from the cache, and the loop is an order of magnitude faster.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from environment.kernel import rule
from environment.rules.incidents import climb_cost

BREACH, PERSIST, EXPANDED = 0, 1, 2
MAX_TIERS = 4
MAX_BOUNDARIES = 40
OPEN, DELIVERED, CLOSED = 0, 1, 2
"""How the violator sees a tier in a case: may still come, has come, will not come."""
SETS = 1 << MAX_TIERS
LANES = 8
"""Entries of a table by level: 1 to 5, padded to the width of a vector register; entry 0 is unused."""
DAY_HOURS = 24.0

STAGE = np.dtype(
    [("goes", "f8", (SETS, LANES)), ("hours", "f8", (SETS, LANES)), ("seen", "f8", (LANES,))], align=True
)
"""A stage of stated length, by set of tiers delivered and level: the chance that a violation goes on to its
end, the expected hours until a halt or its end, and the chance that the breach is confirmed in it."""

PLAN = np.dtype(
    [
        *(
            (name, "f8")
            for name in ("clock", "age", "value", "base_rate", "confirm_delay", "planning", "tail")
        ),
        *((name, "i8") for name in ("confirmed", "mask", "tiers", "top")),
        *((name, "f8", (LANES,)) for name in ("gain", "loss", "exposure", "forgone", "final")),
        *((name, "f8", (LANES,)) for name in ("resistance", "confirm_rate")),
        *((name, "f8", (MAX_TIERS,)) for name in ("hours", "belief", "cost", "denial")),
        *((name, "i8", (MAX_TIERS,)) for name in ("trigger", "status")),
        ("values", "f8", (LANES,)),
        ("times", "f8", (MAX_BOUNDARIES,)),
        ("due", "i8", (MAX_BOUNDARIES,)),
        ("known", "f8", (SETS, LANES)),
        ("unknown", "f8", (LANES,)),
        ("flow", "f8", (LANES,)),
        ("climb", "f8", (LANES,)),
        ("pending", "f8", (SETS,)),
        ("stage", STAGE),
    ],
    align=True,
)
"""What a violator weighs, and room to weigh it in; see `ladder_values` for the fields."""


@rule("R19")
def stage_hours(hazard: float, hours: float) -> tuple[float, float]:
    """Chance that a violation goes on to the end of a stage, and the expected hours until a halt or its end.

    Parameters
    ----------
    hazard : float
        Believed hazard of halting per hour.
    hours : float
        Length of the stage.

    Returns
    -------
    tuple of float
        exp(-hazard hours), and (1 - exp(-hazard hours)) / hazard, which is `hours` at hazard 0.
    """
    if hazard <= 0.0:
        return 1.0, hours
    halted = -math.expm1(-hazard * hours)
    return 1.0 - halted, halted / hazard


@rule("R19")
def confirmed_by(rate: float, delay: float, start: float, end: float) -> float:
    """Believed probability that a breach not yet confirmed at one age is confirmed at another.

    Parameters
    ----------
    rate : float
        Hazard of detection times success of verification, per hour (may be infinite).
    delay : float
        Mean verification delay, hours.
    start, end : float
        Ages of the violation, hours.
    """
    exposed = end - max(start, delay)
    if exposed <= 0.0:
        return 1.0 if rate == math.inf and end >= delay else 0.0
    return -math.expm1(-rate * exposed)


@rule("R19")
def fill_stage(plan: Any, stage: Any, hours: float, reach: int) -> None:
    """Fill a stage of stated length for sets of tiers and levels, the breach open to confirmation throughout.

    Parameters
    ----------
    plan : record of PLAN
        Of it: `base_rate`, `resistance`, `confirm_rate`, `confirmed`, `mask`, `denial`, `tiers`.
    stage : record of STAGE
        Filled.
    hours : float
        Length of the stage.
    reach : int
        Tiers that can have been delivered, one bit each.
    """
    for d in range(1 << plan.tiers):
        if d & plan.mask != plan.mask or d | reach != reach:
            continue
        eta = plan.base_rate
        for k in range(plan.tiers):
            if (d >> k) & 1:
                eta += plan.denial[k]
        for level in range(1, 6):
            goes, stays = stage_hours(eta / plan.resistance[level], hours)
            stage.goes[d, level] = goes
            stage.hours[d, level] = stays
    if plan.confirmed == 0:
        for level in range(1, 6):
            stage.seen[level] = confirmed_by(plan.confirm_rate[level], 0.0, 0.0, hours)


@rule("R19")
def fill_stages(plan: Any, stages: Any, bases: Any, confirm_rates: Any) -> None:
    """Fill, for every sector, the stage of a day and the one after the last boundary.

    Parameters
    ----------
    plan : record of PLAN
        As for `fill_stage`; `tail` is the length of the last stage; its `base_rate` and `confirm_rate`
        are left as they are in the last sector.
    stages : array (sectors, 2) of STAGE
        Filled.
    bases : array (sectors,)
        Believed hazard of halting per hour without any tier, at resistance 1.
    confirm_rates : array (sectors, 6)
        Hazard of confirmation by level, per hour.
    """
    every = (1 << plan.tiers) - 1
    for sector in range(len(bases)):
        plan.base_rate = bases[sector]
        for level in range(1, 6):
            plan.confirm_rate[level] = confirm_rates[sector, level]
        fill_stage(plan, stages[sector, 0], DAY_HOURS, every)
        fill_stage(plan, stages[sector, 1], plan.tail, every)


@rule("R19")
def boundaries(plan: Any) -> int:
    """Fill the ends of the stages from now on; -1 in `due` is a review, else the tier that falls due.

    Parameters
    ----------
    plan : record of PLAN
        Of it: `age` (hours since this violation began: its reviews are daily from then), `clock`,
        `planning`, and of each tier `hours` of the case's clock at which it is expected (one that has
        passed is expected at the next daily review) and `status`. Filled: `times` and `due`, in order of
        time, as ages; where a tier falls due at a review, the boundary is both.

    Returns
    -------
    int
        Number of boundaries.
    """
    age, lead = plan.age, plan.clock - plan.age
    count = 0
    day = (math.floor(age / DAY_HOURS) + 1.0) * DAY_HOURS
    review = day
    last = plan.planning
    for k in range(plan.tiers):
        if plan.status[k] == OPEN:
            last = max(last, plan.hours[k] - lead)
    used = 0
    while count < MAX_BOUNDARIES:
        best = math.inf
        which = -1
        for k in range(plan.tiers):
            if plan.status[k] == OPEN and (used >> k) & 1 == 0:
                at = plan.hours[k] - lead
                if at < age or (at == age and plan.hours[k] > 0.0 and age > 0.0):
                    at = review
                if at < best:
                    best = at
                    which = k
        if day <= last and day < best:
            plan.times[count] = day
            plan.due[count] = -1
            count += 1
            day += DAY_HOURS
        elif which >= 0:
            plan.times[count] = best
            plan.due[count] = which
            used |= 1 << which
            count += 1
            if day == best:
                day += DAY_HOURS
        else:
            break
    return count


@rule("R19")
def fill_pending(plan: Any) -> None:
    """Expected cost, by set of tiers, of what falls due even after a stop: tiers on a confirmed breach."""
    plan.pending[0] = 0.0
    for owed in range(1, 1 << plan.tiers):
        cost = 0.0
        for k in range(plan.tiers):
            if (owed >> k) & 1:
                cost += plan.belief[k] * plan.cost[k]
        plan.pending[owed] = cost


@rule("R19")
def best_known(plan: Any, d: int, stop: float) -> None:
    """W on a confirmed breach: the best of stopping, going on and climbing one level, in place by level."""
    for level in range(1, 6):
        climb = plan.known[d, level + 1] - plan.climb[level]
        plan.known[d, level] = max(max(stop, plan.known[d, level]), climb)


@rule("R19")
def best_unknown(plan: Any) -> None:
    """The same before confirmation, when nothing falls due after a stop."""
    for level in range(1, 6):
        climb = plan.unknown[level + 1] - plan.climb[level]
        plan.unknown[level] = max(max(0.0, plan.unknown[level]), climb)


@rule("R19")
def fall_due(plan: Any, d: int, tier: int) -> None:
    """A tier falls due on a confirmed breach: with the believed probability it is delivered, and costs."""
    plus = d | (1 << tier)
    p, cost = plan.belief[tier], plan.cost[tier]
    first = 5 if plan.trigger[tier] == EXPANDED else 1
    for level in range(first, 6):
        plan.known[d, level] = p * (plan.known[plus, level] - cost) + (1.0 - p) * plan.known[d, level]


@rule("R19")
def pass_known(plan: Any, stage: Any, d: int, stop: float) -> None:
    """The stage that leads to a boundary, the breach being confirmed: in place, for every level."""
    for level in range(1, 6):
        goes = stage.goes[d, level]
        on = goes * plan.known[d, level] + (1.0 - goes) * stop
        plan.known[d, level] = plan.flow[level] * stage.hours[d, level] + on


@rule("R19")
def pass_unknown(plan: Any, stage: Any, stop: float, start: float, end: float) -> None:
    """The same before the breach is confirmed; reads what it is worth at the boundary if it then is."""
    d = plan.mask
    whole = start >= plan.confirm_delay
    for level in range(1, 6):
        goes = stage.goes[d, level]
        seen = stage.seen[level]
        if not whole:
            seen = confirmed_by(plan.confirm_rate[level], plan.confirm_delay, start, end)
        sure = goes * plan.known[d, level] + (1.0 - goes) * stop
        unseen = goes * plan.unknown[level]
        plan.unknown[level] = plan.flow[level] * stage.hours[d, level] + seen * sure + (1.0 - seen) * unseen


@rule("R19")
def last_stage(plan: Any, tail: Any, reach: int) -> None:
    """The stage after the last boundary, at whose end the attack's own ending pays."""
    for d in range(1 << plan.tiers):
        if d & plan.mask == plan.mask and d | reach == reach:
            for level in range(1, 6):
                ending = tail.goes[d, level] * plan.final[level]
                plan.known[d, level] = plan.flow[level] * tail.hours[d, level] + ending
    for level in range(1, 6):
        plan.unknown[level] = plan.known[plan.mask, level]


@rule("R19")
def one_stage(plan: Any, stage: Any, j: int, reach: int, owed: int) -> None:
    """One step back: the boundary at the end of stage `j`, then the stage itself, for all sets of tiers.

    Parameters
    ----------
    plan, stage : records of PLAN and STAGE
        The plan, and the stage that leads to the boundary.
    reach : int
        Tiers that can have been delivered after the boundary, one bit each.
    owed : int
        Tiers that fall due even after a stop after the boundary.
    """
    tier = plan.due[j]
    for d in range(1 << plan.tiers):
        if d & plan.mask == plan.mask and d | reach == reach:
            best_known(plan, d, -plan.pending[owed & ~d])
    if tier >= 0:
        reach &= ~(1 << tier)
        if plan.trigger[tier] == BREACH:
            owed |= 1 << tier
    for d in range(1 << plan.tiers):
        if d & plan.mask == plan.mask and d | reach == reach:
            stop = -plan.pending[owed & ~d]
            if tier >= 0:
                fall_due(plan, d, tier)
            best_known(plan, d, stop)  # just before the boundary the party may still stop or climb
            if d == plan.mask and plan.confirmed == 0:
                best_unknown(plan)
                best_unknown(plan)
                pass_unknown(plan, stage, stop, plan.times[j - 1] if j > 0 else plan.age, plan.times[j])
            pass_known(plan, stage, d, stop)


@rule("R19")
def ladder_values(plan: Any, day: Any, tail: Any) -> None:
    """Value of stopping and of each level from now on, by backward induction over the perceived ladder.

    V_j(l,K,D) = (m g - k)(1 - e^(-eta T))/eta + e^(-eta T) E_K' max(stop, X_l, X_(l+1)) + (1 - e^(-eta T)) E_K' stop,
    X_l = p (W(l,K',D+) - C) + (1 - p) W(l,K',D), p = trigger x confirmed x belief, W = max(stop, V_l, V_(l+1)).
    Tiers are delivered on a confirmed breach only, so before confirmation D stays as it is.

    Parameters
    ----------
    plan : record of PLAN
        `clock`, `age`: hours since the initial breach, and since this violation began; `confirmed`; `mask`:
        tiers delivered, one bit each; `value`: m of the opportunity. By level: `gain` and `loss` per hour,
        `exposure` paid once, `forgone` of the peace's worth, `final` payoff of the ending if it goes on to
        the last, `resistance` to halting, `confirm_rate` (hazard of confirmation). `base_rate`: believed
        hazard of halting per hour without any tier, at resistance 1; `confirm_delay`: mean verification
        delay, hours. By tier: `hours` expected, `trigger`, `status`, `belief` that it is delivered, `cost`,
        `denial` (hazard it adds). `planning`: age at the last daily review planned for; `top`: highest
        level that the party can reach, 1 to 5. Filled: `values`, 0 of stopping, l of going on at level l
        (exposure not deducted).
    day, tail : records of STAGE
        Filled by `fill_stage` from the same plan for 24 h, and for the stage after the last boundary.
    """
    count = boundaries(plan)
    fill_pending(plan)
    for level in range(1, 6):
        plan.flow[level] = plan.value * plan.gain[level] - plan.loss[level]
        plan.climb[level] = math.inf
    for level in range(1, plan.top):
        plan.climb[level] = climb_cost(
            plan.exposure[level], plan.exposure[level + 1], plan.forgone[level], plan.forgone[level + 1]
        )
    reach = plan.mask
    for j in range(count):
        if plan.due[j] >= 0:
            reach |= 1 << plan.due[j]
    last_stage(plan, tail, reach)
    owed = 0
    for j in range(count - 1, -1, -1):
        span = plan.times[j] - (plan.times[j - 1] if j > 0 else plan.age)
        if span == DAY_HOURS:
            one_stage(plan, day, j, reach, owed)
        else:
            fill_stage(plan, plan.stage, span, reach)
            one_stage(plan, plan.stage, j, reach, owed)
        if plan.due[j] >= 0:
            reach &= ~(1 << plan.due[j])
            if plan.trigger[plan.due[j]] == BREACH:
                owed |= 1 << plan.due[j]
    plan.values[0] = -plan.confirmed * plan.pending[owed & ~plan.mask]
    for level in range(1, 6):
        worth = plan.known[plan.mask, level] if plan.confirmed else plan.unknown[level]
        plan.values[level] = worth if level <= plan.top else -math.inf
