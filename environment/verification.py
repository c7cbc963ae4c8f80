"""Verification and attribution: what is material, signals and their errors, the finding (R08-R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import cases, ledger
from environment.agenda import Class, Entry
from environment.log import MONITORS, Event
from environment.rules import draws
from environment.rules.draws import HOUR, address, milliseconds
from environment.rules.monitoring import (
    NOTHING,
    RUSSIA_ORDERED,
    RUSSIA_UNAUTHORISED,
    UKRAINE_VIOLATED,
    bayes,
    is_confirmed,
    is_material,
    is_repeated,
    likelihood,
    signal_accuracy,
    signal_category,
    verification_delay,
)
from environment.state import BY_UKRAINE, CONFIRMED, DROPPED, SEEN, VERIFYING
from environment.world import CLAUSES, RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

ATTRIBUTION, BREACH = (CLAUSES.index(c) for c in ("attribution", "breach"))


def assess(run: CeasefireModel, slot: int) -> None:
    """Start verification of what is material and, where only repeated ones count, repeated (R10)."""
    world, s = run.world, run.state
    known = s.incidents
    if known.status[slot] != SEEN:
        return
    severity = ledger.severity_of(run, slot)
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
    u, v = run.draw(
        draws.VERIFICATION, ledger.actor_of(run, slot), address(known.origin[slot], known.attempts[slot])
    )
    disputed = v < world.dispute
    hours = verification_delay(
        p.verification_delay_hours, p.verification_delay_spread, u, disputed, world.dispute_hours
    )
    due = run.now + rest + (milliseconds(hours) if hours > 0.0 else 0)
    run.note(
        Event.VERIFICATION_BEGINS,
        MONITORS,
        sector,
        known.level[slot],
        clause=ATTRIBUTION,
        evidence=known.serial[slot],
        x=ledger.severity_of(run, slot),
        y=due / HOUR,
        z=disputed,
    )
    run.agenda.add(due, Class.VERIFY, sector, actor=slot // world.sectors, mark=known.mark[slot])


def on_verify(run: CeasefireModel, entry: Entry) -> None:
    """An attempt at verification ends: a signal or none, a posterior, a finding (R08, R09, R11)."""
    world, s = run.world, run.state
    slot = entry.actor * world.sectors + entry.sector
    known = s.incidents
    if known.mark[slot] != entry.mark or known.status[slot] != VERIFYING:
        return
    u, v = run.draw(
        draws.SIGNAL, ledger.actor_of(run, slot), address(known.origin[slot], known.attempts[slot])
    )
    if u < world.success:
        _update(run, slot, v)
    posterior = known.posterior[slot]
    russia = posterior[RUSSIA_ORDERED] + posterior[RUSSIA_UNAUTHORISED]
    if known.signals[slot] == 0:  # base rates alone accuse nobody
        if not _again(run, slot):
            _dismiss(run, slot)
    elif is_confirmed(russia, world.posterior_threshold):
        _confirm(run, slot, RUSSIA, russia)
    elif is_confirmed(posterior[UKRAINE_VIOLATED], world.posterior_threshold):
        _confirm(run, slot, UKRAINE, posterior[UKRAINE_VIOLATED])
    elif is_confirmed(posterior[NOTHING], world.posterior_threshold) or not _again(run, slot):
        _dismiss(run, slot)


def _update(run: CeasefireModel, slot: int, v: float) -> None:
    """Bayes on a conclusive signal, with the stated errors (R09)."""
    world, known = run.world, run.state.incidents
    known.signals[slot] += 1
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
    if s.incidents.signals[slot] == 0:
        return
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
        ledger.free(run, slot)
    changed(run, slot)


def changed(run: CeasefireModel, slot: int) -> None:
    """Tell the cases that the ledger changed."""
    cases.ledger_changed(run, slot % run.world.sectors)
