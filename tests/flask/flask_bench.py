"""A bench for the tests of the flask stage: reagents, the steps of the procedure, the shipped parameters."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import halodot
from halodot.flask import FlaskParameters
from halodot.states import Chemical, Recipe, Step, replaced
from halodot.units import to_si

LIBRARY = Path(halodot.__file__).parent / "library"
ML, MG, MMOL, CELSIUS = 1e-6, 1e-6, 1e-3, 273.15

#: grades and data-sheet densities of the model recipe; cesium carbonate taken as pure
REAGENTS = (
    Chemical("Cs2CO3", "Cs2CO3", "cesium source", 325.82e-3, cation_count=2.0),
    Chemical("PbI2", "PbI2", "lead source", 461.01e-3, halide="I", halide_count=2.0, cation_count=1.0),
    Chemical("ZnI2", "ZnI2", "metal salt", 319.22e-3, halide="I", halide_count=2.0, cation_count=1.0, metal="Zn"),
    Chemical("oleic acid", "C18H34O2", "carboxylic acid", 282.46e-3, 0.90, 895.0, ligand_length=2.0e-9),
    Chemical("oleylamine", "C18H37N", "amine", 267.49e-3, 0.90, 813.0, ligand_length=2.0e-9),
    Chemical("5-aminopentanoic acid", "C5H11NO2", "amino acid", 117.15e-3, 0.97, 1118.0, ligand_length=0.75e-9),
    Chemical(
        "hydroiodic acid",
        "HI",
        "strong acid",
        127.912e-3,
        0.565,
        1700.0,
        400.15,
        water_fraction=0.435,
        halide="I",
        halide_count=1.0,
    ),
    Chemical(
        "tetrafluoroboric acid",
        "HBF4",
        "strong acid",
        87.81e-3,
        0.48,
        1400.0,
        water_fraction=0.52,
    ),
    Chemical("1-octadecene", "C18H36", "solvent", 252.48e-3, 0.90, 789.0, 588.0, relative_permittivity=2.1),
    Chemical("ethyl acetate", "C4H8O2", "solvent", 88.106e-3, 0.999, 902.0, 350.26, 3.6e5, 6.08),
    Chemical("methyl acetate", "C3H6O2", "solvent", 74.08e-3, 0.98, 932.0, 330.02, 4.1e5, 6.97),
    Chemical("hexane", "C6H14", "solvent", 86.18e-3, 0.98, 655.0, 341.88, 3.35e5, 1.887),
    Chemical("octane", "C8H18", "solvent", 114.23e-3, 0.99, 703.0, 398.82, 3.0e5, 1.948),
)
CHEMICALS = {chemical.name: chemical for chemical in REAGENTS}


@cache
def shipped() -> dict[str, Any]:
    """The shipped parameter file as written."""
    loaded: dict[str, Any] = yaml.safe_load((LIBRARY / "parameters" / "flask.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def parameters() -> FlaskParameters:
    """The shipped parameters."""
    values: dict[str, Any] = {"formula_volume": 1.5e-4}
    for item in (one for one in fields(FlaskParameters) if one.name not in values):
        entry = shipped()[item.name]
        unit = item.metadata.get("unit")
        values[item.name] = entry if unit is None else to_si(entry["value"], unit)
    return FlaskParameters(**values)


def changed(**changes: Any) -> FlaskParameters:
    return replaced(parameters(), **changes)


def add(material: str, **quantity: Any) -> Step:
    return Step("add", material, **quantity)


def inject(material: str, **quantity: Any) -> Step:
    return Step("inject", material, **quantity)


CESIUM_STOCK = (
    add("Cs2CO3", mass=144 * MG),
    add("1-octadecene", volume=11 * ML),
    add("oleic acid", volume=6 * ML),
    Step("dry", duration=900.0, temperature=25 + CELSIUS),
    Step("heat", temperature=100 + CELSIUS, duration=1800.0, atmosphere="argon"),
)
BEFORE_LIGAND = (
    add("PbI2", mass=170 * MG),
    add("ZnI2", mass=345 * MG),
    add("1-octadecene", volume=6 * ML),
    Step("dry", duration=3600.0, temperature=120 + CELSIUS, atmosphere="argon"),
    inject("oleic acid", volume=1 * ML),
    inject("oleylamine", volume=2 * ML),
    Step("heat", temperature=150 + CELSIUS),
    inject("cs_oleate", volume=2.2 * ML),
    Step("hold", duration=5.0),
)
COOL = Step("cool", temperature=25 + CELSIUS)
COOL_TO_100 = Step("cool", temperature=100 + CELSIUS)
FIRST_WASH = Step("wash", antisolvents=(("ethyl acetate", 1.0), ("methyl acetate", 3.0)), per_dispersion=True)
SECOND_WASH = Step("wash", antisolvents=(("ethyl acetate", 6 * ML), ("methyl acetate", 6 * ML)))
REDISPERSED = Step("redisperse", "hexane", volume=1 * ML)
WORK_UP = (
    Step("centrifuge", duration=60.0, keep="liquid"),
    FIRST_WASH,
    REDISPERSED,
    SECOND_WASH,
    Step("redisperse", "octane", volume=1 * ML),
    Step("filter"),
)


def ligand_stock(
    dose: float = 0.0, equivalents: float = math.nan, acid: float = math.nan, acid_name: str = "hydroiodic acid"
) -> tuple[Step, ...]:
    """Short ligand (mmol), strong acid (by equivalents of it, or in mmol), 1 mL of ethyl acetate."""
    steps: list[Step] = []
    if dose:
        steps.append(add("5-aminopentanoic acid", amount=dose * MMOL))
    if math.isfinite(equivalents):
        steps.append(add(acid_name, equivalents=equivalents, of="5-aminopentanoic acid"))
    if math.isfinite(acid):
        steps.append(add(acid_name, amount=acid * MMOL))
    return (*steps, add("ethyl acetate", volume=1 * ML), Step("heat", temperature=80 + CELSIUS))


def recipe(
    ligand: tuple[Step, ...] | None = None,
    work_up: tuple[Step, ...] = WORK_UP,
    pot: tuple[Step, ...] | None = None,
    chemicals: dict[str, Chemical] | None = None,
) -> Recipe:
    """The model recipe; ``ligand`` is the stock injected at 100 degC, None for the untreated control."""
    stocks = {"cs_oleate": CESIUM_STOCK} | ({} if ligand is None else {"ligand": ligand})
    end = (COOL,) if ligand is None else (COOL_TO_100, inject("ligand"), COOL)
    return Recipe(stocks=stocks, pot=pot or (*BEFORE_LIGAND, *end), work_up=work_up, chemicals=chemicals or CHEMICALS)


def treated(dose: float, equivalents: float = 1.5) -> Recipe:
    """The in-situ exchange with a dose in mmol."""
    return recipe(ligand_stock(dose, equivalents))


def post_synthesis(ligand: tuple[Step, ...]) -> Recipe:
    """The untreated recipe with the ligand stock injected into the dots after one purification."""
    work_up = (*WORK_UP[:3], inject("ligand"), *WORK_UP[3:])
    base = recipe(work_up=work_up)
    return replaced(base, stocks=dict(base.stocks) | {"ligand": ligand})
