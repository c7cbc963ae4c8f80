"""A word to those who come for the first time, and a guided example in seven steps."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import solara

from console.choice import Choice
from console.desk import WITHOUT_CONSEQUENCES, Desk
from console.heard import whole
from console.watch.run import Watched
from environment.rules.draws import HOUR


@cache
def said() -> Mapping[str, Any]:
    """What the page says at length, from its file of words."""
    with Path(__file__).with_name("words.toml").open("rb") as file:
        return tomllib.load(file)


class Step(NamedTuple):
    """One step of the example: the tab that it opens, and what it does with the run."""

    tab: str
    do: Callable[[Watched], None]
    look: str = ""  # what is brought into view, as the page selects it


def _nothing(_: Watched) -> None:
    return None


def _to_clock(hours: float) -> Callable[[Watched], None]:
    """To an hour on the clock of the case that is open."""

    def go(watched: Watched) -> None:
        cases = watched.model.state.cases
        started = [clock for clock, serial in zip(cases.clock, cases.serial, strict=True) if serial]
        if started:
            watched.to(started[0] / HOUR + hours)

    return go


STEPS = (
    Step("watch", lambda watched: watched.to(0.0)),
    Step("watch", lambda watched: watched.to_next_case(), ".cf-case"),
    Step("watch", _to_clock(24.0), ".cf-board"),
    Step("watch", _to_clock(72.0), ".cf-case"),
    Step("watch", _to_clock(96.0), "[data-what=log]"),
    Step("ask", _nothing),
    Step("ensembles", _nothing),
)
"""The steps of the example; what they say stands in the file of words, in the same order."""
CERTAIN_STEPS = 5
"""The first steps are of the scenario "certain", the others of the default."""


@solara.component_vue("vue/guide.vue")
def GuideView(
    welcome: str, step: int, steps: int, text: str, look: str, event_move: Callable[[dict[str, Any]], None]
) -> None:
    """The welcome, or a step of the example; those who close it do not see it again."""


@solara.component
def Guide(desk: Desk) -> None:
    """The welcome and the example, above every tab."""
    step = desk.step.value

    def move(data: dict[str, Any]) -> None:
        to_step(desk, whole(data, "step", 0, len(STEPS) - 1, -1))

    GuideView(
        welcome=said()["welcome"],
        step=step,
        steps=len(STEPS),
        text=said()["steps"][step] if step >= 0 else "",
        look=STEPS[step].look if step >= 0 else "",
        event_move=move,
    )


def to_step(desk: Desk, step: int) -> None:
    """Take the desk to a step of the example (-1: away from it).

    Parameters
    ----------
    desk
        The desk; its choices are set to the example's.
    step
        -1 to the number of steps less one; anything else is as -1.
    """
    if not 0 <= step < len(STEPS):
        desk.step.set(-1)
        return
    certain = step < CERTAIN_STEPS
    desk.put(Choice(scenario="certain") if certain else Choice())
    desk.put(WITHOUT_CONSEQUENCES, "b")
    if certain:
        desk.watched = Watched(desk.a.value)
        for earlier in STEPS[: step + 1]:
            earlier.do(desk.watched)
        desk.frame.set(desk.frame.value + 1)
    desk.tab.set(STEPS[step].tab)
    desk.step.set(step)
