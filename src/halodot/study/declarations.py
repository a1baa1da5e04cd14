"""Which declaration belongs to a path: unit, meaning and validity of every number that a study can have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from halodot.paths import chemical_of, device_word, emitter_word, layer_of, root_of, step_of, word_of
from halodot.states import Chemical, Dots, Film, Flask, Layer, Stack, Step
from halodot.study import library
from halodot.study.model import EmitterNumbers, Run
from halodot.study.records import fields_of

_GIVEN: Mapping[str, type] = {"flask": Flask, "dots": Dots, "film": Film}
#: of what no record declares: ratios of antisolvents
_PLAIN: Mapping[str, Any] = MappingProxyType({"unit": "", "about": "", "valid": "nonnegative"})


def declared(path: str) -> Mapping[str, Any]:
    """Return what is declared of the number that a path names: unit, about, valid, symbol and more.

    Args:
        path: of an input, see :mod:`halodot.paths`.

    Returns:
        The metadata of the field; those of a plain number that is not negative where no record has it.
    """
    item = fields_of(_record_of(path)).get(word_of(path))
    return _PLAIN if item is None or "valid" not in item.metadata else item.metadata


def _record_of(path: str) -> type:
    if layer_of(path) is not None:
        return Layer
    if emitter_word(path):
        return EmitterNumbers
    if device_word(path):
        return Stack
    if step_of(path) is not None:
        return Step
    if chemical_of(path) is not None:
        return Chemical
    root = root_of(path)
    if root in library.STAGES:
        found: type = library.parameter_class(root)
        return found
    return _GIVEN.get(path.split(".")[1], Run) if root == "given" else Run
