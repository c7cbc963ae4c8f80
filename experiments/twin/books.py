"""The books of a run and the evidence ledger; the twin of `environment.accounts` and `environment.ledger`."""

from __future__ import annotations

from typing import Any

from environment.accounts import SIDE_ACTOR
from environment.ledger import MONITORING
from environment.log import Event
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, address, poisson
from environment.rules.incidents import ground_tempo, pick, violence_rate
from environment.rules.monitoring import assessed_severity, base_rate
from environment.state import CONFIRMED, DROPPED, EXCESS, FREE, RING, SEEN
from environment.world import RUSSIA, UKRAINE
from experiments.twin.basics import draw, note
from experiments.twin.casebook import answered
from experiments.twin.compiling import compiled

STRIKE = int(Event.STRIKE)


@compiled
def settle(w: Any, s: Any) -> None:
    """Integrate violence up to now, and what the ledger knows of it that no partner answered (R06)."""
    days = (s.now - s.settled) / DAY
    if days <= 0.0:
        return
    total = 0.0
    for sector in range(w.sectors):
        russia = w.level_severity[s.v_level[sector]]
        ukraine = w.level_severity[s.v_level[w.sectors + sector]]
        share = w.share[sector]
        total += violence_rate(share, russia, ukraine, s.background[sector])
        if s.i_active[sector] and not answered(w, s, sector):
            s.unanswered += share * w.level_severity[s.i_level[sector]] * days
    s.t_violence += total * days
    s.settled = s.now


@compiled
def book(w: Any, s: Any, side: int, sector: int) -> None:
    """Count records, ground and utility of a violation since they were last counted."""
    slot = side * w.sectors + sector
    level = s.v_level[slot]
    hours = (s.now - s.v_counted[slot]) / HOUR
    if level == 0 or hours <= 0.0:
        return
    minute = (s.now - s.v_began[slot]) // 60_000
    u, _ = draw(s, draws.COUNT, side * SIDE_ACTOR + sector, address(s.v_origin[slot], minute))
    s.today += poisson(w.level_counts[level] * hours / 24.0 * min(1.0, w.coverage[sector]), u)
    s.t_utility[side] += (s.v_value[slot] * w.level_gain[level] - w.level_loss[level]) * hours
    if side == RUSSIA and w.level_ground[level] > 0.0:
        s.t_ground += ground_tempo(w.level_ground[level], w.ground_sigma, s.v_ground[slot]) * hours
    s.v_counted[slot] = s.now


@compiled
def book_all(w: Any, s: Any) -> None:
    """Count every violation that goes on, at the end of a day or of the run."""
    for slot in range(2 * w.sectors):
        if s.v_level[slot] > 0:
            book(w, s, slot // w.sectors, slot % w.sectors)


@compiled
def close_books(w: Any, s: Any) -> None:
    """At the ending: count what still goes on, and enter it by the level it reached."""
    book_all(w, s)
    for side in (RUSSIA, UKRAINE):
        for sector in range(w.sectors):
            slot = side * w.sectors + sector
            if s.v_level[slot] > 0:
                s.t_violations[side, s.v_source[slot], s.v_peak[slot]] += 1


@compiled
def strike(w: Any, s: Any, side: int, sector: int) -> None:
    """A day of deep strikes: a target is drawn, its outage hours counted."""
    slot = side * w.sectors + sector
    minute = (s.now - s.v_began[slot]) // 60_000
    u, _ = draw(s, draws.TARGET, side * SIDE_ACTOR + sector, address(s.v_origin[slot], minute))
    target = 0
    while target < len(w.target_weight) - 1 and not pick(w.target_weight[target], u):
        target += 1
    hours = w.target_hours[target] if side == RUSSIA else 0.0
    s.t_outage_hours += hours
    if side == RUSSIA:
        note(s, STRIKE, side, sector, 3, -1, -1, -1, -1, -1, float(target), hours, 0.0)


# -- the evidence ledger ---------------------------------------------------------------------------


@compiled
def enter(w: Any, s: Any, slot: int, truth: int, origin: int, began: int) -> None:
    """A new incident enters the ledger."""
    s.incidents_opened += 1
    s.i_serial[slot] = s.incidents_opened
    s.i_status[slot] = SEEN
    s.i_truth[slot] = truth
    s.i_origin[slot] = origin
    s.i_began[slot] = began
    s.i_attempts[slot] = 0
    s.i_signals[slot] = 0
    s.i_allowed[slot] = w.verification_attempts
    s.i_mark[slot] += 1
    s.i_case[slot] = -1
    for c in range(4):
        s.i_posterior[slot, c] = base_rate(
            w.base_rate[c], w.base_rate_strength, s.base_tally[c], s.base_count
        )
    sector = slot % w.sectors
    for i in range(RING - 1, 0, -1):
        s.ring[sector, i] = s.ring[sector, i - 1]
    s.ring[sector, 0] = s.now


@compiled
def severity_of(w: Any, s: Any, slot: int) -> float:
    """Assessed severity over 24 h: the incident's, and what background fire was observed in the sector."""
    own = 0.0
    if slot // w.sectors != EXCESS:
        own = w.level_severity[s.i_level[slot]]
    return assessed_severity(own, s.observed[slot % w.sectors])


@compiled
def reported(w: Any, s: Any, slot: int, event: int, actor: int) -> None:
    """Enter a report in the log."""
    if s.logs == 0:
        return
    x = severity_of(w, s, slot)
    sector, serial = slot % w.sectors, s.i_serial[slot]
    note(s, event, actor, sector, s.i_level[slot], -1, -1, -1, MONITORING, serial, x, 0.0, 0.0)


@compiled
def leaves(s: Any, slot: int) -> bool:
    """Whether an incident that is over leaves the ledger: nothing is pending on it and no case holds it."""
    status = s.i_status[slot]
    return (status == CONFIRMED and s.i_case[slot] < 0) or status == SEEN or status == DROPPED


@compiled
def free(s: Any, slot: int) -> None:
    """An incident leaves the ledger."""
    s.i_status[slot] = FREE
    s.i_mark[slot] += 1


@compiled
def set_aside(s: Any, slot: int) -> None:
    """A confirmed breach by a party that the framework does not bind: nothing follows but the record."""
    s.i_case[slot] = -1
    if not s.i_active[slot]:
        free(s, slot)
