"""What a centrifuge, a filter and drying leave of a dispersion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from halodot.flask.growth import Crystals, amount_in_dots, amount_of_dots
from halodot.flask.parameters import FlaskParameters
from halodot.states import Array, Chemical, Step

#: share of the dots that is taken to be none, 1: Stokes' law here is no better than a factor of two
NEGLIGIBLE = 0.01
_GRAVITY = 9.81
#: viscosity of a liquid at room temperature by its boiling point: 0.30 mPa s of hexane, 0.51 of octane, 4 of octadecene
_VISCOSITY, _HEXANE_BOILS, _BOILING_SPAN = 0.30e-3, 341.9, 95.0
#: density of a shell of alkyl chains, kg/m3
_SHELL_DENSITY = 880.0


def centrifugal_force(step: Step, parameters: FlaskParameters) -> float:
    """Return the force of a centrifuge over gravity [1]: as stated, w^2 r / g of its speed w [rad/s], else 0."""
    if math.isfinite(step.centrifugal_force):
        return step.centrifugal_force
    return step.rotation**2 * parameters.rotor_radius / _GRAVITY if math.isfinite(step.rotation) else 0.0


def viscosity(liquids: Mapping[str, float], chemicals: Mapping[str, Chemical]) -> float:
    """Return the viscosity of a mixture at room temperature [Pa s].

    ln eta = sum x_i (ln 0.30 mPa s + (T_b - 341.9 K) / 95 K), by volume, which has n-alkanes from hexane to octadecene
    and toluene to 30 %.

    Args:
        liquids: volumes [m3] by name.
        chemicals: reagents by name.
    """
    known = {name: volume for name, volume in liquids.items() if chemicals[name].boiling_point > 0.0}
    total = math.fsum(known.values())
    if not total > 0.0:
        return _VISCOSITY
    boiling = math.fsum(volume * chemicals[name].boiling_point for name, volume in known.items()) / total
    return _VISCOSITY * math.exp((boiling - _HEXANE_BOILS) / _BOILING_SPAN)


def density(liquids: Mapping[str, float], chemicals: Mapping[str, Chemical]) -> float:
    """Return the density of a mixture [kg/m3] from volumes [m3] by name."""
    total = math.fsum(liquids.values())
    if not total > 0.0:
        return 700.0
    return math.fsum(volume * chemicals[name].density for name, volume in liquids.items()) / total


def sedimented_share(
    length: Array, step: Step, liquids: Mapping[str, float], chemicals: Mapping[str, Chemical],
    parameters: FlaskParameters,
) -> Array:  # fmt: skip
    """Return the share of single dots that a centrifuge brings to the bottom [1].

    Stokes and Svedberg: v = m_b a / (6 pi eta R) with the buoyant mass m_b of core and shell, the radius R of a sphere
    of the volume of both, and a the centrifugal acceleration; of a liquid of height h, v t / h have arrived.

    Args:
        length: edge lengths [m], of shape (cohort,).
        step: force or speed, and time [s].
        liquids: volumes [m3] of what the dots are in, by name.
        chemicals: reagents by name.
        parameters: numbers and switches of the flask stage.
    """
    time = step.duration if step.duration > 0.0 else 0.0
    liquid = density(liquids, chemicals)
    whole = length + 2.0 * parameters.shell_thickness
    core = length**3 * (parameters.core_density - liquid)
    shell = (whole**3 - length**3) * (_SHELL_DENSITY - liquid)
    radius = whole * (3.0 / (4.0 * math.pi)) ** (1.0 / 3.0)
    acceleration = centrifugal_force(step, parameters) * _GRAVITY
    speed = (core + shell) * acceleration / (6.0 * math.pi * viscosity(liquids, chemicals) * radius)
    share: Array = np.clip(speed * time / parameters.sedimentation_height, 0.0, 1.0)
    return share


def keep_share(crystals: Crystals, share: Array) -> Crystals:
    """Return the dots of which a share of every size is kept; what else they held is lost.

    Args:
        crystals: inorganic part of the dots before it [m, mol].
        share: kept share of each cohort [1], of shape (cohort,).
    """
    after = replace(crystals, dots=crystals.dots * share)
    gone = amount_in_dots(crystals) - amount_in_dots(after)
    return replace(after, monomer=max(crystals.monomer - gone, 0.0), lost=crystals.lost + gone)


def pour_off(crystals: Crystals, kept: float) -> Crystals:
    """Return the dots after the liquid around them was poured off but for a share [1], with what it held dissolved."""
    dissolved = max(crystals.monomer - amount_in_dots(crystals), 0.0)
    gone = (1.0 - kept) * dissolved
    return replace(crystals, monomer=crystals.monomer - gone, lost=crystals.lost + gone)


def kept_dots(before: Crystals, after: Crystals) -> float:
    """Return the share of the dots that is left [1] after an operation: their amount after it over that before."""
    return amount_of_dots(after) / amount_of_dots(before)
