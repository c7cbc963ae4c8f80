"""Learning what the other side cares about from what it offers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agents.bargaining.concession import TimeDependent
from agents.bargaining.gains import NONE, Bools, Floats, Ints, yardstick
from agents.bargaining.view import View


class Bayesian(TimeDependent):
    """Learns the other's issue weights by Bayes' rule (Hindriks and Tykhonov 2008, scalable form).

    Under hypothesis h the other's utility is additive, each issue's prior value times a factor. An offer is as
    likely as the normal density of its gain under h, as a share of the other's best, about the share that a linear
    concession from that best to 0 would have reached. Hypotheses are equally likely at first. The estimate is the
    posterior mean, less the reservation value implied by the prior estimate in the view: the mean over packages of
    additive prior utility less prior gain, which war and not the weights determine. Concession is `TimeDependent`.

    Parameters
    ----------
    exponent : float
        Of its own concession.
    choices : (P, k) array of int
        Option of each of the k issues in each package.
    values : k arrays
        Prior mode of the other's utility from each option of each issue, units of utility.
    hypotheses : (H, k) array
        Factors on the issues, 0 or more; 1 is the prior mode.
    sigma : float
        Standard deviation of the other's offers about its concession, as a share of its best gain, above 0.
    """

    def __init__(
        self, exponent: float, choices: Ints, values: Sequence[Floats], hypotheses: Floats, sigma: float
    ) -> None:
        super().__init__(exponent)
        if not sigma > 0.0 or (hypotheses < 0.0).any() or hypotheses.shape[1:] != (len(values),):
            raise ValueError("sigma must be above 0, and hypotheses factors of 0 or more, one an issue")
        self._worth = np.column_stack([of[choices[:, issue]] for issue, of in enumerate(values)])
        self._hypotheses, self.sigma = hypotheses, sigma
        self._log_posterior = np.zeros(len(hypotheses))
        self._open: Bools | None = None
        self._best = np.zeros(len(hypotheses))

    @property
    def posterior(self) -> Floats:
        """(H,) array: probability of each hypothesis, given the offers heard."""
        relative = np.exp(self._log_posterior - self._log_posterior.max())
        return np.asarray(relative / relative.sum())

    @property
    def factors(self) -> Floats:
        """(k,) array: posterior mean of the factor on each issue."""
        return np.asarray(self.posterior @ self._hypotheses)

    def estimate(self, view: View) -> Floats:
        """(P,) array: posterior mean of the other's gains, units of utility."""
        return np.asarray(self._worth @ self.factors - self._reservation(view))

    def hears(self, view: View, offer: int) -> None:
        """Weigh each hypothesis by how well the offer fits a linear concession under it."""
        if offer == NONE:
            return
        gain = self._hypotheses @ self._worth[offer] - self._reservation(view)
        surprise = (gain / self._scale(view) - (1.0 - view.progress)) / self.sigma
        self._log_posterior -= 0.5 * surprise**2  # the log of a normal density, its constant left out

    def _reservation(self, view: View) -> float:
        return float(np.mean(self._worth.sum(axis=1) - view.other))

    def _scale(self, view: View) -> Floats:
        """(H,) array: the other's best open gain under each hypothesis; computed anew when vetoes change."""
        if self._open is None or not np.array_equal(self._open, view.open):
            self._open, reservation = view.open.copy(), self._reservation(view)
            rows = self._worth[self._open] if self._open.any() else self._worth
            # One hypothesis at a time: all at once would be a matrix of P x H.
            scales = [yardstick((rows @ h - reservation)[:, None])[0] for h in self._hypotheses]
            self._best = np.array(scales)
        return self._best
