"""The tab "Talks": what the parties bargain over, the course of the talks, and what followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import solara

from console.choice import Choice
from console.desk import Desk
from console.parts import CommandView, Problem, words
from console.talks.base import Base
from console.talks.choice import TalksChoice
from console.talks.form import Form
from console.talks.found import Found
from console.talks.reliability import Reliability
from console.talks.run import talk
from console.talks.views import Agreement, Outcome, Rounds, TakeAway, Truces, Zone
from console.work import Work
from environment.errors import CeasefireError
from experiments.talks.brought import Plan
from experiments.talks.setting import Setting

ABOUT = (
    "Before a cease-fire, Russia and Ukraine bargain over a package of terms, the United States mediates, Europe is "
    "consulted. What a package is worth to a party is what simulated cease-fires under it would bring, added to what "
    "the terms are worth by themselves, less the war that would go on. The tab shows one course, not how often it goes "
    "so (sweeps do). What terms are worth by themselves, the red lines and the expected course of the war are judged "
    "ranges, from which each course draws: levels rest on them, and differences between two settings are the safer "
    "reading (ODD.md, 8 and 9)."
)

STYLE = Path(__file__).with_name("style.css")


class Bench:
    """A visitor's talks: what was chosen, the work, and which talks of the course are looked at."""

    def __init__(self, desk: Desk) -> None:
        base = desk.a.value
        self.choice = solara.reactive(
            TalksChoice(base, seed=str(base.seed), replication=str(base.replication))
        )
        self.work: Work[Found] = Work()
        self.number = solara.reactive(0)

    def take(self, change: Callable[[TalksChoice], TalksChoice]) -> None:
        """Change what is chosen."""
        self.choice.set(change(self.choice.value))

    def take_base(self, base: Choice) -> None:
        """Bargain over another scenario from now on; only the visitor asks for that."""
        self.take(lambda now: replace(now, base=base))

    def run(self) -> None:
        """Run what was chosen."""
        choice = self.choice.value

        def job(tell: Callable[[str, int, int], None]) -> Found:
            return talk(choice, tell)

        self.number.set(0)
        self.work.start(job)


_BENCHES: WeakKeyDictionary[Desk, Bench] = WeakKeyDictionary()
"""What a visitor finds again on coming back to the tab."""


def bench_of(desk: Desk) -> Bench:
    """The bench of a desk."""
    if desk not in _BENCHES:
        _BENCHES[desk] = Bench(desk)
    return _BENCHES[desk]


@solara.component_vue("vue/run.vue")
def RunView(
    label: str,
    ready: bool,
    busy: bool,
    words: str,
    done: int,
    of: int,
    event_run: Callable[[Any], None],
    event_cancel: Callable[[Any], None],
) -> None:
    """The button that starts, how far it is, and the button that stops."""


@solara.component
def Talks(desk: Desk) -> None:
    """The tab."""
    bench = bench_of(desk)
    choice = bench.choice.value
    setting, problem = solara.use_memo(lambda: _resolved(choice), [choice, choice.chosen, choice.left])
    news, found = bench.work.news.value, bench.work.found.value

    with solara.Div():
        solara.Style(STYLE)
        words("p", ABOUT, "cf-help")
        with solara.Div(classes=["cf-card"]):
            words("h2", "What the parties bargain over")
            Base(choice.base, desk.a.value, bench.take_base)
            Form(choice, bench.take)
            Reliability(choice, bench.take)
            if setting is not None:
                with solara.Div(attributes={"data-what": "size"}):
                    solara.Text(_size(setting, choice))
            RunView(
                label="Let them talk",
                ready=setting is not None,
                busy=news.busy,
                words="" if news.phase in ("idle", "done", "failed") else news.words,
                done=news.done,
                of=news.of,
                event_run=lambda _: bench.run(),
                event_cancel=lambda _: bench.work.stop(),
            )
            Problem(problem or (news.words if news.phase == "failed" else ""))
        if found is not None:
            with solara.Div(attributes={"data-what": "found"}):
                if setting is not None and choice.command() != found.choice.command():
                    solara.Text("Below is what was run before; the choice above has changed since.")
                _Shown(desk, bench, found)


@solara.component
def _Shown(desk: Desk, bench: Bench, found: Found) -> None:
    """What was found."""
    number = min(bench.number.value, len(found.talks) - 1)
    with solara.Div():
        Outcome(found, number, bench.number.set)
        CommandView(command=found.choice.command(), note="tells the same course in a terminal")
        Rounds(found, number)
        with solara.Div(classes=["cf-two"]):
            Zone(found)
            Agreement(found, number)
        Truces(found, desk)
        TakeAway(found, number)


def _resolved(choice: TalksChoice) -> tuple[Setting | None, str]:
    """The setting, or why there is none."""
    try:
        return choice.resolved, ""
    except CeasefireError as error:
        return None, str(error)


def _size(setting: Setting, choice: TalksChoice) -> str:
    """How much there is on the table, and what it takes."""
    cease_fires = len(Plan.of(setting.space).codes)
    said = f"{setting.space.size} packages, put together from {cease_fires} simulated cease-fires, which are kept"
    aside = choice.set_aside
    return said + (f". Not taken over: {'; '.join(aside)}." if aside else ".")
