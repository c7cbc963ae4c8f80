"""The effect over two parameters: a map with its values, contour lines, and what cannot be told from nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.figures import GREY, POINT, STYLE, is_numeric, plain, rendered, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

COLOURS = "cividis"
"""Told apart by colour-blind readers, and even in grey (Nunez, Anderton and Renslow 2018)."""
DARK, LIGHT = "#101418", "#fefefe"
MOST_SIDE, MOST_PANELS, MOST_ACROSS = 40, 6, 2
MOST_VALUES = 15
"""Cells on a side up to which each value is written into its cell."""
STRIP = 0.2
"""Part of a cell, from its upper edge, that is hatched where there is a number in it."""
FINE, ACROSS_WEIGHT = 9, 0.3
"""Points looked at on a piece of a line; what it counts to be beside a number rather than above or below it."""
LABEL = (0.3, 0.16)
"""Room of a line's label, across and up, in cells."""
STEPS, MOST_LINES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0), 7
"""Steps between lines of equal effect, and the most lines of a map."""
LEAST_CONTOURS = 3
"""Cells on each side from which lines between them say anything."""
CAPTION_WIDTH = 17  # letters an inch


@dataclass(frozen=True)
class Map:
    """The effect over two parameters, the others fixed.

    Parameters
    ----------
    title
        What is fixed, in words; empty where nothing is.
    across, up
        Keys of the parameters.
    x, y
        (m,), (n,): their values, ascending.
    effect, low, high
        (n, m): the effect with its interval; nan where there is no point.
    point
        (n, m): number of the design point; -1 where there is none.
    """

    title: str
    across: str
    up: str
    x: Floats
    y: Floats
    effect: Floats
    low: Floats
    high: Floats
    point: NDArray[np.int64]


def maps(table: pd.DataFrame) -> list[Map]:
    """The maps of a design that varies at least two numbers, one for each setting of the rest.

    Parameters
    ----------
    table
        Rows as `analysis.effects.effects` gives them; the first outcome is mapped, over the first two
        parameters that are numbers.

    Returns
    -------
    list
        Empty where fewer than two numbers are varied.
    """
    rows = table[table["outcome"] == table["outcome"].iloc[0]].reset_index(drop=True)
    names = str(rows["parameter"].iloc[0]).split(";")
    values = pd.DataFrame([str(value).split(";") for value in rows["value"]], columns=names)
    numeric = [name for name in names if is_numeric(values[name])]
    if len(numeric) < 2:
        return []
    across, up = numeric[:2]
    others = [name for name in names if name not in (across, up)]
    settings = values[others].apply(lambda row: ", ".join(f"{words(k)}: {row[k]}" for k in others), axis=1)
    titles = settings if others else pd.Series([""] * len(rows))
    return [
        _map(str(title), across, up, values[titles == title], rows[titles == title])
        for title in dict.fromkeys(titles)
    ]


def _map(title: str, across: str, up: str, values: pd.DataFrame, rows: pd.DataFrame) -> Map:
    here, there = values[across].to_numpy(float), values[up].to_numpy(float)
    x, column = np.unique(here, return_inverse=True)
    y, line = np.unique(there, return_inverse=True)
    grids = {}
    for name in ("effect", "low", "high"):
        grids[name] = np.full((len(y), len(x)), np.nan)
        grids[name][line, column] = rows[name].to_numpy(float)
    point = np.full((len(y), len(x)), -1, np.int64)
    point[line, column] = rows["point"].to_numpy(np.int64)
    return Map(title, across, up, x, y, **grids, point=point)


def undecided(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Where an interval includes 0, so that the direction of the effect cannot be told."""
    found: NDArray[np.bool_] = (low <= 0) & (high >= 0)
    return found


def draw_maps(table: pd.DataFrame, caption: str, points: bool = False) -> dict[str, bytes]:
    """The effect over two parameters as a heat map with contour lines, hatched where its interval includes 0.

    Cells are equally large, whatever lies between the values, so contour lines are a guide to the eye.

    Parameters
    ----------
    table
        Rows as `analysis.effects.effects` gives them.
    caption
        What the reader must know: runs, interval, seed.
    points
        Whether each cell is a group of the SVG, ``point-`` and the number of its design point.

    Returns
    -------
    dict
        ``map.svg`` and ``map.png`` as bytes; empty where the design has no map or too large a one.
    """
    found = maps(table)
    side = max((max(each.effect.shape) for each in found), default=0)
    known = [each.effect[~np.isnan(each.effect)] for each in found]
    if not found or side > MOST_SIDE or len(found) > MOST_PANELS or not sum(map(len, known)):
        return {}
    every = np.concatenate(known)
    scale = Normalize(float(every.min()), max(float(every.max()), float(every.min()) + 1e-9))
    across = min(MOST_ACROSS, len(found))
    down = -(-len(found) // across)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.6 + 3.3 * across, 1.0 + 2.7 * down), layout="constrained")
        grid: Any = figure.subplots(down, across, squeeze=False)
        for axes in grid.flat[len(found) :]:
            axes.set_visible(False)
        for axes, each in zip(grid.flat, found, strict=False):
            _panel(axes, each, scale, points)
        shades = mpl.cm.ScalarMappable(scale, COLOURS)
        figure.colorbar(shades, ax=grid, label="deterrence effect", shrink=0.8)
        note = (
            f"{plain(caption)} Hatched: the interval includes 0. Lines: equal effects, each with its value."
        )
        letters = int(figure.get_figwidth() * CAPTION_WIDTH)
        figure.supxlabel(textwrap.fill(note, letters), fontsize=7, ha="left", x=0.01, color=GREY)
        return rendered(figure, "map")


def _panel(axes: Axes, drawn: Map, scale: Normalize, points: bool) -> None:
    shades = mpl.colormaps[COLOURS]
    unsure = undecided(drawn.low, drawn.high)
    small = max(drawn.effect.shape) <= MOST_VALUES
    for up, across in product(range(len(drawn.y)), range(len(drawn.x))):
        value = drawn.effect[up, across]
        if np.isnan(value):
            continue
        dark = scale(value) < 0.5
        ink = LIGHT if dark else DARK
        cell = Rectangle(
            (across - 0.5, up - 0.5), 1, 1, facecolor=shades(scale(value)), edgecolor=ink, lw=0,
            hatch="///" if unsure[up, across] and not small else None,
            gid=f"{POINT}{drawn.point[up, across]}" if points else None,
        )  # fmt: skip
        axes.add_patch(cell)
        if small and unsure[up, across]:  # a strip above the number, which hatching would strike through
            strip = (across - 0.5, up + 0.5 - STRIP), 1, STRIP
            axes.add_patch(Rectangle(*strip, facecolor="none", edgecolor=ink, lw=0, hatch="//////"))
        if small:
            back = {"facecolor": shades(scale(value)), "edgecolor": "none", "pad": 1.0}
            axes.text(
                across,
                up,
                f"{value + 0.0:.2f}",
                color=ink,
                fontsize=8,
                ha="center",
                va="center",
                bbox=back,
                zorder=4,
            )
    if min(drawn.effect.shape) >= LEAST_CONTOURS and not np.isnan(drawn.effect).any():
        _contours(axes, drawn)
    axes.set_xlim(-0.5, len(drawn.x) - 0.5)
    axes.set_ylim(-0.5, len(drawn.y) - 0.5)
    axes.set_xticks(range(len(drawn.x)), [f"{value:g}" for value in drawn.x])
    axes.set_yticks(range(len(drawn.y)), [f"{value:g}" for value in drawn.y])
    axes.set_xlabel(words(drawn.across))
    axes.set_ylabel(words(drawn.up))
    axes.set_title(drawn.title)


def _contours(axes: Axes, drawn: Map) -> None:
    within = contour_levels(float(drawn.effect.min()), float(drawn.effect.max()))
    if len(within):
        places = np.arange(len(drawn.x)), np.arange(len(drawn.y))
        for colour, width in ((DARK, 2.4), (LIGHT, 1.1)):
            lines = axes.contour(
                *places, drawn.effect, within, colors=colour, linewidths=width, linestyles="-"
            )
        placed: list[Floats] = []
        for level, pieces in zip(within, lines.allsegs, strict=True):
            across, up = place = _between(np.concatenate(pieces), placed)
            placed.append(place)
            box = {"facecolor": DARK, "edgecolor": LIGHT, "linewidth": 0.5, "pad": 1.2}
            said: Any = {"color": LIGHT, "fontsize": 6, "ha": "center", "va": "center", "zorder": 5}
            axes.text(across, up, f"{level + 0.0:.1f}", bbox=box, **said)


def contour_levels(low: float, high: float) -> Floats:
    """Effects strictly between two, at the finest step at which there are few enough lines to be told apart."""
    for step in STEPS:
        found: Floats = np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step, 1)
        found = found[(found > low) & (found < high)]
        if len(found) <= MOST_LINES:
            return found
    return found[:0]


def _between(line: Floats, taken: Sequence[Floats]) -> Floats:
    """The point of a line, (m, 2), farthest from other labels and from the middles of cells, where numbers stand."""
    steps = np.linspace(0.0, 1.0, FINE)[:, None, None]
    points = (line[:-1] + steps * (line[1:] - line[:-1])).reshape(-1, 2) if len(line) > 1 else line
    aside = np.abs(points - np.round(points))
    score = aside[:, 1] + ACROSS_WEIGHT * aside[:, 0]
    for other in taken:
        score -= np.all(np.abs(points - other) < LABEL, axis=1)
    found: Floats = points[int(np.argmax(score))]
    return found
