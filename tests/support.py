"""Helpers of the tests: scenarios in which everything is certain, plays that script who does what when,
and a log that can be asked questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest.mock import patch

from environment import frameworks, violations
from environment.agenda import Class, Entry
from environment.log import Event, Row, lines, record
from environment.model import HANDLERS, CeasefireModel
from environment.outcomes import Outcome
from environment.rules.draws import HOUR
from environment.state import ORDERED
from environment.world import RUSSIA
from experiments.compose import compose
from experiments.scenario import Scenario, resolve

FRAMEWORKS = tuple(sorted(path.stem for path in (frameworks.DATA / "frameworks").glob("*.toml")))
LEVELS = ("harassing_fire", "sustained_shelling", "deep_strike", "local_incursion", "expanded_attack")

CERTAIN: dict[str, Any] = {
    "script.level": 0,
    "scenario.days": 30,
    "halting.protected_hours": 8760,
    "monitoring.night": 1.0,
    "monitoring.jamming_effect": 0.0,
    **{f"ladder.{level}.detectability": 1.0 for level in LEVELS},
    **{f"ladder.{level}.attributability": 1.0 for level in LEVELS},
}
"""On top of the scenario `certain`: every level is seen and known for sure, nothing is halted or collapses
but by the play, and nothing is scripted but by the play. Levels 1 to 4 are seen after 1 ms, 5 at once."""

NO_BACKGROUND: dict[str, Any] = {"background.russia_per_day": 0.0, "background.ukraine_per_day": 0.0}


# -- plays -----------------------------------------------------------------------------------------


class Act(NamedTuple):
    """One line of a play: at this hour, do this to the model."""

    ms: int
    kind: Class  # its place among events of the same instant
    do: Callable[[CeasefireModel, int], None]  # given the model and the number of the act
    sector: int = -1


def _at(hour: float) -> int:
    return round(hour * HOUR)


def begins(hour: float, level: int = 5, sector: int = 0, side: int = RUSSIA, source: int = ORDERED) -> Act:
    """A violation begins (where an opportunity would be met)."""

    def do(run: CeasefireModel, number: int) -> None:
        violations.start(run, side, sector, level, 1.0, source, number * 4 + violations.BY_SCRIPT)

    return Act(_at(hour), Class.OPPORTUNITY, do, sector)


def escalates(hour: float, sector: int = 0, side: int = RUSSIA) -> Act:
    """It goes up one level."""
    return Act(_at(hour), Class.OPPORTUNITY, lambda run, _: violations.escalate(run, side, sector), sector)


def ceases(hour: float, sector: int = 0, side: int = RUSSIA) -> Act:
    """It ceases (where it would be halted)."""
    return Act(
        _at(hour), Class.HALT, lambda run, _: violations.finish(run, side, sector, Event.HALTED), sector
    )


def falsely_reported(hour: float, sector: int = 0) -> Act:
    """Something is reported that did not happen."""

    def do(run: CeasefireModel, number: int) -> None:
        report = HANDLERS_OF_THE_MODEL[Class.FALSE_ALARM]
        report(run, Entry(run.now, Class.FALSE_ALARM, sector, -1, -1, 0, detail=number))

    return Act(_at(hour), Class.FALSE_ALARM, do, sector)


def sees(hour: float, look: Callable[[CeasefireModel], None], kind: Class = Class.COLLAPSE) -> Act:
    """The test looks at the model (last of all at that instant, unless said otherwise), or meddles."""
    return Act(_at(hour), kind, lambda run, _: look(run))


HANDLERS_OF_THE_MODEL = dict(HANDLERS)
SCRIPTED = -7
"""Mark of an entry of the agenda that belongs to a play."""


@contextmanager
def _scripted(acts: Sequence[Act]) -> Iterator[None]:
    def handler(kind: Class) -> Callable[[CeasefireModel, Entry], None]:
        def handle(run: CeasefireModel, entry: Entry) -> None:
            if entry.mark == SCRIPTED:
                acts[entry.detail].do(run, entry.detail)
            else:
                HANDLERS_OF_THE_MODEL[kind](run, entry)

        return handle

    with patch.dict(HANDLERS, {kind: handler(kind) for kind in {act.kind for act in acts}}):
        yield


# -- runs ------------------------------------------------------------------------------------------


@dataclass
class Told:
    """A run that has ended, and its log."""

    model: CeasefireModel
    outcomes: Mapping[str, Outcome]
    rows: list[Row] = field(default_factory=list)

    def find(self, event: Event, **wanted: int) -> list[Row]:
        """Rows of an event whose fields are as wanted."""
        return [
            r for r in self.rows if r.event == event and all(getattr(r, k) == v for k, v in wanted.items())
        ]

    def clocks(self, event: Event, **wanted: int) -> list[int]:
        """Clocks of those rows in ms."""
        return [r.clock for r in self.find(event, **wanted)]

    def times(self, event: Event, **wanted: int) -> list[int]:
        """Their times in ms since the cease-fire took effect."""
        return [r.time for r in self.find(event, **wanted)]

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log as dictionaries."""
        return [record(row) for row in self.rows]

    @property
    def text(self) -> list[str]:
        """The log as lines of the file."""
        return list(lines(self.rows))


def model_of(
    framework: str = "multi-tier",
    settings: Mapping[str, Any] | None = None,
    scenario: str = "baseline",
    seed: int = 1,
    replication: int = 0,
) -> CeasefireModel:
    """A model ready to run."""
    return compose(scenario_of(framework, settings, scenario), seed, replication)


def scenario_of(
    framework: str = "multi-tier", settings: Mapping[str, Any] | None = None, scenario: str = "baseline"
) -> Scenario:
    """A scenario, resolved."""
    return resolve(framework, scenario, settings)


def finished(model: CeasefireModel) -> Told:
    """Run a model to its end."""
    outcomes = model.run()
    return Told(model, outcomes, model.log)


def told(
    framework: str = "multi-tier",
    settings: Mapping[str, Any] | None = None,
    scenario: str = "baseline",
    seed: int = 1,
    replication: int = 0,
) -> Told:
    """Run a scenario."""
    return finished(model_of(framework, settings, scenario, seed, replication))


def play(*acts: Act, framework: str = "multi-tier", seed: int = 1, **settings: Any) -> Told:
    """Run a play where everything else is certain.

    Settings are keywords with two underscores for a dot: ``framework__case__quiet_hours=24``.
    """
    given = CERTAIN | {k.replace("__", "."): v for k, v in settings.items()}
    model = model_of(framework, given, "certain", seed)
    for number, act in enumerate(acts):
        model.agenda.add(act.ms, act.kind, act.sector, mark=SCRIPTED, detail=number)
    with _scripted(acts):
        return finished(model)


def hours(*numbers: float) -> list[int]:
    """Hours as the ms of the log."""
    return [_at(h) for h in numbers]
