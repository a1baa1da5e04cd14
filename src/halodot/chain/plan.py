"""What a study computes and with what: its stages, its contacts, and every default that it leaves unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from halodot.chain.grid import optical_grid
from halodot.paths import layer_path
from halodot.results.data import Result
from halodot.states import Array, Layer, Stack, stated_value
from halodot.study import Study, library
from halodot.study.records import CONTACTS, texts_of
from halodot.units import from_si

#: physics that is there only where some layer states one of its numbers
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "doping": ("donor_density", "acceptor_density"),
    "traps": ("trap_density", "interface_trap_density"),
    "Auger recombination": ("electron_auger", "hole_auger"),
    "mobile ions": ("cation_density", "anion_density"),
    "mobilities that follow the field": ("electron_field_activation", "hole_field_activation", "hopping_distance"),
    "mobilities that follow the temperature": ("electron_activation_energy", "hole_activation_energy"),
    "capture across the faces of the emitting layer": ("face_capture", "face_hole_capture", "face_electron_capture"),
    "tunnelling through the barriers of interfaces": ("tunnelling_mass",),
    "disorder of the steps at interfaces": ("interface_disorder",),
    "dipoles at interfaces": ("interface_dipole",),
    "image forces at the contacts": ("barrier_lowering",),
    "quenching by neighbouring layers": ("quenching_rate",),
    "generation by external light": ("generation",),
}
#: the same of the device
_OPTIONAL_OF_DEVICE: Mapping[str, str] = {
    "series resistance": "series_resistance",
    "shunt": "shunt_conductance",
    "self-heating": "thermal_resistance",
}
Row = tuple[str, str, str]


def steps(examined: Result) -> tuple[str, ...]:
    """Return what is computed, one sentence for each stage.

    Args:
        examined: of the study, from :func:`halodot.chain.simulate.examine`.
    """
    study = examined.study
    found = []
    chemistry = [name for name in ("flask", "dots", "film") if getattr(examined, name) is not None]
    given = [name for name in chemistry if name in study.given]
    if chemistry:
        taken = f", of which {' and '.join(given)} as given" if given else ""
        found.append(f"Chemistry: {', '.join(chemistry)}{taken}.")
    if examined.flask is not None and not examined.flask.survived:
        return (*found, f"{examined.flask.reason} Nothing behind the flask is computed.")
    if examined.stack is not None:
        found += _device_steps(study, examined.stack)
    return tuple(found)


def _device_steps(study: Study, stack: Stack) -> Iterator[str]:
    run = study.run
    if stack.emitter is not None:
        side = "the substrate" if stack.emission_side == "bottom" else "the top"
        wavelength, position = optical_grid(study, stack)
        yield (
            f"Optics: {wavelength.size} wavelengths from {_span(wavelength, 'm', 'nm')} at {position.size}"
            f" positions in the emitting layer; light is counted through {side}."
        )
    if run.stop_after:
        return
    from halodot.device.electrical_stack import electrical_stack

    electrical = electrical_stack(stack)
    anode, cathode = electrical.anode.work_function, electrical.cathode.work_function
    names = ", ".join(layer.name for layer in electrical.layers)
    heat = ", which its own heat raises" if stack.thermal_resistance > 0.0 else ""
    yield (
        f"Charges: holes from {anode:.4g} eV at the anode and electrons from {cathode:.4g} eV at the cathode, through"
        f" {names}; {run.voltages.size} voltages from {_span(run.voltages, 'V', 'V')} at {stack.temperature:.4g}"
        f" K{heat}."
    )
    if np.isfinite(run.lifetime_luminance):
        yield f"Lifetime: at constant current from {run.lifetime_luminance:.4g} cd/m2."


def _span(values: Array, unit: str, shown: str) -> str:
    low, high = (from_si(float(value), unit, shown) for value in (values.min(), values.max()))
    return f"{low:.4g} to {high:.4g} {shown}"


def left_out(examined: Result) -> tuple[str, ...]:
    """Return the physics that a study leaves out because it does not state its numbers."""
    stack, study = examined.stack, examined.study
    if stack is None or study.run.stop_after:
        return ()
    found = [
        text
        for text, names in _OPTIONAL.items()
        if not any(stated_value(stack, index, name) for index in range(len(stack.layers)) for name in names)
    ]
    if any(layer.transport.mobility_law == "extended_gaussian_disorder" for layer in stack.layers):
        found = [text for text in found if not text.startswith("mobilities that follow")]
    found += [text for text, name in _OPTIONAL_OF_DEVICE.items() if not getattr(stack, name)]
    if stack.emitter is not None and not stack.emitter.trion_auger_rate:
        found.append("roll-off by charged dots")
    return tuple(found)


def defaults(examined: Result) -> tuple[Row, ...]:
    """Return path, value and meaning of every word and grid that a study leaves to the program.

    Numbers that are taken by default stand among ``Study.inputs`` with the source halodot.
    """
    study, stack = examined.study, examined.stack
    rows = list(_of_the_study(study, stack))
    if stack is not None:
        rows += _of_the_device(study, stack)
        written = _written_layers(study)
        for index, layer in enumerate(stack.layers):
            rows += _of_a_layer(study, layer, written[index] if index < len(written) else set())
    return tuple(rows)


def _of_the_study(study: Study, stack: Stack | None) -> Iterator[Row]:
    run, written = study.run, study.document.get("run") or {}
    for stage in library.STAGES:
        parameters = getattr(study, stage)
        stated = _flattened(study.document.get("parameters") or {})
        for name in texts_of(type(parameters)) if parameters is not None else ():
            if f"{stage}.{name}" not in stated:
                yield (
                    f"parameters.{stage}.{name}",
                    getattr(parameters, name),
                    "Reading of the recipe or form of a model.",
                )
    if stack is None:
        return
    if "voltage" not in written and not run.stop_after:
        yield "run.voltage", f"{_span(run.voltages, 'V', 'V')}, {run.voltages.size} points", "Voltages of the curve."
    if stack.emitter is not None:
        wavelength, position = optical_grid(study, stack)
        if "wavelength" not in written:
            span = f"{_span(wavelength, 'm', 'nm')}, {wavelength.size} points"
            yield "run.wavelength", span, "Wavelengths of the optics."
        if "positions" not in written:
            yield "run.positions", str(position.size), "Places in the emitting layer where light starts."
    if "nodes_per_layer" not in written and not run.stop_after:
        yield "run.nodes_per_layer", "as many as the tolerance asks", "Grid of the charges."
    if "illumination" not in written and any(layer.recombination.generation for layer in stack.layers):
        yield "run.illumination", f"{run.illumination:g}", "The layers' generation counts once."


def _of_the_device(study: Study, stack: Stack) -> Iterator[Row]:
    written = study.document.get("device") or {}
    if "ions" not in written and any(layer.ions.cation_density or layer.ions.anion_density for layer in stack.layers):
        yield "device.ions", stack.ions, "Ions move until they are at rest at every voltage."
    if stack.emitter is not None:
        for name, about in (
            ("emission_side", "Side whose light counts."),
            ("outcoupling", "No half sphere on the substrate."),
        ):
            if name not in written:
                yield f"device.{name}", getattr(stack, name), about


def _of_a_layer(study: Study, layer: Layer, stated: set[str]) -> Iterator[Row]:
    place = f"device.layers.{layer.name}"
    known = {path.rsplit(".", 1)[-1] for path in study.inputs if path.startswith(layer_path(layer.name, ""))}
    if layer.role not in ("transport", "emitter") or study.run.stop_after:
        return
    if "role" not in stated and layer.material not in library.materials():
        yield f"{place}.role", layer.role, "What the layer does."
    if "statistics" not in stated:
        yield f"{place}.statistics", layer.transport.statistics, "How carriers fill the states."
    if "mobility_law" not in stated:
        yield f"{place}.mobility_law", layer.transport.mobility_law, "How field, density and heat change mobilities."
    if not {"langevin_factor", "bimolecular_coefficient"} & known:
        yield (
            f"{place}.langevin_factor",
            f"{layer.recombination.langevin_factor:g}",
            "Multiple of Langevin's coefficient.",
        )
    if layer.traps.trap_density > 0.0:
        for name in ("electron_capture", "hole_capture"):
            if name not in known:
                yield f"{place}.{name}", "0", "The centres do not capture this carrier."
        if "trap_charge" not in stated:
            yield f"{place}.trap_charge", layer.traps.trap_charge, "Charge of the centres."
    if (layer.ions.cation_density or layer.ions.anion_density) and "ion_sites" not in known:
        yield f"{place}.ion_sites", f"{layer.ions.ion_sites * 1e-6:.3g} 1/cm3", "Places that ions can fill."


def _written_layers(study: Study) -> list[set[str]]:
    """Return the keys that a study writes of each layer, in whichever form the layer is written."""
    layers = (study.document.get("device") or {}).get("layers") or []
    return [_keys(item) for item in layers]


def _flattened(node: Mapping[str, Any], before: str = "") -> set[str]:
    """Return the paths of nested parameters: ``flask: {decay: ...}`` and ``flask.decay: ...`` alike."""
    found = set()
    for key, value in node.items():
        path = f"{before}.{key}" if before else key
        found |= _flattened(value, path) if isinstance(value, Mapping) and "value" not in value else {path}
    return found


def _keys(item: Any) -> set[str]:
    if not isinstance(item, Mapping):
        return set()
    found = set(item)
    for key, value in item.items():
        if isinstance(value, Mapping) and "value" not in value:
            found |= set(value)
        elif key in CONTACTS:
            found.add("work_function")
    return found
