"""R16, R20, R21, R29, R32: choosing (quantal response, prospect theory), learning, giving up, replying."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from environment.kernel import rule

type Floats = NDArray[np.float64]


@rule("R20")
def subjective(value: float, curvature: float, loss_aversion: float) -> float:
    """Value of a prospect relative to the status quo (Tversky and Kahneman 1992).

    Parameters
    ----------
    curvature : float
        Exponent, above 0; 1 is linear.
    loss_aversion : float
        Factor on losses; 1 is none.
    """
    if curvature == 1.0 and loss_aversion == 1.0:
        return value
    if value >= 0.0:
        return math.exp(curvature * math.log(value)) if value > 0.0 else 0.0
    if value == -math.inf:
        return value
    return -loss_aversion * math.exp(curvature * math.log(-value))


@rule("R20")
def weighted(p: float, gamma: float) -> float:
    """Decision weight of a probability (Tversky and Kahneman 1992); gamma 1 is none, 0 and 1 stay."""
    if gamma == 1.0 or p <= 0.0 or p >= 1.0:
        return p
    up = math.exp(gamma * math.log(p))
    down = math.exp(gamma * math.log1p(-p))
    return up / math.exp(math.log(up + down) / gamma)


@rule("R20")
def quantal_choice(values: Floats, count: int, precision: float, u: float) -> int:
    """Choose an option by quantal response (logit): P proportional to exp(precision x value).

    Parameters
    ----------
    values : array
        Value of each option; minus infinity forbids one.
    count : int
        Number of options.
    precision : float
        0 is blind chance, infinity is rational (the first of the best).
    u : float
        Uniform in [0, 1).

    Returns
    -------
    int
        Index of the option chosen.

    Source: McKelvey and Palfrey (1995).
    """
    best = 0
    for i in range(1, count):
        if values[i] > values[best]:
            best = i
    if precision == math.inf:
        return best
    total = 0.0
    for i in range(count):
        if values[i] > -math.inf:
            total += math.exp(precision * (values[i] - values[best]))
    running = 0.0
    for i in range(count):
        if values[i] > -math.inf:
            running += math.exp(precision * (values[i] - values[best]))
            if u * total < running:
                return i
    return best


@rule("R20")
def quantal_yes(advantage: float, precision: float, u: float) -> bool:
    """Whether one of two options is chosen by quantal response, given its advantage over the other."""
    if precision == math.inf:
        return advantage > 0.0
    return u < 1.0 / (1.0 + math.exp(-precision * advantage))


@rule("R21")
def forget(count: float, prior: float, half_life: float, elapsed_days: float) -> float:
    """A Beta count that fades back to its prior: prior + (count - prior) 2^(-t / half-life).

    Parameters
    ----------
    count, prior : float
        Current and prior pseudo-count.
    half_life : float
        Days; infinity never forgets.
    elapsed_days : float
        Days since the count was last brought up to date.
    """
    if half_life == math.inf:
        return count
    return prior + (count - prior) * math.exp(-math.log(2.0) * elapsed_days / half_life)


@rule("R21")
def belief_mean(a: float, b: float) -> float:
    """Mean of a Beta belief; a mean of 0 or 1 is a point mass and stays."""
    if a <= 0.0:
        return 0.0
    if b <= 0.0:
        return 1.0
    return a / (a + b)


@rule("R21")
def belief_after(count: float, other: float, seen: float) -> float:
    """A Beta count after an observation: plus one where it speaks for it, unless a point mass."""
    if count <= 0.0 or other <= 0.0:
        return count
    return count + seen


@rule("R16")
def deliverable(belief: float, ramp_now: float, ramp_full: float) -> float:
    """Believed probability of delivery, given how much of the force is there.

    Parameters
    ----------
    belief : float
        Belief about the tier at full deployment.
    ramp_now, ramp_full : float
        Computed probability R_k at the present and at full deployment.
    """
    if ramp_full <= 0.0:
        return 0.0
    return belief * min(1.0, ramp_now / ramp_full)


@rule("R29")
def abrogation_advantage_russia(war_value: float, readiness: float, deterrent: float, peace: float) -> float:
    """What Russia gains by giving the cease-fire up: war at its readiness, less what would answer it, less peace.

    Parameters
    ----------
    war_value : float
        Worth of open war at full readiness, units of utility.
    readiness : float
        0 to 1.
    deterrent : float
        Believed cost of the whole ladder, units of utility.
    peace : float
        Worth of the peace, units of utility.
    """
    return war_value * readiness - deterrent - peace


@rule("R29")
def abrogation_advantage_ukraine(grievance: float, unanswered: float, partners: float, peace: float) -> float:
    """What Ukraine gains by giving the cease-fire up: relief from violence it expects to go unanswered, less peace.

    Parameters
    ----------
    grievance : float
        Worth of relief per day of the whole line under attack, units of utility.
    unanswered : float
        Recent violence from Russia that no partner answered, line-days.
    partners : float
        Belief that partners will answer, 0 to 1.
    peace : float
        Worth of the peace to Ukraine, units of utility.
    """
    return grievance * unanswered * (1.0 - partners) - peace


@rule("R32")
def reply_advantage(
    relief: float, severity: float, standing: float, partners: float, restraint: float
) -> float:
    """What Ukraine gains by retaliating beyond return fire over holding and reporting.

    Parameters
    ----------
    relief : float
        Worth of retaliation at severity 1, units of utility.
    severity : float
        Assessed severity of the violation, 0 to 1.
    standing : float
        Cost in standing with its partners, units of utility.
    partners : float
        Belief that partners will answer, 0 to 1.
    restraint : float
        Worth of leaving the answer to partners who come, units of utility.
    """
    return relief * severity - standing - restraint * partners
