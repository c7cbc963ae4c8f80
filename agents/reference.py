"""The reference state of the coalition: what each state's will, exposure and US backing are measured from.

Apart from the agents, because the compiled engine and the computed probabilities need it and Mesa is slow to load.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from environment import tables

DAYS_IN_MONTH = 30.4375


def reference_backing(p: Any, us_backs: bool) -> float:
    """US backing at the start with Ukraine in good standing: the reference of the backing term."""
    if not us_backs:
        return 0.0
    at_start = {"disengaged": 0.0, "conditional": p.us_conditional_backing, "committed": 1.0}
    return float(at_start[p.us_initial_stance])


def reference_stance(p: Any) -> float:
    """Effect of the US's own stance at the start: the reference of its term in place of the backing term."""
    at_start = {"disengaged": -1.0, "conditional": 0.0, "committed": 1.0}
    return float(at_start[p.us_initial_stance] * p.us_stance_effect)


@cache
def reference_departures() -> tuple[tuple[float, float], ...]:
    """Each state's will and exposure less the coalition's weighted means; 0 for the US and Ukraine."""
    table = tables.states()
    coalition = [s for s in table if s.group == "coalition"]
    weight = float(sum(s.weight for s in coalition))
    will = sum(s.weight * s.will for s in coalition) / weight
    exposure = sum(s.weight * s.exposure for s in coalition) / weight
    return tuple(
        (s.will - will, s.exposure - exposure) if s.group == "coalition" else (0.0, 0.0) for s in table
    )
