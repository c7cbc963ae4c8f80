"""R_k: the probability that each tier's required strength arrives in time, computed at the start (R16)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.reference import reference_backing, reference_departures
from agents.rules.strength import reaches, strength_distribution
from environment.rules.tiers import commitment_probability
from environment.world import AUTOMATIC, LEAD, QUORUM, RUSSIA, World

RAMP_STEPS = 20
"""R_k is tabulated at this many steps of the share of the force that is deployed."""


class TierProbabilities(NamedTuple):
    """R_k by tier, and by share of the force deployed."""

    full: tuple[float, ...]
    by_ramp: tuple[tuple[float, ...], ...]

    def at(self, tier: int, ramp: float) -> float:
        """R_k at a share of the force deployed (0 to 1), interpolated between the steps."""
        step = min(int(ramp * RAMP_STEPS), RAMP_STEPS - 1)
        below, above = self.by_ramp[tier][step], self.by_ramp[tier][step + 1]
        return below + (above - below) * (ramp * RAMP_STEPS - step)


def in_time(world: World, tier: int, state: int) -> float:
    """Probability that a state's response arrives by the tier's deadline if it is sent when the tier opens.

    In time means within the time that the framework allows between opening and deadline: the event that
    beliefs learn from too. When the breach is confirmed at all is another matter, which the ladder has apart.
    """
    tiers = world.tiers
    window = (tiers.deadline[tier] - tiers.opens[tier]) / 3_600_000
    least, mean = world.delay(tier, state)
    if window < least:
        return 0.0
    return 1.0 if mean == 0.0 else -math.expm1(-(window - least) / mean)


CERTAIN = 1e9
"""Log-odds that make a decision certain either way (short of r = 0 and r = 1, which no shift moves)."""


def distribution(
    world: World, tier: int, side: int = RUSSIA, first: tuple[float, float] | None = None
) -> NDArray[np.float64]:
    """Distribution of the weight that arrives in time at a tier, at the reference case and full deployment.

    Parameters
    ----------
    world
        The compiled scenario.
    tier
        0 for the first.
    side
        The bound party.
    first
        Log-odds added to the first state's decision, and probability that its response arrives in time, to
        condition on what it does; None leaves both as they are.

    Returns
    -------
    array
        Probability of each weight, 0 to the called weight (points).
    """
    p, tiers = world.p, world.tiers
    called = tiers.called[side][tier]
    automatic = tiers.decision[tier] == AUTOMATIC
    departures = reference_departures()
    shifts = [0.0 if automatic else _shift(world, *departures[i]) for i in called]
    arrive = [in_time(world, tier, i) for i in called]
    if first:
        shifts[0], arrive[0] = first
    found: NDArray[np.float64] = strength_distribution(
        world.reliability[tier],
        np.array([world.weight[i] for i in called], dtype=np.int64),
        np.array(shifts),
        np.array(arrive),
        0.0 if automatic else p.cohesion_solidarity,
        bool(tiers.decision[tier] == LEAD),
        float(tiers.quorum[tier]) if tiers.decision[tier] == QUORUM else 0.0,
    )
    return found


def _shift(world: World, will: float, exposure: float) -> float:
    return float(world.p.cohesion_will * will - world.p.cohesion_exposure * exposure)


def _arrivals(world: World, tier: int, side: int) -> list[tuple[float, float, NDArray[np.float64]]]:
    """What can arrive, as a mixture: its probability, the US's own weight, the distribution of the others'.

    Without US backing at the start the others lack its logistics and the US does not, so its weight has to
    be told apart; with backing nothing does.
    """
    called = world.tiers.called[side][tier]
    if world.usa not in called or _logistics(world) == 1.0:
        return [(1.0, 0.0, distribution(world, tier, side))]
    r, weight = world.reliability[tier], float(world.weight[world.usa])
    goes = float(commitment_probability(r, 0.0))
    arrives = in_time(world, tier, world.usa)
    with_it = distribution(world, tier, side, (CERTAIN, 0.0))
    without = distribution(world, tier, side, (-CERTAIN, 0.0))
    return [
        (goes * arrives, weight, with_it),
        (goes * (1.0 - arrives), 0.0, with_it),
        (1.0 - goes, 0.0, without),
    ]


def _logistics(world: World) -> float:
    """Factor on the strength of states other than the US and Ukraine, at the start."""
    return 1.0 if reference_backing(world.p, world.us_backs) > 0.0 else float(world.p.response_without_us)


def tier_probabilities(world: World, side: int = RUSSIA) -> TierProbabilities:
    """R_k of every tier, exactly, with the case, backing and fatigue at their reference.

    Parameters
    ----------
    world
        The compiled scenario.
    side
        The bound party against whom the tiers are called.
    """
    by_ramp = tuple(_by_ramp(world, k, side) for k in range(world.tiers.size))
    return TierProbabilities(tuple(steps[-1] for steps in by_ramp), by_ramp)


def _by_ramp(world: World, tier: int, side: int) -> tuple[float, ...]:
    """R_k by step of the share of the force deployed."""
    required = world.tiers.required[tier] * world.tiers.weight[side][tier]
    waits = world.tiers.deployed[tier]
    own = world.tiers.called[side][tier] == (world.ukraine_state,)
    factor = 1.0 if own else _logistics(world)
    parts = _arrivals(world, tier, side)
    found = []
    for step in range(RAMP_STEPS + 1):
        ramp = 1.0 - waits + waits * step / RAMP_STEPS
        odds = [share * reaches(others, factor * ramp, required - us * ramp) for share, us, others in parts]
        found.append(float(sum(odds)))
    return tuple(found)
