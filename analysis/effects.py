"""Deterrence effects from stored runs: how much, how sure, through which mechanism, at what risk.

Everything is paired: a replication counts where it is complete in every arm of its design point.
The arms are nested (observe-only A0, ladder weighed at opportunities A1, at reviews too A2, in
full A3), so the falls from one to the next are general deterrence, immediate deterrence and
denial, and add up to the effect.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from environment.errors import BadInput, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = (
    "framework",
    "parameter",
    "value",
    "outcome",
    "effect",
    "low",
    "high",
    "runs",
    "general",
    "immediate",
    "denial",
    "direct_war_risk",
    "direct_war_low",
    "direct_war_high",
)
OBSERVE_ONLY, LADDER = "observe-only", ("opportunities", "reviews", "full")
DIRECT_WAR = "direct_war"
CONFIDENCE = 0.95
DIGITS = 10  # significant digits in effect.csv: all that a mean carries, and the same every time

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its interval and its standard error (nan where it cannot be had)."""

    value: float
    low: float
    high: float
    error: float


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan)


def relative_fall(treated: Floats, control: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """The effect 1 - mean(treated) / mean(control), paired, with its interval.

    The ratio is linearised (delta method): the interval is that of the mean of
    e_i = (treated_i - (1 - effect) control_i) / mean(control), with a t quantile. See
    Cochran, Sampling Techniques, 3rd ed., 6.3-6.4.

    Parameters
    ----------
    treated, control
        Outcomes of the same replications under the framework and under observe-only.

    Returns
    -------
    Estimate
        Exactly 0 with interval [0, 0] if all pairs are equal; nan where the control has no
        positive mean (a share of nothing says nothing); no interval from a single pair.
    """
    size = len(control)
    if size and bool(np.array_equal(treated, control)):
        return Estimate(0.0, 0.0, 0.0, 0.0)
    base = float(np.mean(control)) if size else 0.0
    if not base > 0:
        return NOTHING
    ratio = float(np.mean(treated)) / base
    if size < 2:
        return Estimate(1 - ratio, math.nan, math.nan, math.nan)
    error = float(np.std((treated - ratio * control) / base, ddof=1)) / math.sqrt(size)
    reach = float(stats.t.ppf(0.5 + confidence / 2, size - 1)) * error
    most = 1.0 if float(np.min(treated)) >= 0 else math.inf  # what cannot be negative falls by all at most
    return Estimate(1 - ratio, 1 - ratio - reach, min(1 - ratio + reach, most), error)


def added_risk(
    treated: NDArray[np.bool_], control: NDArray[np.bool_], confidence: float = CONFIDENCE
) -> Estimate:
    """The paired difference of two proportions, with the adjusted Wald interval.

    Half a run is added to each of the four cells, as Bonett and Price (2012, Journal of
    Educational and Behavioral Statistics 37: 479-488) advise; the interval stays honest where
    there are few or no wars.

    Parameters
    ----------
    treated, control
        Whether the same replications ended so, under the framework and under observe-only.
    """
    size = len(control)
    if not size:
        return NOTHING
    only_treated = int(np.count_nonzero(treated & ~control))
    only_control = int(np.count_nonzero(control & ~treated))
    high, low = (only_treated + 1) / (size + 2), (only_control + 1) / (size + 2)
    error = math.sqrt((high + low - (high - low) ** 2) / (size + 2))
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    difference = (only_treated - only_control) / size
    return Estimate(difference, max(-1.0, high - low - reach), min(1.0, high - low + reach), error)


def mean_difference(treated: Floats, control: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """The paired difference of means with its t interval, e.g. of restricted mean survival."""
    size = len(control)
    if size < 2:
        return NOTHING
    gap = treated - control
    error = float(np.std(gap, ddof=1)) / math.sqrt(size)
    reach = float(stats.t.ppf(0.5 + confidence / 2, size - 1)) * error
    middle = float(np.mean(gap))
    return Estimate(middle, middle - reach, middle + reach, error)


def effects(runs: pd.DataFrame, parameters: Sequence[str], outcomes: Sequence[str]) -> pd.DataFrame:
    """Effect rows, the first outcome's first, in the order of the design.

    Parameters
    ----------
    runs
        Runs as `experiments.store.load` gives them.
    parameters
        The parameters varied; several are joined by ``;`` in the row.
    outcomes
        The primary one first. An effect above 0 is a fall.

    Returns
    -------
    DataFrame
        The columns of effect.csv, and besides: `point`; `error` (Monte-Carlo standard error of the
        effect); shares ending in direct war (`war`, `war_before`) and restricted mean survival in
        days (`days`, `days_before`) under the framework and under observe-only; `days_gained`
        with its interval.

    Errors
    ------
    BadInput
        For an outcome that no run has.
    """
    for number, outcome in enumerate(outcomes):
        if outcome not in runs.columns:
            known = [str(name) for name in runs.select_dtypes("number").columns]
            guess = nearest(outcome, known)
            raise BadInput(f"outcomes.{number}", outcome, ", ".join(known), where="study", nearest=guess)
    points = list(_points(runs))
    rows = [
        {**_labels(runs, point, parameters), "outcome": outcome, **_effect_row(arms, outcome), "point": point}
        for outcome in outcomes
        for point, arms in points
    ]
    return pd.DataFrame(rows)


def effect_csv(table: pd.DataFrame) -> str:
    """The text of effect.csv: fixed columns, fixed number of digits, empty where undefined."""
    lines = [",".join(COLUMNS)]
    lines += [",".join(cell(row[name]) for name in COLUMNS) for row in table.to_dict("records")]
    return "\n".join(lines) + "\n"


def _points(runs: pd.DataFrame) -> Iterator[tuple[int, dict[str, pd.DataFrame]]]:
    """Per design point its arms, each with the replications that are complete in all arms."""
    done = runs[runs["status"] == "done"].sort_values("replication")
    none = done.head(0)
    ladder = runs[runs["arm"] != OBSERVE_ONLY]
    numbers = ladder[["point", "baseline"]].drop_duplicates().astype(int).sort_values("point")
    controls: dict[Any, pd.DataFrame] = dict(iter(done[done["arm"] == OBSERVE_ONLY].groupby("baseline")))
    treated: dict[Any, pd.DataFrame] = dict(iter(done[done["arm"] != OBSERVE_ONLY].groupby(["point", "arm"])))
    present = [arm for arm in LADDER if arm in set(ladder["arm"])]
    for point, baseline in numbers.itertuples(index=False):
        arms = {arm: treated.get((point, arm), none) for arm in present}
        arms[OBSERVE_ONLY] = controls.get(baseline, none)
        shared = reduce(np.intersect1d, (rows["replication"].to_numpy() for rows in arms.values()))
        yield int(point), {arm: rows[rows["replication"].isin(shared)] for arm, rows in arms.items()}


def _labels(runs: pd.DataFrame, point: int, parameters: Sequence[str]) -> dict[str, str]:
    first = runs[runs["point"] == point].iloc[0]
    return {
        "framework": str(first["framework"]),
        "parameter": ";".join(parameters),
        "value": ";".join(cell(first[key]) for key in parameters),
    }


def _effect_row(arms: dict[str, pd.DataFrame], outcome: str) -> dict[str, float]:
    control, full = arms[OBSERVE_ONLY], arms["full"]
    size = len(control)
    before = control[outcome].to_numpy(float)
    effect = relative_fall(full[outcome].to_numpy(float), before)
    split = dict.fromkeys(("general", "immediate", "denial"), math.nan)
    if size and all(arm in arms for arm in LADDER) and not math.isnan(effect.value):
        levels = [float(np.mean(arms[arm][outcome].to_numpy(float))) for arm in (OBSERVE_ONLY, *LADDER)]
        falls = [upper - lower for upper, lower in pairwise(levels)]
        split = dict(zip(split, (_share(fall, levels[0]) for fall in falls), strict=True))
    war, war_before = ((rows["ending"] == DIRECT_WAR).to_numpy(bool) for rows in (full, control))
    risk = added_risk(war, war_before)
    days, days_before = (rows["days_survived"].to_numpy(float) for rows in (full, control))
    gain = mean_difference(days, days_before)
    means = {"war": war, "war_before": war_before, "days": days, "days_before": days_before}
    row = {
        "effect": effect.value,
        "low": effect.low,
        "high": effect.high,
        "runs": size,
        "error": effect.error,
    }
    row |= split | {name: float(np.mean(each)) if size else math.nan for name, each in means.items()}
    row |= {"direct_war_risk": risk.value, "direct_war_low": risk.low, "direct_war_high": risk.high}
    return row | {"days_gained": gain.value, "days_low": gain.low, "days_high": gain.high}


def _share(fall: float, whole: float) -> float:
    if fall == 0:
        return 0.0
    return fall / whole if whole else math.nan


def cell(value: object) -> str:
    """A value as it stands in a file of comma-separated values: fixed digits, empty where undefined."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        return "" if math.isnan(number) else format(number + 0.0, f".{DIGITS}g")  # + 0.0: no -0
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text
