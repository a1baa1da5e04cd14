"""Rigaku, SmartLab Studio II: RASX, a zip archive with a text of numbers and an XML document for each scan.

``Data*/Profile*.txt`` has position, intensity and the factor of the attenuator, ``Data*/MesurementConditions*.xml`` (so
spelt) the settings. Scans are in the order of their numbers. The intensity was not multiplied by the factor.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halodot.readers.archives import local, member_names, members, xml_root
from halodot.readers.formats._diffraction import leaves, of_one_kind
from halodot.readers.formats._rigaku import metadata, rows_of, scan
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PROFILE = re.compile(r"(.*/)?Data(\d+)/Profile(\d+)\.txt")
_FRAME = re.compile(r"(.*/)?Data(\d+)/(?:Image|MesurementConditions)(\d+)\.\w+")
#: bytes of a member: a scan of a million points
_LARGEST = 60_000_000
#: elements of the document, by the words of the text format
_ELEMENTS = {
    "FILE_OPERATOR": "GeneralInformation/Operator",
    "FILE_COMMENT": "GeneralInformation/Comment",
    "FILE_MEMO": "GeneralInformation/Memo",
    "FILE_SAMPLE": "GeneralInformation/SampleName",
    "FILE_SYSTEM_NAME": "GeneralInformation/SystemName",
    "FILE_PACKAGE_NAME": "GeneralInformation/PackageName",
    "HW_XG_TARGET_NAME": "HWConfigurations/XrayGenerator/TargetName",
    "HW_XG_WAVE_LENGTH_ALPHA1": "HWConfigurations/XrayGenerator/WavelengthKalpha1",
    "HW_XG_WAVE_LENGTH_ALPHA2": "HWConfigurations/XrayGenerator/WavelengthKalpha2",
    "MEAS_COND_XG_VOLTAGE": "HWConfigurations/XrayGenerator/Voltage",
    "MEAS_COND_XG_CURRENT": "HWConfigurations/XrayGenerator/Current",
    "MEAS_SCAN_AXIS_X": "ScanInformation/AxisName",
    "MEAS_SCAN_MODE": "ScanInformation/Mode",
    "MEAS_SCAN_STEP": "ScanInformation/Step",
    "MEAS_SCAN_SPEED": "ScanInformation/Speed",
    "MEAS_SCAN_SPEED_UNIT": "ScanInformation/SpeedUnit",
    "MEAS_SCAN_UNIT_X": "ScanInformation/PositionUnit",
    "MEAS_SCAN_UNIT_Y": "ScanInformation/IntensityUnit",
    "MEAS_SCAN_START_TIME": "ScanInformation/StartTime",
    "MEAS_DATA_COUNT": "ScanInformation/DataCount",
}


def _sniff(file: RawFile) -> Match:
    names = member_names(file)
    return Match.SIGNATURE if any(_PROFILE.fullmatch(name) or _FRAME.fullmatch(name) for name in names) else Match.NO


def _read(file: RawFile) -> Recording:
    names = member_names(file)
    matches = [found for name in names if (found := _PROFILE.fullmatch(name))]
    ordered = sorted(matches, key=lambda found: (int(found[2]), int(found[3])))
    if not ordered:
        what = "the archive holds frames of an area detector; a profile (Data0/Profile0.txt) was expected"
        raise file.refusal(f"{what}, which SmartLab Studio saves after integration")
    conditions = [_conditions(file, found, names) for found in ordered]
    wanted = [name for found, other in zip(ordered, conditions) for name in (other, found.group())]
    contents = members(file, wanted)
    curves: list[Curve] = []
    words: dict[str, str] = {}
    header: dict[str, str] = {}
    notes: list[str] = []
    for place, (found, other) in enumerate(zip(ordered, conditions), 1):
        root = xml_root(file, _bounded(file, next(contents), other), other)
        own = _words(root)
        if not words:
            words, header = own, _header(root)
        text = _bounded(file, next(contents), found.group()).decode("utf-8-sig", "replace")
        rows, left_out = rows_of(file, list(enumerate(text.splitlines(), 1)), found.group())
        if not len(rows):
            notes.append(f"{found.group()} has no points")
            continue
        label = (f"scan {place}" + _standing(root)) if len(ordered) > 1 else ""
        curves.append(scan(file, own, rows, label, len(left_out)))
    shared = metadata(words)
    return Recording("x_ray_diffraction", of_one_kind(curves), shared, header, notes=tuple(notes))


def _conditions(file: RawFile, found: re.Match[str], names: tuple[str, ...]) -> str:
    """Return the name of the document that says what a profile holds."""
    expected = f"{found[1] or ''}Data{found[2]}/MesurementConditions{found[3]}.xml"
    if expected not in names:
        raise file.refusal(f"the archive lacks {expected!r}, which says what {found.group()!r} holds")
    return expected


def _bounded(file: RawFile, content: bytes, name: str) -> bytes:
    if len(content) > _LARGEST:
        raise file.refusal(f"{name!r} has {len(content) / 1e6:.0f} MB; at most {_LARGEST / 1e6:.0f} MB are read")
    return content


def _words(root: Element) -> dict[str, str]:
    """Return the settings by the words of the text format."""
    found = {}
    for pair in root.iter():
        if local(pair.tag) == "Pair" and len(pair) == 2:
            found[(pair[0].text or "").strip().lstrip("*")] = (pair[1].text or "").strip()
    for word, path in _ELEMENTS.items():
        element = root.find(path)
        if element is not None and (element.text or "").strip():
            found[word] = (element.text or "").strip()
    return found


def _standing(root: Element) -> str:
    """Return where the drives stand that a map steps between its scans."""
    standing = [
        f"{axis.get('Name')} {axis.get('Position')}"
        for axis in root.iter()
        if local(axis.tag) == "Axis" and axis.get("State") == "Fixed" and axis.get("Name") in ("Omega", "Phi", "Chi")
    ]
    return ": " + ", ".join(standing) if standing else ""


def _header(root: Element) -> dict[str, str]:
    positions = {
        f"axis {axis.get('Name')}" + (f" [{axis.get('Unit')}]" if axis.get("Unit") else ""): axis.get("Position", "")
        for axis in root.iter()
        if local(axis.tag) == "Axis"
    }
    pairs = {key: text for key, text in _words(root).items() if text and key not in _ELEMENTS}
    plain = leaves(root, ("RASHeader", "Axes"))
    return plain | {key: text for key, text in positions.items() if text} | pairs


READER = Reader("rigaku_rasx", "Rigaku SmartLab Studio II, RASX", _sniff, _read)
