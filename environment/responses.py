"""Who answers: commitments, arrivals, delivery and missed deadlines of the tiers of a case (R13-R16, R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import casebook, endings, halting, memory
from environment.agenda import Class, Entry
from environment.log import FIRST_STATE, Event
from environment.parties import Call
from environment.rules import draws
from environment.rules.draws import HOUR, address, milliseconds
from environment.rules.monitoring import assessed_severity
from environment.rules.tiers import contribution, is_delivered, response_delay
from environment.state import DELIVERED, OPENED
from environment.world import AUTOMATIC, LEAD, QUORUM, RUSSIA

if TYPE_CHECKING:
    from environment.model import CeasefireModel


def call(run: CeasefireModel, case: int, k: int, level: int) -> None:
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
    posterior = casebook.posterior_of(run, case, k)
    automatic = world.tiers.decision[k] == AUTOMATIC
    u, _ = run.draw(draws.COMMITMENT, i, _commitment_index(run, case, k))
    side = case // (world.sectors + 1)
    call = Call(
        hours=run.now / HOUR,
        tier=k,
        automatic=automatic,
        posterior=posterior,
        severity=assessed_severity(world.level["severity"][level], s.observed[c.sector[case]]),
        record=max(0.0, casebook.record(run, side) - 1.0),
        share=share,
        expected_share=expected_share,
        backing=casebook.us_backing(run),
        stance=s.stance,
        u=u,
    )
    honours = (automatic or posterior >= world.p.response_posterior_to_act) and run.parties.responders[
        i
    ].honours(call)
    strength = world.weight[i] if honours else 0
    casebook.note(run, Event.RESPONSE_DECIDED, case, k, FIRST_STATE + i, x=honours, y=strength, z=share)
    return honours


def _commitment_index(run: CeasefireModel, case: int, k: int) -> int:
    """Identity of a commitment: the case's origin, where it began, and the tier."""
    c = run.state.cases
    where = (case // (run.world.sectors + 1)) * 512 + c.kind[case] * 64 + c.sector[case]
    return address(c.origin[case], where * 8 + k)


def _send(run: CeasefireModel, case: int, k: int, i: int) -> None:
    """A state that honours its commitment sends what it can; it arrives after its delay (R14)."""
    world, c = run.world, run.state.cases
    _, v = run.draw(draws.COMMITMENT, i, _commitment_index(run, case, k))
    least, mean = world.delay(k, i)
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
    amount = contribution(world.weight[i], casebook.ramp_factor(run, k), casebook.logistics(run, i), effort)
    run.parties.responders[i].tires(effort, run.now / HOUR)
    run.totals.responder_cost += tiers.cost[side][k] * amount / tiers.weight[side][k]
    c.arrived[case][k] += amount
    run.totals.strength += amount / tiers.weight[side][k]
    casebook.note(run, Event.RESPONSE_ARRIVED, case, k, FIRST_STATE + i, x=amount, y=c.arrived[case][k])
    halting.retime_case(run, case)
    if c.status[case][k] == OPENED and is_delivered(
        c.arrived[case][k], tiers.weight[side][k], tiers.required[k]
    ):
        _deliver(run, case, k)


def _deliver(run: CeasefireModel, case: int, k: int) -> None:
    """The required strength is there: the tier is delivered, learned, paid for, and reviewed."""
    world, c, tiers = run.world, run.state.cases, run.world.tiers
    side = case // (world.sectors + 1)
    late = c.missed[case][k]
    awaited = c.armed[case][k]  # no failure was learned of it, and its framework has not lapsed
    c.status[case][k] = DELIVERED
    c.delivered_at[case][k] = run.now
    c.armed[case][k] = False
    run.totals.delivered[k] += 1
    if tiers.warns[k]:
        casebook.note(run, Event.WARNING_DELIVERED, case, k, x=late)
    casebook.note(run, Event.TIER_DELIVERED, case, k, x=c.arrived[case][k] / tiers.weight[side][k], y=late)
    if awaited and not late:
        run.totals.met += 1
    if awaited:
        _teach(run, side, k, True)
    run.totals.utility[side] -= float(tiers.punishment[side, k])
    for sector in casebook.scope(run, case):
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
    memory.see(run, side, k, delivered)
    run.parties.leaderships[side].learns(k, delivered, run.now / HOUR)
    if side == RUSSIA:
        run.parties.defender.watches(k, delivered, run.now / HOUR)


def engage(run: CeasefireModel, side: int, sector: int) -> None:
    """Each day that hostilities go on under a delivered kinetic tier is an exchange of fire (R18)."""
    c = run.state.cases
    case = casebook.slot_of(run, side, sector)
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


def on_deadline(run: CeasefireModel, entry: Entry) -> None:
    """A tier's deadline passes without the required strength: the stated one, then the one allowed."""
    c = run.state.cases
    case, k = entry.case, entry.detail
    if c.serial[case] != entry.mark or not c.armed[case][k]:
        return
    if c.missed[case][k]:
        _fail(run, case, k)
    else:
        miss(run, case, k)


def miss(run: CeasefireModel, case: int, k: int) -> None:
    """The stated deadline is missed. A tier that opened late is still allowed the time it would have had."""
    c, tiers = run.state.cases, run.world.tiers
    c.missed[case][k] = True
    run.totals.missed += 1
    side = case // (run.world.sectors + 1)
    casebook.note(run, Event.DEADLINE_MISSED, case, k, x=c.arrived[case][k] / tiers.weight[side][k])
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
    casebook.note(run, Event.RESPONSE_FAILED, case, k, x=c.arrived[case][k] / tiers.weight[side][k])
    _teach(run, side, k, False)
