"""Families of measured devices: the study of the library, the curves, and what is fitted of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from measured_data import MeasuredCurrent, alpha_npd, hole_only, oled, oled_substrates
from measured_fits import LAYER, Fit, Number, deviation, fit, inputs_of, store, stored, thinned

import halodot
from halodot.arrays import Array
from halodot.study import Study, with_inputs

CENTI = 1e-4  # m2/V/s of cm2/V/s
ROOT = 0.1  # (m/V)^0.5 of (cm/V)^0.5
#: standard deviation of ln of the factor by which batches of one stack differ: two of them differ by 6 to 10
BATCH_SPREAD = 1.0
SCALE = "factor of "


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
    Number("hole_disorder", (f"{LAYER}polymer.hole_disorder", f"{LAYER}polymer.electron_disorder"), 0.08, 0.047, 0.16),
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
#: the cathode is held inside the gap of B3PYMPM, so that its level does not act
TAPC_CBP = (
    mobility("CBP_hole_mobility", "CBP", "hole", 3e-5),
    mobility("B3PYMPM_electron_mobility", "B3PYMPM", "electron", 3e-6),
    field_activation("field_activation", "TAPC.hole", "CBP.hole", "CBP.electron", "B3PYMPM.electron", "B3PYMPM.hole"),
    Number("CBP_hole_level", (f"{LAYER}CBP.ionisation_energy",), 5.9, 5.5, 6.3),
    Number("CBP_electron_level", (f"{LAYER}CBP.electron_affinity",), 2.9, 2.3, 3.2),
)


@dataclass(frozen=True)
class FitTask:
    """One fit: what is taken to be what, and what is fitted of it."""

    name: str  # under which it is kept
    study: str  # of the library
    curves: tuple[MeasuredCurrent, ...]
    numbers: tuple[Number, ...]
    starts: tuple[Mapping[str, float], ...] = ({},)
    batch_spread: float = 0.0  # standard deviation of ln of the factor of a batch
    given: Mapping[str, float] = field(default_factory=dict)  # SI, by path: what the study says otherwise

    def loaded(self) -> Study:
        """Return the study of the library with what is given."""
        return with_inputs(halodot.load(self.study), self.given)

    def run(self) -> Fit:
        """Fit anew."""
        return fit(self.loaded(), self.curves, self.numbers, self.batch_spread, self.starts)

    def kept(self, points: int | None = None) -> Fit:
        """Return the fit that is kept, with its deviations computed anew.

        Args:
            points: of every curve that are looked at; all where left out.
        """
        values, study = stored()[self.name], self.loaded()
        inputs = inputs_of(self.numbers, values)
        scales = {key.removeprefix(SCALE): value for key, value in values.items() if key.startswith(SCALE)}
        curves = [thinned(curve, points) if points else curve for curve in self.curves]
        found = [deviation(study, curve, inputs) + math.log(scales.get(curve.device, 1.0)) for curve in curves]
        return Fit({item.name: values[item.name] for item in self.numbers}, tuple(found), scales)

    def keep(self, found: Fit) -> None:
        """Keep a fit."""
        scales = {f"{SCALE}{device}": value for device, value in found.scales.items()}
        store({self.name: {**found.values, **scales}})


def alpha_npd_task() -> FitTask:
    """Return the fit of the diode of alpha-NPD."""
    curve = alpha_npd()
    return FitTask(curve.device, "alpha-npd", (curve,), ALPHA_NPD)


def hole_only_task(material: str, series: bool) -> FitTask:
    """Return the fit of the hole-only diodes of one material at all their temperatures.

    Args:
        material: the name of its file.
        series: whether a series resistance is fitted with the four numbers of the material.
    """
    numbers = (*HOLE_ONLY, SERIES) if series else HOLE_ONLY
    starts = tuple({"built_in_voltage": value} for value in (0.3, 0.9))
    name = f"{material} {'with' if series else 'without'} series resistance"
    # The study states the series resistance of the fit that has one.
    given = {} if series else {"device.series_resistance": 0.0}
    return FitTask(name, f"hole-only-{material}", hole_only(material), numbers, starts, given=given)


def oled_tasks() -> tuple[FitTask, ...]:
    """Return the fit of every OLED substrate alone."""
    return tuple(
        FitTask(curve.device, study, (curve,), numbers)
        for _, study, numbers, curves in _oled_families()
        for curve in curves
    )


def joint_oled_tasks() -> tuple[FitTask, ...]:
    """Return the joint fits, of the two substrates of one stack and of the eleven of the other."""
    return tuple(
        FitTask(f"joint {name}", study, curves, numbers, batch_spread=BATCH_SPREAD)
        for name, study, numbers, curves in _oled_families()
    )


def _oled_families() -> tuple[tuple[str, str, tuple[Number, ...], tuple[MeasuredCurrent, ...]], ...]:
    curves = tuple(oled(substrate) for substrate in oled_substrates())
    both = (("NPB", "npb-alq3", NPB_ALQ3), ("TAPC", "tapc-cbp-b3pympm", TAPC_CBP))
    return tuple(
        (layer, study, numbers, tuple(curve for curve in curves if layer in (curve.thickness or {})))
        for layer, study, numbers in both
    )


def inside_quartiles(curve: MeasuredCurrent, deviations: Array) -> float:
    """Return the share of the points of a curve whose computed current lies between the quartiles of the pixels."""
    computed = curve.current * np.exp(deviations)
    return float(np.mean((computed >= curve.low) & (computed <= curve.high)))
