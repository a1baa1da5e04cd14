"""What a sweep on the page asks for, as it is typed: values that are proposed, and what is wrong with them."""

from __future__ import annotations

import re

from halodot.errors import InputError, Problem
from halodot.learn.knobs import Knob
from halodot.names import unit_at_the_bench
from halodot.units import from_si

#: every combination of the values, in place of a design
GRID = "grid"
#: values of a sweep that are proposed, and from which ratio of its ends on they are equal factors
_VALUES, _FACTORS = 7, 30.0
#: a range with the number of its values, which a design does without
_RANGE = re.compile(r"([^:]*\.\.[^:]*)(:\d+)?(:log|:lin)?\s*")


def proposed(knob: Knob) -> str:
    """Return values of a number through its range, as a sweep takes them.

    Args:
        knob: the number.
    """
    unit = unit_at_the_bench(knob.path, knob.unit, knob.value or knob.high)
    low, high = (from_si(end, knob.unit, unit) for end in knob.ends)
    far = low > 0.0 and high / low > _FACTORS
    bench = "" if unit == "1" else f" {unit}"
    return f"{low:.4g}..{high:.4g}{bench}:{_VALUES}{':log' if far else ''}"


def varied(rows: list[tuple[str, str, str]]) -> list[str]:
    """Return what is varied as the command line takes it.

    Args:
        rows: label, path and values, as they were typed; rows in which nothing stands are left out.

    Raises:
        InputError: a number has no values or values have no number, one cannot be read, or there is none.
    """
    found: list[str] = []
    problems: list[Problem] = []
    for label, path, values in ((label, path.strip(), values.strip()) for label, path, values in rows):
        name = label.partition(",")[0]
        if not path and values:
            problems.append(Problem(f"{name}: {values} stands beside no number; name one, or take it out", "sweep"))
        elif path and not values:
            problems.append(Problem(f"{name}: {path} has no values; write such as 20..60 nm:5", "sweep"))
        elif path:
            found.append(f"{path}={values}")
    if twice := sorted({path for _, path, _ in rows if path.strip() and [one for _, one, _ in rows].count(path) > 1}):
        problems += [Problem(f"{path} stands there twice; leave one out", "sweep") for path in twice]
    if not problems and not found:
        problems = [Problem("no number is named; choose one of the list", "sweep")]
    if problems:
        raise InputError(problems)
    return found


def written_for(design: str, text: str) -> str:
    """Return a range with the number of its values for a grid, and without it for a design.

    Args:
        design: :data:`GRID`, or a name of :data:`halodot.learn.sweep_design.DESIGNS`.
        text: as it was typed.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        return text
    count = (found[2] or f":{_VALUES}") if design == GRID else ""
    return f"{found[1]}{count}{found[3] or ''}"


def whole(text: str, least: int, what: str) -> tuple[Problem, ...]:
    """Return what is wrong with a whole number.

    Args:
        text: as it was typed.
        least: that it is.
        what: it is.
    """
    if text.strip().isdecimal() and int(text) >= least:
        return ()
    said = f"{text.strip()!r} is no whole number" if text.strip() else "nothing is written; it is a whole number"
    return (Problem(f"{what}: {said} from {least} on", what),)
