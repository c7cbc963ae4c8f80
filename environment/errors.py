"""What can go wrong, said to a person.

CeasefireError            exit code 1
|-- BadInput              exit code 2: a value, name, key or file that cannot be used
|-- FolderInUse           exit code 3: another writer holds the results folder
`-- RunFailed             exit code 1: one run could not be completed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class CeasefireError(Exception):
    """Base of all errors that the project raises on purpose."""

    exit_code = 1


class BadInput(CeasefireError):
    """A value, name, key or file that cannot be used.

    Parameters
    ----------
    field
        Dotted name of what was given, e.g. ``tier_2.deadline_hours``.
    received
        The value received.
    allowed
        In words: what would have been accepted.
    where
        File or option that the value came from.
    nearest
        The closest valid name, if there is one.
    """

    exit_code = 2

    def __init__(
        self, field: str, received: Any, allowed: str, *, where: str | None = None, nearest: str | None = None
    ) -> None:
        self.field, self.received, self.allowed = field, received, allowed
        self.where, self.nearest = where, nearest
        head = f"{where}: " if where else ""
        tail = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"{head}{field}: got {_short(received)}; allowed: {allowed}{tail}")


class FolderInUse(CeasefireError):
    """Another process is writing to the results folder."""

    exit_code = 3


class RunFailed(CeasefireError):
    """One run could not be completed."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The valid name closest to `name`, or None if none is close."""
    found = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return found[0] if found else None


def _short(value: Any, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
