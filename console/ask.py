"""The tab "Ask"."""

from __future__ import annotations

import solara

from console.desk import Desk


@solara.component
def Ask(desk: Desk) -> None:
    """The tab."""
    solara.Text("Ask")
