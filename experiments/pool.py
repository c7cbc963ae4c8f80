"""Worker processes that may fail: each has its own pipe, so one death is one death.

A worker says which runs it begins before it begins them. If it dies or falls silent, the coordinator
knows where; what it had stored is stored, the rest is given to another. (Pools with a shared queue do
not see a worker that leaves with exit code 0, and break when one is killed while it holds the lock.)
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal, Self

from environment.errors import CeasefireError
from experiments.engines import RunResult, error_line, load_engine
from experiments.limits import end_with_parent, limit_memory
from experiments.task import RUN_MEMORY, Task, run_shard

STOP_SECONDS = 5.0  # how long a stopped process may take to be gone
START_SECONDS = 300.0  # how long a worker may take until it is ready
PRELOADED = [
    "pandas",
    "pyarrow.parquet",
    "experiments.pool",
]  # once for all workers, where they are forked (Arrow loads pandas)


@dataclass(frozen=True)
class Job:
    """A task for one worker: run by run if `careful`, with what became of some runs earlier."""

    task: Task
    careful: bool = False
    known: tuple[RunResult, ...] = ()


@dataclass(eq=False)
class Worker:
    """A process, its pipe, the job it has, the runs it is on (first, how many) and when that is overdue."""

    process: BaseProcess
    pipe: Connection
    deadline: float
    ready: bool = False
    job: Job | None = None
    on: tuple[int, int] | None = None


@dataclass(frozen=True)
class Event:
    """News from a worker.

    It is `ready`; is `on` some runs; a single `run` is over; has stored its shard (`receipt`); could
    not store it (`fault`); `died`, is `silent` for longer than it may be, or was `broken` on arrival.
    """

    kind: Literal["ready", "on", "run", "receipt", "fault", "died", "silent", "broken"]
    worker: Worker
    job: Job | None = None
    payload: Any = None


class Pool:
    """Workers that all call one engine; they are started by `hire`.

    Parameters
    ----------
    engine
        Where the function is: ``module:name``.
    run_timeout
        Seconds that one run (or one chunk of runs) may take.
    memory
        Bytes that a worker may take beyond what it has when it is ready.
    """

    def __init__(self, engine: str, run_timeout: float, memory: int = RUN_MEMORY) -> None:
        self._engine, self._timeout, self._memory = engine, run_timeout, memory
        # Never fork this process: it may hold threads (progress bar, numerical libraries).
        if "forkserver" in multiprocessing.get_all_start_methods():
            forkserver = multiprocessing.get_context("forkserver")
            forkserver.set_forkserver_preload(PRELOADED)
            self._process: type[BaseProcess] = forkserver.Process
        else:
            self._process = multiprocessing.get_context("spawn").Process
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
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
        process = self._process(target=serve, args=(theirs, self._engine, self._memory), daemon=True)
        with _interrupt_held():
            process.start()
        theirs.close()
        self.workers.append(Worker(process, ours, time.monotonic() + START_SECONDS))

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
        worker.job, worker.on = job, None
        worker.deadline = time.monotonic() + self._timeout
        with suppress(OSError):  # a worker that is gone is reported by `events`
            worker.pipe.send(job)

    def events(self, patience: float) -> Iterator[Event]:
        """What has happened, waiting at most `patience` seconds for something to happen."""
        handles = [handle for w in self.workers for handle in (w.pipe, w.process.sentinel)]
        wait(handles, timeout=patience)
        for worker in list(self.workers):
            gone = yield from self._read(worker)
            if gone:
                yield Event("died", worker)
            elif worker in self.workers and time.monotonic() > worker.deadline:
                yield Event("silent", worker)

    def _read(self, worker: Worker) -> Generator[Event, None, bool]:
        """Events of one worker; returns whether it is gone."""
        alive = worker.process.is_alive()  # asked before the pipe: what it sent last is still read
        try:
            while worker in self.workers and worker.pipe.poll():
                kind, payload = worker.pipe.recv()
                job = worker.job
                self._advance(worker, kind, payload)
                yield Event(kind, worker, job, payload)
        except (EOFError, OSError):
            return True
        return not alive and worker in self.workers

    def _advance(self, worker: Worker, kind: str, payload: Any) -> None:
        worker.deadline = time.monotonic() + self._timeout
        worker.ready = worker.ready or kind == "ready"
        if kind == "on":
            worker.on = payload
        elif kind == "receipt":
            worker.job = worker.on = None
        if worker.job is None:
            worker.deadline = float("inf")


def serve(pipe: Connection, engine: str, memory: int) -> None:
    """What a worker process does: take jobs from the pipe, say how they go, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    end_with_parent()
    try:
        load_engine(engine)
        limit_memory(memory)
    except BaseException as error:  # noqa: BLE001 - whatever stops the import, the parent says it
        pipe.send(("broken", f"{engine}: {error_line(error)}"))
        return
    with suppress(EOFError, OSError):  # the parent is gone
        pipe.send(("ready", None))
        while True:
            job: Job = pipe.recv()
            pipe.send(_answer(job, pipe))


def _answer(job: Job, pipe: Connection) -> tuple[str, Any]:
    """What comes of a job: the receipt, or why there is none, as an error that can be sent."""
    try:
        return "receipt", run_shard(job.task, careful=job.careful, known=job.known, tell=pipe.send)
    except OSError as error:
        if error.errno is None:  # it has words alone, as Arrow's errors do
            return "fault", OSError(str(error))
        return "fault", OSError(error.errno, error.strerror, error.filename)
    except Exception as error:  # noqa: BLE001 - not a run's fault: the sweep cannot go on
        said = str(error) if isinstance(error, CeasefireError) else error_line(error)
        return "fault", CeasefireError(f"{job.task.name}: {said}")


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
