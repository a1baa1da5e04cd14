"""One layer of the stack on the page: its slab of the drawing, its thickness, and all that can be set of it."""

from __future__ import annotations

from typing import Protocol

from halodot.app.page.elements import Field, Scale, Slider, button, element, mark, say, sentence, set_value
from halodot.app.page.host import Host
from halodot.app.page.stack_materials import MaterialChoice
from halodot.app.page.stack_properties import PropertyRows, up_to_date
from halodot.app.stack.edits import remove_layer
from halodot.app.stack.properties import layer_properties
from halodot.app.stack.rows import LayerRow, described, in_short
from halodot.errors import Problem
from halodot.names import input_text
from halodot.study import Study

#: significant digits of a thickness that is dragged
_DIGITS = 3


class Drawing(Protocol):
    """The drawing that a layer is part of."""

    def move(self, old: int, new: int) -> None:
        """Put a layer into another place."""

    def draw(self, name: str, thickness: float) -> None:
        """Draw the layers as they would be with one of another thickness."""


class LayerItem:
    """A layer in the list."""

    def __init__(self, page: Host, drawing: Drawing, study: Study, row: LayerRow, count: int, opened: set[str]) -> None:
        """Make the layer in the present container.

        Args:
            page: that it stands on.
            drawing: that it is part of.
            study: as it is read.
            row: of the layer.
            count: of all layers.
            opened: names of the layers whose properties are shown.
        """
        self.row = row
        self._page, self._drawing, self._opened, self._released = page, drawing, opened, ""
        self._drawn = (0.0, True)
        self._properties: PropertyRows | None = None
        with element("li", classes="layer", data_layer=row.name):
            with element("div", classes="line"):
                self._make_slab()
                self._slider = self._made_slider()
                self._field = Field(f"Thickness of {row.name}", row.thickness.text, self._typed, hidden_label=True)
                self._make_moves(count)
            self._panel = element("div", classes="all-of-layer", role="group", aria_label=f"All of {row.name}")
        mark(self._slab, aria_controls=f"c{self._panel.id}")
        self._show_panel(study)

    def show(self, study: Study, row: LayerRow) -> None:
        """Show the layer as the study has it.

        Args:
            study: as it is read.
            row: of the layer.
        """
        self.row = row
        say(self._short, in_short(row))
        say(self._more, described(row).removeprefix(f"{row.name}:"))
        self.draw(row.height, row.to_scale)
        up_to_date(self._field, row.thickness.text)
        if self._slider is not None:
            value, scale = row.thickness.value, self._slider.scale
            if not scale.low <= value <= scale.high:
                self._slider.scale = Scale(*row.thickness.ends)
            self._slider.show(value)
        if self._properties is not None:
            self._properties.show(layer_properties(study, row.place))

    def draw(self, height: float, to_scale: bool) -> None:
        """Draw the layer so high.

        Args:
            height: [px].
            to_scale: whether that is to scale.
        """
        if self._drawn == (height, to_scale):
            return
        self._drawn = height, to_scale
        self._slab.style(f"height:{height}px")
        self._slab.classes(add="" if to_scale else "floored", remove="floored" if to_scale else "")

    # ----------------------------------------------------------------------------------------------------- what is made

    def _make_slab(self) -> None:
        row = self.row
        self._slab = element(
            "button", classes="slab", type="button", data_handle="", aria_keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        )
        self._slab.style(f"background:{row.colour}")
        with self._slab:
            element("span", row.name, "name")
            self._short = element("span", in_short(row), "amount")
            self._more = element("span", described(row).removeprefix(f"{row.name}:"), "unseen")
        self._slab.on("click", lambda _: self._toggle(), js_handler="() => emit()")

    def _made_slider(self) -> Slider | None:
        item = self.row.thickness
        if not item.slides:
            element("span")
            return None
        return Slider(
            f"Thickness of {self.row.name}", Scale(*item.ends), item.value, self._told, self._dragged, self._let_go
        )

    def _make_moves(self, count: int) -> None:
        row = self.row
        with element("div", classes="moves"):
            up = button("\u2191", lambda: self._drawing.move(row.place, row.place + 1), f"Move {row.name} up")
            down = button("\u2193", lambda: self._drawing.move(row.place, row.place - 1), f"Move {row.name} down")
        mark(up, disabled="" if row.place == count - 1 else None)
        mark(down, disabled="" if row.place == 0 else None)

    # ------------------------------------------------------------------------------------------------------- properties

    def _toggle(self) -> None:
        study = self._page.opened.study
        self._opened ^= {self.row.name}
        if study is not None:
            self._show_panel(study)

    def _show_panel(self, study: Study) -> None:
        """Show all that can be set of the layer, or hide it."""
        row, shown = self.row, self.row.name in self._opened
        mark(self._slab, aria_expanded="true" if shown else "false")
        mark(self._panel, hidden=None if shown else "")
        self._properties = None
        self._panel.clear()
        if not shown:
            return
        with self._panel:
            MaterialChoice(self._page, row)
            self._properties = PropertyRows(self._page, layer_properties(study, row.place), row.name)
            button(f"Remove {row.name}", self._remove)
            self._refused = element("p", classes="problem", role="alert")

    def _remove(self) -> None:
        place, name = self.row.place, self.row.name
        problems = self._page.opened.edit(lambda text, folder: remove_layer(text, folder, place), f"removed {name}")
        if problems:
            say(self._refused, " ".join(map(sentence, problems)))

    # -------------------------------------------------------------------------------------------------------- thickness

    def _told(self, value: float) -> str:
        return input_text("thickness", value, "m", _DIGITS)

    def _dragged(self, value: float) -> None:
        text = self._told(value)
        if text == self._released:
            return  # the last position on the way arrives behind the one where the slider was let go
        self._released = ""
        set_value(self._field.input, text)
        self._drawing.draw(self.row.name, value)
        self._page.opened.drag(self.row.thickness.path, text)

    def _let_go(self, value: float) -> None:
        self._released = self._told(value)
        self._field.complain(self._take(self._released))

    def _typed(self, text: str) -> tuple[Problem, ...]:
        return self._take(text)

    def _take(self, text: str) -> tuple[Problem, ...]:
        opened, path, study = self._page.opened, self.row.thickness.path, self._page.opened.study
        if study is None or text.strip() == self.row.thickness.text:
            opened.follow()  # back from what was dragged
            return ()
        return opened.release(path, text, f"thickness of {self.row.name} {text}")
