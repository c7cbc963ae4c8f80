"""R07-R11: what is seen, how it is verified, to whom it is attributed, and when it is a breach."""

from __future__ import annotations

import math

from environment.kernel import rule

NOTHING, RUSSIA_ORDERED, RUSSIA_UNAUTHORISED, UKRAINE_VIOLATED = 0, 1, 2, 3
"""The categories of the posterior."""

DAWN_HOUR, DUSK_HOUR = 6.0, 18.0


@rule("R07")
def detection_hazard(detectability: float, coverage: float) -> float:
    """Hazard of detection per hour of daylight while hostilities go on.

    Parameters
    ----------
    detectability : float
        Probability that a day of it is seen at full coverage, 0 to 1; 1 gives an infinite hazard.
    coverage : float
        What watches the sector: monitors, less what is jammed, and the parties' own means, 0 to 2.
    """
    if coverage <= 0.0 or detectability <= 0.0:
        return 0.0
    return -math.log1p(-detectability) / 24.0 * coverage


@rule("R07")
def detection_wait(hazard: float, night: float, start_hour: float, window: float, need: float) -> float:
    """Hours until the integrated hazard reaches `need`, within a window of at most a day.

    Parameters
    ----------
    hazard : float
        Hazard per hour by day.
    night : float
        Factor on it between 18 and 6 h, 0 to 1.
    start_hour : float
        Hour of the day at the start, 0 to 24.
    window : float
        Length of the window in hours.
    need : float
        Hazard still to accumulate (a unit exponential at first).

    Returns
    -------
    float
        Hours from the start, or minus the hazard accumulated in the window less one if it is not
        reached (always below zero).
    """
    waited = 0.0
    gathered = 0.0
    hour = start_hour
    while waited < window:
        light = hour >= DAWN_HOUR and hour < DUSK_HOUR
        if hour < DAWN_HOUR:
            edge = DAWN_HOUR
        elif hour < DUSK_HOUR:
            edge = DUSK_HOUR
        else:
            edge = 24.0
        span = min(edge - hour, window - waited)
        rate = hazard
        if not light:
            rate = hazard * night if night > 0.0 else 0.0
        if rate > 0.0 and gathered + rate * span >= need:
            return waited + (need - gathered) / rate
        gathered = gathered + rate * span
        waited = waited + span
        hour = hour + span
        if hour >= 24.0:
            hour = 0.0
    return -1.0 - gathered


@rule("R07")
def assessed_level(level: int, error: float, u: float, highest: int) -> int:
    """Level as the monitors report it: one step off with probability `error`, up or down alike.

    An expanded attack is never mistaken.
    """
    if level >= 5 or u >= error:
        return level
    if u < 0.5 * error:
        return max(1, level - 1)
    return min(highest, level + 1)


@rule("R08")
def verification_delay(mean: float, spread: float, u: float, disputed: bool, dispute_hours: float) -> float:
    """Hours that verification takes: uniform about its mean, longer where disputed.

    Parameters
    ----------
    mean : float
        Mean, hours.
    spread : float
        Half-width of the uniform as a share of the mean, 0 to 1.
    u : float
        Uniform in [0, 1).
    disputed : bool
        Whether the finding is disputed.
    dispute_hours : float
        How much longer a disputed one takes.
    """
    delay = mean * (1.0 - spread + 2.0 * spread * u)
    if disputed:
        delay = delay + dispute_hours
    return delay


@rule("R08")
def signal_accuracy(attributability: float, quality: float) -> float:
    """Probability that a conclusive signal names the true category out of four.

    Parameters
    ----------
    attributability : float
        Of the assessed level, 0 to 1: 0 leaves a guess among four.
    quality : float
        Of the investigators, 0 to 1.
    """
    return 0.25 + 0.75 * attributability * quality


@rule("R08")
def signal_category(truth: int, accuracy: float, u: float) -> int:
    """The category that a signal names: the truth, or one of the other three alike."""
    if u < accuracy:
        return truth
    other = int((u - accuracy) / (1.0 - accuracy) * 3.0)
    other = min(other, 2)
    if other >= truth:
        other = other + 1
    return other


@rule("R09")
def likelihood(category: int, signal: int, accuracy: float) -> float:
    """Probability of a signal given the category (the stated confusion matrix)."""
    if category == signal:
        return accuracy
    return (1.0 - accuracy) / 3.0


@rule("R09")
def bayes(prior: float, likely: float, evidence: float) -> float:
    """Posterior of one category: prior times likelihood over the probability of the signal."""
    if evidence <= 0.0:
        return prior
    return prior * likely / evidence


@rule("R09")
def base_rate(prior: float, strength: float, tally: float, count: float) -> float:
    """Responders' running estimate of a category's base rate: Dirichlet mean."""
    return (prior * strength + tally) / (strength + count)


@rule("R10")
def assessed_severity(incident: float, background: float) -> float:
    """Assessed severity in a sector over 24 h: the incident's and the observed background's, at most 1."""
    return min(1.0, incident + background)


@rule("R10")
def is_material(severity: float, threshold: float) -> bool:
    """Whether assessed severity over 24 h passes the framework's materiality threshold."""
    return severity >= threshold


@rule("R10")
def is_repeated(needed: int, nth_last: int, now: int, window: int) -> bool:
    """Whether the needed number of incidents fell within the window.

    Parameters
    ----------
    needed : int
        Number of incidents that makes a breach; 1 means any.
    nth_last : int
        Time of the (needed-1)-th last incident in ms, negative if there was none.
    now, window : int
        Time and window in ms.
    """
    if needed <= 1:
        return True
    return nth_last >= 0 and now - nth_last <= window


@rule("R11")
def is_confirmed(posterior: float, threshold: float) -> bool:
    """Whether the posterior that the party violated passes the threshold for a confirmed breach."""
    return posterior >= threshold


@rule("R11")
def case_origin(began: int, verified: int, from_breach: bool) -> int:
    """Where a case's clock starts: at the initial breach, or at its verification (ms)."""
    if from_breach:
        return began
    return verified
