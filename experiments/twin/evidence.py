"""What is seen and reported; the twin of `environment.evidence`."""

from __future__ import annotations

import math
from typing import Any

from environment.agenda import Class
from environment.ledger import MONITORING, SLOT_ACTOR
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
from experiments.twin.basics import add, draw, note
from experiments.twin.books import enter, free, leaves, reported
from experiments.twin.cases import ledger_changed
from experiments.twin.compiling import compiled
from experiments.twin.verification import assess

DETECT, OBSERVE, FALSE_ALARMS = int(Class.DETECT), int(Class.OBSERVE), int(Class.FALSE_ALARM)
DETECTED, OBSERVED = int(Event.DETECTED), int(Event.OBSERVED)
FALSE_ALARM, ACCUSATION = int(Event.FALSE_ALARM), int(Event.ACCUSATION)


@compiled
def watch(w: Any, s: Any, side: int, sector: int) -> None:
    """Arm the detection of a violation within what is left of today, if it falls due (R07)."""
    slot = side * w.sectors + sector
    level = s.v_level[slot]
    if level == 0 or (s.i_status[slot] != FREE and s.i_active[slot]):
        return
    if level >= 5:
        s.v_detect_mark[slot] += 1
        add(s, s.now, DETECT, sector, -1, side, s.v_detect_mark[slot], 0)
        return
    _gather(w, s, slot)
    into_day = (s.now % DAY) / HOUR
    hazard = w.hazard[sector, level, s.jammed[sector]]
    s.v_detect_hazard[slot] = hazard
    s.v_detect_since[slot] = s.now
    s.v_detect_mark[slot] += 1
    wait = detection_wait(hazard, w.monitoring_night, into_day, 24.0 - into_day, s.v_detect_need[slot])
    if wait >= 0.0:
        at = s.now
        if wait > 0.0:
            at = s.now + milliseconds(wait)
        add(s, at, DETECT, sector, -1, side, s.v_detect_mark[slot], 0)


@compiled
def _gather(w: Any, s: Any, slot: int) -> None:
    """Take off the need of detection what the hazard so far today has gathered."""
    since = s.v_detect_since[slot]
    hours = (s.now - since) / HOUR
    if hours > 0.0 and s.v_detect_hazard[slot] > 0.0:
        start = (since % DAY) / HOUR
        gone = detection_wait(s.v_detect_hazard[slot], w.monitoring_night, start, hours, math.inf)
        s.v_detect_need[slot] = max(0.0, s.v_detect_need[slot] - (-1.0 - gone))


@compiled
def on_detect(w: Any, s: Any, side: int, sector: int, mark: int) -> None:
    """A violation is seen for the first time, or seen again after a lull."""
    slot = side * w.sectors + sector
    if s.v_detect_mark[slot] != mark or (s.i_status[slot] != FREE and s.i_active[slot]):
        return
    _, u = draw(s, draws.DETECTION, side * SLOT_ACTOR + sector, address(s.v_origin[slot], 0))
    level = assessed_level(s.v_level[slot], w.monitoring_level_error, u, 5)
    if s.i_status[slot] == FREE or s.i_status[slot] == CONFIRMED:
        truth = UKRAINE_VIOLATED
        if side == RUSSIA:
            ordered = s.v_source[slot] == ORDERED or s.v_source[slot] == RETALIATION
            truth = RUSSIA_ORDERED if ordered else RUSSIA_UNAUTHORISED
        enter(w, s, slot, truth, s.v_origin[slot], s.v_began[slot])
    s.i_level[slot] = level
    s.i_active[slot] = 1
    reported(w, s, slot, DETECTED, MONITORS)
    assess(w, s, slot)
    ledger_changed(w, s, sector)


@compiled
def change(w: Any, s: Any, side: int, sector: int) -> None:
    """A violation that is in the ledger escalated or ended: that will be seen after a delay."""
    slot = side * w.sectors + sector
    if s.i_status[slot] == FREE or not s.i_active[slot]:
        return
    mean = w.monitoring_watch_delay_hours
    wait = 0
    if s.v_level[slot] < 5 and mean > 0.0:
        index = address(s.v_origin[slot], s.v_level[slot])
        u, _ = draw(s, draws.OBSERVATION, side * SLOT_ACTOR + sector, index)
        wait = milliseconds(mean * exponential(u))
    add(s, s.now + wait, OBSERVE, sector, -1, side, s.i_serial[slot], 0)


@compiled
def on_observe(w: Any, s: Any, kind: int, sector: int, serial: int) -> None:
    """The ledger takes in how a watched incident stands now."""
    slot = kind * w.sectors + sector
    if s.i_serial[slot] != serial or s.i_status[slot] == FREE or not s.i_active[slot]:
        return
    level = s.v_level[slot] if kind <= BY_UKRAINE else 0
    if level > 0:
        if level == s.i_level[slot]:
            return
        s.i_level[slot] = level
    s.i_active[slot] = level > 0
    _noted(w, s, slot, s.i_level[slot])
    if level > 0:
        if s.i_status[slot] == DROPPED:
            s.i_status[slot] = SEEN
            s.i_allowed[slot] = s.i_attempts[slot] + w.verification_attempts
        assess(w, s, slot)
    elif leaves(s, slot):
        free(s, slot)
    ledger_changed(w, s, sector)


@compiled
def _noted(w: Any, s: Any, slot: int, level: int) -> None:
    sector, serial, active = slot % w.sectors, s.i_serial[slot], s.i_active[slot]
    note(s, OBSERVED, MONITORS, sector, level, -1, -1, -1, MONITORING, serial, float(active), 0.0, 0.0)


@compiled
def excess(w: Any, s: Any, sector: int) -> None:
    """At the end of a day: background fire observed in a sector may itself be material (R10)."""
    slot = EXCESS * w.sectors + sector
    material = is_material(s.observed[sector], w.materiality)
    if material and s.i_status[slot] == FREE:
        russia = s.true_events[RUSSIA, sector] >= s.true_events[UKRAINE, sector]
        truth = RUSSIA_UNAUTHORISED if russia else UKRAINE_VIOLATED
        enter(w, s, slot, truth, (s.now // DAY) * 4, s.now - DAY)
        s.i_level[slot] = 1
        s.i_active[slot] = 1
        reported(w, s, slot, DETECTED, MONITORS)
        assess(w, s, slot)
        ledger_changed(w, s, sector)
    elif s.i_status[slot] != FREE and s.i_active[slot] and not material:
        s.i_active[slot] = 0
        _noted(w, s, slot, 1)
        if leaves(s, slot):
            free(s, slot)
        ledger_changed(w, s, sector)


@compiled
def reassess(w: Any, s: Any, sector: int) -> None:
    """At the end of a day: what is known but was not material may have become so."""
    for kind in range(4):
        slot = kind * w.sectors + sector
        if s.i_status[slot] == SEEN and s.i_active[slot]:
            assess(w, s, slot)


@compiled
def arm_false_alarm(w: Any, s: Any, sector: int, number: int) -> None:
    """Arm the next false report of a sector."""
    rate = w.false_alarm_per_year
    if rate <= 0.0:
        return
    u, _ = draw(s, draws.FALSE_ALARM, sector, number)
    wait = milliseconds(exponential(u) / rate * 365.0 * 24.0)
    if s.now + wait <= w.horizon:
        add(s, s.now + wait, FALSE_ALARMS, sector, -1, -1, 0, number)


@compiled
def on_false_alarm(w: Any, s: Any, sector: int, number: int) -> None:
    """Something is reported that did not happen: by a sensor, or by a party that accuses (R35)."""
    arm_false_alarm(w, s, sector, number + 1)
    slot = FALSE * w.sectors + sector
    if s.i_status[slot] != FREE:
        return
    _, kind = draw(s, draws.FALSE_ALARM, sector, number)
    u, v = draw(s, draws.FALSE_ALARM_MARK, sector, number)
    enter(w, s, slot, NOTHING, number * 4 + 3, s.now)
    s.i_level[slot] = 1 + int(u * w.false_alarm_highest_level)
    s.i_active[slot] = 1
    source = false_report(kind, w.false_alarm_accusation)
    if source == SENSOR:
        reported(w, s, slot, FALSE_ALARM, MONITORS)
    else:
        reported(w, s, slot, ACCUSATION, RUSSIA if source == REPORTED_BY_RUSSIA else UKRAINE)
    ends = s.now + milliseconds(w.false_alarm_hours * exponential(v))
    add(s, ends, OBSERVE, sector, -1, FALSE, s.i_serial[slot], 0)
    assess(w, s, slot)
