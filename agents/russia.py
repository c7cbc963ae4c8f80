"""Russia: the potential violator."""

from __future__ import annotations

from agents.leadership import Leadership
from agents.rules.choice import abrogation_advantage_russia, quantal_yes
from environment.parties import PERSIST, Outlook, Situation


class Russia(Leadership):
    """Russia's leadership: backward induction over the perceived ladder, quantal choice, Beta beliefs."""

    def gives_up(self, outlook: Outlook) -> bool:
        """Whether open war is worth more than the cease-fire, given what would answer it (R29)."""
        p, tiers = self.world.p, self.world.tiers
        deterrent = 0.0
        for k in range(tiers.size):
            deterrent += float(self._cost[k]) * self.expects(k, outlook.hours, outlook.ramp, outlook.in_force)
        advantage = abrogation_advantage_russia(
            p.abrogation_war_value * self.rule.gain_scale,
            outlook.readiness,
            deterrent,
            p.abrogation_peace_russia,
        )
        return bool(quantal_yes(advantage, p.abrogation_precision, outlook.u))


class Persisting(Russia):
    """A scripted leadership: it takes no opportunity of its own and persists in what was begun."""

    def at_opportunity(self, situation: Situation) -> int:
        """Comply."""
        return 0

    def at_review(self, situation: Situation) -> int:
        """Persist."""
        return PERSIST

    def gives_up(self, outlook: Outlook) -> bool:
        """Never."""
        return False
