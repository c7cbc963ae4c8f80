"""The evidence ledger: detection, observation, false reports, verification and attribution.

Truth enters here through signals only. Whoever answers a violation reads what this module wrote.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from environment import cases
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
    assessed_severity,
    base_rate,
    bayes,
    detection_wait,
    is_confirmed,
    is_material,
    is_repeated,
    likelihood,
    signal_accuracy,
    signal_category,
    verification_delay,
)
from environment.state import (
    BY_UKRAINE,
    CONFIRMED,
    DROPPED,
    EXCESS,
    FALSE,
    FREE,
    ORDERED,
    RETALIATION,
    SEEN,
    VERIFYING,
)
from environment.world import CLAUSES, RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

SLOT_ACTOR = 64
"""An actor of a stream that belongs to an incident slot is kind * 64 + sector."""
MONITORING, ATTRIBUTION, BREACH = (CLAUSES.index(c) for c in ("monitoring", "attribution", "breach"))


def begin(run: CeasefireModel) -> None:
    """Arm the first false report of each sector."""
    for sector in range(run.world.sectors):
        _arm_false_alarm(run, sector, 0)


# -- seeing ----------------------------------------------------------------------------------------


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
    _, u = run.draw(draws.DETECTION, side * SLOT_ACTOR + sector, address(v.origin[slot], 0))
    level = assessed_level(v.level[slot], world.p.monitoring_level_error, u, 5)
    if known.status[slot] in (FREE, CONFIRMED):  # who resumed hostilities must be found out anew
        truth = UKRAINE_VIOLATED if side == UKRAINE else _truth(v.source[slot])
        _open(run, slot, truth, v.origin[slot], v.began[slot])
    known.level[slot] = level
    known.active[slot] = True
    _reported(run, slot, Event.DETECTED, MONITORS)
    _assess(run, slot)
    _changed(run, slot)


def _truth(source: int) -> int:
    return RUSSIA_ORDERED if source in (ORDERED, RETALIATION) else RUSSIA_UNAUTHORISED


def _open(run: CeasefireModel, slot: int, truth: int, origin: int, began: int) -> None:
    """A new incident enters the ledger."""
    s, p = run.state, run.world.p
    known = s.incidents
    s.incidents_opened += 1
    known.serial[slot] = s.incidents_opened
    known.status[slot] = SEEN
    known.truth[slot] = truth
    known.origin[slot] = origin
    known.began[slot] = began
    known.attempts[slot] = 0
    known.allowed[slot] = p.verification_attempts
    known.mark[slot] += 1
    known.case[slot] = -1
    for c in range(4):
        known.posterior[slot][c] = base_rate(
            run.world.base_rate[c], p.base_rate_strength, s.base_tally[c], s.base_count
        )
    ring = s.ring[slot % run.world.sectors]
    ring.insert(0, run.now)
    ring.pop()


def _severity(run: CeasefireModel, slot: int) -> float:
    """Assessed severity over 24 h: the incident's, and what background fire was observed in the sector."""
    s = run.state
    sector = slot % run.world.sectors
    own = 0.0 if slot // run.world.sectors == EXCESS else run.world.level["severity"][s.incidents.level[slot]]
    return assessed_severity(own, s.observed[sector])


def _reported(run: CeasefireModel, slot: int, event: Event, actor: int) -> None:
    s = run.state
    known = s.incidents
    run.note(
        event,
        actor,
        slot % run.world.sectors,
        known.level[slot],
        clause=MONITORING,
        evidence=known.serial[slot],
        x=_severity(run, slot),
    )


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
        minute = (run.now - v.began[slot]) // 60_000
        u, _ = run.draw(draws.OBSERVATION, side * SLOT_ACTOR + sector, address(v.origin[slot], minute))
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
        clause=MONITORING,
        evidence=known.serial[slot],
        x=known.active[slot],
    )
    if level > 0:
        if known.status[slot] == DROPPED:  # a graver violation is looked at again
            known.status[slot] = SEEN
            known.allowed[slot] = known.attempts[slot] + world.p.verification_attempts
        _assess(run, slot)
    elif _leaves(run, slot):
        _free(run, slot)
    _changed(run, slot)


def _leaves(run: CeasefireModel, slot: int) -> bool:
    """Whether an incident that is over leaves the ledger: nothing is pending on it and no case holds it."""
    known = run.state.incidents
    aside = known.status[slot] == CONFIRMED and known.case[slot] < 0
    return aside or known.status[slot] in (SEEN, DROPPED)


def excess(run: CeasefireModel, sector: int) -> None:
    """At the end of a day: background fire observed in a sector may itself be material (R10)."""
    world, s = run.world, run.state
    known = s.incidents
    slot = EXCESS * world.sectors + sector
    material = is_material(s.observed[sector], world.materiality)
    if material and known.status[slot] == FREE:
        russia = s.true_events[RUSSIA][sector] >= s.true_events[UKRAINE][sector]
        truth = RUSSIA_UNAUTHORISED if russia else UKRAINE_VIOLATED
        _open(run, slot, truth, run.day * 4, run.now - DAY)
        known.level[slot] = 1
        known.active[slot] = True
        _reported(run, slot, Event.DETECTED, MONITORS)
        _assess(run, slot)
        _changed(run, slot)
    elif known.status[slot] != FREE and known.active[slot] and not material:
        known.active[slot] = False
        run.note(Event.OBSERVED, MONITORS, sector, 1, clause=MONITORING, evidence=known.serial[slot], x=0)
        if _leaves(run, slot):
            _free(run, slot)
        _changed(run, slot)


def reassess(run: CeasefireModel, sector: int) -> None:
    """At the end of a day: what is known but was not material may have become so."""
    for kind in range(4):
        slot = kind * run.world.sectors + sector
        if run.state.incidents.status[slot] == SEEN and run.state.incidents.active[slot]:
            _assess(run, slot)


# -- false reports ---------------------------------------------------------------------------------


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
    _open(run, slot, NOTHING, number * 4 + 3, run.now)
    s.incidents.level[slot] = 1 + int(u * 2.0)
    s.incidents.active[slot] = True
    source = false_report(kind, p.false_alarm_accusation)
    if source == SENSOR:
        _reported(run, slot, Event.FALSE_ALARM, MONITORS)
    else:
        _reported(run, slot, Event.ACCUSATION, RUSSIA if source == REPORTED_BY_RUSSIA else UKRAINE)
    ends = run.now + milliseconds(p.false_alarm_hours * exponential(v))
    run.agenda.add(ends, Class.OBSERVE, sector, actor=FALSE, mark=s.incidents.serial[slot])
    _assess(run, slot)


# -- verification and attribution ------------------------------------------------------------------


def _assess(run: CeasefireModel, slot: int) -> None:
    """Start verification of what is material and, where only repeated ones count, repeated (R10)."""
    world, s = run.world, run.state
    known = s.incidents
    if known.status[slot] != SEEN:
        return
    severity = _severity(run, slot)
    last = s.ring[slot % world.sectors][world.repeated_count - 1]
    if not is_material(severity, world.materiality) or not is_repeated(
        world.repeated_count, last, run.now, world.repeated_window
    ):
        run.note(
            Event.RECORDED,
            MONITORS,
            slot % world.sectors,
            known.level[slot],
            clause=BREACH,
            evidence=known.serial[slot],
            x=severity,
        )
        return
    known.status[slot] = VERIFYING
    known.began[slot] = _breach_began(run, slot)
    _attempt(run, slot, 0)


def _breach_began(run: CeasefireModel, slot: int) -> int:
    """When the incident became a breach: when it reached a level that is material by itself, else now.

    Fire below the materiality threshold starts no clock.
    """
    world, s = run.world, run.state
    kind = slot // world.sectors
    if kind > BY_UKRAINE:
        return s.incidents.began[slot]
    v = s.violations
    for level in range(1, v.level[slot] + 1):
        at = v.reached[slot][level]
        if at >= 0 and is_material(world.level["severity"][level], world.materiality):
            return at
    return run.now


def _attempt(run: CeasefireModel, slot: int, rest: int) -> None:
    """Begin an attempt at verification, `rest` ms from now (R08)."""
    world, s, p = run.world, run.state, run.world.p
    known = s.incidents
    sector = slot % world.sectors
    known.attempts[slot] += 1
    u, v = run.draw(draws.VERIFICATION, _actor(run, slot), address(known.origin[slot], known.attempts[slot]))
    disputed = v < world.dispute
    hours = verification_delay(p.verification_delay_hours, u, disputed, world.dispute_hours)
    due = run.now + rest + (milliseconds(hours) if hours > 0.0 else 0)
    run.note(
        Event.VERIFICATION_BEGINS,
        MONITORS,
        sector,
        known.level[slot],
        clause=ATTRIBUTION,
        evidence=known.serial[slot],
        x=_severity(run, slot),
        y=due / HOUR,
        z=disputed,
    )
    run.agenda.add(due, Class.VERIFY, sector, actor=slot // world.sectors, mark=known.mark[slot])


def _actor(run: CeasefireModel, slot: int) -> int:
    return (slot // run.world.sectors) * SLOT_ACTOR + slot % run.world.sectors


def on_verify(run: CeasefireModel, entry: Entry) -> None:
    """An attempt at verification ends: a signal or none, a posterior, a finding (R08, R09, R11)."""
    world, s = run.world, run.state
    slot = entry.actor * world.sectors + entry.sector
    known = s.incidents
    if known.mark[slot] != entry.mark or known.status[slot] != VERIFYING:
        return
    u, v = run.draw(draws.SIGNAL, _actor(run, slot), address(known.origin[slot], known.attempts[slot]))
    if u < world.success:
        _update(run, slot, v)
    posterior = known.posterior[slot]
    russia = posterior[RUSSIA_ORDERED] + posterior[RUSSIA_UNAUTHORISED]
    if is_confirmed(russia, world.posterior_threshold):
        _confirm(run, slot, RUSSIA, russia)
    elif is_confirmed(posterior[UKRAINE_VIOLATED], world.posterior_threshold):
        _confirm(run, slot, UKRAINE, posterior[UKRAINE_VIOLATED])
    elif is_confirmed(posterior[NOTHING], world.posterior_threshold) or not _again(run, slot):
        _dismiss(run, slot)


def _update(run: CeasefireModel, slot: int, v: float) -> None:
    """Bayes on a conclusive signal, with the stated errors (R09)."""
    world, known = run.world, run.state.incidents
    sure = signal_accuracy(world.level["attributability"][known.level[slot]], world.p.verification_quality)
    signal = signal_category(known.truth[slot], sure, v)
    posterior = known.posterior[slot]
    total = 0.0
    for c in range(4):
        total += posterior[c] * likelihood(c, signal, sure)
    for c in range(4):
        posterior[c] = bayes(posterior[c], likelihood(c, signal, sure), total)


def _again(run: CeasefireModel, slot: int) -> bool:
    """Look again while hostilities go on and attempts are left; whether it does."""
    known, p = run.state.incidents, run.world.p
    if not known.active[slot] or known.attempts[slot] >= known.allowed[slot]:
        return False
    _finding(run, slot, Event.INCONCLUSIVE, -1)
    _attempt(run, slot, milliseconds(p.verification_relook_hours))
    return True


def _finding(run: CeasefireModel, slot: int, event: Event, accused: int, case: int = -1) -> None:
    known = run.state.incidents
    posterior = known.posterior[slot]
    russia = posterior[RUSSIA_ORDERED] + posterior[RUSSIA_UNAUTHORISED]
    run.note(
        event,
        accused,
        slot % run.world.sectors,
        known.level[slot],
        case=case,
        clause=ATTRIBUTION,
        evidence=known.serial[slot],
        x=posterior[UKRAINE_VIOLATED] if accused == UKRAINE else russia,
        y=posterior[RUSSIA_ORDERED],
        z=known.attempts[slot],
    )


def _tally(run: CeasefireModel, slot: int) -> None:
    s = run.state
    for c in range(4):
        s.base_tally[c] += s.incidents.posterior[slot][c]
    s.base_count += 1.0


def _confirm(run: CeasefireModel, slot: int, accused: int, posterior: float) -> None:
    """A breach is confirmed: it goes on the record, and opens or joins a case where the party is bound."""
    s = run.state
    known = s.incidents
    known.status[slot] = CONFIRMED
    _tally(run, slot)
    run.totals.verified += 1
    guilty = UKRAINE if known.truth[slot] == UKRAINE_VIOLATED else RUSSIA
    if known.truth[slot] == NOTHING or guilty != accused:
        run.totals.wrong += 1
    _finding(run, slot, Event.VERIFIED, accused)
    cases.breach(run, slot, accused, posterior)


def _dismiss(run: CeasefireModel, slot: int) -> None:
    """Nothing found, or nobody found: the incident is dismissed."""
    known = run.state.incidents
    _tally(run, slot)
    run.totals.dismissed += 1
    _finding(run, slot, Event.DISMISSED, -1)
    if known.active[slot]:
        known.status[slot] = DROPPED
    else:
        _free(run, slot)
    _changed(run, slot)


def _free(run: CeasefireModel, slot: int) -> None:
    run.state.incidents.status[slot] = FREE
    run.state.incidents.mark[slot] += 1


def set_aside(run: CeasefireModel, slot: int) -> None:
    """A confirmed breach by a party that the framework does not bind: nothing follows but the record."""
    run.state.incidents.case[slot] = -1
    if not run.state.incidents.active[slot]:
        _free(run, slot)


def release(run: CeasefireModel, slot: int) -> None:
    """A case closed: its incidents leave the ledger's open part."""
    _free(run, slot)


def _changed(run: CeasefireModel, slot: int) -> None:
    """Tell the cases that the ledger changed."""
    cases.ledger_changed(run, slot % run.world.sectors)
