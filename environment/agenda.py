"""The ordered set of events: one table of classes decides every tie, in both engines.

Ties resolve by (time, class, sector, case, actor, sequence). Time is whole milliseconds.
"""

from __future__ import annotations

import heapq
from enum import IntEnum
from typing import NamedTuple


class Class(IntEnum):
    """Classes of events in the order in which they happen at one instant (quoted in ODD.md)."""

    STANCE = 0  # the United States changes its stance
    HALT = 1  # a violation is halted
    DAY = 2  # daily books: counts, background, slow state
    DETECT = 3  # a violation is seen
    OBSERVE = 4  # a change in a seen violation is seen
    VERIFY = 5  # an attempt at verification ends
    ARRIVE = 6  # a state's response arrives
    DEADLINE = 7  # a tier's deadline passes
    TIER = 8  # a tier's clock strikes
    REVIEW = 9  # the violator decides; then Ukraine replies
    QUIET = 10  # the quiet hours end
    OPPORTUNITY = 11  # a leadership sees an opening
    FALSE_ALARM = 12  # something is reported that did not happen
    RECOMMIT = 13  # a new truce inside the cease-fire
    STRATEGIC = 14  # a party may give the cease-fire up
    COLLAPSE = 15  # an expanded attack has gone on too long
    HORIZON = 16  # the run ends


class Entry(NamedTuple):
    """One event to come: the key of its order, then what it needs."""

    time: int
    kind: int
    sector: int
    case: int
    actor: int
    sequence: int
    mark: int = 0
    detail: int = 0


class Agenda:
    """Events to come, in order."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._sequence = 0

    def add(
        self,
        time: int,
        kind: int,
        sector: int = -1,
        case: int = -1,
        actor: int = -1,
        mark: int = 0,
        detail: int = 0,
    ) -> None:
        """Add an event.

        Parameters
        ----------
        time
            Milliseconds since the cease-fire took effect.
        kind
            Class of the event.
        sector, case, actor
            Parts of its order; -1 where there is none.
        mark
            Generation that must still be current when it comes, else it is void.
        detail
            What else it needs.
        """
        self._sequence += 1
        heapq.heappush(self._heap, Entry(time, kind, sector, case, actor, self._sequence, mark, detail))

    def next_time(self) -> int | None:
        """Instant of the next event, or None."""
        return self._heap[0].time if self._heap else None

    def pop(self) -> Entry:
        """Take the next event."""
        return heapq.heappop(self._heap)

    def clear(self) -> None:
        """Forget everything to come."""
        self._heap.clear()

    def waiting(self, kind: int) -> list[Entry]:
        """The events of a class that are still to come, in order; for those who only watch."""
        return sorted(entry for entry in self._heap if entry.kind == kind)

    def __len__(self) -> int:
        return len(self._heap)
