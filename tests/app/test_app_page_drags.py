"""What a drag leaves: nothing where it ends where it began, the step of its end where one was undone on the way."""

from __future__ import annotations

from served_page import Shown, undo_all, wait_for

PTAA = ".live .slider[data-path='device.layers.PTAA.thickness']"


def taken(tab: Shown) -> tuple[float, float]:
    """Take the slider where it stands, and return where that is on the screen."""
    slider = tab.page.locator(f"{PTAA} input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    share = int(slider.input_value()) / 1000
    at = box["x"] + 8 + (box["width"] - 16) * share, box["y"] + box["height"] / 2
    tab.page.mouse.move(*at)
    tab.page.mouse.down()
    return at


def moved_until_a_preview(tab: Shown, at: tuple[float, float]) -> None:
    """Move what was taken to the right until a preview stands on the page."""
    for place in range(400):
        if tab.page.locator("#state").get_attribute("data-kind") == "preview":
            return
        tab.page.mouse.move(at[0] + 20 + place % 10, at[1])
        tab.page.wait_for_timeout(30)
    raise AssertionError("no preview came")


def test_a_slider_that_is_let_go_where_it_was_taken_leaves_exact_numbers_and_no_step(tab: Shown) -> None:
    field = tab.page.locator(f"{PTAA} input[type=text]")
    before = field.input_value(), tab.number("eqe_max"), tab.last_step()
    at = taken(tab)
    moved_until_a_preview(tab, at)
    assert field.input_value() != before[0]
    tab.page.mouse.move(*at)
    serial = tab.serial()
    tab.page.mouse.up()
    tab.exact(serial)
    wait_for(lambda: (field.input_value(), tab.number("eqe_max"), tab.last_step()) == before)


def test_a_step_undone_while_a_slider_is_held_is_undone_and_the_drag_ends_in_a_step(tab: Shown) -> None:
    field = tab.page.locator(f"{PTAA} input[type=text]")
    serial = tab.serial()
    field.fill("31 nm")
    field.press("Enter")
    tab.exact(serial)
    at = taken(tab)
    moved_until_a_preview(tab, at)
    first = tab.last_step()
    tab.page.keyboard.press("Control+z")
    wait_for(lambda: tab.last_step() != first)
    tab.page.mouse.move(at[0] + 40, at[1])
    serial = tab.serial()
    tab.page.mouse.up()
    wait_for(lambda: field.input_value() in tab.last_step())
    tab.exact(serial)
    assert tab.page.get_by_role("button", name="Redo", exact=True).is_disabled()
    undo_all(tab)
    assert tab.page.locator("#state").get_attribute("data-kind") in ("exact", "busy")
