"""How a rule is compiled: one decorator, one registry, one cache keyed by all rule sources.

Numba's own cache looks only at the file of the outer function, so a change in a rule of another
file would silently give old results. The cache folder is therefore named after a digest of every
rule source, Numba, Python and the processor.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import numba
import platformdirs

ROOT = Path(__file__).resolve().parents[1]
RULE_FOLDERS = (ROOT / "environment" / "rules", ROOT / "agents" / "rules")

RULES: dict[str, list[str]] = {}
"""Rule id -> qualified names of the functions that carry it."""


def rule_sources() -> list[Path]:
    """Every file that holds rules, in a fixed order."""
    return [path for folder in RULE_FOLDERS for path in sorted(folder.glob("*.py"))]


def rules_digest() -> str:
    """SHA-256 over the names and texts of all rule sources.

    Returns
    -------
    str
        64 hexadecimal digits; the same for the same rules on any machine.
    """
    return files_digest(rule_sources())


def files_digest(files: Iterable[Path]) -> str:
    """SHA-256 over the names and texts of files of the repository, in their order: 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def cache_folder(kind: str, digest: str, files: Iterable[Path]) -> Path:
    """Where what is compiled from sources of this digest is kept on this machine.

    Parameters
    ----------
    kind
        What is compiled: ``rules`` or ``loop``.
    digest
        Of its sources.
    files
        Those whose place and time of change Numba looks at besides: another checkout has a folder of its own.
    """
    stamps = (f"{path}:{path.stat().st_mtime_ns}" for path in files)
    key = "|".join(
        (digest, *stamps, numba.__version__, sys.version, platform.machine(), platform.processor())
    )
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    return Path(platformdirs.user_cache_dir("ceasefire")) / kind / name


CACHE_FOLDER = cache_folder("rules", rules_digest(), rule_sources())
numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]


def rule[F: Callable[..., Any]](rule_id: str) -> Callable[[F], F]:
    """Compile a scalar function with Numba and enter it under its rule id.

    Parameters
    ----------
    rule_id
        The id that the framework files, the docstring, the tests and ODD.md use, e.g. ``"R11"``.

    Returns
    -------
    Callable
        A decorator; the result is a Numba dispatcher that both engines call. Division by zero gives
        IEEE infinities rather than an error, and no floating-point shortcut is taken, so that the
        two engines agree to the bit.
    """

    def compile_rule(function: F) -> F:
        RULES.setdefault(rule_id, []).append(f"{function.__module__}.{function.__name__}")
        compiled: Any = numba.njit(cache=True, error_model="numpy", fastmath=False)(function)
        return cast(F, compiled)

    return compile_rule
