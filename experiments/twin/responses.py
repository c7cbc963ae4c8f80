"""Commitments, arrivals, delivery and missed deadlines; the twin of `environment.responses`."""

from __future__ import annotations

from typing import Any

from environment.agenda import Class
from environment.log import FIRST_STATE, Event
from environment.rules import draws
from environment.rules.draws import HOUR, address, milliseconds
from environment.rules.monitoring import assessed_severity
from environment.rules.tiers import contribution, is_delivered, response_delay
from environment.state import DELIVERED, OPENED
from environment.world import AUTOMATIC, LEAD, QUORUM, RUSSIA
from experiments.twin.basics import add, draw
from experiments.twin.beliefs import PARTNERS, learn
from experiments.twin.casebook import (
    logistics,
    note_tier,
    posterior_of,
    ramp_factor,
    record,
    scope,
    slot_of,
    us_backing,
)
from experiments.twin.compiling import compiled
from experiments.twin.halting import exchange, retime_case
from experiments.twin.memory import see
from experiments.twin.states import effort, probability, tires

ARRIVE, DEADLINE, REVIEW = int(Class.ARRIVE), int(Class.DEADLINE), int(Class.REVIEW)
RESPONSE_DECIDED, RESPONSE_ARRIVED = int(Event.RESPONSE_DECIDED), int(Event.RESPONSE_ARRIVED)
WARNING_DELIVERED, TIER_DELIVERED = int(Event.WARNING_DELIVERED), int(Event.TIER_DELIVERED)
DEADLINE_MISSED, RESPONSE_FAILED = int(Event.DEADLINE_MISSED), int(Event.RESPONSE_FAILED)


@compiled
def call(w: Any, s: Any, case: int, k: int, level: int) -> None:
    """Those called decide in order of leadership; what they send arrives after their delays (R13-R15)."""
    side = case // (w.sectors + 1)
    decision = w.k_decision[k]
    automatic = decision == AUTOMATIC
    leads = decision == LEAD
    total = w.k_weight[side, k]
    r = w.k_reliability[k]
    hours = s.now / HOUR
    posterior = posterior_of(w, s, case, k)
    severity = assessed_severity(w.level_severity[level], s.observed[s.c_sector[case]])
    known = max(0.0, record(w, s, side) - 1.0)
    backing = us_backing(w, s)
    index = _commitment_index(w, s, case, k)
    acts = automatic or posterior >= w.response_posterior_to_act
    willing = 0
    committed = 0.0
    before = 0.0
    for place in range(w.k_size[side, k]):
        i = w.k_called[side, k, place]
        expected = r * before
        if leads and willing > 0 and before > 0.0:
            lead_weight = w.weight[w.k_lead[k]]
            expected = lead_weight + r * (before - lead_weight)
        share, expected_share = committed / total, expected / total
        honours = False
        if acts:
            p = r
            if not automatic:
                p = probability(w, s, i, k, hours, posterior, severity, known, share, expected_share, backing)
            u, _ = draw(s, draws.COMMITMENT, i, index)
            honours = u < p
        strength = w.weight[i] if honours else 0
        note_tier(
            s, RESPONSE_DECIDED, case, k, FIRST_STATE + i, -1, 1.0 if honours else 0.0, float(strength), share
        )
        if honours:
            s.willing[willing] = i
            willing += 1
            committed += w.weight[i]
        elif leads and i == w.k_lead[k]:
            break
        before += w.weight[i]
    if decision == QUORUM and committed < w.k_quorum[k] * total - 1e-9:
        return
    for place in range(willing):
        _send(w, s, case, k, s.willing[place], index)


@compiled
def _commitment_index(w: Any, s: Any, case: int, k: int) -> int:
    """Identity of a commitment: the case's origin, where it began, and the tier."""
    where = (case // (w.sectors + 1)) * 512 + s.c_kind[case] * 64 + s.c_sector[case]
    return address(s.c_origin[case], where * 8 + k)


@compiled
def _send(w: Any, s: Any, case: int, k: int, i: int, index: int) -> None:
    """A state that honours its commitment sends what it can; it arrives after its delay (R14)."""
    _, v = draw(s, draws.COMMITMENT, i, index)
    hours = response_delay(w.delay_least[k, i], w.delay_mean[k, i], v)
    arrival = s.now
    if hours > 0.0:
        arrival = s.now + milliseconds(hours)
    add(s, arrival, ARRIVE, s.c_sector[case], case, i, s.c_serial[case], k)


@compiled
def on_arrival(w: Any, s: Any, case: int, i: int, serial: int, k: int) -> None:
    """A state's response arrives: it denies, it costs, and it may complete the tier."""
    if s.c_serial[case] != serial:
        return
    side = case // (w.sectors + 1)
    hours = s.now / HOUR
    share = effort(w, s, i, hours)
    amount = contribution(w.weight[i], ramp_factor(w, s, k), logistics(w, s, i), share)
    tires(w, s, i, share, hours)
    total = w.k_weight[side, k]
    s.t_responder_cost += w.k_cost[side, k] * amount / total
    s.c_arrived[case, k] += amount
    s.t_strength += amount / total
    note_tier(s, RESPONSE_ARRIVED, case, k, FIRST_STATE + i, -1, amount, s.c_arrived[case, k], 0.0)
    retime_case(w, s, case)
    if s.c_status[case, k] == OPENED and is_delivered(s.c_arrived[case, k], total, w.k_required[k]):
        _deliver(w, s, case, k)


@compiled
def _deliver(w: Any, s: Any, case: int, k: int) -> None:
    """The required strength is there: the tier is delivered, learned, paid for, and reviewed."""
    side = case // (w.sectors + 1)
    late = s.c_missed[case, k]
    awaited = s.c_armed[case, k]  # no failure was learned of it, and its framework has not lapsed
    s.c_status[case, k] = DELIVERED
    s.c_delivered_at[case, k] = s.now
    s.c_armed[case, k] = 0
    s.t_delivered[k] += 1
    if w.k_warns[k]:
        note_tier(s, WARNING_DELIVERED, case, k, -1, -1, float(late), 0.0, 0.0)
    note_tier(
        s, TIER_DELIVERED, case, k, -1, -1, s.c_arrived[case, k] / w.k_weight[side, k], float(late), 0.0
    )
    if awaited and not late:
        s.t_met += 1
    if awaited:
        _teach(w, s, side, k, True)
    s.t_utility[side] -= w.k_punishment[side, k]
    first, end = scope(w, case)
    for sector in range(first, end):
        slot = side * w.sectors + sector
        if s.v_level[slot] > 0:
            add(s, s.now, REVIEW, sector, case, side, s.v_mark[slot], k + 1)
            _engage(w, s, case, k, side, sector)
            if s.ending >= 0:
                return


@compiled
def _teach(w: Any, s: Any, side: int, k: int, delivered: bool) -> None:
    """The accused learns what the promise against it is worth, and Ukraine what its partners are (R21)."""
    see(w, s, side, k, delivered)
    learn(w, s, side, k, delivered, s.now / HOUR)
    if side == RUSSIA:
        learn(w, s, PARTNERS, k, delivered, s.now / HOUR)


@compiled
def engage(w: Any, s: Any, side: int, sector: int) -> None:
    """Each day that hostilities go on under a delivered kinetic tier is an exchange of fire (R18)."""
    case = slot_of(w, side, sector)
    if s.c_serial[case] == 0:
        return
    for k in range(w.tiers):
        fresh = s.c_delivered_at[case, k] == s.now
        if s.c_status[case, k] == DELIVERED and not fresh and s.ending < 0:
            _engage(w, s, case, k, side, sector)


@compiled
def _engage(w: Any, s: Any, case: int, k: int, side: int, sector: int) -> None:
    weight = w.k_war_weight[side, k]
    if weight > 0.0 and w.physical:
        strength = min(1.0, s.c_arrived[case, k] / w.k_weight[side, k])
        exchange(w, s, side, sector, case, k + 1, weight, strength)


@compiled
def on_deadline(w: Any, s: Any, case: int, serial: int, k: int) -> None:
    """A tier's deadline passes without the required strength: the stated one, then the one allowed."""
    if s.c_serial[case] != serial or not s.c_armed[case, k]:
        return
    if s.c_missed[case, k]:
        _fail(w, s, case, k)
    else:
        miss(w, s, case, k)


@compiled
def miss(w: Any, s: Any, case: int, k: int) -> None:
    """The stated deadline is missed. A tier that opened late is still allowed the time it would have had."""
    s.c_missed[case, k] = 1
    s.t_missed += 1
    side = case // (w.sectors + 1)
    note_tier(s, DEADLINE_MISSED, case, k, -1, -1, s.c_arrived[case, k] / w.k_weight[side, k], 0.0, 0.0)
    allowed = s.c_opened_at[case, k] + w.k_deadline[k] - w.k_opens[k]
    if allowed > s.now:
        add(s, allowed, DEADLINE, s.c_sector[case], case, -1, s.c_serial[case], k)
    else:
        _fail(w, s, case, k)


@compiled
def _fail(w: Any, s: Any, case: int, k: int) -> None:
    """The response has not come in the time allowed after it was called: the violator learns it (R21)."""
    s.c_armed[case, k] = 0
    s.c_failed[case, k] = 1
    side = case // (w.sectors + 1)
    note_tier(s, RESPONSE_FAILED, case, k, -1, -1, s.c_arrived[case, k] / w.k_weight[side, k], 0.0, 0.0)
    _teach(w, s, side, k, False)
