"""Violations as they happen: opportunities, orders, reviews and replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import accounts, casebook, endings, evidence, halting, responses
from environment.agenda import Class, Entry
from environment.log import Event
from environment.parties import ESCALATE, PERSIST, STOP, Reply, Situation
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
from environment.rules.slow import attention
from environment.state import LEVELS, ORDERED, RETALIATION
from environment.world import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

MAJORANTS = (RUSSIA_MAJORANT, UKRAINE_MAJORANT)
BY_OPPORTUNITY, BY_FLARE_UP, BY_REPLY, BY_SCRIPT = 0, 1, 2, 3
"""Last two bits of an origin: what brought the violation about."""


def begin(run: CeasefireModel) -> None:
    """Arm the first opportunity of each side and sector, and the scripted violation."""
    for side in (RUSSIA, UKRAINE):
        for sector in range(run.world.sectors):
            _arm_opportunity(run, side, sector, 0)
    if run.world.p.script_level > 0:
        u, v = run.draw(draws.OPPORTUNITY, accounts.SIDE_ACTOR * 2, 0)
        hour = int(u * run.world.p.script_window_hours)
        sector = min(int(v * run.world.sectors), run.world.sectors - 1)
        run.agenda.add(hour * HOUR, Class.OPPORTUNITY, sector, actor=RUSSIA, mark=-1)


def _arm_opportunity(run: CeasefireModel, side: int, sector: int, number: int) -> None:
    """Arm the next arrival of the homogeneous stream that could be accepted at any readiness at all.

    Arrivals that no state of the run could accept are passed over here, which changes nothing but time.
    """
    at, highest = run.now, _opportunity_rate(run, side, sector, 1.0)
    while at <= run.world.horizon:
        u, v = run.draw(draws.OPPORTUNITY, side * accounts.SIDE_ACTOR + sector, number)
        at += milliseconds(exponential(u) / MAJORANTS[side] * 24.0)
        if opportunity_accepted(highest, MAJORANTS[side], v):
            run.agenda.add(at, Class.OPPORTUNITY, sector, actor=side, detail=number)
            return
        number += 1


def _opportunity_rate(run: CeasefireModel, side: int, sector: int, readiness: float) -> float:
    world, p = run.world, run.world.p
    return opportunity_rate(
        p.opportunities_ukraine_per_day if side else p.opportunities_russia_per_day,
        world.salience[sector],
        world.force[side][sector],
        readiness,
        p.opportunities_floor,
        MAJORANTS[side],
    )


def on_opportunity(run: CeasefireModel, entry: Entry) -> None:
    """An arrival of the homogeneous stream: accepted or thinned; then the leadership decides (R02, R03)."""
    side, sector, number = entry.actor, entry.sector, entry.detail
    world, p, s = run.world, run.world.p, run.state
    if entry.mark == -1:
        if s.violations.level[side * world.sectors + sector] > 0:  # the script takes its place
            finish(run, side, sector, Event.VIOLATION_ENDS)
        start(run, side, sector, p.script_level, 1.0, ORDERED, BY_SCRIPT)
        return
    _arm_opportunity(run, side, sector, number + 1)
    actor = side * accounts.SIDE_ACTOR + sector
    slot = side * world.sectors + sector
    if s.violations.level[slot] > 0:
        return
    rate = _opportunity_rate(run, side, sector, s.readiness[side])
    _, v = run.draw(draws.OPPORTUNITY, actor, number)
    if not opportunity_accepted(rate, MAJORANTS[side], v):
        return
    run.totals.opportunities += 1
    z = normal(run.draw(draws.OPPORTUNITY_VALUE, actor, number)[0])
    value = opportunity_value(
        world.salience[sector], world.force[side][sector], p.opportunities_value_sigma, z
    )
    if side == UKRAINE:
        value = value * p.opportunities_ukraine_value
    u, _ = run.draw(draws.CHOICE, actor, number)
    level = run.parties.leaderships[side].at_opportunity(_situation(run, side, sector, value, u))
    run.note(Event.OPPORTUNITY, side, sector, level, x=value)
    if level > 0:
        start(run, side, sector, level, value, ORDERED, number * 4 + BY_OPPORTUNITY)


def _clock(run: CeasefireModel, side: int, sector: int) -> tuple[int, int]:
    """Serial of the sector's open case against a side and its clock in ms; without one, -1 and the age."""
    c, case = run.state.cases, casebook.slot_of(run, side, sector)
    if c.serial[case] > 0:
        return c.serial[case], run.now - c.clock[case]
    return -1, run.now - run.state.violations.began[side * run.world.sectors + sector]


def _situation(run: CeasefireModel, side: int, sector: int, value: float, u: float) -> Situation:
    """What a leadership sees of a sector, its own violation and its open case."""
    world, s, p = run.world, run.state, run.world.p
    slot = side * world.sectors + sector
    level = s.violations.level[slot]
    age = (run.now - s.violations.began[slot]) / HOUR if level else 0.0
    case = casebook.slot_of(run, side, sector)
    is_open = s.cases.serial[case] > 0
    return Situation(
        hours=run.now / HOUR,
        sector=sector,
        level=level,
        value=value,
        clock=(run.now - s.cases.clock[case]) / HOUR if is_open else age,
        age=age,
        confirmed=is_open,
        tiers=casebook.outlook(run, case) if is_open else (0, 0, 0, 0),
        ramp=casebook.deployed(run),
        in_force=casebook.in_force(run),
        attention=attention(p.truce_attention, p.truce_attention_half_life_days, (run.now - s.truce) / DAY),
        readiness=s.readiness[side],
        u=u,
    )


def start(
    run: CeasefireModel, side: int, sector: int, level: int, value: float, source: int, origin: int
) -> None:
    """A violation begins.

    Parameters
    ----------
    side, sector, level
        Who, where, and how grave (1 to 5).
    value
        m, the value of the opportunity.
    source
        ``ORDERED``, ``UNAUTHORISED`` or ``RETALIATION``.
    origin
        Identity of its cause; the index of every draw about it is built on this.
    """
    accounts.settle(run)
    world, v = run.world, run.state.violations
    slot = side * world.sectors + sector
    actor = side * accounts.SIDE_ACTOR + sector
    v.mark[slot] += 1
    v.level[slot] = level
    v.source[slot] = source
    v.origin[slot] = origin
    v.began[slot] = v.since[slot] = v.counted[slot] = run.now
    v.reached[slot] = [run.now if k == level else -1 for k in range(LEVELS)]
    v.value[slot] = value
    v.peak[slot] = level
    v.gathered[slot] = v.rate[slot] = 0.0
    v.need[slot] = exponential(run.draw(draws.HALTING, actor, address(origin, 0))[0])
    v.detect_hazard[slot], v.detect_since[slot] = 0.0, run.now
    v.detect_need[slot] = exponential(run.draw(draws.DETECTION, actor, address(origin, 0))[0])
    v.ground[slot] = normal(run.draw(draws.GROUND, actor, address(origin, 0))[0])
    case, clock = _clock(run, side, sector)
    run.note(Event.VIOLATION_BEGINS, side, sector, level, case=case, clock=clock, x=source, y=value)
    _show(run, side, sector, level, 0)
    halting.retime(run, side, sector)
    run.agenda.add(run.now + DAY, Class.REVIEW, sector, actor=side, mark=v.mark[slot])
    _reach(run, side, sector, 0, level)


def _show(run: CeasefireModel, side: int, sector: int, level: int, known_for: int) -> None:
    """Charge what being known as the author of a level costs beyond the level before, once a violation (R30)."""
    world, p, s = run.world, run.world.p, run.state
    scrutiny = attention(p.truce_attention, p.truce_attention_half_life_days, (run.now - s.truce) / DAY)
    ladder, seen = world.level, world.seen[sector]
    new, old = (
        exposure(ladder["exposure"][k], ladder["attributability"][k], seen[k], scrutiny)
        for k in (level, known_for)
    )
    run.totals.utility[side] -= climb_cost(old, new, 0.0, 0.0)


def _reach(run: CeasefireModel, side: int, sector: int, before: int, level: int) -> None:
    """What reaching a level sets off: the collapse clock, strikes, detection."""
    v = run.state.violations
    slot = side * run.world.sectors + sector
    if level >= 5:
        v.attack_mark[slot] += 1
        endings.arm_collapse(run, side, sector, v.attack_mark[slot])
    forgone, p = run.world.level["forgone"], run.world.p
    peace = p.payoff_peace_ukraine if side else p.payoff_peace_russia
    run.totals.utility[side] -= (forgone[level] - forgone[before]) * peace
    there = casebook.deployed(run)
    if level >= 4 and before < 4 and run.world.on_line and side == RUSSIA and there > 0.0:
        run.totals.utility[side] -= p.tripwire_cost * there
        endings.exchange(run, side, sector, -1, 0, run.world.p.tripwire_war_weight, there)
    if level == 3:
        accounts.strike(run, side, sector)
    if run.ending < 0:
        evidence.watch(run, side, sector)


def on_halt(run: CeasefireModel, entry: Entry) -> None:
    """A violation is halted by force."""
    slot = entry.actor * run.world.sectors + entry.sector
    if run.state.violations.halt_mark[slot] == entry.mark:
        finish(run, entry.actor, entry.sector, Event.HALTED)


def finish(run: CeasefireModel, side: int, sector: int, how: Event) -> None:
    """A violation ends: its books are closed, and whoever watches it will see that it is over."""
    accounts.settle(run)
    v = run.state.violations
    slot = side * run.world.sectors + sector
    accounts.book(run, side, sector)
    hours = (run.now - v.began[slot]) / HOUR
    run.totals.violations[side][v.source[slot]][v.peak[slot]] += 1
    case, clock = _clock(run, side, sector)
    run.note(how, side, sector, v.peak[slot], case=case, clock=clock, x=hours)
    v.level[slot] = 0
    v.mark[slot] += 1
    v.halt_mark[slot] += 1
    v.attack_mark[slot] += 1
    v.detect_mark[slot] += 1
    evidence.change(run, side, sector)


def on_review(run: CeasefireModel, entry: Entry) -> None:
    """Daily from the breach, or when something was delivered: stop, persist or escalate."""
    side, sector = entry.actor, entry.sector
    world, v = run.world, run.state.violations
    slot = side * world.sectors + sector
    if v.mark[slot] != entry.mark:
        return
    by_delivery = entry.detail > 0
    actor, origin = side * accounts.SIDE_ACTOR + sector, v.origin[slot]
    day = (run.now - v.began[slot]) // DAY
    if by_delivery:
        u, _ = run.draw(draws.DELIVERY_REVIEW, actor, address(origin, day * 8 + entry.detail))
    else:
        u, _ = run.draw(draws.REVIEW, actor, address(origin, day))
    situation = _situation(run, side, sector, v.value[slot], u)
    answer = run.parties.leaderships[side].at_review(situation)
    if answer == ESCALATE and v.level[slot] >= 5:
        answer = PERSIST
    case, clock = _clock(run, side, sector)
    run.note(Event.REVIEW, side, sector, v.level[slot], case=case, clock=clock, x=answer)
    if answer == STOP:
        finish(run, side, sector, Event.VIOLATION_ENDS)
        return
    if answer == ESCALATE:
        escalate(run, side, sector)
    if run.ending >= 0:
        return
    if not by_delivery:
        run.agenda.add(run.now + DAY, Class.REVIEW, sector, actor=side, mark=v.mark[slot])
        if v.level[slot] == 3 and answer != ESCALATE:
            accounts.strike(run, side, sector)
        responses.engage(run, side, sector)
        if side == RUSSIA and run.ending < 0:
            _reply(run, sector)


def escalate(run: CeasefireModel, side: int, sector: int) -> None:
    """A violation goes up one level."""
    accounts.settle(run)
    v = run.state.violations
    slot = side * run.world.sectors + sector
    accounts.book(run, side, sector)
    before = v.level[slot]
    v.level[slot] = before + 1
    v.peak[slot] = max(v.peak[slot], before + 1)
    v.reached[slot][before + 1] = run.now
    _show(run, side, sector, before + 1, before)
    case, clock = _clock(run, side, sector)
    run.note(Event.VIOLATION_ESCALATES, side, sector, before + 1, case=case, clock=clock)
    halting.retime(run, side, sector)
    _reach(run, side, sector, before, before + 1)
    evidence.change(run, side, sector)


def _reply(run: CeasefireModel, sector: int) -> None:
    """Ukraine holds and reports, or retaliates beyond ordinary return fire (R32). It reads the ledger."""
    world, s = run.world, run.state
    known = s.incidents
    if not known.active[sector] or known.status[sector] == 0:
        return
    theirs, own = s.violations, world.sectors + sector
    level = known.level[sector]
    minute = (run.now - theirs.began[sector]) // 60_000
    u, _ = run.draw(draws.REPLY, sector, address(theirs.origin[sector], minute))
    reply = Reply(
        hours=run.now / HOUR,
        sector=sector,
        assessed_level=level,
        severity=world.level["severity"][level],
        own_level=theirs.level[own],
        standing=casebook.standing(run),
        ramp=casebook.deployed(run),
        in_force=casebook.in_force(run),
        u=u,
    )
    retaliates = theirs.level[own] == 0 and run.parties.defender.replies(reply)
    run.note(Event.REPLY, UKRAINE, sector, level, evidence=known.serial[sector], x=retaliates)
    if retaliates:
        answer = min(level, world.p.opportunities_ukraine_top_level)
        start(
            run,
            UKRAINE,
            sector,
            answer,
            world.salience[sector],
            RETALIATION,
            (run.now // HOUR) * 4 + BY_REPLY,
        )
