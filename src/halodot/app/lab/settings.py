"""The choices of an analysis as rows of a form: what each is, what it stands at, what it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from halodot.lab.choices import as_text, chosen
from halodot.lab.method import method_named
from halodot.lab.plan import Item
from halodot.units import from_si

#: kinds of `halodot.lab.choices` by the field that a form has for them
_KINDS = {
    "span": "window",
    "number": "number",
    "whole": "whole",
    "word": "choice",
    "flag": "flag",
    "numbers": "numbers",
    "text": "text",
}


@dataclass(frozen=True)
class SettingRow:
    """One choice of an analysis."""

    name: str
    label: str  # the name as words
    about: str
    kind: str  # window, number, whole, choice, flag, numbers, text
    unit: str  # in which its numbers are shown; empty for none
    values: tuple[float, ...]  # numbers as used, in that unit; two of a window
    word: str  # as used: the choice, yes or no, the text
    automatic: bool  # whether the plan leaves it to the analysis
    can_be_automatic: bool
    default: str
    allowed: tuple[str, ...] = ()  # words of a choice


def settings_rows(item: Item, used: Mapping[str, Any] | None = None) -> tuple[SettingRow, ...]:
    """Return every choice of an analysis.

    Args:
        item: the analysis, with what the plan says.
        used: the choices as the analysis used them, as text; those of the plan where it gave none.
    """
    record = method_named(item.method).settings
    plan: Any = chosen(record, item.settings)
    defaults = as_text(record())
    done: Any = chosen(record, used) if used else plan
    return tuple(
        _row(one, getattr(plan, one.name), getattr(done, one.name), _default(defaults[one.name]))
        for one in fields(record)
    )


def _row(one: Field[Any], planned: Any, used: Any, default: str) -> SettingRow:
    about = one.metadata
    shown = used if planned is None else planned
    unit = str(about.get("shown", ""))
    return SettingRow(
        one.name,
        one.name.replace("_", " "),
        str(about["about"]),
        _KINDS[about["kind"]],
        "" if unit == "1" else unit,
        _numbers(about, shown),
        _word(shown),
        planned is None,
        one.default is None or one.default is MISSING,
        default,
        tuple(about.get("words", ())),
    )


def _numbers(about: Mapping[str, Any], value: Any) -> tuple[float, ...]:
    if value is None or isinstance(value, (str, bool)):
        return ()
    listed = value if isinstance(value, tuple) else (value,)
    if about["kind"] == "whole":
        return tuple(float(part) for part in listed)
    return tuple(from_si(float(part), about["unit"], about["shown"]) for part in listed)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ""


def _default(written: Any) -> str:
    if isinstance(written, bool):
        return _word(written)
    return ", ".join(map(str, written)) if isinstance(written, list) else str(written)
