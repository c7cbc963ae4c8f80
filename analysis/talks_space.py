"""Talks in the space of gains: packages, front, zone of agreement, the path of offers, the agreement, the solutions."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agents.bargaining.front import pareto_front, zone
from agents.bargaining.gains import NONE, Bools, Floats, Ints
from agents.bargaining.solutions import RULES, solve
from agents.talks.preferences import REFUSED
from analysis.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, STYLE, rendered
from environment.talks.packages import PRINCIPALS, Space
from environment.talks.protocols import AGREED
from experiments.talks.course import Meeting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.talks_rounds import Round

WIDTH, HEIGHT = 5.6, 5.9
CAPTION_WIDTH = 92
MOST_DOTS = 1500
"""Packages that are drawn one by one; where there are more, the figure shows how densely they lie."""
CELLS = 42
"""Cells across, where density is drawn."""
FAINTEST, STRONGEST = 0.16, 0.85
"""Opacity of a cell with one package, and of the fullest."""
MOST_LABELS = 14
"""Places on the path that bear a number."""
SPEAKERS = {"Russia": (ORANGE, "s"), "Ukraine": (BLUE, "o"), "United States": (PURPLE, "^")}
LETTERS = {"nash": "N", "kalai_smorodinsky": "K", "egalitarian": "E", "welfare": "W"}
PLACE = "place-"
"""Begins the id of what is drawn for a package on the path; its place follows."""
PLAIN: Any = {**STYLE, "font.size": 9.5, "legend.fontsize": 8}
INK, PAPER = "#000000", "#ffffff"
"""What a page turns into its own ink and paper."""


@dataclass(frozen=True)
class Step:
    """A round on the path: its number, the place of its package (-1: not in the space), and who spoke."""

    number: int
    place: int
    by: str


@dataclass(frozen=True, eq=False)
class Picture:
    """One round of talks in the space of gains, as it was when the talks began.

    Parameters
    ----------
    gains
        (P, 2): of Russia and Ukraine over war, war-years.
    open
        (P,): packages that nobody consulted vetoes.
    zone
        (P,): open, and preferred to war by both.
    front
        Places of the open packages that no open package dominates, ascending.
    path
        What was offered or tabled, round by round.
    agreed
        Place of the package agreed, or -1.
    final
        Gains of the two from it when it was agreed; NaN without an agreement.
    solutions
        Place of each solution, -1 where there is none.
    """

    gains: Floats
    open: Bools
    zone: Bools
    front: Ints
    path: tuple[Step, ...]
    agreed: int
    final: tuple[float, float]
    solutions: dict[str, int]

    @property
    def drawn(self) -> Bools:
        """(P,): packages that cross no absolute red line, which are off any scale."""
        return np.asarray((self.gains > REFUSED / 2.0).all(axis=1))


def picture(space: Space, meeting: Meeting, path: Sequence[Round]) -> Picture:
    """Talks in the space of gains.

    Parameters
    ----------
    space
        The packages.
    meeting
        The talks.
    path
        Their rounds.
    """
    gains = np.ascontiguousarray(meeting.gains[:, PRINCIPALS])
    open_places = np.flatnonzero(meeting.open)
    front = open_places[pareto_front(gains[open_places])] if open_places.size else open_places
    places = {int(code): place for place, code in enumerate(space.codes)}
    steps = tuple(Step(r.number, places.get(r.code, NONE), r.by) for r in path)
    agreed = meeting.agreed if meeting.outcome == AGREED else NONE
    final = meeting.final[agreed][list(PRINCIPALS)] if agreed != NONE else np.full(2, np.nan)
    return Picture(
        gains,
        meeting.open,
        np.asarray(zone(gains) & meeting.open),
        np.asarray(front),
        steps,
        agreed,
        (float(final[0]), float(final[1])),
        _solved(gains, open_places),
    )


def _solved(gains: Floats, open_places: Ints) -> dict[str, int]:
    """Place of each solution over the packages without a veto."""
    if not open_places.size:
        return dict.fromkeys(RULES, NONE)
    found = solve(gains[open_places])
    among = {name: int(getattr(found, name)) for name in RULES}
    return {name: int(open_places[k]) if k != NONE else NONE for name, k in among.items()}


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
        axes = figure.subplots()
        _frame(axes, seen)
        many = int(seen.drawn.sum()) > MOST_DOTS
        (_density if many else _dots)(axes, seen)
        _front(axes, seen)
        _path(axes, seen)
        _points(axes, seen)
        axes.set_xlabel("gain of Russia over war (war-years)")
        axes.set_ylabel("gain of Ukraine over war (war-years)")
        figure.legend(
            handles=_keys(seen, many), loc="outside lower center", ncols=2, columnspacing=1.2, frameon=False
        )
        figure.supxlabel(textwrap.fill(caption, CAPTION_WIDTH), fontsize=7.5, ha="left", x=0.01, color=GREY)
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
            counts = np.ma.getdata(cells.get_array()).astype(np.float64)
            drawn.append((cells, counts, colour))
            fullest = max(fullest, float(counts.max()))
    for cells, counts, colour in drawn:
        share = np.log1p(counts) / np.log1p(fullest)
        shades = np.tile(to_rgba(colour), (len(counts), 1))
        shades[:, 3] = FAINTEST + (STRONGEST - FAINTEST) * share
        cells.set_array(None)
        cells.set_facecolor([tuple(shade) for shade in shades.tolist()])


def _front(axes: Axes, seen: Picture) -> None:
    """Packages than which no open one is better for both, joined in their order."""
    front = seen.front[seen.drawn[seen.front]]
    x, y = seen.gains[front[np.argsort(seen.gains[front, 0], kind="stable")]].T
    axes.plot(x, y, color=INK, linewidth=1.1, marker="d", markersize=3.2, zorder=3)


def _path(axes: Axes, seen: Picture) -> None:
    """What was said, joined in its order; a marker for each package, with the rounds in which it was on the table."""
    steps = [step for step in seen.path if step.place != NONE and seen.drawn[step.place]]
    if not steps:
        return
    x, y = seen.gains[[step.place for step in steps]].T
    axes.plot(x, y, color=INK, linewidth=0.7, linestyle=":", zorder=4)
    said: dict[int, list[Step]] = {}
    for step in steps:
        said.setdefault(step.place, []).append(step)
    every = -(-len(said) // MOST_LABELS)
    for number, (place, here) in enumerate(said.items()):
        colour, marker = SPEAKERS[here[0].by]
        at = seen.gains[place]
        axes.plot(
            *at, color=colour, marker=marker, markersize=7, markeredgecolor=INK, markeredgewidth=0.7, linestyle="",
            zorder=5, gid=f"{PLACE}{place}",
        )  # fmt: skip
        if number % every == 0 or number == len(said) - 1:
            axes.annotate(_numbers(here), at, (5, 5), textcoords="offset points", fontsize=8, zorder=7)


def _numbers(here: Sequence[Step]) -> str:
    """The rounds in which a package was on the table, shortened where there are many."""
    first, last = here[0].number, here[-1].number
    return str(first) if first == last else f"{first}\N{HORIZONTAL ELLIPSIS}{last}"


def _points(axes: Axes, seen: Picture) -> None:
    """War, the agreement, and the solutions, by their letters."""
    axes.plot(0.0, 0.0, color=INK, marker="P", markersize=8, markeredgecolor=PAPER, linestyle="", zorder=6)
    if seen.agreed != NONE and seen.drawn[seen.agreed]:
        at = seen.gains[seen.agreed]
        axes.plot(*at, color=INK, marker="*", markersize=14, markeredgecolor=PAPER, linestyle="", zorder=6)
    letters: dict[int, str] = {}
    for name, place in seen.solutions.items():
        if place != NONE and seen.drawn[place]:
            letters[place] = letters.get(place, "") + LETTERS[name]
    for place, text in letters.items():
        at = seen.gains[place]
        axes.plot(*at, color="none", marker="o", markersize=15, markeredgecolor=INK, linestyle="", zorder=6)
        axes.annotate(text, at, (9, -11), textcoords="offset points", fontsize=8.5, weight="bold", zorder=7)


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
            keys.append(mark(said + label, color=colour, marker="h" if many else marker, markersize=7))
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
