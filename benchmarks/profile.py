"""Where the time of the compiled loop goes.

With Linux perf: samples of a process that simulates, told apart by the functions of the compiled
library, whose addresses it writes where perf looks for them. What the compiler inlined counts for the
function it is in. Without perf: what single parts cost, in compiled loops of their own.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

from agents.rules.ladder import PLAN
from benchmarks import units
from benchmarks.common import Figures, alternate, finish, middle, say_machine
from environment.kernel import ROOT
from experiments.scenario import resolve
from experiments.twin import engine, kernels

RUNS, COUNT, ROUNDS = 1500, 200_000, 5
SEED = 1
SHOWN = 30
HEAP = 64


def functions() -> list[tuple[int, str]]:
    """Addresses and names of the functions of the compiled loop, in order."""
    found: list[tuple[int, str]] = []
    loop: Any = kernels.run_alone
    for compiled in loop.overloads.values():
        machine = compiled.library._codegen._engine._ee
        for function in compiled.library._final_module.functions:
            if not function.is_declaration:
                address = machine.get_function_address(function.name)
                if address:
                    found.append((address, plain_name(function.name)))
    return sorted(found)


def plain_name(mangled: str) -> str:
    """Module and function of a name as Numba mangles it."""
    rest, parts = mangled.removeprefix("_ZN"), []
    while match := re.match(r"\d+", rest):
        size, rest = int(match.group()), rest[match.end() :]
        parts.append(rest[:size])
        rest = rest[size:]
    return ".".join(parts[-2:]) if parts else re.sub(r"\W", "_", mangled)[:60]


def child(runs: int) -> None:
    """Simulate, after the addresses have been written where perf looks for them.

    The loop is compiled here: what comes from the cache has no names.
    """
    scenario = resolve()
    loop: Any = kernels.run_alone
    kernels.run_alone = numba.njit(nogil=True, error_model="numpy")(loop.py_func)
    engine.results(scenario, SEED, range(3))
    table = functions()
    ends = [address for address, _ in table[1:]] + [table[-1][0] + 20_000]
    lines = [
        f"{start:x} {min(end - start, 200_000):x} {name}"
        for (start, name), end in zip(table, ends, strict=True)
    ]
    Path(f"/tmp/perf-{os.getpid()}.map").write_text("\n".join(lines) + "\n", encoding="ascii")
    engine.results(scenario, SEED, range(runs))


def by_perf(runs: int) -> dict[str, float]:
    """Share of the samples by function; empty where perf cannot be used."""
    perf = shutil.which("perf")
    if perf is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "perf.data")
        command = [perf, "record", "-q", "-F", "2000", "-o", data, "--", sys.executable, "-m"]
        command += ["benchmarks.profile", "--child", "--runs", str(runs)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            process.communicate()
        if process.returncode:
            return {}
        report = [perf, "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,dso,symbol"]
        text = subprocess.run([*report, "-t", "|"], capture_output=True, text=True, check=False).stdout
    for line in text.splitlines():
        if match := re.search(r"(?:tid |perf-)(\d+)", line):
            Path(f"/tmp/perf-{match.group(1)}.map").unlink(missing_ok=True)
    return shares(text)


def shares(report: str) -> dict[str, float]:
    """Shares by function from perf's report: of the compiled loop and the mathematics it calls."""
    found: Counter[str] = Counter()
    for line in report.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < 3 or not fields[0].endswith("%"):
            continue
        if "JIT" in fields[1] or "perf-" in fields[1] or "libm" in fields[1]:
            found[re.sub(r"^\[.\]\s*", "", fields[2])] += float(fields[0].rstrip("%"))  # type: ignore[assignment]
    whole = sum(found.values())
    return {name: value / whole for name, value in found.most_common()} if whole else {}


def by_parts(count: int, rounds: int) -> dict[str, float]:
    """Nanoseconds of single parts, in compiled loops of their own."""
    record = engine.packed(resolve())[0]
    plans = np.zeros(1, PLAN)
    plans[0] = record["plan"][0, 0]
    plan, stages, seen, heap = plans[0], record["stages"][0, 1, 0], units.tally(), units.agenda(HEAP)
    loops: dict[str, Callable[[], Any]] = {
        "philox": lambda: units.blocks(count, seen),
        "two uniforms": lambda: units.pairs_of_uniforms(count),
        "normal": lambda: units.normals(count),
        "background count": lambda: units.counts(count),
        "agenda": lambda: units.turns_of_agenda(heap, HEAP, count),
        "ladder": lambda: units.ladders(plan, stages[0], stages[1], max(1, count // 100)),
    }
    for part in loops.values():
        part()  # what is compiled is not timed
    took = alternate(list(loops.values()), rounds)
    sizes = [max(1, count // 100) if name == "ladder" else count for name in loops]
    return {
        name: middle(times, "cpu") / size * 1e9 for name, times, size in zip(loops, took, sizes, strict=True)
    }


def benchmark(runs: int = RUNS, count: int = COUNT, rounds: int = ROUNDS, perf: bool = True) -> Figures:
    """Measure, print and return.

    Parameters
    ----------
    runs
        Runs under perf.
    count, rounds
        Turns and repetitions of the loops of single parts.
    perf
        Whether to try perf.
    """
    say_machine()
    found = by_perf(runs) if perf else {}
    modules: Counter[str] = Counter()
    for name, share in found.items():
        modules[name.rpartition(".")[0] or "mathematics"] += share  # type: ignore[assignment]
    for name, share in list(found.items())[:SHOWN]:
        print(f"{share:6.1%}  {name}")
    for name, share in modules.most_common():
        print(f"{share:6.1%}  of all in {name}")
    parts = by_parts(count, rounds)
    for name, cost in parts.items():
        print(f"{cost:9.1f} ns  {name} ({cost / parts['philox']:.1f} Philox blocks)")
    return finish(
        {
            "perf": bool(found),
            "functions": dict(list(found.items())[:SHOWN]),
            "modules": dict(modules.most_common()),
            "part_ns": parts,
            "part_blocks": {name: cost / parts["philox"] for name, cost in parts.items()},
        }
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-perf", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        child(given.runs)
    else:
        benchmark(given.runs, given.count, given.rounds, not given.no_perf)


if __name__ == "__main__":
    main()
