"""A course: talks, agreement, cease-fire, its ending, talks resumed or broken off; several truces in one run.

Both engines give the same course, byte for byte: the talks are one piece of code (Mesa agents over arrays of
packages), and each truce is run by the engine asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.talks.delegations import Broker, Europe, Principal, Reckoning, negotiator
from agents.talks.preferences import Preferences, drawn
from environment.log import Event, Row
from environment.outcomes import Outcome
from environment.parameters import Value
from environment.rules import draws
from environment.rules.draws import DAY, milliseconds, uniforms
from environment.rules.slow import decayed
from environment.rules.talks import trust
from environment.talks.front import WEEK, Front
from environment.talks.model import TalksModel
from environment.talks.packages import UKRAINE, options_of
from environment.talks.parties import Table
from environment.talks.protocols import AGREED
from experiments.scenario import Scenario
from experiments.talks.setting import Setting
from experiments.talks.terms import ceasefire
from experiments.talks.worth import Worth, promised_mean

type Simulate = Callable[[Scenario, int, int, bool], tuple[list[Row], dict[str, Outcome]]]
"""One cease-fire: scenario, seed, replication, whether a log is wanted -> rows of the log, outcomes."""

LEAST_DAYS = 1.0
"""A truce is simulated for at least so long."""
SURVIVED, DIRECT_WAR = "survived", "direct_war"


@dataclass
class Truce:
    """An agreement and what became of it."""

    code: int
    began: int  # ms since the course began
    days: float
    outcomes: dict[str, Outcome]


@dataclass
class Meeting:
    """One round of talks: how it ended, and everybody's gains when it began."""

    outcome: int
    rounds: int
    began: int
    ended: int
    agreed: int  # place of the package, or -1
    offered: Any  # (P,) packages that may be agreed at all
    open: Any  # (P,) those without a veto at the first session
    gains: Any  # (P, 4) at the first session
    left: Any  # (P,) packages without a veto at the end
    final: Any  # (P, 4) when it ended


@dataclass
class Course:
    """A whole course; `values` are the parameters of the talks as they were drawn for it."""

    values: Mapping[str, Value] = field(default_factory=dict)
    meetings: list[Meeting] = field(default_factory=list)
    truces: list[Truce] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    front: Front = field(default_factory=lambda: Front(0.0, 0.0))
    ended: int = 0  # ms
    broken_off_by: int = -1
    trusts: list[float] = field(default_factory=list)  # at each return considered


@dataclass(frozen=True)
class Seen:
    """What a truce showed of partners: promised probability of delivery, remembered deliveries and failures."""

    promised: float = 0.0
    kept: float = 0.0
    failed: float = 0.0
    strength: float = 1.0  # of the prior, observations
    half_life: float = 1.0  # days


class _Run:
    """One course as it unfolds."""

    def __init__(
        self,
        setting: Setting,
        worth: Worth,
        simulate: Simulate,
        seed: int,
        replication: int,
        keep_log: bool,
    ) -> None:
        self.setting, self.worth, self.simulate = setting, worth, simulate
        self.seed, self.replication, self.keep_log = seed, replication, keep_log
        self.space = setting.space
        self.values = drawn(setting.values, setting.fixed, self._draw)
        self.likeliest = dict(setting.values)
        self.horizon = milliseconds(24.0 * float(self.values["talks.horizon_days"]))
        self.course = Course(values=self.values, front=Front(0.0, float(self.values["forecast.donetsk_km2"])))
        self.memory: dict[str, float | str] = {}
        self.remembered = 0  # ms: when that was so
        self.seen = Seen()
        self.trust = 1.0
        self.now = 0

    def _draw(self, stream: int, actor: int, index: int) -> tuple[float, float]:
        return uniforms(self.seed & 0xFFFFFFFF, self.seed >> 32, self.replication, stream, actor, index)

    def unfold(self) -> Course:
        """Talk, hold the truce, and talk again, until somebody has had enough or time is up."""
        while True:
            meeting = self._talk()
            if meeting.outcome != AGREED or not self._truce(int(self.space.codes[meeting.agreed])):
                break
            if len(self.course.truces) >= int(self.values["talks.truces"]) or not self._returns():
                break
        self._war_until(self.horizon, Event.WAR_GOES_ON)
        self.course.ended = self.now
        return self.course

    # -- the talks ---------------------------------------------------------------------------------

    def _reckonings(self) -> tuple[Reckoning, Reckoning]:
        """Gains as they are, and as anybody would guess them."""
        table = self.worth.table(self.trust)
        truth = Preferences(self.space, self.values, table)
        return Reckoning(truth), Reckoning(Preferences(self.space, self.likeliest, table))

    def _talk(self) -> Meeting:
        truth, guess = self._reckonings()

        def assemble(model: TalksModel) -> Table:
            first, second = (Principal(model, side, truth, guess, negotiator(model, side)) for side in (0, 1))
            return Table(
                (first, second), Broker(model, truth, self.worth.prior(self.trust)), Europe(model, truth)
            )

        gains = truth.gains(self.course.front.donetsk).copy()
        model = TalksModel(
            self.space, self.values, assemble, self.course.front, self.worth.offered, self.seed,
            self.replication, number=len(self.course.meetings), start=self.now, horizon=self.horizon,
            keep_log=self.keep_log,
        )  # fmt: skip
        model.run()
        self.course.rows += model.log
        meeting = Meeting(
            model.outcome, model.progress.rounds, self.now, model.now, model.agreed,
            model.offered, model.first_open, gains, model.open, truth.gains(self.course.front.donetsk),
        )  # fmt: skip
        self.course.meetings.append(meeting)
        self.now = model.now
        return meeting

    # -- a truce -----------------------------------------------------------------------------------

    def _truce(self, code: int) -> bool:
        """Let the cease-fire take effect and run to its ending; whether war came back and time is left."""
        delay = sum(option.delay_days for option in options_of(code))
        self._war_until(min(self.horizon, self.now + milliseconds(24.0 * delay)), Event.FRONT_MOVES)
        days = (self.horizon - self.now) / DAY
        if days < LEAST_DAYS:
            return False
        number = len(self.course.truces)
        scenario = ceasefire(self.setting, code, {"scenario.days": days, **self._carried()})
        rows, outcomes = self.simulate(scenario, self._seed(number), self.replication, self.keep_log)
        self.course.rows += [row._replace(time=row.time + self.now) for row in rows]
        lasted = float(outcomes["days_survived"])
        self.course.truces.append(Truce(code, self.now, lasted, outcomes))
        self.now += milliseconds(24.0 * lasted)
        self.course.front.loses(float(outcomes["ground_km2"]), float(self.values["forecast.donetsk_share"]))
        self.course.front.regrouped = True
        self._remember(scenario, outcomes)
        return outcomes["ending"] not in (SURVIVED, DIRECT_WAR) and self.now < self.horizon

    def _seed(self, number: int) -> int:
        """Seed of a truce: the first has the course's own, so that it can be run alone; later ones are drawn."""
        if number == 0:
            return self.seed
        high, low = self._draw(draws.TRUCE, number, 0)
        return int(high * 2**32) << 32 | int(low * 2**32)

    def _remember(self, scenario: Scenario, outcomes: dict[str, Outcome]) -> None:
        """Beliefs are carried: what was seen of each tier, the US stance, and the trust that follows (R45)."""
        kept = failed = 0.0
        self.memory, self.remembered = {}, self.now
        tiers = scenario.world.tiers
        for tier in range(1, tiers.size + 1):
            for side, prefix in (("", "carried."), ("_ukraine", "carried.against_ukraine.")):
                seen = (
                    float(outcomes.get(f"remembered_kept_{tier}{side}", 0.0)),  # none where it is not bound
                    float(outcomes.get(f"remembered_failed_{tier}{side}", 0.0)),
                )
                self.memory |= {f"{prefix}kept.tier_{tier}": seen[0], f"{prefix}failed.tier_{tier}": seen[1]}
                if not side and tiers.partners[tier - 1]:
                    kept, failed = kept + seen[0], failed + seen[1]
        stances = ("disengaged", "conditional", "committed")
        self.memory["us.initial_stance"] = stances[int(outcomes["stance_at_end"])]
        self.seen = Seen(
            promised_mean(scenario), kept, failed, float(scenario.values["beliefs.strength"]),
            float(scenario.values["beliefs.half_life_days"]),
        )  # fmt: skip

    def _carried(self) -> dict[str, float | str]:
        """What is left by now of what was remembered when the last truce ended (R25)."""
        days = (self.now - self.remembered) / DAY
        return {
            key: decayed(value, self.seen.half_life, days) if isinstance(value, float) else value
            for key, value in self.memory.items()
        }

    def _forget(self) -> None:
        """What was seen fades while nothing is promised; what is left of it makes the trust (R25, R45)."""
        seen, days = self.seen, (self.now - self.remembered) / DAY
        if seen.promised > 0.0:
            kept, failed = (decayed(x, seen.half_life, days) for x in (seen.kept, seen.failed))
            self.trust = trust(seen.strength, seen.promised, kept, failed)

    # -- war again ---------------------------------------------------------------------------------

    def _returns(self) -> bool:
        """After a time of war each party asks itself whether to come back to the table."""
        pause = milliseconds(24.0 * float(self.values["talks.pause_days"]))
        self._war_until(min(self.horizon, self.now + pause), Event.FRONT_MOVES)
        if self.now >= self.horizon:
            return False
        self._forget()
        gains = self._reckonings()[0].gains(self.course.front.donetsk)[self.worth.offered]
        self.course.trusts.append(self.trust)
        back = True
        for side in (0, UKRAINE):
            returns = bool((gains[:, side] >= 0.0).any())
            self._note(Event.RETURN_CONSIDERED, side, float(returns), self.trust)
            if not returns and back:
                back, self.course.broken_off_by = False, side
        return back

    def _war_until(self, end: int, event: Event) -> None:
        """Let the front move week by week to an instant."""
        taken = 0.0
        while self.now < end:
            until = min(end, (self.now // WEEK + 1) * WEEK)
            taken += self.course.front.advance(self.values, self.now, until, self._draw)
            self.now = until
        if taken > 0.0:
            self._note(event, -1, taken, self.course.front.donetsk)

    def _note(self, event: Event, actor: int, x: float, y: float) -> None:
        if self.keep_log:
            self.course.rows.append(Row(self.now, event, actor, x=x, y=y))


def unfold(
    setting: Setting, worth: Worth, simulate: Simulate, seed: int, replication: int, keep_log: bool = True
) -> Course:
    """One course of talks and truces.

    Parameters
    ----------
    setting
        The talks and the cease-fire that terms are laid upon.
    worth
        What packages are worth.
    simulate
        Runs a truce.
    seed, replication
        As of any run.
    keep_log
        Whether the event log is kept.
    """
    return _Run(setting, worth, simulate, seed, replication, keep_log).unfold()
