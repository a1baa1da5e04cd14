"""Changes a tree before it is checked: ``recipe.stocks.ligand[0].amount=0.3 mmol``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import Node, Place, plain, read_text
from halodot.paths import INDEX, present, root_of
from halodot.study.layers import material_key
from halodot.study.reader import nearest
from halodot.study.records import CONTACTS
from halodot.study.steps import step_words
from halodot.study.verbs import VERBS

#: first words of paths that name a number of the computation and not a place in the text
INPUT_ROOTS = ("perovskite", "flask", "dots", "film", "ageing")
#: numbers whose place in the text has another name than the number
_STATED_AS = {"run.lifetime_luminance": "run.lifetime.luminance"}


def override(root: Node, text: str) -> None:
    """Change one value of a tree in place; an empty value takes the entry out.

    Args:
        root: the whole study.
        text: ``path=value``, see :mod:`halodot.paths`; a path that starts with a stage (``flask.exchange_constant``)
            sets a parameter of its model.

    Raises:
        InputError: no ``=``, or the path leads nowhere.
    """
    path, equals, written = text.partition("=")
    path = present(path.strip(), "--set")
    path = _STATED_AS.get(path, path)
    name = f"--set {path}"
    if not equals or not path:
        raise InputError(Problem(f"{text!r} has no '='; path=value is expected", file="--set"))
    place = Place(name, 1, len(path) + 2 if not written else 1, written)
    value = Node(place, None) if not written.strip() else read_text(written, name)
    if root_of(path) in INPUT_ROOTS:
        parameters = _child(root, "parameters", place)
        _store(parameters, path, value, place)
        return
    _walk(root, path, value, place)


def _walk(node: Node, path: str, value: Node, place: Place) -> None:
    if isinstance(node.value, list):
        _walk_list(node.value, path, value, place)
        return
    if not isinstance(node.value, dict):
        raise InputError(Problem(f"there is nothing below {node.kind} here ({path!r})", file=place.file))
    if path.startswith("["):
        raise InputError(Problem(f"a mapping has no {path!r}; its keys are {', '.join(node.value)}", file=place.file))
    key, rest = _key(node.value, path)
    if not rest:
        _store(node, key, value, place)
    elif rest.startswith("[") and key not in node.value:
        message = f"there is no {key!r} here; the keys are {', '.join(node.value)}"
        raise InputError(Problem(message, file=place.file, suggestion=nearest(key, node.value)))
    elif key == "layers" and isinstance(node.value.get(key), Node) and isinstance(node.value[key].value, list):
        _walk_layers(node.value[key], rest, value, place)
    else:
        _walk(_child(node, key, place), rest, value, place)


def _walk_list(items: list[Node], path: str, value: Node, place: Place) -> None:
    whole = place.file.removeprefix("--set ")
    if root_of(whole) == "recipe" and not path.startswith("["):
        path = _counted(items, path, whole.removesuffix(path).rstrip("."), place)
    index, rest, _ = _item(items, path, place)
    if rest and root_of(whole) == "recipe":
        rest, value = _as_a_step_says(items[index], rest, value)
    if rest:
        _walk(items[index], rest, value, place)
    elif value.value is None:
        del items[index]
    else:
        items[index] = value


def _as_a_step_says(step: Node, path: str, value: Node) -> tuple[str, Node]:
    """Return the path below a step, and the value, by the word that the step has for a number of the study.

    The ``temperature`` of ``{heat: 150 degC}`` is its ``heat``, the ``duration`` of a centrifuge its ``time``.
    """
    items = step.value if isinstance(step.value, dict) else {}
    word = next((key for key in items if key in VERBS), "")
    name, dot, rest = path.partition(".")
    if not word or name in (word, "note", *VERBS[word].keys):
        return path, value
    what = VERBS[word].value
    if name == what or (what == "speed" and name in ("rotation", "centrifugal_force")):
        is_force = name == "centrifugal_force" and isinstance(value.value, str) and not value.value.endswith("g")
        return f"{word}{dot}{rest}", Node(value.place, f"{value.value} g") if is_force else value
    key = next((key for key, field in VERBS[word].keys.items() if field == name), name)
    return f"{key}{dot}{rest}", value


def _counted(steps: list[Node], path: str, before: str, place: Place) -> str:
    """Return the path of what is named of a step with its number in place of the name, where only one can be meant.

    Raises:
        InputError: a step is named as a whole, by a word of several, or by a word of none; with the paths that exist.
    """
    word, _, rest = path.partition(".")
    by_verb = [index for index, step in enumerate(steps) if _first_key(step) == word]
    if rest and len(by_verb) == 1:
        return f"[{by_verb[0]}].{rest}"
    stated = [(index, plain(steps[index])) for index in by_verb]
    found = [f"{before}[{k}].{key} ({step_words(own[key])})" for k, own in stated if (key := rest or word) in own]
    if not found:
        found = list(_numbers_of_the_reagent(steps, path, before))
    if not found:
        found = [f"{before}[{index}] ({step_words(plain(step))})" for index, step in enumerate(steps)]
    message = f"steps are counted from 0 in the order of the recipe, such as {', '.join(found)}"
    suggestion = found[0].partition(" (")[0] if len(found) == 1 else ""
    raise InputError(Problem(message, file=place.file, suggestion=suggestion))


def _first_key(step: Node) -> str:
    return next(iter(step.value), "") if isinstance(step.value, dict) else ""


def _numbers_of_the_reagent(steps: list[Node], path: str, before: str) -> Iterator[str]:
    """Yield the paths, with values, of what is stated with a reagent by whose name a path begins."""
    for index, step in enumerate(steps):
        verb = _first_key(step)
        items: dict[str, Any] = plain(step) if verb else {}
        reagent = str(items.get(verb, ""))
        if reagent and (path == reagent or path.startswith(f"{reagent}.")):
            wanted = path[len(reagent) + 1 :]
            for key in [key for key in items if key not in (verb, "note", "of") and wanted in ("", key)]:
                yield f"{before}[{index}].{key} ({step_words(items[key])})"


def _walk_layers(node: Node, path: str, value: Node, place: Place) -> None:
    """Change a layer in whichever of its forms it is written: ``glass``, ``{PTAA: 30 nm}`` or the long one.

    A layer without a property is its thickness, a bare contact its work function.
    """
    items = node.value
    assert isinstance(items, list)
    index, rest, named = _item(items, path, place, _layer_name)
    if not rest and not (named and isinstance(value.value, str)):
        _walk_list(items, f"[{index}]", value, place)
        return
    layer = items[index]
    if isinstance(layer.value, str):
        layer = Node(layer.place, {layer.value: Node(layer.place, None)}, {layer.value: layer.place})
        items[index] = layer
    alone = "thickness"
    if isinstance(layer.value, dict) and layer.value:
        material = _layer_name(layer)
        inner = layer.value[material].value
        alone = "work_function" if material in CONTACTS else "thickness"
        rest = rest or alone
        if rest == material or rest.startswith(f"{material}."):
            pass
        elif isinstance(inner, dict) and "value" not in inner:
            rest = f"{material}.{rest}"
        elif (rest == alone or rest.startswith(f"{alone}.")) and alone not in layer.value:
            rest = material + rest.removeprefix(alone)
    _walk(layer, rest or alone, value, place)


def _layer_name(layer: Node) -> str:
    """Return the material of a layer, by which it is named."""
    return (material_key(layer.value) or _first_key(layer)) if isinstance(layer.value, dict) else ""


def _item(
    items: list[Node], path: str, place: Place, name_of: Callable[[Node], str] = _first_key
) -> tuple[int, str, bool]:
    """Find the item of a list by [index] or by name: its index, what is left of the path, whether it was named."""
    found = INDEX.match(path)
    if found:
        index = int(found[1])
        if index >= len(items):
            raise InputError(Problem(f"the list has {len(items)} items, counted from 0", file=place.file))
        return index, path[found.end() :], False
    names: dict[str, int] = {}
    for index, item in enumerate(items):
        word = item.value if isinstance(item.value, str) else name_of(item)
        names.setdefault(word, index)
    for name in sorted(names, key=len, reverse=True):
        if name and (path == name or path.startswith(f"{name}.")):
            return names[name], path[len(name) + 1 :], True
    word = path.split(".", 1)[0]
    message = f"no item {word!r} in the list; count them from [0] or name one of {', '.join(names)}"
    raise InputError(Problem(message, file=place.file, suggestion=nearest(word, names)))


def _key(items: dict[str, Node], path: str) -> tuple[str, str]:
    """Take the first key off a path: the longest that exists, else up to the next dot or bracket."""
    for key in sorted(items, key=len, reverse=True):
        if path == key:
            return key, ""
        if path.startswith((f"{key}.", f"{key}[")):
            return key, path[len(key) :].removeprefix(".")
    head = re.split(r"\.|(?=\[)", path, maxsplit=1)
    return head[0], head[1] if len(head) > 1 else ""


def _child(node: Node, key: str, place: Place) -> Node:
    assert isinstance(node.value, dict)
    if key not in node.value or node.value[key].value is None:
        node.value[key] = Node(place, {})
        node.keys.setdefault(key, place)
    return node.value[key]


def _store(node: Node, key: str, value: Node, place: Place) -> None:
    if not isinstance(node.value, dict):
        raise InputError(Problem(f"there is nothing below {node.kind} here ({key!r})", file=place.file))
    if value.value is None:
        node.value.pop(key, None)
        return
    node.value[key] = value
    node.keys[key] = place
