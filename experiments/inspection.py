"""A results folder held against its ledger and its design, byte for byte; nothing is changed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environment.errors import BadInput, CeasefireError
from experiments.design import pieces, round_bounds, shard_name
from experiments.folder import FAILURES, RUNS, is_ours, said_of
from experiments.lease import held
from experiments.ledger import LEDGER, Entry, Scan, flaw, scan_ledger
from experiments.plan import PROVENANCE, STUDY_FILE
from experiments.store import file_of
from experiments.study import Study, parse_study

RESUME = "go on with --resume: it is made again"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the file, what is wrong, what to do."""

    file: str
    what: str
    do: str


@dataclass
class Report:
    """What was found: files and rows that are whole, faults, shards there and shards in the design."""

    files: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    shards: int = 0
    expected: int | None = None
    complete: bool = False
    being_written: bool = False


def inspect_folder(folder: Path) -> Report:
    """Check every file of a results folder.

    Errors
    ------
    BadInput
        If the folder is not ours.
    """
    if not folder.is_dir() or not is_ours(folder):
        raise BadInput("DIR", str(folder), "a results folder (one with a ledger of ours)")
    report = Report(being_written=held(folder))
    scan = scan_ledger(folder) if (folder / LEDGER).is_file() else Scan()
    report.faults += [
        Fault(LEDGER, f"line {number} is damaged", "go on with --resume: what it named is made again")
        for number in scan.damaged
    ]
    if scan.torn and not report.being_written:
        report.faults.append(
            Fault(LEDGER, "its last line is cut short", "go on with --resume: it is cut off")
        )
    for name in sorted(scan.entries):
        _check_file(folder, scan.entries[name], report)
    _check_design(folder, scan.entries, report)
    return report


def _check_file(folder: Path, entry: Entry, report: Report) -> None:
    name = entry["name"]
    fault = flaw(folder, entry)
    if fault is None and name.startswith(RUNS + "/"):
        fault = _unreadable(folder / name, entry["rows"])
    if fault:
        report.faults.append(Fault(name, fault, RESUME))
        return
    report.files += 1
    report.rows += entry["rows"]
    report.shards += name.startswith(RUNS + "/")


def _unreadable(path: Path, rows: int) -> str | None:
    """What is wrong inside a shard whose bytes are those that were written: pages, and number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(path.read_bytes()), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read as Parquet ({str(error).splitlines()[0][:100]})"
    return None if table.num_rows == rows else f"has {table.num_rows} rows, the ledger says {rows}"


def _check_design(folder: Path, entries: Mapping[str, Entry], report: Report) -> None:
    """Hold shards against the design: which are missing, which do not belong."""
    said = _said(folder, entries)
    if said is None:
        report.faults += [
            Fault(name, "is not there, so the design is not known", RESUME)
            for name in (STUDY_FILE, PROVENANCE)
            if name not in entries
        ] or [Fault(PROVENANCE, "does not say the design", RESUME)]
    expected = list(_expected(*said)) if said else []
    designed = set().union(*expected)
    for path in sorted((folder / RUNS).iterdir()) if (folder / RUNS).is_dir() else ():
        name = f"{RUNS}/{path.name}"
        if name in entries or (report.being_written and name in designed):
            continue
        do = "go on with --resume: it is made again" if name in designed else "move it elsewhere"
        report.faults.append(Fault(name, "is not in the ledger", do))
    report.faults += _unknown_failures(folder, entries)
    _check_complete(folder, entries, said, expected, report)


def _check_complete(
    folder: Path,
    entries: Mapping[str, Entry],
    said: tuple[Study, Mapping[str, Any]] | None,
    expected: list[set[str]],
    report: Report,
) -> None:
    """Whether all shards are there; where precision decides, whether whole rounds and effects are."""
    there = {name for name in entries if name.startswith(RUNS + "/")}
    if said is None:
        return
    if said[0].precision is None:
        report.expected = len(set().union(*expected))
        report.complete = report.shards == report.expected
        return
    rounds = [names for names in expected if names & there]
    report.expected = len(set().union(*rounds)) if rounds else len(expected[0])
    report.complete = report.shards == report.expected and "effect.csv" in entries


def _said(folder: Path, entries: Mapping[str, Entry]) -> tuple[Study, Mapping[str, Any]] | None:
    """Study and provenance of a folder, if both are whole."""
    if not {STUDY_FILE, PROVENANCE} <= entries.keys():
        return None
    if any(flaw(folder, entries[name]) for name in (STUDY_FILE, PROVENANCE)):
        return None
    try:
        study = parse_study(tomllib.loads((folder / STUDY_FILE).read_text("utf-8")), STUDY_FILE)
    except (ValueError, RecursionError, CeasefireError):
        return None
    provenance = said_of(folder)
    return (study, provenance) if provenance else None


def _expected(study: Study, provenance: Mapping[str, Any]) -> Iterator[set[str]]:
    """Names of the files of every round."""
    for bounds in round_bounds(study):
        yield {
            file_of(shard_name(group["group"], group["arm"], first))
            for group in provenance["scenarios"]
            for first, _ in pieces(*bounds)
        }


def _unknown_failures(folder: Path, entries: Mapping[str, Entry]) -> Iterator[Fault]:
    for path in sorted((folder / FAILURES).iterdir()) if (folder / FAILURES).is_dir() else ():
        name = f"{FAILURES}/{path.name}"
        if name not in entries:
            yield Fault(name, "is not in the ledger", "go on with --resume, or move it elsewhere")
