"""Why a device that should shine gives no light that can be measured, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from halodot.errors import InputError
from halodot.results.balances import current_fates, current_shares, forward_points
from halodot.results.data import Result

#: share of the current that one part must take to be the cause
_MOST = 0.5
#: step in eV that slows carriers markedly, fiftyfold at room temperature
_STEP = 0.1


def causes(result: Result) -> tuple[str, ...]:
    """Return why a device is dark at its highest voltage: where the current goes, and the barriers to the carriers.

    Args:
        result: with a solved device and a stated emitter.
    """
    return (*_largest_part(result), *_steps(result))


def _largest_part(result: Result) -> tuple[str, ...]:
    device_solution = result.device_solution
    forward = np.flatnonzero(forward_points(device_solution)) if device_solution is not None else np.zeros(0)
    if device_solution is None or forward.size == 0:
        return ()
    last = int(forward[np.argmax(device_solution.voltage[forward])])
    place = int(np.flatnonzero(forward == last)[0])
    called = current_fates(device_solution)
    shares = {called[part]: float(share[place]) for part, share in current_shares(device_solution).items()}
    part = max(shares, key=lambda name: shares[name])
    current = f"{0.1 * device_solution.current_density[last]:.2g} mA/cm² at {device_solution.voltage[last]:.2f} V"
    if shares[part] < _MOST:
        return (f"It carries {current}.",)
    return (f"It carries {current}, {100.0 * shares[part]:.0f} % of which is {part}.",)


def _steps(result: Result) -> tuple[str, ...]:
    """Name the highest steps that holes and electrons meet on their way to the emitter."""
    from halodot.device.electrical_stack import electrical_stack

    assert result.stack is not None
    try:
        electrical = electrical_stack(result.stack)
    except InputError:
        return ()
    layers, roles = electrical.layers, [layer.role for layer in electrical.layers]
    if "emitter" not in roles:
        return ()
    emitter = roles.index("emitter")
    holes = [("the anode", electrical.anode.work_function)]
    holes += [(layer.name, layer.transport.ionisation_energy) for layer in layers[: emitter + 1]]
    electrons = [("the cathode", -electrical.cathode.work_function)]
    electrons += [(layer.name, -layer.transport.electron_affinity) for layer in layers[emitter:][::-1]]
    sentences = [_highest(*path) for path in (("holes", holes), ("electrons", electrons))]
    high = " and ".join(text for text in sentences if text)
    return (f"The highest steps on the way to the emitter: {high}.",) if high else ()


def _highest(carriers: str, path: Sequence[tuple[str, float]]) -> str:
    steps = [(after[1] - before[1], before[0], after[0]) for before, after in pairwise(path)]
    step, start, end = max(steps)
    return f"{step:.2f} eV for {carriers} from {start} to {end}" if step > _STEP else ""
