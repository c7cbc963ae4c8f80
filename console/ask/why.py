"""Why two cease-fires on the same random numbers part at an hour: what each of them has then, and what led to it.

Only what happens at that very hour is explained: a run that has nothing of the kind then is said to have nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from console.ask.before import Noted, believed, both, differences, noted, unlike
from console.ask.decisions import DECIDED, of_both, of_one, unasked, who
from console.ask.places import Log, Places, deciding, key, matching, pairs
from console.ask.witness import Decision, Witness
from console.choice import Choice
from console.watch.run import Watched
from environment.framework_text import clauses
from environment.log import EXTRAS, Event, Row, record
from environment.rules.draws import HOUR
from environment.sentences import sentence
from environment.world import CLAUSES

SIDES_SHOWN = "AB"
HOUR_DIGITS = (1, 3, 6)


class Instant:
    """A and B at one instant: what they were just before, and what was decided in it.

    Parameters
    ----------
    runs
        Two runs that have not got there; they are taken to it.
    time
        When, in ms.
    """

    def __init__(self, runs: tuple[Watched, Watched], time: int) -> None:
        self.runs, self.time = runs, time
        for run in runs:
            run.to((time - 1) / HOUR)
        self.slow: list[dict[str, Noted]] = [noted(run) for run in runs]
        self.beliefs: list[dict[str, Noted]] = [believed(run) for run in runs]
        with ExitStack() as stack:
            witnesses = [stack.enter_context(Witness(run)) for run in runs]
            for run in runs:
                run.to(time / HOUR)
        self.decisions: tuple[dict[int, Decision], ...] = tuple(w.decisions for w in witnesses)

    def why(self, logs: tuple[Log, Log], places: Places) -> list[str]:
        """Why the rows at two places differ; of those that are not at this instant nothing is said.

        Parameters
        ----------
        logs
            The logs of A and B.
        places
            The first rows of each that differ.
        """
        said: list[str] = []
        for pair in pairs(logs, places, self.time):
            said += self._of(logs, pair)
        choices = [row.actor in (0, 1) for row in self._rows(logs, places) if row.event in DECIDED]
        said += differences(*self.slow)
        if any(choices) or not any(row.event in DECIDED for row in self._rows(logs, places)):
            said += differences(*self.beliefs)
        return said

    def _rows(self, logs: tuple[Log, Log], places: Places) -> list[Row]:
        return [
            log[place]
            for log, place in zip(logs, places, strict=True)
            if place is not None and place < len(log) and log[place].time == self.time
        ]

    def _of(self, logs: tuple[Log, Log], pair: Places) -> list[str]:
        """One event that A or B has, or that they have differently."""
        rows = tuple(log[k] if k is not None else None for log, k in zip(logs, pair, strict=True))
        said = [_who_has(logs, rows)] if None in rows else []
        decided = self._decided(logs, pair)
        if decided:
            said += decided
        if None not in rows and (not decided or sentence(rows[0]) == sentence(rows[1])):  # type: ignore[arg-type]
            said += fields_that_differ(*rows)  # type: ignore[arg-type]
        return said + self._clauses(rows)

    def _decided(self, logs: tuple[Log, Log], pair: Places) -> list[str]:
        """The decision that the event tells or carries out, in both where the other was asked at that hour too."""
        places = [None if k is None else deciding(log, k) for log, k in zip(logs, pair, strict=True)]
        known = next((n for n, k in enumerate(places) if k is not None), None)
        if known is None:
            return []
        other, row = 1 - known, logs[known][places[known]]  # type: ignore[index]
        if places[other] is None:
            places[other] = matching(logs[other], row, self.time)
        found = [None if k is None else each.get(k) for k, each in zip(places, self.decisions, strict=True)]
        if found[0] is not None and found[1] is not None:
            return of_both(self.runs, row, (found[0], found[1]))
        said = []
        for n, (each, place) in enumerate(zip(found, places, strict=True)):
            if each is not None and places[1 - n] is None:
                said += of_one(self.runs, row, each, SIDES_SHOWN[n])
            elif each is not None:
                said.append(f"In {SIDES_SHOWN[n]} {who(row)} meets the draw {each.seen.u:.3f} and decides.")
            elif place is not None:
                said.append(f"In {SIDES_SHOWN[n]} {who(row)} is not asked: {unasked(row)}.")
        return said

    def _clauses(self, rows: tuple[Row | None, ...]) -> list[str]:
        """The clause that the event rests on, where the two frameworks word it differently."""
        ids = {CLAUSES[row.clause] for row in rows if row is not None and row.clause >= 0}
        mine, theirs = (
            {c.id: c.sentence for c in clauses(run.choice.resolved.framework)} for run in self.runs
        )
        said = []
        for name in sorted(ids):
            one, other = mine.get(name, "no such clause."), theirs.get(name, "no such clause.")
            if one != other:
                said.append(f"The clause {name} in A: {one} In B: {other}")
        return said


def whys(a: Choice, b: Choice, logs: tuple[Log, Log], asked: Sequence[Places]) -> list[list[str]]:
    """Why the logs part at several places, the earliest first.

    Parameters
    ----------
    a, b
        The choices, which are run again up to each instant.
    logs
        Their logs.
    asked
        Places of the rows that differ; both None where nothing does.
    """
    runs = (Watched(a), Watched(b))
    found: list[list[str]] = []
    last: Instant | None = None
    for places in asked:
        times = [log[k].time for log, k in zip(logs, places, strict=True) if k is not None]
        if not times:
            found.append([])
            continue
        if last is None or last.time != min(times):
            last = Instant(runs, min(times))
        found.append(last.why(logs, places))
    return found


def _who_has(logs: tuple[Log, Log], rows: tuple[Row | None, ...]) -> str:
    """Which of the two has the event at that hour."""
    n = 0 if rows[0] is not None else 1
    row, letter, other = rows[n], SIDES_SHOWN[n], SIDES_SHOWN[1 - n]
    assert row is not None
    later = next((each for each in logs[1 - n] if each.time > row.time and key(each) == key(row)), None)
    next_one = ""
    if later is not None:
        here, there = both(row.time / HOUR, later.time / HOUR, HOUR_DIGITS)
        next_one = f" (hour {here}; the next of its kind there is at hour {there})"
    what = " ".join(sentence(row).split())
    return (
        f"Only {letter} has this event at that hour: {what}. {other} has nothing of the kind then{next_one}."
    )


def fields_that_differ(one: Row, other: Row) -> list[str]:
    """The fields of two rows that differ, with both values: what their sentences round or leave out."""
    mine, theirs = record(one), record(other)
    differ = [key for key in mine if key in theirs and mine[key] != theirs[key]]
    said = [f"{key} is {mine[key]} in A and {theirs[key]} in B" for key in differ]
    if not said:  # less than the log's own rounding
        names = [name for name, _ in EXTRAS.get(Event(one.event), ())]
        for name, x, y in zip(names, one[-3:], other[-3:], strict=False):
            if unlike(x, y):
                shown = both(x, y)
                said.append(f"{name} is {shown[0]} in A and {shown[1]} in B")
    return [f"The same event has other values: {'; '.join(said)}."] if said else []
