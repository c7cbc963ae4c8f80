"""Which rules a run calls: those called from Python by watching, those called by other rules by reading."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from environment.kernel import ROOT, RULES, rule_sources

FOLDERS = ("environment.", "agents.")


@cache
def rule_modules() -> tuple[ModuleType, ...]:
    """Every module that holds rules, loaded."""
    names = (path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in rule_sources())
    return tuple(importlib.import_module(name) for name in names)


@cache
def functions() -> frozenset[str]:
    """Qualified names of all functions that carry a rule."""
    assert rule_modules()
    return frozenset(name for carriers in RULES.values() for name in carriers)


@cache
def callees() -> dict[str, frozenset[str]]:
    """The rule functions that each rule function names in its body."""
    short = {name.rpartition(".")[2]: name for name in functions()}
    assert len(short) == len(functions())
    found = {}
    for module in rule_modules():
        for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                found[f"{module.__name__}.{node.name}"] = frozenset(short[w] for w in words if w in short)
    return found


def with_callees(called: set[str]) -> set[str]:
    """These rule functions and all that are called by them, directly or not."""
    reached, new = set[str](), set(called)
    while new:
        reached |= new
        new = {inner for name in new for inner in callees()[name]} - reached
    return reached


@contextmanager
def counting(called: set[str]) -> Iterator[None]:
    """Enter the rule functions that Python code of the model calls."""
    inside = {module.__name__ for module in rule_modules()}
    replaced: list[tuple[ModuleType, str, Any]] = []
    for module in [m for name, m in sys.modules.items() if name.startswith(FOLDERS) and name not in inside]:
        for name, value in list(vars(module).items()):
            carrier = getattr(value, "py_func", None)
            qualified = f"{carrier.__module__}.{carrier.__name__}" if carrier else ""
            if qualified in functions():
                replaced.append((module, name, value))
                setattr(module, name, _counted(value, qualified, called))
    try:
        yield
    finally:
        for module, name, value in replaced:
            setattr(module, name, value)


def _counted(rule: Any, name: str, called: set[str]) -> Any:
    def call(*args: Any) -> Any:
        called.add(name)
        return rule(*args)

    return call
