"""Real processes for the tests of what survives: started, killed as a group, and mounted upon."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
PATIENCE = 120.0  # seconds that anything may take


def environment(cache: Path) -> dict[str, str]:
    """The environment of a child that keeps its bytecode, so that starting it again is quick."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(cache)}


def small_sweep(folder: Path, *words: str, workers: int = 2) -> list[str]:
    """The words that run the small sweep."""
    return [sys.executable, str(TESTS / "small_sweep.py"), str(folder), str(workers), *words]


def start(words: list[str], env: dict[str, str], **options: Any) -> subprocess.Popen[str]:
    """Start a program in a session of its own, so that it can be killed with all its workers."""
    return subprocess.Popen(
        words, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options
    )  # fmt: skip


def finish(words: list[str], env: dict[str, str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    process = start(words, env, **options)
    out, errors = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(words, process.returncode, out, errors)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill -9 a program and everything it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


def await_that(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.005)


def group_is_gone(group: int) -> bool:
    """Whether no process of a group is left (zombies that nobody reaps do not count)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(found) == group and state != "Z":
            return False
    return True


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Callable[[str], None] | None]:
    """A small file system of its own; gives what remounts it with other options, None if we may not mount."""
    folder.mkdir(exist_ok=True)

    def mount(options: str) -> bool:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            return subprocess.run(words, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def again(options: str) -> None:
        assert mount(f"remount,{options}")

    if not mount(f"size={size}"):
        yield None
        return
    try:
        yield again
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment for children."""
    return environment(tmp_path_factory.mktemp("bytecode"))
