"""What is remembered of earlier truces (R21) and carried out of a run, faded as beliefs fade (R25)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from agents.leadership import Leadership
from agents.rules.choice import forget
from agents.ukraine import Ukraine
from environment.log import STANCES, Event
from environment.model import CeasefireModel
from environment.rules.slow import decayed
from experiments.compose import compose
from experiments.scenario import resolve
from experiments.twin import engine
from tests.test_beliefs import HOUR, by_closed_form, calculating, lessons, russia, scripted
from tests.test_golden import SETTINGS

AGAINST_RUSSIA = {"carried.kept.tier_2": 5.0, "carried.failed.tier_2": 2.0, "carried.failed.tier_3": 0.5}
AGAINST_UKRAINE = {"carried.against_ukraine.kept.tier_1": 3.0, "carried.against_ukraine.failed.tier_2": 7.0}


def leadership(run: CeasefireModel, side: int) -> Leadership:
    party = run.parties.leaderships[side]
    assert isinstance(party, Leadership)
    return party


# -- into a run ------------------------------------------------------------------------------------


def test_a_belief_at_the_start_is_the_prior_and_what_is_remembered() -> None:
    scenario = resolve("two-sided", settings=AGAINST_RUSSIA | AGAINST_UKRAINE | {"reliability": 0.6})
    run = compose(scenario, 1, 0)
    ukraine = leadership(run, 1)
    assert isinstance(ukraine, Ukraine)
    against_russia = [(0.0, 0.0), (5.0, 2.0), (0.0, 0.5)]
    against_ukraine = [(3.0, 0.0), (0.0, 7.0), (0.0, 0.0)]
    for beliefs, memory in (
        (leadership(run, 0).beliefs, against_russia),
        (ukraine.partner_beliefs, against_russia),
        (ukraine.beliefs, against_ukraine),
    ):
        for tier, (kept, failed) in enumerate(memory):
            a, b = beliefs.prior[tier]
            assert 0.0 < a < a + b
            assert beliefs.mean(tier, 0.0) == pytest.approx((a + kept) / (a + b + kept + failed), rel=1e-12)


def test_what_is_remembered_fades_to_the_prior() -> None:
    run = compose(resolve(settings=AGAINST_RUSSIA | {"beliefs.half_life_days": 30.0}), 1, 0)
    beliefs = leadership(run, 0).beliefs
    a, b = beliefs.prior[1]
    for days, left in ((30.0, 0.5), (90.0, 0.125)):
        expected = (a + 5.0 * left) / (a + b + 7.0 * left)
        assert beliefs.mean(1, 24.0 * days) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reliability", [0.0, 1.0])
def test_a_mean_of_nought_or_one_remembers_nothing(reliability: float) -> None:
    carried = {f"carried.{kind}.tier_{k}": 9.0 for kind in ("kept", "failed") for k in range(1, 5)}
    settings = carried | {"reliability": reliability, "response.preagreed_mean_hours": 0.0}
    settings |= {"response.local_mean_hours": 0.0, "response.adhoc_mean_hours": 0.0}
    run = compose(resolve("multi-tier", settings=settings), 1, 0)
    for tier in range(3):
        assert leadership(run, 0).beliefs.prior[tier][0 if reliability == 0.0 else 1] == 0.0
        assert leadership(run, 0).belief(tier, 0.0) == reliability


def test_failures_of_an_earlier_truce_break_deterrence_as_those_of_this_one_do() -> None:
    """T12 with memory in the place of lessons: n = floor(A/p* - A - B) + 1 failures, all carried."""
    a, b, critical, runs = 6, 2, 0.5, 5
    assert math.floor(a / critical - a - b) + 1 == runs
    changes, probe = calculating(a, b, critical)
    orders = []
    for carried in (0, runs - 1, runs):
        given = changes | {"carried.failed.tier_1": carried}
        orders.append(russia(compose(resolve("article-5", settings=given))).at_opportunity(probe))
    assert orders == [0, 0, 1]


def test_what_is_remembered_changes_what_is_done_in_both_engines_alike() -> None:
    doubts = {f"carried.failed.tier_{k}": 500.0 for k in (1, 2, 3)}
    logs = []
    for memory in ({}, doubts):
        scenario = resolve("multi-tier", settings=SETTINGS | memory)
        model = compose(scenario, 7, 0)
        outcomes = model.run()
        rows, found = engine.run(scenario, 7, 0)
        assert rows == model.log and found == outcomes
        logs.append(rows)
    assert logs[0] != logs[1]


# -- out of a run ----------------------------------------------------------------------------------


def test_fading_is_forgetting_towards_nought_to_the_last_bit() -> None:
    for count in (0.0, 0.3, 17.0):
        for days in (0.0, 0.1, 33.3, 5000.0):
            assert decayed(count, 180.0, days) == forget(count, 0.0, 180.0, days)


@pytest.mark.parametrize("half_life", [5.0, 60.0])
def test_what_is_remembered_at_the_end_has_its_closed_form(tmp_path: Path, half_life: float) -> None:
    memory = {"carried.kept.tier_1": 4.0, "carried.failed.tier_1": 11.0}
    given = {"beliefs.strength": 6.0, "beliefs.half_life_days": half_life} | memory
    run = compose(scripted(tmp_path, 0.5, **given), 32, 0)
    outcomes = run.run()
    hour, seen = run.now / HOUR, lessons(run)
    assert {kept for _, kept in seen} == {True, False} and len(seen) > 100
    for name, carried, wanted in (("kept", 4.0, True), ("failed", 11.0, False)):
        past = [(0.0, carried), *((when, 1.0) for when, kept in seen if kept == wanted)]
        expected = sum(count * 0.5 ** ((hour - when) / 24 / half_life) for when, count in past)
        assert outcomes[f"remembered_{name}_1"] == pytest.approx(expected, rel=1e-9)
    a, b = (outcomes[f"remembered_{name}_1"] for name in ("kept", "failed"))
    assert isinstance(a, float) and isinstance(b, float)
    believed = russia(run).belief(0, hour)
    assert believed == pytest.approx((3.0 + a) / (6.0 + a + b), rel=1e-9)
    if half_life == 60.0:
        prior_alone = by_closed_form(0.5, 6.0, half_life, seen, hour)
        assert abs(believed - prior_alone) < 0.05


@pytest.mark.parametrize("framework", ["multi-tier", "two-sided", "article-5"])
def test_it_is_the_counts_of_the_shipped_beliefs_less_their_prior(framework: str) -> None:
    settings = SETTINGS | AGAINST_RUSSIA | AGAINST_UKRAINE | {"beliefs.half_life_days": 20.0}
    compared = learned = 0
    for replication in range(4):
        scenario = resolve(framework, settings=settings)
        run = compose(scenario, 7, replication)
        outcomes = run.run()
        assert engine.run(scenario, 7, replication)[1] == outcomes, "both engines, to the last bit"
        for side, suffix in ((0, ""), (1, "_ukraine")):
            columns = {
                n for n in outcomes if n.startswith("remembered_") and n.endswith("_ukraine") == (side == 1)
            }
            assert len(columns) == 2 * scenario.world.tiers.size * scenario.world.binds[side]
            beliefs = leadership(run, side).beliefs
            for tier in range(scenario.world.tiers.size * scenario.world.binds[side]):
                a0, b0 = beliefs.prior[tier]
                if a0 <= 0.0 or b0 <= 0.0:
                    continue
                a, b = beliefs.at(tier, run.now / HOUR)
                kept, failed = (outcomes[f"remembered_{n}_{tier + 1}{suffix}"] for n in ("kept", "failed"))
                assert (kept, failed) == pytest.approx((a - a0, b - b0), abs=1e-9)
                compared += 1
                learned += kept != 0.0 or failed != 0.0
    assert compared >= 4 and learned >= 3


def test_a_truce_that_starts_with_what_one_ended_with_believes_what_was_believed() -> None:
    first = compose(resolve("multi-tier", settings=SETTINGS), 7, 0)
    outcomes = first.run()
    carried = {
        f"carried.{kind}.tier_{k}": outcomes[f"remembered_{kind}_{k}"]
        for kind in ("kept", "failed") for k in (1, 2, 3)
    }  # fmt: skip
    assert any(carried.values())
    second = compose(resolve("multi-tier", settings=SETTINGS | carried), 7, 1)
    for tier in range(3):
        before = leadership(first, 0).belief(tier, first.now / HOUR)
        assert leadership(second, 0).belief(tier, 0.0) == pytest.approx(before, rel=1e-12)


def test_what_happened_is_remembered_where_beliefs_are_certain(tmp_path: Path) -> None:
    run = compose(scripted(tmp_path, 1.0, **{"beliefs.half_life_days": 1e6}), 34, 0)
    outcomes = run.run()
    assert outcomes["remembered_kept_1"] == pytest.approx(len(lessons(run)), rel=1e-3)
    assert outcomes["remembered_failed_1"] == 0.0


def test_the_stance_at_the_end_is_the_last_one_of_the_log() -> None:
    seen = set()
    for initial in STANCES:
        for replication in range(4):
            settings = {
                "us.initial_stance": initial,
                "us.changes_per_year": 12.0,
                "us.returns_per_year": 12.0,
            }
            scenario = resolve("multi-tier", settings=settings, days=60)
            run = compose(scenario, 3, replication)
            outcomes = run.run()
            changes = [int(row.x) for row in run.log if row.event == Event.STANCE_CHANGES]
            assert outcomes["stance_at_end"] == [STANCES.index(initial), *changes][-1]
            seen.add(outcomes["stance_at_end"])
    assert seen == {0, 1, 2}
