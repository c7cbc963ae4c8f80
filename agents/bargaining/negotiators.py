"""The strategies by the names of the literature, as a data file names them."""

from __future__ import annotations

from collections.abc import Callable

from agents.bargaining.concession import TimeDependent, TitForTat
from agents.bargaining.equilibrium import BestResponse
from agents.bargaining.learning import Bayesian
from agents.bargaining.view import Negotiator, View

__all__ = ["STRATEGIES", "Bayesian", "BestResponse", "Negotiator", "TimeDependent", "TitForTat", "View"]

LINEAR = 1.0
"""Exponent at which the target falls in proportion to time; what is below is a boulware, what is above a conceder."""


def boulware(*, exponent: float) -> TimeDependent:
    """A negotiator who concedes late: exponent above 0 and at most 1."""
    if not exponent <= LINEAR:
        raise ValueError(f"exponent is {exponent}; that of a boulware is at most {LINEAR:g}")
    return TimeDependent(exponent)


def linear() -> TimeDependent:
    """A negotiator whose target falls in proportion to time."""
    return TimeDependent(LINEAR)


def conceder(*, exponent: float) -> TimeDependent:
    """A negotiator who concedes early: exponent of at least 1."""
    if not exponent >= LINEAR:
        raise ValueError(f"exponent is {exponent}; that of a conceder is at least {LINEAR:g}")
    return TimeDependent(exponent)


STRATEGIES: dict[str, Callable[..., Negotiator]] = {
    "boulware": boulware,
    "linear": linear,
    "conceder": conceder,
    "tit-for-tat": TitForTat,
    "bayesian": Bayesian,
    "best-response": BestResponse,
}
"""Name -> what makes a new negotiator of that strategy, one a negotiation, from its parameters by name."""
