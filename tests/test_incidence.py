"""Cumulative incidence, restricted mean, spread and maps: against brute force, closed forms and other code."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy import stats

from analysis.figures import draw
from analysis.incidence import CAUSES, MOST_STEPS, incidence, incidence_table, restricted_mean, wilson
from analysis.incidence_figure import draw_incidence
from analysis.maps import MOST_VALUES, _panel, contour_levels, draw_maps, maps, undecided
from analysis.spread import Remarkable, cumulative, remarkable, spread_table
from analysis.spread_figure import draw_spread

ENDINGS = ("survived", *CAUSES)
HORIZON = 100.0


def ended(size: int, seed: int) -> tuple[Any, Any]:
    """Endings and days, some of them at the same time."""
    draws = np.random.default_rng(seed)
    how = draws.choice(ENDINGS, size, p=(0.4, 0.3, 0.1, 0.2))
    when = np.minimum(np.ceil(draws.exponential(60, size)), HORIZON - 1)
    return how, np.where(how == "survived", HORIZON, when)


def aalen_johansen(how: Any, when: Any, cause: str, at: float) -> float:
    """The estimator as its definition has it: the sum over event times of S(t-) d_cause / n at risk."""
    total, alive = 0.0, 1.0
    for time in sorted(set(when[how != "survived"])):
        if time > at:
            break
        risk = np.count_nonzero(when >= time)
        here = (when == time) & (how != "survived")
        total += alive * np.count_nonzero(here & (how == cause)) / risk
        alive *= 1 - np.count_nonzero(here) / risk
    return total


@pytest.mark.parametrize("seed", range(4))
def test_incidence_is_the_aalen_johansen_estimator(seed: int) -> None:
    how, when = ended(60, seed)
    found = incidence(how, when, HORIZON)
    for cause in CAUSES:
        curve = found[cause]
        assert curve.days[0] == 0 and curve.days[-1] == HORIZON
        for at, share in zip(curve.days, curve.share, strict=True):
            assert share == pytest.approx(aalen_johansen(how, when, cause, at), abs=1e-12)


def test_shares_of_endings_add_up_to_what_has_ended() -> None:
    how, when = ended(500, 9)
    found = incidence(how, when, HORIZON)
    days = found["collapse"].days
    assert all((found[cause].days == days).all() for cause in CAUSES)
    whole = sum(found[cause].share for cause in CAUSES)
    here = [np.mean((when <= at) & (how != "survived")) for at in days]
    assert whole == pytest.approx(here)


def test_many_endings_are_kept_at_as_many_times_as_a_figure_shows() -> None:
    days = np.linspace(0.01, 99.99, 5 * MOST_STEPS)
    found = incidence(np.full(len(days), "collapse"), days, HORIZON)
    assert len(found["collapse"].days) == MOST_STEPS
    assert found["collapse"].share == pytest.approx(found["collapse"].days / HORIZON, abs=1e-3)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_wilson_is_that_of_scipy(size: int) -> None:
    share, low, high = wilson(np.arange(size + 1), size)
    for count in range(size + 1):
        other = stats.binomtest(count, size).proportion_ci(0.95, method="wilson")
        assert share[count] == count / size
        assert (low[count], high[count]) == pytest.approx((other.low, other.high), abs=1e-12)


def test_wilson_of_nothing_is_nothing() -> None:
    assert all(np.isnan(each).all() for each in wilson(np.zeros(3, np.int64), 0))


def test_pointwise_intervals_hold_the_truth() -> None:
    """Exponential time to one ending with rate 1/60: at day 50 the share is 1 - exp(-50/60)."""
    draws, truth, held, trials = np.random.default_rng(4), 1 - math.exp(-50 / 60), 0, 400
    for _ in range(trials):
        when = draws.exponential(60, 200)
        how = np.where(when < HORIZON, "collapse", "survived")
        curve = incidence(how, np.minimum(when, HORIZON), HORIZON)["collapse"]
        place = int(np.searchsorted(curve.days, 50.0, side="right")) - 1
        held += curve.low[place] <= truth <= curve.high[place]
    assert 0.92 <= held / trials <= 0.98


def test_restricted_mean_is_the_area_under_survival() -> None:
    how, when = ended(300, 2)
    found = incidence(how, when, HORIZON)
    survival = 1 - sum(found[cause].share for cause in CAUSES)
    area = float(np.sum(survival[:-1] * np.diff(found["collapse"].days)))
    estimate = restricted_mean(when)
    assert estimate.value == pytest.approx(area)
    interval = stats.t.interval(0.95, len(when) - 1, np.mean(when), stats.sem(when))
    assert (estimate.low, estimate.high) == pytest.approx(interval)


def test_the_table_has_every_point_of_every_curve() -> None:
    how, when = ended(40, 1)
    found = incidence(how, when, HORIZON)
    table = incidence_table({"a": found, "b": found})
    assert len(table) == 6 * len(found["collapse"].days)
    last = table[(table["arm"] == "b") & (table["ending"] == "direct_war")].iloc[-1]
    assert last["share"] == pytest.approx(np.mean(how == "direct_war"))


# -- spread ----------------------------------------------------------------------------------------


def test_the_distribution_counts_those_that_are_at_most_that() -> None:
    values = np.array([3.0, 1.0, 3.0, 2.0])
    at, share = cumulative(values)
    assert at.tolist() == [1, 2, 3] and share.tolist() == [0.25, 0.5, 1.0]
    table = spread_table([("a", values), ("b", values[:2])])
    assert len(table) == 5 and table["share"].iloc[-1] == 1


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    treated = {
        "replication": [10, 11, 12, 13, 14],
        "violence": [5.0, 1.0, 9.0, 2.0, 2.0],
        "ending": ["collapse", "survived", "direct_war", "collapse", "survived"],
        "days_survived": [50.0, 100.0, 20.0, 30.0, 100.0],
    }
    control = {**treated, "violence": [6.0, 8.0, 1.0, 2.0, 2.0]}
    return pd.DataFrame(treated), pd.DataFrame(control)


def test_remarkable_runs_are_what_they_are_called() -> None:
    found = {each.name: each for each in remarkable(*frames())}
    assert found["median"].replication == 13  # the first of two with 2
    assert found["most"].replication == 12 and found["most"].below == 1
    assert found["spared"].replication == 11  # 8 less 1
    assert "worsened" not in found and "war" not in found  # run 12 is there already
    assert "collapse" not in found  # run 13 is there already
    assert (found["control"].replication, found["control"].arm, found["control"].value) == (11, "control", 8)


def test_nothing_is_remarkable_without_runs() -> None:
    first, second = frames()
    assert remarkable(first.head(0), second.head(0)) == []


def test_equal_arms_have_no_largest_difference() -> None:
    first, _ = frames()
    assert not {"spared", "worsened"} & {each.name for each in remarkable(first, first)}


# -- figures ---------------------------------------------------------------------------------------


def effect_rows(keys: str, values: list[str], effects: list[float], reach: float = 0.1) -> pd.DataFrame:
    size = len(values)
    return pd.DataFrame(
        {
            "framework": "multi-tier", "parameter": keys, "value": values, "outcome": "violence", "effect": effects,
            "low": np.array(effects) - reach, "high": np.array(effects) + reach, "runs": 10, "general": 0.1,
            "immediate": 0.1, "denial": 0.0, "direct_war_risk": 0.0, "direct_war_low": -0.1, "direct_war_high": 0.1,
            "point": range(size),
        }
    )  # fmt: skip


GRID = [f"{x};{y}" for x in (0, 1, 2) for y in (5, 7, 9)]


def test_a_map_has_each_effect_at_its_place() -> None:
    rows = effect_rows("reliability;delay", GRID, [k / 10 for k in range(9)])
    (only,) = maps(rows.sample(frac=1, random_state=3))
    assert only.x.tolist() == [0, 1, 2] and only.y.tolist() == [5, 7, 9]
    for number, name in enumerate(GRID):
        x, y = map(float, name.split(";"))
        place = (only.y.tolist().index(y), only.x.tolist().index(x))
        assert only.effect[place] == number / 10 and only.point[place] == number


def test_a_third_parameter_makes_more_maps_and_a_text_none() -> None:
    names = [f"{x};{y};{z}" for x in (0, 1) for y in (5, 7) for z in ("a", "b")]
    found = maps(effect_rows("r;delay;rule", names, [0.1] * 8))
    assert [each.title for each in found] == ["rule: a", "rule: b"]
    assert maps(effect_rows("r;rule", ["0;a", "1;b"], [0.1, 0.2])) == []
    assert maps(effect_rows("r", ["0", "1"], [0.1, 0.2])) == []


def test_a_gap_in_a_map_stays_a_gap() -> None:
    (only,) = maps(effect_rows("r;delay", GRID[:-1], [0.5] * 8))
    assert np.isnan(only.effect[2, 2]) and only.point[2, 2] == -1
    assert "map.svg" in draw_maps(effect_rows("r;delay", GRID[:-1], [0.5] * 8), "caption")


def test_cells_are_hatched_where_the_interval_includes_nothing() -> None:
    low, high = np.array([-0.1, 0.1, -0.3, 0.0]), np.array([0.1, 0.3, -0.1, 0.2])
    assert undecided(low, high).tolist() == [True, False, False, True]
    sure = draw_maps(effect_rows("r;delay", GRID, [0.5] * 9), "c")["map.svg"]
    unsure = draw_maps(effect_rows("r;delay", GRID, [0.05, *[0.5] * 8]), "c")["map.svg"]
    assert b"<pattern" not in sure and unsure.count(b"<pattern") == 1


def test_points_of_figures_are_groups_that_can_be_chosen() -> None:
    rows = effect_rows("r;delay", GRID, [k / 10 for k in range(9)])
    line = effect_rows("r", ["0", "0.5", "1"], [0.0, 0.2, 0.4])
    names = effect_rows("framework", ["a", "b"], [0.0, 0.2])
    for table, drawn, size in ((rows, draw_maps, 9), (rows, draw, 9), (line, draw, 3), (names, draw, 2)):
        plain, chosen = (drawn(table, "caption", points=choice) for choice in (False, True))
        svg = next(data for name, data in chosen.items() if name.endswith(".svg"))
        ids = re.findall(rb'id="point-(\d+)"', svg)
        assert sorted(map(int, ids)) == list(range(size))
        assert all(b"point-" not in data for data in plain.values())
        assert plain == drawn(table, "caption")


def test_figures_are_the_same_bytes_every_time() -> None:
    how, when = ended(50, 6)
    curves = {"a": incidence(how, when, HORIZON), "b": incidence(how[:25], when[:25], HORIZON)}
    first, second = frames()
    runs = remarkable(first, second)
    arms = [("a", first["violence"].to_numpy()), ("b", second["violence"].to_numpy())]
    for _ in range(2):
        drawn = draw_incidence(curves, "c") | draw_spread(arms, runs, "violence", "c")
        assert drawn == draw_incidence(curves, "c") | draw_spread(arms, runs, "violence", "c")
    assert set(drawn) == {"incidence.svg", "incidence.png", "spread.svg", "spread.png"}
    assert len(re.findall(rb'id="point-', drawn["spread.svg"])) == len(runs)


def test_a_spread_of_nothing_but_zeros_can_be_drawn() -> None:
    run = Remarkable("median", "median violence", 0, "treated", 0.0, 1.0)
    assert draw_spread([("a", np.zeros(4)), ("b", np.zeros(4))], [run], "violence", "c")["spread.svg"]


def test_a_name_that_looks_like_mathematics_is_a_name() -> None:
    how, when = ended(20, 6)
    found = incidence(how, when, HORIZON)
    assert draw_incidence({r"$\nonsense{$": found}, r"costs $\x$ $")["incidence.svg"]
    assert draw_spread([(r"$\nonsense{$", when)], [], "violence", r"$\x$")["spread.svg"]
    assert draw_maps(effect_rows("r;delay", GRID, [0.5] * 9), r"$\x$")["map.svg"]


def test_no_hatching_goes_through_a_number() -> None:
    for size, strips in ((3, True), (MOST_VALUES + 1, False)):
        grid = [f"{x};{y}" for x in range(size) for y in range(size)]
        found = maps(effect_rows("r;delay", grid, [0.05, *[0.5] * (len(grid) - 1)]))[0]
        axes = Figure().subplots()
        _panel(axes, found, Normalize(0.0, 1.0), points=False)
        (hatched,) = (patch for patch in axes.patches if patch.get_hatch())
        assert isinstance(hatched, Rectangle)
        assert (hatched.get_y() >= 0.2) == strips, "the number stands in the middle, at 0"


def test_every_contour_line_has_its_value() -> None:
    effects = [0.1 * x + 0.04 * y for x in range(3) for y in range(3)]
    svg = draw_maps(effect_rows("r;delay", GRID, effects), "c")["map.svg"].decode()
    for level in (0.1, 0.2):
        assert f"<!-- {level} -->" in svg


@pytest.mark.parametrize(
    ("low", "high", "levels"),
    [
        (0.0, 0.35, [0.1, 0.2, 0.3]),
        (-0.05, 0.05, [0.0]),
        (-0.9, 0.9, [-0.5, 0.0, 0.5]),
        (0.31, 0.39, []),
        (-1e6, 1.0, []),
    ],
)
def test_contour_lines_are_few_enough_to_be_read(low: float, high: float, levels: list[float]) -> None:
    assert contour_levels(low, high).tolist() == pytest.approx(levels)
