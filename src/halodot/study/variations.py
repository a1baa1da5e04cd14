"""How far devices of one study differ: what varies from batch to batch and from pixel to pixel.

What the study states under ``spread`` counts, the library has what is usual for the rest. None of it is the uncertainty
of an input: see :mod:`halodot.study.spread`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from halodot.errors import InputError
from halodot.nodes import Node, Place, read_file
from halodot.paths import layer_of
from halodot.sources import Sourced
from halodot.states import Stack
from halodot.study import library
from halodot.study.model import Study
from halodot.study.reader import Reader, nearest
from halodot.study.spread import LEVELS, PIXELS, SHORTS, Deviation, Level, StatedSpread, counts, fits, levels


@dataclass(frozen=True)
class VariedInput:
    """How far one input differs between devices."""

    path: str
    value: float  # SI, about which it varies
    unit: str
    by_level: Mapping[Level, Deviation]

    @property
    def relative(self) -> bool:
        """Whether it varies by factors; numbers with a unit beside a share make it vary by differences."""
        return all(item.relative for item in self.by_level.values()) and self.value > 0.0

    def sd(self, level: Level) -> float:
        """Return the standard deviation of a level: of the logarithm where it varies by factors, else in SI.

        Args:
            level: "batch" or "pixel".
        """
        found = self.by_level.get(level)
        if found is None:
            return 0.0
        if self.relative:
            return math.sqrt(math.log1p(found.entry.value**2))
        return found.entry.value * (abs(self.value) if found.relative else 1.0)

    @property
    def total(self) -> float:
        """Standard deviation of all levels together, as :meth:`sd`."""
        return math.hypot(*(self.sd(level) for level in LEVELS))


@dataclass(frozen=True)
class Variations:
    """All that differs between the devices of a study."""

    items: tuple[VariedInput, ...]
    pixels_per_batch: Deviation  # its value is a count
    shorts: Deviation  # defects that short a pixel [1/m2]
    area: float  # of a pixel as stated [m2]


class UsualSpread(NamedTuple):
    """What the library has: by how a layer is made, by pattern of paths, and of shorts and pixels."""

    layers: Mapping[str, Mapping[Level, Deviation]]
    numbers: Mapping[str, Node]
    pixels_per_batch: Deviation
    shorts: Deviation


@cache
def usual_spread(root: Path = library.ROOT) -> UsualSpread:
    """Return the variations of the library.

    Args:
        root: the library's folder.

    Raises:
        InputError: the file is wrong.
    """
    node = read_file(root / "variations.yaml")
    reader = Reader(library.source_keys(root))
    items = reader.mapping(node, "variations", (PIXELS, SHORTS, "layers", "numbers"))
    pixels, shorts = counts(reader, items, "variations", "the library")
    made = reader.mapping(items["layers"], "variations.layers", ("bought", "solution", "evaporated"))
    layers = {key: levels(reader, one, f"variations.layers.{key}", ("m",), "the library") for key, one in made.items()}
    if reader.problems or pixels is None or shorts is None:
        raise InputError(reader.problems or "variations.yaml lacks shorts or pixels_per_batch")
    return UsualSpread(layers, reader.mapping(items["numbers"], "variations.numbers"), pixels, shorts)


def how_made(stack: Stack | None) -> dict[str, str]:
    """Return how each layer is taken to be made: bought, from solution, or evaporated; the substrate is left out.

    Args:
        stack: of a study, from the substrate up.
    """
    if stack is None:
        return {}
    layers = [layer for layer in stack.layers if layer.role != "substrate"]
    top = max((k for k, layer in enumerate(layers) if layer.role == "emitter"), default=len(layers) - 2)
    made = {}
    for k, layer in enumerate(layers):
        bought = k == 0 and layer.role == "electrode"
        made[layer.name] = "bought" if bought else "solution" if k <= top else "evaporated"
    return made


def variations_of(study: Study, more: StatedSpread | None = None, root: Path = library.ROOT) -> Variations:
    """Return all that differs between the devices of a study: what it states itself, the library's for the rest.

    Args:
        study: with its section ``spread``, if any.
        more: what counts before the study's own.
        root: the library's folder.

    Returns:
        The variations in the order of the study's inputs; what is stated as 0 is left out.

    Raises:
        InputError: the library is wrong.
    """
    usual, made = usual_spread(root), how_made(study.stack)
    stated = [one for one in (more, study.spread) if one is not None]
    found = []
    for path, entry in study.inputs.items():
        told = _usual(usual, path, entry, made, root)
        for one in reversed(stated):
            own = [given for pattern, given in one.by_path.items() if fits(path, pattern)]
            told |= own[-1] if own else {}
        found_levels = {level: item for level, item in told.items() if item.entry.value > 0.0}
        item = VariedInput(path, entry.value, entry.unit, found_levels)
        if found_levels and math.isfinite(entry.value) and item.total > 0.0:
            found.append(item)
    pixels = next((one.pixels_per_batch for one in stated if one.pixels_per_batch), usual.pixels_per_batch)
    shorts = next((one.shorts for one in stated if one.shorts), usual.shorts)
    return Variations(tuple(found), pixels, shorts, study.stack.area if study.stack is not None else math.nan)


def _usual(
    usual: UsualSpread, path: str, entry: Sourced, made: Mapping[str, str], root: Path
) -> dict[Level, Deviation]:
    """Return what the library says of an input."""
    if (layer := layer_of(path)) is not None:
        how = made.get(layer.name, "") if layer.word == "thickness" else ""
        return dict(usual.layers[how]) if how else {}
    for pattern, node in usual.numbers.items():
        if fits(path, pattern):
            reader = Reader(library.source_keys(root))
            told = levels(reader, node, f"variations.{pattern}", (entry.unit,), "the library")
            return told if not reader.problems else {}  # 1 s does not fit a number of another unit
    return {}


def stated_by_hand(study: Study, stated: Mapping[str, Mapping[str, str]]) -> StatedSpread:
    """Return standard deviations that a caller states.

    Args:
        study: whose inputs they are of.
        stated: by path or pattern and level, such as ``{"device.area": {"pixel": "3 %"}}``.

    Raises:
        InputError: a path is no input, a level is none, or a number is negative or cannot be read.
    """
    by_path: dict[str, Mapping[Level, Deviation]] = {}
    reader = Reader(library.source_keys(), default_source="stated with the command")
    for path, own in stated.items():
        units = {entry.unit for name, entry in study.inputs.items() if fits(name, path)}
        place = Place(file=path)
        if not units:
            reader.complain(place, "is no number of the study that could vary", "", nearest(path, study.inputs))
            continue
        node = Node(place, {level: Node(place, text) for level, text in own.items()}, dict.fromkeys(own, place))
        by_path[path] = levels(reader, node, "", units, "the caller")
    if reader.problems:
        raise InputError(reader.problems)
    return StatedSpread(by_path)
