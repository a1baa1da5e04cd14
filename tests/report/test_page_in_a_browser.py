"""The page in a browser: no serious fault in light and dark, no network, nothing cut, tables that sort by keyboard."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import report_states as made
from browser import Shown, open_browser

from halodot.report.figures import pictures, title_of
from halodot.report.page import page
from halodot.results.data import SummaryValue, with_explanation
from halodot.sources import Sourced
from halodot.states import Note, replaced

NOTES = (
    Note("unlikely", "A thickness of 30 um is unusual; is it 30 nm?", "device.layers.PTAA.thickness"),
    Note("missing physics", "The field is above 4 MV/cm; state `barrier_lowering`."),
)
RECIPE = {"pot": [{"add": "PbI2", "mass": "170 mg"}, {"heat": "150 degC"}], "work_up": [{"wash": {"hexane": "1 mL"}}]}
INPUTS = {
    f"device.layers.PTAA.{name}": Sourced(value, "m2/V/s", "assumed", "halodot", low=value / 3, high=value * 4)
    for name, value in (("hole_mobility", 1e-8), ("electron_mobility", 3e-10), ("surface_mobility", 2e-9))
}
KINDS = ("jvl", "eqe", "el", "bands", "absorption")


def written(folder: Path, name: str) -> Path:
    """A page of hand-made states: a device, dots alone, or dots that were lost."""
    result = {"device": made.whole, "recipe": made.chemistry_only, "lost": made.decomposed}[name]()
    document = {**result.study.document, "recipe": RECIPE}
    result = replaced(result, study=replace(result.study, notes=NOTES, document=document, inputs=INPUTS))
    if name == "device":
        result = with_explanation(result, {"eqe_max": SummaryValue(0.24, "1", "predicted", 0.02, tuple(INPUTS))})
    named = {title_of(result): result}
    drawn = {} if name == "lost" else pictures(named, [k for k in KINDS if name == "device" or k == "absorption"])
    path = folder / f"{name}.html"
    path.write_text(page(result, drawn), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {name: written(folder, name) for name in ("device", "recipe", "lost")}


@pytest.mark.parametrize("name", ["device", "recipe", "lost"])
def test_no_serious_fault_no_network_and_nothing_cut(browser, pages, name: str) -> None:
    shown = Shown(browser, pages[name])
    assert shown.grave("light") == []
    assert shown.grave("dark") == []
    for width in (1280, 768, 390):
        assert shown.outside(width) == []
        assert shown.wider() <= 0
    assert shown.asked == [pages[name].as_uri()]
    assert shown.said == []
    shown.close()


def test_the_first_screen_fits_and_headings_are_in_order(browser, pages) -> None:
    shown = Shown(browser, pages["device"])
    bottom = shown.page.evaluate("document.querySelector('nav').getBoundingClientRect().bottom")
    assert bottom < 900
    levels = shown.page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert shown.page.evaluate("document.querySelectorAll('main').length") == 1
    shown.close()


def test_a_table_sorts_by_click_and_by_keyboard_and_filters(browser, pages) -> None:
    shown = Shown(browser, pages["device"])
    sorting = shown.page.locator("table.sortable")
    head = sorting.locator("th", has_text="value")

    def values() -> list[float]:
        rows = sorting.locator("tbody tr").filter(has_text="mobility of PTAA")
        return [float(cell.get_attribute("data-sort")) for cell in rows.locator("td:nth-child(2)").all()]

    assert head.get_attribute("aria-sort") == "none"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert values() == [3e-10, 2e-9, 1e-8]
    head.locator("button").focus()
    shown.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert values() == [1e-8, 2e-9, 3e-10]
    assert sorting.locator("th[aria-sort=ascending]").count() == 0
    shown.page.get_by_label("Show rows with").fill("electron ptaa")
    assert sorting.locator("tbody tr:visible").count() == 1
    assert " 1 of" in shown.page.locator("[role=status]").inner_text()
    shown.close()
