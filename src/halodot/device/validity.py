"""Where the equations of the device end: what is refused, and what a result is noted to leave out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from halodot.arrays import BoolArray
from halodot.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE
from halodot.device.crowding import highest_densities
from halodot.device.discretisation.physical_limits import LARGEST_EXPONENT
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.mobility_notes import heat_note, narrow_note
from halodot.device.pixel import uneven_pixel
from halodot.errors import Problem
from halodot.states import DeviceSolution, Layer, Note, Stack, property_of

#: Mean field over a layer (V/m) at which nothing that charges pass through is known to hold: organics and perovskites
#: break down at 1e8 to 5e8 V/m.
BREAKDOWN = 5e8
#: Way of heat from a small pixel through 0.7 mm of glass into still air, K m2/W, and a rise that no device survives, K.
GLASS_RESISTANCE, LARGEST_RISE = 1e-3, 300.0
#: Carriers and dopants over states from which Boltzmann's statistics are noted. Half of 163 ordinary stacks have a
#: sheet with more carriers than states before a barrier, 4 % one with a thousand times as many.
OVERFULL, OVERDOPED = 1e3, 10.0
#: Least current (A/m2), and least share of the whole, of which it matters whether a contact supplies it: what makes
#: some 1e-3 cd/m2, and what an efficiency is read to.
LEAST_SUPPLY, LEAST_SHARE = 1e-3, 0.01
#: Current density (A/m2) beyond which no light-emitting device of such films is operated steadily, 1 A/cm2.
LARGEST_OPERATION = 1e4
#: Rise of the temperature (K) from which a kept quantum yield is noted: yields fall by some per mille a kelvin.
LEAST_RISE = 10.0


def field_exponent(layer: Layer, field: float, thermal_voltage: float) -> tuple[float, str]:
    """Return the larger logarithm of what a field does to the mobilities of a layer, and the number that makes it.

    Args:
        layer: with its field laws.
        field: [V/m].
        thermal_voltage: kT/q [V].
    """
    hop = 0.5 * layer.transport.hopping_distance * field / thermal_voltage
    found = [(hop, "hopping_distance")]
    for name in ("electron_field_activation", "hole_field_activation"):
        found.append((property_of(layer, name) * math.sqrt(field), name))
    return max(found)


def field_problems(electrical: ElectricalStack, voltages: Sequence[float]) -> list[Problem]:
    """Return the field laws that are no physics at the mean field of the device, with their places.

    Args:
        electrical: layers and contacts.
        voltages: at the terminals [V], (voltage,).
    """
    built_in = electrical.anode.work_function - electrical.cathode.work_function
    width = sum(layer.thickness for layer in electrical.layers)
    largest = max((abs(voltage - built_in) for voltage in voltages), default=0.0)
    problems = []
    for index, layer in zip(electrical.indices, electrical.layers, strict=True):
        exponent, name = field_exponent(layer, largest / width, electrical.thermal_voltage)
        if exponent > LARGEST_EXPONENT:
            text = (
                f"{name} raises a mobility by exp({exponent:.0f}) at {largest / width * 1e-8:.2g} MV/cm, the mean "
                f"field at the largest voltage; beyond exp({LARGEST_EXPONENT:.0f}) there is no such law. Check the "
                "number and its unit: films have up to 0.02 (cm/V)^0.5 and hops of 0.5 to 10 nm"
            )
            problems.append(Problem(text, f"device.layers[{index}] ({layer.name})"))
    return problems


def validity_notes(stack: Stack, electrical: ElectricalStack, device_solution: DeviceSolution) -> tuple[Note, ...]:
    """Return what the result leaves out at its voltages: breakdown, heat, supply of the contacts, filled states,
    mobilities that stay as stated at another temperature, or whose law ends.

    Args:
        stack: layers and contacts.
        electrical: those that carry current.
        device_solution: the solved device.
    """
    heat = _heat(stack, device_solution)
    found = (
        _breakdown(electrical, device_solution),
        heat,
        _overdriven(stack, device_solution) if heat is None else None,
        _yield_kept(stack, device_solution),
        *_supply(stack, electrical, device_solution),
        _overfull(electrical, device_solution),
        heat_note(stack, electrical, device_solution),
        narrow_note(electrical, device_solution),
        uneven_pixel(stack, device_solution),
    )
    return tuple(note for note in found if note is not None)


def _breakdown(electrical: ElectricalStack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where the voltage across a layer is more than any such layer holds."""
    for index, layer in zip(electrical.indices, electrical.layers, strict=True):
        inside = np.flatnonzero(device_solution.layer_of_node == index)
        drop = np.abs(device_solution.potential[:, inside[-1]] - device_solution.potential[:, inside[0]])
        field = np.nan_to_num(drop) / layer.thickness
        k = _by_size(device_solution, field > BREAKDOWN)
        if k >= 0:
            text = (
                f"from {device_solution.voltage[k]:.3g} V on the mean field in this layer is beyond "
                f"{BREAKDOWN * 1e-8:.0f} MV/cm ({field[k] * 1e-8:.2g} MV/cm): such layers break down, which is not "
                "computed. End the sweep earlier, or check its thickness, permittivity and mobilities."
            )
            return Note("missing physics", text, f"device.layers.{layer.name}")
    return None


def _by_size(device_solution: DeviceSolution, over: BoolArray) -> int:
    """Return the smallest voltage at which a condition holds, -1 for none."""
    places = np.flatnonzero(over & device_solution.converged)
    return int(places[np.argmin(np.abs(device_solution.voltage[places]))]) if places.size else -1


def _heat(stack: Stack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where a device that is held at its temperature makes more heat than glass carries away."""
    power = np.nan_to_num(device_solution.current_density * device_solution.voltage)
    k = _by_size(device_solution, power * GLASS_RESISTANCE > LARGEST_RISE)
    if stack.thermal_resistance > 0.0 or k < 0:
        return None
    text = (
        f"from {device_solution.voltage[k]:.3g} V on the device makes {power[k] * 1e-4:.2g} W/cm2 of heat and "
        f"more and is kept at {stack.temperature - 273.15:.0f} degC; on glass it would be some "
        f"{power[k] * GLASS_RESISTANCE:.0f} K warmer. "
        "State device.thermal_resistance (about 10 K*cm2/W for a small pixel on glass), or end the "
        "sweep earlier."
    )
    return Note("missing physics", text, "device.thermal_resistance")


def _overdriven(stack: Stack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where a light-emitting device is driven harder than any is operated."""
    k = _by_size(device_solution, np.abs(np.nan_to_num(device_solution.current_density)) > LARGEST_OPERATION)
    if k < 0 or stack.emitter is None:
        return None
    text = (
        f"from {device_solution.voltage[k]:.3g} V on the current density is above {LARGEST_OPERATION * 1e-4:g} A/cm2, "
        "which no such device stands in steady operation: pulses apart, numbers from there on are the model's alone. "
        "End the sweep earlier."
    )
    return Note("extrapolated", text, "run.voltage")


def _yield_kept(stack: Stack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where a device warms itself and the yield of its emitter is kept."""
    emitter, warm = stack.emitter, device_solution.temperature
    if emitter is None or emitter.nonradiative_activation_energy > 0.0 or not stack.thermal_resistance > 0.0:
        return None
    rise = float(np.nanmax(warm, initial=stack.temperature)) - stack.temperature
    if not rise > LEAST_RISE:
        return None
    text = (
        f"the device warms itself by up to {rise:.0f} K, and the quantum yield of its emitter is kept as stated: "
        "roll-off and luminance at high current are an upper bound. State nonradiative_activation_energy, from the "
        "photoluminescence of such a film by temperature."
    )
    return Note("missing physics", text, "device.emitter.nonradiative_activation_energy")


def _supply(stack: Stack, electrical: ElectricalStack, device_solution: DeviceSolution) -> list[Note | None]:
    """Return notes on contacts in equilibrium of which more carriers are drawn than reach them from the metal."""
    electrons = device_solution.current_density - device_solution.shunt_current - device_solution.hole_leakage
    holes = device_solution.current_density - device_solution.shunt_current - device_solution.electron_leakage
    anode, cathode = (-1, 0) if electrical.flipped else (0, -1)
    n, p = device_solution.electron_density, device_solution.hole_density
    drawn = (
        ("anode", "hole", electrical.anode.hole_velocity, holes, p[:, anode]),
        ("anode", "electron", electrical.anode.electron_velocity, -device_solution.electron_leakage, n[:, anode]),
        ("cathode", "electron", electrical.cathode.electron_velocity, electrons, n[:, cathode]),
        ("cathode", "hole", electrical.cathode.hole_velocity, -device_solution.hole_leakage, p[:, cathode]),
    )
    velocity = math.sqrt(BOLTZMANN * stack.temperature / (2.0 * math.pi * ELECTRON_MASS))
    notes: list[Note | None] = []
    for name, carrier, limit, current, density in drawn:
        supply = ELEMENTARY_CHARGE * velocity * density
        least = np.maximum(supply, np.maximum(LEAST_SUPPLY, LEAST_SHARE * np.abs(device_solution.current_density)))
        k = _by_size(device_solution, np.nan_to_num(current - least) > 0.0) if math.isinf(limit) else -1
        if k >= 0:
            text = (
                f"from {device_solution.voltage[k]:.3g} V on {current[k] * 0.1:.2g} mA/cm2 of {carrier}s leave the "
                f"{name}, which holds its density of equilibrium although no more than {supply[k] * 0.1:.2g} mA/cm2 "
                f"reach it from the metal (q n v, v = {velocity:.1e} m/s). State contact_{carrier}_velocity, or check "
                "the barrier and the mobilities beside it."
            )
            notes.append(Note("missing physics", text, f"device.layers.{name}"))
    return notes


def _overfull(electrical: ElectricalStack, device_solution: DeviceSolution) -> Note | None:
    """Return a note on the layer whose carriers or dopants exceed its states most, where Boltzmann's statistics hold.

    The emitting layer has a note of its own.
    """
    worst, place = 1.0, None
    for index, layer in zip(electrical.indices, electrical.layers, strict=True):
        if layer.transport.statistics != "boltzmann" or layer.role == "emitter":
            continue
        electrons, holes = highest_densities(device_solution, index)
        for carriers, most, states, dopants in (
            ("electrons", electrons, layer.transport.electron_density_of_states, layer.transport.donor_density),
            ("holes", holes, layer.transport.hole_density_of_states, layer.transport.acceptor_density),
        ):
            k = int(np.argmax(most))
            over = max(float(most[k]) / states / OVERFULL, dopants / states / OVERDOPED)
            if over > worst:
                worst, place = over, (layer, carriers, k, max(float(most[k]), dopants), states)
    if place is None:
        return None
    layer, carriers, k, most_held, states = place
    held = f"{most_held * 1e-6:.1e} {carriers}/cm3 in {states * 1e-6:.1e} states/cm3"
    text = (
        f"at {device_solution.voltage[k]:.3g} V this layer holds {held} with Boltzmann's statistics, which fill a "
        "state more than once. State statistics: fermi_dirac, or gaussian with electron_disorder and hole_disorder, or "
        "check levels and doping."
    )
    return Note("missing physics", text, f"device.layers.{layer.name}.statistics")
