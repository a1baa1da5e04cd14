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
from halodot.states import Chemical, Recipe, Step
from halodot.study import library, synonyms
from halodot.study.reader import Reader, closest_name, nearest
from halodot.study.reagents import completed
from halodot.study.records import fields_of, missing_fields, numbers_of, read_fields
from halodot.units import to_si

RECIPE_KEYS = ("stocks", "pot", "work_up", "chemicals", "source", "kind")
#: what no bench exceeds, in SI
LARGEST = {"mass": 100.0, "volume": 1.0, "amount": 1e4, "temperature": 673.15}
#: relative permittivities between which a liquid precipitates dots without dissolving them
ANTISOLVENT = (4.0, 20.0)
AMOUNTS = ("mass", "volume", "amount", "equivalents")
ATMOSPHERES = ("argon", "nitrogen", "vacuum", "air")
PER_DISPERSION = "volume of dispersion"

#: verb -> (what its own value is, the other keys that it takes with the field of the step that they fill)
VERBS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "add": ("chemical", {**{key: key for key in AMOUNTS}, "of": "of", "under": "atmosphere"}),
    "inject": ("stock or chemical", {**{key: key for key in AMOUNTS}, "of": "of", "under": "atmosphere"}),
    "dry": ("duration", {"temperature": "temperature", "under": "atmosphere"}),
    "heat": ("temperature", {"hold": "duration", "under": "atmosphere"}),
    "hold": ("duration", {"temperature": "temperature", "under": "atmosphere"}),
    "cool": ("temperature", {"over": "duration", "under": "atmosphere"}),
    "centrifuge": ("speed", {"time": "duration", "keep": "keep"}),
    "wash": ("antisolvents", {"per": "per_dispersion"}),
    "redisperse": ("chemical", {"volume": "volume"}),
    "filter": ("pore", {}),
}
_OPTIONS = {key for _, keys in VERBS.values() for key in keys}
_PREPARATION = ("add", "inject", "dry", "heat", "hold", "cool")
_PURIFICATION = ("centrifuge", "wash", "redisperse", "filter")


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
    stocks = {name: _steps(bench, steps, f"recipe.stocks.{name}", _PREPARATION) for name, steps in written.items()}
    if "pot" not in items or items["pot"].value in (None, []):
        reader.complain(node.place, "the recipe has no pot; its steps make the dots", "recipe")
    pot = _steps(bench, items["pot"], "recipe.pot", _PREPARATION) if "pot" in items else ()
    every = (*_PREPARATION, *_PURIFICATION)
    work_up = _steps(bench, items["work_up"], "recipe.work_up", every) if "work_up" in items else ()
    if len(reader.problems) == before:  # what the steps say of one another means nothing where one is missing
        if "work_up" in items:
            _check_dispersion(reader, items["work_up"], work_up)
        _check_drawn(reader, stocks, (*pot, *work_up), items)
        _note_absent(reader, stocks, pot, work_up)
    for name in own:
        _chemical(bench, name, own[name], "recipe.chemicals")
    chemicals = {name: item for name, item in bench.chemicals.items() if item is not None}
    return Recipe(stocks=stocks, pot=pot, work_up=work_up, chemicals=chemicals)


# --------------------------------------------------------------------------------------------------------------- steps


def _steps(bench: Bench, node: Node, path: str, verbs: tuple[str, ...]) -> tuple[Step, ...]:
    items = bench.reader.sequence(node, path) if node.value is not None else []
    steps = [_step(bench, item, f"{path}[{index}]", verbs) for index, item in enumerate(items)]
    return tuple(step for step in steps if step is not None)


def _step(bench: Bench, node: Node, path: str, verbs: tuple[str, ...]) -> Step | None:
    reader = bench.reader
    if not isinstance(node.value, dict) or not node.value:
        reader.complain(node.place, f"a step is expected, such as {{heat: 100 degC}}, not {node.kind}", path)
        return None
    words = list(node.value)
    kind = words[0]
    if kind not in VERBS and kind in _OPTIONS:
        kind = next((word for word in words if word in VERBS), kind)
    if kind not in VERBS:
        message = f"unknown step {kind!r}; a step is one of {', '.join(VERBS)}"
        meant = synonyms.meaning(kind, VERBS)
        reader.complain(node.keys[kind], message, path, meant.keys[0] if meant else nearest(kind, VERBS))
        return None
    if kind not in verbs:
        place = "the pot" if ".pot" in path else "a stock"
        message = f"{place} holds no purified dispersion: a {kind} belongs to work_up, after the pot has made the dots"
        reader.complain(node.keys[kind], message, path)
        return None
    items = reader.mapping(node, path, (kind, *VERBS[kind][1], "note"))
    values: dict[str, Any] = {"kind": kind, "where": path}
    values |= _own_value(bench, kind, items[kind], path)
    for key, name in VERBS[kind][1].items():
        if key in items:
            values |= _other_value(bench, name, items[key], path)
    if kind in ("add", "inject"):
        _check_amount(bench, kind, values, node, path)
    if kind == "redisperse" and "volume" not in items and reader.lacking(["volume"], path):
        reader.complain(node.place, "the volume of the solvent is missing", path)
    if kind == "wash":
        values |= _antisolvents(bench, items[kind], "per" in items or not reader.lacking(["per"], path), path)
    return Step(**values)


def _own_value(bench: Bench, kind: str, node: Node, path: str) -> dict[str, Any]:
    """Read the value that stands right after the verb."""
    reader, what = bench.reader, VERBS[kind][0]
    if what in ("duration", "temperature"):
        return _step_number(reader, what, node, path)
    if what == "speed":
        _rotation(reader, node, f"{path}.centrifuge")
    elif what == "pore":
        reader.value(node, f"{path}.filter", "m", "positive")
    elif what == "stock or chemical" and node.value in bench.stocks:
        return {"material": node.value}
    elif what in ("chemical", "stock or chemical"):
        return {"material": _name(bench, node, path, bench.stocks if what != "chemical" else ())}
    return {}


def _rotation(reader: Reader, node: Node, path: str) -> None:
    """Check the speed of a centrifuge; a multiple of gravity is no speed without the radius of the rotor."""
    text = node.value if isinstance(node.value, str) else ""
    if re.fullmatch(r"[\d.,e ]+(?:[x×*]\s*g|g|xg|rcf)", text, re.IGNORECASE):
        message = f"{text!r} is a relative centrifugal force; state the rotation in rpm, sqrt(RCF/(1.118e-5 r[cm]))"
        reader.complain(node.place, f"{message} for a rotor of radius r", path)
    else:
        reader.value(node, path, "rad/s", "positive")


def _other_value(bench: Bench, name: str, node: Node, path: str) -> dict[str, Any]:
    reader = bench.reader
    if name == "of":
        return {name: _name(bench, node, path)}
    if name == "atmosphere":
        return {name: reader.choice(node, f"{path}.under", ATMOSPHERES)}
    if name == "keep":
        return {name: reader.choice(node, f"{path}.keep", ("liquid", "solid"))}
    if name == "per_dispersion":
        return {name: bool(reader.choice(node, f"{path}.per", (PER_DISPERSION,)))}
    return _step_number(reader, name, node, path)


def _step_number(reader: Reader, name: str, node: Node, path: str) -> dict[str, Any]:
    before = len(reader.problems)
    value = reader.number(node, f"{path}.{name}", numbers_of(Step)[name], fields_of(Step)[name].metadata["valid"])
    if value is None and name in AMOUNTS and isinstance(node.value, str):
        other = next((key for key in AMOUNTS[:3] if key != name and _measures(node.value, numbers_of(Step)[key])), "")
        if other:
            reader.problems[before:] = [replace(reader.problems[-1], suggestion=f"{other}: {node.value}")]
    if value is not None and value > LARGEST.get(name, math.inf):
        shown = {"mass": "100 kg", "volume": "1000 L", "amount": "10 kmol", "temperature": "400 degC"}[name]
        reader.complain(node.place, f"more than a laboratory handles; at most {shown} is expected", f"{path}.{name}")
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
    low, high = ANTISOLVENT
    place = node.keys.get(name, node.place)
    if permittivity < low:
        message = f"{name} (relative permittivity {permittivity:.1f}) keeps the dots in solution"
        bench.reader.complain(place, f"{message}; a wash needs an antisolvent such as methyl acetate", path)
    elif permittivity > high:
        message = (
            f"{name} (relative permittivity {permittivity:.1f}) dissolves iodide dots; the models stop at {high:.0f}"
        )
        bench.reader.complain(place, f"{message}; esters such as methyl acetate are what they know", path)


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
            valid = (*bench.own, *also, *library.aliases("chemicals", bench.root))
            kinds = "stock or chemical" if also else "chemical"
            message = f"unknown {kinds} {word!r}; one that the library has not is described under recipe.chemicals"
            bench.reader.complain(node.place, f"{message}: {_described(word)}", path, closest_name(word, valid))
            return ""
        name = known
    _chemical(bench, name, bench.own.get(name), "recipe.chemicals")
    return name


def _described(word: str) -> str:
    """Return how a reagent of one's own is described at least."""
    needed = ", ".join(f"{key}: ..." for key in missing_fields(Chemical, ("name",)))
    return f"{{{word}: {{{needed}}}}}"


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
        allowed = tuple(word for word in fields_of(Chemical) if word != "name")
        items = bench.reader.mapping(stated, f"{path}.{name}", allowed)
        values |= read_fields(bench.reader, Chemical, items, f"{path}.{name}")
        absent = missing_fields(Chemical, values)
        if absent:
            bench.chemicals[name] = None
            if lacking := bench.reader.lacking(absent, f"{path}.{name}"):
                message = f"{name!r} is not in the library, so its {', '.join(lacking)} must be stated"
                near = closest_name(name, library.aliases("chemicals", bench.root))
                bench.reader.complain(stated.place, message, f"{path}.{name}", near)
            return
    bench.chemicals[name] = Chemical(**completed(values))


# -------------------------------------------------------------------------------------------------------------- checks


def _check_amount(bench: Bench, kind: str, values: Mapping[str, Any], node: Node, path: str) -> None:
    """Report a reagent without an amount or with two, and a volume of what has no density."""
    assert isinstance(node.value, dict)
    stated = [key for key in AMOUNTS if key in node.value]
    reader, material = bench.reader, values.get("material", "")
    if material in bench.stocks:
        extra = [key for key in stated if key != "volume"]
        if extra:
            reader.complain(node.keys[extra[0]], f"a stock is injected by volume, or whole, not by {extra[0]}", path)
        return
    if not material and kind == "inject":
        return  # it may be a stock, which is injected whole
    if len(stated) != 1 and len(reader.lacking(AMOUNTS, path)) == len(AMOUNTS):
        what = "no amount" if not stated else " and ".join(stated)
        message = f"{what} stated; one of {', '.join(AMOUNTS)} is expected"
        reader.complain(node.keys.get(kind, node.place), message, path)
    both = len(reader.lacking(("equivalents", "of"), path)) == 2
    if both and ("equivalents" in stated) != ("of" in node.value):
        message = "equivalents need the chemical that they count: {equivalents: 1.5, of: 5-aminopentanoic acid}"
        reader.complain(node.keys.get("of", node.keys.get("equivalents", node.place)), message, path)
    chemical = bench.chemicals.get(material)
    readable = "volume" in stated and reader.lacking(["volume"], path)
    if readable and chemical is not None and math.isnan(chemical.density):
        message = f"a volume of {material} needs its density, which the library does not have; state a mass"
        reader.complain(node.keys["volume"], message, path)


def _check_dispersion(reader: Reader, node: Node, steps: tuple[Step, ...]) -> None:
    """Report steps that need dots in a solvent while there are none, and the reverse."""
    places = {f"recipe.work_up[{index}]": item.place for index, item in enumerate(reader.sequence(node, ""))}
    dispersed = True
    for step in steps:
        place = places[step.where]
        if step.kind == "redisperse" and dispersed:
            reader.complain(place, "there is no precipitate to redisperse; wash first", step.where)
        elif step.kind in ("wash", "filter", "inject") and not dispersed:
            message = f"a {step.kind} needs a dispersion, but the dots are a precipitate here; redisperse them first"
            reader.complain(place, message, step.where)
        elif step.kind == "centrifuge" and step.keep == "liquid" and not dispersed:
            message = "the dots are a precipitate here, and the liquid that is kept holds none of them; keep the solid"
            reader.complain(place, message, step.where, "keep: solid")
        if step.kind == "redisperse":
            dispersed = True
        elif step.kind == "wash" or (step.kind == "centrifuge" and step.keep == "solid"):
            dispersed = False


def _check_drawn(
    reader: Reader, stocks: Mapping[str, tuple[Step, ...]], steps: tuple[Step, ...], items: Mapping[str, Node]
) -> None:
    """Report a stock from which more is taken than was made."""
    for name, made in stocks.items():
        volume = math.fsum(step.volume for step in made if step.volume > 0)
        drawn = [step for step in steps if step.material == name and step.kind == "inject"]
        taken = math.fsum(step.volume for step in drawn if step.volume > 0)
        if volume > 0 and taken > 1.05 * volume:
            message = f"{taken * 1e6:.3g} mL of {name!r} are injected, but only {volume * 1e6:.3g} mL were made"
            reader.complain(items["stocks"].keys[name], message, f"recipe.stocks.{name}")
        if not drawn:
            reader.note("not followed", f"the stock {name!r} is made and never injected", f"recipe.stocks.{name}")


def _note_absent(
    reader: Reader, stocks: Mapping[str, tuple[Step, ...]], pot: tuple[Step, ...], work_up: tuple[Step, ...]
) -> None:
    """Note equivalents of a chemical that the same vessel does not hold: they are none."""
    for steps in (*stocks.values(), (*pot, *work_up)):
        present = {step.material for step in steps if step.kind in ("add", "inject")}
        present |= {step.material for name in present & set(stocks) for step in stocks[name]}
        for step in steps:
            if step.of and step.of not in present:
                message = f"equivalents of {step.of!r}, of which there is none, are none"
                reader.note("not followed", message, step.where)
