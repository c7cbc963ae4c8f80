"""Halting: the integrated hazard of a violation, brought up to date whenever what causes it changes (R17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import casebook
from environment.agenda import Class
from environment.rules.draws import HOUR, milliseconds
from environment.rules.tiers import halting_rate, halting_wait

if TYPE_CHECKING:
    from environment.model import CeasefireModel


def retime(run: CeasefireModel, side: int, sector: int) -> None:
    """Bring the integrated hazard of halting up to now, and arm the halt at the present rate (R17)."""
    world, v = run.world, run.state.violations
    slot = side * world.sectors + sector
    level = v.level[slot]
    if level == 0:
        return
    base = world.p.halting_by_russia if side else world.p.halting_by_ukraine
    rate = halting_rate(
        base, world.capacity[sector], casebook.denial(run, side, sector), world.level["resistance"][level]
    )
    if rate == v.rate[slot] and v.began[slot] < run.now:
        return  # the halt that is armed stands
    v.gathered[slot] += v.rate[slot] * ((run.now - v.since[slot]) / HOUR)
    v.since[slot] = run.now
    v.rate[slot] = rate
    v.halt_mark[slot] += 1
    wait = halting_wait(v.need[slot], v.gathered[slot], v.rate[slot])
    at = run.now + milliseconds(wait)
    if world.p.halting_protected_hours > 0.0:
        at = max(at, v.began[slot] + milliseconds(world.p.halting_protected_hours))
    if at <= world.horizon:
        run.agenda.add(at, Class.HALT, sector, actor=side, mark=v.halt_mark[slot])


def retime_case(run: CeasefireModel, case: int) -> None:
    for sector in casebook.scope(run, case):
        retime(run, case // (run.world.sectors + 1), sector)
