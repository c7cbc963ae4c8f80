"""What a negotiator sees, and what every negotiator is: it proposes, it answers, it listens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from agents.bargaining.gains import NONE, Bools, Floats, Ints


@dataclass(frozen=True)
class View:
    """What a negotiator sees in a turn, be it its own (it proposes) or the other's (it hears and answers).

    Parameters
    ----------
    own : (P,) array
        Its gain over no agreement from each package, were it agreed now, units of utility.
    other : (P,) array
        Its prior estimate of the other's gains.
    open : (P,) array of bool
        Packages on which no third party has laid a veto.
    progress : float
        Share of the time to the deadline that has passed, 0 to 1.
    turns_left : int
        Offers that can still be made, that of this turn included; 1 or more.
    delta_own, delta_other : float
        What a gain one turn later is worth now, to itself and to the other, 0 to 1.
    """

    own: Floats
    other: Floats
    open: Bools
    progress: float
    turns_left: int
    delta_own: float
    delta_other: float

    @property
    def admissible(self) -> Bools:
        """(P,) array of bool: open, and to itself at least as good as no agreement."""
        return self.open & (self.own >= 0.0)

    @property
    def next_progress(self) -> float:
        """Progress in the turn after this one, turns being equally long; 1 after the last."""
        return self.progress + (1.0 - self.progress) / max(1, self.turns_left)


class Negotiator(ABC):
    """A strategy for alternating offers.

    In a turn one side proposes; the other first hears the offer, then accepts it or not; who refuses proposes next.
    No strategy offers or accepts what is not open or worth less to it than no agreement, and none refuses in the
    last turn what is worth as much: after it, there is no agreement.
    """

    @abstractmethod
    def propose(self, view: View) -> int:
        """Package that it offers; -1 where nothing open is worth at least 0 to it."""

    @abstractmethod
    def insists(self, view: View) -> float:
        """Least own gain for which it ends the other's turn, of which more than one is left, with a yes."""

    def accepts(self, view: View, offer: int) -> bool:
        """Whether it takes the package that the other has offered in this turn."""
        if offer == NONE or not (view.open[offer] and view.own[offer] >= 0.0):
            return False
        return view.turns_left <= 1 or bool(view.own[offer] >= self.insists(view))

    def hears(self, view: View, offer: int) -> None:  # noqa: B027  # most strategies do not listen
        """Take note of the other's offer; called once an offer, before `accepts`."""


def best_gain(view: View) -> float:
    """Its greatest gain from an admissible package, units of utility; 0 where there is none."""
    return float(np.max(view.own, where=view.admissible, initial=0.0))


def most_welcome(view: View, other: Floats, target: float) -> int:
    """Of the packages that reach a target, the one that gives the other most: a trade-off on an iso-curve.

    Parameters
    ----------
    view
        What it sees.
    other : (P,) array
        Its estimate of the other's gains.
    target : float
        Own gain to be reached, at most the best there is; below 0 it counts as 0.

    Returns
    -------
    int
        Ties go to the greater own gain, then to the lowest number; -1 where nothing is admissible.
    """
    among: Ints = np.flatnonzero(view.admissible & (view.own >= target))
    if not among.size:
        return NONE
    among = among[other[among] == other[among].max()]
    return int(among[np.argmax(view.own[among])])
