"""What the page shows of those who decide: the coalition's board, and Russia's beliefs and perceived ladder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agents.coalition import State
from agents.rules.choice import subjective
from agents.russia import Persisting
from console.watch.run import Watched
from environment import casebook, tables
from environment.agenda import Class
from environment.log import FIRST_STATE
from environment.parties import Situation
from environment.rules.draws import HOUR
from environment.world import MAX_TIERS, RUSSIA

ORDINARY = 1.0
"""Value m of an ordinary opportunity."""
VALUES = (0.5, ORDINARY, 2.0, 3.0)
"""Values of opportunities at which the perceived ladder can be shown."""
ANSWERED = ("arrived", "on the way", "honours", "declines")
"""How a state may stand to the open cases, the furthest first."""


def board(watched: Watched) -> list[dict[str, Any]]:
    """Every state that can be called: will, fatigue, and how it has answered the open cases.

    Returns
    -------
    list
        In the order of the table of states: ``will`` (departure from the reference, logits), ``fatigue``, ``effort``
        (share of its weight that it would send), ``answers`` (one for each open case and tier that called it,
        with hours to its arrival where it is on the way), ``stands`` (the furthest of them, or "").
    """
    run = watched.model
    hours, serials = watched.hours, run.state.cases.serial
    coming = {
        (entry.mark, entry.detail + 1, entry.actor): entry.time / HOUR - hours
        for entry in run.agenda.waiting(Class.ARRIVE)
        if serials[entry.case] == entry.mark
    }
    answers: dict[int, list[dict[str, Any]]] = {}
    for (case, tier, actor), word in watched.answers.items():
        state = actor - FIRST_STATE
        left = coming.get((case, tier, state))
        if word == "honours" and left is not None:
            word = "on the way"
        answers.setdefault(state, []).append({"case": case, "tier": tier, "word": word, "left": left})
    found = []
    for index in range(len(tables.states())):
        member = run.parties.responders[index]
        assert isinstance(member, State)
        mine = answers.get(index, [])
        words = {str(answer["word"]) for answer in mine}
        found.append(
            {
                "will": member.base_will + member.mood,
                "fatigue": member.fatigue_at(hours),
                "effort": member.effort(hours),
                "answers": mine,
                "stands": next((word for word in ANSWERED if word in words), ""),
            }
        )
    return found


def tiers_as_seen(watched: Watched) -> list[dict[str, Any]]:
    """Each tier as Russia sees it: promised, believed, believed now, how sure, and what it would cost.

    Returns
    -------
    list
        ``promised`` (R_k computed at the start), ``believed`` (mean of the Beta belief at full deployment),
        ``strength`` (its observations), ``now`` (given what is deployed; 0 where not in
        force), ``cost`` (utility).
    """
    run, hours = watched.model, watched.hours
    russia = watched.leadership(RUSSIA)
    ramp, in_force = casebook.deployed(run), casebook.in_force(run)
    found = []
    for k in range(run.world.tiers.size):
        found.append(
            {
                "tier": k + 1,
                "promised": russia.beliefs.promised.full[k],
                "believed": russia.beliefs.mean(k, hours),
                "strength": sum(russia.beliefs.at(k, hours)),
                "now": russia.beliefs.expected(k, hours, ramp, in_force),
                "cost": russia.cost(k),
            }
        )
    return found


def ladder_as_seen(watched: Watched, sector: int, value: float = ORDINARY) -> list[dict[str, Any]]:
    """What Russia expects of each level at an opportunity in a sector, and how it would choose.

    Parameters
    ----------
    watched
        The run.
    sector
        Index of the sector.
    value
        Value m of the opportunity; 1 is an ordinary one.

    Returns
    -------
    list
        Empty where Russia follows a script that weighs nothing; else by level from 0 (comply) to 5: ``value`` (utility
        above complying), ``chance`` (quantal response).
    """
    run, russia = watched.model, watched.leadership(RUSSIA)
    if isinstance(russia, Persisting):
        return []
    situation = Situation(
        hours=watched.hours,
        sector=sector,
        level=0,
        value=value,
        clock=0.0,
        age=0.0,
        confirmed=False,
        tiers=(0,) * MAX_TIERS,
        ramp=casebook.deployed(run),
        in_force=casebook.in_force(run),
        attention=1.0,
        readiness=run.state.readiness[RUSSIA],
        u=0.0,
    )
    with unchanged(russia):
        values = russia.prospects(situation)
    rule = russia.rule
    above = [value - values[0] for value in values]
    felt = [subjective(value, rule.curvature, rule.loss_aversion) for value in above]
    return [
        {"level": level, "value": value, "chance": chance}
        for level, (value, chance) in enumerate(zip(above, _chances(felt, russia.precision), strict=True))
    ]


def _chances(values: list[float], precision: float) -> list[float]:
    """Probabilities of the quantal response (R20); a test holds them against the rule that draws from them."""
    best = max(values)
    if math.isinf(precision):
        first = values.index(best)
        return [1.0 if level == first else 0.0 for level in range(len(values))]
    weights = [math.exp(precision * (value - best)) for value in values]
    return [weight / sum(weights) for weight in weights]


@contextmanager
def unchanged(who: Any) -> Iterator[None]:
    """Asking lets beliefs fade to now in one step more; a watcher leaves them as they were."""
    beliefs = [
        each for each in (getattr(who, "beliefs", None), getattr(who, "partner_beliefs", None)) if each
    ]
    kept = [(list(each.counts), list(each.learned_at)) for each in beliefs]
    try:
        yield
    finally:
        for each, (counts, learned) in zip(beliefs, kept, strict=True):
            each.counts, each.learned_at = counts, learned
