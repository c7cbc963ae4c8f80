"""Talks in the space of gains: packages, front, zone of agreement, the path of offers, the agreement, the solutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.bargaining.front import pareto_front, zone
from agents.bargaining.gains import NONE, Bools, Floats, Ints
from agents.bargaining.solutions import RULES, solve
from agents.talks.preferences import REFUSED
from environment.talks.packages import PRINCIPALS, Space
from environment.talks.protocols import AGREED
from experiments.talks.course import Meeting

if TYPE_CHECKING:
    from analysis.talks_rounds import Round

PLACE = "place-"
"""Begins the id of what is drawn for a package on the path; its place follows."""


@dataclass(frozen=True)
class Step:
    """A round on the path: its number, the place of its package (-1: not in the space), and who spoke."""

    number: int
    place: int
    by: str


@dataclass(frozen=True, eq=False)
class Picture:
    """One round of talks in the space of gains, as it was when the talks began.

    Parameters
    ----------
    gains
        (P, 2): of Russia and Ukraine over war, war-years.
    open
        (P,): packages that nobody consulted vetoes.
    zone
        (P,): open, and preferred to war by both.
    front
        Places of the open packages that no open package dominates, ascending.
    path
        What was offered or tabled, round by round.
    agreed
        Place of the package agreed, or -1.
    final
        Gains of the two from it when it was agreed; NaN without an agreement.
    solutions
        Place of each solution, -1 where there is none.
    """

    gains: Floats
    open: Bools
    zone: Bools
    front: Ints
    path: tuple[Step, ...]
    agreed: int
    final: tuple[float, float]
    solutions: dict[str, int]

    @property
    def drawn(self) -> Bools:
        """(P,): packages that cross no absolute red line, which are off any scale."""
        return np.asarray((self.gains > REFUSED / 2.0).all(axis=1))


def picture(space: Space, meeting: Meeting, path: Sequence[Round]) -> Picture:
    """Talks in the space of gains.

    Parameters
    ----------
    space
        The packages.
    meeting
        The talks.
    path
        Their rounds.
    """
    gains = np.ascontiguousarray(meeting.gains[:, PRINCIPALS])
    open_places = np.flatnonzero(meeting.open)
    front = open_places[pareto_front(gains[open_places])] if open_places.size else open_places
    places = {int(code): place for place, code in enumerate(space.codes)}
    steps = tuple(Step(r.number, places.get(r.code, NONE), r.by) for r in path)
    agreed = meeting.agreed if meeting.outcome == AGREED else NONE
    final = meeting.final[agreed][list(PRINCIPALS)] if agreed != NONE else np.full(2, np.nan)
    return Picture(
        gains,
        meeting.open,
        np.asarray(zone(gains) & meeting.open),
        np.asarray(front),
        steps,
        agreed,
        (float(final[0]), float(final[1])),
        _solved(gains, open_places),
    )


def _solved(gains: Floats, open_places: Ints) -> dict[str, int]:
    """Place of each solution over the packages without a veto."""
    if not open_places.size:
        return dict.fromkeys(RULES, NONE)
    found = solve(gains[open_places])
    among = {name: int(getattr(found, name)) for name in RULES}
    return {name: int(open_places[k]) if k != NONE else NONE for name, k in among.items()}


def said_at(seen: Picture) -> dict[int, list[Step]]:
    """The rounds in which each package was on the table, by its place."""
    said: dict[int, list[Step]] = {}
    for step in seen.path:
        if step.place != NONE and seen.drawn[step.place]:
            said.setdefault(step.place, []).append(step)
    return said
