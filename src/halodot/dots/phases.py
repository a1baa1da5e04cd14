"""Which phase of the dots is the stable one, black or yellow, with temperature, size and halide."""

from __future__ import annotations

import math

from halodot.dots.parameters import DotsParameters
from halodot.states import Perovskite


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
    bulk = parameters.transition_enthalpy * (1.0 - temperature / parameters.transition_temperature)
    return bulk - perovskite.stabilisation - _surface(parameters, perovskite) / edge_length


def stable_phase(temperature: float, edge_length: float, parameters: DotsParameters, perovskite: Perovskite) -> str:
    """Return the phase of lower free energy, "black" or "yellow".

    Args:
        temperature: temperature of the dots [K].
        edge_length: edge length of the dots [m], inf for the bulk.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.
    """
    return "yellow" if driving_force(temperature, edge_length, parameters, perovskite) > 0.0 else "black"


def critical_edge_length(temperature: float, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the edge length below which the black phase is the stable one.

    L = 6 (gamma_yellow - gamma_black) V_m / (driving force of the bulk).

    Args:
        temperature: temperature of the dots [K].
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        Edge length [m], inf where the black phase is stable in the bulk, 0 where no size makes it so.
    """
    bulk = driving_force(temperature, math.inf, parameters, perovskite)
    return max(_surface(parameters, perovskite), 0.0) / bulk if bulk > 0.0 else math.inf


def _surface(parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Surface energy that a mole of cubes loses by turning black, times their edge length [J m/mol]."""
    return 6.0 * parameters.surface_energy_difference * perovskite.formula_mass / perovskite.density
