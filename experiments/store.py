"""The results folder: what is in it can be trusted, or it is not read.

    study.toml        the study, fully resolved
    provenance.json   versions, commit, digest of the rules, seed, machine
    ledger            one checked line a file: name, rows, SHA-256
    runs/*.parquet    one row a run, one file a shard
    failures/         tracebacks of failed runs
    effect.csv, figures/
    lease             while a sweep writes: who
    quarantine/       damaged files that `--resume` found and made again

A shard is written aside, flushed and renamed into place by whoever simulated it, and only then entered
in the ledger by the one coordinator; a reader goes by the ledger. Rows hold nothing that could differ
between two runs of the same study.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from environment.errors import BadInput, CeasefireError
from experiments.folder import FAILURES, RUNS, write_whole
from experiments.ledger import enter, read_ledger
from experiments.task import Receipt

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def enter_shard(folder: Path, receipt: Receipt) -> None:
    """Enter a shard that is stored in the ledger, and its tracebacks before it."""
    if receipt.failures:
        name = failures_of(receipt.name)
        (folder / name).parent.mkdir(exist_ok=True)
        enter(folder, name, 0, write_whole(folder, name, receipt.failures.encode()))
    enter(folder, file_of(receipt.name), receipt.rows, receipt.sha256)


def file_of(shard: str) -> str:
    """The file of a shard, as the ledger names it."""
    return f"{RUNS}/{shard}.parquet"


def failures_of(shard: str) -> str:
    """The file with the tracebacks of a shard, as the ledger names it."""
    return f"{FAILURES}/{shard}.txt"


def load(
    folder: str | Path,
    columns: Sequence[str] | None = None,
    shards: Collection[str] | None = None,
    categories: bool = False,
) -> pd.DataFrame:
    """All runs of a results folder, one row a run, in the order of the design.

    Parameters
    ----------
    columns
        Those that are wanted; all by default. Nothing else is kept in memory.
    shards
        Names of the shards that are wanted; all by default.
    categories
        Whether texts come as categories, which take a fraction of the memory.

    Errors
    ------
    BadInput
        If the folder is not a results folder, or no shard has a column that is wanted.
    CeasefireError
        If a file that the ledger names is missing or is not what was written.
    """
    import pyarrow as pa

    tables = list(_tables(Path(folder), columns, shards))
    if not tables:
        raise BadInput("folder", str(folder), "a results folder with at least one whole shard")
    table = pa.concat_tables(tables, promote_options="permissive")
    del tables  # what is turned into a frame is let go of, column by column
    frame: pd.DataFrame = table.to_pandas(
        split_blocks=True, self_destruct=True, strings_to_categorical=categories
    )
    return frame


def _tables(
    folder: Path, columns: Sequence[str] | None, shards: Collection[str] | None
) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = None if shards is None else {file_of(shard) for shard in shards}
    entries = read_ledger(folder)
    for name in sorted(entries):
        if not name.startswith(RUNS + "/") or (wanted is not None and name not in wanted):
            continue
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise CeasefireError(
                f"{folder / name}: in the ledger, but cannot be read ({error.strerror})"
            ) from None
        if hashlib.sha256(data).hexdigest() != entries[name]["sha256"]:
            raise CeasefireError(f"{folder / name}: its bytes are not those in the ledger")
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        there = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
        yield file.read(columns=there).replace_schema_metadata(None)
