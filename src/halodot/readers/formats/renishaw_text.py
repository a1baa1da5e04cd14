"""Renishaw WiRE: spectra, maps and series as text, columns below a line of names (``#Wave``, ``#Intensity``).

Maps have ``#X`` and ``#Y``, series ``#Time`` or ``#Sequence`` in front, and a row for each point of each spectrum. The
unit of the wave is not written: it is read as Raman shift where its numbers can be no wavelength, else refused.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._plain_text import check_last_number
from halodot.readers.numbers import block, cells
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_OUTER = {
    "#x": ("x_position", "um"),
    "#y": ("y_position", "um"),
    "#z": ("position", "um"),
    "#time": ("time", "s"),
    "#sequence": ("channel", "1"),
}
#: 1/cm; points outside these are no wavelengths in nm of visible light and the near infrared
_NO_WAVELENGTH = (200.0, 1700.0)


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    names = [name.casefold() for name in file.lines[0].split()]
    known = len(names) >= 2 and names[-2:] == ["#wave", "#intensity"] and all(name in _OUTER for name in names[:-2])
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    names = [name.casefold() for name in file.lines[0].split()]
    mark = "\t" if "\t" in file.line(2, "a row of numbers") else " "
    numbers = block(file, 2, delimiter=mark, columns=len(names))
    last = 1 + numbers.lines
    check_last_number(file, [cells(line, mark) for line in file.lines[1:last]], 2)
    if any(line.strip() for line in file.lines[last:]):
        raise file.refusal("a row of numbers was expected", line=last + 1)
    if np.isnan(numbers.values).any():
        raise file.refusal("a number in each cell was expected", line=2)
    wave, intensity = numbers.values[:, -2], numbers.values[:, -1]
    if _NO_WAVELENGTH[0] <= wave.min() and wave.max() <= _NO_WAVELENGTH[1]:
        what = "the file does not say whether its wave is in nm or 1/cm, and both can be"
        raise file.refusal(f"{what}; export the spectrum from WiRE as .spc", line=1)
    notes = ("the file has no unit of its wave; these numbers can only be Raman shifts",)
    outer = numbers.values[:, :-2]
    if not outer.shape[1]:
        check_steps(file, wave, 2)
        curve = Curve((Values("raman_shift", wave, "1/cm"),), (Values("intensity", intensity),))
        return Recording("raman", (curve,), {"instrument": "Renishaw", "software": "WiRE"}, {}, (), notes)
    curves = _spectra(file, names[:-2], outer, wave, intensity)
    return Recording("raman", curves, {"instrument": "Renishaw", "software": "WiRE"}, {}, (), notes)


def _spectra(
    file: RawFile,
    names: list[str],
    outer: NDArray[np.float64],
    wave: NDArray[np.float64],
    intensity: NDArray[np.float64],
) -> tuple[Curve, ...]:
    """Return the spectra of a map or series on the axes that they share."""
    moved = np.flatnonzero(np.any(np.diff(outer, axis=0) != 0.0, axis=1)) + 1
    starts = np.concatenate([[0], moved, [len(wave)]])
    points = int(starts[1])
    if np.any(np.diff(starts) != points):
        raise file.refusal(f"{points} points in each spectrum were expected", line=2)
    count = len(starts) - 1
    shaped = np.reshape(wave, (count, points))
    if not np.all(shaped == shaped[0]):
        raise file.refusal("the same wave in each spectrum was expected", line=2)
    spectral = Values("raman_shift", shaped[0], "1/cm")
    places = outer[starts[:-1]]
    values = np.reshape(intensity, (count, points))
    axes = _grid(names, places)
    if axes is None:
        if count > 2000:
            raise file.refusal(f"the {count} spectra stand on no grid; export a whole map", line=2)
        labels = [
            ", ".join(f"{re.sub('#', '', name)} {value:g}" for name, value in zip(names, place)) for place in places
        ]
        return tuple(Curve((spectral,), (Values("intensity", row),), label) for row, label in zip(values, labels))
    shape = (*(len(axis.values) for axis in axes), points)
    return (Curve((*axes, spectral), (Values("intensity", np.reshape(values, shape)),)),)


def _grid(names: list[str], places: NDArray[np.float64]) -> list[Values] | None:
    """Return the axes of a grid, the slowest first, None where the places follow none."""
    columns = places.T
    own = [column[np.sort(np.unique(column, return_index=True)[1])] for column in columns]
    still = [int(np.argmax(column != column[0])) or len(column) for column in columns]
    order = sorted(range(len(columns)), key=lambda k: -still[k])
    if int(np.prod([len(item) for item in own], dtype=object)) != len(places):
        return None
    meshes = np.meshgrid(*(own[k] for k in order), indexing="ij")
    if not all(np.array_equal(mesh.ravel(), columns[k]) for mesh, k in zip(meshes, order)):
        return None
    found = [Values(_OUTER[names[k]][0], own[k], _OUTER[names[k]][1]) for k in order if len(own[k]) > 1]
    return found or None


READER = Reader("renishaw_text", "Renishaw WiRE as text", _sniff, _read)
