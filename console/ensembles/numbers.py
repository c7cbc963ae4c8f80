"""What an ensemble says in numbers and figures: `analysis` on its rows, and words around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.effects import CONFIDENCE, DIRECT_WAR, Estimate, added_risk, mean_difference, relative_fall
from analysis.incidence import CAUSES, TITLES, Incidence, incidence
from analysis.spread import Remarkable, remarkable
from console.ensembles.run import FULL, OTHER, Ensemble
from experiments.design import OBSERVE_ONLY

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DIGITS = 3
MOST_PLACES = 6
"""Decimals of a number, however small it is."""


@dataclass(frozen=True)
class Headline:
    """One comparison: what is held against what, and its estimates.

    Parameters
    ----------
    title
        Words for the two arms.
    effect
        Relative fall of violence.
    war
        Added risk of direct war.
    days
        Days gained.
    """

    title: str
    effect: Estimate
    war: Estimate
    days: Estimate


def names_of(ensemble: Ensemble) -> dict[str, str]:
    """Words for each arm."""
    found = {FULL: ensemble.order.a.title, OBSERVE_ONLY: "observe-only, same monitoring"}
    if ensemble.order.b is not None:
        found[OTHER] = ensemble.order.b.title
        if found[OTHER] == found[FULL]:
            found = {
                FULL: f"A: {found[FULL]}",
                OBSERVE_ONLY: found[OBSERVE_ONLY],
                OTHER: f"B: {found[OTHER]}",
            }
    return found


def headlines(ensemble: Ensemble) -> list[Headline]:
    """The comparisons: A against observe-only, and A against B where that was run."""
    names, first = names_of(ensemble), ensemble.arms[FULL]
    return [
        _headline(f"{names[FULL]} against {names[arm]}", first, ensemble.arms[arm])
        for arm in (OBSERVE_ONLY, OTHER)
        if arm in ensemble.arms
    ]


def _headline(title: str, treated: pd.DataFrame, control: pd.DataFrame) -> Headline:
    def both(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return treated[name].to_numpy(float), control[name].to_numpy(float)

    war, before = ((runs["ending"] == DIRECT_WAR).to_numpy(bool) for runs in (treated, control))
    return Headline(
        title,
        relative_fall(*both("violence")),
        added_risk(war, before),
        mean_difference(*both("days_survived")),
    )


def curves(ensemble: Ensemble) -> dict[str, dict[str, Incidence]]:
    """Cumulative incidence by the words for the arm."""
    names = names_of(ensemble)
    return {
        names[arm]: incidence(
            runs["ending"].to_numpy(str), runs["days_survived"].to_numpy(float), ensemble.days
        )
        for arm, runs in in_order(ensemble).items()
    }


def endings_table(found: dict[str, dict[str, Incidence]]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of how many had ended how by the horizon, by arm."""
    heads = ["ended by the horizon", *found]
    rows = []
    for cause in CAUSES:
        ends = [each[cause] for each in found.values()]
        rows.append(
            [
                TITLES[cause],
                *(share_words(float(e.share[-1]), float(e.low[-1]), float(e.high[-1])) for e in ends),
            ]
        )
    return heads, rows


def violence(ensemble: Ensemble) -> list[tuple[str, NDArray[np.float64]]]:
    """The primary outcome of every run, by the words for the arm."""
    names = names_of(ensemble)
    return [(names[arm], runs["violence"].to_numpy(float)) for arm, runs in in_order(ensemble).items()]


def in_order(ensemble: Ensemble) -> dict[str, pd.DataFrame]:
    """The arms as figures have them: A, observe-only, B."""
    return {arm: ensemble.arms[arm] for arm in (FULL, OBSERVE_ONLY, OTHER) if arm in ensemble.arms}


def picks(ensemble: Ensemble) -> list[Remarkable]:
    """Runs worth replaying."""
    return remarkable(ensemble.arms[FULL], ensemble.arms[OBSERVE_ONLY])


def spanned(estimate: Estimate, digits: int = DIGITS) -> str:
    """An estimate with its interval, as text."""
    if math.isnan(estimate.value):
        return "–"
    value = number(estimate.value, digits)
    if math.isnan(estimate.low):
        return value
    return f"{value} [{number(estimate.low, digits)}, {number(estimate.high, digits)}]"


def number(value: float, digits: int = DIGITS) -> str:
    """A number with at least so many significant digits, without an exponent; what is nothing has no sign."""
    if value == 0:
        return "0"
    kept = value if abs(value) >= 10 ** (digits - 1) else float(f"{value:.{digits}g}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(kept))))
    return f"{kept:,.{min(places, MOST_PLACES)}f}"


def share_words(share: float, low: float, high: float) -> str:
    """A share with its interval in per cent."""
    return f"{100 * share:.1f}% [{100 * low:.1f}, {100 * high:.1f}]"


def caption(ensemble: Ensemble, what: str, intervals: bool = True) -> str:
    """What a reader of a figure must know: what it shows, runs, interval, seed, and whether it is partial."""
    order = ensemble.order
    spans = f"{CONFIDENCE:.0%} intervals, " if intervals else ""
    stopped = f" Partial: stopped at {ensemble.runs:,} of {order.runs:,}." if ensemble.partial else ""
    return (
        f"{what} {ensemble.runs:,} cease-fires of {ensemble.days:g} days an arm on the same random numbers, "
        f"{spans}seed {order.a.seed}.{stopped}"
    )


def alt(lines: Sequence[Headline]) -> str:
    """The headline in a sentence, for those who do not see the figures."""
    return " ".join(f"{each.title}: deterrence effect {spanned(each.effect)}." for each in lines)
