"""What is seen and reported: detection, observation, excess of background fire, false reports (R07, R35).

Truth enters the ledger here and in `verification.py`, through signals only. Whoever answers a violation reads
what these two wrote.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from environment import ledger, verification
from environment.agenda import Class, Entry
from environment.log import MONITORS, Event
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, address, exponential, milliseconds
from environment.rules.incidents import BY_RUSSIA as REPORTED_BY_RUSSIA
from environment.rules.incidents import SENSOR, false_report
from environment.rules.monitoring import (
    NOTHING,
    RUSSIA_ORDERED,
    RUSSIA_UNAUTHORISED,
    UKRAINE_VIOLATED,
    assessed_level,
    detection_wait,
    is_material,
)
from environment.state import BY_UKRAINE, CONFIRMED, DROPPED, EXCESS, FALSE, FREE, ORDERED, RETALIATION, SEEN
from environment.world import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel


def begin(run: CeasefireModel) -> None:
    """Arm the first false report of each sector."""
    for sector in range(run.world.sectors):
        _arm_false_alarm(run, sector, 0)


def watch(run: CeasefireModel, side: int, sector: int) -> None:
    """Arm the detection of a violation within what is left of today, if it falls due (R07)."""
    world, s = run.world, run.state
    slot = side * world.sectors + sector
    level = s.violations.level[slot]
    if level == 0 or (s.incidents.status[slot] != FREE and s.incidents.active[slot]):
        return
    if level >= 5:
        s.violations.detect_mark[slot] += 1
        run.agenda.add(run.now, Class.DETECT, sector, actor=side, mark=s.violations.detect_mark[slot])
        return
    v, night = s.violations, world.p.monitoring_night
    _gather(run, slot)
    into_day = (run.now % DAY) / HOUR
    hazard = world.hazard[sector][level][int(s.jammed[sector])]
    v.detect_hazard[slot], v.detect_since[slot] = hazard, run.now
    v.detect_mark[slot] += 1
    wait = detection_wait(hazard, night, into_day, 24.0 - into_day, v.detect_need[slot])
    if wait >= 0.0:
        at = run.now + (milliseconds(wait) if wait > 0.0 else 0)
        run.agenda.add(at, Class.DETECT, sector, actor=side, mark=v.detect_mark[slot])


def _gather(run: CeasefireModel, slot: int) -> None:
    """Take off the need of detection what the hazard so far today has gathered."""
    v = run.state.violations
    since = v.detect_since[slot]
    hours = (run.now - since) / HOUR
    if hours > 0.0 and v.detect_hazard[slot] > 0.0:
        start = (since % DAY) / HOUR
        gone = detection_wait(v.detect_hazard[slot], run.world.p.monitoring_night, start, hours, math.inf)
        v.detect_need[slot] = max(0.0, v.detect_need[slot] - (-1.0 - gone))


def on_detect(run: CeasefireModel, entry: Entry) -> None:
    """A violation is seen for the first time, or seen again after a lull."""
    side, sector = entry.actor, entry.sector
    world, s = run.world, run.state
    slot = side * world.sectors + sector
    v, known = s.violations, s.incidents
    if v.detect_mark[slot] != entry.mark or (known.status[slot] != FREE and known.active[slot]):
        return
    _, u = run.draw(draws.DETECTION, side * ledger.SLOT_ACTOR + sector, address(v.origin[slot], 0))
    level = assessed_level(v.level[slot], world.p.monitoring_level_error, u, 5)
    if known.status[slot] in (FREE, CONFIRMED):  # who resumed hostilities must be found out anew
        truth = UKRAINE_VIOLATED if side == UKRAINE else _truth(v.source[slot])
        ledger.enter(run, slot, truth, v.origin[slot], v.began[slot])
    known.level[slot] = level
    known.active[slot] = True
    ledger.reported(run, slot, Event.DETECTED, MONITORS)
    verification.assess(run, slot)
    verification.changed(run, slot)


def _truth(source: int) -> int:
    return RUSSIA_ORDERED if source in (ORDERED, RETALIATION) else RUSSIA_UNAUTHORISED


def change(run: CeasefireModel, side: int, sector: int) -> None:
    """A violation that is in the ledger escalated or ended: that will be seen after a delay."""
    world, s = run.world, run.state
    slot = side * world.sectors + sector
    if s.incidents.status[slot] == FREE or not s.incidents.active[slot]:
        return
    mean = world.p.monitoring_watch_delay_hours
    v = s.violations
    wait = 0
    if v.level[slot] < 5 and mean > 0.0:
        index = address(v.origin[slot], v.level[slot])
        u, _ = run.draw(draws.OBSERVATION, side * ledger.SLOT_ACTOR + sector, index)
        wait = milliseconds(mean * exponential(u))
    run.agenda.add(
        run.now + wait, Class.OBSERVE, sector, actor=slot // world.sectors, mark=s.incidents.serial[slot]
    )


def on_observe(run: CeasefireModel, entry: Entry) -> None:
    """The ledger takes in how a watched incident stands now."""
    world, s = run.world, run.state
    kind, sector = entry.actor, entry.sector
    slot = kind * world.sectors + sector
    known = s.incidents
    if known.serial[slot] != entry.mark or known.status[slot] == FREE or not known.active[slot]:
        return
    level = s.violations.level[slot] if kind <= BY_UKRAINE else 0
    if level > 0:
        if level == known.level[slot]:
            return
        known.level[slot] = level
    known.active[slot] = level > 0
    run.note(
        Event.OBSERVED,
        MONITORS,
        sector,
        known.level[slot],
        clause=ledger.MONITORING,
        evidence=known.serial[slot],
        x=known.active[slot],
    )
    if level > 0:
        if known.status[slot] == DROPPED:  # a graver violation is looked at again
            known.status[slot] = SEEN
            known.allowed[slot] = known.attempts[slot] + world.p.verification_attempts
        verification.assess(run, slot)
    elif ledger.leaves(run, slot):
        ledger.free(run, slot)
    verification.changed(run, slot)


def excess(run: CeasefireModel, sector: int) -> None:
    """At the end of a day: background fire observed in a sector may itself be material (R10)."""
    world, s = run.world, run.state
    known = s.incidents
    slot = EXCESS * world.sectors + sector
    material = is_material(s.observed[sector], world.materiality)
    if material and known.status[slot] == FREE:
        russia = s.true_events[RUSSIA][sector] >= s.true_events[UKRAINE][sector]
        truth = RUSSIA_UNAUTHORISED if russia else UKRAINE_VIOLATED
        ledger.enter(run, slot, truth, run.day * 4, run.now - DAY)
        known.level[slot] = 1
        known.active[slot] = True
        ledger.reported(run, slot, Event.DETECTED, MONITORS)
        verification.assess(run, slot)
        verification.changed(run, slot)
    elif known.status[slot] != FREE and known.active[slot] and not material:
        known.active[slot] = False
        run.note(
            Event.OBSERVED, MONITORS, sector, 1, clause=ledger.MONITORING, evidence=known.serial[slot], x=0
        )
        if ledger.leaves(run, slot):
            ledger.free(run, slot)
        verification.changed(run, slot)


def reassess(run: CeasefireModel, sector: int) -> None:
    """At the end of a day: what is known but was not material may have become so."""
    for kind in range(4):
        slot = kind * run.world.sectors + sector
        if run.state.incidents.status[slot] == SEEN and run.state.incidents.active[slot]:
            verification.assess(run, slot)


def _arm_false_alarm(run: CeasefireModel, sector: int, number: int) -> None:
    rate = run.world.p.false_alarm_per_year
    if rate <= 0.0:
        return
    u, _ = run.draw(draws.FALSE_ALARM, sector, number)
    wait = milliseconds(exponential(u) / rate * 365.0 * 24.0)
    if run.now + wait <= run.world.horizon:
        run.agenda.add(run.now + wait, Class.FALSE_ALARM, sector, detail=number)


def on_false_alarm(run: CeasefireModel, entry: Entry) -> None:
    """Something is reported that did not happen: by a sensor, or by a party that accuses (R35)."""
    world, s, p = run.world, run.state, run.world.p
    sector, number = entry.sector, entry.detail
    _arm_false_alarm(run, sector, number + 1)
    slot = FALSE * world.sectors + sector
    if s.incidents.status[slot] != FREE:
        return
    _, kind = run.draw(draws.FALSE_ALARM, sector, number)
    u, v = run.draw(draws.FALSE_ALARM_MARK, sector, number)
    ledger.enter(run, slot, NOTHING, number * 4 + 3, run.now)
    s.incidents.level[slot] = 1 + int(u * p.false_alarm_highest_level)
    s.incidents.active[slot] = True
    source = false_report(kind, p.false_alarm_accusation)
    if source == SENSOR:
        ledger.reported(run, slot, Event.FALSE_ALARM, MONITORS)
    else:
        ledger.reported(run, slot, Event.ACCUSATION, RUSSIA if source == REPORTED_BY_RUSSIA else UKRAINE)
    ends = run.now + milliseconds(p.false_alarm_hours * exponential(v))
    run.agenda.add(ends, Class.OBSERVE, sector, actor=FALSE, mark=s.incidents.serial[slot])
    verification.assess(run, slot)
