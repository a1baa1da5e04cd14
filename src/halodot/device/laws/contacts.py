"""Potential and quasi-Fermi levels at the contacts, which are in equilibrium with their electrodes."""

from __future__ import annotations

from halodot.compiled import kernel


@kernel
def anode_values(built_in: float, bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the anode, over Vt; their derivatives by the bias are 1, -1 and 0.

    Args:
        built_in: rise of phi from cathode to anode at zero bias [Vt].
        bias: internal voltage [Vt].
    """
    return built_in + bias, -bias, 0.0


@kernel
def cathode_values(bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the cathode, over Vt; their derivatives by the bias are 0, 0 and -1.

    Args:
        bias: internal voltage [Vt].
    """
    return 0.0, 0.0, -bias
