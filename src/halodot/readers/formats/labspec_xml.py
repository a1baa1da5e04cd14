"""HORIBA Jobin Yvon LabSpec: spectra, lines and maps as XML.

``LSX_Tree`` holds the axes and the settings as elements that an ID tells apart, ``LSX_Matrix`` a row of intensities
for each spectrum; of a map the first axis behind that of the spectrum runs fastest. Each list states how many
numbers it has, and each axis from where to where it goes. The order of the points stays that of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import local, xml_root
from halodot.readers.formats._labspec import map_axis, metadata, signal_quantity, spectral_axis
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: IDs of elements: what they hold
_SETTINGS, _KIND, _TITLE = "0x6C62D4D9", "0x6D707974", "0x6C7469D9"
_AXES, _AXIS_LIST = "0x7A74D9D6", "0x7B697861"
_NAME, _UNIT, _NUMBERS, _LIMITS, _RANGE = "0x6D707974", "0x7C696E75", "0x7D6CD4DB", "0x6D6174E3", "0x696DDCE0"
_KEY, _SHOWN, _PRECISE = "0x6D6D616E", "0x7D6C61DB", "0x8736F70"
#: numbers are written with six digits, the limits with fifteen
_DIGITS = 2e-5


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if b"<LSX_Data" in file.head.replace(b"\0", b"") else Match.NO


def _read(file: RawFile) -> Recording:
    root = xml_root(file)
    trees = [child for child in root if local(child.tag) == "LSX_Tree"]
    matrices = [child for child in root if local(child.tag) == "LSX_Matrix"]
    if len(trees) != 1 or len(matrices) != 1:
        what = f"one LSX_Tree and one LSX_Matrix were expected, not {len(trees)} and {len(matrices)}"
        raise file.refusal(f"{what}; export one spectrum or map")
    tree = trees[0]
    header, precise = _header(tree)
    axes = _child(file, _child(file, tree, _AXES, "axes"), _AXIS_LIST, "a list of axes")
    warnings: list[str] = []
    signal = _child(file, axes, "0x0", "the axis of intensities")
    spectral = _child(file, axes, "0x1", "the axis of the spectrum")
    points = _numbers(file, _child(file, spectral, _NUMBERS, "points of the spectrum"))
    known = spectral_axis(_text(spectral, _UNIT))
    if known is None:
        what = f"the spectrum runs along {_text(spectral, _NAME)!r} in {_text(spectral, _UNIT)!r}"
        raise file.refusal(f"{what}; nm, 1/cm or eV was expected")
    outer = [found for place in ("0x3", "0x2") if (found := _outer(file, axes, place)) is not None]
    outer = _along_a_line(outer, sum(local(child.tag) == "LSX_Row" for child in matrices[0]))
    values = _matrix(file, matrices[0], len(points), [len(axis.values) for axis in outer])
    _check_limits(file, spectral, points)
    if not outer:
        warnings += _other_limits(signal, values)
    unit = _text(signal, _UNIT)
    quantity, own = signal_quantity(unit, header, float(values.min()))
    heading = f"{_text(signal, _NAME)} ({unit})"
    axis = Values(known.quantity, points, known.unit, "", _text(spectral, _NAME))
    curve = Curve((*outer, axis), (Values(quantity, values, own, "", heading),))
    settings = metadata(header, precise)
    if title := _text(tree, _TITLE):
        settings["title"] = title
    shift = known.quantity == "raman_shift"
    kind = "raman" if shift else ("photoluminescence" if "excitation_wavelength" in settings else "spectrum")
    return Recording(kind, (curve,), settings, header, tuple(warnings))


def _child(file: RawFile, element: Element, name: str, what: str) -> Element:
    found = next((child for child in element if child.get("ID") == name), None)
    if found is None:
        raise file.refusal(f"{what} (ID {name}) was expected in {local(element.tag)} {element.get('ID', '')}")
    return found


def _text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if child.get("ID") == name), "")


def _numbers(file: RawFile, element: Element) -> NDArray[np.float64]:
    """Return the numbers of an element, as many as it states."""
    try:
        found = np.array((element.text or "").split(), dtype=float)
        stated = int(element.get("Size", "-1"))
    except ValueError as error:
        raise file.refusal(f"numbers were expected in {local(element.tag)} ({error})") from error
    if len(found) != stated or not np.isfinite(found).all():
        raise file.refusal(f"{local(element.tag)} states {stated} numbers, and {len(found)} were found")
    return found


def _outer(file: RawFile, axes: Element, name: str) -> Values | None:
    """Return an axis between spectra, None where there is none or it has a single point."""
    element = next((child for child in axes if child.get("ID") == name), None)
    if element is None:
        return None
    points = _numbers(file, _child(file, element, _NUMBERS, "points of an axis"))
    if len(points) < 2:
        return None
    known = map_axis(_text(element, _NAME), _text(element, _UNIT))
    if known is None:
        what = f"spectra stand along {_text(element, _NAME)!r} in {_text(element, _UNIT)!r}"
        raise file.refusal(f"{what}; X, Y or Z in um or Time in s was expected")
    return Values(known.quantity, points, known.unit, "", _text(element, _NAME))


def _along_a_line(outer: list[Values], spectra: int) -> list[Values]:
    """Return the distance along a line in place of x and y, where both move from spectrum to spectrum."""
    sides = [axis.values for axis in outer]
    if len(outer) != 2 or len(sides[0]) != spectra or len(sides[1]) != spectra or outer[0].unit != outer[1].unit:
        return outer
    distance = np.hypot(sides[0] - sides[0][0], sides[1] - sides[1][0])
    return [Values("position", distance, outer[0].unit, "", "distance along the line")]


def _matrix(file: RawFile, matrix: Element, points: int, outer: list[int]) -> NDArray[np.float64]:
    rows = [child for child in matrix if local(child.tag) == "LSX_Row"]
    spectra = int(np.prod(outer, dtype=object)) if outer else 1
    stated = matrix.get("Size", "")
    if len(rows) != spectra or stated not in (str(spectra), str(points), str(spectra * points)):
        what = (
            f"the axes ask for {spectra} spectra of {points} points; LSX_Matrix states {stated} and holds {len(rows)}"
        )
        raise file.refusal(what)
    try:
        order = [int(row.get("Index", str(place))) for place, row in enumerate(rows)]
    except ValueError as error:
        raise file.refusal(f"a number was expected for the Index of a row ({error})") from error
    if any(behind <= before for before, behind in pairwise(order)):
        raise file.refusal("the rows of LSX_Matrix do not follow each other by their Index")
    found = [_numbers(file, row) for row in rows]
    for row in found:
        if len(row) != points:
            raise file.refusal(f"a spectrum has {len(row)} intensities and its axis {points} points")
    return np.reshape(np.array(found), (*outer, points))


def _limits(element: Element) -> list[float]:
    for limits in (child for child in element if child.get("ID") == _LIMITS):
        for stated in (child for child in limits if child.get("ID") == _RANGE):
            try:
                return [float(child.text or "") for child in stated][:2]
            except ValueError:
                return []
    return []


def _check_limits(file: RawFile, element: Element, points: NDArray[np.float64]) -> None:
    """Refuse an axis whose points do not reach as far as LabSpec says beside them."""
    stated = _limits(element)
    scale = _DIGITS * float(np.abs(points).max(initial=0.0))
    if len(stated) == 2 and (abs(points.min() - stated[0]) > scale or abs(points.max() - stated[1]) > scale):
        found = f"its points go from {points.min():g} to {points.max():g}"
        raise file.refusal(f"the axis states {stated[0]:g} to {stated[1]:g}, and {found}")


def _other_limits(element: Element, values: NDArray[np.float64]) -> list[str]:
    stated = _limits(element)
    low, high = float(values.min()), float(values.max())
    scale = _DIGITS * max(abs(low), abs(high))
    if len(stated) != 2 or (abs(low - stated[0]) <= scale and abs(high - stated[1]) <= scale):
        return []
    return [f"the file states intensities from {stated[0]:g} to {stated[1]:g}, and has them from {low:g} to {high:g}"]


def _header(tree: Element) -> tuple[dict[str, str], Mapping[str, str]]:
    """Return the settings as shown, and the numbers behind them."""
    shown: dict[str, str] = {}
    precise: dict[str, str] = {}
    for groups in (child for child in tree if child.get("ID") == _SETTINGS):
        for item in (item for group in groups for item in group):
            key, text, behind = _text(item, _KEY), _text(item, _SHOWN), _text(item, _PRECISE)
            if not key:
                continue
            while key in shown:  # LabSpec calls both the scanned range and the set of mirrors Range
                key += " "
            shown[key] = text
            if behind:
                precise[key] = behind
    if kind := _text(tree, _KIND):
        shown.setdefault("Type", kind)
    return {key.strip() if key.strip() not in shown else key: text for key, text in shown.items()}, precise


READER = Reader("labspec_xml", "HORIBA LabSpec as XML: spectra, lines and maps", _sniff, _read)
