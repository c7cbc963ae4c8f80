"""Parts that every tab uses: a figure, a slider with its evidence, a command to copy, files to take away, a problem."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import solara

from console.heard import text as heard_text

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters that begin a formula, the full-width ones as well, which some spreadsheets take for the others."""
BREAKS = ("\t", "\r", "\n")
"""First characters that make some readers begin a cell anew."""
UNSEEN = ("Cc", "Cf")
"""Unicode categories of characters without width, such as a byte order mark, which some readers leave out."""


class Written(str):
    """A number as it is written into a file: digits that stay as they are."""


@solara.component_vue("vue/figure.vue")
def FigureView(
    svg: str,
    alt: str,
    points: list[dict[str, Any]],
    event_point: Callable[[dict[str, Any]], None],
) -> None:
    """An SVG in the page; a group in it with the id of a point can be clicked, and chosen from the keyboard."""


@solara.component_vue("vue/slider.vue")
def SliderView(
    name: str,
    label: str,
    value: float,
    least: float,
    most: float,
    step: float,
    low: float | None,
    high: float | None,
    unit: str,
    help: str,
    event_slid: Callable[[dict[str, Any]], None],
) -> None:
    """A slider on which the range of the evidence is drawn; it reports when it is let go."""


@solara.component_vue("vue/command.vue")
def CommandView(command: str, note: str) -> None:
    """A command with a button that copies it."""


@solara.component_vue("vue/save.vue")
def SaveView(target: str, name: str) -> None:
    """Buttons that hand a drawing of the page over as a file."""


@solara.component
def Figure(
    svg: bytes, alt: str, points: Sequence[dict[str, Any]] = (), on_point: Callable[[str], None] | None = None
) -> None:
    """A figure of `analysis`, fitted to the page.

    Parameters
    ----------
    svg
        As matplotlib wrote it.
    alt
        What it shows, for those who do not see it.
    points
        ``{"id": gid of a group, "label": words}`` of those that can be chosen; one without words has no button.
    on_point
        Called with the id of the one that was chosen.
    """
    FigureView(
        svg=themed(svg.decode()),
        alt=alt,
        points=list(points),
        event_point=lambda data: on_point(heard_text(data, "id")) if on_point else None,
    )


def themed(svg: str) -> str:
    """An SVG of matplotlib that takes the page's ink and paper, so that it reads in the dark as well."""
    body = svg[svg.index("<svg") :]
    return (
        body.replace("#000000", "currentColor")
        .replace("#262626", "currentColor")
        .replace("#666666", "var(--faint)")
        .replace("fill: #ffffff", "fill: var(--paper)")
        .replace("stroke: #ffffff", "stroke: var(--paper)")
    )


def words(tag: str, text: str, classes: str = "", **attributes: str) -> Any:
    """An element of the page with a text in it, which is shown as it is and never read as HTML."""
    return solara.v.Html(tag=tag, children=[text], class_=classes, attributes=attributes)


@solara.component
def Problem(text: str) -> None:
    """What went wrong, in words; nothing where nothing did."""
    if text:
        words("p", text, "cf-problem", role="alert")


@solara.component
def Download(label: str, name: str, data: Callable[[], bytes | str], mime: str = "text/plain") -> None:
    """A button that hands a file to the visitor; it is made when it is asked for."""
    solara.FileDownload(data, filename=name, label=label, mime_type=mime)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values that no spreadsheet takes for a formula.

    Parameters
    ----------
    columns
        Heads.
    rows
        Cells. Numbers stay numbers; a text that begins like a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([harmless(name) for name in columns])
    writer.writerows([harmless(each) for each in row] for row in rows)
    return out.getvalue()


def harmless(cell: object) -> object:
    """A cell that is no formula (see OWASP, "CSV Injection")."""
    if isinstance(cell, str) and not isinstance(cell, Written):
        text = cell.replace("\r", " ")  # a bare carriage return would begin a row in some readers
        begins = cell.startswith(BREAKS) or _bare(cell).startswith(FORMULA)
        return "'" + text if begins else text
    return "" if cell is None else cell


def _bare(text: str) -> str:
    """A text from its first character that is neither blank nor without width."""
    for place, letter in enumerate(text):
        if not letter.isspace() and unicodedata.category(letter) not in UNSEEN:
            return text[place:]
    return ""
