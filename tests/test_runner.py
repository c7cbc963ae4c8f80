"""The runner among runs that raise, hang, leave and are killed: each costs one row."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from environment.errors import RunFailed
from experiments.engines import Engine, engine_path, error_line
from experiments.folder import make_rooms
from experiments.runner import run_rounds
from experiments.task import RUN_MEMORY, Receipt, Task, run_shard

BAD = 3  # the replication that misbehaves


@dataclass(frozen=True)
class Scenario:
    """What a misbehaving run needs to know."""

    how: str = "well"
    folder: str = ""


def behave(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """A run that behaves as its scenario says, at one replication."""
    if replication == BAD:
        _misbehave(scenario)
    return {"violence": seed + replication / 8, "ending": "survived"}


def _misbehave(scenario: Scenario) -> None:
    if scenario.how == "raise":
        raise ValueError(
            f"bad <object at 0x7f00deadbeef> in /some/where/file.py\nsecond line of {os.getpid()}"
        )
    if scenario.how == "exit":
        sys.exit(4)
    if scenario.how == "leave":
        os._exit(3)
    if scenario.how == "leave quietly":
        os._exit(0)
    if scenario.how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if scenario.how == "hang":
        time.sleep(600)
    if scenario.how == "eat":
        bytes(2**40)
    if scenario.how == "killed once":
        mark = Path(scenario.folder) / "mark"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def return_rubbish(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """A run whose outcome cannot be stored."""
    return {"violence": [replication]}


def behave_together(scenario: Scenario, seed: int, replications: range) -> dict[str, Any]:
    """The same runs, many at once."""
    if BAD in replications:
        _misbehave(scenario)
    violence = np.array([seed + replication / 8 for replication in replications])
    return {"ending": ["survived"] * len(replications), "violence": violence}


def tasks_of(
    folder: Path, scenario: Any, simulate: Any = behave, shards: int = 3, count: int = 6
) -> list[Task]:
    engine, pickled = engine_path(simulate), pickle.dumps(scenario)
    fixed = (("arm", "string", "full"), ("point", "int64", None))
    return [
        Task(str(folder), f"s{n}", engine, 5, n * count, count, pickled, "abc", None, fixed, "replay")
        for n in range(shards)
    ]


def run(scenario: Scenario, simulate: Any = behave, order: Any = list, **options: Any) -> dict[str, bytes]:
    """The stored shards, byte for byte, and what the tracebacks say."""
    found: dict[str, Receipt] = {}

    def deliver(receipt: Receipt) -> None:
        assert receipt.name not in found
        found[receipt.name] = receipt

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_rooms(folder)
        tasks = order(tasks_of(folder, scenario, simulate))
        settings = {"workers": 2, "progress": False, "run_timeout": 60.0, **options}
        failed = run_rounds(engine_path(simulate), [tasks], deliver, **settings)
        stored = {path.stem: path.read_bytes() for path in sorted((folder / "runs").iterdir())}
        assert list((folder / ".tmp").iterdir()) == []
    assert sorted(found) == list(stored) == ["s0", "s1", "s2"]
    assert all(found[name].sha256 == hashlib.sha256(data).hexdigest() for name, data in stored.items())
    assert failed == sum(row["status"] == "failed" for row in flat(stored))
    traces = {f"failures of {name}": receipt.failures.encode() for name, receipt in found.items()}
    return stored | {name: text for name, text in traces.items() if text}


def flat(stored: dict[str, bytes]) -> list[dict[str, Any]]:
    """All rows in order."""
    tables = [pq.read_table(io.BytesIO(data)) for name, data in stored.items() if name.startswith("s")]
    return [row for table in tables for row in table.to_pylist()]


def one_bad(stored: dict[str, bytes]) -> dict[str, Any]:
    """The failed run, having made sure that all others are as they should be."""
    rows = flat(stored)
    assert [row["replication"] for row in rows] == list(range(18))
    for row in rows:
        if row["replication"] != BAD:
            assert (row["violence"], row["ending"]) == (5 + row["replication"] / 8, "survived")
            assert (row["status"], row["error"], row["command"]) == ("done", None, None)
    assert (rows[BAD]["status"], rows[BAD]["violence"]) == ("failed", None)
    assert rows[BAD]["command"] == f"replay --replication {BAD}"
    return rows[BAD] | {"trace": stored["failures of s0"].decode()}


ENGINES = pytest.mark.parametrize("engine", [behave, behave_together])


@pytest.fixture(scope="module")
def alone() -> dict[str, bytes]:
    return run(Scenario(), workers=1)


def test_every_run_is_stored_once_in_order(alone: dict[str, bytes]) -> None:
    assert [row["replication"] for row in flat(alone)] == list(range(18))
    assert all(row["error"] is None for row in flat(alone))


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_bytes_depend_neither_on_workers_nor_on_order_nor_on_the_engine(
    alone: dict[str, bytes], workers: int
) -> None:
    for order, engine in (
        (lambda tasks: tasks[::-1], behave),
        (lambda tasks: tasks[1:] + tasks[:1], behave_together),
    ):
        assert run(Scenario(), engine, order, workers=workers) == alone


@ENGINES
def test_a_task_needs_no_pool_and_may_be_done_twice(
    tmp_path: Path, alone: dict[str, bytes], engine: Any
) -> None:
    make_rooms(tmp_path)
    first, second = ([run_shard(task) for task in tasks_of(tmp_path, Scenario(), engine)] for _ in range(2))
    assert first == second
    assert {path.stem: path.read_bytes() for path in (tmp_path / "runs").iterdir()} == alone
    assert list((tmp_path / ".tmp").iterdir()) == []


@ENGINES
def test_a_run_that_raises_is_a_row_with_one_line_and_a_traceback(engine: Any) -> None:
    bad = one_bad(run(Scenario("raise"), engine))
    assert bad["error"] == "ValueError: bad <object at 0x...> in file.py"
    assert "Traceback" in bad["trace"] and "_misbehave" in bad["trace"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exit", "SystemExit: 4"),
        ("leave", "exit code 3"),
        ("leave quietly", "exit code 0"),
        ("killed", "SIGKILL"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
@ENGINES
def test_a_run_that_takes_its_worker_along_costs_one_row(
    how: str, said: str, workers: int, engine: Any
) -> None:
    assert said in one_bad(run(Scenario(how), engine, workers=workers))["error"]


@ENGINES
def test_a_run_that_hangs_costs_one_row_and_its_time(engine: Any) -> None:
    began = time.monotonic()
    bad = one_bad(run(Scenario("hang"), engine, run_timeout=2.0))
    assert bad["error"] == "no result within 2 seconds"
    assert time.monotonic() - began < 40


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited where the system can")
@ENGINES
def test_a_run_that_eats_memory_costs_one_row(engine: Any) -> None:
    bad = one_bad(run(Scenario("eat"), engine, memory=2**29))
    assert bad["error"] == f"MemoryError: the run needs more memory than {RUN_MEMORY // 2**20} MiB"


@pytest.mark.parametrize("how", ["raise", "killed", "leave"])
def test_a_failed_run_leaves_the_same_bytes_whoever_ran_it(how: str) -> None:
    runs = [run(Scenario(how), engine, workers=n) for engine in (behave, behave_together) for n in (1, 3)]
    for other in runs[1:]:
        assert all(other[name] == runs[0][name] for name in ("s0", "s1", "s2"))


def test_many_poisonous_runs_in_one_shard_cost_a_row_each() -> None:
    rows = flat(run(Scenario(), behave_badly))
    assert [row["replication"] for row in rows if row["status"] == "failed"] == [1, 4, 7, 10, 13, 16]
    assert {row["error"] for row in rows} == {None, "the worker process ended with exit code 9"}


def behave_badly(scenario: Scenario, seed: int, replications: range) -> dict[str, Any]:
    """Every third run ends its worker."""
    if any(replication % 3 == 1 for replication in replications):
        os._exit(9)
    return {"violence": [seed] * len(replications)}


@ENGINES
def test_a_worker_killed_from_outside_costs_nothing(
    tmp_path: Path, alone: dict[str, bytes], engine: Any
) -> None:
    assert run(Scenario("killed once", str(tmp_path)), engine) == alone
    assert (tmp_path / "mark").exists()


def test_an_outcome_that_cannot_be_stored_fails_its_run() -> None:
    rows = flat(run(Scenario(), return_rubbish))
    assert {row["error"] for row in rows} == {
        "TypeError: outcome 'violence' is a list, not a number or a text"
    }


def test_a_text_that_cannot_be_stored_fails_its_run() -> None:
    rows = flat(run(Scenario(), return_half_a_character))
    assert [row["status"] for row in rows].count("failed") == 9
    assert "surrogates not allowed" in rows[1]["error"] and rows[3]["error"] == "ValueError: half \\ud800"


def return_half_a_character(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """Runs whose outcome, or whose error, is no text."""
    if replication == BAD:
        raise ValueError("half \ud800")
    return {"ending": "half \ud800" if replication % 2 else "whole"}


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([1.0], "ValueError: outcome 'violence' has the shape (1,), not one value for each of 6 runs"),
        ([None] * 6, "TypeError: outcome 'violence' is a column of object, not of numbers or texts"),
    ],
)
def test_a_column_that_cannot_be_stored_is_refused(column: list[Any], said: str) -> None:
    engine = Engine(lambda scenario, seed, replications: {"violence": column}, many=True)
    with pytest.raises((TypeError, ValueError)) as caught:
        engine.run(None, 1, range(6))
    assert error_line(caught.value) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [("raise OSError('no such library')", "no such library"), ("os._exit(7)", "exit code 7")],
)
def test_workers_that_cannot_start_end_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    name = "absent_in_workers_" + str(abs(hash(line)))
    (tmp_path / f"{name}.py").write_text(
        textwrap.dedent(f"""
        import multiprocessing, os
        if multiprocessing.parent_process() is not None:
            {line}
        def simulate(scenario, seed, replication):
            return {{}}
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RunFailed, match=said):
        run(Scenario(), f"{name}:simulate")


@pytest.mark.skipif(os.name != "posix", reason="signals to a process group")
def test_an_interrupt_stops_all_workers_and_passes_on(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        textwrap.dedent("""
        import os, pathlib, time
        def simulate(scenario, seed, replication):
            pathlib.Path(scenario.folder, f"worker-{os.getpid()}").touch()
            time.sleep(600)
        """)
    )
    here, root = Path(__file__).parent, Path(__file__).parent.parent
    script = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(tmp_path)!r}, {str(here)!r}, {str(root)!r}]
        from pathlib import Path
        from test_runner import Scenario, tasks_of
        from experiments.runner import run_rounds
        if __name__ == "__main__":
            folder = Path({str(tmp_path)!r})
            tasks = tasks_of(folder, Scenario(folder=str(folder)), "slow:simulate")
            try:
                run_rounds("slow:simulate", [tasks], print, workers=2)
            except KeyboardInterrupt:
                sys.exit(130)
        """)
    (tmp_path / "main.py").write_text(script)
    words = [sys.executable, str(tmp_path / "main.py")]
    with subprocess.Popen(words, start_new_session=True, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("worker-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    for worker in tmp_path.glob("worker-*"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker.name.removeprefix("worker-")), 0)
    assert len(list(tmp_path.glob("worker-*"))) == 2
