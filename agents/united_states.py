"""The United States: monitors, backs the coalition, and may join the last tier."""

from __future__ import annotations

from agents.coalition import State
from agents.reference import reference_stance
from environment.parties import Call


class UnitedStates(State):
    """The US, called by name: its own stance takes the place of the backing that others look to."""

    def _backing(self, call: Call) -> float:
        """Effect of its stance: plus when committed, minus when disengaged, none when conditional.

        A conditional US holds back like a disengaged one while Ukraine is not in good standing, which is
        when its backing is nil.
        """
        effect = float(self.world.p.us_stance_effect)
        if call.stance == 2:
            return effect
        if call.stance == 0 or call.backing <= 0.0:
            return -effect
        return 0.0

    def _shift(self, call: Call) -> float:
        return super()._shift(call) - reference_stance(self.world.p)
