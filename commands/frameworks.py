"""``ceasefire frameworks``: the shipped response frameworks, one in plain English, a file checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from environment import tables
from environment.errors import BadInput
from environment.framework_text import describe
from environment.frameworks import Framework, load, shipped


def _load(name: str, settings: Mapping[str, Any]) -> Framework:
    unknown = [key for key in settings if not key.startswith("framework.")]
    if unknown:
        raise BadInput("--set", unknown[0], "a key of the framework, e.g. framework.tier_2.deadline_hours=48")
    changes = {key.removeprefix("framework."): value for key, value in settings.items()}
    return load(name, changes, known_states=[state.iso3 for state in tables.states()])


def list_command() -> None:
    """Print the shipped frameworks, a line each."""
    for name in shipped():
        print(f"{name:<20} {_load(name, {}).title}")
    print("\nceasefire frameworks show NAME says one in plain English, clause by clause.")


def show_command(name: str, settings: Mapping[str, Any]) -> None:
    """Print a framework in plain English.

    Raises
    ------
    BadInput
        No such framework, or a setting that cannot be used.
    """
    print(describe(_load(name, settings)))


def check_command(file: str) -> None:
    """Say that a file is a valid framework, and what it says.

    Raises
    ------
    BadInput
        The first fault of the file.
    """
    framework = _load(file, {})
    tiers = len(framework.tiers)
    print(f"{file}: valid. Framework {framework.name!r} with {tiers} tier{'' if tiers == 1 else 's'}.\n")
    print(describe(framework))
