"""The figure of a study of the talks: who would accept what, and how many talks agree."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, STYLE, Line, rendered
from analysis.talks import PAIRED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

WIDTH, HEIGHT = 10.0, 5.2
CAPTION_WIDTH, LABEL_WIDTH = 128, 16
NO_BREAK = "\N{NON-BREAKING HYPHEN}"

type Floats = NDArray[np.float64]


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
        return rendered(figure, "zone")


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
