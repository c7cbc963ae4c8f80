"""From a study to the ordered list of what is to be run.

Every design point is run in nested arms on the same draws: observe-only (A0), then the framework
with its ladder weighed at opportunities only (A1), at reviews as well (A2) and in full (A3). Two
points whose comparison arm is the same scenario share its runs. Shards, the pieces of work that
are stored whole, follow from the design alone: never from the number of workers.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.study import Study, Value

if TYPE_CHECKING:
    from experiments.scenario import Scenario

SHARD_RUNS = 50
OBSERVE_ONLY = "observe-only"
# Monitoring is equal in both arms and varied separately, so observe-only keeps these.
MONITORING_SETTINGS = ("framework.monitoring",)

type Resolver = Callable[..., "Scenario"]


@dataclass(frozen=True)
class Point:
    """One design point: what is varied, the full arm's scenario and which A0 it is held against."""

    index: int
    values: dict[str, Value]
    scenario: Scenario
    baseline: int


@dataclass(frozen=True)
class Group:
    """All replications of one scenario: one arm of one point (or of several, for observe-only).

    Parameters
    ----------
    point
        Index of the design point; None for observe-only, which points may share.
    baseline
        Number of the observe-only group that these runs are paired with.
    values
        The parameters that this scenario was given; observe-only lacks the framework's own.
    framework, settings
        What the scenario was resolved from: a name or file, and all keys set.
    """

    index: int
    arm: str
    point: int | None
    baseline: int
    values: dict[str, Value]
    framework: str
    settings: dict[str, Any]
    scenario: Scenario


@dataclass(frozen=True)
class Shard:
    """Consecutive replications of one group, stored as one file."""

    group: Group
    first: int
    count: int

    @property
    def name(self) -> str:
        """Name of the shard; names sort in the order of the design."""
        return f"{self.group.index:06d}-{self.group.arm}-{self.first:08d}"


@dataclass(frozen=True)
class Design:
    """A study resolved into scenarios."""

    study: Study
    points: list[Point]
    groups: list[Group]

    def shards(self) -> Iterator[Shard]:
        """The shards in order: group by group, at most `SHARD_RUNS` replications each."""
        for group in self.groups:
            for first in range(0, self.study.runs, SHARD_RUNS):
                yield Shard(group, first, min(SHARD_RUNS, self.study.runs - first))

    def size(self) -> int:
        """Number of runs in all."""
        return len(self.groups) * self.study.runs


def build_design(study: Study, resolve: Resolver) -> Design:
    """Resolve every scenario of a study, in the order in which they are run.

    Parameters
    ----------
    resolve
        `experiments.scenario.resolve`, or what stands for it.

    Errors
    ------
    BadInput
        From `resolve`, for the first setting or value that cannot be used.
    """
    points: list[Point] = []
    groups: list[Group] = []
    baselines: dict[str, int] = {}
    seen: dict[str, str] = {}  # comparison settings -> digest, so that a sweep resolves them once

    def add(arm: str, point: int | None, baseline: int, values: dict[str, Value], **given: Any) -> Group:
        scenario = resolve(scenario=study.scenario, days=study.days, **given)
        group = Group(len(groups), arm, point, baseline, values, scenario=scenario, **given)
        groups.append(group)
        return group

    for index, values in enumerate(study.rows()):
        framework = str(values.get("framework", study.framework))
        varied = {key: value for key, value in values.items() if key != "framework"}
        settings = {**study.settings, **varied}
        plain = _without(settings, study)
        digest = seen.get(repr(plain))
        if digest is None:
            scenario = resolve(
                framework=OBSERVE_ONLY, scenario=study.scenario, settings=plain, days=study.days
            )
            digest = seen[repr(plain)] = scenario.digest()
        if digest not in baselines:
            number = baselines[digest] = len(baselines)
            add(OBSERVE_ONLY, None, number, _without(values, study), framework=OBSERVE_ONLY, settings=plain)
        number = baselines[digest]
        for arm in _ladder(study):
            given = settings if arm == "full" else {**settings, "ladder.arm": arm}
            last = add(arm, index, number, values, framework=framework, settings=given)
        points.append(Point(index, values, last.scenario, number))
    return Design(study, points, groups)


def replay(study: Study, group: Group, seed: int, replication: int) -> str:
    """The command that runs one replication of a group again, on its own and with its log."""
    words = ["ceasefire", "run", "--framework", group.framework, "--scenario", study.scenario]
    if study.days is not None:
        words += ["--days", f"{study.days:g}"]
    for key, value in group.settings.items():
        words += ["--set", f"{key}={_word(value)}"]
    words += ["--seed", str(seed), "--replication", str(replication)]
    return shlex.join(words)


def _ladder(study: Study) -> list[str]:
    """The framework's arms in nested order, the full one last."""
    return [arm for arm in ("opportunities", "reviews", "full") if arm in study.arms]


def _without(settings: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """The settings that observe-only takes over: all but those about the promise of a response."""

    def within(key: str, names: tuple[str, ...]) -> bool:
        return any(key == name.rstrip(".") or key.startswith(name.rstrip(".") + ".") for name in names)

    return {
        key: value
        for key, value in settings.items()
        if not within(key, study.framework_settings) or within(key, MONITORING_SETTINGS)
    }


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_word(item) for item in value) + "]"
    return value if isinstance(value, str) else repr(value)
