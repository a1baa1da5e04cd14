"""What a single-carrier device of a film of dots shows."""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.errors import ValidityError
from halodot.measure.noise import blurred
from halodot.states import Array, Dataset, Film

VOLTAGE: Array = np.logspace(-2.0, 1.0, 61)


def sclc(
    film: Film,
    *,
    thickness: float = 100e-9,
    temperature: float = 300.0,
    voltage: Array = VOLTAGE,
    noise: float = 0.01,
    floor: float = 1e-5,
    seed: int | None = None,
) -> Dataset:
    """Return the current of a single-carrier device with two ohmic contacts of the same work function.

    J = 4 pi^2 (kT/q) eps mu V / L^3 + (9/8) eps mu V^2 / L^3: at low voltage the carriers that the contacts spill
    into the film conduct like a metal, with n(x) = (2 pi^2 eps kT / q^2 L^2) / cos^2(pi x / L) and so
    J = q mu V / int dx/n; at high voltage the injected charge limits itself (Mott-Gurney). Their sum joins the two
    limits; field-dependent mobility, traps and barriers are left out.

    Args:
        film: mobility [m2/V/s] and relative permittivity [1].
        thickness: L [m].
        temperature: T [K].
        voltage: V [V], (voltage,), 0 or more.
        noise: standard deviation of the current, relative to it [1].
        floor: least standard deviation of the current density [A/m2].
        seed: seed of the noise, None for none.

    Returns:
        Current density [A/m2] by voltage [V].

    Raises:
        ValidityError: the film has no mobility.
    """
    if not film.mobility > 0.0:
        raise ValidityError("a space-charge-limited current needs film.mobility")
    current = ohmic_current(voltage, film.mobility, film.relative_permittivity, thickness, temperature)
    current = current + mott_gurney(voltage, film.mobility, film.relative_permittivity, thickness)
    sd = np.hypot(noise * current, floor)
    return Dataset(
        name="sclc",
        x=voltage.copy(),
        y=blurred(current, sd, seed),
        x_unit="V",
        y_unit="A/m2",
        x_label="Voltage",
        y_label="Current density",
        sd=sd,
        meta={
            "thickness": thickness,
            "temperature": temperature,
            "relative permittivity": film.relative_permittivity,
            "origin": "simulated",
        },
    )


def mott_gurney(voltage: Array, mobility: float, relative_permittivity: float, thickness: float) -> Array:
    """Return the space-charge-limited current density of Mott and Gurney, J = (9/8) eps mu V^2 / L^3.

    N. F. Mott and R. W. Gurney, Electronic Processes in Ionic Crystals, Oxford University Press (1940).

    Args:
        voltage: V [V], any shape.
        mobility: mu [m2/V/s].
        relative_permittivity: relative permittivity of the film [1].
        thickness: L [m].

    Returns:
        J [A/m2], shape of ``voltage``.

    >>> mott_gurney(np.array([1.0, 2.0]), 1e-9, 4.0, 1e-7).round(2)
    array([ 39.84, 159.38])
    """
    return 1.125 * VACUUM_PERMITTIVITY * relative_permittivity * mobility * voltage**2 / thickness**3


def ohmic_current(
    voltage: Array, mobility: float, relative_permittivity: float, thickness: float, temperature: float
) -> Array:
    """Return the current density of the charge that two ohmic contacts spill into a thin film.

    J = 4 pi^2 (kT/q) eps mu V / L^3, linear in the voltage.

    Args:
        voltage: V [V], any shape.
        mobility: mu [m2/V/s].
        relative_permittivity: relative permittivity of the film [1].
        thickness: L [m].
        temperature: T [K].

    Returns:
        J [A/m2], shape of ``voltage``.
    """
    thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    permittivity = VACUUM_PERMITTIVITY * relative_permittivity
    return 4.0 * math.pi**2 * thermal * permittivity * mobility * voltage / thickness**3
