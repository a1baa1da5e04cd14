"""Stacks and reference numbers that the tests of the light stage share."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from halodot.light.colour import ColourMatching, gaussian_line
from halodot.states import DeviceSolution, Emitter, Layer, Optics, Stack, make_layer

REFERENCE = Path(__file__).parents[1] / "reference" / "light"
OBSERVER = Path(__file__).parents[2] / "src" / "halodot" / "library" / "cie" / "cie_1931_2_degree.csv"
DIPOLE: dict[str, Any] = json.loads((REFERENCE / "dipole_reference.json").read_text(encoding="utf-8"))
HORIZONTAL = {"vertical": 0.0, "horizontal": 1.0, "isotropic": 2.0 / 3.0}
CENTRES = 30e-9 * (np.arange(11) + 0.5) / 11

ELEMENTARY_CHARGE = 1.602176634e-19  # C


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def observer() -> ColourMatching:
    nanometre, x, y, z = np.loadtxt(OBSERVER, delimiter=",", skiprows=3, unpack=True, encoding="utf-8")
    return ColourMatching(wavelength=nanometre * 1e-9, x=x, y=y, z=z)


def layer(name: str, index: complex, thickness: float, role: str = "transport") -> Layer:
    return make_layer(
        name=name,
        material=name,
        thickness=thickness,
        role=role,
        table_wavelength=np.array([1e-7, 3e-6]),
        table_index=np.full(2, complex(index).real),
        table_extinction=np.full(2, complex(index).imag),
    )


def line(horizontal: float = 2.0 / 3.0, plqy: float = 0.87) -> Emitter:
    wavelength = np.linspace(560e-9, 740e-9, 361)
    return Emitter(
        wavelength=wavelength,
        spectrum=gaussian_line(wavelength, 645e-9, 38e-9),
        radiative_rate=1e8,
        nonradiative_rate=1e8 * (1.0 / plqy - 1.0),
        horizontal_fraction=horizontal,
    )


def stack(*layers: Layer, horizontal: float = 2.0 / 3.0) -> Stack:
    return Stack(layers=layers, emitter=line(horizontal))


def reference_stack(index: float, horizontal: float = 2.0 / 3.0, transport: float = 40e-9) -> Stack:
    """The ten-layer stack of the reference numbers, with the emitter's index and the PO-T2T thickness to choose."""
    constants = DIPOLE["nk"][f"{index:.2f}"]
    roles = {"N-BK7": "substrate", "QD": "emitter"}
    layers = []
    for entry in DIPOLE["meta"]["layers"][:-1]:
        name, thickness = entry["name"], entry["thickness_nm"]
        table = constants["layers"][name]
        layers.append(
            make_layer(
                name=name,
                material=name,
                thickness=transport if name == "PO-T2T" else (math.inf if thickness is None else thickness * 1e-9),
                role=roles.get(name, "transport"),
                table_wavelength=np.array(constants["wavelength_nm"]) * 1e-9,
                table_index=np.array(table["n"]),
                table_extinction=np.array(table["k"]),
            )
        )
    return stack(*layers, horizontal=horizontal)


def device_solution(optics: Optics, generation: np.ndarray, **changes: Any) -> DeviceSolution:
    """A device state of three voltages whose excitons are given (voltage, position)."""
    count, none = generation.shape[0], np.zeros(generation.shape[0])
    decays = generation * optics.purcell / (optics.purcell + 0.13 / 0.87)
    values: dict[str, Any] = {
        "voltage": np.linspace(2.0, 4.0, count),
        "current_density": ELEMENTARY_CHARGE * generation.sum(axis=1) / 0.8,
        "converged": np.ones(count, dtype=bool),
        "exciton_formation_current": none.copy(),
        "emitter_trap_current": none.copy(),
        "outside_emitter_current": none.copy(),
        "auger_current": none.copy(),
        "interface_recombination_current": none.copy(),
        "quenching_current": none.copy(),
        "trion_auger_current": none.copy(),
        "temperature": np.full(count, 300.0),
        "electron_leakage": none.copy(),
        "hole_leakage": none.copy(),
        "shunt_current": none.copy(),
        "charge_balance": np.full(count, 0.8),
        "exciton_generation": generation,
        "exciton_position": optics.position.copy(),
        "radiative_decay": decays,
        "radiative_current": ELEMENTARY_CHARGE * decays.sum(axis=1),
        "nonradiative_current": ELEMENTARY_CHARGE * (generation - decays).sum(axis=1),
        "position": np.zeros(1),
        "layer_of_node": np.zeros(1, dtype=np.int64),
    }
    profiles = (
        "potential",
        "electron_density",
        "hole_density",
        "electron_quasi_fermi_level",
        "hole_quasi_fermi_level",
        "recombination",
    )
    profiles += ("cation_density", "anion_density")
    values |= {name: np.zeros((count, 1)) for name in profiles}
    return DeviceSolution(**(values | changes))
