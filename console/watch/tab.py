"""The tab "Watch": one cease-fire as it unfolds in the Mesa model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import solara

from console.choice import HIGHEST_REPLICATION, Choice
from console.desk import Desk
from console.parts import CommandView, Download, SaveView, csv_text, words
from console.watch.frame import clocks, front, instant, ledger, setting
from console.watch.map import geometry
from console.watch.minds import board, ladder_as_seen, tiers_as_seen
from console.watch.run import Watched
from environment import frameworks, tables
from environment.log import lines
from experiments import scenario as scenarios

type Data = dict[str, Any]
type Told = Callable[[Data], None]
WATCHED_SECTOR = "Pokrovsk"
"""Sector whose perceived ladder is shown at first: the one with the highest salience."""
LAYERS = ("happens", "known")
PANELS = ("cf-map", "cf-series")


@solara.component_vue("vue/bar.vue")
def BarView(
    frameworks: list[str],
    scenarios: list[str],
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
    event_pick_sector: Told,
) -> None:
    """Russia's beliefs and perceived ladder."""


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


@cache
def _shape() -> Data:
    return geometry()


def watched_of(desk: Desk) -> Watched:
    """The run on the desk; a new one at the same hour where the choice has changed."""
    choice, old = desk.a.value, desk.watched
    if old is None or old.choice != choice:
        desk.watched = Watched(choice)
        if old is not None:
            desk.watched.to(old.hours)
    assert desk.watched is not None
    return desk.watched


def act(watched: Watched, verb: str, hours: float, everything: bool) -> None:
    """Do what a control asks for.

    Parameters
    ----------
    watched
        The run.
    verb
        ``forward``, ``to``, ``event``, ``case``, ``end`` or ``reset``; anything else does nothing.
    hours
        Of ``forward`` and ``to``.
    everything
        Whether ``event`` stops at every event or at those of the shorter story.
    """
    if verb == "forward":
        watched.forward(max(hours, 0.0))
    elif verb == "to":
        watched.to(hours)
    elif verb == "event":
        watched.to_next_told(everything)
    elif verb == "case":
        watched.to_next_case()
    elif verb == "end":
        watched.to(watched.horizon)
    elif verb == "reset":
        watched.to(0.0)


def changed(choice: Choice, data: Data) -> Choice:
    """A choice with what the bar changed; text that is no number becomes one that is refused in words."""
    if data.get("other"):
        return dataclasses.replace(choice, replication=(choice.replication + 1) % (HIGHEST_REPLICATION + 1))
    change: Data = {}
    if "framework" in data:
        kept = {k: v for k, v in choice.settings.items() if not k.startswith("framework.")}
        change = {"framework": str(data["framework"]), "text": "", "settings": kept}
    if "scenario" in data:
        change["scenario"] = str(data["scenario"])
    for name in ("seed", "replication"):
        if name in data:
            given = str(data[name]).strip()
            change[name] = int(given) if given.isascii() and given.isdigit() and len(given) <= 20 else -1
    return dataclasses.replace(choice, **change)


class Sent:
    """How much of what only grows the browser has: log, samples and changes are sent once."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The browser has nothing (any more)."""
        self.key: object = None
        self.counts = {"lines": 0, "samples": 0, "changes": 0}

    def news(self, key: object, name: str, known: list[Data]) -> tuple[int, list[Data]]:
        """Where the browser's list goes on, and with what; from the beginning where it shows another run."""
        if key != self.key:
            self.forget()
            self.key = key
        start = min(self.counts[name], len(known))
        self.counts[name] = len(known)
        return start, known[start:]


@solara.component
def Watch(desk: Desk) -> None:
    """One cease-fire: map, clocks, ledger, beliefs, coalition, log."""
    everything, set_everything = solara.use_state(False)
    layer, set_layer = solara.use_state(LAYERS[0])
    names = [s.name for s in tables.sectors()]
    sector, set_sector = solara.use_state(names.index(WATCHED_SECTOR))
    sent = solara.use_memo(Sent, [])
    choice, frame = desk.a.value, desk.frame.value
    watched = watched_of(desk)
    fixed = solara.use_memo(lambda: setting(watched), [choice])

    def go(data: Data) -> None:
        act(watched, str(data.get("verb")), float(data.get("hours", 0.0)), everything)
        desk.frame.set(desk.frame.value + 1)

    def change(data: Data) -> None:
        if data.get("ask"):
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
                event_pick_layer=lambda data: set_layer(
                    data["layer"] if data["layer"] in LAYERS else LAYERS[0]
                ),
            )
            LogView(
                news={"from": line_from, "lines": fresh, "frame": frame},
                sectors=fixed["sectors"],
                clauses=fixed["clauses"],
                everything=everything,
                event_tell_all=lambda data: set_everything(bool(data["everything"])),
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
                ladder=ladder_as_seen(watched, sector),
                levels=fixed["levels"],
                sectors=fixed["sectors"],
                sector=sector,
                event_pick_sector=lambda data: set_sector(max(0, min(int(data["sector"]), len(names) - 1))),
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
    BoardView(states=fixed["states"], board=board(watched))
    _take_away(choice, watched)


def _bar(choice: Choice, change: Told) -> None:
    BarView(
        frameworks=list(frameworks.shipped()),
        scenarios=list(scenarios.shipped()),
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


LEDGER_COLUMNS = ("serial", "sector", "status", "level", "active", "hours", "case", "nothing", "russia_ordered",
                  "russia_unauthorised", "ukraine")  # fmt: skip


def ledger_csv(watched: Watched) -> str:
    """The evidence ledger at this instant as comma-separated values."""
    names = [s.name for s in tables.sectors()]
    rows = []
    for each in ledger(watched):
        cells = {**each, "sector": names[each["sector"]]}
        rows.append([cells[name] for name in LEDGER_COLUMNS[:7]] + each["posterior"])
    return csv_text(LEDGER_COLUMNS, rows)


def _take_away(choice: Choice, watched: Watched) -> None:
    """Files of what is shown."""
    with solara.Div(classes=["cf-card"], attributes={"aria-label": "take away", "role": "region"}):
        words("h2", "Take away")
        with solara.Div(classes=["cf-row"]):
            SaveView(target="cf-map", name="front")
            SaveView(target="cf-series", name="over-time")
            Download(
                "event log (.jsonl)", "log.jsonl", lambda: "".join(f"{x}\n" for x in lines(watched.model.log))
            )
            Download("story (.csv)", "story.csv", lambda: story_csv(watched))
            Download("evidence ledger (.csv)", "ledger.csv", lambda: ledger_csv(watched))
            Download("scenario (.toml)", "my-scenario.toml", choice.scenario_file)
            Download("framework (.toml)", f"{_file_stem(choice)}.toml", choice.framework_file)


def _file_stem(choice: Choice) -> str:
    return choice.resolved.framework.name if choice.text else f"my-{choice.framework}"


STORY_COLUMNS = ("when", "what", "clause", "kind", "sector", "case")


def story_csv(watched: Watched) -> str:
    """Every event so far as comma-separated values, a sentence a row."""
    rows = [
        (each["head"].strip(), each["body"], each["clause"], each["kind"], each["sector"], each["case"] or "")
        for each in watched.lines(True)
    ]
    return csv_text(STORY_COLUMNS, rows)
