"""Reads what is computed (``run``) and what is not, because it was measured (``given``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from halodot.nodes import Node
from halodot.sources import Sourced
from halodot.states import Array, Dispersion, Dots, Film, Flask
from halodot.study import synonyms
from halodot.study.halides import read_halides
from halodot.study.model import Run
from halodot.study.reader import Reader, nearest
from halodot.study.records import missing_fields, numbers_of, read_fields
from halodot.study.solver import read_solver

_RUN_NUMBERS = ("temperature", "humidity", "illumination", "tolerance")
#: whole numbers of a run, with the least and the most that they may be
COUNTS: Mapping[str, tuple[int, int]] = {"positions": (1, 201), "nodes_per_layer": (8, 4096)}
RUN_KEYS = ("voltage", "wavelength", *COUNTS, "lifetime", *_RUN_NUMBERS, "solver", "stop_after", "source", "kind")
STOPS = ("flask", "dots", "film", "light")
GRID_KEYS = ("from", "to", "step")
GIVEN: Mapping[str, type] = {"flask": Flask, "dots": Dots, "film": Film}
_MOST_POINTS = 10_001


def read_run(reader: Reader, node: Node | None, centre: float, width: float) -> Run:
    """Read the section ``run`` of a study.

    Args:
        reader: collects numbers and problems.
        node: the section, None where there is none.
        centre: wavelength [m] around which the spectrum lies when no grid is stated, nan for the dots' own.
        width: full width at half maximum [m] of that line.
    """
    items = reader.mapping(node, "run", RUN_KEYS) if node is not None else {}
    with reader.origin(items, "run"):
        return _read_run(reader, items, centre, width)


def _read_run(reader: Reader, items: Mapping[str, Node], centre: float, width: float) -> Run:
    values: dict[str, Any] = {}
    for name in COUNTS.keys() & items.keys():
        values[name] = reader.integer(items[name], f"run.{name}", *COUNTS[name])
    if "stop_after" in items:
        values["stop_after"] = reader.choice(items["stop_after"], "run.stop_after", STOPS)
    if "solver" in items:
        values["solver"] = read_solver(reader, items["solver"])
    values |= read_fields(reader, Run, {key: item for key, item in items.items() if key in _RUN_NUMBERS}, "run")
    if "lifetime" in items:
        inner = reader.mapping(items["lifetime"], "run.lifetime", ("luminance",))
        if "luminance" in inner:
            found = reader.number(inner["luminance"], "run.lifetime_luminance", "cd/m2", "positive")
            values["lifetime_luminance"] = math.nan if found is None else found
        elif isinstance(items["lifetime"].value, dict) and reader.lacking(["luminance"], "run.lifetime"):
            reader.complain(items["lifetime"].place, "the luminance of the lifetime test is missing", "run.lifetime")
    for name in ("temperature", "humidity", "tolerance"):
        default = Run.__dataclass_fields__[name].default
        entry = Sourced(default, numbers_of(Run)[name], "assumed", "halodot", about="Not stated, taken as usual.")
        reader.inputs.setdefault(f"run.{name}", entry)
    voltages = np.linspace(0.0, 6.0, 61)
    if "voltage" in items:
        voltages = read_grid(reader, items["voltage"], "run.voltage", "V", "any", voltages)
    wavelength = default_wavelength(centre, width)
    if "wavelength" in items:
        wavelength = read_grid(reader, items["wavelength"], "run.wavelength", "m", "positive", wavelength)
    free = tuple(name for name in ("wavelength", "positions") if name not in items)
    return Run(voltages=voltages, wavelength=wavelength, open=free, **values)


def default_wavelength(centre: float, width: float) -> Array:
    """Return 101 wavelengths [m] that cover a line; 560-760 nm for dots whose line is not known yet."""
    if not (math.isfinite(centre) and math.isfinite(width)):
        return np.linspace(560e-9, 760e-9, 101)
    middle = round(centre * 1e8) * 1e-8
    half = min(max(100e-9, math.ceil(2.7 * width * 1e8) * 1e-8), 0.6 * middle)
    return np.linspace(middle - half, middle + half, 101)


def read_grid(reader: Reader, node: Node, path: str, unit: str, rule: str, otherwise: Array) -> Array:
    """Read ``{from:, to:, step:}`` or a list of values that rise; report everything else.

    Args:
        reader: collects problems.
        node: the text.
        path: of the values.
        unit: their SI unit.
        rule: what they may be.
        otherwise: the values where these are wrong.

    Returns:
        Values in SI, shape (point,).
    """
    if isinstance(node.value, list):
        found = _listed(reader, node, path, unit, rule)
    elif isinstance(node.value, str):
        message = f"a list or a range is expected, such as {{from: , to: , step: }}, not {node.value!r}"
        usual_step = {"V": "0.1 V", "m": "2 nm"}.get(unit, f"... {unit}")
        reader.complain(node.place, message, path, synonyms.grid(node.value, usual_step) or f"[{node.value}]")
        found = None
    else:
        found = _ranged(reader, node, path, unit, rule)
    return otherwise if found is None else found


def _listed(reader: Reader, node: Node, path: str, unit: str, rule: str) -> Array | None:
    """Return the values of a list that rises, None where it is wrong."""
    items = node.value if isinstance(node.value, list) else []
    if len(items) > _MOST_POINTS:
        reader.complain(node.place, f"more than {_MOST_POINTS} points", path)
        return None
    found = [reader.value(item, f"{path}[{index}]", unit, rule) for index, item in enumerate(items)]
    if None in found:
        return None
    values = np.array(found, dtype=np.float64)
    if values.size == 0 or np.any(np.diff(values) <= 0):
        reader.complain(node.place, "the values must rise from one to the next", path)
    return values if values.size else None


def _ranged(reader: Reader, node: Node, path: str, unit: str, rule: str) -> Array | None:
    """Return the values of ``{from:, to:, step:}``, None where one of the three is absent or wrong."""
    items = reader.mapping(node, path, GRID_KEYS)
    absent = [key for key in GRID_KEYS if key not in items]
    if absent:
        if isinstance(node.value, dict) and (absent := reader.lacking(absent, path)):
            reader.complain(node.place, f"{', '.join(absent)} missing; {{from: , to: , step: }} is expected", path)
        return None
    low = reader.value(items["from"], f"{path}.from", unit, rule)
    high = reader.value(items["to"], f"{path}.to", unit, rule)
    step = reader.value(items["step"], f"{path}.step", unit, "positive")
    if low is None or high is None or step is None:
        return None
    if high < low:
        reader.complain(items["to"].place, "the end lies below the start", path)
        return None
    if (high - low) / step > _MOST_POINTS:
        reader.complain(items["step"].place, f"more than {_MOST_POINTS} points; take a larger step", path)
        return None
    count = math.floor((high - low) / step * (1 + 1e-9) + 1e-9)
    last = high if abs(low + count * step - high) < 1e-6 * step else low + count * step
    return np.linspace(low, last, count + 1)


def read_given(reader: Reader, node: Node, run: Run) -> dict[str, Any]:
    """Read the section ``given``: single quantities (``dots.plqy: 0.6``) and whole states (``film: {...}``).

    Returns:
        "stage.quantity" -> value, and "stage" -> the state where all of it is given.
    """
    written: dict[str, dict[str, Node]] = {}
    keys: dict[str, Node] = {}
    for key, item in reader.mapping(node, "given").items():
        stage, _, quantity = key.partition(".")
        place = Node(node.keys[key], key)
        if stage not in GIVEN:
            message = f"{stage!r} is no state; given are quantities of {', '.join(GIVEN)}"
            reader.complain(place.place, message, "given", nearest(stage, GIVEN))
            continue
        entries = {quantity: item} if quantity else reader.mapping(item, f"given.{stage}")
        places = {
            name: Node(item.keys.get(name, place.place) if not quantity else place.place, name) for name in entries
        }
        for name, entry in entries.items():
            if name in written.setdefault(stage, {}):
                reader.complain(places[name].place, f"{stage}.{name} is given twice", "given")
            written[stage][name] = entry
            keys[f"{stage}.{name}"] = places[name]
    found: dict[str, Any] = {}
    for stage, entries in written.items():
        found |= _given_state(reader, stage, entries, keys, run)
    return found


def _given_state(
    reader: Reader, stage: str, entries: Mapping[str, Node], keys: Mapping[str, Node], run: Run
) -> dict[str, Any]:
    """Return the given quantities of a state, or the state itself where all of it is given."""
    record = GIVEN[stage]
    known = {item.name: item for item in fields(record)}
    _check_given_names(reader, stage, entries, keys, known)
    values: dict[str, Any] = read_fields(reader, record, entries, f"given.{stage}")
    if "halides" in entries and (found := read_halides(reader, entries["halides"], f"given.{stage}.halides")):
        values["halides"] = found
    if stage == "flask":
        reason = reader.text(entries["reason"], "given.flask.reason") if "reason" in entries else None
        values |= {"amounts": {}, "reason": reason} | _samples(reader, entries)
    arrays = {name for name in entries if name in known and "dimensions" in known[name].metadata}
    whole = not set(missing_fields(record, {*values, *arrays, *_defaulted(stage)}))
    for name in () if whole else sorted(arrays):
        message = f"a curve is given only with its whole state, since the {stage} sets its axis"
        reader.complain(keys[f"{stage}.{name}"].place, message, f"given.{stage}.{name}")
    if not whole:
        return {f"{stage}.{name}": values[name] for name in entries if name in values}
    curves = _curves(reader, stage, {name: entries[name] for name in arrays}, run)
    if reader.problems or set(missing_fields(record, {*values, *curves})):
        return {}
    return {stage: record(**values, **curves)}


def _check_given_names(
    reader: Reader, stage: str, entries: Mapping[str, Node], keys: Mapping[str, Node], known: Mapping[str, object]
) -> None:
    """Report quantities that a state does not have, and those that only a recipe can tell."""
    for name in entries:
        if name not in known:
            message = f"the state {stage!r} has no quantity {name!r}"
            meant = synonyms.meaning(name, known)
            near = meant.keys[0] if meant and meant.keys else nearest(name, known)
            reader.complain(keys[f"{stage}.{name}"].place, message, "given", near)
        elif stage == "flask" and name in ("amounts", "interpretations", "shell"):
            reader.complain(keys[f"flask.{name}"].place, f"{name} follow from a recipe and are not given", "given")


def _defaulted(stage: str) -> tuple[str, ...]:
    return ("wavelength",) if stage == "film" else ()


def _curves(reader: Reader, stage: str, entries: Mapping[str, Node], run: Run) -> dict[str, Array]:
    """Read the curves of a state; one number stands for a constant along the curve's axis."""
    units = {item.name: item.metadata for item in fields(GIVEN[stage]) if "unit" in item.metadata}
    found: dict[str, Array] = {"wavelength": run.wavelength} if stage == "film" else {}
    sizes = {name: values.size for name, values in found.items()}
    axes = ("wavelength", "time", "air_time")
    for name in sorted(entries, key=lambda name: (name not in axes, isinstance(entries[name].value, str), name)):
        path, node, unit = f"given.{stage}.{name}", entries[name], str(units[name]["unit"])
        axis = next(iter(units[name].get("dimensions", ())), name)
        if isinstance(node.value, dict):
            values = read_grid(reader, node, path, unit, "any", np.zeros(0))
        else:
            items = node.value if isinstance(node.value, list) else [node]
            numbers = [reader.value(item, path, unit, units[name].get("valid", "nonnegative")) for item in items]
            values = np.array([math.nan if value is None else value for value in numbers])
        size = sizes.setdefault(axis, values.size)
        if values.size not in (1, size):
            reader.complain(node.place, f"{values.size} values, but its axis {axis!r} has {size}", path)
        found[name] = np.full(size, values[0]) if values.size == 1 else values
    return found


def _samples(reader: Reader, entries: Mapping[str, Node]) -> dict[str, Any]:
    if "samples" not in entries:
        return {}
    samples = []
    for index, node in enumerate(reader.sequence(entries["samples"], "given.flask.samples")):
        path = f"given.flask.samples[{index}]"
        items = reader.mapping(node, path, ("washes", *numbers_of(Dispersion), "solvent"))
        own = Reader(reader.known_sources, problems=reader.problems)
        values: dict[str, Any] = {"washes": index} | read_fields(own, Dispersion, items, path)
        if "washes" in items:
            values["washes"] = reader.integer(items["washes"], path, 0, 99)
        absent = missing_fields(Dispersion, values)
        if absent:
            reader.complain(node.place, f"{', '.join(absent)} missing", path)
        else:
            samples.append(Dispersion(**values))
    return {"samples": tuple(samples)}
