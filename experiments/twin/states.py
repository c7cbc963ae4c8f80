"""The states that are called; the twin of `agents.coalition` and `agents.united_states`."""

from __future__ import annotations

import math
from typing import Any

from agents.reference import DAYS_IN_MONTH
from environment.rules.slow import decayed, fatigue_of_time, will_after_step
from environment.rules.tiers import commitment_probability, commitment_shift
from experiments.twin.compiling import compiled


@compiled
def _left(w: Any, s: Any, i: int, hours: float) -> float:
    """What deliveries left of fatigue, faded to now (R25)."""
    return decayed(s.a_fatigue[i], w.cohesion_fatigue_half_life_days, (hours - s.a_tired_at[i]) / 24.0)


@compiled
def fatigue_at(w: Any, s: Any, i: int, hours: float) -> float:
    """Fatigue now: what deliveries left, and what grows with time alone; none for Ukraine's own forces."""
    if i == w.ukraine_state:
        return 0.0
    months = hours / (24.0 * DAYS_IN_MONTH)
    by_time = fatigue_of_time(w.cohesion_fatigue_per_month, w.cohesion_fatigue_ceiling, months)
    return _left(w, s, i, hours) + by_time


@compiled
def effort(w: Any, s: Any, i: int, hours: float) -> float:
    """Share of its weight that a state sends: fatigue takes its part."""
    return math.exp(-w.response_effort_fatigue * fatigue_at(w, s, i, hours))


@compiled
def tires(w: Any, s: Any, i: int, amount: float, hours: float) -> None:
    """It has delivered; its fatigue grows (R25)."""
    if i == w.ukraine_state:
        return
    s.a_fatigue[i] = _left(w, s, i, hours) + w.cohesion_fatigue_per_delivery * amount
    s.a_tired_at[i] = hours


@compiled
def mood_changes(w: Any, s: Any, i: int, z_common: float, z_own: float) -> None:
    """Its will takes a weekly step (R26)."""
    s.a_mood[i] = will_after_step(
        s.a_mood[i], w.cohesion_will_persistence, w.cohesion_will_spread, w.cohesion_will_common,
        z_common, z_own,
    )  # fmt: skip


@compiled
def _backing_effect(w: Any, s: Any, i: int, backing: float) -> float:
    """Effect of US backing above its level at the start; for the US itself, of its stance."""
    if i != w.usa:
        return w.response_backing * (backing - w.reference_backing)
    if s.stance == 2:
        return w.us_stance_effect
    if s.stance == 0 or backing <= 0.0:
        return -w.us_stance_effect
    return 0.0


@compiled
def probability(
    w: Any,
    s: Any,
    i: int,
    k: int,
    hours: float,
    posterior: float,
    severity: float,
    record: float,
    share: float,
    expected_share: float,
    backing: float,
) -> float:
    """Probability that a state honours its commitment; exactly r at the reference state (R13)."""
    shift = commitment_shift(
        w.cohesion_will * (w.base_will[i] + s.a_mood[i]),
        w.cohesion_solidarity,
        share,
        expected_share,
        _backing_effect(w, s, i, backing),
        w.response_severity * (severity - w.response_severity_reference),
        w.response_record * record,
        w.cohesion_exposure * w.base_exposure[i],
        w.cohesion_fatigue * fatigue_at(w, s, i, hours),
        w.response_doubt * (1.0 - posterior),
    )
    if i == w.usa:
        shift = shift - w.reference_stance
    return commitment_probability(w.k_reliability[k], shift)
