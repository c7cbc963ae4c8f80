"""What is compiled as a whole and kept in the cache: one run with its log, and many runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from environment.rules.draws import DAY
from experiments.twin.compiling import compiled, whole
from experiments.twin.layout import ENTRY, ROW, Sizes, result_dtype, state_dtype
from experiments.twin.loop import AGENDA_FULL, LOG_FULL, reset, run

__all__ = ["AGENDA_FULL", "FAULT_WORD", "LOG_FULL", "Room", "one", "room", "run_many"]

WORDS = result_dtype().itemsize // 8
FAULT_WORD = int(result_dtype().fields["fault"][1]) // 8  # type: ignore[index]


class Room(NamedTuple):
    """What runs need to work in, one row a thread: states, the same as numbers, the agenda's three parts."""

    states: NDArray[Any]
    raw: NDArray[np.int64]
    heap: NDArray[Any]
    later: NDArray[Any]
    days: NDArray[np.int64]


def room(sizes: Sizes, horizon: int, entries: int, threads: int = 1) -> Room:
    """Blank room.

    Parameters
    ----------
    sizes
        Of the scenario.
    horizon
        Its horizon in ms.
    entries
        Events to come that each part of the agenda holds.
    threads
        How many runs go on at once.
    """
    states = np.zeros(threads, state_dtype(sizes))
    agenda = np.zeros((threads, entries), ENTRY), np.zeros((threads, entries), ENTRY)
    days = np.zeros((threads, horizon // DAY + 2), np.int64)
    return Room(states, states.view(np.int64).reshape(threads, -1), *agenda, days)


@whole
def run_logged(
    world: Any, states: Any, heap: Any, later: Any, days: Any, log: Any, low: int, high: int, replication: int
) -> int:
    """One run with its log, in a blank state; returns the number of its rows."""
    w, s = world[0], states[0]
    reset(w, s, low, high, replication, 1)
    return run(w, s, heap[0], later[0], days[0], log)


@compiled
def _share(
    world: Any, states: Any, raw: Any, heap: Any, later: Any, days: Any, log: Any,
    low: int, high: int, todo: Any, where: Any, out: Any, thread: int, threads: int,
) -> None:  # fmt: skip
    """A thread's share of the runs of `todo`, one after the other; each leaves its result in its row of `out`."""
    w, s = world[0], states[thread]
    used = raw.shape[1] - (len(s.adds) * ENTRY_WORDS + len(s.rows) * ROW_WORDS)
    for n in range(thread, len(todo), threads):
        for i in range(used):
            raw[thread, i] = 0
        reset(w, s, low, high, todo[n], 0)
        run(w, s, heap[thread], later[thread], days[thread], log)
        for i in range(WORDS):
            out[where[n], i] = raw[thread, i]


ENTRY_WORDS, ROW_WORDS = ENTRY.itemsize // 8, ROW.itemsize // 8


@whole
def run_alone(
    world: Any, states: Any, raw: Any, heap: Any, later: Any, days: Any, log: Any,
    low: int, high: int, todo: Any, where: Any, out: Any,
) -> None:  # fmt: skip
    """The runs of `todo` on one thread."""
    _share(world, states, raw, heap, later, days, log, low, high, todo, where, out, 0, 1)


def _run_together(
    world: Any, states: Any, raw: Any, heap: Any, later: Any, days: Any, log: Any,
    low: int, high: int, todo: Any, where: Any, out: Any,
) -> None:  # fmt: skip
    """The runs of `todo` on as many threads as there are states."""
    threads = len(states)
    for thread in numba.prange(threads):
        _share(world, states, raw, heap, later, days, log, low, high, todo, where, out, thread, threads)


run_together = whole(_run_together, parallel=True)


def one(
    sizes: Sizes, world: NDArray[Any], entries: int, rows: int, low: int, high: int, replication: int
) -> tuple[int, int, NDArray[Any], NDArray[np.int64]]:
    """One run with its log: fault, number of rows, rows, result as numbers."""
    found = room(sizes, int(world[0]["horizon"]), entries)
    log = np.zeros(rows, ROW)
    count = run_logged(world, found.states, found.heap, found.later, found.days, log, low, high, replication)
    return int(found.states[0]["fault"]), int(count), log, found.raw[0, :WORDS]


def run_many(
    sizes: Sizes,
    threads: int,
    world: NDArray[Any],
    entries: int,
    low: int,
    high: int,
    todo: NDArray[np.int64],
    where: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """The runs of `todo`, each leaving its result in row `where` of `out`.

    Parameters
    ----------
    sizes, world
        The scenario: its sizes and its record.
    threads
        How many runs go on at once.
    entries
        Room of the agenda.
    low, high
        Halves of the seed.
    todo, where
        (n,): replications, and the rows of `out` that are theirs.
    out
        (m, WORDS): results as numbers, of `layout.result_dtype`.
    """
    threads = max(1, min(threads, len(todo)))
    call = run_alone if threads == 1 else run_together
    call(
        world, *room(sizes, int(world[0]["horizon"]), entries, threads), np.zeros(0, ROW), low, high, todo,
        where, out,
    )  # fmt: skip
