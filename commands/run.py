"""``ceasefire run``: one cease-fire told hour by hour, then its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

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


TOLD = (
    ("ending", "ending", ""),
    ("days_survived", "survived", "days"),
    ("violence", "violence", "line-days (1 = a day of open war along the whole line)"),
    ("violence_before", "  before the ending", "line-days"),
    ("violence_after", "  after the ending", "line-days"),
    ("recorded_per_day", "recorded by monitors, single shots and bursts", "a day"),
    ("violations_ordered", "violations ordered, by both sides", ""),
    ("violations_unauthorised", "flare-ups without orders, both sides", ""),
    ("violations_retaliation", "retaliations by Ukraine", ""),
    ("cases", "cases", ""),
    ("tiers_called", "tiers called", ""),
    ("deadlines_met", "deadlines met", ""),
    ("deadlines_missed", "deadlines missed (also where it came later)", ""),
    ("false_responses", "cases against a party that did not do it", ""),
    ("wrong_attributions", "wrong attributions", ""),
    ("exchanges", "exchanges of fire with responders", ""),
    ("war_risk", "chances that one of them became direct war, summed", ""),
    ("outage_hours", "infrastructure outage", "h"),
    ("ground_km2", "ground lost", "km2"),
    ("responder_cost", "cost to responders", "effort (1 = a delivery of military support)"),
)


WIDTH = 46


def outcome_lines(outcomes: Mapping[str, Outcome]) -> str:
    """The outcome of a run for a reader."""
    lines = ["Outcome"]
    for key, name, unit in TOLD:
        value = outcomes[key]
        shown = f"{value:.2f}" if isinstance(value, float) else str(value).replace("_", " ")
        lines.append(f"  {name:<{WIDTH}} {shown} {unit}".rstrip())
    for level, name in enumerate(level_names(), 1):
        lines.append(f"  {'Russia: ' + name.replace('_', ' '):<{WIDTH}} {outcomes[f'violations_{level}']}")
    return "\n".join(lines)
