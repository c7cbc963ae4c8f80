"""How a function of the compiled loop is compiled: as the rules are, but kept only with the whole loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numba
from numba.core import types

from environment.kernel import ROOT, cache_folder, files_digest

FOLDERS = ("environment", "agents", "experiments/twin")
"""Everything that the compiled loop is made of: rules, constants of either side, the loop itself."""
APART = ("environment/talks/", "agents/talks/", "agents/bargaining/")
"""The talks, which are not compiled: a change in them costs no compilation (a test holds that the loop uses none)."""


def sources() -> list[Path]:
    """The files that decide what the compiled loop does, in a fixed order."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in paths if not path.relative_to(ROOT).as_posix().startswith(APART)]


def loop_digest() -> str:
    """SHA-256 over the names and texts of all sources of the compiled loop: 64 hexadecimal digits."""
    return files_digest(sources())


LOOP_CACHE = cache_folder("loop", loop_digest(), [Path(__file__).with_name("kernels.py")])


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a part of the loop, which is called from compiled code alone; the loop itself is what is cached."""
    njit: Any = numba.njit  # its stubs do not know these two options
    dispatcher = njit(error_model="numpy", fastmath=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )
    template, plain = dispatcher.get_call_template, cast(Any, types.unliteral)

    def without_literals(args: tuple[Any, ...], kws: Mapping[str, Any]) -> Any:
        # Numba would make one copy of a function for every constant that it is ever called with.
        return template(tuple(map(plain, args)), {name: plain(kind) for name, kind in kws.items()})

    dispatcher.get_call_template = without_literals
    return cast(F, dispatcher)


def whole[F: Callable[..., Any]](function: F, parallel: bool = False) -> F:
    """Compile an entrance to the loop and keep it on disk, in a folder named after all it is made of.

    Numba looks at the file of the outermost function alone; a change anywhere else would give old results.
    """
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(LOOP_CACHE)
    try:
        return cast(
            F,
            numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False, parallel=parallel)(
                function
            ),
        )
    finally:
        config.CACHE_DIR = before
