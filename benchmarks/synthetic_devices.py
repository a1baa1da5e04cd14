"""Synthetic devices that are drawn, measured with noise and fitted.

The numbers of a device are drawn from the ranges that its study states, and these ranges are the priors of the fit. All
seeds stand here and were fixed before anything was run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import halodot
from halodot.errors import HalodotError
from halodot.learn.fit import CurveFit, FitSettings, fit
from halodot.learn.fit_model import FitModel
from halodot.learn.fit_space import FitSpace
from halodot.learn.likelihood import MeasuredCurve, measured_curve
from halodot.learn.minimum import polished
from halodot.learn.priors import prior_of
from halodot.learn.profiles import LEVELS, NewMinimumError, root_at
from halodot.study import Study, from_text, with_inputs

#: of the first synthetic device, and of the first one with a barrier that the fitted study lacks
FIRST_SEED, FIRST_BARRIER_SEED = 20_261_128, 20_270_000
NOISE = 0.03  # of ln J, each point for itself
#: numbers that are fitted, the first three to six of them
NUMBERS = (
    "device.layers.HTL.hole_mobility",
    "device.layers.ETL.electron_mobility",
    "device.layers.anode.work_function",
    "device.layers.cathode.work_function",
    "device.series_resistance",
    "device.layers.HTL.hole_field_activation",
)
LED = """
halodot: 1
title: Two layers between two contacts, each of which may inject badly
device:
  series_resistance: {value: 2 ohm*cm2, low: 0.5 ohm*cm2, high: 8 ohm*cm2}
  layers:
    - anode: {work_function: {value: 5.2 eV, low: 5.05 eV, high: 5.35 eV}}
    - HTL:
        thickness: 60 nm
        relative_permittivity: 3
        electron_affinity: 2.6 eV
        ionisation_energy: 5.4 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: {value: 1e-4 cm2/Vs, low: 1e-5 cm2/Vs, high: 1e-3 cm2/Vs}
        hole_field_activation: {value: 1e-3 (cm/V)^0.5, low: 2e-4 (cm/V)^0.5, high: 5e-3 (cm/V)^0.5}
        langevin_factor: 1
    - ETL:
        thickness: 50 nm
        relative_permittivity: 3
        electron_affinity: 2.9 eV
        ionisation_energy: 5.7 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: {value: 1e-5 cm2/Vs, low: 1e-6 cm2/Vs, high: 1e-4 cm2/Vs}
        hole_mobility: 1e-6 cm2/Vs
        langevin_factor: 1
    - cathode: {work_function: {value: 3.1 eV, low: 2.95 eV, high: 3.25 eV}}
run:
  voltage: {from: 2.4 V, to: 8 V, step: 0.4 V}
  nodes_per_layer: 10
"""
#: a layer of 10 nm in the middle of a hole-only diode, whose level lies 0.5 eV deeper
_BARRIER = """
    - barrier:
        thickness: 10 nm
        relative_permittivity: 3
        electron_affinity: 2.6 eV
        ionisation_energy: 5.9 eV
        electron_density_of_states: 1e21 1/cm3
        hole_density_of_states: 1e21 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: 1e-4 cm2/Vs
"""
#: the hole conductor alone, as one half of a film of it
_HALF = LED[LED.index("    - HTL:") : LED.index("    - ETL:")].replace("        langevin_factor: 1\n", "")
_DIODE = """
halodot: 1
title: Hole-only diode
device:
  layers:
    - anode: {{work_function: {{value: 5.2 eV, low: 5.05 eV, high: 5.35 eV}}}}{layers}
    - cathode: 4.9 eV
run:
  voltage: {{from: 0.5 V, to: 8 V, step: 0.25 V}}
  nodes_per_layer: 10
"""
MOBILITIES = "mobility: device.layers.*.hole_mobility=0.01..100"
ACTIVATIONS = "activation: device.layers.*.hole_field_activation=0.1..10"
DIODE_VARY = (MOBILITIES, ACTIVATIONS, "device.layers.anode.work_function=4.8..5.5 eV")


@dataclass(frozen=True)
class Fitted:
    """One synthetic device that was fitted."""

    seed: int
    covered: tuple[bool, ...]  # of the 95 % interval, by number: chi squared at the truth has risen by less than 3.84
    inside: tuple[bool, ...]  # whether the interval that was sought out holds the truth; empty where none was sought
    fit: CurveFit


def measured(study: Study, seed: int) -> MeasuredCurve | None:
    """Return the current of a study with noise, None where the device has no solution."""
    try:
        result = halodot.simulate(study)
    except HalodotError:
        return None
    solution = result.device_solution
    if solution is None or not result.converged or not np.all(solution.current_density > 0.0):
        return None
    drawn = np.random.default_rng([seed, 1]).standard_normal(solution.voltage.size)
    values = solution.current_density * np.exp(NOISE * drawn)
    return measured_curve("J-V", solution.voltage, values, NOISE, source=f"device {seed}")


def led(seed: int) -> tuple[Study, tuple[str, ...], dict[str, float], MeasuredCurve] | None:
    """Return the study that is fitted, the numbers to fit, their true values and the measured curve."""
    study = from_text(LED)
    numbers = NUMBERS[: 3 + seed % 4]
    prior = prior_of(study, numbers)
    truth = prior.changes(prior.values(prior.draw(1, seed))[0])
    curve = measured(with_inputs(study, truth), seed)
    return None if curve is None else (study, numbers, truth, curve)


def fitted_leds(count: int, whole: int = 5) -> Iterator[Fitted]:
    """Yield as many synthetic devices, fitted, every ``whole``-th with its intervals; unsolved ones are left out."""
    seed, done = FIRST_SEED, 0
    while done < count:
        if (drawn := led(seed)) is not None:
            study, numbers, truth, curve = drawn
            with_intervals = done % whole == 0
            found = fit(study, [curve], numbers, settings=FitSettings(starts=2, profiles=with_intervals))
            covered = tuple(abs(root) < LEVELS[-1] for root in roots_at_the_truth(found, truth))
            bounds = [(one.interval_95, truth[one.name]) for one in found.numbers] if with_intervals else []
            yield Fitted(seed, covered, tuple(low <= value <= high for (low, high), value in bounds), found)
            done += 1
        seed += 1


def roots_at_the_truth(found: CurveFit, truth: dict[str, float]) -> list[float]:
    """Return the root of the rise of chi squared where each number is held at the truth, infinite without a fit."""
    space = FitSpace(tuple(one.parameter for one in found.numbers))
    model, best = FitModel(space, found.devices), found.minimum
    while True:
        roots = []
        try:
            for k, item in enumerate(space.parameters):
                roots.append(root_at(model, best, k, float(np.clip(item.coordinate(truth[item.name]), *item.limits))))
        except NewMinimumError as better:
            best = polished(model, better.found)
        else:
            return [math.inf if math.isnan(root) else root for root in roots]


def fitted_diodes(count: int, barrier: bool) -> Iterator[CurveFit]:
    """Yield fits of hole-only diodes to curves of such diodes, or of ones with a barrier in their middle."""
    halves = [f"\n{_HALF.replace('HTL', name).rstrip()}" for name in ("lower", "upper")]
    model = from_text(_DIODE.format(layers="".join(halves)))
    true = from_text(_DIODE.format(layers=_BARRIER.rstrip().join(halves))) if barrier else model
    paths = [
        path for path in true.inputs if path.endswith(("hole_mobility", "field_activation", "anode.work_function"))
    ]
    seed = FIRST_BARRIER_SEED
    while count:
        prior = prior_of(true, [path for path in paths if true.inputs[path].low > 0.0])
        truth = dict(zip(prior.paths, prior.values(prior.draw(1, seed))[0]))
        for name in ("hole_mobility", "hole_field_activation"):  # one material, cut in two
            truth[f"device.layers.upper.{name}"] = truth[f"device.layers.lower.{name}"]
        curve = measured(with_inputs(true, truth), seed)
        if curve is not None:
            yield fit(model, [curve], DIODE_VARY, settings=FitSettings(starts=2, profiles=False))
            count -= 1
        seed += 1
