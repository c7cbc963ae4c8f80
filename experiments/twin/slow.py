"""The daily books and the slow state; the twin of `environment.slow`."""

from __future__ import annotations

from typing import Any

from environment.accounts import SIDE_ACTOR
from environment.agenda import Class
from environment.log import FIRST_STATE, Event
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
from environment.slow import COMMON_SHOCK, ENTRY_CLAUSE
from environment.state import UNAUTHORISED
from environment.violations import BY_FLARE_UP
from environment.world import RUSSIA, UKRAINE
from experiments.twin.basics import add, draw, note
from experiments.twin.books import book_all, settle
from experiments.twin.casebook import in_force
from experiments.twin.cases import awaken, lapse
from experiments.twin.compiling import compiled
from experiments.twin.evidence import excess, reassess, watch
from experiments.twin.states import mood_changes
from experiments.twin.violations import start

DAYS, STANCES, RECOMMITS = int(Class.DAY), int(Class.STANCE), int(Class.RECOMMIT)
BACKGROUND, RELAPSE, RECOMMITMENT = int(Event.BACKGROUND), int(Event.RELAPSE), int(Event.RECOMMITMENT)
STANCE_CHANGES, FRAMEWORK_IN_FORCE = int(Event.STANCE_CHANGES), int(Event.FRAMEWORK_IN_FORCE)
FRAMEWORK_LAPSES = int(Event.FRAMEWORK_LAPSES)


@compiled
def begin(w: Any, s: Any) -> None:
    """Set the slow state as it stands when the cease-fire takes effect, and arm its first events."""
    s.stance = w.us_initial_stance
    s.restraint = w.truce_restraint
    s.restraint_half_life = w.truce_restraint_half_life_days
    observed = 0.0
    for sector in range(w.sectors):
        observed += w.background[sector] * min(1.0, w.coverage[sector])
    events = (w.background_russia_per_day + w.background_ukraine_per_day) * observed
    s.former = 7.0 * w.background_records_per_event * events
    if w.entry_day <= 0.0 and not lapsed(0.0, w.entry_term_days):
        s.entered = 0
    add(s, 0, DAYS, -1, -1, -1, 0, 0)
    _arm_stance(w, s)
    _arm_recommitment(w, s, 0)


@compiled
def on_day(w: Any, s: Any) -> None:
    """Close yesterday's books, let the slow state take its step, open the day."""
    settle(w, s)
    if s.now > 0:
        _close_day(w, s)
    if s.now >= w.horizon:
        return
    add(s, s.now + DAY, DAYS, -1, -1, -1, 0, 0)
    day = s.now // DAY
    if day % 7 == 0:
        _week(w, s, day // 7)
    _enter(w, s)
    _background(w, s, day)
    for slot in range(2 * w.sectors):
        if s.v_level[slot] > 0:
            watch(w, s, slot // w.sectors, slot % w.sectors)


@compiled
def _close_day(w: Any, s: Any) -> None:
    """Counts, relapse, the observed background, tension and readiness."""
    book_all(w, s)
    events = s.today
    for side in (RUSSIA, UKRAINE):
        for sector in range(w.sectors):
            events += s.seen_events[side, sector]
    recorded = int(round(events * w.background_records_per_event))
    s.today = 0
    for i in range(6, 0, -1):
        s.week[i] = s.week[i - 1]
    s.week[0] = recorded
    s.t_recorded += recorded
    s.t_days += 1
    _relapse(w, s)
    note(s, BACKGROUND, -1, -1, -1, -1, -1, -1, -1, -1, float(recorded), s.tension, 0.0)
    for sector in range(w.sectors):
        seen = s.seen_events[0, sector] + s.seen_events[1, sector]
        s.observed[sector] = min(1.0, seen * w.background_severity_per_event)
        excess(w, s, sector)
        reassess(w, s, sector)
    _tension_and_readiness(w, s)


@compiled
def _tension_and_readiness(w: Any, s: Any) -> None:
    violence = 0.0
    for side in (RUSSIA, UKRAINE):
        activity = 0.0
        for sector in range(w.sectors):
            grave = w.level_severity[s.v_level[side * w.sectors + sector]]
            activity += grave
            violence += w.share[sector] * grave
        s.readiness[side] = readiness_after_day(
            s.readiness[side], w.readiness_recovery_days, w.readiness_wear, activity
        )
    s.tension = tension_after_day(
        s.tension, w.tension_half_life_days, w.tension_gain, violence, w.tension_highest
    )


@compiled
def _week_count(s: Any) -> float:
    week = 0.0
    for i in range(7):
        week += s.week[i]
    return week


@compiled
def _relapse(w: Any, s: Any) -> None:
    """A truce has relapsed when the 7-day count passes the stated share of its former level (R24)."""
    if s.relapsed or s.now - s.truce < 7 * DAY:
        return
    week = _week_count(s)
    if relapsed(week, s.former, w.truce_relapse_share):
        s.relapsed = 1
        days = (s.now - s.truce) / DAY
        s.t_relapses += 1
        s.t_relapse_days += days
        note(s, RELAPSE, -1, -1, -1, -1, -1, -1, -1, -1, days, week, 0.0)


@compiled
def _week(w: Any, s: Any, week: int) -> None:
    """Will takes its weekly step; the week's jamming is drawn (R26)."""
    if week > 0:
        u, _ = draw(s, draws.WILL, COMMON_SHOCK, week)
        z_common = normal(u)
        v = 0.0
        for i in range(len(w.weight)):
            if i % 2 == 0:
                u, v = draw(s, draws.WILL, i // 2, week)
                mood_changes(w, s, i, z_common, normal(u))
            else:
                mood_changes(w, s, i, z_common, normal(v))
    for sector in range(w.sectors):
        u, _ = draw(s, draws.JAMMING, sector, week)
        s.jammed[sector] = u < w.monitoring_jamming_probability


@compiled
def _enter(w: Any, s: Any) -> None:
    """The framework's entry condition, then its term, looked at once a day (R36)."""
    if in_force(s) and lapsed((s.now - s.entered) / DAY, w.entry_term_days):
        s.lapsed = 1
        note(s, FRAMEWORK_LAPSES, -1, -1, -1, -1, -1, -1, ENTRY_CLAUSE, -1, 0.0, 0.0, 0.0)
        lapse(w, s)
    if s.entered >= 0 or lapsed(0.0, w.entry_term_days):
        return
    quiet = w.entry_quiet >= 0 and s.now - s.last_case >= w.entry_quiet
    if quiet:
        for case in range(2 * (w.sectors + 1)):
            if s.c_serial[case] != 0:
                quiet = False
    if quiet or s.now >= w.entry_day * DAY:
        s.entered = s.now
        note(s, FRAMEWORK_IN_FORCE, -1, -1, -1, -1, -1, -1, ENTRY_CLAUSE, -1, 0.0, 0.0, 0.0)
        awaken(w, s)


@compiled
def _background(w: Any, s: Any, day: int) -> None:
    """Unauthorised events of the day in every sector, observed and not, from both sides (R04, R05)."""
    held = restraint(s.restraint, s.restraint_half_life, (s.now - s.truce) / DAY)
    threshold = w.background_flare_up_events
    for sector in range(w.sectors):
        share, seen = w.background[sector], min(1.0, w.coverage[sector])
        a, b, c, d = background_counts(
            s.key0,
            s.key1,
            s.replication,
            sector,
            day,
            background_mean(w.background_russia_per_day, share, s.tension, held),
            background_mean(w.background_ukraine_per_day, share, s.tension, held),
            seen,
        )
        s.seen_events[RUSSIA, sector] = a
        s.seen_events[UKRAINE, sector] = c
        s.true_events[RUSSIA, sector] = a + b
        s.true_events[UKRAINE, sector] = c + d
        s.t_unauthorised[RUSSIA] += a + b
        s.t_unauthorised[UKRAINE] += c + d
        s.background[sector] = min(1.0, (a + b + c + d) * w.background_severity_per_event)
        for side in (RUSSIA, UKRAINE):
            if flares_up(s.true_events[side, sector], threshold):
                _flare_up(w, s, side, sector, day)


@compiled
def _flare_up(w: Any, s: Any, side: int, sector: int, day: int) -> None:
    """A day of much unauthorised fire becomes a violation that leadership stops or tolerates (R05)."""
    if s.v_level[side * w.sectors + sector] > 0:
        return
    u, _ = draw(s, draws.FLARE_UP, side * SIDE_ACTOR + sector, day)
    z = normal(u)
    value = opportunity_value(w.salience[sector], w.force[side, sector], w.opportunities_value_sigma, z)
    start(w, s, side, sector, w.background_flare_up_level, value, UNAUTHORISED, day * 4 + BY_FLARE_UP)


# -- the United States, and new truces -------------------------------------------------------------


@compiled
def _arm_stance(w: Any, s: Any) -> None:
    rate = w.us_changes_per_year if s.stance == 1 else w.us_returns_per_year
    if rate <= 0.0:
        return
    u, _ = draw(s, draws.STANCE, 0, s.stance_changes)
    wait = milliseconds(exponential(u) / rate * 365.0 * 24.0)
    if s.now + wait <= w.horizon:
        add(s, s.now + wait, STANCES, -1, -1, -1, 0, 0)


@compiled
def on_stance(w: Any, s: Any) -> None:
    """The United States changes its stance (R27)."""
    _, v = draw(s, draws.STANCE, 0, s.stance_changes)
    s.stance = next_stance(s.stance, w.us_lean, v)
    s.stance_changes += 1
    note(s, STANCE_CHANGES, FIRST_STATE + w.usa, -1, -1, -1, -1, -1, -1, -1, float(s.stance), 0.0, 0.0)
    _arm_stance(w, s)


@compiled
def _arm_recommitment(w: Any, s: Any, number: int) -> None:
    u, _ = draw(s, draws.RECOMMITMENT, 0, number)
    wait = milliseconds(exponential(u) / RECOMMITMENT_MAJORANT_PER_YEAR * 365.0 * 24.0)
    if s.now + wait <= w.horizon:
        add(s, s.now + wait, RECOMMITS, -1, -1, -1, 0, number)


@compiled
def on_recommitment(w: Any, s: Any, number: int) -> None:
    """A new truce inside the cease-fire: restraint and attention start anew (R24)."""
    _arm_recommitment(w, s, number + 1)
    _, v = draw(s, draws.RECOMMITMENT, 0, number)
    if v * RECOMMITMENT_MAJORANT_PER_YEAR >= w.truce_recommitments_per_year:
        return
    s.truce = s.now
    s.restraint = w.truce_recommitment_restraint
    s.restraint_half_life = w.truce_recommitment_half_life_days
    week = _week_count(s)
    s.former = week
    s.relapsed = 0
    s.t_recommitments += 1
    note(s, RECOMMITMENT, -1, -1, -1, -1, -1, -1, -1, -1, week, 0.0, 0.0)
