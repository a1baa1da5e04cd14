"""The lines of a VAMAS file (ISO 14976): the experiment and its blocks, parameter by parameter.

Source: W. A. Dench, L. B. Hazell, M. P. Seah, Surface and Interface Analysis 13, 63 (1988); ISO 14976:1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile

IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format"  # 1988 May 4
#: what the standard has programs write where a number is not known
ABSENT = 1e37
_MODES = ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "NORM", "SDP", "SDPSV", "SEM", "NOEXP")
_SCANS = ("REGULAR", "IRREGULAR", "MAPPING")
_TECHNIQUES = (
    "AES diff", "AES dir", "EDX", "ELS", "FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS",
    "SNMS energy spec", "UPS", "XPS", "XRF",
)  # fmt: skip
_WITH_IONS = frozenset(("FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec"))
_WITHOUT_IONS = frozenset(("AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF"))
_PROFILES = frozenset(("MAPDP", "MAPSVDP", "SDP", "SDPSV"))
_MAPS = frozenset(("MAPSV", "MAPSVDP", "SEM"))


@dataclass(frozen=True)
class Variable:
    """A label and its unit, as the file writes them."""

    label: str
    unit: str


@dataclass(frozen=True, eq=False)
class Block:
    """One spectrum or map."""

    line: int  # of its identifier, counted from 1
    texts: Mapping[str, str]  # parameters by the words of the standard
    comment: tuple[str, ...]
    conditions: tuple[str, ...]  # values of the experimental variables
    variables: tuple[Variable, ...]  # corresponding variables
    additional: tuple[tuple[Variable, str], ...]
    limits: tuple[tuple[float, float], ...] = ()  # lowest and highest value of each variable, as the file states them
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)), repr=False)  # (point, variable)

    def real(self, name: str) -> float:
        """Return a parameter as a number, nan where the file has none."""
        found = number(self.texts.get(name, ""))
        return math.nan if abs(found) >= ABSENT else found


@dataclass(frozen=True, eq=False)
class Experiment:
    """What stands before the blocks, and the blocks."""

    texts: Mapping[str, str]
    comment: tuple[str, ...]
    mode: str
    scan: str
    conditions: tuple[Variable, ...]  # experimental variables: constant within a block
    blocks: tuple[Block, ...]


Condition = Callable[[str, str], bool]  # of the mode of the experiment and the technique of the block


def _always(mode: str, technique: str) -> bool:
    return True


#: parameters of a block by the prefix number that the standard gives them; those with an empty tuple repeat
_PARAMETERS: tuple[tuple[int, tuple[str, ...], Condition], ...] = (
    (1, ("year",), _always),
    (2, ("month",), _always),
    (3, ("day of month",), _always),
    (4, ("hours",), _always),
    (5, ("minutes",), _always),
    (6, ("seconds",), _always),
    (7, ("number of hours in advance of Greenwich Mean Time",), _always),
    (8, (), _always),
    (9, ("technique",), _always),
    (10, ("x coordinate", "y coordinate"), lambda mode, technique: mode in ("MAP", "MAPDP")),
    (11, (), _always),
    (12, ("analysis source label",), _always),
    (
        13,
        (
            "sputtering ion or atom atomic number",
            "number of atoms in sputtering ion or atom particle",
            "sputtering ion or atom charge sign and number",
        ),
        lambda mode, technique: mode in _PROFILES or technique in _WITH_IONS,
    ),
    (14, ("analysis source characteristic energy",), _always),
    (15, ("analysis source strength",), _always),
    (16, ("analysis source beam width x", "analysis source beam width y"), _always),
    (17, ("field of view x", "field of view y"), lambda mode, technique: mode in _MAPS or mode in ("MAP", "MAPDP")),
    (
        18,
        (
            "first linescan start x coordinate",
            "first linescan start y coordinate",
            "first linescan finish x coordinate",
            "first linescan finish y coordinate",
            "last linescan finish x coordinate",
            "last linescan finish y coordinate",
        ),
        lambda mode, technique: mode in _MAPS,
    ),
    (19, ("analysis source polar angle of incidence",), _always),
    (20, ("analysis source azimuth",), _always),
    (21, ("analyser mode",), _always),
    (22, ("analyser pass energy or retard ratio or mass resolution",), _always),
    (23, ("differential width",), lambda mode, technique: technique == "AES diff"),
    (24, ("magnification of analyser transfer lens",), _always),
    (25, ("analyser work function or acceptance energy of atom or ion",), _always),
    (26, ("target bias",), _always),
    (27, ("analysis width x", "analysis width y"), _always),
    (28, ("analyser axis take off polar angle", "analyser axis take off azimuth"), _always),
    (29, ("species label",), _always),
    (30, ("transition or charge state label", "charge of detected particle"), _always),
    (31, (), _always),
    (32, (), _always),
    (33, ("signal mode",), _always),
    (34, ("signal collection time",), _always),
    (35, ("number of scans to compile this block",), _always),
    (36, ("signal time correction",), _always),
    (
        37,
        (
            "sputtering source energy",
            "sputtering source beam current",
            "sputtering source width x",
            "sputtering source width y",
            "sputtering source polar angle of incidence",
            "sputtering source azimuth",
            "sputtering mode",
        ),
        lambda mode, technique: mode in _PROFILES and technique in _WITHOUT_IONS,
    ),
    (38, ("sample normal polar angle of tilt", "sample normal tilt azimuth"), _always),
    (39, ("sample rotation angle",), _always),
    (40, (), _always),
)
_ABSCISSA = ("abscissa label", "abscissa units", "abscissa start", "abscissa increment")


class _Lines:
    """The lines of the file, one after the other."""

    def __init__(self, file: RawFile, place: int) -> None:
        self.file = file
        self.place = place  # of the line that was read last, counted from 1

    def text(self, what: str) -> str:
        self.place += 1
        if self.place >= len(self.file.lines) and not self.file.lines[-1].strip():
            raise self.file.refusal(f"the file ends where {what} was expected; it is cut off", line=self.place)
        return self.file.line(self.place, what).strip()

    def texts(self, count: int, what: str) -> tuple[str, ...]:
        if not 0 <= count <= len(self.file.lines) - self.place:
            left = len(self.file.lines) - self.place
            raise self.file.refusal(f"{count} lines of {what} were announced, {left} are left", line=self.place)
        return tuple(self.text(what) for _ in range(count))

    def whole(self, what: str) -> int:
        text = self.text(what)
        value = number(text)
        if not math.isfinite(value) or value != round(value):
            raise self.file.refusal(f"{what} was expected, a whole number, not {text[:40]!r}", line=self.place)
        return int(value)

    def one_of(self, words: tuple[str, ...], what: str) -> str:
        text = self.text(what)
        found = {word.casefold(): word for word in words}.get(text.casefold())
        if found is None:
            raise self.file.refusal(f"{what} is {text[:40]!r}; one of {', '.join(words)} was expected", line=self.place)
        return found

    def variables(self, what: str) -> tuple[Variable, ...]:
        pairs = self.texts(2 * self.whole(f"the number of {what}s"), what)
        return tuple(Variable(*pairs[place : place + 2]) for place in range(0, len(pairs), 2))


def first_line(file: RawFile) -> int:
    """Return the line of the format's identifier, counted from 1; 0 where there is none. Blank lines may precede it."""
    for place, line in enumerate(file.lines[:20], 1):
        if line.strip():
            return place if line.strip().startswith(IDENTIFIER) else 0
    return 0


def experiment(file: RawFile) -> Experiment:
    """Return what a VAMAS file holds.

    Raises:
        DataError: a line is missing or is not what the standard wants there.
    """
    lines = _Lines(file, first_line(file))
    names = ("institution", "instrument", "operator", "experiment")
    texts = {name: lines.text(f"the identifier of the {name}") for name in names}
    comment = lines.texts(lines.whole("the number of lines of the comment"), "comment")
    mode = lines.one_of(_MODES, "the mode of the experiment")
    scan = lines.one_of(_SCANS, "the mode of the scan")
    if mode in ("MAP", "MAPDP", "NORM", "SDP"):
        texts["number of spectral regions"] = str(lines.whole("the number of spectral regions"))
    if mode in ("MAP", "MAPDP"):
        for name in ("analysis positions", "discrete x coordinates", "discrete y coordinates"):
            texts[f"number of {name}"] = str(lines.whole(f"the number of {name}"))
    conditions = lines.variables("experimental variable")
    left_out = _left_out(lines)
    entered = lines.texts(lines.whole("the number of manually entered items"), "manually entered item")
    if entered:
        texts["manually entered items"] = ", ".join(entered)
    more, more_of_block = (
        lines.whole(f"the number of future upgrade {name} entries") for name in ("experiment", "block")
    )
    if upgrade := lines.texts(more, "future upgrade experiment entry"):
        texts["future upgrade experiment entries"] = "\n".join(upgrade)
    header = Experiment(texts, comment, mode, scan, conditions, ())
    count = lines.whole("the number of blocks")
    if not 0 <= count <= len(file.lines) // 6:  # identifiers, counts, limits and a value are in every block
        raise file.refusal(f"{count} blocks were announced in {len(file.lines)} lines", line=lines.place)
    blocks: list[Block] = []
    for place in range(count):
        first = blocks[0] if place else None
        blocks.append(_block(lines, header, left_out if place else frozenset(), first, more_of_block))
    _check_end(lines, f"{count} blocks")
    return replace(header, blocks=tuple(blocks))


def _left_out(lines: _Lines) -> frozenset[int]:
    """Return the prefix numbers of the parameters that blocks after the first leave out."""
    count = lines.whole("the number of entries in the parameter inclusion or exclusion list")
    listed = frozenset(lines.whole("a prefix number") for _ in range(min(abs(count), 1000)))
    if not listed <= set(range(1, 41)):
        raise lines.file.refusal(f"prefix numbers from 1 to 40 were expected, not {sorted(listed)}", line=lines.place)
    return frozenset(range(1, 41)) - listed if count > 0 else listed


def _block(lines: _Lines, header: Experiment, left_out: frozenset[int], first: Block | None, more: int) -> Block:
    """Return one block; what is left out stands in the first."""
    texts = {"block identifier": lines.text("the identifier of a block")}
    line = lines.place
    texts["sample identifier"] = lines.text("the identifier of the sample")
    block = replace(first, line=line) if first else Block(line, {}, (), (), (), ())
    for prefix, names, holds in _PARAMETERS:
        if not holds(header.mode, texts.get("technique", "")):
            continue
        if prefix in left_out:
            names = _ABSCISSA if prefix == 31 else names
            texts |= {name: block.texts[name] for name in names if name in block.texts}
        elif names:
            texts |= {name: _parameter(lines, name) for name in names}
        elif prefix == 31 and header.scan == "REGULAR":
            texts |= {name: lines.text(f"the {name}") for name in _ABSCISSA}
        else:
            block = _repeated(lines, header, block, prefix)
    upgrade = lines.texts(more, "future upgrade block entry")
    if upgrade:
        texts["future upgrade block entries"] = "\n".join(upgrade)
    return _with_values(lines, replace(block, texts=texts))


def _parameter(lines: _Lines, name: str) -> str:
    if name == "technique":
        return lines.one_of(_TECHNIQUES, "the technique")
    return lines.text(f"the {name}")


def _repeated(lines: _Lines, header: Experiment, block: Block, prefix: int) -> Block:
    """Return a block with a parameter that has a count of its own."""
    if prefix == 8:
        return replace(block, comment=lines.texts(lines.whole("the number of lines of the block's comment"), "comment"))
    if prefix == 11:
        return replace(block, conditions=lines.texts(len(header.conditions), "value of an experimental variable"))
    if prefix == 32:
        return replace(block, variables=lines.variables("corresponding variable"))
    if prefix == 40:
        found = lines.texts(3 * lines.whole("the number of additional numerical parameters"), "additional parameter")
        rows = range(0, len(found), 3)
        added = tuple((Variable(found[row], found[row + 1]), found[row + 2]) for row in rows)
        return replace(block, additional=added)
    return block


def _with_values(lines: _Lines, block: Block) -> Block:
    """Return a block with its numbers."""
    count, width = lines.whole("the number of ordinate values"), len(block.variables)
    if not width or count % width:
        raise lines.file.refusal(f"{count} ordinate values were announced for {width} variables", line=lines.place)
    stated = _numbers(lines, 2 * width, "lowest and highest value")
    values = _numbers(lines, count, "ordinate value").reshape(-1, width)
    limits = tuple((float(low), float(high)) for low, high in stated.reshape(-1, 2))
    return replace(block, limits=limits, values=np.where(np.abs(values) >= ABSENT, math.nan, values))


def _numbers(lines: _Lines, count: int, what: str) -> NDArray[np.float64]:
    """Return so many numbers, one a line."""
    start = lines.place + 1
    found = np.array([number(text) for text in lines.texts(count, what)], dtype=float)
    bad = np.flatnonzero(~np.isfinite(found))
    if bad.size:
        line = start + int(bad[0])
        raise lines.file.refusal(f"a number was expected ({what}), not {lines.file.lines[line - 1][:40]!r}", line=line)
    return found


def _check_end(lines: _Lines, what: str) -> None:
    """Refuse a file that ends within its last number, or goes on after its last block."""
    rest = [(place, text.strip()) for place, text in enumerate(lines.file.lines[lines.place :], lines.place + 1)]
    written = [(place, text) for place, text in rest if text]
    if not rest:
        raise lines.file.refusal(
            "the file ends within its last number; 'end of experiment' was expected", line=lines.place
        )
    if written and not written[0][1].casefold().startswith("end of experiment"):
        raise lines.file.refusal(
            f"{what} were announced, but more follows; 'end of experiment' was expected", line=written[0][0]
        )
