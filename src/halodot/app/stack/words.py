"""Numbers and sources of a study as texts that can be typed back, or read."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from halodot.names import unit_at_the_bench
from halodot.units import from_si, to_si

#: digits of a number that a person may have written, and those that a float holds
_FEWEST, _MOST = 3, 17
_FIELD = re.compile(r"^\s*(author|editor|year|journal)\s*=\s*\{(.*)\}\s*,?\s*$", re.MULTILINE)
_ENTRY = re.compile(r"(?m)^@\w+\{\s*([^,\s]+)\s*,")
#: accents as BibTeX writes them -> the marks that follow the letter
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308"}
_ACCENT = re.compile(r"\\([`'^~\"])\{?(\w)\}?")
#: sources of a number that are no publication
_OWN = {"halodot": "halodot's own estimate"}


def exact_text(path: str, value: float, unit: str, usual: str = "") -> str:
    """Return a number in its unit of the bench, with no more digits than it needs to be read back as it is.

    Args:
        path: of the number; its last word chooses the unit.
        value: in ``unit``.
        unit: SI unit.
        usual: unit of the bench in which nothing (0) is shown.

    Returns:
        The text, empty for what is no finite number.
    """
    if not math.isfinite(value):
        return ""
    chosen = (usual if value == 0.0 else "") or unit_at_the_bench(path, unit, value)
    shown = from_si(value, unit, chosen)
    for digits in range(_FEWEST, _MOST + 1):
        text = f"{shown:.{digits}g} {'' if chosen == '1' else chosen}".strip()
        if to_si(text, unit) == value:
            return text
    return f"{value!r} {'' if unit == '1' else unit}".strip()


def cited(source: str, bibliography: str) -> str:
    """Return a source in words: "Barard et al. 2009, Appl. Phys. Lett." for a key of the bibliography.

    Args:
        source: key of the bibliography, or words.
        bibliography: as BibTeX.
    """
    return _OWN.get(source) or _cited(bibliography).get(source, source)


@lru_cache(maxsize=4)
def _cited(bibliography: str) -> Mapping[str, str]:
    """Return authors, year and journal of every entry of a bibliography, by key."""
    found = {}
    marks = [*_ENTRY.finditer(bibliography)]
    ends = [*(mark.start() for mark in marks[1:]), len(bibliography)]
    for mark, end in zip(marks, ends, strict=True):
        items = {name: _plain(text) for name, text in _FIELD.findall(bibliography[mark.end() : end])}
        names = (items.get("author") or items.get("editor") or "").split(" and ")
        who = f"{names[0].split(',')[0]}{' et al.' if len(names) > 1 else ''}"
        said = ", ".join(part for part in (f"{who} {items.get('year', '')}".strip(), items.get("journal", "")) if part)
        found[mark[1]] = said or mark[1]
    return found


def _plain(text: str) -> str:
    """Return a text of BibTeX as one reads it."""
    text = _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]]), text)
    return re.sub(r"[{}]|\\(?=&)", "", text)
