"""A frame as page.js takes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from halodot.app.live import Frame, Number
from halodot.app.live.frames import changed_panels


def as_json(frame: Frame, sent: Mapping[str, bytes]) -> str:
    """Return a frame as the text of one JSON object, its panels as far as they are others than before.

    Args:
        frame: to be shown.
        sent: panels that the browser shows already.
    """
    rest = {
        "serial": frame.serial,
        "exact": frame.exact,
        "numbers": [_number(number) for number in frame.numbers],
        "summary": {name: value for name, value in frame.summary.items() if math.isfinite(value)}
        if frame.exact
        else {},
        "texts": dict(frame.texts) if frame.exact else {},
        "tables": dict(frame.tables),
        "notes": list(frame.notes),
        "failure": frame.failure,
        "problems": [str(problem) for problem in frame.problems],
    }
    text = json.dumps(rest, ensure_ascii=True, allow_nan=False)
    return f'{text[:-1]},"panels":{changed_panels(frame, sent)}}}'


def _number(number: Number) -> dict[str, Any]:
    text = f"{number.text} {number.unit}".strip()
    found: dict[str, Any] = {
        "name": number.name,
        "label": number.label,
        "text": text,
        "role": number.role,
        "where": ", ".join(filter(None, (number.spread, number.where))),
    }
    if number.value is not None and math.isfinite(number.value):
        found["value"] = number.value
    if number.depends_on:
        found["stands_on"] = [
            f"{one.called}: {one.value} ({one.kind}{f', {one.source}' if one.source else ''})"
            for one in number.depends_on
        ]
    return found
