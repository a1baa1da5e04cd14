"""Devices that differ by known amounts: a small LED, and a spread whose outputs are polynomials that are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from halodot.arrays import Array
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_estimate import Estimate, estimate_of, ranked_inputs
from halodot.learn.spread_population import Population, champions, output_spread, population, yielded
from halodot.learn.spread_result import DeviceSpread, Laboratory
from halodot.learn.spread_space import Followed, Space, batch_numbers, drawn_devices
from halodot.sources import Sourced
from halodot.states import Note
from halodot.study.spread import Deviation, Level
from halodot.study.variations import Variations, VariedInput

LED = """
halodot: 1
title: Three layers
device:
  emitter:
    {peak: 640 nm, fwhm: 35 nm, plqy: 0.8, radiative_lifetime: 10 ns, trion_auger_rate: 1e10 1/s, dot_volume: 400 nm3}
  layers:
    - glass: {}
    - ITO: {thickness: 150 nm, contact: anode, work_function: 5.0 eV}
    - HTL: {thickness: 40 nm, cauchy_a: 1.7, relative_permittivity: 3, electron_affinity: 2.3 eV,
        ionisation_energy: 5.25 eV, electron_density_of_states: 1e21 1/cm3, hole_density_of_states: 1e21 1/cm3,
        electron_mobility: 1e-6 cm2/Vs, hole_mobility: 1e-4 cm2/Vs}
    - dots: {role: emitter, thickness: 25 nm, cauchy_a: 1.9, relative_permittivity: 6, electron_affinity: 3.5 eV,
        ionisation_energy: 5.45 eV, electron_density_of_states: 5e18 1/cm3, hole_density_of_states: 5e18 1/cm3,
        electron_mobility: 1e-5 cm2/Vs, hole_mobility: 1e-5 cm2/Vs}
    - ETL: {thickness: {value: 40 nm, sd: 9 nm}, cauchy_a: 1.7, relative_permittivity: 3, electron_affinity: 3.0 eV,
        ionisation_energy: 6.6 eV, electron_density_of_states: 1e21 1/cm3, hole_density_of_states: 1e21 1/cm3,
        electron_mobility: 1e-4 cm2/Vs, hole_mobility: 1e-7 cm2/Vs}
    - Al: {thickness: 100 nm, contact: cathode, work_function: 3.2 eV}
run:
  voltage: {from: 0 V, to: 4 V, step: 0.5 V}
  wavelength: {from: 600 nm, to: 680 nm, step: 5 nm}
  positions: 3
"""


def share(value: float, kind: str = "assumed", source: str = "halodot") -> Deviation:
    """A standard deviation as a share of its value."""
    return Deviation(Sourced(value, "1", kind, source), True, "the study")


def varied(levels: Mapping[str, Mapping[Level, Deviation]], shorts: float = 25000.0, pixels: int = 4) -> Variations:
    """Thicknesses of 50 nm that vary, and what else differs."""
    items = tuple(VariedInput(f"device.layers.{name}.thickness", 50e-9, "m", own) for name, own in levels.items())
    return Variations(
        items,
        Deviation(Sourced(float(pixels)), False, "the library"),
        Deviation(Sourced(shorts, "1/m2"), False, "the library"),
        4e-6,
    )


def drawn(
    found: Variations, formulas: Mapping[str, Array], devices: int = 20
) -> tuple[Space, dict[str, Estimate], Population]:
    """Estimates from 64 devices: each output a constant, the slopes of all inputs, and a product of the first two."""
    space = Space(found.items)
    deviates = np.random.default_rng(5).standard_normal((64, len(found.items)))
    estimates = {}
    for name, formula in formulas.items():
        centre, slope, product = formula[0], formula[1:-1], formula[-1]
        numbers = centre + deviates @ slope + product * deviates[:, 0] * deviates[:, 1]
        order = ranked_inputs(np.array([centre]), centre + slope[:, None])
        one = estimate_of(name, float(centre), slope, order, deviates, numbers)
        assert one is not None
        estimates[name] = one
    return space, estimates, population(space, estimates, found, devices, (1, 3))


def made(devices: int = 20) -> DeviceSpread:
    """Twenty devices with an EQE of 0.23 on average, and a luminance that is judged by factors."""
    found = varied(
        {
            "PTAA": {"batch": share(0.05), "pixel": share(0.02, "measured", "our profiler")},
            "dots": {"batch": share(0.03)},
        }
    )
    formulas = {"eqe_max": np.array([0.23, 0.004, 0.003, 0.001]), "luminance": np.array([8.9, -0.2, 0.1, 0.0])}
    space, estimates, population_ = drawn(found, formulas, 100)
    own = drawn_devices(space, devices, 4, (1, 0))
    numbers = np.full((devices, len(OUTPUTS)), np.nan)
    numbers[:, 0], numbers[:, 1] = estimates["eqe_max"].value(own), np.exp(estimates["luminance"].value(own))
    computed = Followed(own, numbers, ("",) * devices)
    shorted = np.arange(devices) == 1
    return DeviceSpread(
        title="Twenty devices",
        seed=1,
        variations=found,
        laboratory=Laboratory(
            batch_numbers(devices, 4),
            tuple(item.path for item in found.items),
            space.values(own),
            numbers,
            shorted,
            computed.failures,
        ),
        outputs={
            name: output_spread(item, population_, space, computed, 0.23 if name == "eqe_max" else np.exp(8.9), 1)
            for name, item in estimates.items()
        },
        yielded=yielded(population_, (devices, devices), devices),
        champions=champions(population_, estimates["eqe_max"], (devices, devices), devices),
        computed=devices,
        notes=(Note("accuracy", "What varies is drawn.", "spread"),),
    )
