"""Simulated cease-fires behind the worth of packages, kept on disk by scenario, rules, seed and number of runs."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from environment.kernel import files_digest, rules_digest
from environment.parameters import DATA
from environment.rules.draws import DAY
from experiments.identity import SEMANTICS
from experiments.scenario import Scenario
from experiments.twin.compiling import loop_digest

COLUMNS = ("years", "ending", "violence", "ground", "effort", "risk")
"""Years to the ending (or the horizon), its number, war-years of violence, 1,000 km2 lost, responders' effort, and the
summed chances of direct war, whose mean is the probability of one with less noise than a count of wars."""
KEPT_IN_MEMORY = 256 * 2**20  # bytes
SEAL = hashlib.sha256().digest_size
"""Bytes at the end of a file: the SHA-256 of all before them."""

type Floats = NDArray[np.float64]
type Simulated = Callable[[Scenario], Floats]
"""From a cease-fire to (6, runs): what became of its runs (`COLUMNS`)."""


def simulated(seed: int, runs: int, threads: int) -> Simulated:
    """What simulates cease-fires on the compiled engine, or finds them where they were simulated before.

    Parameters
    ----------
    seed
        The same for all cease-fires, so that they are compared on the same draws.
    runs
        Of each.
    threads
        Of this process.
    """
    from experiments.twin import engine

    def of(scenario: Scenario) -> Floats:
        name = _name(scenario.digest(), seed, runs)
        found = _remembered(name)
        if found is None:
            result = engine.results(scenario, seed, range(runs), threads)
            found = np.array(
                [
                    result["now"] / (365.0 * DAY),
                    result["ending"].astype(np.float64),
                    result["t_violence"] / 365.0,
                    result["t_ground"] / 1000.0,
                    result["t_responder_cost"],
                    result["t_war_risk"],
                ]
            )
            _store(name, found)
        return found

    return of


def _name(digest: str, seed: int, runs: int) -> str:
    key = f"{digest}|{_sources()}|{SEMANTICS}|{seed}|{runs}"
    return hashlib.sha256(key.encode()).hexdigest()[:40]


@lru_cache(maxsize=1)
def _sources() -> str:
    """Digest of everything that the compiled engine is made of: what is kept is never of other rules."""
    tables = files_digest(sorted(DATA.glob("*.csv")))
    return f"{rules_digest()}|{loop_digest()}|{tables}"


def folder() -> Path:
    """Where simulated cease-fires are kept on this machine."""
    return Path(platformdirs.user_cache_dir("ceasefire")) / "worth"


def _remembered(name: str) -> Floats | None:
    """What was simulated before; None where it was not, or where a byte of it is not as it was written."""
    if name not in _MEMORY:
        try:
            data = (folder() / name[:2] / f"{name}.npy").read_bytes()
        except OSError:
            return None
        whole, seal = data[:-SEAL], data[-SEAL:]
        if hashlib.sha256(whole).digest() != seal:
            return None
        _keep(name, np.load(io.BytesIO(whole), allow_pickle=False))
    return _MEMORY[name]


def _keep(name: str, found: Floats) -> None:
    """Keep at hand; where there is too much, start anew."""
    if sum(kept.nbytes for kept in _MEMORY.values()) + found.nbytes > KEPT_IN_MEMORY:
        _MEMORY.clear()
    _MEMORY[name] = found


def _store(name: str, found: Floats) -> None:
    """Keep what was simulated, sealed; written aside and renamed, so that it is there whole or not at all."""
    _keep(name, found)
    buffer = io.BytesIO()
    np.save(buffer, found, allow_pickle=False)
    whole = buffer.getvalue()
    place = folder() / name[:2]
    aside = place / f".{name}.{os.getpid()}.tmp"
    try:
        place.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(whole + hashlib.sha256(whole).digest())
        aside.replace(place / f"{name}.npy")
    except OSError:  # a full or read-only disk makes it slower, not wrong
        with suppress(OSError):
            aside.unlink(missing_ok=True)


_MEMORY: dict[str, Floats] = {}
