"""The tab "Talks" in a browser: talks run, a round stepped through, files taken away, a truce watched, errors."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browsers import open_page
from tests.test_talks_command import SMALL, ceasefire

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.console_server import Console

PATIENCE = 120.0
"""Seconds in which a server is there, and in which talks on a narrow table end, the engine being compiled or not."""
SETTLED = 500.0
"""Milliseconds after which what the server answers to a change is in every control."""
expect.set_options(timeout=20_000.0)


@pytest.fixture
def page(context: BrowserContext, console: Console) -> Iterator[Any]:
    """A page on the tab "Talks"."""
    opened = context.new_page()
    opened.set_viewport_size({"width": 1280, "height": 900})
    open_page(opened, console.address)
    opened.get_by_role("tab", name="Talks").click()
    opened.locator("[data-do=run-talks]").wait_for()
    yield opened
    opened.close(run_before_unload=False)


def narrow(page: Any, *more: str) -> None:
    """Few packages, and talks that agree soon; further settings come last."""
    page.get_by_text("Further settings").click()
    page.locator("[data-set=further]").fill("\n".join(shlex.quote(pair) for pair in (*SMALL, *more)))
    page.keyboard.press("Tab")
    expect(page.locator("[data-what=size]")).to_contain_text("4 packages")
    page.wait_for_timeout(SETTLED)


def talked(page: Any, *more: str) -> None:
    narrow(page, *more)
    page.locator("[data-do=run-talks]").click()
    page.locator("[data-what=outcome]").wait_for(timeout=1000.0 * PATIENCE)


def test_talks_are_run_stepped_through_and_taken_away(page: Any, tmp_path: Path) -> None:
    talked(page, "talks.ukraine=boulware")
    words = shlex.split(page.locator(".cf-command code").inner_text())
    said = json.loads(ceasefire(*words[1:], "--format", "json").stdout)
    assert f"after {said['rounds']} round" in page.locator("[data-what=outcome]").inner_text()
    now, rows = page.locator("[data-what=round-now]"), page.locator("[data-round]")
    expect(now).to_contain_text("Round 1,")
    assert rows.count() >= 2
    page.locator("[data-do=next-round]").click()
    expect(now).to_contain_text("Round 2,")
    page.keyboard.press("ArrowLeft")
    expect(now).to_contain_text("Round 1,")
    page.get_by_role("button", name="go to round 2", exact=True).click()
    assert rows.nth(1).get_attribute("aria-current") == "true"
    assert page.locator(".cf-svg .cf-ring").count() == 1
    for label, begins in (
        ("figure (SVG)", b"<?xml"),
        ("figure (PNG)", b"\x89PNG"),
        ("rounds (CSV)", b"round,"),
        ("outcome (JSON)", b"{"),
    ):
        with page.expect_download() as coming:
            page.get_by_role("button", name=label).click()
        path = tmp_path / coming.value.suggested_filename
        coming.value.save_as(path)
        assert path.read_bytes().startswith(begins), label
    assert json.loads((tmp_path / "talks.json").read_text()) == said


def test_a_truce_is_opened_where_runs_are_watched_and_the_talks_are_still_there(page: Any) -> None:
    talked(page)
    page.locator("[data-do=watch-truce-0]").click()
    expect(page.get_by_role("tab", name="Watch")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Talks").click()
    expect(page.locator("[data-what=outcome]")).to_contain_text("Agreement")


def test_what_cannot_be_used_is_said_and_nothing_runs(page: Any) -> None:
    narrow(page)
    page.get_by_label("Seed").fill("many")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("a whole number from 0 to")
    assert page.locator("[data-do=run-talks]").is_disabled()
    page.get_by_label("Seed").fill("2")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_controls_have_names_and_a_narrow_page_does_not_scroll_sideways(page: Any) -> None:
    talked(page)
    page.get_by_label("set one individual reliability").check()
    expect(page.get_by_label("Individual reliability", exact=False).last).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#cf-main select, #cf-main input, #cf-main textarea, #cf-main button')]
        .filter((e) => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.textContent.trim())
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")


def test_talks_are_stopped_at_once(page: Any) -> None:
    page.locator("[data-do=run-talks]").click()
    page.locator("[data-do=cancel-talks]").click()
    expect(page.locator("[data-what=progress]")).to_have_text("stopped")
    assert page.locator("[data-what=outcome]").count() == 0
    page.locator("[data-do=run-talks]").wait_for()
