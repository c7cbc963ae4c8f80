"""What the page reports, read with care: anything may stand in a message, and none of it may raise."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, overload

MOST_TEXT = 10_000
"""Characters of a text that are read; no control of the page needs more."""
MOST_REPEATED = 24
"""Characters of what was typed that a refusal repeats."""


def heard(data: object, key: str) -> Any:
    """What a message says under a key; None where it is no message or says nothing."""
    return data.get(key) if isinstance(data, Mapping) else None


@overload
def whole(data: object, key: str, low: int, high: int, default: int) -> int: ...
@overload
def whole(data: object, key: str, low: int, high: int, default: None = None) -> int | None: ...
def whole(data: object, key: str, low: int, high: int, default: int | None = None) -> int | None:
    """A whole number from `low` to `high`; the default for anything else."""
    found = heard(data, key)
    if isinstance(found, float) and found.is_integer():
        found = int(found)  # a page has one kind of number
    if isinstance(found, bool) or not isinstance(found, int):
        return default
    return found if low <= found <= high else default


def number(data: object, key: str, low: float, high: float, default: float | None = None) -> float | None:
    """A finite number, moved to the nearer end where it is not from `low` to `high`; the default for anything else."""
    found = heard(data, key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return default
    if isinstance(found, float) and not math.isfinite(found):
        return default
    return float(min(high, max(low, found)))


def one_of(data: object, key: str, values: Collection[str], default: str = "") -> str:
    """A text out of some; the default for anything else."""
    found = heard(data, key)
    return found if isinstance(found, str) and found in values else default


def serial(given: object, high: int) -> int | None:
    """A whole number from 0 to `high` that is given as a text of digits; None for anything else."""
    if not isinstance(given, str) or not given.isdecimal() or len(given) > len(str(high)):
        return None
    return int(given) if int(given) <= high else None


def text(data: object, key: str, default: str = "") -> str:
    """A text, cut where it is longer than any control allows; the default for anything else."""
    found = heard(data, key)
    return found[:MOST_TEXT] if isinstance(found, str) else default


def yes(data: object, key: str) -> bool:
    """Whether a box is checked; no for anything but true."""
    return heard(data, key) is True


def shorten(given: str) -> str:
    """A text as a refusal repeats it: its beginning, where it is long."""
    return given if len(given) <= MOST_REPEATED else given[:MOST_REPEATED] + "…"
