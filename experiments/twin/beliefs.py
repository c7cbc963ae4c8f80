"""What parties believe of each tier's delivery; the twin of `agents.beliefs` and `agents.ukraine`."""

from __future__ import annotations

from typing import Any

from agents.reliability import RAMP_STEPS
from agents.rules.choice import belief_after, belief_mean, deliverable, forget
from experiments.twin.compiling import compiled

PARTNERS = 2
"""Row of Ukraine's beliefs about its partners; 0 and 1 are each side's about the tiers against it."""


@compiled
def recall(w: Any, s: Any, who: int, k: int, hours: float) -> None:
    """Let what was learned fade to now (R21)."""
    days = (hours - s.b_at[who, k]) / 24.0
    if days > 0.0:
        s.b_a[who, k] = forget(s.b_a[who, k], w.prior_a[who, k], w.beliefs_half_life_days, days)
        s.b_b[who, k] = forget(s.b_b[who, k], w.prior_b[who, k], w.beliefs_half_life_days, days)
        s.b_at[who, k] = hours


@compiled
def learn(w: Any, s: Any, who: int, k: int, delivered: bool, hours: float) -> None:
    """A tier was delivered in time, or its time ran out (R21)."""
    recall(w, s, who, k, hours)
    a, b = s.b_a[who, k], s.b_b[who, k]
    s.b_a[who, k] = belief_after(a, b, 1.0 if delivered else 0.0)
    s.b_b[who, k] = belief_after(b, a, 0.0 if delivered else 1.0)


@compiled
def expect(w: Any, s: Any, who: int, k: int, hours: float, ramp: float, in_force: bool) -> float:
    """Believed probability of delivery now, given what is deployed (R16); 0 before entry into force."""
    if not in_force:
        return 0.0
    recall(w, s, who, k, hours)
    side = who % 2
    step = min(int(ramp * RAMP_STEPS), RAMP_STEPS - 1)
    below, above = w.promised[side, k, step], w.promised[side, k, step + 1]
    at = below + (above - below) * (ramp * RAMP_STEPS - step)
    return deliverable(belief_mean(s.b_a[who, k], s.b_b[who, k]), at, w.promised_full[side, k])


@compiled
def partners(w: Any, s: Any, hours: float, ramp: float, in_force: bool) -> float:
    """Ukraine's belief that partners will answer: the mean over the tiers beyond its own."""
    total = 0.0
    count = 0
    for k in range(w.tiers):
        if w.k_partners[k]:
            total += expect(w, s, PARTNERS, k, hours, ramp, in_force)
            count += 1
    return total / count if count else 0.0
