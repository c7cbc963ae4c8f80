"""What anybody may ask of the cases and of what stands behind them; the twin of `environment.casebook`."""

from __future__ import annotations

from typing import Any

from environment.rules.draws import DAY
from environment.rules.slow import backing, decayed
from environment.rules.tiers import deployed_share
from environment.state import DELIVERED
from environment.world import FIRST_TIER_CLAUSE, MAX_TIERS, RUSSIA
from experiments.twin.basics import note
from experiments.twin.compiling import compiled


@compiled
def slot_of(w: Any, side: int, sector: int) -> int:
    """Slot of the case against a side that covers a sector."""
    if w.line_scope:
        return side * (w.sectors + 1) + w.sectors
    return side * (w.sectors + 1) + sector


@compiled
def scope(w: Any, case: int) -> tuple[int, int]:
    """First sector that a case covers and the one after its last."""
    place = case % (w.sectors + 1)
    if place == w.sectors:
        return 0, w.sectors
    return place, place + 1


@compiled
def in_force(s: Any) -> bool:
    """Whether the framework has entered into force and its term has not run out."""
    return s.entered >= 0 and not s.lapsed


@compiled
def deployed(w: Any, s: Any) -> float:
    """Share of the force that is deployed now (R15); none where the framework is not in force."""
    if not in_force(s):
        return 0.0
    return deployed_share((s.now - s.entered) / DAY, w.half_life)


@compiled
def denial(w: Any, s: Any, side: int, sector: int) -> float:
    """Hazard of halting that measures in force add in a sector, per hour at resistance 1."""
    total = 0.0
    if w.on_line and side == RUSSIA and w.physical:
        total += w.tripwire_denial * deployed(w, s)
    case = slot_of(w, side, sector)
    if s.c_serial[case] == 0 or not w.physical:
        return total
    for k in range(w.tiers):
        arrived = s.c_arrived[case, k]
        if arrived > 0.0:
            force = w.k_denial[side, k]
            if s.c_withheld[case, k]:
                force -= w.k_local_denial[side, k]
            total += force * min(1.0, arrived / w.k_weight[side, k])
    return total


@compiled
def answered(w: Any, s: Any, sector: int) -> bool:
    """Whether partners beyond Ukraine itself have delivered a tier on the sector's case."""
    case = slot_of(w, RUSSIA, sector)
    if s.c_serial[case] == 0:
        return False
    for k in range(MAX_TIERS):
        if s.c_status[case, k] == DELIVERED and w.k_partners[k]:
            return True
    return False


@compiled
def standing(w: Any, s: Any) -> float:
    """Ukraine's standing under the terms, 0 to 1 (R25)."""
    lost = decayed(s.standing_lost, w.standing_half_life_days, (s.now - s.standing_at) / DAY)
    return max(0.0, 1.0 - lost)


@compiled
def us_backing(w: Any, s: Any) -> float:
    """Backing that the US gives the coalition now, 0 to 1 (R27)."""
    if not w.us_backs:
        return 0.0
    return backing(s.stance, standing(w, s), w.us_standing_needed, w.us_conditional_backing)


@compiled
def record(w: Any, s: Any, side: int) -> float:
    """Confirmed breaches on the record of a side, decayed; else its open cases."""
    if not w.record_survives:
        first = side * (w.sectors + 1)
        count = 0
        for case in range(first, first + w.sectors + 1):
            if s.c_serial[case] > 0:
                count += 1
        return float(count)
    return decayed(s.record[side], w.response_record_half_life_days, (s.now - s.record_at[side]) / DAY)


@compiled
def ramp_factor(w: Any, s: Any, k: int) -> float:
    """Share of a tier's strength that deployment leaves (R15)."""
    waits = w.k_deployed[k]
    return 1.0 - waits + waits * deployed(w, s)


@compiled
def logistics(w: Any, s: Any, i: int) -> float:
    """Factor on a state's strength without US intelligence and logistics."""
    if i == w.usa or i == w.ukraine_state or us_backing(w, s) > 0.0:
        return 1.0
    return w.response_without_us


@compiled
def posterior_of(w: Any, s: Any, case: int, k: int) -> float:
    """The posterior that a tier reads."""
    if not w.k_partners[k]:
        return s.c_posterior[case]
    return s.c_ordered[case] / max(s.c_posterior[case], 1e-12)


@compiled
def note_tier(
    s: Any, event: int, case: int, k: int, actor: int, level: int, x: float, y: float, z: float
) -> None:
    """Enter an event of a tier with its audit trail: evidence, clock, clause."""
    if s.logs == 0:
        return
    note(
        s,
        event,
        actor,
        s.c_sector[case],
        level,
        s.c_serial[case],
        s.now - s.c_clock[case],
        k + 1,
        FIRST_TIER_CLAUSE + k,
        s.c_evidence[case],
        x,
        y,
        z,
    )
