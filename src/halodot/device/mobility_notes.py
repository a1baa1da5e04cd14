"""What the law of a layer's mobilities does not take, where it was not fitted, and what does not follow the heat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.laws.disorder_limits import FITTED, NARROWEST, WIDEST
from halodot.device.laws.mobility_at_temperature import NOT_TAKEN, at_temperature
from halodot.errors import Problem
from halodot.states import DeviceSolution, Layer, Note, Stack, property_of

#: Distance (K) from the temperature at which mobilities are stated from which a layer whose mobilities stay is noted:
#: with the 0.3 to 0.5 eV of organic films 10 K change them by half.
NOTED_DISTANCE = 10.0


def widths(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return the widths of the Gaussian states that a layer's mobilities follow, by carrier [kT].

    Args:
        layer: with its law.
        thermal_voltage: kT/q [V].
    """
    if layer.transport.mobility_law != "extended_gaussian_disorder":
        return {}
    found = {carrier: property_of(layer, f"{carrier}_disorder") / thermal_voltage for carrier in ("electron", "hole")}
    return {carrier: width for carrier, width in found.items() if width > 0.0}


def width_problems(electrical: ElectricalStack) -> list[Problem]:
    """Return where the extended Gaussian disorder model does not exist, with the places.

    Args:
        electrical: layers and contacts.
    """
    problems = []
    for index, layer in zip(electrical.indices, electrical.layers, strict=True):
        if layer.transport.mobility_law != "extended_gaussian_disorder":
            continue
        found, path = widths(layer, electrical.thermal_voltage), f"device.layers[{index}] ({layer.name})"
        if not found:
            text = "extended_gaussian_disorder needs an electron_disorder or a hole_disorder, the width of the states"
            problems.append(Problem(text, path))
        for carrier, width in found.items():
            if not NARROWEST <= width <= WIDEST:
                low, high = (1e3 * limit * electrical.thermal_voltage for limit in (NARROWEST, WIDEST))
                text = (
                    f"{carrier}_disorder is {width:.3g} kT, and extended_gaussian_disorder holds between"
                    f" {NARROWEST:g} and {WIDEST:g} kT ({low:.0f} to {high:.0f} meV at this temperature): below, its"
                    " mobility would fall with the density, above, no film is known. Check the width, or state"
                    " mobility_law: poole_frenkel"
                )
                problems.append(Problem(text, path))
    return problems


def law_notes(layer: Layer, temperature: float) -> Iterator[Note]:
    """Yield what is to be said of the law of a layer's mobilities.

    Args:
        layer: as stated.
        temperature: of the device [K].
    """
    place, law = f"device.layers.{layer.name}", layer.transport.mobility_law
    ignored = [name for name in NOT_TAKEN[law] if property_of(layer, name) != 0.0]
    if ignored:
        text = (
            f"{', '.join(ignored)} of {layer.name} does nothing with mobility_law {law}; remove it, or state another"
            " law."
        )
        yield Note("not followed", text, f"{place}.{ignored[0]}")
    found = widths(layer, BOLTZMANN * temperature / ELEMENTARY_CHARGE)
    outside = {carrier: width for carrier, width in found.items() if not FITTED[0] <= width <= FITTED[1]}
    if outside:
        shown = " and ".join(f"{width:.2g} kT for {carrier}s" for carrier, width in outside.items())
        text = (
            f"The extended Gaussian disorder model was fitted for widths of {FITTED[0]:g} to {FITTED[1]:g} kT; this"
            f" layer has {shown}. Its density and field dependence is extrapolated."
        )
        yield Note("extrapolated", text, f"{place}.mobility_law")


def heat_note(stack: Stack, electrical: ElectricalStack, device_solution: DeviceSolution) -> Note | None:
    """Return a note on the layers whose mobilities stay as stated at a temperature at which they are not known.

    Args:
        stack: layers as stated.
        electrical: those that carry current.
        device_solution: the solved device.
    """
    solved = device_solution.temperature[np.isfinite(device_solution.temperature)]
    if not solved.size:
        return None
    still = []
    for index in electrical.indices:
        layer = stack.layers[index]
        distance = np.abs(solved - layer.transport.mobility_temperature)
        furthest = float(solved[np.argmax(distance)])
        thermal_voltage = BOLTZMANN * furthest / ELEMENTARY_CHARGE
        stays = layer.role != "emitter" and at_temperature(layer, thermal_voltage) is layer
        if stays and distance.max() > NOTED_DISTANCE:
            still.append((layer, furthest))
    if not still:
        return None
    names, furthest = ", ".join(layer.name for layer, _ in still), still[0][1]
    text = (
        f"At {furthest:.0f} K the mobilities of {names} are those stated at"
        f" {still[0][0].transport.mobility_temperature:.0f} K: nothing says how they follow the temperature. In organic"
        " films they change by half in 10 K. State electron_activation_energy and hole_activation_energy, or"
        " mobility_law: extended_gaussian_disorder."
    )
    return Note("missing physics", text, f"device.layers.{still[0][0].name}")


def narrow_note(electrical: ElectricalStack, device_solution: DeviceSolution) -> Note | None:
    """Return a note where a device warms itself until the extended Gaussian disorder model ends.

    Args:
        electrical: the layers that carry current.
        device_solution: the solved device.
    """
    hottest = float(np.nanmax(device_solution.temperature, initial=0.0))
    if hottest == 0.0:
        return None
    thermal_voltage = BOLTZMANN * hottest / ELEMENTARY_CHARGE
    for layer in electrical.layers:
        narrow = {carrier: width for carrier, width in widths(layer, thermal_voltage).items() if width < NARROWEST}
        if narrow:
            shown = " and ".join(f"{width:.3g} kT for {carrier}s" for carrier, width in narrow.items())
            text = (
                f"The device warms itself to {hottest:.0f} K, where the states of {layer.name} are {shown} wide:"
                f" below {NARROWEST:g} kT extended_gaussian_disorder does not hold, and its mobility follows density"
                f" and field as at {NARROWEST:g} kT."
            )
            return Note("extrapolated", text, f"device.layers.{layer.name}.mobility_law")
    return None
