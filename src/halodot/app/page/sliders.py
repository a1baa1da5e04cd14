"""Any number of the study under a slider, which the page follows while it is dragged."""

from __future__ import annotations

from dataclasses import dataclass

from halodot.app.movable import movable
from halodot.app.page.elements import (
    Field,
    Scale,
    Slider,
    button,
    element,
    heading,
    offer,
    option_list,
    options_of,
    paragraph,
    set_value,
)
from halodot.app.page.host import Host
from halodot.app.stack.written import reading_of, settable
from halodot.errors import Problem
from halodot.learn.knobs import Knob
from halodot.names import input_text

#: significant digits of a dragged number
_DIGITS = 4
#: times a value that a slider reaches where nothing is known of its range, down and up
_REACH = 2.0


@dataclass
class _Row:
    """One slider on the page."""

    knob: Knob
    slider: Slider
    field: Field
    released: str = ""  # where it was let go last
    held: int | None = None  # the position of that, which the browser has, or one after it


class Sliders:
    """The numbers that stand under a slider."""

    def __init__(self, page: Host) -> None:
        """Make the sliders in the present container.

        Args:
            page: that they stand on.
        """
        self._page = page
        self._rows: dict[str, _Row] = {}
        self._knobs: dict[str, Knob] = {}
        heading(2, "Sliders")
        self._box = element("div", classes="sliders")
        self._add = Field("Put a number under a slider", "", self._added, hint="a path such as those of --set")
        self._known = option_list("datalist")
        self._add.input.props["list"] = f"c{self._known.id}"
        self.refresh()

    def refresh(self) -> None:
        """Show the sliders of the session, at the study's values."""
        opened = self._page.opened
        study = opened.study
        if study is None:
            return
        self._knobs = movable(study, reading_of(study).knobs, opened.state.sliders, self._knobs)
        shown = tuple(path for path in opened.state.sliders if path in self._knobs)
        if tuple(self._rows) != shown or any(
            row.knob.unit != self._knobs[path].unit for path, row in self._rows.items()
        ):
            self._make(shown)
        for path, row in self._rows.items():
            knob = self._knobs[path]
            if row.held is not None and abs(row.slider.scale.position(knob.value) - row.held) <= 1:
                row.slider.tell(knob.value)  # an arrow key that is held down may have moved it on since
            else:
                row.held = None
                row.slider.show(knob.value)
            row.field.show(_text(knob, knob.value))
        self._propose()

    def _make(self, paths: tuple[str, ...]) -> None:
        self._box.clear()
        self._rows = {}
        with self._box:
            if not paths:
                paragraph("No number stands under a slider yet.", "aside")
            for path in paths:
                self._rows[path] = self._row(path, self._knobs[path])

    def _row(self, path: str, knob: Knob) -> _Row:
        with element("div", classes="slider", data_path=path):
            element("span", knob.called, "name")
            slider = Slider(
                knob.called,
                scale_of(knob),
                knob.value,
                lambda value: _text(knob, value),
                lambda value: self._dragged(path, value),
                lambda value: self._released(path, value),
            )
            field = Field(knob.called, _text(knob, knob.value), lambda text: self._typed(path, text), hidden_label=True)
            button("\u00d7", lambda: self._page.put_under_a_slider(path), f"remove the slider of {knob.called}")
        return _Row(knob, slider, field)

    def _dragged(self, path: str, value: float) -> None:
        row = self._rows[path]
        text = _text(row.knob, value)
        if text == row.released:
            return  # the last position on the way arrives behind the one where the slider was let go
        set_value(row.field.input, text)
        self._page.opened.drag(self._set_by(path), text)

    def _released(self, path: str, value: float) -> None:
        row = self._rows[path]
        text = _text(row.knob, value)
        row.released, row.held = text, row.slider.scale.position(value)
        row.field.complain(self._page.opened.release(self._set_by(path), text, f"{row.knob.called} {text}"))

    def _typed(self, path: str, text: str) -> tuple[Problem, ...]:
        return self._page.opened.release(self._set_by(path), text, f"{self._rows[path].knob.called} {text}")

    def _set_by(self, path: str) -> str:
        """Return by which path a number is set, which is another where a parameter stands over it."""
        study = self._page.opened.study
        return path if study is None else settable(study, path)

    def _added(self, text: str) -> tuple[Problem, ...]:
        path = text.strip()
        if not path:
            return ()
        if path not in self._knobs:
            return (Problem(f"there is no number {path!r} that can be moved; choose one of the list"),)
        self._add.show("")
        if path not in self._page.opened.state.sliders:
            self._page.put_under_a_slider(path)
        return ()

    def _propose(self) -> None:
        """Offer every number that can be moved in the list of the field."""
        offer(self._known, options_of((path, knob.called) for path, knob in self._knobs.items()))


def scale_of(knob: Knob) -> Scale:
    """Return the scale of the slider of a number: its plausible range, widened to hold its value.

    Args:
        knob: the number.
    """
    low, high = min(knob.low, knob.value), max(knob.high, knob.value)
    if not low < high:
        spread = abs(knob.value) or 1.0
        low, high = knob.value - spread / _REACH, knob.value + spread * (_REACH - 1.0)
    return Scale(low, high)


def _text(knob: Knob, value: float) -> str:
    return input_text(knob.path, value, knob.unit, _DIGITS)
