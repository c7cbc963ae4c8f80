"""What the tab "Talks" shows of a course: outcome, rounds, zone of agreement, package, truces, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import solara

from analysis.figures import GREY
from console.desk import Desk
from console.parts import Download, themed
from console.talks.found import Found
from console.talks.run import truce_choice
from console.talks.tables import (
    alt_words,
    idle_words,
    package_csv,
    package_rows,
    round_row,
    rounds_csv,
    solution_rows,
    solutions_csv,
    truce_rows,
    zone_csv,
    zone_rows,
)
from environment.talks.packages import package_words
from environment.talks.sentences import package_sentence

READING = (
    "Each mark is a package, further right the better for Russia, further up the better for Ukraine; what neither "
    "axis shows is whether the United States and Europe would take their part. Numbers are rounds."
)
ZONE_COLUMNS = ("packages", "Russia accepts", "Ukraine accepts", "both, no veto", "standard error", "room")


@solara.component_vue("vue/rounds.vue")
def RoundsView(svg: str, alt: str, tabled: str, rounds: list[dict[str, Any]]) -> None:
    """The figure, and the rounds beside it; the round looked at is marked in both."""


@solara.component_vue("vue/table.vue")
def TableView(
    what: str,
    caption: str,
    columns: list[str],
    rows: list[list[str]],
    numbers: list[int],
    act: dict[str, str] | None,
    event_act: Callable[[dict[str, Any]], None],
) -> None:
    """A table; with `act`, each row has a button."""


def table(
    what: str, caption: str, columns: Sequence[str], rows: list[list[str]], numbers: Sequence[int] = ()
) -> None:
    """A table without buttons; `numbers` are the columns that stand to the right."""
    TableView(
        what=what,
        caption=caption,
        columns=list(columns),
        rows=rows,
        numbers=list(numbers),
        act=None,
        event_act=lambda _: None,
    )


def _head(text: str) -> None:
    solara.HTML(tag="h2", unsafe_innerHTML=escape(text))


# -- outcome ---------------------------------------------------------------------------------------


@solara.component
def Outcome(found: Found, number: int, look: Callable[[int], None]) -> None:
    """Whether and why they agreed; where a course has several talks, which are looked at.

    Parameters
    ----------
    found
        The course.
    number
        Talks that are looked at, from 0.
    look
        Called with the number of others.
    """
    talk = found.talks[number]
    with solara.Div():
        with solara.Div(classes=["cf-card"], attributes={"data-what": "outcome", "role": "status"}):
            _head(talk.why)
            solara.Text(found.about)
            if talk.agreed >= 0:
                words = package_sentence(package_words(talk.agreed))
                solara.HTML(tag="p", unsafe_innerHTML=escape(f"The package: {words}."))
        if len(found.talks) > 1:
            TableView(
                what="meetings",
                caption="talks of this course",
                columns=["talks", "began", "how they ended", ""],
                rows=[[str(t.number + 1), f"day {t.began_day:.0f}", t.why] for t in found.talks],
                numbers=[],
                act={"name": "look", "label": "look at talks"},
                event_act=lambda data: look(int(data["row"])),
            )


# -- rounds ----------------------------------------------------------------------------------------


@solara.component
def Rounds(found: Found, number: int) -> None:
    """The figure and the rounds; parameters as of `Outcome`."""
    talk = found.talks[number]
    mediated = found.choice.value("talks.protocol") == "mediated"
    svg = solara.use_memo(lambda: _inked(found.figure(number)["space.svg"]), [id(found), number])
    with solara.Div(classes=["cf-card"]):
        _head("Round by round, and in the space of gains")
        RoundsView(
            svg=svg,
            alt=alt_words(found, talk),
            tabled="text of the United States" if mediated else "offer",
            rounds=[round_row(talk, k) for k in range(len(talk.rounds))],
        )
        solara.HTML(tag="small", unsafe_innerHTML=READING + idle_words(talk))


def _inked(svg: bytes) -> str:
    """The figure in the page's ink, its grey in the page's as well."""
    return themed(svg.decode()).replace(GREY.lower(), "var(--faint)")


# -- zone, package, truces -------------------------------------------------------------------------


@solara.component
def Zone(found: Found) -> None:
    """The zone of agreement with and without a response, and the solutions."""
    with solara.Div(classes=["cf-card"]):
        _head(
            "Zone of agreement when the first talks began"
            if len(found.talks) > 1
            else "Zone of agreement when the talks began"
        )
        table("zone", "zone of agreement", ZONE_COLUMNS, zone_rows(found), range(1, 6))
        solara.HTML(
            tag="small",
            unsafe_innerHTML="Shares of the packages on the table that each party prefers to the war. Standard error: "
            "of the simulation, by jackknife. Room: the greatest gain that both can have at once, in war-years; below "
            "0 there is no zone.",
        )
        _head("Solutions")
        table(
            "solutions", "solutions", ("", "gain of Russia", "gain of Ukraine", "package"), solution_rows(found), (1, 2)
        )  # fmt: skip


@solara.component
def Agreement(found: Found, number: int) -> None:
    """What was agreed, issue by issue; parameters as of `Outcome`."""
    code = found.talks[number].agreed
    with solara.Div(classes=["cf-card"]):
        _head("What was agreed")
        if code < 0:
            solara.Text("Nothing.")
        else:
            table("package", "the package agreed", ("issue", "settled as", "basis"), package_rows(code))


@solara.component
def Truces(found: Found, desk: Desk) -> None:
    """The truces that followed; each can be watched."""
    said, say = solara.use_state("")

    def watch(data: dict[str, Any]) -> None:
        choice, words = truce_choice(found, found.truces[int(data["row"])])
        say(words)
        if choice is not None:
            desk.watch(choice)

    with solara.Div(classes=["cf-card"]):
        _head("What followed")
        if found.truces:
            TableView(
                what="truces",
                caption="truces",
                columns=["truce", "from", "lasted", "ending", ""],
                rows=truce_rows(found),
                numbers=[],
                act={"name": "watch-truce", "label": "watch this truce"},
                event_act=watch,
            )
        else:
            solara.Text("No truce.")
        if said:
            solara.Text(said)
        story = escape("\n".join(found.story()))
        inner = f'<summary>The course in sentences</summary><pre class="cf-story" tabindex="0">{story}</pre>'
        solara.HTML(tag="details", unsafe_innerHTML=inner)


@solara.component
def TakeAway(found: Found, number: int) -> None:
    """Files of what is shown; parameters as of `Outcome`."""
    talk = found.talks[number]
    with solara.Div(classes=["cf-card"], attributes={"data-what": "files"}):
        _head("Take away")
        with solara.Div(classes=["cf-row"]):
            Download("figure (SVG)", "talks.svg", lambda: found.figure(number)["space.svg"], "image/svg+xml")
            Download("figure (PNG)", "talks.png", lambda: found.figure(number)["space.png"], "image/png")
            Download("rounds (CSV)", "rounds.csv", lambda: rounds_csv(talk), "text/csv")
            Download("zone (CSV)", "zone.csv", lambda: zone_csv(found), "text/csv")
            Download("solutions (CSV)", "solutions.csv", lambda: solutions_csv(found), "text/csv")
            if talk.agreed >= 0:
                Download("package (CSV)", "package.csv", lambda: package_csv(talk.agreed), "text/csv")
            Download("outcome (JSON)", "talks.json", found.json, "application/json")
            Download("event log", "talks.jsonl", found.log, "application/jsonl")
