"""What is remembered of each tier's deliveries and failures, for the truce that may follow (R25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environment.rules.draws import HOUR
from environment.rules.slow import decayed
from environment.world import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.model import CeasefireModel


def begin(run: CeasefireModel) -> None:
    """At the start, what is remembered is what earlier truces left."""
    for side in (RUSSIA, UKRAINE):
        run.totals.remembered_kept[side] = list(run.world.carried_kept[side])
        run.totals.remembered_failed[side] = list(run.world.carried_failed[side])


def see(run: CeasefireModel, side: int, k: int, delivered: bool) -> None:
    """A tier against a side was delivered in time, or its time ran out: one observation more.

    Parameters
    ----------
    side
        0 Russia, 1 Ukraine.
    k
        The tier, 0 for the first.
    delivered
        Whether it was delivered.
    """
    _fade(run, side, k)
    t = run.totals
    seen = t.remembered_kept if delivered else t.remembered_failed
    seen[side][k] += 1.0


def close(run: CeasefireModel) -> None:
    """At the ending: what is still remembered then."""
    for side in (RUSSIA, UKRAINE):
        for k in range(run.world.tiers.size):
            _fade(run, side, k)


def _fade(run: CeasefireModel, side: int, k: int) -> None:
    """Let it fade to now with the half-life of beliefs: what they forget on the way back to their prior."""
    hours, half_life, t = run.now / HOUR, run.world.p.beliefs_half_life_days, run.totals
    days = (hours - run.state.remembered_at[side][k]) / 24.0
    t.remembered_kept[side][k] = decayed(t.remembered_kept[side][k], half_life, days)
    t.remembered_failed[side][k] = decayed(t.remembered_failed[side][k], half_life, days)
    run.state.remembered_at[side][k] = hours
