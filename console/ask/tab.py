"""The tab "Ask": change a framework or a setting, and see A beside B on the same random numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import solara

from console.ask.bench import Asked, bench_of
from console.ask.law import Law
from console.ask.outcomes import rows, warning
from console.ask.settings import PICKED, SLIDERS, parsed, slider, value_of, with_value
from console.choice import Choice
from console.desk import Desk
from console.parts import CommandView, Problem, SaveView, SliderView, words
from environment import frameworks
from environment.errors import CeasefireError
from environment.parameters import schema
from experiments import scenario as scenarios

type Data = dict[str, Any]
type Told = Callable[[Data], None]
SIDES = ("a", "b")


@solara.component_vue("vue/picks.vue")
def PicksView(
    side: str,
    titles: dict[str, str],
    framework: str,
    frameworks: list[str],
    scenario: str,
    scenarios: list[str],
    picks: list[Data],
    settings: list[Data],
    explained: str,
    event_change: Told,
) -> None:
    """Which side is changed, and its lists of choices."""


@solara.component_vue("vue/versus.vue")
def VersusView(p: Data, rows: list[Data]) -> None:
    """A beside B, where they part and why."""


def asked(desk: Desk, side: str, data: Data) -> tuple[Choice, str]:
    """The choice of a side with what the page changed in it, and what there is to explain.

    Raises
    ------
    BadInput
        What cannot be used.
    """
    choice = (desk.a if side == "a" else desk.b).value
    if "framework" in data:
        kept = {k: v for k, v in choice.settings.items() if not k.startswith("framework.")}
        return dataclasses.replace(choice, framework=str(data["framework"]), text="", settings=kept), ""
    if "scenario" in data:
        return dataclasses.replace(choice, scenario=str(data["scenario"])), ""
    if "key" in data:
        return with_value(choice, str(data["key"]), data["value"]), ""
    if "any" in data:
        return with_value(choice, *parsed(str(data["any"]))), ""
    if "forget" in data:
        kept = {k: v for k, v in choice.settings.items() if k != data["forget"]}
        return dataclasses.replace(choice, settings=kept), ""
    if "clear" in data:
        return dataclasses.replace(choice, settings={}, text="", days=None), ""
    if "explain" in data:
        return choice, scenarios.explain(str(data["explain"]).strip())
    return choice, ""


@solara.component
def Ask(desk: Desk) -> None:
    """Framework, sliders and text on the left, what they say on the right; below A beside B."""
    side, set_side = solara.use_state("a")
    explained, set_explained = solara.use_state("")
    choice = desk.a.value if side == "a" else beside(desk)

    def change(data: Data) -> None:
        set_explained("")
        if data.get("side") in SIDES:
            set_side(str(data["side"]))
        elif data.get("swap"):
            one, other = desk.a.value, desk.b.value
            desk.put(other, "a")
            desk.put(dataclasses.replace(one, seed=other.seed, replication=other.replication), "b")
        elif data.get("copy"):
            desk.put(desk.a.value, "b")
        else:
            try:
                found, words = asked(desk, side, data)
            except CeasefireError as error:
                desk.problem.set(str(error))
                return
            set_explained(words)
            desk.put(found, side)

    with solara.Div(classes=["cf-card"]):
        PicksView(
            side=side,
            titles={"a": desk.a.value.title, "b": beside(desk).title},
            framework=choice.framework,
            frameworks=list(frameworks.shipped()),
            scenario=choice.scenario,
            scenarios=list(scenarios.shipped()),
            picks=[_pick(choice, key) for key in PICKED],
            settings=[{"key": k, "text": f"{k} = {v}"} for k, v in choice.settings.items()],
            explained=explained,
            event_change=change,
        )
        CommandView(
            command=choice.command(),
            note="with the framework's file beside it" if choice.needs_file() else "",
        )
    with solara.Div(classes=["cf-two"]):
        with solara.Div(classes=["cf-card"]):
            words("h2", "Main parameters")
            words(
                "p",
                "The band is the range of the evidence; hatched, where the range is judgement.",
                "cf-legend",
            )
            for heading, keys in SLIDERS.items():
                words("h3", heading)
                for key in keys:
                    _slide(choice, key, change)
        Law(desk, side)
    _Versus(desk)


def _pick(choice: Choice, key: str) -> Data:
    spec = schema()[key]
    return {"key": key, "value": value_of(choice, key), "choices": list(spec.choices), "help": spec.meaning}


def _slide(choice: Choice, key: str, change: Told) -> None:
    spec = schema()[key]
    SliderView(
        **slider(spec, float(value_of(choice, key))),
        event_slid=lambda data: change({"key": key, "value": data["value"]}),
    )


def beside(desk: Desk) -> Choice:
    """B as it runs: on A's seed and replication."""
    a: Choice = desk.a.value
    b: Choice = desk.b.value
    return dataclasses.replace(b, seed=a.seed, replication=a.replication)


@solara.component
def _Versus(desk: Desk) -> None:
    """A beside B."""
    bench, pair = bench_of(desk), (desk.a.value, beside(desk))
    solara.use_effect(lambda: bench.compare(*pair), list(pair))
    news, found = bench.work.news.value, bench.work.found.value
    if found is not None and found.pair == pair:
        VersusView(p=_plain(found), rows=rows(*found.parting.outcomes))
        SaveView(target="cf-versus", name="a-beside-b")
    elif news.phase == "failed":
        Problem(f"The two could not be run: {news.words}")
    else:
        far = f", day {news.done:,} of {news.of:,}" if news.busy and news.of else ""
        solara.Div(
            children=[solara.Text(f"{news.words if news.busy else 'Running A and B'}{far} ...")],
            classes=["cf-card"],
            attributes={"role": "status"},
        )


def _plain(found: Asked) -> Data:
    """A parting as the page draws it."""
    plain = asdict(found.parting)
    del plain["outcomes"]
    return {**plain, "warning": warning(found.parting.horizons)}
