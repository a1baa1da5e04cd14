"""How the layers of a study are written: which word stands for the material, and what is stated beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from halodot.learn.knobs import Knob, knobs_of
from halodot.paths import layer_of, layer_path
from halodot.study import Study, library
from halodot.study.layers import material_key
from halodot.study.records import CONTACTS

#: keys by which a mapping is a number with its origin
OF_A_NUMBER = frozenset({"value", "low", "high", "sd", "about", "method", "shared"})


@dataclass(frozen=True)
class WrittenLayer:
    """A layer as the study writes it."""

    material: str  # the word for it, by which ``--set`` finds the layer
    stated: Mapping[str, Any]  # what is stated, by the words of a layer


def written_layers(document: Mapping[str, Any]) -> list[WrittenLayer]:
    """Return the layers of a study as it writes them, from the substrate up.

    Args:
        document: the study as dictionaries, lists, texts and numbers.
    """
    device = document.get("device")
    items = device.get("layers") if isinstance(device, Mapping) else None
    return [written_layer(item) for item in items] if isinstance(items, list) else []


def written_layer(item: Any) -> WrittenLayer:
    """Return one layer in whichever form it is written: ``glass``, ``{PTAA: 30 nm}`` or the long one."""
    if not isinstance(item, Mapping) or not item:
        return WrittenLayer(str(item), {})
    material = material_word(item)
    inner = item.get(material)
    stated = {key: value for key, value in item.items() if key != material}
    if isinstance(inner, Mapping) and not set(inner) & OF_A_NUMBER:
        stated |= inner
    elif inner is not None:
        stated["work_function" if material in CONTACTS else "thickness"] = inner
    return WrittenLayer(material, stated)


def material_word(item: Mapping[str, Any]) -> str:
    """Return the key of a layer that is its material."""
    return material_key(item) or next(iter(item))


def written_text(value: Any) -> str:
    """Return a value as it is written, the number alone of one that is stated with its origin; empty for none."""
    if isinstance(value, Mapping):
        return written_text(value.get("value"))
    return "" if value is None or isinstance(value, list) else str(value)


def stated_parameters(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths of the numbers that a study replaces under ``parameters``."""
    parameters = document.get("parameters")
    return frozenset(_leaves(parameters, "")) if isinstance(parameters, Mapping) else frozenset()


def _leaves(items: Mapping[str, Any], before: str) -> Iterator[str]:
    for key, item in items.items():
        path = f"{before}.{key}" if before else key
        if isinstance(item, Mapping) and "value" not in item:
            yield from _leaves(item, path)
        else:
            yield path


@dataclass(frozen=True, eq=False)
class Reading:
    """A study with what is looked up of it again and again."""

    study: Study
    layers: tuple[WrittenLayer, ...]
    parameters: frozenset[str]  # paths of the numbers that it replaces
    knobs: Mapping[str, Knob]
    bibliography: str


@lru_cache(maxsize=4)
def reading_of(study: Study) -> Reading:
    """Return a study with what is looked up of it again and again."""
    layers = tuple(written_layers(study.document))
    return Reading(study, layers, stated_parameters(study.document), knobs_of(study), library.bibliography())


def set_path(reading: Reading, path: str) -> str:
    """Return by which path ``--set`` changes an input of a study: that of a parameter where one stands over it.

    Args:
        reading: of the study.
        path: of an input.
    """
    over = path in reading.parameters or path in reading.study.priors
    return f"parameters.{path}" if over else path


def settable(study: Study, path: str) -> str:
    """Return by which path ``--set`` changes an input, whatever name its layer has and wherever it is stated.

    Args:
        study: as it is read.
        path: of an input.
    """
    reading, layer = reading_of(study), layer_of(path)
    if layer is None or study.stack is None:
        return set_path(reading, path)
    place = next((k for k, one in enumerate(study.stack.layers) if one.name == layer.name), layer.place)
    return layer_set_path(reading, place, study.stack.layers[place].name, layer.word)


def layer_set_path(reading: Reading, place: int, name: str, word: str) -> str:
    """Return by which path ``--set`` changes what is stated under a layer.

    Args:
        reading: of the study.
        place: of the layer, from the substrate up.
        name: of the layer.
        word: of a layer.
    """
    path = layer_path(name, word)
    changed = set_path(reading, path)
    if changed != path:
        return changed
    found = next((at for at, layer in enumerate(reading.layers) if layer.material == name), -1)
    return path if found == place else f"device.layers[{place}].{word}"
