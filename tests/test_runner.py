"""The runner among runs that raise, hang, leave and are killed: each costs one row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from environment.errors import RunFailed
from experiments.design import Group, Shard
from experiments.pool import RunResult
from experiments.runner import run_shards

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
    if scenario.how == "killed once":
        mark = Path(scenario.folder) / "mark"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def return_rubbish(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """A run whose outcome cannot be stored."""
    return {"violence": [replication]}


def shards_of(scenario: Any, shards: int = 3, count: int = 6) -> list[Shard]:
    group = Group(0, "full", 0, 0, {}, "multi-tier", {}, scenario)
    return [Shard(group, number * count, count) for number in range(shards)]


def run(scenario: Scenario, simulate: Any = behave, **options: Any) -> dict[str, list[RunResult]]:
    found: dict[str, list[RunResult]] = {}
    shards = shards_of(scenario)

    def deliver(shard: Shard, results: list[RunResult]) -> None:
        assert shard.name not in found
        found[shard.name] = results

    settings = {"seed": 5, "total": 18, "workers": 2, "progress": False, "run_timeout": 60.0, **options}
    failed = run_shards(simulate, shards, deliver, **settings)
    assert failed == sum(result.outcomes is None for results in found.values() for result in results)
    assert sorted(found) == [shard.name for shard in shards]
    return dict(sorted(found.items()))


def flat(found: dict[str, list[RunResult]]) -> list[RunResult]:
    return [result for results in found.values() for result in results]


def one_bad(found: dict[str, list[RunResult]]) -> RunResult:
    """The failed run, having made sure that all others are as they should be."""
    results = flat(found)
    assert [result.replication for result in results] == list(range(18))
    for result in results:
        if result.replication != BAD:
            assert result.outcomes == {"violence": 5 + result.replication / 8, "ending": "survived"}
    assert results[BAD].outcomes is None
    return results[BAD]


@pytest.fixture(scope="module")
def alone() -> dict[str, list[RunResult]]:
    return run(Scenario(), workers=1)


def test_every_run_is_delivered_once_in_order(alone: dict[str, list[RunResult]]) -> None:
    assert [result.replication for result in flat(alone)] == list(range(18))
    assert all(result.error == "" for result in flat(alone))


def test_results_do_not_depend_on_workers(alone: dict[str, list[RunResult]]) -> None:
    assert run(Scenario(), workers=3) == alone


def test_a_run_that_raises_is_a_row_with_one_line_and_a_traceback() -> None:
    bad = one_bad(run(Scenario("raise")))
    assert bad.error == "ValueError: bad <object at 0x...> in file.py"
    assert "Traceback" in bad.trace and "_misbehave" in bad.trace


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
def test_a_run_that_takes_its_worker_along_costs_one_row(how: str, said: str, workers: int) -> None:
    assert said in one_bad(run(Scenario(how), workers=workers)).error


def test_a_run_that_hangs_costs_one_row_and_its_time() -> None:
    began = time.monotonic()
    assert "no result within 2 seconds" in one_bad(run(Scenario("hang"), run_timeout=2.0)).error
    assert time.monotonic() - began < 30


def test_a_worker_killed_from_outside_costs_nothing(
    tmp_path: Path, alone: dict[str, list[RunResult]]
) -> None:
    assert run(Scenario("killed once", str(tmp_path))) == alone
    assert (tmp_path / "mark").exists()


def test_an_outcome_that_cannot_be_stored_fails_its_run() -> None:
    results = flat(run(Scenario(), return_rubbish))
    assert all(result.outcomes is None for result in results)
    assert results[0].error == "TypeError: outcome 'violence' is a list, not a number or a text"


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
        from test_runner import Scenario, shards_of
        from experiments.runner import run_shards
        if __name__ == "__main__":
            try:
                run_shards("slow:simulate", shards_of(Scenario(folder={str(tmp_path)!r})), print,
                           seed=1, total=18, workers=2)
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
