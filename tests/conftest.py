"""What holds for all tests, and a browser for those of the console."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.console_server import Console

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell starts in the background
    # Children inherit it, and the tests of interruption would wait for programs that cannot hear.
    signal.signal(signal.SIGINT, signal.default_int_handler)

THIS_MACHINE = "127.0.0.1"


@dataclass
class Watched:
    """What a browser did that it should not do.

    Parameters
    ----------
    errors
        Errors of its console and of the page's scripts.
    requests
        Addresses it asked for.
    """

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Watch every page of a context, those that are opened later too."""
        context.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("page", lambda page: page.on("websocket", lambda link: self.requests.append(link.url)))

    def elsewhere(self) -> list[str]:
        """The addresses that were not of this machine; what a page makes itself (data, blob) asks nobody."""
        parts = [(url, urlsplit(url)) for url in self.requests]
        asked = [(url, part) for url, part in parts if part.scheme not in ("data", "blob", "about")]
        return [url for url, part in asked if part.hostname != THIS_MACHINE]

    def check(self) -> None:
        """Fail at any error and at any request off this machine."""
        assert not self.elsewhere(), f"the page asked other machines: {self.elsewhere()}"
        assert not self.errors, f"errors in the browser: {self.errors}"


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console's server in a process of its own, with a results folder of its own."""
    from tests.console_server import running

    with running(tmp_path_factory.mktemp("console"), "--sessions", "64", "--keep", "5") as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser without a window; the tests that need one fail where there is none."""
    from tests.browsers import NoBrowser, launched

    try:
        with launched() as found:
            yield found
    except NoBrowser as missing:
        pytest.fail(str(missing))


@pytest.fixture
def watched() -> Watched:
    """What the browser of a test did; a test that provokes errors takes them out of it."""
    return Watched()


@pytest.fixture
def context(browser: Browser, watched: Watched) -> Iterator[BrowserContext]:
    """A browser's profile of its own; the test fails at any console error or request off this machine."""
    found: Any = browser.new_context()
    watched.watch(found)
    yield found
    found.close()
    watched.check()


@pytest.fixture
def page(context: BrowserContext, console: Console) -> Iterator[Page]:
    """The console's page, opened and ready to be used."""
    from tests.browsers import open_page

    found = context.new_page()
    open_page(found, console.address)
    yield found
    found.close(run_before_unload=False)
