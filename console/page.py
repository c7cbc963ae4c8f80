"""The page: its head, its tabs, and the tab that is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from console.about import About
from console.ask.tab import Ask
from console.desk import TABS, TITLES, Desk
from console.ensembles.tab import Ensembles
from console.guide import Guide
from console.heard import one_of
from console.keep import kept, restore
from console.parts import Problem
from console.talks.tab import Talks
from console.watch.tab import Watch

STYLE = Path(__file__).with_name("style.css")
VIEWS: dict[str, Callable[[Desk], Any]] = {
    "watch": Watch,
    "ask": Ask,
    "ensembles": Ensembles,
    "talks": Talks,
    "about": About,
}


@solara.component_vue("vue/tabs.vue")
def Tabs(
    tabs: list[dict[str, str]],
    tab: str,
    kept: dict[str, Any],
    event_open: Callable[[dict[str, Any]], None],
    event_restore: Callable[[dict[str, Any]], None],
) -> None:
    """Title, tabs, the switch between light and dark, and what the page keeps of itself for a reload."""


@solara.component
def Page() -> None:
    """The whole page for one visitor."""
    desk = solara.use_memo(Desk, [])

    def open_tab(data: dict[str, Any]) -> None:
        desk.tab.set(one_of(data, "tab", TABS, desk.tab.value))

    _ = desk.frame.value  # what the page keeps goes along with what it shows
    solara.Title("Ceasefire")
    solara.Style(STYLE)
    with solara.Div(classes=["cf-page"]):
        Tabs(
            tabs=[{"id": name, "title": TITLES[name]} for name in TABS],
            tab=desk.tab.value,
            kept=kept(desk),
            event_open=open_tab,
            event_restore=lambda data: restore(desk, data),
        )
        with solara.v.Html(tag="main", class_="cf-main"):
            Guide(desk)
            Problem(desk.problem.value)
            with solara.Div(
                attributes={"id": "cf-main", "role": "tabpanel", "aria-labelledby": f"tab-{desk.tab.value}"}
            ):
                VIEWS[desk.tab.value](desk)


@solara.component
def Layout(children: list[Any]) -> None:
    """Nothing around the page: it brings its own head."""
    solara.Div(children=children)
