"""R_k: the probability that each tier's required strength arrives in time, computed at the start (R16)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from agents.coalition import reference_departures
from agents.rules.strength import reaches, strength_distribution
from environment.world import AUTOMATIC, LEAD, QUORUM, RUSSIA, World

RAMP_STEPS = 20
"""R_k is tabulated at this many steps of the share of the force that is deployed."""


class TierProbabilities(NamedTuple):
    """R_k by tier, and by share of the force deployed."""

    full: tuple[float, ...]
    by_ramp: tuple[tuple[float, ...], ...]

    def at(self, tier: int, ramp: float) -> float:
        """R_k at a share of the force deployed (0 to 1), by the step below it."""
        return self.by_ramp[tier][int(ramp * RAMP_STEPS + 1e-9)]


def in_time(world: World, tier: int, state: int) -> float:
    """Probability that a state's response arrives by the tier's deadline if it is sent when the tier opens.

    A tier opens at its hour, or when verification is expected if that is later.
    """
    p, tiers = world.p, world.tiers
    verified = p.verification_delay_hours + world.dispute * world.dispute_hours
    window = tiers.deadline[tier] / 3_600_000 - max(tiers.opens[tier] / 3_600_000, verified)
    if state == world.ukraine_state:
        least, mean = p.response_local_minimum_hours, p.response_local_mean_hours
    elif tiers.preagreed[tier]:
        least, mean = p.response_preagreed_minimum_hours, p.response_preagreed_mean_hours
    else:
        least, mean = p.response_adhoc_minimum_hours, p.response_adhoc_mean_hours
    if window < least:
        return 0.0
    return 1.0 if mean == 0.0 else -math.expm1(-(window - least) / mean)


def distribution(world: World, tier: int, side: int = RUSSIA) -> np.ndarray:
    """Distribution of the weight that arrives in time at a tier, at the reference case and full deployment.

    Returns
    -------
    array
        Probability of each weight, 0 to the called weight (points).
    """
    p, tiers = world.p, world.tiers
    called = tiers.called[side][tier]
    departures = reference_departures()
    shifts = [p.cohesion_will * departures[i][0] - p.cohesion_exposure * departures[i][1] for i in called]
    automatic = tiers.decision[tier] == AUTOMATIC
    return strength_distribution(
        world.reliability[tier],
        np.array([world.weight[i] for i in called], dtype=np.int64),
        np.zeros(len(called)) if automatic else np.array(shifts),
        np.array([in_time(world, tier, i) for i in called]),
        0.0 if automatic else p.cohesion_solidarity,
        bool(tiers.decision[tier] == LEAD),
        float(tiers.quorum[tier]) if tiers.decision[tier] == QUORUM else 0.0,
    )


def tier_probabilities(world: World, side: int = RUSSIA) -> TierProbabilities:
    """R_k of every tier, exactly, with the case, backing and fatigue at their reference.

    Parameters
    ----------
    world
        The compiled scenario.
    side
        The bound party against whom the tiers are called.
    """
    tables = []
    for k in range(world.tiers.size):
        arrived = distribution(world, k, side)
        required = float(world.tiers.required[k]) * (len(arrived) - 1)
        waits = float(world.tiers.deployed[k])
        tables.append(
            tuple(
                float(reaches(arrived, 1.0 - waits + waits * step / RAMP_STEPS, required))
                for step in range(RAMP_STEPS + 1)
            )
        )
    return TierProbabilities(tuple(t[-1] for t in tables), tuple(tables))
