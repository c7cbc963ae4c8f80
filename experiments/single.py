"""One run, by the Mesa engine."""

from __future__ import annotations

from environment.kernel import rules_digest
from environment.outcomes import Outcome, Totals, outcome_row
from environment.rules.draws import DAY
from experiments.compose import compose
from experiments.scenario import Scenario, resolve


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


def outcome_names() -> tuple[str, ...]:
    """Names of the outcomes that are numbers: those an effect can be computed for."""
    row = outcome_row(resolve().world, Totals(), 0, DAY)
    return tuple(name for name, value in row.items() if not isinstance(value, str))
