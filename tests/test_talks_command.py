"""The commands of the talks as a user types them: a negotiation told, studies of kind talks, bad input, replays."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from environment.log import TALKS_ENDINGS
from environment.talks.packages import package_words, space
from environment.talks.protocols import AGREED
from experiments.design import build_design, replay
from experiments.store import load
from experiments.study import load_study
from experiments.talks.course import Meeting
from experiments.talks.measure import OUTCOMES
from experiments.talks.setting import resolve_talks
from tests.test_cli import ROOT
from tests.test_cli import ceasefire as in_a_process

SMALL = (
    "talks.on_the_table=line guarantee",
    "table.line=current|zone",
    "table.guarantee=observe-only|multi-tier",
    "talks.russia=conceder",
    "talks.ukraine=conceder",
    "talks.truces=2",
    "talks.hypotheses=8",
    "talks.breakdown_per_year=0",
    "worth.runs=16",
    "red_line.no-cession=0",
    "abrogation.peace_russia=12",
    "forecast.shift=0",
)
"""Four packages, talks that agree soon, and truces that do not always last."""


def ceasefire(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command in this process, which has loaded everything: a start takes a second and longer."""
    from click.testing import CliRunner

    from ceasefire import main

    with contextlib.chdir(cwd):
        done = CliRunner().invoke(main, list(words))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def sets(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


def talks(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return ceasefire("talks", *sets(*SMALL), *words, cwd=cwd)


# -- one negotiation -------------------------------------------------------------------------------


def test_a_negotiation_is_told_with_its_zone_and_its_solutions() -> None:
    done = talks("--seed", "1")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    for part in (
        "Talks, scenario baseline, seed 1, replication 0",
        "4 packages of 2 issues; the United States tables a text, the parties answer; Russia conceder",
        "talks number 1 begin",
        "session 1 opens in Abu Dhabi",
        "the United States tables a text (round 1)",
        "the talks end after",
        "Zone of agreement when the talks begin",
        "with a response to breaches",
        "Monte-Carlo error",
        "Solutions (gains over war in war-years: Russia, Ukraine)",
        "Kalai-Smorodinsky",
        "greatest welfare",
    ):
        assert part in said, part
    assert "\x1b" not in said and "{" not in said
    assert ("Truce 1: from day" in said) == ("the parties agree in round" in said)


def test_the_issues_on_the_table_are_counted_and_not_those_that_follow_them() -> None:
    from analysis.talks_told import open_issues

    for on_the_table, count in (("guarantee", 1), ("guarantee term term", 2), ("all", 10)):
        assert open_issues(resolve_talks(settings={"talks.on_the_table": on_the_table})) == count


@pytest.mark.parametrize("ending", range(len(TALKS_ENDINGS)), ids=TALKS_ENDINGS)
def test_every_way_in_which_talks_end_has_a_reason_in_words(ending: int) -> None:
    from analysis.talks_told import why

    mask, gains = np.ones(2, np.bool_), np.ones((2, 4))
    agreed = 0 if ending == AGREED else -1
    said = why(Meeting(ending, 3, 0, 5, agreed, mask, gains, mask, gains))
    assert said.startswith(
        "Agreement after 3" if ending == AGREED else "No agreement although there was a zone: "
    )


def test_json_says_what_was_agreed_and_both_engines_write_the_same_log(tmp_path: Path) -> None:
    answers, logs = {}, {}
    for engine in ("compiled", "mesa"):
        log = tmp_path / f"{engine}.jsonl"
        done = talks("--seed", "1", "--format", "json", "--engine", engine, "--log", str(log), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        answers[engine], logs[engine] = json.loads(done.stdout), log.read_bytes()
    assert logs["mesa"] == logs["compiled"] and answers["mesa"] == answers["compiled"]
    said = answers["mesa"]
    for key in ("agreed", "package", "rounds", "zone", "solutions", "seed", "scenario", "truces", "outcomes"):
        assert key in said
    assert 0.0 <= said["zone"]["share"] <= 1.0
    assert said["zone"]["size"] == round(said["zone"]["share"] * said["zone"]["packages"])
    assert (
        said["zone"]["size"]
        == said["zone"]["with_response"]["size"] + said["zone"]["without_response"]["size"]
    )
    assert set(said["solutions"]) == {"nash", "kalai_smorodinsky", "egalitarian", "welfare"}
    assert (said["package"] is not None) == bool(said["agreed"]) == bool(said["truces"])
    assert said["rounds"] == said["outcomes"]["rounds"]
    allowed = [package_words(code) for code in table_codes()]
    for found in [said["package"], *(s and s["package"] for s in said["solutions"].values())]:
        assert found is None or found in allowed
    events = [json.loads(line) for line in logs["mesa"].decode().splitlines()]
    assert events[0]["event"] == "talks_begin" and any(e["event"] == "talks_end" for e in events)
    assert sum(e["event"] == "ceasefire_begins" for e in events) == len(said["truces"])


def table_codes() -> list[int]:
    narrowed = (("line", "current|zone"), ("guarantee", "observe-only|multi-tier"))
    return [int(code) for code in space("line guarantee", narrowed).codes]


def test_without_guarantees_there_is_nothing_with_a_response_to_agree() -> None:
    done = talks("--seed", "1", "--format", "json", "--without-guarantees")
    said = json.loads(done.stdout)
    assert said["zone"]["with_response"]["size"] == 0 and said["zone"]["packages"] == 2
    assert said["package"] is None or said["package"]["guarantee"] == "observe-only"


def test_a_key_of_the_talks_is_explained() -> None:
    done = ceasefire("talks", "--explain", "talks.protocol")
    assert done.returncode == 0 and "talks.protocol = mediated" in done.stdout
    assert "alternating" in done.stdout and "source:" in done.stdout
    many = ceasefire("talks", "--explain", "stakes.army")
    assert "stakes.army.600.russia" in many.stdout and "range of the evidence: 0.05 to 0.3" in many.stdout


BAD = [
    (("--explain", "talks.protocoll"), ("talks.protocoll", "did you mean 'talks.protocol'")),
    (("--set", "talks.protocol=haggling"), ("talks.protocol", "haggling", "mediated", "alternating")),
    (("--set", "talks.roounds=3"), ("talks.roounds", "did you mean 'talks.rounds'")),
    (("--set", "table.line=currrent"), ("table.line", "currrent", "did you mean 'current'")),
    (("--set", "talks.on_the_table=line gaurantee"), ("gaurantee", "did you mean 'guarantee'")),
    (("--set", "framework.case.quiet_hours=3"), ("framework.case.quiet_hours", "terms agreed decide")),
    (("--set", "worth.years=9"), ("worth.years", "9")),
    (("--set", "forecast.years=-1"), ("forecast.years", "-1", "0.05 to 50")),
    (("--set", "talks.rounds=1.5"), ("talks.rounds", "1.5", "whole number")),
    (("--days", "3"), ("talks.horizon_days", "3")),
    (("--scenario", "minks"), ("scenario", "minks", "did you mean 'minsk'")),
    (("--seed", "-1"), ("-1",)),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(w) for w, _ in BAD])
def test_bad_input_is_one_message_and_exit_code_2(
    words: tuple[str, ...], said: tuple[str, ...], tmp_path: Path
) -> None:
    done = ceasefire("talks", *words, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


# -- a study ---------------------------------------------------------------------------------------

STUDY = """
name = "tiny"
title = "Terms on the table"
question = "Does the term matter?"
kind = "talks"
scenario = "baseline"
runs = 12
seed = 5
arms = ["full"]
outcomes = ["violence", "days_at_war"]

[settings]
"talks.on_the_table" = "line guarantee term"
"table.line" = "current|zone"
"table.guarantee" = "observe-only|multi-tier"
"talks.russia" = "conceder"
"talks.ukraine" = "conceder"
"talks.truces" = 2
"talks.hypotheses" = 8
"worth.runs" = 16
"abrogation.peace_russia" = 12.0

[parameters]
"table.term" = ["15", "15|50"]
"""


def tiny(folder: Path, *changes: tuple[str, str]) -> Path:
    """A study file, with a word changed here and there."""
    text = STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "tiny.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the tiny study, one worker."""
    place = tmp_path_factory.mktemp("talks")
    done = ceasefire("sweep", str(tiny(place)), "--out", str(place / "one"), "--workers", "1", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "Terms on the table" in done.stdout and "share that agrees" in done.stdout
    return place / "one"


def files(folder: Path) -> dict[str, bytes]:
    """What a study's results are, but for the machine's provenance and the order of the ledger."""
    apart = {"provenance.json", "ledger", ".lock"}
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if name not in apart and not name.endswith(".lock")}


def test_a_study_of_the_talks_leaves_tables_and_figures_that_are_whole(swept: Path) -> None:
    found = files(swept)
    assert {"talks.csv", "effect.csv", "study.toml", "figures/zone.png", "figures/zone.svg"} <= set(found)
    table = pd.read_csv(swept / "talks.csv", dtype={"value": str})
    assert table["value"].tolist() == ["15", "15|50"] and table["runs"].tolist() == [12, 12]
    assert table["agreed"].between(0, 1).all() and (table["agreed_low"] <= table["agreed_high"]).all()
    assert found["figures/zone.png"].startswith(b"\x89PNG") and b"<svg" in found["figures/zone.svg"]
    verdict = ceasefire("verify", str(swept))
    assert verdict.returncode == 0 and "are what was written" in verdict.stdout
    runs = load(swept)
    assert set(OUTCOMES) <= set(runs.columns) and (runs["status"] == "done").all()
    assert table["agreed"].tolist() == [
        pytest.approx(part["agreed"].mean()) for _, part in runs[runs["arm"] == "full"].groupby("point")
    ]
    control = runs[runs["arm"] == "observe-only"]
    assert len(control) and not (control["agreed_guarantee"].astype(str) == "multi-tier").any()
    assert control["zone_with_response"].isna().all()


def test_the_folder_s_study_reads_back_as_it_was(swept: Path) -> None:
    study = load_study(swept / "study.toml")
    assert study.kind == "talks" and study.varied() == ("table.term",) and study.seed == 5


def test_bytes_do_not_depend_on_workers_and_a_shard_that_is_lost_is_made_again(
    swept: Path, tmp_path: Path
) -> None:
    study, out = tiny(tmp_path), tmp_path / "two"
    words = ("sweep", str(study), "--out", str(out), "--workers", "2")
    done = in_a_process(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(out) == files(swept)
    next(iter(sorted(out.glob("runs/*full*.parquet")))).unlink()
    assert ceasefire("verify", str(out)).returncode == 1
    again = ceasefire("sweep", str(study), "--out", str(out), "--workers", "1", "--resume", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert files(out) == files(swept)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_bytes_depend_neither_on_workers_nor_on_interruption(swept: Path, tmp_path: Path) -> None:
    study = tiny(tmp_path)
    two = ceasefire("sweep", str(study), "--out", str(tmp_path / "two"), "--workers", "2", cwd=tmp_path)
    assert two.returncode == 0, two.stderr
    assert files(tmp_path / "two") == files(swept)
    out = tmp_path / "cut"
    words = [
        sys.executable,
        str(ROOT / "ceasefire.py"),
        "sweep",
        str(study),
        "--out",
        str(out),
        "--workers",
        "1",
    ]
    running = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    limit = time.monotonic() + 120
    while not list(out.glob("runs/*.parquet")) and running.poll() is None and time.monotonic() < limit:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    if running.returncode == 0:  # it was faster than the signal: take a shard away, as a crash would
        shutil.rmtree(out)
    else:
        assert running.returncode == 130 and "interrupted" in errors and "Traceback" not in errors
        assert "--resume" in errors
    extra = ["--resume"] if out.exists() else []
    again = ceasefire(*words[2:], *extra, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert files(out) == files(swept)


def test_the_command_of_a_stored_row_tells_the_same_course(swept: Path) -> None:
    runs = load(swept)
    design = build_design(load_study(swept / "study.toml"), resolve_talks)  # type: ignore[arg-type]
    checked = 0
    for group in design.groups:
        mine = runs[(runs["arm"] == group.arm) & (runs["baseline"] == group.baseline)]
        mine = mine[mine["point"] == group.point] if group.point is not None else mine
        row = mine.sort_values("truces").to_dict("records")[-1]
        words = shlex.split(replay(design.study, group, 5))
        assert words[:2] == ["ceasefire", "talks"]
        done = ceasefire(*words[1:], "--replication", str(row["replication"]), "--format", "json")
        assert done.returncode == 0, done.stderr
        outcomes: dict[str, Any] = json.loads(done.stdout)["outcomes"]
        for name, value in outcomes.items():
            if value is None:
                assert pd.isna(row[name]), name
            else:
                assert row[name] == value, name
        checked += 1
    assert checked == 4


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (('arms = ["full"]', 'arms = ["reviews", "full"]'), (), ("arms", "talks have no other")),
        (('"days_at_war"]', '"days_at_wra"]'), (), ("days_at_wra", "did you mean 'days_at_war'")),
        (("runs = 12", "runs = 12"), ("--precision", "0.1"), ("--precision", "fixed number of runs")),
        (('kind = "talks"', 'kind = "talk"'), (), ("kind", "talk")),
        (('"15|50"]', '"15|55"]'), (), ("table.term", "55")),
        (('"talks.truces" = 2', '"talks.truces" = 0'), (), ("talks.truces", "1 to 20")),
    ],
)
def test_a_study_that_cannot_be_run_is_refused(
    change: tuple[str, str], words: tuple[str, ...], said: tuple[str, ...], tmp_path: Path
) -> None:
    study = tiny(tmp_path, change)
    done = ceasefire("sweep", str(study), "--out", str(tmp_path / "out"), *words, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stdout == ""
    for part in said:
        assert part in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["commitment", "term", "conditionality", "two-sided"])
def test_the_shipped_studies_of_the_talks_can_be_resolved(name: str) -> None:
    study = load_study(name)
    assert study.kind == "talks" and set(study.outcomes) <= set(OUTCOMES) and study.arms == ("full",)
    design = build_design(study, resolve_talks)  # type: ignore[arg-type]
    assert all(point.scenario.space.size > 50 for point in design.points)  # type: ignore[attr-defined]
