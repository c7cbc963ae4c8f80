"""A framework in the tab "Ask": its clauses in English, and the text behind them, checked as it is typed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import solara

from console.choice import own_framework, starting_text
from console.desk import Desk
from environment.errors import BadInput
from environment.framework_text import clauses
from environment.frameworks import Framework

type Told = Callable[[dict[str, Any]], None]


@solara.component_vue("vue/editor.vue")
def EditorView(text: str, fault: str, event_typed: Told, event_use: Told, event_drop: Told) -> None:
    """The text of a framework, checked as it is typed."""


@solara.component_vue("vue/clauses.vue")
def ClausesView(title: str, clauses: list[dict[str, str]]) -> None:
    """A framework in plain English, clause by clause."""


@solara.component
def Law(desk: Desk, side: str) -> None:
    """The clauses in English, and the text behind them."""
    choice = (desk.a if side == "a" else desk.b).value
    draft, set_draft = solara.use_state("")
    solara.use_effect(lambda: set_draft(""), [choice, side])
    editing, set_editing = solara.use_state(False)
    shown, fault = _read(draft, choice.resolved.framework)
    with solara.Div(classes=["cf-card"]):
        ClausesView(title=shown.title, clauses=[c._asdict() for c in clauses(shown)])
        label = "close the text" if editing else "edit its text"
        solara.Button(
            label,
            on_click=lambda: set_editing(not editing),
            attributes={"data-do": "edit", "aria-expanded": str(editing).lower()},
        )
        if editing:
            EditorView(
                text=draft or choice.text or starting_text(choice.framework),
                fault=fault,
                event_typed=lambda data: set_draft(str(data["text"])),
                event_use=lambda data: desk.put(
                    dataclasses.replace(
                        choice,
                        text=str(data["text"]),
                        settings={k: v for k, v in choice.settings.items() if not k.startswith("framework.")},
                    ),
                    side,
                ),
                event_drop=lambda _: (set_draft(""), desk.put(dataclasses.replace(choice, text=""), side)),
            )


def _read(draft: str, else_shown: Framework) -> tuple[Framework, str]:
    """The framework of a draft, or the one in use with the draft's first fault."""
    if not draft:
        return else_shown, ""
    try:
        return own_framework(draft), ""
    except BadInput as error:
        return else_shown, str(error)
