"""A scenario as one record of numbers, for the compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.beliefs import Beliefs
from agents.decision_rules import TYPES, decision_rules
from agents.prospects import tabulate
from agents.reference import reference_backing, reference_departures, reference_stance
from agents.reliability import TierProbabilities
from environment.errors import BadInput
from environment.world import LADDER_FIELDS, MAX_TIERS, RUSSIA, UKRAINE, World
from experiments.twin.layout import RULE_FIELDS, RULES_OF, WORDS, sizes_of, world_dtype

SCRIPTED = "persist"
TYPED = "types"

type Promised = tuple[TierProbabilities, TierProbabilities]
type Record = Any


def pack(world: World, promised: Promised) -> NDArray[Any]:
    """The record of a scenario.

    Parameters
    ----------
    world
        The compiled scenario.
    promised
        R_k of every tier against Russia and against Ukraine.

    Returns
    -------
    array of 1
        Of `layout.world_dtype`.
    """
    columns = _parameter_columns(world)
    record = np.zeros(1, world_dtype(sizes_of(world), columns))
    w = record[0]
    for name, _ in columns:
        value = getattr(world.p, name)
        w[name] = WORDS[name].index(value) if name in WORDS else value
    _plain(w, world)
    _tiers(w, world)
    _promises(w, world, promised)
    _states(w, world)
    for side in (RUSSIA, UKRAINE):
        _leadership(w, world, side)
    return record


def _parameter_columns(world: World) -> tuple[tuple[str, str], ...]:
    """Name and type of each parameter; those that are words become numbers."""
    found = []
    for name in world.p._fields:
        if name not in RULES_OF:
            found.append((name, "f8" if isinstance(getattr(world.p, name), float) else "i8"))
    return tuple(found)


PLAIN = (
    "sectors", "share", "salience", "coverage", "background", "capacity", "force", "hazard", "seen",
    "confirm_rate", "target_weight", "target_hours", "weight", "usa", "ukraine_state", "horizon",
    "repeated_count", "repeated_window", "binds", "posterior_threshold", "materiality", "entry_day",
    "half_life", "clock_from_breach", "line_scope", "quiet", "record_survives", "entry_quiet", "on_line",
    "if_needed", "us_backs", "base_rate", "dispute", "dispute_hours", "success", "physical", "at_reviews",
    "carried_kept", "carried_failed",
)  # fmt: skip
"""Fields of the world that are taken over as they are."""


def _plain(w: Record, world: World) -> None:
    for name in PLAIN:
        w[name] = getattr(world, name)
    for name in LADDER_FIELDS:
        w[f"level_{name}"] = world.ladder[name]


def _tiers(w: Record, world: World) -> None:
    tiers = world.tiers
    w["tiers"] = tiers.size
    for name in ("trigger", "opens", "deadline", "decision", "lead", "warns", "local", "partners"):
        w[f"k_{name}"] = getattr(tiers, name)
    for name in ("expected", "quorum", "required", "deployed"):
        w[f"k_{name}"] = getattr(tiers, name)
    for name in ("weight", "denial", "punishment", "cost", "war_weight", "local_denial"):
        w[f"k_{name}"] = getattr(tiers, name)
    w["k_reliability"] = world.reliability
    for side in (RUSSIA, UKRAINE):
        for k in range(tiers.size):
            called = tiers.called[side][k]
            w["k_size"][side, k] = len(called)
            w["k_called"][side, k, : len(called)] = called
    for k in range(MAX_TIERS):
        for i in range(len(world.weight)):
            w["delay_least"][k, i], w["delay_mean"][k, i] = world.delay(k, i)


def _promises(w: Record, world: World, promised: Promised) -> None:
    for side, odds in enumerate(promised):
        for k in range(world.tiers.size):
            w["promised_full"][side, k] = odds.full[k]
            w["promised"][side, k] = odds.by_ramp[k]
    for number, side in enumerate((RUSSIA, UKRAINE, RUSSIA)):
        beliefs = Beliefs(world, promised[side], side)
        for name, counts in (("prior", beliefs.prior), ("start", beliefs.counts)):
            for k, (a, b) in enumerate(counts):
                w[f"{name}_a"][number, k], w[f"{name}_b"][number, k] = a, b


def _states(w: Record, world: World) -> None:
    for i, (will, exposure) in enumerate(reference_departures()):
        w["base_will"][i], w["base_exposure"][i] = will, exposure
    w["reference_backing"] = reference_backing(world.p, world.us_backs)
    w["reference_stance"] = reference_stance(world.p)


def _leadership(w: Record, world: World, side: int) -> None:
    name = getattr(world.p, RULES_OF[side])
    w["scripted"][side], w["typed"][side] = name == SCRIPTED, name == TYPED
    names = TYPES if name == TYPED else ("quantal",) * 2 if name == SCRIPTED else (name,) * 2
    for variant, rule in enumerate(decision_rules()[n] for n in names):
        table = tabulate(world, side, rule)
        for field in RULE_FIELDS:
            w[f"d_{field}"][side, variant] = getattr(rule, field)
        w["d_precision"][side, variant] = table.precision
        w["d_cost"][side, variant] = table.cost
        w["plan"][side, variant] = table.plan[0]
        w["stages"][side] = table.stages
        w["side_forgone"][side] = table.forgone
        w["side_known"] = table.known
        w["side_base"][side] = table.base
        w["side_tripwire_cost"][side] = table.tripwire_cost
        w["side_tripwire_denial"][side] = table.tripwire_denial


def refuse_custom(world: World) -> None:
    """Say which party of a scenario cannot be compiled.

    Raises
    ------
    BadInput
        A party written in plain Python.
    """
    for name in RULES_OF:
        rule = str(getattr(world.p, name))
        if ".py:" in rule:
            raise BadInput(
                name.replace("_", ".", 1),
                rule,
                "one of the shipped decision rules with the compiled engine, which cannot compile a party "
                "written in plain Python; the Mesa engine runs it: add --engine mesa",
            )
