"""The parameters of the talks: their schema, and the values of one setting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from environment.errors import BadInput
from environment.parameters import Spec, Value, check, read_specs
from environment.talks.packages import ALL, OPEN, PARTIES, allowed, issues, red_lines

DRAWN = (
    "weight.",
    "stakes.",
    "red_line.",
    "forecast.years",
    "forecast.tempo",
    "forecast.shift",
    "forecast.optimism",
)
"""What is drawn from its range, run by run: keys, and groups of them, which end with a dot."""
LARGEST_STAKE = 1000.0
"""War-years; no stake is anywhere near it."""


@cache
def schema() -> Mapping[str, Spec]:
    """All parameters of the talks by dotted key, stakes and red lines included."""
    specs = read_specs("talks.toml")
    for issue in issues():
        key = f"table.{issue.name}"
        names = ", ".join(option.name for option in issue.options)
        meaning = (
            f"options of '{issue.title}' that may be agreed: {ALL}, or out of {names}, with | between them"
        )
        specs[key] = Spec(key, ALL, "options", "assumed", "judgement", meaning)
        for option in issue.options:
            for party in PARTIES:
                low, mode, high = option.worth.get(party, (0.0, 0.0, 0.0))
                key = f"stakes.{issue.name}.{option.name}.{party.lower()}"
                meaning = f"what '{option.label}' is worth by itself to {_the(party)}"
                specs[key] = _stake(key, (low, mode, high), meaning, "assumed", "judgement; swept")
    for line in red_lines():
        key = f"red_line.{line.name}"
        meaning = f"what it costs {_the(line.party)} that '{line.said}' is crossed"
        specs[key] = _stake(key, line.cost, meaning, "assumed", f"range: judgement; said: {line.source}")
    return specs


def _the(party: str) -> str:
    return f"the {party}" if party == "US" else party


def _stake(key: str, worth: tuple[float, float, float], meaning: str, status: str, source: str) -> Spec:
    low, mode, high = worth
    return Spec(
        key, float(mode), "war-years", status, source, meaning,
        min=-LARGEST_STAKE, max=LARGEST_STAKE, low=float(low), high=float(high),
    )  # fmt: skip


def is_drawn(key: str) -> bool:
    """Whether a parameter is uncertain: drawn from its range where it is not set."""
    spec = schema()[key]
    named = any(key.startswith(entry) if entry.endswith(".") else key == entry for entry in DRAWN)
    return named and spec.low is not None and spec.low != spec.high


def values(settings: Mapping[str, Any], where: str | None = None) -> dict[str, Value]:
    """Every parameter's value: what is set, and defaults.

    Raises
    ------
    BadInput
        Unknown key, wrong type or out of bounds.
    """
    specs = schema()
    for key, value in settings.items():
        on_the_table = key == OPEN or (key.startswith("table.") and key in specs)
        if on_the_table and isinstance(value, str) and not value.strip():
            raise BadInput(key, value, allowed(key), where=where)
    given = {key: check(key, value, where, specs) for key, value in settings.items()}
    return {key: spec.value for key, spec in specs.items()} | given
