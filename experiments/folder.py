"""A results folder as files: which may be begun, and how a file gets into it whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from environment.errors import BadInput, FolderInUse
from experiments.lease import LEASE, held, in_use, lease_is_ours, not_ours
from experiments.ledger import LEDGER, enter, scan_ledger
from experiments.study import Study

TEMPORARY, RUNS, FAILURES, QUARANTINE = ".tmp", "runs", "failures", "quarantine"
ROOMS = (TEMPORARY, RUNS, FAILURES, QUARANTINE, "figures")
BEGINNING = {LEASE, LEDGER, TEMPORARY, RUNS, "study.toml", "provenance.json"}


def free_folder(study: Study, seed: int, root: Path = Path("results")) -> Path:
    """The default results folder of a study: the first of its names that is not taken."""
    return next(path for path in _names(study, seed, root) if not os.path.lexists(path))


def last_folder(study: Study, seed: int, root: Path = Path("results")) -> Path:
    """The default folder to go on with: the last of its names that is taken, else the first."""
    found = None
    for path in _names(study, seed, root):
        if not os.path.lexists(path):
            return found or path
        found = path
    raise AssertionError("names do not end")


def _names(study: Study, seed: int, root: Path) -> Iterator[Path]:
    base = f"{study.name}-seed{seed}"
    yield root / base
    for number in range(2, 1_000_000):
        yield root / f"{base}-{number}"


def check_folder(folder: Path, resume: bool = False, ours: bool = False) -> None:
    """Refuse a folder that a sweep must not write into; writes nothing itself.

    Parameters
    ----------
    resume
        Whether to go on with what is there.
    ours
        Whether this process holds the lease.

    Errors
    ------
    BadInput
        If it is not a folder, or holds what is not ours, or holds a sweep that is not to be resumed.
    FolderInUse
        If another process is writing into it.
    """
    allowed = "a new, an empty or a results folder" if resume else "a new or an empty folder"
    if folder.is_symlink() and not folder.exists():
        raise BadInput("--out", str(folder), allowed + " (this is a link to nothing)")
    if not folder.exists():
        parent = next(path for path in folder.absolute().parents if path.exists())
        if not parent.is_dir():
            raise BadInput("--out", str(folder), f"a folder that can be made ({parent} is a file)")
        return
    if not folder.is_dir():
        raise BadInput("--out", str(folder), allowed + " (this is a file)")
    if not lease_is_ours(folder):
        raise not_ours(folder)
    if not ours and held(folder):
        raise FolderInUse(in_use(folder))
    if {path.name for path in folder.iterdir()} <= {LEASE}:
        return
    _check_rooms(folder)
    if not is_ours(folder):
        raise BadInput("--out", str(folder), allowed + " (this one holds other files; nothing was written)")
    if not resume:
        hint = " (this one holds files of a sweep; nothing was written; --resume goes on with it)"
        raise BadInput("--out", str(folder), allowed + hint)


def is_ours(folder: Path) -> bool:
    """Whether a folder was begun by a sweep.

    Its ledger has a line of ours, or its provenance.json says of which sweep it is (a ledger may be lost), or
    it holds a bare beginning.
    """
    if (folder / LEDGER).is_file() and scan_ledger(folder).entries:
        return True
    if said_of(folder):
        return True
    names = {path.name for path in folder.iterdir()}
    return names <= BEGINNING and bool(names & {LEASE, LEDGER, TEMPORARY}) and lease_is_ours(folder)


def said_of(folder: Path) -> dict[str, Any] | None:
    """What provenance.json says, if it says of which sweep a folder is."""
    try:
        said = json.loads((folder / "provenance.json").read_bytes())
        groups = said["scenarios"]
        sound = {"semantics", "rules", "seed"} <= said.keys() and all(
            isinstance(g["group"], int) and isinstance(g["arm"], str) and isinstance(g["digest"], str)
            for g in groups
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return said if sound and isinstance(groups, list) and groups else None


def _check_rooms(folder: Path) -> None:
    """Refuse a results folder in which something is a link, or a file where a folder should be."""
    for name in (*ROOMS, LEDGER):
        path = folder / name
        if path.is_symlink():
            raise BadInput(
                "--out", str(folder), f"a folder without links ({name} is a link; nothing was written)"
            )
        if path.exists() and path.is_dir() != (name in ROOMS):
            kind = "not a folder" if name in ROOMS else "not a file"
            raise BadInput("--out", str(folder), f"a results folder ({name} is {kind}; nothing was written)")


def make_rooms(folder: Path) -> None:
    """The folders inside a results folder; what was left half-written is cleared away."""
    _check_rooms(folder)
    for name in (TEMPORARY, RUNS):
        (folder / name).mkdir(exist_ok=True)
    for path in (folder / TEMPORARY).iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    sync(folder)


def write_whole(folder: Path, name: str, data: bytes) -> str:
    """Write one file of a results folder whole or not at all; returns its SHA-256.

    It is written aside under a name of its own, flushed, renamed into place, and the rename flushed.
    Any number of processes may write the same file: one of them is the last.

    Parameters
    ----------
    name
        Path inside the folder, with forward slashes.
    """
    target = folder / name
    aside = folder / TEMPORARY / f"{name.replace('/', '-')}.{uuid.uuid4().hex}.part"
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, target)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    sync(target.parent)
    return hashlib.sha256(data).hexdigest()


def place(folder: Path, name: str, data: bytes) -> None:
    """Write one file of a results folder whole or not at all, and enter it in the ledger.

    Nothing is written where the file is there already with the same bytes and in the ledger.
    """
    target, digest = folder / name, hashlib.sha256(data).hexdigest()
    known = scan_ledger(folder).entries.get(name) if (folder / LEDGER).is_file() else None
    if known and known["sha256"] == digest and target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    enter(folder, name, 0, write_whole(folder, name, data))


def sync(folder: Path) -> None:
    """Make a rename last: on POSIX the folder itself must be flushed."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
