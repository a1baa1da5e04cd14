"""What readers of images share: axes with a scale, channels with a unit, rows from the top.

Row 0 is the top of the picture; x grows to the right and y downwards, both from the first pixel or from the origin that
the file states. Readers of formats that store the lowest row first reverse the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.errors import InputError
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Values
from halodot.units import to_si

#: what the axes of every image mean
ROWS_NOTE = "row 0 is the top of the picture; x grows to the right, y downwards"
#: pixels that an image may have: 20000 x 20000 would take 3 GB as numbers of eight bytes
MOST_PIXELS = 60_000_000
#: spellings that instruments use, as this package reads them, and a factor
_SPELLINGS = {
    "~m": "um", "\u03bcm": "um", "\xb5m": "um", "micron": "um", "microns": "um", "micrometer": "um", "ang": "angstrom",
    "a": "angstrom", "\u212b": "angstrom", "deg": "degree", "\xba": "degree", "\xb0": "degree", "degrees": "degree",
    "~a": "uA", "\u03bca": "uA", "\xb5a": "uA", "~v": "uV", "\u03bcv": "uV", "\xb5v": "uV", "1/~m": "1/um",
    "arb": "1", "arb.": "1", "a.u.": "1", "none": "1", "lsb": "1", "": "1", "px": "1", "pixel": "1", "pixels": "1",
    "meter": "m", "meters": "m", "nanometer": "nm", "nanometers": "nm", "sec": "s", "seconds": "s",
}  # fmt: skip
_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIXED = re.compile(r"([fpnumkMG]?)(m|V|A|N|Pa|Hz|N/m|eV|s|ohm|W)")
#: SI unit of a channel of a probe microscope, and what it then measures
_CHANNELS = {
    "m": "height",
    "rad": "phase_angle",
    "V": "signal_voltage",
    "A": "current",
    "N": "force",
    "Pa": "modulus",
    "1/s": "frequency",
    "N/m": "stiffness",
}
_WAYS = {"trace": "forward", "retrace": "reverse", "forward": "forward", "backward": "reverse", "backwards": "reverse"}
#: lengths of a probe microscope that are not the height of the sample
_NO_HEIGHT = re.compile(r"defl|ampl|error|deformation|indent|inphase|quadrature|friction|lateral", re.IGNORECASE)


def spelled(unit: str) -> tuple[str, float]:
    """Return a unit as this package reads it and the factor that leads to it, "" where it is unknown.

    Args:
        unit: as an instrument writes it: "~m", "Å", "pN".
    """
    plain = unit.strip().replace("\u2212", "-").replace("^-1", "-1").replace("\u207b\xb9", "-1")
    if found := re.fullmatch(r"1 ?/ ?(.+)|(.+?) ?-1", plain):
        inner, factor = spelled(found[1] or found[2])
        return (f"1/{inner}", 1.0 / factor) if inner not in ("", "1") else ("", 1.0)
    if plain in ("\u212b", "\xc5", "A\u030a"):
        return "angstrom", 1.0
    if plain not in ("A",):
        plain = _SPELLINGS.get(plain.casefold(), plain)
    found = _PREFIXED.fullmatch(plain.replace("\u03bc", "u").replace("\xb5", "u").replace("~", "u"))
    if found and found[2] in ("N", "N/m", "Hz", "Pa"):  # not all prefixes of these are read elsewhere
        return found[2], _PREFIXES[found[1]]
    return plain.replace("\u03bc", "u").replace("\xb5", "u").replace("~", "u"), 1.0


def is_of(unit: str, si: str) -> bool:
    """Whether a unit, as this package reads it, measures what an SI unit does."""
    try:
        to_si(f"1 {unit}", si)
    except InputError:
        return False
    return unit not in ("", "1")


def axis(direction: str, count: int, step: float, unit: str, start: float = 0.0) -> Values:
    """Return an axis of an image.

    Args:
        direction: "x" or "y".
        count: of the pixels.
        step: from pixel to pixel, in the unit.
        unit: as the file writes it: a length, an inverse length, or nothing for pixels.
        start: of the first pixel, in the unit.

    Returns:
        A position, a spatial frequency, or a count of pixels from 0 where the file has no scale in a known unit.
    """
    plain, factor = spelled(unit)
    places = np.arange(count, dtype=float)
    for si, quantity in (("m", "position"), ("1/m", "frequency")):
        if is_of(plain, si) and step != 0.0:
            values = (start + places * step) * factor
            return Values(f"{direction}_{quantity}", values, plain, heading=unit)
    return Values(f"{direction}_pixel", places, "1")


def channel(name: str, values: NDArray[Any], unit: str) -> tuple[Values, str]:
    """Return a channel of a probe microscope and a note where its unit is not known.

    Args:
        name: as the file calls it: "Height Sensor".
        values: rows from the top, in the unit.
        unit: as the file writes it.
    """
    plain, factor = spelled(unit)
    scaled = values * factor if factor != 1.0 else values
    for si, quantity in _CHANNELS.items():
        if is_of(plain, si):
            named = "deflection" if quantity == "height" and _NO_HEIGHT.search(name) else quantity
            return Values(named, scaled, plain, slug(name), f"{name} [{unit}]"), ""
    heading = f"{name} [{unit}]" if unit.strip() else name
    note = "" if plain == "1" else f"{name} is in {unit}, kept as numbers of this unit"
    return Values("intensity", values, "1", slug(name), heading), note


def as_doubles(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers of eight bytes; patterns that are no numbers stay so without a warning."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def scan_way(text: str) -> str:
    """Return the direction of a fast scan as "forward" or "reverse", as it is where the word is not known."""
    return _WAYS.get(text.strip().casefold(), text)


def slug(text: str) -> str:
    """Return a name of a channel as a name of a variable."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "signal"


def named_apart(signals: Sequence[Values], directions: Sequence[str] = ()) -> tuple[Values, ...]:
    """Return channels with different names: the direction of the scan tells two of one name apart, then a number.

    Args:
        signals: of one image.
        directions: of the scan of each, as "retrace"; empty where unknown.
    """
    taken: set[str] = set()
    found = []
    for place, signal in enumerate(signals):
        name = signal.name or signal.quantity
        if name in taken and place < len(directions) and directions[place]:
            name = f"{name}_{slug(directions[place])}"
        stem, number = name, 2
        while name in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name)
        found.append(Values(signal.quantity, signal.values, signal.unit, name, signal.heading))
    return tuple(found)


def grouped(images: Sequence[tuple[tuple[Values, ...], Values, str]]) -> tuple[Curve, ...]:
    """Return channels as curves, one for each grid of pixels.

    Args:
        images: axes, channel and direction of the scan of each.
    """
    grids: list[tuple[tuple[Values, ...], list[Values], list[str]]] = []
    for axes, signal, direction in images:
        for known, signals, directions in grids:
            if _same(known, axes):
                signals.append(signal)
                directions.append(direction)
                break
        else:
            grids.append((axes, [signal], [direction]))
    several = len(grids) > 1
    return tuple(
        Curve(axes, named_apart(signals, directions), f"grid {number}" if several else "")
        for number, (axes, signals, directions) in enumerate(grids, 1)
    )


def _same(axes: tuple[Values, ...], others: tuple[Values, ...]) -> bool:
    return len(axes) == len(others) and all(
        one.quantity == other.quantity and one.unit == other.unit and np.array_equal(one.values, other.values)
        for one, other in zip(axes, others)
    )


def checked_size(file: RawFile, *shape: int, byte: int = -1) -> int:
    """Return the number of pixels of an image.

    Raises:
        DataError: a side is not positive, or there are more pixels than `MOST_PIXELS`.
    """
    count = 1
    for side in shape:
        count *= max(side, 0)
    if not 0 < count <= MOST_PIXELS:
        sides = " x ".join(str(side) for side in shape)
        raise file.refusal(f"an image of {sides} pixels cannot be; at most {MOST_PIXELS} are read", byte=byte)
    return count
