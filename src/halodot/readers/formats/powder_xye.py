"""Powder patterns as rows of two theta, intensity and its standard error, below remarks that say so.

Written by synchrotrons (11-BM of the Advanced Photon Source: ``/* .../11bmb_3294.mda``, ``# Run no. = 3294``) and by
programs of refinement (``XYDATA`` of FullProf). Rows without any word are read as a plain table.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._diffraction import check_line_end, intensities, settings, texts, whole
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_REMARK = re.compile(r"\s*(?:#|!|;|%|//|/\*|')")
_SETTING = re.compile(r"\s*(?:#|!|;|%|//)+\s*([A-Za-z][\w .()/-]*?)\s*[=:]\s*(\S.*?)\s*$")
_TWO_THETA = re.compile(r"(?:\b2|\btwo)[\s_-]*(?:theta|θ|th\b)|\btth\b|diffractogram|powder diffraction", re.IGNORECASE)
_BEAMLINE = re.compile(r"\.mda\b|\bRun no\.", re.IGNORECASE)
#: first words of FullProf's header of pairs and triples
_FULLPROF = ("XYDATA", "INTER", "TEMP")
_ROW = re.compile(r"\s*[-+.\d]")
_MOST_REMARKS = 200


def _remarks(file: RawFile) -> list[str]:
    """Return the lines above the rows, all of them remarks; none where another line stands there."""
    found: list[str] = []
    fullprof = file.lines[0].strip().upper().startswith("XYDATA")
    for line in file.lines[:_MOST_REMARKS]:
        if not line.strip() or _REMARK.match(line) or (fullprof and line.strip().upper().startswith(_FULLPROF)):
            found.append(line)
        elif _ROW.match(line) or (fullprof and len(found) < 6):
            if _ROW.match(line):
                return found
            found.append(line)
        else:
            return []
    return []


def _sniff(file: RawFile) -> Match:
    if not file.encoding or file.lines[0].startswith("'Id:"):
        return Match.NO
    remarks = _remarks(file)
    if not remarks:
        return Match.NO
    words = "\n".join(remarks)
    known = remarks[0].strip().upper().startswith("XYDATA") or _TWO_THETA.search(words) or _BEAMLINE.search(words)
    row = file.lines[len(remarks)].replace(",", " ").split()
    plausible = len(row) in (2, 3) and -60.0 <= number(row[0]) <= 180.0
    return Match.LAYOUT if known and plausible else Match.NO


def _read(file: RawFile) -> Recording:
    remarks = _remarks(file)
    if _BEAMLINE.search("\n".join(remarks)):
        check_line_end(file)
    first = len(remarks) + 1
    numbers = block(file, first)
    after = first + numbers.lines
    if any(line.strip() for line in file.lines[after - 1 :]):
        place, text = next((place, line) for place, line in enumerate(file.lines[after - 1 :], after) if line.strip())
        raise file.refusal(f"{numbers.columns} numbers were expected, not {text.strip()[:40]!r}", line=place)
    if numbers.columns not in (2, 3):
        raise file.refusal(f"two or three columns were expected, not {numbers.columns}", line=first)
    words = {found[1].strip(): found[2].strip() for line in remarks if (found := _SETTING.match(line))}
    _check_steps(file, words, numbers.values[:, 0], first)
    text = "\n".join(remarks).casefold()
    rate = bool(re.search(r"\bcps\b|counts?\s*(?:/|per)\s*s", text))
    values = whole(numbers.values[:, 1])
    counts = intensities(values, "counts") if "count" in text else Values("intensity", values)
    signals: tuple[Values, ...] = (intensities(values, "cps"),) if rate else (counts,)
    if numbers.columns == 3:
        error = "1/s" if rate else "1"
        signals += (Values(signals[0].quantity, numbers.values[:, 2], error, f"{signals[0].quantity}_error"),)
    curve = Curve((Values("two_theta", numbers.values[:, 0], "degree"),), signals)
    header = words | {f"remark {place}": line.strip() for place, line in enumerate(remarks, 1) if line.strip()}
    return Recording("x_ray_diffraction", (curve,), _metadata(words, remarks), header)


def _check_steps(file: RawFile, words: dict[str, str], axis: NDArray[np.float64], first: int) -> None:
    """Refuse rows that do not follow the step that a beamline states."""
    step = number(words.get("Actual 2theta step (deg)", ""))
    if not step > 0.0 or axis.size < 2:
        return
    wrong = np.abs(np.diff(axis) - step) > 0.1 * step
    if wrong.any():
        place = int(np.argmax(wrong)) + 1
        what = f"two theta goes from {axis[place - 1]:g} to {axis[place]:g}; steps of {step:g} were expected"
        raise file.refusal(what, line=first + place)


def _metadata(words: dict[str, str], remarks: list[str]) -> dict[str, str | float]:
    lower = {key.casefold(): text for key, text in words.items()}
    beamline = "Advanced Photon Source, beamline 11-BM" if "11bm" in " ".join(remarks).casefold() else ""
    wavelength = next(
        (text for key, text in lower.items() if key.startswith(("wave", "lambda", "calibrated wave"))), ""
    )
    value = number((wavelength.split() or [""])[0])
    month = lower.get("scan time", "").partition(".")[0].title()
    found = texts(
        instrument=beamline,
        sample=next((lower[key] for key in ("user sample name", "sample name", "sample") if lower.get(key)), ""),
        comment=lower.get("scan comment", "") or lower.get("comment", ""),
        date=iso_date(month, "%b %d, %Y %H:%M:%S"),
    )
    return found | settings(
        x_ray_wavelength=(value if 0.05 < value < 10.0 else math.nan, "angstrom"),
        temperature=(number(lower.get("temp (k)", "")), "K"),
        integration_time=(number(lower.get("time per step (sec)", "")), "s"),
    )


READER = Reader("powder_xye", "Powder pattern, rows of two theta and intensity below remarks", _sniff, _read)
