"""The talks from stored courses: agreement and the zone against what is varied, with intervals; and their figure."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from agents.talks.preferences import Preferences
from environment.parameters import Value
from experiments.talks.measure import PRINCIPALS
from experiments.talks.setting import Setting
from experiments.talks.worth import Worth


def jackknife(setting: Setting, worth: Worth, values: Mapping[str, Value], batches: int) -> float:
    """Monte-Carlo standard error of the zone's share, from leaving out one batch of simulated runs after the other.

    Parameters
    ----------
    setting, worth
        The talks, and what packages are worth.
    values
        Parameters of the talks as drawn.
    batches
        At least 2.
    """
    runs = int(setting.values["worth.runs"])
    shares = []
    for batch in range(batches):
        kept = np.flatnonzero(np.arange(runs) % batches != batch)
        gains = Preferences(setting.space, values, worth.without(kept)).gains(
            float(values["forecast.donetsk_km2"])
        )
        both = (gains[:, PRINCIPALS] >= 0.0).all(axis=1)
        shares.append(float(both[worth.offered].mean()))
    spread = float(np.var(shares))
    return math.sqrt((batches - 1) * spread)
