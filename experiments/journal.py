"""What became of the runs of one shard, written down as it happens, for whoever must begin it again.

A run may take along not only its process but all that watch over it (where a machine ends everything that
shares its memory limit). Then nobody is left to say which run it was, but the journal is.
"""

from __future__ import annotations

import os
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

from experiments.engines import RunResult
from experiments.folder import TEMPORARY
from experiments.runner import ATTEMPTS
from experiments.task import Task

LOST = "the worker and all that watched over it were ended"


class Journal:
    """The journal of a shard; a context manager for who goes on with it.

    Parameters
    ----------
    task
        The shard.
    mark
        Of the sweep, whose journals alone are read.
    """

    def __init__(self, task: Task, mark: str) -> None:
        self._path = Path(task.folder) / TEMPORARY / f"{mark}-{task.name}.journal"

    def known(self) -> dict[int, RunResult]:
        """What became of runs so far; a run that was begun `ATTEMPTS` times and never ended has failed."""
        known: dict[int, RunResult] = {}
        deaths: Counter[int] = Counter()
        on: int | None = None
        for kind, said in self._lines():
            if kind == "run":
                known[said.replication] = said
            elif on is not None and on not in known:
                deaths[on] += 1
            on = said[0] if kind == "on" and said[1] == 1 else None
        if on is not None and on not in known:
            deaths[on] += 1
        for replication, times in deaths.items():
            if times >= ATTEMPTS and replication not in known:
                known[replication] = RunResult(replication, None, LOST, LOST)
        return known

    def write(self, kind: str, said: Any) -> None:
        """Write down one piece of news: ``on`` (first, count) or ``run`` a result."""
        line = pickle.dumps((kind, said))
        with self._path.open("ab") as file:
            file.write(len(line).to_bytes(4) + line)

    def remove(self) -> None:
        """Take the journal away: the shard is stored."""
        self._path.unlink(missing_ok=True)

    def _lines(self) -> list[tuple[str, Any]]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return []
        found, at = [], 0
        while at + 4 <= len(data):
            end = at + 4 + int.from_bytes(data[at : at + 4])
            if end > len(data):  # cut short by a kill: nothing may come after half a line
                os.truncate(self._path, at)
                break
            found.append(pickle.loads(data[at + 4 : end]))
            at = end
        return found
