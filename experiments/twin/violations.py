"""Violations as they happen: opportunities, orders, reviews and replies; the twin of `environment.violations`."""

from __future__ import annotations

from typing import Any

from environment.accounts import SIDE_ACTOR
from environment.agenda import Class
from environment.log import Event
from environment.parties import ESCALATE, PERSIST, STOP
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, address, exponential, milliseconds, normal
from environment.rules.incidents import (
    RUSSIA_MAJORANT,
    UKRAINE_MAJORANT,
    climb_cost,
    exposure,
    opportunity_accepted,
    opportunity_rate,
    opportunity_value,
)
from environment.state import LEVELS, ORDERED, RETALIATION
from environment.violations import BY_OPPORTUNITY, BY_REPLY, BY_SCRIPT
from environment.world import RUSSIA, UKRAINE
from experiments.twin.basics import add, draw, note
from experiments.twin.books import book, settle, strike
from experiments.twin.casebook import deployed, slot_of
from experiments.twin.compiling import compiled
from experiments.twin.evidence import change, watch
from experiments.twin.halting import arm_collapse, exchange, retime
from experiments.twin.leadership import at_opportunity, at_review, replies, truce_attention
from experiments.twin.responses import engage

OPPORTUNITIES, REVIEWS = int(Class.OPPORTUNITY), int(Class.REVIEW)
OPPORTUNITY, VIOLATION_BEGINS = int(Event.OPPORTUNITY), int(Event.VIOLATION_BEGINS)
VIOLATION_ESCALATES, VIOLATION_ENDS = int(Event.VIOLATION_ESCALATES), int(Event.VIOLATION_ENDS)
REVIEW, REPLY, HALTED = int(Event.REVIEW), int(Event.REPLY), int(Event.HALTED)


@compiled
def begin(w: Any, s: Any) -> None:
    """Arm the first opportunity of each side and sector, and the scripted violation."""
    for side in (RUSSIA, UKRAINE):
        for sector in range(w.sectors):
            _arm_opportunity(w, s, side, sector, 0)
    if w.script_level > 0:
        u, v = draw(s, draws.OPPORTUNITY, SIDE_ACTOR * 2, 0)
        hour = int(u * w.script_window_hours)
        sector = min(int(v * w.sectors), w.sectors - 1)
        add(s, hour * HOUR, OPPORTUNITIES, sector, -1, RUSSIA, -1, 0)


@compiled
def _majorant(side: int) -> float:
    return UKRAINE_MAJORANT if side else RUSSIA_MAJORANT


@compiled
def _opportunity_rate(w: Any, side: int, sector: int, readiness: float) -> float:
    base = w.opportunities_ukraine_per_day if side else w.opportunities_russia_per_day
    salience, force = w.salience[sector], w.force[side, sector]
    return opportunity_rate(base, salience, force, readiness, w.opportunities_floor, _majorant(side))


@compiled
def _arm_opportunity(w: Any, s: Any, side: int, sector: int, number: int) -> None:
    """Arm the next arrival of the homogeneous stream that could be accepted at any readiness at all."""
    at = s.now
    majorant = _majorant(side)
    highest = _opportunity_rate(w, side, sector, 1.0)
    while at <= w.horizon:
        u, v = draw(s, draws.OPPORTUNITY, side * SIDE_ACTOR + sector, number)
        at += milliseconds(exponential(u) / majorant * 24.0)
        if opportunity_accepted(highest, majorant, v):
            add(s, at, OPPORTUNITIES, sector, -1, side, 0, number)
            return
        number += 1


@compiled
def on_opportunity(w: Any, s: Any, side: int, sector: int, mark: int, number: int) -> None:
    """An arrival of the homogeneous stream: accepted or thinned; then the leadership decides (R02, R03)."""
    if mark == -1:
        if s.v_level[side * w.sectors + sector] > 0:
            finish(w, s, side, sector, VIOLATION_ENDS)
        start(w, s, side, sector, w.script_level, 1.0, ORDERED, BY_SCRIPT)
        return
    _arm_opportunity(w, s, side, sector, number + 1)
    actor = side * SIDE_ACTOR + sector
    slot = side * w.sectors + sector
    if s.v_level[slot] > 0:
        return
    rate = _opportunity_rate(w, side, sector, s.readiness[side])
    _, v = draw(s, draws.OPPORTUNITY, actor, number)
    if not opportunity_accepted(rate, _majorant(side), v):
        return
    s.t_opportunities += 1
    u, _ = draw(s, draws.OPPORTUNITY_VALUE, actor, number)
    z = normal(u)
    value = opportunity_value(w.salience[sector], w.force[side, sector], w.opportunities_value_sigma, z)
    if side == UKRAINE:
        value = value * w.opportunities_ukraine_value
    u, _ = draw(s, draws.CHOICE, actor, number)
    level = at_opportunity(w, s, side, sector, value, u)
    note(s, OPPORTUNITY, side, sector, level, -1, -1, -1, -1, -1, value, 0.0, 0.0)
    if level > 0:
        start(w, s, side, sector, level, value, ORDERED, number * 4 + BY_OPPORTUNITY)


@compiled
def _clock(w: Any, s: Any, side: int, sector: int) -> tuple[int, int]:
    """Serial of the sector's open case against a side and its clock in ms; without one, -1 and the age."""
    case = slot_of(w, side, sector)
    if s.c_serial[case] > 0:
        return s.c_serial[case], s.now - s.c_clock[case]
    return -1, s.now - s.v_began[side * w.sectors + sector]


@compiled
def start(w: Any, s: Any, side: int, sector: int, level: int, value: float, source: int, origin: int) -> None:
    """A violation begins."""
    settle(w, s)
    slot = side * w.sectors + sector
    actor = side * SIDE_ACTOR + sector
    s.v_mark[slot] += 1
    s.v_level[slot] = level
    s.v_source[slot] = source
    s.v_origin[slot] = origin
    s.v_began[slot] = s.now
    s.v_since[slot] = s.now
    s.v_counted[slot] = s.now
    for k in range(LEVELS):
        s.v_reached[slot, k] = s.now if k == level else -1
    s.v_value[slot] = value
    s.v_peak[slot] = level
    s.v_gathered[slot] = 0.0
    s.v_rate[slot] = 0.0
    where = address(origin, 0)
    u, _ = draw(s, draws.HALTING, actor, where)
    s.v_need[slot] = exponential(u)
    s.v_detect_hazard[slot] = 0.0
    s.v_detect_since[slot] = s.now
    u, _ = draw(s, draws.DETECTION, actor, where)
    s.v_detect_need[slot] = exponential(u)
    u, _ = draw(s, draws.GROUND, actor, where)
    s.v_ground[slot] = normal(u)
    case, clock = _clock(w, s, side, sector)
    note(s, VIOLATION_BEGINS, side, sector, level, case, clock, -1, -1, -1, float(source), value, 0.0)
    _show(w, s, side, sector, level, 0)
    retime(w, s, side, sector)
    add(s, s.now + DAY, REVIEWS, sector, -1, side, s.v_mark[slot], 0)
    _reach(w, s, side, sector, 0, level)


@compiled
def _show(w: Any, s: Any, side: int, sector: int, level: int, known_for: int) -> None:
    """Charge what being known as the author of a level costs beyond the level before (R30)."""
    scrutiny = truce_attention(w, s)
    new = exposure(w.level_exposure[level], w.level_attributability[level], w.seen[sector, level], scrutiny)
    old = exposure(
        w.level_exposure[known_for], w.level_attributability[known_for], w.seen[sector, known_for], scrutiny
    )
    s.t_utility[side] -= climb_cost(old, new, 0.0, 0.0)


@compiled
def _reach(w: Any, s: Any, side: int, sector: int, before: int, level: int) -> None:
    """What reaching a level sets off: the collapse clock, strikes, detection."""
    slot = side * w.sectors + sector
    if level >= 5:
        s.v_attack_mark[slot] += 1
        arm_collapse(w, s, side, sector, s.v_attack_mark[slot])
    peace = w.payoff_peace_ukraine if side else w.payoff_peace_russia
    s.t_utility[side] -= (w.level_forgone[level] - w.level_forgone[before]) * peace
    there = deployed(w, s)
    if level >= 4 and before < 4 and w.on_line and side == RUSSIA and there > 0.0:
        s.t_utility[side] -= w.tripwire_cost * there
        exchange(w, s, side, sector, -1, 0, w.tripwire_war_weight, there)
    if level == 3:
        strike(w, s, side, sector)
    if s.ending < 0:
        watch(w, s, side, sector)


@compiled
def finish(w: Any, s: Any, side: int, sector: int, how: int) -> None:
    """A violation ends: its books are closed, and whoever watches it will see that it is over."""
    settle(w, s)
    slot = side * w.sectors + sector
    book(w, s, side, sector)
    hours = (s.now - s.v_began[slot]) / HOUR
    s.t_violations[side, s.v_source[slot], s.v_peak[slot]] += 1
    case, clock = _clock(w, s, side, sector)
    note(s, how, side, sector, s.v_peak[slot], case, clock, -1, -1, -1, hours, 0.0, 0.0)
    s.v_level[slot] = 0
    s.v_mark[slot] += 1
    s.v_halt_mark[slot] += 1
    s.v_attack_mark[slot] += 1
    s.v_detect_mark[slot] += 1
    change(w, s, side, sector)


@compiled
def on_halt(w: Any, s: Any, side: int, sector: int, mark: int) -> None:
    """A violation is halted by force."""
    if s.v_halt_mark[side * w.sectors + sector] == mark:
        finish(w, s, side, sector, HALTED)


@compiled
def on_review(w: Any, s: Any, side: int, sector: int, mark: int, detail: int) -> None:
    """Daily from the breach, or when something was delivered: stop, persist or escalate."""
    slot = side * w.sectors + sector
    if s.v_mark[slot] != mark:
        return
    by_delivery = detail > 0
    actor, origin = side * SIDE_ACTOR + sector, s.v_origin[slot]
    day = (s.now - s.v_began[slot]) // DAY
    stream, index = draws.REVIEW, address(origin, day)
    if by_delivery:
        stream, index = draws.DELIVERY_REVIEW, address(origin, day * 8 + detail)
    u, _ = draw(s, stream, actor, index)
    answer = at_review(w, s, side, sector, s.v_value[slot], u)
    if answer == ESCALATE and s.v_level[slot] >= 5:
        answer = PERSIST
    case, clock = _clock(w, s, side, sector)
    note(s, REVIEW, side, sector, s.v_level[slot], case, clock, -1, -1, -1, float(answer), 0.0, 0.0)
    if answer == STOP:
        finish(w, s, side, sector, VIOLATION_ENDS)
        return
    if answer == ESCALATE:
        escalate(w, s, side, sector)
    if s.ending >= 0 or by_delivery:
        return
    add(s, s.now + DAY, REVIEWS, sector, -1, side, s.v_mark[slot], 0)
    if s.v_level[slot] == 3 and answer != ESCALATE:
        strike(w, s, side, sector)
    engage(w, s, side, sector)
    if side == RUSSIA and s.ending < 0:
        _reply(w, s, sector)


@compiled
def escalate(w: Any, s: Any, side: int, sector: int) -> None:
    """A violation goes up one level."""
    settle(w, s)
    slot = side * w.sectors + sector
    book(w, s, side, sector)
    before = s.v_level[slot]
    s.v_level[slot] = before + 1
    s.v_peak[slot] = max(s.v_peak[slot], before + 1)
    s.v_reached[slot, before + 1] = s.now
    _show(w, s, side, sector, before + 1, before)
    case, clock = _clock(w, s, side, sector)
    note(s, VIOLATION_ESCALATES, side, sector, before + 1, case, clock, -1, -1, -1, 0.0, 0.0, 0.0)
    retime(w, s, side, sector)
    _reach(w, s, side, sector, before, before + 1)
    change(w, s, side, sector)


@compiled
def _reply(w: Any, s: Any, sector: int) -> None:
    """Ukraine holds and reports, or retaliates beyond ordinary return fire (R32). It reads the ledger."""
    if not s.i_active[sector] or s.i_status[sector] == 0:
        return
    own = w.sectors + sector
    level = s.i_level[sector]
    minute = (s.now - s.v_began[sector]) // 60_000
    u, _ = draw(s, draws.REPLY, sector, address(s.v_origin[sector], minute))
    retaliates = s.v_level[own] == 0 and replies(w, s, w.level_severity[level], u)
    serial = s.i_serial[sector]
    note(s, REPLY, UKRAINE, sector, level, -1, -1, -1, -1, serial, 1.0 if retaliates else 0.0, 0.0, 0.0)
    if retaliates:
        answer = min(level, w.opportunities_ukraine_top_level)
        origin = (s.now // HOUR) * 4 + BY_REPLY
        start(w, s, UKRAINE, sector, answer, w.salience[sector], RETALIATION, origin)
