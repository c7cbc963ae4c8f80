"""Sweeps on a cluster of real Dask processes: the same bytes, whoever is killed, and nobody works who may not."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from dask_processes import Cluster, cluster, kill
from poison import BAD, poison, poison_for_all
from processes import PATIENCE, ROOT, await_that, env, finish, start
from small_sweep import STUDY, sweep
from test_kills import COMMAND_STUDY, shards_in, stored

from environment.errors import BadInput, CeasefireError, RunFailed
from experiments.cluster import connected
from experiments.inspection import inspect_folder
from experiments.journal import ATTEMPTS, Journal
from experiments.study import Study, override
from experiments.task import Task
from experiments.versions import difference

__all__ = ["env"]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to a process group")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]) -> Iterator[Cluster]:
    """A scheduler with two workers that no test harms."""
    with cluster(tmp_path_factory.mktemp("cluster"), env, workers=2) as found:
        yield found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The small sweep on processes of this machine."""
    return stored(sweep(tmp_path_factory.mktemp("whole") / "out"))


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "ceasefire.py"), *words]


def nothing_left(folder: Path) -> bool:
    return list((folder / ".tmp").iterdir()) == [] and not (folder / "lease").exists()


# -- the same bytes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["small_sweep:simulate", "small_sweep:simulate_many"])
def test_a_cluster_leaves_the_same_bytes(
    tmp_path: Path, two: Cluster, whole: dict[str, str], engine: str
) -> None:
    folder = sweep(tmp_path / "out", cluster=two.address, workers=None, simulate=engine)
    assert stored(folder) == whole
    assert inspect_folder(folder).complete and nothing_left(folder)


@pytest.mark.parametrize("engine", ["compiled", pytest.param("mesa", marks=pytest.mark.long)])
def test_the_command_leaves_the_same_bytes_on_one_worker_under_a_nanny_and_here(
    tmp_path: Path, env: dict[str, str], engine: str
) -> None:
    (tmp_path / "study.toml").write_text(COMMAND_STUDY)
    words = command("sweep", str(tmp_path / "study.toml"), "--engine", engine, "--out")
    with cluster(tmp_path, env) as one:
        one.hire(nanny=True)
        far = finish([*words, str(tmp_path / "far"), "--cluster", one.address], env)
    here = finish([*words, str(tmp_path / "here"), "--workers", "2"], env)
    assert (far.returncode, here.returncode) == (0, 0), far.stderr
    assert far.stdout.replace("far", "here") == here.stdout
    assert stored(tmp_path / "far") == stored(tmp_path / "here")


# -- who is killed -----------------------------------------------------------------------------------


def under_fire(
    room: Path, env: dict[str, str], study: Study, seed: int, mean: float
) -> tuple[dict[str, str], int]:
    """A sweep whose two workers are killed as a Poisson process and started again: what it stored, and the kills."""
    draw, over, kills = random.Random(seed), threading.Event(), 0

    with cluster(room, env, workers=2) as target:

        def fire() -> None:
            nonlocal kills
            await_that(lambda: list(room.glob("out/runs/*")), "nothing was stored")
            wait = 0.0  # the first falls into the work, whatever the machine; the others come as they come
            while not over.wait(wait):
                wait = draw.expovariate(1 / mean)
                victim = target.workers.pop(draw.randrange(2))
                kill(victim)
                kills += 1
                target.hire()

        gunner = threading.Thread(target=fire)
        gunner.start()
        try:
            folder = sweep(room / "out", study=study, cluster=target.address, workers=None)
        finally:
            over.set()
            gunner.join()
    assert nothing_left(folder)
    return stored(folder), kills


@pytest.mark.parametrize(
    ("runs", "mean", "least"),
    [(200, 3.0, 1), pytest.param(4000, 4.0, 6, marks=pytest.mark.long)],
)
def test_workers_killed_as_a_poisson_process_change_no_byte(
    tmp_path: Path, env: dict[str, str], runs: int, mean: float, least: int
) -> None:
    study = override(STUDY, "test", runs=runs)
    here = stored(sweep(tmp_path / "here", study=study))
    found, kills = under_fire(tmp_path, env, study, 1, mean)
    assert found == here
    assert kills >= least, "too few kills to say anything"


def test_a_scheduler_that_is_killed_ends_the_sweep_which_goes_on_here(
    tmp_path: Path, env: dict[str, str], whole: dict[str, str]
) -> None:
    folder = tmp_path / "out"
    with cluster(tmp_path, env, workers=1) as doomed:
        killer = threading.Thread(
            target=lambda: (await_that(lambda: shards_in(folder), "no shard"), kill(doomed.scheduler))
        )
        killer.start()
        with pytest.raises(RunFailed, match=f"the connection to the scheduler at {doomed.address} is lost"):
            sweep(folder, cluster=doomed.address, workers=None)
        killer.join()
    assert nothing_left(folder) and 0 < len(shards_in(folder)) < len(whole) - 1
    assert stored(sweep(folder, resume=True)) == whole


def test_the_command_says_how_to_go_on_and_an_interrupt_ends_it_with_130(
    tmp_path: Path, env: dict[str, str], two: Cluster
) -> None:
    (tmp_path / "study.toml").write_text(
        COMMAND_STUDY.replace("days = 2", "days = 365").replace("= 12", "= 50000")
    )
    folder = tmp_path / "out"
    words = command("sweep", str(tmp_path / "study.toml"), "--out", str(folder))
    process = start([*words, "--cluster", two.address], env)
    await_that(lambda: list(folder.glob("runs/*.parquet")) or process.poll(), "nothing began")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert f"go on with: ceasefire sweep {tmp_path}/study.toml" in errors and "--resume" in errors
    assert "Traceback" not in errors
    assert nothing_left(folder)


# -- who may not take part -----------------------------------------------------------------------------


def other_version(room: Path) -> Path:
    """A copy of the repository in which a rule is another."""
    copy = room / "copy"
    for name in ("environment", "agents", "experiments", "analysis", "commands"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "ceasefire.py", copy)
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "environment" / "rules" / "monitoring.py").open("a") as file:
        file.write("\n# another rule\n")
    return copy


def test_a_worker_of_another_version_is_refused_by_name_and_a_late_one_that_is_right_does_the_work(
    tmp_path: Path, env: dict[str, str], whole: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    copy = other_version(tmp_path)
    path = os.pathsep.join([str(copy), str(copy / "tests")])
    with cluster(tmp_path, env) as mixed:
        mixed.hire("--name", "stranger", path=path)
        with pytest.raises(RunFailed) as caught:
            sweep(tmp_path / "none", cluster=mixed.address, workers=None)
        said = str(caught.value)
        assert said.startswith(f"no worker at {mixed.address} can take part: tcp://127.0.0.1:")
        assert "(stranger): code digest " in said and str(copy) in said
        mixed.hire("--name", "friend")
        await_that(lambda: "friend" in names(mixed), "the worker did not join")
        capsys.readouterr()
        folder = sweep(tmp_path / "out", cluster=mixed.address, workers=None)
        assert "(stranger) gets no work: code digest" in capsys.readouterr().err
        assert stored(folder) == whole
        assert stored(sweep(tmp_path / "none", resume=True)) == whole


def names(target: Cluster) -> set[str]:
    """Names of the workers that a scheduler knows."""
    import distributed

    with distributed.Client(target.address, set_as_default=False) as client:
        return {str(info["name"]) for info in client.scheduler_info(n_workers=-1)["workers"].values()}


def test_what_differs_is_said_in_words() -> None:
    ours = {"semantics version": "1", "rules digest": "a" * 64, "numpy": "2.3.1"}
    assert difference(ours, ours) == ""
    theirs = {"semantics version": "1", "rules digest": "b" * 64}
    assert difference(ours, theirs) == (
        f"rules digest {'b' * 16} there and {'a' * 16} here, numpy unknown there and 2.3.1 here"
    )


def may_unshare() -> bool:
    words = ["unshare", "-m", "true"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not may_unshare(), reason="needs a mount namespace of its own")
def test_a_worker_that_does_not_see_the_folder_is_refused_by_name(
    tmp_path: Path, env: dict[str, str]
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    script = f'mount -t tmpfs tmpfs {hidden} && exec "$@"'
    with cluster(tmp_path, env) as apart:
        apart.hire("--name", "blind", before=["unshare", "-m", "sh", "-c", script, "sh"])
        with pytest.raises(RunFailed) as caught:
            sweep(hidden / "out", cluster=apart.address, workers=None)
    said = str(caught.value)
    assert "(blind): it does not see the results folder" in said
    assert "a file system that all machines share" in said


# -- poison --------------------------------------------------------------------------------------------


FEW = STUDY.model_copy(update={"runs": 20, "parameters": {"reliability": (0.5,)}})


def rows_of(folder: Path) -> Any:
    from experiments.store import load

    return load(folder, ("status", "error", "replication", "arm", "violence"))


def test_a_poisonous_run_is_the_same_row_as_it_is_here(tmp_path: Path, two: Cluster) -> None:
    far = sweep(tmp_path / "far", study=FEW, simulate=poison, cluster=two.address, workers=None, bare=True)
    here = sweep(tmp_path / "here", study=FEW, simulate=poison, bare=True)
    rows = rows_of(far)
    bad = rows[rows["status"] == "failed"]
    assert set(bad["replication"]) == {BAD} and set(bad["arm"]) == {"reviews"} and len(bad) > 0
    assert set(bad["error"]) == {"the worker process was ended by SIGKILL"}
    for path in sorted((here / "runs").iterdir()):
        assert path.read_bytes() == (far / "runs" / path.name).read_bytes()


def supervised(target: Cluster, over: threading.Event, size: int = 2) -> Callable[[], None]:
    """Something that starts workers again which have ended."""

    def supervise() -> None:
        while not over.wait(0.2):
            target.workers = [worker for worker in target.workers if worker.poll() is None]
            while len(target.workers) < size:
                target.hire()

    return supervise


@pytest.mark.skipif(sys.platform != "linux", reason="looks at who watches")
def test_a_run_that_takes_its_whole_worker_along_costs_one_row(tmp_path: Path, env: dict[str, str]) -> None:
    over = threading.Event()
    with cluster(tmp_path, env) as target:
        keeper = threading.Thread(target=supervised(target, over))
        keeper.start()
        try:
            folder = sweep(
                tmp_path / "out",
                study=FEW,
                simulate=poison_for_all,
                cluster=target.address,
                workers=None,
                bare=True,
            )
        finally:
            over.set()
            keeper.join()
    rows = rows_of(folder)
    bad = rows[rows["status"] == "failed"]
    assert list(bad["replication"]) == [BAD] and list(bad["arm"]) == ["reviews"]
    assert list(bad["error"]) == ["the worker and all that watched over it were ended"]
    assert nothing_left(folder)


def test_a_journal_blames_a_run_that_was_begun_twice_and_no_other(tmp_path: Path) -> None:
    (tmp_path / ".tmp").mkdir()
    task = Task(str(tmp_path), "s0", "none", 1, 0, 4, b"", "", None, (), "replay")
    journal = Journal(task, "mark")
    for _ in range(ATTEMPTS):
        assert journal.known() == {}
        journal.write("on", (2, 1))
    (failed,) = journal.known().values()
    assert (failed.replication, failed.outcomes) == (2, None)
    path = tmp_path / ".tmp" / "mark-s0.journal"
    path.write_bytes(path.read_bytes()[:-3])
    assert journal.known() == {}
    journal.write("on", (3, 1))
    assert journal.known() == {}


# -- what is given -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["here", "http://here:1", "tcp://here", "tcp://:8786", "tcp://here:0", "tcp://here:70000", ""]
)
def test_an_address_that_is_none_is_bad_input(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadInput, match=r"--cluster: got .*; allowed: tcp://HOST:PORT or tls://HOST:PORT"):
        sweep(tmp_path / "out", cluster=address, workers=None)
    assert not (tmp_path / "out").exists()


def test_workers_cannot_be_counted_beside_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--workers: got 3"):
        sweep(tmp_path / "out", cluster="tcp://127.0.0.1:1", workers=3)


def test_an_address_nobody_listens_at_ends_the_sweep_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.cluster.CONNECT_SECONDS", 1.0)
    with pytest.raises(RunFailed, match=r"no Dask scheduler could be reached at tcp://127.0.0.1:1 \("):
        sweep(tmp_path / "out", cluster="tcp://127.0.0.1:1", workers=None)
    assert not (tmp_path / "out").exists()


def test_without_dask_the_message_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(CeasefireError, match="uv sync --extra cluster"),
        connected("tcp://127.0.0.1:1", tmp_path),
    ):
        pass


def test_tls_without_certificates_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(CeasefireError, match="TLS__CA_FILE"):
        sweep(tmp_path / "out", cluster="tls://127.0.0.1:1", workers=None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_port_on_which_something_else_listens_is_told_from_a_scheduler(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.cluster.CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            link, _ = server.accept()
            with link, suppress(OSError):  # who asked may be gone
                link.sendall(said)
                link.recv(1)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with (
            pytest.raises(RunFailed, match="no Dask scheduler could be reached"),
            connected(address, Path("nowhere")),
        ):
            pass
