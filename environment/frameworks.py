"""Response frameworks as data: the schema, and how a file is read, patched and checked.

A framework is a TOML file in which every value is a table with value, unit, status and source. What a
value may be is written once, in the `Leaf` beside its field; validation, command-line patches and the
words of every error come from there. Checks that need more than one value are in `_cross_checks`.
"""

import functools
import itertools
import numbers
import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from environment.errors import BadInput, nearest

DATA = Path(__file__).resolve().parent / "data"
GROUPS: tuple[str, ...] = ("coalition", "europe", "usa", "ukraine")
PARTIES: tuple[str, ...] = ("Russia", "Ukraine")
TIER_KEYS: tuple[str, ...] = ("tier_1", "tier_2", "tier_3", "tier_4")
MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_DOTS = 32  # tomllib needs quadratic time for a key of many dots, so they are counted first
MAX_ITEMS = 64  # names in one list
LONG_NUMBER = re.compile("0[xob][0-9A-Fa-f_]{200}")  # can be read, but Python refuses to print it
YEAR_HOURS = 8760.0
GROUP_OF_STATE = {"USA": "usa", "UKR": "ukraine"}  # every other state is called as part of the coalition

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600, pattern=r"^[^\p{Cc}]*$")
]
Kebab = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class _Nothing:
    """What is shown as received where something required was not given."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


# ------------------------------------------------------------------------------------- one value


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
            raise _refusal("value", self.value, f"a number from low = {self.low:g} to high = {self.high:g}")
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
            raise _refusal("", value, self.words(), closest(value, self.choices))
        return self.kind(value)

    def expand(self, raw: Any) -> Any:
        """A raw leaf as a full table with its value and unit checked; a bare value becomes an assumption."""
        if isinstance(raw, Sourced):
            return raw.model_dump(exclude_none=True)
        if not isinstance(raw, Mapping):
            return self.assumed(self.check(raw), "given without a source")
        table = dict(raw)
        if "unit" in table and table["unit"] != self.unit:
            raise _refusal("unit", table["unit"], f"the unit of this value, {self.unit!r}")
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
            raise _refusal("", value, self.words())
        if len(value) > MAX_ITEMS:
            raise _refusal("", f"{len(value)} names", f"{self.words()}, at most {MAX_ITEMS} names")
        for place, item in enumerate(value):
            if item in value[:place]:
                raise _refusal("", item, f"{self.words()}; this one is named twice")
            if self.choices and item not in self.choices:
                raise _refusal("", item, self.words(), closest(item, self.choices))
        return tuple(value)


def closest(name: Any, names: Collection[str]) -> str | None:
    """The valid name nearest to `name`, capitals aside; None where nothing is near."""
    if not isinstance(name, str) or not 0 < len(name) <= 80:
        return None
    plain = {item.casefold(): item for item in names}
    return plain.get(name.casefold()) or nearest(name, names)


# ----------------------------------------------------------------------------------- the schema

By = Literal["commission", "parties", "us"]
Counts = Literal["any", "repeated"]
Starts = Literal["breach", "verification"]
Scope = Literal["sector", "line"]
Entry = Literal["cease-fire", "signature", "peace-deal", "quiet-days"]
Action = Literal["as-of-right", "if-needed"]
Trigger = Literal["breach", "persist", "expanded"]
Decision = Literal["automatic", "each", "quorum", "unanimity", "lead"]
Preparation = Literal["pre-agreed", "ad-hoc"]


def _choice(options: Any) -> Leaf:
    return Leaf("choice", str, choices=get_args(options))


YES_NO = Leaf("yes/no", bool)
HOURS = Leaf("h", high=YEAR_HOURS)
SHARE = Leaf("share of called weight")
MEASURE_NAMES = Leaf("measures", tuple, says="measures")
THRESHOLD = Leaf("probability", low=0.25, high=0.999)
MATERIALITY = Leaf("severity")
REPEATED_COUNT = Leaf("incidents", int, low=2, high=8)
REPEATED_DAYS = Leaf("d", low=1.0, high=365.0)
QUIET_HOURS = Leaf("h", low=1.0, high=YEAR_HOURS)
ENTRY_DAYS = Leaf("d", high=18_250.0)
HALF_LIFE = Leaf("d", high=3_650.0)
CALLED = Leaf("states", tuple, says=f"{', '.join(GROUPS)} or three-letter codes of states")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Monitoring(_Table):
    """How densely the line is watched, as a multiple of the scenario's reference coverage."""

    coverage_multiplier: Annotated[Sourced[float], Leaf("ratio", high=1.5)]


class Attribution(_Table):
    """Who says who did it, and from which posterior probability on a finding may be acted upon."""

    by: Annotated[Sourced[By], _choice(By)]
    posterior_threshold: Annotated[Sourced[float], THRESHOLD] = THRESHOLD.default(0.7)


class Breach(_Table):
    """What makes an event a breach: assessed severity over 24 h in a sector, any or only repeated ones."""

    materiality: Annotated[Sourced[float], MATERIALITY] = MATERIALITY.default(0.10)
    counts: Annotated[Sourced[Counts], _choice(Counts)]
    repeated_count: Annotated[Sourced[int], REPEATED_COUNT] = REPEATED_COUNT.default(3)
    repeated_days: Annotated[Sourced[float], REPEATED_DAYS] = REPEATED_DAYS.default(7.0)


class Clock(_Table):
    """From when the hours of the tiers are counted."""

    starts: Annotated[Sourced[Starts], _choice(Starts)]


class Case(_Table):
    """What one case covers, which quiet hours close it, and whether its record outlives it."""

    scope: Annotated[Sourced[Scope], _choice(Scope)]
    quiet_hours: Annotated[Sourced[float], QUIET_HOURS] = QUIET_HOURS.default(48.0)
    record_survives: Annotated[Sourced[bool], YES_NO]


class EntryIntoForce(_Table):
    """When the framework starts to apply; days after the cease-fire, or the number of quiet days."""

    condition: Annotated[Sourced[Entry], _choice(Entry)]
    days: Annotated[Sourced[float], ENTRY_DAYS] = ENTRY_DAYS.default(0.0)


class Deployment(_Table):
    """How fast forces build up after the cease-fire (0 days: in place), and where they stand."""

    half_life_days: Annotated[Sourced[float], HALF_LIFE] = HALF_LIFE.default(90.0)
    on_line: Annotated[Sourced[bool], YES_NO]


class UkraineClause(_Table):
    """Whether Ukraine may act to halt a violation as of right or only where it is needed."""

    action: Annotated[Sourced[Action], _choice(Action)]


class UsClause(_Table):
    """Whether the United States backs the response with intelligence and logistics."""

    participates: Annotated[Sourced[bool], YES_NO]


class PartyMeasures(_Table):
    """The measures of one tier against each bound party (none against a party that is not bound)."""

    Russia: Annotated[Sourced[tuple[str, ...]], MEASURE_NAMES] = MEASURE_NAMES.default([])
    Ukraine: Annotated[Sourced[tuple[str, ...]], MEASURE_NAMES] = MEASURE_NAMES.default([])


class Tier(_Table):
    """One rung of the agreed response; its hours count from the start of the clock."""

    name: Line
    trigger: Annotated[Sourced[Trigger], _choice(Trigger)]
    opens_hours: Annotated[Sourced[float], HOURS]
    deadline_hours: Annotated[Sourced[float], Leaf("h", high=YEAR_HOURS, above=True)]
    expected_hours: Annotated[Sourced[float], HOURS]
    called: Annotated[Sourced[tuple[str, ...]], CALLED]
    decision: Annotated[Sourced[Decision], _choice(Decision)]
    quorum: Annotated[Sourced[float] | None, SHARE] = None
    lead: Annotated[Sourced[str] | None, Leaf("state", str, says="the three-letter code of a state")] = None
    preparation: Annotated[Sourced[Preparation], _choice(Preparation)]
    required_strength: Annotated[Sourced[float], Leaf("share of called weight", above=True)]
    measures: PartyMeasures


class Framework(_Table):
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
        for refusal in _cross_checks(self, known):
            raise refusal
        return self


class Measure(_Table):
    """One measure of the spectrum; units and meaning are in the head of data/measures.toml."""

    words: Line
    denial: Annotated[Ranged, Leaf("1/h")]
    punishment: Annotated[Ranged, Leaf("utility", high=10_000.0)]
    cost: Annotated[Ranged, Leaf("effort", high=10_000.0)]
    kinetic: Annotated[Sourced[bool], YES_NO]
    war_weight: Annotated[Ranged, Leaf("ratio", high=10.0)]
    deployed: Annotated[Sourced[bool], YES_NO]


# ------------------------------------------------------------------- checks across several values


def _refusal(key: str, received: Any, allowed: str, near: str | None = None) -> PydanticCustomError:
    context = {"key": key, "received": received, "allowed": allowed, "nearest": near}
    return PydanticCustomError("refused", "refused", context)


def _cross_checks(framework: Framework, known: Collection[str] | None) -> Iterator[PydanticCustomError]:
    numbered = [(key, getattr(framework, key)) for key in TIER_KEYS]
    last = max((i for i, (_, tier) in enumerate(numbered) if tier), default=0)
    for key, tier in numbered[:last]:
        if tier is None:
            yield _refusal(key, NOTHING, "a table: tiers are numbered from tier_1 without a gap")
    tiers = [(key, tier) for key, tier in numbered if tier]
    yield from _check_entry(framework.entry)
    bound = framework.binds.value
    if tiers and "Russia" not in bound:
        yield _refusal("binds", list(bound), "a list with Russia in it, since there are tiers")
    if bound and not tiers:
        yield _refusal("binds", list(bound), "an empty list, since there are no tiers")
    for key, tier in tiers:
        yield from _check_hours(key, tier)
        yield from _check_called(key, tier, known)
        yield from _check_decision(key, tier, known)
        yield from _check_measures(key, tier, bound)
    for (before, first), (after, second) in itertools.pairwise(tiers):
        yield from _check_order(before, first, after, second)


def _check_entry(entry: EntryIntoForce) -> Iterator[PydanticCustomError]:
    condition, days = entry.condition.value, entry.days.value
    if condition == "cease-fire" and days != 0:
        yield _refusal("entry.days", days, "0 (d), since entry.condition is cease-fire")
    if condition == "quiet-days" and days == 0:
        allowed = f"a number above 0 and up to {ENTRY_DAYS.high:g} (d), since entry.condition is quiet-days"
        yield _refusal("entry.days", days, allowed)


def _check_hours(key: str, tier: Tier) -> Iterator[PydanticCustomError]:
    opens, due = tier.opens_hours.value, tier.deadline_hours.value
    expected = tier.expected_hours.value
    if due < opens:
        allowed = f"at least {opens:g} (h), the hour at which {key} opens"
        yield _refusal(f"{key}.deadline_hours", due, allowed)
    elif not opens <= expected <= due:
        allowed = f"from {opens:g} to {due:g} (h), between opening and deadline of {key}"
        yield _refusal(f"{key}.expected_hours", expected, allowed)


def _check_order(before: str, first: Tier, after: str, second: Tier) -> Iterator[PydanticCustomError]:
    for field in ("opens_hours", "deadline_hours", "expected_hours"):
        earlier, later = getattr(first, field).value, getattr(second, field).value
        if later < earlier:
            allowed = f"at least {earlier:g} (h), the {field} of {before}: hours must not run backwards"
            yield _refusal(f"{after}.{field}", later, allowed)


def _check_called(key: str, tier: Tier, known: Collection[str] | None) -> Iterator[PydanticCustomError]:
    field, called = f"{key}.called", tier.called.value
    if not called:
        yield _refusal(field, [], "at least one state or group")
    if "RUS" in called:
        yield _refusal(field, "RUS", "any state but Russia, against which tiers are agreed")
    for name in called:
        if name not in GROUPS and not _is_state(name, known):
            yield _refusal(field, name, CALLED.words(), closest(name, [*GROUPS, *(known or ())]))
    for name in called:
        group = GROUP_OF_STATE.get(name, "coalition")
        if name not in GROUPS and group in called:
            yield _refusal(field, name, f"each state once; {name} is named twice, for {group} includes it")
    if "coalition" in called and "europe" in called:
        allowed = "each state once; the European states are named twice, for coalition includes europe"
        yield _refusal(field, "europe", allowed)


def _is_state(name: str, known: Collection[str] | None) -> bool:
    shaped = re.fullmatch("[A-Z]{3}", name) is not None and name != "RUS"
    return shaped and (known is None or name in known)


def _check_decision(key: str, tier: Tier, known: Collection[str] | None) -> Iterator[PydanticCustomError]:
    decision, called = tier.decision.value, tier.called.value
    for field, leaf in (("quorum", tier.quorum), ("lead", tier.lead)):
        if decision == field and leaf is None:
            yield _refusal(f"{key}.{field}", NOTHING, f"a value, since {key}.decision is {field}")
        if decision != field and leaf is not None:
            yield _refusal(f"{key}.{field}", leaf.value, f"nothing, since {key}.decision is {decision}")
    if tier.lead is not None:
        lead = tier.lead.value
        groups = {GROUP_OF_STATE[lead]} if lead in GROUP_OF_STATE else {"coalition", "europe"}
        if not _is_state(lead, known) or not ({lead} | groups) & set(called):
            allowed = f"the three-letter code of a state among those called: {', '.join(called)}"
            others = [state for state in known or GROUP_OF_STATE if state != lead]
            yield _refusal(f"{key}.lead", lead, allowed, closest(lead, others))


def _check_measures(key: str, tier: Tier, bound: tuple[str, ...]) -> Iterator[PydanticCustomError]:
    names = tuple(load_measures())
    for party in PARTIES:
        field, measures = f"{key}.measures.{party}", getattr(tier.measures, party).value
        for name in measures:
            if name not in names:
                yield _refusal(field, name, f"one of {', '.join(names)}", closest(name, names))
        if party in bound and not measures:
            yield _refusal(field, NOTHING, f"at least one measure, since the framework binds {party}")
        if party not in bound and measures:
            yield _refusal(field, list(measures), f"no measure, since the framework does not bind {party}")


# ------------------------------------------------------------------------------------ the loader


def shipped() -> tuple[str, ...]:
    """Names of the frameworks that come with the project: the files in data/frameworks, sorted."""
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
        return from_text(_read(path), f"framework {text}", settings, known_states)
    if not text.endswith(".toml"):
        allowed = f"one of {', '.join(names)}, or the path of a .toml file"
        raise BadInput("framework", text, allowed, nearest=closest(text, names))
    framework = from_text(_read(Path(text)), text, settings, known_states)
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
    return from_mapping(_parse(text, where), where, settings, known_states)


def from_mapping(
    raw: Mapping[str, Any],
    where: str = "framework",
    settings: Mapping[str, Any] | None = None,
    known_states: Collection[str] | None = None,
) -> Framework:
    """Check one framework given as nested tables; the inverse of `to_mapping`."""
    if settings:
        raw, where = _patched(raw, settings, where), f"{where} with settings"
    try:
        return Framework.model_validate(dict(raw), context={"known_states": known_states})
    except ValidationError as fault:
        raise _bad_input(fault, Framework, where) from None


def to_mapping(framework: Framework) -> dict[str, Any]:
    """A framework as nested tables of plain values, fit for a file or a digest."""
    return framework.model_dump(mode="json", exclude_none=True)


@functools.cache
def load_measures() -> Mapping[str, Measure]:
    """The spectrum of measures by name, read once from data/measures.toml; BadInput where it is faulty."""
    path, found = DATA / "measures.toml", {}
    for name, table in _parse(_read(path), path.name).items():
        try:
            found[name] = Measure.model_validate(table)
        except ValidationError as fault:
            raise _bad_input(fault, Measure, f"{path.name}, {name}") from None
    return MappingProxyType(found)


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
        inner = _inside(field)
        if isinstance(inner, Leaf):
            yield prefix + name, inner
        elif inner is not None:
            yield from _leaf_fields(inner, f"{prefix}{name}.")


def _inside(field: FieldInfo) -> Leaf | type[BaseModel] | None:
    for item in field.metadata:
        if isinstance(item, Leaf):
            return item
    for option in (field.annotation, *get_args(field.annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


# ------------------------------------------------------------------------- files, patches, faults


def _read(path: Path) -> str:
    where = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device could be read for ever
            raise BadInput("file", path.name, "a regular file, not a folder or device", where=where)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadInput("file", "more than 1 MB", "a file of at most 1 MB", where=where)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadInput("file", f"byte {fault.start} of {path.name}", "text in UTF-8", where=where) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise BadInput("file", path.name, f"a file that can be read ({reason})", where=where) from None


def _parse(text: str, where: str) -> dict[str, Any]:
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise BadInput("file", f"{len(lines)} lines", f"at most {MAX_LINES} lines", where=where)
    if LONG_NUMBER.search(text):
        raise BadInput("file", "a number too long to print", "valid TOML", where=where)
    for line in lines:
        if line.count(".") > MAX_DOTS and _dots(line) > MAX_DOTS:
            raise BadInput("file", line, f"keys of at most {MAX_DOTS} levels", where=where)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput("file", "deeper nesting", "a framework's few levels of tables", where=where) from None
    except tomllib.TOMLDecodeError as fault:
        place = re.search(r"line (\d+)", str(fault))
        shown = text.split("\n")[int(place[1]) - 1].strip() if place else "an early end of the file"
        raise BadInput("file", shown, f"valid TOML ({fault})", where=where) from None
    except ValueError:  # Python refuses to convert numbers of more than 4,300 digits
        raise BadInput("file", "a number too long to read", "valid TOML", where=where) from None


def _dots(line: str) -> int:
    """Dots of a line outside quoted strings and comments."""
    # Closing quotes are optional in the pattern: else unclosed ones would cost quadratic time.
    return re.sub(r'"(?:[^"\\]|\\.)*"?|\'[^\']*\'?', "", line).split("#")[0].count(".")


def _patched(raw: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    patched = dict(raw)
    for key, value in settings.items():
        leaf = _leaf_to_patch(key, value, raw, where)
        if not isinstance(value, Mapping):
            value = leaf.assumed(leaf.read(value), "set by the user")
        _put(patched, key.split("."), value)
        tier, _, last = key.rpartition(".")
        if last == "decision":  # the old rule's quorum or lead goes with the old rule
            for other in ("quorum", "lead"):
                if other != value.get("value") and f"{tier}.{other}" not in settings:
                    patched[tier].pop(other, None)
    return patched


def _leaf_to_patch(key: str, value: Any, raw: Mapping[str, Any], where: str) -> Leaf:
    tiers = [name for name in TIER_KEYS if name in raw]
    keys = [name for name in schema() if not name.startswith("tier_") or name.split(".")[0] in tiers]
    if key in keys:
        return schema()[key]
    first = str(key).split(".")[0]
    if first in TIER_KEYS and first not in tiers:
        allowed = f"a key of {', '.join(tiers)}" if tiers else "keys outside tiers: this framework has none"
        raise BadInput(str(key), value, allowed, where=where)
    siblings = [name for name in keys if name.startswith(f"{first}.")]
    allowed = ", ".join(siblings or dict.fromkeys(name.split(".")[0] for name in keys))
    raise BadInput(str(key), value, f"a key out of {allowed}", where=where, nearest=closest(key, keys))


def _put(table: dict[str, Any], parts: list[str], value: Any) -> None:
    """Set a nested value in fresh copies of the tables on the way, so that the caller's stay as they are."""
    for part in parts[:-1]:
        inner = table.get(part, {})
        if not isinstance(inner, Mapping):
            return  # validation names this fault better than a patch could
        table[part] = inner = dict(inner)
        table = inner
    table[parts[-1]] = value


def _bad_input(fault: ValidationError, root: type[BaseModel], where: str) -> BadInput:
    # An unknown key comes first: the "missing" beside it is usually the same slip of the pen.
    errors = sorted(fault.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
    field, received, allowed, near = _explained(errors[0], root)
    if len(errors) > 1:
        allowed += f" (and {len(errors) - 1} more)"
    try:
        repr(received)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        received = "a number too long to print"
    return BadInput(field, received, allowed, where=where, nearest=near)


def _explained(error: ErrorDetails, root: type[BaseModel]) -> tuple[str, Any, str, str | None]:
    """Field, received, allowed and nearest name of one error of pydantic."""
    parts = [str(part) for part in error["loc"]]
    context, kind = error.get("ctx", {}), error["type"]
    if kind == "refused":
        key = ".".join([*map(_printable, parts), *([context["key"]] if context["key"] else [])])
        return key, context["received"], context["allowed"], context["nearest"]
    field = ".".join(map(_printable, parts)) or "file"
    if kind == "extra_forbidden":
        keys = _keys_at(root, parts[:-1])
        return field, parts[-1], f"the keys {', '.join(keys)}", closest(parts[-1], keys)
    if kind == "missing":
        return field, NOTHING, f"a value, for it is required: {_words_at(root, parts)}", None
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return field, error["input"], f"one of {', '.join(options)}", closest(error["input"], options)
    return field, error["input"], _WORDS.get(kind) or _words_at(root, parts), None


_WORDS = {
    "string_pattern_mismatch": "one line of plain text; for a name, lower case with hyphens: my-framework",
    "string_too_short": "text that is not empty",
    "string_too_long": "shorter text (a name up to 60 characters, a line up to 600)",
    "string_type": "text",
    "float_type": "a number",
    "finite_number": "a finite number",
}


def _printable(part: str) -> str:
    short = part if len(part) <= 60 else part[:57] + "..."
    return short if short.isprintable() else repr(short)


def _at(root: type[BaseModel], parts: list[str]) -> Leaf | type[BaseModel] | None:
    here: Leaf | type[BaseModel] | None = root
    for part in parts:
        if isinstance(here, Leaf):
            here = Sourced
        field = here.model_fields.get(part) if here is not None else None
        here = _inside(field) if field is not None else None
    return here


def _keys_at(root: type[BaseModel], parts: list[str]) -> tuple[str, ...]:
    here = _at(root, parts)
    if isinstance(here, Leaf):
        ranged = root is Measure and here.kind is float
        return tuple((Ranged if ranged else Sourced).model_fields)
    return tuple(here.model_fields) if here is not None else ()


def _words_at(root: type[BaseModel], parts: list[str]) -> str:
    here, above = _at(root, parts), _at(root, parts[:-1])
    if isinstance(above, Leaf):
        of_value = {"value": above.words(), "unit": f"the unit of this value, {above.unit!r}"}
        return of_value.get(parts[-1], "text")
    if isinstance(here, Leaf):
        return here.words()
    return f"a table with the keys {', '.join(here.model_fields)}" if here is not None else "text"
