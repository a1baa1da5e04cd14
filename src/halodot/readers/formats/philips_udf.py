"""Philips and PANalytical, PC-APD and X'Pert: UDF, a text of one scan.

A word and its values a line that ends in ``,/``; ``DataAngleRange`` and ``ScanStepSize`` give the axis; behind
``RawScan`` stand the counts, parted by commas, and a slash ends them.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.readers.formats._diffraction import intensities, settings, steps, texts, tube, whole
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.lines[0].startswith("SampleIdent,"):
        return Match.NO
    return Match.LAYOUT if any(line.startswith("DataAngleRange,") for line in file.lines[:100]) else Match.NO


def _read(file: RawFile) -> Recording:
    mark = next((line for line, text in enumerate(file.lines, 1) if text.strip() == "RawScan"), 0)
    if not mark:
        raise file.refusal("RawScan was expected before the counts", line=len(file.lines))
    words: dict[str, str] = {}
    for line in file.lines[: mark - 1]:
        key, _, value = line.rstrip("/ ").rstrip(",").partition(",")
        words[key.strip()] = value.strip()
    text = " ".join(line for line in file.lines[mark:] if line.strip()).strip()
    if not text.endswith("/"):
        raise file.refusal("a slash was expected behind the last count; the file is cut off", line=len(file.lines))
    values = np.array([number(cell) for cell in text.rstrip("/ ").rstrip(",").replace(",", " ").split()])
    if not values.size or not np.all(np.isfinite(values)):
        raise file.refusal("counts parted by commas were expected behind RawScan", line=mark + 1)
    ends = [number(cell) for cell in words.get("DataAngleRange", "").split(",")]
    step = number(words.get("ScanStepSize", ""))
    if len(ends) != 2 or not all(map(math.isfinite, ends)) or not step > 0.0:
        raise file.refusal("DataAngleRange with two angles and ScanStepSize were expected before the counts", line=mark)
    points = round(abs(ends[1] - ends[0]) / step) + 1
    if values.size != points:
        what = f"{points} points from {ends[0]:g} to {ends[1]:g} were expected, not {values.size}"
        raise file.refusal(what, line=len(file.lines))
    x = Values("two_theta", steps(ends[0], math.copysign(step, ends[1] - ends[0]), values.size), "degree")
    own = settings(integration_time=(number(words.get("ScanStepTime", "")), "s"))
    curve = Curve((x,), (intensities(whole(values)),), "", own)
    return Recording(
        "x_ray_diffraction", (curve,), _metadata(words), {key: text for key, text in words.items() if text}
    )


def _metadata(words: dict[str, str]) -> dict[str, str | float]:
    def value(key: str) -> float:
        return number(words.get(key, ""))

    found = texts(
        instrument=f"Philips {words.get('DiffrType', '')}",
        sample=words.get("SampleIdent", ""),
        title=" ".join(words.get(key, "") for key in ("Title1", "Title2")),
        date=iso_date(words.get("FileDateTime", ""), "%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S"),
        technique=words.get("ScanType", "").lower(),
    )
    lines = (value("LabdaAlpha1"), value("LabdaAlpha2"), value("RatioAlpha21"))
    return found | tube(words.get("Anode", ""), lines, value("GeneratorVoltage"), value("TubeCurrent"))


READER = Reader("philips_udf", "Philips PC-APD and X'Pert, UDF", _sniff, _read)
