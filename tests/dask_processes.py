"""A Dask scheduler and workers as real processes on this machine, for the tests of sweeps on a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from processes import PATIENCE, ROOT, TESTS, await_that

QUIET = {
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "OMP_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "1s",
}


def spawn(words: Sequence[str], env: dict[str, str], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its words to a file."""
    with log.open("ab") as file:
        return subprocess.Popen(
            list(words), env=env | QUIET, stdout=file, stderr=file, start_new_session=True, **options
        )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a program with all that it has started, and wait for its end."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


class Cluster:
    """A scheduler without workers, and those that are started.

    Parameters
    ----------
    room
        Where logs and the address go.
    env
        The environment of all processes.
    """

    def __init__(self, room: Path, env: dict[str, str]) -> None:
        if "PYTHONDONTWRITEBYTECODE" not in os.environ:  # what the libraries have compiled serves
            env = {name: value for name, value in env.items() if name != "PYTHONPYCACHEPREFIX"}
        self.room, self.env = room, env | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(TESTS)])}
        self.workers: list[subprocess.Popen[bytes]] = []
        file = room / "scheduler.json"
        words = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = spawn(
            [sys.executable, "-m", *words, "--no-show", "--scheduler-file", str(file)],
            env,  # no code of ours: a scheduler needs none
            room / "scheduler.log",
            cwd=room,
        )
        await_that(lambda: file.is_file() and file.read_text().endswith("}"), "the scheduler did not start")
        self.address = str(json.loads(file.read_text())["address"])

    def hire(
        self, *words: str, before: Sequence[str] = (), path: str | None = None, nanny: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a worker; `before` are words before the program's, `path` is another one for its code."""
        env = self.env if path is None else self.env | {"PYTHONPATH": path}
        command = [
            *before,
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            self.address,
            "--nthreads",
            "1",
        ]
        command += ["--host", "127.0.0.1", "--no-dashboard", "--memory-limit", "0", *words]
        command += ["--local-directory", str(self.room)] + ([] if nanny else ["--no-nanny"])
        worker = spawn(command, env, self.room / "workers.log", cwd=self.room)
        self.workers.append(worker)
        return worker

    def dismiss(self) -> None:
        """Kill all workers."""
        while self.workers:
            kill(self.workers.pop())

    def close(self) -> None:
        """Kill everything."""
        self.dismiss()
        kill(self.scheduler)


@contextmanager
def cluster(room: Path, env: dict[str, str], workers: int = 0) -> Iterator[Cluster]:
    """A cluster with some workers, killed at the end."""
    found = Cluster(room, env)
    try:
        for _ in range(workers):
            found.hire()
        yield found
    finally:
        found.close()
