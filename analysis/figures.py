"""Figures of a sweep in one house style; the same data give the same bytes of SVG.

Colours are those of Okabe and Ito (2008), told apart by colour-blind readers; markers and line
styles carry the difference as well.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.effects import CONFIDENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#666666"
ARMS = ((BLUE, "-", "o"), (RED, "--", "s"), (GREEN, "-.", "D"))
"""Colour, line and marker of arms side by side: the framework, observe-only, another framework."""
POINT = "point-"
"""Begins the id of a group of the SVG that stands for one point of the data."""
SPLIT = (("general", BLUE, "o"), ("immediate", ORANGE, "s"), ("denial", GREEN, "D"))
STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "legend.edgecolor": "white",
    "legend.framealpha": 0.85,
    "legend.fontsize": 8,
    "svg.hashsalt": "ceasefire",
    "savefig.dpi": 160,
}
MOST_PANELS = 12
ACROSS = 4  # panels side by side
CHOOSABLE = 7.0  # size of a marker that can be chosen
MOST_DOTS = 60


@dataclass(frozen=True)
class Line:
    """A vertical line at `value` with a label: a measured reliability, a threshold."""

    value: float
    label: str


def draw(
    table: pd.DataFrame,
    caption: str,
    *,
    x_label: str = "",
    marks: Sequence[Line] = (),
    threshold: float | None = None,
    strengths: Sequence[tuple[float, float]] = (),
    points: bool = False,
) -> dict[str, bytes]:
    """The figure that suits a design: against one number, by category, or small multiples.

    Parameters
    ----------
    table
        Rows as `analysis.effects.effects` gives them; the first outcome is drawn.
    caption
        What the reader must know: runs, interval, seed.
    x_label, marks
        Label of the horizontal axis and lines on it.
    threshold
        Individual reliability of the closed form, drawn as a dashed line.
    strengths
        Pairs (value on the axis, probability R_k of tier 2) for a second horizontal axis.
    points
        Whether each effect gets a larger marker that is a group of the SVG, ``point-`` and the number of its
        design point, for a page on which it can be chosen.

    Returns
    -------
    dict
        ``effect.svg`` and ``effect.png`` as bytes; empty if the design has too many points to
        be drawn.
    """
    rows = table[table["outcome"] == table["outcome"].iloc[0]].reset_index(drop=True)
    names = str(rows["parameter"].iloc[0]).split(";")
    values = pd.DataFrame([str(value).split(";") for value in rows["value"]], columns=names)
    numeric = [name for name in names if is_numeric(values[name])]
    panels = _panels(values, numeric)
    with mpl.rc_context(STYLE):
        if len(names) == 1 and numeric:
            x = values[names[0]].to_numpy(float)
            figure = _against_number(rows, x, x_label or words(names[0]), marks, threshold, strengths)
            if points:
                _choosable(figure.axes[1], x, rows["effect"].to_numpy(float), rows)
        elif numeric and 1 < len(panels) <= MOST_PANELS:
            x = values[numeric[0]].to_numpy(float)
            figure = _multiples(rows, x, panels)
            for axes, mask in (
                zip(_uppers(figure, len(panels)), panels.values(), strict=True) if points else ()
            ):
                _choosable(axes, x[mask], rows["effect"].to_numpy(float)[mask], rows[mask])
            return _save(figure, caption, x_label or words(numeric[0]))
        elif len(rows) <= MOST_DOTS:
            figure = _by_category(rows)
            if points:
                _choosable(figure.axes[0], rows["effect"].to_numpy(float), np.arange(len(rows))[::-1], rows)
        else:
            return {}
        return _save(figure, caption)


def _against_number(
    rows: pd.DataFrame,
    x: NDArray[np.float64],
    x_label: str,
    marks: Sequence[Line],
    threshold: float | None,
    strengths: Sequence[tuple[float, float]],
) -> Figure:
    """Effect with its band, its three parts and the added risk of war, one above the other."""
    order = np.argsort(x)
    rows, x = rows.iloc[order], x[order]
    labels = _levels(marks, float(np.ptp(x)))
    tall = max((text.count("\n") + 1 for _, text, _ in labels), default=0)  # lines of a label
    above = (0.11 * tall + 0.1) * (1 + max((level for *_, level in labels), default=-1)) + 0.01  # inches
    figure = Figure(figsize=(7.0, 7.4 + above))
    heights = {"height_ratios": (above, 3, 1.7, 1.5)}
    strip, top, middle, bottom = figure.subplots(4, 1, sharex=True, gridspec_kw=heights)
    _band(top, x, rows, ("effect", "low", "high"), BLUE, "deterrence effect")
    top.set_ylabel("deterrence effect")
    _parts(middle, x, rows)
    _band(bottom, x, rows, ("direct_war_risk", "direct_war_low", "direct_war_high"), RED, "added risk")
    bottom.set_ylabel("added risk of\ndirect war")
    bottom.set_xlabel(x_label)
    for axes in (top, middle, bottom):
        for mark in marks:
            axes.axvline(mark.value, color=GREY, lw=0.7, ls=":", zorder=0)
    if threshold is not None:
        for axes in (top, middle, bottom):
            axes.axvline(
                threshold, color=PURPLE, lw=1.2, ls="--", label=f"closed-form threshold {threshold:.2f}"
            )
    top.legend(loc="best")
    _label_marks(strip, labels)
    if len(strengths) > 1:
        _second_axis(strip, strengths)
    return figure


def _by_category(rows: pd.DataFrame) -> Figure:
    """One line of dots and intervals per category: the effect left, the added risk of war right."""
    figure = Figure(figsize=(7.4, 1.5 + 0.34 * len(rows)))
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (3, 2)})
    place = np.arange(len(rows))[::-1]
    pairs = (
        (left, ("effect", "low", "high"), BLUE, "deterrence effect"),
        (right, ("direct_war_risk", "direct_war_low", "direct_war_high"), RED, "added risk of direct war"),
    )
    for axes, (value, low, high), colour, label in pairs:
        axes.hlines(place, rows[low], rows[high], color=colour, lw=2)
        axes.plot(rows[value], place, "o", color=colour, ms=5)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlabel(label)
        axes.grid(axis="y", lw=0.3)
    left.set_yticks(place, [str(value).replace(";", ", ") for value in rows["value"]])
    left.set_ylim(-0.6, len(rows) - 0.4)
    return figure


def _multiples(rows: pd.DataFrame, x: NDArray[np.float64], panels: dict[str, NDArray[np.bool_]]) -> Figure:
    """Small multiples: a pair of panels (effect above, added risk below) per value of the others."""
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure = Figure(figsize=(1.2 + 2.0 * across, 0.8 + 3.4 * down))
    grid = figure.subplots(
        2 * down,
        across,
        sharex=True,
        sharey="row",
        squeeze=False,
        gridspec_kw={"height_ratios": (2, 1.2) * down},
    )
    for axes in grid.flat[2 * across * (down - 1) :]:
        axes.set_visible(False)
    for number, (label, mask) in enumerate(panels.items()):
        line, column = divmod(number, across)
        upper, lower = grid[2 * line][column], grid[2 * line + 1][column]
        part = rows[mask].iloc[np.argsort(x[mask])]
        at = np.sort(x[mask])
        for axes in (upper, lower):
            axes.set_visible(True)
        _band(upper, at, part, ("effect", "low", "high"), BLUE, "")
        _band(lower, at, part, ("direct_war_risk", "direct_war_low", "direct_war_high"), RED, "")
        upper.set_title("\n".join(textwrap.wrap(label, 30)))
        if column == 0:
            upper.set_ylabel("deterrence effect")
            lower.set_ylabel("added risk of\ndirect war")
    return figure


def _uppers(figure: Figure, panels: int) -> list[Axes]:
    """The panels of effects of small multiples, in order."""
    across = min(ACROSS, panels)
    return [figure.axes[2 * across * (k // across) + k % across] for k in range(panels)]


def _choosable(axes: Axes, x: NDArray[Any], y: NDArray[Any], rows: pd.DataFrame) -> None:
    """A larger marker at each point, a group of its own in the SVG."""
    for across, up, point in zip(x, y, rows["point"], strict=True):
        axes.plot([across], [up], "o", color=BLUE, ms=CHOOSABLE, gid=f"{POINT}{int(point)}")


def _band(
    axes: Axes,
    x: NDArray[np.float64],
    rows: pd.DataFrame,
    names: tuple[str, str, str],
    colour: str,
    label: str,
) -> None:
    value, low, high = (rows[name].to_numpy(float) for name in names)
    axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0, label=f"{CONFIDENCE:.0%} interval")
    axes.plot(x, value, "o-", color=colour, ms=3.5, lw=1.4, label=label)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.margins(x=0.02)


def _parts(axes: Axes, x: NDArray[np.float64], rows: pd.DataFrame) -> None:
    """The three parts of the effect as lines (parts may be negative, so they are not stacked)."""
    for name, colour, marker in SPLIT:
        axes.plot(x, rows[name], marker=marker, color=colour, ms=3.5, lw=1.2, label=name)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set_ylabel("its parts")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, ncols=3, frameon=False)


def _levels(marks: Sequence[Line], span: float) -> list[tuple[Line, str, int]]:
    """A level for each mark's label, the lowest on which it does not touch its neighbour."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda mark: mark.value):
        text = "\n".join(textwrap.wrap(f"{mark.value:g}: {mark.label}", 24))
        half = max(map(len, text.splitlines())) * 0.0057 * span  # half a letter is .0057 of the axis
        level = next((k for k, end in enumerate(ends) if mark.value - half > end), len(ends))
        ends[level : level + 1] = [mark.value + half]
        placed.append((mark, text, level))
    return placed


def _label_marks(strip: Axes, labels: Sequence[tuple[Line, str, int]]) -> None:
    """Labels of the marks above the panels, neighbours on levels of their own."""
    levels = 1 + max((level for *_, level in labels), default=0)
    strip.set_ylim(0, levels)
    strip.set_yticks([])
    strip.tick_params(axis="x", length=0, labelbottom=False)
    for side in ("left", "bottom"):
        strip.spines[side].set_visible(False)
    for mark, text, level in labels:
        strip.plot(
            [mark.value] * 2, [-0.1, level + 0.05], color=GREY, lw=0.7, ls=":", clip_on=False, zorder=0
        )
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        strip.text(mark.value, level + 0.05, text, fontsize=7, color=GREY, ha="center", va="bottom", bbox=box)


def _second_axis(strip: Axes, strengths: Sequence[tuple[float, float]]) -> None:
    """R_k above: the probability that tier 2's strength arrives in time, at each value below."""
    ordered = sorted(strengths)
    apart = 0.05 * (ordered[-1][0] - ordered[0][0])  # a label needs this much of the axis
    kept = ordered[:1]
    for pair in ordered[1:]:
        if pair[0] - kept[-1][0] >= apart:
            kept.append(pair)
    places, chances = zip(*kept, strict=True)
    above = strip.secondary_xaxis("top")
    above.set_xticks(places, [f"{chance:.2f}" for chance in chances], fontsize=7)
    above.set_xlabel(
        "$R_2$: chance that tier 2, once called, is delivered in the time allowed",
        fontsize=8,
    )


def _panels(values: pd.DataFrame, numeric: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """One panel per combination of the parameters that are not on the horizontal axis."""
    others = [name for name in values.columns if name not in numeric[:1]]
    if not others:
        return {}
    labels = values[others].apply(
        lambda row: ", ".join(f"{words(key)}: {row[key]}" for key in others), axis=1
    )
    return {label: (labels == label).to_numpy(bool) for label in dict.fromkeys(labels)}


def is_numeric(column: pd.Series[Any]) -> bool:
    """Whether a column of texts is all numbers, and not always the same."""
    return bool(pd.to_numeric(column, errors="coerce").notna().all()) and column.nunique() > 1


def words(key: str) -> str:
    """A dotted key as words."""
    return key.removeprefix("framework.").replace(".", " ").replace("_", " ")


def _save(figure: Figure, caption: str, below_panels: str = "") -> dict[str, bytes]:
    """SVG without date and random ids, and PNG; the caption goes below the drawing."""
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(caption, int(width * 17))
    below = (0.13 * len(lines) + 0.1) / height
    figure.text(0.01, 0.05 / height, "\n".join(lines), fontsize=7, color=GREY, va="bottom")
    if below_panels:
        figure.text(0.5, below, below_panels, ha="center", va="bottom")
        below += 0.2 / height
    figure.set_layout_engine("constrained", rect=(0, below, 1, 1 - below))
    return rendered(figure, "effect")


def plain(text: str) -> str:
    """A text of somebody else's, of which nothing is to be read as mathematics."""
    return text.replace("$", r"\$")


def rendered(figure: Figure, stem: str) -> dict[str, bytes]:
    """A figure as the bytes of ``stem.svg`` and ``stem.png``, the same for the same data every time."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:  # the layout's last digits differ from run to run
        left, bottom, across, up = axes.get_position().bounds
        axes.set_position((round(left, 4), round(bottom, 4), round(across, 4), round(up, 4)))
    files = {}
    for kind, metadata in (("svg", {"Date": None, "Creator": "ceasefire"}), ("png", {"Software": None})):
        sink = io.BytesIO()
        figure.savefig(sink, format=kind, metadata=metadata)
        files[f"{stem}.{kind}"] = sink.getvalue()
    return files
