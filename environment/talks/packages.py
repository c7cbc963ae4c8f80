"""What the parties bargain over: issues with their options, and packages, one option of each issue.

A package has a *code*, a mixed-radix number over all shipped issues and options, which is the same
whatever is on the table, and a *place* among the packages that are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from environment.errors import BadInput, nearest
from environment.parameters import DATA, Value

RUSSIA, UKRAINE, US, EUROPE = 0, 1, 2, 3
PARTIES = ("Russia", "Ukraine", "US", "Europe")
"""Those who bargain, mediate and are consulted, in the order of every array over parties."""

type Range = tuple[float, float, float]
"""Lowest, likeliest and highest."""


@dataclass(frozen=True)
class Option:
    """One way of settling an issue.

    Parameters
    ----------
    label, status, source, note
        In words, with where it comes from.
    framework
        Response framework that it stands for, if any.
    years
        Term of the guarantee.
    area_russia, area_ukraine
        Share of the worth of the disputed area that Russia gains and Ukraine loses.
    delay_days
        Time from agreement until the cease-fire takes effect.
    binds_ukraine
        Whether breaches by Ukraine have consequences.
    without
        Measures that no tier takes.
    set, scale
        Parameters of the cease-fire set to a value, or multiplied.
    needs
        Options of other issues, one of which must be taken with it.
    worth
        What it is worth by itself, by party, in war-years, against the first option.
    """

    name: str
    label: str
    status: str
    source: str
    note: str = ""
    framework: str = ""
    years: float = 0.0
    area_russia: float = 0.0
    area_ukraine: float = 0.0
    delay_days: float = 0.0
    binds_ukraine: bool = False
    without: tuple[str, ...] = ()
    set: Mapping[str, Value] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worth: Mapping[str, Range] = field(default_factory=dict)


@dataclass(frozen=True)
class Issue:
    """Something to be settled, and how it can be."""

    name: str
    title: str
    meaning: str
    options: tuple[Option, ...]

    def place(self, option: str) -> int:
        """Number of an option by its name."""
        return [o.name for o in self.options].index(option)


@dataclass(frozen=True)
class RedLine:
    """What a party says it will not accept: options that together cross it, and what that costs it."""

    name: str
    party: str
    said: str
    status: str
    source: str
    when: Mapping[str, tuple[str, ...]]
    cost: Range


@cache
def issues() -> tuple[Issue, ...]:
    """The shipped issues, in the order of packages."""
    with (DATA / "issues.toml").open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        Issue(
            name,
            issue["title"],
            issue["meaning"],
            tuple(Option(key, **_tuples(option)) for key, option in issue["options"].items()),
        )
        for name, issue in table.items()
    )


@cache
def red_lines() -> tuple[RedLine, ...]:
    """The shipped red lines."""
    with (DATA / "red_lines.toml").open("rb") as file:
        table = tomllib.load(file)
    return tuple(RedLine(name, **_tuples(line)) for name, line in table.items())


def _tuples(table: Mapping[str, object]) -> dict[str, object]:
    """A table with its lists, and those one level below, as tuples."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found[key] = _tuples(value)
        else:
            found[key] = tuple(value) if isinstance(value, list) else value
    return found


@dataclass(frozen=True, eq=False)
class Space:
    """The packages on the table.

    Parameters
    ----------
    choices
        (P, issues): number of the option of each issue.
    """

    choices: NDArray[np.int8]

    @property
    def size(self) -> int:
        """Number of packages, P."""
        return len(self.choices)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """(P,): the code of each package."""
        return np.asarray(self.choices.astype(np.int64) @ radices())

    def has(self, when: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
        """(P,): whether a package takes one of the named options of every issue named."""
        found = np.ones(self.size, np.bool_)
        for number, issue in enumerate(issues()):
            if issue.name in when:
                found &= np.isin(self.choices[:, number], [issue.place(o) for o in when[issue.name]])
        return found

    def place(self, code: int) -> int:
        """Place of a package by its code."""
        return int(np.flatnonzero(self.codes == code)[0])


@cache
def radices() -> NDArray[np.int64]:
    """(issues,): what an option's number counts for in a package's code."""
    sizes = [len(issue.options) for issue in issues()]
    return np.array([int(np.prod(sizes[k + 1 :])) for k in range(len(sizes))], np.int64)


def options_of(code: int) -> tuple[Option, ...]:
    """The options of a package, in the order of issues, from its code."""
    found = []
    for radix, issue in zip(radices().tolist(), issues(), strict=True):
        found.append(issue.options[code // radix])
        code %= radix
    return tuple(found)


def package_words(code: int) -> dict[str, str]:
    """A package as names: issue -> option."""
    return {issue.name: option.name for issue, option in zip(issues(), options_of(code), strict=True)}


def code_of(words: Mapping[str, str]) -> int:
    """Code of a package given by names; issues that are left out take their first option."""
    places = [issue.place(words.get(issue.name, issue.options[0].name)) for issue in issues()]
    return int(np.dot(places, radices()))


@cache
def space(on_the_table: str = "all") -> Space:
    """The coherent packages that can be made of what is on the table.

    Parameters
    ----------
    on_the_table
        ``all``, or issues separated by spaces; ``ISSUE=OPTION|OPTION`` leaves these options only. An
        issue left out keeps its options as far as those that are open need them, the first one wherever it can.

    Raises
    ------
    BadInput
        An unknown issue or option, or nothing coherent left.
    """
    allowed = _allowed(on_the_table)
    grids = np.meshgrid(*allowed, indexing="ij")
    choices = np.stack([grid.ravel() for grid in grids], axis=1).astype(np.int8)
    whole = Space(choices)
    kept = np.ones(whole.size, np.bool_)
    for number, issue in enumerate(issues()):
        for place, option in enumerate(issue.options):
            if option.needs:
                kept &= (choices[:, number] != place) | whole.has(option.needs)
    if not kept.any():
        raise BadInput(
            "talks.on_the_table", on_the_table, "issues and options of which a package can be made"
        )
    return Space(np.ascontiguousarray(_first_where_closed(choices[kept], on_the_table)))


def _allowed(on_the_table: str) -> list[list[int]]:
    """Options left of each issue; one that is not on the table keeps all, to be thinned when coherence is known."""
    names = [issue.name for issue in issues()]
    asked = _asked(on_the_table)
    for name in asked:
        if name not in names:
            raise BadInput(
                "talks.on_the_table",
                name,
                f"all, or issues out of {', '.join(names)}",
                nearest=nearest(name, names),
            )
    found = []
    for issue in issues():
        options = [o.name for o in issue.options]
        wanted = asked.get(issue.name) or options
        for option in wanted:
            if option not in options:
                raise BadInput(
                    f"talks.on_the_table: {issue.name}", option, f"options out of {', '.join(options)}",
                    nearest=nearest(option, options),
                )  # fmt: skip
        found.append([options.index(option) for option in dict.fromkeys(wanted)])
    return found


def _asked(on_the_table: str) -> dict[str, list[str]]:
    """Issues that are open, with the options they are narrowed to (none named: all of them)."""
    if on_the_table == "all":
        return {issue.name: [] for issue in issues()}
    found: dict[str, list[str]] = {}
    for word in on_the_table.split():
        name, _, options = word.partition("=")
        found[name] = options.split("|") if options else []
    return found


def _first_where_closed(choices: NDArray[np.int8], on_the_table: str) -> NDArray[np.int8]:
    """Of packages that differ in issues not on the table only, the one with the earliest options."""
    open_names = _asked(on_the_table)
    shown = [k for k, issue in enumerate(issues()) if issue.name in open_names]
    if len(shown) == len(issues()) or not shown:
        return choices if shown else choices[:1]
    _, first = np.unique(
        choices[:, shown], axis=0, return_index=True
    )  # rows come in order: the first is the earliest
    return choices[np.sort(first)]
