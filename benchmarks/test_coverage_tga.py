"""How often 95 % intervals of a thermogravimetric run hold the truth, with steps and noise of laboratories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np
import xarray
from lab_coverage import coverage

from halodot import measure
from halodot.lab import Analysis, tga
from halodot.lab.simulated import measurement

RUNS = 400
FIRST_SEED = 11_000
END = 773.15


def run(temperature: np.ndarray, mass: np.ndarray) -> xarray.Dataset:
    """Return a run as it is read."""
    said = {"units": "1", "quantity": "mass_fraction", "long_name": "Mass"}
    axis = {"units": "K", "quantity": "temperature", "long_name": "Temperature"}
    attributes = {"kind": "thermogravimetry", "file": "made.txt", "header": "{}"}
    held = {"mass_fraction": ("temperature", mass, said)}
    return xarray.Dataset(held, {"temperature": ("temperature", temperature, axis)}, attributes)


def wander(generator: np.random.Generator, points: int, correlation: float) -> np.ndarray:
    """Return noise of deviation 1 whose correlation falls as exp(-lag / correlation)."""
    keep = np.exp(-1.0 / correlation)
    found = generator.standard_normal(points)
    for place in range(1, points):
        found[place] = keep * found[place - 1] + np.sqrt(1.0 - keep**2) * found[place]
    return found


def kinetics(temperature: np.ndarray, centre: float, width: float, order: float) -> np.ndarray:
    """Return how far a reaction of an order has come: its rate grows by e every ``width`` [K]."""
    driven = np.exp((temperature - centre) / width)
    return 1.0 - (1.0 + (order - 1.0) * driven) ** (-1.0 / (order - 1.0))


class Sample(SimpleNamespace):
    """Steps of a sample: size, place, width and kind of each."""

    def __init__(self, generator: np.random.Generator) -> None:
        count = int(generator.integers(1, 4))
        super().__init__(
            sizes=generator.uniform(0.05, 0.25, count),
            centres=generator.uniform(430.0, 480.0) + np.arange(count) * generator.uniform(120.0, 150.0),
            widths=generator.uniform(6.0, 12.0, count),
            logistic=bool(generator.random() < 0.5),
            orders=generator.uniform(1.2, 2.0, count),
        )

    def mass(self, temperature: np.ndarray) -> np.ndarray:
        """Return the mass relative to the start."""
        found = np.ones(temperature.shape)
        for size, centre, width, order in zip(self.sizes, self.centres, self.widths, self.orders):
            if self.logistic:
                found = found - size / (1.0 + np.exp(-(temperature - centre) / width))
            else:
                found = found - size * kinetics(temperature, centre, width, order)
        return found


def drawn(seed: int, tilt: bool = False) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a drawn run and its truths."""
    generator = np.random.default_rng(seed)
    noise = 10.0 ** generator.uniform(-4.0, -3.0)
    if seed % 3 == 0 and not tilt:
        loss = generator.uniform(0.03, 0.4)
        dots = SimpleNamespace(
            weight_loss=loss,
            coverage_short=generator.uniform(0.0, 0.6),
            coverage_native=generator.uniform(0.2, 0.9),
            short_ligand_length=0.7e-9,
            native_ligand_length=2e-9,
        )
        rate = generator.uniform(5.0, 20.0) / 60.0
        data = measurement(measure.tga(dots, heating_rate=rate, noise=noise, seed=seed))
        return lambda: tga(data), {"weight_loss": loss}
    sample = Sample(generator)
    true = np.linspace(298.15, generator.uniform(823.0, 973.0), int(generator.integers(300, 3000)))
    mass = sample.mass(true) + noise * generator.standard_normal(true.size)
    mass = mass + generator.uniform(0.0, 1.0) * noise * wander(generator, true.size, generator.uniform(2.0, 15.0))
    if tilt:
        mass = mass + generator.choice([-1.0, 1.0]) * generator.uniform(0.005, 0.03) * (true - true[0]) / 600.0
    shown = true + generator.standard_normal()  # the calibration of the temperature, 1 K
    start, end = float(sample.mass(true[:1])[0]), float(sample.mass(np.array([END]))[0])
    truth = {
        "weight_loss": 1.0 - end / start,
        "step_loss": float(sample.sizes[0]),
        "residue": float(sample.mass(true[-1:])[0] / start),
    }
    if sample.logistic:
        truth["onset_temperature"] = float(sample.centres[0] - 2.0 * sample.widths[0])
        truth["fastest_loss_temperature"] = float(sample.centres[0])
    return lambda: tga(run(shown, mass)), truth


def test_intervals_of_losses_and_temperatures_hold_the_truth() -> None:
    found = coverage("TGA", drawn, range(FIRST_SEED, FIRST_SEED + RUNS))
    for quantity, held in found.held.items():
        assert 0.90 <= held <= 0.99, quantity
    assert found.warned <= 0.05
    assert found.refused <= 0.02


def test_a_tilted_baseline_still_holds_or_warns() -> None:
    found = coverage("TGA, tilted", lambda seed: drawn(seed, tilt=True), range(FIRST_SEED, FIRST_SEED + RUNS))
    for quantity, held in found.held_or_warned.items():
        assert held >= 0.90, quantity
