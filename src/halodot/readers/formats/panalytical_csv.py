"""PANalytical, Data Collector and Data Viewer: a scan as CSV.

``[Measurement conditions]`` with a word and its value a line, ``[Scan points]`` with a line of headings (``Angle``,
sometimes ``TimePerStep``, ``Intensity``, sometimes ``ESD``) and the rows; commas between cells, or semicolons where
decimals stand behind commas.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.readers.formats._diffraction import check_line_end, drive, intensities, settings, texts, tube, whole
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_DATES = ("%d/%B/%Y %H:%M", "%d/%B/%Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = [line.strip(" ,;\t") for line in file.lines[:200]]
    started = next((line for line in head if line), "")
    return Match.LAYOUT if started == "[Measurement conditions]" and "[Scan points]" in head else Match.NO


def _read(file: RawFile) -> Recording:
    check_line_end(file)
    lines = [line.strip(" ,;\t") for line in file.lines]
    mark = lines.index("[Scan points]") + 1
    semicolon = ";" in file.line(mark + 1, "headings")
    delimiter = ";" if semicolon else ","
    words: dict[str, str] = {}
    for line in file.lines[: mark - 1]:
        key, _, value = line.partition(delimiter)
        if value.strip():
            words[key.strip()] = value.strip().strip('"').strip(delimiter)
    headings = [cell.strip() for cell in file.line(mark + 1).split(delimiter)]
    if not {"Angle", "Intensity"} <= set(headings):
        raise file.refusal(f"columns Angle and Intensity were expected, not {headings}", line=mark + 1)
    numbers = block(file, mark + 2, delimiter=delimiter, decimal_comma=semicolon, columns=len(headings))
    table = {heading: numbers.values[:, place] for place, heading in enumerate(headings)}
    after = mark + 2 + numbers.lines
    if any(line for line in lines[after - 1 :]):
        raise file.refusal(f"numbers were expected, not {lines[after - 1][:40]!r}", line=after)
    stated = number(words.get("No. of points", ""), semicolon)
    if math.isfinite(stated) and stated != numbers.lines:
        raise file.refusal(f"{stated:g} points are stated, the file has {numbers.lines}", line=after - 1)
    moved = drive(words.get("Scan axis", "Gonio"))
    if moved is None or moved.quantity not in ("two_theta", "angle"):
        raise file.refusal(f"Scan axis is {words['Scan axis']!r}, which is not known")
    x = Values(moved.quantity, table["Angle"], moved.unit, moved.name)
    signals = (intensities(whole(table["Intensity"])),)
    times = table.get("TimePerStep", np.full(numbers.lines, number(words.get("Time per step", ""), semicolon)))
    own = settings(integration_time=(float(times[0]) if np.all(times == times[0]) else math.nan, "s"))
    curve = Curve((x,), signals, "", own)
    return Recording("x_ray_diffraction", (curve,), _metadata(words, semicolon), words)


def _metadata(words: dict[str, str], comma: bool) -> dict[str, str | float]:
    def value(key: str) -> float:
        return number(words.get(key, ""), comma)

    found = texts(
        instrument=f"PANalytical {words.get('Diffractometer system', '')}",
        sample=words.get("Sample identification", ""),
        comment="; ".join(text for key, text in words.items() if key.startswith("Comment")),
        date=iso_date(words.get("Measurement date / time", "") or words.get("File date and time", ""), *_DATES),
        technique=f"{words.get('Scan axis', '')} {words.get('Scan type', '').lower()}",
    )
    lines = (value("K-Alpha1 wavelength"), value("K-Alpha2 wavelength"), value("Ratio K-Alpha2/K-Alpha1"))
    return found | tube(words.get("Anode material", ""), lines, value("Generator voltage"), value("Tube current"))


READER = Reader("panalytical_csv", "PANalytical Data Collector, CSV", _sniff, _read)
