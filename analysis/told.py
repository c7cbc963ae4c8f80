"""The outcomes of one run as a reader is told them: which, by what name, in which unit, and over what time."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """One outcome of a run in words.

    Parameters
    ----------
    key
        Its name among the outcomes.
    name, unit
        Words for a reader.
    until_ending
        Whether it is gathered only while the cease-fire lasts, so that one that lasts longer has more time for it.
    """

    key: str
    name: str
    unit: str
    until_ending: bool = True

    @property
    def has_rate(self) -> bool:
        """Whether it is an amount that can be told by the day survived."""
        return self.until_ending and self.unit != A_DAY


A_DAY = "a day"
"""Unit of what is a rate already."""
OUTCOME_WORDS = (
    Told("ending", "ending", "", False),
    Told("days_survived", "survived", "days", False),
    Told("violence", "violence", "line-days (1 = a day of open war along the whole line)", False),
    Told("violence_before", "  before the ending", "line-days"),
    Told("violence_after", "  after the ending", "line-days", False),
    Told("recorded_per_day", "recorded by monitors, single shots and bursts", A_DAY),
    Told("violations_ordered", "violations ordered, by both sides", ""),
    Told("violations_unauthorised", "flare-ups without orders, both sides", ""),
    Told("violations_retaliation", "retaliations by Ukraine", ""),
    Told("cases", "cases", ""),
    Told("tiers_called", "tiers called", ""),
    Told("deadlines_met", "deadlines met", ""),
    Told("deadlines_missed", "deadlines missed (also where it came later)", ""),
    Told("false_responses", "cases against a party that did not do it", ""),
    Told("wrong_attributions", "wrong attributions", ""),
    Told("exchanges", "exchanges of fire with responders", ""),
    Told("war_risk", "chances that one of them became direct war, summed", ""),
    Told("outage_hours", "infrastructure outage", "h"),
    Told("ground_km2", "ground lost", "km2"),
    Told("responder_cost", "cost to responders", "effort (1 = a delivery of military support)"),
)
"""The outcomes that are told, in order; the first is how it ended."""


def cell(value: object) -> str:
    """A value of an outcome as it is told."""
    return f"{value:.2f}" if isinstance(value, float) else str(value).replace("_", " ")
