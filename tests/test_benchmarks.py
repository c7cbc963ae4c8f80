"""Every benchmark, reduced: it ends with one JSON object that has the keys that are documented."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from benchmarks import common, engines, horizon, pairing, peer, profile, size, units
from environment import tables

DAYS = 20.0
ENGINES = {
    "runs_per_second_core",
    "runs_per_second_core_cpu",
    "draws_per_event_time",
    "draws_per_event_time_cpu",
    "draws_per_event_time_chained",
    "draws_per_event_time_vectorised",
    "ratio_mesa",
    "ratio_mesa_cpu",
    "speedup_two_cores",
    "speedup_two_cores_cpu",
    "cpu_two_over_one",
    "speedup_two_threads",
    "speedup_engine_threads",
}


def last_line(text: str) -> dict[str, Any]:
    """The JSON object of a benchmark's last line; all others are for people."""
    lines = text.rstrip("\n").split("\n")
    assert lines[0].startswith("machine: "), "the machine's load is said first"
    assert not any(line.startswith("{") for line in lines[:-1])
    found: dict[str, Any] = json.loads(lines[-1])
    assert {"load", "cores"} <= set(found)
    return found


def assert_positive(found: dict[str, Any], keys: set[str]) -> None:
    for key in keys:
        assert isinstance(found[key], float | int) and math.isfinite(found[key]) and found[key] > 0, key


def test_engines(capsys: pytest.CaptureFixture[str]) -> None:
    engines.benchmark(runs=6, mesa_runs=1, blocks=2000, rounds=1, pairs=1, days=DAYS)
    found = last_line(capsys.readouterr().out)
    assert_positive(found, ENGINES)
    assert_positive(found["observe_only"], ENGINES)


def test_store(capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks import store

    store.benchmark(small=2, large=8, rounds=1, sizes=(8,), workers=1, days=DAYS)
    found = last_line(capsys.readouterr().out)
    assert_positive(found, {"share_of_kernel", "sweep_runs_per_second"})
    assert {"startup_seconds", "startup_seconds_cpu", "share_of_kernel_cpu"} <= set(found)
    (row,) = found["memory"]
    assert row["runs"] == 8
    assert found["peak_mb"] is None or found["peak_mb"] == max(row["coordinator_mb"], row["worker_mb"]) > 0


def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks import console

    console.benchmark(rounds=1, sessions=2, steps=1)
    found = last_line(capsys.readouterr().out)
    assert found["sessions"] == 2
    assert_positive(found, {"start_seconds", "cold_seconds", "warm_seconds", "session_seconds", "before_mb"})
    assert {"first_seconds", "answer_seconds", "during_mb", "after_mb", "session_mb", "step_ms"} <= set(found)


def test_horizon(capsys: pytest.CaptureFixture[str]) -> None:
    horizon.benchmark(years=(0.05, 0.1), runs=4, rounds=1, blocks=2000)
    found = last_line(capsys.readouterr().out)
    assert [row["years"] for row in found["horizons"]] == [0.05, 0.1]
    assert_positive(found, {"time_per_event_last_over_first"})
    for row in found["horizons"]:
        assert_positive(row, {"runs_per_second_core", "years_per_second", "events_per_run"})


def test_size(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped size alone, which is compiled already; others in the long test."""
    size.benchmark(states=(len(tables.states()),), sectors=(), runs=3, rounds=1, blocks=2000)
    (row,) = last_line(capsys.readouterr().out)["sizes"]
    assert (row["what"], row["count"]) == ("states", 37)
    assert_positive(row, {"runs_per_second_core", "compile_seconds", "setup_seconds", "draws_per_event_time"})


@pytest.mark.long
@pytest.mark.parametrize(("states", "sectors"), [((12,), ()), ((111,), ()), ((), (5,)), ((), (40,))])
def test_other_sizes(
    states: tuple[int, ...], sectors: tuple[int, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    size.benchmark(states, sectors, runs=3, rounds=1, blocks=2000)
    (row,) = last_line(capsys.readouterr().out)["sizes"]
    assert_positive(row, {"runs_per_second_core", "events_per_run"})


@pytest.mark.parametrize("count", [4, 12, 37, 74, 111])
def test_states_are_left_out_or_copied(count: int) -> None:
    found, shipped = size.resized_states(count), tables.states()
    assert len(found) == count
    assert [s.group for s in found[-2:]] == ["usa", "ukraine"]
    assert len({s.iso3 for s in found}) == count
    assert found[0] == shipped[0]
    if count == len(shipped):
        assert found == shipped


@pytest.mark.parametrize("count", [5, 7, 10, 20, 40])
def test_sectors_are_merged_or_split(count: int) -> None:
    found, shipped = size.resized_sectors(count), tables.sectors()
    assert len(found) == count
    assert sum(s.length_km for s in found) == pytest.approx(sum(s.length_km for s in shipped))
    assert sum(s.background_share for s in found) == pytest.approx(sum(s.background_share for s in shipped))
    if count == len(shipped):
        assert found == shipped


def test_peer(capsys: pytest.CaptureFixture[str]) -> None:
    peer.benchmark(runs=2, rounds=1, days=DAYS, times=2)
    found = last_line(capsys.readouterr().out)
    assert found["same_outcomes"] is True
    assert_positive(found, {"ratio_peer", "ratio_peer_hourly", "peer_runs_per_second", "runs_per_second"})


def test_profile(capsys: pytest.CaptureFixture[str]) -> None:
    profile.benchmark(count=200, rounds=1, perf=False)
    found = last_line(capsys.readouterr().out)
    assert found["perf"] is False
    assert set(found["part_ns"]) == {
        "philox", "two uniforms", "normal", "background count", "agenda", "ladder",
    }  # fmt: skip
    assert_positive(found["part_blocks"], set(found["part_blocks"]))


def test_a_report_of_perf_is_read() -> None:
    text = (
        "# Overhead\n 50.00%  |python3.12  |[.] _PyEval\n"
        " 30.00%  |[JIT] tid 12  |[.] draws.philox\n 10.00%  |libm.so.6  |[.] __exp_fma\n\n"
    )
    assert profile.shares(text) == {"draws.philox": 0.75, "__exp_fma": 0.25}
    assert profile.shares("") == {}
    name = "_ZN11environment5rules5draws6philoxB3v12B38c8tJTIe"
    assert profile.plain_name(name) == "draws.philox"


def test_pairing(capsys: pytest.CaptureFixture[str]) -> None:
    pairing.benchmark(runs=12, logs=1, days=DAYS)
    found = last_line(capsys.readouterr().out)
    assert {row["kind"] for row in found["comparisons"]} == set(pairing.KINDS)
    for row in found["comparisons"]:
        for outcome in pairing.OUTCOMES:
            assert {"ratio", "low", "high", "correlation", "equal", "ceiling"} == set(row[outcome])
        assert 0 <= row["end_apart"] <= 1
    assert {"least_ratio", "least_ratio_steps", "divergence"} <= set(found)
    assert all(one["pairs"] == 1 for one in found["divergence"])


def test_common_numbers_are_worth_something(capsys: pytest.CaptureFixture[str]) -> None:
    """A year of neighbouring reliabilities, 300 pairs: outcomes go together, before and after."""
    pairing.benchmark(runs=300, logs=0, kinds=("steps",))
    found = last_line(capsys.readouterr().out)
    assert found["least_ratio_steps"] >= 0.95
    for row in found["comparisons"]:
        assert row["violence"]["correlation"][0] > 0.5
        assert row["both_survive"]["ratio"] > 5


def test_endings_apart_are_counted() -> None:
    violence = {"a": [1.0, 2.0, 300.0, 4.0], "b": [1.0, 2.5, 3.0, 350.0]}
    ending = {"a": ["survived", "survived", "collapse", "survived"],
              "b": ["survived", "survived", "survived", "direct_war"]}  # fmt: skip
    arms = [{"violence": np.array(violence[k]), "ending": ending[k]} for k in "ab"]
    found = pairing.endings(*arms)
    assert found["end_apart"] == 0.5
    assert found["survived_first_only"] == found["survived_second_only"] == 0.25
    assert found["end_apart_pairs"] == {"collapse > survived": 1, "survived > direct_war": 1}
    assert found["variance_from_endings_apart"] > 0.99
    assert found["both_survive"]["pairs"] == 2


@contextmanager
def ticking(times: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    left = iter(times)
    monkeypatch.setattr(common.time, "perf_counter", lambda: next(left))
    yield


def test_parts_take_turns_back_and_forth(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    with ticking([0, 1, 1, 3, 3, 6, 6, 8], monkeypatch):
        first, second = common.alternate([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert order == ["a", "b", "b", "a"]
    assert [took.wall for took in first] == [1, 2]
    assert [took.wall for took in second] == [2, 3]
    assert common.middle(second) == 2.5
    assert common.ratio(second, first) == pytest.approx((2 / 1 + 3 / 2) / 2)


def test_the_last_line_is_json_whatever_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"a": math.inf, "b": math.nan, "c": [np.float64(1.23456789), {"d": np.int64(3)}], "e": True}
    found = common.finish(given)
    assert json.loads(capsys.readouterr().out) == found
    assert found["a"] is None and found["b"] is None and found["e"] is True
    assert found["c"] == [1.2346, {"d": 3.0}]


def test_units_do_their_work() -> None:
    seen = units.tally()
    units.blocks(500, seen)
    assert int(seen.sum()) == 500
    assert units.many_blocks(10) != units.chained_blocks(10)
    assert units.turns_of_agenda(units.agenda(16), 16, 100) > 0
