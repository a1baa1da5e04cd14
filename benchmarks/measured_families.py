"""Families of measured devices: the study of the library, the curves, and what is fitted of it."""

from __future__ import annotations

from measured_fits import LAYER, Number

CENTI = 1e-4  # m2/V/s of cm2/V/s
ROOT = 0.1  # (m/V)^0.5 of (cm/V)^0.5


def mobility(name: str, layer: str, carrier: str, start: float, low: float = 1e-10, high: float = 1e-1) -> Number:
    """Return a mobility without field [cm2/Vs]."""
    path = f"{LAYER}{layer}.{carrier}_mobility"
    return Number(name, (path,), start * CENTI, low * CENTI, high * CENTI, logarithmic=True)


def field_activation(name: str, *paths: str) -> Number:
    """Return a Poole-Frenkel factor that several mobilities share."""
    found = tuple(f"{LAYER}{path}_field_activation" for path in paths)
    return Number(name, found, 2e-3 * ROOT, 0.0, 1.5e-2 * ROOT)


def built_in(anode: float, start: float = 0.3, low: float = -1.0, high: float = 2.0) -> Number:
    """Return the built-in voltage [V], by the level of the cathode below that of the anode [eV]."""
    return Number("built_in_voltage", (f"{LAYER}cathode.work_function",), start, low, high, sign=-1.0, reference=anode)


ALPHA_NPD = (
    mobility("hole_mobility", "alpha-NPD", "hole", 4e-6),
    field_activation("field_activation", "alpha-NPD.hole"),
    built_in(5.4, 1.0),
)
#: per material: mobility, width of the levels, sites (the cube root is the length of a hop), built-in voltage
HOLE_ONLY = (
    mobility("hole_mobility", "polymer", "hole", 1e-6),
    Number("hole_disorder", (f"{LAYER}polymer.hole_disorder", f"{LAYER}polymer.electron_disorder"), 0.08, 0.055, 0.16),
    Number("sites", (f"{LAYER}polymer.hole_density_of_states",), 2e26, 3e24, 3e28, logarithmic=True),
    built_in(5.0),
)
#: what wires and the transparent electrode add
SERIES = Number("series_resistance", ("device.series_resistance",), 1e-4, 1e-7, 1e-1, logarithmic=True)
NPB_ALQ3 = (
    mobility("NPB_hole_mobility", "NPB", "hole", 1e-5),
    mobility("Alq3_electron_mobility", "Alq3", "electron", 3e-7),
    field_activation("field_activation", "NPB.hole", "NPB.electron", "Alq3.electron", "Alq3.hole"),
    Number("cathode_level", (f"{LAYER}cathode.work_function",), 2.9, 2.3, 3.6),
    Number("Alq3_hole_level", (f"{LAYER}Alq3.ionisation_energy",), 5.6, 5.3, 6.1),
)
TAPC_CBP = (
    mobility("CBP_hole_mobility", "CBP", "hole", 3e-5),
    mobility("B3PYMPM_electron_mobility", "B3PYMPM", "electron", 3e-6),
    field_activation("field_activation", "TAPC.hole", "CBP.hole", "CBP.electron", "B3PYMPM.electron", "B3PYMPM.hole"),
    Number("CBP_hole_level", (f"{LAYER}CBP.ionisation_energy",), 5.9, 5.5, 6.3),
    Number("CBP_electron_level", (f"{LAYER}CBP.electron_affinity",), 2.9, 2.3, 3.2),
    Number("cathode_level", (f"{LAYER}cathode.work_function",), 3.1, 2.8, 3.8),
)
