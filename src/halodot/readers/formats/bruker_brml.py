"""Bruker, DIFFRAC.SUITE: BRML, a zip archive of XML documents.

Each ``Experiment*/RawData*.xml`` is a measurement. Its ``DataRoute`` that is flagged ``Measured`` has a row (``Datum``)
for each point; ``DataViews`` say in which columns stand the time of the point, the factor of the absorber, the axes and
the counts of each detector. The counts were multiplied by the factor of the absorber.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import local, member, member_names, members, xml_root
from halodot.readers.formats._diffraction import (
    attenuated,
    drive,
    intensities,
    iso_time,
    leaves,
    measured,
    numbers,
    of_one_kind,
    settings,
    steps,
    texts,
    tube,
    whole,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RAW_DATA = re.compile(r"(?:.*/)?Experiment(\d+)/RawData(\d+)\.xml")
#: bytes; the tree of an XML document takes some ten times its size in memory
_LARGEST = 60_000_000
_MOST_POINTS = 20_000_000
#: drives that a map steps between its scans
_STEPPED = ("Theta", "Omega", "Phi", "Chi", "Psi", "X", "Y", "Z")


class _Column(NamedTuple):
    """Columns of a row, by what stands in them."""

    role: str  # "time", "absorber", "axis", "signal"; others are left out
    name: str
    start: int
    length: int
    unit: str = ""


def _sniff(file: RawFile) -> Match:
    names = member_names(file)
    return Match.SIGNATURE if any(map(_RAW_DATA.fullmatch, names)) else Match.NO


def _read(file: RawFile) -> Recording:
    matches = [found for name in member_names(file) if (found := _RAW_DATA.fullmatch(name))]
    names = [found.group() for found in sorted(matches, key=lambda found: (int(found[1]), int(found[2])))]
    curves: list[Curve] = []
    notes: list[str] = []
    first: Element | None = None
    read = 0
    for name, content in zip(names, members(file, names)):
        root = _document(file, name, content)
        first = root if first is None else first
        for route in _routes(file, root, name, notes):
            added = _route(file, route, root, name, len(curves) + 1)
            read += sum(signal.values.size for curve in added for signal in curve.signals)
            if read > _MOST_POINTS:
                raise file.refusal(f"the archive has more than {_MOST_POINTS} points")
            curves += added
            notes += [] if added else [f"a scan of {name} has no points"]
    if len(curves) == 1:
        curves = [Curve(curves[0].axes, curves[0].signals, "", curves[0].metadata)]
    assert first is not None  # the file was recognised by its members
    metadata, header = _settings(file, names[0], first)
    return Recording("x_ray_diffraction", of_one_kind(curves), metadata, header, notes=tuple(dict.fromkeys(notes)))


def _document(file: RawFile, name: str, content: bytes) -> Element:
    if len(content) > _LARGEST:
        raise file.refusal(f"{name!r} has {len(content) / 1e6:.0f} MB; at most {_LARGEST / 1e6:.0f} MB are read")
    return xml_root(file, content, name)


def _all(element: Element, name: str) -> list[Element]:
    return [child for child in element.iter() if local(child.tag) == name]


def _first(element: Element | None, *path: str) -> Element | None:
    for name in path:
        element = next(iter(_all(element, name)), None) if element is not None else None
    return element


def _text(element: Element | None, *path: str) -> str:
    found = _first(element, *path)
    return (found.text or "").strip() if found is not None else ""


def _routes(file: RawFile, root: Element, name: str, notes: list[str]) -> list[Element]:
    """Return the routes to read: what was measured, else what was made of it."""
    routes = _all(root, "DataRoute")
    if not routes:
        raise file.refusal(f"{name!r} has no DataRoute, where a measurement was expected")
    measured = [route for route in routes if route.get("RouteFlag") == "Measured"]
    if measured and len(measured) < len(routes):
        notes.append("data that the program made of the measured ones were left out")
    if not measured:
        notes.append("the archive holds what the program made of a measurement, not the measured data")
    return measured or routes


# ---------------------------------------------------------------------------------------------------------------- route


def _route(file: RawFile, route: Element, root: Element, name: str, number_of_curve: int) -> list[Curve]:
    """Return the curves of one scan: one for each detector."""
    rows = [row.text or "" for row in _all(route, "Datum")]
    if not rows:
        return []
    columns = _columns(route)
    width = rows[0].count(",") + 1
    if width > 1_000_000 or not columns or max(column.start + column.length for column in columns) > width:
        what = f"rows of {name!r} have {width} numbers, fewer than its DataViews describe"
        raise file.refusal(what if columns else f"{name!r} has no DataViews, which say what its columns are")
    if any(row.count(",") + 1 != width for row in rows):
        raise file.refusal(f"rows of {name!r} have different numbers of columns")
    table = numbers(file, " ".join(rows).replace(",", " "), f"rows of {name!r}").reshape(len(rows), width)
    _check_count(file, route, len(rows), name)
    x, others = _axes(file, columns, table, name)
    others += _drives(root, columns)
    signals = [column for column in columns if column.role == "signal"]
    if not signals:
        raise file.refusal(f"{name!r} has no counts beside its positions; frames of area detectors are not read")
    frame = len(rows) == 1 and len(signals) == 1 and signals[0].length > 1
    x = _channels(route, signals[0].length) or x if frame else x
    if frame and len(x.values) == signals[0].length:
        still = [column for column in columns if column.role == "axis" and drive(column.name) != drive("2Theta")]
        others = [f"{column.name} {table[0, column.start]:g}" for column in still] + others
        table, columns = _turned(table, columns, signals[0])
        signals = [column for column in columns if column.role == "signal"]
    scan = _first(route, "ScanInformation")
    title = (scan.get("VisibleName") or scan.get("ScanName") or "") if scan is not None else ""
    fixed = ", ".join(others)
    label = f"scan {number_of_curve}: {title.strip()}" + (f" ({fixed})" if fixed else "")
    own = _own(route, root, columns, table) | texts(technique=title)
    found = [_curve(x, column, columns, table, label, own) for column in signals]
    if len(found) > 1:
        found = [
            Curve(one.axes, one.signals, f"{label}, {signal.name}", own | texts(detector=signal.name))
            for one, signal in zip(found, signals)
        ]
    return [one for one in found if len(one.axes[0].values)]


def _check_count(file: RawFile, route: Element, rows: int, name: str) -> None:
    """Refuse fewer rows than were measured."""
    stated = [number(scan.get("MeasuredSteps", "")) for scan in _all(route, "SubScanInfo")]
    measured = sum(stated) if stated and all(map(math.isfinite, stated)) else math.nan
    if math.isfinite(measured) and measured != rows:
        raise file.refusal(f"{name!r} states {measured:g} measured points, it has {rows}")


def _columns(route: Element) -> list[_Column]:
    """Return what stands in the columns of a row."""
    found: list[_Column] = []
    for view in _all(route, "RawDataView"):
        start, length = int(view.get("Start", "-1")), int(view.get("Length", "0"))
        if start < 0 or length < 1:
            continue
        recorded, varying = _first(view, "Recording"), _first(view, "Varying")
        name = view.get("LogicName", "")
        if recorded is not None:
            unit = _first(recorded, "Unit")
            base = unit.get("Base", "") if unit is not None else ""
            title = recorded.get("VisibleName") or recorded.get("LogicName") or "detector"
            found.append(_Column("signal", title, start, length, base))
        elif varying is not None and varying.get("LogicName") == "ScanAxes":
            for place, axis in enumerate(_all(varying, "FieldDefinitions")[:length]):
                unit = _first(axis, "Restriction")
                written = unit.get("Unit", "") if unit is not None else ""
                shown = _text(axis, "VisibleName")
                title = shown if drive(shown) is not None else axis.get("AxisId", "") or shown
                found.append(_Column("axis", title, start + place, 1, written))
        elif name in ("MeasuredTime", "AbsorptionFactor"):
            found.append(_Column({"MeasuredTime": "time"}.get(name, "absorber"), name, start, length))
    return found or _columns_of_early_versions(route)


def _columns_of_early_versions(route: Element) -> list[_Column]:
    """Return the columns where no view describes them: time, absorber, the axes of the scan, one counter."""
    axes = _all(route, "ScanAxisInfo")
    names = list(dict.fromkeys(axis.get("AxisName", "") for axis in axes))
    widths = {(row.text or "").count(",") + 1 for row in _all(route, "Datum")}
    if not names or widths != {len(names) + 3}:
        return []
    found = [_Column("time", "MeasuredTime", 0, 1), _Column("absorber", "AbsorptionFactor", 1, 1)]
    found += [_Column("axis", name, place, 1) for place, name in enumerate(names, 2)]
    return [*found, _Column("signal", "counter", len(names) + 2, 1)]


def _axes(file: RawFile, columns: list[_Column], table: NDArray[np.float64], name: str) -> tuple[Values, list[str]]:
    """Return the axis of a scan and the words for the drives that stand still."""
    axes = [column for column in columns if column.role == "axis"]
    moving = [column for column in axes if len(table) == 1 or np.ptp(table[:, column.start]) > 0.0]
    known = [column for column in moving if drive(column.name) is not None]
    two_theta = [column for column in known if drive(column.name) == drive("2Theta")]
    fixed = [f"{column.name} {table[0, column.start]:g}" for column in axes if column not in moving]
    if not known:
        if moving:
            what = f"{name!r} scans {', '.join(column.name for column in moving)}, whose meaning is not known"
            raise file.refusal(what)
        return Values("channel", np.arange(1, len(table) + 1)), fixed
    chosen = (two_theta or known)[0]
    moved = drive(chosen.name)
    assert moved is not None
    unit = {"°": "degree", "": moved.unit}.get(chosen.unit, chosen.unit)
    return Values(moved.quantity, table[:, chosen.start], unit, moved.name, heading=chosen.name), fixed


def _channels(route: Element, count: int) -> Values | None:
    """Return two theta of the channels of a line detector that stands still, None where it is not stated."""
    for axis in _all(route, "ScanAxisInfo"):
        numbers_of = [number(_text(axis, key)) for key in ("Reference", "Start", "Stop", "Increment")]
        reference, start, stop, step = numbers_of
        moved = drive(axis.get("AxisName", ""))
        if moved is None or moved.quantity != "two_theta" or not all(map(math.isfinite, numbers_of)) or step == 0.0:
            continue
        if round(abs(stop - start) / abs(step)) in (count, count - 1):
            return Values("two_theta", steps(reference + start, step, count), moved.unit, heading="channels")
    return None


def _turned(
    table: NDArray[np.float64], columns: list[_Column], signal: _Column
) -> tuple[NDArray[np.float64], list[_Column]]:
    """Return the one row of a line detector as a column, the other numbers repeated beside it."""
    others = [column for column in columns if column.role in ("time", "absorber")]
    values = table[0, signal.start : signal.start + signal.length]
    beside = [np.full(signal.length, table[0, column.start]) for column in others]
    renumbered = [column._replace(start=place) for place, column in enumerate(others, 1)]
    return np.column_stack([values, *beside]), [signal._replace(start=0, length=1), *renumbered]


def _drives(root: Element, columns: list[_Column]) -> list[str]:
    """Return the words for drives outside the scan that a map steps between its scans."""
    moved = {drive(column.name) for column in columns if column.role == "axis"} | {drive("2Theta")}
    found = []
    for info in _all(root, "InfoData"):
        name, position = info.get("LogicName", ""), _first(info, "Position")
        shown = info.get("VisibleName", "") or name
        if name not in _STEPPED or position is None or {drive(name), drive(shown)} & moved:
            continue
        found.append(f"{shown} {number(position.get('Value', '')):g}")
    return found


def _curve(
    x: Values,
    column: _Column,
    columns: list[_Column],
    table: NDArray[np.float64],
    label: str,
    own: dict[str, str | float],
) -> Curve:
    """Return the curve of one detector, a map where it has several channels."""
    values, absent = measured(table[:, column.start : column.start + column.length])
    if absent:
        x, table = replace(x, values=x.values[: len(values)]), table[: len(values)]
    rate = column.unit.casefold() in ("cps", "countspersecond")
    if column.length > 1:
        signal = intensities(whole(values), "cps" if rate else "")
        return Curve((x, Values("channel", np.arange(1, column.length + 1))), (signal,), label, own)
    factors = np.ones(len(table))
    for place in (item.start for item in columns if item.role == "absorber"):
        factors = factors * table[:, place]
    if rate or np.isnan(values).any():
        signals: tuple[Values, ...] = (intensities(values[:, 0], "cps" if rate else ""),)
    else:
        signals = attenuated(values[:, 0], factors, corrected=True)
    times = [table[:, item.start] for item in columns if item.role == "time"]
    if times and np.ptp(times[0]) > 0.0:
        signals += (Values("time", times[0], "s", "counting_time"),)
    return Curve((x,), signals, label, own)


def _own(route: Element, root: Element, columns: list[_Column], table: NDArray[np.float64]) -> dict[str, str | float]:
    """Return the settings of one scan."""
    times = [table[:, column.start] for column in columns if column.role == "time"]
    same = bool(times) and np.ptp(times[0]) == 0.0
    seconds = float(times[0][0]) if same else math.nan
    found = texts(date=iso_time(_text(root, "TimeStampStarted")))
    return found | settings(integration_time=(seconds, "s"))


# ------------------------------------------------------------------------------------------------------------- settings


def _settings(file: RawFile, name: str, root: Element) -> tuple[dict[str, str | float], dict[str, str]]:
    """Return what the first measurement and the experiment around it say."""
    container = name.rpartition("/")[0] + "/DataContainer.xml"
    experiment = _document(file, container, member(file, container)) if container in member_names(file) else None
    info = _first(experiment, "MeasurementInfo")
    words = {item.get("Name", ""): item.get("Value", "") for item in _all(root, "InfoItem")}
    words |= dict(info.items()) if info is not None else {}
    described = _first(experiment, "InstrumentDescription")
    version = _text(experiment, "CreatingVersion")
    detectors = _first(root, "Detectors")
    detector = next((child.get("VisibleName", "") for child in detectors), "") if detectors is not None else ""
    # InstrumentName is what the laboratory calls it, often the laboratory's own name
    maker = _text(described, "DeviceTypeDesc") or "Bruker diffractometer (DIFFRAC.SUITE)"
    serial = _text(described, "SerialNo")
    source = _first(root, "Tube")
    values = [_value(source, f"WaveLength{key}") for key in ("Alpha1", "Alpha2", "Ratio")]
    found = texts(
        instrument=maker if "Bruker" in maker else f"Bruker {maker}".strip(),
        serial_number=serial if serial != "0" else "",
        software=f"DIFFRAC.SUITE {version}" if version else "",
        operator=words.get("UserName", "") or words.get("User", ""),
        sample=words.get("SampleName", ""),
        comment=words.get("Comment", ""),
        detector=detector,
    )
    radiation = tube(
        _text(source, "TubeMaterial"),
        (values[0], values[1], values[2]),
        _value(_first(source, "Generator"), "Voltage"),
        _value(_first(source, "Generator"), "Current"),
    )
    skipped = ("DataRoutes", "BeringInfo", "MethodInformation", "Identifier", "ParentBeringInfo", "SubScans")
    header = leaves(root, skipped) | {key: text for key, text in words.items() if text}
    return found | radiation, header


def _value(element: Element | None, name: str) -> float:
    """Return the number of an element in angstrom, kV or mA, as the program writes all of them."""
    found = _first(element, name)
    return number(found.get("Value", "") or found.text or "") if found is not None else math.nan


READER = Reader("bruker_brml", "Bruker DIFFRAC.SUITE, BRML", _sniff, _read)
