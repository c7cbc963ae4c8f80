"""A stored results folder in the page: its figures and table, and the runs behind a point."""

from __future__ import annotations

import shlex

import solara

from analysis.effects import CONFIDENCE
from analysis.figures import POINT
from console.desk import Desk
from console.ensembles.own_files import warning
from console.ensembles.runs import PointRuns
from console.ensembles.shelf import NOWHERE, Opened, Shelf, shelf_of
from console.ensembles.stored import MOST_POINTS, listed
from console.ensembles.stored_numbers import Shown
from console.ensembles.stored_tables import effect_file, points_table, talks_rows
from console.ensembles.widgets import ChooserView, Exhibit, options
from console.heard import serial, text
from console.parts import CommandView, Download, Problem, words
from console.table import table

ALTS = {
    "effect": "Deterrence effect, its parts and the added risk of direct war, by design point.",
    "map": "Deterrence effect over two parameters.",
    "zone": "Who accepts which packages, and how many talks agree.",
}


@solara.component
def Folders(desk: Desk) -> None:
    """The list of folders, and the one that is open."""
    shelf = shelf_of(desk)
    state = shelf.state.value
    again, look_again = solara.use_state(0)
    names = solara.use_memo(listed, [again])
    first = shelf.name if shelf.name in names else (names[0] if names else "")

    def opened(data: object) -> None:
        shelf.open(text(data, "value"))

    with solara.Div():  # one root, or a click would lose the focus when the rest appears
        with solara.Div(classes=["cf-card"]):
            words("h2", "Results of sweeps")
            if not names:
                solara.Text("There is no results folder yet. `ceasefire sweep reliability` makes one.")
            ChooserView(
                name="folder",
                label="results folder",
                options=options([(name, name) for name in names]),
                chosen=first,
                button="Open",
                again="Look again",
                busy=state.busy,
                event_take=opened,
                event_again=lambda data: look_again(again + 1),
            )
            solara.Div(children=[solara.Text(state.words)], attributes={"role": "status"})
            Problem(state.problem)
        if state.seen is not None:
            with solara.Div(attributes={"data-what": "stored"}):
                (TalksFolder if state.seen.talks else EffectFolder)(desk, shelf, state, state.seen)


@solara.component
def TalksFolder(desk: Desk, shelf: Shelf, state: Opened, seen: Shown) -> None:
    """A study of the talks: its figure and its table."""
    with solara.Div(classes=["cf-card"]):
        _head(seen)
        if "zone.svg" in seen.figures:
            Exhibit(seen.figures, "zone", ALTS["zone"], seen.table)
        heads, rows = talks_rows(seen)
        table("talks", f"By design point, with {CONFIDENCE:.0%} intervals", heads, rows)
        _command(seen)


@solara.component
def EffectFolder(desk: Desk, shelf: Shelf, state: Opened, seen: Shown) -> None:
    """A study of cease-fires: curves, maps, table, and the point that was chosen."""

    def choose(point: str) -> None:
        number = serial(point.removeprefix(POINT), MOST_POINTS)
        if number is not None:
            shelf.choose(number)

    with solara.Div(classes=["cf-card"]):
        _head(seen)
        for stem in ("effect", "map"):
            if f"{stem}.svg" in seen.figures:
                named = (
                    stem == "effect" or "effect.svg" not in seen.figures
                )  # once is enough for the keyboard
                points = [{"id": f"{POINT}{k}", "label": words if named else ""} for k, words in seen.points]
                Exhibit(seen.figures, stem, ALTS[stem], seen.table, points, choose)
        heads, rows, ids = points_table(seen)
        here = str(state.point) if state.point != NOWHERE else ""
        table(
            "points",
            f"Design points, {CONFIDENCE:.0%} intervals",
            heads,
            rows,
            ids,
            "see its runs",
            choose,
            here,
        )
        Download("effect.csv", "effect.csv", lambda: effect_file(seen.table), "text/csv")
        _command(seen)
    if state.point != NOWHERE:
        PointRuns(desk, state, seen, key=f"{seen.stored.name}-{state.point}")


def _head(seen: Shown) -> None:
    study = seen.stored.study
    words("h2", "Stored results")
    failed = f" {seen.stored.failed} runs failed." if seen.stored.failed else ""
    solara.Text(f"{study.title}. {study.question} Seed {study.seed}, {len(seen.stored.runs):,} runs.{failed}")


def _command(seen: Shown) -> None:
    place = f"results/{seen.stored.name}"
    said = warning(seen.stored.study)
    if said:
        words("p", said)
    CommandView(
        command=f"ceasefire verify {shlex.quote(place)}",
        note="holds every byte of the folder against its ledger",
    )
    CommandView(
        command=f"ceasefire sweep {shlex.quote(place)}/study.toml --out {shlex.quote(place)}-again",
        note="gives the same rows",
    )
