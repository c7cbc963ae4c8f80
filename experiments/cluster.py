"""Runs the tasks of a sweep on the workers of a Dask scheduler; the counterpart of `experiments.runner`.

The coordinator alone holds the lease, the ledger and the design. Workers get bundles of shards, a few at a
time, and answer with receipts; they must see the results folder and be of the same versions. A worker that
dies costs what it had, which others do again to the same bytes.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import socket
import struct
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from environment.errors import BadInput, CeasefireError, RunFailed
from experiments.dealer import Dealer
from experiments.engines import load_engine
from experiments.folder import TEMPORARY
from experiments.members import Crew
from experiments.runner import RUN_TIMEOUT, Deliver, bar_of
from experiments.task import RUN_MEMORY, Task
from experiments.versions import versions

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 3.0
BUNDLE_MANY, BUNDLE_SINGLE = 4000, 100  # runs in a bundle, by how the engine takes them: seconds of work
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]@]+):(\d{1,5})")
GREETING, LONGEST_GREETING = struct.Struct("<Q"), 2**20  # bytes
NOBODY = "no Dask scheduler could be reached at {} ({}); see that `dask scheduler` runs there"
INSTALL = (
    "--cluster needs Dask, which is not installed: `python3 -m uv sync --extra cluster`, "
    "or `pip install dask distributed` into this environment"
)
NO_CERTIFICATE = (
    "--cluster tls://...: Dask has been given no certificates: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
    '..._TLS__CLIENT__CERT and ..._TLS__CLIENT__KEY (docs/cluster.md, "Who may talk to it")'
)


@contextmanager
def connected(address: str, folder: Path) -> Iterator[Callable[..., int]]:
    """A connection to a scheduler: gives what runs rounds of tasks on it, like `experiments.runner.run_rounds`.

    Parameters
    ----------
    address
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
    folder
        The results folder, which all workers must see under the same path.

    Errors
    ------
    BadInput
        For an address that is none.
    CeasefireError
        Where Dask is not installed, and (RunFailed) where nobody answers.
    """
    given = ADDRESS.fullmatch(address)
    if given is None or not 0 < int(given[3]) < 2**16:
        raise BadInput(
            "--cluster", address, "tcp://HOST:PORT or tls://HOST:PORT, as `dask scheduler` prints it"
        )
    distributed = _dask()
    if given[1] == "tcp":
        _greeted(address, given[2].strip("[]"), int(given[3]))
    client = _connect(distributed, address)
    try:
        yield partial(run_rounds, client, address, folder.absolute())
    finally:
        with suppress(Exception):  # what is outstanding is forgotten with the connection
            client.close(timeout=CLOSE_SECONDS)


def _greeted(address: str, host: str, port: int) -> None:
    """Make sure that it is Dask that listens: its side speaks first, and begins with the length of what it says.

    Dask's own client waits long for one that is silent, and takes other words for the length of gigabytes.
    """
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS) as link:
            said = link.recv(GREETING.size, socket.MSG_WAITALL)
    except OSError as error:
        raise RunFailed(NOBODY.format(address, error.strerror or error)) from None
    if len(said) < GREETING.size or not 0 < GREETING.unpack(said)[0] < LONGEST_GREETING:
        raise RunFailed(NOBODY.format(address, "what listens there is something else"))


def _dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise CeasefireError(INSTALL) from None


def _connect(distributed: Any, address: str) -> Any:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in our own words
    warnings.filterwarnings("ignore", module="distributed")
    try:
        security = distributed.Security()
        if address.startswith("tls:") and security.get_connection_args("client")["ssl_context"] is None:
            raise CeasefireError(NO_CERTIFICATE)
        return distributed.Client(
            address, timeout=CONNECT_SECONDS, set_as_default=False, name="ceasefire", security=security
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunFailed(NOBODY.format(address, said)) from None


def run_rounds(
    client: Any,
    address: str,
    folder: Path,
    engine: str,
    rounds: Iterable[Iterable[Task]],
    deliver: Deliver,
    *,
    total: int | None = None,
    done: int = 0,
    progress: bool = True,
    run_timeout: float = RUN_TIMEOUT,
    memory: int = RUN_MEMORY,
) -> int:
    """Run every task of a round on the cluster, then ask for the next round.

    Parameters
    ----------
    client, address, folder
        A connected Dask client, where, and the results folder.
    engine, rounds, deliver, total, done, progress, run_timeout, memory
        As for `experiments.runner.run_rounds`.

    Returns
    -------
    int
        Number of failed runs.

    Errors
    ------
    RunFailed
        If the scheduler is lost, no worker may take part, or workers keep failing.
    """
    with bar_of(total, done, progress) as bar, _permit(folder) as (permit, token):
        order = {
            "engine": engine, "folder": str(folder), "permit": permit, "token": token,
            "versions": versions(engine), "run_timeout": run_timeout, "memory": memory,
        }  # fmt: skip
        size = BUNDLE_MANY if load_engine(engine).many else BUNDLE_SINGLE
        left = None if total is None else total - done
        sweep = Dealer(Crew(client, address, _errand(), order), address, order, size, bar, left)
        for tasks in rounds:
            sweep.complete(tasks, deliver)
    return sweep.failed


@contextmanager
def _permit(folder: Path) -> Iterator[tuple[str, str]]:
    """A file that lets workers write into the folder while it is there: its name, and what is in it.

    A later sweep clears it away, so that workers which were left behind stop by themselves.
    """
    name = f"cluster-{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
    token = json.dumps({"what": "ceasefire cluster", "name": name})
    path = folder / TEMPORARY / name
    path.write_text(token, "utf-8")
    try:
        yield name, token
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            for left in path.parent.glob(f"{name}-*"):
                left.unlink(missing_ok=True)


def _errand() -> Callable[[bytes], bytes]:
    """The function that workers call. Being local it travels by value, so that a scheduler needs no code of ours.

    A worker finds our code beside the installed module `ceasefire`, or on its own path.
    """

    def ceasefire(payload: bytes) -> bytes:
        import importlib
        import importlib.util
        import os

        spec = importlib.util.find_spec("ceasefire")
        root = os.path.dirname(os.path.realpath(spec.origin)) if spec and spec.origin else None  # noqa: PTH120
        if root and root not in sys.path:
            sys.path.insert(0, root)
        answer: bytes = importlib.import_module("experiments.remote").answer(payload)
        return answer

    return ceasefire
