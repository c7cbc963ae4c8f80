"""A leadership: it weighs opportunities against the perceived ladder of consequences, and learns.

Russia and Ukraine are both leaderships; each file adds what is its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from agents.beliefs import Beliefs
from agents.decision_rules import TYPES, DecisionRule, decision_rules
from agents.prospects import tabulate
from agents.rules.choice import quantal_choice, subjective, weighted
from agents.rules.ladder import DAY_HOURS, STAGE, fill_stage, ladder_values
from environment.parties import ESCALATE, PERSIST, STOP, Situation
from environment.rules import draws
from environment.rules.incidents import climb_cost
from environment.world import MAX_TIERS, SIDES

if TYPE_CHECKING:
    from agents.reliability import TierProbabilities
    from environment.model import CeasefireModel


class Leadership(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """A party that can violate the cease-fire, by one of the shipped decision rules.

    Parameters
    ----------
    model
        The model.
    side
        0 Russia, 1 Ukraine.
    rule
        Name of a decision rule, or ``types`` for a type drawn from its prior.
    promised
        R_k of every tier as computed at the start, by share of the force deployed.
    """

    def __init__(self, model: CeasefireModel, side: int, rule: str, promised: TierProbabilities) -> None:
        super().__init__(model)
        world = model.world
        self.world, self.side, self.name = world, side, SIDES[side]
        self.rule = self._drawn_type(model, rule) if rule == "types" else decision_rules()[rule]
        self.beliefs = Beliefs(world, promised, side)
        self._prepare()

    def _drawn_type(self, model: CeasefireModel, rule: str) -> DecisionRule:
        u, _ = model.draw(draws.TYPE, self.side, 0)
        return decision_rules()[TYPES[0] if u < self.world.p.choice_cautious_share else TYPES[1]]

    def _prepare(self) -> None:
        world = self.world
        table = self._table = tabulate(world, self.side, self.rule)
        self.precision = table.precision
        self._plan, self._now = table.plan[0], np.zeros(2, STAGE)
        self.top = int(self._plan["top"])
        self._cost, self._denial = table.cost, world.tiers.denial[self.side]
        self._values, self._options = self._plan["values"], np.zeros(6)
        self._exposure, self._given_up = self._plan["exposure"], self._plan["forgone"]
        self._bound = world.binds[self.side]

    def belief(self, tier: int, hours: float) -> float:
        """Believed probability that a tier against it is delivered at full deployment (R21)."""
        return self.beliefs.mean(tier, hours)

    def cost(self, tier: int) -> float:
        """What the measures of a tier (0 for the first) would cost it, in utility, as it sees them."""
        return float(self._cost[tier])

    def learns(self, tier: int, delivered: bool, hours: float) -> None:
        """A tier against it was delivered in time, or its time ran out (R21)."""
        self.beliefs.learn(tier, delivered, hours)

    def expects(self, tier: int, hours: float, ramp: float, in_force: bool) -> float:
        """Believed probability that a tier against it is delivered now (R16)."""
        return self.beliefs.expect(tier, hours, ramp, in_force)

    # -- choices -----------------------------------------------------------------------------------

    def _evaluate(self, situation: Situation, considers: bool) -> None:
        """Fill the value of stopping and of each level (R19)."""
        plan, table, sector = self._plan, self._table, situation.sector
        self._weigh_tiers(situation, considers)
        there = situation.ramp if situation.in_force else 0.0
        value = situation.value * self.rule.gain_scale
        self._exposure[:6] = table.known[sector] * situation.attention
        self._given_up[:6] = table.forgone + table.tripwire_cost * there
        plan["value"], plan["clock"], plan["age"] = value, situation.clock, situation.age
        plan["confirmed"] = situation.confirmed
        plan["final"][5] = self.world.p.payoff_collapse * value
        plan["confirm_rate"][:6] = self.world.confirm_rate[sector]
        plan["denial"] = self._denial if considers else 0.0
        plan["base_rate"] = table.base[sector] + table.tripwire_denial * there
        stages = table.stages[int(considers), sector]
        if table.tripwire_denial * there > 0.0:  # a force on the line denies more by the day
            stages = self._now
            fill_stage(plan, stages[0], DAY_HOURS, (1 << self.world.tiers.size) - 1)
            fill_stage(plan, stages[1], self.world.p.planning_tail_hours, (1 << self.world.tiers.size) - 1)
        ladder_values(plan, stages[0], stages[1])

    def _weigh_tiers(self, situation: Situation, considers: bool) -> None:
        """What is believed of each tier; one that will not come is no boundary."""
        plan, mask = self._plan, 0
        for k in range(MAX_TIERS):
            status = situation.tiers[k]
            if status == 1:
                mask |= 1 << k
            listens = considers and self._bound and k < self.world.tiers.size and status == 0
            believed = (
                self.expects(k, situation.hours, situation.ramp, situation.in_force) if listens else 0.0
            )
            plan["belief"][k] = weighted(believed, self.rule.weighting)
            plan["status"][k] = 2 if status == 0 and believed <= 0.0 else status
        plan["mask"] = mask

    def _choose(self, count: int, u: float) -> int:
        """Quantal choice over the first `count` options, relative to the first (R20)."""
        reference = self._options[0]
        for i in range(count):
            self._options[i] = subjective(
                self._options[i] - reference, self.rule.curvature, self.rule.loss_aversion
            )
        return quantal_choice(self._options, count, self.precision, u)

    def prospects(self, situation: Situation) -> list[float]:
        """Expected value, in utility, of complying and of ordering each level at an opportunity (R19, R30)."""
        self._evaluate(situation, considers=True)
        self._options[0] = self._values[0]
        for level in range(1, 6):
            self._options[level] = self._values[level] - self._exposure[level] - self._given_up[level]
        return [float(value) for value in self._options]

    def at_opportunity(self, situation: Situation) -> int:
        """Comply, or order a violation of some level (R19, R20)."""
        self.prospects(situation)
        return int(self._choose(6, situation.u))

    def review_values(self, situation: Situation) -> tuple[float, float, float]:
        """Expected value, in utility, of stopping, persisting and escalating at a review (R19, R30)."""
        self._evaluate(situation, considers=self.world.at_reviews)
        level = situation.level
        if level >= self.top:
            return float(self._values[0]), float(self._values[level]), -math.inf
        climb = climb_cost(
            self._exposure[level], self._exposure[level + 1], self._given_up[level], self._given_up[level + 1]
        )
        return float(self._values[0]), float(self._values[level]), float(self._values[level + 1] - climb)

    def at_review(self, situation: Situation) -> int:
        """Stop, persist, or escalate one level (R19, R20)."""
        self._options[STOP], self._options[PERSIST], self._options[ESCALATE] = self.review_values(situation)
        return int(self._choose(3, situation.u))
