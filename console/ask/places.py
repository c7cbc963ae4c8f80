"""Places in two logs: the event that is like another, and the decision that an event carries out."""

from __future__ import annotations

from collections.abc import Sequence

from console.ask.decisions import DECIDED
from environment.log import ENDINGS, SOURCES, Event, Row

type Log = Sequence[Row]
type Places = tuple[int | None, int | None]
"""Places in the logs of A and of B; None where it has nothing of the kind at that hour."""
BEHIND = {
    Event.VIOLATION_ESCALATES: (Event.REVIEW,),
    Event.VIOLATION_ENDS: (Event.REVIEW,),
    Event.STRIKE: (Event.REVIEW, Event.OPPORTUNITY),
}
"""Decisions that an event may carry out, in the same breath."""
BEHIND_A_VIOLATION = {"ordered": (Event.OPPORTUNITY,), "retaliation": (Event.REPLY,)}


def key(row: Row) -> tuple[int, ...]:
    """What makes two events alike."""
    return row.event, row.actor, row.sector, row.tier


def matching(log: Log, row: Row, time: int, start: int = 0) -> int | None:
    """The place of the like event at an instant: same kind, actor, sector and tier, and case if it can be."""
    found = [k for k in range(start, len(log)) if log[k].time == time and key(log[k]) == key(row)]
    same = [k for k in found if log[k].case == row.case]
    return next(iter([*same, *found]), None)


def pairs(logs: tuple[Log, Log], places: Places, time: int) -> list[Places]:
    """The events to be explained: those at this instant, each beside its like in the other log."""
    found: list[Places] = []
    for n, (log, place) in enumerate(zip(logs, places, strict=True)):
        if place is None or place >= len(log) or log[place].time != time:
            continue
        other = matching(logs[1 - n], log[place], time, _start(logs[1 - n], places[1 - n]))
        if other is not None and logs[1 - n][other] == log[place]:
            continue  # the other has the very same a little later in the same instant
        pair: Places = (place, other) if n == 0 else (other, place)
        if pair not in found:
            found.append(pair)
    return found


def _start(log: Log, place: int | None) -> int:
    return len(log) if place is None else place


def deciding(log: Log, place: int) -> int | None:
    """The place of the decision that an event tells or carries out; None where it follows from none."""
    row = log[place]
    if row.event in DECIDED:
        return place
    wanted: tuple[Event, ...] = BEHIND.get(Event(row.event), ())
    if row.event == Event.VIOLATION_BEGINS:
        wanted = BEHIND_A_VIOLATION.get(SOURCES[int(row.x)], ())
    abrogated = row.event == Event.ENDING and ENDINGS[int(row.x)] == "abrogation"
    for k in range(place - 1, -1, -1):
        if log[k].time != row.time:
            break
        if abrogated and log[k].event == Event.STRATEGIC_REVIEW and log[k].x:
            return k
        if log[k].event in wanted and (log[k].actor, log[k].sector) == (row.actor, row.sector):
            return k
    return None
