"""The results folder: what is in it can be trusted, or it is not read.

    study.toml        the study, fully resolved
    provenance.json   versions, commit, digest of the rules, seed, machine
    ledger            one checked line a file: name, rows, SHA-256
    runs/*.parquet    one row a run, one file a shard
    failures/         tracebacks of failed runs
    effect.csv, figures/

A shard is written aside, flushed, renamed into place, and only then entered in the ledger; a
reader goes by the ledger. Rows hold nothing that could differ between two runs of the same study.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from environment.errors import BadInput, CeasefireError, FolderInUse
from experiments.design import Shard, replay
from experiments.pool import RunResult
from experiments.study import Study

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FIXED = ("framework", "arm", "point", "baseline", "replication", "seed", "status", "error", "command")
LEDGER, TEMPORARY = "ledger", ".tmp"


def free_folder(study: Study, seed: int, root: Path = Path("results")) -> Path:
    """The default results folder of a study: the first of its names that is not taken."""
    base = f"{study.name}-seed{seed}"
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, 1_000_000))
    return next(root / name for name in names if not os.path.lexists(root / name))


def check_folder(folder: Path) -> None:
    """Refuse a folder that a new sweep must not write into; writes nothing itself.

    Errors
    ------
    BadInput
        If it is not a folder, is not empty or cannot be written.
    """
    allowed = "a new or an empty folder"
    if folder.is_symlink() and not folder.exists():
        raise BadInput("--out", str(folder), allowed + " (this is a link to nothing)")
    if not folder.exists():
        parent = next(path for path in folder.absolute().parents if path.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise BadInput("--out", str(folder), f"a folder that can be made ({parent} cannot be written to)")
    elif not folder.is_dir():
        raise BadInput("--out", str(folder), allowed + " (this is a file)")
    elif any(folder.iterdir()):
        raise BadInput("--out", str(folder), allowed + " (this one holds files; nothing was written)")
    elif not os.access(folder, os.W_OK):
        raise BadInput("--out", str(folder), allowed + " that can be written")


class Store:
    """A results folder that is being written.

    Parameters
    ----------
    folder
        A new or empty folder.
    study, seed
        What is run; both go into every row that needs them.
    """

    def __init__(self, folder: Path, study: Study, seed: int) -> None:
        check_folder(folder)
        self.folder, self._study, self._seed = folder, study, seed
        self._kinds = _kinds(study)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            (folder / TEMPORARY).mkdir()  # only one of two writers gets this
        except FileExistsError:
            raise FolderInUse(f"{folder}: another sweep has just begun to write here") from None
        (folder / "runs").mkdir()

    def add(self, shard: Shard, results: Sequence[RunResult]) -> None:
        """Store a whole shard; tracebacks of its failed runs go to `failures/`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for result in results:
            if result.outcomes is None:
                name = f"failures/{shard.name}-{result.replication:08d}.txt"
                path = self.folder / name
                path.parent.mkdir(exist_ok=True)
                command = replay(self._study, shard.group, self._seed, result.replication)
                path.write_text(f"{command}\n\n{result.trace}\n", encoding="utf-8")
        sink = pa.BufferOutputStream()
        table = shard_table(self._study, shard, results, self._seed, self._kinds)
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
        place(self.folder, f"runs/{shard.name}.parquet", sink.getvalue().to_pybytes(), len(results))


def place(folder: Path, name: str, data: bytes, rows: int = 0) -> None:
    """Write one file of a results folder whole or not at all, and enter it in the ledger.

    Parameters
    ----------
    name
        Path inside the folder, with forward slashes.
    rows
        Number of runs that the file holds.
    """
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = folder / TEMPORARY / (name.replace("/", "-") + ".part")
    _append(aside, data, "wb")
    os.replace(aside, target)
    _sync(target.parent)
    _append(folder / LEDGER, ledger_line(name, rows, hashlib.sha256(data).hexdigest()), "ab")


def shard_table(
    study: Study, shard: Shard, results: Sequence[RunResult], seed: int, kinds: Mapping[str, str]
) -> pa.Table:
    """The rows of a shard: what was run, its status, its outcomes.

    Numeric outcomes are doubles throughout, so that a column has one type in every shard.

    Parameters
    ----------
    kinds
        Type of each parameter's column: ``bool``, ``string`` or ``double``.
    """
    import pyarrow as pa

    group, size = shard.group, len(results)
    failed = [result.outcomes is None for result in results]
    commands = (replay(study, group, seed, r.replication) if r.outcomes is None else None for r in results)
    columns: dict[str, pa.Array] = {
        "framework": pa.array([str(group.scenario.framework.name)] * size, pa.string()),
        "arm": pa.array([group.arm] * size, pa.string()),
        "point": pa.array([group.point] * size, pa.int64()),
        "baseline": pa.array([group.baseline] * size, pa.int64()),
        **{key: _parameter(group.values.get(key), kind, size) for key, kind in kinds.items()},
        "replication": pa.array([result.replication for result in results], pa.int64()),
        "seed": pa.array([seed] * size, pa.uint64()),
        "status": pa.array(["failed" if bad else "done" for bad in failed], pa.string()),
        "error": pa.array(
            [result.error if result.outcomes is None else None for result in results], pa.string()
        ),
        "command": pa.array(commands, pa.string()),
    }
    for name in dict.fromkeys(name for result in results for name in result.outcomes or ()):
        if name in columns:
            raise CeasefireError(f"outcome {name!r} has the name of another column; rename the outcome")
        values = [None if result.outcomes is None else result.outcomes.get(name) for result in results]
        text = any(isinstance(value, str) for value in values)
        columns[name] = pa.array(
            values if text else map(_double, values), pa.string() if text else pa.float64()
        )
    return pa.table(columns)


def ledger_line(name: str, rows: int, sha256: str) -> bytes:
    """One line of the ledger, with a checksum of its own."""
    entry: dict[str, Any] = {"name": name, "rows": rows, "sha256": sha256}
    return (json.dumps({**entry, "check": _check(entry)}) + "\n").encode()


def read_ledger(folder: Path) -> dict[str, dict[str, Any]]:
    """Entries of the ledger by file name; of several for one file the last one counts.

    Errors
    ------
    BadInput
        If the folder has no ledger, that is, is not ours.
    CeasefireError
        If a line is damaged. (A last line cut short is left out: that file was never entered.)
    """
    path = folder / LEDGER
    if not path.is_file():
        raise BadInput("folder", str(folder), "a results folder (this one has no ledger)")
    lines = path.read_bytes().split(b"\n")
    entries: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines[:-1], start=1):  # after the last line break: cut short
        try:
            entry = json.loads(line)
            check = entry.pop("check")
            if check != _check(entry):
                raise ValueError
            entries[entry["name"]] = entry
        except (ValueError, KeyError, AttributeError, TypeError):
            raise CeasefireError(f"{path}: line {number} is damaged") from None
    return entries


def load(folder: str | Path) -> pd.DataFrame:
    """All runs of a results folder, one row a run, in the order of the design.

    Errors
    ------
    BadInput
        If the folder is not a results folder.
    CeasefireError
        If a file that the ledger names is missing or is not what was written.
    """
    import pyarrow as pa

    tables = list(_tables(Path(folder)))
    if not tables:
        raise BadInput("folder", str(folder), "a results folder with at least one whole shard")
    frame: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    return frame


def _tables(folder: Path) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    entries = read_ledger(folder)
    for name in sorted(entries):
        if not name.startswith("runs/"):
            continue
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise CeasefireError(
                f"{folder / name}: in the ledger, but cannot be read ({error.strerror})"
            ) from None
        if hashlib.sha256(data).hexdigest() != entries[name]["sha256"]:
            raise CeasefireError(f"{folder / name}: its bytes are not those in the ledger")
        yield pq.read_table(pa.BufferReader(data), page_checksum_verification=True)


def _kinds(study: Study) -> dict[str, str]:
    """Type of each parameter's column, from all its values, so that it is one type in every shard."""
    kinds = {}
    for key in study.varied():
        values = study.parameters.get(key) or [point[key] for point in study.points]
        if all(isinstance(value, bool) for value in values):
            kinds[key] = "bool"
        else:
            kinds[key] = "string" if any(isinstance(value, bool | str) for value in values) else "double"
    kinds.pop("framework", None)  # has a column of its own
    return kinds


def _parameter(value: Any, kind: str, size: int) -> pa.Array:
    import pyarrow as pa

    convert = {"bool": bool, "string": str, "double": float}[kind]
    return pa.array([None if value is None else convert(value)] * size, pa.type_for_alias(kind))


def _double(value: Any) -> float | None:
    return None if value is None else float(value)


def _check(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]


def _append(path: Path, data: bytes, mode: Literal["ab", "wb"]) -> None:
    with path.open(mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a rename last: on POSIX the folder itself must be flushed."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
