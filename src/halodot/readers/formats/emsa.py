"""EMSA/MAS: spectra of electron microscopes as text (ISO 22029), of X-rays, of energy losses, of light.

``#WORD -unit : value`` a line, ``#SPECTRUM``, numbers (``Y``: the channels in turn, several to a line or not; ``XY``:
position and signal), ``#ENDOFDATA``. A channel stands at ``OFFSET + number * XPERCHAN``, numbers from 0.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._diffraction import intensities, settings, steps, texts, whole
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_WORD = re.compile(r"#+\s*([A-Za-z0-9]+)\s*(?:-?\s*([^\s:]+))?\s*(?::\s*(.*))?$")
#: what is measured, by SIGNALTYPE; its axis is an energy but for light
_KINDS = {
    **dict.fromkeys(("EDS", "EDX", "WDS", "WDX", "XRF"), ("x_ray_emission", "x_ray_energy")),
    **dict.fromkeys(("ELS", "EEL", "EELS"), ("energy_loss", "energy_loss")),
    **dict.fromkeys(("PES", "XPS", "UPS", "AES"), ("photoelectrons", "kinetic_energy")),
    "CLS": ("spectrum", "wavelength"),
    "GAM": ("x_ray_emission", "x_ray_energy"),
}
_UNITS = {"ev": "eV", "kev": "keV", "nm": "nm", "um": "um", "a": "angstrom", "angstrom": "angstrom"}
_DATES = ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    first = next((line for line in file.lines[:5] if line.strip()), "")
    found = _WORD.match(first.strip())
    known = found is not None and found[1].upper() == "FORMAT" and "EMSA/MAS" in first.upper()
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    words, units, first = _header(file)
    rows, after = _rows(file, first)
    points = _first(words.get("NPOINTS", ""))
    written = words.get("DATATYPE", "Y").strip().upper()
    if written not in ("Y", "XY") and set(written) != {"Y"}:
        raise file.refusal(f"DATATYPE is {written!r}; Y or XY was expected")
    table = _table(file, rows, written, after)
    if math.isfinite(points) and int(points) != len(table):
        raise file.refusal(f"NPOINTS states {points:g}, the spectrum has {len(table)} points", line=after)
    kind, x = _axis(file, words, units, table[:, 0] if written == "XY" else None, len(table))
    unit = words.get("YUNITS", "")
    signal = intensities(whole(table[:, -1]), unit if unit.casefold() in ("counts", "cps") else "other", unit)
    return Recording(kind, (Curve((x,), (signal,)),), _metadata(words), {k: text for k, text in words.items() if text})


def _first(text: str, default: float = math.nan) -> float:
    """Return the first number of a value; a remark may stand behind it."""
    value = number((re.split(r"[\s,]+", text.strip()) or [""])[0])
    return value if math.isfinite(value) else default


def _header(file: RawFile) -> tuple[dict[str, str], dict[str, str], int]:
    """Return the words, their units, and the line of the first number."""
    words: dict[str, str] = {}
    units: dict[str, str] = {}
    for line, text in enumerate(file.lines, 1):
        found = _WORD.match(text.strip())
        if found is None:
            if text.strip():
                raise file.refusal(f"a word that starts with # was expected, not {text.strip()[:40]!r}", line=line)
            continue
        key = found[1].upper()
        if key == "SPECTRUM":
            return words, units, line + 1
        value = (found[3] or "").strip()
        words[key] = f"{words[key]}; {value}" if key in words and value else words.get(key, "") or value
        units[key] = found[2] or units.get(key, "")
    raise file.refusal("#SPECTRUM was expected before the numbers", line=len(file.lines))


def _rows(file: RawFile, first: int) -> tuple[list[list[float]], int]:
    """Return the rows of numbers and the line that ends them."""
    rows: list[list[float]] = []
    for line, text in enumerate(file.lines[first - 1 :], first):
        stripped = text.strip()
        if stripped.upper().startswith("#ENDOFDATA"):
            return rows, line
        if not stripped:
            continue
        row = [number(cell) for cell in re.split(r"[\s,]+", stripped.rstrip(", "))]
        if not all(map(math.isfinite, row)):
            raise file.refusal(f"numbers were expected, not {stripped[:40]!r}", line=line)
        rows.append(row)
    raise file.refusal("#ENDOFDATA was expected behind the numbers; the file is cut off", line=len(file.lines))


def _table(file: RawFile, rows: list[list[float]], written: str, after: int) -> NDArray[np.float64]:
    """Return the points, (point, 1) or (point, 2) with positions."""
    if written == "XY":
        values = [value for row in rows for value in row]
        if len(values) % 2 or any(len(row) % 2 for row in rows):
            raise file.refusal("pairs of position and signal were expected", line=after)
        return np.array(values).reshape(-1, 2)
    if len(written) > 1:
        raise file.refusal(
            f"spectra of {len(written)} detectors side by side ({written}) are not read; save them singly"
        )
    return np.array([value for row in rows for value in row]).reshape(-1, 1)


def _axis(
    file: RawFile, words: dict[str, str], units: dict[str, str], positions: NDArray[np.float64] | None, count: int
) -> tuple[str, Values]:
    """Return what is measured, and its axis."""
    written = (words.get("XUNITS", "") or units.get("XPERCHAN", "")).split()
    unit = _UNITS.get((written or [""])[0].casefold(), "")
    default = ("spectrum", "wavelength") if unit in ("nm", "um", "angstrom") else ("x_ray_emission", "x_ray_energy")
    kind, quantity = _KINDS.get(words.get("SIGNALTYPE", "").strip().upper()[:4], default)
    if quantity == "wavelength" and unit in ("eV", "keV"):
        quantity = "photon_energy"
    if quantity == "kinetic_energy" and "binding" in words.get("XLABEL", "").casefold():
        quantity = "binding_energy"
    if not unit or (unit in ("eV", "keV")) == (quantity == "wavelength"):
        raise file.refusal(f"XUNITS is {words.get('XUNITS', '')!r}; eV, keV or nm was expected")
    if positions is None:
        offset, step = _first(words.get("OFFSET", ""), 0.0), _first(words.get("XPERCHAN", ""))
        if not math.isfinite(step) or step == 0.0:
            raise file.refusal("XPERCHAN, the width of a channel, was expected in the header")
        positions = steps(offset, step, count)
    return kind, Values(quantity, positions, unit, heading=words.get("XLABEL", ""))


def _metadata(words: dict[str, str]) -> dict[str, str | float]:
    when = f"{words.get('DATE', '')} {words.get('TIME', '')}".strip()
    found = texts(
        title=words.get("TITLE", ""),
        operator=words.get("OWNER", ""),
        comment=words.get("COMMENT", ""),
        technique=words.get("SIGNALTYPE", ""),
        date=iso_date(when, *_DATES),
    )
    return found | settings(
        tube_voltage=(_first(words.get("BEAMKV", "")), "kV"),
        integration_time=_integration_time(words),
        acquisition_time=(_first(words.get("REALTIME", "")), "s"),
        magnification=(_first(words.get("MAGCAM", "")), "1"),
    )


def _integration_time(words: dict[str, str]) -> tuple[float, str]:
    """Return the live time in s, of an EELS spectrum the time of integration or of a channel in ms, and the unit."""
    times = (
        (_first(words.get(key, "")), unit)
        for key, unit in (("LIVETIME", "s"), ("INTEGTIME", "ms"), ("DWELLTIME", "ms"))
    )
    return next(((value, unit) for value, unit in times if value > 0.0), (math.nan, "s"))


READER = Reader("emsa", "EMSA/MAS spectrum (ISO 22029)", _sniff, _read)
