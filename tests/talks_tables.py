"""Helpers of the tests of talks: small spaces, hand-made gains, and those who sit at a table that nobody simulated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.talks.delegations import Principal, negotiator
from environment.parameters import Value
from environment.rules.talks import waiting
from environment.talks.front import Front
from environment.talks.model import TalksModel
from environment.talks.packages import Space, issues
from environment.talks.parameters import values
from environment.talks.parties import Table, Turn

type Floats = NDArray[np.float64]

QUIET: dict[str, Any] = {"talks.breakdown_per_year": 0.0, "talks.uncertainty": "none"}
"""Talks that nothing from outside ends."""


class Patience:
    """What a delegation asks the preferences for, beside gains: how gains shrink by waiting, and parameters."""

    def __init__(self, rates: Sequence[float], war_years: float, values: Mapping[str, Value]) -> None:
        self.rates, self.war_years, self.values = rates, war_years, values

    def waiting(self, party: int, years: float) -> float:
        return waiting(self.rates[party], years, self.war_years)


class Fixed:
    """Gains that were made by hand and stay as they are (in the place of a `Reckoning`)."""

    def __init__(
        self,
        gains: Floats,
        rates: Sequence[float] = (0.08, 0.08),
        war_years: float = math.inf,
        known: Mapping[str, Value] | None = None,
    ) -> None:
        self.made = gains if gains.shape[1] == 4 else np.column_stack([gains, np.ones_like(gains)])
        self.preferences: Any = Patience(rates, war_years, known or {})

    def gains(self, donetsk_km2: float) -> Floats:
        return self.made


class Asked:
    """Somebody who is consulted, or mediates: what it admits, the texts it has, and what it heard."""

    def __init__(self, size: int, texts: Sequence[int] = (), vetoed: Sequence[int] = ()) -> None:
        self.mask = np.ones(size, np.bool_)
        self.mask[list(vetoed)] = False
        self.texts = list(texts)
        self.heard: list[tuple[int, int, bool]] = []
        self.told: list[tuple[int, dict[int, int], frozenset[int], Turn]] = []

    def informed(self, donetsk_km2: float) -> None:
        pass

    def admits(self) -> NDArray[np.bool_]:
        return self.mask

    def tables(self, turn: Turn, text: int, objections: Mapping[int, int], refused: frozenset[int]) -> int:
        self.told.append((text, dict(objections), refused, turn))
        return self.texts[(len(self.told) - 1) % len(self.texts)] if self.texts else -1

    def hears(self, turn: Turn, side: int, text: int, accepted: bool) -> None:
        self.heard.append((side, text, accepted))


def line_space(size: int) -> Space:
    """As many packages as one wants: what they are called does not matter (codes are distinct as far as they go)."""
    sizes = [len(issue.options) for issue in issues()]
    rows = [np.unravel_index(k % int(np.prod(sizes)), sizes) for k in range(size)]
    return Space(np.array(rows, np.int8))


def table_of(
    gains: Floats,
    settings: Mapping[str, Any] | None = None,
    mediator: Callable[[TalksModel], Any] | None = None,
    space: Space | None = None,
    rates: Sequence[float] = (0.08, 0.08),
    guess: Floats | None = None,
    vetoed: Sequence[int] = (),
    war_years: float = math.inf,
    likeliest: Mapping[str, Any] | None = None,
    **options: Any,
) -> TalksModel:
    """Talks over hand-made gains: two delegations as the settings name them, and whoever else is given.

    The war lasts for ever but for `war_years`; what anybody would guess the parameters to be is in `likeliest`, and
    else as it is.
    """
    found = values(QUIET | dict(settings or {}))
    packages = space or line_space(len(gains))
    truth = Fixed(gains, rates, war_years, found)
    guessed = found if likeliest is None else values(QUIET | dict(likeliest))
    known = Fixed(gains if guess is None else guess, rates, war_years, guessed)

    def assemble(model: TalksModel) -> Table:
        first, second = (
            Principal(model, side, truth, known, negotiator(model, side, known))  # type: ignore[arg-type]
            for side in (0, 1)
        )
        who = mediator(model) if mediator else Asked(len(gains))
        return Table((first, second), who, Asked(len(gains), vetoed=vetoed))

    front = options.pop("front", None) or Front(0.0, 5500.0)
    return TalksModel(packages, found, assemble, front, **options)
