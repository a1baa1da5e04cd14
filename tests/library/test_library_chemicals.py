"""The reagents against the standard atomic weights and the handbooks they were read from."""

from __future__ import annotations

import re

import pytest
from library_files import Number, load, numbers, reference

from halodot.states import CHEMICAL_ROLES, Chemical

CHEMICALS = load("chemicals/chemicals.yaml")
NUMBERS = {str(number): number for number in numbers("chemicals/chemicals.yaml", Chemical)}
LIQUIDS = reference("library_liquids.json")
#: standard atomic weights 2021, Pure and Applied Chemistry 94, 573 (2022); abridged where the element's is an interval
WEIGHTS = {
    "H": 1.0080, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998403162, "Zn": 65.38, "Br": 79.904,
    "I": 126.90447, "Cs": 132.90545196, "Pb": 207.2,
}  # fmt: skip


def value(name: str, field: str) -> float:
    return NUMBERS[f"{name}.{field}"].value


def atoms(formula: str) -> dict[str, int]:
    found = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    assert "".join(symbol + count for symbol, count in found) == formula
    return {symbol: int(count or 1) for symbol, count in found}


@pytest.mark.parametrize("name", CHEMICALS)
def test_reagent_is_complete(name: str) -> None:
    entry = CHEMICALS[name]
    assert set(entry) - {"aliases", "about"} <= set(Chemical.__dataclass_fields__) - {"name"}
    assert entry["role"] in CHEMICAL_ROLES
    assert {"formula", "molar_mass", "purity"} <= set(entry)
    liquid = entry["role"] in {"carboxylic acid", "amine", "strong acid", "solvent"}
    assert "density" in entry or not liquid, "a recipe measures liquids by volume"
    if entry["role"] in {"carboxylic acid", "amine", "amino acid"}:
        assert "ligand_length" in entry
    if entry["role"] == "solvent":
        assert {"boiling_point", "relative_permittivity"} <= set(entry)


@pytest.mark.parametrize("name", CHEMICALS)
def test_molar_mass_is_the_sum_of_its_atoms(name: str) -> None:
    total = sum(WEIGHTS[symbol] * count for symbol, count in atoms(CHEMICALS[name]["formula"]).items())
    assert value(name, "molar_mass") == pytest.approx(total * 1e-3, abs=0.6e-6)


@pytest.mark.parametrize("name", CHEMICALS)
def test_ions_are_those_of_the_formula(name: str) -> None:
    entry, count = CHEMICALS[name], atoms(CHEMICALS[name]["formula"])
    metals = sum(count.get(symbol, 0) for symbol in ("Cs", "Pb", "Zn"))
    assert (value(name, "cation_count") if "cation_count" in entry else 0) == metals
    halides = {symbol: count[symbol] for symbol in ("Br", "I") if symbol in count}
    assert ({entry["halide"]: value(name, "halide_count")} if "halide" in entry else {}) == halides


@pytest.mark.parametrize("number", [number for number in NUMBERS.values() if number.field == "purity"], ids=str)
def test_shares_are_shares(number: Number) -> None:
    water = value(number.owner, "water_fraction") if "water_fraction" in CHEMICALS[number.owner] else 0.0
    assert 0 < number.value <= 1
    assert number.value + water <= 1 + 1e-12


def test_hydroiodic_acid_is_seven_and_a_half_molar() -> None:
    name = "hydroiodic acid"
    molarity = value(name, "purity") * value(name, "density") / value(name, "molar_mass")
    assert molarity == pytest.approx(7.5e3, rel=0.03)


@pytest.mark.parametrize("name", LIQUIDS["heat_of_vaporisation"])
def test_evaporation_is_that_of_the_handbook(name: str) -> None:
    boiling_point, heat = LIQUIDS["heat_of_vaporisation"][name]
    assert value(name, "boiling_point") == pytest.approx(boiling_point)
    assert value(name, "heat_of_vaporisation") * value(name, "molar_mass") == pytest.approx(heat * 1e3, rel=1e-3)


@pytest.mark.parametrize("name", LIQUIDS["relative_permittivity"])
def test_permittivity_is_that_of_the_handbook_at_20_degrees(name: str) -> None:
    _, _, a, b, c = LIQUIDS["relative_permittivity"][name]
    at_20 = a + b * 293.15 + c * 293.15**2
    assert value(name, "relative_permittivity") == pytest.approx(at_20, rel=0.02)


@pytest.mark.parametrize("name", LIQUIDS["density"])
def test_density_is_that_of_the_handbook_at_20_degrees(name: str) -> None:
    c1, c2, c3, c4 = LIQUIDS["density"][name]
    molar = c1 / c2 ** (1 + (1 - 293.15 / c3) ** c4)
    assert value(name, "density") == pytest.approx(molar * value(name, "molar_mass"), rel=0.006)


@pytest.mark.parametrize("name", [name for name, entry in CHEMICALS.items() if "ligand_length" in entry])
def test_a_ligand_is_no_longer_than_its_stretched_chain(name: str) -> None:
    carbons = atoms(CHEMICALS[name]["formula"])["C"]
    stretched = (carbons * 0.1265 + 0.25) * 1e-9
    assert 0.6 * stretched < value(name, "ligand_length") < stretched
