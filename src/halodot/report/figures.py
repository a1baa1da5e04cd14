"""Every figure by its name: one kind of curve, of one result or of several beside one another."""

from __future__ import annotations

import difflib
import gc
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halodot.errors import InputError
from halodot.outputs import write_bytes
from halodot.report import figures_device, figures_flow, figures_light
from halodot.report.kinds import KINDS, Kind
from halodot.report.measured import COLUMNS, Points, overlay, shows
from halodot.report.style import FORMATS, WIDTH, house_style, inlined_svg, note, rendered, save
from halodot.results.data import Result
from halodot.study.formulas import with_subscripts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from halodot.learn.thickness import BestThickness

__all__ = ["KINDS", "DrawnFigure", "draw", "kinds_of", "pictures", "plot", "save", "title_of", "write_figures"]


@dataclass(frozen=True)
class DrawnFigure:
    """A figure as an ``<svg>`` element of a page, and the files that it was written to."""

    element: str
    paths: tuple[Path, ...] = ()


def title_of(result: Result) -> str:
    """Return what a result is called on its page and in its figures."""
    title = result.study.title.strip() or result.study.name or "untitled study"
    return with_subscripts(title.encode("utf-8", "backslashreplace").decode())


def plot(result: Result | BestThickness, kind: str = "", voltage: float | None = None, width: float = WIDTH) -> Figure:
    """Return a figure of a result, or the map of the best thicknesses.

    Args:
        result: what was computed, or what :func:`halodot.learn.best_thickness` found.
        kind: of the figure, a key of :data:`KINDS`; the map of the best thicknesses is the only one of them.
        voltage: for profiles, the solved bias point nearest to it [V] in place of the usual one.
        width: of the figure [mm]; 85 is one column of a journal, 170 both.

    Raises:
        InputError: there is no such figure, or the result does not have what it shows.
    """
    if isinstance(result, Result):
        return draw(kind, {title_of(result): result}, voltage, width=width)
    if kind or voltage is not None:
        raise InputError("the best thicknesses have one figure, their map, and no voltage to choose")
    with house_style(width):
        return figures_light.thickness_map(result)


def kinds_of(result: Result) -> tuple[str, ...]:
    """Return the kinds of figure that this result can show."""
    return tuple(name for name, kind in KINDS.items() if kind.pick(result) is not None)


def draw(
    kind: str,
    results: Mapping[str, Result],
    voltage: float | None = None,
    measured: Mapping[str, Points] | None = None,
    width: float = WIDTH,
) -> Figure:
    """Return a figure of one kind with the curves of every named result that has them, and measured points over them.

    Args:
        kind: a key of :data:`KINDS`.
        results: results by the name that the legend shows; those that lack the curve are named below the panels.
        voltage: for profiles, the solved bias point nearest to it [V] in place of the usual one.
        measured: columns of points by the name that the legend shows: voltage [V], current_density [A/m2],
            luminance [cd/m2], eqe [1], current_efficiency [cd/A], power_efficiency [lm/W], wavelength [m], intensity.
        width: of the figure [mm]; 85 is one column of a journal, 170 both.

    Raises:
        InputError: there is no such kind, nothing given has what it shows, or it has no bias to choose.
    """
    entry = _entry(kind)
    picked = {name: entry.pick(result) for name, result in results.items()}
    drawn = {name: item for name, item in picked.items() if item is not None}
    missing = [name for name in picked if name not in drawn]
    points = _points(kind, entry, measured or {})
    if not drawn and not points:
        names = ", ".join((*missing, *(measured or {}))) or "no result was given"
        raise InputError(f"nothing to draw in the figure {kind!r}: {entry.needs} in {names}")
    if voltage is not None:
        drawn = {name: _moved(kind, item, voltage) for name, item in drawn.items()}
    if not 40.0 <= width <= 400.0:
        raise InputError(f"a figure is between 40 and 400 mm wide, not {width:g}")
    with house_style(width):
        figure = entry.draw(drawn)
        if measured:
            overlay(figure, entry.axes, measured, list(drawn))
        if missing:
            note(figure, f"Not drawn ({entry.needs}): {', '.join(missing)}")
    return figure


def _entry(kind: str) -> Kind:
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no figure {kind!r}; the figures are {', '.join(KINDS)}.{hint}")
    return KINDS[kind]


def _points(kind: str, entry: Kind, measured: Mapping[str, Points]) -> bool:
    """Return whether measured points have a place in a figure, having refused what no figure shows."""
    unknown = {name for points in measured.values() for name in points} - set(COLUMNS)
    if unknown:
        raise InputError(f"measured points have the columns {', '.join(COLUMNS)}, not {', '.join(sorted(unknown))}")
    if measured and not entry.axes:
        able = ", ".join(name for name, other in KINDS.items() if other.axes)
        raise InputError(f"the figure {kind!r} shows no measured points; these do: {able}")
    return any(shows(entry.axes, points) for points in measured.values())


def pictures(
    results: Mapping[str, Result],
    kinds: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda text: None,
    shown_in: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, str]:
    """Return figures as ``<svg>`` elements of a page, with ids that begin with their kind.

    Args:
        results: results by the name that the legends show.
        kinds: which figures; all that at least one of the results can show where nothing is said.
        progress: called with the kind of the figure that is drawn next.
        shown_in: kind -> the results that it compares; all of them where a kind is not named.

    Returns:
        The elements by kind, in the order of the kinds.
    """
    drawn = {}
    with _no_collection():
        for kind, named in _chosen(results, kinds, shown_in):
            progress(kind)
            drawn[kind] = inlined_svg(rendered(draw(kind, named), ("svg",))[0], kind, KINDS[kind].caption)
    return drawn


def _chosen(
    results: Mapping[str, Result], kinds: Sequence[str] | None, shown_in: Mapping[str, Sequence[str]] | None
) -> Iterator[tuple[str, dict[str, Result]]]:
    """Yield every kind that is drawn, with the results that it shows."""
    if kinds is None:
        possible = {kind for result in results.values() for kind in kinds_of(result)}
        kinds = [kind for kind in KINDS if kind in possible]
    for kind in kinds:
        yield kind, {name: results[name] for name in (shown_in or {}).get(kind, tuple(results))}


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let figures, which are full of circles, pile up for a moment: looking for them takes as long as drawing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _moved(kind: str, item: Any, voltage: float) -> figures_device.Point | figures_flow.FlowPoint:
    if not isinstance(item, figures_device.Point | figures_flow.FlowPoint):
        raise InputError(f"the figure {kind!r} shows no single voltage; bands, profiles, recombination and flow do")
    if not math.isfinite(voltage):
        raise InputError(f"the voltage must be finite, not {voltage}")
    if isinstance(item, figures_flow.FlowPoint):
        return figures_flow.flow_at_voltage(item, voltage)
    return figures_device.at_voltage(item, voltage)


def write_figures(
    results: Mapping[str, Result],
    folder: str | os.PathLike[str],
    progress: Callable[[str], None] = lambda text: None,
    shown_in: Mapping[str, Sequence[str]] | None = None,
    formats: Sequence[str] = ("svg",),
    width: float = WIDTH,
    kinds: Sequence[str] | None = None,
) -> dict[str, DrawnFigure]:
    """Write every figure that at least one of the results can show, and return them for a page, too.

    Args:
        results: results by the name that the legends show.
        folder: made if it does not exist; figures of an earlier call are replaced or removed.
        progress: called with the kind of the figure that is drawn next.
        shown_in: kind -> the results that it compares; all of them where a kind is not named.
        formats: of the files, any of "svg", "pdf" and "png".
        width: of the files' figures [mm]; those of the page are always one column wide.
        kinds: which figures; all that at least one of the results can show where nothing is said.

    Returns:
        Elements of a page and paths by kind.

    Raises:
        InputError: there is no such format.
    """
    if unknown := set(formats) - set(FORMATS):
        raise InputError(f"figures are written as {', '.join(FORMATS)}, not as {', '.join(sorted(unknown))}")
    home = Path(folder)
    home.mkdir(exist_ok=True)
    for kind in KINDS if kinds is None else kinds:
        for ending in FORMATS:
            (home / f"{kind}.{ending}").unlink(missing_ok=True)
    written = {}
    with _no_collection():
        for kind, named in _chosen(results, kinds, shown_in):
            progress(kind)
            files = rendered(draw(kind, named, width=width), tuple(dict.fromkeys(("svg", *formats))))
            vector = files[0] if width == WIDTH else rendered(draw(kind, named), ("svg",))[0]
            made = dict(zip(dict.fromkeys(("svg", *formats)), files))
            for ending in formats:
                write_bytes(home / f"{kind}.{ending}", made[ending])
            paths = tuple(home / f"{kind}.{ending}" for ending in formats)
            written[kind] = DrawnFigure(inlined_svg(vector, kind, KINDS[kind].caption), paths)
    return written
