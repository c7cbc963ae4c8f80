"""Heuristic strategies: concession by the clock, and concession in kind."""

from __future__ import annotations

import numpy as np

from agents.bargaining.gains import NONE, Floats
from agents.bargaining.view import Negotiator, View, best_gain, most_welcome


class TimeDependent(Negotiator):
    """Concedes by the clock, from its best to its reservation value (Faratin, Sierra and Jennings 1998).

    Its target at progress t is best x (1 - t^(1/exponent)); it accepts what reaches the target of its next turn
    (AC_next of Baarslag, Hindriks and Jonker 2014, with the target in the place of the next offer).

    Parameters
    ----------
    exponent : float
        Above 0: below 1 a boulware, who concedes late; 1 linear; above 1 a conceder.
    """

    def __init__(self, exponent: float) -> None:
        if not exponent > 0.0:
            raise ValueError(f"exponent is {exponent}; it must be above 0")
        self.exponent = exponent

    def target(self, view: View, progress: float) -> float:
        """Own gain that it aims at, units of utility, at a progress from 0 to 1."""
        return float(best_gain(view) * (1.0 - progress ** (1.0 / self.exponent)))

    def estimate(self, view: View) -> Floats:
        """(P,) array: what it takes the other's gains to be."""
        return view.other

    def propose(self, view: View) -> int:
        """Of what reaches its target now, the package that by its estimate gives the other most."""
        return most_welcome(view, self.estimate(view), self.target(view, view.progress))

    def insists(self, view: View) -> float:
        """The target of its next turn."""
        return self.target(view, view.next_progress)


class TitForTat(Negotiator):
    """Concedes as much as the other did between its last two offers, both counted in its own gains.

    Absolute tit for tat (Faratin, Sierra and Jennings 1998), which takes back what the other takes back. It never
    concedes past its own gain at the Nash solution as it estimates it, the bound of the nice tit for tat of
    Baarslag, Hindriks and Jonker (2013); so two of them that both wait for the other do not agree before the last turn.
    """

    def __init__(self) -> None:
        self._conceded = 0.0
        self._heard: float | None = None

    def hears(self, view: View, offer: int) -> None:
        """Count the other's concession since its last offer."""
        if offer == NONE:
            return
        gain = float(view.own[offer])
        if self._heard is not None:
            room = best_gain(view) - self._floor(view)
            self._conceded = min(max(0.0, self._conceded + gain - self._heard), room)
        self._heard = gain

    def target(self, view: View) -> float:
        """Own gain that it aims at: its best less what it has conceded, not below its bound, units of utility."""
        return max(best_gain(view) - self._conceded, self._floor(view))

    def propose(self, view: View) -> int:
        """Of what reaches its target, the package that by its estimate gives the other most."""
        return most_welcome(view, view.other, self.target(view))

    def insists(self, view: View) -> float:
        """Its target, the offer on the table taken into account."""
        return self.target(view)

    @staticmethod
    def _floor(view: View) -> float:
        """Its own gain at the greatest product of gains; 0 where it sees nothing acceptable to both."""
        both = view.admissible & (view.other >= 0.0)
        if not both.any():
            return 0.0
        product = np.where(both, view.own * view.other, -np.inf)
        return float(np.max(view.own, where=product == product.max(), initial=0.0))
