"""What the parties bargain over: issues with their options, and packages, one option of each issue.

A package has a *code*, a mixed-radix number over all shipped issues and options, which is the same
whatever is on the table, and a *place* among the packages that are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from environment.errors import BadInput, nearest
from environment.parameters import DATA, Value

RUSSIA, UKRAINE, US, EUROPE = 0, 1, 2, 3
PARTIES = ("Russia", "Ukraine", "US", "Europe")
"""Those who bargain, mediate and are consulted, in the order of every array over parties."""
PRINCIPALS = (RUSSIA, UKRAINE)
"""Those without whose consent there is no agreement."""

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
    shift
        Factor on how much a pause shifts power against Ukraine.
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
    shift: float = 1.0
    without: tuple[str, ...] = ()
    set: Mapping[str, Value] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worth: Mapping[str, Range] = field(default_factory=dict)


@dataclass(frozen=True)
class Issue:
    """Something to be settled, and how it can be; `lasts` says whether its worth is for good, or goes with the peace
    or with the guarantee."""

    name: str
    title: str
    meaning: str
    lasts: str
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
            issue["lasts"],
            tuple(Option(key, **_tuples(option)) for key, option in issue["options"].items()),
        )
        for name, issue in table.items()
    )


def number_of(name: str) -> int:
    """Number of an issue by its name."""
    return [issue.name for issue in issues()].index(name)


def issue_of(name: str) -> Issue:
    """An issue by its name."""
    return issues()[number_of(name)]


@cache
def red_lines() -> tuple[RedLine, ...]:
    """The shipped red lines."""
    with (DATA / "red_lines.toml").open("rb") as file:
        table = tomllib.load(file)
    return tuple(RedLine(name, **_tuples(line)) for name, line in table.items())


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table with its lists, and those one level below, as tuples."""
    found: dict[str, Any] = {}
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

    def of_options(self, worth: Callable[[Issue, Option], float]) -> NDArray[np.float64]:
        """(P, issues): a number of each option, put together by package."""
        tables = (np.array([worth(issue, option) for option in issue.options]) for issue in issues())
        return np.stack([table[self.choices[:, k]] for k, table in enumerate(tables)], axis=1)

    def has(self, when: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
        """(P,): whether a package takes one of the named options of every issue named."""
        key = tuple(when.items())
        if key not in self._known:
            self._known[key] = self._has(when)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, tuple[str, ...]], ...], NDArray[np.bool_]]:
        return {}

    def _has(self, when: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
        found = np.ones(self.size, np.bool_)
        for number, issue in enumerate(issues()):
            if issue.name in when:
                found &= np.isin(self.choices[:, number], [issue.place(o) for o in when[issue.name]])
        found.setflags(write=False)
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


ALL = "all"
"""Stands for all issues, or all options of an issue."""
OPEN = "talks.on_the_table"
"""Key of the parameter that names the open issues; `table.ISSUE` names the options left of one."""


def allowed(key: str) -> str:
    """What may be given for a parameter that says what is on the table, in words."""
    if key == OPEN:
        return (
            f"{ALL}, or issues out of {', '.join(issue.name for issue in issues())} with spaces between them"
        )
    options = issue_of(key.removeprefix("table.")).options
    return f"{ALL}, or options out of {', '.join(o.name for o in options)} with | between them"


@cache
def space(on_the_table: str = ALL, narrowed: tuple[tuple[str, str], ...] = ()) -> Space:
    """The coherent packages that can be made of what is on the table.

    Parameters
    ----------
    on_the_table
        ``all``, or issues separated by spaces. One left out is settled by its first option that goes with the rest.
    narrowed
        Issues with the options that are left of them, ``OPTION|OPTION``. Where none of these goes with the rest of
        a package, the first option that does is taken (no term without a guarantee, whatever terms are offered).

    Raises
    ------
    BadInput
        An unknown issue or option.
    """
    wanted = _options_left(narrowed)
    whole = _coherent()
    kept = np.ones(whole.size, np.bool_)
    for number, issue in enumerate(issues()):
        chosen = np.isin(whole.choices[:, number], wanted[number])
        possible = np.zeros(whole.size, np.bool_)
        for place in wanted[number]:
            possible |= whole.has(issue.options[place].needs)
        first = _first_possible(whole, issue)
        kept &= chosen | (~possible & (whole.choices[:, number] == first))
    return Space(np.ascontiguousarray(_first_where_closed(whole.choices[kept], _open_issues(on_the_table))))


@cache
def _coherent() -> Space:
    """Every package in which all options go together."""
    grids = np.meshgrid(*(range(len(issue.options)) for issue in issues()), indexing="ij")
    whole = Space(np.stack([grid.ravel() for grid in grids], axis=1).astype(np.int8))
    kept = np.ones(whole.size, np.bool_)
    for number, issue in enumerate(issues()):
        for place, option in enumerate(issue.options):
            if option.needs:
                kept &= (whole.choices[:, number] != place) | whole.has(option.needs)
    return Space(whole.choices[kept])


def _first_possible(whole: Space, issue: Issue) -> NDArray[np.int64]:
    """(P,): the first option of an issue that goes with the rest of each package."""
    found = np.full(whole.size, -1)
    for place in range(len(issue.options) - 1, -1, -1):
        found[whole.has(issue.options[place].needs)] = place
    return found


def _options_left(narrowed: tuple[tuple[str, str], ...]) -> list[list[int]]:
    """Options left of each issue, by number, in the order in which they were named."""
    asked = dict(narrowed)
    found = []
    for issue in issues():
        names = [option.name for option in issue.options]
        words = asked.get(issue.name, ALL)
        wanted = names if words == ALL else words.split("|")
        for option in wanted:
            if option not in names:
                key = f"table.{issue.name}"
                raise BadInput(key, option, allowed(key), nearest=nearest(option, names))
        found.append([names.index(option) for option in dict.fromkeys(wanted)])
    return found


def _open_issues(on_the_table: str) -> list[int]:
    """Numbers of the issues that are open."""
    names = [issue.name for issue in issues()]
    asked = names if on_the_table == ALL else on_the_table.split()
    for name in asked or [on_the_table]:  # nothing is refused like a word that is not known
        if name not in names:
            raise BadInput(OPEN, name, allowed(OPEN), nearest=nearest(name, names))
    return [names.index(name) for name in asked]


def _first_where_closed(choices: NDArray[np.int8], shown: list[int]) -> NDArray[np.int8]:
    """Of packages that differ in issues not on the table only, the one with the earliest options."""
    if len(shown) == len(issues()):
        return choices
    _, first = np.unique(
        choices[:, shown], axis=0, return_index=True
    )  # rows come in order: the first is the earliest
    return choices[np.sort(first)]
