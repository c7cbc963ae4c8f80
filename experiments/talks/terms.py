"""From a package to the cease-fire that it sets up: each option changes the scenario as its data say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from environment import frameworks
from environment.framework_schema import Framework
from environment.parameters import Value, patched, schema
from environment.talks.packages import Option, options_of
from experiments.scenario import Scenario, resolve
from experiments.talks.setting import Setting

WARNING = ("formal_warning", "record_of_noncompliance")
SUSPENSION = ("support_suspension",)
"""What tiers do against Ukraine where they bind it, as in the shipped two-sided framework."""


def framework_of(options: tuple[Option, ...]) -> str:
    """Name of the response framework that a package stands for."""
    return next(option.framework for option in options if option.framework)


@lru_cache(maxsize=16)
def _law(framework: str) -> Framework:
    return frameworks.load(framework)


def ceasefire(setting: Setting, code: int, extra: Mapping[str, Any] | None = None) -> Scenario:
    """The cease-fire that a package sets up.

    Parameters
    ----------
    setting
        What holds whatever is agreed.
    code
        Of the package.
    extra
        Further settings of the cease-fire, which come last.
    """
    options = options_of(code)
    name = framework_of(options)
    law = _law(name)
    base = patched(_shipped(setting.scenario), setting.settings)
    found: dict[str, Any] = dict(setting.settings)
    for option in options:
        for key, factor in option.scale.items():
            found[key] = _scaled(key, float(found.get(key, base[key])), factor)
        for key, value in option.set.items():
            if law.tiers or not key.startswith(("entry.", "framework.deployment")):
                found[key] = value
        found |= _without(law, option)
        if option.binds_ukraine:
            found |= _binding(law)
    return resolve(name, setting.scenario, found | dict(extra or {}))


@lru_cache(maxsize=8)
def _shipped(scenario: str) -> Mapping[str, Value]:
    """The scenario's own values."""
    return resolve("observe-only", scenario).values


def _scaled(key: str, value: float, factor: float) -> float:
    spec = schema()[key]
    return min(spec.max, max(spec.min, value * factor))


def _without(law: Framework, option: Option) -> dict[str, Any]:
    """Tiers without the measures that an option rules out."""
    found: dict[str, Any] = {}
    for number, tier in enumerate(law.tiers, 1):
        measures = tier.measures.Russia.value
        kept = [m for m in measures if m not in option.without]
        if len(kept) < len(measures):
            found[f"framework.tier_{number}.measures.Russia"] = ",".join(kept)
    return found


def _binding(law: Framework) -> dict[str, Any]:
    """A framework that binds Ukraine too: a warning first, suspension of support later."""
    found: dict[str, Any] = {"framework.binds": "Russia,Ukraine"}
    last = len(law.tiers)
    for number in range(1, last + 1):
        measures = (WARNING if number == 1 else ()) + (SUSPENSION if number > 1 or last == 1 else ())
        found[f"framework.tier_{number}.measures.Ukraine"] = ",".join(measures)
    return found
