"""What anybody may ask of the cases and of what stands behind them; nothing here changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment.log import Event
from environment.rules.draws import DAY
from environment.rules.slow import backing, decayed
from environment.rules.tiers import deployed_share
from environment.state import DELIVERED
from environment.world import FIRST_TIER_CLAUSE, MAX_TIERS, RUSSIA

if TYPE_CHECKING:
    from environment.model import CeasefireModel

COMING, CAME, WILL_NOT = 0, 1, 2
"""How a violator sees a tier of an open case."""


def slot_of(run: CeasefireModel, side: int, sector: int) -> int:
    """Slot of the case against a side that covers a sector."""
    sectors = run.world.sectors
    return side * (sectors + 1) + (sectors if run.world.line_scope else sector)


def scope(run: CeasefireModel, case: int) -> range | tuple[int, ...]:
    sectors = run.world.sectors
    place = case % (sectors + 1)
    return range(sectors) if place == sectors else (place,)


def outlook(run: CeasefireModel, case: int) -> tuple[int, ...]:
    """How the violator sees each tier: may still come, came, or will not come (its deadline was missed)."""
    c = run.state.cases
    return tuple(
        CAME if c.status[case][k] == DELIVERED else WILL_NOT if c.failed[case][k] else COMING
        for k in range(MAX_TIERS)
    )


def in_force(run: CeasefireModel) -> bool:
    """Whether the framework has entered into force and its term has not run out."""
    return run.state.entered >= 0 and not run.state.lapsed


def deployed(run: CeasefireModel) -> float:
    """Share of the force that is deployed now (R15); none where the framework is not in force."""
    if not in_force(run):
        return 0.0
    return deployed_share((run.now - run.state.entered) / DAY, run.world.half_life)


def denial(run: CeasefireModel, side: int, sector: int) -> float:
    """Hazard of halting that measures in force add in a sector, per hour at resistance 1."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    total = 0.0
    if world.on_line and side == RUSSIA and world.physical:
        total += world.p.tripwire_denial * deployed(run)
    case = slot_of(run, side, sector)
    if c.serial[case] == 0 or not world.physical:
        return total
    for k in range(tiers.size):
        if c.arrived[case][k] > 0.0:
            force = float(tiers.denial[side, k])
            if c.withheld[case][k]:
                force -= tiers.local_denial[side][k]
            total += force * min(1.0, c.arrived[case][k] / tiers.weight[side][k])
    return total


def answered(run: CeasefireModel, sector: int) -> bool:
    """Whether partners beyond Ukraine itself have delivered a tier on the sector's case."""
    case = slot_of(run, RUSSIA, sector)
    c = run.state.cases
    return c.serial[case] > 0 and any(
        c.status[case][k] == DELIVERED and run.world.tiers.partners[k] for k in range(MAX_TIERS)
    )


def standing(run: CeasefireModel) -> float:
    """Ukraine's standing under the terms, 0 to 1 (R25)."""
    s = run.state
    lost = decayed(s.standing_lost, run.world.p.standing_half_life_days, (run.now - s.standing_at) / DAY)
    return max(0.0, 1.0 - lost)


def us_backing(run: CeasefireModel) -> float:
    """Backing that the US gives the coalition now, 0 to 1 (R27)."""
    world, p = run.world, run.world.p
    if not world.us_backs:
        return 0.0
    return backing(run.state.stance, standing(run), p.us_standing_needed, p.us_conditional_backing)


def record(run: CeasefireModel, side: int) -> float:
    """Confirmed breaches on the record of a side, decayed; only open cases where the record does not survive."""
    world, s = run.world, run.state
    if not world.record_survives:
        first = side * (world.sectors + 1)
        return float(sum(1 for k in range(first, first + world.sectors + 1) if s.cases.serial[k] > 0))
    return decayed(
        s.record[side], world.p.response_record_half_life_days, (run.now - s.record_at[side]) / DAY
    )


def ramp_factor(run: CeasefireModel, k: int) -> float:
    """Share of a tier's strength that deployment leaves: only deployed measures wait for the ramp (R15)."""
    waits = run.world.tiers.deployed[k]
    return 1.0 - waits + waits * deployed(run)


def logistics(run: CeasefireModel, i: int) -> float:
    """Factor on a state's strength without US intelligence and logistics."""
    world = run.world
    if i in (world.usa, world.ukraine_state) or us_backing(run) > 0.0:
        return 1.0
    return float(world.p.response_without_us)


def posterior_of(run: CeasefireModel, case: int, k: int) -> float:
    """The posterior that a tier reads: of a breach where Ukraine acts alone, of an ordered one for partners.

    Nobody is to go to war over a drunk platoon: partners read how sure it is, the breach being
    confirmed, that the leadership ordered it.
    """
    c = run.state.cases
    if not run.world.tiers.partners[k]:
        return c.posterior[case]
    return c.ordered[case] / max(c.posterior[case], 1e-12)


def note(
    run: CeasefireModel,
    event: Event,
    case: int,
    k: int,
    actor: int = -1,
    level: int = -1,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
) -> None:
    """Enter an event of a tier with its audit trail: evidence, clock, clause."""
    if not run.keep_log:
        return
    c = run.state.cases
    run.note(
        event,
        actor,
        c.sector[case],
        level,
        case=c.serial[case],
        clock=run.now - c.clock[case],
        tier=k + 1,
        clause=FIRST_TIER_CLAUSE + k,
        evidence=c.evidence[case],
        x=x,
        y=y,
        z=z,
    )
