"""The names of a study's numbers: one grammar for changes, sensitivities, calibrations and given quantities.

A path is a dotted name; an item of a list is counted from 0 in brackets, a layer may also be named::

    flask.exchange_constant                  a parameter of a stage (flask, dots, film, ageing) or of the perovskite
    recipe.pot[3].mass                       a line of the procedure; also work_up[0], film[0], stocks.NAME[2]
    recipe.pot[6].temperature                the same as recipe.pot[6].heat, the word that the line itself has for it
    recipe.pot[3].wash.NAME                  an antisolvent of a wash
    recipe.chemicals.NAME.purity             a reagent
    device.area                              a number of the device
    device.layers.PTAA.thickness             what is stated under a layer, here also as device.layers[3].thickness
    device.emitter.plqy                      the light of the emitting layer
    run.temperature                          a condition
    given.dots.plqy                          a quantity that is not computed

A name may hold dots itself: the last word is the number, what stands before it the name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from halodot.aliases import current

#: an index at the start of the rest of a path, with the dot behind it
INDEX = re.compile(r"\[(\d+)\]\.?")
_STEP = re.compile(r"recipe\.(?:(pot|work_up|film)|stocks\.(.+))\[(\d+)\]\.(?:(wash)\.)?(.+)")
_CHEMICAL = re.compile(r"recipe\.chemicals\.(.+)\.([^.]+)")
_LAYER = re.compile(r"device\.layers(?:\[(\d+)\]|\.(.+))\.([^.\[\]]+)")
_EMITTER = re.compile(r"device\.emitter\.([^.]+)")
#: paths whose parts are remembered: a study has some hundred, and each of its variations looks at all of them
_REMEMBERED = 4096


class StepPath(NamedTuple):
    """A number of a line of the procedure."""

    part: str  # pot | work_up | film | stocks
    stock: str  # of the stocks, else empty
    line: int  # counted from 0
    word: str  # of the number, or the antisolvent of a wash
    is_wash: bool


class LayerPath(NamedTuple):
    """A number that is stated under a layer."""

    name: str  # of the layer, empty where it is counted
    place: int  # from the substrate up, -1 where it is named
    word: str


def present(path: str, where: str = "") -> str:
    """Return a path as it is written now; an old one with a DeprecationWarning.

    Args:
        path: such as ``stack.PTAA.thickness``, which is ``device.layers.PTAA.thickness``.
        where: it was read, for the warning.
    """
    return current("input", path, where)


@lru_cache(maxsize=_REMEMBERED)
def root_of(path: str) -> str:
    """Return the first word of a path: perovskite, flask, dots, film, ageing, recipe, device, run or given."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def word_of(path: str) -> str:
    """Return the last word of a path, the number's own name."""
    return path.rpartition(".")[2]


def layer_path(layer: str, word: str) -> str:
    """Return the path of what is stated under a layer by a word."""
    return f"device.layers.{layer}.{word}"


@lru_cache(maxsize=_REMEMBERED)
def layer_of(path: str) -> LayerPath | None:
    """Return which layer and word a path names, None for other paths."""
    found = _LAYER.fullmatch(path)
    return None if found is None else LayerPath(found[2] or "", int(found[1] or -1), found[3])


def emitter_word(path: str) -> str:
    """Return the word by which a path names a number of the emitter, empty for other paths."""
    found = _EMITTER.fullmatch(path)
    return "" if found is None else found[1]


def device_word(path: str) -> str:
    """Return the word by which a path names a number of the device itself, empty for other paths."""
    root, _, word = path.partition(".")
    return word if root == "device" and word and not set(word) & set(".[") else ""


def step_of(path: str) -> StepPath | None:
    """Return which line of the procedure and word a path names, None for other paths."""
    found = _STEP.fullmatch(path)
    if found is None:
        return None
    return StepPath(found[1] or "stocks", found[2] or "", int(found[3]), found[5], found[4] is not None)


def chemical_of(path: str) -> tuple[str, str] | None:
    """Return which reagent and word a path names, None for other paths."""
    found = _CHEMICAL.fullmatch(path)
    return None if found is None else (found[1], found[2])
