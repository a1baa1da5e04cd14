"""What a lifetime tester and a source meter with a luminance detector record."""

from __future__ import annotations

import numpy as np

from halodot.measure.noise import blurred, drifted
from halodot.states import Ageing, Array, Dataset, Emission


def luminance_decay(ageing: Ageing, *, noise: float = 0.005, points: float = 10.0, seed: int | None = None) -> Dataset:
    """Return the luminance of a device at constant current.

    Args:
        ageing: decay of the luminance; the record is empty without one, where the device did not reach its luminance.
        noise: standard deviation of the tester's drift, relative to the initial luminance [1].
        points: correlation length of the drift in points [1].
        seed: seed of the drift, None for none.

    Returns:
        Luminance [cd/m2] by time [s].
    """
    luminance = ageing.luminance * ageing.relative_luminance
    return Dataset(
        name="lifetime",
        x=ageing.time.copy(),
        y=drifted(luminance, noise * ageing.luminance, points, seed),
        x_unit="s",
        y_unit="cd/m2",
        x_label="Time",
        y_label="Luminance",
        sd=np.full(luminance.size, noise * ageing.luminance),
        meta={"current density": ageing.current_density, "origin": "simulated"},
    )


def jvl(
    emission: Emission,
    *,
    current_noise: float = 0.002,
    current_floor: float = 1e-5,
    luminance_noise: float = 0.01,
    luminance_floor: float = 0.05,
    seed: int | None = None,
) -> tuple[Dataset, Dataset]:
    """Return current and luminance of a device by voltage.

    Args:
        emission: current density [A/m2] and luminance [cd/m2] by voltage; nan where a point was not solved.
        current_noise: standard deviation relative to the current [1].
        current_floor: least standard deviation of the current density [A/m2].
        luminance_noise: standard deviation relative to the luminance [1].
        luminance_floor: least standard deviation of the luminance [cd/m2].
        seed: seed of the noise, None for none.

    Returns:
        Current density [A/m2] and luminance [cd/m2], each by voltage [V].
    """
    seeds = (None, None) if seed is None else (2 * seed, 2 * seed + 1)
    current, luminance = emission.current_density, emission.luminance
    return (
        _sweep("jv", emission.voltage, current, np.hypot(current_noise * current, current_floor), seeds[0]),
        _sweep("lv", emission.voltage, luminance, np.hypot(luminance_noise * luminance, luminance_floor), seeds[1]),
    )


def _sweep(name: str, voltage: Array, value: Array, sd: Array, seed: int | None) -> Dataset:
    return Dataset(
        name=name,
        x=voltage.copy(),
        y=blurred(value, sd, seed),
        x_unit="V",
        y_unit="A/m2" if name == "jv" else "cd/m2",
        x_label="Voltage",
        y_label="Current density" if name == "jv" else "Luminance",
        sd=sd,
        meta={"origin": "simulated"},
    )
