"""What the quantities of a study usually are: by its name where that says what it is, else by its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from halodot.paths import root_of, word_of
from halodot.units import to_si

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
    "m4/s": ("1e-26 cm4/s", "1e-10 cm4/s"),
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
_SPACING = ("10 meV", "1 eV")
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
    "electron_level_spacing": _SPACING,
    "hole_level_spacing": _SPACING,
    "level_spacing": _SPACING,
    "second_level_states": ("1", "12"),
    "hopping_distance": ("0.3 nm", "30 nm"),
    "site_spacing": ("0.4 nm", "5 nm"),
    "electron_activation_energy": ("20 meV", "1 eV"),
    "hole_activation_energy": ("20 meV", "1 eV"),
    "gill_temperature": ("310 K", "3000 K"),
    "donor_density": _DOPING,
    "acceptor_density": _DOPING,
    "langevin_factor": ("1e-6", "10"),
    "tunnelling_mass": ("0.02", "3"),
    "interface_dipole": ("-2 V", "2 V"),
    "interface_hop": ("0.2 nm", "20 nm"),
    "contact_spacing": ("0.2 nm", "20 nm"),
    "interface_disorder": _DISORDER,
    # the device and its light
    "area": ("1e-4 mm2", "0.1 m2"),
    "sheet_resistance": ("0.01 ohm", "1e4 ohm"),
    "pixel_width": ("1 um", "0.3 m"),
    "lead_length": ("1 um", "0.3 m"),
    "peak": _LINE,
    "fwhm": _LINE_WIDTH,
    "plqy": _YIELD,
    "radiative_lifetime": ("0.05 ns", "10 ms"),
    "quenching_range": ("0.05 nm", "30 nm"),
    "dot_volume": _DOT_VOLUME,
    "charging_energy": ("1 meV", "1 eV"),
    "level_charging_energy": ("1 meV", "1 eV"),
    "lifetime_luminance": ("0.1 cd/m2", "1e6 cd/m2"),
    "illumination": ("1e-6", "1e3"),
    # reagents and steps
    "purity": ("5 %", "100 %"),
    "boiling_point": ("230 K", "900 K"),
    "halide_count": ("0.2", "6"),
    "cation_count": ("0.2", "6"),
    "equivalents": ("0.001", "100"),
    "duration": ("0.05 s", "40 day"),
    "storage": ("0.05 s", "4000 day"),
    "addition_time": ("1 s", "1 day"),
    "rotation": ("100 rpm", "100000 rpm"),
    "centrifugal_force": ("10", "1e6"),
    "pore": ("10 nm", "10 um"),
    "antisolvent_ratio": ("0.05", "100"),
    # states that were measured
    "edge_length": _NANOCRYSTAL,
    "edge_length_spread": _SPREAD,
    "edge_length_deviation": _SPREAD,
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
    "phase_driving_force": ("-60 kJ/mol", "60 kJ/mol"),
    "exciton_binding": ("1 meV", "600 meV"),
    "traps": ("1e-6", "1e3"),
    "core_fraction": ("2 %", "100 %"),
    "sites": ("1 nmol", "1 mol"),
    "dots": ("1e-14 mol", "10 mmol"),
}
#: usual range of a name within one part of a study, by the beginning of the path
BY_PART: Mapping[str, Mapping[str, tuple[str, str]]] = {
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


def usual_range(path: str, unit: str) -> tuple[float, float]:
    """Return the usual range of a quantity in SI, infinite where any value is usual.

    Args:
        path: of the quantity; its last name says what it is: ``device.layers.PTAA.thickness``.
        unit: its SI unit.
    """
    name = "wash" if ".wash." in path and unit == "1" else word_of(path)
    if name == "duration" and path.startswith(("recipe.work_up", "recipe.stocks")):
        name = "storage"  # dispersions and stock solutions stand for months
    return range_in_part(root_of(path), name, unit)


@cache
def range_in_part(part: str, name: str, unit: str) -> tuple[float, float]:
    """Return the usual range in SI of a name within a part of a study, infinite where any value is usual.

    Args:
        part: key of :data:`BY_PART`, or any other beginning of a path.
        name: of the quantity.
        unit: its SI unit.
    """
    texts = BY_PART.get(part, {}).get(name) or BY_NAME.get(name) or BY_UNIT.get(unit)
    if texts is None:
        return -math.inf, math.inf
    return to_si(texts[0], unit), to_si(texts[1], unit)


def is_usual(value: float, path: str, unit: str) -> bool:
    """Whether a value in SI lies in the usual range of its kind; nothing (0) of what may be absent is usual."""
    return is_within(value, usual_range(path, unit))


def is_within(value: float, bounds: tuple[float, float]) -> bool:
    """Return whether a value lies in a range, but for rounding; 0 lies in any."""
    low, high = bounds
    return value == 0.0 or low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high)
