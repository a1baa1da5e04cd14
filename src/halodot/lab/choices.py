"""The choices of an analysis: declared once, written as text with units, read back to the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields
from typing import Any, TypeVar

from halodot.errors import InputError, Problem
from halodot.study.reader import nearest
from halodot.units import from_si, to_si

T = TypeVar("T")
#: what stands for a choice that the analysis makes by itself
AUTOMATIC = "auto"
_FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def number(unit: str, about: str, default: float | None = None, *, shown: str = "", valid: str = "any") -> Any:
    """Declare a choice that is a number; None lets the analysis choose.

    Args:
        unit: SI unit, "1" for a pure number.
        about: one line for the tables.
        default: when nothing is said.
        shown: unit in which it is written; the SI unit where empty.
        valid: "any" | "nonnegative" | "positive" | "fraction".
    """
    return _declared("number", about, default, unit=unit, shown=shown or unit, valid=valid)


def whole(about: str, default: int | None = None, *, least: int = 0) -> Any:
    """Declare a choice that is a whole number of at least ``least``; None lets the analysis choose."""
    return _declared("whole", about, default, least=least)


def span(unit: str, about: str, default: tuple[float, float] | None = None, *, shown: str = "") -> Any:
    """Declare a choice that is a range from low to high; None lets the analysis choose."""
    return _declared("span", about, default, unit=unit, shown=shown or unit, valid="any")


def numbers(unit: str, about: str, default: tuple[float, ...] | None = None, *, shown: str = "") -> Any:
    """Declare a choice that is a list of numbers; None lets the analysis choose."""
    return _declared("numbers", about, default, unit=unit, shown=shown or unit, valid="any")


def word(*words: str, default: str | None, about: str) -> Any:
    """Declare a choice that is one of a few words; None lets the analysis choose."""
    return _declared("word", about, default, words=words)


def text(about: str, default: str = "") -> Any:
    """Declare a choice that is any text."""
    return _declared("text", about, default)


def flag(about: str, *, default: bool) -> Any:
    """Declare a choice that is yes or no."""
    return _declared("flag", about, default)


def _declared(kind: str, about: str, default: Any, **more: Any) -> Any:
    return field(default=default, metadata={"kind": kind, "about": about} | more)


def chosen(record: type[T], given: Mapping[str, object], place: str = "settings") -> T:
    """Return a record of choices from text with units.

    Args:
        record: dataclass whose fields are declared with this module.
        given: what is chosen, by the names of the fields; the defaults for the others.
        place: where it stands, for the messages.

    Raises:
        InputError: with every problem.
    """
    known = {item.name: item for item in fields(record)}  # type: ignore[arg-type]
    problems, values = [], {}
    for name, value in given.items():
        path = f"{place}.{name}"
        if name not in known:
            there = ", ".join(known) or "none"
            problems.append(Problem(f"no such choice; there are {there}", path, suggestion=nearest(name, known)))
            continue
        try:
            values[name] = _read(known[name], value)
        except InputError as error:
            problems += [Problem(item.message, path, suggestion=item.suggestion) for item in error.problems]
    if problems:
        raise InputError(problems)
    return record(**values)


def as_text(choices: object) -> dict[str, Any]:
    """Return a record of choices as text, numbers, lists and yes or no, which :func:`chosen` reads to the same.

    Args:
        choices: the record.
    """
    return {item.name: _written(item, getattr(choices, item.name)) for item in fields(choices)}  # type: ignore[arg-type]


def _read(item: Field[Any], value: object) -> Any:
    about = item.metadata
    optional = item.default is None
    if value is None or (value == AUTOMATIC and about["kind"] != "text"):
        if optional or item.default is MISSING:
            return None
        return item.default
    return _READ[about["kind"]](about, value)


def _read_number(about: Mapping[str, Any], value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InputError(f"a number{_of(about)} is expected, not {value!r}")
    if isinstance(value, str) or about["unit"] == "1":
        found = to_si(value if isinstance(value, str) else float(value), about["unit"])
    else:
        raise InputError(f"{value} has no unit; write {value:g} {about['shown']}")
    if not math.isfinite(found):
        raise InputError(f"a finite number is expected, not {value!r}")
    low = {"nonnegative": 0.0, "positive": 0.0, "fraction": 0.0}.get(about["valid"], -math.inf)
    high = 1.0 if about["valid"] == "fraction" else math.inf
    if not low <= found <= high or (about["valid"] == "positive" and found == 0.0):
        raise InputError(f"{value} is outside of what it can be ({about['valid']})")
    return found


def _of(about: Mapping[str, Any]) -> str:
    return "" if about["shown"] == "1" else f" with a unit such as {about['shown']}"


def _read_whole(about: Mapping[str, Any], value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < about["least"]:
        raise InputError(f"a whole number of at least {about['least']} is expected, not {value!r}")
    return value


def _read_span(about: Mapping[str, Any], value: object) -> tuple[float, float]:
    found = _read_numbers(about, value)
    if len(found) != 2 or not found[0] < found[1]:
        raise InputError(f"a range is two numbers, the lower first, such as [1 {about['shown']}, 2 {about['shown']}]")
    return found[0], found[1]


def _read_numbers(about: Mapping[str, Any], value: object) -> tuple[float, ...]:
    parts: object = value.split("..") if isinstance(value, str) and ".." in value else value
    if isinstance(parts, str) or not isinstance(parts, (list, tuple)):
        raise InputError(f"a list of numbers{_of(about)} is expected, not {value!r}")
    return tuple(_read_number(about, part.strip() if isinstance(part, str) else part) for part in parts)


def _read_word(about: Mapping[str, Any], value: object) -> str:
    if value not in about["words"]:
        near = nearest(str(value), about["words"])
        raise InputError(Problem(f"{value!r} is none of {', '.join(about['words'])}", suggestion=near))
    return str(value)


def _read_text(about: Mapping[str, Any], value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InputError(f"text is expected, not {value!r}")
    return str(value)


def _read_flag(about: Mapping[str, Any], value: object) -> bool:
    found = _FLAGS.get(value.casefold()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise InputError(f"yes or no is expected, not {value!r}")
    return found


_READ = {
    "number": _read_number,
    "whole": _read_whole,
    "span": _read_span,
    "numbers": _read_numbers,
    "word": _read_word,
    "text": _read_text,
    "flag": _read_flag,
}


def _written(item: Field[Any], value: Any) -> Any:
    about = item.metadata
    if value is None:
        return AUTOMATIC
    if about["kind"] == "number":
        return _number_text(about, value)
    if about["kind"] in ("span", "numbers"):
        return [_number_text(about, part) for part in value]
    return value


def _number_text(about: Mapping[str, Any], value: float) -> str | float:
    """Return a number with its unit as short as it can be and still mean the same number."""
    if about["unit"] == "1" and about["shown"] == "1":
        return float(value)
    for unit in (about["shown"], about["unit"]):
        number_there = from_si(value, about["unit"], unit)
        for digits in range(3, 18):
            written = f"{number_there:.{digits}g} {unit}".removesuffix(" 1")
            if to_si(written, about["unit"]) == value:
                return written
    return f"{value!r} {about['unit']}"
