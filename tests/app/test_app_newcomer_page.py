"""What somebody meets who opens the page for the first time: waiting, a whole recipe, a reagent that makes no dots."""

from __future__ import annotations

from typing import Any

import pytest
from served_page import PATIENCE, Shown, undo_all, wait_for

from halodot.app.movable import movable
from halodot.learn.knobs import knobs_of
from halodot.study import library
from halodot.study.load import from_text

DOSE = "recipe.stocks.ligand[0].amount"
#: a page that is never told what was computed
_NO_FRAMES = """Object.defineProperty(window, "halodot", {
    get: () => window.kept, set: made => { window.kept = { ...made, show() {} }; }
})"""
#: a clock by which it is soon a while ago that the page was opened
_FAST = "(() => { const now = Date.now, start = now(); Date.now = () => start + 20 * (now() - start); })()"


def test_a_number_set_to_zero_keeps_its_slider() -> None:
    text = library.study_path("paper-0.2").read_text(encoding="utf-8")
    study = from_text(text, "study", (f"{DOSE}=0 mmol",))
    assert DOSE not in knobs_of(study)
    fresh = movable(study, knobs_of(study), [DOSE], {})[DOSE]
    assert (fresh.value, fresh.low, fresh.high) == (0.0, 0.0, pytest.approx(1e-3))
    before = knobs_of(from_text(text, "study"))
    after = movable(study, knobs_of(study), [DOSE], before)[DOSE]
    assert (after.value, after.low, after.high) == (0.0, 0.0, before[DOSE].high)
    assert DOSE not in movable(study, knobs_of(study), [], before)


def test_the_page_says_that_it_waits_and_what_for(browser: Any, server: Any) -> None:
    context = browser.new_context()
    context.set_default_timeout(1e3 * PATIENCE)
    context.add_init_script(_NO_FRAMES)
    context.add_init_script(_FAST)
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_selector("#state[data-kind=busy][data-seconds]")
    wait_for(lambda: "compiles its kernels" in page.locator("#notes").inner_text())
    context.close()


def test_a_study_that_cannot_be_computed_says_why_and_marks_what_is_old(shown: Shown) -> None:
    page = shown.page
    cut = page.locator("[data-part=recipe] .steps").evaluate_all(
        "all => all.some(e => e.scrollHeight > e.clientHeight + 1)"
    )
    assert not cut  # every step stands there, without a bar to scroll within the list
    reagent = page.locator("[data-part=recipe]").get_by_label("reagent", exact=True).first
    reagent.fill("water")
    reagent.press("Enter")
    page.wait_for_selector("#state[data-kind=wrong]")
    said = page.locator("#notes li").all_inner_texts()
    assert "outside" in said[0]
    assert "too polar" in said[1]
    assert "the study before" in said[2]
    assert page.locator("html[data-old]").count() == 1
    undo_all(shown)
    assert page.locator("html[data-old]").count() == 0
