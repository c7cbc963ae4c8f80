"""Where two cease-fires on the same random numbers part, and why.

Both are run by the Mesa engine. Up to the first divergence their logs are the same, bit for bit; there
the one draw that both share meets two different chances, or a clause that only one of them has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.ask.places import Places
from console.ask.set_apart import SetApart, set_apart
from console.ask.why import whys
from console.choice import Choice
from console.watch.run import Watched
from environment.log import Event, Row
from environment.outcomes import Outcome
from environment.rules.draws import HOUR
from environment.sentences import sentence

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
AROUND = 3
"""Events told before and after the divergence."""
PIECE_HOURS = 30 * 24.0
"""Hours run between two looks at whether the comparison is still wanted."""
NOTHING_DIFFERS = "Nothing that differs between the two has come to matter."

type Tell = Callable[[str, int, int], None]
"""Hears what is run, how many of its days are done, of how many; may raise to stop it."""


@dataclass
class Parting:
    """Where two runs part; pairs are of A and B.

    ``at`` is the hour of the first event that differs (None where all are the same) and ``same`` the number of
    events before it, with the events around it and ``why``; ``ground`` the hour at which what happens on the ground
    first differs, with what happens there in each at that hour and ``why_ground``; ``set_apart`` says what was chosen
    differently.
    """

    at: float | None
    same: int
    ground: float | None
    before: list[str]
    after: tuple[list[str], list[str]]
    why: list[str]
    on_ground: tuple[list[str], list[str]]
    why_ground: list[str]
    set_apart: SetApart
    outcomes: tuple[Mapping[str, Outcome], Mapping[str, Outcome]]
    changes: tuple[list[dict[str, Any]], list[dict[str, Any]]]
    horizons: tuple[float, float]
    endings: tuple[tuple[float, str], tuple[float, str]]


def part(a: Choice, b: Choice, tell: Tell | None = None) -> Parting:
    """Run two choices to their ends and say where and why they part.

    Parameters
    ----------
    a, b
        The choices; that they share seed and replication is what makes them comparable.
    tell
        Called while the runs go on.
    """
    one, other = (_ran(choice, name, tell) for choice, name in ((a, "A"), (b, "B")))
    logs: tuple[Sequence[Row], Sequence[Row]] = (one.model.log, other.model.log)
    at = _first_difference(*logs)
    on_ground = tuple([k for k, row in enumerate(log) if row.event in HAPPENINGS] for log in logs)
    happened = tuple(
        [_happening(log[k]) for k in places] for log, places in zip(logs, on_ground, strict=True)
    )
    ground = _first_difference(*happened)
    places = _places(at, *(range(len(log)) for log in logs))
    ground_places = _places(ground, *on_ground)
    if tell:
        tell("Looking where they part", 0, 0)
    why, why_ground = whys(a, b, logs, (places, ground_places))
    shared = logs[0][: at if at is not None else len(logs[0])]
    outcomes = (one.model.outcomes(), other.model.outcomes())
    return Parting(
        at=_hour(logs, places),
        same=len(shared),
        ground=_hour(logs, ground_places),
        before=[sentence(row) for row in shared[-AROUND:]],
        after=(_after(logs[0], at), _after(logs[1], at)),
        why=why if at is not None else [NOTHING_DIFFERS],
        on_ground=(_at_hour(logs, ground_places, 0), _at_hour(logs, ground_places, 1)),
        why_ground=why_ground,
        set_apart=set_apart(a, b),
        outcomes=outcomes,
        changes=(one.changes, other.changes),
        horizons=(one.horizon, other.horizon),
        endings=((one.hours, str(outcomes[0]["ending"])), (other.hours, str(outcomes[1]["ending"]))),
    )


def _ran(choice: Choice, name: str, tell: Tell | None) -> Watched:
    """A run taken to its end piece by piece."""
    run = Watched(choice)
    while not run.over and run.hours < run.horizon:
        if tell:
            tell(f"Running {name}, day by day", int(run.hours / 24.0), int(run.horizon / 24.0))
        run.to(min(run.hours + PIECE_HOURS, run.horizon))
    return run


def _happening(row: Row) -> tuple[int, ...]:
    """What happens on the ground: when, what, who, where, at which level."""
    return row.time, row.event, row.actor, row.sector, row.level


def _places(index: int | None, one: Sequence[int], other: Sequence[int]) -> Places:
    """Places in the logs of the first rows that differ."""
    if index is None:
        return None, None
    return one[index] if index < len(one) else None, other[index] if index < len(other) else None


def _time(logs: tuple[Sequence[Row], Sequence[Row]], places: Places) -> int | None:
    return min((log[k].time for log, k in zip(logs, places, strict=True) if k is not None), default=None)


def _hour(logs: tuple[Sequence[Row], Sequence[Row]], places: Places) -> float | None:
    time = _time(logs, places)
    return None if time is None else time / HOUR


def _after(log: Sequence[Row], at: int | None) -> list[str]:
    return [] if at is None else [sentence(row) for row in log[at : at + AROUND]]


def _at_hour(logs: tuple[Sequence[Row], Sequence[Row]], places: Places, side: int) -> list[str]:
    """What happens on the ground in a run at the instant at which the two part there."""
    time = _time(logs, places)
    return [sentence(row) for row in logs[side] if row.time == time and row.event in HAPPENINGS]


def _first_difference(one: Sequence[Any], other: Sequence[Any]) -> int | None:
    """Place of the first row that differs; None where the logs are the same."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other)) if len(one) != len(other) else None
