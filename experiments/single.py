"""One run, by the Mesa engine."""

from __future__ import annotations

from environment.kernel import rules_digest
from environment.outcomes import Outcome
from experiments.compose import compose
from experiments.scenario import Scenario


def simulate(scenario: Scenario, seed: int, replication: int) -> dict[str, Outcome]:
    """Run one cease-fire and return its outcomes.

    Parameters
    ----------
    scenario
        The scenario.
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1; equal (seed, replication) share all draws across scenarios.
    """
    return compose(scenario, seed, replication, keep_log=False).run()


def engine_digest() -> str:
    """SHA-256 of all rule sources."""
    return rules_digest()
