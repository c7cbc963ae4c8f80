"""What every part of the loop needs: drawing, the agenda of what is to come, the log."""

from __future__ import annotations

from typing import Any

from environment.rules.draws import uniforms
from experiments.twin.compiling import compiled

FULL = 1
"""Fault: more was to be entered at one instant than the record has room for."""


@compiled
def draw(s: Any, stream: int, actor: int, index: int) -> tuple[float, float]:
    """Two uniforms in [0, 1) at an address (R01)."""
    return uniforms(s.key0, s.key1, s.replication, stream, actor, index)


@compiled
def add(s: Any, time: int, kind: int, sector: int, case: int, actor: int, mark: int, detail: int) -> None:
    """Enter an event to come; the loop takes it into the agenda after the present one.

    The key of its order, all but the instant, is one number: class, sector, case, actor, sequence.
    """
    s.sequence += 1
    n = s.new
    if n >= len(s.adds):
        s.fault = FULL
        return
    entry = s.adds[n]
    entry.time = time
    entry.order = ((((kind << 7 | (sector + 1)) << 8 | (case + 1)) << 8 | (actor + 1)) << 34) | s.sequence
    entry.mark = mark
    entry.detail = detail
    s.new = n + 1


@compiled
def kind_of(order: int) -> int:
    """Class of an event."""
    return order >> 57


@compiled
def sector_of(order: int) -> int:
    """Sector of an event."""
    return ((order >> 50) & 127) - 1


@compiled
def case_of(order: int) -> int:
    """Case of an event."""
    return ((order >> 42) & 255) - 1


@compiled
def actor_of(order: int) -> int:
    """Actor of an event."""
    return ((order >> 34) & 255) - 1


@compiled
def note(
    s: Any,
    event: int,
    actor: int,
    sector: int,
    level: int,
    case: int,
    clock: int,
    tier: int,
    clause: int,
    evidence: int,
    x: float,
    y: float,
    z: float,
) -> None:
    """Enter an event in the log."""
    if s.logs == 0:
        return
    n = s.noted
    if n >= len(s.rows):
        s.fault = FULL
        return
    row = s.rows[n]
    row.time = s.now
    row.event = event
    row.actor = actor
    row.sector = sector
    row.level = level
    row.case = case
    row.clock = clock
    row.tier = tier
    row.clause = clause
    row.evidence = evidence
    row.x = x
    row.y = y
    row.z = z
    s.noted = n + 1
