"""What a party believes of each tier's delivery: Beta beliefs, at first R_k and what is carried (R16, R21)."""

from __future__ import annotations

from agents.reliability import TierProbabilities
from agents.rules.choice import belief_after, belief_mean, deliverable, forget
from environment.world import World


class Beliefs:
    """Beliefs about the tiers against one bound party.

    Parameters
    ----------
    world
        The compiled scenario.
    promised
        R_k of every tier as computed at the start, by share of the force deployed.
    accused
        The bound party: 0 Russia, 1 Ukraine.
    """

    def __init__(self, world: World, promised: TierProbabilities, accused: int) -> None:
        p = world.p
        self.promised, self.half_life = promised, p.beliefs_half_life_days
        means = [min(1.0, promised.full[k] * p.beliefs_credibility) for k in range(world.tiers.size)]
        self.prior = [(m * p.beliefs_strength, (1.0 - m) * p.beliefs_strength) for m in means]
        carried = zip(self.prior, world.carried_kept[accused], world.carried_failed[accused], strict=False)
        self.counts = [(belief_after(a, b, k), belief_after(b, a, n)) for (a, b), k, n in carried]
        self.learned_at = [0.0] * world.tiers.size

    def mean(self, tier: int, hours: float) -> float:
        """Believed probability that a tier (0 for the first) is delivered at full deployment (R21)."""
        return belief_mean(*self.at(tier, hours))

    def at(self, tier: int, hours: float) -> tuple[float, float]:
        """The two counts of a tier's belief as they are now, for those who only watch: nothing is changed (R21)."""
        days = (hours - self.learned_at[tier]) / 24.0
        if days <= 0.0:
            return self.counts[tier]
        (a, b), (a0, b0) = self.counts[tier], self.prior[tier]
        return forget(a, a0, self.half_life, days), forget(b, b0, self.half_life, days)

    def _recall(self, tier: int, hours: float) -> None:
        """Let what was learned fade to now."""
        if hours > self.learned_at[tier]:
            self.counts[tier] = self.at(tier, hours)
            self.learned_at[tier] = hours

    def learn(self, tier: int, delivered: bool, hours: float) -> None:
        """A tier was delivered in time, or its time ran out (R21)."""
        self._recall(tier, hours)
        a, b = self.counts[tier]
        self.counts[tier] = (
            belief_after(a, b, 1.0 if delivered else 0.0),
            belief_after(b, a, 0.0 if delivered else 1.0),
        )

    def expect(self, tier: int, hours: float, ramp: float, in_force: bool) -> float:
        """Believed probability of delivery now, given what is deployed (R16); 0 before entry into force."""
        if in_force:
            self._recall(tier, hours)
        return self.expected(tier, hours, ramp, in_force)

    def expected(self, tier: int, hours: float, ramp: float, in_force: bool) -> float:
        """The same, for those who only watch: nothing is changed (R16)."""
        if not in_force:
            return 0.0
        return deliverable(self.mean(tier, hours), self.promised.at(tier, ramp), self.promised.full[tier])
