"""VAMAS (ISO 14976): spectra and maps of surface analysis, as most spectrometers and CasaXPS exchange them.

A block is one curve; its axis is the abscissa of a regular scan or the variable of an irregular one that names an
energy, a mass or a time. Whether an ordinate counts pulses, and in what time, is what its label and unit say: the
standard writes c/s for counts per second and d for a pure number, such as counts per channel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._vamas_file import IDENTIFIER, Block, Experiment, Variable, experiment, first_line
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_KINDS = {"EDX": "spectrum", "XRF": "spectrum", "SEM": "micrograph"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_MASSES = ("FABMS", "SIMS", "SNMS")
_UNSAID = ("", "not specified", "none", "unknown", "not applicable", "n/a")
#: units of the standard as halodot spells them
_UNITS = {"c/s": "1/s", "d": "1", "micro C": "uC", "micro m": "um", "n": "1", "u": "1", "None": "1"}


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.SIGNATURE if file.head.lstrip().startswith(IDENTIFIER.encode("ascii")) else Match.NO
    return Match.SIGNATURE if first_line(file) else Match.NO


def _read(file: RawFile) -> Recording:
    if not file.encoding:  # some programs leave control characters in comments
        file = RawFile(file.path, _CONTROL.sub(b" ", file.data))
    found = experiment(file)
    curves = tuple(_curve(file, found, block) for block in found.blocks)
    metadata: dict[str, str | float] = {}
    for name in ("instrument", "operator"):
        if found.texts[name].casefold() not in _UNSAID:
            metadata[name] = found.texts[name]
    first = found.blocks[0].texts["technique"] if found.blocks else ""
    kind = _KINDS.get(first, "mass_spectrum" if first.startswith(_MASSES) else "photoelectrons")
    return Recording(kind, curves, metadata, _header(found), _warnings(found, curves), _notes(found))


def _curve(file: RawFile, found: Experiment, block: Block) -> Curve:
    if len(block.values) == 0:
        raise file.refusal("the block has no ordinate values", line=block.line)
    places = list(range(len(block.variables)))
    axes: tuple[Values, ...]
    shape: tuple[int, ...] = (len(block.values),)
    if found.scan == "MAPPING":
        axes, shape = _map_axes(file, block)
    elif found.scan == "REGULAR":
        axes = (_abscissa(file, block),)
    else:
        place = _axis_variable(file, block)
        places.remove(place)
        quantity, unit = _axis(block.variables[place], block.texts["technique"]) or ("", "")
        axes = (Values(quantity, block.values[:, place], unit, heading=_heading(block.variables[place])),)
    signals: list[Values] = []
    for place in places:
        signals.append(_signal(block, place, shape, [signal.name or signal.quantity for signal in signals]))
    return Curve(axes, tuple(signals), block.texts["block identifier"], _settings(found, block))


# ----------------------------------------------------------------------------------------------------------------- axes


def _axis(variable: Variable, technique: str) -> tuple[str, str] | None:
    """Return the quantity of an axis and its unit, None where its label names none."""
    label = variable.label.casefold().replace(".", "")
    unit = _UNITS.get(variable.unit, variable.unit)
    if "binding" in label or label in ("be", "be/ev"):
        return "binding_energy", unit
    if "kinetic" in label or label in ("ke", "ke/ev"):
        return "kinetic_energy", unit
    if variable.unit in ("eV", "keV") and ("photon" in label or technique in ("EDX", "XRF")):
        return "photon_energy", unit
    if technique.startswith(_MASSES) and (variable.unit == "u" or "mass" in label):
        return "mass_to_charge", "1"
    if variable.unit in ("s", "ps") or label in ("time", "etch time", "sputter time"):
        return "time", unit
    return None


def _abscissa(file: RawFile, block: Block) -> Values:
    """Return the axis of a regular scan."""
    variable = Variable(block.texts["abscissa label"], block.texts["abscissa units"])
    known = _axis(variable, block.texts["technique"])
    start, step = block.real("abscissa start"), block.real("abscissa increment")
    if known is None:
        what = f"the abscissa is {_heading(variable)!r}; a kinetic or binding energy, a mass or a time was expected"
        raise file.refusal(what, line=block.line)
    if not (math.isfinite(start) and math.isfinite(step)) or (step == 0.0 and len(block.values) > 1):
        raise file.refusal(f"the abscissa starts at {start:g} with steps of {step:g}", line=block.line)
    axis = start + step * np.arange(len(block.values))
    return Values(known[0], axis, known[1], heading=_heading(variable))


def _axis_variable(file: RawFile, block: Block) -> int:
    """Return which corresponding variable of an irregular scan is its axis."""
    technique = block.texts["technique"]
    named = [place for place, variable in enumerate(block.variables) if _axis(variable, technique)]
    if not named or len(block.variables) < 2:
        labels = ", ".join(_heading(variable) for variable in block.variables)
        raise file.refusal(f"none of the variables {labels} is an energy, a mass or a time", line=block.line)
    return named[0]


def _map_axes(file: RawFile, block: Block) -> tuple[tuple[Values, Values], tuple[int, int]]:
    """Return the axes of a map in pixels, the slow one first; linescans follow each other in one direction."""
    coordinates = []
    for name in ("first linescan start", "first linescan finish", "last linescan finish"):
        coordinates.append((block.real(f"{name} x coordinate"), block.real(f"{name} y coordinate")))
    start, finish, last = np.array(coordinates)
    fast = 1 if finish[0] == start[0] and finish[1] != start[1] else 0  # x, unless linescans go along y
    slow = 1 - fast
    if not np.isfinite(coordinates).all() or finish[slow] != start[slow] or last[fast] != finish[fast]:
        raise file.refusal("linescans along x or y, all in one direction, were expected in this map", line=block.line)
    axes, shape = [], []
    for along, ends in ((slow, (start, last)), (fast, (start, finish))):
        first, end = float(ends[0][along]), float(ends[1][along])
        count = round(abs(end - first)) + 1
        if count > len(block.values):
            break
        shape.append(count)
        axes.append(Values(("x_pixel", "y_pixel")[along], np.linspace(first, end, count)))
    if len(shape) < 2 or math.prod(shape) != len(block.values):
        what = f"{len(block.values)} points do not fill the map that its linescans span"
        raise file.refusal(what, line=block.line)
    return (axes[0], axes[1]), (shape[0], shape[1])


# -------------------------------------------------------------------------------------------------------------- signals


def _signal(block: Block, place: int, shape: tuple[int, ...], taken: list[str]) -> Values:
    variable = block.variables[place]
    values = block.values[:, place].reshape(shape)
    quantity, unit = _ordinate(variable, block, values)
    name = quantity
    while name in taken:
        base, _, number = name.rpartition("_")
        name = f"{base}_{int(number) + 1}" if number.isdigit() else f"{name}_2"
    return Values(quantity, values, unit, "" if name == quantity else name, _heading(variable))


def _ordinate(variable: Variable, block: Block, values: NDArray[np.float64]) -> tuple[str, str]:
    """Return the quantity of an ordinate and its unit."""
    label, technique = variable.label.casefold(), block.texts["technique"]
    if "transmission" in label:
        return "analyser_transmission", "1"
    if variable.unit == "nA" or variable.unit == "V":
        return ("current", "nA") if variable.unit == "nA" else ("signal_voltage", "V")
    if technique == "AES diff":
        return "intensity", "1"
    rate = variable.unit.casefold() in ("c/s", "cps", "counts/s", "1/s") or _is_rate(label)
    if rate or (label == "intensity" and _is_rate(block.texts["block identifier"].casefold())):
        return "count_rate", "1/s"
    whole = bool(np.all(values >= 0.0)) and bool(np.all(values == np.round(values)))
    pulses = label == "intensity" and block.texts["signal mode"].casefold() == "pulse counting" and whole
    if pulses or ("count" in label and np.all(values >= 0.0)):
        return "counts", "1"
    return "intensity", "1"


def _is_rate(label: str) -> bool:
    return any(word in label for word in ("count rate", "counts per sec", "counts/s", "c/s", "cps"))


def _heading(variable: Variable) -> str:
    return f"{variable.label} [{variable.unit}]" if variable.unit else variable.label


# ------------------------------------------------------------------------------------------------------------- settings


def _settings(found: Experiment, block: Block) -> dict[str, str | float]:
    technique = block.texts["technique"]
    settings: dict[str, str | float] = {"technique": technique}
    for word, name in (("sample", "sample identifier"), ("source", "analysis source label")):
        if block.texts[name].casefold() not in _UNSAID:
            settings[word] = block.texts[name]
    if date := _date(block):
        settings["date"] = date
    numbers = {
        "integration_time": ("signal collection time", "s"),
        "scans": ("number of scans to compile this block", "1"),
    }
    if technique in ("XPS", "UPS"):
        numbers["photon_energy"] = ("analysis source characteristic energy", "eV")
    if block.texts["analyser mode"] == "FAT":
        numbers["pass_energy"] = ("analyser pass energy or retard ratio or mass resolution", "eV")
    for word, (name, unit) in numbers.items():
        value = block.real(name)
        if value > 0.0:
            settings[word] = setting(word, value, unit)
    work_function = abs(block.real("analyser work function or acceptance energy of atom or ion"))
    if 0.0 < work_function < 20.0 and technique not in ("SIMS", "ISS"):
        settings["work_function"] = work_function  # Kratos writes it with a minus
    return settings


def _date(block: Block) -> str:
    parts = [block.real(name) for name in ("year", "month", "day of month", "hours", "minutes", "seconds")]
    if not all(map(math.isfinite, parts)) or not 1900.0 < parts[0] < 3000.0:
        return ""
    try:
        return datetime(*(int(part) for part in parts)).isoformat()  # type: ignore[arg-type]
    except ValueError:
        return ""


def _header(found: Experiment) -> dict[str, str]:
    """Return what the file says, once where all blocks agree and by block where they do not."""
    header = dict(found.texts) | {"mode of the experiment": found.mode, "mode of the scan": found.scan}
    if found.comment:
        header["comment"] = "\n".join(found.comment)
    said = [_said(found, block) for block in found.blocks]
    for name in dict.fromkeys(name for block in said for name in block):
        texts = [block.get(name, "") for block in said]
        if len(set(texts)) == 1:
            header[name] = texts[0]
        else:
            header |= {f"block {place}: {name}": text for place, text in enumerate(texts, 1) if text}
    return header


def _said(found: Experiment, block: Block) -> dict[str, str]:
    said: dict[str, str] = {name: text for name, text in block.texts.items() if text and _says(block, name)}
    for variable, text in zip(found.conditions, block.conditions):
        said[_heading(variable)] = text
    for variable, text in block.additional:
        said[_heading(variable)] = text
    if block.comment:
        said["comment of the block"] = "\n".join(block.comment)
    return said


def _says(block: Block, name: str) -> bool:
    """Whether a block has a parameter: 1E37 stands for none."""
    return not block.texts[name].casefold().startswith(("1e+37", "1e37", "1e+037"))


def _notes(found: Experiment) -> tuple[str, ...]:
    notes = []
    shifts: Mapping[str, None] = dict.fromkeys(
        line.strip() for block in found.blocks for line in block.comment if line.startswith(("Calib ", "KECalib "))
    )
    if shifts:
        notes.append(f"CasaXPS shifts the energies when it shows them ({'; '.join(shifts)}); they stand here as stored")
    return tuple(notes)


def _warnings(found: Experiment, curves: tuple[Curve, ...]) -> tuple[str, ...]:
    """Return where numbers leave the limits that the file states for them; programs that state none write 0 and 1."""
    warnings = []
    for block, curve in zip(found.blocks, curves):
        for (low, high), values, variable in zip(block.limits, block.values.T, block.variables):
            lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
            slack = 1e-5 * max(abs(low), abs(high))
            stated = high > low and (low, high) != (0.0, 1.0)
            if stated and (lowest < low - slack or highest > high + slack):
                warnings.append(
                    f"{curve.label}: {variable.label} reaches from {lowest:g} to {highest:g}, "
                    f"but the file states {low:g} to {high:g}; a number may be damaged"
                )
    return tuple(warnings)


READER = Reader("vamas", "VAMAS (ISO 14976), surface analysis", _sniff, _read)
