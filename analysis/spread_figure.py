"""The figure of how an outcome is spread over runs: cumulative distributions, single runs marked on them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, ScalarFormatter

from analysis.figures import ARMS, GREY, POINT, STYLE, plain, rendered
from analysis.spread import Remarkable, cumulative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

WIDTH, HEIGHT = 7.4, 3.9
CAPTION_WIDTH = 118
LABEL_WIDTH = 44
"""Letters of a line of the legend."""
ASIDE = ((8, 4), (-12, 4), (8, -10), (-12, -10))
"""Where the number of a marked run stands, in points from its marker, one after the other."""


def draw_spread(
    arms: Sequence[tuple[str, Floats]], runs: Sequence[Remarkable], x_label: str, caption: str
) -> dict[str, bytes]:
    """The share of runs that have at most so much of an outcome.

    Parameters
    ----------
    arms
        (words, values) of the treated arm, of its control, and of more; at most as many as
        `analysis.figures.ARMS`.
    runs
        Single runs to mark, numbered from 1; each is a group ``point-NAME`` of the SVG.
    x_label
        The outcome with its unit.
    caption
        What the reader must know: runs, seed.

    Returns
    -------
    dict
        ``spread.svg`` and ``spread.png`` as bytes.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        most = max((float(values.max()) for _, values in arms if len(values)), default=1.0)
        for (label, values), (colour, dashes, _) in zip(arms, ARMS, strict=False):
            at, share = cumulative(values)
            at, share = np.concatenate((at[:1], at, [most])), np.concatenate(([0.0], share, [1.0]))
            axes.step(
                at,
                share,
                where="post",
                color=colour,
                ls=dashes,
                lw=1.5,
                label=textwrap.fill(plain(label), LABEL_WIDTH),
            )
        for number, run in enumerate(runs, start=1):
            colour, _, marker = ARMS[0 if run.arm == "treated" else 1]
            axes.plot(
                [run.value], [run.below], marker, color=colour, mec="#fefefe", ms=9, gid=POINT + run.name
            )
            aside = ASIDE[number % len(ASIDE)]
            axes.annotate(str(number), (run.value, run.below), aside, textcoords="offset points", fontsize=8)
        axes.set_ylim(0.0, 1.08)
        if all(len(values) and float(values.min()) > 0 for _, values in arms):
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(ScalarFormatter())
            x_label += ", logarithmic scale"
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.set_xlabel(x_label)
        axes.set_ylabel("share of runs with at most that")
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.legend(loc="lower right")
        figure.supxlabel(
            textwrap.fill(plain(caption), CAPTION_WIDTH), fontsize=7, ha="left", x=0.01, color=GREY
        )
        return rendered(figure, "spread")
