"""The blocks and the compressed ordinates of JCAMP-DX.

McDonald and Wilks, Applied Spectroscopy 42 (1988) 151: labelled data records, and the forms AFFN, PAC, SQZ, DIF and DUP
of the ordinates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile

#: points that a block may state; a spectrum of an hour at full resolution has some million
MOST_POINTS = 20_000_000
_SQZ = {letter: str(digit) for digit, letter in enumerate("@ABCDEFGHI")} | {
    letter: f"-{digit}" for digit, letter in enumerate("abcdefghi", 1)
}
_DIF = {letter: str(digit) for digit, letter in enumerate("%JKLMNOPQR")} | {
    letter: f"-{digit}" for digit, letter in enumerate("jklmnopqr", 1)
}
_DUP = {letter: str(digit) for digit, letter in enumerate("STUVWXYZs", 1)}
#: a plain number; an exponent has a sign or follows decimals, since a bare E is a squeezed 5
_PLAIN = r"[+-]?(?:(?:\d+\.\d*|\.\d+)(?:[Ee][+-]?\d+)?|\d+(?:[Ee][+-]\d+)?)"
_TOKEN = re.compile(rf"(?P<form>[@A-Ia-i%J-Rj-rS-Zs])(?P<digits>\d*(?:\.\d*)?)|(?P<plain>{_PLAIN})|(?P<none>\?)")
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d+)?|,\d+)(?:[Ee][+-]?\d+)?")
_POINT_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?|\?")


class Record(NamedTuple):
    """A labelled data record."""

    value: str  # behind the equals sign, with the lines that follow
    line: int  # of the label, counted from 1


@dataclass(eq=False)
class Block:
    """The records between ##TITLE= and ##END=, and the blocks within."""

    records: dict[str, Record] = field(default_factory=dict)  # the first of each label
    tables: list[tuple[str, Record]] = field(default_factory=list)  # labels that hold numbers, and PAGE, in order
    blocks: list[Block] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)  # the header in its own words
    ended: bool = False

    def text(self, label: str) -> str:
        """Return the first line of a record, empty where there is none."""
        return self.records[label].value.split("\n")[0].strip() if label in self.records else ""

    def line(self, label: str) -> int:
        """Return the line of a record, 0 where there is none."""
        return self.records[label].line if label in self.records else 0


_TABLES = ("XYDATA", "XYPOINTS", "PEAKTABLE", "DATATABLE", "RADATA", "PEAKASSIGNMENTS", "PAGE", "ASSIGNMENTS")


def blocks_of(file: RawFile) -> Block:
    """Return the outermost block of a file.

    Raises:
        DataError: it does not start with ##TITLE=, or has lines that belong to no record.
    """
    open_blocks: list[Block] = []
    outer: Block | None = None
    label, name, first = "", "", 0
    lines: list[str] = []

    def close() -> None:
        if label and open_blocks:
            _keep(open_blocks[-1], label, name, Record("\n".join(lines), first))

    for number, raw in enumerate(file.lines, 1):
        line = raw.partition("$$")[0].rstrip()
        if not line.lstrip().startswith("##"):
            if not open_blocks and line.strip():
                raise file.refusal(f"##TITLE= was expected, not {line[:40]!r}", line=number)
            lines.append(line)
            continue
        close()
        name, _, value = line.lstrip()[2:].partition("=")
        label, lines, first = re.sub(r"[\s\-/_]", "", name).upper(), [value.strip()], number
        if label == "TITLE":
            block = Block()
            if open_blocks:
                open_blocks[-1].blocks.append(block)
            elif outer is not None:
                outer.blocks.append(block)  # blocks one after the other without a link around them
            outer = outer or block
            open_blocks.append(block)
        elif label == "END" and open_blocks:
            open_blocks.pop().ended = True
            label = ""
    close()
    if outer is None:
        raise file.refusal("##TITLE= was expected", line=1)
    return outer


def _keep(block: Block, label: str, name: str, record: Record) -> None:
    if label in _TABLES:
        block.tables.append((label, record))
        return
    block.records.setdefault(label, record)
    if label not in ("", "END"):
        key = name.strip()
        block.written[key] = f"{block.written[key]}\n{record.value}" if key in block.written else record.value.strip()


# ------------------------------------------------------------------------------------------------------------ ordinates


class Ordinates(NamedTuple):
    """Ordinates as they are written, before their factor."""

    values: NDArray[np.float64]
    starts: tuple[tuple[int, float, int], ...]  # of each line: ordinates before it, its abscissa, its number


def ordinates(file: RawFile, record: Record, most: int, decimal_comma: bool = False) -> Ordinates:
    """Return the ordinates of a table of the form (X++(Y..Y)).

    Args:
        file: for messages.
        record: the table, with its form in the first line.
        most: ordinates that the header states.
        decimal_comma: whether decimals stand behind commas.

    Raises:
        DataError: a line is no such table, a check value is another than the ordinate that it repeats, or there are
            more ordinates than stated.
    """
    values: list[float] = []
    starts: list[tuple[int, float, int]] = []
    differences = False
    for place, line in enumerate(record.value.split("\n")[1:], record.line + 1):
        if not line.strip():
            continue
        x, row, ends_in_difference = _decoded(file, line, place, most, decimal_comma)
        if differences and row:
            if row[0] != values[-1]:
                what = f"the check value {row[0]:g} is not the last ordinate of the line before, {values[-1]:g}"
                raise file.refusal(f"{what}; numbers are lost or changed here", line=place)
            row = row[1:]
            starts.append((len(values) - 1, x, place))
        else:
            starts.append((len(values), x, place))
        values += row
        differences = ends_in_difference
        if len(values) > most:
            raise file.refusal(f"{most} ordinates are stated (##NPOINTS=), and here are more", line=place)
    return Ordinates(np.array(values, dtype=float), tuple(starts))


def _decoded(file: RawFile, line: str, place: int, most: int, decimal_comma: bool) -> tuple[float, list[float], bool]:
    """Return the abscissa of a line, its ordinates, and whether the last of them is written as a difference."""
    text = line.strip()
    if decimal_comma:
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    found = re.match(_PLAIN, text)
    if not found:
        raise file.refusal(f"a line that starts with an abscissa was expected, not {line.strip()[:40]!r}", line=place)
    x, at = float(found.group()), found.end()
    row: list[float] = []
    step = math.nan  # the last difference; nan where the last ordinate was written whole
    for token in _TOKEN.finditer(text, at):
        if text[at : token.start()].strip(" \t,;"):
            break
        at = token.end()
        letter, digits = token["form"], token["digits"]
        if token["none"] or token["plain"]:
            row.append(float(token["plain"] or math.nan))
            step = math.nan
        elif letter in _SQZ:
            row.append(float(_SQZ[letter] + digits))
            step = math.nan
        elif not row:
            raise file.refusal("a line starts with a difference or a repetition; an ordinate was expected", line=place)
        elif letter in _DIF:
            step = float(_DIF[letter] + digits)
            row.append(row[-1] + step)
        else:
            times = int(_DUP[letter] + digits) - 1 if "." not in digits else -1
            if not 0 <= times <= most:
                raise file.refusal(f"a repetition by {letter}{digits} is more than the ordinates stated", line=place)
            for _ in range(times):
                row.append(row[-1] if math.isnan(step) else row[-1] + step)
    if text[at:].strip(" \t,;"):
        raise file.refusal(f"an ordinate was expected, not {text[at:].strip()[:30]!r}", line=place)
    return x, row, not math.isnan(step)


def points(file: RawFile, record: Record, most: int, decimal_comma: bool = False) -> NDArray[np.float64]:
    """Return the points of a table of the form (XY..XY), shape (point, 2), before their factors.

    Args:
        file: for messages.
        record: the table, with its form in the first line.
        most: points that the header states.
        decimal_comma: whether decimals stand behind commas.

    Raises:
        DataError: a line has something else than numbers, or a number has no partner.
    """
    pattern = _COMMA_NUMBER if decimal_comma else _POINT_NUMBER
    found: list[float] = []
    for place, line in enumerate(record.value.split("\n")[1:], record.line + 1):
        rest = pattern.sub("", line)
        if rest.strip(" \t,;"):
            raise file.refusal(f"pairs of numbers were expected, not {line.strip()[:40]!r}", line=place)
        row = pattern.findall(line)
        if len(row) % 2:
            raise file.refusal(f"pairs of numbers were expected, not {len(row)} of them", line=place)
        found += [math.nan if text == "?" else float(text.replace(",", ".")) for text in row]
        if len(found) > 2 * most:
            raise file.refusal(f"{most} points are stated (##NPOINTS=), and here are more", line=place)
    return np.array(found, dtype=float).reshape(-1, 2)


def number_of(block: Block | Mapping[str, str], label: str) -> float:
    """Return a number of the header, nan where there is none."""
    text = block.text(label) if isinstance(block, Block) else block.get(label, "")
    found = re.match(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", text.strip())
    return float(found.group().replace(",", ".")) if found else math.nan
