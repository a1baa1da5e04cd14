"""A study as the text of a file: complete, its changes in it, with the remarks of the text that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from halodot.study.extends import FILE_KEYS
from halodot.study.model import Study
from halodot.study.text_changes import changed_text

#: folder beside a written study for the user's own files that it names
INPUTS = "inputs"
_WIDTH = 110
_MARK_WORDS = 3
_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Written:
    """A study as files."""

    text: str
    files: Mapping[str, str] = field(default_factory=dict)  # path beside the study -> content


def written_study(study: Study, remark: str = "") -> Written:
    """Return a study as the text of a file from which it is read again without loss, and the files beside it.

    Where the study was read from one text, its order, its remarks and its spelling are kept, and the changes stand in
    it; a study that extends others is written out whole.

    Args:
        study: the study, with all changes.
        remark: a line about the file for its head, in place of an earlier one that begins with the same three words.

    Returns:
        The text; and the user's own tables and calibrations, which the text names in the folder ``inputs`` beside it.
    """
    names = _names_beside(study.files)
    document = _renamed(dict(study.document), names)
    body = text_with(study.text, document)
    if remark:
        first, _, rest = body.partition("\n")
        before = f"# {' '.join(remark.split()[:_MARK_WORDS])}"
        body = f"# {remark}\n{rest if first.startswith(before) else body}"
    return Written(body, {names[word]: content for word, content in study.files.items()})


def text_with(text: str, document: Mapping[str, Any]) -> str:
    """Return the text of a document: an earlier text with the changes in it where it can be, else a new one.

    Args:
        text: the earlier one, empty for none.
        document: as :func:`halodot.study.load.to_document` gives it.
    """
    return changed_text(text, document) or dumped(document)


def dumped(document: Mapping[str, Any]) -> str:
    """Return a document as YAML in its own order, short lists and mappings in one line."""
    import yaml

    return str(
        yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    )


# ---------------------------------------------------------------------------------------------------------------- files


def _names_beside(words: Iterable[str]) -> dict[str, str]:
    """Return where each file stands beside the written study, no two at one place."""
    found: dict[str, str] = {}
    for word in words:
        name = PurePosixPath(_UNSAFE.sub("-", PurePosixPath(word.replace("\\", "/")).name).strip("-") or "file")
        place, count = f"{INPUTS}/{name}", 1
        while place.casefold() in {other.casefold() for other in found.values()}:
            count += 1
            place = f"{INPUTS}/{name.stem}-{count}{name.suffix}"
        found[word] = place
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a document that names its files where they stand beside it."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _renamed(item, names) for key, item in value.items()}
    return found | {
        key: names[found[key]] for key in FILE_KEYS if isinstance(found.get(key), str) and found[key] in names
    }
