"""How long the dots keep their light in air: yellowing, other loss in moist air, and loss by heat."""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.dots.parameters import DotsParameters
from halodot.dots.phases import driving_force
from halodot.rounding import per_cent
from halodot.states import Array, Note, Perovskite

REFERENCE_COVERAGE = 0.1  # bare share, temperature and humidity at which dots.air_rate is stated
REFERENCE_TEMPERATURE = 298.15
REFERENCE_HUMIDITY = 0.5
HEAT_TEMPERATURE = 500.0  # K, at which dots.heat_rate is stated
DATA_TEMPERATURES = (250.0, 330.0)  # K, of storage; beyond, the activation energies are all that is known
ATMOSPHERE = 1.0e5  # Pa
_TRACE = 0.05  # share of other halides that iodide may hold unsaid


def air_exposure_rate(coverage_bare: float, parameters: DotsParameters) -> float:
    """Return the rate at which moist air acts on a surface.

    k = k_0 (bare / 0.1)^m exp(b (RH - 0.5)) exp(-E_a / k (1 / T - 1 / 298.15 K)). Water acts through its activity, the
    relative humidity at the temperature of the dots: exponential in it (Lin et al., doi:10.1016/j.matt.2021.04.023).
    Heating in the air of a room dries the surface and slows the loss; at the same relative humidity heat quickens it.

    Args:
        coverage_bare: share of bare surface sites [1].
        parameters: numbers and switches of the dots stage.

    Returns:
        k [1/s].
    """
    if coverage_bare <= 0.0:
        return 0.0
    surface = parameters.air_coverage_exponent * math.log(coverage_bare / REFERENCE_COVERAGE)
    humidity = parameters.air_humidity_coefficient * (parameters.air_humidity - REFERENCE_HUMIDITY)
    heat = _arrhenius(parameters.air_activation, parameters.air_temperature, REFERENCE_TEMPERATURE)
    return parameters.air_rate * math.exp(surface + humidity + heat)


def nucleation_factor(edge_length: float, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return by how much nucleation of the yellow phase is rarer than in bulk CsPbI3 at 25 degC.

    exp(-G* / kT + G*_0 / kT_0) with the barrier G* = G*_0 (driving force of bulk CsPbI3 at 25 degC / driving force)^2
    of classical nucleation. It falls to 0 where the phases are equally stable, so that films of CsPbI3 turn yellow
    fastest at 225 degC and not at all above 320 degC (doi:10.1039/D5TC01126D).

    Args:
        edge_length: edge length of the dots [m].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        Factor [1], 0 where the black phase is the stable one.
    """
    force = driving_force(parameters.air_temperature, edge_length, parameters, perovskite)
    if force <= 0.0:
        return 0.0
    reference = parameters.transition_enthalpy * (1.0 - REFERENCE_TEMPERATURE / parameters.transition_temperature)
    barrier = parameters.nucleation_barrier * ELEMENTARY_CHARGE / BOLTZMANN
    return math.exp(barrier / REFERENCE_TEMPERATURE - barrier * (reference / force) ** 2 / parameters.air_temperature)


def conversion_rate(
    coverage_bare: float, edge_length: float, parameters: DotsParameters, perovskite: Perovskite
) -> float:
    """Return the rate at which moist air turns dots yellow, 0 where the black phase is the stable one.

    Args:
        coverage_bare: share of bare surface sites [1].
        edge_length: edge length of the dots [m].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        k [1/s].
    """
    yellowing = 1.0 - _share_of_any_halide(parameters, perovskite)
    return (
        air_exposure_rate(coverage_bare, parameters)
        * yellowing
        * nucleation_factor(edge_length, parameters, perovskite)
    )


def corrosion_rate(coverage_bare: float, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the rate at which moist air takes the light of dots that do not turn yellow, by water and oxygen.

    The share of the loss of iodide that any halide suffers. CsPbCl3 is more stable than CsPbBr3, and that than CsPbI3,
    by calorimetry (Wang and Navrotsky, doi:10.1016/j.tca.2020.178813).

    Args:
        coverage_bare: share of bare surface sites [1].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        k [1/s].
    """
    return air_exposure_rate(coverage_bare, parameters) * _share_of_any_halide(parameters, perovskite)


def heat_rate(parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the rate at which heat takes the light of dots in air, dry or moist.

    k = k_500 exp(-E / k (1 / T - 1 / 500 K)) exp(-dE / kT): ligands leave, dots grow together and their halide is
    oxidised. Bromide and chloride add dE to the activation energy, each by its share.

    Args:
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        k [1/s].
    """
    bromide, chloride = (perovskite.halides.get(name, 0.0) for name in ("Br", "Cl"))
    added = bromide * parameters.heat_activation_bromide + chloride * parameters.heat_activation_chloride
    iodide = _arrhenius(parameters.heat_activation, parameters.air_temperature, HEAT_TEMPERATURE)
    return parameters.heat_rate * math.exp(
        iodide - added * ELEMENTARY_CHARGE / (BOLTZMANN * parameters.air_temperature)
    )


def loss_rate(coverage_bare: float, edge_length: float, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the rate at which dots lose their light in air: they turn yellow, corrode, or fall to heat.

    Args:
        coverage_bare: share of bare surface sites [1].
        edge_length: edge length of the dots [m].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        k [1/s].
    """
    return (
        conversion_rate(coverage_bare, edge_length, parameters, perovskite)
        + corrosion_rate(coverage_bare, parameters, perovskite)
        + heat_rate(parameters, perovskite)
    )


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


def saturation_pressure(temperature: float) -> float:
    """Return the pressure of saturated water vapour.

    p = 610.94 Pa exp(17.625 t / (t + 243.04)), t in degC, within 0.4 % from -40 to 50 degC (Alduchov and Eskridge,
    doi:10.1175/1520-0450(1996)035<0601:IMFAOS>2.0.CO;2) and within 3 % at 100 degC.

    Args:
        temperature: temperature of the air [K].

    Returns:
        p [Pa].
    """
    celsius = temperature - 273.15
    return 610.94 * math.exp(17.625 * celsius / (celsius + 243.04))


def remarks(parameters: DotsParameters, perovskite: Perovskite) -> tuple[Note, ...]:
    """Return what is extrapolated, assumed or left out of storage in air.

    Args:
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.
    """
    found = {
        "dots.air_temperature": ("extrapolated", _beyond_temperature(parameters)),
        "dots.air_humidity": ("unlikely", _beyond_humidity(parameters)),
        "dots.air_bromide_factor": ("assumed", _beyond_iodide(perovskite)),
    }
    return tuple(Note(kind, text, where) for where, (kind, text) in found.items() if text)


def _beyond_temperature(parameters: DotsParameters) -> str:
    low, high = DATA_TEMPERATURES
    if low <= parameters.air_temperature <= high:
        return ""
    return (
        f"The PL retained in air is extrapolated to {parameters.air_temperature:.4g} K: storage is known between"
        f" {low:.0f} and {high:.0f} K; beyond, it depends on activation energies that are known to within a third."
    )


def _beyond_humidity(parameters: DotsParameters) -> str:
    highest = ATMOSPHERE / saturation_pressure(parameters.air_temperature)
    if parameters.air_humidity <= min(1.0, highest):
        return ""
    return (
        f"At {parameters.air_temperature:.4g} K open air holds at most {min(1.0, highest):.2g} of the vapour that"
        f" saturates it; a relative humidity of {parameters.air_humidity:.2g} needs pressure. Give the humidity at the"
        " temperature of the dots, not that of the room."
    )


def _beyond_iodide(perovskite: Perovskite) -> str:
    iodide = perovskite.halides.get("I", 0.0)
    if iodide >= 1.0 - _TRACE:
        return ""
    return (
        f"{per_cent(1.0 - iodide)} of the halide is bromide or chloride, whose loss in air is assumed to an order"
        " of magnitude; only the order chloride, bromide, iodide is measured. State what is"
        " known (dots.air_bromide_factor, dots.air_chloride_factor)."
    )


def _share_of_any_halide(parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Share of the loss of bulk iodide in moist air that is no yellowing, in this crystal."""
    chloride = perovskite.halides.get("Cl", 0.0)
    return (1.0 - chloride) * parameters.air_bromide_factor + chloride * parameters.air_chloride_factor


def _arrhenius(energy: float, temperature: float, reference: float) -> float:
    """Logarithm of a rate above that at a reference temperature, the energy in eV."""
    return energy * ELEMENTARY_CHARGE / BOLTZMANN * (1.0 / reference - 1.0 / temperature)
