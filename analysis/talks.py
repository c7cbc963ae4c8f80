"""The talks from stored courses: agreement and the zone of agreement against what is varied, with intervals."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from scipy import stats
from tabulate import tabulate

from agents.talks.preferences import Preferences
from analysis.effects import CONFIDENCE, OBSERVE_ONLY, Estimate, cell, mean_difference
from analysis.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, STYLE, Line
from environment.parameters import Value
from experiments.talks.measure import in_zone
from experiments.talks.setting import Setting
from experiments.talks.worth import Worth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
WIDTH, HEIGHT = 10.0, 5.2
CAPTION_WIDTH, LABEL_WIDTH = 128, 16
NO_BREAK = "\N{NON-BREAKING HYPHEN}"

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
        *(_short(key) for key in str(table["parameter"].iloc[0]).split(";")),
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


def _short(key: str) -> str:
    return "\n".join(key.replace("_", " ").split(".")[-2:])


# -- the figure ------------------------------------------------------------------------------------


def draw_talks(
    table: pd.DataFrame, caption: str, x_label: str = "", marks: Sequence[Line] = ()
) -> dict[str, bytes]:
    """The zone of agreement and the share of talks that agree, against what is varied.

    Parameters
    ----------
    table
        Rows as `talks_table` gives them.
    caption
        What the reader must know.
    x_label, marks
        Label of the horizontal axis and lines on it (drawn where the axis is a number).

    Returns
    -------
    dict
        ``zone.svg`` and ``zone.png`` as bytes.
    """
    numbers = pd.to_numeric(table["value"], errors="coerce").to_numpy(float)
    numeric = not np.isnan(numbers).any()
    x = numbers if numeric else np.arange(len(table), dtype=float)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        halves: Any = figure.subfigures(1, 2)
        for half, drawn in zip(halves, (_acceptance, _agreement), strict=True):
            axes = half.subplots()
            drawn(axes, x, table, numeric)
            half.legend(loc="outside lower center", ncols=2, columnspacing=1.0, fontsize=7.5)
            axes.set_xlabel(x_label or str(table["parameter"].iloc[0]).replace(";", ", "))
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axes.grid(axis="y", alpha=0.25, linewidth=0.6)
            if numeric:
                _mark(axes, marks, named=drawn is _agreement)
            else:
                axes.set_xticks(x, [_wrapped(value) for value in table["value"]], fontsize=7.5)
                axes.margins(x=0.12)
        figure.supxlabel(textwrap.fill(caption, CAPTION_WIDTH), fontsize=7.5, ha="left", x=0.01, color=GREY)
        return {f"zone.{form}": _rendered(figure, form) for form in ("svg", "png")}


def _acceptance(axes: Axes, x: Floats, table: pd.DataFrame, joined: bool) -> None:
    """Who accepts how much of what has a response; the same without one as thin lines."""
    for name, label, colour, marker in (
        ("accepts_ukraine", "Ukraine", BLUE, "o"),
        ("accepts_russia", "Russia", ORANGE, "s"),
        ("zone", "both, and no veto: the zone", GREEN, "D"),
    ):
        _band(axes, x, table, f"{name}_with_response", label, colour, marker, joined)
        axes.plot(x, table[f"{name}_without_response"].to_numpy(float), color=colour, **_thin(joined))
    axes.plot([], [], color=GREY, label="the same without a response", **_thin(joined))
    axes.set_ylim(0.0, 1.02)
    axes.set_title("Share of packages with a response preferred to war")


def _agreement(axes: Axes, x: Floats, table: pd.DataFrame, joined: bool) -> None:
    """How many talks agree, and how many could."""
    _band(axes, x, table, "agreed", "talks that agree", BLUE, "o", joined)
    _band(
        axes,
        x,
        table,
        "agreed_with_response",
        "talks that agree on a response to breaches",
        PURPLE,
        "^",
        joined,
    )
    _band(axes, x, table, "zone_exists", "talks that have a zone of agreement", GREEN, "D", joined)
    without = (table["agreed"] - table[PAIRED]).to_numpy(float)
    axes.plot(x, without, color=BLUE, label="agree, no guarantee on the table", **_thin(joined))
    axes.set_ylim(0.0, 1.02)
    axes.set_title("Share of talks")


def _thin(joined: bool) -> dict[str, Any]:
    """How a value without intervals is drawn: a dotted line, or a dash at each category."""
    if joined:
        return {"linestyle": ":", "linewidth": 1.2}
    return {"linestyle": "", "marker": "_", "markersize": 16}


def _band(
    axes: Axes, x: Floats, table: pd.DataFrame, name: str, label: str, colour: str, marker: str, joined: bool
) -> None:
    middle, low, high = (table[key].to_numpy(float) for key in (name, f"{name}_low", f"{name}_high"))
    reach = np.abs(np.vstack([middle - low, high - middle]))
    axes.errorbar(
        x, middle, yerr=np.nan_to_num(reach), color=colour, marker=marker, markersize=4.5, linewidth=1.4, capsize=2,
        linestyle="-" if joined else "", label=label,
    )  # fmt: skip


def _mark(axes: Axes, marks: Sequence[Line], named: bool) -> None:
    for mark in marks:
        axes.axvline(mark.value, color=GREY, linewidth=0.6, alpha=0.5, zorder=0)
        if named:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
            axes.text(
                mark.value, 0.015, mark.label.partition(" (")[0], rotation=90, fontsize=6.5, color=GREY, ha="center",
                va="bottom", bbox=box,
            )  # fmt: skip


def _wrapped(value: str) -> str:
    parts = (part.replace("|", " or ").replace("-", NO_BREAK) for part in str(value).split(";"))
    return "\n".join(textwrap.fill(part, LABEL_WIDTH, break_long_words=False) for part in parts)


def _rendered(figure: Figure, form: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


# -- the Monte-Carlo error of a zone ---------------------------------------------------------------


def jackknife(setting: Setting, worth: Worth, values: Mapping[str, Value], batches: int) -> float:
    """Monte-Carlo standard error of the zone's share, from leaving out one batch of simulated runs after the other.

    Parameters
    ----------
    setting, worth
        The talks, and what packages are worth.
    values
        Parameters of the talks as drawn.
    batches
        At least 2.
    """
    runs = int(setting.values["worth.runs"])
    batches = min(batches, runs)
    shares = []
    for batch in range(batches):
        kept = np.flatnonzero(np.arange(runs) % batches != batch)
        gains = Preferences(setting.space, values, worth.without(kept)).gains(
            float(values["forecast.donetsk_km2"])
        )
        shares.append(float(in_zone(setting, gains)[worth.offered].mean()))
    return math.sqrt((batches - 1) * float(np.var(shares)))
