"""What a page sends, read with care: whatever it is, an allowed value comes out of it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any


def field(data: object, name: str) -> Any:
    """A field of a message; None where there is none, or no message."""
    return data.get(name) if isinstance(data, dict) else None


def number(given: object, default: float) -> float:
    """A finite number, or the default."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return default
    return float(given)


def whole(given: object, low: int, high: int, default: int) -> int:
    """A whole number from low to high, or the default."""
    found = number(given, math.nan)
    return int(found) if found.is_integer() and low <= found <= high else default


def one_of[T](given: object, allowed: Collection[T], default: T) -> T:
    """One of the allowed values, or the default."""
    return next((each for each in allowed if type(given) in (type(each), int) and given == each), default)


def text(given: object, default: str = "", longest: int = 2_000_000) -> str:
    """A text that is not too long, or the default."""
    return given if isinstance(given, str) and len(given) <= longest else default
