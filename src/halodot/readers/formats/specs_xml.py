"""SPECS SpecsLab 2: XML with the raw counts of every detector.

A region group holds regions; a region holds cycles of scans. A scan lists counts detector by detector for each step
of the analyser, with steps before and behind the range (``mcd_head``, ``mcd_tail``): a detector at ``shift`` sees
electrons of an energy higher by ``shift`` times the pass energy, so that its counts belong that many steps earlier.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import xml_root
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SCAN_MODE = "FixedAnalyzerTransmission"


def _sniff(file: RawFile) -> Match:
    head = file.data[:8192]
    known = b"<?xml" in head[:100] and b"specs.de/Serializer/RegionGroupSeq" in head
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    root = xml_root(file)
    curves: list[Curve] = []
    header: dict[str, str] = {}
    metadata: dict[str, str | float] = {}
    groups = [element for element in root.iter("struct") if element.get("type_name") == "RegionGroup"]
    for group in groups:
        group_name = _text(group, "name")
        for region in _counted(file, _child(file, group, "regions")):
            name = _text(region, "name")
            curves += _curves(file, region, name, group_name)
            header |= {f"{name}: {key}": text for key, text in _settings(file, region).items()}
            metadata["instrument"] = f"SPECS {_text(_child(file, region, 'analyzer_info'), 'name')}"
    warnings = tuple(
        f"{name}: fewer scans are in the file than it announces ({got} of {stated})"
        for name, got, stated in _short_scans(file, groups)
    )
    notes = ("counts of the detectors are added, each shifted by its energy to the nearest step",)
    return Recording("photoelectrons", tuple(curves), metadata, header, warnings, notes)


# ------------------------------------------------------------------------------------------------------------- elements


def _child(file: RawFile, parent: Element, name: str) -> Element:
    """Return the child of a name.

    Raises:
        DataError: there is none.
    """
    found = next((element for element in parent if element.get("name") == name), None)
    if found is None:
        raise file.refusal(f"{parent.get('type_name') or parent.tag} has no {name!r}")
    return found


def _text(parent: Element, name: str) -> str:
    found = next((element for element in parent if element.get("name") == name), None)
    return (found.text or "").strip() if found is not None else ""


def _counted(file: RawFile, sequence: Element) -> list[Element]:
    """Return the members of a sequence, as many as it says."""
    if sequence.get("length") != str(len(sequence)):
        name = sequence.get("name") or sequence.get("type_name")
        raise file.refusal(f"{name} has {len(sequence)} members; {sequence.get('length')} were announced")
    return list(sequence)


def _numbers(file: RawFile, sequence: Element) -> NDArray[np.float64]:
    """Return the numbers of a sequence, which one element lists."""
    stated = number(sequence.get("length", ""))
    cells = (sequence[0].text or "").split() if len(sequence) else []
    values = np.array([number(cell) for cell in cells], dtype=float)
    if len(values) != stated or not np.isfinite(values).all():
        raise file.refusal(f"{sequence.get('name')} has {len(values)} numbers; {stated:g} finite ones were announced")
    return values


def _short_scans(file: RawFile, groups: list[Element]) -> Iterator[tuple[str, int, str]]:
    """Return the regions with fewer scans than they announce: name, scans that are there, scans announced."""
    for group in groups:
        for region in _child(file, group, "regions"):
            for cycle in _child(file, region, "cycles"):
                scans = _child(file, cycle, "scans")
                if scans.get("length") != str(len(scans)):
                    yield _text(region, "name"), len(scans), scans.get("length", "?")


def _settings(file: RawFile, region: Element) -> dict[str, str]:
    found = {}
    for element in _child(file, region, "region"):
        name = element.get("name", "")
        found[name] = _text(element, "name") if len(element) else (element.text or "").strip()
    return {name: text for name, text in found.items() if text}


# --------------------------------------------------------------------------------------------------------------- curves


def _curves(file: RawFile, region: Element, name: str, group: str) -> Iterator[Curve]:
    """Return a curve for each cycle of a region; its scans are added."""
    settings = _settings(file, region)
    values = {key: number(text) for key, text in settings.items()}
    wanted = ("kinetic_energy", "scan_delta", "pass_energy", "values_per_curve", "curves_per_scan", "dwell_time")
    if not all(math.isfinite(values.get(key, math.nan)) for key in wanted):
        raise file.refusal(f"{name} lacks one of {', '.join(wanted)}")
    if settings.get("scan_mode") != _SCAN_MODE or values["curves_per_scan"] != 1:
        what = f"{settings.get('scan_mode')!r} with {values['curves_per_scan']:g} curves a scan"
        raise file.refusal(f"{name} is of the mode {what}; {_SCAN_MODE} with one curve was expected")
    points = int(values["values_per_curve"])
    axis = values["kinetic_energy"] + values["scan_delta"] * np.arange(_sensible(file, points))
    transmission = _child(file, region, "transmission")
    cycles = _counted(file, _child(file, region, "cycles"))
    if not cycles:
        raise file.refusal(f"{name} has no cycles of raw counts; only averaged data were saved")
    for number_, cycle in enumerate(cycles, 1):
        scans = list(_child(file, cycle, "scans"))
        if not scans:
            continue  # the region was not reached before the measurement ended
        counts = sum((_scan(file, region, scan, values, points) for scan in scans), np.zeros(points))
        signals = [Values("counts", counts)]
        if len(transmission):
            signals.append(Values("analyser_transmission", _numbers(file, transmission)))
        label = name if len(cycles) == 1 else f"{name} cycle {number_}"
        metadata = _metadata(cycle, settings, values, group, len(scans))
        yield Curve((Values("kinetic_energy", axis, "eV"),), tuple(signals), label, metadata)


def _sensible(file: RawFile, points: int) -> int:
    if not 0 < points <= len(file.data):
        raise file.refusal(f"{points} points a curve were announced in a file of {len(file.data)} bytes")
    return points


def _scan(file: RawFile, region: Element, scan: Element, values: dict[str, float], points: int) -> NDArray[np.float64]:
    """Return the counts of one scan at each energy, shape (point,)."""
    detectors = _counted(file, _child(file, _child(file, region, "analyzer_info"), "detectors"))
    shifts = [number(_text(detector, "shift")) for detector in detectors]
    gains = [number(_text(detector, "gain")) for detector in detectors]
    if any(gain != 1.0 for gain in gains) or len(_child(file, scan, "scaling_factors")):
        raise file.refusal(
            "the counts are scaled by gains of the detectors; counts as they were measured were expected"
        )
    head, tail = (int(number(_text(region, name))) for name in ("mcd_head", "mcd_tail"))
    raw = _numbers(file, _child(file, scan, "counts"))
    steps = head + points + tail
    if not shifts or len(raw) != steps * len(shifts) or min(head, tail) < 0:
        raise file.refusal(f"a scan has {len(raw)} counts; {steps} steps of {len(shifts)} detectors were expected")
    counts = np.zeros(points)
    for place, shift in enumerate(shifts):
        first = head - round(shift * values["pass_energy"] / values["scan_delta"]) if len(shifts) > 1 else head
        if not 0 <= first <= head + tail:
            raise file.refusal(f"a detector shifted by {shift:g} leaves the {steps} steps of the scan")
        counts += raw.reshape(steps, len(shifts))[first : first + points, place]
    return counts


def _metadata(
    cycle: Element, settings: dict[str, str], values: dict[str, float], group: str, scans: int
) -> dict[str, str | float]:
    found: dict[str, str | float] = {"scans": float(scans)}
    words = {
        "photon_energy": "excitation_energy",
        "pass_energy": "pass_energy",
        "work_function": "effective_workfunction",
        "integration_time": "dwell_time",
    }
    for word, key in words.items():
        if values.get(key, math.nan) > 0.0:
            found[word] = values[key]
    if settings.get("analysis_method"):
        found["technique"] = settings["analysis_method"]
    if group:
        found["sample"] = group
    seconds = number(_text(cycle, "time"))
    if 0.0 < seconds < 4e9:
        found["date"] = datetime.fromtimestamp(int(seconds), UTC).isoformat()
    return found


READER = Reader("specs_xml", "SPECS SpecsLab 2, XML", _sniff, _read)
