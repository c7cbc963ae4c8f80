"""Model and parties put together: the one place where the environment meets the agents."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from agents.coalition import State
from agents.reliability import TierProbabilities
from agents.russia import Persisting, Russia
from agents.ukraine import Holding, OwnForces, Ukraine
from agents.united_states import UnitedStates
from environment.errors import BadInput, CeasefireError, RunFailed
from environment.model import CeasefireModel
from environment.parties import Outlook, Parties, Reply, Situation
from environment.world import RUSSIA, UKRAINE
from experiments.promises import promised
from experiments.scenario import Scenario

FIELDS = ("rules.russia", "rules.ukraine")
CONTRACT = (
    ("at_opportunity", "at_review", "gives_up", "learns"),
    ("at_opportunity", "at_review", "gives_up", "learns", "replies", "watches"),
)
"""Methods that a party must have, by side: those of `Leadership` and `Defender` in `environment.parties`."""


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
        russia = _leadership(model, RUSSIA, world.p.rules_russia, odds)
        ukraine = _leadership(model, UKRAINE, world.p.rules_ukraine, odds)
        kinds = {world.usa: UnitedStates, world.ukraine_state: OwnForces}
        responders = tuple(kinds.get(i, State)(model, i) for i in range(len(world.weight)))
        return Parties((russia, ukraine), responders)

    return CeasefireModel(scenario.world, assemble, seed, replication, keep_log, heartbeat)


def _leadership(model: CeasefireModel, side: int, rule: str, odds: tuple[TierProbabilities, ...]) -> Any:
    base = (Russia, Ukraine)[side]
    known = odds if side == RUSSIA else odds[::-1]  # what a party knows first is what is promised against it
    known = known[: side + 1]
    if ".py:" in rule:
        kind = custom_party(rule, side)
        with _blamed_on(rule, side, "its constructor"):
            party = kind(model, side, "quantal", *known) if issubclass(kind, base) else kind(model, side)
        return CheckedParty(party, rule, side)
    if rule == "persist":
        return (Persisting, Holding)[side](model, side, "quantal", *known)
    return base(model, side, rule, *known)


@contextmanager
def _blamed_on(reference: str, side: int, what: str) -> Iterator[None]:
    """Whatever a party of the user's raises is said in one sentence, and fails the run."""
    try:
        yield
    except CeasefireError:
        raise
    except Exception as error:  # the code is the user's
        raise RunFailed(
            f"{FIELDS[side]}: {reference}: {what} raised {type(error).__name__}: {error}"
        ) from error


class CheckedParty:
    """A user's party whose answers are held to the contract, so that a wrong one is named, not acted on.

    Parameters
    ----------
    party
        The user's party.
    reference
        FILE.py:CLASS, for the message.
    side
        0 Russia, 1 Ukraine.
    """

    def __init__(self, party: Any, reference: str, side: int) -> None:
        self._party, self._reference, self._side = party, reference, side

    def __getattr__(self, name: str) -> Any:
        return getattr(self._party, name)

    def at_opportunity(self, situation: Situation) -> int:
        """Level to order, 0 to 5."""
        return self._whole("at_opportunity", situation, 5)

    def at_review(self, situation: Situation) -> int:
        """Stop, persist or escalate."""
        return self._whole("at_review", situation, 2)

    def gives_up(self, outlook: Outlook) -> bool:
        """Whether to abrogate."""
        return bool(self._whole("gives_up", outlook, 1))

    def replies(self, reply: Reply) -> bool:
        """Whether to retaliate."""
        return bool(self._whole("replies", reply, 1))

    def learns(self, tier: int, delivered: bool, hours: float) -> None:
        """Pass on what was seen."""
        with _blamed_on(self._reference, self._side, "learns"):
            self._party.learns(tier, delivered, hours)

    def watches(self, tier: int, delivered: bool, hours: float) -> None:
        """Pass on what partners did."""
        with _blamed_on(self._reference, self._side, "watches"):
            self._party.watches(tier, delivered, hours)

    @property
    def party(self) -> Any:
        """The user's party itself."""
        return self._party

    def _whole(self, method: str, seen: Any, highest: int) -> int:
        with _blamed_on(self._reference, self._side, method):
            answer = getattr(self._party, method)(seen)
        if not isinstance(answer, Integral | np.bool_) or not 0 <= int(answer) <= highest:
            allowed = f"{method} of {self._reference} to return a whole number from 0 to {highest}"
            raise BadInput(FIELDS[self._side], answer, allowed)
        return int(answer)


def custom_party(reference: str, side: int) -> Any:
    """A party written by a user in plain Python, given as FILE.py:CLASS.

    The class either derives from the shipped `Russia` or `Ukraine` and overrides what it will, or has every
    method of the contract in `environment.parties` and is made with (model, side).

    Raises
    ------
    BadInput
        No such file or class, or a class that does not keep the contract.
    """
    field = FIELDS[side]
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
