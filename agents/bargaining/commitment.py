"""Closed forms of bargaining in the shadow of war: range, risk, commitment, enforcement, alternating offers.

A flow of benefits of 1 a period is divided; shares, probabilities and costs are fractions of it. In the part on
commitment the *declining* side would win a war now with probability p and one period later with p - D; a war
destroys the share d of the flow for ever; `discount` is what a period later is worth now.
"""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """Shares of one side that both sides prefer to war."""

    low: float
    high: float


class Demand(NamedTuple):
    """A demand that takes a risk: the share asked for, and the probability that it ends in war."""

    share: float
    war: float


def bargaining_range(p: float, cost_a: float, cost_b: float) -> Range:
    """Shares of side A that both prefer to war: p - c_A to p + c_B, as far as there are such shares (Fearon 1995).

    Parameters
    ----------
    p : float
        Probability that A wins, 0 to 1.
    cost_a, cost_b : float
        Cost of war to each, 0 or more.
    """
    _within(p, 0.0, 1.0)
    return Range(max(0.0, p - cost_a), min(1.0, p + cost_b))


def risk_return(p: float, cost_a: float, highest_cost: float) -> Demand:
    """Best take-it-or-leave-it demand of A when it knows B's cost only as uniform on 0 to C (Fearon 1995).

    B refuses x where its cost is below x - p, so A maximises (1 - y/C)(p + y) + (y/C)(p - c_A) over y = x - p,
    which gives x = p + (C - c_A)/2 and P(war) = 1/2 - c_A/(2C), at corners y = 0 and x = 1.

    Parameters
    ----------
    p : float
        Probability that A wins, 0 to 1.
    cost_a : float
        Cost of war to A, 0 or more.
    highest_cost : float
        C, above 0.
    """
    _within(p, 0.0, 1.0)
    if highest_cost <= 0.0:
        raise ValueError(f"highest_cost is {highest_cost}; it must be above 0")
    beyond = min(max(0.0, (highest_cost - cost_a) / 2.0), 1.0 - p)
    return Demand(p + beyond, beyond / highest_cost)


# -- commitment --------------------------------------------------------------------------------------


def shift_threshold(p: float, destroyed: float, discount: float) -> float:
    """Shift of power above which the declining side fights now, whatever it is offered (Powell 2006).

    Even the whole flow now, and its war value p - D later, is less to it than war now:
    p(1-d)/(1-dl) > 1 + dl (p-D)(1-d)/(1-dl).

    Parameters
    ----------
    p : float
        Probability that the declining side wins now, 0 to 1.
    destroyed, discount : float
        0 to 1, both below 1, and the discount above 0.
    """
    _check(p, 0.0, destroyed, discount)
    return (1.0 - discount) * (1.0 - p * (1.0 - destroyed)) / (discount * (1.0 - destroyed))


def least_accepted(p: float, shift: float, destroyed: float, discount: float, enforcement: float) -> float:
    """Least share x for which the declining side keeps the peace, if terms hold with probability r.

    From the next period on it has x for ever with probability r, and else its war value after the shift:
    x + dl [r x + (1-r)(p-D)(1-d)]/(1-dl) = p(1-d)/(1-dl), Powell (2006) with the enforcement of Fearon (1995).

    Parameters
    ----------
    p, destroyed, discount : float
        As in `shift_threshold`.
    shift : float
        D, 0 to p.
    enforcement : float
        r, 0 to 1: drawn once, when power has shifted.

    Returns
    -------
    float
        A share; above 1 where nothing that can be offered is enough.
    """
    now, later = _war_values(p, shift, destroyed, discount)
    _within(enforcement, 0.0, 1.0)
    fixed = 1.0 - discount + discount * enforcement
    return (now - discount * (1.0 - enforcement) * later) / fixed


def most_conceded(p: float, shift: float, destroyed: float, discount: float, enforcement: float) -> float:
    """Greatest share x that the rising side concedes rather than fight now, if terms hold with probability r.

    If terms do not hold it holds the other to its war value and takes all the surplus, 1 - (p-D)(1-d) a period:
    (1-x) + dl [r (1-x) + (1-r)(1 - (p-D)(1-d))]/(1-dl) = (1-p)(1-d)/(1-dl). Parameters as in `least_accepted`.

    Returns
    -------
    float
        At most 1, the whole flow. Never below what the other accepts, as long as that is 1 or less: the two
        boundaries, before the cut, differ by d/(1 - dl + dl r), since war destroys.
    """
    _, later = _war_values(p, shift, destroyed, discount)
    _within(enforcement, 0.0, 1.0)
    fixed = 1.0 - discount + discount * enforcement
    kept = ((1.0 - p) * (1.0 - destroyed) - discount * (1.0 - enforcement) * (1.0 - later)) / fixed
    return min(1.0, 1.0 - kept)


def enforcement_needed(p: float, shift: float, destroyed: float, discount: float) -> float:
    """Least probability that terms hold at which a peace can be had: r where `least_accepted` is 1, or 0.

    Parameters as in `least_accepted`; the result is 0 to 1, and 0 up to the threshold of Powell (2006).
    """
    now, later = _war_values(p, shift, destroyed, discount)
    return max(0.0, (now - discount * later - (1.0 - discount)) / (discount * (1.0 - later)))


def _war_values(p: float, shift: float, destroyed: float, discount: float) -> tuple[float, float]:
    """War value of the declining side a period, before and after the shift."""
    _check(p, shift, destroyed, discount)
    return p * (1.0 - destroyed), (p - shift) * (1.0 - destroyed)


def _check(p: float, shift: float, destroyed: float, discount: float) -> None:
    _within(p, 0.0, 1.0)
    _within(shift, 0.0, p)
    if not (0.0 <= destroyed < 1.0 and 0.0 < discount < 1.0):
        raise ValueError(f"destroyed is {destroyed} and discount {discount}; they must lie between 0 and 1")


def _within(value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{value} lies outside {low} to {high}")


# -- alternating offers ------------------------------------------------------------------------------


def rubinstein_share(first: float, second: float) -> float:
    """Share of who offers first, offers alternating without end: (1 - d2)/(1 - d1 d2) (Rubinstein 1982).

    Parameters
    ----------
    first, second : float
        Discount of who offers first and of the other, 0 to 1, not both 1.
    """
    if first * second >= 1.0:
        raise ValueError("both discounts are 1; any division is an equilibrium")
    return (1.0 - second) / (1.0 - first * second)


def stahl_share(first: float, second: float, rounds: int) -> float:
    """Share of who offers first when offers alternate for a known number of rounds (Ståhl 1972).

    Backward from the last, who takes all: s(n) = (1 - d2) + d1 d2 s(n-2), with s(0) = 0 and s(1) = 1.

    Parameters
    ----------
    first, second : float
        Discount of who offers first and of the other, 0 to 1.
    rounds : int
        Offers that can be made, 1 or more.
    """
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}; it must be 1 or more")
    pairs, ratio = rounds // 2, first * second
    terms = float(pairs) if ratio == 1.0 else (1.0 - ratio**pairs) / (1.0 - ratio)
    return (1.0 - second) * terms + (ratio**pairs if rounds % 2 else 0.0)
