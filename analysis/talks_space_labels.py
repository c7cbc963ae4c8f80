"""Letters and numbers beside the marks of a figure, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke

from agents.bargaining.gains import NONE
from analysis.talks_space import Picture, Step, said_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL = np.array([360.0, 300.0])
"""Points across and up of the panel, about."""
LETTER, TALL, MARK = 5.0, 8.0, 4.0
"""Points that a letter of a label takes, across and up, and that a mark takes to each side."""
BESIDE = ((8.0, 4.0), (8.0, -12.0), (-8.0, 4.0), (-8.0, -12.0), (10.0, 14.0), (10.0, -22.0), (-10.0, 14.0))
"""Where a label may stand beside its mark, in points, the best first; where none is free, the table has the number."""
INK, PAPER = "#000000", "#ffffff"
"""What a page turns into its own ink and paper."""
HALO = 2.0
"""Width in points of the paper left around a letter."""
LETTERS = {"nash": "N", "kalai_smorodinsky": "K", "egalitarian": "E", "welfare": "W"}


def put_labels(axes: Axes, seen: Picture) -> None:
    """Write letters of the solutions, then numbers of the rounds, where there is room beside their marks.

    Parameters
    ----------
    axes
        With its limits set.
    seen
        The talks.
    """
    texts: list[tuple[int, str, bool]] = []
    for place in dict.fromkeys(seen.solutions.values()):
        if place != NONE and seen.drawn[place]:
            letters = "".join(LETTERS[name] for name, at in seen.solutions.items() if at == place)
            texts.append((place, letters, True))
    texts += [(place, _numbers(here), False) for place, here in said_at(seen).items()]
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    low, span = limits[:, 0], np.ptp(limits, axis=1)
    taken: list[tuple[float, float, float, float]] = []
    for place in dict.fromkeys(place for place, *_ in texts):
        x, y = (seen.gains[place] - low) / span * PANEL
        taken.append((x - MARK, y - MARK, x + MARK, y + MARK))
    for place, text, bold in texts:
        x, y = (seen.gains[place] - low) / span * PANEL
        wide = LETTER * (len(text) + bold)
        for right, up in BESIDE:
            left = x + (right if right > 0 else right - wide)
            box = (left, y + up, left + wide, y + up + TALL)
            if not any(_touch(box, other) for other in taken):
                taken.append(box)
                axes.annotate(
                    text, seen.gains[place], (box[0] - x, box[1] - y), textcoords="offset points", fontsize=8,
                    weight="bold" if bold else "normal", zorder=7,
                    path_effects=[withStroke(linewidth=HALO, foreground=PAPER)],
                )  # fmt: skip
                break


def _touch(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _numbers(here: Sequence[Step]) -> str:
    """The rounds in which a package was on the table, shortened where there are many."""
    first, last = here[0].number, here[-1].number
    return str(first) if first == last else f"{first}\N{HORIZONTAL ELLIPSIS}{last}"
