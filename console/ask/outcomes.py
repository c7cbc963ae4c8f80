"""The outcomes of A and B side by side, by the day survived where the two lasted unlike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.told import OUTCOME_WORDS, Told, cell
from environment.outcomes import Outcome

BEFORE = ", before the ending"
SURVIVED = "days_survived"
HOURS = 24.0
RATE_DIGITS = 4

type Outcomes = Mapping[str, Outcome]


def rows(one: Outcomes, other: Outcomes) -> list[dict[str, Any]]:
    """A row for each outcome, as ``ceasefire run`` names it.

    Returns
    -------
    list
        ``name, unit, a, b``; ``rate_a, rate_b`` a day survived, "" for all where both survived equally long.
    """
    unequal = one[SURVIVED] != other[SURVIVED]
    return [
        {
            "name": _name(told),
            "unit": told.unit,
            "a": cell(one[told.key]),
            "b": cell(other[told.key]),
            "rate_a": _rate(told, one) if unequal else "",
            "rate_b": _rate(told, other) if unequal else "",
        }
        for told in OUTCOME_WORDS
    ]


def _name(told: Told) -> str:
    name = told.name.strip()
    if told.key == "violence_before":
        return "violence" + BEFORE
    if told.key == "violence_after":
        return "violence, after the ending"
    return name + BEFORE if told.until_ending else name


def _rate(told: Told, outcomes: Outcomes) -> str:
    days, amount = float(outcomes[SURVIVED]), outcomes[told.key]
    if not told.has_rate or days <= 0.0 or isinstance(amount, str):
        return ""
    return f"{amount / days:.{RATE_DIGITS}f}"


def warning(horizons: tuple[float, float]) -> str:
    """A word of warning where A and B are run for unequal spans (hours); empty where they are not."""
    if horizons[0] == horizons[1]:
        return ""
    a, b = (f"{hours / HOURS:,.10g}" for hours in horizons)
    return (
        f"A is run for {a} days and B for {b} days (scenario.days): totals, the ending and what comes after it cover "
        "unequal spans, so only what happens a day can be compared."
    )
