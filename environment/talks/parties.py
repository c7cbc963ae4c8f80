"""What the table knows of those who sit at it: their contract, and what they see when it is their turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

type Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Turn:
    """What a delegation sees when it is its turn to speak.

    Parameters
    ----------
    open
        (P,): packages on which nobody who was consulted has laid a veto.
    progress
        Share of the time to the deadline that has passed, 0 to 1.
    left
        Turns that are left, this one included.
    years
        Mean time to the next turn.
    breakdown
        Chance that the talks break down before it.
    opening, last
        Whether it is the first of a session; whether it is the last before the deadline.
    """

    open: Mask
    progress: float
    left: int
    years: float
    breakdown: float
    opening: bool
    last: bool


class Delegation(Protocol):
    """A principal at the table, Russia or Ukraine: without its consent there is no agreement."""

    def informed(self, donetsk_km2: float) -> None:
        """It reckons anew what every package is worth to it."""

    def stays(self, open_packages: Mask) -> bool:
        """Whether anything on the table is better for it than the war."""

    def proposes(self, turn: Turn) -> int:
        """The package that it offers, or -1."""

    def answers(self, turn: Turn, package: int) -> bool:
        """Whether it accepts an offer or a text."""

    def hears(self, turn: Turn, package: int) -> None:
        """The other side has made an offer."""

    def objects(self, package: int) -> int:
        """The issue of a text that it minds most."""


class Consulted(Protocol):
    """Somebody who can withhold its own forces or guarantees."""

    def informed(self, donetsk_km2: float) -> None:
        """It reckons anew what every package is worth to it."""

    def admits(self) -> Mask:
        """(P,): packages that it is ready to underwrite."""


class Mediator(Consulted, Protocol):
    """Who tables texts; it underwrites guarantees of its own as well."""

    def tables(self, turn: Turn, text: int, objections: Mapping[int, int], refused: frozenset[int]) -> int:
        """The next text, from the last one (-1: none yet) and what each party minded in it; -1 if it has none."""

    def hears(self, turn: Turn, side: int, text: int, accepted: bool) -> None:
        """A party has answered its text."""


@dataclass(frozen=True)
class Table:
    """Everybody: the principals in the order Russia, Ukraine, the mediator, and Europe, which is consulted."""

    principals: tuple[Delegation, Delegation]
    mediator: Mediator
    europe: Consulted
