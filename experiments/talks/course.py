"""A course: talks, agreement, cease-fire, its ending, talks resumed or broken off; several truces in one run.

Both engines give the same course, byte for byte: the talks are one piece of code (Mesa agents over arrays of
packages), and each truce is run by the engine asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.talks.delegations import Broker, Europe, Principal, Reckoning, negotiator
from agents.talks.preferences import Preferences, drawn
from environment.log import Event, Row
from environment.outcomes import Outcome
from environment.parameters import Value
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, exponential, milliseconds, uniforms
from environment.rules.talks import regrouped
from environment.talks.front import WEEK, Front
from environment.talks.model import YEAR, TalksModel
from environment.talks.packages import RUSSIA, UKRAINE, options_of
from environment.talks.parties import Table
from environment.talks.protocols import AGREED
from experiments.scenario import Scenario
from experiments.talks.memory import Memory
from experiments.talks.setting import Setting
from experiments.talks.terms import ceasefire
from experiments.talks.worth import Told, Worth

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
    scenario: Scenario  # the cease-fire that it was, with what was carried into it
    seed: int


@dataclass
class Meeting:
    """One round of talks: how it ended, and everybody's gains when it began."""

    outcome: int
    rounds: int
    began: int
    ended: int
    agreed: int  # place of the package, or -1
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
    fought: int = 0  # ms of war outside truces
    exhausted: bool = False  # whether the war has ended by itself
    broken_off_by: int = -1
    trusts: list[float] = field(default_factory=list)  # one number for all parties, at each return considered


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
        told: Told | None,
    ) -> None:
        self.told = told
        self.setting, self.worth, self.simulate = setting, worth, simulate
        self.seed, self.replication, self.keep_log = seed, replication, keep_log
        self.space = setting.space
        self.values = drawn(setting.values, setting.fixed, self._draw)
        self.horizon = milliseconds(24.0 * float(self.values["talks.horizon_days"]))
        self.course = Course(values=self.values, front=Front(0.0, float(self.values["forecast.donetsk_km2"])))
        self.memory = Memory()
        self.trust = 1.0
        self.now = 0
        mean = float(self.values["forecast.years"]) * YEAR
        need = exponential(self._draw(draws.EXHAUSTION, 0, 0)[0])
        self.endurance = milliseconds(need * mean / HOUR)  # war, in ms, after which it ends by itself

    def _draw(self, stream: int, actor: int, index: int) -> tuple[float, float]:
        return uniforms(self.seed & 0xFFFFFFFF, self.seed >> 32, self.replication, stream, actor, index)

    def unfold(self) -> Course:
        """Talk, hold the truce, and talk again, until the war is over, somebody has had enough, or time is up."""
        while self._goes_on():
            meeting = self._talk()
            if meeting.outcome == AGREED and self._truce(int(self.space.codes[meeting.agreed])):
                break
            if not self._goes_on() or not self._returns():
                break
        if self._last_ending() not in (SURVIVED, DIRECT_WAR):
            self._war_until(self.horizon, Event.WAR_GOES_ON)
        self.course.ended = self.horizon
        return self.course

    def _goes_on(self) -> bool:
        """Whether there is war, time, and readiness for further talks."""
        course, values = self.course, self.values
        return (
            not course.exhausted
            and self.now < self.horizon
            and len(course.truces) < int(values["talks.truces"])
            and len(course.meetings) < int(values["talks.meetings"])
        )

    def _last_ending(self) -> str:
        return str(self.course.truces[-1].outcomes["ending"]) if self.course.truces else ""

    # -- the talks ---------------------------------------------------------------------------------

    def _reckonings(self) -> tuple[Reckoning, Reckoning]:
        """Gains as they are, and as anybody would guess them."""
        table, shift = self.worth.table(self.trust, self.told), self.course.front.shift
        truth = Preferences(self.space, self.values, table, shift)
        return Reckoning(truth), Reckoning(Preferences(self.space, self.setting.values, table, shift))

    def _talk(self) -> Meeting:
        truth, guess = self._reckonings()

        def assemble(model: TalksModel) -> Table:
            prior = self.worth.prior(self.trust, self.course.front.shift, self.told)
            sides = (
                Principal(model, k, truth, guess, negotiator(model, k, guess)) for k in (RUSSIA, UKRAINE)
            )
            russia, ukraine = sides
            return Table((russia, ukraine), Broker(model, truth, prior), Europe(model, truth))

        gains = truth.gains(self.course.front.donetsk).copy()
        model = TalksModel(
            self.space, self.values, assemble, self.course.front, self.seed,
            self.replication, number=len(self.course.meetings), start=self.now, horizon=self.horizon,
            exhaustion=self._exhaustion(), keep_log=self.keep_log,
        )  # fmt: skip
        model.run()
        self.course.rows += model.log
        meeting = Meeting(
            model.outcome, model.progress.rounds, self.now, model.now, model.agreed,
            model.first_open, gains, model.open, truth.gains(self.course.front.donetsk),
        )  # fmt: skip
        self.course.meetings.append(meeting)
        self._fought(model.now)
        self._says_if_over()
        return meeting

    # -- a truce -----------------------------------------------------------------------------------

    def _truce(self, code: int) -> bool:
        """Let the cease-fire take effect and run to its ending; whether that was the end of the matter."""
        delay = sum(option.delay_days for option in options_of(code))
        self._war_until(min(self.horizon, self.now + milliseconds(24.0 * delay)), Event.FRONT_MOVES)
        days = (self.horizon - self.now) / DAY
        if self.course.exhausted or days < LEAST_DAYS:
            return True
        self.memory.fade(self.now)
        scenario = ceasefire(self.setting, code, {"scenario.days": days, **self.memory.settings()})
        self._cede(code)
        seed = self._seed(len(self.course.truces))
        rows, outcomes = self.simulate(scenario, seed, self.replication, self.keep_log)
        self.course.rows += [row._replace(time=row.time + self.now) for row in rows]
        lasted = float(outcomes["days_survived"])
        self.course.truces.append(Truce(code, self.now, lasted, outcomes, scenario, seed))
        self.now += milliseconds(24.0 * lasted)
        self._after(code, lasted, float(outcomes["ground_km2"]))
        self.memory.learn(scenario, outcomes, code, self.now)
        return self._last_ending() in (SURVIVED, DIRECT_WAR)

    def _cede(self, code: int) -> None:
        """What is given up under the line agreed is gone for good, and cannot be given again."""
        for option in options_of(code):
            self.course.front.donetsk *= 1.0 - option.area_russia

    def _after(self, code: int, days: float, ground: float) -> None:
        """A truce leaves ground lost in it, and a shift of power that grew with its length (R47)."""
        front = self.course.front
        front.loses(ground, float(self.values["forecast.donetsk_share"]))
        factor = math.prod(option.shift for option in options_of(code))
        half_life = float(self.values["forecast.regrouping_days"])
        further = max(0.0, float(self.values["forecast.shift"]) * factor - front.shift)
        front.shift += further * regrouped(days, half_life)

    def _seed(self, number: int) -> int:
        """Seed of a truce: the first has the course's own, so that it can be run alone; later ones are drawn."""
        if number == 0:
            return self.seed
        high, low = self._draw(draws.TRUCE, number, 0)
        return int(high * 2**32) << 32 | int(low * 2**32)

    # -- war again ---------------------------------------------------------------------------------

    def _returns(self) -> bool:
        """After a time of war each principal comes back if any package on the table, vetoed or not, is worth it."""
        pause = milliseconds(24.0 * float(self.values["talks.pause_days"]))
        self._war_until(min(self.horizon, self.now + pause), Event.FRONT_MOVES)
        if self.course.exhausted or self.now >= self.horizon:
            return False
        self.memory.fade(self.now)
        if self.memory.code >= 0:
            self.trust = self.worth.trust_of(self.memory.code, self.memory.believed(), self.memory.began)
        gains = self._reckonings()[0].gains(self.course.front.donetsk)
        self.course.trusts.append(self.trust)
        for side in (RUSSIA, UKRAINE):
            returns = bool((gains[:, side] >= 0.0).any())
            self._note(Event.RETURN_CONSIDERED, side, float(returns), self.trust)
            if not returns and self.course.broken_off_by < 0:
                self.course.broken_off_by = side
        return self.course.broken_off_by < 0

    def _exhaustion(self) -> int:
        """When the war would end by itself if it went on from now, ms since the course began."""
        return self.now + self.endurance - self.course.fought

    def _fought(self, until: int) -> None:
        """There has been war up to an instant; it may have ended by itself just then."""
        self.course.fought += until - self.now
        self.now = until
        self.course.exhausted = self.course.fought >= self.endurance

    def _says_if_over(self) -> None:
        if self.course.exhausted:
            self._note(Event.WAR_ENDS, -1, self.course.fought / YEAR, 0.0)

    def _war_until(self, end: int, event: Event) -> None:
        """Let the front move week by week to an instant, or to the end of the war."""
        if self.course.exhausted:
            return
        taken = 0.0
        end = min(end, self._exhaustion())
        while self.now < end and not self.course.exhausted:
            until = min(end, (self.now // WEEK + 1) * WEEK)
            taken += self.course.front.advance(self.values, self.now, until, self._draw)
            self._fought(until)
        if taken > 0.0:
            moved = Event.FRONT_MOVES if self.course.exhausted else event
            self._note(moved, -1, taken, self.course.front.donetsk)
        self._says_if_over()

    def _note(self, event: Event, actor: int, x: float, y: float) -> None:
        if self.keep_log:
            self.course.rows.append(Row(self.now, event, actor, x=x, y=y))


def unfold(
    setting: Setting,
    worth: Worth,
    simulate: Simulate,
    seed: int,
    replication: int,
    keep_log: bool = True,
    told: Told | None = None,
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
    told
        Hears how far what the parties reckon with is.
    """
    return _Run(setting, worth, simulate, seed, replication, keep_log, told).unfold()
