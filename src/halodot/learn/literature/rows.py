"""Read the table of published recipes into typed rows, with the pot of each at the moment of nucleation."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from halodot.errors import DataError
from halodot.flask.nucleation import NucleationConditions
from halodot.learn.literature.decisions import DECISIONS
from halodot.learn.literature.reagents import Reagent, reagent

#: hot injection starts here, K; an edge beyond this is no dot, m
HOT, LARGEST_DOT = 373.15, 30e-9
COLUMNS = (
    "row_in_xlsx",
    "cationic precursor",
    "anionic precursor",
    "Nanocrystal Composition",
    "injection temperature/℃",
    "reaction temperature/℃",
    "reaction time/min",
    "D/nm",
    "Size distribution/%",
    "shape",
    "DOI",
    "heating rate/℃ min-1",
)
_PAIRS = 10  # columns of amounts and of reactants
_FORMULA = re.compile(r"(Cs4?Pb(Cl|Br|I)[36])")


@dataclass(frozen=True)
class LiteratureRow:
    """One published recipe and the dots that it gave; amounts are those of pot and injected stock together."""

    number: int  # in the table
    doi: str
    phase: str  # perovskite | Cs4PbX6
    halide: str  # that of the label: Cl | Br | I
    temperature: float  # K, at injection
    time: float  # s at the reaction temperature; nominal below a few seconds
    length: float  # m
    spread: float  # standard deviation of the length over the length
    shape: str
    amounts: Mapping[str, float]  # mol by the table's abbreviation
    cation_list: tuple[str, ...]  # reagents that the table lists as cationic precursor
    anion_list: tuple[str, ...]
    heated: bool  # heated up with everything in the pot

    @property
    def clean(self) -> bool:
        """Whether the recipe has no cation but cesium and lead, and no halide but that of the label."""
        brought = [reagent(word, "") for word in self.amounts]
        return not any(item.foreign or item.halide not in ("", self.halide) for item in brought)

    @property
    def method(self) -> str:
        """How it was made: "heat-up", "hot injection", or "reprecipitation" near room temperature."""
        if self.heated:
            return "heat-up"
        return "hot injection" if self.temperature >= HOT else "reprecipitation"

    @property
    def is_cube(self) -> bool:
        """Whether it belongs to the cubes by hot injection, of edges up to 30 nm."""
        perovskite = self.phase == "perovskite" and self.shape == "cube"
        return perovskite and self.method == "hot injection" and self.length <= LARGEST_DOT


def read_rows(path: Path, left_out: Callable[[str], None] | None = None) -> tuple[LiteratureRow, ...]:
    """Read the table of published recipes.

    Args:
        path: CSV file with the columns of the table; amounts are in mmol, times in minutes, lengths in nm.
        left_out: told of each row that cannot be read, which is then left out; None refuses the table for it.

    Raises:
        DataError: it is not there, lacks a column, or a row cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.DictReader(stream))
    except OSError as error:
        raise DataError(f"{path}: the table of published recipes cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: this is no table of text in UTF-8 with commas ({error})") from error
    missing = [name for name in COLUMNS if not table or name not in table[0]]
    if missing:
        raise DataError(f"{path}: the table lacks the columns {', '.join(missing)}")
    rows = []
    for cells in table:
        try:
            rows.append(_row(cells, f"{path.name}, row {cells['row_in_xlsx']}"))
        except DataError as error:
            if left_out is None:
                raise
            left_out(f"left out: {error}")
    return tuple(rows)


def _row(cells: Mapping[str, str], where: str) -> LiteratureRow:
    number = int(_number(cells["row_in_xlsx"], where))
    label = _FORMULA.match(cells["Nanocrystal Composition"])
    if label is None:
        raise DataError(f"{where}: {cells['Nanocrystal Composition']!r} is none of CsPbX3 and Cs4PbX6")
    return LiteratureRow(
        number=number,
        doi=cells["DOI"].removeprefix("https://doi.org/"),
        phase="Cs4PbX6" if label[1].startswith("Cs4") else "perovskite",
        halide=label[2],
        temperature=_number(cells["injection temperature/℃"], where) + 273.15,
        time=60.0 * _number(cells["reaction time/min"], where),
        length=1e-9 * _number(cells["D/nm"], where),
        spread=0.01 * _number(cells["Size distribution/%"], where),
        shape=cells["shape"].strip(),
        amounts=_amounts(cells, number, where),
        cation_list=_listed(cells["cationic precursor"]),
        anion_list=_listed(cells["anionic precursor"]),
        heated=_number(cells["heating rate/℃ min-1"], where) > 0.0,
    )


def _number(text: str, where: str) -> float:
    """A cell as a number; nan for the question marks by which the table says that it does not know."""
    if text.strip() in ("", "?", "？"):
        return math.nan
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{where}: {text!r} is no number") from None


def _amounts(cells: Mapping[str, str], number: int, where: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for index in range(_PAIRS):
        ending = f".{index}" if index else ""
        word = cells.get(f"reactants{ending}", "").strip()
        if word:
            reagent(word, where)
            found[word] = found.get(word, 0.0) + 1e-3 * _number(cells[f"additive amount/mmol{ending}"], where)
    decided = DECISIONS.get(number)
    for word, value in (decided.amounts if decided else {}).items():
        if word in found:
            found[word] = 1e-3 * value if decided is not None and decided.absolute else found[word] * value
    return found


def _listed(text: str) -> tuple[str, ...]:
    """The reagents of a list as ``PbAc2*3H2O, OA``, without water of crystals."""
    return tuple(word.split("*")[0].strip() for word in text.split(",") if word.strip())


def conditions_of(row: LiteratureRow) -> NucleationConditions:
    """Return the pot of a row at the moment of nucleation, stock and pot together."""
    brought = [(amount, reagent(word, f"row {row.number}")) for word, amount in row.amounts.items()]

    def amount_of(quantity: str) -> float:
        return math.fsum(amount * float(getattr(item, quantity)) for amount, item in brought)

    def halide(*names: str, ammonium: bool = False) -> float:
        return math.fsum(_halide(amount, item, names) for amount, item in brought if item.ammonium or not ammonium)

    return NucleationConditions(
        temperature=row.temperature,
        volume=amount_of("volume"),
        cesium=amount_of("cesium"),
        lead=amount_of("lead"),
        chloride=halide("Cl"),
        bromide=halide("Br"),
        iodide=halide("I"),
        alkylammonium_halide=halide("Cl", "Br", "I", ammonium=True),
        carboxylic_acid=amount_of("acid"),
        amine=amount_of("amine"),
    )


def is_complete(row: LiteratureRow) -> bool:
    """Return whether a recipe states all its amounts, and brings a liquid, cesium, lead and halide."""
    pot = conditions_of(row)
    stated = all(math.isfinite(amount) for amount in row.amounts.values())
    return stated and min(pot.volume, pot.cesium, pot.lead, pot.halide) > 0.0


def _halide(amount: float, item: Reagent, names: tuple[str, ...]) -> float:
    return amount * item.count if item.halide in names else 0.0
