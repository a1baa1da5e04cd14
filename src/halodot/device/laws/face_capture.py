"""Capture across a face of the emitting layer: a carrier beside it and one on a dot make an exciton on that dot.

A hole stands on the last molecule of the hole conductor and an electron on the first dot. The hole need not enter the
film and meet the electron there: one hop takes it onto that dot, and the electron draws it in. A hop from site to site
has the rate D/a^2 in each direction, D = mu kT/q, a the distance of the molecules; the holes that can make it stand in
a sheet of the thickness a. The dot behind the face holds an electron with the probability n v, v the film for each dot.
The exciton lies its binding energy below the pair of free carriers, by which the step of the level is less, so that

    R = a p D/a^2 n v exp(-max(0, step - binding)/kT) = B n p,   B = v D/a exp(-max(0, step - binding)/kT).

That the hop onto the dot goes at the pace of those in the conductor, through the ligands of the dot, is assumed.

The way back, an exciton that gives its hole to the conductor, follows from detailed balance with the quasi-Fermi levels
of the two sides: R = B n p [1 - exp(-(E_Fn - E_Fp)/kT)]. B n p counts two electrons on a dot twice, as the bimolecular
law inside the film does, and takes n at the face, where a sheet thinner than a dot holds more than the mean of the
dot; the fall of the potential over the hop is left out, and so is an exciplex, a pair that shines or dies without it.
"""

from __future__ import annotations

import math
from typing import Protocol

from halodot.compiled import kernel
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.recombination import RateAndDerivatives, pair_excess

#: Pairs that meet across a face: a hole on the near side with an electron on the far one, and the reverse.
NEAR_HOLE, NEAR_ELECTRON = range(2)


class FaceCaptureParameters(Protocol):
    """Parameters of the capture across an interface."""

    near_hole_capture: float  # B of holes on the near side with electrons on the far one, m4/s; 0 for none
    near_electron_capture: float  # B of electrons on the near side with holes on the far one
    near_hole_intrinsic: float  # n p of that pair where both levels are one, in Boltzmann statistics, 1/m6
    near_electron_intrinsic: float


def hop_capture_coefficient(
    mobility: float, states: float, step: float, dots: tuple[float, float], thermal_voltage: float
) -> float:
    """Return the coefficient B of the capture of a carrier by one hop across the face of a film of dots.

    B = v D/a exp(-max(0, step - binding)/kT), see the head of this file.

    Args:
        mobility: of the carrier in its own layer [m2/V/s].
        states: of the carrier in that layer, one for each molecule, so that a = states^(-1/3) [1/m3].
        step: energy that the carrier lacks on a dot without the opposite carrier, negative where it gains [eV].
        dots: volume of film for each dot [m3], and binding energy of its exciton [eV].
        thermal_voltage: kT/q [V].

    Returns:
        B [m4/s].
    """
    volume, binding = dots
    diffusivity, distance = mobility * thermal_voltage, math.pow(states, -1.0 / 3.0)
    return volume * diffusivity / distance * math.exp(-max(0.0, step - binding) / thermal_voltage)


@kernel
def cross_excess(
    edge: FaceCaptureParameters,
    near: Carriers,
    far: Carriers,
    levels: tuple[float, float, float, float],
    bias: float,
    pair: int,
) -> RateAndDerivatives:
    """Return n p of a pair across an interface less its value in equilibrium, so that B times it is captured.

    Args:
        edge: its parameters [SI].
        near: carriers at the near side.
        far: carriers at the far side.
        levels: w near, w far, z near, z far [kT].
        bias: internal voltage [Vt].
        pair: `NEAR_HOLE` or `NEAR_ELECTRON`.

    Returns:
        In 1/m6, with the derivatives by the electron level and the hole level of the pair and by the potential.
    """
    if pair == NEAR_HOLE:
        met = Carriers(far.n, near.p, far.n_slope, near.p_slope, far.n_log_activity, near.p_log_activity)
        return pair_excess(edge.near_hole_intrinsic, met, levels[1] + levels[2] + bias)
    met = Carriers(near.n, far.p, near.n_slope, far.p_slope, near.n_log_activity, far.p_log_activity)
    return pair_excess(edge.near_electron_intrinsic, met, levels[0] + levels[3] + bias)
