"""Cases and their clocks: the framework at work. Reads the evidence ledger only.

A case opens on a confirmed breach, runs its clock from the initial breach, opens tiers whose trigger
holds, collects responses, and closes after the quiet hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import casebook, halting, ledger, responses
from environment.agenda import Class, Entry
from environment.log import Event
from environment.rules.monitoring import NOTHING, RUSSIA_ORDERED, UKRAINE_VIOLATED, case_origin
from environment.rules.slow import quiet_ends
from environment.rules.tiers import tier_time, trigger_holds
from environment.state import CONFIRMED, OPENED, VERIFYING, WAITING
from environment.world import CLAUSES, MAX_TIERS, RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

CASE_CLAUSE, CLOCK_CLAUSE = (CLAUSES.index(c) for c in ("case", "clock"))


def breach(run: CeasefireModel, incident: int, accused: int, posterior: float) -> None:
    """A confirmed breach: on the record, and into a case where the accused party is bound."""
    world, s = run.world, run.state
    known = s.incidents
    sector = incident % world.sectors
    if accused == UKRAINE:
        s.standing_lost = 1.0 - casebook.standing(run) + world.p.standing_loss
        s.standing_at = run.now
    if not world.binds[accused] and not (accused == RUSSIA and world.tiers.size == 0):
        ledger.set_aside(run, incident)
        return
    case = casebook.slot_of(run, accused, sector)
    known.case[incident] = case
    c = s.cases
    if c.serial[case] == 0:
        _open(run, case, incident, accused, posterior)
    else:
        c.posterior[case] = max(c.posterior[case], posterior)
        c.ordered[case] = max(c.ordered[case], _ordered(run, incident, accused))
        c.evidence[case] = known.serial[incident]
        run.note(
            Event.CASE_JOINED,
            accused,
            sector,
            known.level[incident],
            case=c.serial[case],
            clock=run.now - c.clock[case],
            clause=CASE_CLAUSE,
            evidence=known.serial[incident],
        )
    s.record[accused] = casebook.record(run, accused) + 1.0
    s.record_at[accused] = run.now
    update(run, case)


def _ordered(run: CeasefireModel, incident: int, accused: int) -> float:
    """Posterior that the accused leadership ordered it; for Ukraine the ledger has one category only."""
    posterior = run.state.incidents.posterior[incident]
    return posterior[UKRAINE_VIOLATED] if accused == UKRAINE else posterior[RUSSIA_ORDERED]


def _open(run: CeasefireModel, case: int, incident: int, accused: int, posterior: float) -> None:
    world, s = run.world, run.state
    c, known, tiers = s.cases, s.incidents, run.world.tiers
    s.cases_opened += 1
    run.totals.cases += 1
    c.serial[case] = s.cases_opened
    c.sector[case] = incident % world.sectors
    c.kind[case] = incident // world.sectors
    c.origin[case] = known.origin[incident]
    c.clock[case] = case_origin(known.began[incident], run.now, world.clock_from_breach)
    c.posterior[case] = posterior
    c.ordered[case] = _ordered(run, incident, accused)
    c.evidence[case] = known.serial[incident]
    c.quiet[case] = False
    for k in range(MAX_TIERS):
        c.status[case][k] = WAITING
        c.missed[case][k] = c.failed[case][k] = c.armed[case][k] = c.withheld[case][k] = False
        c.arrived[case][k] = 0.0
    guilty = UKRAINE if known.truth[incident] == UKRAINE_VIOLATED else RUSSIA
    if known.truth[incident] == NOTHING or guilty != accused:
        run.totals.false_responses += 1
    run.note(
        Event.CASE_OPENED,
        accused,
        c.sector[case],
        known.level[incident],
        case=c.serial[case],
        clock=run.now - c.clock[case],
        clause=CLOCK_CLAUSE,
        evidence=known.serial[incident],
    )
    for k in range(tiers.size):
        opens = tier_time(c.clock[case], tiers.opens[k])
        if opens > run.now:
            run.agenda.add(opens, Class.TIER, c.sector[case], case=case, mark=c.serial[case], detail=k)


def _incidents(run: CeasefireModel, case: int) -> tuple[bool, int, bool]:
    """Whether hostilities go on, at which assessed level, and whether something is still being verified."""
    world, known = run.world, run.state.incidents
    sectors = world.sectors
    scope = range(sectors) if case % (sectors + 1) == sectors else (case % (sectors + 1),)
    level, active, pending = 0, False, False
    for kind in range(4):
        for sector in scope:
            slot = kind * sectors + sector
            if known.status[slot] == VERIFYING:
                pending = True
            elif known.status[slot] == CONFIRMED and known.case[slot] == case and known.active[slot]:
                active = True
                level = max(level, known.level[slot])
    return active, level, pending


def ledger_changed(run: CeasefireModel, sector: int) -> None:
    """The ledger changed in a sector: look at the triggers and the quiet of the cases that cover it."""
    for side in (RUSSIA, UKRAINE):
        case = casebook.slot_of(run, side, sector)
        if run.state.cases.serial[case] > 0:
            update(run, case)


def update(run: CeasefireModel, case: int) -> None:
    """Open the tiers whose trigger holds; start or break off the quiet hours."""
    c = run.state.cases
    active, level, pending = _incidents(run, case)
    run.state.last_case = run.now
    if active and any(c.withheld[case]):  # it is needed now
        c.withheld[case] = [False] * MAX_TIERS
        halting.retime_case(run, case)
    _evaluate(run, case, active, level)
    quiet = not active and not pending
    if quiet == c.quiet[case]:
        return
    c.quiet[case] = quiet
    c.quiet_mark[case] += 1
    if quiet:
        run.agenda.add(
            quiet_ends(run.now, run.world.quiet),
            Class.QUIET,
            c.sector[case],
            case=case,
            mark=c.quiet_mark[case],
        )


def on_tier(run: CeasefireModel, entry: Entry) -> None:
    """A tier's hour has come: look at its trigger (R12)."""
    c = run.state.cases
    if c.serial[entry.case] == entry.mark:
        active, level, _ = _incidents(run, entry.case)
        _evaluate(run, entry.case, active, level)


def _evaluate(run: CeasefireModel, case: int, active: bool, level: int) -> None:
    tiers, c = run.world.tiers, run.state.cases
    if not casebook.in_force(run):
        return
    for k in range(tiers.size):
        due = tier_time(c.clock[case], tiers.opens[k])
        if c.status[case][k] == WAITING and run.now >= due and trigger_holds(tiers.trigger[k], active, level):
            _open_tier(run, case, k, active, level)


def _open_tier(run: CeasefireModel, case: int, k: int, active: bool, level: int) -> None:
    """A tier opens: those called decide; its deadline is armed, or already missed where it opens late."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    c.status[case][k] = OPENED
    c.opened_at[case][k] = run.now
    c.withheld[case][k] = bool(world.if_needed and tiers.local[k] and not active)
    run.totals.tiers_called[k] += 1
    deadline = tier_time(c.clock[case], tiers.deadline[k])
    late = run.now > deadline
    casebook.note(run, Event.TIER_OPENED, case, k, level=level, x=late, y=casebook.posterior_of(run, case, k))
    c.armed[case][k] = True
    if late:
        run.totals.late += 1
        responses.miss(run, case, k)
    else:
        run.agenda.add(deadline, Class.DEADLINE, c.sector[case], case=case, mark=c.serial[case], detail=k)
    responses.call(run, case, k, level)


def on_quiet(run: CeasefireModel, entry: Entry) -> None:
    """The quiet hours have passed: the case closes; the record stays as the framework says (R34)."""
    world, c, known = run.world, run.state.cases, run.state.incidents
    case = entry.case
    if c.serial[case] == 0 or c.quiet_mark[case] != entry.mark:
        return
    _cancel(run, case)
    run.note(
        Event.CASE_CLOSED,
        case // (world.sectors + 1),
        c.sector[case],
        case=c.serial[case],
        clock=run.now - c.clock[case],
        clause=CASE_CLAUSE,
    )
    for slot in range(4 * world.sectors):
        if known.case[slot] == case and known.status[slot] == CONFIRMED:
            ledger.free(run, slot)
    c.serial[case] = 0
    run.state.last_case = run.now
    halting.retime_case(run, case)


def _cancel(run: CeasefireModel, case: int) -> None:
    """What is armed of a case's deadlines will not fire."""
    armed = run.state.cases.armed[case]
    for k in range(run.world.tiers.size):
        if armed[k]:
            armed[k] = False
            casebook.note(run, Event.DEADLINE_CANCELLED, case, k)


def awaken(run: CeasefireModel) -> None:
    """The framework has entered into force: look at every open case."""
    for case in range(len(run.state.cases.serial)):
        if run.state.cases.serial[case] > 0:
            update(run, case)


def lapse(run: CeasefireModel) -> None:
    """The framework has lapsed: nothing that it had called is awaited, and no force stands on the line."""
    for case in range(len(run.state.cases.serial)):
        if run.state.cases.serial[case] > 0:
            _cancel(run, case)
    for sector in range(run.world.sectors):
        halting.retime(run, RUSSIA, sector)
