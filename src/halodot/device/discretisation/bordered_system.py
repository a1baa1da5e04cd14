"""The equations of the global unknowns: the circuit around the layers, and the number of ions in every region."""

from __future__ import annotations

from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import part
from halodot.device.discretisation.equations import Equations
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import ELECTRON_FLOW, HOLE_FLOW, INTERNAL_VOLTAGE, PHI, terminal_flow
from halodot.device.laws.ions import ion_density


class Circuit(NamedTuple):
    """A series resistance, and a shunt across the layers behind it, in units of Vt and of the flow of particles.

    ``terminal voltage = internal voltage + resistance (flow + shunt internal voltage)``.
    """

    resistance: float  # internal voltage lost for a flow, R_s q/Vt with R_s in ohm m2, m2 s
    shunt: float  # flow for an internal voltage, G Vt/q with G in S/m2, 1/m2/s


@part
def fill_schur_system(
    device: Device, circuit: Circuit, terminal: float, global_unknowns: Array, state: Array, e: Equations, schur: Array
) -> None:
    """Fill the Schur system of the bordered equations: the changes of internal voltage and activities.

    The circuit's equation and the conservation of the ions of each region, linearised along the solved columns of the
    blocks.

    Args:
        device: parameters of nodes and edges [SI].
        circuit: series resistance and shunt.
        terminal: voltage at the terminals [Vt].
        global_unknowns: internal voltage [Vt] and activities [kT], (1 + regions,).
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        e: the equations with their solved columns.
        schur: [Vt, kT], (1 + regions, 2 + regions), leaves with the matrix and, as its last column, the right side.
    """
    size = global_unknowns.size
    r, bias, x = circuit.resistance, global_unknowns[INTERNAL_VOLTAGE], e.right
    flow = terminal_flow(state) + x[0, ELECTRON_FLOW, 0] - x[0, HOLE_FLOW, 0]
    for k in range(schur.shape[0]):
        for c in range(schur.shape[1]):
            schur[k, c] = 0.0
    schur[0, size] = terminal - bias - r * (flow + circuit.shunt * bias)
    schur[0, 0] = 1.0 + r * (circuit.shunt + x[0, ELECTRON_FLOW, 1] - x[0, HOLE_FLOW, 1])
    for k in range(1, size):
        schur[0, k] = r * (e.ion_columns[0, ELECTRON_FLOW, k - 1] - e.ion_columns[0, HOLE_FLOW, k - 1])
        schur[k, k] = e.ion_balance[k - 1, 1]
        schur[k, size] = e.ion_balance[k - 1, 0]
    if size == 1:
        return
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region >= 0:
                sign, phi = device.ions[region, 1], state[i, PHI] + node.dipole
                slope = ion_density(sign, node.ion_sites, global_unknowns[1 + region], phi)[1] * sign * node.volume
                at = i - 1 if node.second else i
                schur[1 + region, size] += slope * x[at, PHI, 0]
                schur[1 + region, 0] -= slope * x[at, PHI, 1]
                for k in range(1, size):
                    schur[1 + region, k] -= slope * e.ion_columns[at, PHI, k - 1]
