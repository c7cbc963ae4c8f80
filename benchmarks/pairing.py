"""What common random numbers are worth between stock comparisons, and what limits them.

For every comparison: the ratio of the unpaired variance to the paired one with its interval, the
correlation, the most that any coupling of the two arms could reach (`ceiling`), the same for what
precedes the ending, for pairs that both survive and for whether a run ends early at all, and how far the
paired variance comes from pairs that end differently. With ``--logs`` the event logs of pairs are
compared: what differs first. benchmarks/README.md says what was found and why.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.pairing import ceiling, pairing, shares_of_variance
from benchmarks.common import Figures, finish, say_machine
from environment.frameworks import shipped
from environment.log import Event
from environment.rules.draws import DAY
from experiments.scenario import Scenario, resolve, without_response
from experiments.twin import engine

RUNS, LOGS = 4000, 40
OUTCOMES = ("violence", "violence_before", "days_survived")
STEPS = (0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 0.55, 0.75, 0.8, 0.95, 1.0)
KINDS = ("steps", "frameworks", "monitoring")

MONITORING = (
    ("verification.delay_hours", 14.0, 15.0),
    ("verification.delay_hours", 15.0, 24.0),
    ("framework.monitoring.coverage_multiplier", 0.95, 1.0),
    ("framework.monitoring.coverage_multiplier", 0.8, 1.0),
)

type Columns = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Two arms whose difference is of interest."""

    kind: str
    name: str
    first: Scenario
    second: Scenario


def comparisons(
    kinds: Sequence[str] = KINDS, every: bool = False, days: float | None = None
) -> list[Comparison]:
    """The stock comparisons; with `every`, all twenty steps of the reliability rather than some."""
    found: list[Comparison] = []
    if "steps" in kinds:
        values = [round(0.05 * n, 2) for n in range(21)] if every else list(STEPS)
        for low, high in pairwise(values):
            if round(high - low, 2) == 0.05:
                found.append(_settings("steps", "reliability", low, high, days))
    if "frameworks" in kinds:
        for name in shipped():
            if name not in ("none", "observe-only"):
                whole = resolve(name, days=days)
                label = f"{name} / observe-only"
                found.append(Comparison("frameworks", label, whole, without_response(whole)))
    if "monitoring" in kinds:
        for key, low, high in MONITORING:
            found.append(_settings("monitoring", key, low, high, days))
    return found


def _settings(kind: str, key: str, low: float, high: float, days: float | None) -> Comparison:
    first, second = (resolve(settings={key: value}, days=days) for value in (low, high))
    return Comparison(kind, f"{key.rpartition('.')[2]} {low:g} / {high:g}", first, second)


class Runs:
    """Outcomes of scenarios on common random numbers, each scenario simulated once."""

    def __init__(self, runs: int, seed: int) -> None:
        self._runs, self._seed = runs, seed
        self._known: dict[str, Columns] = {}

    def of(self, scenario: Scenario) -> Columns:
        """Columns of outcomes of a scenario."""
        key = scenario.digest()
        if key not in self._known:
            self._known[key] = dict(engine.simulate_many(scenario, self._seed, range(self._runs)))
        return self._known[key]


def measure(comparison: Comparison, runs: Runs) -> Figures:
    """What pairing is worth in one comparison, and what limits it."""
    a, b = runs.of(comparison.first), runs.of(comparison.second)
    found: Figures = {"kind": comparison.kind, "name": comparison.name}
    for outcome in OUTCOMES:
        first, second = np.asarray(a[outcome], float), np.asarray(b[outcome], float)
        one = pairing(first, second)
        found[outcome] = {
            "ratio": one.ratio.value,
            "low": one.ratio.low,
            "high": one.ratio.high,
            "correlation": [one.correlation.value, one.correlation.low, one.correlation.high],
            "equal": one.equal,
            "ceiling": ceiling(first, second),
        }
    return found | endings(a, b)


def endings(a: Columns, b: Columns) -> Figures:
    """How far the variance of the paired difference of violence comes from pairs that end differently."""
    first, second = np.asarray(a["violence"], float), np.asarray(b["violence"], float)
    before, after = np.array(a["ending"]), np.array(b["ending"])
    both = (before == "survived") & (after == "survived")
    apart = before != after
    groups = {"survived": both, "alike": ~apart & ~both, "apart": apart}
    shares = shares_of_variance(first, second, groups)
    inside = pairing(first[both], second[both])
    early, later = (np.asarray(arm != "survived", float) for arm in (before, after))
    crossed = [np.mean(apart & (before == "survived")), np.mean(apart & (after == "survived"))]
    return {
        "both_survive": {"pairs": inside.pairs, "ratio": inside.ratio.value,
                         "correlation": inside.correlation.value},
        "ended_early": {"shares": [float(early.mean()), float(later.mean())],
                        "ratio": pairing(early, later).ratio.value, "ceiling": ceiling(early, later)},
        "end_apart": shares["apart"][0],
        "survived_first_only": float(crossed[0]),
        "survived_second_only": float(crossed[1]),
        "variance_from_endings_apart": shares["apart"][1],
        "end_apart_pairs": crossing(before, after),
    }  # fmt: skip


def crossing(before: NDArray[Any], after: NDArray[Any]) -> dict[str, int]:
    """How many pairs went from one ending to another."""
    found = Counter(f"{a} > {b}" for a, b in zip(before.tolist(), after.tolist(), strict=True) if a != b)
    return dict(found.most_common())


def divergence(comparison: Comparison, pairs: int, seed: int) -> Figures:
    """Where the event logs of pairs part: the event, the day, what violation differs first and when."""
    events: Counter[str] = Counter()
    days, orders, alike = [], [], []
    for replication in range(pairs):
        a, _ = engine.run(comparison.first, seed, replication)
        b, _ = engine.run(comparison.second, seed, replication)
        place = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
        if place is None and len(a) == len(b):
            events["none"] += 1
            continue
        place = min(len(a), len(b)) - 1 if place is None else place
        earlier = min(a[place], b[place], key=lambda row: row.time)
        events[Event(earlier.event).name.lower()] += 1
        days.append(earlier.time / DAY)
        orders.append(_first_order(a, b))
        alike.append(_same_orders(a, b))
    return {
        "name": comparison.name,
        "pairs": pairs,
        "first_event": dict(events.most_common()),
        "first_day": float(np.median(days)) if days else None,
        "first_violation_day": float(np.median(orders)) if orders else None,
        "violations_in_common": float(np.median(alike)) if alike else 1.0,
    }


def _begun(log: Sequence[Any]) -> list[tuple[int, ...]]:
    """Violations begun: instant, side, sector, level."""
    begins = Event.VIOLATION_BEGINS
    return [(row.time, row.actor, row.sector, row.level) for row in log if row.event == begins]


def _first_order(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Day of the first violation that begins in one log alone; the whole run where there is none."""
    only = set(_begun(a)) ^ set(_begun(b))
    return float(min((key[0] for key in only), default=max(a[-1].time, b[-1].time)) / DAY)


def _same_orders(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Share of violations that begin in both logs, of those that begin in either."""
    first, second = set(_begun(a)), set(_begun(b))
    return len(first & second) / max(1, len(first | second))


def table(rows: Sequence[Figures]) -> str:
    """The comparisons as lines to read."""
    head = (
        f"{'comparison':36} {'ratio':>6} {'interval':>15} {'corr':>6} {'ceiling':>8} "
        f"{'before':>7} {'days':>7} {'both live':>9} {'early':>6} {'at most':>7} {'apart':>6} {'of var':>6}"
    )
    lines = [head]
    for row in rows:
        main, reach = row["violence"], f"{row['violence']['low']:.2f}-{row['violence']['high']:.2f}"
        lines.append(
            f"{row['name']:36} {main['ratio']:6.2f} {reach:>15} {main['correlation'][0]:6.3f} "
            f"{main['ceiling']:8.1f} {row['violence_before']['ratio']:7.2f} "
            f"{row['days_survived']['ratio']:7.2f} {row['both_survive']['ratio']:9.2f} "
            f"{row['ended_early']['ratio'] or 0:6.2f} {row['ended_early']['ceiling'] or 0:7.1f} "
            f"{row['end_apart']:6.3f} {row['variance_from_endings_apart']:6.2f}"
        )
    return "\n".join(lines)


def _sentence(one: Figures) -> str:
    first = ", ".join(f"{name} {count}" for name, count in one["first_event"].items())
    return (
        f"{one['name']}: logs part on day {one['first_day']} (median; first by {first}); the first "
        f"violation of one arm alone on day {one['first_violation_day']}; "
        f"{one['violations_in_common']:.0%} of violations in common"
    )


def benchmark(
    runs: int = RUNS,
    logs: int = LOGS,
    seed: int = 1,
    kinds: Sequence[str] = KINDS,
    every: bool = False,
    days: float | None = None,
) -> Figures:
    """Measure, print and return all comparisons.

    Parameters
    ----------
    runs
        Pairs of every comparison.
    logs
        Pairs of every step whose event logs are compared; 0 for none.
    seed, kinds, every
        Seed; which comparisons; whether all twenty steps of the reliability.
    days
        Horizon; a year by default.
    """
    say_machine()
    store = Runs(runs, seed)
    stock = comparisons(kinds, every, days)
    rows = [measure(one, store) for one in stock]
    print(table(rows))
    parted = [divergence(one, logs, seed) for one in stock if logs and one.kind == "steps"]
    for one in parted:
        print(_sentence(one))
    neighbours = [row["violence"]["ratio"] for row in rows if row["kind"] == "steps"]
    return finish(
        {
            "runs": runs,
            "least_ratio": min(row["violence"]["ratio"] for row in rows),
            "least_ratio_steps": min(neighbours, default=None),
            "comparisons": rows,
            "divergence": parted,
        }
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairing", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="pairs of every comparison")
    parser.add_argument("--logs", type=int, default=LOGS, help="pairs whose event logs are compared")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", action="store_true", help="all twenty steps of the reliability")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    given = parser.parse_args(arguments)
    benchmark(given.runs, given.logs, given.seed, given.kinds, given.every)


if __name__ == "__main__":
    main()
