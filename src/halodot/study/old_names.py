"""Brings a study that is written with the names of the last release to those of this one, with a note for each."""

from __future__ import annotations

from collections.abc import Iterator

from halodot.aliases import current, message, renamed
from halodot.nodes import Node
from halodot.states import Note

#: records whose fields the states of ``given`` are
_GIVEN = {"flask": "Flask", "dots": "Dots", "film": "Film"}


def with_present_names(study: Node) -> tuple[Note, ...]:
    """Rename in place what a study names with an old word, and return one note for each, at its first place.

    Args:
        study: the text; what is no mapping where one is expected is left to the readers.
    """
    found: list[Note] = []
    sections = study.value if isinstance(study.value, dict) else {}
    for name, path, node in _records(sections):
        found += _renamed_keys(node, [f"{name}."] if name else [], path)
    for key in ("given", "parameters"):
        if key in sections:
            found += _renamed_paths(sections[key], key)
    return tuple({note.text: note for note in reversed(found)}.values())[::-1]


def _records(sections: dict[str, Node]) -> Iterator[tuple[str, str, Node]]:
    """Yield every mapping that states a record: the record, the path, the text."""
    device = _items(sections.get("device"))
    if "device" in sections:
        yield "Stack", "device", sections["device"]
    if "emitter" in device:
        yield "EmitterNumbers", "device.emitter", device["emitter"]
    layers = device["layers"].value if "layers" in device else None
    for index, layer in enumerate(layers if isinstance(layers, list) else ()):
        yield "Layer", f"device.layers[{index}]", layer
        for inner in list(_items(layer).values()):
            yield "Layer", f"device.layers[{index}]", inner
    for stage, state in _items(sections.get("given")).items():
        if stage in _GIVEN:
            yield _GIVEN[stage], f"given.{stage}", state
            samples = _items(state).get("samples")
            for sample in samples.value if samples is not None and isinstance(samples.value, list) else ():
                yield "Dispersion", f"given.{stage}.samples", sample


def _items(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _renamed_keys(node: Node, records: list[str], path: str) -> Iterator[Note]:
    """Rename the keys of a mapping that are old fields of a record, or old keys of a study."""
    for key in list(_items(node)):
        for kind, word in (*(("field", record + key) for record in records), ("key", key)):
            if renamed(kind, word):
                yield _rename(node, key, current(kind, word, path), path)
                break


def _renamed_paths(node: Node, section: str) -> Iterator[Note]:
    """Rename the keys of a section that are old paths of inputs or, of given states, of their fields."""
    for key in list(_items(node)):
        stage, dot, name = key.partition(".")
        if section == "given" and dot and renamed("field", f"{_GIVEN.get(stage, '')}.{name}"):
            yield _rename(node, key, f"{stage}.{current('field', f'{_GIVEN[stage]}.{name}', section)}", section)
        elif section == "parameters":
            inner = node.value[key] if isinstance(node.value, dict) else node
            if isinstance(inner.value, dict) and "value" not in inner.value:
                yield from _renamed_below(node, key, inner)
                if not inner.value and key.startswith("stack"):
                    del _items(node)[key]
            elif renamed("input", key):
                yield _rename(node, key, current("input", key, section), section)


def _renamed_below(parameters: Node, before: str, inner: Node) -> Iterator[Note]:
    """Take old names out of nested parameters, ``dots: {charged_share: ...}``, and write them as whole paths."""
    assert isinstance(parameters.value, dict)
    for key, item in list(_items(inner).items()):
        path = f"{before}.{key}"
        if isinstance(item.value, dict) and "value" not in item.value:
            yield from _renamed_below(parameters, path, item)
            if not item.value:
                del _items(inner)[key]
        elif renamed("input", path):
            parameters.value[path] = _items(inner).pop(key)
            parameters.keys[path] = inner.keys.get(key, inner.place)
            yield _rename(parameters, path, current("input", path, "parameters"), "parameters")


def _rename(node: Node, old: str, new: str, path: str) -> Note:
    """Give an item of a mapping another key at its place; what is written with both names has the value of the old."""
    assert isinstance(node.value, dict)
    items = {new if key == old else key: item for key, item in node.value.items() if key != new}
    node.value.clear()
    node.value.update(items)
    node.keys[new] = node.keys.pop(old, node.place)
    return Note("assumed", f"{message(old, new)}.", path)
