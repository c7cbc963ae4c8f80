"""The panels of the tab "Watch": each a Vue template that draws plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

type Data = dict[str, Any]
type Told = Callable[[Data], None]


@solara.component_vue("vue/bar.vue")
def BarView(
    frameworks: list[dict[str, str]],
    scenarios: list[dict[str, str]],
    summary: str,
    framework: str,
    edited: str,
    scenario: str,
    seed: str,
    replication: str,
    settings: list[str],
    event_change: Told,
) -> None:
    """Framework, scenario, seed and replication of what is watched."""


@solara.component_vue("vue/controls.vue")
def ControlsView(frame: int, now: Data, horizon: float, event_go: Told) -> None:
    """Play, step, jump, seek; the browser asks for the next frame once it has drawn the last."""


@solara.component_vue("vue/map.vue")
def MapView(
    shape: Data,
    front: list[Data],
    ledger: list[Data],
    sectors: list[Data],
    levels: list[str],
    categories: list[str],
    layer: str,
    event_pick_layer: Told,
) -> None:
    """The front as a schematic map."""


@solara.component_vue("vue/clocks.vue")
def ClocksView(clocks: list[Data], tiers: list[Data], sectors: list[Data]) -> None:
    """The tier clock of each open case."""


@solara.component_vue("vue/ledger.vue")
def LedgerView(
    ledger: list[Data], sectors: list[Data], levels: list[str], categories: list[str], layer: str
) -> None:
    """The open incidents with their posterior."""


@solara.component_vue("vue/minds.vue")
def MindsView(
    tiers: list[Data],
    names: list[Data],
    ladder: list[Data],
    levels: list[str],
    sectors: list[Data],
    sector: int,
    values: list[float],
    value: float,
    event_pick_sector: Told,
    event_pick_value: Told,
) -> None:
    """Russia's beliefs and perceived ladder."""


@solara.component_vue("vue/outcome.vue")
def OutcomeView(lines: list[Data]) -> None:
    """What came of a run that has ended."""


@solara.component_vue("vue/board.vue")
def BoardView(states: list[Data], board: list[Data]) -> None:
    """The coalition's board."""


@solara.component_vue("vue/series.vue")
def SeriesView(news: Data, sectors: list[Data], hours: float, horizon: float, event_missed: Told) -> None:
    """Violations, beliefs and the slow state over time."""


@solara.component_vue("vue/log.vue")
def LogView(
    news: Data,
    sectors: list[Data],
    clauses: dict[str, str],
    everything: bool,
    event_tell_all: Told,
    event_missed: Told,
) -> None:
    """The event log in sentences."""
