"""How every figure looks, one journal column wide, and how it becomes files."""

from __future__ import annotations

import io
import math
import os
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from halodot.outputs import write_bytes
from halodot.report.svg import GROUND, compact, inlined
from halodot.states import Array

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D

#: units of the figures, in SI
NANOMETRE = 1e-9  # m
NANOSECOND = 1e-9  # s
MILLIAMPERE_PER_CM2 = 10.0  # A/m2
PER_CM3 = 1e6  # 1/m3
HOUR = 3600.0  # s
WIDTH = 85.0  # mm, one column of a journal
WIDE = 170.0  # mm, both columns
HEIGHT = 65.0  # mm, one panel without its legend
FONT = 7.0  # pt, the smallest text in any figure
LEGEND_ROW = 3.6  # mm
MILLIMETRE = 1.0 / 25.4  # inch
#: Okabe and Ito's colours that stand out on white, strongest first
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#7F7F7F"
AREAS = (*COLOURS, "#F0E442", "#BFBFBF")  # of filled areas, where yellow and light grey can be seen
LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (5, 1.5, 1, 1.5)),
    (0, (1.2, 1.2)),
    (0, (7, 2, 1, 2, 1, 2)),
    (0, (9, 1.5)),
)
MARKERS = ("o", "s", "^", "D", "v", "P")  # of measured points
HATCHES = ("", "////", "xxxx", "\\\\\\\\", "----", "||||")  # lines only: a dot is thirty points of a vector figure
FORMATS = ("svg", "pdf", "png")
#: decades below its maximum that a current or a luminance is followed
DECADES = 9.0
_RESOLUTION = 300
_MARKED_DECADES = 5  # up to which there are marks between the powers of ten
#: powers of ten in view from which an axis needs no marks between them
_ENOUGH = 3
#: the blank between a number and its unit, where a line does not end
_NUMBER_AND_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|°C|degC|[kMmµun]?(?:m|V|s|g|L|mol|eV|A|W)[²³2]?\b|(?:cd|lm|mA|h|min|day|K)\b|[a-zA-Zµ]+/))"
)
_FONTS = "Arial, Helvetica, 'DejaVu Sans', sans-serif"  # narrower than that of the layout, so that all texts fit
_MOST_COLUMNS = 4
_FEWEST_OF_A_LINE = 4  # points; fewer are marked, so that a lone one can be seen
_ENTRIES, _ROOM = "halodot_entries", "halodot_room"  # what a legend remembers of itself: entries, and its height [mm]
_BORDER, _GAP = 0.07, 0.05  # inch
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SETTINGS: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "svg.fonttype": "none",  # text stays text
    "font.size": FONT,
    "axes.labelsize": FONT,
    "axes.titlesize": FONT,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    **{
        f"{axis}tick.{what}": value
        for axis in "xy"
        for what, value in (
            ("direction", "in"),
            ("major.width", 0.6),
            ("major.size", 2.5),
            ("minor.width", 0.5),
            ("minor.size", 1.5),
        )
    },
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "legend.fontsize": FONT,
    "hatch.linewidth": 0.4,
    "svg.hashsalt": "halodot",
    "pdf.fonttype": 42,  # letters stay letters in a journal's programs
    "savefig.dpi": _RESOLUTION,
}


@contextmanager
def house_style(width: float = WIDTH) -> Iterator[None]:
    """Draw with matplotlib's defaults and the house's sizes, whatever the caller has set, and leave that as it was.

    Args:
        width: of the figures that are made meanwhile [mm].
    """
    import matplotlib.style

    settings = {**_SETTINGS, "figure.figsize": (width * MILLIMETRE, HEIGHT * MILLIMETRE)}
    with matplotlib.style.context(["default", settings]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a title in a script the font lacks
        yield


def panels(
    count: int = 1,
    height: float = HEIGHT,
    share_x: bool = True,
    projection: str = "rectilinear",
    columns: int | None = None,
    width: float | None = None,
    colour_bar: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels, below one another in one column of a journal and side by side in two.

    Args:
        count: number of panels.
        height: height of one panel [mm].
        share_x: whether the panels have one horizontal axis.
        projection: "rectilinear" or "polar".
        columns: panels that stand side by side; as many as the width has columns of a journal if nothing is said.
        width: of the whole figure [mm]; that of :func:`house_style` if nothing is said.
        colour_bar: whether a bar of colours stands beside a panel, which takes longer to lay out.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from halodot.report.margins import Margins, StyledFigure

    across = matplotlib.rcParams["figure.figsize"][0] / MILLIMETRE if width is None else width
    columns = (min(count, 2) if across > 1.5 * WIDTH else 1) if columns is None else columns
    rows = math.ceil(count / columns)
    size = (across * MILLIMETRE, rows * height * MILLIMETRE)
    layout = ConstrainedLayoutEngine(w_pad=_BORDER) if colour_bar else Margins(_BORDER, _GAP)
    figure = StyledFigure(figsize=size, dpi=_RESOLUTION, layout=layout, style=house_style)
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, sharex=share_x, squeeze=False, subplot_kw={"projection": projection})
    axes = list(grid.flat)[:count]
    for empty in list(grid.flat)[count:]:
        empty.remove()
    for item in axes:
        item.tick_params(labelsize=FONT)  # also where it is drawn with other settings
    return figure, axes


def label_below(axes: Sequence[Axes], text: str) -> None:
    """Name the horizontal axis, unit in brackets, of every panel that has no other below it."""
    lowest = {}
    for panel in axes:
        place = panel.get_subplotspec()
        if place is not None:
            lowest[place.colspan.start] = panel
    for panel in lowest.values():
        panel.set_xlabel(text)
        panel.tick_params(axis="x", which="both", labelbottom=True)


def _letters(figure: Figure, count: int) -> int:
    """Return how many letters fit where ``count`` do in a figure that is one column wide."""
    return int(count * float(figure.get_figwidth()) / (WIDTH * MILLIMETRE))


def label(axes: Axes, horizontal: str = "", vertical: str = "") -> None:
    """Name the axes, unit in brackets."""
    if horizontal:
        axes.set_xlabel(horizontal)
    if vertical:
        axes.set_ylabel(vertical)


def logarithmic(axes: Axes, which: Literal["x", "y"]) -> None:
    """Make an axis logarithmic, marked with powers of ten, where there is a number that has a logarithm."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    data = [np.asarray(line.get_xdata() if which == "x" else line.get_ydata(), float) for line in axes.get_lines()]
    if not any(np.any(values > 0.0) for values in data):
        return
    if which == "x":
        axes.set_xscale("log", nonpositive="mask")
    else:
        axes.set_yscale("log", nonpositive="mask")
    axis = axes.xaxis if which == "x" else axes.yaxis

    def between(value: float, place: int | None) -> str:
        low, high = sorted(axis.get_view_interval())
        decades_in_view = math.floor(math.log10(high)) - math.ceil(math.log10(low)) + 1 if low > 0.0 else _ENOUGH
        marked = (
            "235" if high < 12.0 * low else "25" if decades_in_view < 2 else "3" if decades_in_view < _ENOUGH else ""
        )
        return times_power_of_ten(value) if f"{value:e}"[0] in marked else ""

    axis.set_major_formatter(FuncFormatter(lambda value, place: power_of_ten(value)))
    axis.set_minor_formatter(FuncFormatter(between))
    # Every mark is an artist, and all nine take a third of the time: three, and none where powers of ten are many.
    axis.set_minor_locator(LogLocator(subs=(2.0, 3.0, 5.0), numticks=_MARKED_DECADES))


def decades(axes: Axes, most: float = DECADES) -> None:
    """Make the vertical axis logarithmic, down to where its numbers mean something.

    Args:
        axes: with the curves.
        most: decades below the highest value that are shown.
    """
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()] or [np.zeros(0)])
    values = values[np.isfinite(values) & (values > 0.0)]
    logarithmic(axes, "y")
    if values.size and axes.get_yscale() == "log":
        shaded = [np.asarray(path.vertices)[:, 1] for band in axes.collections for path in band.get_paths()]
        top = float(np.nanmax(np.concatenate([values, *shaded])))
        axes.set_ylim(max(0.5 * float(np.min(values)), top * 10.0**-most), 3.0 * top)


def times_power_of_ten(value: float) -> str:
    """Return a mark between two powers of ten as text: 20, 0.03, 2·10²¹."""
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    if -3 <= int(exponent) <= 3:
        return f"{value:.3g}"
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPT)}"


def power_of_ten(value: float) -> str:
    """Return a power of ten as text, 1 and its neighbours as plain numbers."""
    exponent = round(math.log10(value)) if value > 0.0 else 0
    if 0 <= exponent <= 1:
        return "1" if exponent == 0 else "10"
    return "10" + str(exponent).translate(SUPERSCRIPT)


def look(index: int, points: bool = False) -> dict[str, Any]:
    """Return the properties of the series with this number: colour and dash of a line, colour and marker of points."""
    colour = COLOURS[index % len(COLOURS)]
    if not points:
        return {"color": colour, "linestyle": LINES[index % len(LINES)], "linewidth": 1.1}
    return {
        "color": colour,
        "linestyle": "none",
        "marker": MARKERS[index % len(MARKERS)],
        "markersize": 3.2,
        "markerfacecolor": "white",
        "markeredgewidth": 0.8,
    }


def curve(axes: Axes, x: Array, y: Array, index: int, points: bool = False) -> Line2D:
    """Draw one series and return its line: a model's has no markers, unless it has too few points to be one.

    Args:
        axes: to draw into.
        x: (point,) in the axis's unit.
        y: (point,) in the axis's unit.
        index: number of the series.
        points: whether the points were measured and are marked, with no line between them.
    """
    count = int(np.sum(np.isfinite(x) & np.isfinite(y)))
    properties = look(index, points or count < _FEWEST_OF_A_LINE)
    if not points:
        properties["linestyle"] = LINES[index % len(LINES)]
    (line,) = axes.plot(x, y, **properties)
    return line


def shown(text: str, width: int = 48) -> str:
    """Return a user's text as a label can show it: on lines of at most ``width`` letters, never empty."""
    return "\n".join(_folded(text, width, 3)) or "(no title)"


def _folded(text: str, width: int, most: int) -> list[str]:
    """Return a text on lines, which end neither between a number and its unit nor at a hyphen."""
    whole = _NUMBER_AND_UNIT.sub("\u00a0", " ".join(text.split()))
    lines = textwrap.wrap(whole, width, max_lines=most, placeholder=" ...", break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def tagged(name: str, value: float, form: str) -> str:
    """Return a name with a number behind it, ``form`` saying how; the name alone where there is no number."""
    return f"{name}: {form.format(value)}" if math.isfinite(value) else name


def legend(figure: Figure, handles: Sequence[Artist], names: Sequence[str]) -> None:
    """Put series into the legend above the panels, behind those that stand there, and make room for it.

    It has as many columns as fit; the figure grows, so that the panels keep their size.

    Args:
        figure: of :func:`panels`.
        handles: one a series.
        names: what the series are called, any text.
    """
    former = list(figure.legends)
    entries: list[tuple[Artist, str]] = [entry for box in former for entry in getattr(box, _ENTRIES)]
    for box in former:
        grow(figure, -getattr(box, _ROOM))
        box.remove()
    entries += zip(handles, names)
    most = min(len(entries), _MOST_COLUMNS if figure.get_figwidth() < 1.5 * WIDTH * MILLIMETRE else 2 * _MOST_COLUMNS)
    for columns, letters in [(count, 48) for count in range(most, 0, -1)] + [(1, 36), (1, 26)]:
        texts = [shown(name, letters) for _, name in entries]
        box = _legend_box(figure, [handle for handle, _ in entries], texts, columns)
        if box.get_window_extent().width <= figure.bbox.width or letters == 26:
            setattr(box, _ENTRIES, entries)
            setattr(box, _ROOM, LEGEND_ROW * _depth(texts, columns))
            grow(figure, getattr(box, _ROOM))
            return
        box.remove()


def _legend_box(figure: Figure, handles: Sequence[Artist], texts: Sequence[str], columns: int) -> Legend:
    box = figure.legend(
        handles,
        [str(number) for number in range(len(texts))],  # the texts themselves may look like formulas or start with "_"
        loc="outside upper center",
        ncols=columns,
        frameon=False,
        handlelength=2.6,
        columnspacing=1.2,
        labelspacing=0.3,
        borderaxespad=0.2,
    )
    for entry, text in zip(box.get_texts(), texts):
        entry.set_parse_math(False)
        entry.set_text(text)
    return box


def _depth(texts: Sequence[str], columns: int) -> int:
    """Count the lines of the deepest legend column, which matplotlib fills one after the other."""
    rows, longer = divmod(len(texts), columns)
    depth, start = 0, 0
    for column in range(columns):
        stop = start + rows + (1 if column < longer else 0)
        depth = max(depth, sum(text.count("\n") + 1 for text in texts[start:stop]))
        start = stop
    return depth


def heading(axes: Axes, text: str) -> None:
    """Write what a panel shows above its left corner."""
    figure, place = axes.get_figure(root=True), axes.get_subplotspec()
    columns = 1 if place is None else place.get_gridspec().ncols
    letters = 52 if figure is None else _letters(figure, 52) // columns
    axes.set_title(shown(text, letters), loc="left", pad=3.0).set_parse_math(False)


def grow(figure: Figure, millimetres: float) -> None:
    """Make a figure higher."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + millimetres * MILLIMETRE)


def note(figure: Figure, text: str) -> None:
    """Write a remark below the panels, under those that stand there already."""
    earlier = figure.get_supxlabel()
    lines = _folded(text, _letters(figure, 62), 4)
    whole = "\n".join([earlier, *lines] if earlier else lines)
    written = figure.supxlabel(whole, fontsize=FONT, color=GREY)
    written.set_parse_math(False)
    grow(figure, LEGEND_ROW * len(lines))


def save(figure: Figure, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write a figure as PNG (300 dots an inch) and SVG, each either whole or absent, the same bytes every time.

    Args:
        figure: what to write.
        path: the file without its ending; ".png" and ".svg" are put behind it, or replaced by one another.

    Returns:
        The two paths.
    """
    written = files_of(path)
    for place, content in zip(written, rendered(figure, ("png", "svg"))):
        write_bytes(place, content)
    return written


def files_of(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Return the two files that a figure becomes.

    Args:
        path: as :func:`save` takes it.
    """
    target = Path(path)
    stem = target.stem if target.suffix in (".png", ".svg") else target.name
    return target.with_name(f"{stem}.png"), target.with_name(f"{stem}.svg")


def save_as(figure: Figure, stem: Path, endings: Sequence[str]) -> tuple[Path, ...]:
    """Write a figure in several formats, each either whole or absent, the same bytes every time.

    Args:
        figure: what to write.
        stem: path without an ending.
        endings: of "png", "svg" and "pdf".

    Returns:
        The paths, in the order of the endings.
    """
    paths = [stem.with_name(f"{stem.name}.{ending}") for ending in endings]
    for path, content in zip(paths, rendered(figure, endings)):
        write_bytes(path, content)
    return tuple(paths)


def inline_svg(figure: Figure, name: str, label: str) -> str:
    """Return a figure as an ``<svg>`` element of an HTML page, for light and dark.

    Args:
        figure: what to write; it has no width of its own and fills the place that the page gives it.
        name: prefix of every id in it, unlike that of the other figures of the page.
        label: what the figure shows, for those who cannot see it.
    """
    return inlined_svg(rendered(figure, ("svg",))[0], name, label)


def inlined_svg(content: bytes, name: str, label: str) -> str:
    """Return the content of an SVG file of :func:`rendered` as :func:`inline_svg` does."""
    return inlined(content.decode("utf-8"), name, label)


def rendered(figure: Figure, endings: Sequence[str]) -> list[bytes]:
    """Return a figure as files of several formats, laid out once for all, and each drawn once (savefig draws twice).

    Args:
        figure: what to draw.
        endings: of :data:`FORMATS`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from halodot.report.margins import marks_found_once

    with house_style():
        engine = figure.get_layout_engine()
        FigureCanvasAgg(figure)
        if engine is not None:
            engine.execute(figure)
        figure.set_layout_engine("none")
        dots, written = figure.dpi, []
        with marks_found_once(figure):
            for ending in endings:
                written.append(_WRITERS[ending](figure))
                figure.set_dpi(dots)  # vector formats leave their own
        figure.set_layout_engine(engine)
        FigureCanvasAgg(figure)
    return written


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    written = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(written, metadata={"Software": "halodot"})
    return written.getvalue()


def _svg(figure: Figure) -> bytes:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = io.BytesIO()
    for number, ground in enumerate((figure.patch, *(axes.patch for axes in figure.axes))):
        ground.set_gid(f"{GROUND}{number}")
    for image in (image for axes in (*figure.axes, *_insets(figure)) for image in axes.get_images()):
        image.set_interpolation("none")  # its own pixels; what shows it smooths them
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(written, metadata={"Date": None, "Creator": "halodot"})
    text = compact(written.getvalue().decode("utf-8"))
    return text.replace("font-family: 'DejaVu Sans'", f"font-family: {_FONTS}").encode("utf-8")


def _insets(figure: Figure) -> list[Any]:
    return [child for axes in figure.axes for child in axes.child_axes]


def _pdf(figure: Figure) -> bytes:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    written = io.BytesIO()
    canvas: Any = FigureCanvasPdf(figure)
    canvas.print_pdf(written, metadata={"CreationDate": None, "Creator": "halodot", "Producer": "halodot"})
    return written.getvalue()


_WRITERS: Mapping[str, Callable[[Figure], bytes]] = {"png": _png, "svg": _svg, "pdf": _pdf}
