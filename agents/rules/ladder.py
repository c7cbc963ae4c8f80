"""R19: what a violator expects of the ladder of agreed consequences (backward induction).

Stages run between review hours (daily from the breach) and the hours at which tiers are expected;
one stage of stated length follows. Written as a loop, not a recursion: self-recursive compiled
functions crash when loaded from the cache, and the loop is an order of magnitude faster.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from environment.kernel import rule
from environment.rules.incidents import climb_cost

BREACH, PERSIST, EXPANDED = 0, 1, 2
MAX_TIERS = 4
MAX_BOUNDARIES = 40
OPEN, DELIVERED, CLOSED = 0, 1, 2
"""How the violator sees a tier in a case: may still come, has come, will not come."""

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@rule("R19")
def stage_value(flow: float, hazard: float, hours: float) -> float:
    """Expected gain of one stage: the flow until a halt, (1 - exp(-hazard hours)) / hazard hours of it.

    Parameters
    ----------
    flow : float
        Net gain per hour, m g - k.
    hazard : float
        Believed hazard of halting per hour.
    hours : float
        Length of the stage.
    """
    if hazard <= 0.0:
        return flow * hours
    return flow * -math.expm1(-hazard * hours) / hazard


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
    exposed = max(0.0, end - delay) - max(0.0, start - delay)
    if exposed <= 0.0:
        return 1.0 if rate == math.inf and end >= delay else 0.0
    return -math.expm1(-rate * exposed)


@rule("R19")
def boundaries(
    age: float,
    lead: float,
    planning: float,
    hours: Floats,
    status: Ints,
    tiers: int,
    times: Floats,
    due: Ints,
) -> int:
    """Fill the ends of the stages from now on; -1 in `due` is a review, else the tier that falls due.

    Parameters
    ----------
    age : float
        Hours since this violation began: its reviews are daily from then.
    lead : float
        Hours by which the case's clock is ahead of the age.
    planning : float
        Age at the last daily review that the violator plans for.
    hours : array of MAX_TIERS
        Hours of the case's clock at which tiers are expected; one that has passed is expected at the
        next daily review.
    status : array of MAX_TIERS
        ``OPEN``, ``DELIVERED`` or ``CLOSED``.
    tiers : int
        Number of tiers.
    times, due : arrays of MAX_BOUNDARIES
        Filled in order of time, as ages; where a tier falls due at a review, the boundary is both.

    Returns
    -------
    int
        Number of boundaries.
    """
    count = 0
    day = (math.floor(age / 24.0) + 1.0) * 24.0
    review = day
    last = planning
    for k in range(tiers):
        if status[k] == 0:
            last = max(last, hours[k] - lead)
    used = 0
    while count < MAX_BOUNDARIES:
        best = math.inf
        which = -1
        for k in range(tiers):
            if status[k] == 0 and (used >> k) & 1 == 0:
                at = hours[k] - lead
                if at < age or (at == age and hours[k] > 0.0 and age > 0.0):
                    at = review
                if at < best:
                    best = at
                    which = k
        if day <= last and day < best:
            times[count] = day
            due[count] = -1
            count += 1
            day += 24.0
        elif which >= 0:
            times[count] = best
            due[count] = which
            used |= 1 << which
            count += 1
            if day == best:
                day += 24.0
        else:
            break
    return count


@rule("R19")
def pending_cost(
    first: int, count: int, due: Ints, mask: int, triggers: Ints, belief: Floats, cost: Floats
) -> float:
    """Expected cost of what falls due even after a stop: undelivered tiers on a confirmed breach."""
    total = 0.0
    for j in range(first, count):
        k = due[j]
        if k >= 0 and triggers[k] == 0 and (mask >> k) & 1 == 0:
            total += belief[k] * cost[k]
    return total


@rule("R19")
def ladder_values(
    clock: float,
    age: float,
    confirmed: int,
    mask: int,
    m: float,
    gain: Floats,
    loss: Floats,
    exposure: Floats,
    forgone: Floats,
    final: Floats,
    base_rate: float,
    resistance: Floats,
    confirm_rate: Floats,
    confirm_delay: float,
    tiers: int,
    hours: Floats,
    triggers: Ints,
    status: Ints,
    belief: Floats,
    cost: Floats,
    denial: Floats,
    planning: float,
    tail: float,
    top: int,
    out: Floats,
) -> None:
    """Value of stopping and of each level from now on, by backward induction over the perceived ladder.

    V_j(l,K,D) = (m g - k)(1 - e^(-eta T))/eta + e^(-eta T) E_K' max(stop, X_l, X_(l+1)) + (1 - e^(-eta T)) E_K' stop,
    X_l = p (W(l,K',D+) - C) + (1 - p) W(l,K',D), p = trigger x confirmed x belief, W = max(stop, V_l, V_(l+1)).

    Parameters
    ----------
    clock, age : float
        Hours since the initial breach, and since this violation began.
    confirmed : int
        1 if the breach is confirmed.
    mask : int
        Tiers delivered, one bit each.
    m : float
        Value of the opportunity.
    gain, loss, exposure, forgone, final, resistance, confirm_rate : arrays of 6
        By level: gain and loss per hour; exposure paid once; what of the peace's worth is forgone;
        payoff of the ending if it goes on to the last; resistance to halting; hazard of confirmation.
    base_rate : float
        Believed hazard of halting per hour without any tier, at resistance 1.
    confirm_delay : float
        Mean verification delay, hours.
    tiers : int
        Number of tiers, 0 to 4.
    hours, triggers, status, belief, cost, denial : arrays of 4
        Of each tier: hour expected, trigger, status, believed probability, cost, hazard it adds.
    planning, tail : float
        Age at the last daily review planned for; length of the stage after the last boundary, hours.
    top : int
        Highest level that the party can reach, 1 to 5.
    out : array of 6
        Filled: 0 the value of stopping, l the value of going on at level l (exposure not deducted).
    """
    times = np.empty(MAX_BOUNDARIES)
    due = np.empty(MAX_BOUNDARIES, np.int64)
    count = boundaries(age, clock - age, planning, hours, status, tiers, times, due)
    sets = 1 << tiers
    after = np.zeros((2, sets, 7))
    here = np.zeros((2, sets, 7))
    for d in range(sets):
        if d & mask != mask:
            continue
        eta = base_rate
        for k in range(tiers):
            if (d >> k) & 1:
                eta += denial[k]
        for level in range(1, top + 1):
            rate = eta / resistance[level]
            value = stage_value(m * gain[level] - loss[level], rate, tail)
            value += math.exp(-rate * tail) * final[level]
            after[0, d, level] = value
            after[1, d, level] = value
    for j in range(count - 1, -1, -1):
        start = age if j == 0 else times[j - 1]
        span = times[j] - start
        tier = due[j]
        reach = mask  # only tiers that fell due before this boundary can have been delivered
        for i in range(j):
            if due[i] >= 0:
                reach |= 1 << due[i]
        for d in range(sets):
            if d & mask != mask or d | reach != reach:
                continue
            eta = base_rate
            for k in range(tiers):
                if (d >> k) & 1:
                    eta += denial[k]
            stop_before = -pending_cost(j, count, due, d, triggers, belief, cost)
            stop_after = -pending_cost(j + 1, count, due, d, triggers, belief, cost)
            # What the boundary is worth to a party at each level, by K'.
            for known in range(2):
                # W after the tier fell due or not, and after it was delivered.
                for level in range(top, 0, -1):
                    here[known, d, level] = _best(
                        after, known, d, level, top, exposure, forgone, known * stop_after
                    )
                if tier >= 0 and known == 1 and (d >> tier) & 1 == 0:
                    plus = d | (1 << tier)
                    stop_plus = -pending_cost(j + 1, count, due, plus, triggers, belief, cost)
                    for level in range(top, 0, -1):
                        if _triggered(triggers[tier], level):
                            with_tier = _best(after, 1, plus, level, top, exposure, forgone, stop_plus)
                            p = belief[tier]
                            here[1, d, level] = p * (with_tier - cost[tier]) + (1.0 - p) * here[1, d, level]
                # Just before the boundary the party may still stop or climb.
                for level in range(1, top + 1):
                    value = max(known * stop_before, here[known, d, level])
                    if level < top:
                        climb = climb_cost(
                            exposure[level], exposure[level + 1], forgone[level], forgone[level + 1]
                        )
                        value = max(value, here[known, d, level + 1] - climb)
                    here[known, d, level] = value
            # The stage that leads to it. Levels are overwritten in place from the lowest up.
            for level in range(1, top + 1):
                rate = eta / resistance[level]
                goes_on = math.exp(-rate * span)
                flow = stage_value(m * gain[level] - loss[level], rate, span)
                seen = confirmed_by(confirm_rate[level], confirm_delay, start, times[j])
                sure = goes_on * here[1, d, level] + (1.0 - goes_on) * stop_before
                unseen = goes_on * here[0, d, level]
                here[1, d, level] = flow + sure
                here[0, d, level] = flow + seen * sure + (1.0 - seen) * unseen
        after, here = here, after
    out[0] = -confirmed * pending_cost(0, count, due, mask, triggers, belief, cost)
    for level in range(1, 6):
        out[level] = after[confirmed, mask, level] if level <= top else -math.inf


@rule("R19")
def _triggered(trigger: int, level: int) -> bool:
    """Whether a tier's trigger holds at a level, as the violator plans."""
    return trigger != 2 or level >= 5


@rule("R19")
def _best(
    after: NDArray[np.float64],
    known: int,
    mask: int,
    level: int,
    top: int,
    exposure: Floats,
    forgone: Floats,
    stop: float,
) -> float:
    """W: the best of stopping, going on and climbing one level."""
    value = max(stop, after[known, mask, level])
    if level < top:
        climb = climb_cost(exposure[level], exposure[level + 1], forgone[level], forgone[level + 1])
        value = max(value, after[known, mask, level + 1] - climb)
    return float(value)
