"""R_k of a scenario's tiers, computed once for whoever needs it."""

from __future__ import annotations

from agents.reliability import TierProbabilities, tier_probabilities
from environment.world import RUSSIA, UKRAINE
from experiments.scenario import Scenario

_PROMISED: dict[str, tuple[TierProbabilities, TierProbabilities]] = {}


def promised(scenario: Scenario) -> tuple[TierProbabilities, TierProbabilities]:
    """R_k of every tier against Russia and against Ukraine, computed once a scenario."""
    key = scenario.digest()
    if key not in _PROMISED:
        _PROMISED.clear()
        _PROMISED[key] = (
            tier_probabilities(scenario.world, RUSSIA),
            tier_probabilities(scenario.world, UKRAINE),
        )
    return _PROMISED[key]
