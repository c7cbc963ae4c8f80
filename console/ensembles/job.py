"""The ensemble of one session: begun in a thread of its own, watched, stopped; never two at once."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field

import solara
from solara.server import kernel_context

from console.desk import Desk
from console.drawing import DRAWING
from console.ensembles import numbers
from console.ensembles.run import Ensemble, Order, run_ensemble
from environment.errors import CeasefireError

X_LABEL = "violence (days of open war along the whole line)"


@dataclass(frozen=True)
class State:
    """How it stands with the ensemble of a session.

    Parameters
    ----------
    running
        Whether one is under way.
    done, total
        Replications.
    words
        What is being done, or how it ended.
    problem
        What went wrong; empty where nothing did.
    result
        The last one that gave anything.
    figures
        Its figures as bytes by name.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    words: str = ""
    problem: str = ""
    result: Ensemble | None = None
    figures: dict[str, bytes] = field(default_factory=dict)


class Job:
    """Runs ensembles for one session.

    It outlives the tab, so that a visitor who replays a run finds the ensemble again.
    """

    def __init__(self) -> None:
        self.state = solara.reactive(State())
        self.order: Order | None = None  # the last one that was given
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, order: Order) -> bool:
        """Begin an ensemble unless one is under way; whether it was begun."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._stopped, self.order = threading.Event(), order
            self.state.set(State(running=True, total=order.runs, words="preparing"))
            self._thread = threading.Thread(
                target=self._work, args=(order, self._stopped), name="ensemble", daemon=True
            )
            self._thread.start()
        return True

    def cancel(self) -> None:
        """Stop what is under way; what is complete by then is kept."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.value.running

    def _work(self, order: Order, stopped: threading.Event) -> None:
        def told(done: int, words: str) -> None:
            self.state.set(State(running=True, done=done, total=order.runs, words=words))

        try:
            result = run_ensemble(order, told, stopped)
            if result:
                told(result.runs, "drawing the figures")
            figures = drawn(result) if result else {}
        except CeasefireError as error:
            self.state.set(State(problem=str(error)))
        except Exception as error:  # noqa: BLE001 - a page shows words, whatever happened
            self.state.set(State(problem=f"The ensemble could not be run ({type(error).__name__}: {error})."))
        else:
            self.state.set(State(result=result, figures=figures, words=_ended(result, order)))


def drawn(ensemble: Ensemble) -> dict[str, bytes]:
    """The figures of an ensemble: ``incidence`` and ``spread``, each as SVG and PNG."""
    from analysis.incidence_figure import draw_incidence
    from analysis.spread_figure import draw_spread

    with DRAWING:
        said = numbers.caption(ensemble, "How cease-fires end, pointwise intervals (Wilson).")
        files = draw_incidence(numbers.curves(ensemble), said)
        said = numbers.caption(ensemble, "Numbered: single runs that can be replayed.", intervals=False)
        return files | draw_spread(numbers.violence(ensemble), numbers.picks(ensemble), X_LABEL, said)


def _ended(result: Ensemble | None, order: Order) -> str:
    if result is None:
        return "Cancelled before any cease-fire was complete."
    if result.partial:
        return f"Cancelled: partial, {result.runs:,} of {order.runs:,} pairs of cease-fires."
    return f"Done: {result.runs:,} pairs of cease-fires."


_jobs: weakref.WeakKeyDictionary[Desk, Job] = weakref.WeakKeyDictionary()


def job_of(desk: Desk) -> Job:
    """The one job of a session."""
    if desk not in _jobs:
        job = _jobs[desk] = Job()
        if kernel_context.has_current_context():  # a visitor who leaves takes the ensemble along
            kernel_context.get_current_context().on_close(job.cancel)
    return _jobs[desk]
