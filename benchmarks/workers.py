"""Warm worker processes that simulate when told: what two cores are measured with."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from experiments.scenario import Scenario
from experiments.twin import engine

WARM = 3

type Piece = tuple[int, int, int]
"""Which scenario, first replication, number of runs."""


class Crew:
    """Worker processes, each with the compiled engine loaded and run."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def run(self, shares: Sequence[Sequence[Piece]]) -> list[float]:
        """Give the first workers a share of the work each; wait; return the processor time of each."""
        used = list(zip(self._pipes, shares, strict=False))
        for pipe, pieces in used:
            pipe.send(list(pieces))
        return [float(pipe.recv()) for pipe, _ in used]


@contextmanager
def crew(size: int, scenarios: Sequence[Scenario], seed: int) -> Iterator[Crew]:
    """Start workers and wait until each has simulated something of every scenario."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for _ in range(size):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(
                target=serve, args=(theirs, list(scenarios), seed), daemon=True
            )
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        for pipe in pipes:
            pipe.recv()
        yield Crew(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)


def serve(pipe: Connection, scenarios: Sequence[Scenario], seed: int) -> None:
    """What a worker does: warm up, then simulate what comes until the pipe closes."""
    for scenario in scenarios:
        engine.results(scenario, seed, range(WARM))
    with suppress(EOFError, OSError):  # nobody listens any more
        pipe.send(0.0)
        while True:
            pieces: list[Piece] = pipe.recv()
            start = time.process_time()
            for place, first, count in pieces:
                engine.results(scenarios[place], seed, range(first, first + count))
            pipe.send(time.process_time() - start)


def halves(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Work in two equal parts: the first half of every piece, and the second."""
    return [
        [(place, first, count // 2) for place, first, count in pieces],
        [(place, first + count // 2, count - count // 2) for place, first, count in pieces],
    ]
