"""What follows from the study: headline numbers, remarks and panels, filled by page.js from every frame."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from halodot.app.charts import PANELS
from halodot.app.page.elements import button, element, heading

if TYPE_CHECKING:
    from halodot.app.page.layout import Page


def live_area(page: Page) -> None:
    """Make the places that page.js fills, in the present container.

    Args:
        page: that they stand on.
    """
    element("dl", classes="numbers", id_="numbers", aria_label="Headline numbers")
    element("div", classes="notes", id_="notes", role="region", aria_label="Remarks")
    with element("div", classes="tools"):
        button("Pin this result", lambda: _pin(page), label="keep this result on the page, to compare others with")
    with element("div", classes="panels"):
        for name, panel in PANELS.items():
            with element("figure", classes="panel", data_panel=name):
                heading(2, panel.title)
                element("div", classes="chart", role="img", aria_label=panel.title)
                element("p", classes="empty", hidden="")
                button("Table", lambda name=name: page.run(f"halodot.table({json.dumps(name)})"), f"{panel.title}: table")
                element("div", classes="values scroll", hidden="", tabindex=0)


def _pin(page: Page) -> None:
    """Pin the present result by its last step, which tells it from the others."""
    session = page.opened.session
    taken = {pin.name for pin in session.state.pins}
    name, number = session.present.about, 2
    while name in taken:
        name, number = f"{session.present.about} ({number})", number + 1
    page.opened.pin(name)
