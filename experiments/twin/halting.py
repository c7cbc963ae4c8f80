"""Halting, exchanges of fire and the endings; the twin of `environment.halting` and `environment.endings`."""

from __future__ import annotations

from typing import Any

from environment.agenda import Class
from environment.endings import DIRECT_WAR
from environment.log import Event
from environment.rules.draws import HOUR, milliseconds
from environment.rules.tiers import halting_rate, halting_wait, war_breaks_out, war_hazard, war_probability
from environment.world import FIRST_TIER_CLAUSE, RUSSIA
from experiments.twin.basics import add, note
from experiments.twin.books import close_books, settle
from experiments.twin.casebook import denial, scope
from experiments.twin.compiling import compiled
from experiments.twin.memory import close as close_memory

HALT, COLLAPSES = int(Class.HALT), int(Class.COLLAPSE)
ENDING, EXCHANGE = int(Event.ENDING), int(Event.EXCHANGE)


@compiled
def retime(w: Any, s: Any, side: int, sector: int) -> None:
    """Bring the integrated hazard of halting up to now, and arm the halt at the present rate (R17)."""
    slot = side * w.sectors + sector
    level = s.v_level[slot]
    if level == 0:
        return
    base = w.halting_by_russia if side else w.halting_by_ukraine
    rate = halting_rate(base, w.capacity[sector], denial(w, s, side, sector), w.level_resistance[level])
    if rate == s.v_rate[slot] and s.v_began[slot] < s.now:
        return
    s.v_gathered[slot] += s.v_rate[slot] * ((s.now - s.v_since[slot]) / HOUR)
    s.v_since[slot] = s.now
    s.v_rate[slot] = rate
    s.v_halt_mark[slot] += 1
    wait = halting_wait(s.v_need[slot], s.v_gathered[slot], s.v_rate[slot])
    at = s.now + milliseconds(wait)
    if w.halting_protected_hours > 0.0:
        at = max(at, s.v_began[slot] + milliseconds(w.halting_protected_hours))
    if at <= w.horizon:
        add(s, at, HALT, sector, -1, side, s.v_halt_mark[slot], 0)


@compiled
def retime_case(w: Any, s: Any, case: int) -> None:
    """The same for every sector of a case."""
    first, end = scope(w, case)
    side = case // (w.sectors + 1)
    for sector in range(first, end):
        retime(w, s, side, sector)


@compiled
def finish_run(w: Any, s: Any, ending: int) -> None:
    """End the run: 0 survived, 1 collapse, 2 abrogation, 3 direct war."""
    settle(w, s)
    close_books(w, s)
    close_memory(w, s)
    s.t_stance = s.stance
    s.ending = ending
    note(s, ENDING, -1, -1, -1, -1, -1, -1, -1, -1, float(ending), 0.0, 0.0)


@compiled
def arm_collapse(w: Any, s: Any, side: int, sector: int, mark: int) -> None:
    """Start the clock of an expanded attack."""
    at = s.now + milliseconds(w.endings_collapse_hours)
    if w.halting_protected_hours > 0.0:
        at = max(at, s.v_began[side * w.sectors + sector] + milliseconds(w.halting_protected_hours))
    if at <= w.horizon:
        add(s, at, COLLAPSES, sector, -1, side, mark, 0)


@compiled
def exchange(
    w: Any, s: Any, side: int, sector: int, case: int, tier: int, weight: float, strength: float
) -> None:
    """One kinetic exchange with the violator's forces, which may become direct war (R18)."""
    if side != RUSSIA or not w.physical:
        return
    slot = side * w.sectors + sector
    chance = war_probability(w.war_per_exchange, weight, strength, w.level_severity[s.v_level[slot]])
    s.war_gathered += war_hazard(chance)
    war = war_breaks_out(s.war_gathered, s.war_need)
    s.t_exchanges += 1
    s.t_war_risk += chance
    if s.logs:
        serial, clock = -1, s.now - s.v_began[slot]
        if case >= 0:
            serial, clock = s.c_serial[case], s.now - s.c_clock[case]
        clause = FIRST_TIER_CLAUSE + tier - 1 if tier else -1
        shown = tier if tier else -1
        level = s.v_level[slot]
        note(
            s,
            EXCHANGE,
            side,
            sector,
            level,
            serial,
            clock,
            shown,
            clause,
            -1,
            1.0 if war else 0.0,
            chance,
            0.0,
        )
    if war:
        finish_run(w, s, DIRECT_WAR)
