"""The page as a person uses it: dragged, typed, taken back, reloaded, killed; by keyboard, in every theme and width."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import grave, outside
from served_page import PATIENCE, Server, Shown, started, undo_all, wait_for

import halodot
from halodot.app.session import begun, changed, read, write
from halodot.learn.knobs import knobs_of
from halodot.names import input_text

PTAA, DOSE = "device.layers.PTAA.thickness", "recipe.stocks.ligand[0].amount"
#: what stands in a chart, by the names of its series and the text of its title
DRAWN = """async (name) => {
    const { echarts } = await import("nicegui-echart");
    const chart = echarts.getInstanceByDom(document.querySelector(`.panel[data-panel=${name}] .chart`));
    const option = chart.getOption();
    return { title: option.title[0].text, ink: option.textStyle.color, series: JSON.stringify(option.series) };
}"""
#: what can be set or pressed and is seen, in the order of the page
CONTROLS = """[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(one => !one.disabled && one.tabIndex >= 0 && one.checkVisibility())
    .filter(one => one.type !== "radio" || one.checked)"""
#: keeps which of them the keyboard reaches, and which of those do not show it; returns how many there are
REACHED = f"""() => {{
    [window.reached, window.unseen] = [new Set([document.activeElement]), []];
    const controls = new Set({CONTROLS});
    document.addEventListener("focusin", ({{ target }}) => {{
        reached.add(target);
        if (controls.has(target) && getComputedStyle(target).outlineStyle === "none") unseen.push(target);
    }});
    return controls.size;
}}"""
#: all but the parts on the left, each of which has a test of its own
BESIDE_PARTS = {"exclude": [["[data-part]"]]}


def row(shown: Shown, path: str, kind: str) -> Any:
    """Return the slider of a number, kind range, or its field, kind text."""
    return shown.page.locator(f".live .slider[data-path='{path}'] input[type={kind}]")


def typed(shown: Shown, path: str, text: str) -> None:
    """Type a value and wait for the exact numbers."""
    serial, field = shown.serial(), row(shown, path, "text")
    field.fill(text)
    field.press("Enter")
    shown.exact(serial)


def pressed(shown: Shown, name: str) -> None:
    """Press a button by its name."""
    shown.page.get_by_role("button", name=name, exact=True).click()


def step(shown: Shown, words: str) -> None:
    """Wait until the page says what was done last."""
    shown.page.locator(".head .about", has_text=words).wait_for()


def drawn(shown: Shown, panel: str) -> dict[str, str]:
    """Return what stands in a chart."""
    shown.page.locator(f".panel[data-panel={panel}]").scroll_into_view_if_needed()
    shown.page.locator(f".panel[data-panel={panel}] canvas").first.wait_for()
    return dict(shown.page.evaluate(DRAWN, panel))


def study_of(server: Server, shown: Shown) -> Path:
    """Write the study that a page shows to a file beside its session, and return its path."""
    folder = server.sessions / urlsplit(shown.page.url).path.rsplit("/", 1)[-1]
    path = folder / "exported.yaml"
    path.write_text(read(folder).state.study, encoding="utf-8")
    return path


def test_a_slider_shows_previews_while_it_is_dragged_and_takes_one_step(tab: Shown) -> None:
    page, slider, field = tab.page, row(tab, PTAA, "range"), row(tab, PTAA, "text")
    box, first = slider.bounding_box(), page.locator(".panel").first
    before, numbers, top = field.input_value(), tab.number("eqe_max"), first.bounding_box()["y"]
    across, up = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across, up)
    page.mouse.down()
    end = time.monotonic() + PATIENCE
    while page.locator("#state").get_attribute("data-kind") != "preview":
        assert time.monotonic() < end
        page.mouse.move(across + 20 + 10 * (time.monotonic() % 1.0), up)
        page.wait_for_timeout(30)
    assert first.bounding_box()["y"] == top  # nothing jumps
    page.mouse.move(across + 40, up)
    serial = tab.serial()
    page.mouse.up()
    tab.exact(serial)
    after = field.input_value()
    assert after != before
    assert tab.number("eqe_max") != numbers
    assert first.bounding_box()["y"] == top
    step(tab, f"thickness of PTAA {after}")
    pressed(tab, "Undo")
    step(tab, "opened")
    assert page.get_by_role("button", name="Undo", exact=True).is_disabled()
    wait_for(lambda: field.input_value() == before)
    page.keyboard.press("Control+y")
    step(tab, f"thickness of PTAA {after}")
    wait_for(lambda: field.input_value() == after)
    page.keyboard.press("Control+z")
    step(tab, "opened")
    pressed(tab, "Redo")
    step(tab, f"thickness of PTAA {after}")


def test_an_arrow_key_that_is_held_down_is_one_step(tab: Shown) -> None:
    from halodot.app.page.sliders import scale_of

    undo_all(tab)
    slider, field = row(tab, DOSE, "range"), row(tab, DOSE, "text")
    before, place = field.input_value(), int(slider.input_value())
    slider.focus()
    for _ in range(5):
        tab.page.keyboard.down("ArrowRight")
    tab.page.keyboard.up("ArrowRight")
    knob = knobs_of(halodot.load("paper-0.2"))[DOSE]
    last = input_text(DOSE, scale_of(knob).value(place + 5), knob.unit, 4)
    step(tab, last)
    wait_for(lambda: field.input_value() == last)
    assert slider.input_value() == str(place + 5)
    pressed(tab, "Undo")
    step(tab, "opened")
    wait_for(lambda: field.input_value() == before)


def test_a_number_is_taken_in_any_unit_of_its_kind_and_a_wrong_one_is_answered_beside_it(tab: Shown) -> None:
    undo_all(tab)
    typed(tab, PTAA, "3.5e-6 cm")
    step(tab, "thickness of PTAA 3.5e-6 cm")
    field = row(tab, PTAA, "text")
    wait_for(lambda: field.input_value() == "35 nm")
    numbers = tab.number("eqe_max")
    field.fill("35 mg")
    field.press("Enter")
    beside = tab.page.locator(f".live .slider[data-path='{PTAA}'] .problem")
    beside.filter(has_text="'mg' measures a mass, but a length is expected").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == beside.get_attribute("id")
    assert "3.5e-6 cm" in tab.last_step()
    assert tab.number("eqe_max") == numbers
    assert not grave(tab.page, ".live .sliders")
    typed(tab, PTAA, "36 nm")
    assert field.get_attribute("aria-invalid") is None


def test_pins_and_reported_values_stand_in_the_charts_and_in_every_tab_of_the_session(tab: Shown) -> None:
    undo_all(tab)
    pressed(tab, "Pin this result: it stays on the page, to compare others with")
    pin = tab.page.get_by_role("button", name="take opened")
    pin.wait_for()
    name = pin.inner_text().removesuffix(" \u00d7")
    typed(tab, PTAA, "45 nm")
    wait_for(lambda: name in drawn(tab, "eqe")["series"])
    tab.page.get_by_text("Reported values").click()
    tab.page.get_by_label("Peak EQE", exact=True).fill("17.9 %")
    tab.page.get_by_label("Peak EQE", exact=True).press("Enter")
    wait_for(lambda: "reported" in drawn(tab, "eqe")["series"])
    other = tab.context.new_page()
    other.goto(tab.page.url)
    for page in (other, tab.page):
        page.locator(f".live .slider[data-path='{PTAA}'] input[type=text]").wait_for()
        assert page.locator(f".live .slider[data-path='{PTAA}'] input[type=text]").input_value() == "45 nm"
        assert page.get_by_label("Peak EQE", exact=True).input_value() == "17.9 %"
        assert page.get_by_role("button", name="take opened").count() == 1
    other.get_by_role("button", name="take opened").click()
    step(tab, "unpinned")
    wait_for(lambda: name not in drawn(tab, "eqe")["series"])
    other.close()


def test_a_page_out_of_reach_shows_what_happened_meanwhile_when_it_is_back(tab: Shown) -> None:
    undo_all(tab)
    other = tab.context.new_page()
    other.goto(tab.page.url)
    field, eqe = f".live .slider[data-path='{PTAA}'] input[type=text]", "#numbers [data-number=eqe_max] .value"
    other.locator(eqe).wait_for()
    other.evaluate("() => { window.kept = true; socket.disconnect(); }")
    typed(tab, PTAA, "44 nm")
    assert other.locator(field).input_value() != "44 nm"
    other.evaluate("() => { socket.io.opts.query.next_message_id = nextMessageId; socket.connect(); }")
    wait_for(lambda: other.locator(field).input_value() == "44 nm")
    wait_for(lambda: other.locator(eqe).inner_text() == tab.number("eqe_max"))
    assert "44 nm" in other.locator(".head .about").inner_text()
    assert other.evaluate("window.kept")  # and it was not loaded again
    other.close()


def test_bands_follow_a_voltage_and_a_panel_opens_as_a_table(tab: Shown) -> None:
    page, bands = tab.page, tab.page.locator(".panel[data-panel=bands]")
    at_peak = drawn(tab, "bands")["title"]
    bands.locator("input[type=range]").focus()
    page.keyboard.press("End")
    wait_for(lambda: drawn(tab, "bands")["title"] not in ("", at_peak))
    assert bands.locator("output").inner_text() == "6.00 V"
    bands.get_by_role("button", name="show the bands at the highest EQE").click()
    wait_for(lambda: drawn(tab, "bands")["title"] == at_peak)
    table = bands.get_by_role("button", name="Bands: table")
    table.click()
    bands.locator(".values td").first.wait_for()
    assert table.get_attribute("aria-expanded") == "true"
    assert bands.locator(".values tr").count() > 5
    table.click()
    bands.locator(".values").wait_for(state="hidden")


def test_every_number_is_that_of_a_run_to_the_last_bit(tab: Shown, server: Server) -> None:
    undo_all(tab)
    typed(tab, PTAA, "41 nm")
    typed(tab, DOSE, "0.18 mmol")
    serial = tab.serial()
    pressed(tab, "Undo")
    step(tab, "41 nm")
    tab.exact(serial)
    typed(tab, DOSE, "0.23 mmol")
    summary = halodot.simulate(halodot.load(study_of(server, tab))).summary
    shown = tab.page.evaluate("halodot.summary")
    assert len(shown) > 20
    assert {name: summary[name].value for name in shown} == shown


def test_the_page_turns_dark_and_light_with_its_charts(tab: Shown) -> None:
    light = drawn(tab, "eqe")["ink"]
    tab.page.get_by_label("Theme").select_option("dark")
    wait_for(lambda: drawn(tab, "eqe")["ink"] != light)
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    tab.page.get_by_label("Theme").select_option("light")
    wait_for(lambda: drawn(tab, "eqe")["ink"] == light)


def test_every_control_is_reached_by_the_keyboard_and_seen_when_it_is(tab: Shown) -> None:
    page = tab.page
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.reload()
    tab.exact()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.evaluate("document.querySelector('.skip').focus()")
    wanted = int(page.evaluate(REACHED))
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
    assert page.evaluate("reached.size") > wanted / 2
    assert page.evaluate(f"({CONTROLS}).filter(one => !reached.has(one)).map(one => one.outerHTML.slice(0, 160))") == []
    assert page.evaluate("unseen.map(one => one.outerHTML.slice(0, 160))") == []
    page.locator("[role=tab][aria-selected=true]").focus()
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("Home")


def tabs(page: Any) -> list[str]:
    """Return the keys of the parts on the left."""
    return list(page.evaluate("[...document.querySelectorAll('[role=tab]')].map(one => one.dataset.tab)"))


def test_no_grave_fault_is_found_on_the_page_in_any_theme(tab: Shown) -> None:
    """The parts on the left are looked at in their own tests."""
    tab.page.evaluate("document.querySelectorAll('.live details').forEach(one => one.open = true)")
    tab.page.get_by_role("button", name="Losses: table").click()
    found = grave(tab.page, BESIDE_PARTS)
    tab.page.emulate_media(color_scheme="dark")
    tab.page.get_by_label("Theme").select_option("")
    found += grave(tab.page, ".live", "color-contrast")
    tab.page.emulate_media(color_scheme="light")
    assert not found


@pytest.mark.explore
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_grave_fault_is_found_with_all_that_is_folded_open(tab: Shown, scheme: str) -> None:
    tab.page.emulate_media(color_scheme=scheme)
    for key in tabs(tab.page):
        tab.tab(key)
        tab.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert not grave(tab.page), key


@pytest.mark.parametrize("width", [820, 1280, 1920])
def test_nothing_is_cut_or_too_low_to_be_hit(tab: Shown, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    for key in tabs(tab.page):
        tab.tab(key)
        assert not outside(tab.page), key
        assert tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        low = tab.page.evaluate(
            f"({CONTROLS}).filter(one => !one.closest('p, li, .skip') && !['checkbox', 'radio'].includes(one.type)"
            " && one.offsetWidth > 1 && one.getBoundingClientRect().height < 23.9)"
            ".map(one => one.outerHTML.slice(0, 160))"
        )
        assert not low, key


def test_the_browser_complained_of_nothing_and_asked_nobody_else(tab: Shown) -> None:
    assert not tab.said
    origin = "/".join(tab.page.url.split("/")[:3]) + "/"
    assert [one for one in tab.asked if not one.startswith((origin, origin.replace("http", "ws"), "data:"))] == []


# ------------------------------------------------------------------------------------- other studies, and other ends


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with a session without a device, and one without a recipe and with a mistake; their names."""
    home, names = tmp_path_factory.mktemp("odd"), {}
    for age, name in enumerate(("recipe-only", "device-only")):
        session = begun(halodot.load(name), home, ())
        if name == "device-only":
            text = session.state.study.replace("thickness:", "thicknes:", 1)
            write(changed(session, replace(session.state, study=text), "typed a mistake"))
        names[name] = session.id
        os.utime(session.folder / "session.json", (1e9 - age, 1e9 - age))
    made = started(home)
    yield made, names
    made.kill()


def test_a_study_without_device_or_recipe_or_with_mistakes_is_shown_as_far_as_it_goes(
    browser: Any, odd: tuple[Server, dict[str, str]]
) -> None:
    server, names = odd
    shown = Shown(browser, server.address)
    assert names["recipe-only"] in shown.page.url
    shown.page.locator(".panel[data-panel=eqe] .empty", has_text="It needs a device").wait_for()
    shown.page.goto(shown.page.url.replace(names["recipe-only"], names["device-only"]))
    shown.page.locator("#state[data-kind=wrong]").wait_for()
    shown.page.locator(".mistakes", has_text="thicknes").wait_for()
    assert not grave(shown.page, BESIDE_PARTS)
    pressed(shown, "Undo")
    shown.exact()
    assert shown.number("eqe_max")
    shown.page.locator(".panel[data-panel=shell]").scroll_into_view_if_needed()
    shown.page.locator(".panel[data-panel=shell] .empty", has_text="It needs a recipe").wait_for()
    assert not shown.said
    shown.close()


def test_a_killed_server_loses_nothing_and_ctrl_c_leaves_nothing_behind(
    browser: Any, odd: tuple[Server, dict[str, str]], request: pytest.FixtureRequest
) -> None:
    server, names = odd
    shown = Shown(browser, server.address)
    field = shown.page.get_by_label("Put a number under a slider")
    path = shown.page.locator(f"#{field.get_attribute('list')} option").first.get_attribute("value")
    field.fill(str(path))
    field.press("Enter")
    row(shown, str(path), "range").focus()
    first = row(shown, str(path), "text").input_value()
    shown.page.keyboard.press("End")
    wait_for(lambda: row(shown, str(path), "text").input_value() != first)
    value = row(shown, str(path), "text").input_value()
    step(shown, value)
    before = read(server.sessions / names["recipe-only"])
    assert len(before.past) == 2
    server.kill()
    shown.close()
    again = started(server.sessions)
    request.addfinalizer(again.kill)
    shown = Shown(browser, again.address)
    assert names["recipe-only"] in shown.page.url
    assert before.present.about in shown.last_step()
    assert row(shown, str(path), "text").input_value() == value
    assert read(server.sessions / names["recipe-only"]) == before
    children = descendants(again.process.pid)
    assert children
    assert again.stop() == 0
    wait_for(lambda: not any(alive(number) for number in children))
    shown.close()
    assert json.loads((server.sessions / names["recipe-only"] / "session.json").read_text(encoding="utf-8"))


def descendants(number: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    found = set()
    for path in Path("/proc").glob(f"{number}/task/*/children"):
        for child in path.read_text(encoding="ascii").split():
            found |= {int(child), *descendants(int(child))}
    return found


def alive(number: int) -> bool:
    """Return whether a process runs: it is there, and no husk that nobody has asked for its exit code."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
