"""How long the dots stay black in air."""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.dots.parameters import DotsParameters
from halodot.states import Array, Note, Perovskite

REFERENCE_COVERAGE = 0.1  # bare share, temperature and humidity at which dots.air_rate is stated
REFERENCE_TEMPERATURE = 298.15
REFERENCE_HUMIDITY = 0.5
DATA_TEMPERATURES = (250.0, 330.0)  # K, between which moist air, and nothing else, turns the dots yellow


def driving_force(temperature: float, edge_length: float, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the free energy [J/mol] that a dot gains by turning yellow.

    dH (1 - T / T_eq) - dG - 6 (gamma_yellow - gamma_black) V_m / L. The enthalpy of CsPbI3 is measured (Dastidar et
    al., doi:10.1021/acs.jpclett.7b00134); of the surface energies only the difference of the phases enters. Bromide
    and chloride stabilise the perovskite by dG.

    Args:
        temperature: temperature of the dots [K].
        edge_length: edge length of the dots [m], inf for the bulk.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.
    """
    volume = perovskite.formula_mass / perovskite.density
    surface = 6.0 * parameters.surface_energy_difference * volume / edge_length
    bulk = parameters.transition_enthalpy * (1.0 - temperature / parameters.transition_temperature)
    return bulk - perovskite.stabilisation - surface


def conversion_rate(
    coverage_bare: float, edge_length: float, parameters: DotsParameters, perovskite: Perovskite
) -> float:
    """Return the rate at which dots turn yellow.

    k = k_0 (bare / 0.1)^m exp(b (RH - 0.5)) exp(-G*/kT + G*_0/kT_0) with the nucleation barrier
    G* = G*_0 (driving force of bulk CsPbI3 at 25 degC / driving force)^2. Nucleation limits the conversion, its rate
    is exponential in the humidity, and heating slows it (Lin et al., doi:10.1016/j.matt.2021.04.023).

    Args:
        coverage_bare: share of bare surface sites [1].
        edge_length: edge length of the dots [m].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        k [1/s], 0 where the black phase is the stable one.
    """
    force = driving_force(parameters.air_temperature, edge_length, parameters, perovskite)
    reference = parameters.transition_enthalpy * (1.0 - REFERENCE_TEMPERATURE / parameters.transition_temperature)
    if force <= 0.0 or coverage_bare <= 0.0:
        return 0.0
    thermal = BOLTZMANN / ELEMENTARY_CHARGE
    barrier = parameters.nucleation_barrier * (reference / force) ** 2 / (thermal * parameters.air_temperature)
    reference_barrier = parameters.nucleation_barrier / (thermal * REFERENCE_TEMPERATURE)
    humidity = parameters.air_humidity_coefficient * (parameters.air_humidity - REFERENCE_HUMIDITY)
    surface = parameters.air_coverage_exponent * math.log(coverage_bare / REFERENCE_COVERAGE)
    return parameters.air_rate * math.exp(surface + humidity - barrier + reference_barrier)


def avrami_untransformed_fraction(time: Array, rate: float, order: float) -> Array:
    """Return the fraction of a phase that has not yet transformed by nucleation and growth.

    The Johnson-Mehl-Avrami-Kolmogorov equation, exp(-(k t)^n) (Avrami, J. Chem. Phys. 7, 1103 (1939),
    doi:10.1063/1.1750380); one nucleus a dot gives n = 1. Dots that are still black keep their quantum yield, so the
    same curve stands for the photoluminescence, its yield and its intensity.

    Args:
        time: t [s], any shape.
        rate: k of the conversion [1/s].
        order: n, the Avrami exponent [1].

    Returns:
        Fraction [1], shape of ``time``.

    >>> avrami_untransformed_fraction(np.array([0.0, np.log(2.0)]), 1.0, 1.0)
    array([1. , 0.5])
    """
    fraction: Array = np.exp(-((rate * time) ** order))
    return fraction


def remarks(parameters: DotsParameters) -> tuple[Note, ...]:
    """Return a note where dots are stored outside the temperatures at which their conversion was followed."""
    low, high = DATA_TEMPERATURES
    if low <= parameters.air_temperature <= high:
        return ()
    text = (
        f"The PL retained in air is extrapolated to {parameters.air_temperature:.4g} K: the rate of conversion is known"
        f" between {low:.0f} and {high:.0f} K, and loss of ligand and oxidation by heat are left out."
    )
    return (Note("extrapolated", text, "dots.air_temperature"),)
