"""Small rules by their closed forms: fatigue of time (R25), exposure (R30), quiet hours (R34), false reports (R35)."""

import math

import pytest

from environment.log import Event
from environment.rules.incidents import BY_RUSSIA, BY_UKRAINE, SENSOR, exposure, false_report
from environment.rules.slow import fatigue_of_time, quiet_ends
from experiments.compose import compose
from experiments.scenario import resolve


def test_r25_fatigue_of_time_starts_at_its_rate_and_tends_to_its_ceiling() -> None:
    assert fatigue_of_time(0.04, 0.5, 0.0) == 0.0
    assert fatigue_of_time(0.04, 0.5, 1e-6) / 1e-6 == pytest.approx(0.04, rel=1e-5)
    assert fatigue_of_time(0.04, 0.5, 12.0) == pytest.approx(0.5 * (1 - math.exp(-0.96)))
    assert fatigue_of_time(0.04, 0.5, 600.0) == pytest.approx(0.5)


def test_r25_promises_outlive_fifty_years_of_fatigue() -> None:
    run = compose(resolve("multi-tier"), keep_log=False)
    state = run.parties.responders[0]
    assert state.fatigue_at(50 * 365 * 24.0) == pytest.approx(resolve().world.p.cohesion_fatigue_ceiling)


def test_r30_exposure_is_the_product_of_its_parts() -> None:
    assert exposure(10.0, 0.97, 0.5, 3.0) == pytest.approx(14.55)
    assert exposure(10.0, 0.97, 0.0, 3.0) == 0.0


def test_r34_quiet_hours_are_whole_milliseconds() -> None:
    assert quiet_ends(1, 48 * 3_600_000) == 172_800_001


def test_r35_accusations_come_from_both_parties_alike() -> None:
    sources = [false_report((i + 0.5) / 1000, 0.6) for i in range(1000)]
    assert [sources.count(s) for s in (SENSOR, BY_RUSSIA, BY_UKRAINE)] == [400, 300, 300]


def test_an_escalation_is_not_seen_because_it_is_one() -> None:
    """Detections within a minute of an escalation below level 5 are as rare as an exponential wait makes them."""
    soon = escalations = 0
    scenario = resolve("observe-only", settings={"opportunities.russia_per_day": 0.2}, days=200)
    for replication in range(6):
        run = compose(scenario, 3, replication)
        run.run()
        last: dict[int, int] = {}
        for row in run.log:
            if row.event == Event.VIOLATION_ESCALATES and row.actor == 0 and row.level < 5:
                last[row.sector] = row.time
                escalations += 1
            elif row.event == Event.DETECTED and row.time - last.get(row.sector, -(10**12)) < 60_000:
                soon += 1
    assert escalations > 40
    assert soon <= 3
