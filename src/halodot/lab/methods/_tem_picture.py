"""The grey image of a micrograph, its pixel, and where banners, boxes and scale bars are drawn into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.errors import DataError

if TYPE_CHECKING:
    import xarray

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
_AXES = (("y_position", "x_position"), ("y_pixel", "x_pixel"))
_COLOURS = ("red", "green", "blue")
_KINDS = ("micrograph", "image")
_SMALLEST_SIDE = 48  # pixels; less holds no sample of particles
_MOST_FLAT = 0.6  # share of equal neighbours above which a picture is drawn: a label image, a plot, a screenshot
_MOST_COLOUR = 0.04  # mean difference of the colours over their range above which a picture is no micrograph
_EXTREME = 0.02  # of the range of grey: what is drawn is black or white
_FLAT = 0.012  # of the range of grey between neighbours: no recorded image is so smooth over a box
_LARGEST_DRAWN = 0.35  # of the image that a banner or a box covers at most


@dataclass(frozen=True, eq=False)
class Picture:
    """A grey image."""

    grey: Array  # (row, column)
    pixel: float  # edge of a pixel [m]; nan where unknown
    valid: Mask  # (row, column): what was recorded, not drawn
    top_left: tuple[float, float] = (0.0, 0.0)  # place of the first pixel [m or pixels]
    notes: tuple[str, ...] = field(default=())


def channels(data: xarray.Dataset) -> list[xarray.DataArray]:
    """Return the grey image of a measurement, or its three colours; empty where it has neither."""
    images = [item for item in data.data_vars.values() if item.dims in _AXES]
    colours = [item for item in images if str(item.name) in _COLOURS]
    if len(colours) == len(_COLOURS):
        return colours
    grey = [item for item in images if str(item.attrs.get("quantity", item.name)) == "image_intensity"]
    return [item for item in grey if str(item.name) not in (*_COLOURS, "opacity", "palette_index")][:1]


def is_micrograph(data: xarray.Dataset) -> bool:
    """Whether a measurement is a grey image in which particles can be looked for."""
    kind = data.attrs.get("kind")
    found = channels(data)
    if kind not in _KINDS or not found or min(found[0].shape) < _SMALLEST_SIDE:
        return False
    if kind == "micrograph":
        return True
    values = [np.asarray(item.values, float) for item in found]
    grey = np.asarray(sum(values) / len(values))
    spread = float(np.ptp(grey))
    if not np.isfinite(spread) or spread == 0.0:
        return False
    colour = max(float(np.mean(np.abs(item - grey))) for item in values) / spread
    flat = float(np.mean(np.abs(np.diff(grey, axis=1)) <= 1e-3 * spread))
    return colour < _MOST_COLOUR and flat < _MOST_FLAT


def picture(data: xarray.Dataset, pixel_size: float | None) -> Picture:
    """Return the grey image of a measurement and what of it was recorded.

    Args:
        data: as `halodot.read` returns it.
        pixel_size: edge of a pixel [m]; None takes that of the file.

    Raises:
        DataError: there is no image, or one without contrast.
    """
    found = channels(data)
    name = data.attrs.get("file", "the measurement")
    if not found:
        raise DataError(f"{name}: there is no image with two axes; there are {', '.join(map(str, data.data_vars))}")
    grey = np.asarray(sum(np.asarray(item.values, float) for item in found) / len(found))
    if min(grey.shape) < _SMALLEST_SIDE:
        raise DataError(f"{name}: an image of {grey.shape[0]} x {grey.shape[1]} pixels is too small for particles")
    finite = np.isfinite(grey)
    if not finite.mean() > 0.5 or np.ptp(grey[finite]) == 0.0:
        raise DataError(f"{name}: the image has no contrast; read the recorded image, not a mask or an empty frame")
    grey = np.where(finite, grey, np.median(grey[finite]))
    pixel, corner, notes = _scale(found[0], pixel_size)
    drawn = _drawn(grey)
    if drawn.any():
        notes.append(f"{drawn.mean():.1%} of the image is banner, label or scale bar and was left out")
    return Picture(grey, pixel, finite & ~drawn, corner, tuple(notes))


def _scale(item: xarray.DataArray, given: float | None) -> tuple[float, tuple[float, float], list[str]]:
    rows, columns = (np.asarray(item[name].values, float) for name in item.dims)
    steps = abs(float(np.median(np.diff(rows)))), abs(float(np.median(np.diff(columns))))
    counted = "x_pixel" in item.dims
    if given is not None:
        return given, (0.0, 0.0), [f"pixel size of {given * 1e9:.4g} nm as chosen"]
    if counted or not all(np.isfinite(step) and step > 0.0 for step in steps):
        return np.nan, (0.0, 0.0), [
            "the file states no pixel size: sizes are in pixels; choose one, pixel_size: 0.2 nm (length of the scale "
            "bar over its pixels)"
        ]  # fmt: skip
    notes = []
    if abs(steps[0] - steps[1]) > 0.01 * steps[0]:
        notes.append(f"pixels of {steps[0] * 1e9:.4g} x {steps[1] * 1e9:.4g} nm: sizes use their geometric mean")
    return float(np.sqrt(steps[0] * steps[1])), (float(rows[0]), float(columns[0])), notes


def _drawn(grey: Array) -> Mask:
    """Return what programs drew into an image: banners at its edges, boxes of labels, scale bars with their text."""
    low, high = float(grey.min()), float(grey.max())
    extreme = (grey >= high - _EXTREME * (high - low)), (grey <= low + _EXTREME * (high - low))
    found = _banner(grey, high - low) | _boxes(grey, high - low)
    for side in extreme:
        if side.mean() < _LARGEST_DRAWN:
            found |= _bars(side & ~found)
    return np.asarray(found)


def _banner(grey: Array, spread: float) -> Mask:
    """Rows at the bottom or the top of which half and more has one grey."""
    from scipy import ndimage

    steps = np.abs(np.diff(grey, axis=1)) <= 1e-3 * spread
    flat = ndimage.uniform_filter1d(steps.mean(axis=1), 5) > 0.5
    found = np.zeros(grey.shape, bool)
    if flat.mean() > _LARGEST_DRAWN:
        return found
    slack = max(3, grey.shape[0] // 60)  # lines of text and rules within the banner
    for rows in (np.arange(grey.shape[0])[::-1], np.arange(grey.shape[0])):
        marked = np.flatnonzero(flat[rows])
        last = -1
        for place in marked:
            if place - last > slack:
                break
            last = int(place)
        if last >= slack:
            found[rows[: last + 1]] = True
    return found


def _boxes(grey: Array, spread: float) -> Mask:
    """Rectangles of one grey at the edge of the image, with the letters in them."""
    from scipy import ndimage

    flat = ndimage.maximum_filter(grey, 3) - ndimage.minimum_filter(grey, 3) <= _FLAT * spread
    flat = ndimage.binary_dilation(ndimage.binary_opening(flat, np.ones((3, 3), bool)), np.ones((3, 3), bool))
    labels, count = ndimage.label(flat)
    found = np.zeros(grey.shape, bool)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    rows, columns = grey.shape
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        if areas[number] < 0.002 * grey.size:
            continue
        height, width = (part.stop - part.start for part in place)
        within = (place[0].start > 3, place[0].stop < rows - 3, place[1].start > 3, place[1].stop < columns - 3)
        part = labels[place] == number
        sides = [side for side, inner in zip((part[1], part[-2], part[:, 1], part[:, -2]), within) if inner]
        straight = bool(sides) and min(height, width) > 4 and np.concatenate(sides).mean() > 0.8
        if straight and not all(within) and height * width < _LARGEST_DRAWN * grey.size:
            found[max(place[0].start - 2, 0) : place[0].stop + 2, max(place[1].start - 2, 0) : place[1].stop + 2] = True
    return found


def _bars(extreme: Mask) -> Mask:
    """Scale bars, black or white, and the text of the same grey above and below them."""
    from scipy import ndimage

    labels, count = ndimage.label(extreme, np.ones((3, 3)))
    found = np.zeros(extreme.shape, bool)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    places = ndimage.find_objects(labels)
    for number, place in enumerate(places, 1):
        height, width = (part.stop - part.start for part in place)
        if height < 2 or width < 5 * height or width < 0.05 * extreme.shape[1] or areas[number] < 0.85 * height * width:
            continue
        rows = place[0].start - width, place[0].stop + width
        columns = place[1].start - width // 2, place[1].stop + width // 2
        for other, there in enumerate(places, 1):
            inside = rows[0] <= there[0].start and there[0].stop <= rows[1]
            inside &= columns[0] <= there[1].start and there[1].stop <= columns[1]
            if inside and there[0].stop - there[0].start <= width / 2:
                found[there] |= labels[there] == other
        found[place] = True
    return np.asarray(ndimage.binary_dilation(found, np.ones((7, 7), bool))) if found.any() else found
