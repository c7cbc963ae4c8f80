"""R16: R_k, the exact distribution of the strength that a tier delivers in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from environment.kernel import rule
from environment.rules.tiers import commitment_probability

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@rule("R16")
def strength_distribution(
    r: float, weights: Ints, shifts: Floats, in_time: Floats, solidarity: float, lead: bool, quorum: float
) -> Floats:
    """Distribution of the weight that has arrived by the deadline, states deciding in order.

    Exact dynamic programme over (weight committed, weight arrived); with `solidarity` 0 it is the
    convolution of independent states (Poisson-binomial by weight).

    Parameters
    ----------
    r : float
        Individual reliability at the tier.
    weights : array of n
        Weight of each called state in order, points.
    shifts : array of n
        Each state's departure from the reference state, log-odds, solidarity left out.
    in_time : array of n
        Probability that its response arrives by the deadline if it is sent.
    solidarity : float
        Coefficient of the share committed beyond what was expected.
    lead : bool
        Whether nobody acts unless the first does.
    quorum : float
        Share of called weight that must commit for anyone to act; 0 where there is none.

    Returns
    -------
    array of total weight + 1
        Probability of each arrived weight.
    """
    n = len(weights)
    total = 0
    for i in range(n):
        total += weights[i]
    now = np.zeros((total + 1, total + 1))
    now[0, 0] = 1.0
    reached = 0
    for i in range(n):
        w = weights[i]
        following = np.zeros((total + 1, total + 1))
        for c in range(reached + 1):
            expected = r * reached
            if lead and i > 0:
                expected = weights[0] + r * (reached - weights[0])
            shift = shifts[i] + solidarity * (c - expected) / total
            p = commitment_probability(r, shift)
            if lead and i > 0 and c == 0:
                p = 0.0
            for a in range(c + 1):
                mass = now[c, a]
                if mass == 0.0:
                    continue
                following[c, a] += mass * (1.0 - p)
                following[c + w, a + w] += mass * p * in_time[i]
                following[c + w, a] += mass * p * (1.0 - in_time[i])
        now = following
        reached += w
    out = np.zeros(total + 1)
    for c in range(total + 1):
        acts = quorum <= 0.0 or c >= quorum * total - 1e-9
        for a in range(c + 1):
            if acts:
                out[a] += now[c, a]
            else:
                out[0] += now[c, a]
    return out


@rule("R16")
def reaches(distribution: Floats, factor: float, required: float) -> float:
    """Probability that arrived weight times `factor` reaches the required strength (same slack as R15)."""
    total = 0.0
    for a in range(len(distribution)):
        if a * factor >= required - 1e-9:
            total += distribution[a]
    return min(1.0, total)
