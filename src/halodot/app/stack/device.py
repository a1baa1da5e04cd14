"""The numbers and choices of the device as a whole: its pixel, its light, its sweep and its surroundings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Literal

from halodot.app.stack.properties import Property, property_of_record
from halodot.app.stack.words import exact_text
from halodot.app.stack.written import Reading, reading_of, set_path, written_text
from halodot.states import Stack
from halodot.study import EmitterNumbers, Run, Study, library
from halodot.study.conditions import GRID_KEYS
from halodot.study.device import STACK_CHOICES, STACK_NUMBERS

PIXEL, LIGHT, SWEEP, SURROUNDINGS = "Pixel", "Light of the emitting layer", "Voltage sweep", "Surroundings"
#: numbers of a run that say under what the device works, by the path that ``--set`` takes
_CONDITIONS: Mapping[str, str] = {
    "temperature": "run.temperature",
    "humidity": "run.humidity",
    "illumination": "run.illumination",
    "lifetime_luminance": "run.lifetime.luminance",
}


def device_properties(study: Study) -> tuple[Property, ...]:
    """Return what can be set of the device as a whole, group by group.

    Args:
        study: as it is read.
    """
    reading = reading_of(study)
    return (*_sweep(study), *_surroundings(reading), *_pixel(reading), *_light(reading))


def _pixel(reading: Reading) -> Iterator[Property]:
    study = reading.study
    if study.stack is None:
        return
    for item in fields(Stack):
        if item.name in STACK_NUMBERS or item.name in STACK_CHOICES:
            path = f"device.{item.name}"
            value = getattr(study.stack, item.name)
            yield property_of_record(reading, (set_path(reading, path), path), PIXEL, item, value)


def _light(reading: Reading) -> Iterator[Property]:
    """Yield the numbers of the emitter; those that the study does not state are the film's, where there is one."""
    study = reading.study
    if study.stack is None or not any(layer.role == "emitter" for layer in study.stack.layers):
        return
    for item in fields(EmitterNumbers):
        path = f"device.emitter.{item.name}"
        value = getattr(study.emitter, item.name) if study.emitter is not None else math.nan
        yield property_of_record(reading, (set_path(reading, path), path), LIGHT, item, value)
    if study.film is None:
        yield _class(study)


def _class(study: Study) -> Property:
    """Return the class of the emitter, which says what its excitons lose beside charges and in the field."""
    device = study.document.get("device") or {}
    text = written_text((device.get("emitter") or {}).get("class"))
    path = "device.emitter.class"
    return Property(
        path=path,
        input=path,
        label="Class",
        group=LIGHT,
        form="choice",
        text=text,
        meaning="what emitters of one class have in common: losses beside a charge and in the field",
        choices=library.emitter_classes(),
        origin="study" if text else "",
    )


def _surroundings(reading: Reading) -> Iterator[Property]:
    for item in fields(Run):
        if item.name in _CONDITIONS:
            path = f"run.{item.name}"
            changed = set_path(reading, path)
            paths = (_CONDITIONS[item.name] if changed == path else changed, path)
            yield property_of_record(reading, paths, SURROUNDINGS, item, getattr(reading.study.run, item.name))


def _sweep(study: Study) -> Iterator[Property]:
    """Yield the ends and the step of the voltages, or all of them where they are listed."""
    run = study.document.get("run") or {}
    written: Any = run.get("voltage")
    voltages = study.run.voltages
    if isinstance(written, list):
        text = f"[{', '.join(map(written_text, written))}]"
        yield _voltage("run.voltage", "Voltages", text, "study")
        return
    step = float(voltages[1] - voltages[0]) if voltages.size > 1 else math.nan
    values = dict(zip(GRID_KEYS, (float(voltages[0]), float(voltages[-1]), step), strict=True))
    for key, label in zip(GRID_KEYS, ("From", "To", "Step"), strict=True):
        if isinstance(written, Mapping):
            yield _voltage(f"run.voltage.{key}", label, written_text(written.get(key)), "study")
        elif key == GRID_KEYS[0]:
            parts = [f"{name}: {exact_text('voltage', round(value, 9), 'V')}" for name, value in values.items()]
            yield _voltage("run.voltage", "Voltages", f"{{{', '.join(parts)}}}", "halodot")


def _voltage(path: str, label: str, text: str, origin: Literal["study", "halodot"]) -> Property:
    meaning = "voltages at which the device is computed"
    return Property(path, path, label, SWEEP, "text", text, meaning, unit="V", origin=origin)
