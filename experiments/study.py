"""A study: one question, the design that answers it and what is measured, as a TOML file.

`load_study` reads a shipped study by name or a user's file and `parse_study` checks it;
`experiments.toml_text` writes it back.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from environment.errors import BadInput, nearest

SHIPPED = Path(__file__).parent / "studies"
DEFAULT_SEED = 1
LARGEST_SEED = 2**64 - 1
LARGEST_FILE = 1_000_000  # bytes: a study is a page of text; what is larger is not one
MOST_RUNS = 10_000_000
MOST_POINTS = 100_000
# Settings that cannot reach a cease-fire in which nobody is bound to act (see design.py).
FRAMEWORK_SETTINGS = ("reliability", "cohesion", "response")

LITERALS = ("opportunities", "reviews", "full", "same-monitoring", "observe-only", "ceasefire", "talks")

type Value = bool | int | float | str
type Comparison = Literal["same-monitoring", "observe-only"]
type Arm = Literal["opportunities", "reviews", "full"]
type Kind = Literal["ceasefire", "talks"]


def _scalar(value: Any) -> Any:
    finite = not isinstance(value, float) or math.isfinite(value)
    if isinstance(value, bool | int | float | str) and finite:
        return value
    raise PydanticCustomError("scalar", "Input should be a finite number, true, false or a text")


def _setting(value: Any) -> Any:
    return [_scalar(item) for item in value] if isinstance(value, list) else _scalar(value)


Scalar = Annotated[Any, BeforeValidator(_scalar)]
Setting = Annotated[Any, BeforeValidator(_setting)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=4000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Strict):
    """A value on the horizontal axis worth a labelled line, e.g. a measured reliability."""

    value: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    label: Text


class Figure(_Strict):
    """Hints for the figure: the label of the horizontal axis and the marks on it."""

    x_label: str = ""
    marks: tuple[Mark, ...] = ()


class Study(_Strict):
    """A study as `parse_study` leaves it: checked, every default filled in.

    Parameters
    ----------
    kind
        What a run is: one cease-fire, or a course of talks and the truces that follow.
    parameters, points
        The design: a grid (every combination of the values listed per dotted key) or a list of
        points. The key ``framework`` varies the framework itself.
    runs
        Paired replications per design point; the most of them, where `precision` is given.
    precision
        Width of the 95% interval of every primary effect at which the sweep may stop.
    comparison
        What the framework is held against: nobody bound and its own monitoring and attribution
        (so that the effect is that of the response), or the framework observe-only as shipped.
    framework_settings
        Keys, or groups of keys, that the comparison arm (observe-only) does without.
    """

    name: Name
    title: Text
    question: Text
    kind: Kind = "ceasefire"
    framework: Text = "multi-tier"
    scenario: Text = "baseline"
    days: Annotated[float, Field(strict=True, gt=0, le=36525, allow_inf_nan=False)] | None = None
    runs: Annotated[int, Field(strict=True, ge=1, le=MOST_RUNS)] = 100
    seed: Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEED)] | None = None
    precision: Annotated[float, Field(strict=True, gt=0, le=10, allow_inf_nan=False)] | None = None
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)] = ("opportunities", "reviews", "full")
    outcomes: Annotated[tuple[Text, ...], Field(min_length=1)] = ("violence", "days_survived")
    comparison: Comparison = "same-monitoring"
    framework_settings: tuple[Text, ...] = FRAMEWORK_SETTINGS
    settings: dict[str, Setting] = {}
    parameters: dict[str, Annotated[tuple[Scalar, ...], Field(min_length=1)]] = {}
    points: tuple[dict[str, Scalar], ...] = ()
    figure: Figure = Figure()

    def varied(self) -> tuple[str, ...]:
        """Names of the parameters varied, in the order of the file."""
        return tuple(self.points[0]) if self.points else tuple(self.parameters)

    def rows(self) -> list[dict[str, Value]]:
        """The design points, each a value per parameter; the last parameter varies fastest."""
        if self.points:
            return [dict(point) for point in self.points]
        return [dict(zip(self.parameters, row, strict=True)) for row in product(*self.parameters.values())]


def shipped_studies() -> list[str]:
    """Names of the studies that come with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_study(source: str | Path) -> Study:
    """Read a study by shipped name or from a TOML file.

    Errors
    ------
    BadInput
        For an unknown name, an unreadable file or any fault inside it.
    """
    path = Path(source)
    if path.suffix != ".toml" and len(path.parts) == 1:
        if str(source) not in shipped_studies():
            allowed = f"a TOML file or one of {', '.join(shipped_studies())}"
            raise BadInput("study", str(source), allowed, nearest=nearest(str(source), shipped_studies()))
        path = SHIPPED / f"{source}.toml"
    return parse_study(_read(path), str(source))


def parse_study(raw: Mapping[str, Any], where: str) -> Study:
    """Check a study given as plain values and fill in its defaults.

    Parameters
    ----------
    raw
        What the TOML file holds. ``frameworks = [...]`` is short for a parameter ``framework``.
    where
        File or option that the values came from, for the message.

    Errors
    ------
    BadInput
        One, for the first fault; it says how many more there are.
    """
    plain = dict(raw)
    for key in ("settings", "parameters"):
        if isinstance(plain.get(key), Mapping):
            plain[key] = flatten(plain[key])
    if isinstance(plain.get("points"), list):
        plain["points"] = [flatten(p) if isinstance(p, Mapping) else p for p in plain["points"]]
    if "frameworks" in plain:
        if "framework" in plain:
            raise BadInput("frameworks", plain["frameworks"], "not together with 'framework'", where=where)
        others = plain.get("parameters", {})
        if isinstance(others, Mapping):
            plain["parameters"] = {"framework": plain.pop("frameworks"), **others}
    try:
        study = Study.model_validate(plain)
    except ValidationError as error:
        raise _one(error, where) from None
    _check(study, where)
    return study


def override(study: Study, where: str, **changes: Any) -> Study:
    """The study with some fields replaced and checked again; settings are added to its own.

    Parameters
    ----------
    where
        Where the changes came from, for the message, e.g. ``command line``.
    changes
        Fields by name; None leaves a field as it is.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    given["settings"] = {**study.settings, **flatten(given.get("settings", {}))}
    return parse_study({**study.model_dump(exclude_none=True, mode="json"), **given}, where)


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one table of dotted keys (TOML nests a dotted key that is not quoted)."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise BadInput(
                "size", f"over {LARGEST_FILE} bytes", f"at most {LARGEST_FILE} bytes", where=str(path)
            )
        return tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise BadInput("study", str(path), f"a file that can be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("text", str(error), "valid TOML in UTF-8", where=str(path)) from None
    except RecursionError:
        raise BadInput("nesting", "too deep", "tables nested a few levels", where=str(path)) from None


def _one(error: ValidationError, where: str) -> BadInput:
    faults = error.errors(include_url=False)
    first = faults[0]
    field, received = ".".join(str(part) for part in first["loc"]) or "study", first["input"]
    allowed = first["msg"].removeprefix("Input should be ")
    guess = None
    if first["type"] == "extra_forbidden":
        names = _names(first)
        received, allowed = first["loc"][-1], "a key among " + ", ".join(names)
        guess = nearest(str(received), names)
    elif first["type"] == "missing":
        received, allowed = "nothing", "a value (the field is required)"
    elif first["type"] == "literal_error":
        guess = nearest(str(received), LITERALS)
    elif first["type"] == "string_pattern_mismatch":
        allowed = "lower-case letters, digits and hyphens, at most 64"
    more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
    return BadInput(field, received, allowed + more, where=where, nearest=guess)


def _names(fault: ErrorDetails) -> list[str]:
    inner = fault["loc"][0] if len(fault["loc"]) > 1 else ""
    if inner == "figure":
        return list(Mark.model_fields if "marks" in fault["loc"][:-1] else Figure.model_fields)
    return [*Study.model_fields, "frameworks"]


def _check(study: Study, where: str) -> None:
    """What no single field can say: that the parts of the study fit together."""
    if bool(study.parameters) == bool(study.points):
        raise BadInput("parameters", [*study.parameters], "either 'parameters' or 'points'", where=where)
    size = len(study.points) or math.prod(len(values) for values in study.parameters.values())
    if size > MOST_POINTS:
        raise BadInput("parameters", f"{size} design points", f"at most {MOST_POINTS}", where=where)
    for number, point in enumerate(study.points):
        if tuple(point) != study.varied() or not point:
            raise BadInput(
                f"points.{number}", [*point], f"the keys {[*study.varied()]}, in order", where=where
            )
    rows = [tuple(map(repr, row.values())) for row in study.rows()]
    twice = next((row for row in rows if rows.count(row) > 1), None) if len(set(rows)) < len(rows) else None
    if twice:
        raise BadInput(", ".join(study.varied()), ", ".join(twice), "each design point once", where=where)
    for field in ("arms", "outcomes"):
        listed = getattr(study, field)
        if len(set(listed)) < len(listed):
            raise BadInput(field, [*listed], "each name once", where=where)
    if "full" not in study.arms:
        raise BadInput("arms", [*study.arms], "a list that contains 'full'", where=where)
    for key in study.settings:
        if key in study.varied() or key in ("ladder.arm", "framework"):
            allowed = "a key that the study does not itself set; it varies " + ", ".join(study.varied())
            raise BadInput(f"settings.{key}", study.settings[key], allowed, where=where)
