"""R36: the term of a framework: when it lapses, what it leaves behind, and what it does not change."""

from __future__ import annotations

from typing import Any

import pytest

from environment import casebook
from environment.log import Event, Row
from environment.model import CeasefireModel
from environment.rules.slow import lapsed
from environment.world import CLAUSES
from experiments.compose import compose
from experiments.scenario import resolve, without_response
from experiments.twin import engine
from tests.support import begins, ceases, hours, play, sees
from tests.test_golden import SETTINGS

LAPSES, ENTERS = Event.FRAMEWORK_LAPSES, Event.FRAMEWORK_IN_FORCE
OPENED, DELIVERED, ARRIVED = Event.TIER_OPENED, Event.TIER_DELIVERED, Event.RESPONSE_ARRIVED
MISSED, CANCELLED = Event.DEADLINE_MISSED, Event.DEADLINE_CANCELLED


def test_r36_a_term_has_run_out_when_its_days_have_passed() -> None:
    assert [lapsed(days, 5.0) for days in (0.0, 4.999, 5.0, 6.0)] == [False, False, True, True]
    assert lapsed(0.0, 0.0)


def test_a_tier_that_would_open_after_the_lapse_does_not() -> None:
    whole, short = play(begins(0)), play(begins(0), entry__term_days=2)
    assert whole.times(OPENED) == hours(0, 24, 72) and not whole.find(LAPSES)
    assert short.times(OPENED) == hours(0, 24)
    (row,) = short.find(LAPSES)
    assert row.time == 48 * 3_600_000 and CLAUSES[row.clause] == "entry"


@pytest.mark.parametrize(("term", "day", "opens"), [(3, 3, False), (3.001, 4, True), (2.999, 3, False)])
def test_it_lapses_at_the_daily_look_and_before_a_tier_of_that_very_hour(
    term: float, day: int, opens: bool
) -> None:
    run = play(begins(0), entry__term_days=term)
    assert run.times(LAPSES) == hours(24 * day)
    assert (hours(72)[0] in run.times(OPENED)) == opens


def test_the_term_counts_from_the_entry_into_force_and_there_is_no_second_one() -> None:
    signed = {"framework__entry__condition": "signature", "entry__signature_day": 2}
    run = play(entry__term_days=3, **signed)
    assert run.times(ENTERS) == hours(48) and run.times(LAPSES) == hours(120)
    quiet = {"framework__entry__condition": "quiet-days", "framework__entry__days": 2}
    run = play(entry__term_days=1, **quiet)
    assert run.times(ENTERS) == hours(48) and run.times(LAPSES) == hours(72)


@pytest.mark.parametrize("condition", ["cease-fire", "signature"])
def test_at_a_term_of_nought_it_never_enters(condition: str) -> None:
    run = play(begins(0), entry__term_days=0, framework__entry__condition=condition)
    assert not run.find(ENTERS) and not run.find(LAPSES) and not run.find(OPENED)
    assert run.find(Event.CASE_OPENED) and not run.model.state.lapsed


def test_what_was_called_before_still_comes_but_is_no_longer_awaited() -> None:
    """A deadline that is armed is cancelled: it is neither met nor missed, and nobody learns from it."""
    slow = {"response__preagreed_minimum_hours": 40}
    whole, short = play(begins(0), **slow), play(begins(0), entry__term_days=2, **slow)
    assert whole.find(MISSED, tier=2) or whole.find(DELIVERED, tier=2)
    assert short.times(CANCELLED) == hours(48) and short.find(CANCELLED)[0].tier == 2
    assert min(short.times(ARRIVED, tier=2)) >= hours(64)[0]
    assert short.find(DELIVERED, tier=2) and not short.find(MISSED) and not short.find(Event.RESPONSE_FAILED)
    met = len(short.find(DELIVERED, tier=1))
    assert short.outcomes["deadlines_met"] == met and short.outcomes["remembered_kept_2"] == 0.0
    assert not short.find(CANCELLED, tier=1) and float(short.outcomes["remembered_kept_1"]) > 0.0


def test_after_the_lapse_nothing_is_believed_and_no_force_is_there() -> None:
    seen: list[tuple[bool, float]] = []

    def look(run: CeasefireModel) -> None:
        seen.append((casebook.in_force(run), casebook.deployed(run)))

    fast = {"framework__deployment__half_life_days": 0}
    play(sees(47.9, look), sees(48, look), entry__term_days=2, **fast)
    assert seen == [(True, 1.0), (False, 0.0)]


def test_the_force_on_the_line_halts_nobody_from_the_lapse_on() -> None:
    rates: list[float] = []

    def look(run: CeasefireModel) -> None:
        rates.append(run.state.violations.rate[0])

    # fire below materiality, of which no case is opened: the force on the line is all that denies
    acts = [begins(1, level=1), sees(47.9, look), sees(48, look), ceases(60)]
    run = play(
        *acts, framework="forward-tripwire", entry__term_days=2, framework__deployment__half_life_days=0,
        framework__breach__materiality=0.5,
    )  # fmt: skip
    assert run.times(LAPSES) == hours(48)
    p, resistance = run.model.world.p, run.model.world.level["resistance"][1]
    assert rates[0] - rates[1] == pytest.approx(p.tripwire_denial / resistance) and rates[0] > rates[1]


# -- what it does not change -----------------------------------------------------------------------


def run_of(settings: dict[str, Any], replication: int, framework: str = "multi-tier") -> list[Row]:
    """The log of a busy run."""
    model = compose(resolve(framework, settings=SETTINGS | settings), 7, replication)
    model.run()
    return model.log


@pytest.mark.parametrize("framework", ["multi-tier", "forward-tripwire", "article-5"])
def test_a_term_of_nought_is_observe_only_draw_for_draw(framework: str) -> None:
    scenario = resolve(framework, settings=SETTINGS | {"entry.term_days": 0})
    for replication in range(5):
        rows, outcomes = engine.run(scenario, 7, replication)
        others, expected = engine.run(without_response(scenario), 7, replication)
        assert rows == others and len(rows) > 100
        of_tiers = [name for name in outcomes if name.startswith(("tier_", "remembered_"))]
        assert {k: v for k, v in outcomes.items() if k not in of_tiers} == expected
        assert not any(outcomes[name] for name in of_tiers)


def test_a_term_beyond_the_horizon_changes_nothing() -> None:
    assert run_of({}, 0) == run_of({"entry.term_days": 45}, 0) == run_of({"entry.term_days": 36_525}, 0)


def test_a_term_changes_nothing_before_it_runs_out() -> None:
    told = 0
    for replication in range(5):
        whole, short = run_of({}, replication), run_of({"entry.term_days": 20}, replication)
        at = next((i for i, row in enumerate(short) if row.event == LAPSES), len(short) - 1)
        assert whole[:at] == short[:at]
        told += short[at].event == LAPSES
        assert not any(row.event == OPENED for row in short[at:])
    assert told >= 3
