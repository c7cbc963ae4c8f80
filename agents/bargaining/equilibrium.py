"""Subgame-perfect play of the finite game of alternating offers."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from agents.bargaining.gains import NONE, Bools, Floats
from agents.bargaining.view import Negotiator, View, best_gain, most_welcome

OWN, OTHER = 0, 1
"""Who proposes."""


@dataclass(frozen=True)
class _Offers:
    """What one side can offer, by what it gives the other: a staircase, looked up by bisection."""

    received: list[float]  # gain of who answers, ascending
    package: list[int]  # best for who proposes among those that give as much or more

    @classmethod
    def of(cls, proposer: Floats, answerer: Floats, zone: Bools) -> _Offers:
        """Sort once: ties go to the other's greater gain, then to the lowest number."""
        places = np.flatnonzero(zone)
        order = places[np.lexsort((places, -answerer[places], -proposer[places]))]
        given = answerer[order]
        rises = given > np.concatenate(([-np.inf], np.maximum.accumulate(given)[:-1]))
        steps = order[rises]  # the best for the proposer first, each next giving the other more
        return cls(answerer[steps].tolist(), steps.tolist())

    def best(self, least: float) -> int:
        """The proposer's best package that gives the other at least so much."""
        return self.package[bisect.bisect_left(self.received, least)]


class BestResponse(Negotiator):
    """Subgame-perfect play if the other's gains are as estimated (Ståhl 1972; Rubinstein 1982).

    Backward induction from the last turn: who proposes takes the best package that gives the other at least its
    discounted gain from proposing next (nothing, after the last). Since gains are stationary, waiting only
    discounts: what would be agreed next turn can be agreed now, so it is never better to delay.
    """

    def __init__(self) -> None:
        self._known: tuple[Floats, Floats, Bools, float, float] | None = None
        self._offers: tuple[_Offers, _Offers] | None = None
        self._path: tuple[list[int], list[int]] = ([], [])

    def propose(self, view: View) -> int:
        """The equilibrium offer; where it sees nothing acceptable to both, what it would itself like best."""
        planned = self._plan(view, OWN, view.turns_left)
        return planned if planned != NONE else most_welcome(view, view.other, best_gain(view))

    def insists(self, view: View) -> float:
        """Its discounted gain from proposing next turn; 0 where it expects no agreement."""
        planned = self._plan(view, OWN, view.turns_left - 1)
        return view.delta_own * float(view.own[planned]) if planned != NONE else 0.0

    def _plan(self, view: View, proposer: int, turns: int) -> int:
        """Equilibrium offer of a side with so many turns left, the induction being carried on from where it is."""
        self._look(view)
        if self._offers is None or turns < 1:
            return NONE
        gains, delta = (view.own, view.other), (view.delta_own, view.delta_other)
        while len(self._path[OWN]) < turns:
            next_offer = [path[-1] if path else NONE for path in self._path]
            for side in (OWN, OTHER):
                answerer = OTHER - side
                later = next_offer[answerer]
                least = delta[answerer] * float(gains[answerer][later]) if later != NONE else 0.0
                self._path[side].append(self._offers[side].best(least))
        return self._path[proposer][turns - 1]

    def _look(self, view: View) -> None:
        """Sort anew where gains, vetoes or discounts are not those that it knows."""
        if self._known is not None and _same(self._known, view):
            return
        deltas = (view.delta_own, view.delta_other)
        self._known = (view.own.copy(), view.other.copy(), view.open.copy(), *deltas)
        zone = view.admissible & (view.other >= 0.0)
        self._path = ([], [])
        self._offers = None
        if zone.any():
            self._offers = (
                _Offers.of(view.own, view.other, zone),
                _Offers.of(view.other, view.own, zone),
            )


def _same(known: tuple[Floats, Floats, Bools, float, float], view: View) -> bool:
    """Whether a view shows the game that is known, its values compared one by one: arrays may be filled anew."""
    own, other, free, *deltas = known
    return (
        deltas == [view.delta_own, view.delta_other]
        and np.array_equal(free, view.open)
        and np.array_equal(own, view.own)
        and np.array_equal(other, view.other)
    )
