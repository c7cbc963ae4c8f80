"""Those who sit at the table, as Mesa agents: two delegations, the mediator, and Europe, which is consulted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.bargaining.mediator import SingleText, objection
from agents.bargaining.negotiators import STRATEGIES, Negotiator, View
from agents.talks.guesses import Guess, Prior
from agents.talks.preferences import Preferences, admitted_by_europe, admitted_by_us
from environment.parameters import Value
from environment.rules import draws
from environment.talks.packages import EUROPE, PARTIES, RUSSIA, UKRAINE, US, issues
from environment.talks.parties import Mask, Turn

if TYPE_CHECKING:
    from environment.talks.model import TalksModel

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

ISSUES_A_HYPOTHESIS = 16
"""Draws set aside for a hypothesis: one an issue, of which there are fewer."""


DOUBT = 10.0
"""War-years: nobody takes a package to be worse than this for the other side, so that a red line that is a refusal does
not drown what offers say."""


class Reckoning:
    """Everybody's gains as they are now, reckoned once for all who ask.

    Parameters
    ----------
    preferences
        Of all parties.
    """

    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self._donetsk = math.nan
        self._gains = np.empty((0, len(PARTIES)))

    def gains(self, donetsk_km2: float) -> Floats:
        """(P, 4), war-years."""
        if donetsk_km2 != self._donetsk:
            self._donetsk, self._gains = donetsk_km2, self.preferences.gains(donetsk_km2)
        return self._gains


class Principal(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """The delegation of Russia or of Ukraine.

    Parameters
    ----------
    model
        The talks.
    side
        0 Russia, 1 Ukraine.
    truth, guess
        The parties' gains as they are, of which it knows its own, and as anybody would guess them.
    negotiator
        How it bargains.
    """

    def __init__(
        self, model: TalksModel, side: int, truth: Reckoning, guess: Reckoning, negotiator: Negotiator
    ) -> None:
        super().__init__(model)
        self.side, self.truth, self.guess, self.negotiator = side, truth, guess, negotiator
        self.own: Floats = np.empty(0)
        self.other: Floats = np.empty(0)

    def informed(self, donetsk_km2: float) -> None:
        """It reckons anew: its own gains, and its guess of the other's, from the likeliest preferences."""
        self.own = np.ascontiguousarray(self.truth.gains(donetsk_km2)[:, self.side])
        self.other = self.guess.gains(donetsk_km2)[:, 1 - self.side].clip(min=-DOUBT)

    def stays(self, open_packages: Mask) -> bool:
        """Whether anything on the table is better for it than the war."""
        return bool((self.own[open_packages] >= 0.0).any())

    def proposes(self, turn: Turn) -> int:
        """The package that it offers, or -1."""
        return int(self.negotiator.propose(self.view(turn)))

    def answers(self, turn: Turn, package: int) -> bool:
        """Whether it accepts; the mediator's last text is refused at a cost."""
        values = self.model.values
        if turn.last and values["talks.protocol"] == "mediated":
            return bool(self.own[package] >= -float(values["talks.pressure"]))
        return bool(self.negotiator.accepts(self.view(turn), package))

    def hears(self, turn: Turn, package: int) -> None:
        """The other side has made an offer."""
        self.negotiator.hears(self.view(turn), package)

    def objects(self, package: int) -> int:
        """The issue whose change would raise its own gain most."""
        return int(objection(self.own, package, self.model.space.choices))

    def view(self, turn: Turn) -> View:
        """What its negotiator sees."""
        return View(
            own=self.own,
            other=self.other,
            open=turn.open,
            progress=turn.progress,
            turns_left=turn.left,
            delta_own=self._delta(self.side, turn),
            delta_other=self._delta(1 - self.side, turn),
        )

    def _delta(self, side: int, turn: Turn) -> float:
        """What a gain one turn later is worth now: it is waited for, and the talks may break down (R44, R46)."""
        return self.truth.preferences.waiting(side, turn.years) * (1.0 - turn.breakdown)


class Broker(mesa.Agent):  # type: ignore[misc]
    """The United States: it mediates, has interests of its own, and takes part in guarantees on its conditions.

    Parameters
    ----------
    model, truth
        As of a delegation.
    prior
        What it takes the parties' preferences to be at first.
    """

    def __init__(self, model: TalksModel, truth: Reckoning, prior: Prior) -> None:
        super().__init__(model)
        self.truth, self.prior = truth, prior
        self.own: Floats = np.empty(0)
        exponent, surprise = (float(model.values[key]) for key in ("talks.boulware", "talks.surprise"))
        self.guesses = [Guess(prior.size, exponent, surprise) for _ in (RUSSIA, UKRAINE)]

    def informed(self, donetsk_km2: float) -> None:
        """It reckons anew."""
        self.own = np.ascontiguousarray(self.truth.gains(donetsk_km2)[:, US])
        for guess, gains in zip(self.guesses, self.prior.gains(donetsk_km2), strict=True):
            guess.informed(gains)

    def admits(self) -> Mask:
        """Guarantees in which it would take part."""
        return admitted_by_us(self.model.space, self.own, self.model.values["talks.conditionality"])

    def tables(self, turn: Turn, text: int, objections: Mapping[int, int], refused: frozenset[int]) -> int:
        """The text whose least chance of acceptance, as a share of each party's best, is greatest, its own gain added.

        A session opens with the best of all; within it, what answers the objections is looked for near the text.
        """
        for guess in self.guesses:
            guess.look(turn.open)
        chances = np.stack([guess.chances(turn.progress) for guess in self.guesses], axis=1)
        drafter = SingleText(chances, self.own, self.model.space.choices, turn.open)
        best = drafter.first(turn.open, float(self.model.values["talks.mediator_interest"]))
        if turn.opening or turn.last or text < 0:
            return int(best)
        return int(drafter.revise(text, objections, refused))

    def hears(self, turn: Turn, side: int, text: int, accepted: bool) -> None:
        """A party has answered its text: it learns what the party can live with."""
        self.guesses[side].hears(text, accepted, turn.progress)


class Europe(mesa.Agent):  # type: ignore[misc]
    """The coalition in Europe: consulted, with a veto over its own forces.

    Parameters
    ----------
    model, truth
        As of a delegation.
    """

    def __init__(self, model: TalksModel, truth: Reckoning) -> None:
        super().__init__(model)
        self.truth = truth
        self.own: Floats = np.empty(0)

    def informed(self, donetsk_km2: float) -> None:
        """It reckons anew."""
        self.own = np.ascontiguousarray(self.truth.gains(donetsk_km2)[:, EUROPE])

    def admits(self) -> Mask:
        """Packages whose forces it would send."""
        return admitted_by_europe(self.model.space, self.own)


def negotiator(model: TalksModel, side: int, guess: Reckoning) -> Negotiator:
    """The way of bargaining that a setting names for a side.

    Parameters
    ----------
    model
        The talks, for their parameters and draws.
    side
        0 Russia, 1 Ukraine.
    guess
        The parties' gains as anybody would guess them.
    """
    values = model.values
    name = str(values[f"talks.{PARTIES[side].lower()}"])
    make = STRATEGIES[name]
    if name in ("boulware", "conceder"):
        return make(exponent=float(values[f"talks.{name}"]))
    if name != "bayesian":
        return make()
    stakes = _likeliest(guess.preferences.values, 1 - side)  # not those drawn, which are the other's own
    rest = guess.gains(model.front.donetsk)[:, 1 - side].clip(min=-DOUBT) - _sum(model, stakes)
    return make(
        exponent=float(values["talks.boulware"]),
        choices=np.column_stack([model.space.choices, np.arange(model.space.size)]),
        values=[*stakes, rest],  # what does not depend on issue weights is known, like one more issue
        hypotheses=np.column_stack([_hypotheses(model, side), np.ones(int(values["talks.hypotheses"]))]),
        sigma=float(values["talks.surprise"]),
    )


def _sum(model: TalksModel, stakes: list[Floats]) -> Floats:
    """(P,): stakes summed over issues."""
    return np.asarray(sum(table[model.space.choices[:, k]] for k, table in enumerate(stakes)))


def _likeliest(values: Mapping[str, Value], side: int) -> list[Floats]:
    """What each option of each issue is likeliest worth by itself to the other side."""
    party = PARTIES[side].lower()
    return [
        np.array([float(values[f"stakes.{issue.name}.{option.name}.{party}"]) for option in issue.options])
        for issue in issues()
    ]


def _hypotheses(model: TalksModel, side: int) -> Floats:
    """(H, issues): factors on the weight of each issue, exponential about 1, and 1 for all in the first."""
    count = int(model.values["talks.hypotheses"])
    found = np.ones((count, len(issues())))
    for h in range(1, count):
        for k in range(len(issues())):
            u, _ = model.draw(draws.HYPOTHESIS, side, h * ISSUES_A_HYPOTHESIS + k)
            found[h, k] = draws.exponential(u)
    return found
