"""What a spectrometer and a goniometer record of the light of a device at one voltage."""

from __future__ import annotations

import numpy as np

from halodot.errors import ValidityError
from halodot.measure.noise import blurred
from halodot.states import Dataset, Emission


def el(emission: Emission, point: int, *, noise: float = 0.0, seed: int | None = None) -> Dataset:
    """Return the EL spectrum of a device as a calibrated spectrometer has it.

    Args:
        emission: photons into air by voltage and wavelength [1/m2/s/m], (voltage, wavelength).
        point: index of the voltage.
        noise: standard deviation relative to the highest point [1].
        seed: seed of the noise, None for none.

    Returns:
        Photons [1/m2/s/m] by wavelength [m].

    Raises:
        ValidityError: the device does not shine at this voltage.
    """
    spectrum = emission.el[point]
    highest = float(np.nanmax(spectrum, initial=0.0))
    if not highest > 0.0:
        raise ValidityError(f"the device gives no light at {emission.voltage[point]:.2f} V; take a higher voltage")
    sd = np.full(spectrum.size, noise * highest)
    return Dataset(
        name="el",
        x=emission.wavelength.copy(),
        y=blurred(spectrum, sd, seed),
        x_unit="m",
        y_unit="1/m2/s/m",
        x_label="Wavelength",
        y_label="Spectral photon flux",
        sd=sd,
        meta={"voltage": float(emission.voltage[point]), "origin": "simulated"},
    )


def angular_pattern(emission: Emission, point: int, *, noise: float = 0.0, seed: int | None = None) -> Dataset:
    """Return the luminance of a device by the angle from which it is seen.

    Args:
        emission: luminance by voltage and angle [cd/m2], (voltage, angle).
        point: index of the voltage.
        noise: standard deviation relative to the luminance along the normal [1].
        seed: seed of the noise, None for none.

    Returns:
        Luminance [cd/m2] by angle to the normal [rad].

    Raises:
        ValidityError: the emission holds no far field.
    """
    if emission.radiance_angle.size == 0:
        raise ValidityError("this emission holds no far field; simulate it again with this version")
    pattern = emission.angular_luminance[point]
    sd = np.full(pattern.size, noise * float(pattern[0]))
    return Dataset(
        name="angular_pattern",
        x=emission.radiance_angle.copy(),
        y=blurred(pattern, sd, seed),
        x_unit="rad",
        y_unit="cd/m2",
        x_label="Angle to the normal",
        y_label="Luminance",
        sd=sd,
        meta={"voltage": float(emission.voltage[point]), "origin": "simulated"},
    )
