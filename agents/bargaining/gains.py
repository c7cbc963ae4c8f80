"""What all of bargaining is written in: arrays of gains over reservation values, and a yardstick for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Bools = NDArray[np.bool_]
type Ints = NDArray[np.int64]

NONE = -1
"""The number that stands for no package, or for no issue."""


def yardstick(gains: Floats) -> Floats:
    """Measure each party's gains are divided by: its best gain where that is above 0, else their spread.

    Parameters
    ----------
    gains : (P, n) array
        Utility of each package less the party's reservation value, units of utility, finite.

    Returns
    -------
    (n,) array
        Above 0; 1 for a party to which all packages are worth the same and none more than no agreement.
    """
    best, spread = gains.max(axis=0), np.ptp(gains, axis=0)
    return np.asarray(np.where(best > 0.0, best, np.where(spread > 0.0, spread, 1.0)), np.float64)
