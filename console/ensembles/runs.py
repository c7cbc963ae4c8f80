"""The runs behind a design point of a stored folder: a list, what is remarkable among them, the replay of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import solara

from analysis.incidence import incidence_table, restricted_mean
from analysis.spread import remarkable
from console.desk import Desk
from console.ensembles import numbers
from console.ensembles.shelf import Opened
from console.ensembles.stored import MOST_ROWS
from console.ensembles.stored_numbers import Shown
from console.ensembles.stored_replay import Replay, replay_of, rows_of
from console.ensembles.widgets import Exhibit, RunsView, options
from console.heard import one_of, serial, shorten, text, whole
from console.parts import CommandView, Problem, words
from console.table import table
from experiments.design import OBSERVE_ONLY

PAGE = 12
"""Runs on a page of the list."""
ARMS = (("full", "the framework"), (OBSERVE_ONLY, "observe-only"))
ORDERS = (
    ("remarkable", "what is remarkable"),
    ("violence", "violence, most first"),
    ("replication", "replication"),
)


@solara.component
def PointRuns(desk: Desk, state: Opened, seen: Shown, key: str = "") -> None:
    """The runs of one design point, and the replay of one of them."""
    view, set_view = solara.use_state({"arm": "full", "sorted": ORDERS[0][0], "page": 0})
    refused, refuse = solara.use_state(Replay(None, "", ""))
    arms = solara.use_memo(lambda: rows_of(seen.stored, state.point), [seen.stored.name, state.point])
    rows = arms[str(view["arm"])]
    chosen, why = _listed(arms, str(view["arm"]), str(view["sorted"]))
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(int(view["page"]), pages - 1)

    def replay(number: str) -> None:
        last = int(rows["replication"].max()) if len(rows) else 0
        wanted = serial(number, last)
        found = rows[rows["replication"] == wanted] if wanted is not None else rows.head(0)
        if not len(found):
            refuse(Replay(None, f"There is no run {shorten(number)} under this arm: 0 to {last}.", ""))
            return
        answer = replay_of(seen.stored, state.point, str(view["arm"]), found.iloc[0].to_dict())
        refuse(answer)
        if answer.choice is not None:
            desk.watch(answer.choice)

    with solara.Div(classes=["cf-card"], attributes={"data-what": "runs"}):
        words("h2", "The point that was chosen")
        solara.Text(dict(seen.points)[state.point])
        if state.figures:
            table("survival", "Restricted mean survival", *survival(arms, state.days))
            Exhibit(
                state.figures,
                "incidence",
                "Cumulative incidence of the endings.",
                incidence_table(state.curves),
            )
        RunsView(
            arm=str(view["arm"]),
            arms=options(ARMS),
            sorted=str(view["sorted"]),
            orders=options(ORDERS),
            page=page,
            pages=pages,
            event_changed=lambda data: set_view(view_of(view, data)),
            event_replay=lambda data: replay(text(data, "id")),
        )
        Problem(refused.words)
        if refused.words and refused.command:
            CommandView(command=refused.command, note="")
        shown = chosen.iloc[page * PAGE : (page + 1) * PAGE]
        table("run", "Runs", *runs_table(shown, why), "replay", replay)


def view_of(view: Mapping[str, Any], data: object) -> dict[str, Any]:
    """The view as it was asked to be, of the values that there are."""
    known = {"arm": dict(ARMS), "sorted": dict(ORDERS)}
    changed = {key: one_of(data, key, values, str(view[key])) for key, values in known.items()}
    return {**view, **changed, "page": whole(data, "page", 0, MOST_ROWS, int(view["page"]))}


def _listed(arms: Mapping[str, pd.DataFrame], arm: str, order: str) -> tuple[pd.DataFrame, dict[int, str]]:
    """Runs in the order that was chosen, and why each is remarkable, by replication."""
    rows = arms[arm]
    if order == "violence":
        return rows.sort_values(["violence", "replication"], ascending=[False, True]), {}
    if order == "replication":
        return rows, {}
    done = {name: each[each["status"] == "done"] for name, each in arms.items()}
    both = set(done["full"]["replication"]) & set(done[OBSERVE_ONLY]["replication"])
    full, control = (done[name][done[name]["replication"].isin(both)] for name in ("full", OBSERVE_ONLY))
    side = "treated" if arm == "full" else "control"
    why = {each.replication: each.words for each in remarkable(full, control) if each.arm == side}
    failed = {int(number): "failed" for number in rows[rows["status"] == "failed"]["replication"]}
    why |= failed
    found = rows.set_index("replication", drop=False)
    return found.loc[list(why)].reset_index(drop=True), why


def runs_table(rows: pd.DataFrame, why: Mapping[int, str]) -> tuple[list[str], list[list[str]], list[str]]:
    """Heads, rows and ids of a list of runs, and beside each why it is remarkable."""
    heads = ["replication", "ending", "days survived", "violence", "remark"]
    cells = []
    for row in rows.to_dict("records"):
        number = int(row["replication"])
        if row["status"] == "failed":
            cells.append([str(number), "failed", "–", "–", str(row["error"])])
            continue
        ending = str(row["ending"]).replace("_", " ")
        days, violence = (numbers.number(float(row[name]), 4) for name in ("days_survived", "violence"))
        cells.append([str(number), ending, days, violence, why.get(number, "")])
    return heads, cells, [row[0] for row in cells]


def survival(arms: Mapping[str, pd.DataFrame], days: float) -> tuple[list[str], list[list[str]]]:
    heads = ["arm", f"mean days survived of {days:g}", "runs"]
    rows = []
    for arm, title in ARMS:
        done = arms[arm][arms[arm]["status"] == "done"]
        span = numbers.spanned(restricted_mean(done["days_survived"].to_numpy(float)), 4)
        rows.append([title, span, str(len(done))])
    return heads, rows
