"""Paired cease-fires from the page: what is asked for, the runs themselves, and how they are stopped.

Each arm runs on one thread of its own in the compiled engine, which lets go of Python's lock. Numba's own
threads are not used: on some systems its threading layer must not be entered by two sessions at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from console.choice import Choice
from environment.errors import BadInput
from experiments.design import OBSERVE_ONLY
from experiments.scenario import Scenario, without_response

FEWEST, USUAL, MOST = 100, 1_000, 10_000
"""Paired cease-fires of an ensemble."""
CHUNK_DAYS = 50 * 365.0
"""Days of an arm that are simulated between two looks at whether to go on: a tenth of a second or so."""
AT_ONCE = 2
"""Ensembles that run at once, over all sessions of the server."""
LOOK_SECONDS = 0.2
"""How often one that waits for its turn looks whether it is still wanted."""
FULL, OTHER = "full", "other"
_turns = threading.BoundedSemaphore(AT_ONCE)

type Told = Callable[[int, str], None]
"""Hears how many replications are done, and what is being done in words."""


@dataclass(frozen=True)
class Order:
    """What is to be run: a choice against observe-only, and where wanted another beside it.

    Parameters
    ----------
    a, b
        The choices; `b` runs on the seed of `a`. The replication of neither matters.
    runs
        Replications 0 to `runs` - 1, `FEWEST` to `MOST`.
    """

    a: Choice
    b: Choice | None = None
    runs: int = USUAL

    def arms(self) -> dict[str, Scenario]:
        """The scenarios by arm.

        Raises
        ------
        BadInput
            For a number of runs that is out of range, a choice that cannot be used, and choices of which one
            is followed for longer than the other.
        """
        from experiments.twin.packing import refuse_custom

        if not FEWEST <= self.runs <= MOST:
            raise BadInput("number of cease-fires", self.runs, f"a whole number from {FEWEST} to {MOST:,}")
        first = self.a.resolved
        found = {OBSERVE_ONLY: without_response(first), FULL: first}
        if self.b is not None:
            found[OTHER] = self.b.resolved
            here, there = (each.world.horizon for each in (first, self.b.resolved))
            if here != there:
                raise BadInput("days of B", _days(self.b.resolved), f"those of A: {_days(first):g}")
        for scenario in found.values():
            refuse_custom(scenario.world)
        return found


def _days(scenario: Scenario) -> float:
    return float(scenario.values["scenario.days"])


@dataclass(frozen=True)
class Ensemble:
    """What was run.

    Parameters
    ----------
    order
        What was asked for.
    arms
        By arm its runs, one row a replication, with the columns of a stored run; as many rows in each.
    """

    order: Order
    arms: dict[str, pd.DataFrame]

    @property
    def runs(self) -> int:
        """Complete replications."""
        return len(self.arms[FULL])

    @property
    def partial(self) -> bool:
        """Whether it was stopped before its end."""
        return self.runs < self.order.runs

    @property
    def days(self) -> float:
        """Days that a cease-fire is followed for."""
        return _days(self.order.a.resolved)


def run_ensemble(order: Order, told: Told, stopped: threading.Event) -> Ensemble | None:
    """Run an ensemble, in turn with those of other sessions.

    Parameters
    ----------
    order
        What is asked for.
    told
        Hears how far it is, from the thread of the caller.
    stopped
        Once it is set, no further replication is begun.

    Returns
    -------
    Ensemble or None
        What is complete in every arm; None where nothing is.

    Raises
    ------
    CeasefireError
        For what cannot be run, and for a run that cannot be completed.
    """
    scenarios = order.arms()
    with _turn(told, stopped) as ours:
        if not ours:
            return None
        _compile(told)
        parts: dict[str, list[pd.DataFrame]] = {arm: [] for arm in scenarios}
        done, chunk = 0, max(1, int(CHUNK_DAYS / _days(scenarios[FULL])))
        with ThreadPoolExecutor(len(scenarios), "ensemble") as crew:
            while done < order.runs and not stopped.is_set():
                told(done, f"{done:,} of {order.runs:,} cease-fires")
                piece = range(done, min(done + chunk, order.runs))
                work = {arm: crew.submit(_piece, s, order.a.seed, piece) for arm, s in scenarios.items()}
                found = {arm: each.result() for arm, each in work.items()}
                for arm, frame in found.items():
                    parts[arm].append(frame)
                done = piece.stop
        told(done, f"{done:,} of {order.runs:,} cease-fires")
    if not done:
        return None
    return Ensemble(order, {arm: pd.concat(each, ignore_index=True) for arm, each in parts.items()})


def _piece(scenario: Scenario, seed: int, replications: range) -> pd.DataFrame:
    from experiments.twin.engine import simulate_many

    columns = simulate_many(scenario, seed, replications)
    return pd.DataFrame({"replication": list(replications), **columns})


def _compile(told: Told) -> None:
    from experiments.warmup import WORDS, warm

    told(0, WORDS["compiled"])
    warm("compiled", quiet=True)


@contextmanager
def _turn(told: Told, stopped: threading.Event) -> Iterator[bool]:
    """One of the turns that there are, waited for; False where it is no longer wanted."""
    ours = _turns.acquire(blocking=False)
    while not ours and not stopped.is_set():
        told(0, f"waiting: {AT_ONCE} ensembles of other visitors are running")
        ours = _turns.acquire(timeout=LOOK_SECONDS)
    try:
        yield ours
    finally:
        if ours:
            _turns.release()
