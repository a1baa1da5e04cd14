"""SPECS SpecsLab Prodigy and SpecsLab 2: spectra as text (.xy).

Comment lines (``# Key:  text``) say how the file was exported, then describe groups, regions, cycles and scans; rows
of numbers follow each ``# ColumnLabels:``. The axis is the one that ``Energy Axis`` names, whatever the column says.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from halodot.readers.numbers import Block, block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_KEY = re.compile(r"#\s*([A-Za-z][^:]*?)\s*:\s*(.*)")
_PLACE = re.compile(r"#\s*Cycle:\s*(\d+)(?:,\s*Curve:\s*(\d+))?(?:,\s*Scan:\s*(\d+))?(?:,\s*Channel:\s*(\d+))?")
_AXES = {"binding energy": "binding_energy", "kinetic energy": "kinetic_energy", "excitation energy": "photon_energy"}
#: the axis by what SpecsLab 2 says of "Kinetic Energy Axis"
_OLDER = {"yes": "kinetic energy", "no": "binding energy"}
#: what ends a region's own settings: results that the program computed
_RESULTS = ("Operation", "Result Name")


@dataclass
class _State:
    """What the comment lines above the rows say."""

    export: dict[str, str] = field(default_factory=dict)
    group: str = ""
    region: dict[str, str] = field(default_factory=dict)
    place: str = ""  # "cycle 0, scan 1"
    labels: list[str] = field(default_factory=list)
    computed: bool = False
    external: bool = False


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = "\n".join(file.lines[:12])
    return Match.SIGNATURE if re.search(r"^#\s*Created by:\s*SpecsLab", head, re.MULTILINE) else Match.NO


def _read(file: RawFile) -> Recording:
    state = _State()
    curves: list[Curve] = []
    header: dict[str, str] = {}
    left_out = line = 0
    while line < len(file.lines):
        line += 1
        text = file.lines[line - 1].strip()
        if text.startswith("#"):
            _note(state, header, text)
        elif text and not state.export:
            continue  # before the header: the marks of a program for versions
        elif text:
            rows = block(file, line, delimiter=" ")
            _check_rows(file, state, rows)
            if state.computed or state.external:
                left_out += 1
            else:
                curves.append(_curve(file, state, rows))
            line += rows.lines - 1
    notes = (f"{left_out} curves that the program computed or that other channels recorded are left out",)
    if file.lines[-1].strip() and not file.lines[-1].startswith("#"):
        raise file.refusal("the last line has no end; its number may be cut off", line=len(file.lines))
    metadata: dict[str, str | float] = {"software": state.export.get("Created by", "")}
    return Recording("photoelectrons", tuple(_labelled(curves)), metadata, header, (), notes if left_out else ())


def _note(state: _State, header: dict[str, str], text: str) -> None:
    """Take note of one comment line."""
    if found := _PLACE.match(text):
        words = ("cycle", "curve", "scan", "channel")
        state.place = ", ".join(f"{word} {part}" for word, part in zip(words, found.groups()) if part is not None)
        state.computed, state.external, state.labels = False, False, []
        return
    found = _KEY.match(text)
    if not found:
        return
    key, value = found[1], found[2].strip()
    if key == "Group":
        state.group, state.region = value, {}
    elif key == "Region":
        state.region = {"Region": value}
        state.place, state.labels, state.computed, state.external = "", [], False, False
    elif key == "ColumnLabels":
        state.labels = value.split()
    elif key.startswith("External Channel Data"):
        state.external = True
    elif key in _RESULTS:
        state.computed = True
    elif state.region:
        if not state.computed:
            state.region[key] = value
    else:
        state.export[key] = value
    name = f"{state.region.get('Region')}: {key}" if state.region and key != "Region" else key
    header.setdefault(name, value)


def _check_rows(file: RawFile, state: _State, rows: Block) -> None:
    """Refuse rows outside a region, and a file that ends before its last curve does."""
    last = rows.first_line + rows.lines - 1
    if not state.region or not (state.labels or state.computed or state.external):
        raise file.refusal("# Region and # ColumnLabels were expected above the numbers", line=rows.first_line)
    stated = number(state.region.get("Values/Curve", ""))
    ends = not any(text.strip() for text in file.lines[last:])
    if not state.computed and not state.external and math.isfinite(stated) and rows.lines < stated and ends:
        raise file.refusal(f"the file ends after {rows.lines} of {stated:g} values; it is cut off", line=last)
    if not state.computed and math.isfinite(stated) and rows.lines > stated and not state.external:
        raise file.refusal(f"{stated:g} values a curve were announced, {rows.lines} follow", line=last)


def _curve(file: RawFile, state: _State, rows: Block) -> Curve:
    labels = [label.casefold() for label in state.labels]
    if len(labels) != rows.columns or len(labels) < 2:
        what = f"{rows.columns} columns carry {len(labels)} labels ({' '.join(state.labels)})"
        raise file.refusal(what, line=rows.first_line)
    axis_name = state.export.get("Energy Axis", "").casefold() or _OLDER.get(
        state.export.get("Kinetic Energy Axis", ""), ""
    )
    if labels[0] == "time":
        axis = Values("time", rows.values[:, 0], "s", heading=state.labels[0])
    elif axis_name in _AXES:
        axis = Values(_AXES[axis_name], rows.values[:, 0], "eV", heading=axis_name)
    else:
        raise file.refusal(f"the energy axis is {axis_name!r}; one of {', '.join(_AXES)} was expected")
    signals = [_signal(state.labels[place], rows, place) for place in range(1, len(labels))]
    names = [signal.name or signal.quantity for signal in signals]
    if len(set(names)) != len(names):
        raise file.refusal(f"two columns hold the same quantity ({', '.join(names)})", line=rows.first_line)
    return Curve((axis,), tuple(signals), _label(state), _settings(state))


def _signal(label: str, rows: Block, place: int) -> Values:
    values, low = rows.values[:, place], label.casefold()
    if low in ("counts/s", "cps", "c/s"):
        return Values("count_rate", values, "1/s", heading=label)
    if low == "counts" and (values >= 0.0).all():
        return Values("counts", values, heading=label)
    if low.startswith("transmission"):
        return Values("analyser_transmission", values, heading=label)
    if "error" in low:
        return Values("intensity", values, "1", "uncertainty", label)
    if low == "scaling":
        return Values("intensity", values, "1", "scaling", label)
    return Values("intensity", values, "1", "" if place == 1 else f"intensity_{place}", label)


def _label(state: _State) -> str:
    return f"{state.region['Region']} ({state.place})" if state.place else state.region["Region"]


def _labelled(curves: list[Curve]) -> list[Curve]:
    """Return curves with the plain name of their region where the region has one curve."""
    plain = [curve.label.partition(" (")[0] for curve in curves]
    return [
        Curve(curve.axes, curve.signals, name if plain.count(name) == 1 else curve.label, curve.metadata)
        for curve, name in zip(curves, plain)
    ]


def _settings(state: _State) -> dict[str, str | float]:
    region = state.region
    found: dict[str, str | float] = {}
    texts = {"technique": region.get("Analysis Method", region.get("Anylsis Method", "")), "sample": state.group}
    texts |= {"source": region.get("Source", ""), "comment": region.get("Comment", "")}
    if region.get("Analyzer"):
        texts["instrument"] = f"SPECS {region['Analyzer']}"
    found |= {word: text for word, text in texts.items() if text}
    numbers = {"Excitation Energy": "photon_energy", "Dwell Time": "integration_time"}
    numbers |= {"Eff. Workfunction": "work_function", "Effective Workfunction": "work_function"}
    if region.get("Scan Mode", "").startswith("FixedAnalyzerTransmission"):
        numbers["Pass Energy"] = "pass_energy"
    if state.export.get("Separate Scan Data") == "no":
        numbers["Number of Scans"] = "scans"
    for key, word in numbers.items():
        value = number((region.get(key, "").split() or [""])[0])
        if value > 0.0:
            found[word] = setting(word, value, {"integration_time": "s", "scans": "1"}.get(word, "eV"))
    written = region.get("Acquisition Date", "")
    zone = "+00:00" if written.endswith("UTC") else ""
    date = iso_date(written.removesuffix("UTC"), "%m/%d/%y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M:%S")
    if date:
        found["date"] = date + zone
    return found


READER = Reader("specs_xy", "SPECS SpecsLab Prodigy, text", _sniff, _read)
