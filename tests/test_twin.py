"""The compiled twin where the drawn configurations do not look: room, threads, staleness, what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import ceasefire
from environment.kernel import ROOT
from environment.log import Event, lines
from experiments.compose import compose
from experiments.scenario import resolve
from experiments.twin import engine
from tests.support import FRAMEWORKS

PARTY = "examples/cautious_neighbour.py:CautiousNeighbour"


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_a_year_has_the_same_log_and_outcomes_in_both_engines(framework: str, seed: int) -> None:
    scenario = resolve(framework)
    model = compose(scenario, seed, 3)
    outcomes = model.run()
    rows, found = engine.run(scenario, seed, 3)
    assert list(lines(rows)) == list(lines(model.log))
    assert found == outcomes


def test_many_runs_equal_single_ones_on_one_thread_and_on_several() -> None:
    scenario = resolve("multi-tier", days=60)
    alone = engine.results(scenario, 5, range(10, 43))
    for threads in (2, 3, 7):
        assert (engine.results(scenario, 5, range(10, 43), threads) == alone).all()
    columns = engine.simulate_many(scenario, 5, range(10, 43))
    for n, replication in enumerate((10, 25, 42)):
        _, outcomes = engine.run(scenario, 5, replication)
        assert {name: column[(0, 15, 32)[n]] for name, column in columns.items()} == outcomes


def test_too_little_room_for_the_agenda_or_the_log_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = resolve("multi-tier", days=90)
    rows, outcomes = engine.run(scenario, 1, 0)
    many = engine.results(scenario, 1, range(5))
    monkeypatch.setattr(engine, "AGENDA", 8)
    monkeypatch.setattr(engine, "LOG", 16)
    assert engine.run(scenario, 1, 0) == (rows, outcomes)
    assert (engine.results(scenario, 1, range(5)) == many).all()


def test_half_a_century_is_the_same_in_both_engines() -> None:
    scenario = resolve("observe-only", settings={"scenario.days": 18_262, "background.russia_per_day": 1.0})
    model = compose(scenario, 1, 1, keep_log=False)
    assert model.run() == engine.run(scenario, 1, 1)[1]


def test_a_scripted_violation_ends_what_it_finds_in_its_place() -> None:
    """It took the place of a violation that was never ended: its collapse clock ran on."""
    settings = {"script.level": 3, "script.window_hours": 2000, "opportunities.russia_per_day": 0.2}
    found = 0
    for replication in range(40):
        rows, _ = engine.run(resolve("none", "baseline", settings, days=90), 1, replication)
        going: set[tuple[int, int]] = set()
        for row in rows:
            place = (row.actor, row.sector)
            if row.event == Event.VIOLATION_BEGINS:
                assert place not in going
                going.add(place)
            elif row.event in (Event.VIOLATION_ENDS, Event.HALTED):
                going.remove(place)
        found += sum(
            one.event == Event.VIOLATION_ENDS and two.event == Event.VIOLATION_BEGINS and one.time == two.time
            for one, two in pairwise(rows)
        )
    assert found, "in none of the runs did the script meet a violation"


@pytest.mark.parametrize("command", [["run"], ["sweep", "reliability"], ["compare", "multi-tier"]])
def test_a_party_in_plain_python_is_refused_by_name(command: list[str], tmp_path: Path) -> None:
    out = [] if command == ["run"] else ["--out", str(tmp_path / "out")]
    words = [*command, "--engine", "compiled", "--set", f"rules.russia={ROOT / PARTY}", *out]
    result = CliRunner().invoke(ceasefire.main, words)
    assert result.exit_code == 2
    assert (
        "rules.russia" in result.output
        and "--engine mesa" in result.output
        and "Traceback" not in result.output
    )
    assert not (tmp_path / "out").exists()


# -- nothing stale ---------------------------------------------------------------------------------

FOLDERS = ("environment", "agents", "experiments")
EDITS = (
    (
        "environment/rules/monitoring.py",
        "return posterior >= threshold",
        "return posterior > threshold + 0.2",
    ),
    ("environment/state.py", "RING = 8", "RING = 9"),
    ("agents/decision_rules.py", '"hawkish")', '"hawkish",)'),
    ("experiments/twin/loop.py", "s.events += 1", "s.events += 2"),
)


def copied(folder: Path) -> Path:
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def asked(folder: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    return done.stdout.strip()


def test_whatever_the_loop_is_made_of_changes_where_it_is_kept(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    where = "from experiments.twin.compiling import LOOP_CACHE; print(LOOP_CACHE)"
    seen = {asked(folder, where)}
    for file, old, new in EDITS:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        seen.add(asked(folder, where))
        path.write_text(text, encoding="utf-8")
    assert len(seen) == 1 + len(EDITS)


@pytest.mark.long
def test_a_changed_rule_changes_the_results_of_both_engines_alike(tmp_path: Path) -> None:
    told = (
        "from experiments.scenario import resolve\n"
        "from experiments.compose import compose\n"
        "from experiments.twin import engine\n"
        "s = resolve('multi-tier', days=120)\n"
        "mesa, twin = compose(s, 1, 0).run(), engine.run(s, 1, 0)[1]\n"
        "assert mesa == twin\n"
        "print(sorted(twin.items()))"
    )
    folder = copied(tmp_path)
    before = asked(folder, told)
    file, old, new = EDITS[0]
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    after = asked(folder, told)
    assert after != before
    assert before == str(sorted(engine.run(resolve("multi-tier", days=120), 1, 0)[1].items()))


def test_results_are_plain_numbers_with_a_place_for_every_total() -> None:
    found = engine.results(resolve(days=30), 1, range(3))
    assert set(found["ending"]) <= {0, 1, 2, 3} and (found["fault"] == 0).all()
    assert np.isfinite(found["t_violence"]).all() and (found["events"] > 0).all()
