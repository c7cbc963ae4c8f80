"""The form of the tab "Talks": who bargains how, over what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import solara

from console.heard import heard, text
from console.talks.choice import CHOSEN, TalksChoice
from environment.parameters import Spec
from environment.talks.packages import issues
from environment.talks.parameters import schema

type Change = Callable[[TalksChoice], TalksChoice]
type Take = Callable[[Change], None]
"""Takes a change rather than a choice: two controls may report before the page has been drawn anew."""

FEW = ("line", "guarantee")
"""Issues of a quick look."""
LABELS = {
    "talks.protocol": "Protocol",
    "talks.russia": "Russia bargains",
    "talks.ukraine": "Ukraine bargains",
    "talks.red_lines": "Red lines",
    "talks.conditionality": "US guarantee depends on",
}
WORDS = {
    "mediated": "mediated: one text of the US",
    "alternating": "alternating offers",
    "cost": "costs, each with its range",
    "absolute": "absolute: refusals",
    "none": "nothing",
    "donbas": "withdrawal from the rest of Donetsk oblast",
    "boulware": "boulware: concedes late",
    "linear": "linear: concedes evenly",
    "conceder": "conceder: concedes early",
    "tit-for-tat": "tit for tat",
    "bayesian": "bayesian: learns the other's weights",
    "best-response": "best response (equilibrium)",
}
TYPED: Mapping[str, Callable[[TalksChoice, str], TalksChoice]] = {
    "seed": lambda choice, typed: replace(choice, seed=typed),
    "replication": lambda choice, typed: replace(choice, replication=typed),
    "further": lambda choice, typed: replace(choice, further=typed),
}
BOXES = ("guarantees", "issue", "option")
"""Controls in which something is typed, and those that are on or off."""


@solara.component_vue("vue/form.vue")
def FormView(
    fields: list[dict[str, Any]],
    numbers: list[dict[str, str]],
    guarantees: bool,
    issues: list[dict[str, Any]],
    further: str,
    event_set: Callable[[dict[str, Any]], None],
) -> None:
    """Plain controls; each reports by its name what was set."""


@solara.component
def Form(choice: TalksChoice, take: Take) -> None:
    """The controls.

    Parameters
    ----------
    choice
        What is chosen.
    take
        Hears how what is chosen changes.
    """
    FormView(
        fields=[_field(choice, key) for key in CHOSEN],
        numbers=[
            {"name": "seed", "label": "Seed", "value": choice.seed, "help": "0 to 2^64 - 1"},
            {
                "name": "replication",
                "label": "Replication",
                "value": choice.replication,
                "help": "another course",
            },
        ],
        guarantees=choice.guarantees,
        issues=_issues(choice),
        further=choice.further,
        event_set=lambda data: take(lambda now: changed(now, data)),
    )


def changed(choice: TalksChoice, data: object) -> TalksChoice:
    """A choice after a control has reported; the same where what it reports is not understood."""
    name, value, on = text(data, "name"), text(data, "value"), heard(data, "value") is True
    if name in CHOSEN and value in choice.allowed(name):
        return choice.with_value(name, value)
    if name in TYPED and isinstance(heard(data, "value"), str):
        return TYPED[name](choice, value)
    if name in BOXES and not isinstance(heard(data, "value"), bool):
        return choice
    if name == "guarantees":
        return replace(choice, guarantees=on)
    names = tuple(issue.name for issue in issues())
    if name == "issues" and value in ("few", "all"):
        return replace(choice, open=FEW if value == "few" else names, left={})
    if name == "issue":
        kept = tuple(n for n in names if (on if n == text(data, "issue") else n in choice.open))
        return replace(choice, open=kept)
    if name == "option":
        return _with_option(choice, text(data, "issue"), text(data, "option"), on)
    return choice


def _with_option(choice: TalksChoice, issue: str, option: str, on: bool) -> TalksChoice:
    """A choice with an option of an issue put on the table or taken off it."""
    for known in issues():
        if known.name == issue:
            every = tuple(o.name for o in known.options)
            now = choice.left.get(issue, every)
            left = tuple(o for o in every if (on if o == option else o in now))
            return replace(choice, left={**choice.left, issue: left})
    return choice


def _field(choice: TalksChoice, key: str) -> dict[str, Any]:
    spec, allowed = schema()[key], choice.allowed(key)
    return {
        "name": key,
        "label": LABELS[key],
        "value": choice.value(key),
        "help": spec_words(spec),
        "options": [{"value": o, "label": WORDS[o], "off": o not in allowed} for o in spec.choices],
    }


def spec_words(spec: Spec) -> str:
    """What a parameter means, with status, source and, where there is one, the range of the evidence."""
    meaning = spec.meaning[0].upper() + spec.meaning[1:]
    known = spec.low is not None and spec.high is not None
    reach = f" Evidence: {spec.low:g} to {spec.high:g}." if known else ""
    return f"{meaning}.{reach} ({spec.status}; {spec.source})"


def _issues(choice: TalksChoice) -> list[dict[str, Any]]:
    return [
        {
            "name": issue.name,
            "title": issue.title,
            "meaning": issue.meaning,
            "on": issue.name in choice.open,
            "options": [
                {
                    "name": option.name,
                    "label": option.label,
                    "help": f"{option.status}; {option.source}",
                    "on": option.name in choice.left.get(issue.name, (option.name,)),
                }
                for option in issue.options
            ],
        }
        for issue in issues()
    ]
