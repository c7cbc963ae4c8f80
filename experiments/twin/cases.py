"""Cases and their clocks; the twin of `environment.cases`."""

from __future__ import annotations

from typing import Any

from environment.agenda import Class
from environment.cases import CASE_CLAUSE, CLOCK_CLAUSE
from environment.log import Event
from environment.rules.monitoring import NOTHING, RUSSIA_ORDERED, UKRAINE_VIOLATED, case_origin
from environment.rules.slow import quiet_ends
from environment.rules.tiers import tier_time, trigger_holds
from environment.state import CONFIRMED, OPENED, VERIFYING, WAITING
from environment.world import MAX_TIERS, RUSSIA, UKRAINE
from experiments.twin.basics import add, note
from experiments.twin.books import free, set_aside
from experiments.twin.casebook import in_force, note_tier, posterior_of, record, scope, slot_of, standing
from experiments.twin.compiling import compiled
from experiments.twin.halting import retime, retime_case
from experiments.twin.responses import call, miss

TIER, DEADLINE, QUIET = int(Class.TIER), int(Class.DEADLINE), int(Class.QUIET)
CASE_OPENED, CASE_JOINED, CASE_CLOSED = (
    int(Event.CASE_OPENED),
    int(Event.CASE_JOINED),
    int(Event.CASE_CLOSED),
)
TIER_OPENED, DEADLINE_CANCELLED = int(Event.TIER_OPENED), int(Event.DEADLINE_CANCELLED)


@compiled
def breach(w: Any, s: Any, incident: int, accused: int, posterior: float) -> None:
    """A confirmed breach: on the record, and into a case where the accused party is bound."""
    sector = incident % w.sectors
    if accused == UKRAINE:
        s.standing_lost = 1.0 - standing(w, s) + w.standing_loss
        s.standing_at = s.now
    if not w.binds[accused] and not (accused == RUSSIA and w.tiers == 0):
        set_aside(s, incident)
        return
    case = slot_of(w, accused, sector)
    s.i_case[incident] = case
    if s.c_serial[case] == 0:
        _open(w, s, case, incident, accused, posterior)
    else:
        s.c_posterior[case] = max(s.c_posterior[case], posterior)
        s.c_ordered[case] = max(s.c_ordered[case], _ordered(s, incident, accused))
        s.c_evidence[case] = s.i_serial[incident]
        clock, serial = s.now - s.c_clock[case], s.c_serial[case]
        level, shown = s.i_level[incident], s.i_serial[incident]
        note(s, CASE_JOINED, accused, sector, level, serial, clock, -1, CASE_CLAUSE, shown, 0.0, 0.0, 0.0)
    s.record[accused] = record(w, s, accused) + 1.0
    s.record_at[accused] = s.now
    update(w, s, case)


@compiled
def _ordered(s: Any, incident: int, accused: int) -> float:
    """Posterior that the accused leadership ordered it; for Ukraine the ledger has one category only."""
    return s.i_posterior[incident, UKRAINE_VIOLATED if accused == UKRAINE else RUSSIA_ORDERED]


@compiled
def _open(w: Any, s: Any, case: int, incident: int, accused: int, posterior: float) -> None:
    s.cases_opened += 1
    s.t_cases += 1
    sector = incident % w.sectors
    s.c_serial[case] = s.cases_opened
    s.c_sector[case] = sector
    s.c_kind[case] = incident // w.sectors
    s.c_origin[case] = s.i_origin[incident]
    s.c_clock[case] = case_origin(s.i_began[incident], s.now, bool(w.clock_from_breach))
    s.c_posterior[case] = posterior
    s.c_ordered[case] = _ordered(s, incident, accused)
    s.c_evidence[case] = s.i_serial[incident]
    s.c_quiet[case] = 0
    for k in range(MAX_TIERS):
        s.c_status[case, k] = WAITING
        s.c_missed[case, k] = 0
        s.c_failed[case, k] = 0
        s.c_armed[case, k] = 0
        s.c_withheld[case, k] = 0
        s.c_arrived[case, k] = 0.0
    guilty = UKRAINE if s.i_truth[incident] == UKRAINE_VIOLATED else RUSSIA
    if s.i_truth[incident] == NOTHING or guilty != accused:
        s.t_false_responses += 1
    clock, serial = s.now - s.c_clock[case], s.c_serial[case]
    level, shown = s.i_level[incident], s.i_serial[incident]
    note(s, CASE_OPENED, accused, sector, level, serial, clock, -1, CLOCK_CLAUSE, shown, 0.0, 0.0, 0.0)
    for k in range(w.tiers):
        opens = tier_time(s.c_clock[case], w.k_opens[k])
        if opens > s.now:
            add(s, opens, TIER, sector, case, -1, serial, k)


@compiled
def _incidents(w: Any, s: Any, case: int) -> tuple[bool, int, bool]:
    """Whether hostilities go on, at which assessed level, and whether something is still being verified."""
    first, end = scope(w, case)
    level = 0
    active = False
    pending = False
    for kind in range(4):
        for sector in range(first, end):
            slot = kind * w.sectors + sector
            if s.i_status[slot] == VERIFYING:
                pending = True
            elif s.i_status[slot] == CONFIRMED and s.i_case[slot] == case and s.i_active[slot]:
                active = True
                level = max(level, s.i_level[slot])
    return active, level, pending


@compiled
def ledger_changed(w: Any, s: Any, sector: int) -> None:
    """The ledger changed in a sector: look at the triggers and the quiet of the cases that cover it."""
    for side in (RUSSIA, UKRAINE):
        case = slot_of(w, side, sector)
        if s.c_serial[case] > 0:
            update(w, s, case)


@compiled
def update(w: Any, s: Any, case: int) -> None:
    """Open the tiers whose trigger holds; start or break off the quiet hours."""
    active, level, pending = _incidents(w, s, case)
    s.last_case = s.now
    if active:
        withheld = False
        for k in range(MAX_TIERS):
            if s.c_withheld[case, k]:
                withheld = True
                s.c_withheld[case, k] = 0
        if withheld:
            retime_case(w, s, case)
    _evaluate(w, s, case, active, level)
    quiet = not active and not pending
    if quiet == bool(s.c_quiet[case]):
        return
    s.c_quiet[case] = quiet
    s.c_quiet_mark[case] += 1
    if quiet:
        add(s, quiet_ends(s.now, w.quiet), QUIET, s.c_sector[case], case, -1, s.c_quiet_mark[case], 0)


@compiled
def on_tier(w: Any, s: Any, case: int, serial: int) -> None:
    """A tier's hour has come: look at its trigger (R12)."""
    if s.c_serial[case] == serial:
        active, level, _ = _incidents(w, s, case)
        _evaluate(w, s, case, active, level)


@compiled
def _evaluate(w: Any, s: Any, case: int, active: bool, level: int) -> None:
    if not in_force(s):
        return
    for k in range(w.tiers):
        due = tier_time(s.c_clock[case], w.k_opens[k])
        if s.c_status[case, k] == WAITING and s.now >= due and trigger_holds(w.k_trigger[k], active, level):
            _open_tier(w, s, case, k, active, level)


@compiled
def _open_tier(w: Any, s: Any, case: int, k: int, active: bool, level: int) -> None:
    """A tier opens: those called decide; its deadline is armed, or already missed where it opens late."""
    s.c_status[case, k] = OPENED
    s.c_opened_at[case, k] = s.now
    s.c_withheld[case, k] = bool(w.if_needed) and bool(w.k_local[k]) and not active
    s.t_tiers_called[k] += 1
    deadline = tier_time(s.c_clock[case], w.k_deadline[k])
    late = s.now > deadline
    note_tier(s, TIER_OPENED, case, k, -1, level, 1.0 if late else 0.0, posterior_of(w, s, case, k), 0.0)
    s.c_armed[case, k] = 1
    if late:
        s.t_late += 1
        miss(w, s, case, k)
    else:
        add(s, deadline, DEADLINE, s.c_sector[case], case, -1, s.c_serial[case], k)
    call(w, s, case, k, level)


@compiled
def on_quiet(w: Any, s: Any, case: int, mark: int) -> None:
    """The quiet hours have passed: the case closes; the record stays as the framework says (R34)."""
    if s.c_serial[case] == 0 or s.c_quiet_mark[case] != mark:
        return
    _cancel(w, s, case)
    clock, serial = s.now - s.c_clock[case], s.c_serial[case]
    side, sector = case // (w.sectors + 1), s.c_sector[case]
    note(s, CASE_CLOSED, side, sector, -1, serial, clock, -1, CASE_CLAUSE, -1, 0.0, 0.0, 0.0)
    for slot in range(4 * w.sectors):
        if s.i_case[slot] == case and s.i_status[slot] == CONFIRMED:
            free(s, slot)
    s.c_serial[case] = 0
    s.last_case = s.now
    retime_case(w, s, case)


@compiled
def _cancel(w: Any, s: Any, case: int) -> None:
    """What is armed of a case's deadlines will not fire."""
    for k in range(w.tiers):
        if s.c_armed[case, k]:
            s.c_armed[case, k] = 0
            note_tier(s, DEADLINE_CANCELLED, case, k, -1, -1, 0.0, 0.0, 0.0)


@compiled
def awaken(w: Any, s: Any) -> None:
    """The framework has entered into force: look at every open case."""
    for case in range(2 * (w.sectors + 1)):
        if s.c_serial[case] > 0:
            update(w, s, case)


@compiled
def lapse(w: Any, s: Any) -> None:
    """The framework has lapsed: nothing that it had called is awaited, and no force stands on the line."""
    for case in range(2 * (w.sectors + 1)):
        if s.c_serial[case] > 0:
            _cancel(w, s, case)
    for sector in range(w.sectors):
        retime(w, s, RUSSIA, sector)
