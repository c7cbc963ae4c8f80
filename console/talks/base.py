"""The scenario that talks are about: their own, until the visitor takes another one from Watch."""

from __future__ import annotations

from collections.abc import Callable

import solara

from console.choice import MOST_SAID, Choice, worded
from console.talks.choice import LAW
from environment.parameters import Value


@solara.component_vue("vue/base.vue")
def BaseView(words: str, other: bool, event_take: Callable[[object], None]) -> None:
    """What the scenario is; where Watch shows another, a button that takes that one."""


@solara.component
def Base(base: Choice, watched: Choice, take: Callable[[Choice], None]) -> None:
    """The scenario of the talks.

    Parameters
    ----------
    base
        That of the talks.
    watched
        That of Watch.
    take
        Called with `watched` where the visitor wants it.
    """
    other = (base.scenario, _held(base)) != (watched.scenario, _held(watched))
    words = f"Every cease-fire is simulated in {said_of(base)}."
    BaseView(
        words=words + (f" Watch now has {said_of(watched)}." if other else ""),
        other=other,
        event_take=lambda _: take(watched),
    )


def said_of(base: Choice) -> str:
    """The scenario of a choice, with those of its settings that hold under every package."""
    settings = [f"{key}={worded(value)}" for key, value in _held(base).items()]
    if len(settings) > MOST_SAID:
        settings[MOST_SAID:] = [f"{len(settings) - MOST_SAID} more settings"]
    return f"the scenario {base.scenario}" + (f" with {', '.join(settings)}" if settings else "")


def _held(base: Choice) -> dict[str, Value]:
    return {key: value for key, value in base.settings.items() if not key.startswith(LAW)}
