"""A visitor's comparison of A and B: in a thread that stops when it is no longer wanted; the last change wins."""

from __future__ import annotations

import threading
from typing import NamedTuple
from weakref import WeakKeyDictionary

from console.ask.divergence import Parting, part
from console.choice import Choice
from console.desk import Desk
from console.work import Work

AT_ONCE = 2
"""Comparisons at one time, over all visitors: each takes a moment of one core."""
SLOTS = threading.BoundedSemaphore(AT_ONCE)

type Pair = tuple[Choice, Choice]


class Asked(NamedTuple):
    """What was compared, and what came of it."""

    pair: Pair
    parting: Parting


class Bench:
    """What is compared, or was last."""

    def __init__(self) -> None:
        self.work: Work[Asked] = Work(SLOTS)
        self._under_way: Pair | None = None

    def compare(self, a: Choice, b: Choice) -> None:
        """Compare two choices, unless they are being compared or were last; another comparison under way is stopped."""
        found, pair = self.work.found.value, (a, b)
        busy = self.work.news.value.busy
        if busy and self._under_way == pair:
            return
        self.work.stop()
        if found is not None and found.pair == pair:
            return
        self._under_way = pair
        self.work.start(lambda tell: Asked(pair, part(a, b, tell)))


_BENCHES: WeakKeyDictionary[Desk, Bench] = WeakKeyDictionary()
"""What a visitor finds again on coming back to the tab."""


def bench_of(desk: Desk) -> Bench:
    """The bench of a desk."""
    if desk not in _BENCHES:
        _BENCHES[desk] = Bench()
    return _BENCHES[desk]
