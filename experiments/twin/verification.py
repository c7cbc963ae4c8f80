"""Verification and attribution; the twin of `environment.verification`."""

from __future__ import annotations

from typing import Any

from environment.agenda import Class
from environment.ledger import SLOT_ACTOR
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
from environment.verification import ATTRIBUTION, BREACH
from environment.world import RUSSIA, UKRAINE
from experiments.twin.basics import add, draw, note
from experiments.twin.books import free, severity_of
from experiments.twin.cases import breach, ledger_changed
from experiments.twin.compiling import compiled

VERIFY = int(Class.VERIFY)
RECORDED, VERIFICATION_BEGINS = int(Event.RECORDED), int(Event.VERIFICATION_BEGINS)
VERIFIED, INCONCLUSIVE, DISMISSED = int(Event.VERIFIED), int(Event.INCONCLUSIVE), int(Event.DISMISSED)


@compiled
def assess(w: Any, s: Any, slot: int) -> None:
    """Start verification of what is material and, where only repeated ones count, repeated (R10)."""
    if s.i_status[slot] != SEEN:
        return
    severity = severity_of(w, s, slot)
    sector = slot % w.sectors
    last = s.ring[sector, w.repeated_count - 1]
    if not is_material(severity, w.materiality) or not is_repeated(
        w.repeated_count, last, s.now, w.repeated_window
    ):
        level, serial = s.i_level[slot], s.i_serial[slot]
        note(s, RECORDED, MONITORS, sector, level, -1, -1, -1, BREACH, serial, severity, 0.0, 0.0)
        return
    s.i_status[slot] = VERIFYING
    s.i_began[slot] = _breach_began(w, s, slot)
    _attempt(w, s, slot, 0)


@compiled
def _breach_began(w: Any, s: Any, slot: int) -> int:
    """When the incident became a breach: when it reached a level that is material by itself, else now."""
    if slot // w.sectors > BY_UKRAINE:
        return s.i_began[slot]
    for level in range(1, s.v_level[slot] + 1):
        at = s.v_reached[slot, level]
        if at >= 0 and is_material(w.level_severity[level], w.materiality):
            return at
    return s.now


@compiled
def _slot_actor(w: Any, slot: int) -> int:
    return (slot // w.sectors) * SLOT_ACTOR + slot % w.sectors


@compiled
def _attempt(w: Any, s: Any, slot: int, rest: int) -> None:
    """Begin an attempt at verification, `rest` ms from now (R08)."""
    s.i_attempts[slot] += 1
    index = address(s.i_origin[slot], s.i_attempts[slot])
    u, v = draw(s, draws.VERIFICATION, _slot_actor(w, slot), index)
    disputed = v < w.dispute
    hours = verification_delay(
        w.verification_delay_hours, w.verification_delay_spread, u, disputed, w.dispute_hours
    )
    due = s.now + rest
    if hours > 0.0:
        due = due + milliseconds(hours)
    sector = slot % w.sectors
    if s.logs:
        level, serial, x = s.i_level[slot], s.i_serial[slot], severity_of(w, s, slot)
        note(
            s, VERIFICATION_BEGINS, MONITORS, sector, level, -1, -1, -1, ATTRIBUTION, serial,
            x, due / HOUR, 1.0 if disputed else 0.0,
        )  # fmt: skip
    add(s, due, VERIFY, sector, -1, slot // w.sectors, s.i_mark[slot], 0)


@compiled
def on_verify(w: Any, s: Any, slot: int, mark: int) -> None:
    """An attempt at verification ends: a signal or none, a posterior, a finding (R08, R09, R11)."""
    if s.i_mark[slot] != mark or s.i_status[slot] != VERIFYING:
        return
    index = address(s.i_origin[slot], s.i_attempts[slot])
    u, v = draw(s, draws.SIGNAL, _slot_actor(w, slot), index)
    if u < w.success:
        _update(w, s, slot, v)
    russia = s.i_posterior[slot, RUSSIA_ORDERED] + s.i_posterior[slot, RUSSIA_UNAUTHORISED]
    ukraine = s.i_posterior[slot, UKRAINE_VIOLATED]
    if s.i_signals[slot] == 0:
        if not _again(w, s, slot):
            _dismiss(w, s, slot)
    elif is_confirmed(russia, w.posterior_threshold):
        _confirm(w, s, slot, RUSSIA, russia)
    elif is_confirmed(ukraine, w.posterior_threshold):
        _confirm(w, s, slot, UKRAINE, ukraine)
    elif is_confirmed(s.i_posterior[slot, NOTHING], w.posterior_threshold) or not _again(w, s, slot):
        _dismiss(w, s, slot)


@compiled
def _update(w: Any, s: Any, slot: int, v: float) -> None:
    """Bayes on a conclusive signal, with the stated errors (R09)."""
    s.i_signals[slot] += 1
    sure = signal_accuracy(w.level_attributability[s.i_level[slot]], w.verification_quality)
    signal = signal_category(s.i_truth[slot], sure, v)
    total = 0.0
    for c in range(4):
        total += s.i_posterior[slot, c] * likelihood(c, signal, sure)
    for c in range(4):
        s.i_posterior[slot, c] = bayes(s.i_posterior[slot, c], likelihood(c, signal, sure), total)


@compiled
def _again(w: Any, s: Any, slot: int) -> bool:
    """Look again while hostilities go on and attempts are left; whether it does."""
    if not s.i_active[slot] or s.i_attempts[slot] >= s.i_allowed[slot]:
        return False
    _finding(w, s, slot, INCONCLUSIVE, -1)
    _attempt(w, s, slot, milliseconds(w.verification_relook_hours))
    return True


@compiled
def _finding(w: Any, s: Any, slot: int, event: int, accused: int) -> None:
    if s.logs == 0:
        return
    ordered = s.i_posterior[slot, RUSSIA_ORDERED]
    x = ordered + s.i_posterior[slot, RUSSIA_UNAUTHORISED]
    if accused == UKRAINE:
        x = s.i_posterior[slot, UKRAINE_VIOLATED]
    sector, level, serial = slot % w.sectors, s.i_level[slot], s.i_serial[slot]
    attempts = s.i_attempts[slot]
    note(s, event, accused, sector, level, -1, -1, -1, ATTRIBUTION, serial, x, ordered, float(attempts))


@compiled
def _tally(s: Any, slot: int) -> None:
    if s.i_signals[slot] == 0:
        return
    for c in range(4):
        s.base_tally[c] += s.i_posterior[slot, c]
    s.base_count += 1.0


@compiled
def _confirm(w: Any, s: Any, slot: int, accused: int, posterior: float) -> None:
    """A breach is confirmed: it goes on the record, and opens or joins a case where the party is bound."""
    s.i_status[slot] = CONFIRMED
    _tally(s, slot)
    s.t_verified += 1
    guilty = UKRAINE if s.i_truth[slot] == UKRAINE_VIOLATED else RUSSIA
    if s.i_truth[slot] == NOTHING or guilty != accused:
        s.t_wrong += 1
    _finding(w, s, slot, VERIFIED, accused)
    breach(w, s, slot, accused, posterior)


@compiled
def _dismiss(w: Any, s: Any, slot: int) -> None:
    """Nothing found, or nobody found: the incident is dismissed."""
    _tally(s, slot)
    s.t_dismissed += 1
    _finding(w, s, slot, DISMISSED, -1)
    if s.i_active[slot]:
        s.i_status[slot] = DROPPED
    else:
        free(s, slot)
    ledger_changed(w, s, slot % w.sectors)
