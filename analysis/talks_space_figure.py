"""The figure of talks in the space of gains."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agents.bargaining.gains import NONE, Bools
from analysis.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, STYLE, rendered
from analysis.talks_space import PLACE, Picture, said_at
from analysis.talks_space_labels import INK, PAPER, put_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 5.6, 6.3
RATIOS = (4.7, 1.6)
"""Heights of the panel, and of keys and caption below it."""
CAPTION_WIDTH = 98
MOST_DOTS = 1500
"""Packages that are drawn one by one; where there are more, the figure shows how densely they lie."""
CELLS = 42
"""Cells across, where density is drawn."""
FAINTEST, STRONGEST = 0.16, 0.85
"""Opacity of a cell with one package, and of the fullest."""
SPEAKERS = {"Russia": (ORANGE, "s"), "Ukraine": (BLUE, "o"), "United States": (PURPLE, "^")}
PLAIN: Any = {**STYLE, "font.size": 9.5, "legend.fontsize": 8}


def draw_space(seen: Picture, caption: str) -> dict[str, bytes]:
    """The figure.

    Parameters
    ----------
    seen
        The talks.
    caption
        What the reader must know.

    Returns
    -------
    dict
        ``space.svg`` and ``space.png`` as bytes. In the SVG, what is drawn for a package on the path is a group
        with the id `PLACE` and its place.
    """
    with mpl.rc_context(PLAIN):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes, below = figure.subplots(2, 1, gridspec_kw={"height_ratios": RATIOS})
        _frame(axes, seen)
        many = int(seen.drawn.sum()) > MOST_DOTS
        (_density if many else _dots)(axes, seen)
        _front(axes, seen)
        _path(axes, seen)
        _points(axes, seen)
        axes.set_xlabel("gain of Russia over war (war-years)")
        axes.set_ylabel("gain of Ukraine over war (war-years)")
        below.set_axis_off()
        keys = _keys(seen, many)
        below.legend(
            handles=keys, loc="upper center", ncols=2, columnspacing=1.2, frameon=False, borderaxespad=0.0
        )
        text = textwrap.fill(caption, CAPTION_WIDTH)
        figure.text(0.01, 0.008, text, fontsize=7.5, color=GREY, va="bottom")
        return rendered(figure, "space")


def _frame(axes: Axes, seen: Picture) -> None:
    """The range of what is drawn, the disagreement point within it, and the quarter in which both gain."""
    points = np.vstack([seen.gains[seen.drawn], np.zeros((1, 2))])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(0.07 * (high - low), 0.05)
    (left, bottom), (right, top) = low - margin, high + margin
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.fill_between([0.0, right], 0.0, top, color=GREEN, alpha=0.13, linewidth=0, zorder=0)
    axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=1)
    axes.axvline(0.0, color=GREY, linewidth=0.8, zorder=1)


def _groups(seen: Picture) -> tuple[tuple[Bools, str, str], ...]:
    """Packages by what can be made of them, with colour and marker."""
    return (
        (seen.drawn & seen.open & ~seen.zone, GREY, "."),
        (seen.drawn & ~seen.open, PURPLE, "x"),
        (seen.drawn & seen.zone, GREEN, "."),
    )


def _dots(axes: Axes, seen: Picture) -> None:
    for group, colour, marker in _groups(seen):
        x, y = seen.gains[group].T
        axes.scatter(x, y, s=34 if marker == "." else 16, c=colour, marker=marker, linewidths=0.9, zorder=2)


def _density(axes: Axes, seen: Picture) -> None:
    """How densely packages lie, by group: the more there are in a cell, the less can be seen through it."""
    extent = (*axes.get_xlim(), *axes.get_ylim())
    fullest = 1.0
    drawn = []
    for group, colour, _ in _groups(seen):
        x, y = seen.gains[group].T
        if len(x):
            cells = axes.hexbin(x, y, gridsize=CELLS, extent=extent, mincnt=1, linewidths=0.0, zorder=2)
            counts = np.array(cells.get_array(), np.float64)
            drawn.append((cells, counts, colour))
            fullest = max(fullest, float(counts.max()))
    for cells, counts, colour in drawn:
        share = np.log1p(counts) / np.log1p(fullest)
        shades = np.tile(to_rgba(colour), (len(counts), 1))
        shades[:, 3] = FAINTEST + (STRONGEST - FAINTEST) * share
        cells.set_array(None)
        ink = [tuple(shade) for shade in shades.tolist()]
        if colour == PURPLE:  # what is vetoed is an outline, so that what lies under it is seen
            cells.set(facecolor="none", edgecolor=ink, linewidth=0.9)
        else:
            cells.set_facecolor(ink)


def _front(axes: Axes, seen: Picture) -> None:
    """Packages than which no open one is better for both, joined in their order."""
    front = seen.front[seen.drawn[seen.front]]
    x, y = seen.gains[front[np.argsort(seen.gains[front, 0], kind="stable")]].T
    axes.plot(x, y, color=INK, linewidth=1.1, marker="d", markersize=3.2, zorder=3)


def _path(axes: Axes, seen: Picture) -> None:
    """What was said, joined in its order; a marker for each package that was on the table."""
    steps = [step for step in seen.path if step.place != NONE and seen.drawn[step.place]]
    moves = {tuple(sorted((one.place, two.place))) for one, two in pairwise(steps)}
    for one, two in sorted(moves):
        axes.plot(*seen.gains[[one, two]].T, color=INK, linewidth=0.6, linestyle=":", zorder=4)
    for place, here in said_at(seen).items():
        colour, marker = SPEAKERS[here[0].by]
        axes.plot(
            *seen.gains[place], color=colour, marker=marker, markersize=7, markeredgecolor=INK, markeredgewidth=0.7,
            linestyle="", zorder=5, gid=f"{PLACE}{place}",
        )  # fmt: skip


def _points(axes: Axes, seen: Picture) -> None:
    """War, the agreement, and the solutions, by their letters."""
    axes.plot(0.0, 0.0, color=INK, marker="P", markersize=8, markeredgecolor=PAPER, linestyle="", zorder=6)
    if seen.agreed != NONE and seen.drawn[seen.agreed]:
        at = seen.gains[seen.agreed]
        axes.plot(*at, color=INK, marker="*", markersize=14, markeredgecolor=PAPER, linestyle="", zorder=6)
    for place in {place for place in seen.solutions.values() if place != NONE and seen.drawn[place]}:
        at = seen.gains[place]
        axes.plot(*at, color="none", marker="o", markersize=15, markeredgecolor=INK, linestyle="", zorder=6)
    put_labels(axes, seen)


def _keys(seen: Picture, many: bool) -> list[Any]:
    """What the marks mean, for those that are there."""

    def mark(label: str, **how: Any) -> Line2D:
        return Line2D([], [], linestyle=how.pop("linestyle", ""), label=label, **how)

    said = "density of " if many else ""
    keys: list[Any] = [Patch(color=GREEN, alpha=0.13, label="both prefer it to war")]
    for (group, colour, marker), label in zip(
        _groups(seen),
        ("other packages", "packages vetoed by the US or Europe", "packages in the zone of agreement"),
        strict=True,
    ):
        if group.any():
            face = "none" if many and colour == PURPLE else colour
            how = {"marker": "h" if many else marker, "markersize": 7, "markerfacecolor": face}
            keys.append(mark(said + label, color=colour, **how))
    keys.append(mark("Pareto front", color=INK, linestyle="-", marker="d", markersize=3.2, linewidth=1.1))
    for by in dict.fromkeys(step.by for step in seen.path):
        colour, marker = SPEAKERS[by]
        what = f"text of the {by}, by round" if by == "United States" else f"offer of {by}, by round"
        keys.append(mark(what, color=colour, marker=marker, markeredgecolor=INK, markeredgewidth=0.7))
    keys.append(
        mark("no agreement: the war goes on", color=INK, marker="P", markeredgecolor=PAPER, markersize=8)
    )
    if seen.agreed != NONE:
        keys.append(mark("agreement", color=INK, marker="*", markeredgecolor=PAPER, markersize=12))
    if any(place != NONE for place in seen.solutions.values()):
        names = "N Nash, K Kalai-Smorodinsky,\nE egalitarian, W greatest welfare"
        keys.append(mark(names, color="none", marker="o", markeredgecolor=INK, markersize=10))
    return keys
