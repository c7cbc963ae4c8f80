"""The books of a run: violence, counts, ground, outages and utility, brought up to date (R06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import casebook
from environment.log import Event
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, address, poisson
from environment.rules.incidents import ground_tempo, pick, violence_rate
from environment.world import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

SIDE_ACTOR = 64
"""An actor of a stream that belongs to a side and a sector is side * 64 + sector."""


def settle(run: CeasefireModel) -> None:
    """Integrate violence up to now, and what the ledger knows of it that no partner answered (R06)."""
    days = (run.now - run.settled) / DAY
    if days <= 0.0:
        return
    world, s = run.world, run.state
    severity = world.level["severity"]
    level = s.violations.level
    total = 0.0
    for sector in range(world.sectors):
        russia = severity[level[sector]]
        ukraine = severity[level[world.sectors + sector]]
        share = world.share[sector]
        total += violence_rate(share, russia, ukraine, s.background[sector])
        if s.incidents.active[sector] and not casebook.answered(run, sector):
            s.unanswered += share * severity[s.incidents.level[sector]] * days
    run.totals.violence += total * days
    run.settled = run.now


def book(run: CeasefireModel, side: int, sector: int) -> None:
    """Count records, ground and utility of a violation since they were last counted."""
    world, v = run.world, run.state.violations
    slot = side * world.sectors + sector
    level = v.level[slot]
    hours = (run.now - v.counted[slot]) / HOUR
    if level == 0 or hours <= 0.0:
        return
    ladder = world.level
    minute = (run.now - v.began[slot]) // 60_000
    u, _ = run.draw(draws.COUNT, side * SIDE_ACTOR + sector, address(v.origin[slot], minute))
    run.state.today += poisson(ladder["counts"][level] * hours / 24.0 * min(1.0, world.coverage[sector]), u)
    run.totals.utility[side] += (v.value[slot] * ladder["gain"][level] - ladder["loss"][level]) * hours
    if side == RUSSIA and ladder["ground"][level] > 0.0:
        run.totals.ground += (
            ground_tempo(ladder["ground"][level], world.p.ground_sigma, v.ground[slot]) * hours
        )
    v.counted[slot] = run.now


def book_all(run: CeasefireModel) -> None:
    """Count every violation that goes on, at the end of a day or of the run."""
    sectors = run.world.sectors
    for slot, level in enumerate(run.state.violations.level):
        if level > 0:
            book(run, slot // sectors, slot % sectors)


def close_books(run: CeasefireModel) -> None:
    """At the ending: count what still goes on, and enter it by the level it reached."""
    book_all(run)
    v = run.state.violations
    for side in (RUSSIA, UKRAINE):
        for sector in range(run.world.sectors):
            slot = side * run.world.sectors + sector
            if v.level[slot] > 0:
                run.totals.violations[side][v.source[slot]][v.peak[slot]] += 1


def strike(run: CeasefireModel, side: int, sector: int) -> None:
    """A day of deep strikes: a target is drawn, its outage hours counted."""
    world, v = run.world, run.state.violations
    slot = side * world.sectors + sector
    minute = (run.now - v.began[slot]) // 60_000
    u, _ = run.draw(draws.TARGET, side * SIDE_ACTOR + sector, address(v.origin[slot], minute))
    target = 0
    while target < len(world.target_weight) - 1 and not pick(world.target_weight[target], u):
        target += 1
    hours = world.target_hours[target] if side == RUSSIA else 0.0
    run.totals.outage_hours += hours
    if side == RUSSIA:
        run.note(Event.STRIKE, side, sector, 3, x=target, y=hours)
