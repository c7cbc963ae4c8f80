"""Work that takes longer than a moment: in a thread of its own, told as it goes, stopped when its visitor wishes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import solara

from environment.errors import CeasefireError

AT_ONCE = 1
"""Pieces of work at one time, over all visitors: each of them uses all cores."""
POLL = 0.2
"""Seconds between two looks at whether a piece of work that waits is still wanted, and between two reports of it."""

SLOTS = threading.BoundedSemaphore(AT_ONCE)


class Stopped(Exception):
    """The visitor no longer wants it."""


@dataclass(frozen=True)
class News:
    """How far work is.

    Parameters
    ----------
    phase
        ``idle, waiting, running, done, stopped`` or ``failed``.
    words
        What happens, or what went wrong.
    done, of
        How much of this part is done; `of` is 0 where nobody knows.
    """

    phase: str = "idle"
    words: str = ""
    done: int = 0
    of: int = 0

    @property
    def busy(self) -> bool:
        """Whether it waits or runs."""
        return self.phase in ("waiting", "running")


type Tell = Callable[[str, int, int], None]
"""Hears what happens, how much is done, of how much; raises `Stopped` where the work is no longer wanted."""


class Work[T]:
    """One visitor's work of one kind: one piece at a time, the newest one counts.

    Parameters
    ----------
    slots
        Places that it shares with other work; those of the heavy kind where none are given.
    """

    def __init__(self, slots: threading.Semaphore | None = None) -> None:
        self._slots = slots or SLOTS
        self.news = solara.reactive(News())
        self.found: solara.Reactive[T | None] = solara.reactive(None)
        self._wanted: threading.Event | None = None
        """Set when the piece of work is to stop."""

    def start(self, job: Callable[[Tell], T]) -> None:
        """Start a piece of work; nothing where one is under way.

        Parameters
        ----------
        job
            Does it, telling how far it is.
        """
        if self.news.value.busy:
            return
        stop = threading.Event()
        self._wanted = stop
        self.news.set(News("waiting", "waiting until another piece of work on this server is done"))
        _when_session_ends(stop.set)
        threading.Thread(target=self._run, args=(job, stop), daemon=True).start()

    def stop(self) -> None:
        """Stop it: the page is free at once, the work ends at its next report."""
        if self._wanted is not None and self.news.value.busy:
            self._wanted.set()
            self.news.set(News("stopped", "stopped"))

    def _run(self, job: Callable[[Tell], T], stop: threading.Event) -> None:
        while not self._slots.acquire(timeout=POLL):
            if stop.is_set():
                return
        try:
            found = job(self._teller(stop))
            if not stop.is_set():
                self.found.set(found)
                self._say(stop, News("done"))
        except Stopped:
            pass
        except CeasefireError as error:
            self._say(stop, News("failed", str(error)))
        except Exception as error:  # whatever it is, the page says it and lives on
            logging.getLogger(__name__).exception("work of the console failed")
            self._say(stop, News("failed", f"This went wrong inside the program ({type(error).__name__})."))
        finally:
            self._slots.release()

    def _say(self, stop: threading.Event, news: News) -> None:
        if not stop.is_set():
            self.news.set(news)

    def _teller(self, stop: threading.Event) -> Tell:
        last = 0.0

        def tell(words: str, done: int = 0, of: int = 0) -> None:
            nonlocal last
            if stop.is_set():
                raise Stopped
            now = time.monotonic()
            if now - last >= POLL or words != self.news.value.words:
                last = now
                self._say(stop, replace(self.news.value, phase="running", words=words, done=done, of=of))

        return tell


def _when_session_ends(do: Callable[[], None]) -> None:
    """Have something done when the visitor's session ends; nothing outside a server."""
    from solara.server.kernel_context import get_current_context, has_current_context

    if has_current_context():
        get_current_context().on_close(do)
