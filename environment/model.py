"""The Mesa model: agents decide, the world's processes are an ordered set of events on a state.

Mesa holds the agents and the clock (one unit of time is one hour); our agenda holds the events,
because Mesa's own ties are first in, first out, and the order of ties is part of the model. One
event of Mesa's stands for the next instant of the agenda.
"""

from __future__ import annotations

from collections.abc import Callable

import mesa

from environment import (
    accounts,
    cases,
    endings,
    evidence,
    memory,
    responses,
    slow,
    verification,
    violations,
)
from environment.agenda import Agenda, Class, Entry
from environment.log import Event, Row
from environment.outcomes import Outcome, Totals, outcome_row
from environment.parties import Parties
from environment.rules.draws import DAY, HOUR, uniforms
from environment.state import fresh
from environment.world import World

type Handler = Callable[["CeasefireModel", Entry], None]

HANDLERS: dict[Class, Handler] = {
    Class.STANCE: slow.on_stance,
    Class.HALT: violations.on_halt,
    Class.DAY: slow.on_day,
    Class.DETECT: evidence.on_detect,
    Class.OBSERVE: evidence.on_observe,
    Class.VERIFY: verification.on_verify,
    Class.ARRIVE: responses.on_arrival,
    Class.DEADLINE: responses.on_deadline,
    Class.TIER: cases.on_tier,
    Class.REVIEW: violations.on_review,
    Class.QUIET: cases.on_quiet,
    Class.OPPORTUNITY: violations.on_opportunity,
    Class.FALSE_ALARM: evidence.on_false_alarm,
    Class.RECOMMIT: slow.on_recommitment,
    Class.STRATEGIC: endings.on_strategic_review,
    Class.COLLAPSE: endings.on_collapse,
    Class.HORIZON: endings.on_horizon,
}


class CeasefireModel(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """One cease-fire, from the hour it takes effect to its ending or the horizon.

    Parameters
    ----------
    world
        The compiled scenario.
    assemble
        Makes the parties, given the model (the environment knows them by their contract alone).
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.
    keep_log
        Whether to keep the event log.
    heartbeat
        Whether Mesa's hourly step runs (only where something watches: it costs more than the model).
    """

    def __init__(
        self,
        world: World,
        assemble: Callable[[CeasefireModel], Parties],
        seed: int = 1,
        replication: int = 0,
        keep_log: bool = True,
        heartbeat: bool = False,
    ) -> None:
        super().__init__(rng=seed)
        self.world = world
        self.key0, self.key1 = seed & 0xFFFFFFFF, seed >> 32
        self.replication = replication
        self.state = fresh(world)
        self.agenda = Agenda()
        self.totals = Totals()
        self.log: list[Row] = []
        self.keep_log = keep_log
        self.now = 0
        self.settled = 0  # ms up to which violence is integrated
        self.ending = -1
        if not heartbeat:
            self._default_schedule.stop()
        self.parties = assemble(self)
        self.note(Event.CEASEFIRE_BEGINS)
        memory.begin(self)
        slow.begin(self)
        violations.begin(self)
        evidence.begin(self)
        endings.begin(self)
        self._arm()

    def draw(self, stream: int, actor: int, index: int) -> tuple[float, float]:
        """Two uniforms in [0, 1) at an address: a pure function of what they are for (R01)."""
        return uniforms(self.key0, self.key1, self.replication, stream, actor, index)

    def note(
        self,
        event: Event,
        actor: int = -1,
        sector: int = -1,
        level: int = -1,
        case: int = -1,
        clock: int = -1,
        tier: int = -1,
        clause: int = -1,
        evidence: int = -1,
        x: float = 0.0,
        y: float = 0.0,
        z: float = 0.0,
    ) -> None:
        """Enter an event in the log."""
        if self.keep_log:
            self.log.append(
                Row(self.now, event, actor, sector, level, case, clock, tier, clause, evidence, x, y, z)
            )

    def end(self, ending: int) -> None:
        """End the run: 0 survived, 1 collapse, 2 abrogation, 3 direct war."""
        accounts.settle(self)
        accounts.close_books(self)
        memory.close(self)
        self.totals.stance = self.state.stance
        self.ending = ending
        self.note(Event.ENDING, x=ending)
        self.running = False

    def run(self) -> dict[str, Outcome]:
        """Run to the ending and return the outcomes."""
        self.run_until(self.world.horizon / HOUR)
        return self.outcomes()

    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes of a run that has ended."""
        return outcome_row(self.world, self.totals, self.ending, self.now)

    def step(self) -> None:
        """The heartbeat: nothing happens on it; it lets a page look once an hour."""

    def _arm(self) -> None:
        time = self.agenda.next_time()
        if time is not None:
            self.schedule_event(self._on_instant, at=time / HOUR)

    def _on_instant(self) -> None:
        """Everything due at this instant, in the order of its keys."""
        self.now = self.agenda.next_time() or 0
        while self.ending < 0 and self.agenda.next_time() == self.now:
            entry = self.agenda.pop()
            HANDLERS[Class(entry.kind)](self, entry)
        if self.ending < 0:
            self._arm()
        else:
            self.agenda.clear()

    @property
    def day(self) -> int:
        """Number of whole days since the cease-fire took effect."""
        return self.now // DAY
