"""How dots pack: gap, volume fraction, roughness, thin spots."""

from __future__ import annotations

import math

from halodot.film.parameters import FilmParameters
from halodot.states import Dots


def mean_gap(dots: Dots, parameters: FilmParameters) -> float:
    """Return the mean distance between the surfaces of neighbouring dots.

    d = 2 (1 - i) (c_L l_L + c_A l_A): two facing shells, of which a share i interdigitates. Chains are
    incompressible and of one cross-section, so the organic volume per surface, and with it the gap, follows the
    coverage times the length; bare sites leave room that the opposite chains fill. At 2.9 chains per nm2 of
    0.21 nm2 each, i = 0.39.

    Args:
        dots: coverages [1] and lengths [m] of their ligands.
        parameters: numbers of the film stage.

    Returns:
        d [m].
    """
    shell = dots.coverage_native * dots.native_ligand_length if dots.coverage_native > 0 else 0.0
    if dots.coverage_short > 0:
        shell += dots.coverage_short * dots.short_ligand_length
    return 2.0 * (1.0 - parameters.interdigitation) * shell


def core_fraction(edge_length: float, gap: float, parameters: FilmParameters) -> float:
    """Return the volume fraction of perovskite [1], packing (L / (L + d))^3, for edge length and gap in m."""
    return parameters.packing * (edge_length / (edge_length + gap)) ** 3


def surface_roughness(dots: Dots, gap: float, parameters: FilmParameters) -> float:
    """Return the root-mean-square roughness.

    A point of the film lies under n layers of pitch a = L + d. The number of layers varies from point to point by
    c, and each layer adds the spread s of the dots on it: R^2 = (c a)^2 + (h / a) s^2.

    Args:
        dots: mean and spread s of their edge length in micrographs [m].
        gap: gap between the dots [m].
        parameters: numbers of the film stage; h is the nominal thickness.

    Returns:
        R [m].
    """
    pitch = dots.edge_length + gap
    layers = parameters.nominal_thickness / pitch
    return math.hypot(parameters.layer_number_spread * pitch, math.sqrt(layers) * dots.edge_length_spread)


def thin_spot_leakage(pitch: float, roughness: float, parameters: FilmParameters) -> float:
    """Return the conductance of the spots where the film is thinner than one dot.

    The share of a Gaussian distribution of thickness below one pitch times the conductance of such a spot.

    Args:
        pitch: distance of neighbouring dots [m].
        roughness: standard deviation of the thickness [m].
        parameters: numbers of the film stage.

    Returns:
        Conductance [S/m2].
    """
    excess = parameters.nominal_thickness - pitch
    depth = excess / (math.sqrt(2.0) * roughness) if roughness > 0.0 else math.copysign(math.inf, excess)
    return parameters.thin_spot_conductance * 0.5 * math.erfc(depth)
