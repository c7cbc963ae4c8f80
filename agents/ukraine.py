"""Ukraine: it reports, acts to halt, may retaliate beyond that, violate, or give the cease-fire up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.beliefs import Beliefs
from agents.coalition import State
from agents.leadership import Leadership
from agents.rules.choice import abrogation_advantage_ukraine, quantal_yes, reply_advantage
from environment.parties import PERSIST, Outlook, Reply, Situation
from environment.world import RUSSIA

if TYPE_CHECKING:
    from agents.reliability import TierProbabilities
    from environment.model import CeasefireModel


class Ukraine(Leadership):
    """Ukraine's leadership: the same kind of rule as Russia's, with its own payoffs.

    Parameters
    ----------
    model, side, rule, promised
        As of any leadership; `promised` is R_k of the tiers against Ukraine.
    partners_promised
        R_k of the tiers against Russia: what Ukraine believes of its partners at the start.
    """

    def __init__(
        self,
        model: CeasefireModel,
        side: int,
        rule: str,
        promised: TierProbabilities,
        partners_promised: TierProbabilities,
    ) -> None:
        super().__init__(model, side, rule, promised)
        self.partner_beliefs = Beliefs(self.world, partners_promised, RUSSIA)

    def watches(self, tier: int, delivered: bool, hours: float) -> None:
        """A tier against Russia was delivered in time, or its time ran out: it learns about its partners (R21)."""
        self.partner_beliefs.learn(tier, delivered, hours)

    def partners(self, hours: float, ramp: float, in_force: bool) -> float:
        """Belief that partners will answer: the mean over the tiers beyond its own (0 where there are none)."""
        tiers = self.world.tiers
        others = [k for k in range(tiers.size) if tiers.partners[k]]
        total = 0.0
        for k in others:
            total += self.partner_beliefs.expect(k, hours, ramp, in_force)
        return total / len(others) if others else 0.0

    def replies(self, reply: Reply) -> bool:
        """Whether to retaliate beyond ordinary return fire (R32)."""
        p = self.world.p
        advantage = reply_advantage(
            p.reply_relief * self.rule.gain_scale,
            reply.severity,
            p.reply_standing * self.rule.cost_scale * reply.standing,
            self.partners(reply.hours, reply.ramp, reply.in_force),
            p.reply_restraint,
        )
        return bool(quantal_yes(advantage, self.precision, reply.u))

    def gives_up(self, outlook: Outlook) -> bool:
        """Whether relief from violence that goes unanswered is worth the end of the cease-fire (R29)."""
        p = self.world.p
        advantage = abrogation_advantage_ukraine(
            p.abrogation_grievance,
            outlook.unanswered,
            self.partners(outlook.hours, outlook.ramp, outlook.in_force),
            p.abrogation_peace_ukraine,
        )
        return bool(quantal_yes(advantage, p.abrogation_precision, outlook.u))


class OwnForces(State):
    """Ukraine's forces as a responder: the local action that tier 1 calls for.

    They defend their own ground: what tires a state far away does not keep them from acting, so the
    action that is taken is whole. Whether it is taken at all is the reliability of tier 1.
    """

    def fatigue_at(self, hours: float) -> float:
        """None."""
        return 0.0

    def tires(self, amount: float, hours: float) -> None:
        """It does not."""


class Holding(Ukraine):
    """A scripted leadership: it holds and reports whatever happens."""

    def at_opportunity(self, situation: Situation) -> int:
        """Comply."""
        return 0

    def at_review(self, situation: Situation) -> int:
        """Persist in nothing of its own."""
        return PERSIST

    def replies(self, reply: Reply) -> bool:
        """Hold."""
        return False

    def gives_up(self, outlook: Outlook) -> bool:
        """Never."""
        return False
