"""Courses of talks as a sweep runs them: one at a time, the truces by the compiled engine or by Mesa."""

from __future__ import annotations

import os

from environment.kernel import ROOT, files_digest, rule_sources
from environment.log import Row
from environment.outcomes import Outcome
from experiments.scenario import Scenario
from experiments.talks.course import Course, unfold
from experiments.talks.measure import OUTCOMES, course_outcomes
from experiments.talks.setting import Setting
from experiments.talks.simulated import simulated
from experiments.talks.worth import Told, Worth

__all__ = [
    "ENGINES",
    "OUTCOMES",
    "course",
    "course_outcomes",
    "prepare",
    "simulate",
    "simulate_mesa",
    "worth_of",
]

ENGINES = {"compiled": "experiments.talks.engine:simulate", "mesa": "experiments.talks.engine:simulate_mesa"}
"""Paths of the engines by the name of what runs the truces."""
FOLDERS = ("environment/talks", "environment/data", "agents/talks", "agents/bargaining", "experiments/talks")
KEPT = 4
"""Settings whose worth a worker keeps at hand."""


def simulate(setting: Setting, seed: int, replication: int) -> dict[str, Outcome]:
    """One course with its truces on the compiled engine.

    Parameters
    ----------
    setting
        The talks.
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.
    """
    return _outcomes(setting, seed, replication, "compiled")


def simulate_mesa(setting: Setting, seed: int, replication: int) -> dict[str, Outcome]:
    """One course with its truces on the Mesa engine; parameters as of `simulate`."""
    return _outcomes(setting, seed, replication, "mesa")


def engine_digest() -> str:
    """SHA-256 of all rule sources and of all that the talks are made of: a sweep goes on with none of it changed."""
    ours = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    files = [path for path in ours if path.suffix in (".py", ".toml")]
    return files_digest([*rule_sources(), *files])


def course(
    setting: Setting,
    seed: int,
    replication: int,
    engine: str,
    keep_log: bool = True,
    told: Told | None = None,
) -> Course:
    """One course with its log.

    Parameters
    ----------
    engine
        What runs the truces: ``mesa`` or ``compiled``.
    told
        Hears of progress.
    """
    return unfold(setting, worth_of(setting), TRUCES[engine], seed, replication, keep_log, told)


def _outcomes(setting: Setting, seed: int, replication: int, engine: str) -> dict[str, Outcome]:
    found = course(setting, seed, replication, engine, keep_log=False)
    return course_outcomes(setting, worth_of(setting), found)


_WORTHS: dict[str, Worth] = {}


def worth_of(setting: Setting, threads: int = 1) -> Worth:
    """The worth of a setting's packages; kept at hand, since all replications share it."""
    key = setting.digest()
    if key not in _WORTHS:
        if len(_WORTHS) >= KEPT:
            _WORTHS.clear()
        seed, runs = int(setting.values["worth.seed"]), int(setting.values["worth.runs"])
        _WORTHS[key] = Worth(setting, simulated(seed, runs, threads))
    return _WORTHS[key]


def prepare(setting: Setting, told: Told | None = None) -> Worth:
    """Simulate what a setting's packages are worth, with all cores, before anybody needs it.

    Parameters
    ----------
    told
        Hears of progress.
    """
    worth = worth_of(setting, os.cpu_count() or 1)
    worth.table(told=told)
    return worth


def _compiled(
    scenario: Scenario, seed: int, replication: int, keep_log: bool
) -> tuple[list[Row], dict[str, Outcome]]:
    from experiments.twin import engine

    if keep_log:
        return engine.run(scenario, seed, replication)
    columns = engine.simulate_many(scenario, seed, range(replication, replication + 1))
    return [], {key: c[0] if isinstance(c, list) else c[0].item() for key, c in columns.items()}


def _mesa(
    scenario: Scenario, seed: int, replication: int, keep_log: bool
) -> tuple[list[Row], dict[str, Outcome]]:
    from experiments.compose import compose

    model = compose(scenario, seed, replication, keep_log=keep_log)
    outcomes = model.run()
    return model.log, outcomes


TRUCES = {"compiled": _compiled, "mesa": _mesa}
