"""One value of a data file: where it comes from, what it may be, and how a wrong one is refused.

In a framework or a measure every value is a table with value, unit, status and source (`Sourced`). What
the value may be is written once, in the `Leaf` beside its field; validation, command-line patches and the
words of every error come from there.
"""

import numbers
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    GetCoreSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from environment.errors import nearest

MAX_ITEMS = 64  # names in one list

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600, pattern=r"^[^\p{Cc}]*$")
]


class _Nothing:
    """What is shown as received where something required was not given."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


def refusal(key: str, received: Any, allowed: str, near: str | None = None) -> PydanticCustomError:
    """What a validator raises: a dotted key (relative to the value), what came, what may, what is near."""
    context = {"key": key, "received": received, "allowed": allowed, "nearest": near}
    return PydanticCustomError("refused", "refused", context)


def closest(name: Any, names: Collection[str]) -> str | None:
    """The valid name nearest to `name`, capitals aside; None where nothing is near."""
    if not isinstance(name, str) or not 0 < len(name) <= 80:
        return None
    plain = {item.casefold(): item for item in names}
    return plain.get(name.casefold()) or nearest(name, names)


class Table(BaseModel):
    """A table of named values and nothing else; the base of everything read from a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced[T](BaseModel):
    """One value of a framework with where it comes from.

    Attributes: `value`; `unit` (the schema's); `status`: stated (in the source), inferred (read out of
    it) or assumed (judgement); `source`; `note` (a range, a reason), or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: T
    unit: str
    status: Literal["stated", "inferred", "assumed"]
    source: Line
    note: Line | None = None


class Ranged(Sourced[float]):
    """A number with the range, in the same unit, over which it is swept: low <= value <= high."""

    low: FiniteFloat
    high: FiniteFloat

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise refusal("value", self.value, f"a number from low = {self.low:g} to high = {self.high:g}")
        return self


@dataclass(frozen=True)
class Leaf:
    """What one value may be: its unit, its type, and its bounds, choices or description.

    `low` and `high` are in `unit`; `above` excludes `low` itself; `says` describes lists whose names are
    checked elsewhere.
    """

    unit: str
    kind: type = float
    low: float = 0.0
    high: float = 1.0
    above: bool = False
    choices: tuple[str, ...] = ()
    says: str = ""

    def words(self) -> str:
        """What is allowed, in words."""
        if self.kind is tuple:
            return f"a list without repetition of {self.says or ', '.join(self.choices)}"
        if self.kind is bool:
            return "true or false"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.says:
            return self.says
        number = "a whole number" if self.kind is int else "a number"
        bounds = f"above {self.low:g} and up to" if self.above else f"from {self.low:g} to"
        return f"{number} {bounds} {self.high:g} ({self.unit})"

    def read(self, value: Any) -> Any:
        """A value typed on a command line as the type of this leaf; unreadable text is left for `check`."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        if self.kind is tuple:
            return [part.strip() for part in text.strip("[]").split(",") if part.strip()]
        if self.kind is bool:
            return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), value)
        if self.kind is str:
            return text
        try:
            return self.kind(text)
        except ValueError:
            return value

    def check(self, value: Any) -> Any:
        """The value in the type of this leaf.

        Raises PydanticCustomError with what was received, what is allowed and the nearest choice.
        """
        if self.kind is tuple:
            return self._check_list(value)
        if self.kind in (float, int):
            wanted = numbers.Real if self.kind is float else numbers.Integral
            fits = isinstance(value, wanted) and not isinstance(value, bool) and self._in_bounds(value)
        elif self.kind is bool:
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, str) and (not self.choices or value in self.choices)
        if not fits:
            raise refusal("", value, self.words(), closest(value, self.choices))
        return self.kind(value)

    def expand(self, raw: Any) -> Any:
        """A raw leaf as a full table with its value and unit checked; a bare value becomes an assumption."""
        if isinstance(raw, Sourced):
            return raw.model_dump(exclude_none=True)
        if not isinstance(raw, Mapping):
            return self.assumed(self.check(raw), "given without a source")
        table = dict(raw)
        if "unit" in table and table["unit"] != self.unit:
            raise refusal("unit", table["unit"], f"the unit of this value, {self.unit!r}")
        if "value" in table:
            table["value"] = self.check(table["value"])
        return table

    def assumed(self, value: Any, source: str) -> dict[str, Any]:
        """A full leaf table for a value that nobody has sourced."""
        return {"value": value, "unit": self.unit, "status": "assumed", "source": source}

    def default(self, value: Any) -> Any:
        """A pydantic default for a field with this leaf."""
        table = self.assumed(value, "default of the schema")
        return Field(default_factory=lambda: dict(table), validate_default=True)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def _in_bounds(self, value: Any) -> bool:
        # not a number and infinity fail the comparison, as they should
        return bool(self.low <= value <= self.high and not (self.above and value == self.low))

    def _check_list(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise refusal("", value, self.words())
        if len(value) > MAX_ITEMS:
            raise refusal("", f"{len(value)} names", f"{self.words()}, at most {MAX_ITEMS} names")
        for place, item in enumerate(value):
            if item in value[:place]:
                raise refusal("", item, f"{self.words()}; this one is named twice")
            if self.choices and item not in self.choices:
                raise refusal("", item, self.words(), closest(item, self.choices))
        return tuple(value)


YES_NO = Leaf("yes/no", bool)


def leaf_of(field: FieldInfo) -> Leaf | None:
    """The leaf beside a field; None for a table of further fields and for plain text."""
    return next((item for item in field.metadata if isinstance(item, Leaf)), None)


def table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The table that a field holds, be it optional; None for plain text."""
    for option in (field.annotation, *get_args(field.annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None
