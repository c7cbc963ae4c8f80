"""The tab "Ensembles" without a browser: pairing, numbers, cancelling, commands, stored folders, replays."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.effects import added_risk, effect_csv, effects, mean_difference, relative_fall
from commands.sweep import sweep_command
from console import heard, place
from console.choice import Choice, starting_text
from console.desk import Desk
from console.ensembles import numbers, outcomes, stored
from console.ensembles import run as ensemble_run
from console.ensembles import shelf as shelf_module
from console.ensembles.command import reproduction
from console.ensembles.job import Job, _ended, drawn, job_of
from console.ensembles.now import earlier
from console.ensembles.own_files import warning
from console.ensembles.replays import control_choice, replayed
from console.ensembles.run import FULL, MOST, OTHER, Ensemble, Order, run_ensemble
from console.ensembles.runs import runs_table
from console.ensembles.runs import view_of as runs_view
from console.ensembles.shelf import Opened, Shelf
from console.ensembles.stored import listed, open_folder
from console.ensembles.stored_numbers import point_curves, shown
from console.ensembles.stored_replay import replay_of, rows_of
from console.ensembles.stored_tables import effect_file, points_table
from console.ensembles.widgets import frame_csv
from environment import frameworks
from environment.errors import BadInput, CeasefireError
from environment.parameters import defaults
from experiments.design import OBSERVE_ONLY
from experiments.scenario import resolve, without_response
from experiments.study import parse_study
from experiments.sweep import run_sweep
from experiments.twin.engine import simulate_many

DAYS, RUNS = 40.0, 100
WAIT = 120.0
CHOICE = Choice(days=DAYS, settings={"reliability": 0.41}, seed=7)


def silent(done: int, words: str) -> None:
    """Hears nothing."""


def ensemble(order: Order) -> Ensemble:
    found = run_ensemble(order, silent, threading.Event())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def three() -> Ensemble:
    return ensemble(Order(CHOICE, Choice("article-5", days=DAYS, seed=99), RUNS))


# -- runs and numbers ------------------------------------------------------------------------------


def test_all_arms_are_the_runs_that_the_engine_gives_on_the_seed_of_a(three: Ensemble) -> None:
    scenarios = {
        FULL: CHOICE.resolved,
        OBSERVE_ONLY: without_response(CHOICE.resolved),
        OTHER: resolve("article-5", days=DAYS),
    }
    assert set(three.arms) == set(scenarios) and not three.partial and three.days == DAYS
    for arm, scenario in scenarios.items():
        whole = simulate_many(scenario, CHOICE.seed, range(RUNS))
        assert three.arms[arm]["replication"].tolist() == list(range(RUNS))
        for name in ("violence", "ending", "days_survived", "cases"):
            assert three.arms[arm][name].tolist() == list(whole[name])


def test_headlines_are_those_of_analysis_on_the_same_rows(three: Ensemble) -> None:
    first, second = numbers.headlines(three)
    for line, arm in ((first, OBSERVE_ONLY), (second, OTHER)):
        a, b = three.arms[FULL], three.arms[arm]
        assert line.effect == relative_fall(a["violence"].to_numpy(float), b["violence"].to_numpy(float))
        assert line.days == mean_difference(
            a["days_survived"].to_numpy(float), b["days_survived"].to_numpy(float)
        )
        wars = [(each["ending"] == "direct_war").to_numpy(bool) for each in (a, b)]
        assert line.war == added_risk(wars[0], wars[1])
    rows = [
        three.arms[arm].assign(arm=arm, baseline=0, point=point, status="done", framework="multi-tier")
        for arm, point in ((FULL, 0), (OBSERVE_ONLY, None))
    ]
    table = effects(pd.concat(rows), ("framework",), ("violence",)).iloc[0]
    assert (table["effect"], table["low"], table["high"]) == (
        first.effect.value,
        first.effect.low,
        first.effect.high,
    )


def test_tables_and_figures_name_every_arm(three: Ensemble) -> None:
    heads, rows = outcomes.side_by_side(three)
    assert len(heads) == 6 and all(len(row) == 6 for row in rows)
    names = list(numbers.names_of(three).values())
    assert all(name in heads for name in names)
    heads, rows = numbers.endings_table(numbers.curves(three))
    assert len(heads) == 4 and [row[0] for row in rows] == ["collapse", "abrogation", "direct war"]
    assert set(drawn(three)) == {"incidence.svg", "incidence.png", "spread.svg", "spread.png"}


def test_equal_arms_have_no_effect_and_no_interval_to_speak_of() -> None:
    same = ensemble(Order(Choice("observe-only", days=DAYS), None, RUNS))
    (line,) = numbers.headlines(same)
    assert (line.effect.value, line.effect.low, line.effect.high) == (0, 0, 0)
    assert numbers.spanned(line.effect) == "0 [0, 0]"


def test_two_arms_of_one_title_can_be_told_apart(three: Ensemble) -> None:
    twice = dataclasses.replace(three, order=Order(CHOICE, CHOICE, RUNS))
    assert len(set(numbers.names_of(twice).values())) == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.12345, "0.123"),
        (-1234.5, "-1,234"),
        (99.96, "100"),
        (1e-5, "0.000010"),
        (-0.0004, "-0.000400"),
    ],
)
def test_numbers_are_written_without_exponents(value: float, words: str) -> None:
    assert numbers.number(value) == words


# -- orders and cancelling -------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [0, 99, MOST + 1])
def test_a_number_of_runs_out_of_range_is_refused(runs: int) -> None:
    with pytest.raises(BadInput, match="number of cease-fires"):
        Order(CHOICE, None, runs).arms()


def test_choices_that_are_followed_for_different_times_are_refused() -> None:
    with pytest.raises(BadInput, match="days of B"):
        Order(CHOICE, Choice("article-5"), RUNS).arms()


def test_what_is_cancelled_leaves_whole_pairs() -> None:
    stopped, seen = threading.Event(), []

    def told(done: int, words: str) -> None:
        seen.append(words)
        if done:
            stopped.set()

    found = run_ensemble(Order(Choice(), None, 1_000), told, stopped)
    assert found is not None and found.partial and 0 < found.runs < 1_000
    assert {len(runs) for runs in found.arms.values()} == {found.runs}
    whole = ensemble(Order(Choice(), None, RUNS))
    size = min(found.runs, RUNS)
    for arm in found.arms:
        assert found.arms[arm]["violence"][:size].tolist() == whole.arms[arm]["violence"][:size].tolist()
    assert "Partial" in numbers.caption(found, "Endings.") and "compiling" in seen[0]


def finish(job: Job) -> None:
    assert job.wait(WAIT)


def test_a_job_stops_within_a_second_and_says_so() -> None:
    job = Job()
    assert job.start(Order(Choice(days=3650.0), None, MOST))
    assert not job.start(Order(CHOICE, None, RUNS)), "never two at once"
    limit = time.monotonic() + WAIT
    while not job.state.value.done and time.monotonic() < limit:
        time.sleep(0.02)
    job.cancel()
    since = time.monotonic()
    while "drawing" not in job.state.value.words and job.state.value.running:
        time.sleep(0.01)
    assert time.monotonic() - since < 1.5
    finish(job)
    state = job.state.value
    assert state.result is not None and state.result.partial and "partial" in state.words and state.figures
    assert job.start(Order(CHOICE, None, RUNS))
    finish(job)
    assert job.state.value.words == "Done: 100 pairs of cease-fires."


def test_more_ensembles_than_allowed_wait_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble_run, "_turns", threading.BoundedSemaphore(1))
    assert ensemble_run._turns.acquire(blocking=False)
    waiting, leaving = Job(), Job()
    waiting.start(Order(CHOICE, None, RUNS))
    leaving.start(Order(CHOICE, None, RUNS))
    time.sleep(0.5)
    assert "waiting" in waiting.state.value.words and waiting.state.value.running
    leaving.cancel()
    finish(leaving)
    assert leaving.state.value.result is None and "before any" in leaving.state.value.words
    ensemble_run._turns.release()
    finish(waiting)
    assert waiting.state.value.result is not None


def test_what_goes_wrong_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job()
    job.start(Order(CHOICE, None, 5))
    finish(job)
    assert "number of cease-fires" in job.state.value.problem

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("luck ran out")

    monkeypatch.setattr(ensemble_run, "_piece", broken)
    job.start(Order(CHOICE, None, RUNS))
    finish(job)
    assert "luck ran out" in job.state.value.problem and "Traceback" not in job.state.value.problem
    monkeypatch.undo()
    job.start(Order(CHOICE, None, RUNS))  # the turn was given back
    finish(job)
    assert not job.state.value.problem


def test_each_session_has_one_job_of_its_own() -> None:
    first, second = Desk(), Desk()
    assert job_of(first) is job_of(first) is not job_of(second)


# -- the command that gives the same ---------------------------------------------------------------


def effect_of(folder: Path) -> tuple[float, ...]:
    row = pd.read_csv(folder / "effect.csv").iloc[0]
    return tuple(float(row[name]) for name in ("effect", "low", "high", "direct_war_risk", "runs"))


def reproduced(choice: Choice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = reproduction(choice, RUNS, choice.seed)
    assert made.command == "ceasefire sweep ensemble.toml --out results/ensemble"
    folder.mkdir(exist_ok=True)
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    sweep_command("ensemble.toml", out=folder / "out", workers=1)
    (line,) = numbers.headlines(ensemble(Order(choice, None, RUNS)))
    effect = line.effect
    mine = (effect.value, effect.low, effect.high, line.war.value, RUNS)
    assert effect_of(folder / "out") == pytest.approx(mine, rel=1e-9, abs=1e-12)


QUICK = (CHOICE, Choice("article-5", text=starting_text("article-5").replace("my-", "our-", 1), days=DAYS))


@pytest.mark.parametrize("choice", QUICK, ids=("settings", "own text"))
def test_the_command_gives_the_same_effect(
    choice: Choice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reproduced(choice, tmp_path / "here", monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("name", frameworks.shipped())
def test_the_command_gives_the_same_effect_for_every_framework(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "verification.delay_hours": 9,
        "rules.russia": "prospect",
        "framework.breach.counts": "repeated",
    }
    reproduced(Choice(name, settings=settings, days=DAYS, seed=3), tmp_path / "here", monkeypatch)


def test_where_no_command_gives_the_same_that_is_said() -> None:
    made = reproduction(Choice(settings={"ladder.arm": "reviews"}), RUNS, 1)
    assert not made.command and not made.files and "No single command" in made.note


# -- replays of an ensemble ------------------------------------------------------------------------


@pytest.mark.parametrize("name", frameworks.shipped())
def test_the_control_of_a_choice_is_a_choice_of_its_own(name: str) -> None:
    choice = Choice(name, settings={"reliability": 0.3, "framework.attribution.by": "us"}, days=DAYS, seed=5)
    found = control_choice(choice)
    assert found.resolved.digest() == without_response(choice.resolved).digest()
    assert (found.seed, found.days, found.text) == (5, DAYS, "")


def test_marked_runs_replay_as_they_were(three: Ensemble) -> None:
    desk = Desk()
    for run in numbers.picks(three):
        choice = replayed(three.order, run.arm, run.replication)
        desk.watch(choice)
        assert desk.tab.value == "watch" and desk.a.value == choice and not desk.problem.value
        k = run.replication
        found = simulate_many(choice.resolved, choice.seed, range(k, k + 1))
        assert found["violence"][0] == run.value


# -- stored folders --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results root with a small stored sweep over two numbers."""
    root = tmp_path_factory.mktemp("root")
    study = parse_study(
        {
            "name": "grid", "title": "=Grid", "question": "Where?", "runs": 30, "seed": 2, "days": DAYS,
            "settings": {"framework.breach.counts": "repeated"},
            "parameters": {"reliability": [0, 0.5, 1], "verification.delay_hours": [6, 12, 24]},
        },
        "test",
    )  # fmt: skip
    run_sweep(study, root / "grid", workers=1, progress=False)
    return root


@pytest.fixture
def root(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The root as the console sees it, a copy that may be spoilt."""
    here = tmp_path / "results"
    shutil.copytree(swept, here)
    monkeypatch.setattr(place, "_chosen", [here])
    yield here


def test_only_our_folders_are_listed(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other" / "notes.txt").write_text("mine")
    (root / "file").write_text("no folder")
    (root / "link").symlink_to(root / "grid")
    assert listed() == ["grid"]


@pytest.mark.parametrize(
    "name", ["..", ".", "", "/etc", "../results/grid", "grid/", "grid/../grid", "link", "none"]
)
def test_a_name_that_is_not_in_the_list_is_refused(root: Path, name: str) -> None:
    outside = root.parent / "outside"
    shutil.copytree(root / "grid", outside)
    (root / "link").symlink_to(outside)
    with pytest.raises(BadInput, match="one of the list"):
        open_folder(name)
    with pytest.raises(BadInput, match="one of the list"):
        open_folder(str(outside))


@pytest.mark.parametrize("inner", ["runs", "study.toml", "provenance.json", "ledger"])
def test_a_link_inside_a_folder_is_refused(root: Path, inner: str) -> None:
    outside = root.parent / "elsewhere"
    shutil.move(root / "grid" / inner, outside)
    (root / "grid" / inner).symlink_to(outside)
    with pytest.raises(BadInput, match="is a link"):
        open_folder("grid")


def test_a_damaged_folder_is_refused_in_words(root: Path) -> None:
    shelf = Shelf()
    shard = next((root / "grid" / "runs").iterdir())
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    shelf.open("grid")
    assert shelf.wait(WAIT) and "not those in the ledger" in shelf.state.value.problem
    (root / "grid" / "study.toml").write_text("title = 1")
    shelf.open("grid")
    assert shelf.wait(WAIT) and "study.toml" in shelf.state.value.problem and shelf.state.value.seen is None


def test_a_folder_that_is_too_large_is_refused_in_words(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST_ROWS", 100)
    with pytest.raises(BadInput, match="at most 100 on the page"):
        open_folder("grid")


def test_what_is_shown_is_what_is_stored(root: Path) -> None:
    seen = shown(open_folder("grid"))
    assert {"effect.svg", "effect.png", "map.svg", "map.png"} <= set(seen.figures) and not seen.talks
    again = effects(open_folder("grid").runs, seen.stored.study.varied(), ("violence",))
    assert seen.table[seen.table["outcome"] == "violence"]["effect"].tolist() == again["effect"].tolist()
    heads, rows, ids = points_table(seen)
    assert (
        len(rows) == 9 and ids == [str(k) for k in range(9)] and all(len(row) == len(heads) for row in rows)
    )
    assert "'=Grid" in frame_csv(pd.DataFrame({"a": ["=Grid"], "b": [np.nan]})) and "nan" not in frame_csv(
        pd.DataFrame({"b": [np.nan]})
    )


def test_a_point_that_is_chosen_has_curves_and_an_unknown_one_is_ignored(root: Path) -> None:
    shelf = Shelf()
    shelf.open("grid")
    assert shelf.wait(WAIT)
    assert not shelf.choose(9)
    assert shelf.choose(4) and shelf.wait(WAIT)
    state = shelf.state.value
    assert state.point == 4 and state.days == DAYS and "incidence.svg" in state.figures
    assert set(state.curves) == {"multi-tier", "observe-only"}


@pytest.mark.parametrize("arm", ["full", OBSERVE_ONLY])
def test_a_stored_run_replays_as_it_was(root: Path, arm: str) -> None:
    found = open_folder("grid")
    for point in (0, 4, 8):
        row = rows_of(found, point)[arm].iloc[7].to_dict()
        answer = replay_of(found, point, arm, row)
        assert answer.choice is not None and not answer.words
        assert answer.choice.resolved.digest().startswith(row["scenario"])
        assert (answer.choice.seed, answer.choice.replication) == (2, 7)
        assert answer.command.endswith("--seed 2 --replication 7")


def test_a_stored_run_that_would_replay_otherwise_is_refused_in_words(root: Path) -> None:
    found = open_folder("grid")
    row = rows_of(found, 4)["full"].iloc[7].to_dict()
    other = replay_of(found, 4, "full", row | {"violence": row["violence"] * (1 + 1e-12)})
    assert other.choice is None and "changed" in other.words and other.command
    other = replay_of(found, 4, "full", row | {"scenario": "0" * 16})
    assert other.choice is None and "changed" in other.words
    older = dataclasses.replace(found, provenance={**found.provenance, "semantics": 1})
    assert replay_of(older, 4, "full", row).choice is None


def test_a_framework_of_a_file_is_replayed_by_the_command(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = open_folder("grid")
    law = tmp_path / "mine.toml"
    law.write_text(starting_text("multi-tier"), encoding="utf-8")
    study = found.study.model_copy(update={"framework": str(law)})
    row = rows_of(found, 4)["full"].iloc[0].to_dict()
    answer = replay_of(dataclasses.replace(found, study=study), 4, "full", row)
    assert answer.choice is None and "opens no files" in answer.words and str(law) in answer.command
    assert answer.command.endswith("--seed 2 --replication 0")


def test_a_folder_of_failures_is_refused_in_words(root: Path) -> None:
    found = open_folder("grid")
    failed = dataclasses.replace(found, runs=found.runs.assign(status="failed"))
    with pytest.raises(CeasefireError, match=r"all .* runs failed"):
        shown(failed)


# -- what others have written ----------------------------------------------------------------------

SECRET = "the_secret_line = broken"
opened: list[str] | None = None


def _note(event: str, details: tuple[object, ...]) -> None:
    if event == "open" and opened is not None:
        opened.append(str(details[0]))


sys.addaudithook(_note)  # a hook stays for good, so it listens only where a test asks it to


@pytest.fixture
def files_opened() -> Iterator[list[str]]:
    """Names of the files that are opened during a test."""
    global opened
    opened = []
    yield opened
    opened = None


def with_a_file(found: stored.Stored, field: str, path: Path) -> stored.Stored:
    """A folder whose study names a file in one of the places where a study can."""
    points = [{"reliability": r} for r in (0, 0.5, 1)]
    changed: dict[str, Any] = {
        "framework": {"framework": str(path)},
        "scenario": {"scenario": str(path)},
        "point": {"points": [{"framework": str(path), **row} for row in points]},
        "settings": {"settings": {"rules.russia": f"{path.with_suffix('.py')}:Mine"}},
        "point's setting": {
            "points": [{"rules.russia": f"{path.with_suffix('.py')}:M", **row} for row in points]
        },
    }[field]
    raw = found.study.model_dump(exclude_none=True, mode="json")
    raw |= {"parameters": {}, "points": points} | changed
    runs = found.runs[(found.runs["arm"] == OBSERVE_ONLY) | (found.runs["point"] < 3)]
    for name in (key for key in raw["points"][0] if key not in runs.columns):
        runs = runs.assign(**{name: raw["points"][0][name]})
    return dataclasses.replace(found, study=parse_study(raw, "test"), runs=runs)


@pytest.mark.parametrize("field", ["framework", "scenario", "point", "settings", "point's setting"])
def test_no_file_that_a_folder_names_is_opened(
    root: Path, tmp_path: Path, files_opened: list[str], field: str
) -> None:
    law = tmp_path / "elsewhere" / "law.toml"
    law.parent.mkdir()
    law.write_text(SECRET, encoding="utf-8")
    law.with_suffix(".py").write_text(f"raise RuntimeError({SECRET!r})", encoding="utf-8")
    files_opened.clear()
    found = with_a_file(open_folder("grid"), field, law)
    seen = shown(found)
    assert "does not open" in warning(found.study) and not warning(open_folder("grid").study)
    curves, days = point_curves(seen, 1)
    assert curves and 0 < days <= DAYS
    for arm in ("full", OBSERVE_ONLY):
        answer = replay_of(found, 1, arm, rows_of(found, 1)[arm].iloc[0].to_dict())
        assert answer.choice is None and "opens no files" in answer.words and "secret" not in answer.words
        assert answer.command.startswith("ceasefire run" if arm == "full" else "ceasefire sweep")
    texts = [Path(name).resolve() for name in files_opened if name.endswith((".toml", ".py"))]
    homes = (root, Path(place.__file__).parents[1], *map(Path, {sys.prefix, sys.base_prefix}))
    assert not [path for path in texts if not any(path.is_relative_to(home.resolve()) for home in homes)]
    assert str(law) not in files_opened and not any("elsewhere" in name for name in files_opened)


def test_the_audit_hears_a_file_that_is_opened(tmp_path: Path, files_opened: list[str]) -> None:
    (tmp_path / "law.toml").write_text("x = 1")
    with pytest.raises(CeasefireError):
        resolve(str(tmp_path / "law.toml"))
    assert str(tmp_path / "law.toml") in files_opened


def test_a_formula_in_a_folder_is_text_in_every_file(root: Path) -> None:
    found = open_folder("grid")
    evil = dataclasses.replace(found, runs=found.runs.assign(framework="=cmd|calc"))
    seen = shown(evil)
    for text in (effect_file(seen.table), frame_csv(seen.table)):
        assert "'=cmd|calc" in text and ",=cmd" not in text and "\n=cmd" not in text


def test_effect_csv_is_digit_for_digit_the_stored_one(root: Path) -> None:
    seen = shown(open_folder("grid"))
    assert effect_file(seen.table) == effect_csv(seen.table)


@pytest.mark.parametrize("law", ["ensemble", "ensemble-framework", "ensemble-b"])
def test_files_of_a_command_have_names_of_their_own(law: str) -> None:
    text = starting_text("multi-tier").replace('name = "my-multi-tier"', f'name = "{law}"')
    later = text.replace("delay_hours = 6", "delay_hours = 7")
    made = [
        reproduction(Choice(text=each, days=DAYS), RUNS, 1, name)
        for each, name in ((text, "ensemble"), (later, "ensemble-b"))
    ]
    names = [name for each in made for name in each.files]
    assert len(set(names)) == 4
    for each, written in zip(made, (text, later), strict=True):
        study, framework = each.files.values()
        assert framework == written and 'title = "' in study
        assert f'framework = ["{list(each.files)[1]}"]' in study


# -- words, and what a page may say ----------------------------------------------------------------

JUNK: list[Any] = [
    None, [], {}, "x", 7, float("nan"), {"value": None}, {"value": []}, {"id": {}}, {"id": "9" * 5000}, {"runs": []},
    {"runs": float("inf")}, {"row": -1}, {"page": "1", "arm": [], "sorted": {}}, {"law": ["multi-tier"]},
]  # fmt: skip


@pytest.mark.parametrize("data", JUNK, ids=range(len(JUNK)))
def test_what_is_ill_typed_is_read_without_a_fault(data: Any) -> None:
    for key in ("value", "id", "runs", "row", "page", "arm", "sorted", "law"):
        assert heard.whole(data, key, 0, 5, 3) == 3
        assert heard.one_of(data, key, ("multi-tier",), "other") == "other"
        assert isinstance(heard.text(data, key), str)
        found = heard.number(data, key, 0.0, 1.0, 0.5)
        assert found is not None and 0.0 <= found <= 1.0
        assert heard.serial(heard.heard(data, key), 0) is None
        assert heard.yes(data, key) is False
    view = {"arm": "full", "sorted": "violence", "page": 2}
    assert runs_view(view, data) == view


def test_what_is_well_typed_is_taken() -> None:
    assert heard.whole({"n": 5}, "n", 0, 5) == heard.whole({"n": 5.0}, "n", 0, 5) == 5
    assert heard.whole({"n": True}, "n", 0, 5) is None
    assert heard.serial("17", 17) == 17 and heard.serial("18", 17) is None and heard.serial("-1", 17) is None
    assert heard.number({"n": 7}, "n", 0.0, 1.0) == 1.0
    view = {"arm": "full", "sorted": "violence", "page": 0}
    changed = {"arm": OBSERVE_ONLY, "sorted": "replication", "page": 3}
    assert runs_view(view, changed) == changed


def test_a_folder_is_not_opened_while_another_is_read_and_that_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(root / "grid", root / "other")
    go, shelf = threading.Event(), Shelf()

    def slow(name: str) -> Opened:
        assert go.wait(WAIT)
        return Opened()

    monkeypatch.setattr(shelf, "_open", slow)
    assert shelf.open("grid") and not shelf.open("other")
    assert "other was not opened: grid is still being read" in shelf.state.value.problem
    assert shelf.state.value.busy and shelf.name == "grid"
    go.set()
    assert shelf.wait(WAIT) and "other was not opened" in shelf.state.value.problem
    assert shelf.open("other") and shelf.wait(WAIT) and not shelf.state.value.problem


def test_a_session_has_one_shelf_and_no_other_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, made = Desk(), []
    monkeypatch.setattr(shelf_module, "Shelf", lambda: made.append(1) or object())
    assert shelf_module.shelf_of(desk) is shelf_module.shelf_of(desk) and len(made) == 1


def test_titles_say_what_was_changed_wherever_an_arm_is_named(three: Ensemble) -> None:
    first, third = CHOICE.title, three.order.b.title if three.order.b else ""
    assert "reliability=0.41" in first
    heads, _ = outcomes.side_by_side(three)
    assert first in heads and third in heads and f"{first} less {third}" in heads
    assert numbers.headlines(three)[1].title == f"{first} against {third}"
    assert first in reproduction(CHOICE, RUNS, 7).files["ensemble.toml"]


def test_a_long_title_is_wrapped_in_the_legend_and_whole(three: Ensemble) -> None:
    settings = {"reliability": 0.745, "verification.delay_hours": 9, "framework.breach.counts": "repeated"}
    choice = Choice(days=DAYS, settings=settings)
    files = drawn(
        dataclasses.replace(three, order=Order(choice, None, RUNS), arms=dict(list(three.arms.items())[:2]))
    )
    for name in ("incidence.svg", "spread.svg"):
        lines = re.findall(r"<!-- (.*?) -->", files[name].decode())
        start = next(k for k, line in enumerate(lines) if choice.title.startswith(line) and len(line) > 20)
        joined = lines[start]
        for line in lines[start + 1 :]:
            if choice.title.startswith(f"{joined} {line}"):
                joined += " " + line
        assert joined == choice.title and max(map(len, lines[start : start + 2])) <= 56


def test_what_never_happened_has_a_one_sided_bound() -> None:
    nothing, some = np.zeros(1000), np.ones(1000)
    assert outcomes.mean_words(nothing) == "0 in all 1,000 (at 95% at most 0.30% of them have any)"
    assert outcomes.mean_words(some).startswith("1.00 [")
    assert outcomes.gap_words(some, some) == "0: no pair of 1,000 differs"


def test_paired_differences_are_of_a_from_the_other(three: Ensemble) -> None:
    heads, rows = outcomes.side_by_side(three)
    table = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    a, b = (three.arms[arm]["violence"].mean() for arm in (FULL, OBSERVE_ONLY))
    row = next(row for words, row in table.items() if words.startswith("violence"))
    names = numbers.names_of(three)
    cell = row[f"{names[FULL]} less {names[OBSERVE_ONLY]}"]
    assert a != b and float(cell.split(" ")[0]) == pytest.approx(a - b, rel=0.01)


def test_both_sides_stand_beside_each_other_and_what_cannot_be_is_left_out(three: Ensemble) -> None:
    words = dict(outcomes.listed(three))
    for level in (3, 4, 5):
        assert f"by Russia (highest level reached: {level})" in words[f"violations_{level}"]
        assert (f"violations_{level}_ukraine" in words) == (level == 3)
    higher = Choice(days=DAYS, settings={"opportunities.ukraine_top_level": 5})
    assert "violations_5_ukraine" in dict(outcomes.listed(dataclasses.replace(three, order=Order(higher))))
    assert words["false_responses"].endswith("cases against a party that did not do it")
    assert words["days_survived"] == f"days survived, of {DAYS:g} at most"
    for key, said in words.items():
        assert said.startswith(outcomes.COUNTED) == (key not in ("violence", "days_survived"))


# -- what must not be swapped ----------------------------------------------------------------------


def test_intervals_of_the_endings_are_low_then_high_and_hold_the_share(three: Ensemble) -> None:
    curves = numbers.curves(three)
    _, rows = numbers.endings_table(curves)
    for row in rows:
        cause = row[0].replace(" ", "_")
        for name, cell in zip(curves, row[1:], strict=True):
            share, low, high = map(float, re.findall(r"-?[\d.]+", cell))
            end = curves[name][cause]
            assert low <= share <= high and low < high
            assert (share, low, high) == pytest.approx(
                [100 * float(each[-1]) for each in (end.share, end.low, end.high)], abs=0.051
            )


def test_what_is_left_of_a_cancelled_ensemble_is_counted_of_what_was_asked_for(three: Ensemble) -> None:
    asked = Order(CHOICE, None, 1_000)
    said = _ended(dataclasses.replace(three, order=asked), asked)
    assert said == "Cancelled: partial, 100 of 1,000 pairs of cease-fires."


def test_days_in_the_table_of_points_are_the_framework_s_first(root: Path) -> None:
    seen = shown(open_folder("grid"))
    heads, rows, _ = points_table(seen)
    column = heads.index("days survived: framework / observe-only")
    first = seen.table[seen.table["outcome"] == "violence"].to_dict("records")
    assert any(row["days"] != row["days_before"] for row in first)
    for row, cells in zip(first, rows, strict=True):
        here, there = (float(each) for each in cells[column].split(" / "))
        assert (here, there) == pytest.approx((row["days"], row["days_before"]), rel=0.005)
    arms = rows_of(seen.stored, 8)
    means = [arms[arm]["days_survived"].mean() for arm in ("full", OBSERVE_ONLY)]
    assert [float(each) for each in rows[8][column].split(" / ")] == pytest.approx(means, rel=0.005)


def test_the_parts_of_an_effect_stand_in_the_table_and_add_up(root: Path) -> None:
    heads, rows, _ = points_table(shown(open_folder("grid")))
    place = heads.index("general")
    assert heads[place : place + 3] == ["general", "immediate", "denial"]
    for row in rows:
        effect = float(row[1].split(" ")[0])
        assert sum(map(float, row[place : place + 3])) == pytest.approx(effect, abs=0.002)


def test_points_of_several_parameters_name_them(root: Path) -> None:
    names = dict(shown(open_folder("grid")).points)
    assert names[0] == "reliability 0, verification delay 6 h"
    assert names[5] == "reliability 0.5, verification delay 24 h"


def test_each_button_replays_the_run_of_its_row(root: Path) -> None:
    arms = rows_of(open_folder("grid"), 4)
    rows = arms["full"].sort_values("violence").head(5)
    heads, cells, ids = runs_table(rows, {})
    assert ids == [cell[0] for cell in cells] == [str(number) for number in rows["replication"]]
    assert ids != ids[::-1] and heads[0] == "replication"
    for row, cell in zip(rows.to_dict("records"), cells, strict=True):
        assert cell[3] == numbers.number(float(row["violence"]), 4)


def test_arms_without_tiers_say_so(three: Ensemble) -> None:
    heads, rows = outcomes.side_by_side(three)
    row = next(dict(zip(heads, row, strict=True)) for row in rows if row[0].endswith("tiers called"))
    names = numbers.names_of(three)
    assert row[names[OBSERVE_ONLY]] == "0: it has no tiers" and "[" in row[names[FULL]]


@pytest.mark.parametrize("folder", ["ensembles", "talks"])
def test_no_text_is_read_as_html_and_no_command_is_imported(folder: str) -> None:
    for path in (Path(place.__file__).parent / folder).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "unsafe_innerHTML" not in text and "from commands" not in text, path.name


def test_numbers_of_an_earlier_choice_are_known_by_what_is_run(three: Ensemble) -> None:
    desk = Desk()
    desk.put(dataclasses.replace(CHOICE, replication=7))
    order = Order(CHOICE, None, RUNS)
    assert not earlier(order, desk)
    desk.put(
        dataclasses.replace(
            CHOICE, settings={"reliability": 0.41, "monitoring.night": defaults()["monitoring.night"]}
        )
    )
    assert not earlier(order, desk), "a setting at its default changes nothing"
    desk.put(dataclasses.replace(CHOICE, seed=8))
    assert earlier(order, desk)
