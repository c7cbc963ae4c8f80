"""Model and parties put together: the one place where the environment meets the agents."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import Any

from agents.coalition import State
from agents.reliability import TierProbabilities, tier_probabilities
from agents.russia import Persisting, Russia
from agents.ukraine import Holding, OwnForces, Ukraine
from agents.united_states import UnitedStates
from environment.errors import BadInput
from environment.model import CeasefireModel
from environment.parties import Parties
from environment.world import RUSSIA, UKRAINE
from experiments.scenario import Scenario

CONTRACT = (
    ("at_opportunity", "at_review", "gives_up", "learns"),
    ("at_opportunity", "at_review", "gives_up", "learns", "replies"),
)
"""Methods that a party must have, by side: those of `Leadership` and `Defender` in `environment.parties`."""

_PROMISED: dict[str, tuple[TierProbabilities, TierProbabilities]] = {}


def promised(scenario: Scenario) -> tuple[TierProbabilities, TierProbabilities]:
    """R_k of every tier against Russia and against Ukraine, computed once a scenario."""
    key = scenario.digest()
    if key not in _PROMISED:
        _PROMISED.clear()
        _PROMISED[key] = (
            tier_probabilities(scenario.world, RUSSIA),
            tier_probabilities(scenario.world, UKRAINE),
        )
    return _PROMISED[key]


def compose(
    scenario: Scenario, seed: int = 1, replication: int = 0, keep_log: bool = True, heartbeat: bool = False
) -> CeasefireModel:
    """A model ready to run.

    Parameters
    ----------
    scenario
        The scenario.
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.
    keep_log
        Whether to keep the event log.
    heartbeat
        Whether Mesa's hourly step runs.

    Raises
    ------
    BadInput
        A party of the user's own that does not keep the contract.
    """
    odds = promised(scenario)

    def assemble(model: CeasefireModel) -> Parties:
        world = model.world
        russia = _leadership(model, RUSSIA, world.p.rules_russia, odds[RUSSIA])
        ukraine = _leadership(model, UKRAINE, world.p.rules_ukraine, odds[UKRAINE])
        kinds = {world.usa: UnitedStates, world.ukraine_state: OwnForces}
        responders = tuple(kinds.get(i, State)(model, i) for i in range(len(world.weight)))
        return Parties((russia, ukraine), responders)

    return CeasefireModel(scenario.world, assemble, seed, replication, keep_log, heartbeat)


def _leadership(model: CeasefireModel, side: int, rule: str, odds: TierProbabilities) -> Any:
    base = (Russia, Ukraine)[side]
    if ".py:" in rule:
        party = custom_party(rule, side)
        return party(model, side, "quantal", odds) if issubclass(party, base) else party(model, side)
    if rule == "persist":
        return (Persisting, Holding)[side](model, side, "quantal", odds)
    return base(model, side, rule, odds)


def custom_party(reference: str, side: int) -> Any:
    """A party written by a user in plain Python, given as FILE.py:CLASS.

    The class either derives from the shipped `Russia` or `Ukraine` and overrides what it will, or has every
    method of the contract in `environment.parties` and is made with (model, side).

    Raises
    ------
    BadInput
        No such file or class, or a class that does not keep the contract.
    """
    field = ("rules.russia", "rules.ukraine")[side]
    file, _, name = reference.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise BadInput(field, reference, "FILE.py:CLASS with a file that exists")
    found = getattr(_module(field, reference, path), name, None)
    if not inspect.isclass(found):
        raise BadInput(field, reference, "FILE.py:CLASS with a class of that file")
    missing = [m for m in CONTRACT[side] if not callable(getattr(found, m, None))]
    if missing:
        raise BadInput(
            field, reference, f"a class with the methods {', '.join(CONTRACT[side])} (it lacks {missing[0]})"
        )
    return found


def _module(field: str, reference: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"party_{path.stem}", path)
    assert spec and spec.loader  # a .py file always has a loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the file is the user's; whatever it raises is bad input
        raise BadInput(
            field, reference, f"a file that can be imported ({type(error).__name__}: {error})"
        ) from None
    return module
