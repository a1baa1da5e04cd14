"""Thermo Fisher (FEI) Velox EMD: images and series of images of an electron microscope, HDF5.

``Data/Image/<uuid>`` holds ``Data`` (row, column, frame) and ``Metadata``, one JSON document a frame as bytes:
``BinaryResult.PixelSize`` in ``PixelUnitX``, ``Offset`` of the first pixel, ``Optics``, ``Detectors``, ``Scan``.
Streams of X-ray counts, which Velox stores in a form of its own, are not read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._hdf5 import MARK, document, members, numbers, opened, texts
from halodot.readers.formats._images import ROWS_NOTE, axis, checked_size
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_STREAMS = ("SpectrumImage", "SpectrumStream", "Spectrum")


def _sniff(file: RawFile) -> Match:
    known = file.data.startswith(MARK) and (b'"Velox"' in file.data or b'"BinaryResult"' in file.data)
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    found: list[Curve] = []
    metadata: dict[str, str | float] = {}
    header: dict[str, str] = {}
    notes = [ROWS_NOTE]
    with opened(file) as root:
        data = members(members(root).get("Data", {}))
        titles = _titles(root)
        for name, group in members(data.get("Image", {})).items():
            parts = members(group)
            if "Data" not in parts or "Metadata" not in parts:
                raise file.refusal(f"the image {name} lacks its data or metadata")
            values = numbers(file, parts["Data"], 3)
            checked_size(file, *values.shape)
            if values.dtype.kind == "c":
                values = np.abs(values)
                half = any("half" in one.casefold() for one in parts["Data"].dtype.names or ())
                notes.append(
                    f"a Fourier transform is given as its modulus{', of which one half is stored' if half else ''}"
                )
            described = document(file, numbers(file, parts["Metadata"], 2)[:, 0], f"the metadata of {name}")
            curve, note = _curve(values, described, parts["Metadata"].shape[1])
            found.append(replace(curve, label=titles.get(name) or curve.label))
            notes += [note] if note else []
            if not header:
                header = dict(_flat(described))
                metadata = _settings(described)
        others = [name for name in _STREAMS if members(data.get(name, {}))]
    if not found:
        what = f", but {', '.join(others)}, which are not read: export them from Velox" if others else ""
        raise file.refusal(f"there is no image in this file{what}")
    if others:
        notes.append(f"{', '.join(others)} of this file are not read: export them from Velox")
    if len(found) == 1:
        metadata |= found[0].metadata
        found = [Curve(found[0].axes, found[0].signals)]
    return Recording(_kind(found), tuple(found), metadata, header, notes=tuple(dict.fromkeys(notes)))


def _titles(root: Any) -> dict[str, str]:
    """Return what Velox shows each image under: the element of a map, the detector of an image.

    Files of version 11 name in a display a reference to the image, older ones the image itself.
    """
    displays = _group(root, "Displays", "ImageDisplay") or _group(root, "Presentation", "Displays", "ImageDisplay")
    shared = _group(root, "SharedProperties", "ImageSeriesDataReference")
    references = texts(shared) if shared else {}
    found: dict[str, str] = {}
    for display in texts(displays).values() if displays else ():
        reference = references.get(str(display.get("data", "")).rpartition("/")[2], {})
        path = str(reference.get("dataPath") or display.get("dataPath") or "")
        title = display.get("title") or _get(display, "display", "label")
        if path and isinstance(title, str):
            found[path.rpartition("/")[2]] = unquote(title)
    return found


def _group(root: Any, *path: str) -> Any:
    for name in path:
        root = members(root).get(name)
        if not hasattr(root, "keys"):
            return None
    return root


def _kind(curves: list[Curve]) -> str:
    frequencies = all("frequency" in curve.axes[-1].quantity for curve in curves)
    return "diffraction_image" if frequencies else "micrograph"


def _get(described: Mapping[str, Any], *path: str) -> Any:
    for name in path:
        described = described.get(name, {}) if isinstance(described, dict) else {}
    return described if not isinstance(described, dict) else None


def _number(described: Mapping[str, Any], *path: str) -> float:
    """Return a number, nan where there is none; Velox writes numbers as texts."""
    try:
        return float(_get(described, *path))
    except (TypeError, ValueError):
        return math.nan


def _curve(values: NDArray[Any], described: Mapping[str, Any], frames: int) -> tuple[Curve, str]:
    """Return an image or a series, frames first, and a note where it has no scale."""
    rows, columns = values.shape[0], values.shape[1]
    axes, note = [], ""
    for direction, count, side in (("y", rows, "height"), ("x", columns, "width")):
        step = _number(described, "BinaryResult", "PixelSize", side)
        start = _number(described, "BinaryResult", "Offset", direction)
        unit = str(_get(described, "BinaryResult", f"PixelUnit{direction.upper()}") or "")
        known = math.isfinite(step) and 0.0 < step < 1e30
        axes.append(axis(direction, count, step if known else 0.0, unit, start if abs(start) < 1e30 else 0.0))
        if axes[-1].quantity.endswith("_pixel"):
            note = f"an image has no scale in a known unit ({unit!r}): pixels"
    metadata: dict[str, str | float] = {}
    label = str(_get(described, "BinaryResult", "Detector") or "")
    if label:
        metadata["detector"] = label
    if axes[1].quantity == "x_position":
        width = _number(described, "BinaryResult", "PixelSize", "width")
        metadata["pixel_size"] = setting("pixel_size", width, axes[1].unit)
    if values.ndim == 2 or values.shape[2] == 1:
        return Curve(tuple(axes), (Values("image_intensity", values.reshape(rows, columns)),), label, metadata), note
    period = _number(described, "Scan", "FrameTime")
    period = period if period > 0.0 else _exposure(described, label)
    series = np.arange(values.shape[2])
    first = Values("time", series * period, "s") if period > 0.0 else Values("frame", series, "1")
    ordered = np.ascontiguousarray(np.moveaxis(values, 2, 0))
    if frames != values.shape[2]:
        note = note or f"{frames} frames are described, {values.shape[2]} are stored"
    return Curve((first, *axes), (Values("image_intensity", ordered),), label, metadata), note


def _exposure(described: Mapping[str, Any], detector: str) -> float:
    entries = described.get("Detectors", {})
    for entry in entries.values() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and entry.get("DetectorName") == detector:
            return _number(entry, "ExposureTime")
    return math.nan


def _flat(described: Mapping[str, Any], path: str = "", depth: int = 0) -> list[tuple[str, str]]:
    found = []
    for key, value in described.items():
        if isinstance(value, dict) and depth < 10:
            found += _flat(value, f"{path}{key}.", depth + 1)
        else:
            found.append((path + str(key), str(value)[:500]))
    return found


def _settings(described: Mapping[str, Any]) -> dict[str, str | float]:
    maker, model = _get(described, "Instrument", "Manufacturer"), _get(described, "Instrument", "InstrumentClass")
    found: dict[str, str | float] = {
        "instrument": " ".join(str(text) for text in (maker, model) if text) or "FEI, Velox"
    }
    texts = {
        "serial_number": _get(described, "Instrument", "InstrumentId"),
        "software": _get(described, "Instrument", "ControlSoftwareVersion"),
        "technique": _get(described, "Acquisition", "BeamType") or _get(described, "Optics", "TemOperatingSubMode"),
        "source": _get(described, "Acquisition", "SourceType"),
        "operator": _get(described, "Core", "UserId"),
        "sample": _get(described, "Sample", "SampleId"),
    }
    found |= {word: text for word, text in texts.items() if isinstance(text, str) and text.strip() not in ("", "None")}
    detector = str(_get(described, "BinaryResult", "Detector") or "")
    dwell = _number(described, "Scan", "DwellTime")
    numbers_of = {
        "tube_voltage": _number(described, "Optics", "AccelerationVoltage"),
        "magnification": _number(described, "Optics", "NominalMagnification"),
        "integration_time": dwell if dwell > 0.0 else _exposure(described, detector),
        "acquisition_time": _number(described, "Scan", "FrameTime"),
    }
    found |= {word: value for word, value in numbers_of.items() if 0.0 < value < 1e12}
    seconds = _number(described, "Acquisition", "AcquisitionStartDatetime", "DateTime")
    if 0.0 < seconds < 1e10:
        found["date"] = datetime.fromtimestamp(seconds, UTC).isoformat()
    return found


READER = Reader("velox_emd", "Thermo Fisher (FEI) Velox EMD", _sniff, _read)
