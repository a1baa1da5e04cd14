"""Infrared spectra of Agilent MicroLab as text: six lines of header, then the ordinates.

The header holds the number of points, the first and the last wavenumber, and three codes, those of Galactic's SPC for
the axis, the ordinate and the technique.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.spectral_axes import Named, percent_or_fraction

_HEADER = ("points", "first x", "last x", "axis", "ordinate", "technique")
_ORDINATES = {
    2: Named("absorbance", "1"),
    3: Named("kubelka_munk", "1"),
    10: Named("log_inverse_reflectance", "1"),
    128: Named("transmittance", ""),
    129: Named("reflectance", ""),
    0: Named("intensity", "1"),
    12: Named("intensity", "1"),
    14: Named("intensity", "1"),
    130: Named("intensity", "1"),
}
#: wavenumbers (1/cm) that an infrared spectrometer reaches
_RANGE = (10.0, 30_000.0)


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.data) < 20:
        return Match.NO
    head = [number(line, "," in line) for line in file.text[:400].splitlines()[:7]]
    if len(head) < 6 or not all(map(math.isfinite, head)):
        return Match.NO
    count, first, last, *codes = head
    spectral = _spectral(first, last)
    coded = all(code == int(code) and 0 <= code <= 255 for code in codes[:3]) and codes[0] == 1.0
    counted = count == sum(1 for line in file.lines if line.strip()) - len(_HEADER)
    return Match.LAYOUT if spectral + coded + counted >= 2 else Match.NO


def _spectral(first: float, last: float) -> bool:
    """Whether an infrared spectrum can go from one wavenumber (1/cm) to the other."""
    return first != last and all(_RANGE[0] <= end <= _RANGE[1] for end in (first, last))


def _read(file: RawFile) -> Recording:
    header = [file.line(place, what) for place, what in enumerate(_HEADER, 1)]
    comma = any("," in line for line in file.lines[:40])
    if comma and any("." in line for line in file.lines[:40]):
        raise file.refusal("decimals stand behind points and behind commas", line=2)
    count, first, last, axis, ordinate, _ = (number(line, comma) for line in header)
    rows = [line for line in file.lines[6:] if line.strip()]
    if len(rows) != count:
        raise file.refusal(f"{count:g} ordinates are stated in line 1, and there are {len(rows)}", line=len(file.lines))
    if file.lines[-1].strip():
        raise file.refusal("a line end was expected behind the last ordinate; it is cut off", line=len(file.lines))
    values = np.array([number(row, comma) for row in rows])
    if not np.isfinite(values).all():
        raise file.refusal("one number in each line was expected", line=7 + int(np.argmin(np.isfinite(values))))
    if not _spectral(first, last):
        raise file.refusal(f"wavenumbers from {first:g} to {last:g} 1/cm cannot be", line=2)
    if axis != 1.0 or int(ordinate) not in _ORDINATES:
        raise file.refusal(f"the codes {axis:g} and {ordinate:g} of axis and ordinate are not known", line=4)
    quantity, unit = _ORDINATES[int(ordinate)]
    x = Values("wavenumber", np.linspace(first, last, int(count)), "1/cm")
    y = Values(quantity, values, unit or percent_or_fraction(values))
    note = f"the header's code {ordinate:g} is read as that of Galactic's SPC: {quantity}"
    metadata: dict[str, str | float] = {"instrument": "Agilent", "software": "MicroLab"}
    return Recording("infrared", (Curve((x,), (y,)),), metadata, dict(zip(_HEADER, header)), notes=(note,))


READER = Reader("agilent_asp", "Agilent MicroLab, infrared spectrum as text (.asp)", _sniff, _read)
