"""The spectrum of measures that tiers can name, as data."""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import ValidationError

from environment.framework_faults import bad_input
from environment.framework_files import DATA, parse_toml, read_text
from environment.sourced import YES_NO, Leaf, Line, Ranged, Sourced, Table


class Measure(Table):
    """One measure of the spectrum; units and meaning are in the head of data/measures.toml."""

    words: Line
    denial: Annotated[Ranged, Leaf("1/h")]
    punishment: Annotated[Ranged, Leaf("utility", high=10_000.0)]
    cost: Annotated[Ranged, Leaf("effort", high=10_000.0)]
    kinetic: Annotated[Sourced[bool], YES_NO]
    war_weight: Annotated[Ranged, Leaf("ratio", high=10.0)]
    deployed: Annotated[Sourced[bool], YES_NO]


@functools.cache
def load_measures() -> Mapping[str, Measure]:
    """The spectrum of measures by name, read once from data/measures.toml; BadInput where it is faulty."""
    path, found = DATA / "measures.toml", {}
    for name, table in parse_toml(read_text(path), path.name).items():
        try:
            found[name] = Measure.model_validate(table)
        except ValidationError as fault:
            raise bad_input(fault, Measure, f"{path.name}, {name}") from None
    return MappingProxyType(found)
