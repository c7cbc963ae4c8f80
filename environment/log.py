"""The event log: one table of events and their fields, one writer for both engines.

An engine fills rows of numbers; only this module turns them into text, so that equal rows are equal
bytes. The file is JSON Lines with the fields of `FIELDS` in that order, then what the event needs beside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from environment import tables
from environment.talks.packages import issues, package_words
from environment.world import CLAUSES

HOUR_MS = 3_600_000


class Event(IntEnum):
    """Names of events; the name in the log is the name here in lower case."""

    CEASEFIRE_BEGINS = 0
    OPPORTUNITY = 1
    VIOLATION_BEGINS = 2
    VIOLATION_ESCALATES = 3
    VIOLATION_ENDS = 4
    HALTED = 5
    DETECTED = 6
    OBSERVED = 7
    RECORDED = 8
    VERIFICATION_BEGINS = 9
    VERIFIED = 10
    INCONCLUSIVE = 11
    DISMISSED = 12
    CASE_OPENED = 13
    CASE_JOINED = 14
    TIER_OPENED = 15
    RESPONSE_DECIDED = 16
    RESPONSE_ARRIVED = 17
    WARNING_DELIVERED = 18
    TIER_DELIVERED = 19
    DEADLINE_MISSED = 20
    DEADLINE_CANCELLED = 21
    REVIEW = 22
    REPLY = 23
    CASE_CLOSED = 24
    EXCHANGE = 25
    STRIKE = 26
    BACKGROUND = 27
    FALSE_ALARM = 28
    ACCUSATION = 29
    RECOMMITMENT = 30
    RELAPSE = 31
    STANCE_CHANGES = 32
    FRAMEWORK_IN_FORCE = 33
    STRATEGIC_REVIEW = 34
    RESPONSE_FAILED = 35
    ENDING = 36
    FRAMEWORK_LAPSES = 37
    TALKS_BEGIN = 40
    FRONT_MOVES = 41
    SESSION_OPENS = 42
    CONSULTED = 43
    OFFER = 44
    TEXT_TABLED = 45
    ANSWER = 46
    AGREEMENT = 47
    TALKS_END = 48
    RETURN_CONSIDERED = 49
    WAR_GOES_ON = 50
    WAR_ENDS = 51


ENDINGS = ("survived", "collapse", "abrogation", "direct_war")
SOURCES = ("ordered", "unauthorised", "retaliation")
ANSWERS = ("stop", "persist", "escalate")
STANCES = ("disengaged", "conditional", "committed")
OUTCOMES = ("no", "yes")
TALKS_ENDINGS = ("agreement", "deadline", "walkout", "breakdown", "horizon", "exhaustion")
VENUES = ("Abu Dhabi", "Geneva", "Istanbul")
"""Where sessions are held, in turn."""
PACKAGE, ISSUE = "package", "objects_to"
"""Fields of the talks that are a package by its code, and an issue by its number (-1: none)."""

# Names of the further fields of an event; a tuple of words turns a code into one of them.
EXTRAS: dict[Event, tuple[tuple[str, tuple[str, ...] | None], ...]] = {
    Event.OPPORTUNITY: (("value", None),),
    Event.VIOLATION_BEGINS: (("source", SOURCES), ("value", None)),
    Event.VIOLATION_ENDS: (("hours", None),),
    Event.HALTED: (("hours", None),),
    Event.DETECTED: (("severity", None),),
    Event.OBSERVED: (("active", OUTCOMES),),
    Event.RECORDED: (("severity", None),),
    Event.VERIFICATION_BEGINS: (("severity", None), ("due", None), ("disputed", OUTCOMES)),
    Event.VERIFIED: (("posterior", None), ("ordered", None), ("attempt", None)),
    Event.INCONCLUSIVE: (("posterior", None), ("ordered", None), ("attempt", None)),
    Event.DISMISSED: (("posterior", None), ("ordered", None), ("attempt", None)),
    Event.TIER_OPENED: (("late", OUTCOMES), ("posterior", None)),
    Event.RESPONSE_DECIDED: (("honoured", OUTCOMES), ("strength", None), ("share", None)),
    Event.RESPONSE_ARRIVED: (("strength", None), ("arrived", None)),
    Event.TIER_DELIVERED: (("strength", None), ("late", OUTCOMES)),
    Event.DEADLINE_MISSED: (("strength", None),),
    Event.RESPONSE_FAILED: (("strength", None),),
    Event.REVIEW: (("answer", ANSWERS),),
    Event.REPLY: (("retaliates", OUTCOMES),),
    Event.EXCHANGE: (("war", OUTCOMES), ("chance", None)),
    Event.STRIKE: (("target", None), ("outage_hours", None)),
    Event.BACKGROUND: (("recorded", None), ("tension", None)),
    Event.RECOMMITMENT: (("former", None),),
    Event.RELAPSE: (("days", None), ("week", None)),
    Event.STANCE_CHANGES: (("stance", STANCES),),
    Event.STRATEGIC_REVIEW: (("abrogates", OUTCOMES),),
    Event.ENDING: (("ending", ENDINGS),),
    Event.TALKS_BEGIN: (("talks", None),),
    Event.FRONT_MOVES: (("ground_km2", None), ("donetsk_km2", None)),
    Event.SESSION_OPENS: (("session", None), ("venue", VENUES)),
    Event.CONSULTED: (("vetoes", None), ("of", None)),
    Event.OFFER: ((PACKAGE, None), ("round", None)),
    Event.TEXT_TABLED: ((PACKAGE, None), ("round", None)),
    Event.ANSWER: ((PACKAGE, None), ("accepts", OUTCOMES), (ISSUE, None)),
    Event.AGREEMENT: ((PACKAGE, None), ("round", None)),
    Event.TALKS_END: (("outcome", TALKS_ENDINGS), ("rounds", None)),
    Event.RETURN_CONSIDERED: (("returns", OUTCOMES), ("trust", None)),
    Event.WAR_GOES_ON: (("ground_km2", None),),
    Event.WAR_ENDS: (("years", None),),
}
FIELDS = ("t", "event", "actor", "sector", "level", "case", "clock", "tier", "clause", "evidence")

RUSSIA, UKRAINE, MONITORS, FIRST_STATE = 0, 1, 2, 3
"""Codes of actors; a state is FIRST_STATE plus its index in the table of states, Europe as a whole comes after them."""


class Row(NamedTuple):
    """One event as numbers; -1 means not applicable."""

    time: int  # ms
    event: int
    actor: int = -1
    sector: int = -1
    level: int = -1
    case: int = -1
    clock: int = -1  # ms since the initial breach
    tier: int = -1  # 1 for the first
    clause: int = -1
    evidence: int = -1
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


def europe() -> int:
    """Code of Europe as a whole, which is consulted in the talks."""
    return FIRST_STATE + len(tables.states())


def usa() -> int:
    """Code of the United States."""
    return FIRST_STATE + next(k for k, state in enumerate(tables.states()) if state.iso3 == "USA")


def actor_name(code: int) -> str | None:
    """Name of an actor, or None for -1."""
    if code < 0:
        return None
    if code < FIRST_STATE:
        return ("Russia", "Ukraine", "monitors")[code]
    if code == europe():
        return "Europe"
    return tables.states()[code - FIRST_STATE].name


def _hours(ms: int) -> float | int:
    hours = ms / HOUR_MS
    return int(hours) if hours == int(hours) else round(hours, 6)


def record(row: Row) -> dict[str, Any]:
    """One event as a dictionary of plain JSON values, in the order of the log's fields."""
    event = Event(row.event)
    found: dict[str, Any] = {
        "t": _hours(row.time),
        "event": event.name.lower(),
        "actor": actor_name(row.actor),
        "sector": tables.sectors()[row.sector].name if row.sector >= 0 else None,
        "level": row.level if row.level >= 0 else None,
        "case": row.case if row.case >= 0 else None,
        "clock": _hours(row.clock) if row.clock >= 0 else None,
        "tier": row.tier if row.tier >= 0 else None,
        "clause": CLAUSES[row.clause] if row.clause >= 0 else None,
        "evidence": row.evidence if row.evidence >= 0 else None,
    }
    for (name, words), value in zip(EXTRAS.get(event, ()), (row.x, row.y, row.z), strict=False):
        found[name] = words[int(value)] if words else _field(name, value)
    if event is Event.STRIKE:
        found["target"] = tables.targets()[int(row.x)].name
    return found


def _field(name: str, value: float) -> Any:
    if name == PACKAGE:
        return package_words(int(value))
    if name == ISSUE:
        return issues()[int(value)].name if value >= 0.0 else None
    return _number(value)


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 6)


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The log as JSON Lines, without line ends."""
    for row in rows:
        yield json.dumps(record(row), ensure_ascii=False, separators=(", ", ": "))


def write(rows: Iterable[Row], path: str) -> None:
    """Write the log to a file, one event a line, UTF-8, line ends of one byte.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for line in lines(rows):
            file.write(line + "\n")
