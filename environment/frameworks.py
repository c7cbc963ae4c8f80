"""Response frameworks as data: what ships, and how one is loaded, patched, checked and written back.

A framework is a TOML file in which every value is a table with value, unit, status and source. This
module is the door. Behind it: `sourced` (one value), `framework_parts` and `framework_schema` (what a
framework has), `framework_checks` (what must hold across values), `measures` (what tiers can name),
`framework_files`, `framework_patches` and `framework_faults` (from a file to tables, or to one message).
"""

import functools
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from environment.errors import BadInput
from environment.framework_faults import bad_input
from environment.framework_files import DATA, parse_toml, read_text
from environment.framework_parts import GROUPS, PARTIES, TIER_KEYS, Tier
from environment.framework_patches import patched
from environment.framework_schema import Framework, leaves, schema
from environment.measures import Measure, load_measures
from environment.sourced import Leaf, Ranged, Sourced, closest

__all__ = [
    "DATA",
    "GROUPS",
    "PARTIES",
    "TIER_KEYS",
    "Framework",
    "Leaf",
    "Measure",
    "Ranged",
    "Sourced",
    "Tier",
    "from_mapping",
    "from_text",
    "leaves",
    "load",
    "load_measures",
    "schema",
    "shipped",
    "to_mapping",
]


@functools.cache
def shipped() -> tuple[str, ...]:
    """Names of the frameworks that come with the project: the files in data/frameworks, sorted; looked up once."""
    return tuple(sorted(path.stem for path in (DATA / "frameworks").glob("*.toml")))


def load(
    name_or_path: str | os.PathLike[str],
    settings: Mapping[str, Any] | None = None,
    known_states: Collection[str] | None = None,
) -> Framework:
    """Read one framework by its shipped name or from a .toml file, and check it.

    Parameters
    ----------
    name_or_path
        A name in `shipped()`, or the path of a file that ends in .toml.
    settings
        Patches by dotted key, in the schema's units: ``{"tier_2.deadline_hours": 48}``. Text, as it
        comes from a command line, is read as the type of the value (``"true"``, ``"USA,GBR"``).
    known_states
        Three-letter codes that may be called; without them only the shape of a code is checked.

    Raises
    ------
    BadInput
        Whatever is wrong: the first fault, with the number of further ones.
    """
    names = shipped()
    text = os.fspath(name_or_path)
    if text in names:
        path = DATA / "frameworks" / f"{text}.toml"
        return from_text(read_text(path), f"framework {text}", settings, known_states)
    if not text.endswith(".toml"):
        allowed = f"one of {', '.join(names)}, or the path of a .toml file"
        raise BadInput("framework", text, allowed, nearest=closest(text, names))
    framework = from_text(read_text(Path(text)), text, settings, known_states)
    if framework.name in names and Path(text).resolve().parent != DATA / "frameworks":
        raise BadInput("name", framework.name, "a name that no shipped framework has", where=text)
    return framework


def from_text(
    text: str,
    where: str = "framework",
    settings: Mapping[str, Any] | None = None,
    known_states: Collection[str] | None = None,
) -> Framework:
    """Read one framework from TOML text; parameters and errors as for `load`, `where` heads messages."""
    return from_mapping(parse_toml(text, where), where, settings, known_states)


def from_mapping(
    raw: Mapping[str, Any],
    where: str = "framework",
    settings: Mapping[str, Any] | None = None,
    known_states: Collection[str] | None = None,
) -> Framework:
    """Check one framework given as nested tables; the inverse of `to_mapping`."""
    if settings:
        raw, where = patched(raw, settings, where), f"{where} with settings"
    try:
        return Framework.model_validate(dict(raw), context={"known_states": known_states})
    except ValidationError as fault:
        raise bad_input(fault, Framework, where) from None


def to_mapping(framework: Framework) -> dict[str, Any]:
    """A framework as nested tables of plain values, fit for a file or a digest."""
    return framework.model_dump(mode="json", exclude_none=True)
