"""How the compiled engine's time grows with the number of states and of sectors.

The tables are made larger or smaller in a process of their own for each size: states are left out or
copied, sectors are merged or split. The records have another shape then, so the loop is compiled anew
(and kept: the second time it comes from the cache, which is said).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.common import Figures, finish, say_machine
from benchmarks.engines import BLOCKS, SEED, rates
from environment import tables
from environment.kernel import ROOT
from environment.tables import Sector, State
from experiments.scenario import resolve
from experiments.twin import engine, kernels

STATES, SECTORS = (12, 24, 37, 74, 111), (5, 10, 20, 40)
RUNS, ROUNDS = 200, 3


def resized_states(count: int) -> tuple[State, ...]:
    """The first of the coalition, copied where there are not so many, then the United States and Ukraine."""
    table = tables.states()
    coalition = [s for s in table if s.group == "coalition"]
    others = [s for s in table if s.group != "coalition"]
    found: list[State] = []
    for number in range(count - len(others)):
        copy, place = divmod(number, len(coalition))
        state = coalition[place]
        found.append(
            replace(state, iso3=f"{state.iso3}{copy}", name=f"{state.name} {copy}") if copy else state
        )
    return (*found, *others)


def resized_sectors(count: int) -> tuple[Sector, ...]:
    """The line in that many sectors: neighbours merged, or each split into equal parts."""
    table = tables.sectors()
    found: list[Sector] = []
    for number in range(count):
        first = number * len(table) // count
        last = max(first + 1, (number + 1) * len(table) // count)
        parts = sum(other * len(table) // count == first for other in range(count))
        inside = table[first:last]
        found.append(
            replace(
                inside[0],
                length_km=sum(s.length_km for s in inside) / parts,
                background_share=sum(s.background_share for s in inside) / parts,
            )
        )
    return tuple(found)


def one(what: str, count: int, runs: int, rounds: int, blocks: int) -> Figures:
    """One size, in this process: the tables are replaced for good."""
    if what == "states":
        states = resized_states(count)
        tables.states = lambda: states  # type: ignore[assignment]
    else:
        sectors = resized_sectors(count)
        tables.sectors = lambda: sectors  # type: ignore[assignment]
    scenario = resolve()
    start = time.perf_counter()
    engine.packed(scenario)
    setting_up = time.perf_counter() - start
    start = time.perf_counter()
    engine.results(scenario, SEED, range(1))
    compiling = time.perf_counter() - start
    loop: Any = kernels.run_alone
    cached = bool(loop.stats.cache_hits)
    return {
        "what": what,
        "count": count,
        "setup_seconds": setting_up,
        "compile_seconds": compiling,
        "from_cache": cached,
        **rates(scenario, runs, blocks, rounds),
    }


def apart(what: str, count: int, runs: int, rounds: int, blocks: int) -> Figures:
    """One size in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.size", "--one", what, str(count)]
    command += ["--runs", str(runs), "--rounds", str(rounds), "--blocks", str(blocks)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def benchmark(
    states: Sequence[int] = STATES,
    sectors: Sequence[int] = SECTORS,
    runs: int = RUNS,
    rounds: int = ROUNDS,
    blocks: int = BLOCKS,
) -> Figures:
    """Measure, print and return all sizes."""
    say_machine()
    rows: list[Figures] = []
    for what, count in [*(("states", n) for n in states), *(("sectors", n) for n in sectors)]:
        row = apart(what, count, runs, rounds, blocks)
        rows.append(row)
        how = "from the cache" if row["from_cache"] else "compiled"
        print(
            f"{count:4} {what:8} {row['runs_per_second_core']:6.0f} runs/s a core "
            f"({row['runs_per_second_core_cpu']:.0f} by processor time), {row['events_per_run']:6.0f} events a "
            f"run of {row['draws_per_event_time']:.1f} Philox blocks; {how} in {row['compile_seconds']:.1f} s, "
            f"set up in {row['setup_seconds']:.2f} s",
            flush=True,
        )
    return finish({"sizes": rows})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--states", type=int, nargs="*", default=STATES)
    parser.add_argument("--sectors", type=int, nargs="*", default=SECTORS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "COUNT"), help="one size, in this process")
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(one(given.one[0], int(given.one[1]), given.runs, given.rounds, given.blocks)))
    else:
        benchmark(given.states, given.sectors, given.runs, given.rounds, given.blocks)


if __name__ == "__main__":
    main()
