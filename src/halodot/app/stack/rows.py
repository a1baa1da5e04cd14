"""The layers of a device as the rows of a drawing to scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from halodot.app.stack.properties import Property, layer_property
from halodot.app.stack.written import reading_of
from halodot.states import Layer, Stack
from halodot.study import Study

#: of a layer by its role, as the report's figures have them; dark letters can be read on all
COLOURS: Mapping[str, str] = {
    "substrate": "#dce9f2",
    "electrode": "#b0b0b0",
    "injection": "#d0d0d0",
    "transport": "#f0e442",
    "emitter": "#f08a3c",
}
#: height of the drawing without its substrate, and the least in which a layer can be seen and hit
HEIGHT, LEAST = 500.0, 30.0  # px
#: thickness from which a layer is a slab that is not drawn to scale
_SLAB = 1e-6  # m
_LEVELS = ("electron_affinity", "ionisation_energy", "work_function")


@dataclass(frozen=True)
class LayerRow:
    """One layer of the drawing."""

    place: int  # from the substrate up
    name: str
    material: str
    role: str
    contact: str  # anode, cathode, or empty
    emits: bool
    thickness: Property
    levels: tuple[Property, ...]  # those that it has or may have: LUMO, HOMO, work function
    colour: str
    height: float  # px
    to_scale: bool


def layer_rows(study: Study) -> tuple[LayerRow, ...]:
    """Return the layers of a study from the substrate up, none where it has no device.

    Args:
        study: as it is read.
    """
    if study.stack is None:
        return ()
    stack, reading = study.stack, reading_of(study)
    heights = drawn_heights([layer.thickness for layer in stack.layers])
    rows = []
    for place, layer in enumerate(stack.layers):
        levels = [layer_property(reading, place, word) for word in _levels_of(stack, place)]
        height, to_scale = heights[place]
        rows.append(
            LayerRow(
                place=place,
                name=layer.name,
                material=layer.material,
                role=layer.role,
                contact=_contact(reading.layers[place].stated.get("contact"), layer),
                emits=layer.role == "emitter",
                thickness=layer_property(reading, place, "thickness"),
                levels=tuple(item for item in levels if item.text or item.origin == "film"),
                colour=COLOURS[layer.role],
                height=height,
                to_scale=to_scale,
            )
        )
    return tuple(rows)


def drawn_heights(thicknesses: list[float]) -> list[tuple[float, bool]]:
    """Return how high each layer is drawn [px], and whether that is to scale.

    A layer that would be too low to be hit, one of no stated thickness and a slab are not to scale.

    Args:
        thicknesses: [m], (layer,).
    """
    scaled = [value if value < _SLAB else 0.0 for value in thicknesses]
    free: set[int] = {place for place, value in enumerate(scaled) if value > 0.0}
    scale = 0.0
    while free:
        room = max(HEIGHT - LEAST * (len(scaled) - len(free)), LEAST * len(free))
        scale = room / sum(scaled[place] for place in free)
        low = {place for place in free if scaled[place] * scale < LEAST}
        if not low:
            break
        free -= low
    return [
        (round(scaled[place] * scale, 1), True) if place in free else (LEAST, False) for place in range(len(scaled))
    ]


def _levels_of(stack: Stack, place: int) -> tuple[str, ...]:
    """Return the levels that a layer has by its role."""
    if stack.layers[place].role in ("transport", "emitter"):
        return _LEVELS[:2]
    return _LEVELS[2:] if any(one and one.layer == place for one in (stack.anode, stack.cathode)) else ()


def _contact(written: object, layer: Layer) -> str:
    """Return which contact a layer is."""
    return str(written) if written else layer.material if layer.material in ("anode", "cathode") else ""


def described(row: LayerRow) -> str:
    """Return a layer in a sentence, for those who do not see the drawing.

    Args:
        row: of the drawing.
    """
    parts = [row.role if not row.contact else row.contact]
    parts.append(row.thickness.text or "of no stated thickness")
    parts += [f"{item.label} {item.text}" for item in row.levels if item.text]
    scale = "" if row.to_scale or math.isnan(row.thickness.value) else ", not drawn to scale"
    return f"{row.name}: {', '.join(parts)}{scale}"


def in_short(row: LayerRow) -> str:
    """Return what tells a layer at a glance: its levels [eV], or what it does.

    Args:
        row: of the drawing.
    """
    levels = [item.text.removesuffix(" eV") for item in row.levels if item.text.endswith(" eV")]
    if row.emits or not levels or (row.contact and row.contact != row.name):
        return row.contact or row.role
    return " / ".join(levels)
