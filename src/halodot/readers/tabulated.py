"""From a table to curves: which column is the axis, what the others are, and how sure that is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halodot.columns import Line, columns_of_cells, is_number, plain_numbers
from halodot.errors import InputError
from halodot.headings import Heading
from halodot.readers.numbers import ABSENT, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Values
from halodot.readers.tables import KNOWN, Table, named

#: quantities that stand along an axis, the first one present is taken
AXES = (
    "wavelength",
    "emission_wavelength",
    "excitation_wavelength",
    "photon_energy",
    "wavenumber",
    "raman_shift",
    "two_theta",
    "binding_energy",
    "kinetic_energy",
    "angle",
    "voltage",
    "time",
    "temperature",
    "current_density",
    "current",
)
#: axes on which an unnamed signal is an intensity
SPECTRAL = AXES[:9]
#: what `halodot.headings` calls otherwise
_OTHER_NAMES = {"field": "electric_field"}
_NOT_A_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, eq=False)
class Entry:
    """One column of a table with what it is."""

    values: Values
    place: int  # in the table, counted from 0
    known: bool  # whether its heading names a quantity
    label: str = ""  # "forward", "light"


@dataclass
class Told:
    """What a table is told to be, and what is told of how it was read."""

    columns: Mapping[str | int, str] = field(default_factory=dict)  # by heading, or by place counted from 1
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def curves_of_table(file: RawFile, table: Table, told: Told) -> list[Curve]:
    """Return the curves of a table.

    A quantity is taken from a heading or from what the columns are told to be, never from the numbers.

    Args:
        file: for messages.
        table: of numbers.
        told: what its columns are; takes the notes.

    Returns:
        One curve along the first axis among the columns, one for each where an axis repeats, or columns along the rows.

    Raises:
        DataError: a cell under a heading is no number, or no column holds numbers.
    """
    headings = _headings(table, told)
    entries = _entries(file, table, headings, told)
    if not entries:
        raise file.refusal("no column of numbers was found", line=table.head_line or table.rows[0].number)
    axis = _axis(entries)
    if axis is None:
        rows = Values("row", np.arange(1, len(table.rows) + 1))
        return [Curve((rows,), tuple(_with_names([entry.values for entry in entries], headings)))]
    return _along(axis, entries, headings, told)


# -------------------------------------------------------------------------------------------------------------- columns


def _headings(table: Table, told: Told) -> list[str]:
    """Return what each column is to be read as: the heading, or what it is told to be."""
    found = [table.head[place] if table.head else "" for place in range(table.width)]
    for place, heading in enumerate(found):
        for key in (heading, place + 1):
            if key in told.columns:
                found[place] = told.columns[key]
    return found


def _entries(file: RawFile, table: Table, headings: Sequence[str], told: Told) -> list[Entry]:
    """Return the columns that hold numbers; how each was read goes into the notes."""
    readings = [named(heading) for heading in headings]
    canonical = [_canonical(reading.heading, place) for place, reading in enumerate(readings)]
    unreadable = {place for place in range(table.width) if not _numeric(table.cells(place))}
    if not table.head and unreadable:
        place = min(unreadable)
        row = next(row for row in table.rows if row.cells[place] and not is_number(row.cells[place]))
        raise file.refusal(f"{row.cells[place][:40]!r} is no number", line=row.number)
    clocks = {place for place in unreadable if not any(map(is_number, table.cells(place)))}
    canonical = ["skip" if place in clocks else text for place, text in enumerate(canonical)]
    lines = [Line(table.head_line, tuple(canonical)), *table.rows]
    try:
        columns = columns_of_cells(file.path, lines, known=KNOWN).columns
    except InputError as error:
        first = error.problems[0]
        where = f"sheet {table.title!r}, row {first.line}: " if table.title else ""
        raise file.refusal(f"{where}{first.message}", line=0 if table.title else first.line) from error
    known = {column.place: column for column in columns}
    _check_finite(file, table, [column.numbers for column in columns])
    found = []
    for place, heading in enumerate(headings):
        if heading.casefold() == "skip" or not any(table.cells(place)):
            continue
        if place in known:
            column = known[place]
            if not np.isfinite(column.numbers).any():
                told.notes.append(f"no cell under {heading!r} holds a number; the column is left out")
                continue
            values = _measured(column.quantity, column.numbers, readings[place].heading, heading, column.deviation)
            found.append(Entry(values, place, True, readings[place].label))
        elif place not in unreadable:
            numbers = np.array([number(cell, table.decimal_comma) for cell in table.cells(place)])
            _check_finite(file, table, [numbers])
            name = _word(heading) or f"column_{place + 1}"
            found.append(Entry(Values("number", numbers, "1", name, heading), place, False))
        _note(table, place, heading, readings[place].heading, place in unreadable, told)
    return found


def _check_finite(file: RawFile, table: Table, columns: Sequence[NDArray[np.float64]]) -> None:
    """Refuse a number that no computer holds."""
    for numbers in columns:
        if np.isinf(numbers).any():
            line = table.rows[int(np.argmax(np.isinf(numbers)))].number
            raise file.refusal("a number in this line is larger than any that can be", line=0 if table.title else line)


def _canonical(reading: Heading, place: int) -> str:
    """Return a heading that says what was read, and nothing where that is no quantity with a unit of its own."""
    return reading.text if reading.quantity and not reading.problem else "skip"


def _numeric(cells: Sequence[str]) -> bool:
    if plain_numbers(cells) is not None:
        return True
    return all(is_number(cell) or cell.casefold() in ABSENT for cell in cells)


def _measured(quantity: str, numbers: NDArray[np.float64], reading: Heading, heading: str, deviation: bool) -> Values:
    """Return the values of a named column in the unit of the file."""
    unit = reading.unit
    name = _OTHER_NAMES.get(quantity, quantity)
    if quantity in ("intensity", "counts"):
        words = f"{heading} {unit}".casefold()
        finite = numbers[np.isfinite(numbers)]
        if "cps" in words or "counts/s" in words or "per second" in words:
            name, unit = "count_rate", "1/s"
        else:
            whole = bool(np.all(finite == np.round(finite)) and np.all(finite >= 0.0))
            counted = "count" in words or "cts" in words or "photons" in words
            name, unit = ("counts" if counted and whole and "norm" not in words else "intensity"), "1"
    elif not reading.unit:
        unit = "1"
    return Values(name, numbers, unit, f"{name}_deviation" if deviation else "", heading)


def _note(table: Table, place: int, heading: str, reading: Heading, text: bool, told: Told) -> None:
    """Tell what was made of a column."""
    if reading.quantity and not reading.problem and not text:
        unit = f" in {reading.unit}" if reading.unit else ""
        deviation = "the standard deviation of the " if reading.deviation else "the "
        told.notes.append(f"{heading!r} is {deviation}{reading.quantity.replace('_', ' ')}{unit}")
    elif text:
        told.notes.append(f"{heading!r} holds words and was not read")
    elif reading.quantity and reading.unit:
        told.warnings.append(f"the numbers of {heading!r} carry no unit: {reading.problem}")
    elif reading.quantity:
        told.notes.append(
            f"{reading.problem}; its numbers carry no unit here, say columns={{{heading!r}: {reading.suggestion!r}}}"
        )
    elif heading:
        told.notes.append(f"{heading!r} names no quantity that is known; its numbers carry no unit")


def _word(text: str) -> str:
    """Return a heading as the name of a variable."""
    word = _NOT_A_WORD.sub("_", text.casefold()).strip("_")
    return f"column_{word}" if word[:1].isdigit() else word


# ----------------------------------------------------------------------------------------------------------------- axes


def _axis(entries: Sequence[Entry]) -> str | None:
    """Return the quantity that stands along the axis, None where no column is one."""
    present = [entry.values.quantity for entry in entries if not entry.values.name]
    signals = set(present)
    for quantity in AXES:
        if quantity not in present or len(entries) == present.count(quantity):
            continue
        if quantity == "voltage" and "time" in present and not _swept(entries):
            continue
        if quantity in ("current", "current_density") and not signals & {"luminance", "eqe", "current_efficiency"}:
            continue
        if quantity == "temperature" and "mass" not in signals and "mass_fraction" not in signals:
            continue
        answers = signals & {"current", "current_density", "luminance", "capacitance"}
        if quantity == "voltage" and not answers and all(entry.known for entry in entries):
            continue
        return quantity
    return None


def _swept(entries: Sequence[Entry]) -> bool:
    """Whether the voltage is what was changed, beside a clock that ran."""
    volts = next(entry.values.values for entry in entries if entry.values.quantity == "voltage")
    finite = volts[np.isfinite(volts)]
    return bool(finite.size and np.ptp(finite) > 0.5 * np.abs(finite).max(initial=0.0) > 0.0)


def _along(axis: str, entries: Sequence[Entry], headings: Sequence[str], told: Told) -> list[Curve]:
    """Return the curves along an axis, a new one wherever it stands again."""
    places = [k for k, entry in enumerate(entries) if entry.values.quantity == axis and not entry.values.name]
    groups = [entries[begin:end] for begin, end in zip(places, [*places[1:], len(entries)])]
    before = list(entries[: places[0]])
    if all(len(group) == 1 for group in groups) and len(groups) > 1:  # several readings of one axis
        groups, before = [[entries[places[0]], *(entry for entry in entries if entry is not entries[places[0]])]], []
    groups = _with_readings_of_the_axis(groups)
    found = []
    for number_of, group in enumerate(groups):
        first, *others = [group[0], *before, *group[1:]] if number_of == 0 else group
        kept = ~np.isnan(first.values.values)
        if len(groups) == 1:  # a row that lacks its axis alone is refused later
            kept |= np.any([~np.isnan(other.values.values) for other in others] or [kept], axis=0)
        if not others or not kept.any():
            continue
        signals = _apart_from(axis, [_signal(other, axis, told) for other in others])
        values = [_rows(item, kept) for item in (first.values, *_with_names(signals, headings))]
        labels = dict.fromkeys(entry.label for entry in (first, *others) if entry.label)
        label = " ".join(labels) if len(groups) > 1 else ""
        found.append(Curve((values[0],), tuple(values[1:]), label or (str(number_of + 1) if len(groups) > 1 else "")))
    return found


def _with_readings_of_the_axis(groups: Sequence[Sequence[Entry]]) -> list[Sequence[Entry]]:
    """Return groups of which each has a signal: of two readings of an axis the first was set, the other measured."""
    found: list[Sequence[Entry]] = []
    for place, group in enumerate(groups, 1):
        if found and (len(found[-1]) == 1 or (len(group) == 1 and place == len(groups))):
            found[-1] = [*found[-1], *group]
        else:
            found.append(group)
    return found


def _apart_from(axis: str, signals: Sequence[Values]) -> list[Values]:
    """Return signals of which further readings of the axis have names of their own."""
    found: list[Values] = []
    for item in signals:
        again = item.quantity == axis and not item.name
        count = 2 + sum(other.quantity == axis for other in found)
        name = f"{axis}_{count}" if again else item.name
        found.append(Values(item.quantity, item.values, item.unit, name, item.heading))
    return found


def _signal(entry: Entry, axis: str, told: Told) -> Values:
    """Return a signal; one that nothing names is an intensity where only intensities can be."""
    values = entry.values
    if entry.known or axis not in SPECTRAL:
        return values
    told.notes.append(f"{values.heading or values.name!r} is taken for an intensity in units of its own")
    return Values("intensity", values.values, "1", values.name, values.heading)


def _rows(values: Values, kept: NDArray[np.bool_]) -> Values:
    return Values(values.quantity, values.values[kept], values.unit, values.name, values.heading)


def _with_names(signals: Sequence[Values], headings: Sequence[str]) -> list[Values]:
    """Return signals whose names differ: where several are of one quantity, by their headings."""
    counted = Counter(item.name or item.quantity for item in signals)
    alone = Counter(item.quantity for item in signals)
    alike = Counter((item.quantity, item.heading) for item in signals)
    taken: set[str] = set()
    found = []
    for item in signals:
        name = item.name
        if item.quantity == "intensity" and alone["intensity"] == 1:
            name = ""
        elif counted[name or item.quantity] > 1:
            word = _word(item.heading)
            word = word if word.startswith(item.quantity) else f"{item.quantity}_{word}"
            name = name or (item.quantity if alike[item.quantity, item.heading] > 1 else word)
        unique, repeated = name or item.quantity, 2
        while unique in taken or unique == "curve":
            unique, repeated = f"{name or item.quantity}_{repeated}", repeated + 1
        taken.add(unique)
        name = "" if unique == item.quantity else unique
        found.append(Values(item.quantity, item.values, item.unit, name, item.heading))
    return found
