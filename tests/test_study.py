"""Studies and designs: what is accepted, what is refused and how it is said, what is run."""

from __future__ import annotations

import hashlib
import json
import shlex
import tomllib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from environment.errors import BadInput
from experiments.design import build_design, replay
from experiments.study import Study, load_study, override, parse_study, shipped_studies
from experiments.toml_text import study_toml

PLAIN: dict[str, Any] = {
    "name": "plain",
    "title": "A title",
    "question": "A question?",
    "parameters": {"reliability": [0.0, 0.5, 1.0]},
}


@dataclass(frozen=True)
class Scenario:
    """Stands for a resolved scenario: what it was resolved from is what it is."""

    framework: Any
    name: str
    settings: dict[str, Any]

    def canonical(self) -> dict[str, Any]:
        law = {key[10:]: value for key, value in self.settings.items() if key.startswith("framework.")}
        attribution = {"observe-only": "parties"}.get(self.framework.name, "commission")
        law = {"monitoring.coverage": 1.0, "attribution.by": attribution, **law}
        return {"framework": {"name": self.framework.name, **law}}

    def digest(self) -> str:
        if self.framework.name == "observe-only":
            law = self.canonical()["framework"]
            plain = {key: value for key, value in self.settings.items() if not key.startswith("framework.")}
            return repr((self.name, sorted(plain.items()), sorted(law.items())))
        text = json.dumps([self.framework.name, self.name, self.settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def resolve(framework: str, scenario: str, settings: dict[str, Any], days: float | None) -> Any:
    return Scenario(SimpleNamespace(name=framework), scenario, dict(settings))


def strip(scenario: Any) -> Any:
    """Observe-only with the scenario's own monitoring and attribution."""
    plain = {key: value for key, value in scenario.settings.items() if not key.startswith("framework.")}
    law = scenario.canonical()["framework"]
    kept = {f"framework.{key}": law[key] for key in ("monitoring.coverage", "attribution.by")}
    return Scenario(SimpleNamespace(name="observe-only"), scenario.name, {**plain, **kept})


def refused(raw: dict[str, Any]) -> BadInput:
    with pytest.raises(BadInput) as caught:
        parse_study(raw, "my.toml")
    assert str(caught.value).startswith("my.toml: ")
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", shipped_studies())
def test_a_shipped_study_reads_and_writes_back_to_an_equal_study(name: str) -> None:
    study = load_study(name)
    assert study.name == name
    assert parse_study(tomllib.loads(study_toml(study)), "again") == study


def test_the_shipped_studies_are_the_promised_ones() -> None:
    promised = {"reliability", "speed", "verification", "cohesion", "us-backing", "frameworks"}
    assert promised <= set(shipped_studies())
    values = load_study("reliability").parameters["reliability"]
    assert {0, 0.22, 0.41, 0.5, 0.745, 1} <= set(values)
    assert all(load_study(name).outcomes[0] == "violence" for name in promised)


def test_text_that_toml_must_escape_survives_the_round_trip() -> None:
    awkward = 'quote " backslash \\ newline \n tab \t bell \x07 snow \u2603'
    raw = {
        **PLAIN,
        "title": awkward,
        "settings": {"a.b": [1, 2.5, "x"], "odd key": True, "big": 1e300},
        "figure": {"marks": [{"value": 0.5, "label": awkward}]},
        "seed": 2**64 - 1,
        "days": 10,
    }
    study = parse_study(raw, "x")
    assert parse_study(tomllib.loads(study_toml(study)), "again") == study


def test_points_survive_the_round_trip() -> None:
    raw = {**PLAIN, "points": [{"a.b": 1, "c": "x"}, {"a.b": 2, "c": "y"}]}
    del raw["parameters"]
    study = parse_study(raw, "x")
    assert study.varied() == ("a.b", "c")
    assert parse_study(tomllib.loads(study_toml(study)), "again") == study


def test_an_unknown_key_is_named_with_the_nearest() -> None:
    fault = refused({**PLAIN, "rnus": 5})
    assert (fault.received, fault.nearest) == ("rnus", "runs")
    fault = refused({**PLAIN, "figure": {"x_lable": "r"}})
    assert (fault.field, fault.nearest) == ("figure.x_lable", "x_label")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"runs": -5}, "runs"),
        ({"runs": 0}, "runs"),
        ({"runs": "many"}, "runs"),
        ({"runs": 2.5}, "runs"),
        ({"runs": True}, "runs"),
        ({"precision": 0.0}, "precision"),
        ({"precision": float("nan")}, "precision"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"days": 0}, "days"),
        ({"days": float("inf")}, "days"),
        ({"name": "../up"}, "name"),
        ({"arms": ["reviews"]}, "arms"),
        ({"arms": ["full", "full"]}, "arms"),
        ({"arms": ["ful"]}, "arms.0"),
        ({"outcomes": []}, "outcomes"),
        ({"outcomes": ["violence", "violence"]}, "outcomes"),
        ({"parameters": {"reliability": []}}, "parameters.reliability"),
        ({"parameters": {"reliability": [0.1, float("nan")]}}, "parameters.reliability.1"),
        ({"parameters": {"reliability": [0.1, [1]]}}, "parameters.reliability.1"),
        ({"parameters": {"reliability": [0.1, 0.1]}}, "reliability"),
        ({"parameters": {}}, "parameters"),
        ({"parameters": {"a": list(range(1000)), "b": list(range(1000))}}, "parameters"),
        ({"points": [{"a": 1}]}, "parameters"),
        ({"settings": {"reliability": 0.5}}, "settings.reliability"),
        ({"framework": "multi-tier", "frameworks": ["none"]}, "frameworks"),
        ({"settings": 3}, "settings"),
        ({"points": [3]}, "points.0"),
    ],
)
def test_a_bad_value_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    assert refused({**PLAIN, **change}).field == field


def test_points_with_different_keys_are_refused() -> None:
    raw = {**PLAIN, "points": [{"a": 1}, {"b": 1}]}
    del raw["parameters"]
    assert refused(raw).field == "points.1"


def test_a_missing_field_is_named() -> None:
    raw = dict(PLAIN)
    del raw["title"]
    assert refused(raw).field == "title"


def test_one_message_counts_the_other_faults() -> None:
    assert "2 more faults" in str(refused({**PLAIN, "runs": -1, "seed": -1, "title": 3}))


def test_an_unknown_study_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        load_study("reliabilty")
    assert caught.value.nearest == "reliability"


@pytest.mark.parametrize(
    "data",
    [b"name = ", b"\xff\xfe", b"a = " + b"[" * 5000 + b"]" * 5000, b"a = 1\na = 2"],
    ids=["cut", "encoding", "deep", "twice"],
)
def test_a_file_that_is_not_a_study_is_refused(tmp_path: Any, data: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        load_study(path)
    assert "bad.toml" in str(caught.value)


def test_a_file_is_not_read_beyond_its_largest_size(tmp_path: Any) -> None:
    path = tmp_path / "large.toml"
    path.write_text(study_toml(parse_study(PLAIN, "x")) + "#" * 1_000_000)
    with pytest.raises(BadInput, match="at most 1000000 bytes"):
        load_study(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Any) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(BadInput):
            load_study(path)


def test_changes_on_the_command_line_are_checked_and_settings_are_added() -> None:
    study = parse_study({**PLAIN, "settings": {"a": 1, "b": 2}}, "x")
    changed = override(study, "command line", runs=7, seed=None, settings={"b": 3})
    assert (changed.runs, changed.seed, changed.settings) == (7, None, {"a": 1, "b": 3})
    with pytest.raises(BadInput) as caught:
        override(study, "command line", runs=-7)
    assert "command line: runs: got -7" in str(caught.value)


def test_dotted_keys_may_be_written_without_quotes() -> None:
    nested = {"reliability": {"tier_2": [0.1, 0.2]}}
    study = parse_study({**PLAIN, "parameters": nested}, "x")
    assert study.parameters == {"reliability.tier_2": (0.1, 0.2)}


def design_of(**changes: Any) -> Any:
    return build_design(parse_study({**PLAIN, "runs": 120, **changes}, "x"), resolve, strip)


def test_points_share_observe_only_where_the_parameter_is_the_frameworks_own() -> None:
    design = design_of()
    arms = [group.arm for group in design.groups]
    assert arms == ["observe-only"] + ["opportunities", "reviews", "full"] * 3
    assert {point.baseline for point in design.points} == {0}
    assert design.groups[0].framework == "observe-only"
    assert design.size() == 10 * 120


def test_points_have_an_observe_only_of_their_own_where_the_parameter_reaches_it() -> None:
    grid = {
        "verification.delay_hours": [6, 24],
        "reliability": [0.2, 0.5],
        "framework.monitoring.coverage": [0.5, 0.9],
    }
    design = design_of(parameters=grid)
    controls = [group for group in design.groups if group.arm == "observe-only"]
    assert [group.values for group in controls] == [
        {"verification.delay_hours": hours, "framework.monitoring.coverage": share}
        for hours in (6, 24)
        for share in (0.5, 0.9)
    ]
    assert controls[0].settings == {**controls[0].values, "framework.attribution.by": "commission"}
    assert [point.baseline for point in design.points] == [0, 1, 0, 1, 2, 3, 2, 3]
    assert all("reliability" not in group.values for group in controls)


def test_a_key_of_the_frameworks_tiers_does_not_reach_observe_only() -> None:
    design = design_of(parameters={"framework.tier_2.deadline_hours": [24, 48]})
    assert [point.baseline for point in design.points] == [0, 0]
    assert design.groups[0].values == {}


def test_monitoring_is_the_same_in_both_arms_unless_the_study_says_otherwise() -> None:
    same, shipped = design_of(), design_of(comparison="observe-only")
    assert same.groups[0].settings == {"framework.attribution.by": "commission"}
    assert shipped.groups[0].settings == {}
    assert refused({**PLAIN, "comparison": "observe-onyl"}).nearest == "observe-only"


def test_a_key_is_dropped_by_whole_words_only() -> None:
    design = design_of(parameters={"reliability_of_sensors": [1, 2]})
    assert [point.baseline for point in design.points] == [0, 1]


def test_frameworks_side_by_side_share_one_observe_only() -> None:
    raw = {"frameworks": ["none", "multi-tier"], "parameters": {}}
    design = design_of(**raw)
    assert [g.framework for g in design.groups] == ["observe-only"] + ["none"] * 3 + ["multi-tier"] * 3
    assert [point.values for point in design.points] == [{"framework": "none"}, {"framework": "multi-tier"}]


def test_shards_follow_from_the_design_and_cover_every_run_once() -> None:
    shards = list(design_of(runs=4500).shards())
    names = [shard.name for shard in shards]
    assert names == sorted(names) and len(set(names)) == len(names)
    runs = [(s.group.index, r) for s in shards for r in range(s.first, s.first + s.count)]
    assert runs == [(group, replication) for group in range(10) for replication in range(4500)]
    assert [shard.count for shard in shards[:3]] == [2000, 2000, 500]


def test_rounds_of_a_sweep_that_stops_by_precision_double_and_give_every_group_as_many_runs() -> None:
    rounds = [list(shards) for shards in design_of(runs=9000, precision=0.1).rounds()]
    spans = [(shards[0].first, sum(s.count for s in shards if s.group.index == 3)) for shards in rounds]
    assert spans == [
        *((0, 100), (100, 100), (200, 200), (400, 400), (800, 800), (1600, 1600)),
        *((3200, 3200), (6400, 2600)),
    ]
    last = rounds[6]  # 3200 runs a group are two shards each: the first of every group before any second
    assert [s.group.index for s in last] == [*range(10), *range(10)]
    assert [s.first for s in last] == [3200] * 10 + [5200] * 10
    runs = sorted(
        (s.group.index, r) for part in rounds for s in part for r in range(s.first, s.first + s.count)
    )
    assert runs == [(group, replication) for group in range(10) for replication in range(9000)]


def test_the_replay_command_names_everything_that_decides_a_run() -> None:
    study: Study = parse_study({**PLAIN, "settings": {"rules.russia": "a b", "x": True}, "days": 30}, "x")
    group = build_design(study, resolve).groups[2]
    words = shlex.split(replay(study, group, 9))
    given = ["--set", "rules.russia=a b", "--set", "x=true", "--set", "reliability=0.0"]
    scenario = ["--framework", "multi-tier", "--scenario", "baseline", "--days", "30"]
    arm = ["--set", "ladder.arm=reviews", "--seed", "9"]
    assert words == ["ceasefire", "run", *scenario, *given, *arm]
