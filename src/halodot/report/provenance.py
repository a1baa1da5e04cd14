"""What a result rests on: its uncertain inputs as rows of a table, and the references behind all of them."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass

from halodot.names import input_text, range_text
from halodot.paths import device_word, emitter_word, layer_of, root_of, word_of
from halodot.results.data import Result
from halodot.sources import Sourced, bibliography_keys, cite
from halodot.states import STATED
from halodot.study import Study


def short(value: float, all_digits: bool = False) -> str:
    """Return a number with four significant digits, zeros at its end only on demand."""
    if not math.isfinite(value):
        return "not known"
    return f"{value:#.4g}".rstrip(".") if all_digits and value else f"{value:.4g}"


def in_unit(value: float, unit: str, shown_unit: str, all_digits: bool = False) -> str:
    """Return a number in SI (``unit``) as the figures of another unit."""
    from halodot.units import from_si

    return short(from_si(value, unit, shown_unit), all_digits)


def uncertain_rows(study: Study) -> list[tuple[str, str, str, str, str, str]]:
    """Return path, value, 95 % range, kind, source and meaning of every assumed or calibrated input, by path."""
    chosen = {path: item for path, item in study.inputs.items() if item.kind in ("assumed", "calibrated")}
    return [
        (path, *_value_and_range(path, item), item.kind, item.source, _said_of(study, path, item))
        for path, item in sorted(chosen.items())
    ]


def _said_of(study: Study, path: str, item: Sourced) -> str:
    """Return what is said of an input, or what it means, and how it was found."""
    about = item.about or _meaning(study, path)
    return f"{about} ({item.found_by})".strip() if item.found_by else about


def _value_and_range(path: str, item: Sourced) -> tuple[str, str]:
    low, high = item.low, item.high
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = item.value - 2.0 * item.sd, item.value + 2.0 * item.sd
    value = input_text(path, item.value, item.unit, 4)
    return value, range_text(path, item.value, (low, high), item.unit) if math.isfinite(low + high) else ""


def _meaning(study: Study, path: str) -> str:
    """Return what the record that holds an input says about it."""
    name = word_of(path)
    if layer_of(path) is not None:
        return str(STATED[name][1].metadata.get("about", "")) if name in STATED else ""
    record = study.emitter if emitter_word(path) else study.stack if device_word(path) else None
    record = record or getattr(study, root_of(path), None)
    if record is None or not is_dataclass(record):
        return ""
    return next((str(item.metadata.get("about", "")) for item in fields(record) if item.name == name), "")


def references(result: Result) -> str:
    """Return the BibTeX entries of everything that the inputs of a result name as their source.

    Tables of optical constants whose source is a sentence follow as comments.
    """
    from halodot.study.library import bibliography

    text = bibliography()
    named = {item.source for item in result.study.inputs.values()} | set(result.study.tables.values())
    known = named & set(bibliography_keys(text))
    in_words = sorted({source for source in result.study.tables.values() if " " in source})
    return (cite(known, text) if known else "") + "".join(f"\n% {source}\n" for source in in_words)
