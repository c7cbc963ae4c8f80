"""Runs the shards of a design on worker processes; a run that fails is a row, not an end.

A run that raises is recorded at once. One that hangs is recorded when its time is up. One whose
worker dies is tried once more, in case something outside killed it, and then recorded. All other
runs of its shard go on with a new worker. Results depend on neither workers nor order.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from environment.errors import RunFailed
from experiments.design import Shard
from experiments.pool import Event, Job, Pool, RunResult, Simulate, Worker, locate

RUN_TIMEOUT = 300.0  # seconds for one run, the compilation before the first one included
ATTEMPTS = 2  # of a run whose worker dies
PATIENCE = 0.5  # seconds between two looks at the clock
FAILED_STARTS = 3  # workers in a row that die before they are ready

type Deliver = Callable[[Shard, list[RunResult]], None]


def run_shards(
    simulate: str | Simulate,
    shards: Iterable[Shard],
    deliver: Deliver,
    *,
    seed: int,
    total: int,
    workers: int,
    progress: bool = True,
    run_timeout: float = RUN_TIMEOUT,
) -> int:
    """Run every shard and hand each one over when it is whole.

    Parameters
    ----------
    simulate
        A function at the top level of a module, or where it is (``module:name``); called with
        scenario, seed and replication in a worker process.
    deliver
        Called in this process with a shard and its results in order of replication.
    total
        Number of runs in all, for the progress bar (on standard error).
    run_timeout
        Seconds that one run may take.

    Returns
    -------
    int
        Number of failed runs.

    Errors
    ------
    RunFailed
        If no worker can be started. KeyboardInterrupt passes once the workers have stopped.
    """
    path = simulate if isinstance(simulate, str) else f"{simulate.__module__}:{simulate.__qualname__}"
    locate(path)
    bar = tqdm(
        total=total, unit="run", file=sys.stderr, disable=not progress, dynamic_ncols=True, smoothing=0.1
    )
    with bar, Pool(path, workers, run_timeout) as pool:
        state = _Sweep(pool, deque(), iter(shards), seed, bar, run_timeout)
        while state.busy():
            for event in pool.events(PATIENCE):
                state.take(event)
            state.hand_out()  # before the writing, so that no worker waits for the disk
            while state.whole:
                deliver(*state.whole.popleft())
    return state.failed


@dataclass
class _Sweep:
    """What is still to do, in part done, and done."""

    pool: Pool
    again: deque[Job]
    shards: Iterator[Shard]
    seed: int
    bar: Any
    run_timeout: float
    failed: int = 0
    whole: deque[tuple[Shard, list[RunResult]]] = field(default_factory=deque)
    _parts: dict[str, list[RunResult]] = field(default_factory=dict)
    _deaths: Counter[tuple[str, int]] = field(default_factory=Counter)
    _bad_starts: int = 0
    _dry: bool = False

    def busy(self) -> bool:
        """Whether anything is left to do or to wait for."""
        return not self._dry or bool(self.again) or any(worker.job for worker in self.pool.workers)

    def hand_out(self) -> None:
        """Give work to every worker without."""
        for worker in self.pool.workers:
            job = self._next() if worker.ready and worker.job is None else None
            if job:
                self.pool.give(worker, job)

    def take(self, event: Event) -> None:
        """Act on one piece of news."""
        if event.kind == "ready":
            self._bad_starts = 0
        elif event.kind == "run" and event.job:
            self._record(event.job.key, event.payload)
        elif event.kind == "broken":
            raise RunFailed(f"a worker could not load the simulation: {event.payload}")
        else:
            self._lost(event.worker, silent=event.kind == "silent")

    def _next(self) -> Job | None:
        if self.again:
            return self.again.popleft()
        shard = next(self.shards, None)
        self._dry = shard is None
        return Job(shard, shard.group.scenario, self.seed, shard.first, shard.count) if shard else None

    def _record(self, shard: Shard, result: RunResult) -> None:
        part = self._parts.setdefault(shard.name, [])
        part.append(result)
        self.failed += result.outcomes is None
        self.bar.update()
        if len(part) == shard.count:
            del self._parts[shard.name]
            self.whole.append((shard, sorted(part, key=lambda run: run.replication)))

    def _lost(self, worker: Worker, *, silent: bool) -> None:
        """A worker is gone or hangs: settle the run it was on, give the rest to a new one."""
        job, on = worker.job, worker.on
        ending = self.pool.dismiss(worker)
        if not worker.ready:
            self._bad_starts += 1
            if self._bad_starts >= FAILED_STARTS:
                raise RunFailed(f"{FAILED_STARTS} workers in a row could not start: {ending}")
        if job:
            self._deaths[job.key.name, on] += 1
            if silent or self._deaths[job.key.name, on] >= ATTEMPTS:
                why = f"no result within {self.run_timeout:g} seconds" if silent else ending
                self._record(job.key, RunResult(on, None, why, why))
                on += 1
            left = job.first + job.count - on
            if left:
                self.again.appendleft(Job(job.key, job.scenario, job.seed, on, left))
        self.pool.hire()
