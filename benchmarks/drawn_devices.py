"""Synthetic LEDs that are drawn from a prior and found again by draws that agree with their own noisy J-V curve.

All seeds stand here and were fixed before anything was run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.chain.simulate import simulate
from halodot.errors import HalodotError
from halodot.learn.draws import draws
from halodot.learn.likelihood import NO_DISCREPANCY, compared, measured_curve
from halodot.learn.priors import prior_of
from halodot.results.data import Result
from halodot.study import Study, from_text, with_inputs

FIRST_SEED = 20_261_200
NOISE = 0.05  # of J, each point for itself
LED = """
halodot: 1
title: Three layers, whose levels and mobilities are known within ranges
device:
  emitter:
    {peak: 640 nm, fwhm: 35 nm, plqy: 0.8, radiative_lifetime: 10 ns, trion_auger_rate: 1e10 1/s, dot_volume: 400 nm3}
  layers:
    - glass: {}
    - ITO: {thickness: 150 nm, contact: anode, work_function: 5.0 eV}
    - HTL:
        thickness: 40 nm
        cauchy_a: 1.7
        relative_permittivity: 3
        electron_affinity: 2.3 eV
        ionisation_energy: {value: 5.25 eV, low: 5.1 eV, high: 5.4 eV}
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: {value: 1e-4 cm2/Vs, low: 1e-5 cm2/Vs, high: 1e-3 cm2/Vs}
    - dots:
        role: emitter
        thickness: 25 nm
        cauchy_a: 1.9
        relative_permittivity: 6
        electron_affinity: 3.5 eV
        ionisation_energy: {value: 5.45 eV, low: 5.3 eV, high: 5.6 eV}
        electron_density_of_states: 5e18 1/cm3
        hole_density_of_states: 5e18 1/cm3
        electron_mobility: 1e-5 cm2/Vs
        hole_mobility: 1e-5 cm2/Vs
    - ETL:
        thickness: 40 nm
        cauchy_a: 1.7
        relative_permittivity: 3
        electron_affinity: {value: 3.0 eV, low: 2.8 eV, high: 3.2 eV}
        ionisation_energy: 6.6 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: {value: 1e-4 cm2/Vs, low: 1e-5 cm2/Vs, high: 1e-3 cm2/Vs}
        hole_mobility: 1e-6 cm2/Vs
    - Al: {thickness: 100 nm, contact: cathode, work_function: 3.0 eV}
run:
  voltage: {from: 1.6 V, to: 5.2 V, step: 0.4 V}
  wavelength: {from: 560 nm, to: 720 nm, step: 16 nm}
  positions: 3
  nodes_per_layer: 12
  tolerance: 0.5
calibration: none
"""
NUMBERS = (
    "device.layers.HTL.ionisation_energy",
    "device.layers.dots.ionisation_energy",
    "device.layers.ETL.electron_affinity",
    "device.layers.HTL.hole_mobility",
    "device.layers.ETL.electron_mobility",
)


@dataclass(frozen=True)
class Found:
    """One synthetic device, and whether the 95 % intervals of the draws hold its truth."""

    seed: int
    covered: tuple[bool, ...]  # of `NUMBERS`, and of the highest EQE where the device has one
    ess: float
    tried: int


def device(seed: int, study: Study, numbers: tuple[str, ...] = NUMBERS) -> tuple[dict[str, float], Result] | None:
    """Return the true numbers of a device and its result, None where it has no solution."""
    prior = prior_of(study, numbers)
    truth = prior.changes(prior.values(prior.draw(1, seed))[0])
    try:
        result = simulate(with_inputs(study, truth))
    except HalodotError:
        return None
    solution = result.device_solution
    if solution is None or not result.converged or not np.all(solution.current_density > 0.0):
        return None
    return truth, result


def found_again(seed: int, count: int = 40, numbers: tuple[str, ...] = NUMBERS) -> Found | None:
    """Return what draws that agree with the noisy current of a device say of it."""
    study = from_text(LED)
    drawn = device(seed, study, numbers)
    if drawn is None:
        return None
    truth, result = drawn
    solution = result.device_solution
    assert solution is not None
    noise = np.random.default_rng([seed, 1]).standard_normal(solution.voltage.size)
    values = solution.current_density * np.exp(NOISE * noise)
    curve = measured_curve("J-V", solution.voltage, values, NOISE)
    data = compared(curve, study.run.voltages, NO_DISCREPANCY)
    found = draws(study, count, [data], seed=seed, inputs=numbers, workers=1)
    intervals = [(found.input_interval(path), truth[path]) for path in numbers]
    eqe = result.summary["eqe_max"].value
    if eqe is not None and "eqe_max" in found.quantities:
        intervals.append((found.interval("eqe_max"), eqe))
    covered = tuple(one.low_95 <= value <= one.high_95 for one, value in intervals if math.isfinite(one.median))
    return Found(seed, covered, found.ess, found.tried)
