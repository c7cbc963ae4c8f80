"""What can be taken away from the tab "Watch": pictures, the log, tables, the scenario."""

from __future__ import annotations

import solara

from console.choice import Choice
from console.parts import Download, SaveView, csv_text, words
from console.watch.frame import ledger
from console.watch.run import Watched
from environment import tables
from environment.log import lines

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


@solara.component
def TakeAway(choice: Choice, watched: Watched) -> None:
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
