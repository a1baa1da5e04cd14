"""Finds chemicals, materials, classes of emitters and studies by what is written of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from halodot.errors import InputError
from halodot.nodes import Node, plain
from halodot.study import library
from halodot.study.catalogue import catalogue
from halodot.study.folders import folders
from halodot.study.recipe_checks import is_antisolvent
from halodot.units import to_si

#: numbers that tell entries of a kind apart -> how the list calls them
_NUMBERS: Mapping[str, Mapping[str, str]] = {
    "chemical": {
        "molar_mass": "M",
        "density": "density",
        "boiling_point": "boils at",
        "relative_permittivity": "permittivity",
        "reichardt_polarity": "E_T^N",
        "ligand_length": "length",
    },
    "material": {
        "work_function": "work function",
        "electron_affinity": "affinity",
        "ionisation_energy": "ionisation",
        "electron_mobility": "mu_n",
        "hole_mobility": "mu_p",
    },
    "class of emitters": {"trion_auger_rate": "trion Auger rate", "charging_energy": "charging energy"},
    "study": {},
}
_FOLDERS = {"chemicals": "chemical", "materials": "material", "emitters": "class of emitters"}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
#: letters from which a part of a name is looked for, so that Ag is not found in Magnesium
_LEAST = 3


@dataclass(frozen=True)
class Found:
    """One entry of the library that fits the words."""

    kind: str  # chemical | material | class of emitters | study
    name: str
    what: str  # formula and role, or the title of a study
    numbers: str  # the numbers that tell it apart, as they are written
    rank: int = field(default=0, compare=False)  # 0: its very name, up to 4: in its notes only


@dataclass(frozen=True)
class _Written:
    """What is written of an entry, in small letters, from its names to its notes."""

    names: tuple[str, ...]
    properties: tuple[str, ...]
    notes: frozenset[str]


def search(text: str, root: Path = library.ROOT) -> tuple[Found, ...]:
    """Return the entries of the library of which all words are written, the nearest first.

    A word is looked for in names and other names, formula and registry number (their beginning, or a part of three
    letters or more), in role, metal and halide, and as a word in titles and notes, or the beginning of one. A word that
    means several entries finds them all.

    Args:
        text: one word or several.
        root: the library's folder.

    Raises:
        InputError: there is no word.
    """
    words = [_folded(word) for word in text.split()]
    if not words:
        raise InputError("A search needs a word, such as a name, a formula or a role.")
    whole = _folded(text)
    meant = {name for word, (names, _) in library.ambiguous(root).items() if _folded(word) == whole for name in names}
    ranked = []
    for found, written in _entries(root):
        rank = 0 if whole in written.names or found.name in meant else _rank(words, written)
        if rank is not None:
            ranked.append((rank, list(_NUMBERS).index(found.kind), found))
    ranked.sort(key=lambda item: item[:2])
    return tuple(Found(f.kind, f.name, f.what, f.numbers, rank) for rank, _, f in ranked)


def _rank(words: Iterable[str], written: _Written) -> int | None:
    """Return how far from the name the farthest word is written, None where one is not."""
    ranks = [_rank_of(word, written) for word in words]
    return None if None in ranks else max(rank for rank in ranks if rank is not None)


def _rank_of(word: str, written: _Written) -> int | None:
    if word in written.names:
        return 0
    if any(name.startswith(word) for name in written.names):
        return 1
    if len(word) >= _LEAST and any(word in name for name in written.names):
        return 2
    if any(word == item or word in item.split() for item in written.properties):
        return 3
    if word in written.notes or (len(word) >= _LEAST and any(note.startswith(word) for note in written.notes)):
        return 4
    return None


def _entries(root: Path) -> Iterator[tuple[Found, _Written]]:
    for folder, kind in _FOLDERS.items():
        for name, node in catalogue(folder, folders(root)).nodes.items():
            yield _entry(kind, name, node)
    for name in library.studies(root):
        yield _study(name, library.study_path(name, root))


def _entry(kind: str, name: str, node: Node) -> tuple[Found, _Written]:
    """Return an entry as it is listed and as it is searched; what is no text or number of it is left alone."""
    values: dict[str, Any] = plain(node) if isinstance(node.value, dict) else {}
    texts = {key: str(values.get(key) or "") for key in ("formula", "role", "cas", "metal", "halide")}
    aliases = values["aliases"] if isinstance(values.get("aliases"), list) else []
    shown = {word: _value(values[key]) for key, word in _NUMBERS[kind].items() if key in values}
    notes = " ".join(_notes(values))
    first = str(aliases[0]) if kind == "material" and aliases else ""
    use = "antisolvent" if kind == "chemical" and _precipitates(values) else ""
    what = ", ".join(part for part in (texts["formula"], texts["role"], use, first) if part) or str(
        values.get("about") or ""
    )
    found = Found(kind, name, what, ", ".join(f"{word} {value}" for word, value in shown.items() if value))
    names = (name, *map(str, aliases), texts["formula"], texts["cas"])
    properties = (texts["role"], use, texts["metal"], texts["halide"])
    return found, _Written(_all_folded(names), _all_folded(properties), _words(notes))


def _precipitates(values: Mapping[str, Any]) -> bool:
    """Whether a chemical is a liquid that washes dots."""
    try:
        permittivity = to_si(_value(values.get("relative_permittivity", "")), "1")
    except InputError:
        return False
    return is_antisolvent(str(values.get("role")), str(values.get("formula")), permittivity)


def _value(written: Any) -> str:
    """Return a number as it is written, with its unit."""
    text = str(written.get("value", "")) if isinstance(written, dict) else str(written)
    return text.replace("cm2/V/s", "cm2/Vs")


def _notes(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is said about an entry and about its numbers."""
    for key, item in values.items():
        if key == "about" and isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from _notes(item)


def _study(name: str, path: Path) -> tuple[Found, _Written]:
    """Return a study by its title and the remarks at its head."""
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^title:[ \t]*(.*)$", text, re.MULTILINE)
    words = title[1].strip("'\" ") if title else ""
    head = re.match(r"(?:#.*\n|\s*\n)*", text)
    notes = f"{words} {head[0] if head else ''}"
    return Found("study", name, words, ""), _Written(_all_folded((name,)), (), _words(notes))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+(?:[-.][^\W_]+)*", _folded(text)))


def _all_folded(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_folded(text) for text in texts if text)


def _folded(text: str) -> str:
    return " ".join(text.translate(_SUBSCRIPTS).casefold().split())
