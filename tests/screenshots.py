"""Takes the pictures of the console that the documents show: ``python -m tests.screenshots [FOLDER]``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browsers import launched, open_page
from tests.console_server import ROOT, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "console"
HEIGHTS = {1280: 900, 390: 844}
COLOURS = 256
FIRST = "watch"  # of this tab a picture of one screen is taken too, for the README
PATIENCE = 180_000  # ms; the first talks compile and simulate what cease-fires bring
FEW = "'talks.on_the_table=guarantee monitoring army'"
"""Issues on the table in the picture of the talks, so that it is taken in seconds."""


def watch(page: Page) -> None:
    """A case at hour 47 of its clock: one tier late, one open, one ahead."""
    for name in ("case", "day"):
        before = page.get_attribute("[data-frame]", "data-number")
        page.click(f"[data-do={name}]")
        page.wait_for_function(
            "b => document.querySelector('[data-frame]').dataset.number !== b", arg=before, timeout=PATIENCE
        )


def ask(page: Page) -> None:
    """The default against the same with promises of .745."""
    page.click("#tab-ask")
    page.click("[data-do=side-b]")
    page.select_option("[data-do=ask-framework]", "multi-tier")
    page.fill("[data-do=any]", "reliability.tier_2=0.745")
    page.click("[data-do=set]")
    page.wait_for_function(
        "(document.querySelector('[data-what=why]') || {innerText: ''}).innerText.includes('meets the same draw')",
        timeout=PATIENCE,
    )


def ensembles(page: Page) -> None:
    """A thousand pairs."""
    page.click("#tab-ensembles")
    page.click("[data-do=run-ensemble]")
    page.wait_for_selector("[data-what=effect]", timeout=PATIENCE)
    page.wait_for_timeout(1500)


def talks(page: Page) -> None:
    """Talks over three issues."""
    page.click("#tab-talks")
    page.get_by_text("Further settings").click()
    page.fill("[data-set=further]", FEW)
    page.keyboard.press("Tab")
    page.wait_for_timeout(1500)
    page.click("[data-do=run-talks]")
    page.wait_for_selector("[data-what=outcome]", timeout=PATIENCE)
    page.wait_for_timeout(1500)


VIEWS: dict[str, Callable[[Page], None]] = {
    "watch": watch,
    "ask": ask,
    "ensembles": ensembles,
    "talks": talks,
}


def take(browser: Browser, address: str, name: str, width: int, dark: bool, folder: Path) -> Path:
    """One picture of a tab, the whole page down."""
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHTS[width]}, color_scheme="dark" if dark else "light"
    )
    open_page(page, address)
    page.evaluate("localStorage.setItem('ceasefire-guide', 'closed')")
    open_page(page, address)
    page.wait_for_selector("[data-frame]", timeout=PATIENCE)
    VIEWS[name](page)
    page.wait_for_timeout(600)
    if name == FIRST and width == max(HEIGHTS) and not dark:
        page.screenshot(path=folder / "page.png")
        smaller(folder / "page.png")
    path = folder / f"{name}-{width}{'-dark' if dark else ''}.png"
    page.screenshot(path=path, full_page=True)
    page.close()
    smaller(path)
    return path


def smaller(path: Path) -> None:
    """Fewer colours: a fifth of the bytes, and nothing that the eye misses."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )


def main(folder: Path = FOLDER, *names: str) -> None:
    """All views (or those named) at both widths in light colours, and at the larger one in dark ones."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as own, running(Path(own)) as console, launched() as browser:
        for name in names or VIEWS:
            for width, dark in ((1280, False), (390, False), (1280, True)):
                print(take(browser, console.address, name, width, dark, folder), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, *sys.argv[2:])
