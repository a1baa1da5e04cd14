"""The studies of a fit: with the fitted numbers, their intervals and what they were fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from halodot.learn.fit import CurveFit, FittedNumber
from halodot.learn.fit_model import MeasuredDevice
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study, to_document, with_inputs
from halodot.study.inputs import parameter_text, with_entries

#: letters of a hash that a person needs to tell two files apart; the whole one is written
_SHORT = 12
#: keys of a study that name a file beside it
_FILES = ("table", "calibration")


def fitted_studies(fit: CurveFit) -> Mapping[str, Study]:
    """Return the study of every device with the fitted numbers, at the measured voltages.

    Args:
        fit: the outcome.

    Returns:
        By device; the fitted inputs are of kind ``calibrated``, their ranges are the 95 % intervals, and their sources
        the data with their hashes.
    """
    return {device.name: _fitted(fit, device) for device in fit.devices}


def fitted_entries(fit: CurveFit, device: MeasuredDevice) -> dict[str, Sourced]:
    """Return the fitted inputs of a device by path, as of :func:`fitted_studies`."""
    source = source_of(device)
    return {
        path: _entry(device, number, path, source, fit.by_profiles)
        for number in fit.numbers
        for path in number.parameter.inputs.get(device.name, {})
    }


def _fitted(fit: CurveFit, device: MeasuredDevice) -> Study:
    entries = fitted_entries(fit, device)
    study = with_inputs(device.stated, {path: entry.value for path, entry in entries.items()})
    written = dict(to_document(study))
    stated = {**written.get("parameters", {}), **{path: parameter_text(entry) for path, entry in entries.items()}}
    run = {**(written.get("run") or {}), "voltage": [f"{float(v)!r} V" for v in device.study.run.voltages]}
    document = _with_whole_paths({**written, "parameters": stated, "run": run}, Path(study.path).parent)
    study = with_entries(study, entries, document)
    return replace(study, run=replaced(study.run, voltages=device.study.run.voltages))


def _entry(device: MeasuredDevice, number: FittedNumber, path: str, source: str, by_profiles: bool) -> Sourced:
    """Return an input as it was fitted; a common factor or offset gives its own interval to each."""
    low, value, high = (
        number.parameter.changes(device.name, at)[path]
        for at in (number.interval_95[0], number.value, number.interval_95[1])
    )
    before = device.stated.inputs[path]
    how = "95 % interval by profile likelihood" if by_profiles else "95 % interval to first order"
    if number.open_below or number.open_above:
        sides = " and ".join(side for side, at in (("below", number.open_below), ("above", number.open_above)) if at)
        how += f", open {sides}, where it ends at what was allowed"
    if number.parameter.rule != "value":
        how = f"moved with others by the common {number.parameter.rule} {number.name!r}; {how}"
    return Sourced(value, before.unit, "calibrated", source, low=min(low, high), high=max(low, high), about=how)


def source_of(device: MeasuredDevice) -> str:
    """Return the data of a device as a source in words: kinds, file and hash."""
    files: dict[tuple[str, str], list[str]] = {}
    for one in device.curves:
        files.setdefault((one.curve.source, one.curve.sha256), []).append(one.curve.kind)
    said = []
    for (name, sha256), kinds in files.items():
        text = f"{', '.join(kinds)} of {name or 'measured curves'}"
        said.append(f"{text}, sha256 {sha256}" if sha256 else text)
    return f"fitted to {'; '.join(said)}"


def _with_whole_paths(node: Any, folder: Path) -> Any:
    """Return a document in which files beside the study are named with their folder, so that it may stand elsewhere."""
    if isinstance(node, list):
        return [_with_whole_paths(item, folder) for item in node]
    if not isinstance(node, Mapping):
        return node
    found = {key: _with_whole_paths(item, folder) for key, item in node.items()}
    for key in _FILES:
        name = found.get(key)
        if isinstance(name, str) and (folder / name).is_file():
            found[key] = str((folder / name).resolve())
    return found


def fitted_text(study: Study) -> str:
    """Return a fitted study as the text of a file."""
    import yaml

    body = yaml.safe_dump(dict(study.document), sort_keys=False, allow_unicode=True, width=110)
    return (
        "# Fitted by halodot fit: the numbers of `parameters` of kind calibrated are those of the fit, with their\n"
        "# 95 % intervals as ranges and the data that they were fitted to as sources.\n"
        f"{body}"
    )
