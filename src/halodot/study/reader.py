"""Reads the values of a tree, keeps every number with its origin, and collects everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import Node, Place, problem_at
from halodot.sources import KINDS, Sourced
from halodot.states import Note
from halodot.study import synonyms
from halodot.study.usual import is_usual, usual_range
from halodot.units import difference_to_si, to_si

#: what a number may be: any | nonnegative | positive | fraction (0 to 1) | temperature | level | permittivity
RULES = ("any", "nonnegative", "positive", "fraction", "temperature", "level", "permittivity")
SOURCED_KEYS = ("value", "low", "high", "sd", "kind", "source", "about", "method", "shared")
#: longest list of layers, steps or samples
LONGEST_LIST = 500
#: after which nothing more is told
MOST_PROBLEMS = 100
OWN_SOURCES = ("paper", "halodot")


@dataclass
class Reader:
    """What a study gave so far."""

    known_sources: tuple[str, ...] = ()
    default_kind: str = "assumed"
    default_source: str = ""
    problems: list[Problem] = field(default_factory=list)
    inputs: dict[str, Sourced] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    spoiled: set[str] = field(default_factory=set)  # paths of what was written and could not be read
    kept: Mapping[str, str] = field(default_factory=dict)  # files that a result keeps with its study: word -> content
    files: dict[str, str] = field(default_factory=dict)  # files of the user's own that were read: word -> content

    def complain(self, place: Place, message: str, path: str = "", suggestion: str = "") -> None:
        """Keep one more problem.

        Raises:
            InputError: there are so many that the study is another kind of file.
        """
        self.problems.append(problem_at(place, message, path, suggestion))
        self.spoiled.add(path)
        if len(self.problems) >= MOST_PROBLEMS:
            self.problems.append(problem_at(place, f"{MOST_PROBLEMS} problems are told; there may be more"))
            raise InputError(self.problems)

    def lacking(self, names: Iterable[str], *paths: str) -> list[str]:
        """Return the names that are not there, without those that were written below a path and could not be read.

        What was written wrongly has its own complaint; that it is missing would be a second one for the same mistake.
        """
        return [name for name in names if not any(f"{path}.{name}" in self.spoiled for path in paths)]

    def note(self, kind: str, text: str, where: str = "") -> None:
        """Keep one more remark for the result, see :class:`halodot.states.Note`."""
        self.notes.append(Note(kind, text, where))

    def note_taken_from(self, folder: str, where: str) -> None:
        """Keep a remark on what is not from the library that ships, but from the folder named.

        Args:
            folder: from which it is taken, empty for the shipped one.
            where: path in the study.
        """
        if folder:
            self.note("other library", f"taken from {folder}", where)

    @contextmanager
    def origin(self, items: Mapping[str, Node], path: str) -> Iterator[None]:
        """Take ``source`` and ``kind`` of a section as the origin of every number in it that states none."""
        kind, source = self.default_kind, self.default_source
        if "source" in items:
            self.default_source = self.text(items["source"], f"{path}.source")
            self.check_source(self.default_source, items["source"], f"{path}.source")
            self.default_kind = "measured"
        if "kind" in items:
            self.default_kind = self.choice(items["kind"], f"{path}.kind", KINDS) or kind
        try:
            yield
        finally:
            self.default_kind, self.default_source = kind, source

    def mapping(self, node: Node, path: str, allowed: Iterable[str] | None = None) -> dict[str, Node]:
        """Return the items of a mapping; unknown keys are reported with the nearest valid one, and left out."""
        if not isinstance(node.value, dict):
            if node.value is not None or allowed is None:
                self.complain(node.place, f"a mapping is expected, not {node.kind}", path)
            return {}
        if allowed is None:
            return node.value
        valid = tuple(allowed)
        for key in node.value:
            if key not in valid:
                self._unknown_key(node, key, path, valid)
        return {key: item for key, item in node.value.items() if key in valid}

    def _unknown_key(self, node: Node, key: str, path: str, valid: tuple[str, ...]) -> None:
        """Report a key that is none, with what the field means by it or the most like one."""
        assert isinstance(node.value, dict)
        meant = synonyms.meaning(key, valid)
        if meant is None:
            near = nearest(key, valid)
            listed = f"; valid here: {', '.join(valid)}" if len(valid) <= 14 else ""
            self.complain(node.keys[key], f"unknown key {key!r}{listed}", path, near)
            self.spoiled.add(f"{path}.{near}")
            return
        advice = meant.advice or (f"it is {' and '.join(meant.keys)} here" if len(meant.keys) > 1 else "")
        suggestion = synonyms.replacement(meant, node.value[key].value)
        self.complain(node.keys[key], f"unknown key {key!r}" + (f"; {advice}" if advice else ""), path, suggestion)
        self.spoiled |= {f"{path}.{name}" for name in meant.keys}

    def sequence(self, node: Node, path: str) -> list[Node]:
        """Return the items of a list."""
        if isinstance(node.value, list):
            if len(node.value) > LONGEST_LIST:
                message = f"a list of {len(node.value)} items; at most {LONGEST_LIST} are expected"
                self.complain(node.place, message, path)
            return node.value[:LONGEST_LIST]
        self.complain(node.place, f"a list is expected, not {node.kind}", path)
        return []

    def text(self, node: Node, path: str) -> str:
        """Return a text."""
        if isinstance(node.value, str):
            return node.value
        self.complain(node.place, f"a text is expected, not {node.kind}", path)
        return ""

    def choice(self, node: Node, path: str, choices: Iterable[str], exact: bool = False) -> str:
        """Return a text that is one of ``choices``; words that are alike are no hints where it is to be exact."""
        valid, text = tuple(choices), self.text(node, path)
        if text and text not in valid:
            meant = synonyms.choice(path.rsplit(".", 1)[-1], text)
            near = meant if meant in valid else (closest_name if exact else nearest)(text, valid)
            self.complain(node.place, f"{text!r} is not one of {', '.join(valid)}", path, near)
            return ""
        return text

    def flag(self, node: Node, path: str) -> bool:
        """Return a yes or no."""
        word = self.text(node, path).lower()
        if word and word not in ("yes", "no", "true", "false", "on", "off"):
            self.complain(node.place, f"{word!r} is neither yes nor no", path)
        return word in ("yes", "true", "on")

    def integer(self, node: Node, path: str, low: int, high: int) -> int:
        """Return a whole number within its bounds."""
        word = self.text(node, path)
        if word.isascii() and word.isdigit() and low <= int(word[:9]) <= high:
            return int(word)
        if word:
            self.complain(node.place, f"{word!r} is not a whole number from {low} to {high}", path)
        return low

    def quantity(self, node: Node, path: str, unit: str, rule: str = "nonnegative") -> Sourced | None:
        """Return a number with its origin, written bare (``30 nm``) or as a mapping with ``value``; None if wrong."""
        if not isinstance(node.value, dict):
            value = self.value(node, path, unit, rule)
            return None if value is None else Sourced(value, unit, self.default_kind, self.default_source)
        items = self.mapping(node, path, SOURCED_KEYS)
        if "value" not in items:
            if self.lacking(["value"], path):
                self.complain(node.place, "the key 'value' is missing", path)
            return None
        value = self.value(items["value"], path, unit, rule)
        texts = {key: self.text(items[key], f"{path}.{key}") for key in ("source", "about", "method") if key in items}
        shared = self.value(items["shared"], f"{path}.shared", "1", "fraction") if "shared" in items else 0.0
        kind = self.choice(items["kind"], f"{path}.kind", KINDS) if "kind" in items else self.default_kind
        bounds = {key: self.value(items[key], f"{path}.{key}", unit, "any") for key in ("low", "high") if key in items}
        spread = self.spread(items["sd"], f"{path}.sd", unit) if "sd" in items else None
        if value is None:
            return None
        found = Sourced(
            value,
            unit,
            kind or self.default_kind,
            texts.get("source", self.default_source),
            about=texts.get("about", ""),
            method=texts.get("method", ""),
            shared=shared or 0.0,
        )
        limits = {"low": bounds.get("low"), "high": bounds.get("high"), "sd": spread}
        stated: dict[str, Any] = {key: limit for key, limit in limits.items() if limit is not None}
        found = replace(found, **stated)
        self.check_origin(found, items, node, path)
        return found

    def number(self, node: Node, path: str, unit: str, rule: str = "nonnegative") -> float | None:
        """Return a number in SI and keep it among the inputs; None if it is wrong."""
        found = self.quantity(node, path, unit, rule)
        if found is None:
            return None
        self.inputs[path] = found
        return found.value

    def value(self, node: Node, path: str, unit: str, rule: str) -> float | None:
        """Return a bare number in SI."""
        if not isinstance(node.value, str):
            expected = "a number" if unit == "1" else "a number with a unit"
            self.complain(node.place, f"{expected} is expected, not {node.kind}", path)
            return None
        try:
            value = to_si(node.value, unit)
        except InputError:
            self._no_value(node, node.value, path, unit)
            return None
        wrong = broken_rule(value, rule)
        if wrong:
            self.complain(node.place, f"{node.value!r} {wrong}", path, _obeying(node.value, value, path, rule))
            return None
        return value

    def _no_value(self, node: Node, text: str, path: str, unit: str) -> None:
        """Report a number that cannot be read; a correction is proposed only where its value is a usual one."""
        try:
            to_si(text, unit, usual_range(path, unit))
        except InputError as error:
            (problem,) = error.problems
            word = synonyms.number(text, unit)
            message = f"{text!r} is no {'time' if unit == 's' else 'temperature'}; write it with its unit"
            self.complain(node.place, message if word else problem.message, path, word or problem.suggestion)

    def spread(self, node: Node, path: str, unit: str) -> float | None:
        """Return a standard deviation in SI."""
        if not isinstance(node.value, str):
            self.complain(node.place, f"a number is expected, not {node.kind}", path)
            return None
        try:
            spread = difference_to_si(node.value, unit)
        except InputError as error:
            self.complain(node.place, error.problems[0].message, path, error.problems[0].suggestion)
            return None
        if spread < 0:
            self.complain(node.place, "a standard deviation is not negative", path)
            return None
        return spread

    def check_origin(self, found: Sourced, items: Mapping[str, Node], node: Node, path: str) -> None:
        """Report an empty range, a source that the bibliography does not have, and a share without its method."""
        if found.low > found.high:
            self.complain(node.place, "low is larger than high", path)
        if "source" in items:
            self.check_source(found.source, items["source"], path)
        if found.shared > 0.0 and not found.method:
            message = "'shared' is what the numbers of a method have in common; name the 'method' too"
            self.complain(items["shared"].place, message, path)

    def check_source(self, source: str, node: Node, path: str) -> None:
        """Report a key that the bibliography does not have."""
        valid = (*OWN_SOURCES, *self.known_sources)
        if source and self.known_sources and " " not in source and source not in valid:
            message = f"the bibliography has no {source!r}; a source of your own is written in words"
            self.complain(node.place, message, path, nearest(source, valid))


def broken_rule(value: float, rule: str) -> str:
    """Return what is wrong with a number under a rule, empty if nothing is."""
    if rule == "any":
        return ""
    if rule == "level" and value <= 0:
        return "is above vacuum: levels are counted downwards from vacuum, as positive numbers"
    if rule == "temperature" and value <= 0:
        return "is not above absolute zero"
    if rule == "permittivity" and value < 1:
        return "is below 1, the permittivity of vacuum"
    if rule == "positive" and value <= 0:
        return "must be larger than zero"
    if rule == "fraction" and not 0 <= value <= 1:
        return "is not between 0 and 1 (0 % and 100 %)"
    if value < 0:
        return "is negative"
    return ""


def _obeying(text: str, value: float, path: str, rule: str) -> str:
    """Return the text that was probably meant by a number that breaks its rule, empty if none is usual."""
    if rule == "level" and is_usual(-value, path, "eV"):
        return text.lstrip("-−–+ ")
    if rule == "fraction" and 1.0 < value <= 100.0 and "%" not in text:
        return f"{text} %"
    return ""


def closest_name(word: str, valid: Iterable[str]) -> str:
    """Return the name that a mistyped one is, empty if none differs by a slip of the fingers only.

    Names of compounds that are alike are other compounds: lead acetate is no slip for ethyl acetate.
    """
    folded = word.casefold()
    allowed = max(1, len(folded) // 6)
    found = [(slips(folded, item.casefold()), item) for item in valid if item[:1].casefold() == folded[:1]]
    count, name = min(found, default=(allowed + 1, ""))
    return name if count <= allowed else ""


def slips(one: str, other: str) -> int:
    """Return how many letters are missing, too many, wrong or exchanged with their neighbour.

    It is the distance of the optimal string alignment.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        after = [i]
        for j, b in enumerate(other, 1):
            least = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            after.append(least)
        before, row = row, after
    return row[-1]


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word that is most like this one, empty when none is like it."""
    lowered: dict[str, str] = {}
    for item in valid:
        lowered.setdefault(item.lower(), item)
    found = get_close_matches(word.lower(), lowered, n=4, cutoff=0.55)
    if not found:
        return ""
    best = SequenceMatcher(None, word.lower(), found[0]).ratio()
    equal = [item for item in found if SequenceMatcher(None, word.lower(), item).ratio() > best - 0.01]
    return lowered[max(equal, key=lambda item: _shared_start(item, word.lower()))]


def _shared_start(one: str, other: str) -> int:
    differing = (index for index, (a, b) in enumerate(zip(one, other)) if a != b)
    return next(differing, min(len(one), len(other)))
