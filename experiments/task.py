"""One shard as a piece of work for whoever does it: a process here, or a worker on another machine.

`run_shard` simulates, stores the file whole and hands back a receipt. It may be done twice, by two
workers at once, by either engine: the bytes are the same. Only the coordinator enters it in the ledger.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments.engines import Columns, Engine, Outcomes, RunResult, failure, load_engine
from experiments.folder import RUNS, write_whole
from experiments.identity import shard_metadata
from experiments.rows import Fixed, Rows, failure_text

RUN_MEMORY = 4 * 2**30  # bytes that a worker may take beyond what it has when it is ready

type Tell = Callable[[tuple[str, Any]], None]
"""Hears ``("on", (first, count))`` before runs begin and ``("run", RunResult)`` after a single one."""


@dataclass(frozen=True)
class Task:
    """Consecutive replications of one scenario, and all that storing them needs.

    Parameters
    ----------
    folder, name
        Where the shard goes: ``folder/runs/name.parquet``.
    engine
        ``module:function``.
    scenario
        The scenario, pickled (once for all shards of a group).
    digest, rules
        SHA-256 of the scenario and of the rules.
    fixed
        Columns with one value throughout.
    command
        What replays a run, up to the number of its replication.
    """

    folder: str
    name: str
    engine: str
    seed: int
    first: int
    count: int
    scenario: bytes
    digest: str
    rules: str | None
    fixed: Fixed
    command: str
    memory: int = RUN_MEMORY


@dataclass(frozen=True)
class Receipt:
    """A stored shard: how many rows, how many of them failed, the digest of its bytes, its tracebacks."""

    name: str
    rows: int
    failed: int
    sha256: str
    failures: str = ""


def run_shard(
    task: Task,
    *,
    careful: bool = False,
    known: Sequence[RunResult] = (),
    tell: Tell = lambda news: None,
) -> Receipt:
    """Simulate a shard and store it whole.

    Parameters
    ----------
    careful
        Whether to go one run at a time, announce each, and report what became of it.
    known
        What became of some runs earlier; they are not done again.
    tell
        Hears what is about to be run; nobody by default.

    Errors
    ------
    OSError
        If the file cannot be stored. A run that raises is a row, not an error.
    """
    rows = Rows(task.first, task.count)
    for result in known:
        rows.take(result)
    work = _Work(task, load_engine(task.engine), _scenario(task.scenario), rows, tell)
    size = 1 if careful else work.engine.chunk
    for part in _parts(task, size, {result.replication for result in known}):
        work.simulate(part, careful)
    tell(("on", (task.first + task.count, 0)))  # storing: no run is to blame for what happens now
    failed = [rows.failures[replication] for replication in sorted(rows.failures)]
    metadata = shard_metadata(task.digest, task.rules, task.seed)
    data = rows.parquet(task.fixed, task.seed, task.command, metadata)
    digest = write_whole(Path(task.folder), f"{RUNS}/{task.name}.parquet", data)
    return Receipt(task.name, task.count, len(failed), digest, failure_text(task.command, failed))


@dataclass(frozen=True)
class _Work:
    """A shard being simulated."""

    task: Task
    engine: Engine
    scenario: Any
    rows: Rows
    tell: Tell

    def simulate(self, part: range, report: bool) -> None:
        """Simulate a chunk; if it raises, each of its runs alone, so that only the bad one fails."""
        self.tell(("on", (part.start, len(part))))
        try:
            columns = self.engine.run(self.scenario, self.task.seed, part)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad run must hurt no other
            if len(part) > 1:
                for replication in part:
                    self.simulate(range(replication, replication + 1), report=True)
                return
            result = failure(part.start, error, self.task.memory)
            self.rows.take(result)
        else:
            self.rows.put(part.start, columns)
            result = RunResult(part.start, _single(columns) if report else {})
        if report:
            self.tell(("run", result))


def _single(columns: Columns) -> Outcomes:
    """The outcomes of one run from its columns."""
    return {
        name: values[0] if isinstance(values[0], str) else float(values[0])
        for name, values in columns.items()
    }


def _parts(task: Task, size: int, done: Collection[int]) -> Iterator[range]:
    """The replications of a task in pieces; singly, those that are done are left out."""
    end = task.first + task.count
    for first in range(task.first, end, size):
        if size > 1 or first not in done:
            yield range(first, min(first + size, end))


@lru_cache(maxsize=4)
def _scenario(pickled: bytes) -> Any:
    """A scenario once per worker: all its shards share what it works out (such as its world)."""
    return pickle.loads(pickled)
