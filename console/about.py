"""The tab "About"."""

from __future__ import annotations

import solara

from console.desk import Desk


@solara.component
def About(desk: Desk) -> None:
    """The tab."""
    solara.Text("About")
