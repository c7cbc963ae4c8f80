"""What was chosen differently in A and in B: the visitor's own changes first, the rest to be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.choice import Choice, worded
from environment import frameworks
from environment.parameters import schema
from experiments.scenario import resolve

LAW = "framework."
DAYS = "scenario.days"


@dataclass(frozen=True)
class SetApart:
    """What differs between two choices.

    Parameters
    ----------
    own
        What was changed by hand, and which framework, scenario and random numbers each has: a line each.
    clauses
        Values of the frameworks that differ because the frameworks do.
    parameters
        Parameters that differ because the scenarios do.
    """

    own: list[str] = field(default_factory=list)
    clauses: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)


def set_apart(a: Choice, b: Choice) -> SetApart:
    """What was chosen differently; all empty where the two are the same."""
    one, other = _values(a), _values(b)
    differ = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    mine = {*_changed(a), *_changed(b)}
    own = [_line(key, one, other) for key in differ if key in mine]
    if a.framework != b.framework:
        own.insert(
            0,
            f"framework: {a.resolved.framework.title} in A, {b.resolved.framework.title} in B: the clauses beside "
            "say how they differ",
        )
    if a.scenario != b.scenario:
        own.append(f"scenario: {a.scenario} in A, {b.scenario} in B")
    own += [
        f"{name}: {getattr(a, name)} in A, {getattr(b, name)} in B: other random numbers"
        for name in ("seed", "replication")
        if getattr(a, name) != getattr(b, name)
    ]
    rest = [key for key in differ if key not in mine]
    return SetApart(
        own,
        [_line(key, one, other) for key in rest if key.startswith(LAW)],
        [_line(key, one, other) for key in rest if not key.startswith(LAW)],
    )


def _values(choice: Choice) -> dict[str, object]:
    """Every value of a choice by dotted key."""
    law = {LAW + key: leaf.value for key, leaf in frameworks.leaves(choice.resolved.framework).items()}
    return {**law, **choice.resolved.values}


def _changed(choice: Choice) -> set[str]:
    """Keys that the visitor changed: by setting them, in the framework's text, or by the length of the run."""
    found = set(choice.settings)
    if choice.days is not None:
        found.add(DAYS)
    if choice.text:
        mine = frameworks.leaves(choice.resolved.framework)
        base = frameworks.leaves(resolve(choice.framework).framework)
        found |= {
            LAW + key
            for key in {*mine, *base}
            if key not in mine or key not in base or mine[key].value != base[key].value
        }
    return found


def _line(key: str, one: Mapping[str, object], other: Mapping[str, object]) -> str:
    """One value in A and in B, with its meaning where it has one in words."""
    spec = schema().get(key)
    head = f"{key} ({spec.meaning})" if spec else key
    if key in one and key in other:
        return f"{head}: {_shown(one[key])} in A, {_shown(other[key])} in B"
    has, value, lacks = ("A", one[key], "B") if key in one else ("B", other[key], "A")
    return f"{head}: {_shown(value)} in {has}; {lacks} has no such clause"


def _shown(value: object) -> str:
    return worded(value) or "nobody"
