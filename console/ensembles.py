"""The tab "Ensembles"."""

from __future__ import annotations

import solara

from console.desk import Desk


@solara.component
def Ensembles(desk: Desk) -> None:
    """The tab."""
    solara.Text("Ensembles")
