"""What a study says itself of how far its devices differ: its section ``spread``.

This is about what differs between devices, not about what is not known of them: the ``sd`` of an input is its
uncertainty and says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from halodot.nodes import Node
from halodot.sources import KINDS, Sourced
from halodot.study.reader import Reader, nearest

Level = Literal["batch", "pixel"]
LEVELS: tuple[Level, ...] = ("batch", "pixel")
#: words of the section that are no paths
PIXELS, SHORTS = "pixels_per_batch", "shorts"
_DENSITY = "1/m2"
_SD_KEYS = ("value", "kind", "source", "about")
_MOST_PIXELS = 10_000


class Deviation(NamedTuple):
    """One standard deviation of what varies, with its origin."""

    entry: Sourced  # a share of the value [1] where relative, else in the unit of the input
    relative: bool
    stated_by: str  # the study, the library, or the caller


@dataclass(frozen=True)
class StatedSpread:
    """What a study or a caller says of its own: by pattern of paths and level, and of shorts and pixels."""

    by_path: Mapping[str, Mapping[Level, Deviation]] = field(default_factory=dict)
    pixels_per_batch: Deviation | None = None
    shorts: Deviation | None = None


# ------------------------------------------------------------------------------------------------------------- reading


def read_spread(reader: Reader, node: Node, inputs: Mapping[str, Sourced]) -> StatedSpread:
    """Read the section ``spread`` of a study.

    Args:
        reader: collects problems.
        node: the section.
        inputs: of the study, by path.

    Returns:
        What could be read.
    """
    by_path: dict[str, Mapping[Level, Deviation]] = {}
    items = reader.mapping(node, "spread")
    for key, item in items.items():
        if key in (PIXELS, SHORTS):
            continue
        matched = [path for path in inputs if fits(path, key)]
        if not matched:
            message = f"the study has no number {key!r} that could vary"
            reader.complain(node.keys[key], message, "spread", nearest(key, inputs))
            continue
        units = {inputs[path].unit for path in matched}
        by_path[key] = levels(reader, item, f"spread.{key}", units, "the study")
    return StatedSpread(by_path, *counts(reader, items, "spread", "the study"))


def counts(
    reader: Reader, items: Mapping[str, Node], path: str, stated_by: str
) -> tuple[Deviation | None, Deviation | None]:
    """Return pixels of a batch and density of shorts where they are stated."""
    pixels = reader.quantity(items[PIXELS], f"{path}.{PIXELS}", "1", "positive") if PIXELS in items else None
    if pixels is not None and not (pixels.value == int(pixels.value) and 1 <= pixels.value <= _MOST_PIXELS):
        reader.complain(items[PIXELS].place, f"is not a whole number from 1 to {_MOST_PIXELS}", f"{path}.{PIXELS}")
        pixels = None
    shorts = reader.quantity(items[SHORTS], f"{path}.{SHORTS}", _DENSITY) if SHORTS in items else None
    return (
        None if pixels is None else Deviation(pixels, False, stated_by),
        None if shorts is None else Deviation(shorts, False, stated_by),
    )


def levels(reader: Reader, node: Node, path: str, units: Iterable[str], stated_by: str) -> dict[Level, Deviation]:
    """Return the standard deviations of the levels that are named."""
    items = reader.mapping(node, path, LEVELS)
    found: dict[Level, Deviation] = {}
    for level in LEVELS:
        if (
            level in items
            and (one := deviation(reader, items[level], f"{path}.{level}".strip("."), tuple(units))) is not None
        ):
            found[level] = one._replace(stated_by=stated_by)
    return found


def deviation(reader: Reader, node: Node, path: str, units: tuple[str, ...]) -> Deviation | None:
    """Return one standard deviation, written bare (5 %, 0.3 nm) or as a mapping with its origin."""
    items = {"value": node} if not isinstance(node.value, dict) else reader.mapping(node, path, _SD_KEYS)
    if "value" not in items:
        reader.complain(node.place, "the key 'value' is missing", path)
        return None
    text = items["value"].value
    relative = isinstance(text, str) and is_share(text)
    if not relative and len(units) > 1:
        message = "names numbers of several units; write a share such as 5 %"
        reader.complain(items["value"].place, message, path)
        return None
    unit = "1" if relative else units[0]
    value = reader.spread(items["value"], path, unit)
    kind = reader.choice(items["kind"], f"{path}.kind", KINDS) if "kind" in items else reader.default_kind
    texts = {key: reader.text(items[key], f"{path}.{key}") for key in ("source", "about") if key in items}
    if "source" in items:
        reader.check_source(texts["source"], items["source"], path)
    if value is None:
        return None
    if relative and value > 1.0 and "%" not in str(text):
        message = f"{text!r} has no unit and would be a share of {100.0 * value:.4g} %; write its unit"
        reader.complain(items["value"].place, message, path, f"{text} %")
        return None
    source = texts.get("source", reader.default_source)
    return Deviation(Sourced(value, unit, kind or "assumed", source, about=texts.get("about", "")), relative, "")


def is_share(text: str) -> bool:
    """Whether a standard deviation is a share of its value: a number in per cent or without a unit.

    Args:
        text: as it is written.
    """
    bare = text.strip().removesuffix("%").strip()
    try:
        float(bare)
    except ValueError:
        return False
    return True


def fits(path: str, pattern: str) -> bool:
    """Whether a path is a pattern's, in which * stands for any text and a bracket for itself.

    Args:
        path: of an input.
        pattern: a path, or one with *.
    """
    return path == pattern or fnmatchcase(path, pattern.replace("[", "[[]"))
