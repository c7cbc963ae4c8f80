"""A results folder held against its ledger and its design, byte for byte; nothing is changed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environment.errors import BadInput, CeasefireError
from experiments.design import pieces, round_bounds, shard_name
from experiments.folder import FAILURES, ROOMS, RUNS, is_ours, said_of
from experiments.lease import LEASE, held
from experiments.ledger import LEDGER, Entry, Scan, flaw, scan_ledger
from experiments.plan import PROVENANCE, STUDY_FILE
from experiments.store import failures_of, file_of
from experiments.study import Study, parse_study

EFFECT, TALKS, FIGURES = "effect.csv", "talks.csv", "figures"
FILES = {STUDY_FILE, PROVENANCE, EFFECT, TALKS}
KNOWN = {*ROOMS, LEDGER, LEASE, "report"}
UNKNOWN = {
    RUNS: "go on with --resume: it is made again or set aside",
    FAILURES: "go on with --resume: it is made again or set aside",
    FIGURES: "go on with --resume, and if that does not know it either, move it elsewhere",
}
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
    whole = {name for name in sorted(scan.entries) if _check_file(folder, scan.entries[name], report)}
    _check_design(folder, scan.entries, whole, report)
    return report


def _check_file(folder: Path, entry: Entry, report: Report) -> bool:
    name = entry["name"]
    fault = flaw(folder, entry)
    if fault is None and name.startswith(RUNS + "/"):
        fault = _unreadable(folder / name, entry["rows"])
    if fault:
        report.faults.append(Fault(name, fault, RESUME))
        return False
    report.files += 1
    report.rows += entry["rows"]
    return True


def _unreadable(path: Path, rows: int) -> str | None:
    """What is wrong inside a shard whose bytes are those that were written: pages, and number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(path.read_bytes()), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read as Parquet ({str(error).splitlines()[0][:100]})"
    return None if table.num_rows == rows else f"has {table.num_rows} rows, the ledger says {rows}"


def _check_design(folder: Path, entries: Mapping[str, Entry], whole: set[str], report: Report) -> None:
    """Hold files against the design: which are missing, which do not belong."""
    said = _said(folder, entries)
    if said is None and not report.being_written:
        report.faults += [
            Fault(name, "is not there, so the design is not known", RESUME)
            for name in (STUDY_FILE, PROVENANCE)
            if name not in entries and not (folder / name).exists()
        ]
        if {STUDY_FILE, PROVENANCE} <= whole:
            report.faults.append(Fault(PROVENANCE, "does not say the design", RESUME))
    expected = list(_expected(*said)) if said else []
    shards: set[str] = set().union(*expected)
    designed = shards | {failures_of(Path(name).stem) for name in shards}
    if said:
        report.faults += [
            Fault(name, "is not of this design", "go on with --resume: it is set aside")
            for name in sorted(entries)
            if name.startswith((RUNS + "/", FAILURES + "/")) and name not in designed
        ]
    report.faults += _unknown(folder, entries, designed, report.being_written)
    report.shards = sum(name.startswith(RUNS + "/") and (not said or name in shards) for name in whole)
    if said:
        _check_complete(whole, said[0], expected, report)


def _unknown(
    folder: Path, entries: Mapping[str, Entry], designed: set[str], being_written: bool
) -> Iterator[Fault]:
    """Files that are not in the ledger; while a sweep is writing, its own may not be in it yet."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if name in ROOMS and (path.is_symlink() or not path.is_dir()):
            yield Fault(name, "is not a folder", "move it elsewhere")
        elif name in FILES and name not in entries and not being_written:
            yield Fault(name, "is not in the ledger", RESUME)
        elif name not in FILES and name not in KNOWN:
            yield Fault(name, "is not of a sweep", "move it elsewhere")
    for room in (RUNS, FAILURES, FIGURES):
        place = folder / room
        for path in sorted(place.iterdir()) if place.is_dir() and not place.is_symlink() else ():
            name = f"{room}/{path.name}"
            if name in entries or (being_written and (name in designed or room == FIGURES)):
                continue
            yield Fault(name, "is not in the ledger", RESUME if name in designed else UNKNOWN[room])


def _check_complete(whole: set[str], study: Study, expected: list[set[str]], report: Report) -> None:
    """Whether all shards and the effects are there; where precision decides, the shards of whole rounds."""
    wanted = set().union(*expected)
    if study.precision is not None:
        wanted = set().union(*(names for names in expected if names & whole)) or expected[0]
    report.expected = len(wanted)
    wanted |= {EFFECT, TALKS} if study.kind == "talks" else {EFFECT}
    report.complete = wanted <= whole


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
