"""How many sessions live, and whose they are. A session is one tab: what Solara calls a virtual kernel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from console.server.admission import Refusal, Terms

PROMISE_SECONDS = 20.0
"""How long a place is kept for a page that was served and has not yet opened its socket."""


class Sessions:
    """Counts sessions against the limits.

    Parameters
    ----------
    terms
        The limits.
    living
        Solara's contexts by id; each knows its browser as ``session_id``.
    clock
        Seconds, for the tests of a promise that runs out.
    """

    def __init__(self, terms: Terms, living: Mapping[str, Any], clock: Any = time.monotonic) -> None:
        self.terms, self.living, self.clock = terms, living, clock
        self._opening: dict[str, str] = {}  # kernel to browser: Solara makes its context a moment later
        self._sockets: Counter[str] = Counter()
        self._promised: list[tuple[float, str]] = []

    def browsers(self) -> dict[str, str]:
        """The browser of every session that lives or is being opened."""
        alive = {kernel: context.session_id for kernel, context in list(self.living.items())}
        return {**self._opening, **alive}

    def promised(self) -> int:
        """How many pages were served and may still open their sockets."""
        now = self.clock()
        self._promised = [(until, browser) for until, browser in self._promised if until > now]
        return len(self._promised)

    def page(self, browser: str, keep: bool = True) -> Refusal | None:
        """Keep a place for a page, or say why there is none.

        Parameters
        ----------
        browser
            Value of its session cookie.
        keep
            Whether a page is served that will open a session.
        """
        full = self._full(browser)
        if full is None and keep:
            self._promised.append((self.clock() + PROMISE_SECONDS, browser))
        return full

    def _full(self, browser: str) -> Refusal | None:
        browsers = self.browsers()
        if sum(each == browser for each in browsers.values()) >= self.terms.tabs:
            return Refusal(
                503, f"This browser has {self.terms.tabs} tabs of this page open. Close one first."
            )
        if len(browsers) + self.promised() >= self.terms.sessions:
            return Refusal(
                503,
                f"All {self.terms.sessions} sessions of this server are in use. Try again when one was "
                "closed, or start the server with more (ceasefire app --sessions N).",
            )
        return None

    def connect(self, kernel: str, browser: str) -> Refusal | None:
        """Whether a socket may be opened on a session, new or living.

        Parameters
        ----------
        kernel
            Its id, which the page has drawn.
        browser
            Value of the session cookie.
        """
        owner = self.browsers().get(kernel)
        if owner is not None:
            return None if owner == browser else Refusal(403, "This session belongs to another browser.")
        self.promised()
        place = next((each for each in self._promised if each[1] == browser), None)
        if place is not None:
            self._promised.remove(place)
        return self._full(browser)

    @contextmanager
    def socket(self, kernel: str, browser: str) -> Iterator[None]:
        """While a socket is open its session counts, whatever Solara has made of it so far."""
        self._opening[kernel] = browser
        self._sockets[kernel] += 1
        try:
            yield
        finally:
            self._sockets[kernel] -= 1
            if not self._sockets[kernel]:
                del self._sockets[kernel]
                self._opening.pop(kernel, None)

    def closed(self, kernel: str) -> None:
        """A tab has said farewell: its session counts no longer, though its socket may take a moment to close."""
        if kernel not in self.living:
            self._opening.pop(kernel, None)

    def may_close(self, kernel: str, page: str, browser: str) -> bool:
        """Whether a browser may close a page: one of its own, that is known."""
        context = self.living.get(kernel)
        return context is not None and context.session_id == browser and page in context.page_status
