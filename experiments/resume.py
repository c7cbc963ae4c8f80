"""Going on with a results folder: nothing is trusted that is not proved, nothing whole is done again.

Called by the holder of the lease. A kill at any instant leaves a folder that can be gone on with.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from environment.errors import BadInput, CeasefireError
from experiments.folder import FAILURES, QUARANTINE, RUNS, place, said_of, sync, write_whole
from experiments.ledger import LEDGER, Entry, Scan, flaw, ledger_text, scan_ledger
from experiments.plan import PROVENANCE, STUDY_FILE, Plan
from experiments.store import failures_of, file_of
from experiments.study import Study, parse_study

type Difference = tuple[str, Any, Any]
"""Field, what is in the folder, what was asked for."""


def begin(folder: Path, plan: Plan) -> None:
    """Write study.toml and provenance.json, where they are not there already."""
    entries = scan_ledger(folder).entries if (folder / LEDGER).is_file() else {}
    for name, data in plan.files().items():
        if name not in entries:
            place(folder, name, data)


@contextmanager
def leaving_whole_shards(folder: Path) -> Iterator[None]:
    """Where a sweep is interrupted, take away the shards that nobody was left to enter in the ledger."""
    try:
        yield
    except KeyboardInterrupt:
        entered = scan_ledger(folder).entries
        for path in (folder / RUNS).glob("*.parquet"):
            if f"{RUNS}/{path.name}" not in entered:
                path.unlink(missing_ok=True)
        raise


def refuse_another(folder: Path, plan: Plan) -> None:
    """Make sure that a folder is of the same sweep; changes nothing.

    Errors
    ------
    BadInput
        If it is of another one: names the first difference, what is there and what was asked for.
    CeasefireError
        If it holds runs and nothing says of which sweep.
    """
    entries = scan_ledger(folder).entries if (folder / LEDGER).is_file() else {}
    stored = said_of(folder) and (folder / RUNS).is_dir() and any((folder / RUNS).iterdir())
    if not stored and not any(name.startswith(RUNS + "/") for name in entries):
        return
    # Where the ledger has lost the line of one of the two, its words count if they can be read.
    whole = {name for name in (STUDY_FILE, PROVENANCE) if not _flaw(folder, entries.get(name), name)}
    if not whole:
        raise CeasefireError(
            f"{folder} holds runs, but neither {STUDY_FILE} nor {PROVENANCE} is whole, so nothing says of which "
            "sweep: begin in a new folder (--out)"
        )
    found: list[Difference] = []
    if STUDY_FILE in whole:
        there = _study(folder)
        found += _study_differences(there, plan.study)
    if PROVENANCE in whole:
        said = said_of(folder) or {}
        found += _identity_differences(said, plan.identity())
        found += _version_differences(said, plan)
    if not found:  # a damaged provenance says nothing, but every shard says what it is
        found += _shard_differences(folder, entries, plan)
    if found:
        field, there, asked = found[0]
        others = sorted({name for name, *_ in found[1:]} - {field})
        more = f" (also different: {', '.join(others)})" if others else ""
        allowed = f"{there!r}, as in {folder}{more}; or a new folder (--out)"
        raise BadInput(field, asked, allowed, where="--resume")


def _flaw(folder: Path, entry: Entry | None, name: str) -> str | None:
    """What is wrong with a file, its words included where they say of which sweep a folder is."""
    found = flaw(folder, entry) if entry else None
    if found is None and name == PROVENANCE and said_of(folder) is None:
        return "does not say of which sweep it is"
    if found is None and name == STUDY_FILE:
        try:
            _study(folder)
        except (OSError, ValueError, RecursionError, CeasefireError):
            return "is not a study"
    return found


def _study(folder: Path) -> Study:
    return parse_study(tomllib.loads((folder / STUDY_FILE).read_text("utf-8")), STUDY_FILE)


def _study_differences(there: Study, asked: Study) -> Iterator[Difference]:
    ours, theirs = (study.model_dump(mode="json") for study in (there, asked))
    for field in ours:
        if isinstance(ours[field], Mapping) and field != "figure":
            keys = dict.fromkeys((*ours[field], *theirs[field]))
            pairs = [(f"{field}.{key}", ours[field].get(key), theirs[field].get(key)) for key in keys]
        else:
            pairs = [(field, ours[field], theirs[field])]
        yield from (pair for pair in pairs if pair[1] != pair[2])


def _identity_differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Difference]:
    for field in ("semantics", "rules", "seed"):
        if there.get(field) != asked[field]:
            yield field, there.get(field), asked[field]
    theirs = there.get("scenarios", [])
    if len(theirs) != len(asked["scenarios"]):
        yield "scenarios", len(theirs), len(asked["scenarios"])
    for ours, given in zip(theirs, asked["scenarios"], strict=False):
        if ours != given:
            yield f"scenario of group {given['group']} ({given['arm']})", ours["digest"], given["digest"]
            return


def _version_differences(there: Mapping[str, Any], plan: Plan) -> Iterator[Difference]:
    """Of libraries; of the compiled loop only where both sweeps are compiled: engines give the same bytes."""
    theirs = there.get("versions")
    if isinstance(theirs, Mapping):
        for name, version in plan.libraries().items():
            if theirs.get(name) != version:
                yield f"version of {name}", theirs.get(name), version
    loop = plan.loop()
    if loop and there.get("loop") and there["loop"] != loop:
        yield "digest of the compiled loop", there["loop"], loop


def _shard_differences(folder: Path, entries: Mapping[str, Entry], plan: Plan) -> Iterator[Difference]:
    """What whole shards say of themselves, held against what they would say if they were made now."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for shard, asked in plan.metadata().items():
        name = file_of(shard)
        if name not in entries:
            continue
        try:
            read = pq.read_schema(folder / name).metadata or {}
        except (pa.ArrowException, OSError):
            continue  # damaged, so it is not kept
        there = {key: read.get(key.encode(), b"").decode(errors="replace") for key in asked}
        if there != asked and flaw(folder, entries[name]) is None:
            yield from (
                (f"{key} of {name}", there[key], asked[key]) for key in asked if there[key] != asked[key]
            )
            return


def keep_what_is_whole(folder: Path, shards: Collection[str]) -> tuple[dict[str, int], list[str]]:
    """Sort a folder: whole shards are kept, damaged ones go to quarantine, the ledger says what is left.

    Parameters
    ----------
    shards
        Names of all shards of the design.

    Returns
    -------
    tuple
        Rows by name of each shard that is kept, and what a person should know, a sentence each.
    """
    scan = scan_ledger(folder) if (folder / LEDGER).is_file() else Scan()
    notes = [f"{LEDGER}: line {number} is damaged and left out" for number in scan.damaged]
    entries, faults = _whole(folder, scan, shards)
    for name, fault in faults.items():
        moved = _quarantine(folder, name)
        tail = f"; moved to {moved}" if moved else ""
        notes.append(f"{name} {fault}{tail}")
    if scan.torn or scan.damaged or entries != scan.entries:
        write_whole(folder, LEDGER, ledger_text(entries.values()))
    notes += _strangers(folder, entries, shards)
    kept = {shard: int(entries[file_of(shard)]["rows"]) for shard in shards if file_of(shard) in entries}
    return kept, notes


def _whole(folder: Path, scan: Scan, shards: Collection[str]) -> tuple[dict[str, Entry], dict[str, str]]:
    """Entries to keep, and what is wrong with those of the others whose files are set aside."""
    ours = {file_of(shard): failures_of(shard) for shard in shards}
    traces = set(ours.values())
    faults = {}
    for name, entry in scan.entries.items():
        if name.startswith((RUNS + "/", FAILURES + "/")) and name not in ours and name not in traces:
            faults[name] = "is not of this sweep"
        elif fault := _flaw(folder, entry, name):
            faults[name] = f"{fault}; made again"
    kept = {name: entry for name, entry in scan.entries.items() if name not in faults}
    lost = {name for name in faults if name in traces} | {
        name for name in traces if name not in scan.entries and os.path.lexists(folder / name)
    }
    if scan.damaged:
        lost |= {
            ours[name] for name in kept if name in ours and ours[name] not in kept and _failed(folder / name)
        }
    again = {shard for shard, trace in ours.items() if trace in lost}
    orphans = {trace for shard, trace in ours.items() if shard not in kept or shard in again}
    return {name: entry for name, entry in kept.items() if name not in again | orphans}, faults


def _failed(path: Path) -> bool:
    """Whether a whole shard has failed runs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return "failed" in pq.read_table(path, columns=["status"])["status"].unique().to_pylist()
    except (pa.ArrowException, OSError, KeyError):
        return True


def _strangers(folder: Path, entries: Mapping[str, Entry], shards: Collection[str]) -> list[str]:
    """Clear away what the ledger does not know: what is ours is made again, the rest is set aside."""
    notes, unfinished = [], 0
    ours = {file_of(shard) for shard in shards} | {failures_of(shard) for shard in shards}
    for room in (RUNS, FAILURES):
        for path in sorted((folder / room).iterdir()) if (folder / room).is_dir() else ():
            name = f"{room}/{path.name}"
            if name in entries:
                continue
            if name in ours and path.is_file() and not path.is_symlink():
                path.unlink()
                unfinished += room == RUNS
            else:
                notes.append(f"{name} is not of this sweep; moved to {_quarantine(folder, name)}")
    if unfinished:
        notes.append(f"{RUNS}/: {unfinished} shards were not yet in the ledger; made again")
    return notes


def _quarantine(folder: Path, name: str) -> str | None:
    """Move a file aside; returns where to, or None if it is not there."""
    if not os.path.lexists(folder / name):
        return None
    (folder / QUARANTINE).mkdir(exist_ok=True)
    base = f"{QUARANTINE}/{name.replace('/', '-')}"
    number, target = 1, base
    while os.path.lexists(folder / target):
        number += 1
        target = f"{base}-{number}"
    (folder / name).rename(folder / target)
    sync(folder / QUARANTINE)
    return target
