"""HORIBA LabSpec: spectra, maps and series as text below lines of settings (``#Acq. time (s)=``).

A spectrum is two columns. A map or series has the points of the spectrum in its first row behind as many empty cells as
there are coordinates, and below a row for each spectrum, its coordinates first. ``#AxisType`` and ``#AxisUnit`` name
the axes in newer versions; older ones leave the unit to be known from ``#Range (nm)`` or ``#Spectro (cm-1)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._labspec import Axis, map_axis, metadata, signal_quantity, spectral_axis
from halodot.readers.formats._plain_text import check_last_number
from halodot.readers.numbers import block, cells
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_SETTING = re.compile(r"#([^=\t]+)=\s*(.*)")
#: nm and below, 1/cm and above which a point can be no wavelength of a spectrograph for visible light
_NO_WAVELENGTH = (150.0, 2700.0)
#: spectra that do not stand on a grid, each a curve of its own
_MOST_CURVES = 2000


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.text.startswith("#"):
        return Match.NO
    head = [line.casefold() for line in file.lines[:80] if line.startswith("#")]
    acquired = any(line.startswith(("#acq. time (s)", "#exposure time")) for line in head)
    others = sum(
        line.startswith(("#accumulations", "#grating", "#detector", "#instrument", "#axistype")) for line in head
    )
    return Match.LAYOUT if acquired and others and any("=" in line for line in head) else Match.NO


def _read(file: RawFile) -> Recording:
    header: dict[str, str] = {}
    start = 0
    for place, line in enumerate(file.lines, 1):
        found = _SETTING.match(line)
        if found:
            key = found[1].strip()
            while key in header:
                key += " "
            header[key] = found[2].strip()
        elif line.strip() and not line.startswith("#"):
            start = place
            break
    if not start:
        raise file.refusal("numbers below the settings were expected", line=len(file.lines))
    first = file.lines[start - 1]
    outer = len(first) - len(first.lstrip("\t"))
    if outer > 3:
        raise file.refusal(f"at most three coordinates of a spectrum were expected, not {outer}", line=start)
    curves, notes = _map(file, start, outer, header) if outer else _spectrum(file, start, header)
    settings = metadata(header, {})
    shift = curves[0].axes[-1].quantity == "raman_shift"
    kind = "raman" if shift else ("photoluminescence" if "excitation_wavelength" in settings else "spectrum")
    plain = {key.strip() if key.strip() not in header else key: text for key, text in header.items()}
    return Recording(kind, curves, settings, plain, (), notes)


def _spectral(
    file: RawFile, header: Mapping[str, str], points: NDArray[np.float64], line: int
) -> tuple[Axis, tuple[str, ...]]:
    """Return what the spectrum runs along, and how that was known."""
    if unit := header.get("AxisUnit[1]", ""):
        if (stated := spectral_axis(unit)) is None:
            raise file.refusal(f"the spectrum runs along {unit!r}; nm, 1/cm or eV was expected", line=line)
        return stated, ()
    for key in header:
        inside = re.fullmatch(r"\s*(?:Range|Spectro|Spectrum)\s*\(([^)]*)\)\s*", key)
        if inside and (hinted := spectral_axis(inside[1])) is not None:
            return hinted, (f"the unit of the axis was taken from {key.strip()!r}",)
    if points.min() < _NO_WAVELENGTH[0] or points.max() > _NO_WAVELENGTH[1]:
        return Axis("raman_shift", "1/cm"), (
            "the file has no unit of its axis; these numbers can only be Raman shifts",
        )
    what = "the file does not say whether its axis is in nm or 1/cm"
    raise file.refusal(f"{what}; export it from LabSpec with #AxisUnit, or as XML", line=line)


def _signal(header: Mapping[str, str], values: NDArray[np.float64]) -> Values:
    unit = header.get("AxisUnit[0]", "")
    found = signal_quantity(unit, header, float(np.nanmin(values)))
    return Values(
        found.quantity, values, found.unit, "", f"{header.get('AxisType[0]', 'Intens')} ({unit})" if unit else ""
    )


def _check_rest(file: RawFile, line: int) -> None:
    for place, text in enumerate(file.lines[line:], line + 1):
        if text.strip():
            raise file.refusal("a row of numbers was expected", line=place)


def _spectrum(file: RawFile, start: int, header: Mapping[str, str]) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
    numbers = block(file, start)
    if numbers.columns != 2 or np.isnan(numbers.values).any():
        raise file.refusal(f"two numbers in each row were expected, not {numbers.columns}", line=start)
    last = start - 1 + numbers.lines
    check_last_number(file, [re.split(r"[\t; ]+", line.strip()) for line in file.lines[start - 1 : last]], start)
    _check_rest(file, last)
    check_steps(file, numbers.values[:, 0], start)
    axis, notes = _spectral(file, header, numbers.values[:, 0], start)
    curve = Curve((Values(axis.quantity, numbers.values[:, 0], axis.unit),), (_signal(header, numbers.values[:, 1]),))
    return (curve,), notes


def _map(file: RawFile, start: int, outer: int, header: Mapping[str, str]) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
    rows = [cells(line, "\t") for line in file.lines[start - 1 :]]
    while rows and not any(rows[-1]):
        rows.pop()
    width = len(rows[0])
    while width and not rows[0][width - 1]:
        width -= 1
    numbers = block(file, start + 1, delimiter="\t", columns=width)
    if numbers.lines + 1 != len(rows):
        raise file.refusal("a row of numbers was expected", line=start + 1 + numbers.lines)
    for place, row in enumerate(rows[1:], start + 1):
        if len(row) < width:
            raise file.refusal(f"{width} numbers were expected, not {len(row)}", line=place)
    check_last_number(file, [row[:width] for row in rows], start)
    points = _points(file, rows[0][outer:width], start, numbers.decimal_comma)
    if np.isnan(numbers.values).any():
        raise file.refusal("a number in each cell was expected", line=start + 1)
    axis, notes = _spectral(file, header, points, start)
    spectral = Values(axis.quantity, points, axis.unit)
    coordinates, more = _coordinates(file, header, numbers.values[:, :outer], start)
    grid = _grid([item.values for item in coordinates])
    values = numbers.values[:, outer:]
    if grid is not None:
        axes = tuple(Values(coordinates[k].quantity, line, coordinates[k].unit) for k, line in grid)
        shape = (*(len(item.values) for item in axes), len(points))
        return (Curve((*axes, spectral), (_signal(header, np.reshape(values, shape)),)),), (*notes, *more)
    if len(values) > _MOST_CURVES:
        raise file.refusal(f"the {len(values)} spectra stand on no grid; export a whole map", line=start + 1)
    labels = [
        ", ".join(f"{item.quantity} {item.values[k]:g} {item.unit}" for item in coordinates) for k in range(len(values))
    ]
    curves = tuple(Curve((spectral,), (_signal(header, row),), label) for row, label in zip(values, labels))
    return curves, (*notes, *more, "the spectra stand on no grid; each is a curve, labelled with its place")


def _points(file: RawFile, row: Sequence[str], line: int, comma: bool) -> NDArray[np.float64]:
    try:
        found = np.array([float(cell.replace(",", ".") if comma else cell) for cell in row])
    except ValueError as error:
        raise file.refusal(f"points of the spectrum were expected ({error})", line=line) from error
    if len(found) < 2 or not np.isfinite(found).all():
        raise file.refusal("points of the spectrum were expected", line=line)
    return found


def _coordinates(
    file: RawFile, header: Mapping[str, str], values: NDArray[np.float64], line: int
) -> tuple[list[Values], tuple[str, ...]]:
    """Return the coordinates of the spectra, a column each."""
    count = values.shape[1]
    usual = {1: ("Time",), 2: ("X", "Y"), 3: ("X", "Y", "Z")}[count]
    stated = [header.get(f"AxisType[{k}]", "") for k in range(2, 2 + count)]
    names = stated if all(stated) else usual
    found = []
    for k, name in enumerate(names):
        unit = header.get(f"AxisUnit[{k + 2}]", "") or ("s" if name == "Time" else "um")
        known = map_axis(name, unit)
        if known is None:
            raise file.refusal(f"spectra stand along {name!r} in {unit!r}; X, Y, Z or Time was expected", line=line)
        found.append(Values(known.quantity, values[:, k], known.unit))
    notes = () if all(stated) else (f"the file does not name its coordinates; they were read as {', '.join(usual)}",)
    return found, notes


def _grid(columns: Sequence[NDArray[np.float64]]) -> list[tuple[int, NDArray[np.float64]]] | None:
    """Return the columns and the points of a grid, the slowest first, None where rows follow no grid."""
    spectra = len(columns[0])
    points = [column[np.sort(np.unique(column, return_index=True)[1])] for column in columns]
    order = sorted(range(len(columns)), key=lambda k: -_steps(columns[k]))
    if int(np.prod([len(item) for item in points], dtype=object)) != spectra:
        return None
    meshes = np.meshgrid(*(points[k] for k in order), indexing="ij")
    if all(np.array_equal(mesh.ravel(), columns[k]) for mesh, k in zip(meshes, order)):
        found = [(k, points[k]) for k in order if len(points[k]) > 1]
        return found or None
    return None


def _steps(column: NDArray[np.float64]) -> int:
    """Return how many rows a coordinate stands still from the first on."""
    moved = np.flatnonzero(column != column[0])
    return int(moved[0]) if len(moved) else len(column)


READER = Reader("labspec_text", "HORIBA LabSpec as text: spectra, maps and series", _sniff, _read)
