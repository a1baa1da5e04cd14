"""What became of one planned analysis, as a record that JSON can hold."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from halodot import __version__
from halodot.lab import methods
from halodot.lab.findings import Finding
from halodot.lab.plan import Item
from halodot.names import Quantity
from halodot.outputs import write_text

_FORMAT = 1
#: letters of a sample or file name in the name of a figure
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Outcome:
    """What one analysis gave, or why it gave nothing."""

    item: Item
    sha256: Mapping[str, str]  # of its files, by path
    key: str  # hash of all but the choices that decides the numbers: files, columns, version
    settings: Mapping[str, Any] = field(default_factory=dict)  # as used, as text
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""  # why there are no findings
    figures: tuple[str, ...] = ()  # below the folder of results
    tables: tuple[str, ...] = ()
    drawn: bool = True  # whether its figure was asked for

    @property
    def main_file(self) -> str:
        """The first file of the measurement itself."""
        return next(iter(self.item.files.values()))[0]


def key_of(item: Item, columns: Mapping[str, str], sha256: Mapping[str, str], code: str) -> str:
    """Return the hash of all but the choices that decides the numbers of an analysis.

    Args:
        item: the analysis.
        columns: what the columns of its files are said to be, by path.
        sha256: of its files, by path.
        code: hash of the analyses' own source.
    """
    files = {
        role: [[path, sha256.get(path, ""), columns.get(path, "")] for path in paths]
        for role, paths in item.files.items()
    }
    whole = [__version__, code, item.method, files]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def code_hash() -> str:
    """Return a hash of the source of the analyses, so that a newer one is not taken for an older."""
    found = hashlib.sha256()
    for path in sorted(Path(methods.__path__[0]).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def name_of(item: Item) -> str:
    """Return the name of the files that belong to an analysis, the same for the same files."""
    main = next(iter(item.files.values()))[0]
    mark = hashlib.sha256(json.dumps([item.method, item.sample, sorted(item.files.items())]).encode()).hexdigest()[:8]
    return "_".join((_plain(item.sample), item.method, _plain(PurePosixPath(main).name), mark))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-")[:_LONGEST_NAME] or "x"


def as_json(outcome: Outcome) -> str:
    """Return an outcome as JSON."""
    document = asdict(outcome) | {"format": _FORMAT}
    return json.dumps(_without_nan(document), ensure_ascii=False, indent=1, allow_nan=False)


def from_json(text: str) -> Outcome | None:
    """Return an outcome from JSON, None where it is of another format or damaged."""
    try:
        document = json.loads(text)
        if document.pop("format") != _FORMAT:
            return None
        item = document.pop("item")
        item["files"] = {role: tuple(paths) for role, paths in item["files"].items()}
        findings = tuple(_finding(one) for one in document.pop("findings"))
        document |= {key: tuple(document[key]) for key in ("warnings", "notes", "figures", "tables")}
        return Outcome(item=Item(**item), findings=findings, **document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _finding(document: dict[str, Any]) -> Finding:
    quantity = Quantity(**document.pop("quantity"))
    low, high = (math.nan if end is None else end for end in document.pop("interval"))
    uncertainty = document.pop("uncertainty")
    return Finding(
        quantity=quantity,
        interval=(low, high),
        uncertainty=math.nan if uncertainty is None else math.inf if uncertainty == "inf" else uncertainty,
        warnings=tuple(document.pop("warnings")),
        **document,
    )


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, np.generic):
        return _without_nan(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf"
    return value


def write_table(columns: Mapping[str, Any], path: Path) -> None:
    """Write columns of equal length as CSV.

    Args:
        columns: values by heading with unit.
        path: of the file.
    """
    listed = {heading: list(np.asarray(values).tolist()) for heading, values in columns.items()}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(listed)
    writer.writerows(zip(*listed.values(), strict=True))
    write_text(path, text.getvalue())
