"""Names that changed: one table of old to new names of study keys, input paths, JSON names and result files.

What is written with an old name stays readable for one release and says which name is meant. Python names are not here:
they change with the code that uses them. A name is entered by its kind, see :data:`RENAMED`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping

#: Records of result files: old class -> class.
RECORDS: Mapping[str, str] = {}
#: Fields of records, in result files and where a study states or a path names them: "class.old field" -> field. The
#: class is called as it is now.
FIELDS: Mapping[str, str] = {}
#: Keys of a study that are no field of a record: old key -> key.
KEYS: Mapping[str, str] = {}
#: Names in results.json, and of its summary: old name -> name.
JSON: Mapping[str, str] = {}
#: Paths of inputs, as a pattern of the whole path and what takes its place.
INPUTS: Mapping[str, str] = {}
#: All of them, by the kind of word.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "record": RECORDS,
    "field": FIELDS,
    "key": KEYS,
    "json": JSON,
    "input": INPUTS,
}


def renamed(kind: str, word: str) -> str:
    """Return the name that replaced an old one, empty where the word is none of the old names.

    Args:
        kind: of the word: "record" | "field" | "key" | "json" | "input".
        word: the name; of a field ``class.field``, of an input its whole path.
    """
    if kind != "input":
        return RENAMED[kind].get(word, "")
    for pattern, replacement in INPUTS.items():
        if found := re.fullmatch(pattern, word):
            return found.expand(replacement)
    return ""


def current(kind: str, word: str, where: str = "") -> str:
    """Return the present name of what a word names, with a DeprecationWarning where the word is an old name.

    Args:
        kind: of the word, as for :func:`renamed`.
        word: the name; of a field ``class.field``, of an input its whole path.
        where: it was read, for the warning.

    Returns:
        The word itself where it is no old name; of a field its name alone.
    """
    found = renamed(kind, word)
    if not found:
        return word.rpartition(".")[2] if kind == "field" else word
    old = word.rpartition(".")[2] if kind == "field" else word
    warnings.warn(message(old, found, where), DeprecationWarning, stacklevel=2)
    return found


def message(old: str, new: str, where: str = "") -> str:
    """Return the sentence about an old name, the same in the warning and in the note of a study."""
    return f"{where}{': ' if where else ''}{old!r} is called {new!r} now; the next release does not read the old name"
