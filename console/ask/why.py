"""Why two cease-fires on the same random numbers part: the draw that both share, and the chances that it met."""

from __future__ import annotations

import math
from typing import Any

from agents.coalition import State
from agents.leadership import Leadership
from console.choice import Choice
from console.watch.minds import tiers_as_seen
from console.watch.run import Watched
from environment import tables
from environment.framework_text import clauses
from environment.log import FIRST_STATE, STANCES, Event, Row, actor_name
from environment.parameters import level_names
from environment.parties import Call, Situation
from environment.rules.draws import HOUR
from environment.world import CLAUSES, RUSSIA, SIDES

CHOICES = (Event.OPPORTUNITY, Event.VIOLATION_BEGINS, Event.REVIEW)
ALIKE = 1e-9
ANSWERS = ("stop", "persist", "escalate")


class Witness:
    """Writes down what parties and states were asked at one instant, and the chances they had; it changes nothing.

    Parameters
    ----------
    run
        The run, before that instant.
    """

    def __init__(self, run: Watched) -> None:
        self.calls: dict[int, tuple[Call, float]] = {}
        self.choices: dict[tuple[int, str], Situation] = {}
        for index, member in enumerate(run.model.parties.responders):
            if isinstance(member, State):
                member.honours = self._asks(index, member)  # type: ignore[method-assign]
        for side in (0, 1):
            party = run.leadership(side)
            for method in ("at_opportunity", "at_review"):
                setattr(party, method, self._listens(side, method, getattr(party, method)))

    def _asks(self, index: int, member: State) -> Any:
        def honours(call: Call) -> bool:
            chance = member.probability(call)
            self.calls[index] = (call, chance)
            return call.u < chance

        return honours

    def _listens(self, side: int, method: str, decide: Any) -> Any:
        def decides(situation: Situation) -> int:
            self.choices[side, method] = situation
            return int(decide(situation))

        return decides


def why(a: Choice, b: Choice, rows: tuple[Row | None, ...]) -> list[str]:
    """Sentences that say what differed at the instant at which the logs part."""
    time = min(row.time for row in rows if row is not None)
    runs = tuple(Watched(choice) for choice in (a, b))
    for run in runs:
        run.to((time - 1) / HOUR)
    before = _differences(*runs)
    beliefs = tuple(tiers_as_seen(run) for run in runs)
    witnesses = tuple(Witness(run) for run in runs)
    for run in runs:
        run.to(time / HOUR)
    events = [row.event for row in rows if row is not None]
    said: list[str] = []
    if Event.RESPONSE_DECIDED in events:
        said += _of_a_call(rows, witnesses)
    if any(event in CHOICES for event in events):
        said += _of_a_choice(runs, rows, witnesses, beliefs)
    said += [*_of_clauses(a, b, rows), *before]
    return said or ["The event follows from what was chosen differently; no decision lies between."]


def _of_a_call(rows: tuple[Row | None, ...], witnesses: tuple[Witness, ...]) -> list[str]:
    """A state was called in both with the same draw, and had another chance of keeping its promise."""
    index = (
        next(row.actor for row in rows if row is not None and row.event == Event.RESPONSE_DECIDED)
        - FIRST_STATE
    )
    if not all(index in witness.calls for witness in witnesses):
        return [f"{actor_name(index + FIRST_STATE)} is called in one of the two only."]
    (call, chance), (other, its) = (witness.calls[index] for witness in witnesses)
    name = tables.states()[index].name
    verdicts = ["keeps its promise" if call.u < p else "does not" for p in (chance, its)]
    same = "the same draw" if call.u == other.u else "draws"
    return [
        f"{name} meets {same} {call.u:.3f} with a probability of keeping its promise of {chance:.3f} in A and "
        f"{its:.3f} in B: in A it {verdicts[0]}, in B it {verdicts[1]}."
    ]


def _of_a_choice(
    runs: tuple[Watched, ...],
    rows: tuple[Row | None, ...],
    witnesses: tuple[Witness, ...],
    beliefs: tuple[list[dict[str, Any]], ...],
) -> list[str]:
    """A leadership chose with the same draw, and weighed the options differently."""
    row = next(row for row in rows if row is not None and row.event in CHOICES)
    if row.actor not in (0, 1):
        return []
    method = "at_review" if row.event == Event.REVIEW else "at_opportunity"
    found = [
        witness.choices[row.actor, method] for witness in witnesses if (row.actor, method) in witness.choices
    ]
    if len(found) < len(witnesses):
        return [f"{SIDES[row.actor]} decides in one of the two only."]
    said = []
    if found[0].u == found[1].u:
        said.append(f"{SIDES[row.actor]} decides with the same draw {found[0].u:.3f} in both.")
    for name, each, run in zip("AB", found, runs, strict=True):
        said.append(f"In {name}: {_worths(run.leadership(row.actor), each, method)}.")
    if row.actor == RUSSIA:
        said += _belief_words(beliefs)
    return said


def _worths(party: Leadership, situation: Situation, method: str) -> str:
    """The options with what each was worth, in utility."""
    if method == "at_review":
        values = party.review_values(situation)
        return "worth of " + ", ".join(
            f"{name} {value:+.2f}"
            for name, value in zip(ANSWERS, values, strict=True)
            if not math.isinf(value)
        )
    worths = party.prospects(situation)
    names = ("complying", *(name.replace("_", " ") for name in level_names()))
    return (
        "worth of "
        + ", ".join(
            f"{name} {value - worths[0]:+.2f}"
            for name, value in zip(names, worths, strict=True)
            if name != names[0]
        )
        + " above complying"
    )


def _belief_words(beliefs: tuple[list[dict[str, Any]], ...]) -> list[str]:
    said = []
    for mine, theirs in zip(*beliefs, strict=False):
        if abs(mine["now"] - theirs["now"]) > ALIKE:
            said.append(
                f"Russia believes that tier {mine['tier']}, if tested now, is delivered with probability "
                f"{mine['now']:.3f} in A and {theirs['now']:.3f} in B."
            )
        if abs(mine["cost"] - theirs["cost"]) > ALIKE:
            said.append(
                f"Tier {mine['tier']} would cost it {mine['cost']:.1f} in A and {theirs['cost']:.1f} in B."
            )
    if len(beliefs[0]) != len(beliefs[1]):
        said.append(f"A has {len(beliefs[0])} tiers, B has {len(beliefs[1])}.")
    return said


def _of_clauses(a: Choice, b: Choice, rows: tuple[Row | None, ...]) -> list[str]:
    """The clause that the event rests on, where the two frameworks word it differently."""
    ids = {CLAUSES[row.clause] for row in rows if row is not None and row.clause >= 0}
    mine, theirs = ({c.id: c.sentence for c in clauses(x.resolved.framework)} for x in (a, b))
    said = []
    for name in sorted(ids):
        one, other = mine.get(name, "no such clause"), theirs.get(name, "no such clause")
        if one != other:
            said.append(f"The clause {name} in A: {one} In B: {other}")
    return said


def _differences(one: Watched, other: Watched) -> list[str]:
    """What differs in the slow state just before."""
    mine, theirs = one.model.state, other.model.state
    said = []
    for name, x, y in (
        ("tension", mine.tension, theirs.tension),
        ("Russia's readiness", mine.readiness[0], theirs.readiness[0]),
        ("Ukraine's readiness", mine.readiness[1], theirs.readiness[1]),
    ):
        if abs(x - y) > ALIKE:
            said.append(f"Just before, {name} is {x:.3f} in A and {y:.3f} in B.")
    if mine.stance != theirs.stance:
        said.append(f"Just before, the US is {STANCES[mine.stance]} in A and {STANCES[theirs.stance]} in B.")
    return said
