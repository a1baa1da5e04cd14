"""What lies in a folder of results, for other programs: RO-Crate for the whole, CSV on the Web for every table."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from halodot import __version__
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome
from halodot.outputs import write_text
from halodot.report.lab_rows import COLUMNS, COMPARED_COLUMNS

CRATE = "ro-crate-metadata.json"
#: ending of the file that says what the columns of a table are, as CSV on the Web looks for it
BESIDE_TABLE = "-metadata.json"
_OF_VALUES = ("value", "standard_uncertainty", "low_95", "high_95", "measured_fraction")
_OF_BOTH = ("measured", "measured_sd", "simulated", "simulated_sd", "difference", "deviation_sd")
_NUMBERS = (*_OF_VALUES, *_OF_BOTH)
_DECLARED = {**COLUMNS, **COMPARED_COLUMNS}
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}
_UNIT = re.compile(r"(?P<name>.*?)\s*\((?P<unit>[^()]*)\)")


def write_table_descriptions(home: Path, tables: Iterable[str]) -> tuple[str, ...]:
    """Write beside every table what its columns are, as CSV on the Web has it (W3C, 2015).

    Args:
        home: folder of the results.
        tables: below it; the table of all values is described by what its columns are declared to be.

    Returns:
        The paths of the descriptions below the folder.
    """
    written = []
    for table in tables:
        name = PurePosixPath(table).name
        with (home / table).open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            headings, first = next(rows, []), next(rows, [])
        columns = [_column(heading, first[n] if n < len(first) else "") for n, heading in enumerate(headings)]
        document = {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
            "url": name,
            "dialect": {"encoding": "utf-8", "header": True},
            "tableSchema": {"columns": columns},
        }
        write_text(home / f"{table}{BESIDE_TABLE}", json.dumps(document, ensure_ascii=False, indent=1))
        written.append(f"{table}{BESIDE_TABLE}")
    return tuple(written)


def _column(heading: str, example: str) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", heading).strip("_") or "column"
    if heading in _DECLARED:
        kind = "number" if heading in _NUMBERS else "string"
        return {"name": name, "titles": heading, "dc:description": _DECLARED[heading], "datatype": kind}
    try:
        float(example)
        kind = "number"
    except ValueError:
        kind = "string"
    unit = _UNIT.fullmatch(heading)
    found = {"name": name, "titles": heading, "datatype": kind}
    return found | ({"schema:unitText": unit["unit"]} if unit else {})


def write_crate(
    home: Path, title: str, outcomes: Sequence[Outcome], inputs: Mapping[str, str], others: Sequence[str]
) -> None:
    """Write what lies in a folder of results, what it was made from and by what, as RO-Crate 1.1.

    Args:
        home: folder of the results.
        title: of the data that were analysed.
        outcomes: of the analyses.
        inputs: sha256 of every measured file, by path below the folder of the data.
        others: files of the results beside figures and tables.
    """
    actions = [_action(number, outcome) for number, outcome in enumerate(outcomes)]
    made = [path for outcome in outcomes for path in (*outcome.figures, *outcome.tables)]
    tables = [f"{path}{BESIDE_TABLE}" for outcome in outcomes for path in outcome.tables]
    parts = [path for path in dict.fromkeys((*others, *made, *tables)) if (home / path).is_file()]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Analysis of {title}",
        "description": f"Values, figures and choices of {len(outcomes)} analyses of measured files",
        "datePublished": now,
        "license": {"@id": "#licence"},
        "hasPart": [{"@id": _id(path)} for path in parts],
        "mentions": [{"@id": action["@id"]} for action in actions],
    }
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        root,
        {"@id": "#licence", "@type": "CreativeWork", "name": "not stated; that of the measured data"},
        {"@id": "#halodot", "@type": "SoftwareApplication", "name": "halodot", "softwareVersion": __version__},
        *({"@id": _id(path), "@type": "File", "name": path, "encodingFormat": _format(path)} for path in parts),
        *(_input(path, sha256) for path, sha256 in inputs.items()),
        *actions,
    ]
    document = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    write_text(home / CRATE, json.dumps(document, ensure_ascii=False, indent=1))


def _id(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def _format(path: str) -> str:
    return _FORMATS.get(PurePosixPath(path).suffix, "application/octet-stream")


def _input(path: str, sha256: str) -> dict[str, Any]:
    found: dict[str, Any] = {"@id": f"#measured/{_id(path)}", "@type": "CreativeWork", "name": path}
    return found | ({"sha256": sha256} if sha256 else {})


def _action(number: int, outcome: Outcome) -> dict[str, Any]:
    files = [path for paths in outcome.item.files.values() for path in paths]
    found: dict[str, Any] = {
        "@id": f"#analysis-{number}",
        "@type": "CreateAction",
        "name": f"{method_named(outcome.item.method).title} of {outcome.item.sample}",
        "instrument": {"@id": "#halodot"},
        "object": [{"@id": f"#measured/{_id(path)}"} for path in files],
        "result": [{"@id": _id(path)} for path in (*outcome.figures, *outcome.tables)],
        "actionStatus": "http://schema.org/CompletedActionStatus"
        if outcome.findings
        else "http://schema.org/FailedActionStatus",
    }
    return found | ({"error": outcome.problem} if outcome.problem else {})
