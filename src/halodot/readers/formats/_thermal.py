"""From the columns of a thermobalance to a recording: what each heading means, whoever wrote it.

The axis is the time, since the temperature stands still in isothermal segments; without a time it is the temperature.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Recording, Values


@dataclass(frozen=True, eq=False)
class Column:
    """A column as the file has it."""

    name: str  # without its unit
    unit: str  # as written
    values: NDArray[np.float64] = field(repr=False)
    heading: str = ""  # as written; empty where name and unit say it


#: units as the programs write them, in small letters and without blanks, with the spelling of `halodot.units`
_UNITS = {
    "s": "s", "sec": "s", "min": "min", "h": "h", "hr": "h", "mg": "mg", "g": "g", "µg": "ug", "ug": "ug", "kg": "kg",
    "%": "%", "wt%": "%", "wt.%": "%", "weight%": "%", "mw": "mW", "uw": "uW", "µw": "uW", "w": "W", "uv": "uV",
    "µv": "uV", "mv": "mV", "v": "V", "mw/mg": "mW/mg", "w/g": "W/g", "uv/mg": "uV/mg", "µv/mg": "uV/mg",
    "mg/min": "mg/min", "ug/min": "ug/min", "µg/min": "ug/min", "mg/s": "mg/s", "ml/min": "mL/min",
    "cm3/min": "cm3/min", "k": "K",
}  # fmt: skip
#: what a unit measures, where the name does not matter
_QUANTITIES = {
    "s": "time", "min": "time", "h": "time", "kg": "mass", "g": "mass", "mg": "mass", "ug": "mass", "W": "heat_flow",
    "mW": "heat_flow", "uW": "heat_flow", "V": "signal_voltage", "mV": "signal_voltage", "uV": "signal_voltage",
    "mW/mg": "specific_heat_flow", "W/g": "specific_heat_flow", "mg/min": "mass_rate", "ug/min": "mass_rate",
    "mg/s": "mass_rate", "mL/min": "gas_flow", "cm3/min": "gas_flow",
}  # fmt: skip
_MASS = re.compile(r"mass|weight|\btg\b|gewicht|masse|value", re.IGNORECASE)
_SEGMENT = re.compile(r"segments?", re.IGNORECASE)
_DIFFERENCE = re.compile(r"differen|delta|deriv|sensit", re.IGNORECASE)
#: words of the headings of temperatures other than the sample's
_OTHER_TEMPERATURE = re.compile(
    r"program|reactor|furnace|ofen|reference|\btr\b|set|env|chamber|controlled", re.IGNORECASE
)


def unit_of(written: str) -> str:
    """Return a unit in the spelling of `halodot.units`, empty where it is not known.

    Degrees Celsius are any sign before a C: encodings of DOS, Windows and others disagree on the degree.
    """
    text = written.strip().strip("()[]").replace(" ", "")
    if re.fullmatch(r"(?:deg|grad|[^\w]{1,2}|Â°|ø|º)?C|°?celsius", text):
        return "degC"
    return _UNITS.get(text.replace("μ", "µ").casefold(), "")


def recording(
    file: RawFile,
    columns: Sequence[Column],
    metadata: Mapping[str, str | float],
    header: Mapping[str, str],
    notes: Sequence[str] = (),
) -> Recording:
    """Return the recording of a run.

    Args:
        file: for messages.
        columns: of the file, equally long.
        metadata: of `METADATA`.
        header: what else the file says.
        notes: how it was read.

    Raises:
        DataError: there is neither time nor temperature, or nothing beside them.
    """
    found = _named([_values(column) for column in columns], [_plain(column.name) for column in columns])
    axis = next((item for item in found if item.quantity == "time"), None)
    axis = axis or next((item for item in found if item.quantity == "temperature"), None)
    if axis is None:
        written = ", ".join(column.heading or f"{column.name} [{column.unit}]" for column in columns)
        raise file.refusal(f"a column of time or temperature with its unit was expected among {written}")
    signals = tuple(item for item in found if item is not axis)
    measured = {item.quantity for item in signals} - {"segment", "temperature", "gas_flow"}
    if not measured:
        raise file.refusal("neither a mass nor a heat flow stands beside time and temperature")
    for item in (axis, *(item for item in signals if item.quantity == "segment")):
        kept = np.isfinite(item.values)
        if not kept.all():
            raise file.refusal(f"{item.heading} has no number in row {int(np.argmin(kept)) + 1}")
    if axis.quantity == "time" and (back := np.diff(axis.values) < 0.0).any():
        raise file.refusal(f"the time runs back in row {int(np.argmax(back)) + 2}")
    return Recording("thermogravimetry", (Curve((axis,), signals),), metadata, header, (), tuple(notes))


def _values(column: Column) -> Values:
    unit = unit_of(column.unit)
    heading = column.heading or (f"{column.name} [{column.unit}]" if column.unit else column.name)
    if _SEGMENT.fullmatch(column.name.strip()):
        return Values("segment", column.values, heading=heading)
    if unit in ("degC", "K") and not _DIFFERENCE.search(column.name):
        return Values("temperature", column.values, unit, heading=heading)
    if unit == "%" and _MASS.search(column.name) and not _DIFFERENCE.search(column.name):
        return Values("mass_fraction", column.values, "%", heading=heading)
    if unit in _QUANTITIES and not _DIFFERENCE.search(column.name):
        return Values(_QUANTITIES[unit], column.values, unit, heading=heading)
    return Values("intensity", column.values, name=_plain(column.name), heading=heading)


def _named(columns: Sequence[Values], plain: Sequence[str]) -> list[Values]:
    """Name columns apart; the sample's temperature and the first of each other quantity have its plain name."""
    names: list[str] = []
    temperatures = [item for item in columns if item.quantity == "temperature"]
    of_sample = next((item for item in temperatures if not _OTHER_TEMPERATURE.search(item.heading)), None)
    main = of_sample or (temperatures[0] if temperatures else None)
    found = []
    for item, own in zip(columns, plain):
        name = item.name or item.quantity
        if (item.quantity == "temperature" and item is not main) or name in names:
            name = own
        while name in names or (name == "temperature" and item is not main):
            name += "_also"
        names.append(name)
        found.append(Values(item.quantity, item.values, item.unit, name, item.heading))
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "column"
