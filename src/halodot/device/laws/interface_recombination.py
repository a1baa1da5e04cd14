"""Recombination centres at an interface, which see the carriers of both sides."""

from __future__ import annotations

import math

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Edge
from halodot.device.laws.recombination import Filling

#: Rows of what `capture` fills: rates of loss on each side, in 1/m2/s, and the charge, in 1/m2.
ELECTRONS, HOLES, CHARGE = 0, 2, 4
#: Columns: the value and its derivatives, near side first.
VALUE, BY_W, BY_Z, BY_PHI = 0, 1, 3, 5


@kernel
def difference(a: float, b: float, drive: float) -> float:
    """Return a - b of two positive numbers with a = b exp(drive), without cancellation."""
    value: float = -a * math.expm1(-drive) if drive > 0.0 else b * math.expm1(drive)
    return value


@kernel
def add_product(
    row: Array, a: float, b: float, over: float, column: int, slope: float, other: int, bend: float
) -> None:
    """Add a - b and its derivatives: by one level a + (slope - 1) over, by the other a or -b likewise.

    The other level raises a where it is of the opposite carrier, and lowers -b where it is of the same one.
    """
    row[VALUE] += over
    row[column] += a + (slope - 1.0) * over
    if (column < BY_Z) == (other < BY_Z):
        row[other] += (bend - 1.0) * over - b
        row[BY_PHI] += (slope + bend - 1.0) * over * (1.0 if column < BY_Z else -1.0)
    else:
        row[other] += a + (bend - 1.0) * over
        row[BY_PHI] += (slope - bend) * over * (1.0 if column < BY_Z else -1.0)


@kernel
def capture(
    edge: Edge, near: Filling, far: Filling, levels: tuple[float, float, float, float], bias: float, out: Array
) -> None:
    """Fill ``out`` with what centres at an interface take from each carrier on each side, and with their charge.

    With a_k = C_n n_k, e_k = C_n n_1k, c_k = C_p p_k, d_k = C_p p_1k of side k, D their sum over both sides and the
    occupancy f = (a_1 + a_2 + d_1 + d_2)/D, side k loses N_t [a_k (1 - f) - e_k f] electrons and N_t [c_k f -
    d_k (1 - f)] holes. Multiplied out, every difference is one of two products whose ratio the levels give. After
    Koopmans and Koster, Sol. RRL 6 (2022) 2200560, doi:10.1002/solr.202200560.

    Args:
        edge: its parameters.
        near: carriers at the near side.
        far: carriers at the far side.
        levels: w near, w far, z near, z far.
        bias: internal voltage over Vt.
        out: shape (5, 6).
    """
    out[:] = 0.0
    a, g = (edge.trap_electron * near.n, edge.trap_electron * far.n), (near.n_slope, far.n_slope)
    c, h = (edge.trap_hole * near.p, edge.trap_hole * far.p), (near.p_slope, far.p_slope)
    e = (edge.trap_empty * math.exp(near.n_excess), edge.trap_empty_far * math.exp(far.n_excess))
    d = (edge.trap_fill * math.exp(near.p_excess), edge.trap_fill_far * math.exp(far.p_excess))
    for k in range(2):
        m = 1 - k
        over = difference(a[k] * e[m], e[k] * a[m], levels[k] - levels[m])
        add_product(out[ELECTRONS + k], a[k] * e[m], e[k] * a[m], over, BY_W + k, g[k], BY_W + m, g[m])
        over = difference(c[k] * d[m], d[k] * c[m], levels[2 + k] - levels[2 + m])
        add_product(out[HOLES + k], c[k] * d[m], d[k] * c[m], over, BY_Z + k, h[k], BY_Z + m, h[m])
        for j in range(2):
            over = difference(a[k] * c[j], e[k] * d[j], levels[k] + levels[2 + j] + bias)
            for row in (ELECTRONS + k, HOLES + j):
                add_product(out[row], a[k] * c[j], e[k] * d[j], over, BY_W + k, g[k], BY_Z + j, h[j])
        out[CHARGE, VALUE] -= a[k] + d[k]
        out[CHARGE, BY_W + k] -= a[k] * g[k]
        out[CHARGE, BY_Z + k] -= d[k] * (h[k] - 1.0)
        out[CHARGE, BY_PHI] -= a[k] * g[k] - d[k] * (h[k] - 1.0)
    speed = a[0] + a[1] + c[0] + c[1] + d[0] + d[1] + e[0] + e[1]
    by_phi = 0.0
    for k in range(2):
        electrons, holes = a[k] * g[k] + e[k] * (g[k] - 1.0), c[k] * h[k] + d[k] * (h[k] - 1.0)
        by_phi += electrons - holes
        for row in range(5):
            out[row, BY_W + k] -= out[row, VALUE] * electrons / speed
            out[row, BY_Z + k] -= out[row, VALUE] * holes / speed
    for row in range(5):
        out[row, BY_PHI] -= out[row, VALUE] * by_phi / speed
        for column in range(6):
            out[row, column] *= (edge.trap_charged if row == CHARGE else edge.trap) / speed
    out[CHARGE, VALUE] += edge.trap_fixed
