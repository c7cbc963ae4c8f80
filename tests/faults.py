"""Plant faults and see that the comparison notices: ``python -m tests.faults`` tries every one.

The fault is made in memory, as the module is imported by a process of its own; no file changes, so that what
is compiled for the rules serves every fault. Only the standard library may be imported at the top of this file.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from tests.planted import FAULTS as MESA_FAULTS
from tests.planted import Fault
from tests.planted_twin import TWIN_FAULTS

ROOT = Path(__file__).resolve().parents[1]
FAULTS = (*MESA_FAULTS, *TWIN_FAULTS)
TWIN = "experiments/twin/"
CONFIGURATIONS = 2000
"""The first so many must show every fault."""
MISTAKES = ("NameError", "UnboundLocalError", "SyntaxError", "ImportError", "TypingError", "LoweringError")
"""What an edit raises that is no fault of a model but a slip in the table."""
HUNG = -1
"""In place of a number: the process did not come back, or died."""


class Caught(NamedTuple):
    """How a fault came to light."""

    fault: Fault
    number: int | None  # of the first configuration that shows it
    seconds: float


def with_fault(fault: Fault) -> str:
    """The text of the fault's file with the fault in it.

    Raises
    ------
    ValueError
        The old text does not stand there exactly once.
    """
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.name}: the old text stands {text.count(fault.old)} times in {fault.file}")
    return text.replace(fault.old, fault.new)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module with a fault in it."""

    def __init__(self, name: str, fault: Fault) -> None:
        super().__init__(name, str(ROOT / fault.file))
        self._fault = fault

    def get_code(self, fullname: str) -> CodeType:
        return compile(with_fault(self._fault), self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._name = fault.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> Any:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, loader=_Loader(fullname, self._fault))


def plant(fault: Fault) -> None:
    """From now on the fault's module is imported with the fault; a compiled one is not read from a cache."""
    sys.meta_path.insert(0, _Finder(fault))
    if fault.file.startswith(TWIN):
        from numba.core.dispatcher import Dispatcher

        cached = Dispatcher.enable_caching
        inside = TWIN.replace("/", ".")

        def enable(self: Any) -> None:
            if not self.py_func.__module__.startswith(inside):
                cached(self)

        Dispatcher.enable_caching = enable


def digests(count: int) -> list[str]:
    """Digests of the Mesa engine's accounts of the first configurations, as it is in this process."""
    return [_digest(_account(number, twin=False)) for number in range(count)]


def _digest(account: bytes) -> str:
    return hashlib.sha256(account).hexdigest()


def _account(number: int, twin: bool) -> bytes:
    from tests import agreement
    from tests.configurations import configuration

    engine = agreement.run_twin if twin else agreement.run_mesa
    return agreement.guarded(engine, configuration(number))


def first_to_differ(fault: Fault, expected: Sequence[str], limit: float = 900.0) -> int | None:
    """Number of the first configuration whose account differs under a fault, in a process of its own.

    Parameters
    ----------
    fault
        The fault.
    expected
        Digests of the first configurations without it.
    limit
        Seconds after which the process is stopped; that is noticed too.

    Raises
    ------
    RuntimeError
        The fault is none: with it the engine cannot be loaded.
    """
    command = [sys.executable, "-m", "tests.faults", "--plant", fault.name]
    try:
        done = subprocess.run(
            command, input=json.dumps(list(expected)), capture_output=True, text=True, cwd=ROOT, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return HUNG
    if done.returncode < 0:  # ended by the system, as a write out of bounds in compiled code may
        return HUNG
    if done.returncode != 0:
        raise RuntimeError(f"{fault.name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _planted(name: str) -> int | None:
    fault = next(fault for fault in FAULTS if fault.name == name)
    expected = json.load(sys.stdin)
    plant(fault)
    from tests import agreement

    twin = fault.file.startswith(TWIN)
    agreement.warm(agreement.run_twin if twin else agreement.run_mesa)
    agreement.LIMIT = 20
    for number, digest in enumerate(expected):
        account = _account(number, twin)
        if account.startswith(tuple(f"raised {word}".encode() for word in MISTAKES)):
            raise RuntimeError(account.decode())
        if _digest(account) != digest:
            return number
    return None


def try_all(faults: Sequence[Fault], count: int) -> list[Caught]:
    """Try faults one by one, with a line on each."""
    expected, found = digests(count), []
    for fault in faults:
        start = time.monotonic()
        found.append(Caught(fault, first_to_differ(fault, expected), time.monotonic() - start))
        number = found[-1].number
        shown = "NOT CAUGHT" if number is None else f"configuration {number}"
        shown = "hung or died" if number == HUNG else shown
        print(f"{fault.file:<30} {fault.name:<45} {shown} ({found[-1].seconds:.1f} s)", flush=True)
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Plant faults and see that the comparison notices them.")
    parser.add_argument("--plant", metavar="NAME", help="(inner) try one, digests on standard input")
    parser.add_argument("--count", type=int, default=CONFIGURATIONS)
    parser.add_argument("names", nargs="*", help="faults, or parts of their names or files [default: all]")
    given = parser.parse_args()
    if given.plant:
        print(json.dumps(_planted(given.plant)))
        return
    chosen = [f for f in FAULTS if not given.names or any(n in f.name or n in f.file for n in given.names)]
    found = try_all(chosen, given.count)
    missed = [caught.fault.name for caught in found if caught.number is None]
    print(f"{len(found) - len(missed)} of {len(found)} caught")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
