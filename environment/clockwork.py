"""A Mesa model whose events are an ordered agenda: the clock that a cease-fire and the talks share.

Mesa holds the agents and the clock (one unit of time is one hour); our agenda holds the events,
because Mesa's own ties are first in, first out, and the order of ties is part of the model. One
event of Mesa's stands for the next instant of the agenda.
"""

from __future__ import annotations

from abc import abstractmethod

import mesa

from environment.agenda import Agenda, Entry
from environment.log import Event, Row
from environment.rules.draws import DAY, HOUR, uniforms


class ClockworkModel(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """Agents, an agenda of events, draws by address and a log.

    Parameters
    ----------
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.
    keep_log
        Whether to keep the event log.
    heartbeat
        Whether Mesa's hourly step runs (only where something watches: it costs more than the model).
    """

    def __init__(self, seed: int, replication: int, keep_log: bool, heartbeat: bool) -> None:
        super().__init__(rng=seed)
        self.key0, self.key1 = seed & 0xFFFFFFFF, seed >> 32
        self.replication = replication
        self.agenda = Agenda()
        self.log: list[Row] = []
        self.keep_log = keep_log
        self.now = 0
        if not heartbeat:
            self._default_schedule.stop()

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether nothing more is to happen."""

    @abstractmethod
    def happen(self, entry: Entry) -> None:
        """Do what an entry of the agenda stands for."""

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

    def step(self) -> None:
        """The heartbeat: nothing happens on it; it lets a page look once an hour."""

    def _arm(self) -> None:
        time = self.agenda.next_time()
        if time is not None:
            self.schedule_event(self._on_instant, at=time / HOUR)

    def _on_instant(self) -> None:
        """Everything due at this instant, in the order of its keys."""
        self.now = self.agenda.next_time() or 0
        while not self.over and self.agenda.next_time() == self.now:
            self.happen(self.agenda.pop())
        if self.over:
            self.agenda.clear()
        else:
            self._arm()

    @property
    def day(self) -> int:
        """Number of whole days since the beginning."""
        return self.now // DAY
