"""From a study to the ordered list of what is to be run.

Every design point is run in nested arms on the same draws: observe-only (A0), then the framework
with its ladder weighed at opportunities only (A1), at reviews as well (A2) and in full (A3). Two
points whose comparison arm is the same scenario share its runs. Shards, the pieces of work that
are stored whole, follow from the design alone: never from the number of workers or the engine.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from environment.errors import CeasefireError
from experiments.study import Study, Value

if TYPE_CHECKING:
    from experiments.scenario import Scenario

SHARD_RUNS = 2000  # most runs in one file; part of what is promised about bytes, like the next
FIRST_ROUND = 100  # replications in the first round of a sweep that stops by precision
OBSERVE_ONLY = "observe-only"
FRAMEWORK = "framework."  # begins the keys of the framework itself

type Resolver = Callable[..., Scenario]
type Stripper = Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Point:
    """One design point: what is varied, the full arm's scenario and which A0 it is held against."""

    index: int
    values: dict[str, Value]
    scenario: Scenario
    baseline: int


@dataclass(frozen=True, eq=False)
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
        return shard_name(self.group.index, self.group.arm, self.first)


@dataclass(frozen=True)
class Design:
    """A study resolved into scenarios."""

    study: Study
    points: list[Point]
    groups: list[Group]

    def rounds(self) -> Iterator[Iterator[Shard]]:
        """The shards, round by round; after each round a sweep may stop.

        There is one round, group by group, unless the study stops by precision: then every round gives
        every group as many replications, the first shard of every group first.
        """
        for bounds in round_bounds(self.study):
            if self.study.precision is None:
                yield (Shard(group, *piece) for group in self.groups for piece in pieces(*bounds))
            else:
                yield (Shard(group, *piece) for piece in pieces(*bounds) for group in self.groups)

    def shards(self) -> Iterator[Shard]:
        """All shards in order."""
        return chain.from_iterable(self.rounds())

    def size(self) -> int:
        """Number of runs in all (at most, where the study stops by precision)."""
        return len(self.groups) * self.study.runs


def shard_name(group: int, arm: str, first: int) -> str:
    """Name of a shard, from its group and first replication."""
    return f"{group:06d}-{arm}-{first:08d}"


def round_bounds(study: Study) -> Iterator[tuple[int, int]]:
    """First and last (excluded) replication of every round: all, or doubling where precision decides."""
    first, last = 0, study.runs if study.precision is None else min(FIRST_ROUND, study.runs)
    while first < last:
        yield first, last
        first, last = last, min(2 * last, study.runs)


def pieces(first: int, last: int) -> list[tuple[int, int]]:
    """First replication and number of runs of the shards of a round."""
    return [(start, min(SHARD_RUNS, last - start)) for start in range(first, last, SHARD_RUNS)]


def build_design(study: Study, resolve: Resolver, without_response: Stripper | None = None) -> Design:
    """Resolve every scenario of a study, in the order in which they are run.

    Parameters
    ----------
    resolve
        `experiments.scenario.resolve`, or what stands for it.
    without_response
        `experiments.scenario.without_response`: makes the comparison arm of a point's scenario,
        with the same monitoring and nobody bound. Without it, or where the study says so, the
        comparison arm is the framework observe-only as it is shipped.

    Errors
    ------
    BadInput
        From `resolve`, for the first setting or value that cannot be used.
    """
    strip = without_response if study.comparison == "same-monitoring" else None
    controls = _Controls(study, resolve, strip)
    points: list[Point] = []
    groups: list[Group] = []
    baselines: dict[str, int] = {}
    for index, values in enumerate(study.rows()):
        framework = str(values.get("framework", study.framework))
        varied = {key: value for key, value in values.items() if key != "framework"}
        settings = {**study.settings, **varied}
        control, given = controls.of(framework, settings)
        number = baselines.get(control.digest())
        if number is None:
            number = baselines[control.digest()] = len(baselines)
            shared = {key: value for key, value in varied.items() if given.get(key) == value}
            place = len(groups)
            groups.append(Group(place, OBSERVE_ONLY, None, number, shared, OBSERVE_ONLY, given, control))
        for arm in _ladder(study):
            given = settings if arm == "full" else {**settings, "ladder.arm": arm}
            scenario = resolve(framework=framework, scenario=study.scenario, settings=given, days=study.days)
            groups.append(Group(len(groups), arm, index, number, values, framework, given, scenario))
        points.append(Point(index, values, groups[-1].scenario, number))
    return Design(study, points, groups)


class _Controls:
    """Comparison arms, each with the settings that lead to it from observe-only as shipped."""

    def __init__(self, study: Study, resolve: Resolver, strip: Stripper | None) -> None:
        self._study, self._resolve, self._strip = study, resolve, strip
        self._known: dict[str, tuple[Scenario, dict[str, Any]]] = {}

    def of(self, framework: str, settings: dict[str, Any]) -> tuple[Scenario, dict[str, Any]]:
        """The comparison arm of a framework with these settings, and its own settings."""
        kept = {key: value for key, value in settings.items() if not self._dropped(key)}
        name = repr((framework if self._strip else "", kept))
        if name not in self._known:
            self._known[name] = self._make(framework, kept)
        return self._known[name]

    def _make(self, framework: str, kept: dict[str, Any]) -> tuple[Scenario, dict[str, Any]]:
        plain = {key: value for key, value in kept.items() if not key.startswith(FRAMEWORK)}
        control = self._at(OBSERVE_ONLY, plain)
        if self._strip is None:
            return control, plain
        wanted = self._strip(self._at(framework, kept))
        here, there = control.canonical()["framework"], wanted.canonical()["framework"]
        law = {FRAMEWORK + key: there[key] for key in there if key != "name" and there[key] != here.get(key)}
        control = self._at(OBSERVE_ONLY, {**plain, **law})
        if control.digest() != wanted.digest():
            raise CeasefireError(f"the comparison arm of {framework!r} cannot be made by settings alone")
        return control, {**plain, **law}

    def _at(self, framework: str, settings: dict[str, Any]) -> Scenario:
        study = self._study
        return self._resolve(framework=framework, scenario=study.scenario, settings=settings, days=study.days)

    def _dropped(self, key: str) -> bool:
        names = (name.rstrip(".") for name in self._study.framework_settings)
        return any(key == name or key.startswith(name + ".") for name in names)


def replay(study: Study, group: Group, seed: int) -> str:
    """The command that runs a group's scenario again, on its own and with its log.

    ``--replication K`` has to follow.
    """
    return run_again(study, group.framework, group.settings, seed)


def run_again(study: Study, framework: str, settings: Mapping[str, Any], seed: int) -> str:
    """The command of `replay` for a framework and settings, of which nothing is read or checked."""
    if study.kind == "talks":
        words = ["ceasefire", "talks", "--scenario", study.scenario]
        words += ["--without-guarantees"] if framework == OBSERVE_ONLY else []
    else:
        words = ["ceasefire", "run", "--framework", framework, "--scenario", study.scenario]
    if study.days is not None:
        words += ["--days", f"{study.days:g}"]
    for key, value in settings.items():
        words += ["--set", f"{key}={_word(value)}"]
    return shlex.join([*words, "--seed", str(seed)])


def _ladder(study: Study) -> list[str]:
    """The framework's arms in nested order, the full one last."""
    return [arm for arm in ("opportunities", "reviews", "full") if arm in study.arms]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_word(item) for item in value) + "]"
    return value if isinstance(value, str) else repr(value)
