"""Writes the tables of the pages of docs from the declarations; --check compares.

A table stands between the lines ``<!-- table: NAME -->`` and ``<!-- end -->``; what stands around it is kept.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from halodot import states
from halodot.lab import all_methods, as_text
from halodot.lab.method import Role
from halodot.names import QUANTITIES
from halodot.states import STATED, Stack
from halodot.study.library import emitter_classes
from halodot.study.model import EmitterNumbers, Run
from halodot.study.records import fields_of
from halodot.study.verbs import EXAMPLES, VERBS
from halodot.units import from_si

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: what a study states that is no field of a record: key -> default and meaning, by table
_MORE = {
    "emitter": {
        "class": ("", f"{', '.join(f'`{word}`' for word in emitter_classes())}: gives what is not stated, with ranges")
    },
    "chemical": {
        "formula": ("", "its elements with their counts: `C2H3CsO2`, `Pb(CH3COO)2·3H2O`"),
        "role": ("", "what it does in the flask, of the list below"),
        "metal": ("that of the formula", "element symbol of the metal of a metal salt"),
        "halide": ("that of the formula", "`Cl`, `Br` or `I` that it gives, with `halide_count`"),
        "cas": ("", "registry number, for the search alone"),
    },
    "device": {"emitter": ("", "the light of the emitting layer (`peak`, `fwhm`, ...); with it, light is computed")},
}
Field = dataclasses.Field[Any]


def device_tables() -> dict[str, str]:
    """Return every table of the page about devices, by its name."""
    of = {place: {word: item for word, (at, item) in STATED.items() if at == place} for place, _ in STATED.values()}
    layer = {word: item for word, item in of["layer"].items() if word in ("thickness", "role")}
    numbers = {word: item for word, item in fields_of(Stack).items() if item.metadata and word != "temperature"}
    tables = {
        "contact": of["contact"],
        "transport": layer | of["transport"],
        "recombination": of["recombination"] | of["traps"],
        "emitter": fields_of(EmitterNumbers),
        "ions": of["ions"],
        "interface": of["interface"],
        "device": numbers,
    }
    return {name: _table(items, _MORE.get(name, {})) for name, items in tables.items()}


def chemical_tables() -> dict[str, str]:
    """Return what a study states of a chemical, and the list of roles."""
    numbers = {word: item for word, item in fields_of(states.Chemical).items() if item.metadata.get("unit")}
    roles = ["| role | what belongs to it |", "|---|---|"]
    roles += [f"| `{role}` | {about} |" for role, about in states.CHEMICAL_ROLES.items()]
    return {"chemical": _table(numbers, _MORE["chemical"]), "chemical_roles": "\n".join(roles)}


def _table(items: dict[str, Field], more: dict[str, tuple[str, str]]) -> str:
    rows = [(word, *_cells(word, item)) for word, item in items.items()]
    rows += [(word, "", default, about) for word, (default, about) in more.items()]
    lines = ["| key | unit | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| `{word}` | {unit} | {default} | {about} |" for word, unit, default, about in rows)])


def _cells(word: str, item: Field) -> tuple[str, str, str]:
    """Return unit, default and meaning of a field as a study writes it."""
    about, default = str(item.metadata["about"]), item.default
    if "choices" in item.metadata:
        return "", str(default), about
    if isinstance(default, bool):
        return "yes, no", "yes" if default else "no", about
    shown = item.metadata["shown"]
    if word.endswith(("_velocity", "_hop")) and STATED.get(word, ("",))[0] == "interface":
        return shown, "by the pair", about
    absent = default is dataclasses.MISSING or not math.isfinite(default)
    return shown, "" if absent else f"{from_si(default, item.metadata['unit'], shown):.4g}", about


def glossary() -> str:
    """Return the table of every quantity: symbol, name in studies and results, shown unit, meaning."""
    rows = sorted(dict(_terms()).items())
    lines = ["| name | symbol | unit | shown in | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {' | '.join(cells)} |" for name, cells in rows)])


def _terms() -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    for record in (*_records(), EmitterNumbers, Run, Stack):
        for name, item in fields_of(record).items():
            if item.metadata.get("unit") and item.metadata.get("about"):
                unit, about = item.metadata["unit"], item.metadata["about"]
                known = QUANTITIES.get(name)
                same = known is not None and known.unit == unit
                symbol = item.metadata.get("symbol") or (known.symbol if known and same else "")
                shown = item.metadata.get("shown", unit)
                yield name, (symbol, unit, known.shown_unit if known and same and shown == unit else shown, about)
    for name, quantity in QUANTITIES.items():
        yield name, (quantity.symbol, quantity.unit, quantity.shown_unit, quantity.label)
    for word, (_, item) in STATED.items():
        if item.metadata.get("unit") and "symbol" in item.metadata:
            entry = item.metadata
            yield word, (entry["symbol"], entry["unit"], entry["shown"], entry["about"])


def _records() -> tuple[type, ...]:
    return (states.Chemical, states.Step, states.Flask, states.Dispersion, states.Dots, states.Film, states.Ageing)


def recipe_words() -> str:
    """Return the table of the words of a recipe."""
    lines = ["| word | written | in | other keys | means |", "|---|---|---|---|---|"]
    for word, verb in VERBS.items():
        example, about = EXAMPLES[word]
        keys = ", ".join(f"`{key}`" for key in (*verb.keys, "note"))
        lines.append(f"| `{word}` | `{example}` | {', '.join(verb.parts)} | {keys} | {about} |")
    return "\n".join(lines)


def lab_tables() -> dict[str, str]:
    """Return the tables of the page about analyses: what each takes, finds and lets one choose."""
    found = all_methods().values()
    files = ["| analysis | of | files, and the words in their names that mark them |", "|---|---|---|"]
    quantities = ["| quantity | unit | meaning | analysis |", "|---|---|---|---|"]
    choices = ["| analysis | choice | default | meaning |", "|---|---|---|---|"]
    by_quantity: dict[tuple[str, str, str], list[str]] = {}
    for method in found:
        files.append(f"| `{method.name}` | {method.title} | {'; '.join(map(_role, method.roles))} |")
        for quantity in method.quantities:
            key = quantity.name, quantity.shown_unit, quantity.label
            by_quantity.setdefault(key, []).append(f"`{method.name}`")
        record = method.settings()
        for item, default in zip(dataclasses.fields(record), as_text(record).values()):
            shown = default if isinstance(default, str) else json.dumps(default)
            about = item.metadata["about"]
            words = f" ({', '.join(item.metadata['words'])})" if item.metadata["kind"] == "word" else ""
            choices.append(f"| `{method.name}` | `{item.name}` | {shown} | {about}{words} |")
    for (name, unit, label), methods in sorted(by_quantity.items()):
        quantities.append(f"| `{name}` | {unit} | {label} | {', '.join(methods)} |")
    tables = {"lab_methods": files, "lab_quantities": quantities, "lab_choices": choices}
    return {name: "\n".join(lines) for name, lines in tables.items()}


def _role(role: Role) -> str:
    marks = f" (`{role.words.replace('|', '`, `')}`)" if role.words else ""
    return f"{'' if role.required else 'optional: '}{role.about}{', several' if role.several else ''}{marks}"


def written(text: str, tables: dict[str, str]) -> str:
    """Return a page with its tables as they are declared now."""
    return _BLOCK.sub(lambda found: f"{found[1]}{tables[found[2]]}\n{found[3]}", text)


def pages() -> dict[Path, str]:
    """Return the text that every generated page is to have."""
    tables = (
        device_tables() | chemical_tables() | lab_tables() | {"glossary": glossary(), "recipe_words": recipe_words()}
    )
    paths = tuple(DOCS / f"{name}.md" for name in ("chemistry", "device", "glossary", "lab", "own_library"))
    return {path: written(path.read_text(encoding="utf-8"), tables) for path in paths}


def main() -> int:
    """Write the pages, or with --check say which are not up to date."""
    old = [path for path, text in pages().items() if path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        print(*(f"{path} is not up to date; run python tools/write_tables.py" for path in old), sep="\n")
        return 1 if old else 0
    for path in old:
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
