"""Compile once, with a word to the user, before anything is timed or many processes start.

Parallel cold starts have crashed on a shared cache: one process compiles, under a file lock, and the others
read. What is compiled lies in folders named after a digest of its sources, so nothing stale is ever read.
"""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from environment.kernel import CACHE_FOLDER

MARK = "warm"
KEPT = 6
"""Folders of earlier sources that are kept, the youngest ones, and any of this week: another may be using them."""
KEPT_SECONDS = 7 * 24 * 3600.0
WORDS = {
    "mesa": "compiling the rules (once, about half a minute) ...",
    "compiled": "compiling the engine (once, about half a minute) ...",
    "log": "compiling the engine with its log (once, about half a minute) ...",
}


def warm(engine: str = "mesa", quiet: bool = False) -> None:
    """Make sure that what an engine compiles is in the cache.

    Parameters
    ----------
    engine
        ``mesa`` (the rules one by one), ``compiled`` (the loop as a whole) or ``log`` (the same with its log).
    quiet
        Whether to leave out the word to the user.
    """
    folder = _folder(engine)
    mark = folder / f"{MARK}-{engine}"
    if mark.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if mark.exists():
            return
        if not quiet:
            print(WORDS[engine], file=sys.stderr, flush=True)
        {"mesa": _run_every_rule, "compiled": _run_the_loop, "log": _run_and_tell}[engine]()
        mark.touch()
    _prune(folder)


def _folder(engine: str) -> Path:
    if engine != "mesa":
        from experiments.twin.compiling import LOOP_CACHE

        return LOOP_CACHE
    return CACHE_FOLDER


def _run_every_rule() -> None:
    from experiments.compose import compose
    from experiments.scenario import resolve

    compose(resolve("two-sided", "baseline", {"rules.russia": "prospect"}, days=60), keep_log=False).run()
    compose(resolve("multi-tier", "certain"), keep_log=False).run()


def _run_the_loop() -> None:
    from experiments.scenario import resolve
    from experiments.twin import engine

    engine.results(resolve(days=2), 1, range(1))


def _run_and_tell() -> None:
    from experiments.scenario import resolve
    from experiments.twin import engine

    engine.run(resolve(days=2), 1, 0)


def _prune(folder: Path) -> None:
    """Remove what was compiled from sources of long ago (another process may be at the same)."""
    ages = {}
    for other in folder.parent.iterdir():
        with suppress(OSError):
            ages[other] = time.time() - other.stat().st_mtime
    for old in sorted(set(ages) - {folder}, key=ages.__getitem__)[KEPT:]:
        if ages[old] > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
