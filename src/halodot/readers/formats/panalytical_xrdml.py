"""PANalytical, Data Collector: XRDML, an XML document of schema versions 1.0 to 2.x.

``xrdMeasurement`` holds the wavelengths, the beam paths and one or several ``scan``, whose ``dataPoints`` give for each
axis a common position, a start and an end (equal steps) or a list, the counting times and the signal. ``intensities``
(schema 1) were multiplied by the factors of the beam attenuator, ``counts`` (schema 2) were not: "counts as received
by the detector, not yet corrected for beam attenuator- or divergence factors" (http://www.xrdml.com, schema 2.1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import local, xml_root
from halodot.readers.formats._diffraction import (
    attenuated,
    drive,
    iso_time,
    leaves,
    numbers,
    of_one_kind,
    settings,
    texts,
    tube,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: bytes; the tree of an XML document takes some ten times its size in memory
_LARGEST = 60_000_000


class _Axis(NamedTuple):
    """Where one drive stands."""

    name: str
    unit: str
    positions: NDArray[np.float64]  # (point,), or one for a drive that stands still


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = file.text[:3000] if len(file.data) < 10_000 else file.data[:6000].decode(file.encoding, "replace")
    return Match.SIGNATURE if "<xrdMeasurements" in head else Match.NO


def _read(file: RawFile) -> Recording:
    if len(file.data) > _LARGEST:
        raise file.refusal(f"the document has {len(file.data) / 1e6:.0f} MB; at most {_LARGEST / 1e6:.0f} MB are read")
    root = xml_root(file)
    measurements = _children(root, "xrdMeasurement")
    found = [(measurement, scan) for measurement in measurements for scan in _children(measurement, "scan")]
    curves: list[Curve] = []
    notes: list[str] = []
    for place, (measurement, scan) in enumerate(found, 1):
        curve, told = _scan(file, measurement, scan, f"scan {place}")
        notes += told
        if curve is not None:
            curves.append(curve if len(found) > 1 else Curve(curve.axes, curve.signals, "", curve.metadata))
    if not found:
        raise file.refusal("the document has no scan; <scan> in <xrdMeasurement> was expected")
    metadata = _metadata(root, *found[0])
    header = leaves(root, ("dataPoints", "reflection", "header"))
    return Recording("x_ray_diffraction", of_one_kind(curves), metadata, header, notes=tuple(dict.fromkeys(notes)))


def _children(element: Element | None, name: str) -> list[Element]:
    return [child for child in element if local(child.tag) == name] if element is not None else []


def _child(element: Element | None, *path: str) -> Element | None:
    for name in path:
        element = next(iter(_children(element, name)), None)
    return element


def _text(element: Element | None, *path: str) -> str:
    found = _child(element, *path)
    return (found.text or "").strip() if found is not None else ""


# ----------------------------------------------------------------------------------------------------------------- scan


def _scan(file: RawFile, measurement: Element, scan: Element, where: str) -> tuple[Curve | None, list[str]]:
    """Return one scan and how it was read."""
    points = _child(scan, "dataPoints")
    raw, scaled = _child(points, "counts"), _child(points, "intensities")
    element = raw if raw is not None else scaled
    status = scan.get("status", "Completed")
    notes = [f"{where} has the status {status!r}"] if status != "Completed" else []
    if points is None or element is None or not (element.text or "").strip():
        return None, [*notes, f"{where} has no points"]
    values = numbers(file, element.text or "", f"{local(element.tag)} of {where}")
    signals = _signals(file, points, values, corrected=raw is None, where=where)
    axes = [_axis(file, child, values.size, where) for child in _children(points, "positions")]
    x = _scanned(axes, scan.get("scanAxis", ""), values.size)
    if x is None:
        x = Values("channel", np.arange(1, values.size + 1))
        notes.append(f"no drive moved in {where}; its points are counted from 1")
    if any(np.any(factors != 1.0) for factors in _lists(file, points, "ivergenceCorrection", where, values.size)):
        notes.append(f"the divergence corrections of {where} were not applied to its counts")
    fixed = ", ".join(f"{axis.name} {axis.positions[0]:g}" for axis in axes if axis.positions.size == 1)
    label = f"{where}: {fixed}" if fixed else where
    return Curve((x,), signals, label, _own(file, points, scan, where, values.size)), notes


def _signals(
    file: RawFile, points: Element, values: NDArray[np.float64], *, corrected: bool, where: str
) -> tuple[Values, ...]:
    """Return the signals of a scan: counts or intensities, the attenuator, counting times that differ."""
    factors = np.ones(values.size)
    for found in _lists(file, points, "eamAttenuationFactor", where, values.size):
        factors = factors * found
    signals = attenuated(values, factors, corrected)
    times = _child(points, "countingTimes")
    if times is not None:
        seconds = _of_length(file, numbers(file, times.text or "", f"countingTimes of {where}"), values.size, where)
        signals += (Values("time", seconds, "s", "counting_time"),)
    return signals


def _lists(file: RawFile, points: Element, name: str, where: str, count: int) -> list[NDArray[np.float64]]:
    """Return the factors of a scan whose elements end in a name: one of all points, or one of each."""
    found = []
    for child in points:
        tag = local(child.tag).removesuffix("s")
        if tag.endswith(name):
            factors = numbers(file, child.text or "", f"{local(child.tag)} of {where}")
            if tag.startswith("common"):
                factors = np.full(count, factors[0] if factors.size else math.nan)
            found.append(_of_length(file, factors, count, where))
    return found


def _of_length(file: RawFile, values: NDArray[np.float64], count: int, where: str) -> NDArray[np.float64]:
    if values.size != count or not np.all(np.isfinite(values)):
        raise file.refusal(f"{where} has {count} points, but {values.size} numbers beside them")
    return values


def _axis(file: RawFile, element: Element, count: int, where: str) -> _Axis:
    """Return where a drive stands during a scan."""
    name, unit = element.get("axis", ""), element.get("unit", "")
    what = f"positions of {name} in {where}"
    ends = [_text(element, key) for key in ("startPosition", "endPosition")]
    if all(ends):
        start, end = number(ends[0]), number(ends[1])
        positions = np.round(np.linspace(start, end, count), 9) if start != end else np.array([start])
    elif listed := _text(element, "listPositions"):
        positions = _of_length(file, numbers(file, listed, what), count, where)
    else:
        positions = np.array([number(_text(element, "commonPosition"))])
    if not np.all(np.isfinite(positions)):
        raise file.refusal(f"{what} are no numbers")
    return _Axis(name, unit, positions)


def _scanned(axes: list[_Axis], stated: str, count: int) -> Values | None:
    """Return the axis of a scan: two theta where it moves, else the drive that the scan is named after."""
    moving = {axis.name: axis for axis in axes if axis.positions.size == count and count > 1}
    moving = moving or {axis.name: axis for axis in axes if count == 1}
    wanted = drive(stated)
    two_theta = next((axis for name, axis in moving.items() if drive(name) == drive("2Theta")), None)
    same = next((axis for name, axis in moving.items() if wanted is not None and drive(name) == wanted), None)
    chosen = two_theta or same or next((axis for name, axis in moving.items() if drive(name) is not None), None)
    if chosen is None:
        return None
    moved = drive(chosen.name)
    assert moved is not None
    unit = chosen.unit or moved.unit
    return Values(moved.quantity, chosen.positions, unit, moved.name, heading=chosen.name)


def _own(file: RawFile, points: Element, scan: Element, where: str, count: int) -> dict[str, str | float]:
    """Return the settings of one scan."""
    seconds = number(_text(points, "commonCountingTime"))
    listed = _child(points, "countingTimes")
    if listed is not None:
        times = _of_length(file, numbers(file, listed.text or "", f"countingTimes of {where}"), count, where)
        seconds = float(times[0]) if np.all(times == times[0]) else math.nan
    return settings(integration_time=(seconds, "s"), temperature=(_temperature(file, scan), "K")) | texts(
        date=iso_time(_text(scan, "header", "startTimeStamp")),
        technique=" ".join(part for part in (scan.get("scanAxis", ""), scan.get("mode", "").lower()) if part),
    )


def _temperature(file: RawFile, scan: Element) -> float:
    """Return the mean temperature of a sample in a chamber [K]."""
    for element in scan.iter():
        if "onAmbient" in local(element.tag) and element.get("unit") == "K" and (element.text or "").strip():
            found = numbers(file, element.text or "", "temperatures")
            if found.size:
                return float(found.mean())
    return math.nan


# ------------------------------------------------------------------------------------------------------------- settings


def _metadata(root: Element, measurement: Element, scan: Element) -> dict[str, str | float]:
    used = _child(measurement, "usedWavelength")
    lines = [_angstrom(_child(used, key)) for key in ("kAlpha1", "kAlpha2")]
    ratio = number(_text(used, "ratioKAlpha2KAlpha1"))
    source = _child(measurement, "incidentBeamPath", "xRayTube")
    detector = _child(measurement, "diffractedBeamPath", "detector")
    program = _child(scan, "header", "source", "applicationSoftware")
    remarks = [entry.text or "" for entry in _children(_child(measurement, "comment"), "entry")]
    configuration = dict(
        (entry.text or "").partition("=")[::2] for entry in _children(_child(root, "comment"), "entry")
    )
    system = configuration.get("Diffractometer system", "") or _text(
        scan, "header", "source", "instrumentControlSoftware"
    )
    found = texts(
        instrument=f"PANalytical {system}".strip(),
        serial_number=_text(scan, "header", "source", "instrumentID"),
        software=f"{_named(program)} {program.get('version', '')}" if program is not None else "",
        operator=_text(scan, "header", "author", "name"),
        sample=" ".join(part for part in (_text(root, "sample", "id"), _text(root, "sample", "name")) if part),
        comment="; ".join(remark.strip() for remark in remarks if remark.strip()),
        detector=detector.get("name", "") if detector is not None else "",
        source=source.get("name", "") if source is not None else "",
    )
    radiation = tube(
        _text(source, "anodeMaterial"),
        (lines[0], lines[1], ratio),
        number(_text(source, "tension")),
        number(_text(source, "current")),
    )
    return found | radiation


def _named(element: Element) -> str:
    return (element.text or "").strip()


def _angstrom(element: Element | None) -> float:
    """Return a wavelength [angstrom]."""
    if element is None:
        return math.nan
    scale: Mapping[str, float] = {"Angstrom": 1.0, "nm": 10.0}
    return number(element.text or "") * scale.get(element.get("unit", "Angstrom"), math.nan)


READER = Reader("panalytical_xrdml", "PANalytical Data Collector, XRDML", _sniff, _read)
