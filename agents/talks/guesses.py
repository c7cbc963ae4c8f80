"""What the mediator takes the parties' preferences to be, and how it learns from their answers (Bayes' rule)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.talks.preferences import Preferences
from environment.talks.packages import PRINCIPALS

type Floats = NDArray[np.float64]
type Singles = NDArray[np.float32]
type Bools = NDArray[np.bool_]

UNIT_KM2 = 1000.0
"""A step of area; any would do."""


class Prior:
    """Hypotheses about the parties: preferences drawn from the ranges that everybody knows, equally likely at first.

    Parameters
    ----------
    drawn
        One set of preferences a hypothesis.
    """

    def __init__(self, drawn: list[Preferences]) -> None:
        self.size = len(drawn)
        # A gain is a straight line in what is left of the disputed area, so two points give all others.
        none, some = (self._stacked(drawn, area) for area in (0.0, UNIT_KM2))
        self._start, self._slope = none, (some - none) / np.float32(UNIT_KM2)

    @staticmethod
    def _stacked(drawn: list[Preferences], donetsk_km2: float) -> Singles:
        """(2, P, H): gains of Russia and Ukraine under each hypothesis."""
        found = [p.gains(donetsk_km2)[:, PRINCIPALS].T.astype(np.float32) for p in drawn]
        return np.ascontiguousarray(np.stack(found, axis=-1))

    def gains(self, donetsk_km2: float) -> tuple[Singles, Singles]:
        """For Russia and Ukraine, (P, H): gains under each hypothesis, with so much of the disputed area left."""
        russia, ukraine = self._start + self._slope * np.float32(donetsk_km2)
        return russia, ukraine


class Guess:
    """One party as the mediator sees it: how likely it is to accept each package at a stage of the talks.

    It is taken to concede by the clock, from its best of what nobody vetoes to nothing (`TimeDependent`), however it
    bargains.

    Parameters
    ----------
    size
        Hypotheses, H.
    exponent
        Of the concession that it is taken to follow.
    surprise
        Spread of its answers about that concession, as a share of its best gain.
    """

    def __init__(self, size: int, exponent: float, surprise: float) -> None:
        self.exponent, self.surprise = exponent, surprise
        self._log_posterior = np.zeros(size)
        self._gains: Singles = np.empty((0, size), np.float32)
        self._best = np.ones(size)
        self._open: Bools | None = None

    def informed(self, gains: Singles) -> None:
        """Take the (P, H) gains as they are now."""
        self._gains, self._open = gains, None

    def look(self, open_packages: Bools) -> None:
        """See what can be agreed: from its best in this, under each hypothesis, it is taken to concede."""
        if self._open is not open_packages:  # the same array throughout a session
            self._open = open_packages
            best = self._gains.max(axis=0, where=open_packages[:, None], initial=0.0)
            self._best = np.maximum(best, np.finfo(np.float32).tiny).astype(np.float64)

    @property
    def posterior(self) -> Floats:
        """(H,): probability of each hypothesis, given the answers heard."""
        relative = np.exp(self._log_posterior - self._log_posterior.max())
        return np.asarray(relative / relative.sum())

    def insists(self, progress: float) -> Floats:
        """(H,): gain that it would insist on under each hypothesis."""
        return np.asarray(self._best * (1.0 - progress ** (1.0 / self.exponent)))

    def chances(self, progress: float) -> Floats:
        """(P,): posterior probability that it accepts each package at a stage of the talks."""
        enough = self._gains >= self.insists(progress).astype(np.float32)
        return np.asarray(enough @ self.posterior.astype(np.float32), np.float64)

    def hears(self, package: int, accepted: bool, progress: float) -> None:
        """Weigh every hypothesis by how likely the answer is under it (a logistic response)."""
        margin = (self._gains[package].astype(np.float64) - self.insists(progress)) / (
            self._best * self.surprise
        )
        self._log_posterior -= np.logaddexp(0.0, -margin if accepted else margin)
