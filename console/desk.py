"""What one visitor has on the desk: two choices, the tab that is open, a word to the visitor. One desk a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import solara

from console.choice import Choice
from environment.errors import CeasefireError

if TYPE_CHECKING:
    from console.watch.run import Watched

TABS = ("watch", "ask", "ensembles", "talks", "about")
TITLES = {
    "watch": "Watch",
    "ask": "Ask",
    "ensembles": "Ensembles",
    "talks": "Talks",
    "about": "About",
}


WITHOUT_CONSEQUENCES = Choice(framework="observe-only", settings={"framework.attribution.by": "commission"})
"""Observation alone with the plan's own monitoring and attribution, so that consequences are all that differs."""


class Desk:
    """The state of a session that its tabs share; everything else is a tab's own.

    `a` is what is watched and asked about, `b` what it is compared with. A choice is put on the desk only after it
    was resolved, so every tab may rely on `a.value.resolved`.
    """

    def __init__(self) -> None:
        self.tab = solara.reactive(TABS[0])
        self.a = solara.reactive(Choice())
        self.b = solara.reactive(WITHOUT_CONSEQUENCES)
        self.problem = solara.reactive("")
        self.step = solara.reactive(-1)  # of the guided example; -1 away from it
        self.frame = solara.reactive(0)  # grows with each instant that is shown
        self.watched: Watched | None = None

    def put(self, choice: Choice, side: str = "a") -> bool:
        """Put a choice on the desk, or say in words why it cannot be used; whether it could.

        Parameters
        ----------
        choice
            The choice.
        side
            ``a`` or ``b``.
        """
        try:
            _ = choice.resolved
        except CeasefireError as error:
            self.problem.set(str(error))
            return False
        self.problem.set("")
        (self.a if side == "a" else self.b).set(choice)
        return True

    def watch(self, choice: Choice) -> None:
        """Open a choice in the tab that watches, at its beginning: the replay of a run."""
        if self.put(choice):
            self.watched = None
            self.tab.set("watch")
