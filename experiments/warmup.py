"""Compile the rules once, with a word to the user, before anything is timed or many processes start.

The first call of forty small rules costs seconds; parallel cold starts have crashed on a shared cache.
So one process compiles, under a file lock, and the others read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment.kernel import CACHE_FOLDER

MARK = "warm"


def warm(quiet: bool = False) -> None:
    """Make sure that the compiled rules are in the cache.

    Parameters
    ----------
    quiet
        Whether to leave out the word to the user.
    """
    mark = CACHE_FOLDER / MARK
    if mark.exists():
        return
    CACHE_FOLDER.mkdir(parents=True, exist_ok=True)
    with _locked(CACHE_FOLDER / "lock"):
        if mark.exists():
            return
        if not quiet:
            print("compiling the rules (once, about half a minute) ...", file=sys.stderr, flush=True)
        _run_every_rule()
        mark.touch()


def _run_every_rule() -> None:
    from experiments.compose import compose
    from experiments.scenario import resolve

    compose(resolve("two-sided", "baseline", {"rules.russia": "prospect"}, days=60), keep_log=False).run()
    compose(resolve("multi-tier", "certain"), keep_log=False).run()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file while the block runs; the system lets go if we die."""
    with path.open("a+b") as handle:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
