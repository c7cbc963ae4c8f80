"""What must be the same on every machine that takes part in one sweep, and the words where it is not.

Bytes follow from the model, from what stores its outcomes, and from the libraries below both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import metadata

from environment.kernel import ROOT, files_digest
from experiments.engines import ENGINES, rules_of
from experiments.identity import LIBRARIES, SEMANTICS, SHORT

FOLDERS = ("environment", "agents", "experiments")
KINDS = (".py", ".toml", ".csv")

type Versions = dict[str, str]
"""A word or digest by what it is of."""


def code_digest() -> str:
    """SHA-256 over all code and data that runs are made of, as they are on disk now."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))
    return files_digest(path for path in paths if path.suffix in KINDS)


CODE = code_digest()
"""Of the code as it was when this process began: what is in memory does not follow the disk."""


def versions(engine: str) -> Versions:
    """What decides the bytes of a sweep in this process.

    Parameters
    ----------
    engine
        ``module:function``.
    """
    found = {"semantics version": str(SEMANTICS), "rules digest": str(rules_of(engine))}
    if engine == ENGINES["compiled"]:
        from experiments.twin.compiling import loop_digest

        found["loop digest"] = loop_digest()
    found["code digest"] = CODE
    found["Python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    return found | {name: metadata.version(name) for name in LIBRARIES}


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """In words, what differs: the value there and the value here; empty if nothing does."""
    return ", ".join(
        f"{name} {_short(theirs.get(name, 'unknown'))} there and {_short(value)} here"
        for name, value in ours.items()
        if theirs.get(name) != value
    )


def _short(value: str) -> str:
    return value[:SHORT]
