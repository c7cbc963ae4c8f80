"""Compiled micro-loops that time is measured in: a Philox block, a normal, the agenda, the ladder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray

from agents.rules.ladder import ladder_values
from environment.rules.draws import normal, philox, poisson, uniforms
from experiments.twin.layout import ENTRY
from experiments.twin.loop import pull, push


def unit[F: Callable[..., Any]](function: F) -> F:
    """Compile a loop as the engine's own is compiled; it is kept nowhere."""
    compiled: Any = numba.njit(nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(F, compiled)


@unit
def blocks(count: int, seen: Any) -> int:
    """Philox blocks one by one, none waiting for another, as a draw of the engine is made.

    Each is counted where its first word says, which a compiler cannot do for several at once.
    """
    for index in range(count):
        a, b, c, d = philox(1, 0, index, 0, 65536, 7)
        seen[(a ^ b ^ c ^ d) & 1023] += 1
    return int(seen[0])


@unit
def many_blocks(count: int) -> int:
    """Philox blocks at consecutive addresses, several at once in vector registers where there are any."""
    total = 0
    for index in range(count):
        a, b, c, d = philox(1, 0, index, 0, 65536, 7)
        total += a ^ b ^ c ^ d
    return total


@unit
def chained_blocks(count: int) -> int:
    """Philox blocks each of which waits for the one before."""
    a, b, c, d = 1, 2, 3, 4
    for index in range(count):
        a, b, c, d = philox(1, 0, a ^ index, b, c, d)
    return a


@unit
def pairs_of_uniforms(count: int) -> float:
    """Draws as the engine takes them: two uniforms at an address."""
    total = 0.0
    for index in range(count):
        u, v = uniforms(1, 0, 7, 1, 64, index)
        total += u + v
    return total


@unit
def normals(count: int) -> float:
    """Normals by inversion of equally spaced uniforms."""
    total = 0.0
    for index in range(count):
        total += normal((index % 1021 + 0.5) / 1021.0)
    return total


@unit
def counts(count: int) -> int:
    """Poisson counts as a sector's background fire has them, mean 5."""
    total = 0
    for index in range(count):
        total += poisson(5.0, (index % 1021 + 0.5) / 1021.0)
    return total


@unit
def turns_of_agenda(heap: Any, size: int, count: int) -> int:
    """Events taken off a heap of `size` and put back later."""
    for place in range(size):
        heap[place].time = place
        heap[place].order = place
    total = 0
    for index in range(count):
        entry = heap[size]
        entry.time = heap[0].time + 1 + (index * 7919) % size
        entry.order = index
        pull(heap, size - 1)
        push(heap, size - 1, entry)
        total += heap[0].time
    return total


@unit
def ladders(plan: Any, day: Any, tail: Any, count: int) -> float:
    """Evaluations of the violator's ladder, backward from the last stage."""
    total = 0.0
    for _ in range(count):
        ladder_values(plan, day, tail)
        total += plan.values[1]
    return total


def tally() -> NDArray[np.int64]:
    """Room for what `blocks` counts."""
    return np.zeros(1024, np.int64)


def agenda(size: int) -> NDArray[Any]:
    """Room for a heap of that size and one event more."""
    return np.zeros(size + 1, ENTRY)
