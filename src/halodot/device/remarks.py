"""What a device's numbers are taken for where they are not followed as written, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.barriers import CENTRE_CAPTURE, CENTRES, Barrier, broken_gap, tunnelling_barriers
from halodot.device.contact_levels import held_level
from halodot.device.electrical_stack import VELOCITIES, contacts_of, is_electrical, same_material, span_of
from halodot.device.mobility_notes import law_notes
from halodot.device.velocities import pair_velocity
from halodot.errors import InputError
from halodot.states import Contact, Interface, Layer, Note, Stack, interface_above

#: Distance (eV) of a work function from the gap up to which a contact is an ordinary ohmic one, and beyond which its
#: number can hardly belong to this pair: reported work functions of one metal differ by 0.3 eV, not by 1 eV.
NEAR, FAR = 0.3, 1.0


def remarks(stack: Stack) -> tuple[Note, ...]:
    """Return a note for every contact that is moved, and for all of faces and laws that is not taken as written.

    Args:
        stack: layers that are not known yet, such as a film of dots before it is made, are passed over.
    """
    try:
        bottom, top, _ = span_of(stack)
    except InputError:
        return ()
    inner = stack.layers[bottom : top + 1]
    faces = [interface_above(stack, i) for i in range(bottom, top + 1)]
    known = [is_electrical(layer) for layer in inner]
    notes = list(_contacts(stack, bottom, top))
    for k, layer in enumerate(inner):
        notes += law_notes(layer, stack.temperature)
        if all(known[max(k - 1, 0) : k + 2]):
            notes += _tunnelled(layer, tunnelling_barriers(inner, faces[:-1], faces[k], k))
        if all(known[k : k + 2]) and k + 1 < len(inner):
            pair = (layer, inner[k + 1], faces[k])
            notes += (*_generating(*pair), *_without_step(*pair))
    return tuple(notes)


def _contacts(stack: Stack, bottom: int, top: int) -> Iterator[Note]:
    """Yield what is to be said of the two contacts."""
    for contact, touched in zip(contacts_of(stack), (bottom, top), strict=True):
        if contact is None:
            continue
        between = stack.layers[min(contact.layer, touched) + 1 : max(contact.layer, touched)]
        if not any(layer.role == "emitter" for layer in between):
            yield from _contact(stack, contact, stack.layers[touched])


def _contact(stack: Stack, contact: Contact, touched: Layer) -> Iterator[Note]:
    """Yield what is to be said of a contact whose work function lies outside the gap of the layer that it touches."""
    metal = stack.layers[contact.layer]
    low, high = touched.transport.electron_affinity, touched.transport.ionisation_energy
    where = f"device.layers.{metal.name}.work_function"
    off = max(low - contact.work_function, contact.work_function - high)
    if not off > NEAR:
        return  # before a density of states is integrated for a level that nobody hears of
    used = held_level(contact, touched, BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE)
    level, edge = ("LUMO or conduction band", low) if contact.work_function < used else ("HOMO or valence band", high)
    inside = abs(used - edge)
    place = f"{inside:.2g} eV inside the gap from" if inside > 1e-3 else "at"
    yield Note(
        "corrected",
        f"The work function of {metal.name}, {contact.work_function:.4g} eV, is taken as {used:.4g} eV, {place} the"
        f" {level} of {touched.name}: nearer to it the Fermi level is pinned. Current and built-in voltage are"
        f" those of {used:.4g} eV.",
        where,
    )
    if off > FAR:
        yield Note(
            "unlikely",
            f"The work function of {metal.name}, {contact.work_function:.4g} eV, lies {off:.2g} eV outside the gap of"
            f" {touched.name} ({low:.4g} to {high:.4g} eV), further than"
            " contacts do. Check both numbers, and whether the contacts are exchanged.",
            where,
        )


def _tunnelled(layer: Layer, barriers: Sequence[Barrier]) -> Iterator[Note]:
    """Yield what is to be said of an insulator that carriers tunnel through."""
    if not barriers:
        return
    shares = " and ".join(f"{item.share:.2g} of the {item.carrier}s ({item.height:.3g} eV)" for item in barriers)
    text = (
        f"{layer.name} is a barrier of {layer.thickness * 1e9:.3g} nm that is crossed by direct tunnelling: {shares}"
        " that meet it pass. The share is exp(-2 d sqrt(2 m barrier)/hbar), without the field; the mass m is the"
        " tunnelling_mass at one of its faces, that of a free electron where none is stated."
    )
    yield Note("assumed", text, f"device.layers.{layer.name}.thickness")


def _generating(lower: Layer, upper: Layer, interface: Interface) -> Iterator[Note]:
    """Yield what is to be said of an interface across which charges are generated."""
    found = broken_gap(lower, upper, interface.dipole)
    if found is None or interface.trap_density > 0.0:
        return
    electrons, holes = (upper, lower) if found.electrons_above else (lower, upper)
    relation = "below" if found.gap < 0.0 else "close to"
    low, high = electrons.transport.electron_affinity, holes.transport.ionisation_energy
    text = (
        f"The LUMO or conduction band of {electrons.name} ({low:.4g} eV) lies {relation} the HOMO or valence band"
        f" of {holes.name} ({high:.4g} eV): charges are generated across this interface. They are"
        f" taken to pass through centres at {found.middle:.4g} eV, {CENTRES * 1e-4:.2g} 1/cm2 with capture coefficients"
        f" of {CENTRE_CAPTURE * 1e6:.2g} cm3/s, which limit no usual current; state interface_trap_density,"
        " interface_trap_energy and both captures to take others."
    )
    yield Note("assumed", text, f"device.layers.{lower.name}.interface_trap_density")


def _without_step(lower: Layer, upper: Layer, interface: Interface) -> Iterator[Note]:
    """Yield what is to be said of a velocity that is stated where two layers do not differ."""
    if interface.dipole != 0.0 or not same_material(lower, upper):
        return
    for name in VELOCITIES:
        value = getattr(interface, name)
        usual = min(pair_velocity((lower, upper), carrier) for carrier in ("electron", "hole"))
        if math.isfinite(value) and value < usual:
            text = (
                f"{lower.name} and {upper.name} do not differ, so that no step turns carriers back and {value:.3g} m/s"
                " limits nothing. Densities beside an interface without a step that such a velocity limits would be"
                " impossible; give the levels of the two layers if they differ."
            )
            yield Note("not followed", text, f"device.layers.{lower.name}.interface_{name}")
