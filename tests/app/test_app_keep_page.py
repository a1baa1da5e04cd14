"""Keeping and long work as a person does them: text, files, steps, sessions, a crash, and limits beside a slider."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from browser import grave
from fit_devices import HOLE_ONLY
from served_page import Shown, started, wait_for

import halodot
from halodot import cli
from halodot.app.session import read
from halodot.learn.knobs import knobs_of

#: names of the summary by those of the cards that show them, where they differ
_SUMMARY = {"luminance": "luminance_max", "el": "el_peak", "pl": "pl_peak"}


def saved(shown: Shown, button: str, folder: Path) -> Path:
    """Press a button and keep what it saves."""
    with shown.page.expect_download() as download:
        shown.page.get_by_role("button", name=button, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def numbers(shown: Shown) -> dict[str, float]:
    """The headline numbers of the page, whole and in SI."""
    cards = shown.page.locator("#numbers > div").evaluate_all(
        "all => all.map(one => [one.dataset.number, one.querySelector('.value').dataset.si])"
    )
    return {name: float(value) for name, value in cards if value}


def run(*arguments: object) -> None:
    """Run the command line in this process."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(item) for item in arguments])
    assert not end.value.code


def slide(shown: Shown) -> None:
    """Move the first slider by one key, and wait until that is a step."""
    before = shown.last_step()
    shown.page.locator(".sliders input[type=range]").first.focus()
    shown.page.keyboard.press("ArrowRight")
    wait_for(lambda: shown.last_step() != before)


def test_the_saved_study_gives_the_page_s_numbers_to_the_last_digit(shown: Shown, tmp_path: Path) -> None:
    slide(shown)
    shown.tab("keep")
    path = saved(shown, "save the study as YAML", tmp_path)
    assert path.name == "study.yaml"
    run("run", path, "--json", tmp_path / "again.json")
    summary = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))["summary"]
    shown.exact()
    wait_for(lambda: all(summary[_SUMMARY.get(name, name)]["value"] == value for name, value in numbers(shown).items()))
    assert {"eqe_max", "luminance", "el"} <= numbers(shown).keys()


def test_a_mistake_in_the_text_is_told_with_its_line_and_outlives_a_reload(shown: Shown) -> None:
    shown.tab("keep")
    area = shown.page.get_by_label("Study (YAML)")
    text, step = area.input_value(), shown.last_step()
    line = next(place for place, one in enumerate(text.split("\n"), 1) if one.startswith("title:"))
    wrong = text.replace("title:", "titel:", 1)
    area.fill(wrong)
    shown.page.get_by_label("Study (YAML)").blur()
    shown.page.get_by_role("button", name=f"Line {line}", exact=True).click()
    assert "Did you mean 'title'?" in shown.page.locator(".mistakes ol").inner_text()
    marked = "(() => { const a = document.activeElement; return a.value?.slice(a.selectionStart, a.selectionEnd); })()"
    wait_for(lambda: shown.page.evaluate(marked) == wrong.split("\n")[line - 1])
    shown.page.reload()
    shown.exact()
    assert area.input_value() == wrong
    assert shown.last_step() == step
    shown.page.get_by_role("button", name="Back to the text that counts").click()
    wait_for(lambda: area.input_value() == text)
    assert shown.page.locator(".mistakes ol").count() == 0


def test_a_text_that_names_a_file_elsewhere_is_not_taken(shown: Shown) -> None:
    shown.tab("keep")
    area = shown.page.get_by_label("Study (YAML)")
    text = area.input_value()
    area.fill(f"{text}\nextends: ../../other.yaml\n")
    area.blur()
    wrong = shown.page.locator(".mistakes ol")
    wrong.wait_for()
    assert "other.yaml" in wrong.inner_text()
    shown.page.get_by_role("button", name="Back to the text that counts").click()
    wait_for(lambda: area.input_value() == text)


def test_an_edit_of_the_text_is_a_step_to_which_one_can_go_back_and_forward(shown: Shown) -> None:
    shown.tab("keep")
    area = shown.page.get_by_label("Study (YAML)")
    text = area.input_value()
    area.fill(text.replace("title:", "title: A new name #", 1))
    area.blur()
    wait_for(lambda: shown.page.locator("h1").inner_text() == "A new name")
    steps = shown.page.get_by_role("list", name="Steps of this session")
    assert steps.locator("[aria-current=step]").inner_text() == "edited the text (now)"
    steps.get_by_role("button").last.click()
    wait_for(lambda: area.input_value() == text)
    steps.get_by_role("button", name="edited the text").click()
    wait_for(lambda: shown.page.locator("h1").inner_text() == "A new name")


def seconds_of_a_step(shown: Shown) -> float:
    """Seconds from a key on a slider to the next frame on the page, the least of three."""
    took = []
    for _ in range(3):
        before = -2
        while before != shown.serial():  # until no frame of the key before comes any more
            before = shown.serial()
            time.sleep(0.3)
        at = time.monotonic()
        shown.page.locator(".sliders input[type=range]").first.press("ArrowRight")
        wait_for(lambda before=before: shown.serial() > before)
        took.append(time.monotonic() - at)
    return min(took)


def test_the_page_follows_a_slider_while_limits_are_found_and_a_stop_ends_them_at_once(shown: Shown) -> None:
    alone = seconds_of_a_step(shown)
    shown.tab("work")
    shown.page.get_by_role("button", name="Find what limits it", exact=True).click()
    job = shown.page.locator("[data-job=limits]")
    try:
        wait_for(lambda: "derivatives" in job.locator("[role=status]").inner_text())
        beside = seconds_of_a_step(shown)
    finally:  # the button is there while the work goes on, which takes many times as long as the steps
        at = time.monotonic()
        job.get_by_role("button", name="stop: Find what limits it").click()
        wait_for(lambda: "stopped" in job.locator("[role=status]").inner_text())
    assert time.monotonic() - at < 3.0 + 10.0 * alone
    assert beside < 3.0 + 10.0 * alone  # on a machine that is busy with others as well


def test_a_sweep_ends_in_a_table_a_chart_and_a_file_and_is_there_after_a_reload(shown: Shown, tmp_path: Path) -> None:
    path = next(path for path in knobs_of(halodot.load("paper-0.2")) if path.endswith("PO-T2T.thickness"))
    shown.tab("work")
    shown.page.locator(".section > summary", has_text="Sweep").click()
    shown.page.get_by_label("First number").fill(path)
    shown.page.get_by_label("First number").blur()
    values = shown.page.get_by_label("Its values").first
    wait_for(lambda: values.input_value().endswith("nm:7"))
    values.fill("30,50 nm")
    values.blur()
    shown.page.get_by_role("button", name="Compute the sweep", exact=True).click()
    link = shown.page.get_by_role("link", name="sweep.csv")
    link.wait_for()
    with shown.page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "sweep.csv")
    lines = (tmp_path / "sweep.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == [f"{path} [nm]", "30", "50"]
    wait_for(lambda: shown.page.locator(".outcome .chart canvas").count() > 0)
    shown.page.reload()
    shown.exact()
    assert shown.page.get_by_role("link", name="sweep.csv").count() == 1


def test_a_design_of_a_sweep_is_asked_for_and_a_stop_keeps_what_was_computed(shown: Shown) -> None:
    path = next(path for path in knobs_of(halodot.load("paper-0.2")) if path.endswith("PO-T2T.thickness"))
    shown.tab("work")
    section = shown.page.locator(".section", has_text="Compute the sweep")
    first = section.get_by_label("First number")
    if not first.is_visible():
        section.locator("summary").first.click()
    values = section.get_by_label("Its values").first
    for field, text in ((values, "21,22 nm"), (first, "device.area"), (first, path)):
        field.fill(text)
        field.blur()
    assert values.input_value() == "21,22 nm"  # what is typed stays
    for field, text in ((values, ""), (first, ""), (first, path)):
        field.fill(text)
        field.blur()
    wait_for(lambda: values.input_value().endswith("nm:7"))
    section.get_by_label("Points", exact=True).select_option("lhs")
    wait_for(lambda: values.input_value().endswith(" nm"))
    points = section.get_by_label("Number of points")
    compute = section.get_by_role("button", name="Compute the sweep", exact=True)
    points.fill("0")
    points.blur()
    compute.click()
    wait_for(lambda: "no whole number from 1 on" in section.locator(".job .problem").inner_text())
    points.fill("200")
    points.blur()
    compute.click()
    section.get_by_role("button", name="stop: Compute the sweep").click()
    kept = "stopped; what was computed is kept, and the same sweep goes on there when it is started again"
    wait_for(lambda: section.locator(".job [role=status]").inner_text() == kept)
    asked = values.input_value()
    shown.page.reload()
    shown.exact()
    assert (first.input_value(), values.input_value(), points.input_value()) == (path, asked, "200")
    assert section.get_by_label("Points", exact=True).input_value() == "lhs"


def test_a_study_of_the_library_opens_in_a_session_of_its_own_from_which_one_comes_back(shown: Shown) -> None:
    first = shown.page.url
    shown.tab("keep")
    shown.page.get_by_label("Study of the library", exact=True).select_option("device-only")
    shown.page.get_by_role("button", name="open the study of the library").click()
    shown.page.wait_for_url(lambda url: url != first)
    shown.exact()
    assert shown.page.locator("h1").inner_text() == halodot.load("device-only").title
    device = shown.page.url
    file = shown.page.get_by_label("Study from a file")
    file.set_input_files({"name": "wrong.yaml", "mimeType": "text/yaml", "buffer": b"halodot: 1\ntitel: x\n"})
    wait_for(lambda: "Did you mean 'title'?" in shown.page.locator(".part[data-part=keep]").inner_text())
    file.set_input_files({"name": "mine.yaml", "mimeType": "text/yaml", "buffer": HOLE_ONLY.encode()})
    shown.page.wait_for_url(lambda url: url not in (first, device))
    shown.exact()
    assert "holes alone" in shown.page.locator("h1").inner_text()
    kept = shown.page.get_by_role("list", name="Sessions that are kept")
    kept.get_by_role("link", name="0.2 mmol").click()
    shown.page.wait_for_url(first)
    shown.exact()


def test_keep_and_work_have_no_grave_fault_in_either_theme(shown: Shown) -> None:
    for key, scheme, rule in (
        ("keep", "light", ""),
        ("keep", "dark", "color-contrast"),
        ("work", "dark", "color-contrast"),
        ("work", "light", ""),
    ):
        shown.page.emulate_media(color_scheme=scheme)
        shown.tab(key)
        assert grave(shown.page, ".edit", rule) == []
    assert shown.said == []


@pytest.mark.explore
def test_nothing_is_lost_when_the_server_is_killed(browser: Any, tmp_path: Path) -> None:
    server = started(tmp_path, "recipe-only")
    shown = Shown(browser, server.address)
    slide(shown)
    step, state = shown.last_step(), read(server.folder()).state
    shown.close()
    server.kill()
    server = started(tmp_path)
    again = Shown(browser, server.address)
    assert again.last_step() == step
    assert read(server.folder()).state == state
    again.close()
    server.kill()
