"""The results folder: what is written, what is refused, what a reader trusts."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from environment.errors import BadInput, CeasefireError, FolderInUse, RunFailed
from experiments import pool
from experiments.folder import check_folder, free_folder, last_folder, make_rooms, place
from experiments.identity import SEMANTICS
from experiments.lease import Lease
from experiments.ledger import read_ledger
from experiments.store import load
from experiments.study import Study, parse_study
from experiments.sweep import compare_study, run_sweep


@dataclass(frozen=True)
class Framework:
    """Has a name, as frameworks do."""

    name: str


@dataclass(frozen=True)
class Scenario:
    """Stands for a resolved scenario: what it was resolved from is what it is."""

    framework: Framework
    settings: tuple[tuple[str, Any], ...]

    def canonical(self) -> dict[str, Any]:
        return {"framework": self.framework.name, **dict(self.settings)}

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.canonical(), sort_keys=True).encode()).hexdigest()


def resolve(framework: str, scenario: str, settings: dict[str, Any], days: float | None) -> Any:
    if not 0 <= settings.get("reliability", 0) <= 1:
        raise BadInput("reliability", settings["reliability"], "0 to 1")
    return Scenario(Framework(framework), tuple(settings.items()))


def simulate(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """Violence falls with reliability; whole numbers now and then; one run in forty fails."""
    draw = random.Random(f"{seed}/{replication}")
    level, luck = draw.gammavariate(2, 1), draw.random()
    settings = dict(scenario.settings)
    if luck < 0.025 and settings.get("ladder.arm") == "reviews":
        raise ArithmeticError(f"luck ran out in {__file__}")
    war = luck > 0.9 and scenario.framework.name != "observe-only"
    return {
        "violence": level * (1 - settings.get("reliability", 0) / 2),
        "cases": int(level),
        "odd": 0 if replication < 60 else 0.5,
        "days_survived": 100 if war else 365.0,
        "ending": "direct_war" if war else "survived",
    }


STUDY = parse_study(
    {
        "name": "small",
        "title": "Small",
        "question": "Does it store?",
        "runs": 70,
        "parameters": {"reliability": [0, 0.5], "stance": ["firm", "loose"]},
    },
    "test",
)


def sweep(out: Path, study: Study = STUDY, **options: Any) -> Path:
    return run_sweep(
        study, out, progress=False, **{"simulate": simulate, "resolve": resolve, "seed": 3, **options}
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("runs/*"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "out", workers=2)


def test_the_folder_holds_what_is_promised(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        *("study.toml", "provenance.json", "ledger", "runs", ".tmp", "failures")
    }
    assert list((folder / ".tmp").iterdir()) == []
    assert {path.suffix for path in folder.glob("runs/*")} == {".parquet"}
    study = parse_study(tomllib.loads((folder / "study.toml").read_text()), "again")
    assert (study.seed, study.runs, study.parameters) == (3, 70, STUDY.parameters)
    provenance = json.loads((folder / "provenance.json").read_text())
    assert {"versions", "git", "rules", "seed", "machine", "scenarios"} <= set(provenance)


def test_runs_are_the_same_bytes_for_any_number_of_workers(folder: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        assert contents(sweep(tmp_path / str(workers), workers=workers)) == contents(folder)


def test_another_seed_gives_other_bytes(folder: Path, tmp_path: Path) -> None:
    assert contents(sweep(tmp_path / "other", seed=4)) != contents(folder)


def test_rows_are_one_a_run_in_the_order_of_the_design(folder: Path) -> None:
    frame = load(folder)
    # stance reaches observe-only, reliability does not: two of those, three arms at four points
    assert len(frame) == (2 + 3 * 4) * 70
    assert list(frame["replication"][:70]) == list(range(70))
    assert set(frame["seed"]) == {3}
    controls = frame[frame["arm"] == "observe-only"]
    assert controls["point"].isna().all() and controls["reliability"].isna().all()
    assert set(controls["stance"]) == {"firm", "loose"}
    full = frame[(frame["arm"] == "full") & (frame["point"] == 3)]
    assert set(full["reliability"]) == {0.5} and set(full["stance"]) == {"loose"}
    assert full["violence"].to_numpy() == pytest.approx(controls["violence"].to_numpy()[:70] * 0.75)


def test_an_outcome_has_one_type_in_all_shards(folder: Path) -> None:
    import pyarrow.parquet as pq

    files = list(folder.glob("runs/*"))
    assert len({str(pq.read_schema(path).remove_metadata()) for path in files}) == 1
    said = [pq.read_schema(path).metadata for path in files]
    assert all(data[b"semantics"] == str(SEMANTICS).encode() and data[b"seed"] == b"3" for data in said)
    rows = load(folder)
    assert {data[b"scenario"].decode()[:16] for data in said} == set(rows["scenario"])
    assert rows.groupby(["arm", "baseline", "point"], dropna=False)["scenario"].nunique().max() == 1


def test_a_failed_run_is_a_row_with_its_error_and_the_command_that_replays_it(folder: Path) -> None:
    frame = load(folder)
    failed = frame[frame["status"] == "failed"]
    assert len(failed) and set(failed["arm"]) == {"reviews"}
    row = failed.iloc[0]
    assert row["error"].startswith("ArithmeticError: luck ran out in ")
    assert "/" not in row["error"] and math.isnan(row["violence"])
    assert f"--replication {row['replication']}" in row["command"]
    assert "--set ladder.arm=reviews" in row["command"] and "--seed 3" in row["command"]
    traces = "".join(path.read_text() for path in (folder / "failures").iterdir())
    assert all(command in traces for command in failed["command"])
    assert traces.count("ArithmeticError: luck ran out in /") == traces.count("Traceback") == len(failed)
    done = frame[frame["status"] == "done"]
    assert done["error"].isna().all() and done["command"].isna().all()


def test_rows_hold_no_time_host_or_path(folder: Path, tmp_path: Path) -> None:
    frame = load(folder)
    text = frame.to_csv()
    for word in (str(folder), str(Path(__file__).parent), os.uname().nodename + ".", str(os.getpid()) + ":"):
        assert word not in text


def test_every_file_is_in_the_ledger_with_its_digest(folder: Path) -> None:
    entries = read_ledger(folder)
    files = {
        path.relative_to(folder).as_posix()
        for room in ("runs", "failures")
        for path in (folder / room).iterdir()
    }
    assert set(entries) == files | {"study.toml", "provenance.json"}
    for name, entry in entries.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
    assert sum(entry["rows"] for entry in entries.values()) == len(load(folder))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_a_reader_sees_only_what_the_ledger_names(copy: Path) -> None:
    shards = sorted((copy / "runs").iterdir())
    (copy / "runs" / "999999-full-00000000.parquet").write_bytes(shards[0].read_bytes())
    before = len(load(copy))
    lines = (copy / "ledger").read_bytes().splitlines(keepends=True)
    (copy / "ledger").write_bytes(b"".join(lines[:-1]) + lines[-1][:40])  # the last line is cut short
    assert len(load(copy)) == before - json.loads(lines[-1])["rows"]


def test_a_changed_shard_is_named(copy: Path) -> None:
    shard = sorted((copy / "runs").iterdir())[2]
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(CeasefireError, match=shard.name):
        load(copy)
    shard.unlink()
    with pytest.raises(CeasefireError, match=shard.name):
        load(copy)


def test_a_changed_ledger_line_is_named(copy: Path) -> None:
    lines = (copy / "ledger").read_text().splitlines()
    lines[3] = lines[3].replace('"rows": ', '"rows": 1')
    (copy / "ledger").write_text("\n".join(lines) + "\n")
    with pytest.raises(CeasefireError, match="line 4"):
        load(copy)


def test_a_folder_that_is_not_ours_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        load(tmp_path)


def tree(folder: Path) -> list[tuple[str, bytes | None]]:
    return [(str(p), p.read_bytes() if p.is_file() else None) for p in sorted(folder.rglob("*"))]


def test_a_foreign_folder_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.tex").write_text("text")
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = tree(tmp_path)
    for bad in (foreign, tmp_path / "file", tmp_path / "link", tmp_path / "file" / "below"):
        with pytest.raises(BadInput) as caught:
            sweep(bad)
        assert caught.value.field == "--out"
    assert tree(tmp_path) == before


def test_a_finished_folder_is_refused(folder: Path) -> None:
    before = tree(folder)
    with pytest.raises(BadInput):
        sweep(folder)
    assert tree(folder) == before


@pytest.mark.parametrize(
    "bad",
    [
        {"runs": -1},
        {"seed": -1},
        {"seed": 2**64},
        {"workers": 0},
        {"study": STUDY.model_copy(update={"parameters": {"reliability": (0.5, 1.5)}})},
    ],
)
def test_bad_input_leaves_nothing_behind(tmp_path: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        sweep(tmp_path / "deep" / "out", **bad)
    assert list(tmp_path.iterdir()) == []


def test_a_beginning_is_refused_unless_it_is_gone_on_with(tmp_path: Path) -> None:
    check_folder(tmp_path)
    make_rooms(tmp_path)
    check_folder(tmp_path, resume=True)
    with pytest.raises(BadInput, match="--resume goes on with it"):
        check_folder(tmp_path)


def test_of_two_writers_at_the_same_moment_one_is_told_who_the_other_is(tmp_path: Path) -> None:
    with Lease(tmp_path / "out"):
        for resume in (False, True):
            with pytest.raises(FolderInUse, match=f"process {os.getpid()} on "):
                sweep(tmp_path / "out", resume=resume)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_default_folder_is_the_first_that_is_free(tmp_path: Path) -> None:
    for name in ("small-seed3", "small-seed3-2", "small-seed3-3"):
        found = free_folder(STUDY, 3, tmp_path)
        assert found == tmp_path / name
        found.mkdir()
        assert last_folder(STUDY, 3, tmp_path) == found


def test_the_default_folder_to_go_on_with_is_the_first_where_there_is_none(tmp_path: Path) -> None:
    assert last_folder(STUDY, 3, tmp_path) == tmp_path / "small-seed3"


def test_a_file_placed_again_counts_as_the_last(tmp_path: Path) -> None:
    make_rooms(tmp_path)
    place(tmp_path, "figures/effect.svg", b"one")
    place(tmp_path, "figures/effect.svg", b"two")
    before = (tmp_path / "ledger").read_bytes()
    place(tmp_path, "figures/effect.svg", b"two")
    assert (tmp_path / "ledger").read_bytes() == before  # nothing new to say
    assert read_ledger(tmp_path)["figures/effect.svg"]["sha256"] == hashlib.sha256(b"two").hexdigest()
    assert (tmp_path / "figures" / "effect.svg").read_bytes() == b"two"


def test_an_outcome_named_like_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CeasefireError, match="reliability"):
        sweep(tmp_path / "out", simulate=clash, workers=1)


def clash(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """An outcome with the name of a parameter."""
    return {"reliability": 1.0}


def test_effect_csv_is_the_same_for_any_number_of_workers(folder: Path, tmp_path: Path) -> None:
    from commands.sweep import conclude

    copies = [sweep(tmp_path / str(workers), workers=workers) for workers in (1, 3)]
    for copy in copies:
        study, table, failed = conclude(copy)
        assert failed == int((load(copy)["status"] == "failed").sum()) > 0
        assert len(table) == 4 * len(study.outcomes)
    first, second = ((copy / "effect.csv").read_bytes() for copy in copies)
    assert first == second
    rows = pd.read_csv(copies[0] / "effect.csv")
    assert list(rows["value"][:4]) == ["0;firm", "0;loose", "0.5;firm", "0.5;loose"]
    assert rows["effect"][0] == rows["low"][0] == rows["high"][0] == 0
    assert rows["effect"][2] == pytest.approx(0.25)
    assert (copies[0] / "figures" / "effect.svg").is_file()


def test_frameworks_are_compared_side_by_side(tmp_path: Path) -> None:
    from commands.sweep import conclude

    study = compare_study(["multi-tier", "article-5"], {"reliability": 0.5})
    folder = sweep(tmp_path / "out", study, runs=20)
    _, table, _ = conclude(folder)
    assert list(table["framework"][:2]) == list(table["value"][:2]) == ["multi-tier", "article-5"]
    assert set(table["parameter"]) == {"framework"}


def broken(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """Every run fails."""
    raise ArithmeticError("luck never came")


def test_a_sweep_of_which_every_run_failed_names_the_first(tmp_path: Path) -> None:
    from commands.lasting import NarrowEnough
    from commands.sweep import conclude

    folder = sweep(tmp_path / "out", simulate=broken, runs=4, workers=1)
    with pytest.raises(
        RunFailed, match=r"all 56 runs failed.*\n?.*ArithmeticError: luck never came\n  ceasefire"
    ):
        conclude(folder)
    assert NarrowEnough(STUDY)(load(folder))


def test_the_seed_of_a_study_file_counts_unless_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import commands.sweep
    from ceasefire import main

    seeds = []
    monkeypatch.setattr(commands.sweep, "_run", lambda study, given: seeds.append((study.seed, given.seed)))
    text = 'name = "x"\ntitle = "X"\nquestion = "?"\nseed = 7\nparameters.reliability = [0.5]\n'
    (tmp_path / "study.toml").write_text(text)
    for words in ([], ["--seed", "9"]):
        main(["sweep", str(tmp_path / "study.toml"), *words], standalone_mode=False)
    assert seeds == [(7, None), (7, 9)]


def test_an_error_of_the_system_without_a_number_keeps_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the disk has melted")

    monkeypatch.setattr(pool, "run_shard", fail)
    kind, error = pool._answer(
        SimpleNamespace(task=None, careful=False, known=()), SimpleNamespace(send=None)
    )
    assert (kind, str(error), error.errno) == ("fault", "the disk has melted", None)
