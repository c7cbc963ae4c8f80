"""R02-R11, R17, R18, R22-R24, R28, R29: opportunities, background, detection, attribution, endings, slow state.

Each is a degenerate run of the engine, read from its log. Quick forms see errors of about 5%; those marked
`verification` see 2%, of endings 6% (four standard errors, or p < 1e-4, at fixed seeds).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from environment import tables
from environment.errors import BadInput
from environment.log import Event
from environment.model import CeasefireModel
from environment.parameters import schema
from environment.rules import draws
from environment.rules.incidents import background_mean, flares_up, ground_tempo, violence_rate
from environment.rules.monitoring import (
    assessed_level,
    base_rate,
    bayes,
    detection_hazard,
    detection_wait,
    likelihood,
    signal_accuracy,
    signal_category,
    verification_delay,
)
from environment.rules.slow import attention, readiness_after_day, relapsed, restraint, tension_after_day
from environment.rules.tiers import halting_wait, war_probability
from experiments.compose import compose
from experiments.scenario import resolve

TINY = 1e-4
HOUR = 3_600_000
DAY = 24 * HOUR

STILL: dict[str, Any] = {
    "rules.russia": "persist",
    "rules.ukraine": "persist",
    "background.russia_per_day": 0,
    "background.ukraine_per_day": 0,
    "opportunities.russia_per_day": 0,
    "opportunities.ukraine_per_day": 0,
    "false_alarm.per_year": 0,
    "truce.recommitments_per_year": 0,
    "us.changes_per_year": 0,
    "us.returns_per_year": 0,
    "readiness.initial": 1,
    "readiness.wear": 0,
    "tension.gain": 0,
    "truce.restraint": 0,
    "endings.review_days": 3650,
    "endings.collapse_hours": 8760,
    "halting.by_ukraine": 0,
    "halting.by_russia": 0,
    "war.per_exchange": 0,
    "reliability": 0,
    "monitoring.level_error": 0,
    "framework.case.quiet_hours": 1,
}
"""Nothing happens but what a test lets happen."""

OWN = '''
from agents.russia import Russia
from agents.ukraine import Ukraine


class Striker(Russia):
    """Violates at LEVEL at every opportunity and goes on for DAYS days."""

    def at_opportunity(self, situation):
        return LEVEL

    def at_review(self, situation):
        return 0 if situation.age >= 24 * DAYS else 1

    def gives_up(self, outlook):
        return False


class Raider(Ukraine):
    """The same on the other side."""

    def at_opportunity(self, situation):
        return LEVEL

    def at_review(self, situation):
        return 0 if situation.age >= 24 * DAYS else 1

    def replies(self, reply):
        return False

    def gives_up(self, outlook):
        return False
'''


def own(folder: Path, level: int, days: int) -> Path:
    path = folder / f"own_{level}_{days}.py"
    path.write_text(OWN.replace("LEVEL", str(level)).replace("DAYS", str(days)), encoding="utf-8")
    return path


def runs(
    changes: dict[str, Any], size: int, days: float, framework: str = "observe-only"
) -> Iterator[CeasefireModel]:
    scenario = resolve(framework, settings=STILL | changes, days=days)
    for replication in range(size):
        run = compose(scenario, 51, replication)
        run.run()
        yield run


# -- background fire -------------------------------------------------------------------------------


def check_background(size: int, days: int) -> None:
    russia, ukraine = 9.0, 6.5
    changes = {
        "background.russia_per_day": russia,
        "background.ukraine_per_day": ukraine,
        "background.records_per_event": 1,
        "background.flare_up_events": 400,
        "framework.breach.materiality": 1.0,
    }
    counts: list[float] = []
    happened = np.zeros(2)
    for run in runs(changes, size, days):
        counts += [row.x for row in run.log if row.event == Event.BACKGROUND]
        happened += run.totals.unauthorised
    n = len(counts)
    assert n >= size * (days - 1)
    seen = sum(s.background_share * min(1.0, s.coverage) for s in tables.sectors())
    mean = (russia + ukraine) * seen
    found = np.array(counts)
    assert found.mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / n))
    dispersion = found.var(ddof=1) / found.mean() * (n - 1)
    assert min(stats.chi2.cdf(dispersion, n - 1), stats.chi2.sf(dispersion, n - 1)) > TINY
    cells = np.arange(int(stats.poisson.ppf(20 / n, mean)), int(stats.poisson.isf(20 / n, mean)))
    expected = np.diff([0.0, *stats.poisson.cdf(cells, mean), 1.0]) * n
    observed = np.histogram(found, bins=[-0.5, *(cells + 0.5), 1e9])[0]
    assert stats.chisquare(observed, expected).pvalue > TINY
    total = size * days
    for side, rate in enumerate((russia, ukraine)):
        share = sum(s.background_share for s in tables.sectors())
        assert happened[side] == pytest.approx(rate * share * total, abs=4 * math.sqrt(rate * total))


def test_background_counts_are_poisson() -> None:
    check_background(3, 1000)


@pytest.mark.verification
def test_background_counts_are_poisson_over_half_a_century() -> None:
    check_background(5, 3650)


def test_two_days_and_two_sides_are_unrelated() -> None:
    changes = {
        "background.russia_per_day": 9,
        "background.records_per_event": 1,
        "background.flare_up_events": 400,
    }
    found = []
    for run in runs(changes | {"framework.breach.materiality": 1.0}, 2, 700):
        found += [row.x for row in run.log if row.event == Event.BACKGROUND]
    series = np.array(found) - np.mean(found)
    assert abs(series[:-1] @ series[1:]) / (series @ series) < 4 / math.sqrt(len(series))


# -- opportunities ---------------------------------------------------------------------------------


def check_opportunities(size: int, days: int) -> None:
    base = 0.06
    changes = {"opportunities.russia_per_day": base, "opportunities.floor": 0.3, "readiness.initial": 1}
    scaled: list[float] = []
    arrived = 0
    rates = [base * s.salience * math.sqrt(s.force_ratio) for s in tables.sectors()]
    assert max(rates) < 0.2, "no rate may touch the majorant here"
    values: list[float] = []
    for run in runs(changes, size, days):
        last = dict.fromkeys(range(len(rates)), 0)
        for row in run.log:
            if row.event == Event.OPPORTUNITY:
                scaled.append((row.time - last[row.sector]) / DAY * rates[row.sector])
                last[row.sector] = row.time
                sector = tables.sectors()[row.sector]
                values.append(math.log(row.x / sector.salience / math.sqrt(sector.force_ratio)))
                arrived += 1
    expected = sum(rates) * size * days
    assert arrived == pytest.approx(expected, abs=4 * math.sqrt(expected))
    # Gaps are cut at the horizon: none is longer than it, which over these days is without effect.
    assert stats.kstest(scaled, "expon").pvalue > TINY
    sigma = float(schema()["opportunities.value_sigma"].value)  # type: ignore[arg-type]
    assert stats.kstest((np.array(values) + sigma * sigma / 2) / sigma, "norm").pvalue > TINY


def test_opportunities_come_at_exponential_gaps() -> None:
    check_opportunities(2, 3650)


@pytest.mark.verification
def test_opportunities_come_at_exponential_gaps_at_length() -> None:
    check_opportunities(4, 18000)


def test_readiness_thins_opportunities_and_leaves_their_stream() -> None:
    base = {"opportunities.russia_per_day": 0.08, "readiness.recovery_days": 1e6, "opportunities.floor": 0.2}
    few, many = (
        {
            (row.sector, row.time)
            for run in runs(base | {"readiness.initial": ready}, 1, 3000)
            for row in run.log
            if row.event == Event.OPPORTUNITY
        }
        for ready in (0.25, 1.0)
    )
    assert few < many, "what is met at low readiness is met at high readiness too, at the same moment"
    share = 0.2 + 0.8 * 0.25
    assert stats.binomtest(len(few), len(many), share).pvalue > TINY


# -- detection -------------------------------------------------------------------------------------


@pytest.mark.parametrize("night", [0.0, 0.4, 1.0])
def test_detection_wait_integrates_day_and_night(night: float) -> None:
    """Against a sum over small steps."""
    rng = np.random.default_rng(6)
    steps = 24 * 600
    for _ in range(40):
        hazard, start, need = rng.uniform(0.01, 0.6), rng.uniform(0, 24), rng.exponential()
        window = 24 - start
        middle = start + (np.arange(steps) + 0.5) * window / steps
        rate = np.where((middle >= 6) & (middle < 18), hazard, hazard * night)
        gathered = np.cumsum(rate) * window / steps
        found = detection_wait(hazard, night, start, window, need)
        if gathered[-1] < need:
            assert found == pytest.approx(-1 - gathered[-1], abs=0.002)
        else:
            reached = (np.searchsorted(gathered, need) + 1) * window / steps
            assert found == pytest.approx(reached, abs=0.02)


def test_detection_at_its_limits() -> None:
    assert detection_hazard(0.0, 1.0) == 0.0
    assert detection_hazard(0.5, 0.0) == 0.0
    assert detection_hazard(1.0, 0.5) == math.inf
    assert 1 - math.exp(-24 * detection_hazard(0.4, 1.0)) == pytest.approx(0.4)
    assert detection_wait(math.inf, 0.5, 3.0, 21.0, 1.7) == 0.0
    assert detection_wait(math.inf, 0.0, 3.0, 21.0, 1.7) == 3.0, "nobody watches at night: at dawn"


def integrated(hazard: float, night: float, start: int, end: int) -> float:
    """Hazard of detection between two instants, by hours of day and night."""

    def daylight(ms: int) -> float:
        days, rest = divmod(ms / HOUR, 24.0)
        return days * 12 + min(max(rest - 6, 0.0), 12.0)

    light = daylight(end) - daylight(start)
    return hazard * (light + night * ((end - start) / HOUR - light))


def check_detection(folder: Path, size: int) -> None:
    night, detectability, means = 0.35, 0.7, 0.3
    changes = {
        "rules.russia": f"{own(folder, 1, 14)}:Striker",
        "opportunities.russia_per_day": 0.2,
        "monitoring.night": night,
        "monitoring.jamming_effect": 0,
        "monitoring.national_means": means,
        "ladder.harassing_fire.detectability": detectability,
        "framework.breach.materiality": 1.0,
    }
    needs: list[float] = []
    for run in runs(changes, size, 365):
        began: dict[int, int] = {}
        for row in run.log:
            if row.event == Event.VIOLATION_BEGINS:
                began[row.sector] = row.time
            elif row.event == Event.DETECTED:
                coverage = means + (1 - means) * tables.sectors()[row.sector].coverage
                hazard = -math.log(1 - detectability) / 24 * coverage
                start = began.pop(row.sector)
                if start < 350 * DAY:
                    needs.append(integrated(hazard, night, start, row.time))
    assert len(needs) > 90 * size
    # Undetected within 14 days: less than 2 in 10,000 even in the sector that is watched least.
    assert stats.kstest(needs, "expon").pvalue > TINY
    assert np.mean(needs) == pytest.approx(1.0, abs=4 / math.sqrt(len(needs)))


def test_engine_detects_by_the_integrated_hazard_of_day_and_night(tmp_path: Path) -> None:
    check_detection(tmp_path, 10)


@pytest.mark.verification
def test_engine_detects_by_the_integrated_hazard_of_day_and_night_at_length(tmp_path: Path) -> None:
    check_detection(tmp_path, 150)


def test_jamming_lowers_detection_by_what_it_takes_of_the_monitors(tmp_path: Path) -> None:
    sector = tables.sectors()[3]
    world = resolve(
        "observe-only", settings={"monitoring.jamming_effect": 0.5, "monitoring.national_means": 0.2}
    ).world
    clear, jammed = world.hazard[3][1]
    assert jammed / clear == pytest.approx(
        (0.2 + 0.8 * 0.5 * sector.coverage) / (0.2 + 0.8 * sector.coverage)
    )


def test_an_expanded_attack_is_seen_at_once(tmp_path: Path) -> None:
    changes = {
        "rules.russia": f"{own(tmp_path, 5, 1)}:Striker",
        "opportunities.russia_per_day": 0.1,
        "framework.monitoring.coverage_multiplier": 0.01,
        "monitoring.national_means": 0.01,
        "monitoring.watch_delay_hours": 0,
    }
    for run in runs(changes, 1, 100):
        began = {(row.sector, row.time) for row in run.log if row.event == Event.VIOLATION_BEGINS}
        seen = {(row.sector, row.time) for row in run.log if row.event == Event.DETECTED}
        assert len(began) > 50
        assert began == seen


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("monitoring.jamming_probability", 0),
        ("monitoring.jamming_probability", 1),
        ("verification.success", 0),
    ],
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_beliefs_about_being_seen_are_numbers_at_the_ends_of_their_range(key: str, value: float) -> None:
    world = resolve("multi-tier", settings={key: value}).world
    assert not np.isnan(np.array(world.seen)).any()
    assert not np.isnan(world.confirm_rate).any()


def test_levels_are_misjudged_by_one_step_as_often_as_stated() -> None:
    grid = (np.arange(100_000) + 0.5) / 100_000
    for level in (2, 3, 4):
        found = np.array([assessed_level(level, 0.12, u, 5) for u in grid])
        assert (found == level - 1).mean() == pytest.approx(0.06, abs=1e-4)
        assert (found == level + 1).mean() == pytest.approx(0.06, abs=1e-4)
    assert {assessed_level(5, 0.5, u, 5) for u in grid[::100]} == {5}
    assert {assessed_level(1, 0.5, u, 5) for u in grid[::100]} == {1, 2}


# -- signals and posteriors ------------------------------------------------------------------------


@numba.njit
def signals(truth: int, accuracy: float, size: int) -> np.ndarray:
    counts = np.zeros(4, np.int64)
    for i in range(size):
        _, v = draws.uniforms(12, 0, 0, 13, i % 200, i // 200)
        counts[signal_category(truth, accuracy, v)] += 1
    return counts


@pytest.mark.parametrize("truth", [0, 1, 2, 3])
@pytest.mark.parametrize("accuracy", [0.25, 0.6, 0.93])
def test_signals_confuse_as_stated(truth: int, accuracy: float) -> None:
    counts = signals(truth, accuracy, 300_000)
    expected = [accuracy if c == truth else (1 - accuracy) / 3 for c in range(4)]
    assert expected == pytest.approx([likelihood(truth, c, accuracy) for c in range(4)])
    assert stats.chisquare(counts, np.array(expected) * 300_000).pvalue > TINY


def test_a_perfect_signal_is_never_wrong() -> None:
    assert signal_accuracy(1.0, 1.0) == 1.0
    assert signal_accuracy(0.0, 1.0) == signal_accuracy(1.0, 0.0) == 0.25
    for truth in range(4):
        assert {signal_category(truth, 1.0, u) for u in np.linspace(0, 1 - 2**-53, 500)} == {truth}


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.integers(0, 3), st.floats(0.25, 1))
def test_bayes_rule_sums_to_one(prior: list[float], signal: int, accuracy: float) -> None:
    share = [p / sum(prior) for p in prior]
    likely = [likelihood(c, signal, accuracy) for c in range(4)]
    total = sum(p * x for p, x in zip(share, likely, strict=True))
    posterior = [bayes(p, x, total) for p, x in zip(share, likely, strict=True)]
    assert sum(posterior) == pytest.approx(1.0)
    assert posterior[signal] >= share[signal] - 1e-12


def test_positive_predictive_value_of_theory() -> None:
    """T14: base rate .3, detection .8, false alarm .05."""
    evidence = 0.3 * 0.8 + 0.7 * 0.05
    assert bayes(0.3, 0.8, evidence) == pytest.approx(0.8727, abs=1e-4)


def test_the_base_rate_is_a_running_mean() -> None:
    assert base_rate(0.4, 20.0, 0.0, 0.0) == 0.4
    assert base_rate(0.4, 20.0, 7.0, 10.0) == pytest.approx((8.0 + 7.0) / 30.0)


def test_verification_takes_from_04_to_16_of_its_mean() -> None:
    delays = [verification_delay(15.0, 0.6, u, False, 12.0) for u in np.linspace(0, 1, 1001)]
    assert (min(delays), max(delays), np.mean(delays)) == pytest.approx((6.0, 24.0, 15.0))
    assert verification_delay(15.0, 0.6, 0.5, True, 12.0) == 27.0


PRIOR = {"nothing": 0.2, "russia_ordered": 0.35, "russia_unauthorised": 0.3, "ukraine": 0.15}
QUALITY, SUCCESS, ATTRIBUTABILITY, STRENGTH = 0.8, 0.7, {1: 0.35, 2: 0.6}, 25.0


def posterior_after(prior: list[float], signal: int | None, accuracy: float) -> list[float]:
    """Bayes by hand; no conclusive signal leaves the prior."""
    if signal is None:
        return prior
    joint = [p * (accuracy if c == signal else (1 - accuracy) / 3) for c, p in enumerate(prior)]
    return [j / sum(joint) for j in joint]


@cache
def findings(folder: Path, truth: int, size: int) -> tuple[np.ndarray, int]:
    """Signals that explain every finding of a run, and how many attempts gave none.

    One attempt an incident. The posterior printed must be the one that Bayes' rule gives for one of
    the four signals, or for none, from the running base rate that the findings before it make; no finding
    without a signal accuses anybody.
    """
    changes: dict[str, Any] = {
        "opportunities.russia_per_day": 0.2 if truth == 1 else 0,
        "opportunities.ukraine_per_day": 0.08 if truth == 3 else 0,
        "false_alarm.per_year": 40 if truth == 0 else 0,
        "rules.russia": f"{own(folder, 2, 3)}:Striker",
        "rules.ukraine": f"{own(folder, 2, 3)}:Raider",
        "opportunities.ukraine_top_level": 5,
        "ladder.harassing_fire.attributability": ATTRIBUTABILITY[1],
        "ladder.sustained_shelling.attributability": ATTRIBUTABILITY[2],
        "verification.attempts": 1,
        "verification.delay_hours": 1,
        "verification.quality": QUALITY,
        "verification.success": SUCCESS,
        "base_rate.strength": STRENGTH,
        "framework.attribution.by": "commission",
        "framework.attribution.posterior_threshold": 0.7,
        "framework.breach.materiality": 0.01,
        "attribution.commission.success": 1,
        "attribution.commission.dispute": 0,
    } | {f"base_rate.{k}": v for k, v in PRIOR.items()}
    counts, silent = np.zeros((3, 4), np.int64), 0
    for run in runs(changes, size, 365):
        tally, number = np.zeros(4), 0
        prior_of: dict[int, list[float]] = {}
        for row in run.log:
            if row.event in (Event.DETECTED, Event.FALSE_ALARM, Event.ACCUSATION):
                start = np.array(list(PRIOR.values()))
                prior_of[row.evidence] = list((start * STRENGTH + tally) / (STRENGTH + number))
            if row.event not in (Event.VERIFIED, Event.DISMISSED):
                continue
            assert row.z == 1
            prior = prior_of[row.evidence]
            accuracy = 0.25 + 0.75 * ATTRIBUTABILITY[row.level] * QUALITY
            fits = []
            for signal in (None, 0, 1, 2, 3):
                found = posterior_after(prior, signal, accuracy)
                printed = found[3] if row.actor == 1 else found[1] + found[2]
                if abs(printed - row.x) < 1e-9 and abs(found[1] - row.y) < 1e-9:
                    fits.append((signal, found))
            assert len(fits) == 1, (row, prior)
            signal, found = fits[0]
            sure = signal is not None and (found[1] + found[2] >= 0.7 or found[3] >= 0.7)
            assert (row.event == Event.VERIFIED) == sure
            if signal is None:
                silent += 1
            else:
                counts[row.level, signal] += 1
            if signal is not None:  # only an incident with a signal moves the base rates
                tally, number = tally + np.array(found), number + 1
    return counts, silent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parties")


def check_findings(folder: Path, truth: int, size: int) -> None:
    counts, silent = findings(folder, truth, size)
    assert counts.sum() > 60 * size
    assert stats.binomtest(silent, int(silent + counts.sum()), 1 - SUCCESS).pvalue > TINY
    for level in (1, 2):
        if counts[level].sum() < 50:
            continue
        accuracy = 0.25 + 0.75 * ATTRIBUTABILITY[level] * QUALITY
        expected = np.array([accuracy if c == truth else (1 - accuracy) / 3 for c in range(4)])
        assert stats.chisquare(counts[level], expected * counts[level].sum()).pvalue > TINY


@pytest.mark.parametrize("truth", [0, 1, 3])
def test_engine_posterior_is_bayes_and_its_signals_confuse_as_stated(folder: Path, truth: int) -> None:
    check_findings(folder, truth, 9)


@pytest.mark.verification
@pytest.mark.parametrize("truth", [0, 1, 3])
def test_engine_posterior_is_bayes_and_its_signals_confuse_as_stated_at_length(
    folder: Path, truth: int
) -> None:
    check_findings(folder, truth, 60)


def test_no_two_attempts_at_an_incident_share_their_draws() -> None:
    """Each attempt is a cause of its own: another delay and another signal."""
    changes: dict[str, Any] = {
        "rules.russia": "hawkish",
        "opportunities.russia_per_day": 0.2,
        "verification.success": 0.9,
        "verification.delay_hours": 10,
        "verification.attempts": 1,
        "verification.quality": 0.3,
        "framework.breach.materiality": 0.01,
        "monitoring.watch_delay_hours": 0,
        "choice.precision_russia": 0.05,
        "attribution.parties.dispute": 0,
    }
    waits: dict[tuple[int, int], list[float]] = {}
    again = 0
    for number, run in enumerate(runs(changes, 3, 365)):
        for row in run.log:
            if row.event == Event.VERIFICATION_BEGINS:
                seen = waits.setdefault((number, row.evidence), [])
                again += bool(seen)
                seen.append(round(row.y - row.time / HOUR, 5))
    assert again > 0, "some incident must have been looked at again"
    assert all(len(set(w)) == len(w) for w in waits.values())


def test_base_rates_are_shares_of_one() -> None:
    changes = {
        "base_rate.russia_ordered": 1.0,
        "base_rate.russia_unauthorised": 1.0,
        "verification.success": 1e-9,
    }
    changes |= {
        "rules.russia": "persist",
        "background.flare_up_events": 3,
        "framework.breach.materiality": 0.01,
    }
    changes |= {"background.russia_per_day": 40}
    try:
        rows = [
            r for run in runs(changes, 1, 60) for r in run.log if r.event in (Event.VERIFIED, Event.DISMISSED)
        ]
    except BadInput:
        return  # refused, which is as good
    assert rows
    assert all(0 <= row.x <= 1 for row in rows)


# -- endings ---------------------------------------------------------------------------------------


def check_endings(folder: Path, size: int) -> None:
    """Attacks come as a Poisson stream; each meets the force on the line (direct war with probability q), or
    goes unhalted for D_c hours with probability exp(-eta D_c) (collapse), or is halted."""
    base, war, hours, halting, resistance = 0.02, 0.2, 3.0, 0.4, 1.3
    changes = {
        "rules.russia": f"{own(folder, 5, 30)}:Striker",
        "opportunities.russia_per_day": base,
        "war.per_exchange": war,
        "tripwire.war_weight": 1.0,
        "ladder.expanded_attack.severity": 1.0,
        "endings.collapse_hours": hours,
        "halting.by_ukraine": halting,
        "tripwire.denial": 0.05,
        "framework.deployment.half_life_days": 0,
        "ladder.expanded_attack.resistance": resistance,
    }
    collapse = direct = 0.0
    for s in tables.sectors():
        rate = base * s.salience * math.sqrt(s.force_ratio)
        eta = (halting * s.halting_capacity + 0.05) / resistance
        direct += rate * war
        collapse += rate * (1 - war) * math.exp(-eta * hours)
    times: list[float] = []
    ends = {"collapse": 0, "direct_war": 0}
    for run in runs(changes, size, 3650, "forward-tripwire"):
        ending = str(run.outcomes()["ending"])
        ends[ending] += 1
        times.append((run.now / HOUR - (hours if ending == "collapse" else 0)) / 24)
    # An attack that is on keeps its sector from another: under 3 h in 40 days and more, 0.3% of the rate.
    assert stats.kstest(np.array(times) * (collapse + direct), "expon").pvalue > TINY
    mean = 1 / (collapse + direct)
    assert np.mean(times) == pytest.approx(mean, abs=mean * (4 / math.sqrt(size) + 0.003))
    assert stats.binomtest(ends["collapse"], size, collapse / (collapse + direct)).pvalue > TINY


def test_survival_is_exponential_and_endings_compete_in_their_shares(folder: Path) -> None:
    check_endings(folder, 500)


@pytest.mark.verification
def test_survival_is_exponential_and_endings_compete_in_their_shares_at_length(folder: Path) -> None:
    check_endings(folder, 4_000)


def check_abrogation(size: int) -> None:
    """Both sides review every day: the day of abrogation is geometric, and Russia, who decides first, has its share."""
    precision, war_value, peace_russia, peace_ukraine = 0.5, 4.0, 9.0, 6.5
    changes = {
        "rules.russia": "quantal",
        "rules.ukraine": "quantal",
        "endings.review_days": 1,
        "abrogation.precision": precision,
        "abrogation.war_value": war_value,
        "abrogation.peace_russia": peace_russia,
        "abrogation.peace_ukraine": peace_ukraine,
    }
    russia = 1 / (1 + math.exp(-precision * (war_value - peace_russia)))
    ukraine = 1 / (1 + math.exp(precision * peace_ukraine))
    either = 1 - (1 - russia) * (1 - ukraine)
    days, first = [], 0
    for run in runs(changes, size, 3000, "none"):
        row = run.outcomes()
        assert row["ending"] == "abrogation"
        days.append(run.now // DAY)
        first += row["abrogated_by"] == "Russia"
    assert np.mean(days) == pytest.approx(
        1 / either, abs=4 * math.sqrt(1 - either) / either / math.sqrt(size)
    )
    cuts = np.unique(np.quantile(days, np.linspace(0.1, 0.9, 9)).astype(int))
    expected = np.diff([0.0, *stats.geom.cdf(cuts, either), 1.0]) * size
    observed = np.histogram(days, bins=[0.5, *(cuts + 0.5), 1e9])[0]
    assert stats.chisquare(observed, expected).pvalue > TINY
    assert stats.binomtest(first, size, russia / either).pvalue > TINY


def test_abrogation_is_geometric_in_reviews() -> None:
    check_abrogation(150)


@pytest.mark.verification
def test_abrogation_is_geometric_in_reviews_at_length() -> None:
    check_abrogation(1_500)


def test_a_halt_comes_when_the_integrated_hazard_reaches_its_exponential(folder: Path) -> None:
    halting, resistance = 0.2, 1.5
    changes = {
        "rules.russia": f"{own(folder, 2, 30)}:Striker",
        "opportunities.russia_per_day": 0.2,
        "halting.by_ukraine": halting,
        "ladder.sustained_shelling.resistance": resistance,
    }
    found = []
    for run in runs(changes, 5, 365):
        for row in run.log:
            if row.event == Event.HALTED:
                capacity = tables.sectors()[row.sector].halting_capacity
                found.append(row.x * halting * capacity / resistance)
    assert len(found) > 2000
    assert stats.kstest(found, "expon").pvalue > TINY
    assert np.mean(found) == pytest.approx(1.0, abs=4 / math.sqrt(len(found)))


def test_rates_and_chances_at_their_limits() -> None:
    assert halting_wait(1.0, 0.2, 0.0) == math.inf
    assert halting_wait(1.0, 1.5, 2.0) == 0.0
    assert halting_wait(1.0, 0.2, 0.4) == pytest.approx(2.0)
    assert war_probability(0.036, 1.0, 0.5, 0.6) == pytest.approx(0.0108)
    assert war_probability(0.5, 10.0, 1.0, 1.0) == 1.0


# -- ground ----------------------------------------------------------------------------------------


def ground_taken(size: int) -> np.ndarray:
    """Ground taken by one expanded attack that nobody answers for 72 hours."""
    changes = {"script.level": 5, "script.window_hours": 1, "rules.russia": "persist"}
    return np.array([run.outcomes()["ground_km2"] for run in runs(changes, size, 3, "none")])


def check_ground(size: int) -> None:
    found = np.log(ground_taken(size))
    median = math.log(72 * float(schema()["ladder.expanded_attack.ground"].value))
    sigma = float(schema()["ground.sigma"].value)
    assert stats.kstest((found - median) / sigma, "norm").pvalue > TINY
    assert found.mean() == pytest.approx(median, abs=4 * sigma / math.sqrt(size))


def test_seventy_two_unanswered_hours_take_log_normal_ground() -> None:
    check_ground(500)


@pytest.mark.verification
def test_seventy_two_unanswered_hours_take_log_normal_ground_at_length() -> None:
    check_ground(5_000)


def test_pattern_p6_ground_taken_in_seventy_two_hours() -> None:
    """24 km2 in the median and 78 at the 95th percentile."""
    median = float(schema()["ladder.expanded_attack.ground"].value)
    sigma = float(schema()["ground.sigma"].value)
    assert 72 * ground_tempo(median, sigma, 0.0) == pytest.approx(24.0, rel=0.02)
    assert 72 * ground_tempo(median, sigma, stats.norm.ppf(0.95)) == pytest.approx(78.0, rel=0.02)
    found = ground_taken(500)
    assert np.median(found) == pytest.approx(24.0, rel=0.15)
    assert np.quantile(found, 0.95) == pytest.approx(78.0, rel=0.25)


# -- slow state ------------------------------------------------------------------------------------


def test_restraint_and_attention_fade_by_half_lives() -> None:
    """R24."""
    assert restraint(0.8, 10.0, 0.0) == 0.8
    assert restraint(0.8, 10.0, 10.0) == pytest.approx(0.4)
    assert attention(2.0, 10.0, 0.0) == 3.0
    assert attention(2.0, 10.0, 20.0) == pytest.approx(1.5)
    assert relapsed(81.0, 100.0, 0.8)
    assert not relapsed(80.0, 100.0, 0.8)
    assert not relapsed(5.0, 0.0, 0.8), "without a former level there is no relapse"


def test_readiness_recovers_by_its_half_life_and_wears() -> None:
    """R22."""
    quiet = 0.2
    for _ in range(30):
        quiet = readiness_after_day(quiet, 30.0, 0.05, 0.0)
    assert quiet == pytest.approx(0.6)
    assert readiness_after_day(1.0, 30.0, 0.05, 2.0) == pytest.approx(0.9)
    assert readiness_after_day(0.1, 30.0, 10.0, 2.0) == 0.0


def test_tension_reverts_to_one_and_is_bounded() -> None:
    """R23."""
    tension = 3.0
    for _ in range(10):
        tension = tension_after_day(tension, 10.0, 1.5, 0.0, 3.0)
    assert tension == pytest.approx(2.0)
    assert tension_after_day(1.0, 10.0, 1.5, 0.2, 3.0) == pytest.approx(1.3)
    assert tension_after_day(3.0, 10.0, 1.5, 1.0, 3.0) == 3.0


def test_background_flares_up_and_violence_is_bounded() -> None:
    """R04, R05, R06."""
    assert background_mean(14.0, 0.2, 1.5, 0.5) == pytest.approx(2.1)
    assert [flares_up(n, 9) for n in (8, 9, 10)] == [False, True, True]
    assert violence_rate(0.1, 0.2, 0.3, 0.05) == pytest.approx(0.055)
    assert violence_rate(0.1, 1.0, 0.6, 0.2) == 0.1


def test_engine_restrains_background_fire_after_the_truce() -> None:
    """R24: expected counts fall by the restraint and come back by its half-life."""
    changes = {
        "background.russia_per_day": 60,
        "background.records_per_event": 1,
        "background.flare_up_events": 400,
        "truce.restraint": 0.8,
        "truce.restraint_half_life_days": 20,
        "framework.breach.materiality": 1.0,
    }
    early = late = 0.0
    size = 12
    for run in runs(changes, size, 61):
        for row in run.log:
            if row.event == Event.BACKGROUND:
                day = row.time // DAY - 1
                early += row.x * (day < 10)
                late += row.x * (day >= 50)
    seen = 60 * sum(s.background_share * min(1.0, s.coverage) for s in tables.sectors()) * size
    for found, days in ((early, range(10)), (late, range(50, 61))):
        mean = seen * sum(1 - 0.8 * 0.5 ** (d / 20) for d in days)
        assert found == pytest.approx(mean, abs=4 * math.sqrt(mean))
