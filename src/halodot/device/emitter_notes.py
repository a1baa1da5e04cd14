"""What a solved device says of its emitter that its numbers do not show."""

from __future__ import annotations

import numpy as np

from halodot.device.crowding import highest_densities
from halodot.states import DeviceSolution, Layer, Note, Stack

#: Carriers over states from which Boltzmann's statistics no longer tell how many there are: with exp(-eta) for
#: 1/(1 + exp(eta)) the density is off by more than a factor of four.
OVERFULL = 3.0
_OVERFILLED = (
    "at {voltage:.2f} V the emitter holds {density:.1e} {carriers}/cm3 in {states:.1e} states/cm3: with Boltzmann's "
    "statistics more carriers than states gather before a barrier, and the field, recombination and roll-off there are "
    "not to be trusted. State statistics: gaussian with electron_disorder and hole_disorder, as a film of dots has, or "
    "fermi_dirac."
)


def emitter_notes(stack: Stack, device_solution: DeviceSolution) -> tuple[Note, ...]:
    """Return a note where the emitting layer holds far more carriers than it has states, at the first such voltage.

    Args:
        stack: layers, one of them the emitter.
        device_solution: the solved device.
    """
    index = next((place for place, layer in enumerate(stack.layers) if layer.role == "emitter"), None)
    if index is None or stack.layers[index].transport.statistics != "boltzmann":
        return ()
    layer = stack.layers[index]
    electrons, holes = highest_densities(device_solution, index)
    found = []
    for carriers, most, states in (
        ("electrons", electrons, layer.transport.electron_density_of_states),
        ("holes", holes, layer.transport.hole_density_of_states),
    ):
        over = np.flatnonzero(most > OVERFULL * states)
        if over.size:
            found.append((float(device_solution.voltage[over[0]]), carriers, float(most[over[0]]), states))
    return (_overfilled(layer, *min(found)),) if found else ()


def _overfilled(layer: Layer, voltage: float, carriers: str, density: float, states: float) -> Note:
    text = _OVERFILLED.format(voltage=voltage, density=density * 1e-6, carriers=carriers, states=states * 1e-6)
    return Note("missing physics", text, f"device.layers.{layer.name}.statistics")
