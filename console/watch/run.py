"""The run that is watched: a live Mesa model that goes on by hours, to the next event or to the next case."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from agents.leadership import Leadership
from console.choice import Choice
from environment import casebook
from environment.log import Event, Row
from environment.rules.draws import HOUR
from environment.sentences import told
from environment.world import RUSSIA, UKRAINE
from experiments.compose import compose

SAMPLE_HOURS = 12
"""Hours between two samples of the slow state; reading it changes nothing."""
PERIOD = SAMPLE_HOURS * HOUR
KINDS = {
    "violations": (
        "opportunity",
        "violation_begins",
        "violation_escalates",
        "violation_ends",
        "halted",
        "review",
        "reply",
        "strike",
        "background",
    ),
    "evidence": (
        "detected",
        "observed",
        "recorded",
        "verification_begins",
        "verified",
        "inconclusive",
        "dismissed",
        "false_alarm",
        "accusation",
    ),
    "cases": (
        "case_opened",
        "case_joined",
        "case_closed",
        "tier_opened",
        "tier_delivered",
        "warning_delivered",
        "deadline_missed",
        "deadline_cancelled",
        "response_failed",
    ),
    "responses": ("response_decided", "response_arrived", "exchange"),
}
"""Kinds of events by which the log can be filtered; all others are of the kind "course"."""
KIND_OF = {event: kind for kind, events in KINDS.items() for event in events}
INSTANT = 1e-5
"""Hours within which two times are the same instant: the story's are rounded to six digits."""
CLOCK_ENDS = " h  "
"""What ends the day and hour at the head of a line of the story."""

NUMBERS = itertools.count(1)
"""A number for every run that is begun, so that a page knows when it shows another."""


class Watched:
    """A cease-fire that unfolds under the eyes of a visitor.

    Parameters
    ----------
    choice
        What to run; it is run by the Mesa engine with its log.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.run_number = next(NUMBERS)
        self._begin()

    def _begin(self) -> None:
        choice = self.choice
        self.model = compose(choice.resolved, choice.seed, choice.replication)
        self.samples: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []
        self.answers: dict[tuple[int, int, int], str] = {}
        self._read, self._sampled = 0, -1
        self._lines: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        self._told: dict[bool, int] = {True: 0, False: 0}
        self.model.run_until(1 / HOUR)  # Mesa does what is due now only on its way to later: here 1 ms
        self._notice()

    @property
    def over(self) -> bool:
        """Whether the cease-fire has ended."""
        return self.model.over

    @property
    def hours(self) -> float:
        """Hours since the cease-fire took effect: of the last event once it has ended."""
        if self.over:
            return float(self.model.now / HOUR)
        return float(self.model.time)

    @property
    def horizon(self) -> float:
        """Length of the run in hours."""
        return float(self.model.world.horizon / HOUR)

    # -- going on ----------------------------------------------------------------------------------

    def to(self, hours: float) -> None:
        """Go to an hour; to one that is past by running anew from the beginning, which gives the same."""
        hours = min(max(hours, 0.0), self.horizon)
        if hours < self.hours:
            self.run_number = next(NUMBERS)
            self._begin()
        while not self.over and (self._sampled + 1) * PERIOD <= hours * HOUR:
            self.model.run_until((self._sampled + 1) * SAMPLE_HOURS)
            self._notice()
        if not self.over and hours > self.model.time:
            self.model.run_until(hours)
        self._notice()

    def forward(self, hours: float) -> None:
        """Go on by some hours."""
        self.to(self.hours + hours)

    def to_next(self, wanted: Callable[[Row], bool]) -> None:
        """Go on to the first event that is wanted, or to the ending."""
        while not self.over:
            due = self.model.agenda.next_time()
            if due is None:
                break
            before = len(self.model.log)
            self.to(due / HOUR)
            if any(wanted(row) for row in self.model.log[before:]):
                break

    def to_next_told(self, everything: bool) -> None:
        """Go on to the next event that the story tells."""
        start = len(self.lines(everything))
        while not self.over and len(self.lines(everything)) == start:
            self.to_next(lambda _: True)

    def to_previous_told(self, everything: bool) -> None:
        """Go back to the last instant before this one of which the story tells."""
        times = [line["t"] for line in self.lines(everything) if line["t"] < self.hours - INSTANT]
        self.to(times[-1] if times else 0.0)

    def to_next_case(self) -> None:
        """Go on to the hour at which the next case opens."""
        self.to_next(lambda row: row.event == Event.CASE_OPENED)

    # -- what was seen -----------------------------------------------------------------------------

    def lines(self, everything: bool) -> list[dict[str, Any]]:
        """The story so far, a line each, word for word as ``ceasefire run`` prints it (``--all`` for everything).

        Returns
        -------
        list
            ``head``, ``body`` and ``tail``, which make up the line; ``kind``, ``sector``, ``case``, ``clause``.
        """
        log, known = self.model.log, self._lines[everything]
        for event, line in told(log[self._told[everything] :], everything):
            known.append(_parted(event, line))
        self._told[everything] = len(log)
        return known

    def _notice(self) -> None:
        """Take in what the log has that is new, and a sample of the slow state when it is due."""
        for row in self.model.log[self._read :]:
            self._take(row)
        self._read = len(self.model.log)
        due = int(self.model.time * HOUR) // PERIOD
        if due > self._sampled:
            self._sampled = due
            self.samples.append(self._sample())

    def _take(self, row: Row) -> None:
        if row.event == Event.RESPONSE_DECIDED:
            self.answers[row.case, row.tier, row.actor] = "honours" if row.x else "declines"
        elif row.event == Event.RESPONSE_ARRIVED:
            self.answers[row.case, row.tier, row.actor] = "arrived"
        elif row.event == Event.CASE_CLOSED:
            self.answers = {key: value for key, value in self.answers.items() if key[0] != row.case}
        elif row.event in (Event.VIOLATION_BEGINS, Event.VIOLATION_ESCALATES):
            self._change(row, row.level)
        elif row.event in (Event.VIOLATION_ENDS, Event.HALTED):
            self._change(row, 0)

    def _change(self, row: Row, level: int) -> None:
        self.changes.append({"t": row.time / HOUR, "side": row.actor, "sector": row.sector, "level": level})

    def _sample(self) -> dict[str, Any]:
        run, hours = self.model, self.model.time
        state = run.state
        return {
            "t": hours,
            "tension": state.tension,
            "readiness": state.readiness[RUSSIA],
            "readiness_ukraine": state.readiness[UKRAINE],
            "week": sum(state.week),
            "deployed": casebook.deployed(run),
            "beliefs": [self.leadership().beliefs.mean(k, hours) for k in range(run.world.tiers.size)],
        }

    def leadership(self, side: int = RUSSIA) -> Leadership:
        """A side's leadership; a page runs the shipped ones only."""
        found = self.model.parties.leaderships[side]
        assert isinstance(found, Leadership)
        return found


def _parted(event: Mapping[str, Any], line: str) -> dict[str, Any]:
    """A line in the parts that the page shows apart: joined they are the line."""
    tail = f"  ({event['clause']})" if event["clause"] else ""
    start = line.index(CLOCK_ENDS) + len(CLOCK_ENDS)
    body = line[start : len(line) - len(tail)]
    return {
        "t": float(event["t"]),
        "head": line[:start],
        "body": body,
        "tail": tail,
        "kind": KIND_OF.get(str(event["event"]), "course"),
        "sector": event["sector"] or "",
        "case": event["case"] or 0,
        "clause": event["clause"] or "",
    }
