"""What is compiled as a whole and kept in the cache: one run with its log, and many runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from environment.rules.draws import DAY
from experiments.twin.compiling import whole
from experiments.twin.layout import ENTRY, ROW, Sizes, result_dtype, state_dtype
from experiments.twin.loop import AGENDA_FULL, LOG_FULL, reset, run

__all__ = ["AGENDA_FULL", "FAULT_WORD", "LOG_FULL", "fresh_states", "run_logged", "run_many"]

WORDS = result_dtype().itemsize // 8
FAULT_WORD = int(result_dtype().fields["fault"][1]) // 8  # type: ignore[index]


def fresh_states(sizes: Sizes, count: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Blank states and the same memory as whole numbers."""
    states = np.zeros(count, state_dtype(sizes))
    return states, states.view(np.int64).reshape(count, -1)


def agenda_room(entries: int, horizon: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """Room for the events of a day, for those of later days, and the lists of days."""
    return np.zeros(entries, ENTRY), np.zeros(entries, ENTRY), np.zeros(horizon // DAY + 2, np.int64)


@whole
def run_logged(
    world: Any, states: Any, raw: Any, heap: Any, later: Any, days: Any, log: Any, low: int, high: int, replication: int
) -> int:
    """One run with its log; `states` has one blank record."""
    w, s = world[0], states[0]
    reset(w, s, low, high, replication, 1)
    return run(w, s, heap, later, days, log)


@whole
def run_block(
    world: Any, states: Any, raw: Any, heap: Any, later: Any, days: Any, log: Any, low: int, high: int, todo: Any, where: Any, out: Any
) -> None:
    """The runs of `todo` one after the other; each leaves its result in its row of `out`."""
    w, s = world[0], states[0]
    used = len(raw[0]) - (len(s.adds) * 5 + len(s.rows) * 13)
    for n in range(len(todo)):
        for i in range(used):
            raw[0, i] = 0
        reset(w, s, low, high, todo[n], 0)
        run(w, s, heap, later, days, log)
        for i in range(WORDS):
            out[where[n], i] = raw[0, i]


def run_many(
    sizes: Sizes,
    threads: int,
    world: NDArray[Any],
    agenda: int,
    low: int,
    high: int,
    todo: NDArray[np.int64],
    where: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    states, raw = fresh_states(sizes, 1)
    room = agenda_room(agenda, int(world[0]["horizon"]))
    run_block(world, states, raw, *room, np.zeros(0, ROW), low, high, todo, where, out)
