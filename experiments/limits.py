"""What keeps a worker process within bounds: it takes no more memory than it may, and does not outlive
the process that started it."""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
from multiprocessing.connection import wait
from pathlib import Path


def limit_memory(extra: int) -> None:
    """Let this process take so many bytes beyond what it has; does nothing where that cannot be set.

    Data (what is written to) is limited rather than addresses: libraries reserve many addresses that
    they never use.
    """
    if os.name != "posix":
        return
    import resource

    limit = _data() + extra
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def end_with_parent() -> None:
    """End this worker when its parent process ends, however that happens, and whatever it is doing."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch(sentinel: int = parent.sentinel) -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _data() -> int:
    """Bytes of data that this process has; 0 where the system does not say."""
    try:
        found = re.search(r"^VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
