"""The closed form beside the simulation: at which reliability it stops paying to attack through the last tier.

Just before the last tier is due, with the breach confirmed and the earlier tiers delivered, a rational
violator carries an expanded attack on iff the exact value of the rest of the perceived ladder (R19; the last
rung of the escalation ladder) exceeds that of stopping. In each sector that gives the value of an opportunity
above which it carries on; the log-normal distribution of values then gives, in closed form, the share of the
opportunities that would be carried through if nobody answered and that are now broken off. The threshold r*
is the reliability at which that share is one half. (That an attack of a day or two pays below the last tier
is another matter: it is the loophole of a ladder, and the simulation shows what it costs.)
"""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from typing import Any

from scipy.optimize import brentq
from scipy.stats import norm

from environment.parameters import patched
from environment.parties import Situation
from environment.rules.incidents import RUSSIA_MAJORANT, opportunity_rate
from environment.world import MAX_TIERS, RUSSIA, World
from experiments.compose import compose
from experiments.promises import promised
from experiments.scenario import Scenario

EXPANDED = 5
HALF = 0.5
LOWEST, HIGHEST = -6.0, 6.0
"""Range of the logarithm of an opportunity's value in which the critical value is looked for."""


def _rational_russia(scenario: Scenario, reliability: float | None) -> Any:
    changes: dict[str, object] = {"rules.russia": "rational", "ladder.arm": "full"}
    if reliability is not None:
        changes["reliability"] = reliability
    scenario = dataclasses.replace(scenario, values=patched(scenario.values, changes))
    return compose(scenario, keep_log=False).parties.leaderships[RUSSIA]


def carrying_on(russia: Any, sector: int, value: float) -> float:
    """What carrying an expanded attack into the last tier is worth to a rational Russia over stopping, in utility.

    Parameters
    ----------
    russia
        Russia's leadership in a composed model.
    sector
        Index of the sector.
    value
        m, the value of the opportunity.

    Returns
    -------
    float
        With the force fully deployed; above 0 it carries on.
    """
    last = russia.world.tiers.size - 1
    hours = float(russia.world.tiers.expected[last])

    def rest(came: int) -> float:
        """V: going on over stopping once the last tier came (1) or will not come (2)."""
        seen = tuple(1 if k < last else came if k == last else 0 for k in range(MAX_TIERS))
        situation = Situation(
            hours, sector, EXPANDED, value, hours, hours, True, seen, 1.0, True, 1.0, 1.0, 0.0
        )
        stop, persist, _ = russia.review_values(situation)
        return float(persist - stop)

    p = russia.expects(last, 0.0, 1.0, True)
    cost = float(russia.world.tiers.punishment[RUSSIA, last])
    # Not max(0, V) in the second branch: the sign is the same, and at p = 0 it still says where V turns positive.
    return float(p * (max(0.0, rest(1)) - cost) + (1.0 - p) * rest(2))


def critical_values(scenario: Scenario, reliability: float | None = None) -> list[float]:
    """Value of an opportunity above which an attack is carried on, by sector; infinite where it never is.

    Parameters
    ----------
    scenario
        The scenario.
    reliability
        r at every tier; None keeps the scenario's own.
    """
    russia = _rational_russia(scenario, reliability)
    found = []
    for sector in range(scenario.world.sectors):
        gain = partial(_advantage_at, russia, sector)
        if gain(HIGHEST) <= 0.0:
            found.append(math.inf)
        elif gain(LOWEST) >= 0.0:
            found.append(0.0)
        else:
            found.append(math.exp(brentq(gain, LOWEST, HIGHEST, xtol=1e-9)))
    return found


def _advantage_at(russia: Any, sector: int, log_value: float) -> float:
    return carrying_on(russia, sector, math.exp(log_value))


def tempting_rate(world: World, critical: list[float]) -> float:
    """Opportunities a day, at full readiness, whose value exceeds the critical one of its sector."""
    p = world.p
    total = 0.0
    for sector, least in enumerate(critical):
        force = world.force[RUSSIA][sector]
        rate = opportunity_rate(
            p.opportunities_russia_per_day,
            world.salience[sector],
            force,
            1.0,
            p.opportunities_floor,
            RUSSIA_MAJORANT,
        )
        scale, sigma = world.salience[sector] * force, p.opportunities_value_sigma
        if least <= 0.0:
            total += rate
        elif least < math.inf:
            total += rate * _tail(math.log(least / scale), sigma)
    return total


def _tail(log_ratio: float, sigma: float) -> float:
    """P(m > critical) for log m normal with mean -sigma^2/2 about the sector's scale."""
    if sigma <= 0.0:
        return 1.0 if log_ratio < 0.0 else 0.0
    return float(norm.sf((log_ratio + 0.5 * sigma * sigma) / sigma))


def share_deterred(scenario: Scenario, reliability: float | None = None) -> float:
    """Share of the attacks otherwise carried through that a rational violator breaks off before the last tier.

    Parameters
    ----------
    reliability
        r at every tier; None keeps the scenario's own.

    Returns
    -------
    float
        0 to 1; 0 at r = 0 by construction; nan where none would be carried through.
    """
    world = scenario.world
    alone = tempting_rate(world, critical_values(scenario, 0.0))
    if alone <= 0.0:
        return math.nan
    return 1.0 - tempting_rate(world, critical_values(scenario, reliability)) / alone


def reliability_threshold(scenario: Scenario) -> float | None:
    """r*, the reliability at which half of those attacks are broken off; None if there is none.

    Parameters
    ----------
    scenario
        The scenario; its own reliability is left out of account.
    """
    if not scenario.framework.tiers or not share_deterred(scenario, 1.0) > HALF:
        return None
    return float(brentq(lambda r: share_deterred(scenario, r) - HALF, 0.0, 1.0, xtol=1e-4))


def threshold_sentence(scenario: Scenario, threshold: float | None) -> str:
    """The threshold in words."""
    if not scenario.framework.tiers:
        return "Closed form: there is no tier to stop for."
    top = share_deterred(scenario, 1.0)
    if math.isnan(top):
        return "Closed form: no attack would be carried through even if nobody answered."
    who = "rational violator, breach confirmed, earlier tiers delivered, force deployed"
    if threshold is None:
        return f"Closed form: even at r = 1 only {top:.0%} of attacks are broken off before the last tier ({who})."
    return (
        f"Closed form: from r* = {threshold:.3f} on, half of the attacks that would be carried through are "
        f"broken off before the last tier; {top:.0%} at r = 1 ({who})."
    )


def tier_probabilities(scenario: Scenario) -> tuple[float, ...]:
    """R_k of every tier: probability that its required strength arrives in time, at full deployment."""
    return promised(scenario)[RUSSIA].full
