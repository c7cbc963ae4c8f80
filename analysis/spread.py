"""How an outcome is spread over runs, and which single runs are worth looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.effects import DIRECT_WAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

PRIMARY, DAYS = "violence", "days_survived"


@dataclass(frozen=True)
class Remarkable:
    """A run worth looking at: its replication, its arm, why, its primary outcome and the share of runs below it.

    Parameters
    ----------
    name
        A short stable name of the reason.
    words
        The reason in words.
    replication
        Number of the run.
    arm
        ``treated`` or ``control``.
    value
        Of the outcome.
    below
        Share of the runs of its arm that have at most this value, 0 to 1.
    """

    name: str
    words: str
    replication: int
    arm: str
    value: float
    below: float


def cumulative(values: Floats) -> tuple[Floats, Floats]:
    """The empirical distribution: (k,) distinct values ascending, and the share of runs that are at most that."""
    at, counts = np.unique(np.asarray(values, float), return_counts=True)
    return at, np.cumsum(counts) / max(1, len(values))


def remarkable(treated: pd.DataFrame, control: pd.DataFrame, outcome: str = PRIMARY) -> list[Remarkable]:
    """Runs worth replaying, each replication of an arm once, the first reason that holds.

    Parameters
    ----------
    treated, control
        Runs of the same replications in the same order, with ``replication, ending, days_survived`` and the
        outcome; complete runs only.

    Returns
    -------
    list
        The median, the most, the largest differences between the arms either way, the first collapse, the
        first direct war, and the most under the control; of equals the lowest replication. Empty without runs.
    """
    if not len(treated):
        return []
    first = treated.reset_index(drop=True)
    second = control.reset_index(drop=True)
    values, others = first[outcome].to_numpy(float), second[outcome].to_numpy(float)
    gap = others - values
    picks = [
        ("median", "median " + outcome, "treated", _middle(values)),
        ("most", "most " + outcome, "treated", int(np.argmax(values))),
        (
            "spared",
            "largest fall against observe-only",
            "treated",
            int(np.argmax(gap)) if gap.max() > 0 else -1,
        ),
        (
            "worsened",
            "largest rise over observe-only",
            "treated",
            int(np.argmin(gap)) if gap.min() < 0 else -1,
        ),
        ("collapse", "earliest collapse", "treated", _earliest(first, "collapse")),
        ("war", "earliest direct war", "treated", _earliest(first, DIRECT_WAR)),
        ("control", f"most {outcome} under observe-only", "control", int(np.argmax(others))),
    ]
    found: list[Remarkable] = []
    for name, words, arm, place in picks:
        rows, amounts = (first, values) if arm == "treated" else (second, others)
        number = int(rows["replication"].iloc[place]) if place >= 0 else -1
        if number < 0 or any((each.replication, each.arm) == (number, arm) for each in found):
            continue
        value = float(amounts[place])
        found.append(Remarkable(name, words, number, arm, value, float(np.mean(amounts <= value))))
    return found


def _middle(values: Floats) -> int:
    """Place of the lower median; of equals the first."""
    wanted = np.sort(values)[(len(values) - 1) // 2]
    return int(np.flatnonzero(values == wanted)[0])


def _earliest(runs: pd.DataFrame, ending: str) -> int:
    """Place of the run that ended so first; -1 where none did."""
    places = np.flatnonzero((runs["ending"] == ending).to_numpy(bool))
    if not len(places):
        return -1
    return int(places[np.argmin(runs[DAYS].to_numpy(float)[places])])


def spread_table(arms: Sequence[tuple[str, Floats]], outcome: str = PRIMARY) -> pd.DataFrame:
    """Distributions as a table: ``arm``, the outcome, and ``share`` of runs that have at most that."""
    parts = []
    for label, values in arms:
        at, share = cumulative(values)
        parts.append(pd.DataFrame({"arm": label, outcome: at, "share": share}))
    return pd.concat(parts, ignore_index=True)
