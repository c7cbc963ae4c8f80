"""The figure of how cease-fires end: one panel an ending, one curve an arm."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures import ARMS, GREY, STYLE, plain, rendered
from analysis.incidence import CAUSES, TITLES, Incidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 7.4, 3.5
CAPTION_WIDTH = 118
LABEL_WIDTH = 56
"""Letters of a line of the legend."""
LEAST_TOP = 0.02
"""Least upper end of the scale, so that a curve of nothing is not drawn as if it were something."""

FINE = 0.1
"""Upper end of the scale from which per cent need no decimals."""


def draw_incidence(arms: Mapping[str, Mapping[str, Incidence]], caption: str) -> dict[str, bytes]:
    """Cumulative incidence of collapse, abrogation and direct war, side by side on one scale.

    Parameters
    ----------
    arms
        Curves by cause, by the words for the arm; at most as many as `analysis.figures.ARMS`.
    caption
        What the reader must know: runs, interval, seed.

    Returns
    -------
    dict
        ``incidence.svg`` and ``incidence.png`` as bytes.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        panels: Any = figure.subplots(1, len(CAUSES), sharey=True, sharex=True)
        top = max(LEAST_TOP, *(float(c.high.max()) for curves in arms.values() for c in curves.values()))
        for axes, cause in zip(panels, CAUSES, strict=True):
            _panel(axes, {label: curves[cause] for label, curves in arms.items()})
            axes.set_title(TITLES[cause])
            axes.set_ylim(0.0, min(1.02, top * 1.05))
        panels[0].set_ylabel("share of cease-fires that ended so")
        panels[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if top > FINE else 1))
        panels[1].set_xlabel("days since the cease-fire took effect")
        lines, labels = panels[0].get_legend_handles_labels()
        figure.legend(lines, labels, loc="outside upper left", ncols=2, frameon=False)
        figure.supxlabel(
            textwrap.fill(plain(caption), CAPTION_WIDTH), fontsize=7, ha="left", x=0.01, color=GREY
        )
        return rendered(figure, "incidence")


def _panel(axes: Axes, curves: Mapping[str, Incidence]) -> None:
    for (label, curve), (colour, dashes, _) in zip(curves.items(), ARMS, strict=False):
        axes.fill_between(curve.days, curve.low, curve.high, step="post", color=colour, alpha=0.18, lw=0)
        axes.step(
            curve.days,
            curve.share,
            where="post",
            color=colour,
            ls=dashes,
            lw=1.5,
            label=textwrap.fill(plain(label), LABEL_WIDTH),
        )
    axes.grid(axis="y", alpha=0.25, linewidth=0.6)
    axes.margins(x=0.0)
