"""The patterns of the evidence: estimators on data whose truth is known, and one small real look."""

import math

import numpy as np
import pytest

from analysis.patterns import _held, _shape, effects_at, patterns, prior, targets, tasks, watch
from environment.parameters import schema


def test_a_censored_median_is_that_of_the_exponential() -> None:
    rng = np.random.default_rng(3)
    waits, ends = rng.exponential(14.0, 20_000), rng.exponential(30.0, 20_000)
    truces = [(float(min(w, e)), bool(w < e)) for w, e in zip(waits, ends, strict=True)]
    assert _held(truces) == pytest.approx(14.0 * math.log(2), rel=0.03)


def test_the_weibull_shape_is_found_under_censoring() -> None:
    days = 400.0 * np.random.default_rng(4).weibull(0.5, 5_000)
    rows = [
        {"ending": "survived" if d > 365 else "collapse", "days_survived": float(min(d, 365.0))} for d in days
    ]
    assert _shape(rows) == pytest.approx(0.5, rel=0.05)


def test_the_prior_stays_within_the_ranges_of_the_evidence() -> None:
    drawn, specs = prior(16, 1), schema()
    assert len(drawn) == 16 and len(drawn[0]) > 40
    for settings in drawn:
        for key, value in settings.items():
            assert specs[key].low <= value <= specs[key].high
    assert prior(16, 1) == drawn and prior(16, 2) != drawn


def test_every_target_is_measured_and_given_an_interval() -> None:
    results = {name: [watch(task) for task in group[:6]] for name, group in tasks(6, 1).items()}
    found = patterns(results, 1)
    assert {p.name for p in found} == set(targets())
    recorded = next(p for p in found if p.name == "recorded")
    assert recorded.low <= recorded.ours <= recorded.high
    assert recorded.verdict in (
        "inside",
        "touches",
        "outside",
    )
    at = effects_at(results)
    assert [row[0] for row in at] == [0.22, 0.41, 0.5, 0.745]
    assert all(low <= effect <= high for _, effect, low, high in at)
