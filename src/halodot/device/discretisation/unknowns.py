"""The one enumeration of the equations and of their unknowns, by which assembly, solver and derivatives address them.

Block i has as unknowns phi, w and z of node i and the flows of both carriers along edge i; as rows, Poisson's equation
and the two continuity equations of node i and the two flux equations of edge i. Beside the blocks stand the global
unknowns: the internal voltage, and the activity of the ions of every region.
"""

from __future__ import annotations

from halodot.arrays import Array
from halodot.compiled import kernel

#: Rows of a block.
POISSON, ELECTRON_CONTINUITY, HOLE_CONTINUITY, ELECTRON_FLUX, HOLE_FLUX = range(5)
#: Columns of a block.
PHI, ELECTRON_LEVEL, HOLE_LEVEL, ELECTRON_FLOW, HOLE_FLOW = range(5)
#: The index sets of a block: which columns are quasi-Fermi levels and flows, which rows are continuity and flux.
LEVELS, FLOWS = (ELECTRON_LEVEL, HOLE_LEVEL), (ELECTRON_FLOW, HOLE_FLOW)
CONTINUITY, FLUX = (ELECTRON_CONTINUITY, HOLE_CONTINUITY), (ELECTRON_FLUX, HOLE_FLUX)
#: What each row is called in messages.
EQUATIONS = ("Poisson", "electron continuity", "hole continuity", "electron flux", "hole flux")

#: Unknowns of a block; its first ones, those of the node, are what the block before couples to.
BLOCK_SIZE, COUPLED = 5, 3
#: Right-hand sides that are always there: the residual, and the derivative by the internal voltage.
COLUMNS = 2

#: Global unknowns: the internal voltage over Vt, and the activity of the ions of the first region.
INTERNAL_VOLTAGE, FIRST_ACTIVITY = 0, 1


@kernel
def terminal_flow(state: Array) -> float:
    """Return the flow through the layers, F_n - F_p at the anode [1/m2/s].

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
    """
    value: float = state[0, ELECTRON_FLOW] - state[0, HOLE_FLOW]
    return value
