"""The tab "Watch": one cease-fire as it unfolds in the Mesa model."""

from __future__ import annotations

from functools import cache

import solara

from console.choice import Choice
from console.desk import Desk
from console.heard import number, one_of, whole, yes
from console.parts import CommandView
from console.watch.controls import MOST_LINES, VERBS, Sent, act, changed, watched_of
from console.watch.frame import clocks, front, instant, ledger, setting
from console.watch.map import geometry
from console.watch.minds import ORDINARY, VALUES, board, ladder_as_seen, tiers_as_seen
from console.watch.outcome import outcome_rows
from console.watch.take_away import TakeAway
from console.watch.views import (
    BarView,
    BoardView,
    ClocksView,
    ControlsView,
    Data,
    LedgerView,
    LogView,
    MapView,
    MindsView,
    OutcomeView,
    SeriesView,
    Told,
)
from environment import frameworks, tables
from experiments import scenario as scenarios

WATCHED_SECTOR = "Pokrovsk"
"""Sector whose perceived ladder is shown at first: the one with the highest salience."""
LAYERS = ("happens", "known")


@cache
def _shape() -> Data:
    return geometry()


@solara.component
def Watch(desk: Desk) -> None:
    """One cease-fire: map, clocks, ledger, beliefs, coalition, log."""
    everything, set_everything = solara.use_state(False)
    layer, set_layer = solara.use_state(LAYERS[0])
    names = [s.name for s in tables.sectors()]
    sector, set_sector = solara.use_state(names.index(WATCHED_SECTOR))
    value, set_value = solara.use_state(ORDINARY)
    sent = solara.use_memo(Sent, [])
    choice, frame = desk.a.value, desk.frame.value
    watched = watched_of(desk)
    fixed = solara.use_memo(lambda: setting(watched), [choice])

    def go(data: Data) -> None:
        hours = number(data, "hours", 0.0, watched.horizon, 0.0) or 0.0
        act(watched, one_of(data, "verb", VERBS), hours, everything)
        desk.frame.set(desk.frame.value + 1)

    def change(data: Data) -> None:
        if yes(data, "ask"):
            desk.tab.set("ask")
        else:
            desk.put(changed(choice, data))

    def resend(_: Data) -> None:
        sent.forget()
        desk.frame.set(desk.frame.value + 1)

    _bar(choice, change)
    now, known = instant(watched), ledger(watched)
    key = (watched.run_number, everything)
    line_from, fresh = sent.news(key, "lines", watched.lines(everything))
    sample_from, samples = sent.news(key, "samples", watched.samples)
    change_from, changes = sent.news(key, "changes", watched.changes)
    with solara.Div(classes=["cf-stick"]):
        ControlsView(frame=frame, now=now, horizon=watched.horizon, event_go=go)
    with solara.Div(classes=["cf-two", "cf-watch"]):
        with solara.Div():
            MapView(
                shape=_shape(),
                front=front(watched),
                ledger=known,
                sectors=fixed["sectors"],
                levels=fixed["levels"],
                categories=fixed["categories"],
                layer=layer,
                event_pick_layer=lambda data: set_layer(one_of(data, "layer", LAYERS, layer)),
            )
            LogView(
                news={"from": line_from, "lines": fresh, "frame": frame, "cut": len(fresh) == MOST_LINES},
                sectors=fixed["sectors"],
                clauses=fixed["clauses"],
                everything=everything,
                event_tell_all=lambda data: set_everything(yes(data, "everything")),
                event_missed=resend,
            )
        with solara.Div():
            ClocksView(clocks=clocks(watched), tiers=fixed["tiers"], sectors=fixed["sectors"])
            LedgerView(
                ledger=known,
                sectors=fixed["sectors"],
                levels=fixed["levels"],
                categories=fixed["categories"],
                layer=layer,
            )
            MindsView(
                tiers=tiers_as_seen(watched),
                names=fixed["tiers"],
                ladder=ladder_as_seen(watched, sector, value),
                levels=fixed["levels"],
                sectors=fixed["sectors"],
                sector=sector,
                values=list(VALUES),
                value=value,
                event_pick_value=lambda data: set_value(
                    number(data, "value", VALUES[0], VALUES[-1], ORDINARY) or ORDINARY
                ),
                event_pick_sector=lambda data: set_sector(whole(data, "sector", 0, len(names) - 1, sector)),
            )
    SeriesView(
        news={
            "samples_from": sample_from,
            "samples": samples,
            "changes_from": change_from,
            "changes": changes,
            "frame": frame,
        },
        sectors=fixed["sectors"],
        hours=watched.hours,
        horizon=watched.horizon,
        event_missed=resend,
    )
    if watched.over:
        OutcomeView(lines=outcome_rows(watched))
    BoardView(states=fixed["states"], board=board(watched))
    TakeAway(choice, watched)


def _bar(choice: Choice, change: Told) -> None:
    BarView(
        frameworks=_frameworks(),
        scenarios=_scenarios(),
        summary=f"{choice.resolved.framework.summary} {scenarios.said(choice.scenario)[1]}",
        framework=choice.framework,
        edited=choice.resolved.framework.name if choice.text else "",
        scenario=choice.scenario,
        seed=str(choice.seed),
        replication=str(choice.replication),
        settings=[f"{key} = {value}" for key, value in choice.settings.items()],
        event_change=change,
    )
    note = "with the framework's file beside it (below)" if choice.needs_file() else ""
    CommandView(command=choice.command(), note=note)


@cache
def _frameworks() -> list[Data]:
    """The shipped frameworks to choose from; read once, not at every frame."""
    return [{"name": name, "title": frameworks.load(name).title} for name in frameworks.shipped()]


@cache
def _scenarios() -> list[Data]:
    """The shipped scenarios to choose from."""
    return [{"name": name, "title": scenarios.said(name)[0]} for name in scenarios.shipped()]
