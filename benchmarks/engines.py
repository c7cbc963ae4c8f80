"""The engines: runs a second a core, time per event in Philox blocks, against Mesa, on two cores."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks import units
from benchmarks.common import Figures, Part, alternate, finish, middle, ratio, say_machine
from benchmarks.workers import Crew, crew, halves
from experiments.compose import compose
from experiments.scenario import Scenario, resolve, without_response
from experiments.twin import engine

RUNS, MESA_RUNS, BLOCKS, ROUNDS, PAIRS = 1000, 6, 2_000_000, 7, 9
SEED = 1


def rates(scenario: Scenario, runs: int, blocks: int, rounds: int) -> Figures:
    """Runs a second on one core, and the time of an event in Philox blocks.

    The unit is a block made alone, as every draw of a run is; what it would be with blocks that wait for
    one another, or that are made several at once in vector registers, is said beside it.
    """
    events = int(engine.results(scenario, SEED, range(runs))["events"].sum())
    seen = units.tally()
    parts: list[Part] = [
        partial(engine.results, scenario, SEED, range(runs)),
        partial(units.blocks, blocks, seen),
        partial(units.chained_blocks, blocks),
        partial(units.many_blocks, blocks),
    ]
    for part in parts:
        part()  # what is compiled is not timed
    whole, block, chained, many = alternate(parts, rounds)
    per_event = blocks / events  # seconds a run of the loop over seconds a block, per event
    return {
        "runs_per_second_core": runs / middle(whole),
        "runs_per_second_core_cpu": runs / middle(whole, "cpu"),
        "draws_per_event_time": ratio(whole, block) * per_event,
        "draws_per_event_time_cpu": ratio(whole, block, "cpu") * per_event,
        "draws_per_event_time_chained": ratio(whole, chained) * per_event,
        "draws_per_event_time_vectorised": ratio(whole, many) * per_event,
        "events_per_run": events / runs,
        "block_ns": middle(block) / blocks * 1e9,
        "event_ns": middle(whole) / events * 1e9,
    }


def against_mesa(scenario: Scenario, runs: int, rounds: int) -> Figures:
    """How many times as long an event of the Mesa engine takes, heartbeat stopped and log off."""

    def by_mesa() -> None:
        for replication in range(runs):
            compose(scenario, SEED, replication, keep_log=False, heartbeat=False).run()

    # The compiled engine does many more runs, else its part could not be timed; both by the event.
    many = runs * 50
    events = engine.results(scenario, SEED, range(many))["events"]
    per_run = float(events[:runs].mean() / events.mean())
    by_mesa()
    mesa, loop = alternate([by_mesa, partial(engine.results, scenario, SEED, range(many))], rounds)
    times = many / runs / per_run
    return {
        "ratio_mesa": ratio(mesa, loop) * times,
        "ratio_mesa_cpu": ratio(mesa, loop, "cpu") * times,
        "mesa_runs_per_second": runs / middle(mesa),
    }


def on_two_cores(workers: Crew, place: int, scenario: Scenario, runs: int, pairs: int) -> Figures:
    """The same work by one warm worker process and by two, in alternating pairs; and by threads.

    Parameters
    ----------
    workers, place
        Two processes, and where the scenario is among theirs.
    scenario, runs, pairs
        What is simulated, how much of it, and how often.
    """
    work = [(place, 0, runs)]
    walls: list[float] = []
    cpus: list[float] = []
    alone: list[float] = []
    for number in range(pairs):
        took = {}
        for shares in ([work], halves(work)) if number % 2 == 0 else (halves(work), [work]):
            start = time.perf_counter()
            each = workers.run(shares)
            took[len(shares)] = time.perf_counter() - start, sum(each), max(each)
        walls.append(took[1][0] / took[2][0])
        cpus.append(took[2][1] / took[1][1])
        alone.append(took[1][1] / took[2][2])
    return {
        "speedup_two_cores": statistics.median(walls),
        "speedup_two_cores_all": sorted(walls),
        "speedup_two_cores_cpu": statistics.median(alone),
        "cpu_two_over_one": statistics.median(cpus),
        **_by_threads(scenario, runs, pairs),
    }


def _by_threads(scenario: Scenario, runs: int, pairs: int) -> Figures:
    """Two threads against one, by the engine's own parallel entry and by two threads of Python."""
    first, second = range(runs // 2), range(runs // 2, runs)
    with ThreadPoolExecutor(2) as pool:

        def both() -> None:
            for half in [pool.submit(engine.results, scenario, SEED, part) for part in (first, second)]:
                half.result()

        engine.results(scenario, SEED, range(2), threads=2)  # what it compiles is not timed
        both()
        one, own, two = alternate(
            [
                partial(engine.results, scenario, SEED, range(runs)),
                partial(engine.results, scenario, SEED, range(runs), threads=2),
                both,
            ],
            pairs,
        )
    return {"speedup_engine_threads": ratio(one, own), "speedup_two_threads": ratio(one, two)}


def benchmark(
    runs: int = RUNS,
    mesa_runs: int = MESA_RUNS,
    blocks: int = BLOCKS,
    rounds: int = ROUNDS,
    pairs: int = PAIRS,
    days: float | None = None,
) -> Figures:
    """Measure, print and return.

    Parameters
    ----------
    runs, mesa_runs
        Runs that are timed at once in the compiled and in the Mesa engine.
    blocks
        Philox blocks that are timed at once.
    rounds, pairs
        Repetitions, and pairs of one process and two.
    days
        Horizon; a year by default.
    """
    say_machine()
    baseline = resolve(days=days)
    found: Figures = {}
    arms = {"": baseline, "observe_only": without_response(baseline)}
    with crew(2, list(arms.values()), SEED) as workers:
        for place, (name, scenario) in enumerate(arms.items()):
            part = rates(scenario, runs, blocks, rounds)
            part |= against_mesa(scenario, mesa_runs, rounds)
            part |= on_two_cores(workers, place, scenario, runs, pairs)
            _say(name or "multi-tier", part)
            found |= {name: part} if name else part
    return finish(found)


def _say(name: str, part: Figures) -> None:
    print(
        f"{name}: {part['runs_per_second_core']:.0f} runs/s a core "
        f"({part['runs_per_second_core_cpu']:.0f} by processor time), {part['events_per_run']:.0f} events a "
        f"run of {part['event_ns']:.0f} ns; one event takes {part['draws_per_event_time']:.1f} Philox blocks "
        f"of {part['block_ns']:.1f} ns ({part['draws_per_event_time_chained']:.1f} that wait for one another, "
        f"{part['draws_per_event_time_vectorised']:.1f} made several at once in vector registers)"
    )
    print(
        f"{name}: Mesa takes {part['ratio_mesa']:.0f} times as long ({part['mesa_runs_per_second']:.1f} runs/s);"
        f" two processes {part['speedup_two_cores']:.2f} times as fast as one "
        f"({part['speedup_two_cores_cpu']:.2f} by processor time), two threads {part['speedup_two_threads']:.2f}, "
        f"the engine's own threads {part['speedup_engine_threads']:.2f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--mesa-runs", type=int, default=MESA_RUNS)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    given = parser.parse_args(arguments)
    benchmark(given.runs, given.mesa_runs, given.blocks, given.rounds, given.pairs)


if __name__ == "__main__":
    main()
