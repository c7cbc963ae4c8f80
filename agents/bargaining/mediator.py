"""Mediation by a single text, and the objections that it is revised by."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from agents.bargaining.gains import NONE, Bools, Floats, Ints, yardstick

MOST_CHANGES = 2
"""Issues that one revision may change: the one objected to, and one that is given in return."""


class SingleText:
    """A mediator who drafts one text, hears objections and redrafts (Raiffa 1982; Klein et al. 2003).

    Its criterion is the least estimate of any party, each divided by its yardstick, plus a weight times its own gain.

    Parameters
    ----------
    estimates : (P, n) array
        What it takes the parties' gains over no agreement to be, or their chances of accepting; of each party in one
        unit.
    own : (P,) array
        Its own gains, units of utility.
    choices : (P, k) array of int
        Option of each of the k issues in each package.
    open : (P,) array of bool
        Packages that can be agreed, from which the yardsticks are taken; all of them by default.
    """

    def __init__(self, estimates: Floats, own: Floats, choices: Ints, open: Bools | None = None) -> None:
        on_offer = slice(None) if open is None or not open.any() else open
        self._least = (estimates / yardstick(estimates[on_offer])).min(axis=1)
        self._own = own / yardstick(own[on_offer][:, None])
        self._choices = choices
        self._open = np.ones(len(own), np.bool_)
        self._merit = self._least

    def first(self, open: Bools, own_weight: float) -> int:
        """The open package that is best by its criterion, which holds for the revisions too.

        Parameters
        ----------
        open : (P,) array of bool
            Packages on which no third party has laid a veto.
        own_weight : float
            What its own gain counts beside that of the party worst off; 0 is disinterested.

        Returns
        -------
        int
            Ties go to the lowest number; -1 where nothing is open.
        """
        self._open = open.copy()
        self._merit = self._least + own_weight * self._own
        return self._best(self._open)

    def revise(self, text: int, objections: Mapping[int, int], refused: Collection[int]) -> int:
        """The best neighbour of the text that answers an objection.

        Parameters
        ----------
        text : int
            Package on the table.
        objections : mapping
            Party -> the issue it objects to most, for each that said no; -1 names none.
        refused : collection of int
            Packages that have been refused before.

        Returns
        -------
        int
            An open package, not refused, that differs from the text in one or two issues, one of those objected to
            among them (any issue, where none is named); -1 where there is none.
        """
        differs = self._choices != self._choices[text]
        changes = differs.sum(axis=1)
        near = self._open & (changes >= 1) & (changes <= MOST_CHANGES)
        issues = sorted({issue for issue in objections.values() if issue != NONE})
        if issues:
            near &= differs[:, issues].any(axis=1)
        near[list(refused)] = False
        return self._best(near)

    def _best(self, among: Bools) -> int:
        return int(np.argmax(np.where(among, self._merit, -np.inf))) if among.any() else NONE


def objection(own_gains: Floats, text: int, choices: Ints) -> int:
    """The issue of a text whose best change, all else as it is, would raise a party's gain most.

    Parameters
    ----------
    own_gains : (P,) array
        The party's gains over no agreement, units of utility.
    text : int
        Package on the table.
    choices : (P, k) array of int
        Option of each of the k issues in each package.

    Returns
    -------
    int
        Number of the issue, the lowest of equals; -1 where no change of one issue would raise its gain.
    """
    differs = choices != choices[text]
    better = np.flatnonzero((differs.sum(axis=1) == 1) & (own_gains > own_gains[text]))
    if not better.size:
        return NONE
    changed = differs[better].argmax(axis=1)
    gains = own_gains[better]
    return int(changed[gains == gains.max()].min())
