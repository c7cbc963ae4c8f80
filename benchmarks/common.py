"""What every benchmark needs: clocks, alternating repetitions, the load of the machine, the last line."""

from __future__ import annotations

import json
import math
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Figures = dict[str, Any]
type Part = Callable[[], object]

DIGITS = 5
"""Significant digits in the last line."""


@dataclass(frozen=True)
class Took:
    """Seconds on the wall and of this process's processor time."""

    wall: float
    cpu: float


def timed(part: Part) -> Took:
    """How long a part takes in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    part()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def alternate(parts: Sequence[Part], repetitions: int) -> list[list[Took]]:
    """Time parts in turn, back and forth, so that what else the machine does falls on all alike.

    Parameters
    ----------
    parts
        What is timed; each does the same every time.
    repetitions
        How often each is timed; every second round goes backwards.

    Returns
    -------
    list
        By part, its times in the order of the rounds.
    """
    found: list[list[Took]] = [[] for _ in parts]
    for number in range(repetitions):
        order = range(len(parts))
        for place in reversed(order) if number % 2 else order:
            found[place].append(timed(parts[place]))
    return found


def middle(times: Sequence[Took], clock: str = "wall") -> float:
    """Median of what was taken, by one of the clocks."""
    return float(statistics.median(getattr(took, clock) for took in times))


def ratio(above: Sequence[Took], below: Sequence[Took], clock: str = "wall") -> float:
    """Median over the rounds of how many times as long one part took as another."""
    return float(
        statistics.median(
            getattr(a, clock) / max(getattr(b, clock), 1e-9) for a, b in zip(above, below, strict=True)
        )
    )


def load() -> list[float]:
    """Processes that wanted to run over the last 1, 5 and 15 minutes; nothing where that is not known."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []


def say_machine() -> None:
    """Say what else the machine does, since every figure below hangs on it."""
    text = ", ".join(f"{value:g}" for value in load()) or "not known"
    print(f"machine: {os.cpu_count()} cores; load over 1, 5 and 15 minutes {text}")


def finish(figures: Mapping[str, Any]) -> Figures:
    """Print the figures as the last line, with the machine's cores and load, and return them."""
    whole = {**figures, "cores": os.cpu_count(), "load": load()}
    plain: Figures = {name: _plain(value) for name, value in whole.items()}
    print(json.dumps(plain, allow_nan=False), flush=True)
    return plain


def _plain(value: Any) -> Any:
    """A value as JSON has it: few digits, null where a number is not finite."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return value
    number = float(value)
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None
