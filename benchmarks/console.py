"""The console in a real browser: how soon it can be used, and what twenty sessions take."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import Figures, finish, say_machine
from tests.browsers import launched
from tests.console_server import Console, Visitor, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS, SESSIONS, STEPS = 5, 20, 20
PATIENCE_MS = 60_000
STEP, FRAME = "button[data-do=step]", "[data-frame]"
"""The button that goes one step on in the tab "Watch", and what shows the number of the step."""


def opened(browser: Browser, address: str, *, warm: bool) -> float:
    """Seconds from the navigation until a tab was clicked and had opened.

    Parameters
    ----------
    browser
        The browser.
    address
        The page's.
    warm
        Whether the browser has seen the page before, and kept its files.
    """
    context = browser.new_context()
    page = context.new_page()
    if warm:
        used(page, address)
        page.goto("about:blank")
    seconds = used(page, address)
    page.close(run_before_unload=True)
    context.close()
    return seconds


def used(page: Page, address: str) -> float:
    """Seconds until the tab bar is there and a click on it has its effect."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("#tab-about").click(timeout=PATIENCE_MS)
    page.locator("#tab-about[aria-selected=true]").wait_for(timeout=PATIENCE_MS)
    return time.perf_counter() - began


def step_time(page: Page, steps: int = STEPS) -> list[float] | None:
    """Milliseconds that each step of the animation takes, from the click to the changed frame, in the page itself.

    Parameters
    ----------
    page
        The console with the tab "Watch" open.
    steps
        How many are taken.

    Returns
    -------
    list
        By step; None where the tab has no such button.
    """
    if not page.locator(STEP).count() or not page.locator(FRAME).count():
        return None
    return [float(page.evaluate(_STEP_SCRIPT, [STEP, FRAME])) for _ in range(steps)]


_STEP_SCRIPT = """([button, frame]) => new Promise((resolve, reject) => {
    const shown = document.querySelector(frame), before = shown.textContent, began = performance.now();
    const done = () => { if (document.querySelector(frame).textContent !== before) {
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began), 0)); } };
    const watch = new MutationObserver(done);
    watch.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
    setTimeout(() => reject(new Error('no step was taken')), 20000);
    document.querySelector(button).click();
})"""


def held(console: Console, number: int) -> Figures:
    """What sessions take that are open at once: the server's memory before, with, and after them.

    Parameters
    ----------
    console
        The server.
    number
        How many sessions.
    """
    first = Visitor(console.port)  # what is loaded at the first session is no session's own
    first.build()
    first.close()
    before = console.resident()
    visitors, times = [], []
    for _ in range(number):
        began = time.perf_counter()
        visitors.append(Visitor(console.port))
        visitors[-1].build()
        times.append(time.perf_counter() - began)
    during = console.resident()
    began = time.perf_counter()
    answered = sum(visitor.lives() for visitor in visitors)
    asked = (time.perf_counter() - began) / number
    for visitor in visitors:
        visitor.close()
    time.sleep(1)
    return {
        "sessions": answered,
        "session_seconds": statistics.median(times),
        "answer_seconds": asked,
        "before_mb": before,
        "during_mb": during,
        "after_mb": console.resident(),
        "session_mb": (during - before) / number,
    }


def benchmark(rounds: int = ROUNDS, sessions: int = SESSIONS, steps: int = STEPS) -> Figures:
    """Time the page cold and warm, hold sessions, take steps; print, and give the figures of the last line.

    Parameters
    ----------
    rounds
        How often the page is opened, cold and warm in turn.
    sessions
        How many are held at once.
    steps
        How many steps of the animation are timed.
    """
    say_machine()
    found: dict[str, Any] = {}
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "--sessions", str(sessions + 8), "--keep", "2") as console,
        launched() as browser,
    ):
        found["start_seconds"] = time.perf_counter() - began
        found["first_seconds"] = opened(browser, console.address, warm=False)
        times: dict[bool, list[float]] = {False: [], True: []}
        for number in range(rounds):
            for warm in (False, True) if number % 2 else (True, False):
                times[warm].append(opened(browser, console.address, warm=warm))
        found["cold_seconds"], found["warm_seconds"] = (
            statistics.median(times[warm]) for warm in (False, True)
        )
        found.update(held(console, sessions))
        page = browser.new_page()
        page.goto(console.address)
        page.locator("#tab-watch").click(timeout=PATIENCE_MS)
        page.wait_for_timeout(3000)
        taken = step_time(page, steps)
        found["step_ms"] = statistics.median(taken) if taken else None
        found["step_ms_worst"] = max(taken) if taken else None
    tell(found)
    return finish(found)


def tell(found: Figures) -> None:
    """Say the figures to people."""
    print(f"the server listens after {found['start_seconds']:.1f} s")
    for name, what in (("first", "first ever"), ("cold", "cold"), ("warm", "warm")):
        print(f"usable, {what}: {found[f'{name}_seconds']:.2f} s")
    print(
        f"{found['sessions']} sessions: {found['before_mb']:.0f} MB before, {found['during_mb']:.0f} with them, "
        f"{found['after_mb']:.0f} after; one took {found['session_seconds']:.3f} s to build"
    )
    if found["step_ms"] is not None:
        print(
            f"a step of the animation: {found['step_ms']:.0f} ms, the worst {found['step_ms_worst']:.0f} ms"
        )


def main(words: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args(words)
    benchmark(given.rounds, given.sessions, given.steps)


if __name__ == "__main__":
    main()
