"""Igor binary waves that are images: those of Asylum Research (Oxford Instruments), and of Gwyddion and others.

Igor's rows run along x, its columns along y from the bottom of the picture up, its layers are channels. Asylum writes
one unit for all channels of a wave; what a channel measures follows from its name, as its program takes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from halodot.readers.formats._igor_wave import IgorWave, igor_wave, is_igor_wave
from halodot.readers.formats._images import ROWS_NOTE, axis, channel, checked_size, grouped
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import iso_date

#: units of Asylum's channels by the beginning of their names; others are voltages
_ASYLUM: Mapping[str, str] = {
    "Height": "m", "ZSensor": "m", "Deflection": "m", "Amplitude": "m", "Phase": "deg", "Current": "A",
    "Frequency": "Hz", "Potential": "V", "Capacitance": "F", "Count": "", "QFactor": "",
}  # fmt: skip
_DIRECTION = re.compile(r"(?:Mod\d+)?(Trace|Retrace)?(?:Mod\d+)?$")


def _sniff(file: RawFile) -> Match:
    if not is_igor_wave(file):
        return Match.NO
    wave = igor_wave(file)
    if "[SES]" in wave.note[:200] or len(wave.dims) not in (2, 3):
        return Match.NO
    return Match.SIGNATURE if _is_asylum(wave) else Match.LAYOUT


def _is_asylum(wave: IgorWave) -> bool:
    return "ScanSize:" in wave.note or "MicroscopeModel:" in wave.note


def _read(file: RawFile) -> Recording:
    wave = igor_wave(file)
    header = {}
    for line in wave.note.split("\n"):
        key, mark, value = line.partition(":")
        if mark and key.strip():
            header[key.strip()] = value.strip()
    values = wave.values if wave.values.ndim == 3 else wave.values[..., np.newaxis]
    checked_size(file, *values.shape)
    if np.iscomplexobj(values):
        raise file.refusal("the numbers of this wave are complex; an image was expected")
    x, y = wave.dims[0], wave.dims[1]
    if not (x.step > 0.0 and y.step > 0.0):
        raise file.refusal(f"the steps along x and y are {x.step:g} and {y.step:g}; positive ones were expected")
    axes = (axis("y", y.size, y.step, y.unit or x.unit), axis("x", x.size, x.step, x.unit))
    labels = wave.dims[2].labels if len(wave.dims) == 3 else ()
    notes = [ROWS_NOTE, *([] if axes[1].quantity == "x_position" else ["no scale in a known unit: pixels"])]
    found = []
    for place in range(values.shape[2]):
        name = (
            labels[place]
            if place < len(labels) and labels[place]
            else (wave.name if values.shape[2] == 1 else f"layer {place + 1}")
        )
        base, direction = _parts(name) if _is_asylum(wave) else (name, "")
        unit = _unit(base, header) if _is_asylum(wave) and labels else wave.unit
        signal, note = channel(base, np.ascontiguousarray(values[:, ::-1, place].T), unit)
        notes += [note] if note else []
        found.append((axes, signal, direction))
    kind = "topography" if axes[1].quantity == "x_position" else "image"
    return Recording(kind, grouped(found), _settings(wave, header), header, notes=tuple(dict.fromkeys(notes)))


def _parts(name: str) -> tuple[str, str]:
    """Return the name of a channel and the direction of its scan: HeightRetrace is Height, Retrace."""
    match = _DIRECTION.search(name)
    return (name[: match.start()], match[1] or "") if match and match.start() else (name, "")


def _unit(base: str, header: Mapping[str, str]) -> str:
    if f"{base}Unit" in header:
        return header[f"{base}Unit"]
    plain = re.sub("^(DAC|Nap)", "", base)
    return next((unit for start, unit in _ASYLUM.items() if plain.startswith(start)), "V")


def _settings(wave: IgorWave, header: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    if _is_asylum(wave):
        found["instrument"] = f"Asylum Research {header.get('MicroscopeModel', '')}".strip()
    for key, word in (("ImageNote", "comment"), ("ImagingMode", "technique"), ("Version", "software")):
        if header.get(key):
            found[word] = header[key]
    written = f"{header.get('Date', '')} {header.get('Time', '')}"
    if date := iso_date(written, "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %H:%M:%S") or wave.created:
        found["date"] = date
    if (rate := number(header.get("ScanRate", "").split(" ")[0])) > 0.0:
        found["scan_rate"] = rate
    if wave.dims[0].unit == "m":
        found["pixel_size"] = wave.dims[0].step
    return found


READER = Reader("igor_images", "Igor binary wave of an image (Asylum Research and others)", _sniff, _read)
