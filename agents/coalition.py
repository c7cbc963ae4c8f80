"""The states that are called: one agent each, with will, exposure and fatigue of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from agents.reference import DAYS_IN_MONTH, reference_backing, reference_departures
from environment import tables
from environment.parties import Call
from environment.rules.slow import decayed, fatigue_of_time, will_after_step
from environment.rules.tiers import commitment_probability, commitment_shift

if TYPE_CHECKING:
    from environment.model import CeasefireModel


class State(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """A state that has promised to respond.

    Parameters
    ----------
    model
        The model.
    index
        Place in the table of states.
    """

    def __init__(self, model: CeasefireModel, index: int) -> None:
        super().__init__(model)
        row = tables.states()[index]
        self.world, self.index, self.name, self.iso3 = model.world, index, row.name, row.iso3
        self.base_will, self.base_exposure = reference_departures()[index]
        self.mood = 0.0
        self.fatigue = 0.0
        self.tired_at = 0.0

    def honours(self, call: Call) -> bool:
        """Whether it honours its commitment (R13)."""
        return call.u < self.probability(call)

    def probability(self, call: Call) -> float:
        """Probability that it honours its commitment; exactly r at the reference state (R13)."""
        r = self.world.reliability[call.tier]
        if call.automatic:
            return r
        return float(commitment_probability(r, self._shift(call)))

    def _shift(self, call: Call) -> float:
        p = self.world.p
        shift = commitment_shift(
            p.cohesion_will * (self.base_will + self.mood),
            p.cohesion_solidarity,
            call.share,
            call.expected_share,
            self._backing(call),
            p.response_severity * (call.severity - p.response_severity_reference),
            p.response_record * call.record,
            p.cohesion_exposure * self.base_exposure,
            p.cohesion_fatigue * self.fatigue_at(call.hours),
            p.response_doubt * (1.0 - call.posterior),
        )
        return float(shift)

    def _backing(self, call: Call) -> float:
        """Effect of US backing above its level at the start."""
        p = self.world.p
        return float(p.response_backing * (call.backing - reference_backing(p, self.world.us_backs)))

    def fatigue_at(self, hours: float) -> float:
        """Fatigue now: what deliveries left, fading, and what grows with time alone (R25)."""
        p = self.world.p
        left = decayed(self.fatigue, p.cohesion_fatigue_half_life_days, (hours - self.tired_at) / 24.0)
        months = hours / (24.0 * DAYS_IN_MONTH)
        return float(left + fatigue_of_time(p.cohesion_fatigue_per_month, p.cohesion_fatigue_ceiling, months))

    def effort(self, hours: float) -> float:
        """Share of its weight that it sends: fatigue takes its part."""
        return math.exp(-self.world.p.response_effort_fatigue * self.fatigue_at(hours))

    def tires(self, amount: float, hours: float) -> None:
        """It has delivered; its fatigue grows (R25)."""
        p = self.world.p
        left = decayed(self.fatigue, p.cohesion_fatigue_half_life_days, (hours - self.tired_at) / 24.0)
        self.fatigue = float(left) + p.cohesion_fatigue_per_delivery * amount
        self.tired_at = hours

    def mood_changes(self, z_common: float, z_own: float) -> None:
        """Its will takes a weekly step (R26)."""
        p = self.world.p
        self.mood = will_after_step(
            self.mood,
            p.cohesion_will_persistence,
            p.cohesion_will_spread,
            p.cohesion_will_common,
            z_common,
            z_own,
        )
