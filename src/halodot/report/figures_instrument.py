"""One figure of any file that an instrument wrote: its curves or its image, with the units of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halodot.readers.dataset import curves, in_units_of_file
from halodot.report.style import HEIGHT, curve, house_style, label, legend, logarithmic, panels

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


def instrument_figure(data: xarray.Dataset) -> Figure:
    """Return a figure of what an instrument measured.

    Args:
        data: as `halodot.read` returns it.

    Returns:
        A panel for each quantity, curves of one file together; an image in grey with its axes.
    """
    with house_style():
        found = [one for one in curves(in_units_of_file(data)) if any(item.ndim for item in one.values())]
        images = [item for one in found for item in one.values() if item.ndim == 2]
        if images:
            return _images(images[:_MOST_PANELS])
        return _lines(found, str(data.attrs.get("kind", "")))


def _axis_name(variable: xarray.DataArray) -> str:
    unit = variable.attrs.get("units", "1")
    name = str(variable.attrs.get("long_name", variable.name))
    return name if unit in ("1", "") else f"{name} ({unit})"


def _lines(found: list[xarray.Dataset], kind: str) -> Figure:
    quantities = list(dict.fromkeys(str(item.attrs["quantity"]) for one in found for item in one.values()))
    figure, axes = panels(min(len(quantities), _MOST_PANELS), HEIGHT if len(quantities) == 1 else 0.7 * HEIGHT, False)
    handles, names = [], []
    for panel, quantity in zip(axes, quantities):
        drawn = [item for one in found for item in one.values() if item.attrs["quantity"] == quantity]
        for place, item in enumerate(drawn[:_MOST_CURVES]):
            x = item[item.dims[0]]
            step = max(1, item.size // _MOST_POINTS)
            line = curve(panel, x.values[::step].astype(float), item.values[::step].astype(float), place, points=False)
            label(panel, _axis_name(x), _axis_name(item))
            name = _name_of(item, found)
            if name not in names:
                handles.append(line)
                names.append(name)
        if drawn[0][drawn[0].dims[0]].attrs.get("quantity") in _REVERSED and not panel.xaxis_inverted():
            panel.invert_xaxis()
        if kind in _LOGARITHMIC and quantity in ("counts", "count_rate", "intensity"):
            logarithmic(panel, "y")
    if len(names) > 1:
        legend(figure, handles, names)
    return figure


def _name_of(item: xarray.DataArray, found: list[xarray.Dataset]) -> str:
    own = next((str(one.attrs.get("curve", "")) for one in found if any(item is other for other in one.values())), "")
    curve_name = str(item.attrs.get("curve", own))
    return curve_name or str(item.attrs.get("heading") or item.name).replace("_", " ")


def _images(images: list[xarray.DataArray]) -> Figure:
    ratios = [min(max(item.shape[0] / item.shape[1], 0.3), 1.2) for item in images]
    figure, axes = panels(len(images), max(ratios) * HEIGHT, False)
    for panel, item in zip(axes, images):
        _draw_image(panel, item)
    return figure


def _draw_image(panel: Axes, item: xarray.DataArray) -> None:
    down, across = (item[name] for name in item.dims)
    extent = (*_edges(across.values), *_edges(down.values)[::-1])
    low, high = np.nanpercentile(item.values.astype(float), [0.5, 99.5])
    same = down.attrs.get("units") == across.attrs.get("units")
    drawn = panel.imshow(
        item.values, cmap="gray", extent=extent, vmin=low, vmax=high, aspect="equal" if same else "auto"
    )
    label(panel, _axis_name(across), _axis_name(down))
    bar = panel.figure.colorbar(drawn, ax=panel, shrink=0.9)
    bar.set_label(_axis_name(item))


def _edges(values: np.ndarray) -> tuple[float, float]:
    """Return where the first pixel begins and the last ends."""
    first, last = float(values[0]), float(values[-1])
    half = 0.5 * (last - first) / max(values.size - 1, 1) or 0.5
    return first - half, last + half
