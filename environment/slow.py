"""The daily books and the slow state: background fire, counts, tension, readiness, truce, US stance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment import accounts, casebook, cases, evidence, violations
from environment.agenda import Class, Entry
from environment.log import Event
from environment.rules import draws
from environment.rules.draws import DAY, exponential, milliseconds, normal
from environment.rules.incidents import (
    RECOMMITMENT_MAJORANT_PER_YEAR,
    background_counts,
    background_mean,
    flares_up,
    opportunity_value,
)
from environment.rules.slow import (
    lapsed,
    next_stance,
    readiness_after_day,
    relapsed,
    restraint,
    tension_after_day,
)
from environment.state import UNAUTHORISED
from environment.world import CLAUSES, RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel

COMMON_SHOCK = 1000
"""Actor of the shock to will that all states share."""
ENTRY_CLAUSE = CLAUSES.index("entry")


def begin(run: CeasefireModel) -> None:
    """Set the slow state as it stands when the cease-fire takes effect, and arm its first events."""
    s, p = run.state, run.world.p
    s.stance = ("disengaged", "conditional", "committed").index(p.us_initial_stance)
    s.restraint, s.restraint_half_life = p.truce_restraint, p.truce_restraint_half_life_days
    s.former = 7.0 * p.background_records_per_event * _expected_events(run)
    if run.world.entry_day <= 0.0 and not lapsed(0.0, p.entry_term_days):
        s.entered = 0
    run.agenda.add(0, Class.DAY)
    _arm_stance(run)
    _arm_recommitment(run, 0)


def _expected_events(run: CeasefireModel) -> float:
    """Events of background fire a day that monitors would observe at tension 1 and no restraint."""
    world, p = run.world, run.world.p
    observed = 0.0
    for sector in range(world.sectors):
        observed += world.background[sector] * min(1.0, world.coverage[sector])
    return float((p.background_russia_per_day + p.background_ukraine_per_day) * observed)


def on_day(run: CeasefireModel, entry: Entry) -> None:
    """Close yesterday's books, let the slow state take its step, open the day."""
    accounts.settle(run)
    if run.now > 0:
        _close_day(run)
    if run.now >= run.world.horizon:
        return
    run.agenda.add(run.now + DAY, Class.DAY)
    if run.day % 7 == 0:
        _week(run)
    _enter(run)
    _background(run)
    for slot, level in enumerate(run.state.violations.level):
        if level > 0:
            evidence.watch(run, slot // run.world.sectors, slot % run.world.sectors)


def _close_day(run: CeasefireModel) -> None:
    """Counts, relapse, the observed background, tension and readiness."""
    s, world, p = run.state, run.world, run.world.p
    accounts.book_all(run)
    recorded = 0
    for side in (RUSSIA, UKRAINE):
        for sector in range(world.sectors):
            recorded += s.seen_events[side][sector]
    recorded = round((recorded + s.today) * p.background_records_per_event)
    s.today = 0
    s.week.insert(0, recorded)
    s.week.pop()
    run.totals.recorded += recorded
    run.totals.days += 1
    _relapse(run)
    run.note(Event.BACKGROUND, x=recorded, y=s.tension)
    for sector in range(world.sectors):
        s.observed[sector] = min(
            1.0, (s.seen_events[0][sector] + s.seen_events[1][sector]) * p.background_severity_per_event
        )
        evidence.excess(run, sector)
        evidence.reassess(run, sector)
    _tension_and_readiness(run)


def _tension_and_readiness(run: CeasefireModel) -> None:
    world, s, p = run.world, run.state, run.world.p
    severity, level = world.level["severity"], s.violations.level
    violence = 0.0
    for side in (RUSSIA, UKRAINE):
        activity = 0.0
        for sector in range(world.sectors):
            grave = severity[level[side * world.sectors + sector]]
            activity += grave
            violence += world.share[sector] * grave
        s.readiness[side] = readiness_after_day(
            s.readiness[side], p.readiness_recovery_days, p.readiness_wear, activity
        )
    s.tension = tension_after_day(
        s.tension, p.tension_half_life_days, p.tension_gain, violence, p.tension_highest
    )


def _relapse(run: CeasefireModel) -> None:
    """A truce has relapsed when the 7-day count passes the stated share of its former level (R24)."""
    s, p = run.state, run.world.p
    if s.relapsed or run.now - s.truce < 7 * DAY:
        return
    week = 0.0
    for count in s.week:
        week += count
    if relapsed(week, s.former, p.truce_relapse_share):
        s.relapsed = True
        days = (run.now - s.truce) / DAY
        run.totals.relapses += 1
        run.totals.relapse_days += days
        run.note(Event.RELAPSE, x=days, y=week)


def _week(run: CeasefireModel) -> None:
    """Will takes its weekly step; the week's jamming is drawn (R26)."""
    week = run.day // 7
    if week > 0:
        z_common = normal(run.draw(draws.WILL, COMMON_SHOCK, week)[0])
        for i, responder in enumerate(run.parties.responders):
            responder.mood_changes(z_common, normal(run.draw(draws.WILL, i // 2, week)[i % 2]))
    for sector in range(run.world.sectors):
        u, _ = run.draw(draws.JAMMING, sector, week)
        run.state.jammed[sector] = u < run.world.p.monitoring_jamming_probability


def _enter(run: CeasefireModel) -> None:
    """The framework's entry condition, then its term, looked at once a day (R36)."""
    world, s, term = run.world, run.state, run.world.p.entry_term_days
    if casebook.in_force(run) and lapsed((run.now - s.entered) / DAY, term):
        s.lapsed = True
        run.note(Event.FRAMEWORK_LAPSES, clause=ENTRY_CLAUSE)
        cases.lapse(run)
    if s.entered >= 0 or lapsed(0.0, term):
        return
    quiet = world.entry_quiet >= 0 and run.now - s.last_case >= world.entry_quiet and not any(s.cases.serial)
    if quiet or run.now >= world.entry_day * DAY:
        s.entered = run.now
        run.note(Event.FRAMEWORK_IN_FORCE, clause=ENTRY_CLAUSE)
        cases.awaken(run)


def _background(run: CeasefireModel) -> None:
    """Unauthorised events of the day in every sector, observed and not, from both sides (R04, R05)."""
    world, s, p = run.world, run.state, run.world.p
    held = restraint(s.restraint, s.restraint_half_life, (run.now - s.truce) / DAY)
    threshold = p.background_flare_up_events
    for sector in range(world.sectors):
        share, seen = world.background[sector], min(1.0, world.coverage[sector])
        means = (
            background_mean(p.background_russia_per_day, share, s.tension, held),
            background_mean(p.background_ukraine_per_day, share, s.tension, held),
        )
        counts = background_counts(run.key0, run.key1, run.replication, sector, run.day, *means, seen)
        events = 0
        for side in (RUSSIA, UKRAINE):
            s.seen_events[side][sector] = counts[2 * side]
            happened = counts[2 * side] + counts[2 * side + 1]
            s.true_events[side][sector] = happened
            events += happened
            run.totals.unauthorised[side] += happened
        s.background[sector] = min(1.0, events * p.background_severity_per_event)
        for side in (RUSSIA, UKRAINE):
            if flares_up(s.true_events[side][sector], threshold):
                _flare_up(run, side, sector)


def _flare_up(run: CeasefireModel, side: int, sector: int) -> None:
    """A day of much unauthorised fire becomes a violation that leadership stops or tolerates (R05)."""
    world, s, p = run.world, run.state, run.world.p
    slot = side * world.sectors + sector
    if s.violations.level[slot] > 0:
        return
    u, _ = run.draw(draws.FLARE_UP, side * accounts.SIDE_ACTOR + sector, run.day)
    value = opportunity_value(
        world.salience[sector], world.force[side][sector], p.opportunities_value_sigma, normal(u)
    )
    origin = run.day * 4 + violations.BY_FLARE_UP
    violations.start(run, side, sector, p.background_flare_up_level, value, UNAUTHORISED, origin)


# -- the United States, and new truces -------------------------------------------------------------


def _arm_stance(run: CeasefireModel) -> None:
    s, p = run.state, run.world.p
    rate = p.us_changes_per_year if s.stance == 1 else p.us_returns_per_year
    if rate <= 0.0:
        return
    u, _ = run.draw(draws.STANCE, 0, s.stance_changes)
    wait = milliseconds(exponential(u) / rate * 365.0 * 24.0)
    if run.now + wait <= run.world.horizon:
        run.agenda.add(run.now + wait, Class.STANCE)


def on_stance(run: CeasefireModel, entry: Entry) -> None:
    """The United States changes its stance (R27)."""
    s = run.state
    _, v = run.draw(draws.STANCE, 0, s.stance_changes)
    s.stance = next_stance(s.stance, run.world.p.us_lean, v)
    s.stance_changes += 1
    run.note(Event.STANCE_CHANGES, 3 + run.world.usa, x=s.stance)
    _arm_stance(run)


def _arm_recommitment(run: CeasefireModel, number: int) -> None:
    u, _ = run.draw(draws.RECOMMITMENT, 0, number)
    wait = milliseconds(exponential(u) / RECOMMITMENT_MAJORANT_PER_YEAR * 365.0 * 24.0)
    if run.now + wait <= run.world.horizon:
        run.agenda.add(run.now + wait, Class.RECOMMIT, detail=number)


def on_recommitment(run: CeasefireModel, entry: Entry) -> None:
    """A new truce inside the cease-fire: restraint and attention start anew (R24)."""
    s, p = run.state, run.world.p
    _arm_recommitment(run, entry.detail + 1)
    _, v = run.draw(draws.RECOMMITMENT, 0, entry.detail)
    if v * RECOMMITMENT_MAJORANT_PER_YEAR >= p.truce_recommitments_per_year:
        return
    s.truce = run.now
    s.restraint, s.restraint_half_life = p.truce_recommitment_restraint, p.truce_recommitment_half_life_days
    week = 0.0
    for count in s.week:
        week += count
    s.former = week
    s.relapsed = False
    run.totals.recommitments += 1
    run.note(Event.RECOMMITMENT, x=week)
