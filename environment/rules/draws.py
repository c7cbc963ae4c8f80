"""R01: random numbers addressed by what they are for (Philox4x32-10).

A draw is a pure function of (seed, replication, stream, actor, index). Changing one party's rule, or
a tier that is never reached, leaves every other draw as it was.

Source: Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11;
checked against the published known-answer vectors in tests/test_draws.py.
"""

from __future__ import annotations

import math

import numpy as np

from environment.kernel import rule

HOUR = 3_600_000
DAY = 24 * HOUR

# One stream a purpose. `actor` is a sector, side or state; `index` is the identity of the cause.
OPPORTUNITY = 1  # actor side*64+sector, index arrival number: gap, acceptance
OPPORTUNITY_VALUE = 2  # same address: value of the opportunity
CHOICE = 3  # same address: the decision at the opportunity
BACKGROUND = 4  # actor sector, index day: both counts, and how many of each are seen
JAMMING = 5  # actor sector, index week
FLARE_UP = 6  # actor side*64+sector, index day: value, reserved
HALTING = 7  # actor side*64+sector, index origin: the one unit exponential of a violation
REVIEW = 8  # actor side*64+sector, index origin and day
DELIVERY_REVIEW = 9  # actor side*64+sector, index origin, day and tier
DETECTION = 10  # actor side*64+sector, index origin: unit exponential, assessed level
OBSERVATION = 11  # actor side*64+sector, index origin and level now: delay until a change is seen
VERIFICATION = 12  # actor kind*64+sector, index origin and attempt: delay, dispute
SIGNAL = 13  # actor kind*64+sector, index origin and attempt: conclusive or not, category
FALSE_ALARM = 14  # actor sector, index arrival number: gap, kind
FALSE_ALARM_MARK = 15  # actor sector, index arrival number: level, duration
COMMITMENT = 16  # actor state, index origin, place of the case and tier: honour, delay
WAR = 17  # actor 0, index 0: the one unit exponential of direct war
WILL = 18  # actor pair of states (or the common shock), index week: one uniform each
STANCE = 19  # actor 0, index number of the change: sojourn, next stance
REPLY = 20  # actor sector, index origin and clock minute: Ukraine's reply
STRATEGIC = 21  # actor side, index number of the strategic review
RECOMMITMENT = 22  # actor 0, index arrival number: gap, acceptance
GROUND = 23  # actor side*64+sector, index origin: tempo of an advance
TARGET = 24  # actor side*64+sector, index origin and clock minute: which target is struck
COUNT = 25  # actor side*64+sector, index origin and clock minute: recorded count of a violation
TYPE = 26  # actor side: the party's type, where types have a prior
PREFERENCE = 27  # actor 0, index checksum of a parameter's key: a weight, a stake, a forecast
FRONT = 28  # actor 0, index week since the course began: tempo of the war while there is no cease-fire
BREAKDOWN = 29  # actor number of the talks, index 0: unit exponential of their breakdown; who speaks first
HYPOTHESIS = 30  # actor side, index hypothesis * 16 + issue: factor on the weight of an issue
TRUCE = 31  # actor number of the truce, index 0: its seed
EXHAUSTION = 32  # actor 0, index 0: unit exponential of how long the war lasts that nobody ends

STREAMS = {
    name: value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int) and name not in {"HOUR", "DAY"}
}

SUB_BITS = 30
"""Bits of an index below the origin: clock minutes and tier (255 years of them), or tier and place."""


@rule("R01")
def philox(key0: int, key1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Philox4x32 with ten rounds: four 32-bit words from a key and a counter.

    Parameters
    ----------
    key0, key1, c0, c1, c2, c3 : int
        Key and counter words, each 0 to 2**32 - 1.

    Returns
    -------
    tuple of int
        Four words, each 0 to 2**32 - 1 (as int64).
    """
    mask = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    m0 = np.uint64(0xD2511F53)
    m1 = np.uint64(0xCD9E8D57)
    w0 = np.uint64(0x9E3779B9)
    w1 = np.uint64(0xBB67AE85)
    k0 = np.uint64(key0)
    k1 = np.uint64(key1)
    x0 = np.uint64(c0)
    x1 = np.uint64(c1)
    x2 = np.uint64(c2)
    x3 = np.uint64(c3)
    for _ in range(10):
        p0 = m0 * x0
        p1 = m1 * x2
        y0 = (p1 >> half) ^ x1 ^ k0
        y2 = (p0 >> half) ^ x3 ^ k1
        x1 = p1 & mask
        x3 = p0 & mask
        x0 = y0
        x2 = y2
        k0 = (k0 + w0) & mask
        k1 = (k1 + w1) & mask
    return np.int64(x0), np.int64(x1), np.int64(x2), np.int64(x3)  # type: ignore[return-value]


@rule("R01")
def words(
    key0: int, key1: int, replication: int, stream: int, actor: int, index: int
) -> tuple[int, int, int, int]:
    """The four 32-bit words at an address.

    Parameters
    ----------
    key0, key1 : int
        Low and high half of the 64-bit seed.
    replication : int
        0 to 2**32 - 1.
    stream, actor : int
        0 to 2**16 - 1 each.
    index : int
        0 to 2**63 - 1: the identity of the cause, never a count of calls.
    """
    low = index & 0xFFFFFFFF
    high = (index >> 32) & 0xFFFFFFFF
    return philox(key0, key1, low, high, (stream << 16) | actor, replication)


@rule("R01")
def uniforms(
    key0: int, key1: int, replication: int, stream: int, actor: int, index: int
) -> tuple[float, float]:
    """Two uniform numbers in [0, 1) with 53 bits each, at an address."""
    a, b, c, d = words(key0, key1, replication, stream, actor, index)
    scale = 1.0 / 9007199254740992.0
    return ((a >> 5) * 67108864.0 + (b >> 6)) * scale, ((c >> 5) * 67108864.0 + (d >> 6)) * scale


@rule("R01")
def exponential(u: float) -> float:
    """Unit exponential from a uniform in [0, 1), by inversion."""
    return -math.log1p(-u)


# Coefficients of algorithm AS 241 (PPND16): numerator and denominator of three rational functions.
NEAR = (0.425, 0.180625)  # half-width of the middle, and its square
FAR = (5.0, 1.6)  # where the tail begins on the scale sqrt(-log p), and the shift before it


@rule("R01")
def middle(q: float) -> float:
    """The inverse of the normal distribution within .425 of its median, at distance q (AS 241)."""
    r = NEAR[1] - q * q
    a = r * 2509.0809287301226727 + 33430.575583588128105
    a = ((a * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
    a = ((a * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
    b = r * 5226.495278852854561 + 28729.085735721942674
    b = ((b * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
    b = ((b * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
    return q * a / b


@rule("R01")
def shoulder(r: float) -> float:
    """The same further out, at r = sqrt(-log p) - 1.6 (AS 241)."""
    a = r * 7.7454501427834140764e-4 + 0.0227238449892691845833
    a = ((a * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504
    a = ((a * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
    b = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4
    b = ((b * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455
    b = ((b * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0
    return a / b


@rule("R01")
def tail(r: float) -> float:
    """The same in the tail, at r = sqrt(-log p) - 5 (AS 241)."""
    a = r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5
    a = ((a * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123
    a = ((a * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
    b = r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7
    b = ((b * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525
    b = ((b * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0
    return a / b


@rule("R01")
def normal(u: float) -> float:
    """Standard normal from one uniform in [0, 1), by inversion (Wichura 1988, AS 241; 16 digits).

    One uniform makes one normal, and the larger the one the larger the other, so that two settings with
    common random numbers stay close.
    """
    p = max(u, 1.0 / 18014398509481984.0)  # never 0
    q = p - 0.5
    if abs(q) <= NEAR[0]:
        return middle(q)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    found = shoulder(r - FAR[1]) if r <= FAR[0] else tail(r - FAR[0])
    return -found if q < 0.0 else found


@rule("R01")
def poisson(mean: float, u: float) -> int:
    """Poisson count from one uniform, by sequential inversion.

    Parameters
    ----------
    mean : float
        0 to 500; a larger mean would underflow and is cut there by the schema's ranges.
    u : float
        Uniform in [0, 1).
    """
    term = math.exp(-mean)
    total = term
    count = 0
    while u >= total and count < 2000:
        count += 1
        term = term * mean / count
        total = total + term
        if term < 1e-300 and count > mean:
            break
    return count


@rule("R01")
def milliseconds(hours: float) -> int:
    """A drawn duration in hours as whole milliseconds, rounded up once, at least 1."""
    if hours >= 8.0e8:
        return np.int64(2_880_000_000_000_000)  # type: ignore[return-value]
    return max(np.int64(1), np.int64(math.ceil(hours * 3_600_000.0)))  # type: ignore[return-value]


@rule("R01")
def address(origin: int, sub: int) -> int:
    """Index of a draw from its cause's origin and a part below it (tier, state, clock minute)."""
    return (np.int64(origin) << SUB_BITS) | np.int64(sub)  # type: ignore[return-value]
