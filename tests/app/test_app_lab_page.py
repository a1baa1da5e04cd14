"""The lab's folder in a browser: files dropped, ranges dragged, findings given, steps undone, choices replayed."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import grave
from served_page import Server, Shown, wait_for

import halodot
from halodot.lab.plan_file import read_plan

#: drops a folder with files on an element, as a file manager does
_DROP = """([place, files]) => {
    const entry = (name, text) => ({ isFile: true, name, file: done => done(new File([text], name)) });
    const folder = {
        isFile: false, name: "2026-03-04",
        createReader() {
            let left = Object.entries(files).map(([name, text]) => entry(name, text));
            return { readEntries: done => done(left.splice(0, 1)) };
        },
    };
    const event = new Event("drop", { bubbles: true, cancelable: true });
    event.dataTransfer = { items: [{ webkitGetAsEntry: () => folder }], files: [] };
    document.querySelector(place).dispatchEvent(event);
}"""


def spectrum(peak: float, seed: int) -> str:
    """Return a PL spectrum as a laboratory's program writes it."""
    wavelength = np.arange(580.0, 720.0, 0.5)
    counts = np.random.default_rng(seed).poisson(1e4 * np.exp(-(((wavelength - peak) / 20.0) ** 2)) + 10.0)
    return "\n".join(["Wavelength (nm)\tCounts", *(f"{x:.1f}\t{y}" for x, y in zip(wavelength, counts))]) + "\n"


#: seconds without a look after which none is about to begin
QUIET = 0.5
FILES = {"PL_5AVA.txt": spectrum(645.0, 1), "PL_OA.txt": spectrum(648.0, 2), "run.exe": "MZ"}


@pytest.fixture(scope="module")
def bench(server: Server, browser: Any) -> Iterator[Shown]:
    """The page with a folder that was dropped on it, the first analysis opened."""
    shown = Shown(browser, server.address)
    shown.tab("lab")
    shown.page.evaluate(_DROP, ["#lab-drop", FILES])
    shown.page.wait_for_selector(".lab-item")
    shown.page.locator(".lab-item > summary").first.click()
    shown.page.wait_for_selector(".lab-chart[data-drawn]")
    yield shown
    shown.close()


def value(shown: Shown) -> str:
    """The first number of the first analysis."""
    return str(shown.page.locator(".lab-item").first.locator("td.number").first.inner_text())


def settled(shown: Shown) -> None:
    """Wait until no look at the files is at work and all clicks are written."""
    again = shown.page.get_by_role("button", name="Look again")
    quiet_since = time.monotonic()

    def quiet() -> bool:
        nonlocal quiet_since
        if not again.is_enabled():
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since > QUIET

    wait_for(quiet)


def window(shown: Shown, server: Server) -> object:
    """The range of the first analysis in the plan."""
    plan = next((server.folder() / "lab-results").glob("*/analysis.yaml"))
    return read_plan(plan).items[0].settings["window"]


def test_dropped_folder_is_sent_analysed_and_its_refusals_are_told(bench: Shown) -> None:
    page = bench.page
    assert page.locator("#lab-sent").inner_text() == "2 files taken, 1 refused:"
    assert "run.exe" in page.locator("#lab-refused li").inner_text()
    assert [one.inner_text() for one in page.locator("[data-part=lab] h2").all()] == ["5AVA", "OA"]
    assert value(bench).startswith("645.")
    assert page.locator(".lab-chart").first.get_attribute("aria-label").startswith("PL (counts) against Wavelength")


def test_range_is_dragged_by_pointer_keys_and_typing_and_undone(bench: Shown, server: Server) -> None:
    page, item = bench.page, bench.page.locator(".lab-item").first
    before, first = window(bench, server), value(bench)
    chart = item.locator(".lab-chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    at = box["x"] + box["width"] - 24, box["y"] + 120
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] - 60, at[1], steps=4)
    page.mouse.up()
    wait_for(lambda: window(bench, server) != before and "window" in bench.last_step())
    dragged = window(bench, server)
    settled(bench)
    wait_for(lambda: value(bench) != first)
    low = item.locator(".lab-window .low").first
    low.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: window(bench, server) != dragged)
    assert page.evaluate("document.activeElement.className") == "low"
    typed = item.locator(".lab-window .low-number").first
    typed.fill("600")
    typed.press("Enter")
    wait_for(lambda: str(window(bench, server)[0]) == "600 nm")  # type: ignore[index]
    settled(bench)
    typed.fill("600 eV")
    page.get_by_role("button", name="Look again").evaluate("one => one.click()")
    settled(bench)
    assert typed.input_value() == "600 eV"  # what is typed during a look stays
    typed.press("Enter")
    wrong = item.locator(".lab-window .problem").first
    wait_for(lambda: "eV" in wrong.inner_text())
    settled(bench)
    assert "eV" in wrong.inner_text()
    while (was := window(bench, server)) != before:  # keys that are pressed during a look are steps of their own
        page.get_by_role("button", name="Undo", exact=True).click()
        wait_for(lambda was=was: window(bench, server) != was)
    settled(bench)
    wait_for(lambda: value(bench) == first)


def test_choices_that_change_during_a_look_end_at_the_last_and_are_undone(bench: Shown, server: Server) -> None:
    page, item = bench.page, bench.page.locator(".lab-item").first
    plan = next((server.folder() / "lab-results").glob("*/analysis.yaml"))
    before, steps = plan.read_text(encoding="utf-8"), bench.last_step()
    item.locator("summary", has_text="Choices").click()
    background = item.get_by_label("background").first
    found = background.input_value()
    for word in ("none", found, "none"):
        background.select_option(word)
    wait_for(lambda: "background none" in bench.last_step())
    settled(bench)
    assert read_plan(plan).items[0].settings["background"] == "none"
    assert background.input_value() == "none"
    undo = page.get_by_role("button", name="Undo", exact=True)
    while bench.last_step() != steps:
        was = bench.last_step()
        undo.click()
        wait_for(lambda was=was: bench.last_step() != was)
    settled(bench)
    assert plan.read_text(encoding="utf-8") == before
    assert background.input_value() == found


def test_a_click_that_waits_for_a_look_is_taken_back_by_undo_alone(bench: Shown, server: Server) -> None:
    page, item = bench.page, bench.page.locator(".lab-item").first
    background = item.get_by_label("background").first
    plan = next((server.folder() / "lab-results").glob("*/analysis.yaml"))
    found, before, steps = background.input_value(), plan.read_text(encoding="utf-8"), bench.last_step()
    page.get_by_role("button", name="Look again").click()
    background.select_option("none")
    page.get_by_role("button", name="Undo", exact=True).click()
    wait_for(lambda: background.input_value() == found)
    settled(bench)
    assert bench.last_step() == steps
    assert plan.read_text(encoding="utf-8") == before


def test_choices_on_the_page_are_replayed_by_the_command_line(bench: Shown, server: Server, tmp_path: Path) -> None:
    item = bench.page.locator(".lab-item").first
    first = value(bench)
    item.get_by_label("background").first.select_option("none")
    wait_for(lambda: "background none" in bench.last_step())
    settled(bench)
    assert value(bench) != first
    with bench.page.expect_download() as plan:
        bench.page.get_by_role("link", name="analysis.yaml").click()
    with bench.page.expect_download() as table:
        bench.page.get_by_role("link", name="results.csv").click()
    shutil.copytree(server.folder() / "lab" / "2026-03-04", tmp_path / "2026-03-04")
    out = tmp_path / "2026-03-04.analysed"
    out.mkdir()
    plan.value.save_as(out / "analysis.yaml")
    table.value.save_as(tmp_path / "page.csv")
    halodot.analyse(tmp_path / "2026-03-04", figures=False, workers=1)
    assert (out / "results.csv").read_bytes() == (tmp_path / "page.csv").read_bytes()
    with (out / "results.csv").open(encoding="utf-8", newline="") as stream:
        assert float(next(csv.DictReader(stream))["value"]) == pytest.approx(float(value(bench).split()[0]), abs=0.05)


def test_finding_is_given_to_the_study_and_curve_laid_over(bench: Shown) -> None:
    item = bench.page.locator(".lab-item").nth(1)
    item.locator("> summary").click()
    item.get_by_role("button", name="use PL peak 64").click()
    wait_for(lambda: "given as measured" in bench.last_step())
    serial = bench.serial()
    item.get_by_label("over the simulated curves").check()
    wait_for(lambda: "over the simulated curves" in bench.last_step())
    bench.exact(serial)
    for step in ("given as measured", "background none"):
        bench.page.get_by_role("button", name="Undo", exact=True).click()
        wait_for(lambda step=step: step in bench.last_step())
    settled(bench)


def test_reload_shows_the_folder_again(bench: Shown) -> None:
    first = value(bench)
    bench.page.reload()
    bench.page.wait_for_selector(".lab-item")
    settled(bench)
    bench.page.locator(".lab-item > summary").first.click()
    assert value(bench) == first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lab_has_no_serious_fault_for_readers_of_screens(bench: Shown, scheme: str) -> None:
    bench.page.emulate_media(color_scheme=scheme)
    assert grave(bench.page, "[data-part=lab]", "" if scheme == "light" else "color-contrast") == []
