"""The tab "Watch"."""

from __future__ import annotations

import solara

from console.desk import Desk


@solara.component
def Watch(desk: Desk) -> None:
    """The tab."""
    solara.Text("Watch")
