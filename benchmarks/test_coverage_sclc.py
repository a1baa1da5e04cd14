"""How often 95 % intervals of a mobility hold the truth, with films, sweeps and noise as laboratories have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace

import numpy as np
import xarray
from lab_coverage import coverage

from halodot import measure
from halodot.lab import Analysis, SclcSettings, sclc
from halodot.lab.simulated import measurement

DEVICES = 200
FIRST_SEED = 9_000
PERMITTIVITY_OF_VACUUM = 8.8541878188e-12
THERMAL = 1.380649e-23 * 300.0 / 1.602176634e-19


@cache
def tilted_boxes() -> tuple[np.ndarray, np.ndarray]:
    """Return ln of voltage [kT/q] and of current of drift and diffusion: ground states of tilted boxes by Numerov.

    u'' = (j x - c) u / 2 is followed from the collecting contact, where it grows; c is where u first vanishes at the
    injecting one, found by bisection.
    """
    current = np.geomspace(1e-3, 4e5, 250)
    low, high = -np.ones(current.size), current + 2.0 * np.pi**2 + 1.0
    for _ in range(48):
        middle = 0.5 * (low + high)
        crossed = _numerov(current, middle)[0]
        low, high = np.where(crossed, low, middle), np.where(crossed, middle, high)
    voltage = 2.0 * _numerov(current, low)[1]
    seen = voltage > 0.0
    return np.log(voltage[seen]), np.log(current[seen])


def _numerov(current: np.ndarray, level: np.ndarray, steps: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return whether u changes its sign within the film, and ln of its slope at x = 0 over that at x = 1."""
    step = 1.0 / steps
    before, here = np.zeros(current.size), np.full(current.size, step)
    crossed, grown = np.zeros(current.size, bool), np.zeros(current.size)
    for place in range(1, steps):
        x = 1.0 - place * step
        k = (0.5 * (current * np.array([[x - step], [x], [x + step]]) - level)) * step**2 / 12.0
        after = (2.0 * (1.0 + 5.0 * k[1]) * here - (1.0 - k[2]) * before) / (1.0 - k[0])
        if place < steps - 1:
            crossed |= after < 0.0
        size = np.where(np.abs(after) > 1e50, 1e50, 1.0)
        before, here = here / size, after / size
        grown += np.log(size)
    crossed |= here < 0.0
    return crossed, np.log(np.abs(before - here) / step) + grown


def drift_and_diffusion(voltage: np.ndarray) -> np.ndarray:
    """Return the reduced current between two ohmic contacts, linear below the boxes."""
    v, j = tilted_boxes()
    return np.asarray(np.exp(np.interp(np.log(voltage), v, j) + np.minimum(np.log(voltage) - v[0], 0.0)))


def field_growth(strength: np.ndarray) -> np.ndarray:
    """Return by how much a Poole-Frenkel mobility raises the square law, by integration over the film."""
    found = []
    for one in np.atleast_1d(strength):
        field = np.linspace(0.0, 3.0, 6001) ** 2
        speed = field * np.exp(one * np.sqrt(field))
        place = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * np.diff(field))])
        volts = np.concatenate([[0.0], np.cumsum(0.5 * (field[1:] + field[:-1]) * np.diff(place))])
        # the film is that stretch whose mean field is 1
        found.append(float(np.interp(1.0, volts[1:] / place[1:], place[1:])) / 1.125)
    return np.array(found)


def sweep(voltage: np.ndarray, current: np.ndarray) -> xarray.Dataset:
    """Return a sweep as it is read."""
    said = {"units": "A/m2", "quantity": "current_density", "long_name": "Current density"}
    axis = {"units": "V", "quantity": "voltage", "long_name": "Voltage"}
    attributes = {"kind": "current_voltage", "file": "made.txt", "header": "{}"}
    return xarray.Dataset(
        {"current_density": ("voltage", current, said)}, {"voltage": ("voltage", voltage, axis)}, attributes
    )


class Film(SimpleNamespace):
    """A film and a sweep of it: mobility, permittivity, thickness and voltages."""

    def __init__(self, generator: np.random.Generator) -> None:
        high = generator.uniform(5.0, 12.0)
        count = int(generator.integers(41, 121))
        logarithmic = bool(generator.random() < 0.5)
        super().__init__(
            mobility=10.0 ** generator.uniform(-10.0, -6.0),
            relative_permittivity=generator.uniform(4.0, 20.0),
            thickness=generator.uniform(60e-9, 400e-9),
            voltage=np.geomspace(0.02, high, count) if logarithmic else np.linspace(0.0, high, count),
            noise=10.0 ** generator.uniform(-2.5, -1.5),
        )

    @property
    def scale(self) -> float:
        """Current density of the reduced current 1 [A/m2]."""
        permittivity = PERMITTIVITY_OF_VACUUM * self.relative_permittivity
        return float(permittivity * self.mobility * THERMAL**2 / self.thickness**3)

    def settings(self, generator: np.random.Generator) -> SclcSettings:
        """Return what is known of the film: the thickness as a profiler would find it, in every second one."""
        share = generator.uniform(0.02, 0.06) if generator.random() < 0.5 else 0.0
        stated = self.thickness * (1.0 + share * generator.standard_normal())
        return SclcSettings(
            thickness=stated, relative_permittivity=self.relative_permittivity, thickness_uncertainty=share * stated
        )

    def measured(self, generator: np.random.Generator, current: np.ndarray) -> xarray.Dataset:
        """Return a sweep with the noise of the film."""
        noise = np.hypot(self.noise * current, 1e-5)
        return sweep(self.voltage, current + noise * generator.standard_normal(current.size))


def drawn(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a device whose contacts inject, and its mobility."""
    generator = np.random.default_rng(seed)
    film = Film(generator)
    kind = ("simulated", "diffusion", "field", "leakage")[seed % 4]
    settings, truth = film.settings(generator), {"mobility": film.mobility}
    if kind == "simulated":
        data = measurement(
            measure.sclc(film, thickness=film.thickness, voltage=film.voltage, noise=film.noise, seed=seed)
        )
        return lambda: sclc(data, settings), truth
    current = film.scale * drift_and_diffusion(np.maximum(film.voltage, 1e-9) / THERMAL)
    if kind == "field":
        coefficient = 10.0 ** generator.uniform(-4.3, -3.5)
        current = current * field_growth(coefficient * np.sqrt(film.voltage / film.thickness))
        truth = truth | {"field_coefficient": coefficient}
    if kind == "leakage":
        # below the injected current at the highest voltage
        current = current + generator.uniform(0.003, 0.05) * current[-1] / film.voltage[-1] * film.voltage
    data = film.measured(generator, current)
    return lambda: sclc(data, settings), truth


def misled(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a device that no law in it describes, and the mobility of its free carriers."""
    generator = np.random.default_rng(seed)
    film = Film(generator)
    free = film.scale * drift_and_diffusion(np.maximum(film.voltage, 1e-9) / THERMAL)
    high = film.voltage[-1]
    kind = ("traps", "resistance", "built in", "injection", "doped")[seed % 5]
    voltage = film.voltage
    if kind == "traps":  # exponential, filled beyond the sweep
        current = free * (voltage / (high * generator.uniform(1.0, 4.0))) ** generator.uniform(1.0, 4.0)
    elif kind == "resistance":  # takes half to four fifths of the highest voltage
        film.voltage = voltage + generator.uniform(1.0, 4.0) * high / free[-1] * free
        current = free
    elif kind == "built in":
        film.voltage = voltage + generator.uniform(0.3, 1.0)
        current = free
    elif kind == "injection":  # over a barrier that the field lowers
        barrier = generator.uniform(0.02, 0.3) * free[-1]
        injected = barrier * np.exp(generator.uniform(0.5, 2.0) * (np.sqrt(voltage / high) - 1.0))
        current = free * injected / (free + injected)
    else:
        current = free + generator.uniform(1.0, 10.0) * free[-1] / high * voltage
    data = film.measured(generator, current)
    settings = SclcSettings(thickness=film.thickness, relative_permittivity=film.relative_permittivity)
    return lambda: sclc(data, settings), {"mobility": film.mobility}


def test_intervals_of_the_mobility_hold_the_truth() -> None:
    found = coverage("SCLC", drawn, range(FIRST_SEED, FIRST_SEED + DEVICES))
    assert 0.90 <= found.held["mobility"] <= 0.99
    assert 0.90 <= found.held["field_coefficient"] <= 0.99
    assert found.warned <= 0.05
    assert found.refused <= 0.02


def test_another_physics_still_holds_or_warns() -> None:
    found = coverage("SCLC of another physics", misled, range(FIRST_SEED, FIRST_SEED + DEVICES // 2))
    assert found.held_or_warned["mobility"] >= 0.90
