"""The parameters of a scenario: their schema (a data file) and the check of a value against it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from environment.errors import BadInput, nearest

DATA = Path(__file__).parent / "data"
type Value = int | float | str | bool


@dataclass(frozen=True)
class Spec:
    """What is known of one parameter: its value, unit, bounds, evidence range, status and source."""

    key: str
    value: Value
    unit: str
    status: str
    source: str
    meaning: str
    choices: tuple[str, ...] = ()
    min: float = -math.inf
    max: float = math.inf
    low: float | None = None
    high: float | None = None

    @property
    def allowed(self) -> str:
        """The values allowed, in words."""
        if self.choices:
            extra = ", or FILE.py:CLASS" if self.key.startswith("rules.") else ""
            return ", ".join(self.choices) + extra
        if isinstance(self.value, str):
            return f"a text: {self.unit}"
        kind = "whole number" if isinstance(self.value, int) else "number"
        return f"a {kind} from {self.min:g} to {self.max:g} ({self.unit})"

    def sentence(self) -> str:
        """The parameter explained: meaning, value, unit, range, source and status."""
        lines = [
            f"{self.key} = {self.value} ({self.unit})",
            f"  {self.meaning}",
            f"  allowed: {self.allowed}",
        ]
        if self.low is not None and self.high is not None:
            lines.append(f"  range of the evidence: {self.low:g} to {self.high:g}")
        return "\n".join([*lines, f"  {self.status}; source: {self.source}"])


@cache
def schema() -> Mapping[str, Spec]:
    """All parameters by dotted key, those of the violation ladder included."""
    specs = read_specs("parameters.toml")
    with (DATA / "ladder.toml").open("rb") as file:
        ladder = tomllib.load(file)
    for field, table in ladder["fields"].items():
        shared = {k: table[k] for k in ("unit", "min", "max", "status", "source", "meaning")}
        for level in ladder["levels"]:
            key = f"ladder.{level}.{field}"
            specs[key] = Spec(key=key, **shared, **table[level])
    return specs


def read_specs(file: str) -> dict[str, Spec]:
    """The parameters of a data file by dotted key."""
    specs: dict[str, Spec] = {}
    with (DATA / file).open("rb") as handle:
        _collect(tomllib.load(handle), "", specs)
    return specs


def _collect(table: Mapping[str, Any], prefix: str, specs: dict[str, Spec]) -> None:
    if "value" in table:
        given = dict(table)
        given["choices"] = tuple(given.get("choices", ()))
        specs[prefix] = Spec(key=prefix, **given)
        return
    for name, inner in table.items():
        _collect(inner, f"{prefix}.{name}" if prefix else name, specs)


@cache
def level_names() -> tuple[str, ...]:
    """Names of the levels of the violation ladder, from level 1 up."""
    with (DATA / "ladder.toml").open("rb") as file:
        return tuple(tomllib.load(file)["levels"])


def check(key: str, given: Any, where: str | None = None, specs: Mapping[str, Spec] | None = None) -> Value:
    """A value of the right type and within bounds, or an error that says what is allowed.

    Parameters
    ----------
    key
        Dotted key of the parameter.
    given
        The value; text (from a command line) is read as the parameter's type.
    where
        File or option that it came from, for the message.
    specs
        The schema that the key is of; that of a cease-fire by default.

    Raises
    ------
    BadInput
        Unknown key, wrong type, not finite, or out of bounds.
    """
    specs = schema() if specs is None else specs
    if key not in specs:
        raise BadInput(
            key,
            given,
            "a parameter of a scenario",
            where=where,
            nearest=nearest(key, ["reliability", *specs]),
        )
    spec = specs[key]
    if spec.choices:
        return _choice(spec, given, where)
    if isinstance(spec.value, str):
        return _text(spec, given, where)
    number = _number(spec, given, where)
    if not math.isfinite(number) or not spec.min <= number <= spec.max:
        raise BadInput(key, given, spec.allowed, where=where)
    if isinstance(spec.value, int):
        if number != int(number):
            raise BadInput(key, given, spec.allowed, where=where)
        return int(number)
    return number


def _choice(spec: Spec, given: Any, where: str | None) -> str:
    custom = spec.key.startswith("rules.") and isinstance(given, str) and ".py:" in given
    if not isinstance(given, str) or (given not in spec.choices and not custom):
        raise BadInput(spec.key, given, spec.allowed, where=where, nearest=nearest(str(given), spec.choices))
    return given


def _text(spec: Spec, given: Any, where: str | None) -> str:
    if not isinstance(given, str) or not given.strip():
        raise BadInput(spec.key, given, spec.allowed, where=where)
    return given.strip()


def _number(spec: Spec, given: Any, where: str | None) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise BadInput(spec.key, given, spec.allowed, where=where)
    try:
        return float(given)
    except (ValueError, OverflowError):
        raise BadInput(spec.key, given, spec.allowed, where=where) from None


def patched(
    base: Mapping[str, Value], changes: Mapping[str, Any], where: str | None = None
) -> dict[str, Value]:
    """Values with changes applied; ``reliability`` alone sets every tier.

    Parameters
    ----------
    base
        Values by dotted key.
    changes
        New values by dotted key.
    where
        File or option that they came from.
    """
    values = dict(base)
    for key, given in changes.items():
        if key == "reliability":
            for tier in (k for k in schema() if k.startswith("reliability.")):
                values[tier] = check(tier, given, where)
        else:
            values[key] = check(key, given, where)
    return values


def defaults() -> dict[str, Value]:
    """Every parameter's default."""
    return {key: spec.value for key, spec in schema().items()}
