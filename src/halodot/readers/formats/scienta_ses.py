"""Scienta Omicron SES: spectra and angle-resolved maps as text, and as Igor binary waves.

The text has a section ``[Region n]`` with the dimensions, ``[Info n]`` with settings and ``[Data n]`` with rows: the
first dimension, then a number for each row of the second. ``[Data n:k]`` is the k-th step of a third. In a wave the
dimensions are those of the wave, and the settings are its note. Step times are milliseconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._igor_wave import igor_wave, is_igor_wave
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_SECTION = re.compile(r"\[(Region|Info|Data|Run Mode Information|User Interface Information)\s*(\d+)(?::(\d+))?\]")
_UNIT = re.compile(r"(.*?)\s*\[([^\]]*)\]\s*")
_ANGLES = ("deg", "degree", "°")


@dataclass(frozen=True, eq=False)
class _Dimension:
    name: str  # as the file writes it: "Kinetic Energy [eV]"
    values: NDArray[np.float64]


# ------------------------------------------------------------------------------------------------------------ the curve


def _axis(file: RawFile, dimension: _Dimension, first: bool) -> Values:
    """Return an axis by its name and unit; the first of a region is an energy."""
    found = _UNIT.fullmatch(dimension.name)
    name, unit = (found[1], found[2].strip()) if found else (dimension.name, "")
    low = name.casefold()
    if "energy" in low and unit in ("eV", "") and ("binding" in low or "kinetic" in low):
        return Values(
            f"{'binding' if 'binding' in low else 'kinetic'}_energy", dimension.values, "eV", heading=dimension.name
        )
    if first:
        what = f"the first dimension is {dimension.name!r}; Binding Energy [eV] or Kinetic Energy [eV] was expected"
        raise file.refusal(what)
    if "photon" in low or "excitation" in low:
        return Values("photon_energy", dimension.values, "eV", heading=dimension.name)
    if unit in _ANGLES:
        return Values("angle", dimension.values, "degree", heading=dimension.name)
    if unit in ("mm", "um"):
        return Values("y_position", dimension.values, unit, heading=dimension.name)
    return Values("channel", dimension.values, "1", heading=dimension.name)


def _curve(
    file: RawFile, dimensions: Sequence[_Dimension], values: NDArray[np.float64], info: Mapping[str, str], label: str
) -> Curve:
    axes = [_axis(file, dimension, not place) for place, dimension in enumerate(dimensions)]
    for place, axis in enumerate(axes):
        if axis.quantity in [other.quantity for other in axes[:place]]:
            axes[place] = Values(axis.quantity, axis.values, axis.unit, f"{axis.quantity}_{place + 1}", axis.heading)
    kept = [place for place, axis in enumerate(axes) if not place or len(axis.values) > 1]
    whole = bool(np.all(values >= 0.0)) and bool(np.all(values == np.round(values)))
    signal = Values("counts" if whole else "intensity", values.reshape([len(axes[place].values) for place in kept]))
    return Curve(tuple(axes[place] for place in kept), (signal,), label, _settings(info))


def _settings(info: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    numbers = {
        "Pass Energy": ("pass_energy", "eV"),
        "Excitation Energy": ("photon_energy", "eV"),
        "Work Function": ("work_function", "eV"),
        "Number of Sweeps": ("scans", "1"),
        "Step Time": ("integration_time", "ms"),
    }
    for key, (word, unit) in numbers.items():
        value = number(info.get(key, ""))
        if math.isfinite(value) and value > 0.0:
            found[word] = setting(word, value, unit)
    for key, word in (
        ("Instrument", "instrument"),
        ("User", "operator"),
        ("Sample", "sample"),
        ("Comments", "comment"),
    ):
        if info.get(key, "").strip("; "):
            found[word] = info[key].strip("; ")
    if "instrument" in found:
        found["instrument"] = f"Scienta {info['Instrument'].strip('; ').removeprefix('Scienta').strip()}"
    date = iso_date(f"{info.get('Date', '')} {info.get('Time', '')}", "%Y-%m-%d %H:%M:%S", "%d-%b-%y %H:%M:%S")
    if date:
        found["date"] = date
    return found


def _pairs(lines: Sequence[str]) -> dict[str, str]:
    parts = [line.partition("=") for line in lines if "=" in line]
    return {key.strip(): text.strip() for key, _, text in parts}


# ----------------------------------------------------------------------------------------------------------------- text


def _sniff_text(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = [line.strip() for line in file.lines[:12] if line.strip()]
    known = head[:1] == ["[Info]"] and any(line.startswith("Number of Regions=") for line in head)
    return Match.LAYOUT if known else Match.NO


def _read_text(file: RawFile) -> Recording:
    sections: dict[tuple[str, int, int], int] = {}  # line of each heading
    for place, line in enumerate(file.lines, 1):
        if found := _SECTION.fullmatch(line.strip()):
            sections[found[1], int(found[2]), int(found[3] or 0)] = place
    stated = number(_pairs(file.lines[:12]).get("Number of Regions", ""))
    regions = sorted(region for kind, region, _ in sections if kind == "Region")
    if not math.isfinite(stated) or regions != list(range(1, int(stated) + 1)):
        raise file.refusal(f"{stated:g} regions were announced, {len(regions)} follow", line=len(file.lines))
    curves, header = [], _pairs(_lines_of(file, 1))
    for region in regions:
        described = _pairs(_lines_of(file, sections["Region", region, 0]))
        info_line = sections.get(("Info", region, 0), 0)
        info = _pairs(_lines_of(file, info_line)) if info_line else {}
        dimensions = _dimensions(file, described, sections["Region", region, 0])
        values = _data(file, sections, region, dimensions)
        label = described.get("Region Name", "") or f"region {region}"
        curves.append(_curve(file, dimensions, values, info, label))
        header |= {f"{key} {region}" if len(regions) > 1 else key: text for key, text in info.items()}
    return Recording("photoelectrons", tuple(curves), {}, header)


def _lines_of(file: RawFile, heading: int) -> list[str]:
    """Return the lines of a section, to the next heading."""
    found = []
    for line in file.lines[heading:]:
        if line.startswith("["):
            break
        found.append(line)
    return found


def _dimensions(file: RawFile, described: Mapping[str, str], line: int) -> list[_Dimension]:
    found = []
    for place in range(1, 5):
        name, size = described.get(f"Dimension {place} name"), number(described.get(f"Dimension {place} size", ""))
        if name is None:
            break
        scale = np.array([number(cell) for cell in described.get(f"Dimension {place} scale", "").split()], dtype=float)
        if len(scale) != size or not np.isfinite(scale).all() or not len(scale):
            raise file.refusal(f"dimension {place} has {len(scale)} steps; {size:g} numbers were announced", line=line)
        found.append(_Dimension(name, scale))
    if not 1 <= len(found) <= 3:
        raise file.refusal(f"one to three dimensions were expected, not {len(found)}", line=line)
    return found


def _data(
    file: RawFile, sections: Mapping[tuple[str, int, int], int], region: int, dimensions: Sequence[_Dimension]
) -> NDArray[np.float64]:
    """Return the numbers of a region, shape as its dimensions."""
    shape = [len(dimension.values) for dimension in dimensions]
    third = shape[2] if len(shape) == 3 else 0
    parts = []
    for step in range(1, third + 1) if third else (0,):
        heading = sections.get(("Data", region, step), 0)
        if not heading:
            raise file.refusal(f"[Data {region}{f':{step}' if step else ''}] was expected", line=len(file.lines))
        first = next((place for place in range(heading + 1, len(file.lines) + 1) if file.lines[place - 1].strip()), 0)
        columns = 1 + (shape[1] if len(shape) > 1 else 1)
        rows = block(file, first or len(file.lines), delimiter=" ", columns=columns)
        if len(rows.values) != shape[0]:
            what = f"{shape[0]} rows were announced, {len(rows.values)} follow"
            raise file.refusal(what, line=rows.first_line + rows.lines - 1)
        step_size = float(np.min(np.abs(np.diff(dimensions[0].values)), initial=1.0))
        off = np.flatnonzero(np.abs(rows.values[:, 0] - dimensions[0].values) > 0.5 * step_size)
        if off.size:
            what = f"{dimensions[0].values[off[0]]:g} eV was expected in this row, not {rows.values[off[0], 0]:g}"
            raise file.refusal(what, line=rows.first_line + int(off[0]))
        _check_last(file, rows.first_line + rows.lines - 1)
        parts.append(rows.values[:, 1:])
    return np.stack(parts, axis=2) if third else parts[0].reshape(shape)


def _check_last(file: RawFile, line: int) -> None:
    """Refuse a file that ends within its last number: all numbers have as many letters."""
    last, other = (file.lines[place - 1].split()[-1] for place in (line, max(line - 1, 1)))
    if line == len(file.lines) and len(last) < len(other):
        raise file.refusal("the file ends within a number; it is cut off", line=line)


# --------------------------------------------------------------------------------------------------------- Igor's waves


def _sniff_wave(file: RawFile) -> Match:
    if not is_igor_wave(file):
        return Match.NO
    return Match.SIGNATURE if "[SES]" in igor_wave(file).note else Match.NO


def _read_wave(file: RawFile) -> Recording:
    wave = igor_wave(file)
    if not wave.note.lstrip().startswith("[SES]"):
        raise file.refusal("the note of the wave does not begin with [SES]; bytes are missing or repeated before it")
    info = _pairs(wave.note.split("\n"))
    dimensions = [_Dimension(one.unit, one.values) for one in wave.dims]
    if np.iscomplexobj(wave.values):
        raise file.refusal("the numbers of this wave are complex; a spectrum was expected")
    label = info.get("Region Name", "") or wave.name
    curve = _curve(file, dimensions, wave.values.astype(float), info, label)
    return Recording(
        "photoelectrons", (curve,), {}, info | {"unit of the signal": wave.unit, "name of the wave": wave.name}
    )


TEXT_READER = Reader("scienta_text", "Scienta Omicron SES, spectra as text", _sniff_text, _read_text)
WAVE_READER = Reader("scienta_igor", "Scienta Omicron SES, Igor binary wave", _sniff_wave, _read_wave)
