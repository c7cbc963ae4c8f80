"""What is remembered of each tier's deliveries and failures; the twin of `environment.memory`."""

from __future__ import annotations

from typing import Any

from environment.rules.draws import HOUR
from environment.rules.slow import decayed
from environment.world import MAX_TIERS, RUSSIA, UKRAINE
from experiments.twin.compiling import compiled


@compiled
def begin(w: Any, s: Any) -> None:
    """At the start, what is remembered is what earlier truces left."""
    for side in (RUSSIA, UKRAINE):
        for k in range(MAX_TIERS):
            s.t_remembered_kept[side, k] = w.carried_kept[side, k]
            s.t_remembered_failed[side, k] = w.carried_failed[side, k]


@compiled
def see(w: Any, s: Any, side: int, k: int, delivered: bool) -> None:
    """A tier against a side was delivered in time, or its time ran out: one observation more."""
    _fade(w, s, side, k)
    if delivered:
        s.t_remembered_kept[side, k] += 1.0
    else:
        s.t_remembered_failed[side, k] += 1.0


@compiled
def close(w: Any, s: Any) -> None:
    """At the ending: what is still remembered then."""
    for side in (RUSSIA, UKRAINE):
        for k in range(w.tiers):
            _fade(w, s, side, k)


@compiled
def _fade(w: Any, s: Any, side: int, k: int) -> None:
    """Let it fade to now with the half-life of beliefs."""
    hours, half_life = s.now / HOUR, w.beliefs_half_life_days
    days = (hours - s.remembered_at[side, k]) / 24.0
    s.t_remembered_kept[side, k] = decayed(s.t_remembered_kept[side, k], half_life, days)
    s.t_remembered_failed[side, k] = decayed(s.t_remembered_failed[side, k], half_life, days)
    s.remembered_at[side, k] = hours
