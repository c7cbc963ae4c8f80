"""A setting of the talks: the cease-fire that terms are laid upon, and the parameters of the talks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from environment import frameworks
from environment.errors import BadInput, nearest
from environment.parameters import Value
from environment.parameters import schema as ceasefire_schema
from environment.talks.packages import Space, issue_of, issues, space
from environment.talks.parameters import schema, values
from experiments.scenario import resolve

RESPONDING = tuple(
    option.name for option in issue_of("guarantee").options if frameworks.load(option.framework).tiers
)
"""Guarantees under which somebody is bound to respond."""
CONCEDING = ("boulware", "linear", "conceder")
"""Ways of bargaining that make sense where only a mediator makes proposals."""
WITHOUT_GUARANTEE = "observe-only"
"""Framework whose name stands for talks in which no guarantee is on the table."""
CUSTOM = ("rules.russia", "rules.ukraine")
"""Keys under which a cease-fire takes a party in plain Python."""
LONGEST_WORTH = 5.0  # years; the shortest term on the table, within which nothing lapses


@dataclass(frozen=True)
class Setting:
    """Everything that a course of talks depends on besides seed and replication.

    Parameters
    ----------
    scenario
        Name or file of the cease-fire's scenario.
    settings
        Parameters of the cease-fire that hold under every package.
    values
        Parameters of the talks.
    fixed
        Those of them that were set, and are therefore not drawn.
    guarantees
        Whether guarantees with a response are on the table at all.
    """

    scenario: str
    settings: Mapping[str, Any] = field(hash=False)
    values: Mapping[str, Value] = field(hash=False)
    fixed: frozenset[str]
    guarantees: bool = True

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario

    @property
    def framework(self) -> Any:
        """What stands in the place of a framework's name in stored rows."""
        return _Named("talks" if self.guarantees else WITHOUT_GUARANTEE)

    @property
    def space(self) -> Space:
        """The packages on the table: without guarantees, only those under which nobody is bound to respond."""
        return space_of(self.values, self.guarantees)

    def canonical(self) -> dict[str, Any]:
        """The setting fully resolved, as plain JSON values."""
        base = resolve("multi-tier", self.scenario, self.settings)
        return {
            "framework": {"name": self.framework.name},
            "ceasefire": base.canonical(),
            "talks": dict(sorted(self.values.items())),
            "fixed": sorted(self.fixed),
            "guarantees": self.guarantees,
        }

    @cached_property
    def _digest(self) -> str:
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return self._digest


def space_of(values: Mapping[str, Value], guarantees: bool = True) -> Space:
    """The packages on the table under some parameters of the talks.

    Raises
    ------
    BadInput
        An unknown issue or option, or nothing left without a response where no guarantee is on the table.
    """
    narrowed = tuple((issue.name, str(values[f"table.{issue.name}"])) for issue in issues())
    found = space(str(values["talks.on_the_table"]), narrowed)
    return found if guarantees else _without_response(found)


@lru_cache(maxsize=16)
def _without_response(whole: Space) -> Space:
    kept = ~whole.has({"guarantee": RESPONDING})
    if not kept.any():
        allowed = (
            "an option without a response besides: talks are held against the same ones without guarantees"
        )
        raise BadInput("table.guarantee", "only guarantees", allowed)
    return Space(whole.choices[kept])


@dataclass(frozen=True)
class _Named:
    name: str


def resolve_talks(
    framework: str = "multi-tier",
    scenario: str = "baseline",
    settings: Mapping[str, Any] | None = None,
    days: float | None = None,
) -> Setting:
    """Turn names and settings into a setting of the talks.

    Parameters
    ----------
    framework
        ``observe-only`` takes all guarantees off the table; any other leaves them on it.
    scenario
        Of the cease-fires.
    settings
        Dotted keys of the talks and of the cease-fire, sorted out here.
    days
        Length of the course; as ``talks.horizon_days``.

    Raises
    ------
    BadInput
        An unknown key, a value that is not allowed, or a key of the framework, which the terms decide.
    """
    given = dict(settings or {})
    if days is not None:
        given["talks.horizon_days"] = days
    ours = {key: _as_text(key, value) for key, value in given.items() if key in schema()}
    theirs = {key: value for key, value in given.items() if key not in schema()}
    for key in theirs:
        if key.startswith("framework."):
            raise BadInput(
                key, theirs[key], "nothing: in talks the terms agreed decide the framework", where="--set"
            )
        if key not in ceasefire_schema() and key != "reliability":
            known = ["reliability", *schema(), *ceasefire_schema()]
            raise BadInput(
                key, theirs[key], "a parameter of the talks or of a cease-fire", where="--set",
                nearest=nearest(key, known),
            )  # fmt: skip
    for key in CUSTOM:
        if ".py:" in str(theirs.get(key, "")):
            allowed = "one of the shipped decision rules: what packages are worth is simulated on the compiled engine"
            raise BadInput(key, theirs[key], allowed, where="--set")
    resolve("multi-tier", scenario, theirs)
    found = values(ours, "--set")
    if float(found["worth.years"]) > LONGEST_WORTH:
        raise BadInput("worth.years", found["worth.years"], f"at most {LONGEST_WORTH:g} (y)", where="--set")
    space_of(found, framework != WITHOUT_GUARANTEE)
    _check_clock(found)
    fixed = frozenset(schema()) if found["talks.uncertainty"] == "none" else frozenset(ours)
    return Setting(scenario, theirs, found, fixed, framework != WITHOUT_GUARANTEE)


def _as_text(key: str, value: Any) -> Any:
    """Options that look like numbers, as a study file may have them, are names all the same."""
    return str(value) if key.startswith("table.") and isinstance(value, int) else value


def _check_clock(values: Mapping[str, Value]) -> None:
    """What must hold across parameters of the talks."""
    rounds, hours = int(values["talks.rounds"]), float(values["talks.round_hours"])
    if rounds * hours > 24.0 * float(values["talks.session_days"]):
        allowed = "rounds that end before the next session: talks.rounds x talks.round_hours within talks.session_days"
        raise BadInput("talks.rounds", rounds, allowed, where="--set")
    steps = 1.0 / float(values["worth.trust_step"])
    if abs(steps - round(steps)) > 1e-9:
        raise BadInput("worth.trust_step", values["worth.trust_step"], "a step that divides 1", where="--set")
    for side in ("talks.russia", "talks.ukraine"):
        if values["talks.protocol"] == "mediated" and values[side] not in CONCEDING:
            allowed = f"{', '.join(CONCEDING)}: it answers offers, and needs talks.protocol=alternating"
            raise BadInput(side, values[side], allowed, where="--set")


def explained(key: str) -> str:
    """What a key of the talks means: value, unit, range, source and status.

    Raises
    ------
    BadInput
        No such key.
    """
    specs = schema()
    found = [specs[k].sentence() for k in specs if k == key or k.startswith(f"{key}.")]
    if not found:
        allowed = "a dotted key of the talks (those of a cease-fire: ceasefire run --explain)"
        raise BadInput("--explain", key, allowed, nearest=nearest(key, list(specs)))
    return "\n".join(found)
