"""A scenario: a framework, a named patch upon the default parameters, and the settings of one study.

`resolve` is the one place where names become values; its result is frozen, picklable, and identified by
a digest of its canonical form.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from environment import frameworks, tables
from environment.errors import BadInput, nearest
from environment.frameworks import Framework
from environment.parameters import Value, defaults, patched, schema
from environment.world import World, build

SHIPPED = Path(__file__).parent / "scenarios"
MAX_BYTES = 1_000_000
KEPT_IN_COMPARISON = ("monitoring", "attribution", "breach", "clock", "case")
"""Parts of a framework that stay the same in the observe-only arm it is compared with."""


@dataclass(frozen=True)
class Scenario:
    """Everything that a run depends on besides seed and replication."""

    name: str
    framework: Framework
    settings: Mapping[str, Any] = field(hash=False)
    values: Mapping[str, Value] = field(hash=False)

    @cached_property
    def world(self) -> World:
        """The scenario compiled for the engines."""
        return build(self.framework, self.values)

    def canonical(self) -> dict[str, Any]:
        """The scenario fully resolved, as plain JSON values."""
        leaves = {k: v.value for k, v in frameworks.leaves(self.framework).items()}
        return {
            "framework": {"name": self.framework.name} | dict(sorted(leaves.items())),
            "parameters": dict(sorted(self.values.items())),
        }

    def digest(self) -> str:
        """SHA-256 of the canonical form, the framework's name left out (equal rules are equal)."""
        form = self.canonical()
        del form["framework"]["name"]
        text = json.dumps(form, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        # Generic pydantic models cannot be pickled by name; their plain mapping can.
        law = frameworks.to_mapping(self.framework)
        return {"name": self.name, "settings": dict(self.settings), "values": dict(self.values), "law": law}

    def __setstate__(self, state: dict[str, Any]) -> None:
        framework = frameworks.from_mapping(state.pop("law"), "a pickled scenario")
        self.__dict__.update(state, framework=framework)


def shipped() -> tuple[str, ...]:
    """Names of the shipped scenarios."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


@cache
def said(name: str) -> tuple[str, str]:
    """Title and summary of a shipped scenario."""
    table = _toml(SHIPPED / f"{name}.toml")
    return str(table.get("title", name)), str(table.get("summary", ""))


def resolve(
    framework: str | Framework = "multi-tier",
    scenario: str = "baseline",
    settings: Mapping[str, Any] | None = None,
    days: float | None = None,
) -> Scenario:
    """Turn names and settings into a scenario.

    Parameters
    ----------
    framework
        A shipped framework's name, the path of a framework file, or a framework that was read already.
    scenario
        A shipped scenario's name, or the path of a scenario file.
    settings
        Values by dotted key: parameters, and ``framework.`` before a key of the framework.
    days
        Horizon in days; as the setting ``scenario.days``.

    Raises
    ------
    BadInput
        An unknown name or key, or a value that is not allowed.
    """
    name, patch, where = _read(scenario)
    changes = dict(settings or {})
    own = _split(patch)
    given = _split(changes)
    values = patched(patched(defaults(), own[1], where), given[1], "--set")
    if days is not None:
        values = patched(values, {"scenario.days": days}, "--days")
        changes["scenario.days"] = days
    iso = [s.iso3 for s in tables.states()]
    if isinstance(framework, Framework):
        table = frameworks.to_mapping(framework)
        law = frameworks.from_mapping(table, f"framework {framework.name}", own[0] | given[0], iso)
    else:
        law = frameworks.load(framework, own[0] | given[0], known_states=iso)
    _check_hours(law, values)
    return Scenario(name, law, changes, values)


def without_response(scenario: Scenario) -> Scenario:
    """The same scenario under observe-only: nobody is bound to act, monitoring and attribution are as they were.

    This is arm A0, against which a framework's effect is measured: what the framework says about
    monitoring, attribution, breaches, clocks and cases is kept, its tiers are taken away.
    """
    law = frameworks.leaves(scenario.framework)
    kept = {k: v.value for k, v in law.items() if k.partition(".")[0] in KEPT_IN_COMPARISON}
    return Scenario(
        scenario.name, frameworks.load("observe-only", kept), scenario.settings, _without_arm(scenario.values)
    )


def _without_arm(values: Mapping[str, Value]) -> dict[str, Value]:
    return dict(values) | {"ladder.arm": "full"}


def _split(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes to the framework, and to the parameters."""
    prefix = "framework."
    law = {k.removeprefix(prefix): v for k, v in changes.items() if k.startswith(prefix)}
    return law, {k: v for k, v in changes.items() if not k.startswith(prefix)}


def _check_hours(law: Framework, values: Mapping[str, Value]) -> None:
    planned = float(values["planning.last_review_hours"])
    for number, tier in enumerate(law.tiers, 1):
        if tier.expected_hours.value > 30 * 24.0:
            raise BadInput(
                f"tier_{number}.expected_hours",
                tier.expected_hours.value,
                f"at most 720 h, since the violator's ladder is planned day by day (now to {planned:g} h)",
            )


def _read(scenario: str) -> tuple[str, dict[str, Any], str | None]:
    """Name, flat patch and origin of a scenario."""
    path = SHIPPED / f"{scenario}.toml"
    if not path.is_file():
        path = Path(scenario)
        if not scenario.endswith(".toml") or not path.is_file():
            names = shipped()
            raise BadInput(
                "scenario", scenario, f"one of {', '.join(names)}, or the path of a TOML file",
                nearest=nearest(scenario, names),
            )  # fmt: skip
    table = _toml(path)
    flat: dict[str, Any] = {}
    _flatten(table.get("set", {}), "", flat)
    unknown = set(table) - {"name", "title", "summary", "set"}
    if unknown:
        key = sorted(unknown)[0]
        allowed = ("name", "title", "summary", "set")
        raise BadInput(key, table[key], ", ".join(allowed), where=str(path), nearest=nearest(key, allowed))
    return str(table.get("name", path.stem)), flat, str(path) if path.parent != SHIPPED else path.name


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput("file", str(path), f"a file of at most {MAX_BYTES} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput("file", str(path), f"a readable TOML file ({error})") from None


def _flatten(table: Any, prefix: str, flat: dict[str, Any]) -> None:
    if not isinstance(table, dict):
        raise BadInput("set", table, "a table of dotted keys and values")
    stack = [(prefix, table)]
    while stack:
        before, inner = stack.pop()
        for key, value in inner.items():
            name = f"{before}.{key}" if before else key
            if isinstance(value, dict):
                stack.append((name, value))
            else:
                flat[name] = value


def explain(key: str) -> str:
    """What a key means: value, unit, range, source and status.

    Raises
    ------
    BadInput
        No such key.
    """
    specs = schema()
    if key in specs:
        return specs[key].sentence()
    under = [k for k in specs if k.startswith(f"{key}.")]
    if under:
        return "\n".join(specs[k].sentence() for k in under)
    law = frameworks.schema()
    if key.removeprefix("framework.") in law:
        leaf = law[key.removeprefix("framework.")]
        return f"{key} ({leaf.unit})\n  a value of the framework\n  allowed: {leaf.words()}"
    names = [*specs, *(f"framework.{k}" for k in law)]
    raise BadInput("key", key, "a dotted key of a scenario", where="--explain", nearest=nearest(key, names))
