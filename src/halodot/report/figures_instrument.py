"""One figure of any file that an instrument wrote: its curves, its image or its photons, with the units of the file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.readers.dataset import curves, in_units_of_file
from halodot.report.style import HEIGHT, SUPERSCRIPT, curve, house_style, label, legend, logarithmic, note, panels

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: quantities that are drawn from high to low, as the field does
_REVERSED = ("wavenumber", "binding_energy")
#: kinds of measurement whose signal spans decades
_LOGARITHMIC = ("decay", "x_ray_diffraction")
#: curves, channels and points that one figure shows
_MOST_CURVES, _MOST_PANELS, _MOST_POINTS = 8, 4, 20_000
#: units that files write without a prefix, although what they measure is far smaller
_PREFIXED = ("m", "s")
_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))
#: axes of a picture, whose first row is its upper edge
_OF_A_PICTURE = ("position", "pixel", "frequency")
_SIGNS = {"degree": "°", "deg": "°", "degC": "°C"}
_COLOURS = ("red", "green", "blue")
#: bins of a photon stream, and letters of an axis' name on one line
_BINS, _LONGEST_NAME = 500, 30


class _Line(NamedTuple):
    """One signal against its axis."""

    item: xarray.DataArray
    name: str  # what the legend calls it


def instrument_figure(data: xarray.Dataset) -> Figure:
    """Return a figure of what an instrument measured.

    Args:
        data: as `halodot.read` returns it.

    Returns:
        A panel for each quantity, curves of one file together; an image in grey or in its colours with its upper edge
        above, a stack as its mean; of single photons the histograms of their times.
    """
    with house_style():
        found = [_prefixed(one) for one in curves(in_units_of_file(data)) if any(item.ndim for item in one.values())]
        kind = str(data.attrs.get("kind", ""))
        if kind == "photons":
            return _photons(found[0])
        if all(name in found[0] and found[0][name].ndim == 2 for name in _COLOURS):
            return _coloured(found[0])
        images = [item for one in found for item in one.values() if item.ndim > 1]
        return _images(images[:_MOST_PANELS]) if images else _lines(found, kind)


def _prefixed(one: xarray.Dataset) -> xarray.Dataset:
    """Return a curve whose metres and seconds carry a prefix, so that its axes need no power of ten."""
    changed = one.copy()
    for name, variable in one.variables.items():
        unit = variable.attrs.get("units")
        if unit not in _PREFIXED or variable.dtype.kind not in "iuf" or variable.ndim == 0:
            continue
        largest = float(np.nanmax(np.abs(variable.values), initial=0.0))
        factor, prefix = next(((size, mark) for size, mark in _PREFIXES if largest >= size), _PREFIXES[0])
        scaled = (variable.dims, variable.values / factor, dict(variable.attrs) | {"units": f"{prefix}{unit}"})
        changed = changed.assign_coords({name: scaled}) if name in one.coords else changed.assign({name: scaled})
    return changed


def _axis_name(variable: xarray.DataArray) -> str:
    unit = variable.attrs.get("units", "1")
    name = str(variable.attrs.get("long_name", variable.name))
    return textwrap.fill(name if unit in ("1", "") else f"{name} ({_typeset(unit)})", _LONGEST_NAME)


def _typeset(unit: str) -> str:
    """Return a unit as a journal prints it: µm, °C, cm²."""
    plain = _SIGNS.get(unit, re.sub(r"\bu(?=[A-Za-z])", "µ", unit))
    return re.sub(r"(?<=[a-z])\^?(-?\d+)", lambda found: found[1].translate(SUPERSCRIPT), plain)


# --------------------------------------------------------------------------------------------------------------- curves


def _lines(found: Sequence[xarray.Dataset], kind: str) -> Figure:
    quantities: dict[str, list[_Line]] = {}
    for number, one in enumerate(found, 1):
        for item in one.values():
            same = [other for other in one.values() if other.attrs["quantity"] == item.attrs["quantity"]]
            name = _name_of(item, one, number if len(found) > 1 else 0, len(same) > 1)
            quantities.setdefault(str(item.attrs["quantity"]), []).append(_Line(item, name))
    shown = {quantity: lines[:_MOST_CURVES] for quantity, lines in list(quantities.items())[:_MOST_PANELS]}
    names = list(dict.fromkeys(line.name for lines in shown.values() for line in lines))
    figure, axes = panels(len(shown), HEIGHT if len(shown) == 1 else 0.7 * HEIGHT, False)
    handles: dict[str, Any] = {}
    for panel, (quantity, lines) in zip(axes, shown.items()):
        for item, name in lines:
            x = item[item.dims[0]]
            step = max(1, item.size // _MOST_POINTS)
            shade = names.index(name)
            handles[name] = curve(panel, x.values[::step].astype(float), item.values[::step].astype(float), shade)
            label(panel, _axis_name(x), _axis_name(item))
        if x.attrs.get("quantity") in _REVERSED and not panel.xaxis_inverted():
            panel.invert_xaxis()
        if kind in _LOGARITHMIC and quantity in ("counts", "count_rate", "intensity"):
            logarithmic(panel, "y")
    if any(len(lines) > 1 for lines in shown.values()):
        legend(figure, list(handles.values()), list(handles))
    left_out = max(len(lines) for lines in quantities.values()) - _MOST_CURVES
    if left_out > 0:
        note(figure, f"the first {_MOST_CURVES} curves; {left_out} more are in the file")
    return figure


def _name_of(item: xarray.DataArray, one: xarray.Dataset, number: int, several: bool) -> str:
    """Return what a legend calls a signal: its curve, and itself where its curve has several of its quantity."""
    own = str(item.attrs.get("heading") or item.name).replace("_", " ")
    if not number:
        return own
    name = str(item.attrs.get("curve") or one.attrs.get("curve") or number)
    return f"{name}, {own}" if several else name


# --------------------------------------------------------------------------------------------------------------- images


def _images(images: Sequence[xarray.DataArray]) -> Figure:
    planes = [_plane(item) for item in images]
    ratios = [min(max(item.shape[0] / item.shape[1], 0.5), 1.2) if _pictured(item) else 0.9 for item in planes]
    figure, axes = panels(len(planes), max(ratios) * HEIGHT, False, colour_bar=True)
    for panel, plane in zip(axes, planes):
        _draw_plane(panel, plane)
    frames = max(item.size // plane.size for item, plane in zip(images, planes))
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)  # once more when drawn: the numbers of an axis follow its size, and need their room
    if frames > 1:
        note(figure, f"mean of {frames} frames or channels")
    return figure


def _plane(item: xarray.DataArray) -> xarray.DataArray:
    """Return what has more than two dimensions as the mean over all but those of a picture, else over the first."""
    own = [name for name in item.dims if str(name).endswith(_OF_A_PICTURE)]
    kept = own if len(own) == 2 else list(item.dims[-2:])
    others = [name for name in item.dims if name not in kept]
    return item.mean(others, keep_attrs=True) if others else item


def _pictured(item: xarray.DataArray) -> bool:
    return all(str(item[name].attrs.get("quantity", name)).endswith(_OF_A_PICTURE) for name in item.dims)


def _draw_plane(panel: Axes, item: xarray.DataArray) -> None:
    down, across = (item[name] for name in item.dims)
    values = item.values.astype(float)
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 1.0)
    drawn: Any
    if _pictured(item):
        extent = (*_edges(across.values), *_edges(down.values)[::-1])
        same = down.attrs.get("units") == across.attrs.get("units")
        aspect: Any = "equal" if same else "auto"
        drawn = panel.imshow(values, cmap="gray", extent=extent, vmin=low, vmax=high, aspect=aspect)
    else:  # no picture: both axes rise, whatever their order in the file, and need not be even
        rows, columns = np.argsort(down.values, kind="stable"), np.argsort(across.values, kind="stable")
        x, y = across.values[columns].astype(float), down.values[rows].astype(float)
        ordered = values[np.ix_(rows, columns)]
        drawn = panel.pcolormesh(x, y, ordered, cmap="gray", vmin=low, vmax=high, shading="nearest", rasterized=True)
        if across.attrs.get("quantity") in _REVERSED:
            panel.invert_xaxis()
    label(panel, _axis_name(across), _axis_name(down))
    bar = panel.figure.colorbar(drawn, ax=panel, shrink=0.9)
    bar.set_label(_axis_name(item))


def _coloured(one: xarray.Dataset) -> Figure:
    """Return a picture in its colours."""
    channels = [one[name] for name in _COLOURS]
    whole = np.stack([channel.values.astype(float) for channel in channels], axis=-1)
    depth = np.iinfo(channels[0].dtype).max if channels[0].dtype.kind == "u" else max(float(np.nanmax(whole)), 1.0)
    down, across = (channels[0][name] for name in channels[0].dims)
    figure, axes = panels(1, min(max(whole.shape[0] / whole.shape[1], 0.5), 1.2) * HEIGHT)
    axes[0].imshow(
        np.clip(whole / depth, 0.0, 1.0), extent=(*_edges(across.values), *_edges(down.values)[::-1]), aspect="equal"
    )
    label(axes[0], _axis_name(across), _axis_name(down))
    return figure


def _edges(values: np.ndarray) -> tuple[float, float]:
    """Return where the first pixel begins and the last ends."""
    first, last = float(values[0]), float(values[-1])
    half = 0.5 * (last - first) / max(values.size - 1, 1) or 0.5
    return first - half, last + half


# -------------------------------------------------------------------------------------------------------------- photons


def _photons(one: xarray.Dataset) -> Figure:
    """Return the course of a stream of photons, and the histogram of their times after the pulse where it has them."""
    by_quantity = {str(item.attrs["quantity"]): item for item in (*one.coords.values(), *one.values())}
    times = [by_quantity[name] for name in ("arrival_time", "micro_time") if name in by_quantity]
    channels = by_quantity["channel"].values if "channel" in by_quantity else np.zeros(times[0].size)
    found = np.unique(channels)[:_MOST_CURVES]
    figure, axes = panels(len(times), HEIGHT if len(times) == 1 else 0.7 * HEIGHT, False)
    handles: list[Any] = []
    for panel, time in zip(axes, times):
        edges = _bins(time.values, even=time.attrs["quantity"] == "micro_time")
        handles = []
        for place, channel in enumerate(found):
            counts, _ = np.histogram(time.values[channels == channel], edges)
            handles.append(curve(panel, 0.5 * (edges[:-1] + edges[1:]), counts.astype(float), place))
        width = f"{edges[1] - edges[0]:.3g} {_typeset(str(time.attrs.get('units', '')))}"
        label(panel, _axis_name(time), textwrap.fill(f"Photons in {width}", _LONGEST_NAME))
        if time.attrs["quantity"] == "micro_time":
            logarithmic(panel, "y")
    if len(found) > 1:
        legend(figure, handles, [f"channel {channel:g}" for channel in found])
    return figure


def _bins(times: Array, even: bool) -> Array:
    """Return the edges of bins; where the times are steps of a clock, each takes the same number of them."""
    low, high = float(times.min()), float(times.max())
    steps = np.diff(np.unique(times)) if even else np.empty(0)
    if not steps.size:
        return np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    clock = float(steps.min())
    width = clock * np.ceil((high - low) / clock / _BINS)
    edges: Array = low - 0.5 * clock + width * np.arange(np.ceil((high - low + clock) / width) + 1)
    return edges
