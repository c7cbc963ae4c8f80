"""The real browser of the console's tests: which one, and how it is started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
WORDS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    f"the tests of the console need a browser, and none of {', '.join(NAMES)} is on the path: "
    "install one (on Debian and Ubuntu: sudo apt-get install chromium)"
)


class NoBrowser(Exception):
    """No browser is installed."""


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window.

    Raises
    ------
    NoBrowser
        If there is none, saying what to install.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoBrowser(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=list(WORDS))
        try:
            yield found
        finally:
            found.close()


def open_page(page: Page, address: str) -> None:
    """Go to the console and wait until its tabs can be used."""
    page.goto(address)
    page.locator("[role=tab]").first.wait_for(timeout=60_000)
