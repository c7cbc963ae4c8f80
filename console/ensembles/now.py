"""Ensembles run now: what to run, and what came of it."""

from __future__ import annotations

import dataclasses

import solara

from analysis.effects import CONFIDENCE, Estimate
from analysis.figures import POINT
from analysis.incidence import incidence_table
from analysis.spread import spread_table
from console.desk import Desk
from console.ensembles import numbers
from console.ensembles.command import reproduction
from console.ensembles.job import job_of
from console.ensembles.outcomes import side_by_side
from console.ensembles.replays import replayed
from console.ensembles.run import FEWEST, MOST, OTHER, USUAL, Ensemble, Order
from console.ensembles.widgets import Exhibit, NumbersView, OrderView, options
from console.heard import one_of, whole, yes
from console.parts import CommandView, Download, Problem, words
from console.table import table
from environment import frameworks
from environment.errors import CeasefireError

READ = (
    "Both arms run on the same random numbers, so that they differ by the response alone. Effect: 1 - mean violence "
    "under the framework / mean violence under the other arm. Levels rest on assumptions; compare, do not predict."
)
SAID = 10**9
"""Numbers of cease-fires up to which a refusal repeats what was asked for."""


@solara.component
def Now(desk: Desk) -> None:
    """Order, progress and result."""
    with solara.Div(classes=["cf-card"]):
        words("h2", "Many cease-fires, paired")
        solara.Text(f"A: {desk.a.value.title}, against observe-only with the same monitoring. {READ}")
        OrderForm(desk)
    Result(desk)


@solara.component
def OrderForm(desk: Desk) -> None:
    """What to run, how far it is."""
    job = job_of(desk)
    state = job.state.value
    last = job.order
    shipped = frameworks.shipped()
    beside = desk.b.value
    laws = [
        (name, beside.title if name == beside.framework and not beside.text else name) for name in shipped
    ]
    if beside.text:
        laws.insert(0, ("", beside.title))

    def run(data: object) -> None:
        other = desk.b.value if yes(data, "with_b") else None
        job.start(Order(desk.a.value, other, whole(data, "runs", 0, SAID, 0)))

    def choose(data: object) -> None:
        law = one_of(data, "law", shipped)
        if law:
            kept = {k: v for k, v in desk.b.value.settings.items() if not k.startswith("framework.")}
            desk.put(dataclasses.replace(desk.b.value, framework=law, text="", settings=kept), "b")

    OrderView(
        runs=last.runs if last else USUAL,
        least=FEWEST,
        most=MOST,
        with_b=bool(last and last.b),
        law="" if beside.text else beside.framework,
        laws=options(laws),
        running=state.running,
        done=state.done,
        total=state.total,
        words=state.words,
        event_run=run,
        event_cancel=lambda data: job.cancel(),
        event_law=choose,
    )
    Problem(state.problem)


@solara.component
def Result(desk: Desk) -> None:
    """What came of the last ensemble; nothing before there is one."""
    state = job_of(desk).state.value
    if state.result is not None:
        with solara.Div(attributes={"data-what": "result"}):
            if earlier(state.result.order, desk):
                solara.Text("These are the numbers of an earlier choice; run again for the present one.")
            with solara.Div(classes=["cf-card"]):
                _numbers(state.result)
            _figures(desk, state.result, state.figures)
            with solara.Div(classes=["cf-card"]):
                _again(state.result)


def earlier(order: Order, desk: Desk) -> bool:
    """Whether another choice would be run now, the replication apart: a run that is watched is one of the ensemble."""
    pairs = [(order.a, desk.a.value)] + ([(order.b, desk.b.value)] if order.b else [])
    return order.a.seed != desk.a.value.seed or any(
        then.resolved.digest() != now.resolved.digest() for then, now in pairs
    )


def _numbers(ensemble: Ensemble) -> None:
    for line, suffix in zip(numbers.headlines(ensemble), ("", "-b"), strict=False):
        span = f"{CONFIDENCE:.0%} interval"
        NumbersView(
            title=line.title,
            items=[
                {"what": "effect" + suffix, "label": "deterrence effect on violence"}
                | _split(line.effect, span, f"; Monte-Carlo error {numbers.number(line.effect.error, 2)}"),
                {
                    "what": "war" + suffix,
                    "label": f"added risk of direct war, a cease-fire of {ensemble.days:g} days",
                }
                | _split(line.war, span),
                {"what": "days" + suffix, "label": f"days gained, of {ensemble.days:g} at most"}
                | _split(line.days, span),
            ],
        )
    heads, rows = side_by_side(ensemble)
    table(
        "outcomes",
        f"Outcomes side by side, means with {CONFIDENCE:.0%} intervals, differences paired",
        heads,
        rows,
    )
    heads, rows = numbers.endings_table(numbers.curves(ensemble))
    table("endings", f"How they ended, with {CONFIDENCE:.0%} intervals", heads, rows)


def _split(estimate: Estimate, span: str, more: str = "") -> dict[str, str]:
    value, _, rest = numbers.spanned(estimate).partition(" ")
    return {
        "value": value,
        "more": f"{span} {rest}{more}" if rest else "no interval: nothing varies, or too few",
    }


def _figures(desk: Desk, ensemble: Ensemble, files: dict[str, bytes]) -> None:
    said = numbers.alt(numbers.headlines(ensemble))
    found = numbers.picks(ensemble)
    by_id = {POINT + each.name: each for each in found}

    def replay(point: str) -> None:
        if point not in by_id:
            return
        try:
            desk.watch(replayed(ensemble.order, by_id[point].arm, by_id[point].replication))
        except CeasefireError as error:
            desk.problem.set(str(error))

    points = [
        {"id": key, "label": f"{n}: {each.words} (run {each.replication})"}
        for n, (key, each) in enumerate(by_id.items(), start=1)
    ]
    with solara.Div(classes=["cf-card"]):
        words("h2", "How cease-fires end")
        curves = numbers.curves(ensemble)
        Exhibit(
            files, "incidence", f"Cumulative incidence of the three endings. {said}", incidence_table(curves)
        )
    with solara.Div(classes=["cf-card"]):
        words("h2", "How violence is spread; choose a run to replay it")
        arms = numbers.violence(ensemble)
        Exhibit(
            files,
            "spread",
            f"Cumulative distribution of violence. {said}",
            spread_table(arms),
            points,
            replay,
        )


def _again(ensemble: Ensemble) -> None:
    """The commands that give the numbers again, with their files."""
    words("h2", "The same from the command line")
    order = ensemble.order
    words(
        "p",
        f"Seed {order.a.seed}, replications 0 to {ensemble.runs - 1}. The command stores a results folder whose "
        "effect.csv has the effect above, to the ten digits that it keeps.",
    )
    made = [reproduction(order.a, ensemble.runs, order.a.seed)]
    if OTHER in ensemble.arms and order.b is not None:
        made.append(reproduction(order.b, ensemble.runs, order.a.seed, "ensemble-b"))
        words(
            "p", "The second gives B; rows of one replication in both folders are the pairs of A against B."
        )
    for each in made:
        if each.command:
            CommandView(command=each.command, note=each.note)
        else:
            solara.Text(each.note)
        with solara.Div(classes=["cf-exports"]):
            for name, text in each.files.items():
                Download(name, name, lambda text=text: text, "application/toml")
