"""Hazards of chemicals by the Globally Harmonized System: statements, their texts, signal words and pictograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from halodot.nodes import Node, plain, read_file
from halodot.study.folders import ROOT
from halodot.study.reader import Reader, nearest

HAZARD_KEYS = ("signal", "statements", "kind", "source", "about")
SIGNALS = ("danger", "warning", "none")
#: how far a classification was looked up: literature where the source was read, assumed where it is from memory
HAZARD_KINDS = ("literature", "assumed")
#: what is said of a chemical without an entry
NO_HAZARDS = "no hazard data in the library: read the supplier's sheet"
NOT_CLASSIFIED = "not classified as hazardous"
#: statements that a graver one of the same label makes unnecessary
_LEFT_OUT: Mapping[str, str] = {"H400": "H410", "H401": "H411", "H402": "H412", "H318": "H314"}
#: irritation, whose exclamation mark the corrosion sign replaces; a skull replaces every one (article 26 of CLP)
_IRRITATION = {"H315", "H319"}


@dataclass(frozen=True)
class Statement:
    """A hazard statement as the regulation words it."""

    code: str
    text: str
    signal: str = "none"  # danger | warning | none; empty where the code has more than one
    pictogram: str = ""


@dataclass(frozen=True)
class Hazards:
    """The label of a chemical: signal word, statements, and where the classification is from."""

    signal: str
    statements: tuple[Statement, ...]
    kind: str
    source: str
    about: str = ""

    @property
    def pictograms(self) -> tuple[str, ...]:
        """Codes of the pictograms that the statements ask for, GHS01 to GHS09."""
        found = {item.pictogram for item in self.statements if item.pictogram}
        marked = {item.code for item in self.statements if item.pictogram == "GHS07"}
        if "GHS06" in found or ("GHS05" in found and marked <= _IRRITATION):
            found.discard("GHS07")
        return tuple(sorted(found))

    @property
    def shown(self) -> tuple[Statement, ...]:
        """The statements of a label: those that a graver one contains are left out."""
        codes = {item.code for item in self.statements}
        return tuple(item for item in self.statements if _LEFT_OUT.get(item.code) not in codes)


@cache
def statements(root: Path = ROOT) -> Mapping[str, Statement]:
    """Return the hazard statements by their code.

    Args:
        root: the library's folder.
    """
    table = plain(read_file(root / "hazards.yaml"))["statements"]
    return {
        code: Statement(code, item["text"], item.get("signal", "none"), item.get("pictogram", ""))
        for code, item in table.items()
    }


@cache
def pictogram_names(root: Path = ROOT) -> Mapping[str, str]:
    """Return what each pictogram shows, by its code: GHS02 is a flame."""
    return dict(plain(read_file(root / "hazards.yaml"))["pictograms"])


@cache
def source_names(root: Path = ROOT) -> Mapping[str, str]:
    """Return what the sources of classifications are called, by their key in the bibliography."""
    return dict(plain(read_file(root / "hazards.yaml"))["sources"])


def read_hazards(reader: Reader, node: Node, path: str) -> Hazards | None:
    """Read the block ``hazards`` of a chemical.

    Args:
        reader: collects problems.
        node: the block.
        path: of the chemical.

    Returns:
        The hazards, None after a complaint.
    """
    path = f"{path}.hazards"
    before = len(reader.problems)
    items = reader.mapping(node, path, HAZARD_KEYS)
    for key in ("signal", "statements", "source"):
        if key not in items and isinstance(node.value, dict):
            reader.complain(node.place, f"the key {key!r} is missing", path)
    codes = _codes(reader, items["statements"], path) if "statements" in items else ()
    signal = reader.choice(items["signal"], f"{path}.signal", SIGNALS) if "signal" in items else ""
    kind = reader.choice(items["kind"], f"{path}.kind", HAZARD_KINDS) if "kind" in items else "literature"
    texts = {key: reader.text(items[key], f"{path}.{key}") for key in ("source", "about") if key in items}
    if "source" in items:
        reader.check_source(texts["source"], items["source"], path)
    if signal and signal != (needed := signal_of(codes)) and needed:
        reader.complain(items["signal"].place, f"these statements have the signal word {needed!r}", path, needed)
    if len(reader.problems) > before:
        return None
    return Hazards(signal, codes, kind, texts["source"], texts.get("about", ""))


def signal_of(codes: Sequence[Statement]) -> str:
    """Return the signal word of a label, empty where it depends on a category that a code alone does not tell."""
    words = {item.signal for item in codes}
    if "danger" in words:
        return "danger"
    if "" in words:
        return ""
    return "warning" if "warning" in words else "none"


def _codes(reader: Reader, node: Node, path: str) -> tuple[Statement, ...]:
    known = statements()
    found = []
    for item in reader.sequence(node, f"{path}.statements"):
        code = reader.text(item, f"{path}.statements")
        if code in known:
            found.append(known[code])
        elif code:
            message = f"{code!r} is no hazard statement of the library (hazards.yaml)"
            reader.complain(item.place, message, f"{path}.statements", nearest(code, known))
    return tuple(found)
