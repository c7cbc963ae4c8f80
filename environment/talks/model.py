"""The table as a Mesa model: sessions and rounds on the clock, while the war goes on at the front.

The delegations, the mediator and those consulted are agents, known by their contract alone
(`environment.talks.parties`). Time is that of the whole course: ms since the first talks began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from environment.agenda import Entry
from environment.clockwork import ClockworkModel
from environment.log import VENUES, Event, europe, usa
from environment.parameters import Value
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, exponential, milliseconds
from environment.rules.talks import breakdown_chance
from environment.talks import protocols
from environment.talks.front import WEEK, Front
from environment.talks.packages import Space
from environment.talks.parties import Consulted, Mask, Table, Turn
from environment.talks.protocols import AGREED, BREAKDOWN, DEADLINE, EXHAUSTION, HORIZON, WALKOUT

YEAR = 365 * DAY
FAR = 1 << 62
"""An instant beyond all others."""


class TalksClass(IntEnum):
    """Classes of events in the talks, in the order in which they happen at one instant."""

    FRONT = 0  # a week of war is booked
    BREAKDOWN = 1  # something outside the talks ends them
    SESSION = 2  # the parties meet
    ROUND = 3  # an offer, or a text, and the answers
    DEADLINE = 4  # nobody comes any more, the war has ended of itself, or the time looked at has


@dataclass
class Progress:
    """Where the talks stand."""

    session: int = 0
    rounds: int = 0
    place: int = 0  # of the round in its session, from 0
    text: int = -1  # place of the mediator's text on the table
    objections: dict[int, int] = field(default_factory=dict)  # issue that each party minded in it
    refused: set[int] = field(default_factory=set)
    speaker: int = 0  # who makes the next offer
    vetoes: dict[int, int] = field(default_factory=dict)  # number of packages ruled out, by actor


class TalksModel(ClockworkModel):
    """One round of talks, from the first session to an agreement or its failure.

    Parameters
    ----------
    space
        The packages on the table.
    values
        Parameters of the talks.
    assemble
        Makes those who sit at the table, given the model.
    front
        The war's front; it moves while they talk.
    seed, replication, keep_log, heartbeat
        As of any model.
    number
        Which talks of the course these are, from 0.
    start, horizon, exhaustion
        ms since the course began: when they begin, when the time looked at ends, and when the war would end by itself.
    """

    def __init__(
        self,
        space: Space,
        values: Mapping[str, Value],
        assemble: Callable[[TalksModel], Table],
        front: Front,
        seed: int = 1,
        replication: int = 0,
        number: int = 0,
        start: int = 0,
        horizon: int = FAR,
        exhaustion: int = FAR,
        keep_log: bool = True,
        heartbeat: bool = False,
    ) -> None:
        super().__init__(seed, replication, keep_log, heartbeat)
        self.space, self.values, self.front, self.number = space, values, front, number
        self.now = self.booked = self.start = start
        self.deadline = start + milliseconds(24.0 * float(values["talks.deadline_days"]))
        self.horizon, self.exhaustion = horizon, exhaustion
        self.last = min(self.deadline, horizon, exhaustion)
        self.pace = milliseconds(float(values["talks.round_hours"]))
        self.rounds_a_session = int(values["talks.rounds"])
        self.rounds_in_all = self._rounds_in_all()
        self.progress = Progress()
        self.outcome, self.agreed = -1, -1
        self.open: Mask = np.ones(space.size, np.bool_)
        self.first_open = self.open
        need, first = self.draw(draws.BREAKDOWN, number, 0)
        self.progress.speaker = int(first >= 0.5)
        self.table = assemble(self)
        self.note(Event.TALKS_BEGIN, x=number + 1)
        self._begin(exponential(need))
        self._arm()

    def _begin(self, need: float) -> None:
        """Arm the first session, the war, the deadline and what may end the talks from outside."""
        self.agenda.add(self.now, TalksClass.SESSION)
        self.agenda.add((self.now // WEEK + 1) * WEEK, TalksClass.FRONT)
        self.agenda.add(self.last, TalksClass.DEADLINE)
        rate = float(self.values["talks.breakdown_per_year"])
        if rate > 0.0:
            at = self.start + milliseconds(need / rate * 365.0 * 24.0)
            if at < self.last:
                self.agenda.add(at, TalksClass.BREAKDOWN)

    @property
    def over(self) -> bool:
        """Whether the talks have ended."""
        return self.outcome >= 0

    def happen(self, entry: Entry) -> None:
        """What an entry of the agenda stands for."""
        kind = TalksClass(entry.kind)
        if kind is TalksClass.FRONT:
            self._book()
            self.agenda.add(self.now + WEEK, TalksClass.FRONT)
        elif kind is TalksClass.SESSION:
            self._session()
        elif kind is TalksClass.ROUND:
            self.progress.place = entry.detail
            protocols.PROTOCOLS[str(self.values["talks.protocol"])](self)
        elif kind is TalksClass.BREAKDOWN:
            self.end(BREAKDOWN)
        else:
            late = DEADLINE if self.now >= self.deadline else HORIZON
            self.end(EXHAUSTION if self.now >= self.exhaustion else late)

    def run(self) -> int:
        """Talk to the end; the place of the package agreed, or -1."""
        self.run_until(self.last / HOUR)
        return self.agreed

    def end(self, outcome: int, actor: int = -1) -> None:
        """End the talks."""
        self._book()
        self.outcome = outcome
        if outcome == AGREED:
            self.note(Event.AGREEMENT, x=float(self.space.codes[self.agreed]), y=float(self.progress.rounds))
        self.note(Event.TALKS_END, actor, x=float(outcome), y=float(self.progress.rounds))
        self.running = False

    def turn(self) -> Turn:
        """What whoever speaks now sees."""
        left = self.turns_left()
        years = (self.deadline - self.now) / YEAR / left
        return Turn(
            self.open,
            progress=min(1.0, (self.now - self.start) / (self.deadline - self.start)),
            left=left,
            years=years,
            breakdown=breakdown_chance(float(self.values["talks.breakdown_per_year"]), years),
            opening=self.progress.place == 0,
            last=left == 1,
        )

    def turns_left(self) -> int:
        """Rounds that can still be held before the deadline, this one included."""
        return max(1, self.rounds_in_all - self.progress.rounds + 1)

    def _rounds_in_all(self) -> int:
        """Rounds that can be held before the deadline, which may cut a session short."""
        gap = milliseconds(24.0 * float(self.values["talks.session_days"]))
        opens = range(self.start, self.deadline, gap)
        return sum(min(self.rounds_a_session, -(-(self.deadline - at) // self.pace)) for at in opens)

    def _book(self) -> None:
        """Let the front move up to now."""
        if self.now > self.booked:
            ground = self.front.advance(self.values, self.booked, self.now, self.draw)
            self.booked = self.now
            self.note(Event.FRONT_MOVES, x=ground, y=self.front.donetsk)

    def _session(self) -> None:
        """The parties meet: everybody reckons anew, those consulted say what they would take part in."""
        self._book()
        p = self.progress
        p.session += 1
        venue = float((p.session - 1) % len(VENUES))
        self.note(Event.SESSION_OPENS, x=float(p.session), y=venue)
        self._consult()
        for side, delegation in enumerate(self.table.principals):
            if not delegation.stays(self.open):
                self.end(WALKOUT, side)
                return
        for number in range(self.rounds_a_session):
            at = self.now + number * self.pace
            if at < self.deadline:
                self.agenda.add(at, TalksClass.ROUND, detail=number)
        following = self.now + milliseconds(24.0 * float(self.values["talks.session_days"]))
        if following < self.deadline:
            self.agenda.add(following, TalksClass.SESSION)

    def _consult(self) -> None:
        """Ask those whose forces and guarantees are at stake what they would underwrite."""
        self.open = np.ones(self.space.size, np.bool_)
        for delegation in self.table.principals:
            delegation.informed(self.front.donetsk)
        asked_in_turn: tuple[tuple[int, Consulted], ...] = (
            (usa(), self.table.mediator),
            (europe(), self.table.europe),
        )
        for actor, asked in asked_in_turn:
            asked.informed(self.front.donetsk)
            admitted = asked.admits()
            self.open = self.open & admitted
            vetoes = int((~admitted).sum())
            if vetoes != self.progress.vetoes.get(actor):  # said again only where it has changed
                self.note(Event.CONSULTED, actor, x=float(vetoes), y=float(self.space.size))
            self.progress.vetoes[actor] = vetoes
        if self.progress.session == 1:
            self.first_open = self.open
