"""Runs tasks on worker processes, round by round; a run that fails is a row, not an end.

A run that raises is a row at once. A shard whose worker dies or falls silent is done again run by run,
each announced, so that the run to blame is known: if it hangs once more, or costs a second worker its
life, it is a row, and the rest of its shard goes on. Results depend on neither workers nor order.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from environment.errors import RunFailed
from experiments.engines import RunResult, load_engine
from experiments.pool import Event, Job, Pool, Worker
from experiments.task import RUN_MEMORY, Receipt, Task

RUN_TIMEOUT = 300.0  # seconds for one run, the compilation before the first one included
ATTEMPTS = 2  # of a run whose worker dies
LOST_SHARDS = 4  # deaths of workers on one shard that no run is to blame for
PATIENCE = 0.5  # seconds between two looks at the clock
FAILED_STARTS = 3  # workers in a row that die before they are ready

type Deliver = Callable[[Receipt], None]
type Hear = Callable[[Event], None]


def bar_of(total: int | None, done: int, progress: bool) -> Any:
    """The progress bar of a sweep, on standard error."""
    return tqdm(
        total=total, initial=done, unit="run", file=sys.stderr, disable=not progress, smoothing=0.1,
        dynamic_ncols=True,
    )  # fmt: skip


def run_rounds(
    engine: str,
    rounds: Iterable[Iterable[Task]],
    deliver: Deliver,
    *,
    workers: int,
    total: int | None = None,
    done: int = 0,
    progress: bool = True,
    run_timeout: float = RUN_TIMEOUT,
    memory: int = RUN_MEMORY,
) -> int:
    """Run every task of a round, then ask for the next round.

    Parameters
    ----------
    engine
        Where the simulation is: ``module:function``.
    deliver
        Called in this process with the receipt of each shard that is stored.
    total, done
        Number of runs in all (None where it is not known), and of those that were there before, for
        the progress bar on standard error.
    run_timeout
        Seconds that one run, or one chunk of runs, may take.
    memory
        Bytes that a worker may take beyond what it has when it is ready.

    Returns
    -------
    int
        Number of failed runs.

    Errors
    ------
    RunFailed
        If no worker can be started, or workers keep dying with no run to blame.
    OSError
        If a shard cannot be stored. KeyboardInterrupt passes once the workers have stopped.
    """
    load_engine(engine)
    with bar_of(total, done, progress) as bar, Pool(engine, run_timeout, memory) as pool:
        state = Progress(pool, workers, bar, run_timeout)
        for tasks in rounds:
            state.complete(tasks, deliver)
    return state.failed


@dataclass
class Progress:
    """What a pool has still to do, has in part done, and has done."""

    pool: Pool
    size: int
    bar: Any
    run_timeout: float
    tasks: Iterator[Task] = field(default_factory=lambda: iter(()))
    failed: int = 0
    stored: deque[Receipt] = field(default_factory=deque)
    _waiting: deque[Job] = field(default_factory=deque)
    _seen: Counter[str] = field(default_factory=Counter)  # runs of a shard begun, on the bar
    _known: dict[str, dict[int, RunResult]] = field(default_factory=dict)
    _deaths: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    _bad_starts: int = 0

    def complete(self, tasks: Iterable[Task], deliver: Deliver, hear: Hear = lambda event: None) -> None:
        """Do some tasks to their end; errors as for `run_rounds`.

        Parameters
        ----------
        hear
            Called with all that the pool reports, after it has been acted on.
        """
        self.tasks = iter(tasks)
        self.hand_out()
        while self.busy():
            for event in self.pool.events(PATIENCE):
                self.take(event)
                hear(event)
            self.hand_out()  # before the writing, so that no worker waits for the disk
            while self.stored:
                deliver(self.stored.popleft())

    def carefully(self, task: Task, known: Mapping[int, RunResult]) -> None:
        """Have a task done run by run, with what became of some runs earlier."""
        self._known[task.name] = dict(known)
        self._waiting.append(Job(task, True, tuple(known[number] for number in sorted(known))))

    def busy(self) -> bool:
        """Whether anything of this round is left to do, to wait for or to hand over."""
        return bool(self._waiting or self.stored) or any(worker.job for worker in self.pool.workers)

    def hand_out(self) -> None:
        """Give work to every worker without; start workers while there is work for them."""
        for worker in self.pool.workers:
            if worker.ready and worker.job is None and (job := self._next()):
                self.pool.give(worker, job)
        idle = sum(worker.job is None for worker in self.pool.workers)
        while len(self.pool.workers) < self.size and self._fill(idle + 1):
            self.pool.hire()
            idle += 1

    def take(self, event: Event) -> None:
        """Act on one piece of news."""
        name = event.job.task.name if event.job else ""
        if event.kind == "ready":
            self._bad_starts = 0
        elif event.kind == "on" and event.job:
            self._show(name, event.payload[0] - event.job.task.first)
        elif event.kind == "run":
            self._known.setdefault(name, {})[event.payload.replication] = event.payload
        elif event.kind == "receipt":
            self._settle(event.payload)
        elif event.kind == "fault":
            raise event.payload
        elif event.kind == "broken":
            raise RunFailed(f"a worker could not load the simulation: {event.payload}")
        else:
            self._lost(event.worker, silent=event.kind == "silent")

    def _next(self) -> Job | None:
        return self._waiting.popleft() if self._fill(1) else None

    def _fill(self, wanted: int) -> bool:
        """Have that many jobs waiting, if there are as many."""
        while len(self._waiting) < wanted and (task := next(self.tasks, None)):
            self._waiting.append(Job(task))
        return len(self._waiting) >= wanted

    def _settle(self, receipt: Receipt) -> None:
        self._show(receipt.name, receipt.rows)
        del self._seen[receipt.name]
        self._known.pop(receipt.name, None)
        self.failed += receipt.failed
        self.stored.append(receipt)

    def _show(self, name: str, runs: int) -> None:
        """Move the bar to that many runs of a shard; back, where it is done again."""
        self.bar.update(runs - self._seen[name])
        self._seen[name] = runs

    def _lost(self, worker: Worker, *, silent: bool) -> None:
        """A worker is gone or hangs: find or settle the run it was on, give its shard to another."""
        job, on = worker.job, worker.on
        ending = self.pool.dismiss(worker)
        if not worker.ready:
            self._bad_starts += 1
            if self._bad_starts >= FAILED_STARTS:
                raise RunFailed(f"{FAILED_STARTS} workers in a row could not start: {ending}")
        if job:
            why = f"no result within {self.run_timeout:g} seconds" if silent else ending
            self._blame(job.task, on, why, silent)
            known = self._known.get(job.task.name, {})
            self._waiting.appendleft(Job(job.task, True, tuple(known[number] for number in sorted(known))))

    def _blame(self, task: Task, on: tuple[int, int] | None, why: str, silent: bool) -> None:
        """Enter a death: against the run that was alone on the worker, or against the shard."""
        alone = on[0] if on and on[1] == 1 else None
        self._deaths[task.name, alone] += 1
        times = self._deaths[task.name, alone]
        if alone is not None and (silent or times >= ATTEMPTS):
            self._known.setdefault(task.name, {})[alone] = RunResult(alone, None, why, why)
        elif alone is None and times >= LOST_SHARDS:
            raise RunFailed(f"workers keep failing on shard {task.name}, with no run to blame: {why}")
