"""The results folder that a session has open: read in a thread of its own, kept while other tabs are looked at."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import solara

from analysis.incidence import Incidence
from console.desk import Desk
from console.drawing import DRAWING
from console.ensembles.stored import open_folder
from console.ensembles.stored_numbers import Shown, point_curves, shown
from console.heard import shorten
from environment.errors import CeasefireError

NOWHERE = -1


@dataclass(frozen=True)
class Opened:
    """How it stands with the folder of a session.

    Parameters
    ----------
    busy
        Whether it is being read.
    words, problem
        What is being done; what went wrong.
    seen
        What is shown.
    point
        The design point that was chosen; `NOWHERE` before.
    curves, figures
        Of that point: cumulative incidence by arm, and its figure.
    days
        Days that its cease-fires are followed for.
    """

    busy: bool = False
    words: str = ""
    problem: str = ""
    seen: Shown | None = None
    point: int = NOWHERE
    curves: dict[str, dict[str, Incidence]] = field(default_factory=dict)
    figures: dict[str, bytes] = field(default_factory=dict)
    days: float = 0.0


class Shelf:
    """Opens folders for one session."""

    def __init__(self) -> None:
        self.part = solara.reactive("now")
        self.name = ""  # of the folder that is shown or read
        self.state = solara.reactive(Opened())
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None

    def open(self, name: str) -> bool:
        """Open a folder by its name; whether that was begun. While another is read this is refused in words."""
        if not self._begin(Opened(busy=True, words=f"reading {name}"), lambda: self._open(name), name):
            self._refuse(name)
            return False
        return True

    def choose(self, point: int) -> bool:
        """Look closer at a design point unless something is under way; whether that was begun."""
        before = self.state.value
        if before.seen is None or point not in dict(before.seen.points):
            return False
        return self._begin(
            replace(before, busy=True, words="drawing", problem=""), lambda: self._choose(before, point)
        )

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.value.busy

    def _refuse(self, name: str) -> None:
        """Say that a folder is not opened now; what ends meanwhile needs no word."""
        with self._lock:
            now = self.state.value
            if now.busy:
                said = f"{shorten(name)} was not opened: {self.name} is still being read. Open it after that."
                self.state.set(replace(now, problem=said))

    def _begin(self, state: Opened, work: Callable[[], Opened], name: str = "") -> bool:
        with self._lock:
            if self.state.value.busy:
                return False
            self.name = name or self.name
            self.state.set(state)
            self._thread = threading.Thread(target=self._work, args=(state, work), name="shelf", daemon=True)
            self._thread.start()
        return True

    def _work(self, state: Opened, work: Callable[[], Opened]) -> None:
        try:
            found = work()
        except CeasefireError as error:
            found = replace(state, busy=False, words="", problem=str(error))
        except Exception as error:  # noqa: BLE001 - a page shows words, whatever happened
            words = f"The folder could not be shown ({type(error).__name__}: {error})."
            found = replace(state, busy=False, words="", problem=words)
        with self._lock:  # what was refused meanwhile stays to be read
            self.state.set(replace(found, problem=found.problem or self.state.value.problem))

    @staticmethod
    def _open(name: str) -> Opened:
        stored = open_folder(name)
        with DRAWING:
            return Opened(seen=shown(stored))

    @staticmethod
    def _choose(before: Opened, point: int) -> Opened:
        from analysis.incidence_figure import draw_incidence

        assert before.seen is not None
        curves, days = point_curves(before.seen, point)
        study = before.seen.stored.study
        caption = (
            f"How cease-fires end at {dict(before.seen.points)[point]}. Stored runs of "
            f"{days:g} days, pointwise 95% intervals (Wilson), seed {study.seed}."
        )
        with DRAWING:
            figures = draw_incidence(curves, caption) if curves else {}
        return replace(
            before, busy=False, words="", problem="", point=point, curves=curves, figures=figures, days=days
        )


_shelves: weakref.WeakKeyDictionary[Desk, Shelf] = weakref.WeakKeyDictionary()


def shelf_of(desk: Desk) -> Shelf:
    """The one shelf of a session."""
    if desk not in _shelves:
        _shelves[desk] = Shelf()
    return _shelves[desk]
