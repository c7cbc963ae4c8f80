"""R40-R47: the talks: what the war is expected to bring, what comes after the simulated years, trust."""

from __future__ import annotations

import math

from environment.kernel import rule


@rule("R40")
def triangular(low: float, mode: float, high: float, u: float) -> float:
    """A draw from a triangular distribution by inversion.

    Parameters
    ----------
    low, mode, high : float
        Ordered, low below high.
    u : float
        Uniform in [0, 1).
    """
    cut = (mode - low) / (high - low)
    if u < cut:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


@rule("R41")
def annuity(discount: float, ends: float) -> float:
    """Discounted expected years of a flow of 1 a year that ends at a constant rate.

    Parameters
    ----------
    discount, ends : float
        Per year; their sum above 0.
    """
    return 1.0 / (discount + ends)


@rule("R41")
def war_value(cost: float, ground: float, tempo: float, years: float, discount: float) -> float:
    """What a war is worth that ends at a constant rate: what it costs a year, and ground, until then.

    Parameters
    ----------
    cost : float
        Of a year of it, war-years: 1 for the war as it stands.
    ground : float
        Worth of 1,000 km2, war-years: positive to who takes it, negative to who loses it.
    tempo : float
        Forecast of the ground taken, km2 a day.
    years : float
        Expected time that the war still lasts.
    discount : float
        Per year.

    Returns
    -------
    float
        War-years, against peace along the present line without anything else (attrition forecast).
    """
    flow = -cost + ground * tempo * 365.0 / 1000.0
    return flow / (discount + 1.0 / years)


@rule("R42")
def ground_in_donetsk(taken: float, share: float, left: float) -> float:
    """Ground of Donetsk oblast lost when `taken` km2 are, of which `left` km2 can still be."""
    return min(left, share * taken)


@rule("R43")
def later_weight(discount: float, collapse: float, war: float, years: float) -> float:
    """Discounted expected years of peace within a span, while the peace may end at constant rates.

    Parameters
    ----------
    discount, collapse, war : float
        Per year: discounting, return of the war, direct war.
    years : float
        Length of the span.
    """
    rate = discount + collapse + war
    return -math.expm1(-rate * years) / rate


@rule("R43")
def later_share(discount: float, collapse: float, war: float, years: float) -> float:
    """Discounted chance that the peace lasts to the end of a span."""
    return math.exp(-(discount + collapse + war) * years)


@rule("R43")
def rate_per_year(endings: float, years: float) -> float:
    """Rate of an ending from its count in years at risk; half an ending is added (Jeffreys)."""
    return (endings + 0.5) / max(years, 1.0)


@rule("R44")
def waiting(discount: float, years: float, war_years: float) -> float:
    """What a gain over the war is worth that comes later, as a share of the same gain now.

    War's flows until then are the same on both sides of the difference. What shrinks the gain is discounting, and that
    the war may have ended by itself, in which case there is nothing left to gain.

    Parameters
    ----------
    discount : float
        Per year.
    years : float
        Time until then.
    war_years : float
        Expected time that the war still lasts.
    """
    return math.exp(-(discount + 1.0 / war_years) * years)


@rule("R45")
def believed_delivery(strength: float, promised: float, kept: float, failed: float) -> float:
    """Believed probability that a tier of partners is delivered, after what was seen in earlier truces.

    Parameters
    ----------
    strength : float
        Weight of the prior in observations.
    promised : float
        Probability as computed at the start.
    kept, failed : float
        Remembered deliveries and failures, in observations.
    """
    return (strength * promised + kept) / (strength + kept + failed)


@rule("R46")
def breakdown_chance(rate: float, years: float) -> float:
    """Chance that talks break down for reasons outside them within a time."""
    return -math.expm1(-rate * years)


@rule("R47")
def regrouped(time: float, half_life: float) -> float:
    """Share of the shift of power that a pause of a length has brought about.

    Parameters
    ----------
    time : float
        Length of the pause.
    half_life : float
        Time in which half of it comes about, in the same unit.
    """
    return -math.expm1(-math.log(2.0) * time / half_life)
