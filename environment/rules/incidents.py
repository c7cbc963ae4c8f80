"""R02-R06, R30, R35: where violations come from and what they cost: opportunities, background, false reports."""

from __future__ import annotations

import math

from environment.kernel import rule
from environment.rules.draws import BACKGROUND, poisson, words

RUSSIA_MAJORANT, UKRAINE_MAJORANT = 0.20, 0.08
"""Schema constants, per sector and day: no opportunity rate of a side may exceed its own; the stream of
arrivals has this rate and is thinned, so that no setting moves an arrival."""


@rule("R02")
def opportunity_rate(
    base: float, salience: float, force: float, readiness: float, floor: float, majorant: float
) -> float:
    """Rate at which a side meets an opportunity in a sector.

    Parameters
    ----------
    base : float
        Rate at average salience, even forces and full readiness, per day.
    salience, force : float
        Relative salience of the sector and square root of the side's local force ratio.
    readiness : float
        Readiness of the side, 0 to 1.
    floor : float
        Share of the rate that remains at readiness 0.
    majorant : float
        The side's schema constant, per day.

    Returns
    -------
    float
        Rate per day, never above the majorant.
    """
    rate = base * salience * force * (floor + (1.0 - floor) * readiness)
    return min(rate, majorant)


@rule("R02")
def opportunity_accepted(rate: float, majorant: float, u: float) -> bool:
    """Whether an arrival of the majorant stream is an opportunity (thinning, Lewis and Shedler 1979)."""
    return u * majorant < rate


@rule("R03")
def opportunity_value(salience: float, force: float, sigma: float, z: float) -> float:
    """Value m of an opportunity: log-normal, scaled by salience and local superiority.

    Parameters
    ----------
    sigma : float
        Standard deviation of log m.
    z : float
        Standard normal draw.
    """
    return salience * force * math.exp(sigma * z - 0.5 * sigma * sigma)


@rule("R04")
def background_mean(base: float, share: float, tension: float, restraint: float) -> float:
    """Mean number of unauthorised events a day of one side in one sector.

    Parameters
    ----------
    base : float
        Events a day of the side along the whole line at tension 1 and no restraint.
    share : float
        The sector's share of them.
    tension : float
        Tension along the line, 0 to 4.
    restraint : float
        Share of the fire that the truce suppresses, 0 to 1.
    """
    return base * share * tension * (1.0 - restraint)


@rule("R04")
def word_uniform(word: int) -> float:
    """Uniform in (0, 1) from one 32-bit word."""
    return (word + 0.5) / 4294967296.0


@rule("R04")
def seen_of(events: int, seen: float, u: float) -> int:
    """Number of events that monitors see: a binomial count from one uniform, by sequential inversion.

    The count never falls when `seen` or `events` rises and the uniform stays, so better monitors see at least
    as much of the same events.

    Parameters
    ----------
    events : int
        Events that happened, 0 and above.
    seen : float
        Probability that an event is seen, 0 to 1.
    u : float
        Uniform in (0, 1).
    """
    if events == 0 or seen <= 0.0:
        return 0
    if seen >= 1.0:
        return events
    rare = min(seen, 1.0 - seen)  # what is missed is counted where most is seen, so that nothing underflows
    left = u if seen == rare else 1.0 - u
    term = 1.0
    for _ in range(events):
        term = term * (1.0 - rare)
    total = term
    count = 0
    while left >= total and count < events:
        count += 1
        term = term * (rare / (1.0 - rare)) * (events - count + 1) / count
        total = total + term
    return count if seen == rare else events - count


@rule("R04")
def background_counts(
    key0: int, key1: int, replication: int, sector: int, day: int, russia: float, ukraine: float, seen: float
) -> tuple[int, int, int, int]:
    """Unauthorised events of one sector and day: Russia's observed and not, Ukraine's observed and not.

    What happens is drawn first, what is seen of it after: better monitors see at least as much of the same events.
    Observed and unobserved counts are independent Poisson counts all the same (thinning).

    Parameters
    ----------
    key0, key1, replication, sector, day : int
        Address of the block of random words that the counts come from.
    russia, ukraine : float
        Mean number of events of each side.
    seen : float
        Share of events that monitors observe, 0 to 1.
    """
    a, b, c, d = words(key0, key1, replication, BACKGROUND, sector, day)
    by_russia, by_ukraine = poisson(russia, word_uniform(a)), poisson(ukraine, word_uniform(b))
    seen_russia = seen_of(by_russia, seen, word_uniform(c))
    seen_ukraine = seen_of(by_ukraine, seen, word_uniform(d))
    return seen_russia, by_russia - seen_russia, seen_ukraine, by_ukraine - seen_ukraine


@rule("R05")
def flares_up(events: int, threshold: int) -> bool:
    """Whether a day's unauthorised fire in a sector grows into a flare-up that leadership must answer."""
    return events >= threshold


@rule("R06")
def violence_rate(share: float, severity_russia: float, severity_ukraine: float, background: float) -> float:
    """Violence a day in a sector: share of the line times severity, at most the share.

    Parameters
    ----------
    share : float
        Share of the contact line, 0 to 1.
    severity_russia, severity_ukraine, background : float
        Severity of each side's violation and of the day's background, 0 to 1.
    """
    return share * min(1.0, severity_russia + severity_ukraine + background)


@rule("R06")
def ground_tempo(median: float, sigma: float, z: float) -> float:
    """Ground taken by an unanswered attack, km2 an hour (log-normal about the median)."""
    return median * math.exp(sigma * z)


@rule("R06")
def pick(cumulative: float, u: float) -> bool:
    """Whether a cumulative share passes a uniform draw (choice from a table in file order)."""
    return u < cumulative


RECOMMITMENT_MAJORANT_PER_YEAR = 12.0
"""Schema constant: rate of the stream from which recommitments are thinned."""


@rule("R30")
def exposure(cost: float, attributability: float, seen: float, attention: float) -> float:
    """What being known as the author of a violation costs, once per case, under every framework.

    Parameters
    ----------
    cost : float
        Of being known, units of utility.
    attributability, seen : float
        How surely the author is known once it is seen, and the believed chance that it is seen, 0 to 1.
    attention : float
        Factor from the attention that a recent truce draws, 1 and above.
    """
    return cost * attributability * seen * attention


@rule("R30")
def climb_cost(
    exposure_before: float, exposure_after: float, forgone_before: float, forgone_after: float
) -> float:
    """What going from one level to a higher one costs at once; exposure that was paid is never given back.

    Parameters
    ----------
    exposure_before, exposure_after : float
        Exposure of the two levels, units of utility.
    forgone_before, forgone_after : float
        What of the peace each forgoes, and what it costs to hit a force on the line, units of utility.
    """
    return max(0.0, exposure_after - exposure_before) + forgone_after - forgone_before


SENSOR, BY_RUSSIA, BY_UKRAINE = 0, 1, 2
"""Where a false report comes from."""


@rule("R35")
def false_report(u: float, accusation: float) -> int:
    """Where a report of something that did not happen comes from: a sensor, or an accusation by a party."""
    if u >= accusation:
        return 0
    if u < 0.5 * accusation:
        return 1
    return 2
