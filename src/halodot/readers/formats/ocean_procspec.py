"""Ocean Optics SpectraSuite ``.ProcSpec``: a zip archive with ``ps_0.xml``, the objects of the program as XML.

``channelWavelengths``, ``processedPixels`` and ``pixelValues`` hold the numbers in ``double`` elements; ``pixelValues``
stand below ``sourceSpectra``, ``darkSpectrum`` and ``referenceSpectrum``. Integration times are in microseconds,
``milliTime`` in milliseconds since 1970. What was processed is the class of the processor or of the descriptor of the
intensity. The program writes names in the letters of the computer, and control characters, that XML forbids.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import local, member, member_names, xml_root
from halodot.readers.formats._ocean_header import yes
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MEMBER = re.compile(r"(?:.*/)?ps_\d+\.xml")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]")
#: processors and descriptors, by a part of their class in lower case
_PROCESSED = (
    ("transmission", ("transmittance", "%")),
    ("reflection", ("reflectance", "%")),
    ("reflectance", ("reflectance", "%")),
    ("absorbance", ("absorbance", "1")),
    ("absoluteirradiance", ("spectral_irradiance", "uW/cm2/nm")),
)
_PARTS = {"darkSpectrum": "dark", "referenceSpectrum": "reference"}
_WORDS = {
    "userName": "operator",
    "spectrometerSerialNumber": "serial_number",
    "spectrometerClass": "instrument",
    "milliTime": "date",
    "integrationTime": "integration_time",
    "scansToAverage": "scans",
    "boxcarWidth": "boxcar",
    "correctForElectricalDark": "dark_corrected",
    "correctForNonLinearity": "nonlinearity_corrected",
    "correctForStrayLight": "stray_light_corrected",
}


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if any(_MEMBER.fullmatch(name) for name in member_names(file)) else Match.NO


def _read(file: RawFile) -> Recording:
    names = [name for name in member_names(file) if _MEMBER.fullmatch(name)]
    if len(names) != 1:
        raise file.refusal(f"one member ps_0.xml was expected, not {', '.join(names) or 'none'}")
    root = xml_root(file, _FORBIDDEN.sub(b"?", member(file, names[0])), names[0])
    arrays, texts = _collected(file, root)
    wavelengths = arrays.pop("channelWavelengths", None)
    if wavelengths is None or not arrays:
        raise file.refusal(f"{names[0]} holds no channelWavelengths with a spectrum")
    for name, values in arrays.items():
        if len(values) != len(wavelengths):
            what = f"{len(values)} numbers in {name} do not fit {len(wavelengths)} wavelengths"
            raise file.refusal(what)
    pixels = number(texts.get("spectrometerNumberOfPixels", ""))
    if math.isfinite(pixels) and pixels != len(wavelengths):
        raise file.refusal(f"{pixels:.0f} pixels are stated, but there are {len(wavelengths)} wavelengths")
    signals, notes = _signals(root, arrays)
    quantities = {signal.quantity for signal in signals}
    ratios = quantities & {"transmittance", "reflectance", "absorbance"}
    kind = "irradiance" if "spectral_irradiance" in quantities else ("absorption" if ratios else "spectrum")
    curve = Curve((Values("wavelength", wavelengths, "nm"),), signals)
    header = {key: text for key, text in texts.items() if key not in _WORDS}
    return Recording(kind, (curve,), _settings(texts), header, notes=notes)


def _walk(element: Element, above: tuple[str, ...] = ()) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield every element with the names of those it stands in."""
    stack = [(element, above)]
    while stack:
        one, path = stack.pop()
        yield one, path
        within = (*path, local(one.tag))
        stack += [(child, within) for child in reversed(list(one))]


def _collected(file: RawFile, root: Element) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """Return the arrays, the first of each name, and the first text of each element that holds one."""
    arrays: dict[str, NDArray[np.float64]] = {}
    texts: dict[str, str] = {}
    for element, path in _walk(root):
        name = local(element.tag)
        if name in ("channelWavelengths", "processedPixels", "pixelValues"):
            numbers = [child for child in element.iter() if local(child.tag) == "double"]
            part = next((word for within, word in _PARTS.items() if within in path), "")
            key = name if name != "pixelValues" else f"{name} {part}".strip()
            if numbers and key not in arrays:
                arrays[key] = np.array([_number(file, child, name) for child in numbers])
        elif name != "double" and element.text and element.text.strip() and not len(element):
            texts.setdefault(name, element.text.strip())
    return arrays, texts


def _number(file: RawFile, element: Element, name: str) -> float:
    text = (element.text or "").strip()
    value = number(text)
    if math.isnan(value) and not (name == "processedPixels" and text in ("NaN", "Infinity", "-Infinity")):
        raise file.refusal(f"a number was expected in {name}, not {text[:40]!r}")
    return value


def _signals(root: Element, arrays: dict[str, NDArray[np.float64]]) -> tuple[tuple[Values, ...], tuple[str, ...]]:
    signals: list[Values] = []
    notes: tuple[str, ...] = ()
    if (processed := arrays.get("processedPixels")) is not None:
        classes = " ".join(f"{local(one.tag)} {one.get('class', '')}".casefold() for one, _ in _walk(root))
        known = [named for word, named in _PROCESSED if re.search(rf"{word}\w*(?:processor|descriptor)", classes)]
        if known:
            signals.append(Values(known[0][0], processed, known[0][1], heading="processedPixels"))
        else:
            signals.append(Values("intensity", processed, "1", "intensity_processed", "processedPixels"))
            notes = ("the file does not say what the processed signal is",)
    recorded = {key: values for key, values in arrays.items() if key.startswith("pixelValues")}
    counted = all(values.min() >= 0.0 for values in recorded.values())
    quantity = "counts" if counted else "intensity"
    for key, values in recorded.items():
        part = key.partition(" ")[2]
        signals.append(Values(quantity, values, "1", f"{quantity}_{part}" if part else "", key))
    return tuple(signals), notes


def _settings(texts: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "Ocean Optics", "software": "SpectraSuite"}
    for name, word in _WORDS.items():
        text = texts.get(name, "")
        value = number(text)
        if word in ("operator", "serial_number") and text:
            found[word] = text
        elif word == "instrument" and text:
            found[word] = f"Ocean Optics {text.rpartition('.')[2]}"
        elif word == "date" and 0.0 < value < 4e12:
            found[word] = datetime.fromtimestamp(value / 1e3, UTC).replace(microsecond=0).isoformat()
        elif word == "integration_time" and value > 0.0:
            found[word] = setting(word, value, "us")
        elif word in ("scans", "boxcar") and value >= 0.0:
            found[word] = value
        elif word.endswith("corrected") and (answer := yes(text)) is not None:
            found[word] = float(answer)
    return found


READER = Reader("ocean_procspec", "Ocean Optics SpectraSuite ProcSpec", _sniff, _read)
