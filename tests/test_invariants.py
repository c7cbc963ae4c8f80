"""What holds of every run, whatever the scenario: the audit trail, the books, and the draws."""

from __future__ import annotations

import hashlib
import math
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from environment import cases
from environment.agenda import Agenda, Class, Entry
from environment.log import ENDINGS, FIRST_STATE, Event, Row
from environment.model import CeasefireModel
from environment.parameters import schema
from environment.rules.draws import DAY, HOUR
from environment.state import RETALIATION, UNAUTHORISED
from environment.talks.sentences import TOLD_TALKS
from environment.world import CLAUSES, FIRST_TIER_CLAUSE, RUSSIA, UKRAINE
from experiments.compose import compose
from experiments.scenario import resolve, without_response
from tests.support import (
    FRAMEWORKS,
    LEVELS,
    NO_BACKGROUND,
    Told,
    begins,
    ceases,
    escalates,
    finished,
    model_of,
    play,
    sees,
    told,
)

DAYS = 60
BUSY: dict[str, Any] = {
    "scenario.days": DAYS,
    "opportunities.russia_per_day": 0.15,
    "opportunities.ukraine_per_day": 0.06,
    "choice.precision_russia": 0.03,
    "choice.precision_ukraine": 0.03,
    "halting.by_ukraine": 0.02,
    "endings.collapse_hours": 240.0,
    "war.per_exchange": 0.002,
    "false_alarm.per_year": 5.0,
    "us.changes_per_year": 20.0,
}
"""Much happens: opportunities are frequent, choices are near chance, little is halted."""
SWITCHES: dict[str, tuple[Any, ...]] = {
    "framework.attribution.by": ("commission", "parties", "us"),
    "framework.attribution.posterior_threshold": (0.5, 0.7, 0.9),
    "framework.breach.materiality": (0.0, 0.05, 0.1, 0.3),
    "framework.breach.counts": ("any", "repeated"),
    "framework.clock.starts": ("breach", "verification"),
    "framework.case.scope": ("sector", "line"),
    "framework.case.quiet_hours": (6, 24, 48, 168),
    "framework.case.record_survives": (True, False),
    "framework.deployment.half_life_days": (0, 30, 90),
    "framework.deployment.on_line": (True, False),
    "framework.ukraine.action": ("as-of-right", "if-needed"),
    "framework.us.participates": (True, False),
    "framework.monitoring.coverage_multiplier": (0.0, 0.5, 1.0, 1.5),
}
FIXED = {
    "scenario.days",
    "script.level",
    "script.window_hours",
    "halting.protected_hours",
    "planning.last_review_hours",
}
RULES = ("rational", "quantal", "prospect", "cautious", "hawkish", "types", "persist")
RESPONSES = {
    Event.TIER_OPENED,
    Event.RESPONSE_DECIDED,
    Event.RESPONSE_ARRIVED,
    Event.WARNING_DELIVERED,
    Event.TIER_DELIVERED,
    Event.DEADLINE_MISSED,
    Event.RESPONSE_FAILED,
    Event.DEADLINE_CANCELLED,
}
BOOKKEEPING = RESPONSES | {
    Event.CASE_OPENED,
    Event.CASE_JOINED,
    Event.CASE_CLOSED,
    Event.FRAMEWORK_IN_FORCE,
    Event.FRAMEWORK_LAPSES,
}


def _value(key: str, share: float) -> Any:
    """A value of a parameter: this share of the way through its bounds, or through its evidence range."""
    spec = schema()[key]
    if spec.choices:
        choices = RULES if key.startswith("rules.") else spec.choices
        return choices[int(share * len(choices)) % len(choices)]
    wide = spec.max - spec.min <= 500.0
    low, high = (
        (spec.min, spec.max) if wide or spec.low is None or spec.high is None else (spec.low, spec.high)
    )
    value = low + share * (high - low)
    return round(value) if isinstance(spec.value, int) else value


def _keys() -> list[str]:
    return [k for k in sorted(schema()) if k not in FIXED]


def random_scenario(seed: int, background: bool = True) -> tuple[str, dict[str, Any]]:
    """A framework and settings drawn from the whole schema, busy enough for tiers to be called."""
    dice = random.Random(seed)
    framework = FRAMEWORKS[seed % len(FRAMEWORKS)]
    chosen: dict[str, Any] = dict(BUSY)
    for key in dice.sample(_keys(), 14):
        chosen[key] = _value(key, dice.random())
    for key in dice.sample(sorted(SWITCHES), 5):
        chosen[key] = dice.choice(SWITCHES[key])
    if dice.random() < 0.25:
        chosen |= {"framework.entry.condition": "signature", "entry.signature_day": dice.choice((3, 10, 20))}
    if dice.random() < 0.25:
        chosen["entry.term_days"] = dice.choice((3, 10, 20))
    if not background:
        chosen |= NO_BACKGROUND
    return framework, chosen


def random_run(seed: int, background: bool = True) -> Told:
    framework, chosen = random_scenario(seed, background)
    return told(framework, chosen, seed=seed)


SEEDS = range(1, 33)


# -- the audit trail -------------------------------------------------------------------------------


class Ledger:
    """The evidence ledger as the log tells it, and nothing else."""

    def __init__(self) -> None:
        self.active: dict[int, bool] = {}
        self.level: dict[int, int] = {}
        self.joined: dict[int, set[int]] = defaultdict(set)

    def read(self, row: Row) -> None:
        if row.event in (Event.DETECTED, Event.FALSE_ALARM, Event.ACCUSATION):
            self.active[row.evidence], self.level[row.evidence] = True, row.level
        elif row.event == Event.OBSERVED:
            self.active[row.evidence], self.level[row.evidence] = bool(row.x), row.level
        elif row.event in (Event.CASE_OPENED, Event.CASE_JOINED):
            self.joined[row.case].add(row.evidence)

    def holds(self, trigger: str, case: int) -> bool:
        """Whether a trigger holds in a case."""
        going = [self.level[i] for i in self.joined[case] if self.active[i]]
        return {"breach": bool(self.joined[case]), "persist": bool(going), "expanded": 5 in going}[trigger]


def audit(run: Told, background: bool) -> None:
    """Every promise of the audit trail, on one run."""
    tiers = run.model.world.framework.tiers
    ledger = Ledger()
    armed: dict[tuple[int, int], str] = {}
    open_cases: set[int] = set()
    began: dict[int, int] = {}
    before = 0
    lapse: Row | None = None
    for row in run.rows:
        assert row.time >= before, "the log runs backwards"
        if lapse and row.event in RESPONSES:
            assert row.event != Event.TIER_OPENED, "a framework that has lapsed opens a tier"
            assert row.event != Event.DEADLINE_CANCELLED or row.time == lapse.time, (
                "still armed after the lapse"
            )
        lapse = row if row.event == Event.FRAMEWORK_LAPSES else lapse
        before = row.time
        assert row.clock >= -1
        ledger.read(row)
        if row.event == Event.CASE_OPENED:
            assert row.case not in began
            open_cases.add(row.case)
            began[row.case] = row.time - row.clock
        if row.case >= 0 and row.event in BOOKKEEPING - {Event.CASE_OPENED}:
            assert row.case in open_cases, f"{Event(row.event).name} in a case that is not open"
            assert row.clock == row.time - began[row.case], "a clock that is not the case's"
        if row.event == Event.CASE_CLOSED:
            open_cases.remove(row.case)
            assert not [
                key for key, state in armed.items() if key[0] == row.case and state in ("armed", "missed")
            ]
        if row.event in RESPONSES:
            _audit_response(row, tiers, armed, ledger, background, lapse is not None)
    for (case, _), state in armed.items():
        assert state in ("delivered", "failed", "cancelled") or case in open_cases


def _audit_response(
    row: Row,
    tiers: tuple[Any, ...],
    armed: dict[tuple[int, int], str],
    ledger: Ledger,
    background: bool,
    lapsed: bool,
) -> None:
    tier, key = tiers[row.tier - 1], (row.case, row.tier)
    assert row.clause == FIRST_TIER_CLAUSE + row.tier - 1 and CLAUSES[row.clause] == f"tier_{row.tier}"
    assert row.clock >= round(tier.opens_hours.value * HOUR), "before its hour"
    assert row.case > 0 and row.sector >= 0
    if row.event == Event.TIER_OPENED:
        assert key not in armed, "called twice in one case"
        armed[key] = "armed"
        if not background:  # the end of a day's background fire is no event of the log
            assert ledger.holds(tier.trigger.value, row.case), f"{tier.trigger.value} does not hold"
        return
    assert key in armed, "acts before it opened"
    deadline = round(tier.deadline_hours.value * HOUR)
    if row.event == Event.RESPONSE_DECIDED:
        assert row.actor >= FIRST_STATE and row.x in (0, 1)
    elif row.event == Event.TIER_DELIVERED and armed[key] == "cancelled":
        assert lapsed, "delivered in a case that has closed"
        armed[key] = "delivered"
    elif row.event == Event.TIER_DELIVERED:
        assert armed[key] in ("armed", "missed", "failed")
        assert (row.y == 1) == (armed[key] != "armed")
        assert row.clock <= deadline or row.y == 1
        armed[key] = "delivered"
    elif row.event == Event.DEADLINE_MISSED:
        assert armed[key] == "armed" and row.clock >= deadline
        armed[key] = "missed"
    elif row.event == Event.RESPONSE_FAILED:
        assert armed[key] == "missed"
        armed[key] = "failed"
    elif row.event == Event.DEADLINE_CANCELLED:
        assert armed[key] in ("armed", "missed")
        armed[key] = "cancelled"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_deadline_is_accounted_for_and_no_tier_acts_without_its_trigger(seed: int) -> None:
    audit(random_run(seed, background=False), background=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_of_a_run_agree_with_its_log(seed: int) -> None:
    run = random_run(seed)
    audit(run, background=True)
    books(run)


def test_the_random_scenarios_reach_every_part_of_the_protocol() -> None:
    seen: set[int] = set()
    for seed in SEEDS:
        seen |= {row.event for row in random_run(seed).rows}
    rare = {Event.RELAPSE}  # needs a recommitment first
    talks = {event for event in Event if event.name.lower() in TOLD_TALKS}  # before a cease-fire, not in it
    assert seen >= set(Event) - rare - talks


def test_every_response_names_its_evidence() -> None:
    rows = [row for seed in SEEDS for row in random_run(seed).rows if row.event in RESPONSES]
    assert len(rows) > 500
    assert all(row.evidence > 0 for row in rows)


def test_a_response_that_arrives_while_a_resumed_breach_is_verified_names_its_evidence() -> None:
    run = play(
        begins(0),
        ceases(26),
        begins(28),
        response__preagreed_minimum_hours=6,
        framework__attribution__by="us",
        attribution__us__dispute=1.0,
        attribution__us__dispute_hours=6.0,
    )
    arrived = run.find(Event.RESPONSE_ARRIVED, tier=2, clock=30 * HOUR)
    assert arrived and all(row.evidence > 0 for row in arrived)


# -- the books -------------------------------------------------------------------------------------


def books(run: Told) -> None:
    """Outcomes are what the log says."""
    found = run.outcomes
    count = {event: len(run.find(event)) for event in Event}
    (ending,) = run.find(Event.ENDING)
    assert run.rows[-1] is ending
    assert found["ending"] == ENDINGS[int(ending.x)]
    assert found["days_survived"] == ending.time / DAY
    assert found["cases"] == count[Event.CASE_OPENED]
    assert found["tiers_called"] == count[Event.TIER_OPENED]
    assert found["deadlines_missed"] == count[Event.DEADLINE_MISSED]
    cancelled = {(r.case, r.tier) for r in run.find(Event.DEADLINE_CANCELLED)}
    in_time = [(r.case, r.tier) for r in run.find(Event.TIER_DELIVERED) if not r.y]
    assert found["deadlines_met"] == len([key for key in in_time if key not in cancelled])
    assert found["deadlines_late"] == len([r for r in run.find(Event.TIER_OPENED) if r.x])
    assert found["verified"] == count[Event.VERIFIED]
    assert found["dismissed"] == count[Event.DISMISSED]
    assert found["exchanges"] == count[Event.EXCHANGE]
    assert found["recommitments"] == count[Event.RECOMMITMENT]
    assert found["relapses"] == count[Event.RELAPSE]
    assert found["opportunities"] == count[Event.OPPORTUNITY]
    assert found["outage_hours"] == pytest.approx(sum(r.y for r in run.find(Event.STRIKE)), abs=1e-6)
    for k in range(run.model.world.tiers.size):
        assert found[f"tier_{k + 1}_called"] == len(run.find(Event.TIER_OPENED, tier=k + 1))
        assert found[f"tier_{k + 1}_delivered"] == len(run.find(Event.TIER_DELIVERED, tier=k + 1))
    days = run.find(Event.BACKGROUND)
    if days:
        assert found["recorded_per_day"] == pytest.approx(sum(r.x for r in days) / len(days))
    _violations(run)
    called = count[Event.TIER_OPENED]
    strength = sum(
        r.x / run.model.world.tiers.weight[side][r.tier - 1]
        for r in run.find(Event.RESPONSE_ARRIVED)
        for side in [_accused(run, r.case)]
    )
    assert found["response_strength"] == pytest.approx(strength / called if called else 0.0, abs=1e-9)


def _accused(run: Told, case: int) -> int:
    return run.find(Event.CASE_OPENED, case=case)[0].actor


def _violations(run: Told) -> None:
    """Counts by level reached, side and source, from beginnings, escalations and ends."""
    level: dict[tuple[int, int], int] = {}
    source: dict[tuple[int, int], int] = {}
    levels: dict[tuple[int, int], int] = defaultdict(int)
    sources: dict[int, int] = defaultdict(int)

    def over(place: tuple[int, int]) -> None:
        levels[place[0], level.pop(place)] += 1
        sources[source[place]] += 1

    for row in run.rows:
        place = (row.actor, row.sector)
        if row.event == Event.VIOLATION_BEGINS:
            assert place not in level, "begins while it goes on"
            level[place], source[place] = row.level, int(row.x)
        elif row.event == Event.VIOLATION_ESCALATES:
            assert row.level == level[place] + 1
            level[place] = row.level
        elif row.event in (Event.VIOLATION_ENDS, Event.HALTED):
            assert row.level == level[place]
            over(place)
    for place in list(level):
        over(place)
    for step in range(1, 6):
        assert run.outcomes[f"violations_{step}"] == levels[RUSSIA, step]
        assert run.outcomes[f"violations_{step}_ukraine"] == levels[UKRAINE, step]
    assert run.outcomes["violations_ordered"] == sources[0]
    assert run.outcomes["violations_unauthorised"] == sources[UNAUTHORISED]
    assert run.outcomes["violations_retaliation"] == sources[RETALIATION]


def violence_of(run: Told) -> float:
    """Line-days of violence before the ending, from the log alone (exact in fractions of the line)."""
    world = run.model.world
    severity, share = world.level["severity"], world.share
    level = [[0] * world.sectors for _ in range(2)]
    since = [0] * world.sectors
    total: list[float] = []

    def settle(sector: int, now: int) -> None:
        rate = share[sector] * min(1.0, severity[level[0][sector]] + severity[level[1][sector]])
        total.append(rate * (now - since[sector]) / DAY)
        since[sector] = now

    for row in run.rows:
        if row.event in (Event.VIOLATION_BEGINS, Event.VIOLATION_ESCALATES):
            settle(row.sector, row.time)
            level[row.actor][row.sector] = row.level
        elif row.event in (Event.VIOLATION_ENDS, Event.HALTED):
            settle(row.sector, row.time)
            level[row.actor][row.sector] = 0
    for sector in range(world.sectors):
        settle(sector, run.rows[-1].time)
    return math.fsum(total)


@pytest.mark.parametrize("seed", SEEDS)
def test_violence_is_what_the_log_adds_up_to(seed: int) -> None:
    run = random_run(seed, background=False)
    p = run.model.world.p
    assert run.outcomes["violence_before"] == pytest.approx(violence_of(run), rel=1e-9, abs=1e-9)
    intensity = {
        "survived": 0.0,
        "collapse": p.endings_collapse_intensity,
        "abrogation": p.endings_abrogation_intensity,
        "direct_war": p.war_intensity,
    }[str(run.outcomes["ending"])]
    after = intensity * (DAYS - float(run.outcomes["days_survived"]))
    assert run.outcomes["violence_after"] == pytest.approx(after, rel=1e-9, abs=1e-9)
    assert run.outcomes["violence"] == pytest.approx(violence_of(run) + after, rel=1e-9, abs=1e-9)


def test_violence_of_a_play_is_what_pen_and_paper_give() -> None:
    run = play(begins(0, level=2, sector=3), escalates(24, sector=3), ceases(72, sector=3), scenario__days=10)
    share, severity = run.model.world.share[3], run.model.world.level["severity"]
    assert run.outcomes["violence"] == pytest.approx(share * (severity[2] + 2 * severity[3]), abs=1e-12)


# -- any setting at all ----------------------------------------------------------------------------


@st.composite
def any_setting(draw: st.DrawFn) -> tuple[str, dict[str, Any], int]:
    """A framework, any ten parameters anywhere in their bounds, any four switches, a seed."""
    chosen = dict(BUSY) | {"scenario.days": 40}
    for key in draw(st.lists(st.sampled_from(_keys()), max_size=10, unique=True)):
        share = draw(st.sampled_from((0.0, 1.0)) | st.floats(0.0, 1.0))
        chosen[key] = _value(key, share)
    for key in draw(st.lists(st.sampled_from(sorted(SWITCHES)), max_size=4, unique=True)):
        chosen[key] = draw(st.sampled_from(SWITCHES[key]))
    return draw(st.sampled_from(FRAMEWORKS)), chosen, draw(st.integers(0, 2**64 - 1))


def _holds_anywhere(framework: str, chosen: dict[str, Any], seed: int) -> None:
    run = told(framework, chosen, seed=seed)
    audit(run, background=True)
    books(run)
    for name, value in run.outcomes.items():
        assert not isinstance(value, float) or math.isfinite(value), name
    assert float(run.outcomes["violence_before"]) <= float(run.outcomes["days_survived"]) + 1e-9


ANYWHERE = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)


@ANYWHERE
@given(any_setting())
def test_the_audit_and_the_books_hold_anywhere_in_the_schema(
    setting: tuple[str, dict[str, Any], int],
) -> None:
    _holds_anywhere(*setting)


@pytest.mark.long
@settings(ANYWHERE, max_examples=1000)
@given(any_setting())
def test_the_audit_and_the_books_hold_anywhere_in_the_schema_long(
    setting: tuple[str, dict[str, Any], int],
) -> None:
    _holds_anywhere(*setting)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("jamming", [0.0, 1.0])
def test_beliefs_are_numbers_at_the_bounds(jamming: float) -> None:
    world = resolve(settings={"monitoring.jamming_probability": jamming}).world
    assert all(math.isfinite(share) for row in world.seen for share in row)


# -- hidden truth ----------------------------------------------------------------------------------


DOUBTFUL: dict[str, Any] = {"reliability": 0.6, "response.severity": 5.0, "response.doubt": 20.0}
"""Promises that hang on what the states believe: a belief that changes changes who comes."""


def _flip(run: CeasefireModel) -> None:
    """Change everything that the ledger does not know, once signals were drawn."""
    known, going = run.state.incidents, run.state.violations
    for slot, status in enumerate(known.status):
        if status == 3:  # confirmed
            known.truth[slot] = (known.truth[slot] + 1) % 4
    for slot in range(len(going.level)):
        going.value[slot] *= 10.0
        going.source[slot] = UNAUTHORISED
        going.ground[slot] += 1.0
        going.peak[slot] = 5


@pytest.mark.parametrize("framework", [f for f in FRAMEWORKS if f not in ("none", "observe-only")])
def test_hidden_truth_changed_under_the_same_ledger_changes_no_response(framework: str) -> None:
    acts = [begins(0, 4), begins(5, 3, 2), escalates(30), ceases(90), begins(100, 5), begins(110, 2, 4)]
    meddling = [sees(hour, _flip) for hour in (1, 7, 29, 60, 101, 130)]
    plain, meddled = (play(*acts, *more, framework=framework, **DOUBTFUL) for more in ((), meddling))
    responses = [[r for r in run.rows if r.event in BOOKKEEPING] for run in (plain, meddled)]
    assert len(responses[0]) > 5
    assert responses[0] == responses[1]


@pytest.mark.parametrize("seed", range(1, 13))
def test_flipping_the_truth_of_what_is_confirmed_changes_the_errors_counted_and_nothing_else(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = random_run(seed)
    breach = cases.breach

    def lied(run: CeasefireModel, incident: int, accused: int, posterior: float) -> None:
        known = run.state.incidents
        if run.world.binds[accused]:  # what is set aside may be looked into again: another signal
            known.truth[incident] = (known.truth[incident] + 2) % 4
        breach(run, incident, accused, posterior)

    monkeypatch.setattr(cases, "breach", lied)
    flipped = random_run(seed)
    assert plain.rows == flipped.rows
    differ = {k for k in plain.outcomes if plain.outcomes[k] != flipped.outcomes[k]}
    assert differ <= {"false_responses", "wrong_attributions"}


def test_an_end_that_the_ledger_never_learns_of_is_answered_like_one_that_did_not_come() -> None:
    def ends_unseen(run: CeasefireModel) -> None:
        run.state.violations.level[0] = 0
        run.state.violations.mark[0] += 1

    answers = [
        [r for r in run.rows if r.event in RESPONSES]
        for run in (play(begins(0), **DOUBTFUL), play(begins(0), sees(20, ends_unseen), **DOUBTFUL))
    ]
    assert answers[0] == answers[1] and {r.tier for r in answers[0]} == {1, 2, 3}


# -- reliability nought ----------------------------------------------------------------------------

NOBODY = {"reliability": 0.0}
COUNTED_BY_THE_PROTOCOL = ("tier", "deadlines_", "cases", "false_responses", "response_strength")
"""Outcomes that are bookkeeping: they exist only where there are tiers."""


def _physical(run: Told) -> list[Row]:
    """Physical events, without the number and the clock of the case they fall into."""
    return [row._replace(case=-1, clock=-1) for row in run.rows if row.event not in BOOKKEEPING]


WITH_TIERS = ("ad-hoc", "article-5", "multi-tier", "multi-tier-europe")
AT_NOUGHT = (
    BUSY | NOBODY | {"scenario.days": 120, "choice.precision_russia": 0.1, "choice.precision_ukraine": 0.1}
)
VARIANTS: list[dict[str, Any]] = [
    {},
    {"framework.case.scope": "line"},
    {"framework.clock.starts": "verification"},
    {"framework.breach.counts": "repeated", "framework.breach.repeated_count": 2},
    {"framework.attribution.by": "parties"},
    {"framework.ukraine.action": "if-needed", "framework.case.record_survives": False},
]


def _same_as_observe_only(framework: str, changes: dict[str, Any], seed: int) -> None:
    scenario = resolve(framework, "baseline", AT_NOUGHT | changes)
    runs = [finished(compose(s, seed)) for s in (scenario, without_response(scenario))]
    assert _physical(runs[0]) == _physical(runs[1])
    for name in runs[1].outcomes:
        if not name.startswith(COUNTED_BY_THE_PROTOCOL):
            assert runs[0].outcomes[name] == runs[1].outcomes[name], name


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("framework", WITH_TIERS)
def test_at_reliability_nought_a_framework_is_observe_only(framework: str, seed: int) -> None:
    _same_as_observe_only(framework, {}, seed)


@pytest.mark.parametrize("changes", VARIANTS[1:], ids=str)
def test_at_reliability_nought_every_switch_is_observe_only(changes: dict[str, Any]) -> None:
    for seed in (5, 6):
        _same_as_observe_only("multi-tier", changes, seed)


@pytest.mark.parametrize("seed", range(1, 5))
def test_at_reliability_nought_the_two_sided_framework_is_observe_only(seed: int) -> None:
    _same_as_observe_only("two-sided", {}, seed)


def test_whether_a_party_is_bound_does_not_change_how_its_breach_is_verified() -> None:
    acts = (begins(0, level=2, side=UKRAINE), escalates(10, side=UKRAINE))
    one, two = (play(*acts, framework=f, reliability=0.0) for f in ("multi-tier", "two-sided"))
    assert one.times(Event.VERIFIED) == two.times(Event.VERIFIED)


def test_at_reliability_nought_tiers_are_still_called() -> None:
    assert int(told("multi-tier", AT_NOUGHT).outcomes["tiers_called"]) > 5


def test_forward_tripwire_is_exempt_since_its_force_stands_on_the_line() -> None:
    scenario = resolve("forward-tripwire", "baseline", AT_NOUGHT)
    runs = [finished(compose(s, 1)) for s in (scenario, without_response(scenario))]
    assert _physical(runs[0]) != _physical(runs[1])


# -- common random numbers -------------------------------------------------------------------------


def first_difference(a: list[Row], b: list[Row]) -> tuple[Row, Row] | None:
    """The first rows in which two logs differ."""
    for one, other in zip(a, b, strict=False):
        if one != other:
            return one, other
    return None


DECISIONS = {Event.OPPORTUNITY, Event.REVIEW, Event.REPLY, Event.STRATEGIC_REVIEW}


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize(("key", "side"), [("rules.ukraine", UKRAINE), ("rules.russia", RUSSIA)])
def test_changing_a_partys_rule_leaves_the_log_as_it_was_up_to_that_partys_first_other_choice(
    key: str, side: int, seed: int
) -> None:
    plain, other = (
        told("multi-tier", BUSY | {key: rule}, seed=seed).rows for rule in ("quantal", "rational")
    )
    difference = first_difference(plain, other)
    assert difference is not None
    assert all(row.event in DECISIONS and row.actor == side for row in difference)
    assert difference[0]._replace(x=0, level=0) == difference[1]._replace(x=0, level=0)


@pytest.mark.parametrize("seed", range(1, 6))
def test_reliability_leaves_the_log_as_it_was_up_to_the_first_promise_or_choice_that_differs(
    seed: int,
) -> None:
    plain, other = (told("multi-tier", BUSY | {"reliability": r}, seed=seed).rows for r in (0.9, 0.3))
    difference = first_difference(plain, other)
    assert difference is not None
    assert all(row.event in DECISIONS | {Event.RESPONSE_DECIDED} for row in difference)


@pytest.mark.parametrize("changed", [{"framework.tier_3.called": ["usa"]}, {"reliability.tier_3": 0.0}])
def test_a_tier_that_is_never_reached_changes_nothing(changed: dict[str, Any]) -> None:
    given = BUSY | {
        "rules.russia": "persist",
        "script.level": 4,
        "halting.protected_hours": 90.0,  # long enough for tier 2, below the level that calls tier 3
        "verification.delay_hours": 2.0,
        "verification.success": 1.0,
        "verification.quality": 1.0,
        "rules.ukraine": "persist",
    }
    for seed in range(1, 5):
        plain, other = (told("multi-tier", given | extra, seed=seed) for extra in ({}, changed))
        assert not plain.find(Event.TIER_OPENED, tier=3) and plain.find(Event.TIER_OPENED, tier=2)
        assert plain.rows == other.rows


def test_another_case_elsewhere_leaves_who_comes_and_when_as_it_was() -> None:
    chance = {"reliability": 0.5, "response.preagreed_mean_hours": 10.0, "verification.delay_hours": 8.0}
    still = {f"cohesion.{what}": 0.0 for what in ("solidarity", "fatigue")} | {"response.record": 0.0}
    still |= {"monitoring.watch_delay_hours": 3.0, "base_rate.strength": 10_000.0, "response.doubt": 0.0}
    story = (begins(50, 4, sector=2), ceases(200, sector=2))
    alone, beside = (play(*story, *more, **chance | still) for more in ((), (begins(0, 5, sector=1),)))

    def told_of_it(run: Told) -> list[Row]:
        here = [row for row in run.rows if row.sector == 2]
        return [row._replace(case=-1, evidence=-1, x=0.0, y=0.0, z=0.0) if row.event not in kept else
                row._replace(case=-1, evidence=-1, y=0.0, z=0.0) for row in here]  # fmt: skip

    kept = {Event.RESPONSE_DECIDED, Event.REVIEW, Event.OBSERVED}
    assert len(beside.find(Event.CASE_OPENED)) == 2
    assert told_of_it(alone) == told_of_it(beside)
    assert 5 < sum(row.x for row in alone.find(Event.RESPONSE_DECIDED, tier=2)) < 30


def test_another_case_elsewhere_leaves_the_violators_reviews_as_they_were() -> None:
    answers: set[int] = set()
    chance = {"rules.russia": "quantal", "choice.precision_russia": 0.0, "scenario.days": 10}
    for seed in range(1, 7):
        alone, beside = (
            play(begins(50, 2, sector=2), *more, framework="observe-only", seed=seed, **chance)
            for more in ((), (begins(0, 5, sector=1),))
        )
        told_of_it = [
            [row._replace(case=-1) for row in run.rows if row.sector == 2 and row.event == Event.REVIEW]
            for run in (alone, beside)
        ]
        assert told_of_it[0] == told_of_it[1] != []
        answers |= {int(row.x) for row in told_of_it[0]}
    assert answers == {0, 1, 2}


class Recorder(Agenda):
    """An agenda that remembers what arrived from outside."""

    def __init__(self, given: Agenda) -> None:
        super().__init__()
        self._heap, self._sequence = given._heap, given._sequence
        self.all = list(given._heap)

    def add(self, *args: Any, **kwargs: Any) -> None:
        super().add(*args, **kwargs)
        self.all.append(max(self._heap, key=lambda entry: entry.sequence))

    def arrivals(self, kind: Class) -> list[tuple[int, int, int, int]]:
        return [(e.time, e.actor, e.sector, e.detail) for e in self.all if e.kind == kind]


def recorded(framework: str, chosen: dict[str, Any], seed: int) -> tuple[Told, Recorder, list[list[bool]]]:
    """A run with the arrivals of its homogeneous streams, and the sectors jammed by week."""
    model = model_of(framework, chosen, seed=seed)
    model.agenda = recorder = Recorder(model.agenda)
    jammed: list[list[bool]] = []
    pop = recorder.pop

    def popped() -> Entry:
        entry = pop()
        if entry.kind == Class.HORIZON or (entry.kind == Class.DAY and entry.time % (7 * DAY) == DAY):
            jammed.append(list(model.state.jammed))
        return entry

    recorder.pop = popped  # type: ignore[method-assign]
    return finished(model), recorder, jammed


CHANGES: list[dict[str, Any]] = [
    {"rules.ukraine": "rational"},
    {"rules.russia": "rational"},
    {"reliability": 0.0},
    {"framework.tier_2.opens_hours": 12},
    {"halting.by_ukraine": 0.5},
    {"verification.delay_hours": 2.0},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_comes_from_outside_comes_the_same_whatever_the_parties_do(change: dict[str, Any]) -> None:
    alone = BUSY | {"tension.gain": 0.0, "endings.review_days": 400, "war.per_exchange": 0.0}
    alone |= {"endings.collapse_hours": 8760, "scenario.days": 120} | {
        f"ladder.{level}.counts": 0.0 for level in LEVELS
    }
    came: set[Class] = set()
    for seed in (1, 2):
        (plain, one, jam), (other, two, jammed) = (
            recorded("multi-tier", alone | c, seed) for c in ({}, change)
        )
        assert plain.rows != other.rows
        for kind in (Class.OPPORTUNITY, Class.FALSE_ALARM, Class.RECOMMIT, Class.STANCE):
            came |= {kind} if one.arrivals(kind) else set()
            assert sorted(one.arrivals(kind)) == sorted(two.arrivals(kind)), kind
        assert jam == jammed
        for event in (Event.STANCE_CHANGES, Event.RECOMMITMENT, Event.BACKGROUND):
            assert plain.find(event) == other.find(event), event.name
        values = [
            {(r.time, r.actor, r.sector): r.x for r in run.find(Event.OPPORTUNITY)} for run in (plain, other)
        ]
        both = values[0].keys() & values[1].keys()
        assert len(both) > 20 and all(values[0][k] == values[1][k] for k in both)
        for side in ("russia", "ukraine"):
            assert plain.outcomes[f"unauthorised_{side}"] == other.outcomes[f"unauthorised_{side}"]
    assert came == {Class.OPPORTUNITY, Class.FALSE_ALARM, Class.RECOMMIT, Class.STANCE}


def test_a_parameter_of_a_rate_thins_arrivals_and_moves_none() -> None:
    few, many = (
        {(r.time, r.actor, r.sector) for r in told("none", BUSY | {"opportunities.russia_per_day": rate} | still).find(
            Event.OPPORTUNITY) if r.actor == RUSSIA}
        for still in [{"rules.russia": "persist", "rules.ukraine": "persist"} | NO_BACKGROUND]
        for rate in (0.02, 0.1)
    )  # fmt: skip
    assert few < many


# -- the same again --------------------------------------------------------------------------------


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_same_seed_tells_the_same_story_and_another_replication_another(framework: str) -> None:
    first, again, other = (told(framework, BUSY, seed=9, replication=k) for k in (0, 0, 1))
    assert first.text == again.text and first.outcomes == again.outcomes
    assert first.text != other.text


def test_keeping_a_log_changes_nothing() -> None:
    scenario = resolve("multi-tier", "baseline", BUSY)
    assert compose(scenario, 3, 0, keep_log=True).run() == compose(scenario, 3, 0, keep_log=False).run()


SCRIPT = """
import hashlib
from tests.support import told
from tests.test_invariants import BUSY
print(hashlib.sha256("\\n".join(told("two-sided", BUSY, seed=5).text).encode()).hexdigest())
"""


def test_the_order_of_hashes_does_not_matter() -> None:
    here = hashlib.sha256("\n".join(told("two-sided", BUSY, seed=5).text).encode()).hexdigest()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).resolve().parent.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in started] == [here, here]
