"""The tab "Ask" without a browser: choices say their command, A and B part where and why the page says."""

from __future__ import annotations

import dataclasses
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analysis.told import OUTCOME_WORDS
from console import work
from console.ask.bench import AT_ONCE, Bench
from console.ask.divergence import HAPPENINGS, part
from console.ask.outcomes import rows, warning
from console.ask.set_apart import SetApart, set_apart
from console.ask.settings import SLIDERS, slider, with_value
from console.ask.tab import asked, beside
from console.choice import Choice, own_framework, starting_text
from console.desk import Desk
from console.guide import to_step
from console.work import Stopped
from environment import frameworks
from environment.errors import BadInput
from environment.parameters import schema
from experiments.compose import compose
from experiments.scenario import resolve, without_response

PLAN = starting_text("multi-tier")
CHOICES = (
    Choice(),
    Choice(framework="article-5", scenario="minsk", seed=2**64 - 1, replication=3, days=40.0),
    Choice(settings={"reliability.tier_2": 0.745, "rules.russia": "prospect"}),
    Choice(settings={"framework.tier_2.deadline_hours": 48}),
    Choice(text=PLAN.replace("deadline_hours = { value = 24,", "deadline_hours = { value = 30,")),
    Choice(
        text=PLAN.replace('called = { value = ["ukraine"]', 'called = { value = ["UKR", "POL"]'),
        settings={"beliefs.credibility": 0.5},
    ),
)  # fmt: skip


def scenario_of(command: str) -> Any:
    """What `ceasefire run` would run, by its own options."""
    words = shlex.split(command)
    assert words[:2] == ["ceasefire", "run"]
    options = dict(zip(words[2::2], words[3::2], strict=True)) if words.count("--set") < 2 else {}
    settings = {}
    for place, word in enumerate(words):
        if word == "--set":
            key, _, value = words[place + 1].partition("=")
            settings[key] = value
        elif word.startswith("--"):
            options[word] = words[place + 1]
    days = options.get("--days")
    scenario = resolve(
        options["--framework"],
        options.get("--scenario", "baseline"),
        settings,
        float(days) if days else None,
    )
    return scenario, int(options["--seed"]), int(options.get("--replication", "0"))


@pytest.mark.parametrize("choice", CHOICES, ids=range(len(CHOICES)))
def test_the_command_runs_what_the_page_runs(choice: Choice) -> None:
    assert not choice.needs_file()
    scenario, seed, replication = scenario_of(choice.command())
    assert scenario.digest() == choice.resolved.digest()
    assert (seed, replication) == (choice.seed, choice.replication)


def test_the_command_line_takes_the_command(tmp_path: Path) -> None:
    from ceasefire import main

    choice = dataclasses.replace(CHOICES[4], days=3.0)
    words = shlex.split(choice.command())[1:]
    done = CliRunner().invoke(main, [*words, "--format", "json"])
    assert done.exit_code == 0, done.output
    assert f'"seed": {choice.seed}' in done.output


def without_tier_3() -> str:
    text = starting_text("multi-tier")
    return text[: text.index("[tier_3]")]


def test_a_framework_of_other_shape_needs_its_file_which_then_does(tmp_path: Path) -> None:
    choice = Choice(text=without_tier_3())
    assert choice.needs_file() and "my-multi-tier.toml" in choice.command()
    path = tmp_path / "my-multi-tier.toml"
    path.write_text(choice.framework_file(), encoding="utf-8")
    scenario, _, _ = scenario_of(choice.command().replace("my-multi-tier.toml", str(path)))
    assert scenario.digest() == choice.resolved.digest()


@pytest.mark.parametrize("choice", CHOICES[:4], ids=range(4))
def test_the_scenario_file_holds_every_parameter(choice: Choice, tmp_path: Path) -> None:
    path = tmp_path / "my-scenario.toml"
    path.write_text(choice.scenario_file(), encoding="utf-8")
    assert resolve(choice.framework, str(path)).digest() == choice.resolved.digest()


@pytest.mark.parametrize(
    "choice",
    [
        Choice(framework="/etc/passwd"),
        Choice(framework="../../secret.toml"),
        Choice(scenario="/tmp/x.toml"),
        Choice(settings={"rules.ukraine": "x.py:Party"}),
        Choice(settings={"no.such.key": 1.0}),
        Choice(text="name = 3"),
        Choice(text="x" * 2_000_000),
        Choice(text=starting_text("multi-tier").replace("my-multi-tier", "multi-tier")),
        Choice(text=PLAN + "# \ud800"),
        Choice(days=float("nan")),
        Choice(days=float("inf")),
        Choice(seed=-1),
        Choice(replication=2**32),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_said_and_leaves_the_desk_as_it_was(choice: Choice) -> None:
    desk = Desk()
    assert not desk.put(choice)
    assert desk.a.value == Choice() and desk.problem.value
    assert desk.put(Choice(seed=2)) and desk.problem.value == ""


@pytest.mark.parametrize("name", frameworks.shipped())
def test_every_shipped_framework_can_be_edited_from_its_own_text(name: str) -> None:
    assert own_framework(starting_text(name)).name == f"my-{name}"
    assert Choice(framework=name, text=starting_text(name)).resolved.digest() == resolve(name).digest()


# -- sliders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for keys in SLIDERS.values() for key in keys])
def test_a_slider_reaches_its_evidence_and_stays_within_what_is_allowed(key: str) -> None:
    spec = schema()[key]
    found = slider(spec, float(spec.value))
    assert spec.min <= found["least"] <= found["low"] <= found["high"] <= found["most"] <= spec.max
    assert found["least"] <= found["value"] <= found["most"]
    assert 100 <= (found["most"] - found["least"]) / found["step"] <= 2000
    assert spec.status in found["help"] and spec.source in found["help"]


def test_a_value_at_its_default_is_not_set() -> None:
    choice = with_value(Choice(), "reliability.tier_2", 0.6)
    assert choice.settings == {"reliability.tier_2": 0.6}
    assert with_value(choice, "reliability.tier_2", 0.41).settings == {}
    assert set(with_value(Choice(), "reliability", "0.5").settings) == {
        f"reliability.tier_{k}" for k in (1, 2, 3, 4)
    }


def test_the_page_changes_what_it_is_asked_to() -> None:
    desk = Desk()
    assert asked(desk, "b", {"framework": "article-5"})[0].framework == "article-5"
    assert asked(desk, "a", {"any": " verification.delay_hours = 6 "})[0].settings == {
        "verification.delay_hours": 6.0
    }
    assert (
        asked(desk, "a", {"any": "framework.tier_2.deadline_hours=48"})[0]
        .resolved.framework.tiers[1]
        .deadline_hours.value
        == 48
    )
    assert "range of the evidence" in asked(desk, "a", {"explain": "reliability.tier_2"})[1]
    for bad in (
        {"any": "nonsense"},
        {"any": "no.key=1"},
        {"key": "reliability.tier_2", "value": 7},
        {"explain": "x"},
    ):
        with pytest.raises(BadInput):
            asked(desk, "a", bad)


# -- where A and B part ----------------------------------------------------------------------------


def log_of(choice: Choice) -> list[Any]:
    model = compose(choice.resolved, choice.seed, choice.replication)
    model.run()
    return list(model.log)


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"reliability.tier_2": 0.745}},
        {"framework": "observe-only"},
        {"framework": "article-5"},
        {"settings": {"verification.delay_hours": 6.0}},
        {"settings": {"us.initial_stance": "committed"}},
    ],
    ids=str,
)
def test_two_runs_part_where_their_logs_do(other: dict[str, Any]) -> None:
    a = Choice(days=150.0)
    b = dataclasses.replace(a, **other)
    found, one, two = part(a, b), log_of(a), log_of(b)
    assert one[: found.same] == two[: found.same]
    first = [log[found.same] for log in (one, two) if found.same < len(log)]
    assert one[found.same : found.same + 1] != two[found.same : found.same + 1]
    assert found.at == min(row.time for row in first) / 3_600_000
    ground = [
        [r for r in log if r.event in HAPPENINGS and r.time / 3_600_000 < (found.ground or 1e9)]
        for log in (one, two)
    ]
    assert [(r.time, r.event, r.actor, r.sector, r.level) for r in ground[0]] == [
        (r.time, r.event, r.actor, r.sector, r.level) for r in ground[1]
    ]
    assert found.why and found.set_apart == set_apart(a, b) != SetApart()


def test_a_choice_does_not_part_from_itself() -> None:
    found = part(Choice(days=60.0), Choice(days=60.0))
    assert found.at is None and found.ground is None and found.set_apart == SetApart()
    assert found.outcomes[0] == found.outcomes[1]


# -- what was chosen differently -------------------------------------------------------------------


def test_own_changes_come_first_with_their_meaning() -> None:
    a = Choice(settings={"reliability.tier_2": 0.745})
    found = set_apart(a, Choice(framework="observe-only", settings={"cohesion.will": 0.25}))
    assert found.own[0] == (
        "framework: The 24 h / 72 h plan in A, Observation without consequences in B: the clauses beside say how "
        "they differ"
    )
    usual = schema()["cohesion.will"]
    assert found.own[1:] == [
        f"cohesion.will ({usual.meaning}): {usual.value:g} in A, 0.25 in B",
        f"reliability.tier_2 ({schema()['reliability.tier_2'].meaning}): 0.745 in A, 0.41 in B",
    ]
    assert len(found.clauses) > 12 and found.parameters == []
    everything = [*found.own, *found.clauses, *found.parameters]
    assert not any("nothing in A" in line or "nothing in B" in line for line in everything)
    assert any(
        line.startswith("framework.tier_2.deadline_hours: 72 in A; B has no such clause")
        for line in found.clauses
    )


def test_an_edited_text_is_an_own_change_and_a_scenario_brings_its_parameters() -> None:
    edited = CHOICES[4]
    found = set_apart(edited, Choice(scenario="minsk", days=90.0, seed=5))
    assert "framework.tier_1.deadline_hours: 30 in A, 24 in B" in found.own and found.clauses == []
    assert any(line.startswith("scenario.days (") and line.endswith("in A, 90 in B") for line in found.own)
    assert "scenario: baseline in A, minsk in B" in found.own
    assert "seed: 1 in A, 5 in B: other random numbers" in found.own
    keys = {line.split(" ")[0] for line in found.parameters}
    one, other = edited.resolved.values, Choice(scenario="minsk").resolved.values
    assert keys == {key for key in one if one[key] != other[key]} - {"scenario.days"}


def test_the_tour_and_the_desk_hold_the_plan_against_itself_without_consequences() -> None:
    """What the experiments compare with: monitoring and attribution are the plan's own."""
    desk = Desk()
    assert desk.b.value.resolved.digest() == without_response(desk.a.value.resolved).digest()
    desk.put(Choice(framework="article-5"), "b")
    to_step(desk, 5)
    assert desk.tab.value == "ask"
    assert desk.b.value.resolved.digest() == without_response(desk.a.value.resolved).digest()


def test_b_is_shown_as_it_runs_on_the_random_numbers_of_a() -> None:
    desk = Desk()
    desk.put(Choice(seed=12, replication=3))
    desk.put(Choice(framework="article-5", seed=8), "b")
    b = beside(desk)
    assert b.command() == "ceasefire run --framework article-5 --seed 12 --replication 3"
    assert b == dataclasses.replace(desk.b.value, seed=12, replication=3)


# -- outcomes --------------------------------------------------------------------------------------


def test_outcomes_of_unequal_exposure_are_told_by_the_day() -> None:
    a, b = Choice(days=100.0), Choice(framework="observe-only", days=60.0)
    one, other = part(a, b).outcomes
    found = {row["name"]: row for row in rows(one, other)}
    assert len(found) == len(OUTCOME_WORDS)
    cases = found["cases, before the ending"]
    assert (cases["a"], cases["b"]) == (str(one["cases"]), str(other["cases"]))
    for side, outcomes in (("a", one), ("b", other)):
        rate = float(outcomes["cases"]) / float(outcomes["days_survived"])
        assert float(cases[f"rate_{side}"]) == pytest.approx(rate, abs=5.1e-5) and rate > 0.0
    for name in ("violations ordered, by both sides", "infrastructure outage", "ground lost", "violence"):
        assert found[f"{name}, before the ending"]["rate_a"]
    for name in ("ending", "survived", "violence", "violence, after the ending"):
        assert found[name]["rate_a"] == ""
    assert found["recorded by monitors, single shots and bursts, before the ending"]["rate_b"] == ""
    assert all(row["rate_a"] == row["rate_b"] == "" for row in rows(one, one))


def test_unequal_horizons_are_warned_of() -> None:
    assert warning((2400.0, 2400.0)) == ""
    assert warning((2400.0, 1440.0)).startswith("A is run for 100 days and B for 60 days (scenario.days)")
    found = part(Choice(days=3.0), Choice(days=2.0))
    assert found.horizons == (72.0, 48.0)


# -- work ------------------------------------------------------------------------------------------


def test_a_comparison_tells_how_far_it_is_and_can_be_stopped() -> None:
    heard: list[tuple[str, int, int]] = []
    part(Choice(days=70.0), Choice(days=70.0, seed=2), lambda *news: heard.append(news))
    assert [done for words, done, _ in heard if words.startswith("Running A")] == [0, 30, 60]
    assert [of for words, _, of in heard if words.startswith("Running B")] == [70, 70, 70]

    def stop(words: str, done: int, of: int) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        part(Choice(days=70.0), Choice(days=70.0), stop)


def test_the_last_change_wins_and_what_is_known_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    ended: list[int] = []

    def slow(a: Choice, b: Choice, tell: Any) -> Any:
        begun.append(b.seed)
        try:
            while b.seed < 3:
                tell("Running", 0, 0)
                time.sleep(0.01)
        except Stopped:
            ended.append(b.seed)
            raise
        return a.seed, b.seed

    monkeypatch.setattr("console.ask.bench.part", slow)
    bench = Bench()
    for seed in (1, 1, 2, 3):
        bench.compare(Choice(), Choice(seed=seed))
        time.sleep(0.1)
    until(lambda: bench.work.news.value.phase == "done" and len(ended) == 2)
    found = bench.work.found.value
    assert found is not None and found.parting == (1, 3)  # type: ignore[comparison-overlap]
    assert begun == [1, 2, 3] and ended == [1, 2]
    bench.compare(Choice(), Choice(seed=3))
    time.sleep(0.1)
    assert begun == [1, 2, 3]


def test_comparisons_wait_for_each_other_and_not_for_the_talks(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    under_way: list[int] = []

    def waits(a: Choice, b: Choice, tell: Any) -> Any:
        under_way.append(b.seed)
        go.wait(20.0)
        return b.seed

    monkeypatch.setattr("console.ask.bench.part", waits)
    benches = [Bench() for _ in range(AT_ONCE + 1)]
    with work.SLOTS:
        for seed, bench in enumerate(benches):
            bench.compare(Choice(), Choice(seed=seed))
        until(lambda: len(under_way) == AT_ONCE)
        time.sleep(3 * work.POLL)
        assert len(under_way) == AT_ONCE
        go.set()
        until(lambda: all(bench.work.found.value is not None for bench in benches))


def test_a_comparison_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    closing: list[Any] = []
    ended = threading.Event()

    def endless(a: Choice, b: Choice, tell: Any) -> Any:
        try:
            while True:
                tell("Running", 0, 0)
                time.sleep(0.01)
        except Stopped:
            ended.set()
            raise

    monkeypatch.setattr("console.ask.bench.part", endless)
    monkeypatch.setattr("console.work._when_session_ends", closing.append)
    Bench().compare(Choice(), Choice())
    time.sleep(0.1)
    assert not ended.is_set()
    for close in closing:
        close()
    assert ended.wait(5.0)


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)
