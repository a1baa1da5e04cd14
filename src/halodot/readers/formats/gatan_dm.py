"""Gatan Digital Micrograph, DM3 and DM4: images, stacks and spectra of an electron microscope.

``ImageList`` holds the images, the first of them usually the thumbnail that ``Thumbnails`` names. The first dimension
runs fastest; each has a scale, a unit, and the pixel at which its calibration is zero (``Origin``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._dm_tags import Stored, group, leaves, root
from halodot.readers.formats._images import ROWS_NOTE, axis, checked_size, is_of, spelled
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

#: "DataType" of an image: type of its numbers, and how many make one pixel
_KINDS: Mapping[int, tuple[str, int]] = {
    1: ("i2", 1), 2: ("f4", 1), 3: ("c8", 1), 6: ("u1", 1), 7: ("i4", 1), 8: ("u1", 4), 9: ("i1", 1), 10: ("u2", 1),
    11: ("u4", 1), 12: ("f8", 1), 13: ("c16", 1), 14: ("u1", 1), 23: ("u1", 4), 39: ("i8", 1), 40: ("u8", 1),
}  # fmt: skip
_COLOURS = (8, 23)
_PACKED_TRANSFORM = 5
#: start of the clock of Windows, counted in tenths of microseconds
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class _Scale(NamedTuple):
    """The calibration of a dimension."""

    origin: float  # pixel at which it is zero
    step: float
    unit: str


def _sniff(file: RawFile) -> Match:
    data = file.head
    if len(data) < 40 or data[:4] not in (b"\0\0\0\x03", b"\0\0\0\x04"):
        return Match.NO
    start = 12 if data[3] == 4 else 8
    order = data[start : start + 4] in (b"\0\0\0\0", b"\0\0\0\1")
    return Match.SIGNATURE if order and max(data[start + 4 : start + 6]) <= 1 else Match.NO


def _read(file: RawFile) -> Recording:
    tags = root(file)
    images = group(tags, "ImageList")
    thumbnails = {entry.get("ImageIndex") for entry in group(tags, "Thumbnails").values() if isinstance(entry, dict)}
    found: list[Curve] = []
    notes: list[str] = []
    first = None
    for number, (name, image) in enumerate(images.items()):
        if (number in thumbnails and len(images) > 1) or not isinstance(image, dict) or not group(image, "ImageData"):
            continue
        found.append(_curve(file, image, str(image.get("Name", "")) or f"image {name}", notes))
        first = first or image
    if not found or first is None:
        raise file.refusal("there is no image in the list of images, or only a thumbnail")
    quantities = {one.quantity for curve in found for one in curve.axes}
    if "y_position" in quantities or "y_pixel" in quantities:
        notes.append(ROWS_NOTE)
    header = {path: str(value)[:500] for path, value in leaves(group(first, "ImageTags"))}
    curves = tuple(found) if len(found) > 1 else (Curve(found[0].axes, found[0].signals),)
    metadata = _settings(first, curves[0])
    if len(found) == 1 and found[0].label:
        metadata.setdefault("title", found[0].label)
    return Recording(_kind(found[0]), curves, metadata, header, notes=tuple(dict.fromkeys(notes)))


def _kind(curve: Curve) -> str:
    quantities = {one.quantity for one in curve.axes}
    if quantities & {"energy_loss", "energy"}:
        return "energy_spectrum"
    if quantities & {"x_frequency", "y_frequency", "angle"}:
        return "diffraction_image"
    return "micrograph"


def _curve(file: RawFile, image: Mapping[str, Any], label: str, notes: list[str]) -> Curve:
    data = group(image, "ImageData")
    shape = [value for value in group(data, "Dimensions").values() if isinstance(value, int)]
    if not shape or len(shape) > 4:
        raise file.refusal(f"{label} has {len(shape)} dimensions; 1 to 3 are read")
    checked_size(file, *shape)
    calibrations = list(group(data, "Calibrations", "Dimension").values())
    kept = [place for place, size in enumerate(shape) if size > 1 or place < min(len(shape), 2)]
    if len(kept) == 2 and shape[1] == 1 and _unit(calibrations, 0)[2].endswith("eV"):
        kept = [0]
    if len(kept) > 3:
        raise file.refusal(f"{label} has {len(kept)} dimensions; 1 to 3 are read")
    pixels, note = _pixels(file, data, shape, label)
    notes += [note] if note else []
    energy = "energy_loss" if group(image, "ImageTags", "EELS") else "energy"
    axes = []
    for place in kept:
        scale = _Scale(*_unit(calibrations, place))
        axes.append(_axis(kept.index(place), shape[place], scale, energy, notes))
    sizes = tuple(shape[place] for place in reversed(kept))
    ordered = tuple(reversed(axes))
    signals = _signals(pixels, sizes, image, ordered)
    brightness = group(data, "Calibrations", "Brightness")
    if brightness.get("Units") and isinstance(brightness.get("Scale"), float):
        scale, origin, unit = brightness["Scale"], brightness.get("Origin", 0.0), brightness["Units"]
        notes.append(f"numbers as stored; in {unit} they are (number - {origin:g}) * {scale:g}")
    return Curve(ordered, signals, label)


def _signals(
    pixels: NDArray[Any], sizes: tuple[int, ...], image: Mapping[str, Any], axes: tuple[Values, ...]
) -> tuple[Values, ...]:
    if pixels.ndim == 2:  # colours
        names = ("blue", "green", "red")  # in the order of the bytes; the fourth is unused or opaque
        return tuple(Values("image_intensity", pixels[:, k].reshape(sizes), "1", names[k]) for k in (2, 1, 0))
    spectrum = any(one.quantity in ("energy_loss", "energy") for one in axes)
    return (Values("intensity" if spectrum else "image_intensity", pixels.reshape(sizes)),)


def _pixels(file: RawFile, data: Mapping[str, Any], shape: list[int], label: str) -> tuple[NDArray[Any], str]:
    """Return the numbers of an image in the order of the file; those of a colour in columns."""
    kind, stored = data.get("DataType"), data.get("Data")
    if kind == _PACKED_TRANSFORM:
        raise file.refusal(f"{label} is a packed Fourier transform, which is not read; save its modulus in the program")
    if not isinstance(stored, Stored) or not isinstance(kind, int) or kind not in _KINDS:
        raise file.refusal(f"{label} is of the data type {kind!r}; {', '.join(map(str, _KINDS))} are read")
    name, parts = _KINDS[kind]
    dtype = np.dtype(stored.order + name)
    count = math.prod(shape)
    if stored.size != count * parts * dtype.itemsize:
        what = f"{label} has {' x '.join(map(str, shape))} pixels of the type {kind}"
        raise file.refusal(f"{what}, but {stored.size} bytes of them", byte=stored.offset)
    values = file.array(str(dtype), count * parts, stored.offset, label)
    if kind in _COLOURS:
        return values.reshape(count, 4), ""
    if dtype.kind == "c":
        return np.abs(values), f"{label} holds complex numbers; their modulus is given"
    return values, ""


def _unit(calibrations: list[Any], place: int) -> tuple[float, float, str]:
    """Return origin, scale and unit of a dimension; without a scale where it has none."""
    entry = calibrations[place] if place < len(calibrations) and isinstance(calibrations[place], dict) else {}
    unit = entry.get("Units", "")
    unit = "".join(unit).strip("\0 ") if isinstance(unit, str) else ""
    scale, origin = (float(entry.get(key) or 0.0) for key in ("Scale", "Origin"))
    if not (math.isfinite(scale) and math.isfinite(origin) and scale != 0.0):
        return 0.0, 0.0, ""
    return origin, scale, unit


def _axis(across: int, count: int, scale: _Scale, energy: str, notes: list[str]) -> Values:
    plain, factor = spelled(scale.unit)
    numbers = (np.arange(count) - scale.origin) * scale.step * factor
    for si, quantity in (("eV", energy), ("s", "time")):
        if is_of(plain, si):
            return Values(quantity, numbers, plain, heading=scale.unit)
    if across > 1:
        notes.append(f"the third dimension is counted from 0{f'; its unit is {scale.unit!r}' if scale.unit else ''}")
        return Values("frame", np.arange(count), "1")
    direction = "xy"[across]
    if is_of(plain, "rad"):
        return Values("angle", numbers, plain, f"{direction}_angle", scale.unit)
    found = axis(direction, count, scale.step, scale.unit, -scale.origin * scale.step)
    if found.quantity.endswith("_pixel"):
        known = f"the unit {scale.unit!r}, which is not known" if scale.unit else "no scale"
        notes.append(f"{direction} has {known}: pixels")
    return found


def _settings(image: Mapping[str, Any], curve: Curve) -> dict[str, str | float]:
    tags = group(image, "ImageTags")
    scope, bar, session = group(tags, "Microscope Info"), group(tags, "DataBar"), group(tags, "Session Info")
    found: dict[str, str | float] = {"instrument": str(scope.get("Name") or "").strip() or "Gatan"}
    texts = {
        "operator": session.get("Operator") or scope.get("Operator"),
        "sample": session.get("Specimen") or scope.get("Specimen"),
        "detector": bar.get("Device Name") or group(tags, "Acquisition", "Device").get("Name"),
        "technique": scope.get("Operation Mode"),
        "software": group(tags, "GMS Version").get("Created"),
    }
    found |= {word: text.strip() for word, text in texts.items() if isinstance(text, str) and text.strip()}
    if "software" in found:
        found["software"] = f"Digital Micrograph {found['software']}"
    diffraction = any(one.quantity.endswith("_frequency") for one in curve.axes)
    numbers = {
        "tube_voltage": (scope.get("Voltage"), "V"),
        "magnification": (
            None if diffraction else scope.get("Actual Magnification") or scope.get("Indicated Magnification"),
            "1",
        ),
        "integration_time": (bar.get("Exposure Time (s)") or _exposure(tags), "s"),
    }
    if (dwell := group(tags, "DigiScan").get("Sample Time")) and not numbers["integration_time"][0]:
        numbers["integration_time"] = (dwell, "us")  # a scanned image: time for one of its points
    for word, (value, unit) in numbers.items():
        if isinstance(value, (int, float)) and math.isfinite(value) and value > 0.0:
            found[word] = setting(word, float(value), unit)
    if date := _date(bar.get("Acquisition Time (OS)"), bar.get("Acquisition Time")):
        found["date"] = date
    for one in curve.axes:
        if one.quantity == "x_position" and len(one.values) > 1:
            found["pixel_size"] = setting("pixel_size", float(one.values[1] - one.values[0]), one.unit)
    return found


def _exposure(tags: Mapping[str, Any]) -> Any:
    parameters = group(tags, "Acquisition", "Parameters")
    return group(parameters, "High Level").get("Exposure (s)") or group(parameters, "Detector").get("exposure (s)")


def _date(ticks: Any, wall: Any) -> str:
    """Return a time of the clock of Windows, which is that of Greenwich, as ISO 8601.

    Where the file also has the time on the wall, as text, its zone is known: clocks differ by quarters of an hour.
    """
    if not isinstance(ticks, (int, float)) or not 1e17 < ticks < 2e17:  # from 1917 to 2234
        return ""
    at = _EPOCH + timedelta(microseconds=int(ticks) // 10)
    local = iso_date(wall, "%I:%M:%S %p", "%H:%M:%S") if isinstance(wall, str) else ""
    if not local:
        return at.isoformat(timespec="seconds")
    clock = datetime.fromisoformat(local)
    ahead = (clock.hour - at.hour) * 60 + clock.minute - at.minute + (clock.second - at.second) / 60.0
    ahead = (ahead + 12 * 60) % (24 * 60) - 12 * 60  # min; from 12 h behind Greenwich to 12 h ahead
    quarters = round(ahead / 15.0)
    if abs(ahead - 15.0 * quarters) > 0.5:
        return at.isoformat(timespec="seconds")
    return at.astimezone(timezone(timedelta(minutes=15 * quarters))).isoformat(timespec="seconds")


READER = Reader("gatan_dm", "Gatan Digital Micrograph DM3 and DM4", _sniff, _read)
