"""What the quantities of a study usually are, and what was probably meant where one is not.

A dimension that is right says little: 30 um of a hole conductor and 170 g of a lead salt are a length and a mass. Every
quantity has a usual range, by its name where that says what it is, else by its unit. The ranges are wide, so that no
ordinary laboratory leaves them; a parameter of a model has the range that the library gives with it, widened.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from halodot.paths import layer_of, root_of, word_of
from halodot.sources import Sourced
from halodot.states import Layer, Note
from halodot.study import library
from halodot.study.dose import beyond_calibration
from halodot.units import bench_unit, from_si, to_si

if TYPE_CHECKING:
    from halodot.study.model import Study

#: usual range of what has this SI unit, unless its name says more
BY_UNIT: Mapping[str, tuple[str, str]] = {
    "K": ("200 K", "420 K"),
    "eV": ("0.5 eV", "14 eV"),
    "V": ("-50 V", "50 V"),
    "s": ("0.01 ns", "60 day"),
    "1/s": ("1e-7 1/ns", "1e5 1/ns"),
    "1/m3": ("1e10 1/cm3", "1e23 1/cm3"),
    "1/m2": ("1e6 1/cm2", "1e15 1/cm2"),
    "m/s": ("1e-5 m/s", "1e8 m/s"),
    "m2/V/s": ("1e-13 cm2/Vs", "3e3 cm2/Vs"),
    "m2/s": ("1e-8 cm2/s", "10 cm2/s"),
    "m3/s": ("1e-17 cm3/s", "1e-5 cm3/s"),
    "m6/s": ("1e-34 cm6/s", "1e-24 cm6/s"),
    "1/m3/s": ("1e16 1/cm3/s", "1e25 1/cm3/s"),
    "V/m": ("1 V/um", "1e7 V/um"),
    "(m/V)**0.5": ("5e-5 (cm/V)^0.5", "2e-2 (cm/V)^0.5"),
    "cd/m2": ("0.1 cd/m2", "1e6 cd/m2"),
    "ohm*m2": ("1e-5 ohm*cm2", "1e3 ohm*cm2"),
    "S/m2": ("1e-13 S/cm2", "10 S/cm2"),
    "K*m2/W": ("1e-3 K*cm2/W", "3e3 K*cm2/W"),
    "kg/mol": ("10 g/mol", "5000 g/mol"),
    "kg/m3": ("0.5 g/mL", "12 g/mL"),
    "J/kg": ("0.05 kJ/g", "3 kJ/g"),
    "kg": ("0.1 mg", "50 g"),
    "mol": ("0.01 umol", "500 mmol"),
    "m3": ("1 uL", "500 mL"),
}
_NANOCRYSTAL = ("1 nm", "100 nm")
_MOLECULE = ("0.1 nm", "10 nm")
_SPREAD = ("0.01 nm", "30 nm")
_LINE = ("350 nm", "2000 nm")
_LINE_WIDTH = ("5 nm", "200 nm")
_YIELD = ("0.1 %", "100 %")
_DISORDER = ("1 meV", "300 meV")
_DOT_VOLUME = ("1 nm3", "1e6 nm3")
_AFFINITY = ("0.5 eV", "7.5 eV")
_IONISATION = ("3.5 eV", "14 eV")
_STATES = ("1e16 1/cm3", "1e23 1/cm3")
_DOPING = ("1e11 1/cm3", "3e21 1/cm3")
#: usual range of what has this name, in whatever part of a study
BY_NAME: Mapping[str, tuple[str, str]] = {
    # layers and contacts
    "thickness": ("0.2 nm", "20 um"),
    "index_offset": ("-0.5", "0.5"),
    "cauchy_a": ("1", "4.5"),
    "cauchy_b": ("-0.1 um2", "0.5 um2"),
    "cauchy_c": ("-0.1 um4", "0.1 um4"),
    "relative_permittivity": ("1.5", "200"),
    "electron_affinity": _AFFINITY,
    "ionisation_energy": _IONISATION,
    "work_function": ("1.8 eV", "7.2 eV"),
    "electron_density_of_states": _STATES,
    "hole_density_of_states": _STATES,
    "density_of_states": _STATES,
    "electron_disorder": _DISORDER,
    "hole_disorder": _DISORDER,
    "hopping_distance": ("0.3 nm", "30 nm"),
    "donor_density": _DOPING,
    "acceptor_density": _DOPING,
    "langevin_factor": ("1e-6", "10"),
    "tunnelling_mass": ("0.02", "3"),
    "interface_dipole": ("-2 V", "2 V"),
    # the device and its light
    "area": ("1e-4 mm2", "0.1 m2"),
    "peak": _LINE,
    "fwhm": _LINE_WIDTH,
    "plqy": _YIELD,
    "radiative_lifetime": ("0.05 ns", "10 ms"),
    "quenching_range": ("0.05 nm", "30 nm"),
    "dot_volume": _DOT_VOLUME,
    "lifetime_luminance": ("0.1 cd/m2", "1e6 cd/m2"),
    "illumination": ("1e-6", "1e3"),
    # reagents and steps
    "purity": ("5 %", "100 %"),
    "boiling_point": ("230 K", "900 K"),
    "halide_count": ("0.2", "6"),
    "cation_count": ("0.2", "6"),
    "equivalents": ("0.001", "100"),
    "duration": ("0.05 s", "40 day"),
    "antisolvent_ratio": ("0.05", "100"),
    # states that were measured
    "edge_length": _NANOCRYSTAL,
    "edge_length_spread": _SPREAD,
    "spectroscopic_spread": _SPREAD,
    "ligand_length": _MOLECULE,
    "native_ligand_length": _MOLECULE,
    "short_ligand_length": _MOLECULE,
    "gap": _MOLECULE,
    "roughness": ("0.05 nm", "1 um"),
    "first_exciton": _LINE,
    "pl_peak": _LINE,
    "pl_fwhm": _LINE_WIDTH,
    "solution_plqy": _YIELD,
    "lifetime": ("0.01 ns", "1 ms"),
    "lifetime_amplitude": ("0.01 ns", "1 ms"),
    "lifetime_intensity": ("0.01 ns", "1 ms"),
    "biexciton_lifetime": ("0.1 ps", "100 ns"),
    "trion_auger_lifetime": ("0.1 ps", "1 us"),
    "energy_spread": _DISORDER,
    "carrier_disorder": _DISORDER,
    "exciton_binding": ("1 meV", "600 meV"),
    "traps": ("1e-6", "1e3"),
    "core_fraction": ("2 %", "100 %"),
    "sites": ("1 nmol", "1 mol"),
    "dots": ("1e-14 mol", "10 mmol"),
}
#: usual range of a name within one part of a study, by the beginning of the path
_BY_PART: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "recipe": {"temperature": ("-80 degC", "345 degC"), "wash": ("0.05", "50")},
    "substrate": {"thickness": ("10 um", "2 cm")},
    "injection": {"thickness": ("0.1 nm", "100 nm")},
    # any layer of a stack that emits light
    "emitting": {"thickness": ("0.2 nm", "3 um")},
    # that storage in air is extrapolated is said where it is computed
    "dots": {"air_temperature": ("100 K", "800 K")},
    # organic conductors and films of dots, which their low permittivity tells from crystals
    "organic": dict.fromkeys(("electron_mobility", "hole_mobility"), ("1e-13 cm2/Vs", "0.5 cm2/Vs")),
}
_ORGANIC_PERMITTIVITY = 7.0
#: a work function may be this much larger at the cathode, as in a device for holes alone
_REVERSED = 0.5  # eV
_STAGES = ("flask", "dots", "film", "ageing")
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
_SCALES: Mapping[str, tuple[str, ...]] = {
    "m": ("nm", "um", "mm", "m"),
    "m2": ("mm2", "cm2", "m2"),
    "s": ("ps", "ns", "us", "ms", "s", "min", "h", "day"),
    "kg": ("ug", "mg", "g", "kg"),
    "mol": ("nmol", "umol", "mmol", "mol"),
    "m3": ("uL", "mL", "L", "m3"),
}
_KELVIN = 273.15
_COLD = 193.15  # K, below which the bench counts in kelvin
_PHOTON = 1.239841984e-6  # eV m, energy of a photon times its wavelength
#: by which a photon may exceed the stated gap, since levels are measured with other methods than lines
_ABOVE_GAP = 0.4  # eV


def usual_range(path: str, unit: str) -> tuple[float, float]:
    """Return the usual range of a quantity in SI, infinite where any value is usual.

    Args:
        path: of the quantity; its last name says what it is: ``device.layers.PTAA.thickness``.
        unit: its SI unit.
    """
    name = "wash" if ".wash." in path and unit == "1" else word_of(path)
    return _range(root_of(path), name, unit)


@cache
def _range(part: str, name: str, unit: str) -> tuple[float, float]:
    texts = _BY_PART.get(part, {}).get(name) or BY_NAME.get(name) or BY_UNIT.get(unit)
    if texts is None:
        return -math.inf, math.inf
    return to_si(texts[0], unit), to_si(texts[1], unit)


def is_usual(value: float, path: str, unit: str) -> bool:
    """Whether a value in SI lies in the usual range of its kind; nothing (0) of what may be absent is usual."""
    return _within(value, usual_range(path, unit))


def _within(value: float, bounds: tuple[float, float]) -> bool:
    low, high = bounds
    return value == 0.0 or low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high)


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
    for path, entry in study.inputs.items():
        part, whose, at = root_of(path), "", layer_of(path)
        if part in _STAGES and word_of(path) not in _BY_PART.get(part, {}):
            shipped = library.parameters(part)[1].get(path)
            bounds = usual_range(path, entry.unit) if shipped is None else widened(shipped, _BEYOND)
        elif at is not None and at.name in layers:
            bounds, whose = _range_in_layer(layers[at.name], emits, path, entry.unit)
        else:
            bounds = usual_range(path, entry.unit)
        if not _within(entry.value, bounds):
            yield Note("unlikely", _sentence(path, whose, entry.value, entry.unit, bounds), path)


def _range_in_layer(layer: Layer, emits: bool, path: str, unit: str) -> tuple[tuple[float, float], str]:
    """Return the usual range of a property of a layer, and the material of the library that narrows it."""
    name = path.rsplit(".", 1)[-1]
    if name == "thickness" and (layer.role in ("substrate", "injection") or emits):
        return _range(layer.role if layer.role in ("substrate", "injection") else "emitting", name, unit), ""
    organic = layer.transport.relative_permittivity < _ORGANIC_PERMITTIVITY and name in _BY_PART["organic"]
    low, high = _range("organic", name, unit) if organic else usual_range(path, unit)
    shipped = library.material(layer.material).inputs if layer.material in library.materials() else {}
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
        if not _within(extreme, bounds := usual_range("run.voltage", "V")):
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
    if unit == "K":
        bench = "K" if value < _COLD else "degC"
        return f"{from_si(value, unit, bench):.{digits}g} {bench}"
    scale = _SCALES.get(unit, (bench_unit(unit),))
    fitting = [word for word in scale if abs(from_si(value, unit, word)) >= 1.0]
    bench = fitting[-1] if fitting else scale[0]
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
