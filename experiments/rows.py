"""The rows of one shard: gathered from chunks or single runs, stored the same either way.

Numeric outcomes are doubles throughout and columns stand in alphabetical order after the fixed ones,
so that bytes do not depend on the engine, on the size of its chunks or on which run came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from environment.errors import CeasefireError
from experiments.engines import RunResult

if TYPE_CHECKING:
    import pyarrow as pa

type Fixed = tuple[tuple[str, str, Any], ...]
"""Columns with one value throughout a shard: name, Arrow type, value."""


class Rows:
    """Outcomes and failures of consecutive replications, filled in any order.

    Parameters
    ----------
    first, count
        The replications.
    """

    def __init__(self, first: int, count: int) -> None:
        self._first, self._count = first, count
        self._numbers: dict[str, tuple[Any, Any]] = {}  # values, and which of them are there
        self._texts: dict[str, list[str | None]] = {}
        self.failures: dict[int, RunResult] = {}

    def put(self, first: int, columns: Mapping[str, Any]) -> None:
        """Take the outcomes of consecutive runs from `first` on."""
        for name, values in columns.items():
            begin, end = first - self._first, first - self._first + len(values)
            text = isinstance(values[0], str)
            if name in (self._numbers if text else self._texts):
                raise CeasefireError(f"outcome {name!r} is a number in one run and a text in another")
            if text:
                self._texts.setdefault(name, [None] * self._count)[begin:end] = values
                continue
            if name not in self._numbers:
                self._numbers[name] = (np.zeros(self._count), np.zeros(self._count, bool))
            for column, given in zip(self._numbers[name], (values, True), strict=True):
                column[begin:end] = given

    def take(self, result: RunResult) -> None:
        """Take what became of one run."""
        if result.outcomes is None:
            self.failures[result.replication] = result
        else:
            self.put(result.replication, {name: [value] for name, value in result.outcomes.items()})

    def parquet(self, fixed: Fixed, seed: int, command: str, metadata: Mapping[str, str]) -> bytes:
        """The bytes of a Parquet file with these rows.

        Parameters
        ----------
        command
            The command that replays a run of this shard, up to the number of its replication.
        metadata
            Key-value metadata of the file.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = self._table(fixed, seed, command).replace_schema_metadata(dict(metadata))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
        data: bytes = sink.getvalue().to_pybytes()
        return data

    def _table(self, fixed: Fixed, seed: int, command: str) -> pa.Table:
        import pyarrow as pa

        size, replications = self._count, range(self._first, self._first + self._count)
        bad = [self.failures.get(replication) for replication in replications]
        columns: dict[str, pa.Array] = {
            name: pa.array([value] * size, pa.type_for_alias(kind)) for name, kind, value in fixed
        }
        columns |= {
            "replication": pa.array(replications, pa.int64()),
            "seed": pa.array([seed] * size, pa.uint64()),
            "status": pa.array(["failed" if run else "done" for run in bad], pa.string()),
            "error": pa.array([run.error if run else None for run in bad], pa.string()),
            "command": pa.array([replayed(command, run) if run else None for run in bad], pa.string()),
        }
        for name in sorted((*self._numbers, *self._texts)):
            if name in columns:
                raise CeasefireError(f"outcome {name!r} has the name of another column; rename the outcome")
            if name in self._texts:
                columns[name] = pa.array(self._texts[name], pa.string())
            else:
                values, there = self._numbers[name]
                columns[name] = pa.array(values, pa.float64(), mask=~there)
        return pa.table(columns)


def replayed(command: str, run: RunResult) -> str:
    """The command that replays one run."""
    return f"{command} --replication {run.replication}"


def failure_text(command: str, failures: Sequence[RunResult], most: int = 20) -> str:
    """What goes to `failures/` for a shard: command and traceback of each failed run, of the first ones whole.

    Parameters
    ----------
    most
        Tracebacks that are kept.
    """
    parts = [f"{replayed(command, run)}\n\n{run.trace.strip()}\n" for run in failures[:most]]
    parts += [f"{replayed(command, run)}\n    {run.error}\n" for run in failures[most:]]
    return "\n".join(parts)
