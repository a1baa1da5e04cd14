"""The mass of the organic shell."""

from __future__ import annotations

import math

from halodot.constants import AVOGADRO
from halodot.dots.parameters import DotsParameters
from halodot.states import Dispersion, Flask, Perovskite


def weight_loss(flask: Flask, sample: Dispersion, parameters: DotsParameters, perovskite: Perovskite) -> float:
    """Return the share of the mass that leaves on heating to 500 degC.

    Everything organic leaves, bound ligands and the free molecules that dried with the dots; the perovskite stays:
    w = m / (m + M), per dot m = sites (c_L M_L + c_A M_A / s_A + f M_L) / N_A and M = rho L^3.

    Args:
        flask: the dots, with the molar masses of their ligands.
        sample: the dispersion that is dried.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        w [1], nan where a ligand's molar mass is unknown.
    """
    if not flask.dots > 0 or math.isnan(flask.native_ligand_mass):
        return math.nan
    exchanged = 0.0
    if sample.coverage_short > 0:
        exchanged = sample.coverage_short * flask.short_ligand_mass / parameters.sites_per_exchanged
    native = (sample.coverage_native + parameters.free_organics) * flask.native_ligand_mass
    organic = flask.sites / flask.dots * (native + exchanged) / AVOGADRO
    core = perovskite.density * flask.edge_length**3
    return organic / (organic + core)
