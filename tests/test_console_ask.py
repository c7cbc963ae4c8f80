"""The tab "Ask" without a browser: choices say their command, A and B part where and why the page says."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from console.ask.divergence import HAPPENINGS, part, set_apart
from console.ask.settings import SLIDERS, slider, with_value
from console.ask.tab import asked
from console.ask.why import Witness
from console.choice import Choice, own_framework, starting_text
from console.desk import Desk
from console.watch.run import Watched
from environment import frameworks
from environment.errors import BadInput
from environment.log import Event
from environment.parameters import schema
from experiments.compose import compose
from experiments.scenario import resolve

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
    assert found.why and found.set_apart == set_apart(a, b) != []


def test_a_choice_does_not_part_from_itself() -> None:
    found = part(Choice(days=60.0), Choice(days=60.0))
    assert found.at is None and found.ground is None and found.set_apart == []
    assert found.outcomes[0] == found.outcomes[1]


def test_a_broken_promise_is_explained_by_its_draw_and_both_probabilities() -> None:
    """Seed 1: France is the first to keep in B what it does not keep in A."""
    a = Choice()
    b = Choice(settings={"reliability.tier_2": 0.745})
    found = part(a, b)
    (said,) = [why for why in found.why if "meets the same draw" in why]
    numbers = [
        float(word.strip(":.,"))
        for word in said.replace(":", " ").split()
        if word[0].isdigit() and "." in word
    ]
    draw, chance, its = numbers
    assert chance < draw < its or its < draw < chance
    rows = [log_of(choice)[found.same] for choice in (a, b)]
    assert all(row.event == Event.RESPONSE_DECIDED for row in rows)
    assert [bool(row.x) for row in rows] == [draw < chance, draw < its]


def test_a_witness_changes_nothing() -> None:
    choice = Choice(days=120.0)
    run = Watched(choice)
    run.to(200.0)
    witness = Witness(run)
    run.to(run.horizon)
    assert run.model.log == log_of(choice)
    assert witness.calls and witness.choices
