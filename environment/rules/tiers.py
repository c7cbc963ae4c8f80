"""R12-R18: the tiers: when they open, who honours a promise, what arrives, and what it does."""

from __future__ import annotations

import math

from environment.kernel import rule

BREACH, PERSIST, EXPANDED = 0, 1, 2
"""Triggers of a tier."""


@rule("R12")
def trigger_holds(trigger: int, active: bool, assessed_level: int) -> bool:
    """Whether a tier's trigger holds, read from the evidence ledger.

    Parameters
    ----------
    trigger : int
        ``BREACH`` (confirmed, which a case implies), ``PERSIST`` (hostilities go on) or ``EXPANDED``
        (an expanded attack goes on).
    active : bool
        Whether the ledger says that hostilities go on.
    assessed_level : int
        Highest level that the ledger says goes on, 0 to 5.
    """
    if trigger == BREACH:
        return True
    if trigger == PERSIST:
        return active
    return active and assessed_level >= 5


@rule("R12")
def tier_time(origin: int, hours: int) -> int:
    """Instant at which a tier may open, or falls due: the initial breach and the stated hours (ms).

    This is the 24-hour and the 72-hour rule: integer arithmetic, so 24 h is exact.
    """
    return origin + hours


@rule("R13")
def logit(p: float) -> float:
    """Log-odds; minus and plus infinity at 0 and 1."""
    return math.log(p / (1.0 - p))


@rule("R13")
def commitment_probability(reliability: float, shift: float) -> float:
    """Probability that a state honours its commitment.

    Parameters
    ----------
    reliability : float
        r, the probability at the reference state, 0 to 1.
    shift : float
        Sum of all departures from the reference state on the log-odds scale (finite).

    Returns
    -------
    float
        Exactly 0 at r = 0, exactly 1 at r = 1, r at shift 0.
    """
    odds = logit(reliability) + shift
    if shift == 0.0:
        return reliability
    return 1.0 / (1.0 + math.exp(-odds))


@rule("R13")
def commitment_shift(
    will: float,
    solidarity: float,
    share: float,
    expected_share: float,
    backing: float,
    severity: float,
    record: float,
    exposure: float,
    fatigue: float,
    doubt: float,
) -> float:
    """Departure from the reference state on the log-odds scale; every term is centred on it.

    Parameters
    ----------
    will, backing, severity, record, exposure, fatigue, doubt : float
        Terms already multiplied by their coefficients; exposure, fatigue and doubt count against.
    solidarity : float
        Coefficient of the share of called weight committed so far.
    share, expected_share : float
        That share, and its expected value at r for that place in the order.
    """
    return (
        will
        + solidarity * (share - expected_share)
        + backing
        + severity
        + record
        - exposure
        - fatigue
        - doubt
    )


@rule("R14")
def response_delay(minimum: float, mean: float, u: float) -> float:
    """Hours from a decision to arrival: a minimum and an exponential part."""
    return minimum - mean * math.log1p(-u)


@rule("R15")
def deployed_share(elapsed_days: float, half_life: float) -> float:
    """Share of the force that has been deployed since the framework entered into force.

    Parameters
    ----------
    elapsed_days : float
        Days since entry; negative before it.
    half_life : float
        Days until half of it is there; 0 means in place from the start.
    """
    if elapsed_days < 0.0:
        return 0.0
    if half_life <= 0.0:
        return 1.0
    return -math.expm1(-math.log(2.0) * elapsed_days / half_life)


@rule("R15")
def contribution(weight: float, deployed: float, logistics: float, effort: float) -> float:
    """Strength that a state brings: weight, limited by deployment, logistics and its own effort."""
    return weight * deployed * logistics * effort


@rule("R15")
def is_delivered(arrived: float, called: float, required: float) -> bool:
    """Whether the strength that has arrived reaches the required share of the called weight."""
    return arrived >= required * called - 1e-9


@rule("R17")
def halting_rate(base: float, capacity: float, denial: float, resistance: float) -> float:
    """Hazard that a violation is halted, per hour.

    Parameters
    ----------
    base : float
        From the other side's ordinary return fire, per hour at resistance 1.
    capacity : float
        Halting capacity of the sector, relative to 1.
    denial : float
        From measures in force, per hour at resistance 1.
    resistance : float
        Of the level to being halted, above 0.
    """
    return (base * capacity + denial) / resistance


@rule("R17")
def halting_wait(need: float, gathered: float, rate: float) -> float:
    """Hours until the integrated hazard reaches the violation's unit exponential; infinite at rate 0."""
    if rate <= 0.0:
        return math.inf
    return max(0.0, need - gathered) / rate


@rule("R18")
def war_probability(per_exchange: float, weight: float, strength: float, level_factor: float) -> float:
    """Chance that one kinetic exchange becomes direct war.

    Parameters
    ----------
    per_exchange : float
        Base chance per exchanged use of force (evidence .02 to .09).
    weight : float
        Of the measures in force.
    strength : float
        Share of the called strength that is engaged, 0 to 1.
    level_factor : float
        Severity of the violation that is being answered, 0 to 1.
    """
    return min(1.0, per_exchange * weight * strength * level_factor)


@rule("R18")
def war_hazard(chance: float) -> float:
    """What an exchange adds to the integrated hazard of direct war; infinite at chance 1."""
    return -math.log1p(-chance)


@rule("R18")
def war_breaks_out(gathered: float, need: float) -> bool:
    """Whether the hazard integrated over a run's exchanges has reached the run's one unit exponential.

    Each exchange still becomes war with its own chance, independently of the others; with one exponential a
    run, a setting that runs more risk has its war no later.
    """
    return gathered > 0.0 and gathered >= need
