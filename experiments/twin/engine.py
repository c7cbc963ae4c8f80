"""The compiled engine as the rest of the project sees it: one run with its log, or many as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from environment.errors import RunFailed
from environment.log import Row
from environment.outcomes import Column, Outcome, outcome_columns
from experiments.promises import promised
from experiments.scenario import Scenario
from experiments.twin import kernels
from experiments.twin.layout import result_dtype, sizes_of
from experiments.twin.packing import pack, refuse_custom

AGENDA, LOG = 1 << 10, 1 << 13
"""Room for events to come and for rows of a log at first; where it is too little there is four times more."""
MOST = 1 << 26
NO_ROOM = "the compiled engine has no room for so many events to come"


def packed(scenario: Scenario) -> NDArray[Any]:
    """The scenario as a record, ready for the kernels."""
    refuse_custom(scenario.world)
    return pack(scenario.world, promised(scenario))


def run(scenario: Scenario, seed: int, replication: int) -> tuple[list[Row], dict[str, Outcome]]:
    """One cease-fire with its log.

    Parameters
    ----------
    scenario
        The scenario.
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.

    Returns
    -------
    tuple
        The rows of the event log and the outcomes, equal to the Mesa engine's to the last bit.

    Raises
    ------
    BadInput
        A party written in plain Python.
    """
    world = packed(scenario)
    agenda, rows = AGENDA, LOG
    while True:
        fault, count, log, words = kernels.one(
            sizes_of(scenario.world), world, agenda, rows, seed & 0xFFFFFFFF, seed >> 32, replication
        )
        if fault == 0:
            break
        agenda, rows = (agenda * 4, rows) if fault == kernels.AGENDA_FULL else (agenda, rows * 4)
        if fault not in (kernels.AGENDA_FULL, kernels.LOG_FULL) or max(agenda, rows) > MOST:
            raise RunFailed(f"replication {replication}: {NO_ROOM}")
    result = np.frombuffer(words.tobytes(), result_dtype())
    return [Row(*row) for row in log[:count].tolist()], _first(scenario, result)


def _first(scenario: Scenario, result: NDArray[Any]) -> dict[str, Outcome]:
    columns = _columns(scenario, result)
    return {k: c[0] if isinstance(c, list) else c[0].item() for k, c in columns.items()}


def simulate_many(scenario: Scenario, seed: int, replications: range) -> dict[str, Column]:
    """Many cease-fires as columns of outcomes, one entry a run, on one core.

    Parameters
    ----------
    scenario, seed
        As `run`.
    replications
        Consecutive numbers.

    Raises
    ------
    BadInput
        A party written in plain Python.
    RunFailed
        A run with more events to come than there can be room for.
    """
    return _columns(scenario, results(scenario, seed, replications))


def results(scenario: Scenario, seed: int, replications: range, threads: int = 1) -> NDArray[Any]:
    """What many runs leave behind, as an array of `layout.result_dtype`; on several threads where wanted."""
    world = packed(scenario)
    out = np.zeros((len(replications), _words()), np.int64)
    low, high = seed & 0xFFFFFFFF, seed >> 32
    agenda = AGENDA
    todo = np.arange(replications.start, replications.stop, dtype=np.int64)
    where = np.arange(len(replications), dtype=np.int64)
    while len(todo):
        if agenda > MOST:
            raise RunFailed(f"replication {todo[0]}: {NO_ROOM}")
        kernels.run_many(sizes_of(scenario.world), threads, world, agenda, low, high, todo, where, out)
        faults = out[where, kernels.FAULT_WORD]
        full = faults == kernels.AGENDA_FULL
        if (faults[~full] != 0).any():
            raise RunFailed(f"replication {todo[faults != 0][0]}: {NO_ROOM}")
        todo, where, agenda = todo[full], where[full], agenda * 4
    return out.view(result_dtype())[:, 0]


def _words() -> int:
    return result_dtype().itemsize // 8


def _columns(scenario: Scenario, found: NDArray[Any]) -> dict[str, Column]:
    totals = {name[2:]: found[name] for name in found.dtype.names or () if name.startswith("t_")}
    return outcome_columns(scenario.world, totals, found["ending"], found["now"])
