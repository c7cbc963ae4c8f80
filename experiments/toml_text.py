"""A study written back as TOML, every default spelled out, so that it reads to an equal study.

The standard library reads TOML and does not write it; a study needs only this much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from experiments.study import Study

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def study_toml(study: Study) -> str:
    """The study as TOML text with every default spelled out; it reads back to an equal study."""
    plain = study.model_dump(exclude_none=True, mode="json")
    if not plain["points"]:
        del plain["points"]
    tables = {key: plain.pop(key) for key in ("settings", "parameters", "figure") if key in plain}
    lines = [f"{_key(key)} = {_toml(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    plain = (escapes.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text)
    return '"' + "".join(plain) + '"'


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)
