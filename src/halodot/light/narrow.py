"""The photon budget where guided modes are too narrow to be followed along the real axis.

On the real axis the power of a wave is Re g, with the Green's function g of the dipole, and a layer takes the share q
of it. Both share the resonance 1/|D|^2 of a mode, so that q is smooth however narrow the mode is. On a panel q is
therefore a polynomial, which has a value off the axis too, and

    int q Re g ds = Re int q g ds

is integrated below the axis, where no mode is near. A mode without any loss is one without any share to compute.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.light.channels import FluxSums, Nodes, add_plane_waves
from halodot.light.dipole import dipole_power
from halodot.light.multilayer import Multilayer
from halodot.light.quadrature import gauss

NODES = 24  # of a panel, for the shares
DEPTH = 0.35  # of the way below the axis, over half of the panel
CUT = 0.382  # where a panel is cut, so that its ends move away from a mode that happens to lie there
FINEST, MOST = 1e-5, 300  # smallest panel, over the first, and most panels
CONTOURS = (64, 128, 256)
SETTLED, SMOOTH = 1e-10, 1e-9  # errors of a panel's power and of its shares, over the dipole's power
# On a panel this much narrower than the first, shares that still vary do so by rounding: faint light far from all that
# absorbs it.
FAINT, ROUNDED = 0.01, 1e-6


class Panel(NamedTuple):
    """An interval of s: kappa^2 = start + s^2 where span is inf, else start + span sin^2 s."""

    low: float
    high: float
    start: float
    span: float
    slot: int  # of the sums


def integrate_by_shares(multilayer: Multilayer, panels: list[Panel], power: Array, slots: int) -> FluxSums | None:
    """Return what layers and air get of one wavelength, None where the shares are no smooth functions.

    Args:
        multilayer: stack and dipoles at a single wavelength.
        panels: between branch points and edges of the shares.
        power: of the dipoles, which errors are compared with [that in an infinite medium], (position,).
        slots: of the sums.
    """
    sums = FluxSums(np.zeros((slots, *power.shape, multilayer.thickness.shape[1])), np.zeros((slots, *power.shape)))
    done = 0
    for first in panels:
        todo = [first]
        while todo:
            panel, done = todo.pop(), done + 1
            fine = panel.high - panel.low < FAINT * (first.high - first.low)
            parts = _panel(multilayer, panel, power, ROUNDED if fine else SMOOTH)
            if parts is not None:
                sums.by_layer[panel.slot] += parts[:, :-1]
                sums.air[panel.slot] += parts[:, -1]
                continue
            if panel.high - panel.low < FINEST * (first.high - first.low) or done > MOST:
                return None
            edge = panel.low + CUT * (panel.high - panel.low)
            todo += [panel._replace(high=edge), panel._replace(low=edge)]
    return sums


def _panel(multilayer: Multilayer, panel: Panel, power: Array, limit: float) -> Array | None:
    """Return what every layer and air get (position, layer + 1) on a panel, None where it must be cut."""
    shares = _shares(multilayer, panel)
    before = np.full(power.shape, np.inf)
    for count in CONTOURS:
        point, weighted = _contour_integrand(multilayer, panel, count)
        whole = weighted.real.sum(axis=0)
        if np.max(np.abs(whole - before) / power) < SETTLED:
            break
        before = whole
    else:
        return None
    # Re g is not negative on the axis, where the last terms of the polynomials are what is missing of the shares.
    rest = np.max(np.abs(shares[-2:]).sum(axis=0), axis=1) * np.abs(whole)
    if np.any(rest > limit * power):
        return None
    polynomials = np.polynomial.legendre.legvander(point, NODES - 1)
    return np.asarray(np.einsum("jp,jk,kpl->pl", weighted, polynomials, shares).real)


def _shares(multilayer: Multilayer, panel: Panel) -> Array:
    """Return the Legendre coefficients (degree, position, layer + 1) of the shares of layers and air on a panel."""
    node, weight = gauss(NODES)
    square, _ = _kappa_map(panel, np.asarray(panel.low + (panel.high - panel.low) * node, np.complex128))
    positions = multilayer.height.shape[1]
    sums = FluxSums(np.zeros((NODES, positions, multilayer.thickness.shape[1])), np.zeros((NODES, positions)))
    numbers = np.arange(NODES)
    add_plane_waves(multilayer, Nodes(np.zeros(NODES, np.int64), square.real.copy(), np.ones(NODES), numbers), sums)
    # What a clear film keeps is the rounding of a difference, which may be more than all that an absorber takes.
    clear = multilayer.permittivity[0].imag == 0.0
    clear[[0, -1]], clear[multilayer.emitter] = False, multilayer.emitter_permittivity[0].imag == 0.0
    sums.by_layer[..., clear] = 0.0
    parts = np.concatenate((sums.by_layer, sums.air[..., np.newaxis]), axis=2)
    whole = parts.sum(axis=2, keepdims=True)
    shares = np.clip(np.divide(parts, whole, out=np.zeros_like(parts), where=whole != 0.0), 0.0, 1.0)
    basis = np.polynomial.legendre.legvander(2.0 * node - 1.0, NODES - 1)
    return np.asarray(np.einsum("n,nk,k,npl->kpl", weight, basis, 2.0 * np.arange(NODES) + 1.0, shares))


def _contour_integrand(multilayer: Multilayer, panel: Panel, count: int) -> tuple[ComplexArray, ComplexArray]:
    """Return points of the panel [-1, 1] below the axis, and g ds there (point, position)."""
    node, weight = gauss(count)
    t = np.pi * node
    point, slope = -np.cos(t) - 1j * DEPTH * np.sin(t), np.sin(t) - 1j * DEPTH * np.cos(t)
    half = 0.5 * (panel.high - panel.low)
    square, turn = _kappa_map(panel, panel.low + half * (1.0 + point))
    kappa = np.sqrt(square)
    step = np.pi * weight * half * slope * turn / kappa
    row = multilayer._replace(
        permittivity=np.repeat(multilayer.permittivity, count, axis=0),
        admittance_scale=np.repeat(multilayer.admittance_scale, count, axis=1),
        thickness=np.repeat(multilayer.thickness, count, axis=0),
        height=np.repeat(multilayer.height, count, axis=0),
    )
    real, imaginary = (dipole_power(row, kappa[:, np.newaxis], (one * step)[:, np.newaxis]) for one in (1.0, -1.0j))
    return point, real + 1j * imaginary


def _kappa_map(panel: Panel, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return kappa^2 and kappa dkappa/ds."""
    if np.isinf(panel.span):
        return np.asarray(panel.start + s * s), s
    sine = np.sin(s)
    return np.asarray(panel.start + panel.span * sine * sine), np.asarray(panel.span * sine * np.cos(s))
