"""The world's tables: sectors of the line, targets of deep strikes, states. Data files with sources."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from environment.parameters import DATA


@dataclass(frozen=True)
class Sector:
    """A stretch of the contact line."""

    name: str
    region: str
    length_km: float
    salience: float
    force_ratio: float
    coverage: float
    background_share: float
    halting_capacity: float
    lat: float
    lon: float


@dataclass(frozen=True)
class Target:
    """A group of infrastructure that deep strikes hit."""

    name: str
    region: str
    weight: float
    outage_hours: float
    km_from_line: float
    lat: float
    lon: float


@dataclass(frozen=True)
class State:
    """A state that can be called: one of the coalition, the United States, or Ukraine."""

    iso3: str
    name: str
    group: str
    europe: bool
    weight: int
    will: float
    exposure: float
    km_to_kyiv: float
    pledge: str
    pledge_status: str


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


MOST_SECTORS, MOST_STATES = 64, 254
"""What the addresses of draws and the keys of events have room for."""


@cache
def sectors() -> tuple[Sector, ...]:
    """The sectors, in order along the line from the south; at most `MOST_SECTORS`."""
    rows = _rows("sectors.csv")
    assert len(rows) <= MOST_SECTORS
    return tuple(Sector(r["name"], r["region"], *(float(r[k]) for k in list(r)[2:])) for r in rows)


@cache
def targets() -> tuple[Target, ...]:
    """The targets of deep strikes; their weights sum to 1."""
    return tuple(
        Target(r["name"], r["region"], *(float(r[k]) for k in list(r)[2:])) for r in _rows("targets.csv")
    )


@cache
def states() -> tuple[State, ...]:
    """The states in order of leadership (the UK and France first), then the United States, then Ukraine."""
    rows = _rows("states.csv")
    assert len(rows) <= MOST_STATES
    return tuple(
        State(
            iso3=r["iso3"],
            name=r["name"],
            group=r["group"],
            europe=r["europe"] == "yes",
            weight=int(r["weight"]),
            will=float(r["will"]),
            exposure=float(r["exposure"]),
            km_to_kyiv=float(r["km_to_kyiv"]),
            pledge=r["pledge"],
            pledge_status=r["pledge_status"],
        )
        for r in rows
    )


def members(called: tuple[str, ...]) -> tuple[int, ...]:
    """Indices of the states that a tier calls, in order of leadership; the United States leads if called.

    Parameters
    ----------
    called
        ISO3 codes, or the groups ``coalition``, ``europe``, ``usa``, ``ukraine``.
    """
    wanted = set(called)
    table = states()
    found = [
        i
        for i, s in enumerate(table)
        if s.iso3 in wanted
        or s.group in wanted
        or (s.europe and s.group == "coalition" and "europe" in wanted)
    ]
    return tuple(sorted(found, key=lambda i: (table[i].group != "usa", i)))


@cache
def columns() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Unit, status and source of every column of every table."""
    with (DATA / "tables.toml").open("rb") as file:
        return tomllib.load(file)
