"""The Mesa model: agents decide, the world's processes are an ordered set of events on a state.

Mesa holds the agents and the clock (one unit of time is one hour); our agenda holds the events,
because Mesa's own ties are first in, first out, and the order of ties is part of the model
(`clockwork`).
"""

from __future__ import annotations

from collections.abc import Callable

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
from environment.agenda import Class, Entry
from environment.clockwork import ClockworkModel
from environment.log import Event
from environment.outcomes import Outcome, Totals, outcome_row
from environment.parties import Parties
from environment.rules.draws import HOUR
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


class CeasefireModel(ClockworkModel):
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
        super().__init__(seed, replication, keep_log, heartbeat)
        self.world = world
        self.state = fresh(world)
        self.totals = Totals()
        self.settled = 0  # ms up to which violence is integrated
        self.ending = -1
        self.parties = assemble(self)
        self.note(Event.CEASEFIRE_BEGINS)
        memory.begin(self)
        slow.begin(self)
        violations.begin(self)
        evidence.begin(self)
        endings.begin(self)
        self._arm()

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.ending >= 0

    def happen(self, entry: Entry) -> None:
        """Hand an event to its handler."""
        HANDLERS[Class(entry.kind)](self, entry)

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
