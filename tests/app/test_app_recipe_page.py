"""The tab of the recipe in a browser: fields, steps and readings, as a person changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browser import grave

if TYPE_CHECKING:
    from served_page import Shown

SENTENCES = (
    "(part) => [...document.querySelectorAll(`[data-layer^='recipe.${part}['] .sentence`)].map(e => e.innerText)"
)
POT = ["1. Put in 170 mg of PbI2", "2. Put in 345 mg of ZnI2", "3. Put in 6 mL of 1-octadecene"]


@pytest.fixture
def page(shown: Shown) -> Any:
    """The tab of the recipe."""
    shown.tab("recipe")
    shown.page.locator(".reading").first.wait_for()
    return shown.page


def field(page: Any, path: str) -> Any:
    """Return the input of a field."""
    return page.locator(f".quantity[data-path='{path}'] input")


def step(page: Any, path: str) -> Any:
    """Return the sentence of a step, by which it is moved."""
    return page.locator(f"[data-layer='{path}'] .sentence")


def done(page: Any, words: str) -> None:
    """Wait until the page says what was done last."""
    page.locator(".head .about", has_text=words).wait_for()


def order(page: Any, part: str, beginnings: list[str]) -> None:
    """Wait until the first steps of a part begin so."""
    begin = f"([part, starts]) => (all => starts.every((text, k) => all[k]?.startsWith(text)))(({SENTENCES})(part))"
    page.wait_for_function(begin, arg=[part, beginnings])


def count(page: Any, part: str, number: int) -> None:
    """Wait until a part has so many steps."""
    page.wait_for_function(f"([part, number]) => ({SENTENCES})(part).length === number", arg=[part, number])


def focused(page: Any, path: str) -> None:
    """Wait until the keyboard is on a step."""
    page.wait_for_function("(path) => document.activeElement.closest('li')?.dataset.layer === path", arg=path)


def test_an_amount_is_typed_where_it_stands_and_taken_back(page: Any, shown: Shown) -> None:
    before = shown.number("eqe_max"), shown.serial()
    dose = field(page, "recipe.stocks.ligand[0].amount")
    dose.fill("0.05 mmol")
    dose.press("Enter")
    done(page, "amount of 5-aminopentanoic acid 0.05 mmol")
    order(page, "stocks.ligand", ["1. Put in 6.0"])
    shown.exact(before[1])
    assert shown.number("eqe_max") != before[0]
    page.get_by_role("button", name="Undo", exact=True).click()
    order(page, "stocks.ligand", ["1. Put in 24.2 mg of 5-aminopentanoic acid (0.2 mmol)"])
    assert dose.input_value() == "0.2 mmol"


def test_a_wrong_unit_is_answered_beside_its_field_and_the_value_before_holds(page: Any, shown: Shown) -> None:
    volume, last = field(page, "recipe.pot[4].volume"), shown.last_step()
    volume.fill("900 mg")
    volume.press("Tab")
    page.wait_for_function(
        "document.querySelector(\"[data-path='recipe.pot[4].volume'] input\").ariaInvalid === 'true'"
    )
    said = page.locator(f"#{volume.get_attribute('aria-describedby')}").inner_text()
    assert said.startswith("'mg' measures a mass, but a volume is expected, for example in mL.")
    assert shown.last_step() == last
    assert step(page, "recipe.pot[4]").inner_text().startswith("5. Inject 1 mL of oleic acid")
    page.get_by_role("button", name="Take mass: 900 mg").click()
    done(page, "volume of oleic acid: mass: 900 mg")
    assert field(page, "recipe.pot[4].mass").input_value() == "900 mg"


def test_steps_move_by_keys_buttons_and_dragging_and_their_sliders_with_them(page: Any, shown: Shown) -> None:
    order(page, "pot", POT)
    page.get_by_role("button", name="Slider for mass of PbI2").click()
    page.locator(".slider[data-path='recipe.pot[0].mass']").wait_for()
    step(page, "recipe.pot[0]").focus()
    page.keyboard.press("Alt+ArrowDown")
    order(page, "pot", ["1. Put in 345 mg of ZnI2", "2. Put in 170 mg of PbI2"])
    focused(page, "recipe.pot[1]")
    page.locator(".slider[data-path='recipe.pot[1].mass']").wait_for()
    page.keyboard.press("Alt+ArrowUp")
    order(page, "pot", POT)
    page.get_by_role("region", name="Pot").get_by_role("button", name="Move step 1 down").click()
    order(page, "pot", ["1. Put in 345 mg of ZnI2", "2. Put in 170 mg of PbI2"])
    step(page, "recipe.pot[0]").scroll_into_view_if_needed()
    start, end = (step(page, f"recipe.pot[{place}]").bounding_box() for place in (0, 1))
    page.mouse.move(start["x"] + 30, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 90, steps=6)
    page.mouse.up()
    order(page, "pot", POT)


def test_a_step_that_cannot_stand_there_says_so_and_stays(page: Any) -> None:
    work_up = page.get_by_role("region", name="Work-up")
    work_up.get_by_role("button", name="Move step 3 up").click()
    work_up.get_by_text("It cannot be moved there: there is no precipitate to redisperse").wait_for()
    focused(page, "recipe.work_up[2]")
    order(page, "work_up", ["1. Centrifuge", "2. Precipitate", "3. Redisperse"])


def test_steps_come_and_go(page: Any) -> None:
    work_up = page.get_by_role("region", name="Work-up")
    work_up.get_by_label("New step of Work-up").select_option("wash")
    work_up.get_by_label("Where it goes").select_option("before 4")
    work_up.get_by_role("button", name="add a step to Work-up").click()
    count(page, "work_up", 10)
    focused(page, "recipe.work_up[3]")
    order(page, "work_up", ["1. Centrifuge", "2. Precipitate", "3. Redisperse", "4. Precipitate", "5. Redisperse"])
    work_up.get_by_role("button", name="Remove step 4").click()
    count(page, "work_up", 8)
    begin = page.get_by_label("Begin a stock solution")
    begin.fill("more")
    begin.press("Enter")
    order(page, "stocks.more", ["1. Put in 1 mL of oleic acid"])


def test_what_is_not_stated_can_be_stated(page: Any) -> None:
    step(page, "recipe.pot[6]").click()
    hold = field(page, "recipe.pot[6].hold")
    hold.fill("2 min")
    hold.press("Enter")
    order(page, "pot", [*POT, "4. Dry", "5. Inject", "6. Inject", "7. Heat to 150 °C and hold it there for 2 min."])
    page.wait_for_function("document.activeElement.closest('[data-path]')?.dataset.path === 'recipe.pot[6].hold'")


def test_a_reading_is_chosen_and_what_the_others_would_change_is_computed(page: Any) -> None:
    reading = page.locator(".reading").first
    reading.get_by_label("by mass").check()
    done(page, "1.5 times hydroiodic acid: by mass")
    reading.get_by_label("by mass: 0.16 mmol").wait_for()
    assert reading.get_by_label("by mass: 0.16 mmol").is_checked()
    reading.get_by_role("button", name="what would change").click()
    table = reading.get_by_role("table", name="1.5 times hydroiodic acid: what would change")
    table.wait_for()
    rows = [row.split("\t") for row in table.inner_text().splitlines() if "\t" in row]
    assert rows[0][1:] == ["by mass: 0.16 mmol", "by moles", "by volume"]
    edge = next(row for row in rows if row[0].startswith("Edge length"))
    assert edge[1:] == ["5.82", "5.31", "5.7"]
    reading.get_by_role("button", name="As the library reads it").click()
    page.locator(".reading").first.get_by_label("by moles: 0.3 mmol").wait_for()


def test_the_tab_has_no_serious_fault_for_those_who_do_not_see_it(page: Any, shown: Shown) -> None:
    step(page, "recipe.work_up[1]").click()
    volume = field(page, "recipe.pot[4].volume")
    volume.fill("1 mg")
    volume.press("Enter")
    page.get_by_role("button", name="Take mass: 1 mg").wait_for()
    assert grave(page, "[data-part=recipe]") == []
    page.emulate_media(color_scheme="dark")
    assert grave(page, "[data-part=recipe]", "color-contrast") == []
    page.emulate_media(color_scheme="light")
    assert not shown.said
