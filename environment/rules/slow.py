"""R22-R28, R34, R36: what changes slowly: readiness, tension, restraint, fatigue, will, stance; quiet, the term."""

from __future__ import annotations

import math

from environment.kernel import rule


@rule("R22")
def readiness_after_day(readiness: float, recovery_days: float, wear: float, activity: float) -> float:
    """Readiness a day later: recovers in quiet, wears with hostilities.

    Parameters
    ----------
    readiness : float
        0 to 1.
    recovery_days : float
        Half-life of what is missing, days.
    wear : float
        Readiness lost per day at activity 1.
    activity : float
        Severity of the side's own violations summed over sectors, 0 and above.
    """
    rest = math.exp(-math.log(2.0) / recovery_days)
    recovered = 1.0 - (1.0 - readiness) * rest
    return max(0.0, recovered - wear * activity)


@rule("R23")
def tension_after_day(
    tension: float, half_life: float, gain: float, violence: float, highest: float
) -> float:
    """Tension a day later: reverts to 1, rises with the day's violence, never above `highest`."""
    rest = math.exp(-math.log(2.0) / half_life)
    return min(highest, 1.0 + (tension - 1.0) * rest + gain * violence)


@rule("R24")
def restraint(initial: float, half_life: float, elapsed_days: float) -> float:
    """Share of deniable fire that a truce suppresses, fading from its start."""
    return initial * math.exp(-math.log(2.0) * elapsed_days / half_life)


@rule("R24")
def attention(extra: float, half_life: float, elapsed_days: float) -> float:
    """Factor on the cost of being seen: scrutiny is greatest just after a truce is made."""
    return 1.0 + extra * math.exp(-math.log(2.0) * elapsed_days / half_life)


@rule("R24")
def relapsed(week: float, former: float, share: float) -> bool:
    """Whether the 7-day count has passed the stated share of its former level."""
    return former > 0.0 and week > share * former


@rule("R25")
def decayed(level: float, half_life: float, elapsed_days: float) -> float:
    """A quantity that decays with a half-life (fatigue, record, standing lost)."""
    if level == 0.0:
        return 0.0
    return level * math.exp(-math.log(2.0) * elapsed_days / half_life)


@rule("R25")
def fatigue_of_time(per_month: float, ceiling: float, months: float) -> float:
    """Fatigue that grows with time alone: at first by `per_month`, then towards a ceiling.

    Parameters
    ----------
    per_month : float
        Fatigue a month at the start.
    ceiling : float
        What it tends to, above 0.
    months : float
        Months since the cease-fire took effect.
    """
    return -ceiling * math.expm1(-per_month * months / ceiling)


@rule("R26")
def will_after_step(
    will: float, persistence: float, spread: float, common: float, z_common: float, z_own: float
) -> float:
    """Will a step later: mean-reverting, with a shock common to all states.

    Parameters
    ----------
    will : float
        Departure from the state's own mean, in stationary standard deviations times `spread`.
    persistence : float
        Autocorrelation over one step, 0 to 1.
    spread : float
        Stationary standard deviation.
    common : float
        Share of the variance that is common, 0 to 1.
    z_common, z_own : float
        Standard normal draws.
    """
    shock = math.sqrt(common) * z_common + math.sqrt(1.0 - common) * z_own
    return persistence * will + math.sqrt(1.0 - persistence * persistence) * spread * shock


@rule("R27")
def backing(stance: int, standing: float, needed: float, conditional: float) -> float:
    """US backing of the coalition, 0 to 1, from its stance and Ukraine's standing.

    Parameters
    ----------
    stance : int
        0 disengaged, 1 conditional, 2 committed.
    standing : float
        Ukraine's standing under the terms, 0 to 1.
    needed : float
        Standing below which a conditional US gives nothing.
    conditional : float
        Backing of a conditional US with Ukraine in good standing.
    """
    if stance == 2:
        return 1.0
    if stance == 1 and standing >= needed:
        return conditional
    return 0.0


@rule("R27")
def next_stance(stance: int, lean: float, u: float) -> int:
    """The stance that follows: from conditional to committed with probability `lean`, else disengaged."""
    if stance != 1:
        return 1
    if u < lean:
        return 2
    return 0


@rule("R28")
def post_ending_violence(intensity: float, remaining_days: float) -> float:
    """Violence after an ending: its own intensity to the horizon (days of the whole line)."""
    return intensity * remaining_days


@rule("R34")
def quiet_ends(since: int, hours: int) -> int:
    """Instant at which the quiet hours have passed and a case closes (ms)."""
    return since + hours


@rule("R36")
def lapsed(elapsed_days: float, term: float) -> bool:
    """Whether a framework's term has run out.

    Parameters
    ----------
    elapsed_days : float
        Days since it entered into force, 0 and above.
    term : float
        Days that it is in force; at 0 it has run out as it begins.
    """
    return elapsed_days >= term
