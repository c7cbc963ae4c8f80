"""How the compiled engine's time grows with the horizon, from one year to fifty."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks.common import Figures, finish, say_machine
from benchmarks.engines import BLOCKS, SEED, rates
from environment.rules.draws import DAY
from experiments.scenario import resolve
from experiments.twin import engine

YEARS = (1, 2, 5, 10, 20, 50)
RUNS, LEAST, ROUNDS = 400, 40, 3


def benchmark(
    years: Sequence[float] = YEARS, runs: int = RUNS, rounds: int = ROUNDS, blocks: int = BLOCKS
) -> Figures:
    """Measure, print and return; longer horizons have fewer runs, down to a tenth."""
    say_machine()
    rows: list[Figures] = []
    for year in years:
        scenario = resolve(days=365.0 * year)
        count = max(LEAST * runs // RUNS, round(runs / year), 2)
        part = rates(scenario, count, blocks, rounds)
        lived = float(np.mean(engine.results(scenario, SEED, range(count))["now"])) / DAY / 365.0
        row = {"years": year, "years_survived": lived, **part}
        row["years_per_second"] = part["runs_per_second_core"] * lived
        rows.append(row)
        print(
            f"{year:3g} years: {part['runs_per_second_core']:7.1f} runs/s, of {lived:5.2f} years survived; "
            f"{row['years_per_second']:6.0f} years/s; {part['events_per_run']:8.0f} events a run of "
            f"{part['draws_per_event_time']:.1f} Philox blocks"
        )
    first, last = rows[0], rows[-1]
    return finish(
        {
            "horizons": rows,
            "time_per_event_last_over_first": last["draws_per_event_time"] / first["draws_per_event_time"],
        }
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.horizon", description=__doc__)
    parser.add_argument("--years", type=float, nargs="+", default=YEARS)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs at one year")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args(arguments)
    benchmark(given.years, given.runs, given.rounds)


if __name__ == "__main__":
    main()
