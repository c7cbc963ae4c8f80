"""Controls and blocks of the tab "Ensembles": forms, tables, a figure with what can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import solara

from console.parts import Download, Figure, csv_text

type Said = Callable[[dict[str, Any]], None]


@solara.component_vue("vue/order.vue")
def OrderView(
    runs: int,
    least: int,
    most: int,
    with_b: bool,
    law: str,
    laws: list[dict[str, str]],
    running: bool,
    done: int,
    total: int,
    words: str,
    event_run: Said,
    event_cancel: Said,
    event_law: Said,
) -> None:
    """What to run, how far it is, and how it is stopped."""


@solara.component_vue("vue/segments.vue")
def SegmentsView(
    name: str, label: str, options: list[dict[str, str]], value: str, event_chosen: Said
) -> None:
    """A few alternatives side by side."""


@solara.component_vue("vue/chooser.vue")
def ChooserView(
    name: str,
    label: str,
    options: list[dict[str, str]],
    chosen: str,
    button: str,
    again: str,
    busy: bool,
    event_take: Said,
    event_again: Said,
) -> None:
    """A list to choose from, and a button that takes what is chosen."""


@solara.component_vue("vue/runs.vue")
def RunsView(
    arm: str,
    arms: list[dict[str, str]],
    sorted: str,
    orders: list[dict[str, str]],
    page: int,
    pages: int,
    event_changed: Said,
    event_replay: Said,
) -> None:
    """Which runs of a design point are listed, and the number of one to replay."""


@solara.component
def Exhibit(
    files: dict[str, bytes],
    stem: str,
    alt: str,
    data: pd.DataFrame,
    points: Sequence[dict[str, Any]] = (),
    on_point: Callable[[str], None] | None = None,
) -> None:
    """A figure with buttons for SVG, PNG and its data.

    Parameters
    ----------
    files, stem
        ``stem.svg`` and ``stem.png`` as bytes.
    alt
        What it shows.
    data
        What it is drawn from.
    points, on_point
        As `console.parts.Figure`.
    """
    with solara.Div(classes=["cf-exhibit"], attributes={"data-what": f"figure-{stem}"}):
        Figure(files[f"{stem}.svg"], alt, points, on_point)
        with solara.Div(classes=["cf-exports"]):
            Download(f"{stem}.svg", f"{stem}.svg", lambda: files[f"{stem}.svg"], "image/svg+xml")
            Download(f"{stem}.png", f"{stem}.png", lambda: files[f"{stem}.png"], "image/png")
            Download(f"{stem}-figure.csv", f"{stem}-figure.csv", lambda: frame_csv(data), "text/csv")


def frame_csv(frame: pd.DataFrame) -> str:
    """A frame as comma-separated values that no spreadsheet takes for a formula."""
    return csv_text(
        [str(name) for name in frame.columns],
        ([None if each != each else each for each in row] for row in frame.itertuples(index=False)),
    )


def options(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Values with their words, as a control takes them."""
    return [{"value": value, "label": label} for value, label in pairs]


@solara.component_vue("vue/numbers.vue")
def NumbersView(title: str, items: list[dict[str, str]]) -> None:
    """A few numbers with their intervals, each under its words."""
