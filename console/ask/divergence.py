"""Where two cease-fires on the same random numbers part, and why.

Both are run by the Mesa engine. Up to the first divergence their logs are the same, bit for bit; there
the one draw that both share meets two different chances, or a clause that only one of them has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.coalition import State
from agents.leadership import Leadership
from console.choice import Choice, worded
from console.watch.minds import tiers_as_seen
from console.watch.run import Watched
from environment import tables
from environment.framework_text import clauses
from environment.log import FIRST_STATE, STANCES, Event, Row, actor_name
from environment.outcomes import Outcome
from environment.parameters import level_names
from environment.parties import Call, Situation
from environment.rules.draws import HOUR
from environment.sentences import sentence
from environment.world import CLAUSES, RUSSIA, SIDES

HAPPENINGS = frozenset(
    (
        Event.VIOLATION_BEGINS,
        Event.VIOLATION_ESCALATES,
        Event.VIOLATION_ENDS,
        Event.HALTED,
        Event.STRIKE,
        Event.RECOMMITMENT,
        Event.ENDING,
    )
)
"""What happens on the ground, as against the books that are kept of it."""
CHOICES = (Event.OPPORTUNITY, Event.VIOLATION_BEGINS, Event.REVIEW)
AROUND = 3
"""Events told before and after the divergence."""
ALIKE = 1e-9
ANSWERS = ("stop", "persist", "escalate")


@dataclass
class Parting:
    """Where two runs part.

    ``at`` is the hour of the first event that differs (None where all are the same) and ``same`` the number of
    events before it; ``ground`` the hour at which what happens on the ground first differs; ``set_apart`` says
    what was chosen differently; pairs are of A and B.
    """

    at: float | None
    same: int
    ground: float | None
    before: list[str]
    after: tuple[list[str], list[str]]
    why: list[str]
    set_apart: list[str]
    outcomes: tuple[Mapping[str, Outcome], Mapping[str, Outcome]]
    changes: tuple[list[dict[str, Any]], list[dict[str, Any]]]
    horizon: float
    endings: tuple[tuple[float, str], tuple[float, str]] = field(default=((0.0, ""), (0.0, "")))


def part(a: Choice, b: Choice) -> Parting:
    """Run two choices to their ends and say where and why they part.

    Parameters
    ----------
    a, b
        The choices; that they share seed and replication is what makes them comparable.
    """
    runs = tuple(Watched(choice) for choice in (a, b))
    for run in runs:
        run.to(run.horizon)
    logs = tuple(run.model.log for run in runs)
    at = _first_difference(*logs)
    ground = _first_difference(*(_on_ground(log) for log in logs))
    row_pair = tuple(log[at] if at is not None and at < len(log) else None for log in logs)
    times = [row.time for row in row_pair if row is not None]
    grounds = [rows[ground][0] for rows in map(_on_ground, logs) if ground is not None and ground < len(rows)]
    shared = logs[0][: at if at is not None else len(logs[0])]
    return Parting(
        at=min(times) / HOUR if times else None,
        same=len(shared),
        ground=min(grounds) / HOUR if grounds else None,
        before=[sentence(row) for row in shared[-AROUND:]],
        after=tuple(
            [sentence(row) for row in log[at : at + AROUND]] if at is not None else [] for log in logs
        ),  # type: ignore[arg-type]
        why=_why(a, b, row_pair) if times else ["Nothing that differs between the two has come to matter."],
        set_apart=set_apart(a, b),
        outcomes=(runs[0].model.outcomes(), runs[1].model.outcomes()),
        changes=(runs[0].changes, runs[1].changes),
        horizon=max(run.horizon for run in runs),
        endings=tuple((run.hours, str(run.model.outcomes()["ending"])) for run in runs),  # type: ignore[arg-type]
    )


def _on_ground(log: Sequence[Row]) -> list[tuple[int, ...]]:
    """What happens on the ground: when, what, who, where, at which level."""
    return [(row.time, row.event, row.actor, row.sector, row.level) for row in log if row.event in HAPPENINGS]


def set_apart(a: Choice, b: Choice) -> list[str]:
    """What was chosen differently, a line each; empty where the two are the same."""
    one, other = (choice.resolved.canonical() for choice in (a, b))
    said = []
    for part_name, prefix in (("framework", "framework."), ("parameters", "")):
        mine, theirs = one[part_name], other[part_name]
        for key in sorted({*mine, *theirs}):
            if mine.get(key) != theirs.get(key):
                said.append(f"{prefix}{key}: {_shown(mine.get(key))} in A, {_shown(theirs.get(key))} in B")
    said += [
        f"{name}: {getattr(a, name)} in A, {getattr(b, name)} in B: other random numbers"
        for name in ("seed", "replication")
        if getattr(a, name) != getattr(b, name)
    ]
    return said


def _shown(value: object) -> str:
    return "nothing" if value is None else worded(value) or "nothing"


def _first_difference(one: Sequence[Any], other: Sequence[Any]) -> int | None:
    """Place of the first row that differs; None where the logs are the same."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other)) if len(one) != len(other) else None


# -- why -------------------------------------------------------------------------------------------


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


def _why(a: Choice, b: Choice, rows: tuple[Row | None, ...]) -> list[str]:
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
