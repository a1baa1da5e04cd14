"""Current-voltage curves of solar cells as JSON, two versions of one program of the Helmholtz-Zentrum Berlin.

Both hold ``parameters`` and a list ``data`` of sweeps with ``measurements``. The newer one writes units behind its
keys: mA and mA/cm2, and a voltage that was set, measured, and corrected for the wires. The older one writes none; its
currents are held against current density times area in the same units.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_DIRECTIONS = {"FWD": "forward", "REV": "reverse"}
#: key of the file, quantity, unit and name of the variable; the first is the axis
_OLD = (
    ("voltage", "voltage", "V", ""),
    ("current", "current", "mA", ""),
    ("current_density", "current_density", "mA/cm2", ""),
)
_NEW = (
    ("V_corr [V]", "voltage", "V", ""),
    ("V_set [V]", "voltage", "V", "voltage_set"),
    ("V_raw [V]", "voltage", "V", "voltage_measured"),
    ("I_corr [mA]", "current", "mA", ""),
    ("I_raw [mA]", "current", "mA", "current_measured"),
    ("J [mA/cm2]", "current_density", "mA/cm2", ""),
    ("p [mW/cm2]", "power_density", "mW/cm2", ""),
)


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.text.lstrip().startswith("{"):
        return Match.NO
    known = '"parameters"' in file.text and '"measurements"' in file.text
    return Match.LAYOUT if known and ('"current_density"' in file.text or '"J [mA/cm2]"' in file.text) else Match.NO


def _read(file: RawFile) -> Recording:
    document = _document(file)
    sweeps, parameters = document["data"], document.get("parameters", {})
    count = document.get("metadata", {}).get("measurement_count", len(sweeps))
    if count != len(sweeps):
        raise file.refusal(f"measurement_count is {count}, but there are {len(sweeps)} sweeps")
    curves = [_curve(file, sweep, parameters) for sweep in sweeps]
    header = {f"parameters.{key}": _text(item) for key, item in parameters.items() if not isinstance(item, list)}
    for place, sweep in enumerate(sweeps, 1):
        own = sweep.get("curve_parameters", sweep.get("parameters", {}))
        header |= {f"{place}.{key}": _text(item) for key, item in own.items()}
    return Recording("current_voltage", tuple(curves), _settings(parameters), header)


def _document(file: RawFile) -> dict[str, Any]:
    def refuse(word: str) -> float:
        raise file.refusal(f"{word} stands where a number was expected")

    try:
        document = json.loads(file.text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise file.refusal(f"this is no whole JSON document ({error.msg})", line=error.lineno) from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), list) or not document["data"]:
        raise file.refusal("a list 'data' of sweeps was expected")
    return document


def _curve(file: RawFile, sweep: Mapping[str, Any], parameters: Mapping[str, Any]) -> Curve:
    points = sweep["measurements"]
    columns = _NEW if points and "J [mA/cm2]" in points[0] else _OLD
    present = [column for column in columns if points and column[0] in points[0]]
    label = f"{sweep.get('pin') or sweep.get('cell') or ''} {sweep['direction']}".strip()
    values = [_column(file, points, key, label) for key, *_ in present]
    measured = [
        Values(quantity, numbers, unit, name, key) for (key, quantity, unit, name), numbers in zip(present, values)
    ]
    steps = parameters.get("steps")
    if isinstance(steps, int) and len(points) < steps:
        raise file.refusal(f"the sweep {label!r} has {len(points)} of {steps} points")
    own = sweep.get("curve_parameters", sweep.get("parameters", {}))
    area = float(own.get("area [cm2]", own.get("area", math.nan)) or math.nan)
    found = {value.quantity: value.values for value in measured if not value.name}
    if math.isfinite(area) and not np.allclose(found["current"], found["current_density"] * area, rtol=1e-3, atol=1e-6):
        raise file.refusal(f"the sweep {label!r}: current is not current density times the area of {area:g} cm2")
    return Curve((measured[0],), tuple(measured[1:]), label, _own(sweep, own, area, parameters))


def _column(file: RawFile, points: Sequence[Mapping[str, Any]], key: str, label: str) -> NDArray[np.float64]:
    found = [point.get(key) for point in points]
    wrong = next(
        (k for k, item in enumerate(found) if isinstance(item, bool) or not isinstance(item, int | float)), None
    )
    if wrong is not None:
        raise file.refusal(f"the sweep {label!r}: point {wrong + 1} has {found[wrong]!r} for {key!r}")
    return np.array(found, dtype=float)


def _own(
    sweep: Mapping[str, Any], own: Mapping[str, Any], area: float, parameters: Mapping[str, Any]
) -> dict[str, str | float]:
    """Return the settings of one sweep."""
    found: dict[str, str | float] = {}
    if way := _DIRECTIONS.get(str(sweep["direction"]), ""):
        found["scan_direction"] = way
    if math.isfinite(area):
        found["area"] = setting("area", area, "cm2")
    if sample := own.get("entered_sample_name") or sweep.get("sample") or sweep.get("sample_name"):
        found["sample"] = str(sample)
    if "irradiance [mW/cm2]" in own:
        found["irradiance"] = setting("irradiance", float(own["irradiance [mW/cm2]"]), "mW/cm2")
    elif "irradiance" in parameters and "illumination_mode" in parameters:  # the older version, in W/m2
        lit = str(parameters["illumination_mode"]).casefold() == "illuminated"
        found["irradiance"] = float(parameters["irradiance"]) if lit else 0.0
    if "T_meas [°C]" in own:
        found["temperature"] = setting("temperature", float(own["T_meas [°C]"]), "degC")
    elif -100.0 < (celsius := number(str(parameters.get("temperature", "")))) < 200.0:  # the older version
        found["temperature"] = setting("temperature", celsius, "degC")
    if date := iso_date(f"{own.get('date', '')} {own.get('time', '')}", "%d.%m.%Y %H:%M:%S"):
        found["date"] = date
    return found


def _settings(parameters: Mapping[str, Any]) -> dict[str, str | float]:
    scans = parameters.get("samples")
    return {"scans": float(scans)} if isinstance(scans, int) and scans > 0 else {}


def _text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


READER = Reader("hzb_jv_json", "current-voltage curves of HZB as JSON", _sniff, _read)
