"""A table in the page, of whose rows one may be picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import solara

from console.heard import text

SHEET = "cf-sheet"
"""Class of a table that scrolls sideways under a caption that is seen."""


@solara.component_vue("vue/table.vue")
def TableView(
    name: str,
    caption: str,
    heads: list[str],
    rows: list[list[str]],
    numbers: list[int],
    ids: list[str],
    here: str,
    action: str,
    act: str,
    kind: str,
    quiet: bool,
    event_pick: Callable[[object], None],
) -> None:
    """A table; where there is an action, each row has a button for it."""


def table(
    name: str,
    caption: str,
    heads: Sequence[str],
    rows: list[list[str]],
    ids: Sequence[str] = (),
    action: str = "",
    on_pick: Callable[[str], None] | None = None,
    here: str = "",
    *,
    act: str = "",
    numbers: Sequence[int] = (),
    kind: str = SHEET,
    quiet: bool = False,
) -> None:
    """A table in the page.

    Parameters
    ----------
    name, caption
        A stable name, and words above it.
    heads, rows
        Texts.
    ids, action, on_pick
        Of the rows, the words of their buttons, and what hears the id of the row whose button was used.
    here
        Id of the row that is marked.
    act
        Stable name of the buttons; that of the table where it is empty.
    numbers
        Columns that stand to the right.
    kind, quiet
        Class of its box; whether only those who do not see the page are told the caption.
    """
    known = set(ids)

    def picked(data: object) -> None:
        wanted = text(data, "id")
        if on_pick is not None and wanted in known:
            on_pick(wanted)

    TableView(
        name=name,
        caption=caption,
        heads=list(heads),
        rows=rows,
        numbers=list(numbers),
        ids=list(ids),
        here=here,
        action=action,
        act=act or name,
        kind=kind,
        quiet=quiet,
        event_pick=picked,
    )
