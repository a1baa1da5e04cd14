"""X-rays on ions: form factors and the Debye equation."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.measure.crystal import Pairs
from halodot.states import Array

#: a1..a5, c [electrons] and b1..b5 [A2] of f(s) = sum a_i exp(-b_i s^2) + c, s = sin(theta)/lambda [1/A]:
#: Waasmaier and Kirfel, Acta Crystallographica A 51 (1995) 416, doi:10.1107/S0108767394013292
_FORM: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "I": (
        (20.010330, 17.835524, 8.104130, 2.231118, 9.158548, -3.341004),
        (4.565931, 0.444266, 32.430672, 95.149040, 0.014906),
    ),
    "Cs": (
        (19.939056, 24.967621, 10.375884, 0.454243, 17.660248, -19.394306),
        (3.770511, 0.004040, 25.311275, 76.537766, 0.384730),
    ),
    "Pb": (
        (27.392647, 16.496822, 19.984501, 6.813923, 5.233910, 4.065623),
        (1.058874, 0.106305, 6.708123, 24.395554, 1.058874),
    ),
}
#: mean square displacements along one direction [m2]; assumed, as large as halide perovskites have at 300 K
DISPLACEMENTS: Mapping[str, float] = {"Cs": 8e-22, "Pb": 3e-22, "I": 6e-22}


def form_factor(ion: str, scattering_vector: Array) -> Array:
    """Return the atomic form factor [electrons] of Cs+, Pb2+ or I-, called Cs, Pb or I.

    Args:
        ion: Cs, Pb or I.
        scattering_vector: q = 4 pi sin(theta)/lambda [1/m], any shape.

    Returns:
        f [electrons], shape of ``scattering_vector``.
    """
    weights, widths = _FORM[ion]
    s = scattering_vector * 1e-10 / (4.0 * math.pi)
    total = np.full(s.shape, weights[5])
    for weight, width in zip(weights, widths):
        total = total + weight * np.exp(-width * s**2)
    return total


def debye_scattering(
    scattering_vector: Array, pairs: Pairs, displacements: Mapping[str, float] = DISPLACEMENTS
) -> Array:
    """Return the intensity that a particle scatters, averaged over its orientations.

    I(q) = sum_ij f_i f_j D_i D_j sin(q r_ij) / (q r_ij) over all ordered pairs, D = exp(-q^2 u^2 / 2) for the
    independent thermal motion of two ions and 1 for an ion with itself (Debye, Annalen der Physik 351 (1915) 809,
    doi:10.1002/andp.19153510606).

    Args:
        scattering_vector: q [1/m], (q,), more than 0.
        pairs: distances by kind of pair.
        displacements: mean square displacement u^2 along one direction [m2], by ion.

    Returns:
        Intensity [electrons squared], shape of ``scattering_vector``.
    """
    total = np.zeros(scattering_vector.shape)
    for (one, two), found in pairs.items():
        apart = found.distance > 0.0
        both = form_factor(one, scattering_vector) * form_factor(two, scattering_vector)
        damping = np.exp(-0.5 * scattering_vector**2 * (displacements[one] + displacements[two]))
        phase = scattering_vector[:, None] * found.distance[apart]
        total += both * (damping * ((np.sin(phase) / phase) @ found.count[apart]) + float(found.count[~apart].sum()))
    return total
