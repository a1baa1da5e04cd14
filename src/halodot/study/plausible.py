"""What the quantities of a study usually are, and what was probably meant where one is not.

A dimension that is right says little: 30 um of a hole conductor and 170 g of a lead salt are a length and a mass. Every
quantity has a usual range, by its name where that says what it is, else by its unit. The ranges are wide, so that no
ordinary laboratory leaves them; a parameter of a model has the range that the library gives with it, widened.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from halodot.paths import layer_of, root_of, word_of
from halodot.sources import Sourced
from halodot.states import Layer, Note
from halodot.study import library
from halodot.study.dose import beyond_calibration
from halodot.study.usual import BY_PART, is_within, range_in_part, usual_range
from halodot.units import from_si, unit_by_size

if TYPE_CHECKING:
    from halodot.study.model import Study

_ORGANIC_PERMITTIVITY = 7.0
#: a work function may be this much larger at the cathode, as in a device for holes alone
_REVERSED = 0.5  # eV
_STAGES = library.STAGES
#: how many times the library's range a parameter may lie beside it
_BEYOND = 3.0
#: what one writes in place of the unit that is meant, as a factor of the SI value, by unit
_SLIPS: Mapping[str, tuple[float, ...]] = {
    "eV": (0.1, 10.0, 1e-3, 1e3),
    "m2/V/s": (1e-4, 1e4),
    "m2": (1e-4, 1e4, 1e-6, 1e6),
    "1/m3": (1e6, 1e-6),
    "1/m2": (1e4, 1e-4),
    "m3/s": (1e-6, 1e6),
    "m6/s": (1e-12, 1e12),
    "1/m3/s": (1e6, 1e-6),
    "ohm*m2": (1e-4, 1e4),
    "S/m2": (1e4, 1e-4),
    "K*m2/W": (1e-4, 1e4),
    "m2/s": (1e-4, 1e4),
    "(m/V)**0.5": (0.1, 10.0),
    "s": (1e-9, 1e-6, 1e-3, 1e3),
    "1/s": (1e9, 1e6, 1e-9),
    "m": (1e-3, 1e3, 1e-6, 1e-9, 0.1),
    "1": (0.01, 100.0, 0.1, 10.0),
}
#: units in which the bench writes small and large amounts of what SI measures in one
_KELVIN = 273.15
_PHOTON = 1.239841984e-6  # eV m, energy of a photon times its wavelength
#: by which a photon may exceed the stated gap, since levels are measured with other methods than lines
_ABOVE_GAP = 0.4  # eV


def unlikely(study: Study) -> tuple[Note, ...]:
    """Return a note for every number of a study, and for every relation of its numbers, that is implausible.

    A dose that no calibration has seen is noted as extrapolated.
    """
    numbers = (*_unusual_inputs(study), *_unusual_voltages(study))
    return (*numbers, *_reversed_contacts(study), *_emission_above_gap(study), *beyond_calibration(study))


# ------------------------------------------------------------------------------------------------------ single numbers


def _unusual_inputs(study: Study) -> Iterator[Note]:
    layers = {layer.name: layer for layer in study.stack.layers} if study.stack is not None else {}
    emits = any(layer.role == "emitter" for layer in layers.values())
    materials = {layer.name: _of_library(layer.material) for layer in layers.values()}
    for path, entry in study.inputs.items():
        part, whose, at = root_of(path), "", layer_of(path)
        if part in _STAGES and word_of(path) not in BY_PART.get(part, {}):
            shipped = library.parameters(part)[1].get(path)
            bounds = usual_range(path, entry.unit) if shipped is None else widened(shipped, _BEYOND)
        elif at is not None and at.name in layers:
            bounds, whose = _range_in_layer(layers[at.name], materials[at.name], emits, path, entry.unit)
        else:
            bounds = usual_range(path, entry.unit)
        if not is_within(entry.value, bounds):
            yield Note("unlikely", _sentence(path, whose, entry.value, entry.unit, bounds), path)


def _of_library(material: str) -> Mapping[str, Sourced]:
    """Return the numbers that the library gives with a material, none where it has no such one."""
    return library.material(material).inputs if material in library.materials() else {}


def _range_in_layer(
    layer: Layer, shipped: Mapping[str, Sourced], emits: bool, path: str, unit: str
) -> tuple[tuple[float, float], str]:
    """Return the usual range of a property of a layer, and the material of the library that narrows it."""
    name = path.rsplit(".", 1)[-1]
    if name == "thickness" and (layer.role in ("substrate", "injection") or emits):
        return range_in_part(layer.role if layer.role in ("substrate", "injection") else "emitting", name, unit), ""
    organic = layer.transport.relative_permittivity < _ORGANIC_PERMITTIVITY and name in BY_PART["organic"]
    low, high = range_in_part("organic", name, unit) if organic else usual_range(path, unit)
    if name in shipped and shipped[name].low > 0.0:
        least, most = widened(shipped[name], 1.0)
        return (max(low, least), min(high, most)), layer.material
    return (low, high), ""


def widened(entry: Sourced, times: float) -> tuple[float, float]:
    """Return the range of a number of the library with some times its width added on either side.

    A range of positive numbers is widened in proportion, since a guess errs by a factor.
    """
    low, high = entry.low, entry.high
    if not (math.isfinite(low) and math.isfinite(high)):
        if not math.isfinite(entry.sd):
            return -math.inf, math.inf
        low, high = entry.value - 2.0 * entry.sd, entry.value + 2.0 * entry.sd
    if low > 0.0:
        ratio = (high / low) ** times
        return low / ratio, high * ratio
    return low - times * (high - low), high + times * (high - low)


def _unusual_voltages(study: Study) -> Iterator[Note]:
    voltages = study.run.voltages
    if study.stack is not None and voltages.size:
        extreme = float(max(voltages, key=abs))
        if not is_within(extreme, bounds := usual_range("run.voltage", "V")):
            yield Note("unlikely", _sentence("run.voltage", "", extreme, "V", bounds), "run.voltage")


def _sentence(path: str, whose: str, value: float, unit: str, bounds: tuple[float, float]) -> str:
    name = "ratio to the dispersion" if ".wash." in path and unit == "1" else path.rsplit(".", 1)[-1]
    name = "volume" if ".wash." in path and unit == "m3" else name.replace("_", " ")
    low, high = (shown(bound, unit, 3) for bound in bounds)
    meant = likely_slip(value, unit, bounds)
    hint = f" Was {shown(meant, unit)} meant?" if meant is not None else " Check the value and its unit."
    subject = f"the {name} of {whose}" if whose else f"the {name}"
    return f"{shown(value, unit)} is unusual for {subject}: {low} to {high} is expected.{hint}"


def likely_slip(value: float, unit: str, bounds: tuple[float, float]) -> float | None:
    """Return the value that was probably meant, by the usual confusion of units or a decimal point, None if none is."""
    low, high = bounds
    if unit == "K":
        shifted: Iterable[float] = (value + _KELVIN, value - _KELVIN)
    else:
        shifted = (value * factor for factor in _SLIPS.get(unit, (1e-3, 1e3, 1e-6, 1e6)))
    return next((other for other in (*shifted, -value) if low <= other <= high), None)


def shown(value: float, unit: str, digits: int = 4) -> str:
    """Return a number with the unit of the bench in which it is neither small nor large: 3e-8 m is 30 nm."""
    if unit == "1":
        return f"{value:.{digits}g}"
    bench = unit_by_size(value, unit)
    return f"{from_si(value, unit, bench):.{digits}g} {bench}"


# ----------------------------------------------------------------------------------------------- relations of numbers


def _reversed_contacts(study: Study) -> Iterator[Note]:
    """Note contacts that seem to be exchanged: electrons are to come from the lower work function."""
    stack = study.stack
    if stack is None or study.run.stop_after:
        return
    if stack.anode is None or stack.cathode is None:
        return
    anode, cathode = (stack.layers[contact.layer].name for contact in (stack.anode, stack.cathode))
    low, high = stack.anode.work_function, stack.cathode.work_function
    if high - low > _REVERSED:
        text = (
            f"The work function of the cathode ({cathode}, {high:.4g} eV) is {high - low:.2g} eV"
            f" larger than that of the anode ({anode}, {low:.4g} eV), so that neither injects"
            " well. Were the contacts exchanged?"
        )
        yield Note("unlikely", text, f"device.layers.{cathode}.work_function")


def _emission_above_gap(study: Study) -> Iterator[Note]:
    """Note light whose photons carry more energy than the gap of the layer that emits it."""
    if study.stack is None or study.emitter is None or not math.isfinite(study.emitter.peak):
        return
    photon = _PHOTON / study.emitter.peak
    for layer in study.stack.layers:
        gap = layer.transport.ionisation_energy - layer.transport.electron_affinity
        if layer.role == "emitter" and photon > gap + _ABOVE_GAP:
            text = (
                f"Photons of {study.emitter.peak * 1e9:.4g} nm carry {photon:.3g} eV, more than the gap of {layer.name}"
                f" ({gap:.3g} eV), so that its electrons and holes could not make them. Check the peak and both levels."
            )
            yield Note("unlikely", text, "device.emitter.peak")
