"""The schema of response frameworks: the whole, its check, and every value that it can have by dotted key."""

import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BaseModel, StringConstraints, ValidationInfo, model_validator

from environment.framework_checks import cross_checks
from environment.framework_parts import (
    PARTIES,
    TIER_KEYS,
    Attribution,
    Breach,
    Case,
    Clock,
    Deployment,
    EntryIntoForce,
    Monitoring,
    Tier,
    UkraineClause,
    UsClause,
)
from environment.sourced import Leaf, Line, Sourced, Table, leaf_of, table_of

Kebab = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Framework(Table):
    """A response framework, complete and consistent; `tiers` gives its rungs in order."""

    name: Kebab
    title: Line
    summary: Line
    binds: Annotated[Sourced[tuple[str, ...]], Leaf("parties", tuple, choices=PARTIES)]
    monitoring: Monitoring
    attribution: Attribution
    breach: Breach
    clock: Clock
    case: Case
    entry: EntryIntoForce
    deployment: Deployment
    ukraine: UkraineClause
    us: UsClause
    tier_1: Tier | None = None
    tier_2: Tier | None = None
    tier_3: Tier | None = None
    tier_4: Tier | None = None

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers in order; empty where nobody is bound to act."""
        return tuple(tier for tier in (self.tier_1, self.tier_2, self.tier_3, self.tier_4) if tier)

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        known = (info.context or {}).get("known_states")
        rungs = {key: getattr(self, key) for key in TIER_KEYS}
        for fault in cross_checks(self.binds.value, self.entry, rungs, known):
            raise fault
        return self


@functools.cache
def schema() -> Mapping[str, Leaf]:
    """Every value that a framework can have: dotted key to what it may be, in the order of the schema."""
    return MappingProxyType(dict(_leaf_fields(Framework)))


def leaves(framework: Framework) -> dict[str, Sourced[Any]]:
    """The values a framework has, by dotted key, in the order of the schema."""
    found: dict[str, Sourced[Any]] = {}
    for key in schema():
        item: Any = framework
        for part in key.split("."):
            item = getattr(item, part, None)
        if item is not None:
            found[key] = item
    return found


def _leaf_fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Leaf]]:
    for name, field in model.model_fields.items():
        leaf, table = leaf_of(field), table_of(field)
        if leaf is not None:
            yield prefix + name, leaf
        elif table is not None:
            yield from _leaf_fields(table, f"{prefix}{name}.")
