"""Dice for drawn configurations: a stream of draws that depends on its address alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

SALT = 20_261_122
TINY = 1e-6
"""What stands for a lower bound that is itself excluded."""
LOWER, UPPER, DEFAULT, EVIDENCE, ROUND = 0.15, 0.15, 0.08, 0.24, 0.16
"""Chances of a number's bounds, its default, a value of its evidence range and a round one; else interior."""
ROUNDS = (0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0, 120.0, 240.0)


class Dice:
    """A stream of draws (PCG64) seeded by an address.

    Parameters
    ----------
    address
        Whole numbers; equal addresses give equal draws on any machine.
    """

    def __init__(self, *address: int) -> None:
        self._random = np.random.Generator(np.random.PCG64([SALT, *address]))

    def share(self) -> float:
        """A number from 0 to 1."""
        return float(self._random.random())

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.share() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self._random.integers(low, high, endpoint=True, dtype=np.uint64 if high >= 2**63 else int))

    def pick[T](self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.whole(0, len(options) - 1)]

    def some[T](self, options: Sequence[T], count: int) -> list[T]:
        """Several different options in random order."""
        order = self._random.permutation(len(options))
        return [options[int(i)] for i in order[:count]]

    def log(self, low: float, high: float) -> float:
        """A number whose logarithm is uniform, in six digits (the last bits of a logarithm vary by machine)."""
        value = float(f"{math.exp(math.log(low) + self.share() * math.log(high / low)):.6g}")
        return min(high, max(low, value))

    def number(self, low: float, high: float, usual: Any, kind: type, evidence: Any = None) -> Any:
        """A number of a field: a bound, its default, a value of its evidence, a round one or an interior one."""
        u = self.share()
        if u < LOWER:
            value = low
        elif u < LOWER + UPPER:
            value = high
        elif u < LOWER + UPPER + DEFAULT:
            value = usual
        elif u < LOWER + UPPER + DEFAULT + EVIDENCE:
            first, last = evidence or (low, high)
            value = first + self.share() * (last - first)
        elif u < LOWER + UPPER + DEFAULT + EVIDENCE + ROUND:
            value = self.pick([x for x in ROUNDS if low <= x <= high] or [usual])
        else:
            value = self._interior(low, high)
        return round(value) if kind is int else min(high, max(low, float(value)))

    def _interior(self, low: float, high: float) -> float:
        if low < 0.0:
            return self.log(high * 1e-6, high) * (1.0 if self.chance(0.5) else -1.0)
        if high - low >= 100.0 or (low > 0.0 and high / low >= 1000.0):
            return self.log(low if low > 0.0 else high * 1e-6, high)
        return low + self.share() * (high - low)
