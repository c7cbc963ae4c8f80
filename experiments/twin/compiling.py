"""How a function of the compiled loop is compiled: as the rules are, but kept only with the whole loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a part of the loop; the loop itself is what is cached."""
    return cast(F, numba.njit(error_model="numpy", fastmath=False)(function))
