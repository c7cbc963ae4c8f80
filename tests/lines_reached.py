"""Which lines of the Mesa engine have run: each line is heard of once, so that listening costs next to nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any

HANDLING = tuple(
    f"environment.{name}"
    for name in (
        "accounts", "agenda", "casebook", "cases", "endings", "evidence", "halting", "ledger", "model",
        "responses", "slow", "state", "verification", "violations", "clockwork", "memory",
    )
)  # fmt: skip
DECIDING = tuple(
    f"agents.{name}" for name in ("beliefs", "coalition", "leadership", "russia", "ukraine", "united_states")
)
MODULES = HANDLING + DECIDING
TOOL = 4

type Line = tuple[str, int]  # module, number


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) else (value,)
        for member in members:
            plain = getattr(member, "fget", member)
            plain = getattr(plain, "__wrapped__", plain)
            if isinstance(plain, FunctionType) and plain.__module__ == module.__name__:
                yield plain


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def codes() -> dict[CodeType, str]:
    """Every piece of code of the engine, with its module."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for function in _functions(module):
            if function.__code__.co_filename == module.__file__:
                found |= dict.fromkeys(_codes(function.__code__), name)
    return found


def all_lines() -> set[Line]:
    """Every line that a run could reach."""
    return {
        (name, line)
        for code, name in codes().items()
        for _, _, line in code.co_lines()
        if line is not None and line != code.co_firstlineno
    }


@contextmanager
def listening(reached: set[Line]) -> Iterator[None]:
    """Enter the lines that run."""
    monitoring, known = sys.monitoring, codes()

    def heard(code: CodeType, line: int) -> Any:
        reached.add((known[code], line))
        return monitoring.DISABLE

    monitoring.use_tool_id(TOOL, "lines reached")
    monitoring.register_callback(TOOL, monitoring.events.LINE, heard)
    monitoring.restart_events()
    for code in known:
        monitoring.set_local_events(TOOL, code, monitoring.events.LINE)
    try:
        yield
    finally:
        for code in known:
            monitoring.set_local_events(TOOL, code, 0)
        monitoring.register_callback(TOOL, monitoring.events.LINE, None)
        monitoring.free_tool_id(TOOL)
