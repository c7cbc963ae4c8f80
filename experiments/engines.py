"""The engines, and the one way in which all of them are called.

An engine is a function at the top level of a module, named ``module:function``. One whose third
parameter is called ``replications`` runs many at once: ``simulate(scenario, seed, range)`` gives a
column an outcome, in order. Any other runs one: ``simulate(scenario, seed, replication)`` gives its
outcomes. Rows are the same from both, so neither leaves a trace in what is stored.
"""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

ENGINES = {"mesa": "experiments.single:simulate", "compiled": "experiments.twin.engine:simulate_many"}
DEFAULT_ENGINE = "mesa"
CHUNK_RUNS = 250  # runs of a compiled engine between two signs of life
LONGEST_TRACE = 20_000  # characters of a traceback that are kept, the last ones

type Outcomes = dict[str, float | str]
type Columns = dict[str, Any]  # a float64 array or a list of texts by outcome
type Simulate = Callable[[Any, int, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class RunResult:
    """What became of one run: outcomes, or an error in one line and its traceback."""

    replication: int
    outcomes: Outcomes | None
    error: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Engine:
    """A function that simulates, and whether it takes many replications at once."""

    simulate: Simulate
    many: bool

    @property
    def chunk(self) -> int:
        """Runs that are simulated in one call."""
        return CHUNK_RUNS if self.many else 1

    def run(self, scenario: Any, seed: int, replications: range) -> Columns:
        """Columns of some consecutive replications (of one, where the engine runs one at a time)."""
        if self.many:
            found = self.simulate(scenario, seed, replications)
            return {name: _column(name, values, len(replications)) for name, values in found.items()}
        (replication,) = replications
        found = self.simulate(scenario, seed, replication)
        return {name: [_value(name, value)] for name, value in found.items()}


def engine_path(simulate: str | Simulate) -> str:
    """``module:function`` of an engine's short name, of such a path, or of a function."""
    if isinstance(simulate, str):
        return ENGINES.get(simulate, simulate)
    return f"{simulate.__module__}:{simulate.__qualname__}"


@lru_cache(maxsize=8)
def load_engine(path: str) -> Engine:
    """The engine that ``module:function`` stands for."""
    module, _, name = path.partition(":")
    simulate = getattr(importlib.import_module(module), name)
    parameters = list(inspect.signature(simulate).parameters)
    return Engine(simulate, many=parameters[2:3] == ["replications"])


def rules_of(path: str) -> str | None:
    """Digest of the rules behind an engine: of all our rule sources, or what a foreign one states."""
    if path in ENGINES.values():
        return str(importlib.import_module("environment.kernel").rules_digest())
    digest = getattr(importlib.import_module(path.partition(":")[0]), "engine_digest", None)
    return None if digest is None else str(digest())


def outcomes_of(path: str) -> Sequence[str]:
    """Outcomes that an engine's module lists; nothing where it lists none."""
    known: Sequence[str] = getattr(importlib.import_module(path.partition(":")[0]), "OUTCOMES", ())
    return known


def failure(replication: int, error: BaseException, memory: int = 0) -> RunResult:
    """The result of a run that raised; its error is the same line on every machine."""
    trace = _plain("".join(traceback.format_exception(error)))[-LONGEST_TRACE:]
    if isinstance(error, MemoryError):
        limit = f" than {memory / 2**20:.0f} MiB" if memory else ""
        return RunResult(replication, None, f"MemoryError: the run needs more memory{limit}", trace)
    return RunResult(replication, None, error_line(error), trace)


def error_line(error: BaseException) -> str:
    """An error in one line that is the same on every machine: no addresses, no folders."""
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", _plain(str(error)).strip())
    text = re.sub(r"(?:[A-Za-z]:)?(?:[/\\][\w.+~-]+)+[/\\]", "", text)
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__


def _value(name: Any, value: Any) -> float | str:
    """An outcome of one run as what can be stored: a double or a text."""
    value = value.item() if hasattr(value, "item") else value
    if not isinstance(name, str) or not isinstance(value, int | float | str):
        raise TypeError(f"outcome {name!r} is a {type(value).__name__}, not a number or a text")
    return _stored(value) if isinstance(value, str) else float(value)


def _column(name: Any, values: Any, count: int) -> Any:
    """An outcome of many runs as what can be stored: doubles or texts."""
    array = np.asarray(values)
    if array.shape != (count,):
        raise ValueError(
            f"outcome {name!r} has the shape {array.shape}, not one value for each of {count} runs"
        )
    if isinstance(name, str) and array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if isinstance(name, str) and array.dtype.kind == "U":
        return [_stored(str(value)) for value in values]
    raise TypeError(f"outcome {name!r} is a column of {array.dtype}, not of numbers or texts")


def _stored(text: str) -> str:
    """A text that can be stored, or the error that says why it cannot."""
    text.encode()
    return text


def _plain(text: str) -> str:
    """A text without what cannot be stored (halves of characters)."""
    return text.encode(errors="backslashreplace").decode()
