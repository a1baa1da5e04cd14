"""The Auger process between two excitons on a dot, and between an exciton and a charge."""

from __future__ import annotations

import math

from halodot.dots.parameters import DotsParameters

REFERENCE_EDGE_LENGTH = 5.5e-9  # effective edge length [m] at which dots.biexciton_lifetime is stated


def auger_lifetime(edge_length: float, parameters: DotsParameters) -> float:
    """Return the time [s] after which two excitons on a dot have become one by the Auger process.

    Proportional to the volume where the dot is smaller than the exciton (Castaneda et al., ACS Nano 2016).

    Args:
        edge_length: effective edge length of the dot [m].
        parameters: numbers and switches of the dots stage.
    """
    power = 3.0 * parameters.biexciton_volume_exponent
    return parameters.biexciton_lifetime * math.pow(edge_length / REFERENCE_EDGE_LENGTH, power)


def trion_auger_lifetime(edge_length: float, parameters: DotsParameters) -> float:
    """Return the time [s] after which an exciton on a dot with one charge is lost to the Auger process.

    Its rate is c times that of two excitons. Where every electron meets every hole and each such pair any further
    carrier, two excitons have four pairs with two others each, an exciton beside a charge two pairs with one: c = 1/4.

    Args:
        edge_length: effective edge length of the dot [m].
        parameters: numbers and switches of the dots stage.
    """
    ratio = parameters.trion_auger_ratio
    return auger_lifetime(edge_length, parameters) / ratio if ratio > 0.0 else math.inf
