"""The table of outcomes side by side: means by arm, and paired differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.effects import CONFIDENCE, mean_difference
from analysis.incidence import restricted_mean
from console.ensembles.numbers import names_of, number, spanned
from console.ensembles.run import FULL, OTHER, Ensemble
from experiments.design import OBSERVE_ONLY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

LEVELS = ((3, "deep strikes"), (4, "local incursions"), (5, "expanded attacks"))
"""Levels of the violation ladder that stand in the table."""
SIDES = (("Russia", ""), ("Ukraine", "_ukraine"))
TOP_UKRAINE = "opportunities.ukraine_top_level"
TO_THE_ENDING = (
    *(
        (f"violations_{level}{suffix}", f"{words} by {side} (highest level reached: {level})")
        for level, words in LEVELS
        for side, suffix in SIDES
    ),
    ("recorded_per_day", "recorded violations a day"),
    ("cases", "cases opened"),
    ("tiers_called", "tiers called"),
    ("deadlines_met", "deadlines met"),
    ("deadlines_missed", "deadlines missed"),
    ("false_responses", "cases against a party that did not do it"),
    ("ground_km2", "ground lost, km²"),
    ("outage_hours", "infrastructure outage, hours"),
)
"""Outcomes that are counted while a cease-fire lasts, with their words."""
OF_TIERS = ("tiers_called", "deadlines_met", "deadlines_missed")
COUNTED = "before the ending: "


def side_by_side(ensemble: Ensemble) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of outcomes: means by arm, and paired differences of A from the others."""
    names, arms = names_of(ensemble), ensemble.arms
    others = [arm for arm in (OBSERVE_ONLY, OTHER) if arm in arms]
    heads = ["outcome (mean a cease-fire)", *(names[arm] for arm in (FULL, *others))]
    heads += [f"{names[FULL]} less {names[arm]}" for arm in others]
    rows = []
    for key, words in listed(ensemble):
        values = {arm: arms[arm][key].to_numpy(float) for arm in (FULL, *others)}
        means = [
            mean_words(each) if key not in OF_TIERS or _has_tiers(ensemble, arm) else "0: it has no tiers"
            for arm, each in values.items()
        ]
        rows.append([words, *means, *(gap_words(values[FULL], values[arm]) for arm in others)])
    return heads, rows


def listed(ensemble: Ensemble) -> list[tuple[str, str]]:
    """Outcomes of an ensemble with their words, without those that no arm can have."""
    found = [
        ("violence", "violence of all days, days of open war along the whole line"),
        ("days_survived", f"days survived, of {ensemble.days:g} at most"),
        *((key, COUNTED + words) for key, words in TO_THE_ENDING),
    ]
    never = {f"violations_{level}_ukraine" for level, _ in LEVELS if level > _highest(ensemble)}
    return [(key, words) for key, words in found if key not in never]


def _has_tiers(ensemble: Ensemble, arm: str) -> bool:
    """Whether anything can be called under an arm."""
    choice = {FULL: ensemble.order.a, OTHER: ensemble.order.b}.get(arm)
    return choice is not None and len(choice.resolved.framework.tiers) > 0


def _highest(ensemble: Ensemble) -> int:
    """The highest level that Ukraine may choose, in whichever arm it is higher; A's observe-only has that of A."""
    choices = [each for each in (ensemble.order.a, ensemble.order.b) if each is not None]
    return max(int(each.resolved.values[TOP_UKRAINE]) for each in choices)


def mean_words(values: Floats) -> str:
    """A mean with its interval; where nothing was ever counted, how often it can happen at most."""
    return spanned(restricted_mean(values)) if values.any() else never_words(len(values))


def never_words(size: int) -> str:
    """What none of so many cease-fires had: the exact one-sided bound on the share of those that have it."""
    most = 1.0 - (1.0 - CONFIDENCE) ** (1.0 / size)
    return f"0 in all {size:,} (at {CONFIDENCE:.0%} at most {number(100 * most, 2)}% of them have any)"


def gap_words(treated: Floats, control: Floats) -> str:
    """A paired difference of means with its interval; in words where no pair differs."""
    if np.array_equal(treated, control):
        return f"0: no pair of {len(treated):,} differs"
    return spanned(mean_difference(treated, control))
