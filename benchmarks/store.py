"""What storing costs: a sweep with storage against the bare kernel, and the memory a sweep takes.

A sweep is timed at two sizes, so that starting (processes, libraries, what is loaded once) falls out of
the difference; the kernel does as many of the same runs in as many warm processes. Memory is the most
that was resident, of the process that leads a sweep and of the largest of those it started.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.common import Figures, Took, finish, say_machine
from benchmarks.workers import Crew, Piece, crew, halves
from commands.sweep import conclude
from environment.kernel import ROOT
from experiments.scenario import Scenario
from experiments.study import Study, parse_study
from experiments.sweep import design_of, run_sweep

SMALL, LARGE, ROUNDS, WORKERS = 400, 4000, 5, 2
SIZES, FULL = (10_000, 100_000), 1_000_000
GROUPS = 4
"""Scenarios of the study below: observe-only, and one framework at three reliabilities."""
SEED = 1
LOOK_SECONDS = 0.1


def study(runs: int, days: float | None = None) -> Study:
    """A small study whose scenarios all cost about as much; `runs` of each."""
    raw = {
        "name": "storage",
        "title": "What storing costs",
        "question": "How much slower is a sweep with storage than the kernel?",
        "framework": "multi-tier",
        "arms": ["full"],
        "runs": runs,
        "seed": SEED,
        "parameters": {"reliability": [0.3, 0.5, 0.7]},
    }
    return parse_study(raw | ({} if days is None else {"days": days}), "benchmark")


def spent() -> float:
    """Processor seconds of this process and of all that descend from it, the ended ones too (Linux)."""
    ticks = 0
    for pid in family(os.getpid()):
        with suppress(OSError):
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            ticks += sum(int(field) for field in text.rpartition(")")[2].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def taken(part: Callable[[], object]) -> Took:
    """How long a part takes, by the wall clock and by the processor time of all processes."""
    wall, cpu = time.perf_counter(), spent()
    part()
    return Took(time.perf_counter() - wall, spent() - cpu)


def sweep(runs: int, folder: Path, workers: int, days: float | None, whole: bool = False) -> None:
    """A sweep through the public entrance; `whole` with its effects and figures."""
    last = _conclude if whole else None
    run_sweep(study(runs, days), folder, workers=workers, progress=False, simulate="compiled", finish=last)


def _conclude(folder: Path) -> None:
    conclude(folder)


def kernel(workers: Crew, groups: int, runs: int, count: int) -> None:
    """The bare kernel does the same runs on as many processes."""
    work: list[Piece] = [(place, 0, runs) for place in range(groups)]
    workers.run([work] if count == 1 else halves(work))


def share(small: int, large: int, rounds: int, workers: int = WORKERS, days: float | None = None) -> Figures:
    """Runs a second of a sweep as a share of the kernel's, and the seconds that starting takes."""
    scenarios: list[Scenario] = [group.scenario for group in design_of(study(large, days)).groups]
    groups = len(scenarios)
    found: list[Figures] = []
    with crew(workers, scenarios, SEED) as warm, tempfile.TemporaryDirectory() as rooms:
        sweep(2, Path(rooms) / "first", workers, days)
        for number in range(rounds):
            parts = {
                "small": partial(sweep, small, Path(rooms) / f"small-{number}", workers, days),
                "kernel": partial(kernel, warm, groups, large, workers),
                "large": partial(sweep, large, Path(rooms) / f"large-{number}", workers, days),
            }
            names = list(parts) if number % 2 == 0 else list(parts)[::-1]
            took = {name: taken(parts[name]) for name in names}
            found.append(_round(took, small, large, groups))
            print(
                "round {0}: kernel {kernel:.0f} runs/s, sweep {sweep:.0f} runs/s, by processor time {share_cpu:.2f} "
                "of the kernel, starting {start:.1f} s".format(number + 1, **found[-1]),
                flush=True,
            )
    middles = {name: statistics.median(row[name] for row in found) for name in found[0]}
    return {
        "share_of_kernel": middles["share"],
        "share_of_kernel_all": sorted(row["share"] for row in found),
        "share_of_kernel_cpu": middles["share_cpu"],
        "sweep_runs_per_second": middles["sweep"],
        "startup_seconds": middles["start"],
        "startup_seconds_cpu": middles["start_cpu"],
    }


def _round(took: dict[str, Took], small: int, large: int, groups: int) -> Figures:
    """What one round says: the cost of a run is what the larger sweep takes beyond the smaller."""
    first, whole, bare = took["small"], took["large"], took["kernel"]
    each = max((whole.wall - first.wall) / (large - small), 1e-9)
    each_cpu = max((whole.cpu - first.cpu) / (large - small), 1e-9)
    return {
        "kernel": groups * large / bare.wall,
        "sweep": groups / each,
        "share": bare.wall / large / each,
        "share_cpu": bare.cpu / large / each_cpu,
        "start": first.wall - each * small,
        "start_cpu": first.cpu - each_cpu * small,
    }


def peaks(runs: int, workers: int = WORKERS, days: float | None = None) -> Figures:
    """Most resident memory of a sweep of so many runs in all, in MB, seen from outside (Linux)."""
    with tempfile.TemporaryDirectory() as room:
        command = [sys.executable, "-m", "benchmarks.store", "--sweep", str(max(1, runs // GROUPS))]
        command += [str(Path(room) / "folder"), "--workers", str(workers)]
        command += [] if days is None else ["--days", str(days)]
        most: dict[int, int] = {}
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                for pid in family(process.pid):
                    most[pid] = max(most.get(pid, 0), peak_of(pid))
                time.sleep(LOOK_SECONDS)
            said = process.stderr.read() if process.stderr else ""
        if process.returncode:
            raise RuntimeError(f"the sweep failed: {said}")
        own = most.pop(process.pid, 0)
    return {
        "runs": runs,
        "seconds": time.perf_counter() - start,
        "coordinator_mb": own / 1000 or None,
        "worker_mb": max(most.values(), default=0) / 1000 or None,
        "all_mb": (own + sum(most.values())) / 1000 or None,
    }


def family(first: int) -> list[int]:
    """A process and all that descend from it; itself alone where that cannot be seen."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents[int(status.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = [first]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def peak_of(pid: int) -> int:
    """Most that has been resident of a process, in kB; 0 where that cannot be seen."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def benchmark(
    small: int = SMALL,
    large: int = LARGE,
    rounds: int = ROUNDS,
    sizes: Sequence[int] = SIZES,
    workers: int = WORKERS,
    days: float | None = None,
) -> Figures:
    """Measure, print and return.

    Parameters
    ----------
    small, large
        Runs of each scenario in the two sweeps that are timed.
    rounds
        How often both are.
    sizes
        Runs in all of the sweeps whose memory is watched.
    workers
        Worker processes.
    days
        Horizon; a year by default.
    """
    say_machine()
    found = share(small, large, rounds, workers, days)
    print(
        f"a sweep with storage does {found['share_of_kernel']:.2f} of the kernel's runs a second "
        f"({found['share_of_kernel_cpu']:.2f} by the processor time of all processes); "
        f"starting takes {found['startup_seconds']:.1f} s ({found['startup_seconds_cpu']:.1f} s of processors)"
    )
    memory: list[Figures] = []
    for runs in sizes:
        memory.append(peaks(runs, workers, days))
        last = memory[-1]
        print(
            f"{runs} runs in {last['seconds']:.0f} s: coordinator {last['coordinator_mb'] or 0:.0f} MB, largest "
            f"other process {last['worker_mb'] or 0:.0f} MB, all together {last['all_mb'] or 0:.0f} MB at most",
            flush=True,
        )
    both = [row[name] for row in memory for name in ("coordinator_mb", "worker_mb") if row[name]]
    return finish({**found, "peak_mb": max(both, default=None), "memory": memory})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--days", type=float, default=None)
    parser.add_argument("--full", action="store_true", help="memory of a sweep of a million runs too")
    parser.add_argument("--sweep", nargs=2, metavar=("RUNS", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.sweep:
        sweep(int(given.sweep[0]), Path(given.sweep[1]), given.workers, given.days, whole=True)
        return
    sizes = (*SIZES, FULL) if given.full else SIZES
    benchmark(given.small, given.large, given.rounds, sizes, given.workers, given.days)


if __name__ == "__main__":
    main()
