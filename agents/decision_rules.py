"""The shipped decision rules of a leadership, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

TYPES = ("cautious", "hawkish")
"""The two types that a party may be where types have a prior."""


class DecisionRule(NamedTuple):
    """How a leadership turns values into a choice; see decision_rules.toml for the meaning of each."""

    precision: float
    loss_aversion: float
    curvature: float
    weighting: float
    cost_scale: float
    gain_scale: float


@cache
def decision_rules() -> Mapping[str, DecisionRule]:
    """Every shipped decision rule by name."""
    with (Path(__file__).parent / "decision_rules.toml").open("rb") as file:
        table = tomllib.load(file)
    return {name: DecisionRule(*(float(row[f]) for f in DecisionRule._fields)) for name, row in table.items()}


def classify(rule: DecisionRule) -> dict[str, bool | str]:
    """What kind of chooser a rule is, by the literature's terms (a test holds every rule to it).

    Parameters
    ----------
    rule
        The rule.

    Returns
    -------
    dict
        ``stochastic`` (chooses the worse option at times), ``reference_dependent`` (losses loom larger
        than gains), ``weighs_probabilities`` (small probabilities count for more), ``leaning``
        (cautious, neutral or hawkish).
    """
    ratio = rule.gain_scale / rule.cost_scale
    return {
        "stochastic": rule.precision != float("inf"),
        "reference_dependent": rule.loss_aversion > 1.0,
        "weighs_probabilities": rule.weighting < 1.0,
        "leaning": "neutral" if ratio == 1.0 else "cautious" if ratio < 1.0 else "hawkish",
    }
