"""The tab "Ensembles" in a real browser: run, cancel, open a stored sweep, choose a point, replay."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from experiments.study import parse_study
from experiments.sweep import run_sweep
from tests.browsers import open_page

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.console_server import Console

PATIENCE = 60_000  # ms


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small results folders: one over two numbers, one of the talks' kind that is none."""
    root = tmp_path_factory.mktemp("results")
    study = {
        "name": "small", "title": "Small <b>study</b>", "question": "Does it show?", "runs": 20, "days": 30.0,
        "parameters": {"reliability": [0, 0.5, 1], "verification.delay_hours": [6, 24]},
    }  # fmt: skip
    run_sweep(parse_study(study, "test"), root / "small", workers=1, progress=False)
    (root / "foreign").mkdir()
    return root


@pytest.fixture
def page(context: BrowserContext, console: Console, stored: Path) -> Iterator[Any]:
    """A page on the tab "Ensembles" of a console whose results folder holds `stored`."""
    for folder in stored.iterdir():
        shutil.copytree(folder, console.folder / "results" / folder.name, dirs_exist_ok=True)
    view = context.new_page()
    view.set_viewport_size({"width": 1280, "height": 900})
    view.set_default_timeout(PATIENCE)
    open_page(view, console.address)
    view.click("#tab-ensembles")
    view.wait_for_selector("[data-do=run-ensemble]")
    yield view
    view.close(run_before_unload=False)


def test_an_ensemble_is_run_and_shown_and_one_of_its_runs_replayed(page: Any) -> None:
    page.fill("[data-do=runs]", "100")
    page.click("[data-do=run-ensemble]")
    page.wait_for_selector("[data-what=effect]")
    assert "interval [" in page.inner_text("[data-what=effect]")
    assert "Monte-Carlo error" in page.inner_text("[data-what=effect]")
    assert "interval" in page.inner_text("[data-what=war]")
    assert page.inner_text("[data-what=ended]") == "Done: 100 pairs of cease-fires."
    assert page.locator("[data-what=outcomes] tbody tr").count() >= 10
    assert page.locator("[data-what=figure-incidence] svg").count() >= 1
    with page.expect_download() as file:
        page.locator("[data-what=figure-spread] a, [data-what=figure-spread] button").filter(
            has_text="CSV"
        ).click()
    assert Path(file.value.path()).read_text().startswith("arm,violence,share\n")
    page.locator("[id='point-most']").first.click()
    page.wait_for_selector("#tab-watch[aria-selected=true]")
    page.click("#tab-ensembles")
    assert "interval [" in page.inner_text("[data-what=effect]"), "the ensemble is still there"
    assert "earlier choice" not in page.inner_text("[data-what=result]")


def test_b_is_chosen_and_compared(page: Any) -> None:
    page.fill("[data-do=runs]", "100")
    page.check("[data-do=with-b]")
    page.select_option("[data-do=b]", "article-5")
    page.click("[data-do=run-ensemble]")
    page.wait_for_selector("[data-what=effect-b]")
    assert page.locator("[data-what=outcomes] thead th").count() == 6


def test_one_is_cancelled_and_said_to_be_partial(page: Any) -> None:
    page.fill("[data-do=runs]", "10000")
    page.click("[data-do=run-ensemble]")
    page.wait_for_function("(document.querySelector('progress') || {value: 0}).value > 0")
    since = time.monotonic()
    page.click("[data-do=cancel]")
    page.wait_for_selector("[data-what=effect]")
    assert "partial" in page.inner_text("[data-what=ended]")
    assert time.monotonic() - since < 20  # the figures are drawn after it stopped


def test_a_number_that_is_none_is_refused_in_words(page: Any) -> None:
    page.evaluate("document.querySelector('.cf-order').noValidate = true")
    page.fill("[data-do=runs]", "7")
    page.click("[data-do=run-ensemble]")
    page.wait_for_selector("[role=alert]")
    assert "100 to 10,000" in page.inner_text("[role=alert]")


def test_a_stored_sweep_is_opened_a_point_chosen_and_a_run_replayed(page: Any) -> None:
    page.click("[data-do=part-stored]")
    page.wait_for_selector("[data-do=folder] option", state="attached")
    assert page.locator("[data-do=folder] option").all_inner_texts() == ["small"]
    page.click("[data-do=folder-go]")
    page.wait_for_selector("[data-what=points]")
    assert page.locator("[data-what=points] tbody tr").count() == 6
    assert "<b>study</b>" in page.inner_text("[data-what=stored]"), "text of a folder is text"
    page.locator("[data-what=figure-map] [id='point-3']").first.click()
    page.wait_for_selector("[data-what=runs]")
    page.select_option("[data-do=sorted]", "violence")
    page.wait_for_function("document.querySelectorAll('[data-what=run] tbody tr').length == 12")
    page.fill("[data-do=replication]", "999")
    page.click("[data-do=replay]")
    page.wait_for_selector("[role=alert]")
    assert "no run 999" in page.inner_text("[role=alert]")
    page.locator("[data-what=run] button").first.press("Enter")
    page.wait_for_selector("#tab-watch[aria-selected=true]")


def test_the_tab_fits_a_telephone_and_every_control_has_a_name(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.fill("[data-do=runs]", "100")
    page.click("[data-do=run-ensemble]")
    page.wait_for_selector("[data-what=effect]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    nameless = """() => [...document.querySelectorAll('.cf-main button, .cf-main input, .cf-main select')].filter(
        (e) => !(e.innerText || '').trim() && !e.getAttribute('aria-label') && !(e.labels && e.labels.length)).length"""
    assert page.evaluate(nameless) == 0
