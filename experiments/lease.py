"""Who may write into a results folder: one process at a time, by a lock of the operating system.

The system lets go of the lock when its holder dies, so a dead holder's lease is free at once; the
text in the file only tells people who holds it.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from environment.errors import BadInput, FolderInUse

LEASE = "lease"
FAR = 1 << 30  # Windows locks bytes against reading too: lock one that the text never reaches
MARK = "ceasefire lease"
HEAD = b'{"what": "' + MARK.encode() + b'"'  # how the text of a lease begins
PATIENCE = 0.5  # seconds: who only asks whether a folder is held has the lock for an instant


class Lease:
    """The right to write into a folder, which is made if need be; a context manager.

    Errors
    ------
    FolderInUse
        On entering, if another process holds it; says which.
    BadInput
        On entering, if what bears the lease's name is not a lease; it is left as it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / LEASE
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        while self._file is None:
            file = _opened(self._path)
            if not _lock(file, PATIENCE):
                file.close()
                raise FolderInUse(in_use(self._folder))
            if _still_there(file, self._path):
                if not _is_lease(file):
                    file.close()
                    raise not_ours(self._folder)
                self._file = file
            else:  # the last holder removed it between our opening and our lock
                file.close()
        words = {
            "what": MARK,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            self._file.truncate(0)
            self._file.write(json.dumps(words).encode() + b"\n")
            self._file.flush()
        except OSError:  # a lease cut short would not be known as one
            file, self._file = self._file, None
            with suppress(OSError):
                self._path.unlink()
            with suppress(OSError):  # closing tries to write once more
                file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        if os.name == "posix":
            self._path.unlink(missing_ok=True)  # while it is ours; `_still_there` guards the next
        self._file.close()
        self._file = None


def _opened(path: Path) -> BinaryIO:
    """The file of a lease, made if need be; neither a link nor anything else but a file is opened."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise not_ours(path.parent)
    except FileNotFoundError:
        pass
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "a+b")


def _is_lease(file: BinaryIO) -> bool:
    file.seek(0)
    data = file.read(len(HEAD))
    file.seek(0, os.SEEK_END)
    return data in (b"", HEAD)


def lease_is_ours(folder: Path) -> bool:
    """Whether the file that bears the lease's name, if there is one, is a lease."""
    path = folder / LEASE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return _is_lease(file)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def not_ours(folder: Path) -> BadInput:
    """The error for a folder where something else has the lease's name."""
    allowed = f"a folder without a file {LEASE!r} of another kind (nothing was written)"
    return BadInput("--out", str(folder), allowed)


def held(folder: Path) -> bool:
    """Whether a living process holds the folder's lease."""
    if (folder / LEASE).is_symlink():
        return False
    try:
        with (folder / LEASE).open("r+b") as file:
            return not _lock(file)
    except OSError:
        return False


def in_use(folder: Path) -> str:
    """A sentence for who holds a folder."""
    holder = "another process"
    for _ in range(20):  # the holder locks first and then writes who it is
        try:
            said = json.loads((folder / LEASE).read_bytes())
            holder = f"process {said['pid']} on {said['host']} since {said['since']}"
            break
        except (OSError, ValueError, KeyError, TypeError):
            time.sleep(0.05)
    return f"{folder} is being written by {holder}: wait for it, stop it, or choose another folder (--out)"


def _lock(file: BinaryIO, patience: float = 0.0) -> bool:
    """Take the lock; whether it could be had."""
    last = time.monotonic() + patience
    while not _lock_now(file):
        if time.monotonic() >= last:
            return False
        time.sleep(0.02)
    return True


def _lock_now(file: BinaryIO) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _still_there(file: BinaryIO, path: Path) -> bool:
    """Whether the file that was locked is the one that bears the name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
