"""The stack: its layers drawn to scale, put in another order, made thicker and thinner, and of other materials."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from halodot.app.page.elements import element, heading, paragraph, say, sentence
from halodot.app.page.host import Host
from halodot.app.page.stack_device import DeviceProperties
from halodot.app.page.stack_given import GivenQuantities
from halodot.app.page.stack_layer import LayerItem
from halodot.app.page.stack_new import NewLayer
from halodot.app.stack.edits import move_layer
from halodot.app.stack.rows import LayerRow, drawn_heights, layer_rows
from halodot.errors import Problem
from halodot.study import Study

_HOW = (
    "From the top down, with LUMO / HOMO below vacuum or the work function in eV. Drag a layer by its name, or move it "
    "with Alt and the arrow keys; a click opens all that can be set of it. A dashed edge: not to scale."
)
_MOVED = "(event) => emit([event.detail.old, event.detail.new])"


class StackPart:
    """The tab of the stack."""

    def __init__(self, page: Host) -> None:
        """Make the tab in the present container.

        Args:
            page: that it stands on.
        """
        self._page = page
        self._items: list[LayerItem] = []
        self._shape: Any = None
        self._opened: set[str] = set()
        heading(2, "Layers")
        self._how = paragraph(_HOW, "aside")
        self._error = element("p", classes="problem", role="alert")
        self._status = element("p", classes="unseen", role="status")
        self._list = element("ol", classes="stack", data_order="", aria_label="Layers from the top down")
        self._list.on("moved", lambda event: self._moved(event.args), js_handler=_MOVED)
        self._new = NewLayer(page)
        self._device = DeviceProperties(page)
        self._given = GivenQuantities(page)
        self.refresh()

    def refresh(self) -> None:
        """Show the stack of the session's study."""
        study = self._page.opened.study
        if study is None:
            return
        rows = layer_rows(study)
        self._complain(())
        shape = tuple((row.name, row.material, row.role, row.contact, row.thickness.slides) for row in rows)
        if shape != self._shape:
            self._make(study, rows)
            self._shape = shape
        for item, row in zip(self._items, reversed(rows), strict=True):
            item.show(study, row)
        say(self._how, _HOW if rows else "The study has no device, so that there is no stack.")
        self._new.refresh(rows)
        self._device.refresh(study)
        self._given.refresh(study)

    def move(self, old: int, new: int) -> None:
        """Put a layer into another place.

        Args:
            old: its place, from the substrate up.
            new: its place afterwards.
        """
        study = self._page.opened.study
        rows = layer_rows(study) if study is not None else ()
        if not (0 <= old < len(rows) and 0 <= new < len(rows)) or old == new:
            return
        name, way = rows[old].name, "up" if new > old else "down"
        problems = self._page.opened.edit(
            lambda text, folder: move_layer(text, folder, old, new), f"moved {name} {way} in the stack"
        )
        self._complain(problems, f"{name} cannot be moved there: ")
        if not problems:
            say(self._status, f"{name} is layer {new + 1} of {len(rows)} now, counted from the bottom.")
        self._page.run(f"halodotOrder.focus({json.dumps(name)})")

    def draw(self, name: str, thickness: float) -> None:
        """Draw the layers as they would be with one of another thickness.

        Args:
            name: of the layer.
            thickness: [m].
        """
        rows = [item.row for item in self._items]
        heights = drawn_heights([thickness if row.name == name else row.thickness.value for row in rows])
        for item, (height, to_scale) in zip(self._items, heights, strict=True):
            item.draw(height, to_scale)

    def _make(self, study: Study, rows: tuple[LayerRow, ...]) -> None:
        self._list.clear()
        with self._list:
            self._items = [LayerItem(self._page, self, study, row, len(rows), self._opened) for row in reversed(rows)]

    def _moved(self, args: object) -> None:
        """A layer was dragged or moved by keys; the browser counts from the top."""
        if isinstance(args, list) and len(args) == 2 and all(type(value) is int for value in args):
            last = len(self._items) - 1
            self.move(last - args[0], last - args[1])

    def _complain(self, problems: tuple[Problem, ...], before: str = "") -> None:
        said = " ".join(map(sentence, problems))
        say(self._error, f"{before}{said}" if said else "")


def stack_part(page: Host) -> StackPart:
    """Return the tab of the stack, made in the present container.

    Args:
        page: that it stands on.
    """
    ui.add_head_html('<link rel="stylesheet" href="/static/stack.css">')
    ui.add_body_html('<script type="module" src="/static/order.js"></script>')
    return StackPart(page)
