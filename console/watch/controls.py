"""What the controls of the tab "Watch" do, and what the browser is sent of what only grows."""

from __future__ import annotations

import dataclasses
from typing import Any

from console.choice import HIGHEST_REPLICATION, Choice
from console.desk import Desk
from console.heard import yes
from console.watch.run import Watched

type Data = dict[str, Any]


def watched_of(desk: Desk) -> Watched:
    """The run on the desk; where the choice has changed a new one, at the same hour unless the old one had ended."""
    choice, old = desk.a.value, desk.watched
    if old is None or old.choice != choice:
        desk.watched = Watched(choice)
        if old is not None and not old.over:
            desk.watched.to(old.hours)
    assert desk.watched is not None
    return desk.watched


def act(watched: Watched, verb: str, hours: float, everything: bool) -> None:
    """Do what a control asks for.

    Parameters
    ----------
    watched
        The run.
    verb
        ``forward``, ``to``, ``back``, ``event``, ``case``, ``end`` or ``reset``; anything else does nothing.
    hours
        Of ``forward`` and ``to``.
    everything
        Whether ``event`` stops at every event or at those of the shorter story.
    """
    if verb == "forward":
        watched.forward(max(hours, 0.0))
    elif verb == "to":
        watched.to(hours)
    elif verb == "back":
        watched.to_previous_told(everything)
    elif verb == "event":
        watched.to_next_told(everything)
    elif verb == "case":
        watched.to_next_case()
    elif verb == "end":
        watched.to(watched.horizon)
    elif verb == "reset":
        watched.to(0.0)


def changed(choice: Choice, data: Data) -> Choice:
    """A choice with what the bar changed; text that is no number becomes one that is refused in words."""
    if yes(data, "other"):
        return dataclasses.replace(choice, replication=(choice.replication + 1) % (HIGHEST_REPLICATION + 1))
    change: Data = {}
    if "framework" in data:
        kept = {k: v for k, v in choice.settings.items() if not k.startswith("framework.")}
        change = {"framework": str(data["framework"]), "text": "", "settings": kept}
    if "scenario" in data:
        change["scenario"] = str(data["scenario"])
    for name in ("seed", "replication"):
        if name in data:
            given = str(data[name]).strip()
            change[name] = int(given) if given.isascii() and given.isdigit() and len(given) <= 20 else -1
    return dataclasses.replace(choice, **change)


VERBS = ("forward", "to", "back", "event", "case", "end", "reset")
"""What the controls can ask for."""
MOST_LINES = 10_000
"""Lines of the log that a page is sent at once, the newest; the file that is taken away has them all."""


class Sent:
    """How much of what only grows the browser has: log, samples and changes are sent once."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The browser has nothing (any more)."""
        self.key: object = None
        self.counts = {"lines": 0, "samples": 0, "changes": 0}

    def news(self, key: object, name: str, known: list[Data]) -> tuple[int, list[Data]]:
        """Where the browser's list goes on, and with what; anew where it shows another run, or was left behind."""
        if key != self.key:
            self.forget()
            self.key = key
        start = max(min(self.counts[name], len(known)), len(known) - MOST_LINES)
        self.counts[name] = len(known)
        return start, known[start:]
