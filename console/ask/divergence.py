"""Where two cease-fires on the same random numbers part, and why.

Both are run by the Mesa engine. Up to the first divergence their logs are the same, bit for bit; there
the one draw that both share meets two different chances, or a clause that only one of them has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.ask.why import why as reasons
from console.choice import Choice, worded
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
        why=reasons(a, b, row_pair)
        if times
        else ["Nothing that differs between the two has come to matter."],
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
