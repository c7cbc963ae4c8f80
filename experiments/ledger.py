"""The ledger of a results folder: one checked line a file, written last, read first.

A line holds name, number of runs, SHA-256 of the file and a checksum of itself. It is appended when
the file is whole and on disk; what the ledger does not name was never stored.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environment.errors import BadInput, CeasefireError

LEDGER = "ledger"
NAME = re.compile(
    r"study\.toml|provenance\.json|effect\.csv|talks\.csv|runs/\w[\w.-]*\.parquet|failures/\w[\w.-]*\.txt|figures/\w[\w.-]*"
)
"""Names of the files that a sweep enters: relative, and none leads out of the folder."""
DIGEST = re.compile("[0-9a-f]{64}")

type Entry = dict[str, Any]


@dataclass
class Scan:
    """A ledger as it is found: entries by name (the last counts), numbers of damaged lines, a torn end."""

    entries: dict[str, Entry] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)
    torn: bool = False


def ledger_line(name: str, rows: int, sha256: str) -> bytes:
    """One line of the ledger, with a checksum of its own."""
    entry: Entry = {"name": name, "rows": rows, "sha256": sha256}
    return (json.dumps({**entry, "check": _check(entry)}) + "\n").encode()


def enter(folder: Path, name: str, rows: int, sha256: str) -> None:
    """Append a line for a file that is whole and on disk."""
    with (folder / LEDGER).open("ab") as file:
        file.write(ledger_line(name, rows, sha256))
        file.flush()
        os.fsync(file.fileno())


def ledger_text(entries: Iterable[Entry]) -> bytes:
    """A whole ledger of some entries."""
    return b"".join(ledger_line(entry["name"], entry["rows"], entry["sha256"]) for entry in entries)


def scan_ledger(folder: Path) -> Scan:
    """Read a ledger and say what is wrong with it.

    A line is damaged, too, if it names what no sweep writes, whatever its checksum says.
    A last line without its end was being written when the writer was stopped: it is torn, not damaged.

    Errors
    ------
    BadInput
        If the folder has no ledger, that is, is not ours.
    """
    path = folder / LEDGER
    if not path.is_file():
        raise BadInput("folder", str(folder), "a results folder (this one has no ledger)")
    lines = path.read_bytes().split(b"\n")
    scan = Scan(torn=lines[-1] != b"")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = json.loads(line)
            check = entry.pop("check")
            if check != _check(entry) or not _is_entry(entry):
                raise ValueError
            scan.entries[entry["name"]] = entry
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            scan.damaged.append(number)
    return scan


def read_ledger(folder: Path) -> dict[str, Entry]:
    """Entries of the ledger by file name; of several for one file the last one counts.

    Errors
    ------
    BadInput
        If the folder has no ledger, that is, is not ours.
    CeasefireError
        If a line is damaged. (A last line cut short is left out: that file was never entered.)
    """
    scan = scan_ledger(folder)
    if scan.damaged:
        raise CeasefireError(f"{folder / LEDGER}: line {scan.damaged[0]} is damaged")
    return scan.entries


def flaw(folder: Path, entry: Mapping[str, Any]) -> str | None:
    """What is wrong with the file that an entry names, in words; None if it is what was written."""
    try:
        data = (folder / entry["name"]).read_bytes()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        return f"is damaged: its {len(data)} bytes are not those in the ledger"
    return None


def _is_entry(entry: Entry) -> bool:
    """Whether a line says what a line of ours says: a file of a sweep, its rows and its digest."""
    name, rows, digest = entry["name"], entry["rows"], entry["sha256"]
    return (
        (isinstance(name, str) and NAME.fullmatch(name) is not None)
        and (isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0)
        and (isinstance(digest, str) and DIGEST.fullmatch(digest) is not None)
    )


def _check(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]
