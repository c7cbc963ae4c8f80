"""What the tab "Talks" shows of a course: outcome, rounds, zone of agreement, package, truces, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import solara

from analysis.figures import GREY
from console.desk import Desk
from console.parts import Download, themed, words
from console.table import table
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
EXACT = (
    "The command of a truce names its length to the last digit (scenario.days), since talks end between two hours, and "
    "only so is it the very run of this course."
)
WIDE = "cf-talks-wide"
ZONE_COLUMNS = ("packages", "Russia accepts", "Ukraine accepts", "both, no veto", "standard error", "room")


@solara.component_vue("vue/rounds.vue")
def RoundsView(svg: str, alt: str, tabled: str, rounds: list[dict[str, Any]]) -> None:
    """The figure, and the rounds beside it; the round looked at is marked in both."""


def _sheet(
    name: str, caption: str, heads: Sequence[str], rows: list[list[str]], numbers: Sequence[int] = ()
) -> None:
    """A table without buttons; `numbers` are the columns that stand to the right."""
    table(name, caption, heads, rows, numbers=numbers, kind=WIDE, quiet=True)


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
            words("h2", talk.why)
            solara.Text(found.about)
            if talk.agreed >= 0:
                words("p", f"The package: {package_sentence(package_words(talk.agreed))}.")
        if len(found.talks) > 1:
            table(
                "meetings",
                "talks of this course",
                ["talks", "began", "how they ended"],
                [[str(t.number + 1), f"day {t.began_day:.0f}", t.why] for t in found.talks],
                [str(t.number) for t in found.talks],
                "look at talks",
                lambda number: look(int(number)),
                str(number),
                act="look",
                kind=WIDE,
                quiet=True,
            )


# -- rounds ----------------------------------------------------------------------------------------


@solara.component
def Rounds(found: Found, number: int) -> None:
    """The figure and the rounds; parameters as of `Outcome`."""
    talk = found.talks[number]
    mediated = found.choice.value("talks.protocol") == "mediated"
    svg = solara.use_memo(lambda: _inked(found.figure(number)["space.svg"]), [id(found), number])
    with solara.Div(classes=["cf-card"]):
        words("h2", "Round by round, and in the space of gains")
        RoundsView(
            svg=svg,
            alt=alt_words(found, talk),
            tabled="text of the United States" if mediated else "offer",
            rounds=[round_row(talk, k) for k in range(len(talk.rounds))],
        )
        words("small", READING + idle_words(talk))


def _inked(svg: bytes) -> str:
    """The figure in the page's ink, its grey in the page's as well."""
    return themed(svg.decode()).replace(GREY.lower(), "var(--faint)")


# -- zone, package, truces -------------------------------------------------------------------------


@solara.component
def Zone(found: Found) -> None:
    """The zone of agreement with and without a response, and the solutions."""
    with solara.Div(classes=["cf-card"]):
        words(
            "h2",
            "Zone of agreement when the first talks began"
            if len(found.talks) > 1
            else "Zone of agreement when the talks began",
        )
        _sheet("zone", "zone of agreement", ZONE_COLUMNS, zone_rows(found), range(1, 6))
        words(
            "small",
            "Shares of the packages on the table that each party prefers to the war. Standard error: "
            "of the simulation, by jackknife. Room: the greatest gain that both can have at once, in war-years; below "
            "0 there is no zone.",
        )
        words("h2", "Solutions")
        _sheet(
            "solutions", "solutions", ("", "gain of Russia", "gain of Ukraine", "package"), solution_rows(found), (1, 2)
        )  # fmt: skip


@solara.component
def Agreement(found: Found, number: int) -> None:
    """What was agreed, issue by issue; parameters as of `Outcome`."""
    code = found.talks[number].agreed
    with solara.Div(classes=["cf-card"]):
        words("h2", "What was agreed")
        if code < 0:
            solara.Text("Nothing.")
        else:
            _sheet("package", "the package agreed", ("issue", "settled as", "basis"), package_rows(code))


@solara.component
def Truces(found: Found, desk: Desk) -> None:
    """The truces that followed; each can be watched."""
    said, say = solara.use_state("")

    def watch(number: str) -> None:
        choice, why = truce_choice(found, found.truces[int(number)])
        say(why)
        if choice is not None:
            desk.watch(choice)

    with solara.Div(classes=["cf-card"]):
        words("h2", "What followed")
        if found.truces:
            table(
                "truces",
                "truces",
                ["truce", "from", "lasted", "ending"],
                truce_rows(found),
                [str(k) for k in range(len(found.truces))],
                "watch this truce",
                watch,
                act="watch-truce",
                kind=WIDE,
                quiet=True,
            )
            words("small", EXACT)
        else:
            solara.Text("No truce.")
        if said:
            solara.Text(said)
        summary = words("summary", "The course in sentences")
        story = words("pre", "\n".join(found.story()), "cf-story", tabindex="0")
        solara.v.Html(tag="details", children=[summary, story])


@solara.component
def TakeAway(found: Found, number: int) -> None:
    """Files of what is shown; parameters as of `Outcome`."""
    talk = found.talks[number]
    with solara.Div(classes=["cf-card"], attributes={"data-what": "files"}):
        words("h2", "Take away")
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
