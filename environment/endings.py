"""The three competing endings: collapse, abrogation, direct war; and the horizon (R18, R28, R29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import casebook
from environment.agenda import Class, Entry
from environment.log import Event
from environment.parties import Outlook
from environment.rules import draws
from environment.rules.draws import HOUR, exponential, milliseconds
from environment.rules.tiers import war_breaks_out, war_hazard, war_probability
from environment.world import FIRST_TIER_CLAUSE, RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

SURVIVED, COLLAPSE, ABROGATION, DIRECT_WAR = 0, 1, 2, 3


def begin(run: CeasefireModel) -> None:
    """Arm the horizon and the first strategic reviews; draw how much risk of direct war the run can bear."""
    run.agenda.add(run.world.horizon, Class.HORIZON)
    run.state.war_need = exponential(run.draw(draws.WAR, 0, 0)[0])
    for side in (RUSSIA, UKRAINE):
        _arm_review(run, side, 1)


def on_horizon(run: CeasefireModel, entry: Entry) -> None:
    """The cease-fire has lasted to the horizon."""
    run.end(SURVIVED)


def arm_collapse(run: CeasefireModel, side: int, sector: int, mark: int) -> None:
    """Start the clock of an expanded attack: unhalted for D_c hours, the cease-fire has collapsed."""
    p = run.world.p
    began = run.state.violations.began[side * run.world.sectors + sector]
    at = run.now + milliseconds(p.endings_collapse_hours)
    at = max(at, began + milliseconds(p.halting_protected_hours) if p.halting_protected_hours > 0.0 else at)
    if at <= run.world.horizon:
        run.agenda.add(at, Class.COLLAPSE, sector, actor=side, mark=mark)


def on_collapse(run: CeasefireModel, entry: Entry) -> None:
    """An expanded attack has gone on for D_c hours unhalted."""
    slot = entry.actor * run.world.sectors + entry.sector
    v = run.state.violations
    if v.attack_mark[slot] == entry.mark:
        run.totals.utility[entry.actor] += run.world.p.payoff_collapse * v.value[slot]
        run.end(COLLAPSE)


def exchange(
    run: CeasefireModel, side: int, sector: int, case: int, tier: int, weight: float, strength: float
) -> None:
    """One kinetic exchange with the violator's forces, which may become direct war (R18).

    Parameters
    ----------
    side, sector
        The violator and the place.
    case, tier
        Slot of the case and number of the tier; -1 and 0 for a force stationed on the line.
    weight, strength
        Of the measures in force; share of the called strength that is engaged.
    """
    world, v = run.world, run.state.violations
    if side != RUSSIA or not world.physical:
        return
    slot = side * world.sectors + sector
    chance = war_probability(
        world.p.war_per_exchange, weight, strength, world.level["severity"][v.level[slot]]
    )
    opened = run.state.cases
    run.state.war_gathered += war_hazard(chance)
    war = war_breaks_out(run.state.war_gathered, run.state.war_need)
    run.totals.exchanges += 1
    run.totals.war_risk += chance
    run.note(
        Event.EXCHANGE,
        side,
        sector,
        v.level[slot],
        case=opened.serial[case] if case >= 0 else -1,
        clock=run.now - (opened.clock[case] if case >= 0 else v.began[slot]),
        tier=tier if tier else -1,
        clause=FIRST_TIER_CLAUSE + tier - 1 if tier else -1,
        x=war,
        y=chance,
    )
    if war:
        run.end(DIRECT_WAR)


def _arm_review(run: CeasefireModel, side: int, number: int) -> None:
    at = milliseconds(24.0 * run.world.p.endings_review_days * number)
    if at < run.world.horizon:
        run.agenda.add(at, Class.STRATEGIC, actor=side, detail=number)


def on_strategic_review(run: CeasefireModel, entry: Entry) -> None:
    """A party considers giving the cease-fire up (R29)."""
    side, number, s = entry.actor, entry.detail, run.state
    _arm_review(run, side, number + 1)
    u, _ = run.draw(draws.STRATEGIC, side, number)
    outlook = Outlook(
        hours=run.now / HOUR,
        readiness=s.readiness[side],
        unanswered=s.unanswered if side == UKRAINE else 0.0,
        ramp=casebook.deployed(run),
        in_force=casebook.in_force(run),
        u=u,
    )
    abrogates = run.parties.leaderships[side].gives_up(outlook)
    run.note(Event.STRATEGIC_REVIEW, side, x=abrogates)
    if side == UKRAINE:
        s.unanswered = 0.0
    if abrogates:
        run.totals.abrogated_by = side
        run.end(ABROGATION)
