"""The tab "Ensembles": many cease-fires at once, run now or stored by a sweep."""

from __future__ import annotations

from pathlib import Path

import solara

from console.desk import Desk
from console.ensembles.folders import Folders
from console.ensembles.now import Now
from console.ensembles.shelf import shelf_of
from console.ensembles.widgets import SegmentsView, options
from console.heard import one_of

STYLE = Path(__file__).with_name("style.css")
PARTS = (("now", "Run now"), ("stored", "Open a stored results folder"))


@solara.component
def Ensembles(desk: Desk) -> None:
    """The tab."""
    part = shelf_of(desk).part
    solara.Style(STYLE)

    def choose(data: object) -> None:
        part.set(one_of(data, "value", dict(PARTS), part.value))

    SegmentsView(
        name="part", label="ensembles", options=options(PARTS), value=part.value, event_chosen=choose
    )
    (Now if part.value == "now" else Folders)(desk)
