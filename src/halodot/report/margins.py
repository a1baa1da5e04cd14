"""Where the panels of a figure stand: as large as their labels leave them, found in one pass over the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine

_PASSES = 3
_SAME = 0.03  # of a figure's size, by which a panel may change without other numbers at its axes
#: what the labels of an ordinary panel take; from there one pass is mostly enough
_USUAL = np.array([10.0, 0.7, 7.6, 0.0]) / 25.4  # inch: left, right, below, above


@contextmanager
def marks_found_once(figure: Figure) -> Iterator[None]:
    """Let every axis find its marks once, in place of eight times a picture, in a block that changes no limit.

    Args:
        figure: whose panels keep their size in the block.
    """
    panels = [panel for axes in figure.axes for panel in (axes, *axes.child_axes)]
    every: list[Any] = [axis for panel in panels for axis in panel._axis_map.values()]
    for axis in every:
        _find_once(axis)
    try:
        yield
    finally:
        for axis in every:
            del axis._update_ticks, axis._get_ticklabel_bboxes


def _find_once(axis: Any) -> None:
    """Put before two methods of an axis what remembers their answers: the marks, and the boxes of their numbers."""
    find, measure = axis._update_ticks, axis._get_ticklabel_bboxes
    marks: list[Any] = []
    boxes: list[Any] = []  # with the renderer and the resolution that they hold for

    def remembered() -> Any:
        if not marks:
            marks.append(find())
        return marks[0]

    def measured(ticks: Any, renderer: Any) -> Any:
        if ticks is not remembered():
            return measure(ticks, renderer)
        at = axis.get_figure(root=True).dpi
        if not boxes or boxes[0] is not renderer or boxes[1] != at:
            boxes[:] = renderer, at, measure(ticks, renderer)
        return boxes[2]

    axis._update_ticks, axis._get_ticklabel_bboxes = remembered, measured


class StyledFigure(Figure):
    """A figure that is written in the style it was drawn in, whatever matplotlib's settings are by then."""

    def __init__(self, *arguments: Any, style: Callable[[], AbstractContextManager[None]], **words: Any) -> None:
        """Args: ``style`` returns the context to write in; the others are those of matplotlib's Figure."""
        super().__init__(*arguments, **words)
        self._style = style

    def savefig(self, *arguments: Any, **words: Any) -> None:
        """Write the figure, as matplotlib's Figure does."""
        with self._style():
            super().savefig(*arguments, **words)


class Margins(LayoutEngine):
    """Panels of one size in rows and columns, with the room that their labels, the legend and the notes take.

    matplotlib's constrained layout finds the same places by linear programming, ten times as slowly.
    """

    _adjust_compatible = False
    _colorbar_gridspec = True

    def __init__(self, border: float, gap: float) -> None:
        """Args: ``border`` around the figure and ``gap`` between panels and legend, both in inch."""
        super().__init__()
        self._params = {"border": border, "gap": gap}

    def set(self, **changes: float) -> None:
        """Change the border or the gap [inch]."""
        self._params.update(changes)

    def execute(self, fig: Figure) -> None:
        """Place the panels of a figure, and once more where that changed which numbers their axes show."""
        renderer = fig._get_renderer()  # type: ignore[attr-defined]
        shown = [axes for axes in fig.axes if axes.get_subplotspec() is not None and axes.get_visible()]
        if shown:
            shape = shown[0].get_subplotspec().get_gridspec().get_geometry()  # type: ignore[union-attr]
            self._place(fig, shown, np.tile(_USUAL[:, None], max(shape)), shape, renderer)
        for _ in range(_PASSES if shown else 0):
            before = shown[0].get_position()
            self._pass(fig, shown, renderer)
            after = shown[0].get_position()
            if abs(after.width - before.width) < _SAME and abs(after.height - before.height) < _SAME:
                return

    def _pass(self, fig: Figure, shown: list[Axes], renderer: Any) -> None:
        rows, columns = shown[0].get_subplotspec().get_gridspec().get_geometry()  # type: ignore[union-attr]
        room = np.zeros((4, max(rows, columns)))  # left and right by column, below and above by row, in pixels
        with marks_found_once(fig):
            reaches = [_labels(axes, renderer) for axes in shown]
        for axes, (left, right, below, above) in zip(shown, reaches):
            place = axes.get_subplotspec()
            assert place is not None
            for side, index, size in (
                (0, place.colspan.start, left),
                (1, place.colspan.stop - 1, right),
                (2, place.rowspan.stop - 1, below),
                (3, place.rowspan.start, above),
            ):
                room[side, index] = max(room[side, index], size)
        self._place(fig, shown, room / fig.dpi, (rows, columns), renderer)

    def _place(self, fig: Figure, shown: list[Axes], room: Any, shape: tuple[int, int], renderer: Any) -> None:
        rows, columns = shape
        wide, high = (float(size) for size in fig.get_size_inches())
        border, gap = self._params["border"], self._params["gap"]
        top, bottom = (_outside(fig, side, renderer) / fig.dpi for side in ("top", "bottom"))
        width = (wide - 2.0 * border - (columns - 1) * gap - np.sum(room[:2, :columns])) / columns
        free = high - (top + gap if top else border) - (bottom + gap if bottom else border)
        height = (free - (rows - 1) * gap - np.sum(room[2:, :rows])) / rows
        if width <= 0.0 or height <= 0.0:
            return
        x0 = border + np.cumsum(room[0, :columns]) + np.arange(columns) * (width + gap) + _before(room[1, :columns])
        above = (top + gap if top else border) + np.cumsum(room[3, :rows]) + _before(room[2, :rows])
        y1 = high - above - np.arange(rows) * (height + gap)
        for axes in shown:
            place = axes.get_subplotspec()
            assert place is not None
            row, column = place.rowspan.start, place.colspan.start
            last, furthest = place.rowspan.stop - 1, place.colspan.stop - 1
            left, right = x0[column], x0[furthest] + width
            axes._set_position(  # type: ignore[attr-defined]
                ((left / wide), (y1[last] - height) / high, (right - left) / wide, (y1[row] - y1[last] + height) / high)
            )


def _before(sizes: Any) -> Any:
    """Return the sum of what stands before each entry."""
    return np.concatenate(([0.0], np.cumsum(sizes)[:-1]))


def _labels(axes: Axes, renderer: Any) -> tuple[float, float, float, float]:
    """Return how far what belongs to a panel reaches beyond it: left, right, below, above [pixels]."""
    axes.apply_aspect()
    own = axes.get_window_extent(renderer)
    texts = [axes.title, *(getattr(axes, name) for name in ("_left_title", "_right_title")), *axes.texts]
    boxes = [axis.get_tightbbox(renderer) for axis in (axes.xaxis, axes.yaxis) if axis.get_visible()]
    boxes += [text.get_window_extent(renderer) for text in texts if text.get_text() and text.get_visible()]
    seen = [box for box in boxes if box is not None and np.isfinite([box.x0, box.y0]).all()]
    return (
        max([own.x0 - box.x0 for box in seen] + [0.0]),
        max([box.x1 - own.x1 for box in seen] + [0.0]),
        max([own.y0 - box.y0 for box in seen] + [0.0]),
        max([box.y1 - own.y1 for box in seen] + [0.0]),
    )


def _outside(fig: Figure, side: str, renderer: Any) -> float:
    """Return how much of the figure's height legends above or notes below the panels take [pixels]."""
    if side == "top":
        boxes = [legend.get_window_extent(renderer) for legend in fig.legends]
        return max((fig.bbox.y1 - box.y0 for box in boxes), default=0.0)
    note = fig._supxlabel  # type: ignore[attr-defined]
    return note.get_window_extent(renderer).y1 - fig.bbox.y0 if note is not None and note.get_text() else 0.0
