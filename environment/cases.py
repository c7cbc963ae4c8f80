"""Cases and their clocks: the framework at work. Reads the evidence ledger only.

A case opens on a confirmed breach, runs its clock from the initial breach, opens tiers whose trigger
holds, collects responses, and closes after the quiet hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import endings, evidence, violations
from environment.agenda import Class, Entry
from environment.log import FIRST_STATE, Event
from environment.parties import Call
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, address, milliseconds
from environment.rules.monitoring import (
    NOTHING,
    RUSSIA_ORDERED,
    UKRAINE_VIOLATED,
    assessed_severity,
    case_origin,
)
from environment.rules.slow import backing, decayed, quiet_ends
from environment.rules.tiers import (
    contribution,
    deployed_share,
    is_delivered,
    response_delay,
    tier_time,
    trigger_holds,
)
from environment.state import CONFIRMED, DELIVERED, OPENED, VERIFYING, WAITING
from environment.world import (
    AUTOMATIC,
    CLAUSES,
    FIRST_TIER_CLAUSE,
    LEAD,
    MAX_TIERS,
    QUORUM,
    RUSSIA,
    UKRAINE,
)

if TYPE_CHECKING:
    from environment.model import CeasefireModel

CASE_CLAUSE, ENTRY_CLAUSE, CLOCK_CLAUSE = (CLAUSES.index(c) for c in ("case", "entry", "clock"))
COMING, CAME, WILL_NOT = 0, 1, 2
"""How a violator sees a tier of an open case."""


# -- what others ask of a case ---------------------------------------------------------------------


def slot_of(run: CeasefireModel, side: int, sector: int) -> int:
    """Slot of the case against a side that covers a sector."""
    sectors = run.world.sectors
    return side * (sectors + 1) + (sectors if run.world.line_scope else sector)


def outlook(run: CeasefireModel, case: int) -> tuple[int, ...]:
    """How the violator sees each tier: may still come, came, or will not come (its deadline was missed)."""
    c = run.state.cases
    return tuple(
        CAME if c.status[case][k] == DELIVERED else WILL_NOT if c.failed[case][k] else COMING
        for k in range(MAX_TIERS)
    )


def deployed(run: CeasefireModel) -> float:
    """Share of the force that is deployed now (R15)."""
    s = run.state
    if s.entered < 0:
        return 0.0
    return deployed_share((run.now - s.entered) / DAY, run.world.half_life)


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


# -- opening ---------------------------------------------------------------------------------------


def breach(run: CeasefireModel, incident: int, accused: int, posterior: float) -> None:
    """A confirmed breach: on the record, and into a case where the accused party is bound."""
    world, s = run.world, run.state
    known = s.incidents
    sector = incident % world.sectors
    if accused == UKRAINE:
        s.standing_lost = 1.0 - standing(run) + world.p.standing_loss
        s.standing_at = run.now
    if not world.binds[accused] and not (accused == RUSSIA and world.tiers.size == 0):
        evidence.set_aside(run, incident)
        return
    case = slot_of(run, accused, sector)
    known.case[incident] = case
    c = s.cases
    if c.serial[case] == 0:
        _open(run, case, incident, accused, posterior)
    else:
        c.posterior[case] = max(c.posterior[case], posterior)
        c.ordered[case] = max(c.ordered[case], _ordered(run, incident, accused))
        c.evidence[case] = known.serial[incident]
        run.note(
            Event.CASE_JOINED,
            accused,
            sector,
            known.level[incident],
            case=c.serial[case],
            clock=run.now - c.clock[case],
            clause=CASE_CLAUSE,
            evidence=known.serial[incident],
        )
    s.record[accused] = record(run, accused) + 1.0
    s.record_at[accused] = run.now
    update(run, case)


def _ordered(run: CeasefireModel, incident: int, accused: int) -> float:
    """Posterior that the accused leadership ordered it; for Ukraine the ledger has one category only."""
    posterior = run.state.incidents.posterior[incident]
    return posterior[UKRAINE_VIOLATED] if accused == UKRAINE else posterior[RUSSIA_ORDERED]


def record(run: CeasefireModel, side: int) -> float:
    """Confirmed breaches on the record of a side, decayed; only open cases where the record does not survive."""
    world, s = run.world, run.state
    if not world.record_survives:
        first = side * (world.sectors + 1)
        return float(sum(1 for k in range(first, first + world.sectors + 1) if s.cases.serial[k] > 0))
    return decayed(
        s.record[side], world.p.response_record_half_life_days, (run.now - s.record_at[side]) / DAY
    )


def _open(run: CeasefireModel, case: int, incident: int, accused: int, posterior: float) -> None:
    world, s = run.world, run.state
    c, known, tiers = s.cases, s.incidents, run.world.tiers
    s.cases_opened += 1
    run.totals.cases += 1
    c.serial[case] = s.cases_opened
    c.sector[case] = incident % world.sectors
    c.kind[case] = incident // world.sectors
    c.origin[case] = known.origin[incident]
    c.clock[case] = case_origin(known.began[incident], run.now, world.clock_from_breach)
    c.posterior[case] = posterior
    c.ordered[case] = _ordered(run, incident, accused)
    c.evidence[case] = known.serial[incident]
    c.quiet[case] = False
    for k in range(MAX_TIERS):
        c.status[case][k] = WAITING
        c.missed[case][k] = c.failed[case][k] = c.armed[case][k] = c.withheld[case][k] = False
        c.arrived[case][k] = 0.0
    guilty = UKRAINE if known.truth[incident] == UKRAINE_VIOLATED else RUSSIA
    if known.truth[incident] == NOTHING or guilty != accused:
        run.totals.false_responses += 1
    run.note(
        Event.CASE_OPENED,
        accused,
        c.sector[case],
        known.level[incident],
        case=c.serial[case],
        clock=run.now - c.clock[case],
        clause=CLOCK_CLAUSE,
        evidence=known.serial[incident],
    )
    for k in range(tiers.size):
        opens = tier_time(c.clock[case], tiers.opens[k])
        if opens > run.now:
            run.agenda.add(opens, Class.TIER, c.sector[case], case=case, mark=c.serial[case], detail=k)


# -- what the ledger says of a case ----------------------------------------------------------------


def _incidents(run: CeasefireModel, case: int) -> tuple[bool, int, bool]:
    """Whether hostilities go on, at which assessed level, and whether something is still being verified."""
    world, known = run.world, run.state.incidents
    sectors = world.sectors
    scope = range(sectors) if case % (sectors + 1) == sectors else (case % (sectors + 1),)
    level, active, pending = 0, False, False
    for kind in range(4):
        for sector in scope:
            slot = kind * sectors + sector
            if known.status[slot] == VERIFYING:
                pending = True
            elif known.status[slot] == CONFIRMED and known.case[slot] == case and known.active[slot]:
                active = True
                level = max(level, known.level[slot])
    return active, level, pending


def ledger_changed(run: CeasefireModel, sector: int) -> None:
    """The ledger changed in a sector: look at the triggers and the quiet of the cases that cover it."""
    for side in (RUSSIA, UKRAINE):
        case = slot_of(run, side, sector)
        if run.state.cases.serial[case] > 0:
            update(run, case)


def update(run: CeasefireModel, case: int) -> None:
    """Open the tiers whose trigger holds; start or break off the quiet hours."""
    c = run.state.cases
    active, level, pending = _incidents(run, case)
    run.state.last_case = run.now
    if active and any(c.withheld[case]):  # it is needed now
        c.withheld[case] = [False] * MAX_TIERS
        _retime(run, case)
    _evaluate(run, case, active, level)
    quiet = not active and not pending
    if quiet == c.quiet[case]:
        return
    c.quiet[case] = quiet
    c.quiet_mark[case] += 1
    if quiet:
        run.agenda.add(
            quiet_ends(run.now, run.world.quiet),
            Class.QUIET,
            c.sector[case],
            case=case,
            mark=c.quiet_mark[case],
        )


def on_tier(run: CeasefireModel, entry: Entry) -> None:
    """A tier's hour has come: look at its trigger (R12)."""
    c = run.state.cases
    if c.serial[entry.case] == entry.mark:
        active, level, _ = _incidents(run, entry.case)
        _evaluate(run, entry.case, active, level)


def _evaluate(run: CeasefireModel, case: int, active: bool, level: int) -> None:
    tiers, c = run.world.tiers, run.state.cases
    if run.state.entered < 0:
        return
    for k in range(tiers.size):
        due = tier_time(c.clock[case], tiers.opens[k])
        if c.status[case][k] == WAITING and run.now >= due and trigger_holds(tiers.trigger[k], active, level):
            _open_tier(run, case, k, active, level)


def _open_tier(run: CeasefireModel, case: int, k: int, active: bool, level: int) -> None:
    """A tier opens: those called decide; its deadline is armed, or already missed where it opens late."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    c.status[case][k] = OPENED
    c.opened_at[case][k] = run.now
    c.withheld[case][k] = bool(world.if_needed and tiers.local[k] and not active)
    run.totals.tiers_called[k] += 1
    deadline = tier_time(c.clock[case], tiers.deadline[k])
    late = run.now > deadline
    _note(run, Event.TIER_OPENED, case, k, level=level, x=late, y=_posterior(run, case, k))
    c.armed[case][k] = True
    if late:
        run.totals.late += 1
        _miss(run, case, k)
    else:
        run.agenda.add(deadline, Class.DEADLINE, c.sector[case], case=case, mark=c.serial[case], detail=k)
    _call(run, case, k, level)


def _posterior(run: CeasefireModel, case: int, k: int) -> float:
    """The posterior that a tier reads: of a breach where Ukraine acts alone, of an ordered one for partners.

    Nobody is to go to war over a drunk platoon: partners read how sure it is, the breach being
    confirmed, that the leadership ordered it.
    """
    c = run.state.cases
    if not run.world.tiers.partners[k]:
        return c.posterior[case]
    return c.ordered[case] / max(c.posterior[case], 1e-12)


def _note(
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


# -- who answers -----------------------------------------------------------------------------------


def _call(run: CeasefireModel, case: int, k: int, level: int) -> None:
    """Those called decide in order of leadership; what they send arrives after their delays (R13-R15)."""
    tiers = run.world.tiers
    side = case // (run.world.sectors + 1)
    decision = tiers.decision[k]
    willing: list[int] = []
    committed = 0.0
    before = 0.0
    r = run.world.reliability[k]
    leads = decision == LEAD
    for i in tiers.called[side][k]:
        expected = r * before
        if leads and willing and before > 0.0:
            lead_weight = run.world.weight[tiers.lead[k]]
            expected = lead_weight + r * (before - lead_weight)
        share, expected_share = committed / tiers.weight[side][k], expected / tiers.weight[side][k]
        if _decides(run, case, k, i, level, share, expected_share):
            willing.append(i)
            committed += run.world.weight[i]
        elif leads and i == tiers.lead[k]:
            break
        before += run.world.weight[i]
    if decision == QUORUM and committed < tiers.quorum[k] * tiers.weight[side][k] - 1e-9:
        return
    for i in willing:
        _send(run, case, k, i)


def _decides(
    run: CeasefireModel, case: int, k: int, i: int, level: int, share: float, expected_share: float
) -> bool:
    world, s, c = run.world, run.state, run.state.cases
    posterior = _posterior(run, case, k)
    automatic = world.tiers.decision[k] == AUTOMATIC
    u, _ = run.draw(draws.COMMITMENT, i, _commitment_index(run, case, k))
    side = case // (world.sectors + 1)
    call = Call(
        hours=run.now / HOUR,
        tier=k,
        automatic=automatic,
        posterior=posterior,
        severity=assessed_severity(world.level["severity"][level], s.observed[c.sector[case]]),
        record=max(0.0, record(run, side) - 1.0),
        share=share,
        expected_share=expected_share,
        backing=us_backing(run),
        stance=s.stance,
        u=u,
    )
    honours = (automatic or posterior >= world.p.response_posterior_to_act) and run.parties.responders[
        i
    ].honours(call)
    strength = world.weight[i] if honours else 0
    _note(run, Event.RESPONSE_DECIDED, case, k, FIRST_STATE + i, x=honours, y=strength, z=share)
    return honours


def _commitment_index(run: CeasefireModel, case: int, k: int) -> int:
    """Identity of a commitment: the case's origin, where it began, and the tier."""
    c = run.state.cases
    where = (case // (run.world.sectors + 1)) * 512 + c.kind[case] * 64 + c.sector[case]
    return address(c.origin[case], where * 8 + k)


def _send(run: CeasefireModel, case: int, k: int, i: int) -> None:
    """A state that honours its commitment sends what it can; it arrives after its delay (R14)."""
    world, c, p, tiers = run.world, run.state.cases, run.world.p, run.world.tiers
    _, v = run.draw(draws.COMMITMENT, i, _commitment_index(run, case, k))
    if i == world.ukraine_state:
        least, mean = p.response_local_minimum_hours, p.response_local_mean_hours
    elif tiers.preagreed[k]:
        least, mean = p.response_preagreed_minimum_hours, p.response_preagreed_mean_hours
    else:
        least, mean = p.response_adhoc_minimum_hours, p.response_adhoc_mean_hours
    hours = response_delay(least, mean, v)
    arrival = run.now + (milliseconds(hours) if hours > 0.0 else 0)
    run.agenda.add(arrival, Class.ARRIVE, c.sector[case], case=case, actor=i, mark=c.serial[case], detail=k)


def on_arrival(run: CeasefireModel, entry: Entry) -> None:
    """A state's response arrives: it denies, it costs, and it may complete the tier."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    case, k, i = entry.case, entry.detail, entry.actor
    if c.serial[case] != entry.mark:
        return
    side = case // (world.sectors + 1)
    effort = run.parties.responders[i].effort(run.now / HOUR)
    amount = contribution(world.weight[i], ramp_factor(run, k), logistics(run, i), effort)
    run.parties.responders[i].tires(effort, run.now / HOUR)
    run.totals.responder_cost += tiers.cost[side][k] * amount / tiers.weight[side][k]
    c.arrived[case][k] += amount
    run.totals.strength += amount / tiers.weight[side][k]
    _note(run, Event.RESPONSE_ARRIVED, case, k, FIRST_STATE + i, x=amount, y=c.arrived[case][k])
    _retime(run, case)
    if c.status[case][k] == OPENED and is_delivered(
        c.arrived[case][k], tiers.weight[side][k], tiers.required[k]
    ):
        _deliver(run, case, k)


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


def _deliver(run: CeasefireModel, case: int, k: int) -> None:
    """The required strength is there: the tier is delivered, learned, paid for, and reviewed."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    side = case // (world.sectors + 1)
    late = c.missed[case][k]
    failed = c.failed[case][k]
    c.status[case][k] = DELIVERED
    c.delivered_at[case][k] = run.now
    c.armed[case][k] = False
    run.totals.delivered[k] += 1
    if tiers.warns[k]:
        _note(run, Event.WARNING_DELIVERED, case, k, x=late)
    _note(run, Event.TIER_DELIVERED, case, k, x=c.arrived[case][k] / tiers.weight[side][k], y=late)
    if not late:
        run.totals.met += 1
    if not failed:
        _teach(run, side, k, True)
    run.totals.utility[side] -= float(tiers.punishment[side, k])
    for sector in _scope(run, case):
        slot = side * world.sectors + sector
        if run.state.violations.level[slot] > 0:
            run.agenda.add(
                run.now,
                Class.REVIEW,
                sector,
                case=case,
                actor=side,
                mark=run.state.violations.mark[slot],
                detail=k + 1,
            )
            _engage(run, case, k, side, sector)
            if run.ending >= 0:
                return


def _teach(run: CeasefireModel, side: int, k: int, delivered: bool) -> None:
    """The accused learns what the promise against it is worth, and Ukraine what its partners are (R21)."""
    run.parties.leaderships[side].learns(k, delivered, run.now / HOUR)
    if side == RUSSIA:
        run.parties.defender.watches(k, delivered, run.now / HOUR)


def _scope(run: CeasefireModel, case: int) -> range | tuple[int, ...]:
    sectors = run.world.sectors
    place = case % (sectors + 1)
    return range(sectors) if place == sectors else (place,)


def _retime(run: CeasefireModel, case: int) -> None:
    for sector in _scope(run, case):
        violations.retime(run, case // (run.world.sectors + 1), sector)


def engage(run: CeasefireModel, side: int, sector: int) -> None:
    """Each day that hostilities go on under a delivered kinetic tier is an exchange of fire (R18)."""
    c = run.state.cases
    case = slot_of(run, side, sector)
    if c.serial[case] == 0:
        return
    for k in range(run.world.tiers.size):
        fresh = c.delivered_at[case][k] == run.now  # its first exchange was at delivery
        if c.status[case][k] == DELIVERED and not fresh and run.ending < 0:
            _engage(run, case, k, side, sector)


def _engage(run: CeasefireModel, case: int, k: int, side: int, sector: int) -> None:
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    weight = tiers.war_weight[side][k]
    if weight > 0.0 and world.physical:
        strength = min(1.0, c.arrived[case][k] / tiers.weight[side][k])
        endings.exchange(run, side, sector, case, k + 1, weight, strength)


# -- deadlines and closing -------------------------------------------------------------------------


def on_deadline(run: CeasefireModel, entry: Entry) -> None:
    """A tier's deadline passes without the required strength: the stated one, then the one allowed."""
    c = run.state.cases
    case, k = entry.case, entry.detail
    if c.serial[case] != entry.mark or not c.armed[case][k]:
        return
    if c.missed[case][k]:
        _fail(run, case, k)
    else:
        _miss(run, case, k)


def _miss(run: CeasefireModel, case: int, k: int) -> None:
    """The stated deadline is missed. A tier that opened late is still allowed the time it would have had."""
    c, tiers = run.state.cases, run.world.tiers
    c.missed[case][k] = True
    run.totals.missed += 1
    side = case // (run.world.sectors + 1)
    _note(run, Event.DEADLINE_MISSED, case, k, x=c.arrived[case][k] / tiers.weight[side][k])
    allowed = c.opened_at[case][k] + tiers.deadline[k] - tiers.opens[k]
    if allowed > run.now:
        run.agenda.add(allowed, Class.DEADLINE, c.sector[case], case=case, mark=c.serial[case], detail=k)
    else:
        _fail(run, case, k)


def _fail(run: CeasefireModel, case: int, k: int) -> None:
    """The response has not come in the time allowed after it was called: the violator learns it (R21)."""
    c, tiers = run.state.cases, run.world.tiers
    c.armed[case][k] = False
    c.failed[case][k] = True
    side = case // (run.world.sectors + 1)
    _note(run, Event.RESPONSE_FAILED, case, k, x=c.arrived[case][k] / tiers.weight[side][k])
    _teach(run, side, k, False)


def on_quiet(run: CeasefireModel, entry: Entry) -> None:
    """The quiet hours have passed: the case closes; the record stays as the framework says (R34)."""
    world, c, known = run.world, run.state.cases, run.state.incidents
    case = entry.case
    if c.serial[case] == 0 or c.quiet_mark[case] != entry.mark:
        return
    for k in range(world.tiers.size):
        if c.armed[case][k]:
            c.armed[case][k] = False
            _note(run, Event.DEADLINE_CANCELLED, case, k)
    run.note(
        Event.CASE_CLOSED,
        case // (world.sectors + 1),
        c.sector[case],
        case=c.serial[case],
        clock=run.now - c.clock[case],
        clause=CASE_CLAUSE,
    )
    for slot in range(4 * world.sectors):
        if known.case[slot] == case and known.status[slot] == CONFIRMED:
            evidence.release(run, slot)
    c.serial[case] = 0
    run.state.last_case = run.now
    _retime(run, case)


def awaken(run: CeasefireModel) -> None:
    """The framework has entered into force: look at every open case."""
    for case in range(len(run.state.cases.serial)):
        if run.state.cases.serial[case] > 0:
            update(run, case)
