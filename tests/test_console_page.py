"""The page in a real browser: watch, play, ask, compare, take away; every test fails at a console error or at a
request off this machine (see the fixture `context`)."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsers import open_page
from tests.console_server import ROOT, Console

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PATIENCE = 90_000  # ms; a cold machine compiles the rules at the first run
TABS = ("watch", "ask", "ensembles", "talks", "about")
WIDTHS = (1280, 390)


def do(page: Page, name: str) -> None:
    page.click(f"[data-do={name}]")


def frame_of(page: Page) -> int:
    return int(page.get_attribute("[data-frame]", "data-number", timeout=PATIENCE) or 0)


def step(page: Page, name: str) -> None:
    """Press a control and wait for the next frame."""
    before = frame_of(page)
    do(page, name)
    page.wait_for_function(
        "before => ['[data-frame]', '[aria-label=\"event log\"]'].every("
        "where => Number(document.querySelector(where).dataset.number) > before)",
        arg=before,
        timeout=PATIENCE,
    )


def tab(page: Page, name: str) -> None:
    page.click(f"#tab-{name}")
    page.wait_for_selector(f"#tab-{name}[aria-selected=true]")


def log_on_page(page: Page) -> str:
    if page.locator("[data-do=all-lines]").count():
        do(page, "all-lines")
        page.wait_for_function("!document.querySelector('[data-do=all-lines]')")
    lines = page.locator("[data-what=log] li")
    return "\n".join(str(text) for text in lines.all_text_contents()) + "\n"


def told(*words: str) -> str:
    """The story as ``ceasefire run`` prints it, without its head and its table of outcomes."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "ceasefire.py"), "run", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=True,
    )
    body = done.stdout.split("\n\n", 1)[1]
    return body[: body.index("\n\nOutcome")] + "\n"


def taken(page: Page, press: Callable[[], None]) -> tuple[str, bytes]:
    """What a button hands over: its file's name and bytes."""
    with page.expect_download(timeout=PATIENCE) as found:
        press()
    return found.value.suggested_filename, Path(str(found.value.path())).read_bytes()


def test_a_first_visit_explains_itself_and_has_an_example(page: Page) -> None:
    guide = page.locator("[data-what=guide]")
    assert "What happens when somebody breaks it?" in guide.inner_text(timeout=PATIENCE)
    do(page, "tour")
    page.wait_for_function("document.querySelector('[data-what=guide]').innerText.includes('1 of 7')")
    for number in range(2, 6):
        do(page, "tour-next")
        page.wait_for_function(
            f"document.querySelector('[data-what=guide]').innerText.includes('{number} of 7')"
        )
        assert page.locator(".cf-case").count() == 1
    assert "hour 96.0" in page.locator(".cf-case h3").inner_text()
    do(page, "tour-next")
    page.wait_for_selector("[data-what=versus]", timeout=PATIENCE)
    do(page, "tour-end")
    page.wait_for_function("!document.querySelector('[data-what=guide]')")


def test_who_has_closed_the_guide_does_not_see_it_again(page: Page, console: Console) -> None:
    do(page, "close-guide")
    open_page(page, console.address)
    page.wait_for_selector("[data-frame]", timeout=PATIENCE)
    assert page.locator("[data-what=guide]").count() == 0


def test_play_goes_on_by_itself_and_pause_stops_it(page: Page) -> None:
    start = frame_of(page)
    do(page, "play")
    page.wait_for_function(
        "start => Number(document.querySelector('[data-frame]').dataset.number) > start + 8",
        arg=start,
        timeout=PATIENCE,
    )
    do(page, "play")
    page.wait_for_timeout(700)
    stopped = frame_of(page)
    page.wait_for_timeout(700)
    assert frame_of(page) == stopped
    assert page.locator("[data-what=log] li").count() > 1


def test_the_next_case_shows_its_clock_its_evidence_and_its_answers(page: Page) -> None:
    step(page, "case")
    case = page.locator(".cf-case").first
    assert "Case 1 against Russia" in case.inner_text()
    assert "tier 1" in case.locator("svg").get_attribute("aria-label").lower()  # type: ignore[union-attr]
    assert page.locator("[aria-label='evidence ledger'] tbody tr").count() >= 1
    step(page, "day")
    stands = page.locator(".cf-board .cf-stand").all_inner_texts()
    assert len(stands) == 37 and any("case 1" in words for words in stands)
    marks = page.locator("#cf-map .cf-mark")
    assert marks.count() >= 1 and "Map of the front" in str(page.get_attribute("#cf-map", "aria-label"))


@pytest.mark.parametrize("everything", [False, True])
def test_the_log_on_the_page_is_that_of_the_command(page: Page, console: Console, everything: bool) -> None:
    page.select_option("[data-do=framework]", "two-sided")
    page.wait_for_function("document.querySelector('.cf-command code').innerText.includes('two-sided')")
    page.fill("[data-do=seed]", "12")
    page.press("[data-do=seed]", "Enter")
    page.wait_for_function("document.querySelector('.cf-command code').innerText.includes('--seed 12')")
    command = page.inner_text(".cf-command code")
    assert command == "ceasefire run --framework two-sided --seed 12"
    if everything:
        page.check("[data-do=everything]")
    step(page, "end")
    page.wait_for_selector("[data-do=play]:disabled")
    words = command.split()[2:]
    assert log_on_page(page) == told(*words, *(["--all"] if everything else []))


def test_the_event_log_that_is_taken_away_is_that_of_the_command(page: Page, tmp_path: Path) -> None:
    step(page, "end")
    name, data = taken(page, lambda: page.get_by_text("event log (.jsonl)").click())
    path = tmp_path / "log.jsonl"
    told("--log", str(path))
    assert name == "log.jsonl" and data == path.read_bytes()


def test_the_log_can_be_filtered_and_says_its_clauses(page: Page) -> None:
    step(page, "case")
    step(page, "day")
    everything = page.locator("[data-what=log] li").count()
    page.select_option("[data-do=kind]", "cases")
    page.wait_for_function(
        "n => document.querySelectorAll('[data-what=log] li').length < n", arg=everything, timeout=PATIENCE
    )
    assert all("case 1" in text for text in page.locator("[data-what=log] li").all_inner_texts())
    page.locator("[data-what=log] li button").first.click()
    assert "The clock of a case starts" in page.locator("[data-what=log] em").inner_text()
    page.fill("[data-do=find]", "no such words")
    page.wait_for_function("document.querySelectorAll('[data-what=log] li').length === 0")


def test_going_back_and_to_another_tab_and_back_keeps_the_run_whole(page: Page) -> None:
    step(page, "case")
    step(page, "day")
    before = log_on_page(page)
    tab(page, "about")
    tab(page, "watch")
    page.wait_for_function(
        "n => document.querySelectorAll('[data-what=log] li').length === n",
        arg=before.count("\n"),
        timeout=PATIENCE,
    )
    assert log_on_page(page) == before
    step(page, "reset")
    assert page.locator("[data-what=log] li").count() == 1
    step(page, "case")
    step(page, "day")
    assert log_on_page(page) == before


def test_a_reload_finds_the_same_hour_of_the_same_run(page: Page) -> None:
    page.select_option("[data-do=framework]", "article-5")
    page.wait_for_function("document.querySelector('.cf-command code').innerText.includes('article-5')")
    step(page, "case")
    step(page, "day")
    hour, log = page.inner_text("[data-frame]"), log_on_page(page)
    page.reload()
    page.wait_for_function(
        "hour => (document.querySelector('[data-frame]') || {}).innerText === hour",
        arg=hour,
        timeout=PATIENCE,
    )
    assert "article-5" in page.inner_text(".cf-command code")
    page.wait_for_function(
        "n => document.querySelectorAll('[data-what=log] li').length === n",
        arg=log.count("\n"),
        timeout=PATIENCE,
    )
    assert log_on_page(page) == log


def test_the_end_of_a_run_says_its_outcome(page: Page) -> None:
    step(page, "end")
    page.wait_for_selector("[data-what=outcome-of-run]")
    rows = page.locator("[data-what=outcome-of-run] tbody tr").all_inner_texts()
    assert any(row.startswith("ending\tsurvived") for row in rows)
    assert sum("deep strike" in row for row in rows) == 2
    step(page, "back")
    page.wait_for_selector("[data-what=outcome-of-run]", state="detached")


def test_a_wrong_seed_is_refused_in_words_and_the_run_stays(page: Page) -> None:
    step(page, "case")
    hour = page.inner_text("[data-frame]")
    page.fill("[data-do=seed]", "minus one")
    page.press("[data-do=seed]", "Enter")
    page.wait_for_selector(".cf-problem")
    assert "allowed: a whole number from 0" in page.inner_text(".cf-problem")
    assert page.inner_text("[data-frame]") == hour


def test_a_slider_acts_without_losing_the_page(page: Page) -> None:
    step(page, "case")
    hour = page.inner_text("[data-frame]")
    tab(page, "ask")
    page.wait_for_selector("[data-what=versus]", timeout=PATIENCE)
    before = page.inner_text("[data-what=versus]")
    slider = page.locator("#s-reliability-tier_2")
    assert slider.get_attribute("max") == "1" and page.locator(".cf-evidence").count() >= 12
    slider.focus()
    for _ in range(3):
        slider.press("PageUp")
    page.wait_for_function(
        "document.querySelector('.cf-command code').innerText.includes('reliability.tier_2=')"
    )
    assert page.evaluate("document.activeElement.id") == "s-reliability-tier_2"
    page.wait_for_function(
        "t => { const p = document.querySelector('[data-what=versus]'); return p && p.innerText !== t }",
        arg=before,
        timeout=PATIENCE,
    )
    tab(page, "watch")
    assert page.inner_text("[data-frame]") == hour
    assert "reliability.tier_2" in page.inner_text(".cf-bar-top")


def test_a_beside_b_says_where_they_part_and_why(page: Page) -> None:
    tab(page, "ask")
    do(page, "side-b")
    page.select_option("[data-do=ask-framework]", "multi-tier")
    page.fill("[data-do=any]", "reliability.tier_2=0.745")
    do(page, "set")
    page.wait_for_function(
        "(document.querySelector('[data-what=why]') || {innerText: ''}).innerText.includes('meets the same draw')",
        timeout=PATIENCE,
    )
    assert "part on day 1, hour 31.2" in page.inner_text("[data-what=parting]")
    assert page.locator("[data-what=outcomes] tbody tr").count() == 20
    assert "Only " in page.inner_text("[data-what=why-ground]")
    assert "reliability.tier_2 (" in page.inner_text("[data-what=set-apart]")
    name, data = taken(page, lambda: do(page, "svg-a-beside-b"))
    assert name == "a-beside-b.svg" and data.startswith(b"<svg")


def test_the_editor_checks_as_it_is_typed_and_says_the_clauses(page: Page) -> None:
    tab(page, "ask")
    do(page, "edit")
    page.wait_for_function("(document.querySelector('[data-do=editor]') || {value: ''}).value.length > 100")
    text = page.input_value("[data-do=editor]")
    page.fill("[data-do=editor]", text.replace("value = 24,", 'value = "soon",', 1))
    page.wait_for_function("document.querySelector('[data-what=verdict]').innerText.includes('got')")
    assert "deadline_hours: got 'soon'" in page.inner_text("[data-what=verdict]")
    assert page.is_disabled("[data-do=use-text]")
    page.fill("[data-do=editor]", text.replace("value = 24,", "value = 36,", 1))
    page.wait_for_function(
        "document.querySelector('[data-what=clauses]').innerText.includes('within 36 hours')"
    )
    do(page, "use-text")
    page.wait_for_function(
        "document.querySelector('.cf-command code').innerText.includes('framework.tier_1.deadline_hours=36')"
    )


def test_what_is_no_setting_is_said_with_what_is_near(page: Page) -> None:
    tab(page, "ask")
    page.fill("[data-do=any]", "reliabilty.tier_2=0.5")
    do(page, "set")
    page.wait_for_selector(".cf-problem")
    assert "did you mean 'reliability.tier_2'" in page.inner_text(".cf-problem")
    page.fill("[data-do=any]", "war.per_exchange")
    do(page, "explain")
    page.wait_for_selector("[data-what=explained]")
    assert "range of the evidence: 0.02 to 0.09" in page.inner_text("[data-what=explained]")


def test_pictures_and_tables_can_be_taken_away(page: Page) -> None:
    step(page, "case")
    name, data = taken(page, lambda: do(page, "svg-front"))
    picture = ElementTree.fromstring(data.decode())
    assert name == "front.svg" and picture.tag.endswith("svg")
    assert "Pokrovsk" in data.decode() and "currentColor" not in data.decode()
    name, data = taken(page, lambda: do(page, "png-over-time"))
    assert name == "over-time.png" and data.startswith(b"\x89PNG") and len(data) > 4_000
    name, data = taken(page, lambda: page.get_by_text("story (.csv)").click())
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert name == "story.csv" and rows[-1]["what"]
    _, data = taken(page, lambda: page.get_by_text("scenario (.toml)").click())
    assert b"[set]" in data
    _, data = taken(page, lambda: page.get_by_text("framework (.toml)").click())
    assert b'name = "my-multi-tier"' in data


def test_the_command_can_be_copied(page: Page, context: BrowserContext, console: Console) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.base)
    page.locator(".cf-command button").click()
    page.wait_for_function("document.querySelector('.cf-command button').innerText === 'copied'")
    assert page.evaluate("navigator.clipboard.readText()") == "ceasefire run --framework multi-tier --seed 1"


def test_tabs_and_controls_can_be_used_from_the_keyboard(page: Page) -> None:
    page.locator("#tab-watch").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#tab-ask[aria-selected=true]")
    assert page.evaluate("document.activeElement.id") == "tab-ask"
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#tab-watch[aria-selected=true]")
    page.locator("[data-do=day]").focus()
    before = frame_of(page)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => Number(document.querySelector('[data-frame]').dataset.number) > before", arg=before
    )


def settled(page: Page, name: str) -> None:
    """A tab with what it has on it at first."""
    tab(page, name)
    if name == "ask":
        page.wait_for_selector("[data-what=versus]", timeout=PATIENCE)
        do(page, "edit")
    page.wait_for_timeout(700)


@pytest.mark.parametrize("name", TABS)
def test_a_tab_fits_its_window_and_has_nothing_that_a_screen_reader_cannot_say(page: Page, name: str) -> None:
    """No page wider than its window; axe finds no violation, contrast included, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    do(page, "tour")
    do(page, "tour-next")
    page.wait_for_selector(".cf-case", timeout=PATIENCE)
    settled(page, name)
    for scheme in ("dark", "light"):
        if page.get_attribute("html", "data-dark") != ("yes" if scheme == "dark" else "no"):
            page.click(".cf-theme")
        page.wait_for_function(
            f"document.documentElement.dataset.dark === '{'yes' if scheme == 'dark' else 'no'}'"
        )
        page.wait_for_timeout(400)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_colours_follow_the_machine_and_the_choice_is_kept(
    page: Page, context: BrowserContext, console: Console
) -> None:
    other = context.new_page()
    other.emulate_media(color_scheme="dark")
    open_page(other, console.address)
    other.wait_for_selector("html[data-dark=yes]")
    assert other.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 24, 30)"
    other.click(".cf-theme")
    open_page(other, console.address)
    other.wait_for_selector("html[data-dark=no]")
    other.close(run_before_unload=False)
