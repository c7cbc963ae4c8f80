"""One individual reliability at every tier, for talks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import solara

from console.heard import number, yes
from console.parts import SliderView
from console.talks.choice import RELIABILITY, TalksChoice
from console.talks.form import Take, spec_words
from environment.parameters import schema as ceasefire_schema

RELIABILITY_KEY = "reliability.tier_2"
"""Whose range of the evidence the slider shows: the tier at which states other than Ukraine are first called."""
STEP = 0.01


@solara.component_vue("vue/check.vue")
def CheckView(name: str, label: str, on: bool, event_set: Callable[[object], None]) -> None:
    """One box to check."""


@solara.component
def Reliability(choice: TalksChoice, take: Take) -> None:
    """Individual reliability at every tier, or what the desk has; parameters as of `Form`."""
    spec = ceasefire_schema()[RELIABILITY_KEY]

    def own(data: object) -> None:
        value = float(spec.value) if yes(data, "value") else None
        take(lambda now: replace(now, reliability=value))

    def slid(data: object) -> None:
        value = number(data, "value", spec.min, spec.max)
        if value is not None:
            take(lambda now: replace(now, reliability=value))

    with solara.Div():
        CheckView(
            name="own-reliability",
            label="set one individual reliability at every tier (else each tier has the scenario's)",
            on=choice.reliability is not None,
            event_set=own,
        )
        if choice.reliability is not None:
            SliderView(
                name=RELIABILITY,
                label="Individual reliability",
                value=choice.reliability,
                least=spec.min,
                most=spec.max,
                step=STEP,
                low=spec.low,
                high=spec.high,
                unit=spec.unit,
                help=spec_words(spec),
                event_slid=slid,
            )
