"""The talks from stored courses: agreement and the zone of agreement against what is varied, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats
from tabulate import tabulate

from agents.talks.preferences import Preferences
from analysis.effects import CONFIDENCE, OBSERVE_ONLY, Estimate, cell, mean_difference
from analysis.tables import short
from environment.parameters import Value
from experiments.talks.measure import in_zone, share
from experiments.talks.setting import Setting
from experiments.talks.worth import Worth

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANS = (
    "zone_with_response",
    "zone_without_response",
    "accepts_russia_with_response",
    "accepts_ukraine_with_response",
    "accepts_russia_without_response",
    "accepts_ukraine_without_response",
    "accepts_us_with_response",
    "accepts_europe_with_response",
    "room_with_response",
    "room_without_response",
    "admitted",
    "days_to_agreement",
    "gain_russia",
    "gain_ukraine",
    "from_pareto",
    "from_nash",
    "from_kalai_smorodinsky",
    "from_egalitarian",
    "from_welfare",
    "days_survived",
)
"""Outcomes whose mean over courses is reported; those about an agreement, over courses that have one."""
SHARES = ("agreed", "agreed_with_response", "zone_exists", "direct_war")
"""Outcomes that are yes or no, with Wilson's interval."""
PAIRED = "agreed_more"
"""Share of courses that agree, less that of the same courses without guarantees on the table."""

type Floats = NDArray[np.float64]


def talks_table(runs: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """One row a design point: shares and means over courses with their intervals.

    Parameters
    ----------
    runs
        Courses as `experiments.store.load` gives them.
    parameters
        The parameters varied; several are joined by ``;`` in the row.

    Returns
    -------
    DataFrame
        ``parameter, value, runs``, then NAME, NAME_low, NAME_high for every outcome of `SHARES`, `MEANS` and `PAIRED`.
    """
    done = runs[runs["status"] == "done"].sort_values("replication")
    controls = dict(iter(done[done["arm"] == OBSERVE_ONLY].groupby("baseline")))
    rows = []
    for _, point in done[done["arm"] != OBSERVE_ONLY].groupby("point", sort=True):
        first = point.iloc[0]
        row: dict[str, Any] = {
            "parameter": ";".join(parameters),
            "value": ";".join(cell(first[key]) for key in parameters),
            "runs": len(point),
        }
        for name, estimate in _estimates(point, controls.get(first["baseline"], done.head(0))):
            row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _estimates(point: pd.DataFrame, control: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    for name in SHARES:
        yield name, proportion(int(point[name].sum()), len(point))
    for name in MEANS:
        yield name, mean(point[name].to_numpy(float))
    both = np.intersect1d(point["replication"], control["replication"])
    here, there = (
        rows[rows["replication"].isin(both)]["agreed"].to_numpy(float) for rows in (point, control)
    )
    yield PAIRED, mean_difference(here, there)


def proportion(count: int, size: int, confidence: float = CONFIDENCE) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927)."""
    if not size:
        return Estimate(math.nan, math.nan, math.nan, math.nan)
    interval = stats.binomtest(count, size).proportion_ci(confidence, method="wilson")
    share = count / size
    error = math.sqrt(share * (1.0 - share) / size)
    return Estimate(share, float(interval.low), float(interval.high), error)


def mean(values: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """A mean over the values that there are, with its t interval."""
    known = values[~np.isnan(values)]
    if known.size < 2:
        return Estimate(float(known.mean()) if known.size else math.nan, math.nan, math.nan, math.nan)
    error = float(np.std(known, ddof=1)) / math.sqrt(known.size)
    reach = float(stats.t.ppf(0.5 + confidence / 2, known.size - 1)) * error
    middle = float(known.mean())
    return Estimate(middle, middle - reach, middle + reach, error)


def talks_csv(table: pd.DataFrame) -> str:
    """The text of talks.csv: the columns of `talks_table`, a fixed number of digits, empty where undefined."""
    lines = [",".join(table.columns)]
    lines += [",".join(cell(value) for value in row.values()) for row in table.to_dict("records")]
    return "\n".join(lines) + "\n"


def talks_lines(table: pd.DataFrame) -> str:
    """The printed table: what is agreed, and who would accept what."""
    heads = [
        *(short(key) for key in str(table["parameter"].iloc[0]).split(";")),
        f"share that agrees\n[{CONFIDENCE:.0%} interval]", "more than without\nguarantees",
        "agrees on\na response", "has a\nzone",
        "Russia\naccepts", "Ukraine\naccepts", "zone with\na response", "zone\nwithout", "days to\nagree",
        "direct\nwar",
    ]  # fmt: skip
    body = [_cells(row) for row in table.to_dict("records")]
    said = (
        "Accepts, zone: share of the packages with a response to breaches that a party, or both and without a veto,\n"
        "prefer to the war; the last but two is the zone among packages without a response."
    )
    return tabulate(body, heads, disable_numparse=True, stralign="right", tablefmt="simple") + "\n" + said


def _cells(row: Mapping[Any, Any]) -> list[str]:
    def interval(name: str) -> str:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return f"{row[name]:.3f}" + ("" if math.isnan(low) else f" [{low:.3f}, {high:.3f}]")

    plain = [
        "zone_exists",
        "accepts_russia_with_response",
        "accepts_ukraine_with_response",
        "zone_with_response",
    ]
    return [
        *str(row["value"]).split(";"),
        interval("agreed"),
        interval(PAIRED),
        f"{row['agreed_with_response']:.3f}",
        *(f"{row[name]:.3f}" for name in (*plain, "zone_without_response")),
        "-" if math.isnan(row["days_to_agreement"]) else f"{row['days_to_agreement']:.0f}",
        f"{row['direct_war']:.3f}",
    ]


# -- the Monte-Carlo error of a zone ---------------------------------------------------------------


def jackknife(setting: Setting, worth: Worth, values: Mapping[str, Value], batches: int) -> float:
    """Monte-Carlo standard error of the zone's share; parameters as of `zone_errors`."""
    return zone_errors(setting, worth, values, batches)["zone"]


def zone_errors(
    setting: Setting, worth: Worth, values: Mapping[str, Value], batches: int
) -> dict[str, float]:
    """Monte-Carlo standard errors of the zone's shares, from leaving out one batch of simulated runs after the other.

    Parameters
    ----------
    setting, worth
        The talks, and what packages are worth.
    values
        Parameters of the talks as drawn.
    batches
        At least 2.

    Returns
    -------
    dict of float
        ``zone, zone_with_response, zone_without_response``; NaN where there is no such package.
    """
    runs = int(setting.values["worth.runs"])
    batches = min(batches, runs)
    sets = {
        "zone": np.ones(setting.space.size, np.bool_),
        "zone_with_response": worth.responds,
        "zone_without_response": ~worth.responds,
    }
    shares: dict[str, list[float]] = {name: [] for name in sets}
    for batch in range(batches):
        kept = np.flatnonzero(np.arange(runs) % batches != batch)
        gains = Preferences(setting.space, values, worth.without(kept)).gains(
            float(values["forecast.donetsk_km2"])
        )
        both = in_zone(setting, gains)
        for name, among in sets.items():
            shares[name].append(share(both, among))
    return {name: math.sqrt((batches - 1) * float(np.var(found))) for name, found in shares.items()}
