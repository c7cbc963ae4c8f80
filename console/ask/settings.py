"""What the tab "Ask" lets a visitor change: the main parameters as sliders, any other by its key."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from console.choice import Choice
from environment import frameworks
from environment.errors import BadInput
from environment.parameters import Spec, Value, check, schema

SLIDERS: Mapping[str, tuple[str, ...]] = {
    "Reliability": ("reliability.tier_1", "reliability.tier_2", "reliability.tier_3", "beliefs.credibility"),
    "Speed and verification": (
        "verification.delay_hours",
        "verification.quality",
        "monitoring.jamming_probability",
        "response.preagreed_mean_hours",
    ),
    "Cohesion and the United States": (
        "cohesion.solidarity",
        "cohesion.will",
        "cohesion.fatigue_per_delivery",
        "us.conditional_backing",
    ),
    "Stakes and risk": (
        "payoff.peace_russia",
        "choice.precision_russia",
        "war.per_exchange",
        "endings.collapse_hours",
    ),
}
"""The sliders by heading; each shows its evidence range, and any other key can be set in words."""
PICKED = ("rules.russia", "rules.ukraine", "us.initial_stance")
"""Choices that are picked from a list."""
STEPS = 200
BEYOND = 2.0  # a slider without a near bound reaches this many times the upper end of its evidence


def slider(spec: Spec, value: float) -> dict[str, Any]:
    """A slider for a parameter: bounds, step, evidence range and help.

    Parameters
    ----------
    spec
        The parameter.
    value
        Its present value; the slider reaches it wherever it is.
    """
    high = spec.high if spec.high is not None else spec.max
    low = spec.low if spec.low is not None else spec.min
    whole = spec.max - spec.min <= 1.0  # a probability or a share is shown in full
    least = min(spec.min if whole or spec.min == 0.0 else max(spec.min, low / BEYOND), value)
    most = max(spec.max if whole else min(spec.max, high * BEYOND), value)
    step = 1.0 if isinstance(spec.value, int) else _step(most - least)
    return {
        "name": spec.key.replace(".", "-"),
        "label": spec.meaning,
        "value": value,
        "least": least,
        "most": most,
        "step": step,
        "low": spec.low,
        "high": spec.high,
        "unit": spec.unit,
        "help": f"{spec.key}; default {spec.value:g}; {spec.status}; {spec.source}",
    }


def _step(width: float) -> float:
    """A round step, 200 to 2,000 of them to the width."""
    return float(10.0 ** math.floor(math.log10(width / STEPS)))


def value_of(choice: Choice, key: str) -> Value:
    """The present value of a parameter."""
    return choice.resolved.values[key]


def with_value(choice: Choice, key: str, given: object) -> Choice:
    """A choice with one value set; a value at what it would be anyway is left out of the settings.

    Raises
    ------
    BadInput
        No such key, or a value that is not allowed.
    """
    settings = {k: v for k, v in choice.settings.items() if k != key}
    plain = dataclasses.replace(choice, settings=settings)
    if key.startswith("framework."):
        return _with_clause(choice, plain, key, given)
    keys = [k for k in schema() if k.startswith("reliability.")] if key == "reliability" else [key]
    values = {each: check(each, given, "the page") for each in keys}
    usual = plain.resolved.values
    settings |= {each: value for each, value in values.items() if value != usual[each]}
    return dataclasses.replace(choice, settings=settings)


def _with_clause(choice: Choice, plain: Choice, key: str, given: object) -> Choice:
    if choice.text:
        raise BadInput(key, given, "a change in the framework's text, which is your own")
    if key.removeprefix("framework.") not in frameworks.schema():
        raise BadInput(key, given, "a key of a framework, e.g. framework.tier_2.deadline_hours")
    settings = {**plain.settings, key: given}
    changed = dataclasses.replace(choice, settings=settings)  # type: ignore[arg-type]
    _ = changed.resolved
    return changed


def parsed(text: str) -> tuple[str, str]:
    """Key and value of ``KEY=VALUE``.

    Raises
    ------
    BadInput
        No equals sign, or nothing before it.
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise BadInput("setting", text, "KEY=VALUE, e.g. verification.delay_hours=6")
    return key.strip(), value.strip()
