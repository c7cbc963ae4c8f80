"""The model held against the evidence: each pattern's target beside what the default scenario gives.

A first look, without fitting: intervals are bootstrap percentiles over runs, and nothing here changes a
parameter. Which rows the defaults were tuned to is stated in `TUNED`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from environment.log import Event, Row
from environment.parameters import level_names, schema
from environment.rules.draws import DAY
from experiments.scenario import Scenario, resolve
from experiments.twin.engine import run

type Floats = NDArray[np.float64]

TUNED = {"recorded", "attributable", "shape", "alive"}
"""Patterns that were looked at while running costs and exposure were set by hand, before any comparison."""
CONSTRUCTED = {"relapse", "strong", "strong_late", "deniable", "ground_median", "ground_high"}
"""Patterns that follow almost directly from a parameter taken from the same evidence: they check the code."""
RELIABILITIES = (0.22, 0.41, 0.50, 0.745)
ORDERED_FIELDS = ("gain", "loss", "severity")
"""Fields of the ladder that keep their order by level when a scenario is drawn from the prior."""
SETTING = {"scenario.days", "entry.term_days"}
"""What is chosen, not uncertain: it is not drawn from the prior."""
RESAMPLES = 1000


@dataclass(frozen=True)
class Pattern:
    """One target and what the model gives."""

    name: str
    pattern: str
    what: str
    target_low: float
    target_high: float
    unit: str
    ours: float
    low: float
    high: float
    use: str

    @property
    def verdict(self) -> str:
        """Whether our estimate lies in the target, its interval touches it, or neither."""
        if self.target_low <= self.ours <= self.target_high:
            return "inside"
        return "touches" if self.low <= self.target_high and self.high >= self.target_low else "outside"


def targets() -> Mapping[str, Mapping[str, Any]]:
    """The targets by name."""
    with (Path(__file__).parent / "patterns.toml").open("rb") as file:
        return tomllib.load(file)


# -- one run, reduced to what the patterns need ----------------------------------------------------


def watch(task: tuple[Scenario, int, int]) -> dict[str, Any]:
    """Run one cease-fire with its log and reduce it to what the patterns need.

    Parameters
    ----------
    task
        Scenario, seed, replication.
    """
    scenario, seed, replication = task
    log, outcomes = run(scenario, seed, replication)
    recorded = [row.x for row in log if row.event == Event.BACKGROUND]
    strikes = [row.time / DAY for row in log if _begins_strike(row)]
    return outcomes | {"recorded": recorded, "strikes": strikes, "truces": list(_truces(log))}


def _begins_strike(row: Row) -> bool:
    begun = row.event in (Event.VIOLATION_BEGINS, Event.VIOLATION_ESCALATES)
    return begun and row.actor == 0 and row.level == 3


def _truces(log: list[Row]) -> Iterator[tuple[float, bool]]:
    """How long each recommitment held, in days, and whether it is known to have relapsed."""
    began = None
    for row in log:
        if began is not None and row.event in (Event.RELAPSE, Event.RECOMMITMENT, Event.ENDING):
            yield (row.time - began) / DAY, row.event == Event.RELAPSE
            began = None
        if row.event == Event.RECOMMITMENT:
            began = row.time


# -- the patterns ----------------------------------------------------------------------------------


def tasks(runs: int, seed: int) -> dict[str, list[tuple[Scenario, int, int]]]:
    """Everything that has to be run, by name of the set."""
    watched = resolve("observe-only")
    strong = {
        "truce.restraint": 0.93,
        "truce.restraint_half_life_days": 300.0,
        "truce.recommitments_per_year": 0.0,
    }
    loose = {"truce.restraint": 0.0, "truce.recommitments_per_year": 0.0}
    unanswered = {"halting.protected_hours": 72.0, "endings.collapse_hours": 72.0, "scenario.days": 30.0}
    sets = {
        "observed": watched,
        "strong": resolve("observe-only", settings=strong),
        "loose": resolve("observe-only", settings=loose),
        "ground": resolve("none", "certain", unanswered),
    }
    found = {name: [(scenario, seed, i) for i in range(runs)] for name, scenario in sets.items()}
    found["ground"] = [(sets["ground"], seed, i) for i in range(20 * runs)]
    for framework in ("none", "observe-only", "multi-tier"):
        found[f"prior {framework}"] = [
            (resolve(framework, settings=settings), seed, i) for i, settings in enumerate(prior(runs, seed))
        ]
    for r in RELIABILITIES:
        partners = {"reliability.tier_2": r, "reliability.tier_3": r}
        for name, settings in ((f"r {r}", {"reliability": r}), (f"partners {r}", partners)):
            scenario = resolve("multi-tier", settings=settings)
            found[name] = [(scenario, seed, i) for i in range(runs)]
    return found


def prior(runs: int, seed: int) -> list[dict[str, float]]:
    """Settings drawn uniformly from the ranges of the evidence, one set a run (a Latin hypercube)."""
    keys = [
        k
        for k, s in schema().items()
        if isinstance(s.value, float)
        and s.low is not None
        and s.high is not None
        and s.low < s.high
        and k not in SETTING
    ]
    cube = stats.qmc.LatinHypercube(len(keys), rng=np.random.default_rng(seed % 2**32)).random(runs)
    specs = schema()
    drawn = [
        {k: float(specs[k].low + u * (specs[k].high - specs[k].low)) for k, u in zip(keys, row, strict=True)}  # type: ignore[operator]
        for row in cube
    ]
    for settings in drawn:
        for field in ORDERED_FIELDS:
            levels = [k for k in (f"ladder.{level}.{field}" for level in level_names()) if k in settings]
            settings |= dict(zip(levels, sorted(settings[k] for k in levels), strict=True))
    return drawn


def patterns(results: Mapping[str, list[dict[str, Any]]], seed: int) -> list[Pattern]:
    """Every pattern with target, estimate, 95% interval.

    Parameters
    ----------
    results
        What `watch` gave for each of the `tasks`.
    seed
        Of the bootstrap.
    """
    observed, strong, loose = results["observed"], results["strong"], results["loose"]
    none, watched = results["prior none"], results["prior observe-only"]
    forces, ground = results["prior multi-tier"], results["ground"]
    measures: dict[str, tuple[Callable[..., float], tuple[list[Any], ...]]] = {
        "recorded": (lambda a: _mean([r["recorded_per_day"] for r in a]), (observed,)),
        "relapse": (lambda a: _held([t for r in a for t in r["truces"]]), (observed,)),
        "strong": (lambda a, b: _ratio(_daily(a, 0, 60), _daily(b, 0, 60)) - 1.0, (strong, loose)),
        "strong_late": (lambda a, b: _ratio(_daily(a, 300, 365), _daily(b, 300, 365)) - 1.0, (strong, loose)),
        "attributable": (_strikes_early, (observed,)),
        "deniable": (lambda a, b: _ratio(_unauthorised(a), _unauthorised(b)), (observed, loose)),
        "observers": (lambda a, b: _ratio(_hazard(a), _hazard(b)), (watched, none)),
        "forces": (lambda a, b: _ratio(_hazard(a), _hazard(b)), (forces, none)),
        "shape": (_shape, (none,)),
        "alive": (lambda a: _mean([r["ending"] == "survived" for r in a]), (none,)),
        "ground_median": (lambda a: float(np.quantile(_taken(a), 0.5)), (ground,)),
        "ground_high": (lambda a: float(np.quantile(_taken(a), 0.95)), (ground,)),
    }
    rng = np.random.default_rng(seed % 2**32)
    found = []
    for name, target in targets().items():
        function, data = measures[name]
        low, high = _bootstrap(function, data, rng)
        found.append(
            Pattern(
                name,
                target["pattern"],
                target["what"],
                target["low"],
                target["high"],
                target["unit"],
                function(*data),
                low,
                high,
                "looked at" if name in TUNED else "by construction" if name in CONSTRUCTED else "held out",
            )
        )
    return found


def _bootstrap(
    function: Callable[..., float], data: tuple[list[Any], ...], rng: np.random.Generator
) -> tuple[float, float]:
    """95% percentile interval, resampling runs (the same ones in every set: they are paired)."""
    n = len(data[0])
    resamples = RESAMPLES if n <= 200 else RESAMPLES // 5
    values = []
    for _ in range(resamples):
        picked = rng.integers(0, n, n)
        values.append(function(*([rows[i] for i in picked] for rows in data)))
    kept = np.array(values)[np.isfinite(values)]
    if len(kept) == 0:
        return float("nan"), float("nan")
    return float(np.quantile(kept, 0.025)), float(np.quantile(kept, 0.975))


def _ratio(above: float, below: float) -> float:
    """A ratio, or nan where there is nothing to divide by."""
    return above / below if below > 0.0 else float("nan")


def _mean(values: list[Any]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _held(truces: list[tuple[float, bool]]) -> float:
    """Median days that a truce held, counting those not known to have relapsed as censored."""
    ended = [days for days, relapsed in truces if relapsed]
    if not ended:
        return float("nan")
    data = stats.CensoredData(uncensored=ended, right=[days for days, relapsed in truces if not relapsed])
    survival = stats.ecdf(data).sf
    below = survival.quantiles[survival.probabilities <= 0.5]
    return float(below[0]) if len(below) else float("nan")


def _daily(rows: list[dict[str, Any]], first: int, last: int) -> float:
    return _mean([count for r in rows for count in r["recorded"][first:last]])


def _unauthorised(rows: list[dict[str, Any]]) -> float:
    """Recorded violations a day in the first three days, when hardly anything has been ordered yet."""
    return _daily(rows, 0, 3)


def _strikes_early(rows: list[dict[str, Any]]) -> float:
    early = sum(1 for r in rows for t in r["strikes"] if t < 3.0) / (3.0 * len(rows))
    late_days = sum(max(0.0, r["days_survived"] - 180.0) for r in rows)
    late = sum(1 for r in rows for t in r["strikes"] if t >= 180.0)
    return _ratio(early, _ratio(late, late_days))


def _hazard(rows: list[dict[str, Any]]) -> float:
    """Endings per day at risk."""
    endings = sum(r["ending"] != "survived" for r in rows)
    return float(endings / sum(r["days_survived"] for r in rows))


def _shape(rows: list[dict[str, Any]]) -> float:
    """Weibull shape of survival, runs alive at the horizon counted as censored."""
    ended = [max(r["days_survived"], 1e-3) for r in rows if r["ending"] != "survived"]
    if len(set(ended)) < 3:
        return float("nan")
    alive = [r["days_survived"] for r in rows if r["ending"] == "survived"]
    shape, _, _ = stats.weibull_min.fit(stats.CensoredData(uncensored=ended, right=alive), floc=0.0)
    return float(shape)


def _taken(rows: list[dict[str, Any]]) -> Floats:
    return np.array([r["ground_km2"] for r in rows if r["ending"] == "collapse"])


def effects_at(
    results: Mapping[str, list[dict[str, Any]]], axis: str = "r"
) -> list[tuple[float, float, float, float]]:
    """P5: reliability, effect, low, high of multi-tier against observe-only, on the same draws.

    Parameters
    ----------
    axis
        ``r``: reliability of every tier; ``partners``: of the tiers beyond Ukraine's own.
    """
    plain = np.array([r["violence"] for r in results["observed"]])
    rows = []
    for r in RELIABILITIES:
        answered = np.array([row["violence"] for row in results[f"{axis} {r}"]])
        effect = 1.0 - answered.mean() / plain.mean()
        error = stats.sem((answered - (1.0 - effect) * plain) / plain.mean())
        half = float(stats.t.ppf(0.975, len(plain) - 1)) * float(error)
        rows.append((r, float(effect), float(effect - half), float(effect + half)))
    return rows
