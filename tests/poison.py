"""Engines with a run that takes along its process, or all that watch over it; light, since workers load them often."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

BAD = 7  # the replication, in one arm


def poison(scenario: Any, seed: int, replications: range) -> dict[str, Any]:
    """One run ends its process."""
    if _bad(scenario, replications):
        os.kill(os.getpid(), signal.SIGKILL)
    return _good(seed, replications)


def poison_for_all(scenario: Any, seed: int, replications: range) -> dict[str, Any]:
    """One run ends the Dask worker that watches over it as well; elsewhere it does nothing."""
    parent = multiprocessing.parent_process()
    watched = parent is not None and "dask_worker" in Path(f"/proc/{parent.pid}/cmdline").read_text()
    if _bad(scenario, replications) and watched:
        assert parent is not None and parent.pid is not None
        time.sleep(0.1)  # it takes a moment to eat a machine's memory
        os.kill(parent.pid, signal.SIGKILL)
        time.sleep(60)
    return _good(seed, replications)


def _bad(scenario: Any, replications: range) -> bool:
    return BAD in replications and dict(scenario.settings).get("ladder.arm") == "reviews"


def _good(seed: int, replications: range) -> dict[str, Any]:
    count = len(replications)
    violence = [seed + replication / 8 for replication in replications]
    return {"violence": violence, "ending": ["survived"] * count, "days_survived": [365.0] * count}
