"""The device as it is built: its layers to scale, and its levels before contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.placing import spread
from halodot.report.style import COLOURS, GREY, NANOMETRE, heading, label, panels, shown
from halodot.states import Array, Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: height of a substrate in the drawing, which is no longer to scale [nm], and the thickest layer that is
_SUBSTRATE, _THICKEST = 40.0, 1000.0
_FILLS = {
    "substrate": "#DCE9F2",
    "electrode": "#9A9A9A",
    "injection": "#C9C9C9",
    "transport": "#F0E442",
    "emitter": COLOURS[1],
}
_LUMO, _HOMO = COLOURS[0], COLOURS[1]
_LETTERS = 11  # of a layer's name below its levels
_ROOM = 0.55  # of an electronvolt above and below the levels, for their numbers


def stack(stacks: Mapping[str, Stack]) -> Figure:
    """Draw the layers to scale above their levels before contact, one pair of panels a device."""
    figure, axes = panels(2 * len(stacks), height=58.0, share_x=False)
    for (layers, levels), (name, item) in zip(zip(axes[::2], axes[1::2]), stacks.items()):
        _draw_layers(layers, item)
        heading(layers, name)
        draw_levels(levels, item)
    return figure


def flat_bands(stacks: Mapping[str, Stack]) -> Figure:
    """Draw the levels of the layers and the work functions of the contacts before contact, one panel a device."""
    figure, axes = panels(len(stacks), height=58.0, share_x=False)
    for panel, (name, item) in zip(axes, stacks.items()):
        draw_levels(panel, item)
        heading(panel, name)
    return figure


def has_levels(item: Stack) -> bool:
    """Return whether a stack states the levels of a layer."""
    return any(np.isfinite(layer.transport.electron_affinity) for layer in item.layers)


def drawn_thicknesses(item: Stack) -> Array:
    """Return how high each layer is drawn [nm], (layer,): to scale but for a substrate, unknown, or over 1 um."""
    real = np.array([layer.thickness for layer in item.layers]) / NANOMETRE
    return np.where(~(real <= _THICKEST) | [layer.role == "substrate" for layer in item.layers], _SUBSTRATE, real)


def _draw_layers(axes: Axes, item: Stack) -> None:
    high = drawn_thicknesses(item)
    lower = np.cumsum(high) - high
    for layer, bottom, height in zip(item.layers, lower, high):
        axes.bar(0.5, height, width=1.0, bottom=bottom, color=_FILLS[layer.role], edgecolor="white", linewidth=0.4)
    middle, top = lower + 0.5 * high, float(np.sum(high))
    places = spread(middle, np.full(high.size, 0.072 * top), 0.0)
    axes.set_ylim(0.0, max(top, float(places[-1]) + 0.04 * top))
    axes.set_xlim(0.0, 3.0)
    for layer, centre, place, drawn in zip(item.layers, middle, places, high):
        thickness = layer.thickness / NANOMETRE
        real = (
            "of no stated thickness"
            if not np.isfinite(thickness)
            else f"{thickness:.3g} nm"
            if thickness < _THICKEST
            else f"{thickness * 1e-6:.3g} mm"
        )
        scale = "" if np.isclose(drawn, thickness) else ", not to scale"
        axes.plot([1.0, 1.12, 1.22], [centre, place, place], color=GREY, linewidth=0.5)
        text = axes.text(1.26, place, f"{shown(layer.name, 22)}, {real}{scale}", va="center", ha="left")
        text.set_parse_math(False)
    axes.set_xticks([])
    label(axes, vertical="Position (nm)")


def draw_levels(axes: Axes, item: Stack) -> None:
    """Draw the gap of every layer with levels as a box, and the work functions of the contacts as lines."""
    contacts = {one.layer: one.work_function for one in (item.anode, item.cathode) if one is not None}
    seen = [
        index
        for index, layer in enumerate(item.layers)
        if index in contacts or np.isfinite(layer.transport.electron_affinity)
    ]
    energies: list[float] = []
    for place, index in enumerate(seen):
        layer = item.layers[index]
        if index in contacts:
            energies.append(-contacts[index])
            axes.plot([place - 0.4, place + 0.4], [energies[-1]] * 2, color="black", linewidth=1.4)
            axes.text(place, energies[-1] + 0.08, f"{contacts[index]:.2f}", ha="center", va="bottom")
            continue
        lumo, homo = -layer.transport.electron_affinity, -layer.transport.ionisation_energy
        axes.bar(place, lumo - homo, width=0.84, bottom=homo, color=_FILLS[layer.role], alpha=0.35, linewidth=0)
        for energy, colour, side, away in ((lumo, _LUMO, "bottom", 0.08), (homo, _HOMO, "top", -0.08)):
            axes.plot([place - 0.42, place + 0.42], [energy, energy], color=colour, linewidth=1.2)
            axes.text(place, energy + away, f"{-energy:.2f}", ha="center", va=side)
            energies.append(energy)
    axes.set_ylim(min(energies) - _ROOM, max(energies) + _ROOM)
    axes.set_xlim(-0.6, len(seen) - 0.4)
    names = [shown(item.layers[index].name, _LETTERS) for index in seen]
    axes.set_xticks(range(len(seen)), names, rotation=30, ha="right", rotation_mode="anchor")
    for text in axes.get_xticklabels():
        text.set_parse_math(False)
    axes.tick_params(axis="x", length=0)
    label(axes, vertical="Energy vs. vacuum (eV)")
