"""The evidence ledger itself: how an incident enters it, what it says, and how it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment.log import Event
from environment.rules.monitoring import assessed_severity, base_rate
from environment.state import CONFIRMED, DROPPED, EXCESS, FREE, SEEN
from environment.world import CLAUSES

if TYPE_CHECKING:
    from environment.model import CeasefireModel

MONITORING = CLAUSES.index("monitoring")
SLOT_ACTOR = 64
"""An actor of a stream that belongs to an incident slot is kind * 64 + sector."""


def enter(run: CeasefireModel, slot: int, truth: int, origin: int, began: int) -> None:
    """A new incident enters the ledger."""
    s, p = run.state, run.world.p
    known = s.incidents
    s.incidents_opened += 1
    known.serial[slot] = s.incidents_opened
    known.status[slot] = SEEN
    known.truth[slot] = truth
    known.origin[slot] = origin
    known.began[slot] = began
    known.attempts[slot] = known.signals[slot] = 0
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


def severity_of(run: CeasefireModel, slot: int) -> float:
    """Assessed severity over 24 h: the incident's, and what background fire was observed in the sector."""
    s = run.state
    sector = slot % run.world.sectors
    own = 0.0 if slot // run.world.sectors == EXCESS else run.world.level["severity"][s.incidents.level[slot]]
    return assessed_severity(own, s.observed[sector])


def reported(run: CeasefireModel, slot: int, event: Event, actor: int) -> None:
    s = run.state
    known = s.incidents
    run.note(
        event,
        actor,
        slot % run.world.sectors,
        known.level[slot],
        clause=MONITORING,
        evidence=known.serial[slot],
        x=severity_of(run, slot),
    )


def leaves(run: CeasefireModel, slot: int) -> bool:
    """Whether an incident that is over leaves the ledger: nothing is pending on it and no case holds it."""
    known = run.state.incidents
    aside = known.status[slot] == CONFIRMED and known.case[slot] < 0
    return aside or known.status[slot] in (SEEN, DROPPED)


def free(run: CeasefireModel, slot: int) -> None:
    run.state.incidents.status[slot] = FREE
    run.state.incidents.mark[slot] += 1


def set_aside(run: CeasefireModel, slot: int) -> None:
    """A confirmed breach by a party that the framework does not bind: nothing follows but the record."""
    run.state.incidents.case[slot] = -1
    if not run.state.incidents.active[slot]:
        free(run, slot)


def actor_of(run: CeasefireModel, slot: int) -> int:
    return (slot // run.world.sectors) * SLOT_ACTOR + slot % run.world.sectors
