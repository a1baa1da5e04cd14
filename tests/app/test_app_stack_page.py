"""The tab of the stack in a browser: layers in another order, thicker, of other materials, and what is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shown

NAMES = ["Al", "LiF", "PO-T2T", "TmPyPB", "dots", "PTAA", "PEDOT:PSS", "ITO", "glass"]
SWAPPED = ["Al", "LiF", "TmPyPB", "PO-T2T", "dots", "PTAA", "PEDOT:PSS", "ITO", "glass"]
NAMES_NOW = "JSON.stringify([...document.querySelectorAll('.stack > li')].map(one => one.dataset.layer))"


@pytest.fixture
def page(shown: Shown) -> Any:
    """The tab of the stack, all layers folded."""
    shown.tab("stack")
    return shown.page


def until(page: Any, names: list[str]) -> None:
    """Wait until the layers stand in an order from the top down."""
    page.wait_for_function(f"(names) => {NAMES_NOW} === JSON.stringify(names)", arg=names)


def handle(page: Any, name: str) -> Any:
    """Return the slab of a layer."""
    return page.locator(f"[data-layer='{name}'] [data-handle]")


def step(page: Any, words: str) -> None:
    """Wait until the page says what was done last."""
    page.locator(".head .about", has_text=words).wait_for()


def test_a_layer_is_moved_by_keys_buttons_and_dragging_to_where_a_device_has_it(page: Any) -> None:
    until(page, NAMES)
    handle(page, "TmPyPB").focus()
    page.keyboard.press("Alt+ArrowUp")
    until(page, SWAPPED)
    page.wait_for_function("document.activeElement.closest('li')?.dataset.layer === 'TmPyPB'")
    page.keyboard.press("Alt+ArrowDown")
    until(page, NAMES)
    page.get_by_role("button", name="Move TmPyPB up").click()
    until(page, SWAPPED)
    start, end = (handle(page, name).bounding_box() for name in ("TmPyPB", "PO-T2T"))
    page.mouse.move(start["x"] + 30, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + end["height"] - 4, steps=6)
    page.mouse.up()
    until(page, NAMES)
    assert handle(page, "TmPyPB").get_attribute("aria-expanded") == "false"
    page.get_by_role("button", name="Undo", exact=True).click()
    until(page, SWAPPED)
    handle(page, "glass").focus()
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_text("glass cannot be moved there: ITO is no substrate").wait_for()
    until(page, SWAPPED)


def test_a_thickness_follows_its_slider_and_its_field_where_a_wrong_one_is_answered(page: Any, shown: Shown) -> None:
    field, slider = (page.locator(f"[data-layer=PTAA] .line input[type={kind}]") for kind in ("text", "range"))
    before, height = shown.number("eqe_max"), handle(page, "PTAA").bounding_box()["height"]
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function("(id) => document.getElementById(id).value === '45.7 nm'", arg=field.get_attribute("id"))
    step(page, "thickness of PTAA 45.7 nm")
    assert shown.exact() > 0
    assert handle(page, "PTAA").bounding_box()["height"] > height + 5
    page.wait_for_function(
        "(before) => document.querySelector('#numbers [data-number=eqe_max] .value').textContent !== before", arg=before
    )
    page.keyboard.press("Control+z")
    page.wait_for_function("(id) => document.getElementById(id).value === '30 nm'", arg=field.get_attribute("id"))
    field.fill("45 mg")
    field.press("Enter")
    page.locator("[data-layer=PTAA] .problem", has_text="'mg' measures a mass, but a length is expected").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("45 nm")
    field.press("Enter")
    step(page, "thickness of PTAA 45 nm")
    field.fill("100 nm")  # beyond the ends of the slider, which move with it
    field.press("Enter")
    step(page, "thickness of PTAA 100 nm")
    slider.press("Home")
    step(page, "thickness of PTAA 70 nm")
    assert field.get_attribute("aria-invalid") is None


def test_a_layer_opens_is_changed_is_removed_and_another_is_added(page: Any) -> None:
    handle(page, "PTAA").click()
    row = page.locator(".property[data-path='device.layers.PTAA.hole_mobility']")
    row.get_by_text("Barard et al. 2009").wait_for()
    row.get_by_role("textbox").fill("3e-4 cm2/Vs")
    row.get_by_role("textbox").press("Enter")
    row.get_by_text("assumed, set by hand").wait_for()
    row.get_by_role("button").click()
    page.locator("[data-path='device.layers.PTAA.hole_mobility'] button[aria-pressed=true]").wait_for()
    page.locator("[data-layer=PTAA]").get_by_label("Material").select_option("TFB")
    until(page, [name.replace("PTAA", "TFB") for name in NAMES])
    handle(page, "TFB").click()
    page.get_by_role("button", name="Remove TFB").click()
    until(page, [name for name in NAMES if name != "PTAA"])
    page.get_by_text("Add a layer").click()
    page.get_by_label("Material of the new layer").select_option("TPBi")
    page.get_by_role("button", name="Add the layer").click()
    until(page, [*NAMES[:4], "TPBi", "dots", *NAMES[6:]])


def test_a_measured_quantity_takes_the_place_of_the_computed_one_and_the_device_is_set(page: Any) -> None:
    page.get_by_text("Measured in place of computed (0 given)").click()
    row = page.locator("[data-given='film.plqy']")
    row.get_by_text("computed: 86.").wait_for()
    row.get_by_label("PL quantum yield of the film", exact=True).fill("60 %")
    row.get_by_label("PL quantum yield of the film", exact=True).press("Enter")
    page.get_by_text("Measured in place of computed (1 given)").wait_for()
    row.get_by_text("measured \u00b7 computed: 86.").wait_for()
    page.get_by_text("Device, sweep and surroundings").click()
    page.get_by_label("Outcoupling").select_option("half_sphere")
    step(page, "Outcoupling of the device half_sphere")
