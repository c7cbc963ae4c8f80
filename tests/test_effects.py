"""Effects: exact where they can be, honest where they cannot."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.effects import COLUMNS, added_risk, effect_csv, effects, mean_difference, relative_fall
from analysis.figures import Line, draw
from analysis.tables import effect_table, foot_lines, head_lines
from environment.errors import BadInput

ARMS = ("observe-only", "opportunities", "reviews", "full")


def runs_frame(
    means: dict[float, tuple[float, float, float]], size: int = 40, war: float = 0.1
) -> pd.DataFrame:
    """Runs of a sweep over reliability: per value the share of violence left in A1, A2, A3."""
    random = np.random.default_rng(7)
    noise, luck = random.gamma(2.0, 1.0, size), random.random(size)
    rows: list[dict[str, Any]] = []

    def add(arm: str, point: float, value: float, left: float) -> None:
        for replication in range(size):
            violence = left * noise[replication] * (1 + 0.2 * random.standard_normal() * (left < 1))
            lost = arm == "full" and bool(luck[replication] < war * (left < 1))
            rows.append(
                {
                    "framework": "f",
                    "arm": arm,
                    "point": point,
                    "baseline": 0,
                    "reliability": value,
                    "replication": replication,
                    "status": "done",
                    "violence": violence,
                    "ending": "direct_war" if lost else "survived",
                    "days_survived": 365.0 - 100 * lost,
                }
            )

    add("observe-only", math.nan, math.nan, 1.0)
    for point, (value, left) in enumerate(means.items()):
        for arm, share in zip(ARMS[1:], left, strict=True):
            add(arm, point, value, share)
    return pd.DataFrame(rows)


SWEEP = {0.0: (1.0, 1.0, 1.0), 0.5: (0.8, 0.6, 0.5), 1.0: (0.4, 0.3, 0.2)}


def test_equal_pairs_have_an_effect_of_exactly_zero() -> None:
    outcome = np.random.default_rng(1).gamma(2, 1, 30)
    found = relative_fall(outcome, outcome.copy())
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    nothing = relative_fall(np.zeros(5), np.zeros(5))
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0)


def test_the_effect_of_a_fixed_share_is_known_without_error() -> None:
    control = np.array([1.0, 2.0, 3.0, 10.0])
    found = relative_fall(0.25 * control, control)
    assert found.value == pytest.approx(0.75)
    assert found.high - found.low == pytest.approx(0, abs=1e-12)


def test_the_interval_agrees_with_a_hand_calculation() -> None:
    # mean(Y3) = 2, mean(Y0) = 4, effect 0.5; e = (Y3 - Y0 / 2) / 4 = (0, -.25, .25), sd .25
    found = relative_fall(np.array([1.0, 1.0, 4.0]), np.array([2.0, 4.0, 6.0]))
    reach = 4.302652730 * 0.25 / math.sqrt(3)  # t(2 df), 97.5%; above 1 the interval is cut
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 1.0))
    assert found.error == pytest.approx(0.25 / math.sqrt(3))
    wide = relative_fall(np.array([3.0, 5.0, 4.0]), np.array([4.0, 4.0, 4.0]))  # e = (-.25, .25, 0)
    assert (wide.low, wide.high) == pytest.approx((-reach, reach))


def test_a_share_of_nothing_is_not_a_number() -> None:
    assert math.isnan(relative_fall(np.array([1.0, 0.0]), np.zeros(2)).value)
    assert math.isnan(relative_fall(np.array([-1.0, 0.0]), np.array([-2.0, -3.0])).value)
    assert math.isnan(relative_fall(np.array([]), np.array([])).value)
    single = relative_fall(np.array([1.0]), np.array([2.0]))
    assert single.value == 0.5 and math.isnan(single.low)


def coverage(trials: int, size: int, seed: int) -> float:
    """Share of intervals that hold the true effect, for skewed and correlated pairs."""
    random = np.random.default_rng(seed)
    inside = 0
    for _ in range(trials):
        common = random.gamma(2.0, 1.0, size)
        control = common + random.gamma(1.0, 1.0, size)  # mean 3
        treated = 0.5 * common + random.gamma(0.5, 1.0, size)  # mean 1.5
        found = relative_fall(treated, control)
        inside += found.low <= 0.5 <= found.high
    return inside / trials


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    assert 0.93 <= coverage(1500, 100, 11) <= 0.97


@pytest.mark.long
@pytest.mark.parametrize("size", [60, 100, 400])
def test_intervals_hold_the_truth_as_often_as_they_say_closely(size: int) -> None:
    assert 0.94 <= coverage(20_000, size, 12) <= 0.96


def test_the_interval_would_fail_if_pairing_were_ignored() -> None:
    random = np.random.default_rng(5)
    common = random.gamma(2.0, 1.0, 200)
    control, treated = common + 0.1 * random.random(200), 0.5 * common + 0.1 * random.random(200)
    paired = relative_fall(treated, control)
    shuffled = relative_fall(random.permutation(treated), control)
    assert (shuffled.high - shuffled.low) > 5 * (paired.high - paired.low)


def test_the_added_risk_agrees_with_a_hand_calculation() -> None:
    # 20 pairs, war under the framework alone 3 times, under observe-only alone once, in both twice:
    # p = 4/22, q = 2/22, difference .0909091, se = sqrt((6/22 - (2/22)^2) / 22) = .1096410
    treated = np.array([True] * 3 + [False] + [True] * 2 + [False] * 14)
    control = np.array([False] * 3 + [True] + [True] * 2 + [False] * 14)
    found = added_risk(treated, control)
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((-0.1239833, 0.3058015), abs=1e-6)


def test_no_war_at_all_still_leaves_doubt() -> None:
    found = added_risk(np.zeros(50, bool), np.zeros(50, bool))
    assert found.value == 0 and found.low < 0 < found.high
    assert found.high < added_risk(np.zeros(10, bool), np.zeros(10, bool)).high


def test_the_gain_in_survival_agrees_with_a_hand_calculation() -> None:
    found = mean_difference(np.array([10.0, 20.0, 30.0]), np.array([9.0, 17.0, 28.0]))
    assert found.value == pytest.approx(2.0)
    assert found.high - 2.0 == pytest.approx(4.302652730 / math.sqrt(3))


def test_the_split_adds_up_to_the_effect() -> None:
    table = effects(runs_frame(SWEEP), ["reliability"], ["violence"])
    total = table["general"] + table["immediate"] + table["denial"]
    assert np.allclose(total, table["effect"], atol=1e-12)
    middle = table[table["value"] == "0.5"].iloc[0]
    assert middle["general"] == pytest.approx(0.2, abs=0.05)
    assert middle["immediate"] == pytest.approx(0.2, abs=0.05)
    assert middle["denial"] == pytest.approx(0.1, abs=0.05)


def test_at_reliability_zero_everything_is_exactly_zero() -> None:
    row = effects(runs_frame(SWEEP), ["reliability"], ["violence"]).iloc[0]
    names = ["effect", "low", "high", "general", "immediate", "denial", "direct_war_risk"]
    assert [row[name] for name in names] == [0] * 7


def test_only_replications_complete_in_all_arms_count() -> None:
    frame = runs_frame({0.5: (0.8, 0.6, 0.5)})
    frame.loc[(frame["arm"] == "reviews") & (frame["replication"] == 3), ["status", "violence"]] = (
        "failed",
        np.nan,
    )
    row = effects(frame, ["reliability"], ["violence"]).iloc[0]
    assert row["runs"] == 39
    assert row.drop(["framework"]).equals(
        effects(frame[frame["replication"] != 3], ["reliability"], ["violence"]).iloc[0].drop(["framework"])
    )


def test_the_order_of_rows_makes_no_difference() -> None:
    frame = runs_frame(SWEEP)
    mixed = frame.sample(frac=1, random_state=3)
    names = (["reliability"], ["violence", "days_survived"])
    assert effect_csv(effects(mixed, *names)) == effect_csv(effects(frame, *names))


def test_effect_csv_has_the_promised_columns_with_the_primary_outcome_first() -> None:
    text = effect_csv(effects(runs_frame(SWEEP), ["reliability"], ["violence", "days_survived"]))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == (
        "framework,parameter,value,outcome,effect,low,high,runs,general,immediate,denial,"
        "direct_war_risk,direct_war_low,direct_war_high"
    )
    assert tuple(rows[0]) == COLUMNS
    assert [row["outcome"] for row in rows] == ["violence"] * 3 + ["days_survived"] * 3
    assert [row["value"] for row in rows[:3]] == ["0", "0.5", "1"]
    assert rows[0]["effect"] == "0" and rows[0]["runs"] == "40"


def test_several_parameters_are_joined() -> None:
    frame = runs_frame({0.5: (0.8, 0.6, 0.5)}).assign(hours=24)
    row = effects(frame, ["reliability", "hours"], ["violence"]).iloc[0]
    assert (row["parameter"], row["value"]) == ("reliability;hours", "0.5;24")


def test_without_the_nested_arms_the_split_is_empty() -> None:
    frame = runs_frame({0.5: (0.8, 0.6, 0.5)})
    frame = frame[frame["arm"].isin(["observe-only", "full"])]
    row = next(csv.DictReader(io.StringIO(effect_csv(effects(frame, ["reliability"], ["violence"])))))
    assert (row["general"], row["immediate"], row["denial"]) == ("", "", "")
    assert row["effect"] != ""


def test_an_outcome_that_no_run_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        effects(runs_frame(SWEEP), ["reliability"], ["violense"])
    assert caught.value.nearest == "violence"


def test_the_table_says_what_the_rows_say() -> None:
    table = effects(runs_frame(SWEEP), ["reliability"], ["violence"])
    text = effect_table(table, {0: (0.1, 0.2, 0.3), 1: (0.4, 0.5, 0.6), 2: (0.7, 0.8, 0.9)})
    lines = text.splitlines()
    assert "\x1b" not in text and max(map(len, lines)) <= 160
    assert "R2" in lines[0] and "0.50" in lines[-2] and "0.000 [0.000, 0.000]" in lines[-3]
    assert "Primary outcome: violence" in head_lines(table, "t", "q")
    foot = foot_lines(5, 40, 2, "Closed form: from r* = 0.437 on.")
    assert "Seed 5" in foot and "0.437" in foot and "2 runs failed" in foot
    assert foot_lines(5, 40, 0).count("\n") == 0


def test_figures_are_the_same_bytes_each_time() -> None:
    table = effects(runs_frame(SWEEP), ["reliability"], ["violence"])
    extras: dict[str, Any] = {
        "marks": [Line(0.22, "low"), Line(0.25, "near")],
        "threshold": 0.4,
        "strengths": [(0.0, 0.0), (1.0, 1.0)],
    }
    first, again = draw(table, "caption", **extras), draw(table, "caption", **extras)
    assert first == again and set(first) == {"effect.svg", "effect.png"}
    assert first["effect.png"].startswith(b"\x89PNG")
    assert draw(table, "caption")["effect.svg"] != first["effect.svg"]


def test_every_kind_of_design_is_drawn_or_left_out() -> None:
    frame = runs_frame(SWEEP)
    base = effects(frame, ["reliability"], ["violence"])
    named = base.assign(parameter="framework", value=["a", "b", "c"])
    crossed = pd.concat([base, base]).assign(
        parameter="reliability;stance", value=[f"{r};{s}" for s in "xy" for r in (0, 0.5, 1)]
    )
    many = pd.concat([named] * 30).assign(value=[f"name{i}" for i in range(90)])
    assert draw(named, "c") and draw(crossed, "c")
    assert draw(many, "c") == {}
