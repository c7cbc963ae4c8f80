"""Proof of agreement: two engines, the same configurations, the same bytes.

``python -m tests.agreement --first 0 --count 100000 --workers 2`` compares the Mesa engine with its compiled
twin and exits with 1 at a difference; ``--show N`` shows where the two part in configuration N.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from environment.agenda import Class
from environment.errors import BadInput
from environment.log import ENDINGS, Event, Row, lines
from environment.model import HANDLERS
from environment.talks.sentences import TOLD_TALKS
from experiments.compose import compose
from tests.configurations import Configuration, configuration, scenario_of

type Engine = Callable[[Configuration], bytes]
type Told = tuple[Sequence[Row], Mapping[str, Any]]

LIMIT = 120
"""Seconds after which a run counts as endless."""
ENOUGH = 2000
"""Configurations in which everything must happen."""
CHUNK = 200
"""Configurations that a worker takes at a time."""


class Difference(NamedTuple):
    """Where the logs of one configuration part."""

    number: int
    line: int  # from 1
    before: tuple[str, ...]  # the lines before it, the same in both
    mesa: str
    twin: str

    def __str__(self) -> str:
        head = f"configuration {self.number}, line {self.line}"
        same = "".join(f"\n    {text[:300]}" for text in self.before)
        return f"{head}{same}\n  mesa  {self.mesa[:600]}\n  twin  {self.twin[:600]}"


class Report(NamedTuple):
    """What came of a batch of configurations."""

    differences: list[Difference]
    rejected: list[int]
    crashed: list[tuple[int, str]]  # runs of the Mesa engine that raised
    seen: frozenset[str]  # events, endings and classes of events handled


# -- the engines -----------------------------------------------------------------------------------


def mesa_told(given: Configuration) -> Told:
    """Rows and outcomes of the Mesa engine."""
    model = compose(scenario_of(given), given.seed, given.replication)
    outcomes = model.run()
    return model.log, outcomes


def twin_told(given: Configuration) -> Told:
    """Rows and outcomes of the compiled engine."""
    from experiments.twin import engine

    return engine.run(scenario_of(given), given.seed, given.replication)


def as_bytes(told: Told) -> bytes:
    """The event log, then the outcomes in full precision, then a digest of the numbers that the log rounds."""
    rows = [row if isinstance(row, Row) else Row._make(row) for row in told[0]]
    numbers = np.array([row[10:] for row in rows], dtype=np.float64) + 0.0  # no minus nought
    rest = [json.dumps(dict(told[1])), hashlib.sha256(numbers.tobytes()).hexdigest()]
    return "\n".join([*lines(rows), *rest]).encode()


def run_mesa(given: Configuration) -> bytes:
    """The Mesa engine's account of a configuration."""
    return as_bytes(mesa_told(given))


def run_twin(given: Configuration) -> bytes:
    """The compiled engine's account of a configuration."""
    return as_bytes(twin_told(given))


def as_numbers(told: Told) -> bytes:
    """The same account before the writer of the log: equal numbers make equal text, and take half the time."""
    numbers = np.array([tuple(row) for row in told[0]], dtype=np.float64) + 0.0  # no minus nought
    happened = " ".join(sorted({f'"event": "{Event(int(code)).name.lower()}"' for code in numbers[:, 1]}))
    ending = f'"ending": "{ENDINGS[int(numbers[-1, 10])]}"'
    return "\n".join(
        [happened, ending, json.dumps(dict(told[1])), hashlib.sha256(numbers.tobytes()).hexdigest()]
    ).encode()


def numbers_of_mesa(given: Configuration) -> bytes:
    """The Mesa engine's account of a configuration in numbers."""
    return as_numbers(mesa_told(given))


def numbers_of_twin(given: Configuration) -> bytes:
    """The compiled engine's account of a configuration in numbers."""
    return as_numbers(twin_told(given))


# -- the comparison --------------------------------------------------------------------------------


def difference(number: int, mesa: bytes, twin: bytes) -> Difference | None:
    """The first line in which two accounts differ, or None."""
    if mesa == twin:
        return None
    ours, theirs = mesa.decode().split("\n"), twin.decode().split("\n")
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
    at = min(len(ours), len(theirs)) if at is None else at
    one, other = (text[at] if at < len(text) else "(nothing)" for text in (ours, theirs))
    return Difference(number, at + 1, tuple(ours[max(0, at - 3) : at]), one, other)


def compare(
    numbers: Iterable[int], mesa: Engine = run_mesa, twin: Engine = run_twin, seen: set[str] | None = None
) -> list[Difference]:
    """Every configuration in which two engines differ; what happened is added to `seen`."""
    return checked(numbers, mesa, twin, set() if seen is None else seen).differences


def checked(numbers: Iterable[int], mesa: Engine, twin: Engine, seen: set[str]) -> Report:
    """Compare two engines: differences, configurations rejected as bad input, runs that raised."""
    report = Report([], [], [], frozenset())
    warm(mesa)
    warm(twin)
    with watched(seen):
        for number in numbers:
            given = configuration(number)
            try:
                scenario_of(given)
            except BadInput:
                report.rejected.append(number)
                continue
            one, other = guarded(mesa, given), guarded(twin, given)
            if one.startswith(b"raised"):
                report.crashed.append((number, one.decode()))
            _mark(one, seen)
            found = difference(number, one, other)
            if found:
                report.differences.append(found)
    return report._replace(seen=frozenset(seen))


_WARM: set[Engine] = set()


def warm(engine: Engine) -> None:
    """Let an engine compile what it compiles before anything is timed; what it raises, it will raise again."""
    if engine not in _WARM:
        with suppress(Exception):
            engine(configuration(0))
        _WARM.add(engine)


def guarded(engine: Engine, given: Configuration) -> bytes:
    """What an engine gives; where it raises, what it raises (an endless run raises TimeoutError)."""
    try:
        with limited():
            return engine(given)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # noqa: BLE001 - a crash is a finding, and the engines must agree on it
        return f"raised {type(error).__name__}: {error}".encode()


@contextmanager
def limited() -> Iterator[None]:
    """Stop what takes too long, where the system can (not inside compiled code)."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(signum: int, frame: Any) -> None:
        raise TimeoutError(f"more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# -- coverage --------------------------------------------------------------------------------------

OF_A_CEASEFIRE = [e for e in Event if e.name.lower() not in TOLD_TALKS]
WORDS = {f"event {e.name.lower()}": f'"event": "{e.name.lower()}"'.encode() for e in OF_A_CEASEFIRE} | {
    f"ending {name}": f'"ending": "{name}"'.encode() for name in ENDINGS
}
WANTED = frozenset(WORDS) | {f"class {kind.name.lower()}" for kind in Class}
"""What must happen at least once in the configurations of the test."""


def _mark(account: bytes, seen: set[str]) -> None:
    seen.update([what for what, word in WORDS.items() if what not in seen and word in account])


@contextmanager
def watched(seen: set[str]) -> Iterator[None]:
    """Enter every class of events that the Mesa engine handles."""

    def noting(kind: Class, handler: Any) -> Any:
        def handle(run: Any, entry: Any) -> None:
            seen.add(f"class {kind.name.lower()}")
            HANDLERS[kind] = handler
            handler(run, entry)

        return handle

    unseen = {k: noting(k, h) for k, h in HANDLERS.items() if f"class {k.name.lower()}" not in seen}
    with patch.dict(HANDLERS, unseen):
        yield


# -- the command line ------------------------------------------------------------------------------


PAIRS: dict[str, tuple[Engine, Engine]] = {
    "text": (run_mesa, run_twin),
    "numbers": (numbers_of_mesa, numbers_of_twin),
    "alone": (run_mesa, run_mesa),
}
"""What is compared: logs as text, logs as the numbers that the one writer makes text of, or Mesa with itself."""


def _chunk(task: tuple[range, str]) -> tuple[int, Report]:
    numbers, what = task
    return len(numbers), checked(numbers, *PAIRS[what], set())


def _show(number: int) -> None:
    given = configuration(number)
    mesa, twin = mesa_told(given), twin_told(given)
    print(given)
    for row, (one, other) in enumerate(zip(mesa[0], twin[0], strict=False)):
        if tuple(one) != tuple(other):
            print(f"row {row}\n  mesa {tuple(one)}\n  twin {tuple(other)}")
            break
    print(f"{len(mesa[0])} and {len(twin[0])} rows")
    for name in mesa[1].keys() | twin[1].keys():
        if mesa[1].get(name) != twin[1].get(name):
            print(f"{name}: mesa {mesa[1].get(name)!r}, twin {twin[1].get(name)!r}")


def drive(first: int, count: int, workers: int, what: str) -> bool:
    """Compare many configurations with progress; whether all agree."""
    start, done, seen, totals = time.monotonic(), 0, set[str](), Report([], [], [], frozenset())
    tasks = [(range(n, min(n + CHUNK, first + count)), what) for n in range(first, first + count, CHUNK)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for size, report in pool.imap_unordered(_chunk, tasks):
            done += size
            seen |= report.seen
            for whole, part in zip(totals[:3], report[:3], strict=True):
                whole.extend(part)  # type: ignore[arg-type]
            for what in (*report.differences, *report.crashed):
                print(what, flush=True)
            rate = done / (time.monotonic() - start)
            differing, rejected, crashed = (len(part) for part in totals[:3])
            print(
                f"{done}/{count}, {rate:.0f} a second: {differing} differ, {rejected} rejected,"
                f" {crashed} raised, {len(seen & WANTED)} of {len(WANTED)} reached",
                flush=True,
            )
    print("not reached:", ", ".join(sorted(WANTED - seen)) or "nothing")
    whole = seen >= WANTED or count < ENOUGH
    return not totals.differences and not totals.crashed and len(totals.rejected) <= count // 20 and whole


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare the Mesa engine with its compiled twin.")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--what", choices=sorted(PAIRS), default="text", help="what is compared")
    parser.add_argument("--show", type=int, metavar="N", help="where the engines part in configuration N")
    given = parser.parse_args()
    if given.show is not None:
        _show(given.show)
        return
    sys.exit(0 if drive(given.first, given.count, given.workers, given.what) else 1)


if __name__ == "__main__":
    main()
