"""Drawn configurations over the whole schema of a scenario: number N is the same everywhere, for ever.

Four configurations in a row share one scenario (resolving one and computing R_k costs as much as a short run)
and differ in seed and replication. ``python -m tests.configurations N`` writes out how to run number N.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from environment import frameworks
from environment.parameters import Spec, schema
from experiments import scenario as scenarios
from experiments.scenario import Scenario, resolve
from experiments.toml_text import _key, _toml
from tests.dice import Dice
from tests.drawn_frameworks import Law, bounds, changed, generated, patches, text

MEMBERS = 4
"""Configurations that share a scenario."""
GROUPS, SINGLES = 1, 2  # what an address is for

PROFILES: dict[str, tuple[float, dict[str, tuple[Any, ...]]]] = {
    "busy": (0.5, {
        "opportunities.russia_per_day": (0.12, 0.15, 0.2), "opportunities.ukraine_per_day": (0.03, 0.05, 0.08),
        "opportunities.floor": (0.6, 1.0), "choice.precision_russia": (0.0, 0.03, 0.1),
        "choice.precision_ukraine": (0.0, 0.03, 0.1), "halting.by_ukraine": (0.0, 0.005, 0.02),
        "halting.by_russia": (0.005, 0.02), "us.changes_per_year": (20.0, 50.0),
        "us.returns_per_year": (20.0, 50.0), "reply.restraint": (0.0, 1.0), "response.record": (-2.0, 1.0),
    }),
    "swift": (0.5, {
        "verification.delay_hours": (0.0, 0.0, 1.0, 2.0, 6.0), "verification.success": (0.9, 1.0),
        "verification.quality": (0.9, 1.0), "verification.relook_hours": (1.0, 6.0, 24.0),
        "monitoring.watch_delay_hours": (0.0, 0.5, 2.0), "monitoring.national_means": (0.6, 1.0),
        "reliability.tier_1": (0.9, 1.0), "reliability.tier_2": (0.5, 0.9, 1.0),
        "reliability.tier_3": (0.5, 0.9, 1.0), "reliability.tier_4": (0.5, 0.9, 1.0),
        "response.preagreed_minimum_hours": (0.0, 1.0), "response.preagreed_mean_hours": (0.0, 2.0, 12.0),
        "response.adhoc_minimum_hours": (0.0, 6.0), "response.adhoc_mean_hours": (0.0, 6.0, 24.0),
        "response.local_minimum_hours": (0.0, 1.0), "response.local_mean_hours": (0.0, 3.0),
        "endings.collapse_hours": (120.0, 300.0, 8760.0), "attribution.commission.dispute": (0.0, 0.3),
        "framework.deployment.half_life_days": (0.0, 0.0, 5.0),
        "framework.attribution.posterior_threshold": (0.25, 0.5, 0.7),
        "framework.case.quiet_hours": (1.0, 6.0, 24.0, 48.0),
    }),
    "war": (0.12, {
        "war.per_exchange": (0.02, 0.1, 0.3, 1.0), "framework.deployment.on_line": (True, False),
        "tripwire.war_weight": (1.0, 10.0), "framework.breach.materiality": (0.0, 0.1),
        "framework.deployment.half_life_days": (0.0, 5.0), "opportunities.russia_per_day": (0.12, 0.2),
        "choice.precision_russia": (0.0, 0.03), "halting.by_ukraine": (0.0, 0.005), "tripwire.denial": (0.0,),
    }),
    "scripted": (0.2, {
        "script.level": (1, 2, 3, 4, 5), "script.window_hours": (1.0, 24.0, 100.0),
        "halting.protected_hours": (0.0, 48.0, 96.0, 300.0), "rules.russia": ("persist", "quantal", "types"),
        "rules.ukraine": ("persist", "quantal"), "framework.breach.materiality": (0.0, 0.05, 0.1),
    }),
    "fire": (0.2, {
        "background.russia_per_day": (40.0, 120.0, 200.0), "background.ukraine_per_day": (40.0, 120.0, 200.0),
        "background.flare_up_events": (1, 2, 5, 20), "background.severity_per_event": (0.01, 0.03, 0.1),
        "tension.gain": (5.0, 50.0), "tension.highest": (3.0, 10.0), "truce.recommitments_per_year": (12.0,),
        "truce.relapse_share": (0.1, 0.5, 0.8), "framework.breach.materiality": (0.0, 0.1, 0.3),
    }),
    "grievance": (0.15, {
        "endings.review_days": (1.0, 2.0, 5.0), "abrogation.war_value": (18.0, 40.0, 100.0),
        "abrogation.precision": (0.05, 0.2, 0.6, 5.0), "abrogation.grievance": (40.0, 1000.0),
        "abrogation.peace_russia": (5.0, 25.0), "abrogation.peace_ukraine": (1.0, 5.0, 15.0),
    }),
    "alarms": (0.25, {
        "false_alarm.per_year": (20.0, 50.0), "false_alarm.highest_level": (2, 3, 5),
        "false_alarm.hours": (6.0, 48.0, 200.0), "base_rate.strength": (0.1, 1.0, 20.0),
        "base_rate.nothing": (0.001, 0.05, 0.5), "verification.success": (0.8, 1.0),
        "monitoring.level_error": (0.2, 0.5), "framework.breach.counts": ("any", "repeated"),
    }),
    "learning": (0.2, {
        "beliefs.half_life_days": (0.3, 1.0, 3.0, 10.0), "beliefs.strength": (0.1, 0.5, 2.0),
        "choice.precision_russia": (0.1, 0.3, 1.0), "choice.precision_ukraine": (0.1, 0.3, 1.0),
        "payoff.peace_russia": (0.0, 1.0), "payoff.peace_ukraine": (0.0, 1.0), "payoff.collapse": (0.0, 20.0),
        "reliability.tier_1": (0.3, 0.6, 0.9), "reliability.tier_2": (0.3, 0.6),
        "truce.attention": (0.0, 1.0), "opportunities.value_sigma": (0.0, 0.45, 1.0),
    }),
    "needed": (0.15, {
        "framework.ukraine.action": ("if-needed",), "framework.breach.materiality": (0.0, 0.05),
        "framework.case.quiet_hours": (72.0, 240.0), "monitoring.national_means": (1.0,),
        "background.russia_per_day": (40.0, 100.0), "background.flare_up_events": (1, 3, 6),
        "halting.by_ukraine": (0.02, 0.05, 0.15), "verification.delay_hours": (2.0, 6.0, 12.0),
        "verification.success": (1.0,), "reliability.tier_1": (1.0,), "opportunities.russia_per_day": (0.2,),
        "framework.attribution.posterior_threshold": (0.25, 0.5), "response.local_mean_hours": (0.0, 3.0),
    }),
    "lapse": (0.3, {
        "entry.term_days": (0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 7.0, 10.0),
        "entry.signature_day": (0.0, 1.0, 2.5),
    }),
    "memory": (0.3, {
        f"carried.{side}{kind}.tier_{k}": (0.0, 0.25, 1.0, 5.0, 40.0)
        for side in ("", "against_ukraine.") for kind in ("kept", "failed") for k in range(1, 5)
    }),
}  # fmt: skip
"""Settings that make something happen: a chance, and by key the values to pick from."""
FLEETING: dict[str, Any] = {
    "script.level": 5, "script.window_hours": 1.0, "halting.by_ukraine": 0.0, "endings.collapse_hours": 1.0,
    "halting.protected_hours": 0.0,
}  # fmt: skip
"""With these a horizon of fifty years costs nothing: the cease-fire collapses in its second hour."""


class Configuration(NamedTuple):
    """One run in full: a scenario and its address."""

    number: int
    framework: str  # a shipped name, or the name of a drawn one
    law: Law | None  # the values of a drawn framework
    scenario: str
    settings: Mapping[str, Any]
    days: float
    seed: int
    replication: int
    profiles: tuple[str, ...]


class _Group(NamedTuple):
    framework: str
    law: Law | None
    scenario: str
    settings: Mapping[str, Any]
    days: float
    profiles: tuple[str, ...]


def configuration(number: int) -> Configuration:
    """Configuration `number`, 0 and up."""
    group = _group(number // MEMBERS)
    dice = Dice(SINGLES, number)
    seed = dice.pick([0, 1, dice.whole(0, 2**32), dice.whole(0, 2**64 - 1), 2**64 - 1])
    replication = dice.pick([0, 1, dice.whole(0, 10_000), dice.whole(0, 2**32 - 1), 2**32 - 1])
    return Configuration(number, *group[:5], seed, replication, group.profiles)


@lru_cache(maxsize=4)
def _group(index: int) -> _Group:
    dice = Dice(GROUPS, index)
    share = dice.pick([0.02, 0.02, 0.15, 0.15, 0.4, 0.9])
    settings: dict[str, Any] = {}
    profiles = tuple(name for name, (chance, _) in PROFILES.items() if dice.chance(chance))
    for name in profiles:
        settings |= {key: dice.pick(values) for key, values in PROFILES[name][1].items()}
    held = {k for k in settings if dice.chance(0.75)}
    for key, spec in schema().items():
        if key not in held and key != "scenario.days" and dice.chance(share):
            settings[key] = _setting(dice, spec)
    days = _days(dice, index)
    if days == schema()["scenario.days"].max and not dice.chance(0.0005):
        settings |= FLEETING
    scenario = dice.pick(["baseline", "baseline", "baseline", "certain", "minsk"])
    framework, law = _framework(dice, index, settings, share)
    return _Group(framework, law, scenario, settings, days, profiles)


def _setting(dice: Dice, spec: Spec) -> Any:
    if spec.choices:
        return dice.pick(spec.choices)
    evidence = None if spec.low is None or spec.high is None else (spec.low, spec.high)
    return dice.number(spec.min, spec.max, spec.value, type(spec.value), evidence)


def _days(dice: Dice, index: int) -> float:
    """A horizon: mostly days and weeks, whole or not, some of a year, a few of several years or of fifty."""
    u = dice.share()
    if u < 0.015:
        return dice.pick([1.0, schema()["scenario.days"].max])
    if u < 0.028:
        return dice.pick([365.0, 365.0, 366.0, 200.5])
    if u < 0.03:
        return dice.pick([730.0, 1096.0, 1826.0])
    days = dice.log(1.0, 12.0) if u < 0.55 else dice.log(6.0, 40.0)
    return dice.pick([days, float(max(1, round(days))), round(days * 24.0) / 24.0])


def _framework(dice: Dice, index: int, settings: dict[str, Any], share: float) -> tuple[str, Law | None]:
    """A shipped framework, patched by entries of the settings, or a drawn one; both hold to the settings."""
    wanted = {k.removeprefix("framework."): settings.pop(k) for k in list(settings) if k in _LAW_KEYS}
    if dice.chance(0.5):
        law = generated(dice, max(share, 0.15))
        return f"drawn-{index}", law | wanted
    name = dice.pick(frameworks.shipped())
    law = changed(dice, name, share)
    settings |= patches(law | wanted, name)
    return name, None


_LAW_KEYS = {f"framework.{key}" for key in frameworks.schema()}


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ceasefire-drawn-")


def scenario_of(given: Configuration) -> Scenario:
    """The scenario of a configuration, resolved as ``ceasefire run`` does; the last few are remembered.

    Raises
    ------
    BadInput
        The configuration is not valid.
    """
    return _resolved(given.number // MEMBERS)


@lru_cache(maxsize=2)
def _resolved(index: int) -> Scenario:
    group = _group(index)
    if group.law is None:
        return resolve(group.framework, group.scenario, group.settings, group.days)
    path = Path(_folder().name) / "framework.toml"
    path.write_text(text(group.law, group.framework), encoding="utf-8")
    return resolve(str(path), group.scenario, group.settings, group.days)


def chosen_values(given: Configuration) -> dict[str, Any]:
    """Every value that a configuration sets by dotted key, those of its framework with ``framework.`` before."""
    law = {f"framework.{k}": v for k, v in (given.law or {}).items()}
    return dict(given.settings) | law | {"scenario.days": given.days}


def wanted_values() -> Iterable[tuple[str, Any]]:
    """Every key with each value that must occur: both bounds and the default, or every choice."""
    for key, spec in schema().items():
        for value in spec.choices or (spec.min, spec.max, spec.value):
            yield key, value
    for key, leaf in frameworks.schema().items():
        if leaf.kind in (int, float):
            yield from ((f"framework.{key}", value) for value in bounds(key, leaf))
        elif leaf.kind is bool or (leaf.choices and leaf.kind is str):
            yield from ((f"framework.{key}", value) for value in leaf.choices or (False, True))


def replay(number: int, folder: Path) -> str:
    """Write the files of a configuration into a folder; the ``ceasefire run`` that is the same run."""
    given = configuration(number)
    framework = given.framework
    if given.law is not None:
        path = folder / f"{framework}.toml"
        path.write_text(text(given.law, framework), encoding="utf-8")
        framework = str(path)
    base = scenarios._read(given.scenario)[1]
    lines = [f'name = "drawn-{number}"', "[set]"]
    for key, value in {**base, **{k: v for k, v in given.settings.items() if k not in base}}.items():
        lines.append(f"{_key(key)} = {_toml(given.settings.get(key, value))}")
    path = folder / f"scenario-{number}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = ["ceasefire", "run", "--framework", framework, "--scenario", str(path)]
    words += ["--seed", str(given.seed), "--replication", str(given.replication), "--days", repr(given.days)]
    return shlex.join(words)


def main() -> None:
    """Write out how to run the configurations whose numbers are given."""
    folder = Path(tempfile.mkdtemp(prefix="ceasefire-replay-"))
    for number in sys.argv[1:]:
        print(replay(int(number), folder))


if __name__ == "__main__":
    main()
