"""Tables of n and k as spreadsheets, ellipsometers and refractiveindex.info write them.

A table is a text with a line of headings, one of them a wavelength with its unit. Commas, semicolons, tabs or blanks
stand between cells; decimals behind commas are read where no comma stands between cells. n and k may follow each other
as two blocks. Everything else is refused with what was found and what is wanted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import numpy as np

from halodot.columns import decoded
from halodot.errors import InputError
from halodot.states import Array
from halodot.units import from_si, to_si

LARGEST_FILE = 10_000_000  # bytes; a table of 1 nm steps has some kB
#: between which wavelengths [m] optical constants of a device are stated; beyond, the unit of the heading is wrong
_SHORTEST, _LONGEST = 10e-9, 300e-6
_WANTED = "headings such as wavelength_nm,n,k and a row for each wavelength are wanted"
_COMMENTS = ("#", "%", "!", "//")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_HEADING = re.compile(r"(?P<name>.+?)(?:[ _]*[\[(](?P<inside>[^\])]*)[\])]|(?:_| |/ ?|, ?)(?P<behind>[^ _/]+))?")
_ROLES = {
    **dict.fromkeys(("wavelength", "wavelengths", "vacuum wavelength", "wl", "lambda", "λ"), "wavelength"),
    **dict.fromkeys(("n", "index", "refractive index", "refractive_index", "n(λ)", "re(n)"), "n"),
    **dict.fromkeys(("k", "kappa", "κ", "extinction", "extinction coefficient", "extinction_coefficient"), "k"),
    **dict.fromkeys(("k(λ)", "im(n)"), "k"),
    **dict.fromkeys(("energy", "photon energy", "photon_energy", "e", "ev", "hv", "hν"), "energy"),
}


@dataclass(frozen=True, eq=False)
class OpticalTable:
    """Optical constants at rising wavelengths."""

    wavelength: Array  # m
    index: Array
    extinction: Array
    transparent: bool  # the table has no k; 0 was taken
    ignored: tuple[str, ...] = ()  # headings of columns that were not read
    source: str = ""  # key of the bibliography that its first line names


@dataclass(frozen=True)
class _Block:
    """Columns under one line of headings."""

    columns: dict[str, list[float]]  # wavelength [m], n, k
    lines: list[int]
    ignored: tuple[str, ...]


def read_optical_table(path: Path) -> OpticalTable:
    """Read a file of optical constants, anew whenever its content has changed.

    Args:
        path: the file.

    Raises:
        InputError: there is no such file, or it is no table of optical constants; the message does not name the file.
    """
    return optical_table_of(bytes_of_table(path))


def bytes_of_table(path: Path) -> bytes:
    """Return the content of a file of optical constants.

    Raises:
        InputError: there is no such file, or it is too large for one; the message does not name the file.
    """
    try:
        if not os.path.isfile(path):  # never raises, whatever the name
            raise InputError(f"there is no file {path.absolute()}")
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"the file has {path.stat().st_size / 1e6:.0f} MB; a table of n and k has some kB")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror or error}") from error


@lru_cache(maxsize=64)
def optical_table_of(data: bytes) -> OpticalTable:
    """Return the optical constants in the content of a file.

    Raises:
        InputError: it is no table of optical constants.
    """
    text = decoded(data)
    blocks = list(_blocks(text.splitlines()))
    if not blocks:
        found = next((line.strip() for line in text.splitlines() if line.strip()), "")
        what = f"the first line is {found[:60]!r}" if found else "the file is empty"
        raise InputError(f"{what}, but {_WANTED}")
    joined = _joined(blocks)
    wavelength, index = joined["wavelength"], joined["n"]
    extinction = joined.get("k", np.zeros(wavelength.size))
    for column in (wavelength, index, extinction):
        column.flags.writeable = False
    first = text.split("\n", 1)[0]
    source = first.split("key:", 1)[1].split(";")[0].strip() if "key:" in first else ""
    ignored = tuple(name for block in blocks for name in block.ignored)
    return OpticalTable(wavelength, index, extinction, "k" not in joined, ignored, source)


# -------------------------------------------------------------------------------------------------------------- columns


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """Yield the columns below each line of headings; what stands before the first is about the sample."""
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not _is_remark(line)]
    starts = _headings(numbered)
    if not starts:  # NumPy writes the headings as a remark
        numbered = [(number, line.lstrip("#%!/ ")) for number, line in enumerate(lines, 1) if line.strip("#%!/ \t")]
        starts = _headings(numbered)[-1:]
    for start, end in zip(starts, [*starts[1:], len(numbered)]):
        number, line = numbered[start]
        yield _block(number, line, numbered[start + 1 : end])


def _headings(numbered: Sequence[tuple[int, str]]) -> list[int]:
    return [position for position, (_, line) in enumerate(numbered) if _roles(_cells(line, _delimiter(line)))]


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(_COMMENTS)


def _delimiter(line: str) -> str:
    return next((mark for mark in "\t;," if mark in line), " ")


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        parts = re.split(r"\s{2,}", line.strip())
        parts = parts if len(parts) > 1 else line.split()
    else:
        parts = line.split(delimiter)
    return [part.strip().strip("\"'").strip() for part in parts]


def _roles(cells: Sequence[str]) -> list[tuple[str, str]]:
    """Return what each heading names and in which unit, nothing where no wavelength or energy is among them."""
    found = [_role(cell) for cell in cells]
    return found if {"wavelength", "energy"} & {role for role, _ in found} else []


def _role(heading: str) -> tuple[str, str]:
    word = heading.strip().casefold()
    if word in _ROLES:
        return _ROLES[word], ""
    if word in ("nm", "um", "µm", "μm", "å", "angstrom"):
        return "wavelength", heading
    parts = _HEADING.fullmatch(heading.strip())
    if parts is None:
        return "", ""
    role, behind = _ROLES.get(parts["name"].strip().casefold(), ""), parts["behind"] or ""
    if role in ("n", "k") and behind:
        return "", ""  # n_o, n_error
    return role, (parts["inside"] or behind).strip()


def _block(number: int, heading: str, rows: Sequence[tuple[int, str]]) -> _Block:
    delimiter = _delimiter(heading)
    headings = _cells(heading, delimiter)
    while headings and not headings[-1]:
        headings.pop()
    roles = _roles(headings)
    for role in ("wavelength", "n", "k"):
        if [name for name, _ in roles].count(role) > 1:
            _refuse(number, f"two columns are called {role}")
    if not any(name == "wavelength" for name, _ in roles):
        _refuse(number, "the spectrum is over energy; wavelengths are wanted, 1239.84 nm eV over the energy")
    unit = _length_unit(number, headings, roles)
    metre = to_si(f"1 {unit}", "m")
    columns: dict[str, list[float]] = {role: [] for role, _ in roles if role in ("wavelength", "n", "k")}
    lines = []
    for line, text in rows:
        cells = _row(line, text, delimiter, headings)
        if not cells:
            continue
        lines.append(line)
        for (role, _), heading_, cell in zip(roles, headings, cells):
            if role in columns:
                value = _number(line, heading_, cell, delimiter)
                columns[role].append(value * metre if role == "wavelength" else value)
    ignored = tuple(name for name, (role, _) in zip(headings, roles) if role not in columns and name)
    return _checked(_Block(columns, lines, ignored), number, unit)


def _length_unit(number: int, headings: Sequence[str], roles: Sequence[tuple[str, str]]) -> str:
    heading, unit = next((name, unit) for name, (role, unit) in zip(headings, roles) if role == "wavelength")
    if not unit and heading.casefold() == "wl":
        return "um"  # as refractiveindex.info exports it
    try:
        to_si(f"1 {unit}", "m")
    except InputError:
        _refuse(
            number, f"the heading {heading!r} names no unit of the wavelength; write wavelength_nm or wavelength_um"
        )
    return unit


def _row(line: int, text: str, delimiter: str, headings: Sequence[str]) -> list[str]:
    cells = _cells(text, delimiter) if delimiter != " " else text.split()
    if not any(cells):
        return []
    while len(cells) > len(headings) and not cells[-1]:
        cells.pop()
    if len(cells) == len(headings):
        return cells
    what = f"{len(cells)} cells under {len(headings)} headings"
    if delimiter == "," and len(cells) > len(headings):
        what += "; if its commas are decimal commas, put semicolons or tabs between the cells"
    elif delimiter not in text and _delimiter(text) != " ":
        what += f"; the headings are parted by {_called(delimiter)}, this row by {_called(_delimiter(text))}"
    _refuse(line, what)


def _called(delimiter: str) -> str:
    return {"\t": "tabs", ";": "semicolons", ",": "commas"}.get(delimiter, "blanks")


def _number(line: int, heading: str, cell: str, delimiter: str) -> float:
    text = cell.replace("−", "-")
    if delimiter != "," and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        _refuse(
            line, f"{cell[:40]!r} under {heading!r} is no number" if cell else f"the cell under {heading!r} is empty"
        )
    value = float(text)
    if not np.isfinite(value):
        _refuse(line, f"{cell[:40]!r} under {heading!r} is beyond the range of floating-point numbers")
    return value


# --------------------------------------------------------------------------------------------------------------- checks


def _checked(block: _Block, number: int, unit: str) -> _Block:
    """Report columns that are no optical constants, with the first line that shows it."""
    columns = block.columns
    if len(columns) == 1:
        _refuse(number, "there is neither a column n nor a column k")
    if len(block.lines) < 2:
        _refuse(number, f"there is {'one row' if block.lines else 'no row'} below the headings; {_WANTED}")
    wavelength = np.array(columns["wavelength"])
    if wavelength.min() < _SHORTEST or wavelength.max() > _LONGEST:
        low, high = (from_si(edge, "m", unit) for edge in (wavelength.min(), wavelength.max()))
        span = f"{low:.6g} to {high:.6g} {unit}"
        _refuse(number, f"the wavelengths run from {span}, which is no light; is the unit in the heading right?")
    for line, n in zip(block.lines, columns.get("n", ())):
        if n <= 0.0:
            _refuse(line, f"n = {n:g}; the refractive index is larger than zero")
    for line, k in zip(block.lines, columns.get("k", ())):
        if k < 0.0:
            _refuse(line, f"k = {k:g}; the extinction coefficient of matter that absorbs is counted positive")
    return block


def _joined(blocks: Sequence[_Block]) -> dict[str, Array]:
    """Return wavelength, n and k on one rising axis: that of the only block, or all of two where both are known."""
    parts = [_sorted(block) for block in blocks]
    if len(parts) == 2 and {"n", "k"} <= set().union(*parts) and not {"n", "k"} <= set(parts[0]):
        return _overlapped(*parts)
    if len(parts) > 1:
        listed = " and ".join(",".join(part) for part in parts[:3])
        raise InputError(f"there are {len(parts)} blocks ({listed}); one of n and one of k, or one of both, is wanted")
    if "n" not in parts[0]:
        raise InputError(f"there is no column n beside {', '.join(parts[0])}; {_WANTED}")
    return parts[0]


def _sorted(block: _Block) -> dict[str, Array]:
    columns = {role: np.array(values) for role, values in block.columns.items()}
    order = np.argsort(columns["wavelength"], kind="stable")
    twice = np.nonzero(np.diff(columns["wavelength"][order]) == 0.0)[0]
    if twice.size:
        one, other = (block.lines[order[twice[0] + step]] for step in (0, 1))
        _refuse(other, f"the wavelength of line {one} stands here a second time")
    return {role: np.ascontiguousarray(values[order]) for role, values in columns.items()}


def _overlapped(one: dict[str, Array], other: dict[str, Array]) -> dict[str, Array]:
    """Join a block of n and one of k, each linear between its own wavelengths."""
    low, high = (max(one["wavelength"][0], other["wavelength"][0]), min(one["wavelength"][-1], other["wavelength"][-1]))
    every = np.union1d(one["wavelength"], other["wavelength"])
    grid = every[(every >= low) & (every <= high)]
    if grid.size < 2:
        raise InputError("the blocks of n and k have no wavelengths in common")
    columns = {role: (part["wavelength"], values) for part in (one, other) for role, values in part.items()}
    return {"wavelength": grid} | {role: np.interp(grid, *columns[role]) for role in ("n", "k")}


def _refuse(line: int, what: str) -> NoReturn:
    raise InputError(f"line {line}: {what}")
