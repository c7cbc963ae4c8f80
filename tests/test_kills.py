"""Kill -9 at any instant and go on: the same bytes as without; only one writes, and a dead one does not hold."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from processes import ROOT, await_that, env, finish, group_is_gone, kill_group, small_sweep, start
from small_sweep import sweep

from experiments.inspection import inspect_folder
from experiments.ledger import read_ledger, scan_ledger
from experiments.plan import _git

__all__ = ["env"]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to a process group")
SECONDS = 1.5  # about how long the small sweep runs once it has begun


def stored(folder: Path) -> dict[str, str]:
    """Digests of what is promised byte for byte."""
    paths = [*sorted(folder.glob("runs/*")), folder / "effect.csv"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The small sweep, never interrupted."""
    return stored(sweep(tmp_path_factory.mktemp("whole") / "out"))


def shards_in(folder: Path) -> set[str]:
    if not (folder / "ledger").is_file():
        return set()
    return {name for name in scan_ledger(folder).entries if name.startswith("runs/")}


def kill_and_go_on(tmp_path: Path, env: dict[str, str], whole: dict[str, str], kills: int, seed: int) -> None:
    """Kill sweeps at random instants, going on with the same folder until it is whole, then with a new one."""
    draw, number, partly, done = random.Random(seed), 0, 0, 0
    while done < kills:
        folder = tmp_path / f"out{number}"
        number += 1
        while len(shards_in(folder)) < len(whole) - 1 and done < kills:
            before = shards_in(folder)
            process = start(small_sweep(folder, "resume", "bare", *draw.choice([[], ["many"]])), env)
            if draw.random() < 0.8:  # the others are killed while they start
                await_that(lambda here=folder: (here / ".tmp").is_dir(), "the sweep did not begin")
            time.sleep(draw.uniform(0, SECONDS))
            kill_group(process)
            done += 1
            assert before <= shards_in(folder)
            partly += 0 < len(shards_in(folder)) < len(whole) - 1
            if shards_in(folder):
                assert {f.what for f in inspect_folder(folder).faults} <= {
                    "is not in the ledger", "its last line is cut short",
                }  # fmt: skip
        last = finish(small_sweep(folder, "resume"), env)
        assert last.returncode == 0, last.stderr
        assert stored(folder) == whole
        report = inspect_folder(folder)
        assert report.complete and report.faults == []
        assert list((folder / ".tmp").iterdir()) == [] and not (folder / "lease").exists()
    assert partly >= kills // 8, "too few kills hit a sweep half done to say anything"


def test_killed_at_random_instants_and_gone_on_with_it_is_the_same(
    tmp_path: Path, env: dict[str, str], whole: dict[str, str]
) -> None:
    kill_and_go_on(tmp_path, env, whole, kills=20, seed=1)


@pytest.mark.long
def test_killed_at_many_random_instants_and_gone_on_with_it_is_the_same(
    tmp_path: Path, env: dict[str, str], whole: dict[str, str]
) -> None:
    kill_and_go_on(tmp_path, env, whole, kills=200, seed=2)


COMMAND_STUDY = """
name = "two-days"
title = "Two days"
question = "Does it last?"
days = 2
runs = 12
outcomes = ["violence"]
[parameters]
reliability = [0.2, 0.9]
"""


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_the_command_killed_and_resumed_leaves_the_same_bytes(
    tmp_path: Path, env: dict[str, str], kills: int
) -> None:
    (tmp_path / "study.toml").write_text(COMMAND_STUDY)

    def words(folder: Path, *more: str) -> list[str]:
        options = ["--workers", "2", "--out", str(folder), *more]
        return [sys.executable, str(ROOT / "ceasefire.py"), "sweep", str(tmp_path / "study.toml"), *options]

    first = finish(words(tmp_path / "whole"), env)
    assert first.returncode == 0, first.stderr
    draw, folder = random.Random(3), tmp_path / "out"
    for _ in range(kills):
        process = start(words(folder, "--resume"), env)
        await_that(lambda: (folder / "study.toml").is_file(), "the sweep did not begin")
        count = len(shards_in(folder))
        if draw.random() < 0.7 and count < 7:
            await_that(lambda least=count: len(shards_in(folder)) > least, "nothing was stored")
        time.sleep(draw.uniform(0, 0.5))
        kill_group(process)
    last = finish(words(folder, "--resume"), env)
    assert last.returncode == 0, last.stderr
    assert stored(folder) == stored(tmp_path / "whole")
    checked = finish(
        [sys.executable, str(ROOT / "ceasefire.py"), "verify", str(folder), "--format", "json"], env
    )
    assert (checked.returncode, json.loads(checked.stdout)["verdict"]) == (0, "whole")


def test_workers_end_when_their_coordinator_is_killed_alone(tmp_path: Path, env: dict[str, str]) -> None:
    process = start(small_sweep(tmp_path / "out", "bare"), env)
    await_that(lambda: shards_in(tmp_path / "out"), "nothing was stored")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    await_that(lambda: group_is_gone(process.pid), "workers outlive their coordinator")
    process.communicate()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_asking_git_takes_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", *words], cwd=tmp_path, check=True)

    git("init", "-q")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-qm", "one")
    os.utime(tmp_path / "file", (1, 1))  # now `git status` would like to refresh the index, under a lock
    before = (tmp_path / ".git" / "index").read_bytes()
    monkeypatch.setattr("experiments.plan.ROOT", tmp_path)
    assert _git()["dirty"] is False
    assert (tmp_path / ".git" / "index").read_bytes() == before
    subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True)
    assert (tmp_path / ".git" / "index").read_bytes() != before, "the test would not have seen a lock taken"


# -- leases ----------------------------------------------------------------------------------------

HOLDER = """
    import sys, time
    sys.path.insert(0, {root!r})
    from pathlib import Path
    from environment.errors import FolderInUse
    from experiments.lease import Lease
    while time.time() < float(sys.argv[2]): time.sleep(0.001)
    try:
        with Lease(Path(sys.argv[1])):
            print("held", flush=True)
            time.sleep(float(sys.argv[3]))
    except FolderInUse as error:
        sys.exit(str(error))
    """


def holder(tmp_path: Path, when: float, seconds: float) -> list[str]:
    script = tmp_path / "holder.py"
    script.write_text(textwrap.dedent(HOLDER.format(root=str(ROOT))))
    return [sys.executable, str(script), str(tmp_path / "out"), str(when), str(seconds)]


@pytest.mark.parametrize("trial", range(3))
def test_of_eight_that_begin_at_once_one_holds_the_folder(
    tmp_path: Path, env: dict[str, str], trial: int
) -> None:
    when = time.time() + 4
    words = holder(tmp_path, when, 6)
    racers = [start(words, env) for _ in range(8)]
    said = [racer.communicate(timeout=60) for racer in racers]
    (winner,) = [racer for racer in racers if racer.returncode == 0]
    assert [out for out, _ in said].count("held\n") == 1
    for racer, (out, errors) in zip(racers, said, strict=True):
        if racer is not winner:
            assert out == "" and f"process {winner.pid} on " in errors
    assert not (tmp_path / "out" / "lease").exists()


def test_a_dead_holder_s_lease_is_taken_over(tmp_path: Path, env: dict[str, str]) -> None:
    first = start(holder(tmp_path, 0, 600), env)
    lease = tmp_path / "out" / "lease"
    await_that(lambda: lease.is_file() and lease.read_bytes().endswith(b"\n"), "the lease was not taken")
    assert json.loads(lease.read_bytes())["pid"] == first.pid
    kill_group(first)
    assert lease.exists()
    second = finish(holder(tmp_path, 0, 0), env)
    assert (second.returncode, second.stdout) == (0, "held\n")


def test_of_two_sweeps_on_one_folder_the_second_exits_3_and_names_the_first(
    tmp_path: Path, env: dict[str, str], whole: dict[str, str]
) -> None:
    first = start(small_sweep(tmp_path / "out"), env)
    await_that(lambda: (tmp_path / "out" / "ledger").is_file(), "the sweep did not begin")
    for words in ((), ("resume",)):
        second = finish(small_sweep(tmp_path / "out", *words), env)
        assert second.returncode == 3
        assert f"process {first.pid} on " in second.stderr
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    assert stored(tmp_path / "out") == whole


# -- readers ---------------------------------------------------------------------------------------


def test_readers_see_only_whole_shards_while_a_sweep_runs(tmp_path: Path, env: dict[str, str]) -> None:
    folder = tmp_path / "out"
    process = start(small_sweep(folder, "bare"), env)
    await_that(lambda: list(folder.glob("runs/*.parquet")), "nothing was stored")
    looks = set()
    while process.poll() is None:
        assert {path.suffix for path in folder.glob("runs/*")} == {
            ".parquet"
        }  # one look: files come meanwhile
        files = [str(path) for path in folder.glob("runs/*.parquet")]
        assert all(pq.read_table(name).num_rows == 40 for name in files)
        assert ds.dataset(files).count_rows() == 40 * len(files)
        looks.add(len(files))
    process.communicate()
    assert len(looks) >= 2, "the sweep was over before anybody looked twice"
    assert sum(entry["rows"] for entry in read_ledger(folder).values()) == 400


def test_other_libraries_read_the_shards(tmp_path: Path) -> None:
    import duckdb
    import pandas as pd

    folder = sweep(tmp_path / "out", bare=True)
    assert len(pd.read_parquet(folder / "runs")) == 400
    assert duckdb.sql(f"select count(*) from '{folder}/runs/*.parquet'").fetchall() == [(400,)]
