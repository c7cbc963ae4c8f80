"""The tab "About": what the model is and is not for, what the words mean, how to use the page from the keyboard."""

from __future__ import annotations

import solara

from console.desk import Desk
from console.guide import said, to_step
from console.parts import words


@solara.component_vue("vue/terms.vue")
def TermsView(terms: list[dict[str, str]]) -> None:
    """Words and their meaning."""


@solara.component
def About(desk: Desk) -> None:
    """What the page is about."""
    with solara.Div(classes=["cf-card"]):
        for part in said()["about"]:
            words("h2", part["title"])
            words("p", part["text"])
        solara.Button("show me an example", on_click=lambda: to_step(desk, 0))
    with solara.Div(classes=["cf-card"]):
        words("h2", "Words")
        TermsView(terms=said()["terms"])
