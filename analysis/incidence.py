"""How cease-fires end, over time: cumulative incidence of the three endings, and restricted mean survival.

Every run is followed to its ending or to the horizon, so nothing is censored before the horizon and the
Aalen-Johansen estimator is the share of runs that have ended so by then. See Putter, Fiocco and Geskus
(2007), Statistics in Medicine 26: 2389-2430.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.effects import CONFIDENCE, DIRECT_WAR, Estimate, mean_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

CAUSES = ("collapse", "abrogation", DIRECT_WAR)
"""The endings of a cease-fire, in the order in which they are shown."""
TITLES = {"collapse": "collapse", "abrogation": "abrogation", DIRECT_WAR: "direct war"}
MOST_STEPS = 400
"""Points of time at which a curve is kept: more than a figure can show."""


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one ending.

    Parameters
    ----------
    days
        (m,): days since the cease-fire took effect, ascending, 0 first and the horizon last.
    share, low, high
        (m,): share of the runs that ended so by then, with its pointwise interval.
    """

    days: Floats
    share: Floats
    low: Floats
    high: Floats


def incidence(
    ending: Sequence[str] | NDArray[np.str_], days: Floats, horizon: float, confidence: float = CONFIDENCE
) -> dict[str, Incidence]:
    """Cumulative incidence of the three endings, with Wilson's interval at each time.

    Parameters
    ----------
    ending
        (n,): how each run ended; what is none of `CAUSES` lasted to the horizon.
    days
        (n,): when, in days from 0 to `horizon`.
    horizon
        Days that runs are followed for, above 0.

    Returns
    -------
    dict
        By cause. All three stand on the same days, and at each the shares add up to that of the runs that
        have ended.
    """
    how, when = np.asarray(ending, dtype=object), np.asarray(days, float)
    at = _grid(when[np.isin(how, CAUSES)], horizon)
    found = {}
    for cause in CAUSES:
        counts = np.searchsorted(np.sort(when[how == cause]), at, side="right")
        share, low, high = wilson(counts, len(how), confidence)
        found[cause] = Incidence(at, share, low, high)
    return found


def _grid(ended: Floats, horizon: float) -> Floats:
    """Times of a curve: those of all endings, or evenly spaced where these are too many."""
    times = np.unique(np.concatenate(([0.0, horizon], ended)))
    return times if len(times) <= MOST_STEPS else np.linspace(0.0, horizon, MOST_STEPS)


def wilson(
    counts: NDArray[np.int64], size: int, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats, Floats]:
    """Shares with Wilson's score interval (Wilson 1927).

    Parameters
    ----------
    counts
        (m,): 0 to `size`.
    size
        Number of runs; where there is none, everything is nan.

    Returns
    -------
    tuple
        Share, low and high, each (m,).
    """
    if not size:
        nothing = np.full(len(counts), np.nan)
        return nothing, nothing, nothing
    share = np.asarray(counts, float) / size
    z2 = float(stats.norm.ppf(0.5 + confidence / 2)) ** 2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    reach = np.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size * size))) / (1 + z2 / size)
    low, high = np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)
    return share, np.where(share == 0, 0.0, low), np.where(share == 1, 1.0, high)


def restricted_mean(days: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Restricted mean survival: mean days to the ending within the horizon, with its t interval."""
    return mean_difference(days, np.zeros(len(days)), confidence)


def incidence_table(arms: Mapping[str, Mapping[str, Incidence]]) -> pd.DataFrame:
    """Curves as a table: ``arm, ending, days, share, low, high``, one row a point of time.

    Parameters
    ----------
    arms
        Curves by cause, by the name of the arm.
    """
    parts = [
        pd.DataFrame(
            {
                "arm": arm,
                "ending": cause,
                "days": curve.days,
                "share": curve.share,
                "low": curve.low,
                "high": curve.high,
            }
        )
        for arm, curves in arms.items()
        for cause, curve in curves.items()
    ]
    return pd.concat(parts, ignore_index=True)
