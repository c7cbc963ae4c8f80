"""The tab "Talks" without a browser: what is chosen, the command that says the same, the work, what is shown."""

from __future__ import annotations

import csv
import io
import json
import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from console import table as table_module
from console import work
from console.choice import Choice
from console.desk import Desk
from console.talks.choice import TalksChoice
from console.talks.form import FEW, LABELS, WORDS, changed
from console.talks.found import Found, caption
from console.talks.run import talk, truce_choice
from console.talks.tab import Bench, bench_of
from console.talks.tables import (
    alt_words,
    package_csv,
    package_rows,
    round_row,
    rounds_csv,
    solution_rows,
    solutions_csv,
    truce_rows,
    zone_csv,
    zone_rows,
)
from console.work import News, Stopped, Tell, Work
from environment.errors import BadInput
from environment.log import lines
from environment.rules.draws import DAY
from environment.talks.packages import issues, options_of
from environment.talks.parameters import schema
from experiments.talks.terms import framework_of
from experiments.twin import engine
from tests.test_talks_command import SMALL, ceasefire

FURTHER = " ".join(shlex.quote(pair) for pair in SMALL)
TINY = TalksChoice(further=FURTHER)
CHOICES = {
    "mediated": TINY,
    "alternating": TINY.with_value("talks.protocol", "alternating").with_value("talks.ukraine", "bayesian"),
    "two truces": replace(TINY, further=f"{FURTHER} abrogation.peace_russia=20 abrogation.peace_ukraine=5"),
    "without": replace(TINY, guarantees=False, replication="3"),
    "from the desk": replace(
        TINY,
        base=Choice(framework="article-5", scenario="minsk", settings={"abrogation.peace_russia": 12.0}),
        reliability=0.6,
        seed="18446744073709551615",
    ),
}


def heard(_: str, __: int = 0, ___: int = 0) -> None:
    """Hears of progress and wants it all."""


@pytest.fixture(scope="module", params=CHOICES, ids=CHOICES.keys())
def found(request: pytest.FixtureRequest) -> Found:
    return talk(CHOICES[request.param], heard)


# -- the course ------------------------------------------------------------------------------------


def test_the_command_tells_what_the_tab_shows(found: Found) -> None:
    words = shlex.split(found.choice.command())
    assert words[:2] == ["ceasefire", "talks"]
    done = ceasefire(*words[1:], "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stdout == found.json()
    told = ceasefire(*words[1:]).stdout
    assert found.talks[0].why in told.splitlines() and found.about in told
    for line in found.story():
        assert line in told


def test_the_log_is_the_command_s(found: Found, tmp_path: Any) -> None:
    path = tmp_path / "log.jsonl"
    words = shlex.split(found.choice.command())
    assert ceasefire(*words[1:], "--log", str(path)).returncode == 0
    assert path.read_text(encoding="utf-8") == found.log()
    assert list(lines(found.rows)) == found.log().splitlines()


def test_a_truce_is_watched_as_it_was(found: Found, request: pytest.FixtureRequest) -> None:
    assert len(found.truces) == 2 or "two truces" not in request.node.name
    assert len(found.truces) == len(found.said["truces"])
    for truce in found.truces:
        choice, words = truce_choice(found, truce)
        assert choice is not None and words == ""
        assert choice.resolved.digest() == truce.scenario.digest()
        assert choice.framework == framework_of(options_of(truce.code))
        _, outcomes = engine.run(choice.resolved, choice.seed, choice.replication)
        assert outcomes == truce.outcomes, "the very run of the course"
        done = ceasefire(*shlex.split(choice.command())[1:], "--format", "json")
        assert done.returncode == 0, done.stderr


def test_a_truce_that_cannot_be_put_together_again_is_not_watched(found: Found) -> None:
    for truce in found.truces:
        values = {**truce.scenario.values, "monitoring.night": 0.123}
        other = replace(truce, scenario=replace(truce.scenario, values=values))
        choice, words = truce_choice(found, other)
        assert choice is None and "not the one that was run" in words


def test_rounds_are_those_of_their_talks(found: Found) -> None:
    assert len(found.talks) == len([t for t in found.talks if t.rounds or t.agreed < 0])
    for number, one in enumerate(found.talks):
        assert one.number == number
        assert len(one.rounds) == len(one.picture.path)
        rows = [round_row(one, k) for k in range(len(one.rounds))]
        assert [row["n"] for row in rows] == [r.number for r in one.rounds]
        json.dumps(rows)
        read = list(csv.reader(io.StringIO(rounds_csv(one))))
        assert len(read) == len(rows) + 1 and all(len(line) == len(read[0]) for line in read)
        if one.agreed >= 0:
            assert all("accepts" in answer for answer in rows[-1]["answers"])
            assert len(package_rows(one.agreed)) == len(issues())
            assert len(package_csv(one.agreed).splitlines()) == len(issues()) + 1
        assert one.why in alt_words(found, one)
        assert f"seed {found.choice.seed_number}" in caption(found, one)


def test_the_zone_shown_is_the_one_said(found: Found) -> None:
    whole, with_response, without, _ = found.zone
    assert whole.both == found.said["zone"]["share"]
    assert shown(with_response.both) == found.said["zone"]["with_response"]["share"]
    assert shown(without.both) == found.said["zone"]["without_response"]["share"]
    assert whole.russia == found.said["outcomes"]["accepts_russia"]
    assert len(zone_rows(found)) == len(found.zone) == len(zone_csv(found).splitlines()) - 1
    assert len(solution_rows(found)) == 4 + bool(found.said["agreed"])
    assert len(solutions_csv(found).splitlines()) == len(solution_rows(found)) + 1
    assert len(truce_rows(found)) == len(found.truces)
    assert all(truce.began / DAY >= 0.0 for truce in found.truces)


def shown(value: float) -> float | None:
    return None if value != value else value


# -- what is chosen --------------------------------------------------------------------------------


def test_every_choice_of_the_form_has_words() -> None:
    for key in LABELS:
        assert set(schema()[key].choices) <= set(WORDS)


def test_the_controls_change_what_they_say() -> None:
    few = changed(TalksChoice(), {"name": "issues", "value": "few"})
    assert few.open == FEW and few.settings == {"talks.on_the_table": "line guarantee"}
    less = changed(few, {"name": "option", "issue": "line", "option": "zone", "value": False})
    assert less.settings["table.line"] == "current|withdrawal"
    back = changed(less, {"name": "option", "issue": "line", "option": "zone", "value": True})
    assert back.settings == few.settings
    more = changed(few, {"name": "issue", "issue": "term", "value": True})
    assert more.open == ("line", "guarantee", "term")
    assert changed(more, {"name": "issues", "value": "all"}).settings == {}
    assert not changed(few, {"name": "guarantees", "value": False}).guarantees
    assert changed(few, {"name": "nonsense", "value": 3}) == few
    assert changed(few, {"name": "talks.russia", "value": "bayesian"}) == few, "it needs alternating offers"
    assert changed(few, {"name": "option", "issue": "nonsense", "option": "zone", "value": True}) == few


def test_a_strategy_that_a_mediated_text_has_no_use_for_falls_back() -> None:
    offers = TalksChoice().with_value("talks.protocol", "alternating").with_value("talks.russia", "bayesian")
    assert offers.resolved.values["talks.russia"] == "bayesian"
    text = offers.with_value("talks.protocol", "mediated")
    assert text.chosen == {} and text.resolved.values["talks.russia"] == "boulware"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"seed": "one"}, "a whole number"),
    ({"seed": "-1"}, "a whole number"),
    ({"seed": "9" * 5000}, "a whole number"),
    ({"replication": "٣" * 5000}, "a whole number"),
    ({"further": f"talks.rounds={'9' * 5000}"}, "talks.rounds"),
    ({"seed": str(2**64)}, "18446744073709551615"),
    ({"replication": "1.5"}, "a whole number"),
    ({"open": ()}, "issues out of"),
    ({"left": {"line": ()}}, "table.line"),
    ({"further": "talks.roounds=3"}, "did you mean 'talks.rounds'"),
    ({"further": "talks.rounds"}, "KEY=VALUE"),
    ({"further": "'talks.rounds=3"}, "did you mean 'talks.rounds'"),
    ({"further": "'talks.rounds 3"}, "KEY=VALUE"),
    ({"further": "worth.runs=100000"}, "at most 1000"),
    ({"further": "talks.session_days=2"}, "at most 300 rounds"),
    ({"further": "framework.case.quiet_hours=3"}, "terms agreed decide"),
    ({"further": "rules.russia=mine.py:Mine"}, "a shipped rule"),
    ({"base": Choice(scenario="/etc/passwd")}, "scenario"),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=[str(change) for change, _ in BAD])
def test_what_cannot_be_used_is_said_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        _ = replace(TalksChoice(), **change).resolved


def test_what_talks_decide_themselves_is_set_aside_in_words() -> None:
    base = Choice(settings={"framework.case.quiet_hours": 24.0, "monitoring.night": 0.5}, days=90.0)
    choice = TalksChoice(base)
    assert choice.settings == {"monitoring.night": 0.5}
    assert len(choice.set_aside) == 2 and choice.resolved.settings == {"monitoring.night": 0.5}


def test_a_desk_keeps_its_bench() -> None:
    desk = Desk()
    assert bench_of(desk) is bench_of(desk) and bench_of(Desk()) is not bench_of(desk)


# -- the work --------------------------------------------------------------------------------------


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def test_work_is_told_and_its_result_kept() -> None:
    mine: Work[int] = Work()
    heard_of: list[News] = []
    mine.news.subscribe(heard_of.append)

    def job(tell: Tell) -> int:
        for k in range(3):
            tell("counting", k, 3)
            time.sleep(work.POLL)
        return 7

    mine.start(job)
    until(lambda: mine.news.value.phase == "done")
    assert mine.found.value == 7
    assert ("counting", 2, 3) in [(n.words, n.done, n.of) for n in heard_of]


def test_work_that_is_stopped_ends_and_the_next_one_runs() -> None:
    mine: Work[str] = Work()
    ended = threading.Event()

    def endless(tell: Tell) -> str:
        try:
            while True:
                tell("counting", 0, 0)
                time.sleep(0.01)
        except Stopped:
            ended.set()
            raise

    mine.start(endless)
    until(lambda: mine.news.value.phase == "running")
    mine.start(lambda _: "not while the other runs")
    mine.stop()
    assert mine.news.value.phase == "stopped"
    assert ended.wait(5.0)
    mine.start(lambda _: "next")
    until(lambda: mine.found.value == "next")


def test_work_waits_for_other_work_and_can_be_stopped_while_it_waits() -> None:
    one: Work[str] = Work()
    two: Work[str] = Work()
    go = threading.Event()

    def first(_: Tell) -> str:
        go.wait(20.0)
        return "one"

    one.start(first)
    time.sleep(0.1)
    two.start(lambda _: "two")
    time.sleep(0.1)
    assert two.news.value.phase == "waiting"
    two.stop()
    go.set()
    until(lambda: one.found.value == "one")
    time.sleep(2 * work.POLL)
    assert two.found.value is None and two.news.value.phase == "stopped"


@pytest.mark.parametrize(
    ("error", "said"), [(BadInput("seed", -1, "more"), "seed"), (KeyError("x"), "KeyError")]
)
def test_work_that_fails_says_so_and_frees_its_place(error: Exception, said: str) -> None:
    mine: Work[int] = Work()

    def job(_: Tell) -> int:
        raise error

    mine.start(job)
    until(lambda: mine.news.value.phase == "failed")
    assert said in mine.news.value.words and "Traceback" not in mine.news.value.words
    mine.start(lambda _: 1)
    until(lambda: mine.found.value == 1)


def test_a_bench_runs_what_is_chosen_over_what_is_on_the_desk() -> None:
    desk = Desk()
    bench = Bench(desk)
    bench.take(lambda now: replace(now, further=FURTHER))
    desk.put(replace(desk.a.value, settings={"monitoring.night": 0.5}))
    assert bench.choice.value.settings == TINY.settings, "what is watched does not change the talks"
    bench.take_base(desk.a.value)
    bench.run()
    until(lambda: not bench.work.news.value.busy, 60.0)
    assert bench.work.news.value.phase == "done", bench.work.news.value
    shown = bench.work.found.value
    assert shown is not None and shown.choice.settings["monitoring.night"] == 0.5


def test_stopping_leaves_nothing_half_simulated() -> None:
    told: list[int] = []

    def tell(words: str, done: int = 0, of: int = 0) -> None:
        if "simulating" in words:
            told.append(done)
            if done == 1:
                raise Stopped

    choice = replace(TINY, further=FURTHER + " worth.seed=11")
    with pytest.raises(Stopped):
        talk(choice, tell)
    again = talk(choice, heard)
    assert again.json() == talk(choice, heard).json() and told[:2] == [0, 1]


# -- what a page may say, and what must not be swapped ----------------------------------------------

JUNK: list[Any] = [
    None, [], 7, {}, {"name": None}, {"name": []}, {"name": "seed"}, {"name": "seed", "value": None},
    {"name": "seed", "value": float("nan")}, {"name": "further", "value": {}}, {"name": "guarantees", "value": "no"},
    {"name": "issue", "issue": [], "value": None}, {"name": "option", "issue": {}, "option": 3, "value": []},
    {"name": "issues", "value": []}, {"name": "talks.russia", "value": ["linear"]},
]  # fmt: skip


@pytest.mark.parametrize("data", JUNK, ids=range(len(JUNK)))
def test_what_is_ill_typed_changes_nothing(data: Any) -> None:
    choice = TalksChoice(open=FEW)
    assert changed(choice, data) == choice


def test_an_option_switched_off_and_on_again_is_no_change() -> None:
    once = {"name": "option", "issue": "line", "option": "zone"}
    back = changed(changed(TINY, {**once, "value": False}), {**once, "value": True})
    assert back.command() == TINY.command()


@pytest.mark.parametrize("wanted", ["-1", "2", "", "one", "9" * 5000])
def test_a_row_that_is_not_there_is_not_picked(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard_of: list[str] = []
    views: list[dict[str, Any]] = []
    monkeypatch.setattr(table_module, "TableView", lambda **given: views.append(given))
    table_module.table("t", "T", ["n"], [["a"], ["b"]], ["0", "1"], "pick", heard_of.append)
    for data in ({"id": wanted}, {"id": None}, {"row": 0}, None):
        views[0]["event_pick"](data)
    assert not heard_of
    views[0]["event_pick"]({"id": "1"})
    assert heard_of == ["1"]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_russia_and_ukraine_are_not_swapped_in_tables_or_files(found: Found) -> None:
    said = [each for each in found.said["solutions"].values() if each is not None]
    rows = [row for row in solution_rows(found) if row[1] != ""]
    files = [row for row in read(solutions_csv(found)) if row["gain_russia"]]
    for solution, row, file in zip(said, rows, files, strict=False):
        gains = solution["gains"]
        assert row[1:3] == [f"{gains['Russia']:.2f}", f"{gains['Ukraine']:.2f}"]
        assert [float(file["gain_russia"]), float(file["gain_ukraine"])] == [float(cell) for cell in row[1:3]]
    for one in found.talks:
        for k, row in enumerate(read(rounds_csv(one))):
            russia, ukraine = one.picture.gains[one.picture.path[k].place]
            assert (float(row["gain_russia"]), float(row["gain_ukraine"])) == (russia, ukraine)
    outcomes = found.said["outcomes"]
    (name, russia, ukraine, *_), first = zone_rows(found)[0], read(zone_csv(found))[0]
    assert name == first["packages"] == "all packages"
    assert [russia, ukraine] == [f"{outcomes[f'accepts_{party}']:.1%}" for party in ("russia", "ukraine")]
    for party in ("russia", "ukraine"):
        assert float(first[f"accepts_{party}"]) == outcomes[f"accepts_{party}"]


def test_parties_differ_in_what_is_tested_for_swaps(found: Found) -> None:
    assert found.zone[0].russia != found.zone[0].ukraine
    assert all(row[1] != row[2] for row in solution_rows(found) if row[1])


def test_truces_are_as_long_as_they_were(found: Found) -> None:
    for truce, row in zip(found.truces, truce_rows(found), strict=True):
        assert row[2] == f"{truce.days:.1f} days" and truce.days > 0.0
        assert row[1] == f"day {truce.began / DAY:.0f}" and row[3] == truce.outcomes["ending"].replace(
            "_", " "
        )


def test_a_figure_says_what_was_set(found: Found) -> None:
    said = caption(found, found.talks[0])
    key, value = next(iter(found.choice.settings.items()))
    assert f"scenario {found.choice.base.scenario} ({key}={value}" in said
    more = len(found.choice.settings) + (not found.choice.guarantees) - 3
    assert f"{more} more settings" in said
    assert (
        caption(replace(found, choice=TalksChoice()), found.talks[0]).count("scenario baseline, seed 1") == 1
    )
