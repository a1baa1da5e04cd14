"""Reads the synthesis: stocks, pot and work-up as the bench writes them, and the reagents that they name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from halodot.errors import InputError
from halodot.nodes import Node
from halodot.states import CHEMICAL_ROLES, Chemical, Recipe, Step
from halodot.study import library, synonyms
from halodot.study.hazards import read_hazards
from halodot.study.reader import Reader, closest_name, nearest
from halodot.study.reagent_names import closest_reagent, described, likely_role
from halodot.study.reagents import completed, doubts
from halodot.study.recipe_checks import (
    check_amount,
    check_antisolvents,
    check_circles,
    check_dispersion,
    check_drawn,
    note_absent,
)
from halodot.study.records import fields_of, missing_fields, numbers_of, read_fields
from halodot.study.verbs import AMOUNTS, ATMOSPHERES, ELSEWHERE, KEPT, PER_DISPERSION, VERBS, allowed, kind_of
from halodot.units import to_si

RECIPE_KEYS = ("stocks", "pot", "work_up", "film", "chemicals", "source", "kind")
#: what no bench exceeds, in SI
LARGEST = {"mass": 100.0, "volume": 1.0, "amount": 1e4, "temperature": 673.15}
_LARGEST_SHOWN = {"mass": "100 kg", "volume": "1000 L", "amount": "10 kmol", "temperature": "400 degC"}
#: relative permittivity above which a liquid takes dots apart: methanol has 33, dimethylformamide 37
_DISSOLVING = 30.0
#: relative permittivity below which a liquid precipitates nothing
_DISPERSING = 4.0
_FORCE = re.compile(r"(?P<number>[\d.,e+ ]*\d)\s*(?:[x×*]\s*g|g|xg|rcf)", re.IGNORECASE)
_OPTIONS = {key for verb in VERBS.values() for key in verb.keys}


@dataclass
class Bench:
    """What the reading of a recipe knows so far."""

    reader: Reader
    root: Path
    own: Mapping[str, Node]  # reagents that the study describes itself
    stocks: tuple[str, ...] = ()
    chemicals: dict[str, Chemical | None] = field(default_factory=dict)


def read_recipe(reader: Reader, node: Node, root: Path) -> Recipe:
    """Read the section ``recipe`` of a study.

    Args:
        reader: collects numbers and problems.
        node: the section.
        root: the library's folder.

    Returns:
        The recipe; what could not be read is left out of it and among the reader's problems.
    """
    items = reader.mapping(node, "recipe", RECIPE_KEYS)
    with reader.origin(items, "recipe"):
        return _read_recipe(reader, node, items, root)


def _read_recipe(reader: Reader, node: Node, items: Mapping[str, Node], root: Path) -> Recipe:
    before = len(reader.problems)
    own = reader.mapping(items["chemicals"], "recipe.chemicals") if "chemicals" in items else {}
    written = reader.mapping(items["stocks"], "recipe.stocks") if "stocks" in items else {}
    bench = Bench(reader, root, own, tuple(written))
    stocks = {name: _steps(bench, steps, f"recipe.stocks.{name}", "stocks") for name, steps in written.items()}
    if "pot" not in items or items["pot"].value in (None, []):
        reader.complain(node.place, "the recipe has no pot; its steps make the dots", "recipe")
    pot, work_up, film = (
        _steps(bench, items[part], f"recipe.{part}", part) if part in items else ()
        for part in ("pot", "work_up", "film")
    )
    if len(reader.problems) == before:  # what the steps say of one another means nothing where one is missing
        if "work_up" in items:
            check_dispersion(reader, items["work_up"], work_up, bench.chemicals)
        if "stocks" in items:
            check_circles(reader, stocks, items)
        check_drawn(reader, stocks, (*pot, *work_up, *film), items)
        note_absent(reader, stocks, pot, work_up)
    for name in own:
        _chemical(bench, name, own[name], "recipe.chemicals")
    chemicals = {name: item for name, item in bench.chemicals.items() if item is not None}
    recipe = Recipe(stocks=stocks, pot=pot, work_up=work_up, chemicals=chemicals, film=film)
    if "work_up" in items and len(reader.problems) == before:
        check_antisolvents(reader, items["work_up"], recipe)
    return recipe


# --------------------------------------------------------------------------------------------------------------- steps


def _steps(bench: Bench, node: Node, path: str, part: str) -> tuple[Step, ...]:
    items = bench.reader.sequence(node, path) if node.value is not None else []
    steps = [_step(bench, item, f"{path}[{index}]", part) for index, item in enumerate(items)]
    return tuple(step for step in steps if step is not None)


def _step(bench: Bench, node: Node, path: str, part: str) -> Step | None:
    reader = bench.reader
    if not isinstance(node.value, dict) or not node.value:
        reader.complain(node.place, f"a step is expected, such as {{heat: 100 degC}}, not {node.kind}", path)
        return None
    word = _verb(bench, node, path, part)
    if not word:
        return None
    verb = VERBS[word]
    items = reader.mapping(node, path, (word, *verb.keys, "note"))
    values: dict[str, Any] = {"kind": kind_of(word), "where": path, "atmosphere": verb.atmosphere}
    values |= _own_value(bench, word, items[word], path)
    for key, name in verb.keys.items():
        if key in items:
            values |= _other_value(bench, name, items[key], f"{path}.{key}")
    if values["kind"] in ("add", "inject"):
        check_amount(reader, bench.stocks, bench.chemicals, values, node)
    if word == "redisperse" and "volume" not in items and reader.lacking(["volume"], path):
        reader.complain(node.place, "the volume of the solvent is missing", path)
    if word == "wash":
        values |= _antisolvents(bench, items[word], "per" in items or not reader.lacking(["per"], path), path)
    return Step(**values)


def _verb(bench: Bench, node: Node, path: str, part: str) -> str:
    """Return the word of a step, empty after a complaint where it is none or belongs to another part of the recipe."""
    assert isinstance(node.value, dict)
    words = list(node.value)
    word, valid = words[0], allowed(part)
    if word not in VERBS and word in _OPTIONS:
        word = next((other for other in words if other in VERBS), word)
    if word not in VERBS:
        message = f"unknown step {word!r}; a step is one of {', '.join(valid)}"
        meant = synonyms.meaning(word, valid)
        bench.reader.complain(node.keys[word], message, path, meant.keys[0] if meant else nearest(word, valid))
        return ""
    if word not in valid:
        vessel = {"pot": "the pot", "film": "this part", "work_up": "the work-up"}.get(part, "a stock")
        where = "" if part == "film" else "film" if VERBS[word].parts == ("film",) else "work_up"
        bench.reader.complain(node.keys[word], f"{vessel} {ELSEWHERE[where].format(word)}", path)
        return ""
    return word


def _own_value(bench: Bench, word: str, node: Node, path: str) -> dict[str, Any]:
    """Read the value that stands right after the verb."""
    reader, what = bench.reader, VERBS[word].value
    if what == "speed":
        return _speed(reader, node, path)
    if what in ("duration", "temperature", "rotation", "pore"):
        return _step_number(reader, what, node, f"{path}.{what}")
    if what == "stock or chemical" and node.value in bench.stocks:
        return {"material": node.value}
    if what in ("chemical", "stock or chemical"):
        return {"material": _name(bench, node, path, bench.stocks if what != "chemical" else ())}
    return {}


def _speed(reader: Reader, node: Node, path: str) -> dict[str, Any]:
    """Read how fast a centrifuge turns, 5000 rpm, or its relative centrifugal force, 8000 g."""
    force = _FORCE.fullmatch(node.value.strip()) if isinstance(node.value, str) else None
    if force is None:
        return _step_number(reader, "rotation", node, f"{path}.rotation")
    return _step_number(reader, "centrifugal_force", Node(node.place, force["number"]), f"{path}.centrifugal_force")


def _other_value(bench: Bench, name: str, node: Node, path: str) -> dict[str, Any]:
    reader = bench.reader
    if name == "of":
        return {name: _name(bench, node, path.rpartition(".")[0])}
    if name == "atmosphere":
        return {name: reader.choice(node, path, ATMOSPHERES)}
    if name == "keep":
        return {name: reader.choice(node, path, KEPT)}
    if name == "per_dispersion":
        return {name: bool(reader.choice(node, path, (PER_DISPERSION,)))}
    return _step_number(reader, name, node, f"{path.rpartition('.')[0]}.{name}")


def _step_number(reader: Reader, name: str, node: Node, path: str) -> dict[str, Any]:
    before = len(reader.problems)
    value = reader.number(node, path, numbers_of(Step)[name], fields_of(Step)[name].metadata["valid"])
    if value is None and name in AMOUNTS and isinstance(node.value, str):
        other = next((key for key in AMOUNTS[:3] if key != name and _measures(node.value, numbers_of(Step)[key])), "")
        if other:
            reader.problems[before:] = [replace(reader.problems[-1], suggestion=f"{other}: {node.value}")]
    if value is not None and value > LARGEST.get(name, math.inf):
        message = f"more than a laboratory handles; at most {_LARGEST_SHOWN[name]} is expected"
        reader.complain(node.place, message, path)
    return {} if value is None else {name: value}


def _measures(text: str, unit: str) -> bool:
    try:
        return to_si(text, unit) > 0.0
    except InputError:
        return False


def _antisolvents(bench: Bench, node: Node, relative: bool, path: str) -> dict[str, Any]:
    """Read ``{ethyl acetate: 1, methyl acetate: 3}``: volumes, or ratios to the volume of the dispersion."""
    found = []
    items = bench.reader.mapping(node, path, None)
    if isinstance(node.value, dict) and not items:
        bench.reader.complain(node.place, "a wash names its antisolvents, such as {ethyl acetate: 6 mL}", path)
    for word, item in items.items():
        name = _name(bench, Node(node.keys[word], word), path)
        before = len(bench.reader.problems)
        value = bench.reader.number(item, f"{path}.wash.{name}", "1" if relative else "m3", "positive")
        bare = isinstance(item.value, str) and item.value.replace(".", "", 1).isdigit()
        if value is None and not relative and bare:
            del bench.reader.problems[before:]
            message = (
                f"{item.value} has no unit; write a volume such as {item.value} mL, or add 'per: {PER_DISPERSION}'"
            )
            bench.reader.complain(item.place, message, path, f"{item.value} mL")
        if value is not None:
            found.append((name, value))
            _check_antisolvent(bench, name, node, path)
    return {"antisolvents": tuple(found)}


def _check_antisolvent(bench: Bench, name: str, node: Node, path: str) -> None:
    """Report a liquid that does not precipitate the dots, or that takes them apart."""
    chemical = bench.chemicals.get(name)
    permittivity = math.nan if chemical is None else chemical.relative_permittivity
    liquid = f"{name} (relative permittivity {permittivity:.1f})"
    place = node.keys.get(name, node.place)
    if permittivity < _DISPERSING:
        message = f"{liquid} keeps the dots in solution; a wash needs an antisolvent such as methyl acetate"
        bench.reader.complain(place, message, path)
    elif permittivity > _DISSOLVING:
        message = f"{liquid} takes the dots apart; methyl acetate, acetone or butanol do not"
        bench.reader.complain(place, message, path)


# ----------------------------------------------------------------------------------------------------------- chemicals


def _name(bench: Bench, node: Node, path: str, also: tuple[str, ...] = ()) -> str:
    """Return the library's name of a reagent and keep the reagent; report a word that is none."""
    word = bench.reader.text(node, path)
    if not word:
        return ""
    if word in bench.own:
        name = word
    else:
        confusing = library.ambiguous(bench.root)
        double = word if word in confusing else next((key for key in confusing if key.lower() == word.lower()), "")
        known = library.find("chemicals", word, bench.root)
        if double and (known is None or double == word):
            candidates, reason = confusing[double]
            message = f"{word!r} is ambiguous: it may mean {' or '.join(candidates)}. {reason}".strip()
            bench.reader.complain(node.place, message, path, candidates[0] if len(candidates) == 1 else "")
            return ""
        if known is None:
            known_names = (*bench.own, *library.aliases("chemicals", bench.root))
            near = closest_name(word, also) or closest_reagent(word, known_names)
            kinds = "stock or chemical" if also else "chemical"
            message = f"unknown {kinds} {word!r}; one that the library has not is described under recipe.chemicals"
            if not near:
                message += f", its own numbers in place of these: {described(word)}"
                message += "" if likely_role(word) else f"; its role is one of {', '.join(CHEMICAL_ROLES)}"
                message += "; halodot library --search finds others"
            bench.reader.complain(node.place, message, path, near)
            return ""
        name = known
    _chemical(bench, name, bench.own.get(name), "recipe.chemicals")
    return name


def _chemical(bench: Bench, name: str, stated: Node | None, path: str) -> None:
    """Keep a reagent: the library's, with what the study says of it laid over."""
    if name in bench.chemicals:
        return
    known = library.find("chemicals", name, bench.root)
    values: dict[str, Any] = {"name": name}
    if known is not None:
        entry = library.chemical(known, bench.root)
        bench.reader.note_taken_from(entry.taken_from, f"{path}.{name}")
        values |= entry.values
        bench.reader.inputs |= {f"{path}.{name}.{key}": item for key, item in entry.inputs.items()}
    if stated is not None:
        allowed = (*(word for word in fields_of(Chemical) if word != "name"), "hazards")
        items = bench.reader.mapping(stated, f"{path}.{name}", allowed)
        if "hazards" in items:  # which the protocol reads again, from the document
            read_hazards(bench.reader, items["hazards"], f"{path}.{name}")
        values |= read_fields(bench.reader, Chemical, items, f"{path}.{name}")
        absent = missing_fields(Chemical, values)
        if absent:
            bench.chemicals[name] = None
            if lacking := bench.reader.lacking(absent, f"{path}.{name}"):
                message = f"{name!r} is not in the library, so its {', '.join(lacking)} must be stated"
                near = closest_reagent(name, library.aliases("chemicals", bench.root))
                bench.reader.complain(stated.place, message, f"{path}.{name}", near)
            return
    values = completed(values)
    for text in doubts(values) if stated is not None else ():
        bench.reader.note("unlikely", text, f"{path}.{name}")
    bench.chemicals[name] = Chemical(**values)
