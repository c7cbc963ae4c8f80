"""Worker processes that may fail: each has its own pipe, so one death is one death.

A worker sends every run as it finishes. If it dies or falls silent, the run it was on is known
exactly, and nothing that was already sent is lost. (Pools with a shared queue do not see a worker
that leaves with exit code 0, and break when one is killed while it holds the queue's lock.)
"""

from __future__ import annotations

import importlib
import multiprocessing
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal, Self

STOP_SECONDS = 5.0  # how long a stopped process may take to be gone

type Outcomes = dict[str, int | float | str]
type Simulate = Callable[[Any, int, int], Outcomes]


@dataclass(frozen=True)
class RunResult:
    """What became of one run: outcomes, or an error in one line and its traceback."""

    replication: int
    outcomes: Outcomes | None
    error: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Job:
    """Consecutive replications of one scenario for one worker; `key` is the caller's."""

    key: Any
    scenario: Any
    seed: int
    first: int
    count: int


@dataclass(eq=False)
class Worker:
    """A process, its pipe, the job it has, the replication it is on and when that is overdue."""

    process: BaseProcess
    pipe: Connection
    deadline: float
    ready: bool = False
    job: Job | None = None
    on: int = 0


@dataclass(frozen=True)
class Event:
    """News from a worker: `ready`, a finished `run`, or its end.

    It `died`, is `silent` for longer than it may be, or was `broken` on arrival.
    """

    kind: Literal["ready", "run", "died", "silent", "broken"]
    worker: Worker
    job: Job | None = None
    payload: Any = None


class Pool:
    """A fixed number of workers that all call one function.

    Parameters
    ----------
    simulate
        Where the function is: ``module:name``.
    workers
        Number of processes.
    run_timeout
        Seconds that one run may take.
    """

    def __init__(self, simulate: str, workers: int, run_timeout: float) -> None:
        self._simulate, self._size, self._timeout = simulate, workers, run_timeout
        methods = multiprocessing.get_all_start_methods()
        # Never fork this process: it may hold threads (progress bar, numerical libraries).
        self._process: type[BaseProcess] = (
            multiprocessing.get_context("forkserver").Process
            if "forkserver" in methods
            else multiprocessing.get_context("spawn").Process
        )
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        for _ in range(self._size):
            self.hire()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join(STOP_SECONDS)
            worker.pipe.close()
        self.workers.clear()

    def hire(self) -> None:
        """Start one worker."""
        ours, theirs = multiprocessing.Pipe()
        process = self._process(target=serve, args=(theirs, self._simulate), daemon=True)
        with _interrupt_held():
            process.start()
        theirs.close()
        self.workers.append(Worker(process, ours, time.monotonic() + self._timeout))

    def dismiss(self, worker: Worker) -> str:
        """End a worker and take it off the list; says in words how its process ended."""
        worker.process.join(0.2)  # a process that has closed its pipe is about to be gone
        worker.process.kill()
        worker.process.join(STOP_SECONDS)
        worker.pipe.close()
        self.workers.remove(worker)
        return _ending(worker.process.exitcode)

    def give(self, worker: Worker, job: Job) -> None:
        """Hand a job to a worker that is ready and has none (it listens, so this does not block)."""
        worker.job, worker.on = job, job.first
        worker.deadline = time.monotonic() + self._timeout
        with suppress(OSError):  # a worker that is gone is reported by `events`
            worker.pipe.send((job.scenario, job.seed, job.first, job.count))

    def events(self, patience: float) -> Iterator[Event]:
        """What has happened, waiting at most `patience` seconds for something to happen."""
        handles = [handle for w in self.workers for handle in (w.pipe, w.process.sentinel)]
        wait(handles, timeout=patience)
        now = time.monotonic()
        for worker in list(self.workers):
            gone = yield from self._read(worker)
            if gone:
                yield Event("died", worker)
            elif now > worker.deadline:
                yield Event("silent", worker)

    def _read(self, worker: Worker) -> Generator[Event, None, bool]:
        """Events of one worker; returns whether it is gone."""
        alive = worker.process.is_alive()  # asked before the pipe: what it sent last is still read
        try:
            while worker in self.workers and worker.pipe.poll():
                kind, payload = worker.pipe.recv()
                job = worker.job
                self._advance(worker, kind)
                yield Event(kind, worker, job, payload)
        except (EOFError, OSError):
            return True
        return not alive and worker in self.workers

    def _advance(self, worker: Worker, kind: str) -> None:
        worker.deadline = time.monotonic() + self._timeout
        if kind == "run" and worker.job:
            worker.on += 1
            if worker.on == worker.job.first + worker.job.count:
                worker.job = None
        worker.ready = worker.ready or kind == "ready"
        if worker.job is None:
            worker.deadline = float("inf")


def serve(pipe: Connection, simulate: str) -> None:
    """What a worker process does: take jobs from the pipe, send back runs, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    try:
        function = locate(simulate)
    except BaseException as error:  # noqa: BLE001 - whatever stops the import, the parent says it
        pipe.send(("broken", f"{simulate}: {_line(error)}"))
        return
    try:
        pipe.send(("ready", None))
        while True:
            scenario, seed, first, count = pipe.recv()
            for replication in range(first, first + count):
                pipe.send(("run", run_one(function, scenario, seed, replication)))
    except (EOFError, OSError):  # the parent is gone
        return


def run_one(simulate: Simulate, scenario: Any, seed: int, replication: int) -> RunResult:
    """Run once; an exception of any kind becomes part of the result."""
    try:
        return RunResult(replication, _plain(simulate(scenario, seed, replication)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad run must hurt no other
        return RunResult(replication, None, _line(error), traceback.format_exc())


def locate(path: str) -> Simulate:
    """The function that ``module:name`` stands for."""
    module, _, name = path.partition(":")
    function: Simulate = getattr(importlib.import_module(module), name)
    return function


def _plain(outcomes: Mapping[str, Any]) -> Outcomes:
    """Outcomes as plain Python values: nothing else can be stored or sent."""
    plain: Outcomes = {}
    for name, value in outcomes.items():
        value = value.item() if hasattr(value, "item") else value
        if not isinstance(name, str) or not isinstance(value, int | float | str):
            raise TypeError(f"outcome {name!r} is a {type(value).__name__}, not a number or a text")
        plain[name] = value
    return plain


def _line(error: BaseException) -> str:
    """An error in one line that is the same on every machine: no addresses, no folders."""
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", str(error).strip())
    text = re.sub(r"(?:[A-Za-z]:)?(?:[/\\][\w.+~-]+)+[/\\]", "", text)
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"the worker process was ended by {signal.Signals(-code).name}"
    return f"the worker process ended with exit code {code}"


@contextmanager
def _interrupt_held() -> Iterator[None]:
    """Hold Ctrl-C back: a child begins with it held, so it cannot die half started with a traceback."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
