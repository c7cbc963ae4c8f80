"""What a worker of a cluster does: says what it is, and has shards done by a process of its own.

The Dask worker itself simulates nothing. Each of its threads has the local pool's single worker process, so
that a run that raises, hangs, eats memory or kills its process costs a row here as it does anywhere.
Every file of a sweep is written while its *permit* is there: with the permit, the right to write is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from environment.errors import CeasefireError
from environment.kernel import ROOT
from experiments.engines import ENGINES, error_line
from experiments.folder import TEMPORARY
from experiments.journal import Journal
from experiments.pool import Event, Pool
from experiments.runner import Progress
from experiments.task import Receipt, Task
from experiments.versions import CODE, code_digest, versions
from experiments.warmup import warm

PERMIT_LOOK = 1.0  # seconds between two looks at the permit
SHARED_PATIENCE = 3.0  # seconds that a file written elsewhere may take to be seen
IDLE_SECONDS = 60.0  # after which a process without work is let go
STALE = f"its code, {ROOT}, has changed on disk since it started: restart it"

type Order = dict[str, Any]
"""Plain words and numbers alone, so that any version of this file can read it: ``engine``, ``folder``,
``permit`` (name of the file), ``token`` (what is in it), ``versions``, ``run_timeout``, ``memory``."""
type Answer = tuple[str, Any]


class Withdrawn(Exception):
    """The permit of the sweep is gone: whatever is being done is of no use any more."""


def welcome(order: Order) -> Answer:
    """Hold this worker against the coordinator, and have the engine compiled.

    Returns
    -------
    tuple
        ``versions`` and what they are here with the folder of the code, where they differ; ``refused`` and
        a reason; or ``ready``.
    """
    ours = versions(order["engine"])
    if code_digest() != CODE:
        return "refused", STALE
    if ours != order["versions"]:
        return "versions", (ours, str(ROOT))
    if problem := _folder_problem(order):
        return "refused", problem
    short = {path: name for name, path in ENGINES.items()}.get(order["engine"])
    if short:
        warm(short, quiet=True)
    return "ready", None


def work(order: Order, tasks: list[Task], careful: bool) -> Answer:
    """Simulate and store some shards.

    Parameters
    ----------
    careful
        Whether to go run by run, and to keep a journal for whoever must begin again.

    Returns
    -------
    tuple
        ``receipts``, a list; ``fault`` and a sentence; ``versions`` as from `welcome` if this worker is not
        the one that was held against the coordinator; or ``withdrawn``.
    """
    ours = versions(order["engine"])
    if ours != order["versions"]:
        return "versions", (ours, str(ROOT))
    pool = _borrow(order)
    receipts: list[Receipt] = []
    try:
        doing = Progress(pool, 1, tqdm(disable=True), order["run_timeout"])
        if careful:
            for task in tasks:
                _carefully(doing, task, order["permit"], receipts.append)
        else:
            doing.complete(tasks, receipts.append)
    except Withdrawn:
        pool.close()
        return "withdrawn", None
    except (OSError, CeasefireError) as error:
        pool.close()
        return "fault", _said(error)
    _give_back(pool)
    return "receipts", receipts


def _carefully(doing: Progress, task: Task, mark: str, deliver: Callable[[Receipt], None]) -> None:
    """One shard run by run, from where the last worker was stopped."""
    journal = Journal(task, mark)
    doing.carefully(task, journal.known())

    def hear(event: Event) -> None:
        if event.kind in ("on", "run"):
            journal.write(event.kind, event.payload)

    doing.complete([], deliver, hear)
    journal.remove()


def _said(error: Exception) -> str:
    """An error in one line, with the file that it is about."""
    if isinstance(error, CeasefireError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or ''}".rstrip(": ")
    return error_line(error)


def _folder_problem(order: Order) -> str | None:
    """Why this worker cannot write into the results folder; None if it can."""
    folder = Path(order["folder"])
    permit = folder / TEMPORARY / order["permit"]
    last = time.monotonic() + SHARED_PATIENCE
    while True:
        try:
            seen = permit.read_text("utf-8") == order["token"]
            break
        except OSError as error:
            if time.monotonic() > last:
                return (
                    f"it does not see the results folder {folder} ({error.strerror}): the folder must be on a "
                    "file system that all machines share, under the same path"
                )
            time.sleep(0.2)
    if not seen:
        return f"its {folder} is another folder: it must be on a file system that all machines share"
    probe = (
        folder / TEMPORARY / f"{order['permit']}-{socket.gethostname()}-{os.getpid()}-{time.monotonic_ns()}"
    )
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return f"it cannot write into {folder} ({error.strerror})"
    return None


# -- processes, one a thread of the Dask worker ------------------------------------------------------


class WatchedPool(Pool):
    """A pool of one that gives up when the permit of its sweep is gone."""

    def __init__(self, engine: str, run_timeout: float, memory: int) -> None:
        super().__init__(engine, run_timeout, memory)
        self.key = (engine, run_timeout, memory)
        self.permit = Path()
        self._look = 0.0

    def events(self, patience: float) -> Iterator[Event]:
        """What has happened; `Withdrawn` where it no longer matters."""
        if time.monotonic() > self._look:
            self._look = time.monotonic() + PERMIT_LOOK
            if not self.permit.exists():
                raise Withdrawn
        return super().events(patience)

    def hire(self) -> None:
        """Start its process, which loads the code as it is now: that must be the code that was asked for."""
        if code_digest() != CODE:
            raise CeasefireError(STALE)
        super().hire()

    def close(self) -> None:
        """End its process."""
        self.__exit__(None, None, None)


_idle: dict[WatchedPool, threading.Timer] = {}
_lock = threading.Lock()


def _borrow(order: Order) -> WatchedPool:
    """A pool that is free, or a new one."""
    # Nannies start workers as daemons, which multiprocessing lets have no children; ours end with us.
    vars(multiprocessing.current_process())["_config"]["daemon"] = False
    wanted = (order["engine"], order["run_timeout"], order["memory"])
    pool = None
    with _lock:
        for candidate in list(_idle):
            if candidate.key == wanted and pool is None:
                pool = candidate
                _idle.pop(candidate).cancel()
    pool = pool or WatchedPool(*wanted)
    pool.permit = Path(order["folder"]) / TEMPORARY / order["permit"]
    return pool


def _give_back(pool: WatchedPool) -> None:
    """Keep a pool for the next shards, for a while."""

    def let_go() -> None:
        with _lock:
            mine = _idle.pop(pool, None)
        if mine:
            with suppress(OSError):
                pool.close()

    timer = threading.Timer(IDLE_SECONDS, let_go)
    timer.daemon = True
    with _lock:
        _idle[pool] = timer
    timer.start()


# -- the way in --------------------------------------------------------------------------------------


def answer(payload: bytes) -> bytes:
    """Do what a message from the coordinator says: ``(what, arguments)``, pickled, as is what comes of it."""
    what, arguments = pickle.loads(payload)
    return pickle.dumps(welcome(*arguments) if what == "welcome" else work(*arguments))
