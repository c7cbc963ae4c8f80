"""The tab "Talks"."""

from __future__ import annotations

import solara

from console.desk import Desk


@solara.component
def Talks(desk: Desk) -> None:
    """The tab."""
    solara.Text("Talks")
