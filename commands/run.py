"""``ceasefire run``: one cease-fire told hour by hour, then its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.told import OUTCOME_WORDS, cell
from environment.log import Row, write
from environment.outcomes import Outcome
from environment.parameters import level_names
from environment.sentences import story
from experiments.scenario import Scenario, explain, resolve


def run_command(
    framework: str,
    scenario: str,
    settings: Mapping[str, Any],
    seed: int,
    replication: int,
    engine: str,
    days: float | None,
    log_file: str | None,
    everything: bool,
    explain: str | None,
    form: str,
) -> None:
    """Run one cease-fire and tell it; parameters as the options of ``ceasefire run``.

    Raises
    ------
    BadInput
        For anything that cannot be used, before anything is written.
    """
    if explain:
        print(_explained(explain))
        return
    resolved = resolve(framework, scenario, settings, days)
    rows, outcomes = _told(resolved, seed, replication, engine)
    if log_file:
        write(rows, log_file)
    if form == "json":
        print(json.dumps(summary(resolved, seed, replication, outcomes), indent=2))
        return
    print(f"{resolved.framework.title}, scenario {resolved.name}, seed {seed}, replication {replication}\n")
    for line in story(rows, everything):
        print(line)
    print("\n" + outcome_lines(outcomes))


def _told(
    scenario: Scenario, seed: int, replication: int, engine: str
) -> tuple[Sequence[Row], Mapping[str, Outcome]]:
    """The rows and outcomes of a run by either engine."""
    from experiments.warmup import warm

    if engine == "compiled":
        from experiments.twin.engine import run
        from experiments.twin.packing import refuse_custom

        refuse_custom(scenario.world)
        warm("log")
        return run(scenario, seed, replication)
    from experiments.compose import compose

    warm(engine)
    model = compose(scenario, seed, replication)
    outcomes = model.run()
    return model.log, outcomes


_explained = explain


def summary(
    scenario: Scenario, seed: int, replication: int, outcomes: Mapping[str, Outcome]
) -> dict[str, Any]:
    """The outcome of a run as plain JSON values.

    Returns
    -------
    dict
        ``framework, scenario, seed, replication, days_survived, ending, violations`` (Russia's, by level),
        ``cases, tiers, deadlines`` (met, missed) and all ``outcomes``.
    """
    return {
        "framework": scenario.framework.name,
        "scenario": scenario.name,
        "seed": seed,
        "replication": replication,
        "days_survived": outcomes["days_survived"],
        "ending": outcomes["ending"],
        "violations": {str(level): outcomes[f"violations_{level}"] for level in range(1, 6)},
        "cases": outcomes["cases"],
        "tiers": outcomes["tiers_called"],
        "deadlines": {"met": outcomes["deadlines_met"], "missed": outcomes["deadlines_missed"]},
        "outcomes": dict(outcomes),
    }


WIDTH = 46


def outcome_lines(outcomes: Mapping[str, Outcome]) -> str:
    """The outcome of a run for a reader."""
    lines = ["Outcome"]
    for told in OUTCOME_WORDS:
        lines.append(f"  {told.name:<{WIDTH}} {cell(outcomes[told.key])} {told.unit}".rstrip())
    for level, name in enumerate(level_names(), 1):
        lines.append(f"  {'Russia: ' + name.replace('_', ' '):<{WIDTH}} {outcomes[f'violations_{level}']}")
    return "\n".join(lines)
