"""What a leadership's choices rest on before a run begins: tabulated once, read by either engine."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.decision_rules import DecisionRule
from agents.rules.ladder import PLAN, STAGE, fill_stages
from environment.rules.incidents import exposure
from environment.world import RUSSIA, World

type Floats = NDArray[np.float64]
type Plan = NDArray[Any]


class Tables(NamedTuple):
    """What a leadership's choices rest on that depends on the scenario and its decision rule alone."""

    precision: float  # per utility
    forgone: Floats  # (6,) by level: the peace's worth that it forgoes
    known: Floats  # (sector, level): cost of being known as the author at attention 1
    cost: Floats  # (MAX_TIERS,): perceived cost of each tier
    tripwire_cost: Floats  # (6,) by level: cost of hitting a force that stands on the line
    tripwire_denial: float  # hazard of halting that it adds, 1/h
    base: Floats  # by sector: believed hazard of halting without any tier, 1/h
    plan: Plan  # (1,) of PLAN: what of the ladder does not change during a run
    stages: (
        Plan  # (considers, sector, 2) of STAGE: a day and the last stage, the ladder left out or considered
    )


def tabulate(world: World, side: int, rule: DecisionRule) -> Tables:
    """Tabulate what depends on the scenario and the decision rule alone, for either engine.

    Parameters
    ----------
    world
        The compiled scenario.
    side
        0 Russia, 1 Ukraine.
    rule
        Its decision rule.
    """
    p = world.p
    russia = side == RUSSIA
    chosen = p.choice_precision_russia if russia else p.choice_precision_ukraine
    costs = list(zip(world.level["exposure"], world.level["attributability"], strict=True))
    stationed = world.on_line and russia
    halting = p.halting_by_ukraine if russia else p.halting_by_russia
    base = np.array([halting * float(c) for c in world.capacity])
    cost = world.tiers.punishment[side] * rule.cost_scale
    plan = _plan(world, side, cost)
    return Tables(
        precision=math.inf if rule.precision == math.inf else rule.precision * chosen,
        forgone=world.ladder["forgone"] * (p.payoff_peace_russia if russia else p.payoff_peace_ukraine),
        known=np.array(
            [[exposure(c, a, s, 1.0) for (c, a), s in zip(costs, seen, strict=True)] for seen in world.seen]
        ),
        cost=cost,
        tripwire_cost=np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0]) * (p.tripwire_cost if stationed else 0.0),
        tripwire_denial=p.tripwire_denial if stationed else 0.0,
        base=base,
        plan=plan,
        stages=_stages(world, plan, base, world.tiers.denial[side]),
    )


def _plan(world: World, side: int, cost: Floats) -> Plan:
    """The part of the ladder that stays as it is."""
    p, tiers = world.p, world.tiers
    plan = np.zeros(1, PLAN)
    for field in ("gain", "loss", "resistance"):
        plan[field][0, :6] = world.ladder[field]
    plan["hours"], plan["trigger"], plan["cost"] = tiers.expected, tiers.trigger, cost
    plan["tiers"], plan["top"] = tiers.size, 5 if side == RUSSIA else p.opportunities_ukraine_top_level
    plan["planning"], plan["tail"] = p.planning_last_review_hours, p.planning_tail_hours
    plan["confirm_delay"] = p.verification_delay_hours + world.dispute * world.dispute_hours
    return plan


def _stages(world: World, plan: Plan, base: Floats, denial: Floats) -> Plan:
    """Stages by sector, with the ladder left out (0) and considered (1)."""
    stages = np.zeros((2, world.sectors, 2), STAGE)
    for considers in (0, 1):
        plan["denial"] = denial * considers
        fill_stages(plan[0], stages[considers], base, world.confirm_rate)
    return stages
