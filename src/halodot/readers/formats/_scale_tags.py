"""The scale that the programs of microscopes write into TIFF: FEI, Zeiss, ImageJ and OME."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile

_FEI, _ZEISS, _DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION = (34680, 34682), 34118, 270, 282, 283
_PARK, _JPK = 50432, 32896


class Scale(NamedTuple):
    """Steps from pixel to pixel, and what the file says beside them."""

    x: float
    y: float
    unit: str  # empty where there is no scale
    program: str
    header: dict[str, str]


NO_SCALE = Scale(0.0, 0.0, "", "", {})


def scale(file: RawFile, tags: Mapping[int, Any]) -> Scale:
    """Return the scale that the tags of a TIFF hold.

    Args:
        file: for messages.
        tags: values by their number.

    Raises:
        DataError: the picture only illustrates numbers that lie elsewhere in the file.
    """
    if _PARK in tags:
        raise file.refusal("this is a TIFF of Park Systems, whose heights are not read; export them as text")
    if _JPK in tags:
        raise file.refusal("this is an image of JPK, whose heights are not read; export them as text")
    for tag in _FEI:
        if tag in tags:
            return _fei(_text(tags[tag]))
    if _ZEISS in tags:
        return _zeiss(_text(tags[_ZEISS]))
    described = _text(tags.get(_DESCRIPTION, ""))
    if described.startswith("ImageJ="):
        return _imagej(described, tags)
    if "<OME" in described[:2000]:
        return _ome(described)
    return NO_SCALE


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else bytes(one for one in value if isinstance(one, int) and 0 <= one < 256)
    return value.decode("cp1252", errors="replace") if isinstance(value, bytes) else str(value)


def _fei(text: str) -> Scale:
    """FEI and Thermo Fisher: sections in brackets, lengths in metres."""
    header, section = {}, ""
    for line in text.splitlines():
        if found := re.fullmatch(r"\[(.+)\]\s*", line.strip()):
            section = found[1]
        elif "=" in line:
            key, _, value = line.partition("=")
            header[f"{section}.{key.strip()}"] = value.strip("\0 ")
    for section in ("Scan", "EScan", "IScan", "Image", "Metadata"):
        x, y = (number(header.get(f"{section}.Pixel{side}", "")) for side in ("Width", "Height"))
        if x > 0.0 and y > 0.0:
            return Scale(x, y, "m", "FEI", header)
    return Scale(0.0, 0.0, "", "FEI", header)


def _zeiss(text: str) -> Scale:
    """Zeiss SmartSEM: a line with a code, then one with a name, a value and a unit."""
    header = {}
    for line in text.splitlines():
        key, mark, value = line.partition("=")
        if mark:
            header[key.strip()] = value.strip("\0 ")
    for key in ("Image Pixel Size", "Pixel Size"):
        found = re.fullmatch(r"([\d.,eE+-]+)\s*(\S+)", header.get(key, ""))
        if found and (step := number(found[1].replace(",", "."))) > 0.0:
            return Scale(step, step, found[2], "Zeiss", header)
    return Scale(0.0, 0.0, "", "Zeiss", header)


def _imagej(text: str, tags: Mapping[int, Any]) -> Scale:
    """ImageJ: a unit among its words, and pixels in one unit as the resolution."""
    header = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    unit = header.get("unit", "").replace("\\u00B5", "\u00b5").strip("\0 ")
    x, y = (_inverse(tags.get(tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    if unit.casefold() in ("", "pixel", "pixels", "inch") or not (x > 0.0 and y > 0.0):
        return Scale(0.0, 0.0, "", "ImageJ", header)
    return Scale(x, y, unit, "ImageJ", header)


def _inverse(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    return 1.0 / found if math.isfinite(found) and found > 0.0 else math.nan


def _ome(text: str) -> Scale:
    """OME: physical sizes of a pixel, in micrometres where no unit is named."""
    header = dict(re.findall(r'\b(PhysicalSize[XYZ]\w*|Size[XYZCT]|Name|Model)="([^"]*)"', text))
    x, y = (number(header.get(f"PhysicalSize{side}", "")) for side in "XY")
    if not (x > 0.0 and y > 0.0):
        return Scale(0.0, 0.0, "", "OME", header)
    if header.get("PhysicalSizeXUnit", "\u00b5m") != header.get("PhysicalSizeYUnit", "\u00b5m"):
        return Scale(0.0, 0.0, "", "OME", header)
    return Scale(x, y, header.get("PhysicalSizeXUnit", "\u00b5m"), "OME", header)
