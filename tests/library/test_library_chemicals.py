"""The reagents against atomic weights, the check digits of their registry numbers, and the handbooks they are from."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from library_files import LIBRARY, load, numbers, reference

from halodot.states import CHEMICAL_ROLES, Chemical

CHEMICALS = load("chemicals")
NUMBERS = {str(number): number for number in numbers("chemicals", Chemical)}
LIQUIDS = reference("library_liquids.json")
#: standard atomic weights 2021, Pure and Applied Chemistry 94, 573 (2022); abridged where the element's is an interval
WEIGHTS = {
    "H": 1.0080, "Li": 6.94, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998403162, "Na": 22.98976928,
    "Mg": 24.305, "Si": 28.085, "P": 30.973761998, "S": 32.06, "Cl": 35.45, "K": 39.0983, "Ca": 40.078,
    "Mn": 54.938043, "Ni": 58.6934, "Cu": 63.546, "Zn": 65.38, "Br": 79.904, "Rb": 85.4678, "Sr": 87.62,
    "Y": 88.905838, "Cd": 112.414, "In": 114.818, "Sn": 118.710, "I": 126.90447, "Cs": 132.90545196, "Ce": 140.116,
    "Yb": 173.045, "Pb": 207.2,
}  # fmt: skip
NONMETALS = {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"}
METAL_ROLES = ("cesium source", "lead source", "metal salt")
#: roles whose halogen is an ion, or becomes one; that of chloroform does not
GIVE_HALIDE = (*METAL_ROLES, "organic cation source", "halide source", "ammonium halide", "quaternary ammonium halide")
#: roles whose reagents a recipe may measure by volume
LIQUIDS_AT_WORK = ("carboxylic acid", "amine", "phosphine", "silane", "halide source", "strong acid", "solvent")
LIGANDS = (
    "carboxylic acid", "bidentate acid", "sulfonic acid", "phosphonic acid", "thiol", "amine", "amino acid",
    "zwitterion", "quaternary ammonium halide", "phosphine oxide",
)  # fmt: skip


def value(name: str, field: str) -> float:
    return NUMBERS[f"{name}.{field}"].value


def atoms(formula: str) -> Counter[str]:
    found = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    assert "".join(symbol + count for symbol, count in found) == formula
    counts: Counter[str] = Counter()
    for symbol, count in found:
        counts[symbol] += int(count or 1)
    return counts


@pytest.mark.parametrize("name", CHEMICALS)
def test_reagent_is_complete(name: str) -> None:
    entry = CHEMICALS[name]
    role = entry["role"]
    assert set(entry) - {"aliases", "about", "hazards"} <= set(Chemical.__dataclass_fields__) - {"name"}
    assert role in CHEMICAL_ROLES
    assert {"formula", "molar_mass", "purity", "aliases"} <= set(entry)
    assert "density" in entry or role not in LIQUIDS_AT_WORK, "a recipe measures liquids by volume"
    assert {"ligand_length", "carbons"} <= set(entry) or role not in LIGANDS
    if role == "solvent":
        assert {"boiling_point", "relative_permittivity", "reichardt_polarity", "cas"} <= set(entry)
    if role == "bidentate acid":
        assert value(name, "binding_groups") == 2


@pytest.mark.parametrize("name", CHEMICALS)
def test_molar_mass_is_the_sum_of_its_atoms(name: str) -> None:
    total = sum(WEIGHTS[symbol] * count for symbol, count in atoms(CHEMICALS[name]["formula"]).items())
    assert value(name, "molar_mass") == pytest.approx(total * 1e-3, abs=0.6e-6)


@pytest.mark.parametrize("name", CHEMICALS)
def test_ions_are_those_of_the_formula(name: str) -> None:
    entry, count = CHEMICALS[name], atoms(CHEMICALS[name]["formula"])
    metals = {symbol: count[symbol] for symbol in count if symbol not in NONMETALS}
    assert (value(name, "cation_count") if "cation_count" in entry else 0) == (
        sum(metals.values()) if entry["role"] in METAL_ROLES else 0
    )
    if entry["role"] == "metal salt":
        assert [entry["metal"]] == list(metals)
    strong = entry["role"] == "strong acid"
    gives = {symbol: count[symbol] for symbol in ("Cl", "Br", "I") if symbol in count}
    if entry["role"] not in GIVE_HALIDE and not strong:
        gives = {}
    assert ({entry["halide"]: value(name, "halide_count")} if "halide" in entry else {}) == gives


def test_registry_numbers_end_with_their_check_digit_and_name_one_reagent() -> None:
    known = {name: entry["cas"] for name, entry in CHEMICALS.items() if "cas" in entry}
    for name, number in known.items():
        assert re.fullmatch(r"\d{2,7}-\d{2}-\d", number), name
        *digits, check = (int(digit) for digit in number if digit.isdigit())
        assert sum(place * digit for place, digit in enumerate(reversed(digits), 1)) % 10 == check, name
    assert len(set(known.values())) == len(known)
    assert len(known) > 0.95 * len(CHEMICALS)


def test_the_shelf_has_every_role() -> None:
    assert {entry["role"] for entry in CHEMICALS.values()} == set(CHEMICAL_ROLES)


@pytest.mark.parametrize("file", sorted((LIBRARY / "chemicals").glob("*.yaml")), ids=lambda file: file.stem)
def test_files_stay_readable(file: object) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 500  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CHEMICALS)
def test_shares_are_shares(name: str) -> None:
    water = value(name, "water_fraction") if "water_fraction" in CHEMICALS[name] else 0.0
    assert 0 < value(name, "purity") <= 1
    assert value(name, "purity") + water <= 1 + 1e-12


@pytest.mark.parametrize(
    ("name", "molarity"), [("hydroiodic acid", 7.5e3), ("hydrobromic acid", 8.8e3), ("hydrochloric acid", 12.0e3)]
)
def test_acids_are_as_strong_as_their_bottles_say(name: str, molarity: float) -> None:
    found = value(name, "purity") * value(name, "density") / value(name, "molar_mass")
    assert found == pytest.approx(molarity, rel=0.03)


def test_a_mole_of_lead_acetate_trihydrate_weighs_379_grams() -> None:
    name = "lead acetate trihydrate"
    salt, water = value(name, "purity"), value(name, "water_fraction")
    assert salt / value(name, "molar_mass") == pytest.approx(1.0 / 0.3793, rel=0.01)
    assert (water / 18.015e-3) / (salt / value(name, "molar_mass")) == pytest.approx(3.0, rel=0.02)


# ------------------------------------------------------------------------------------------------------------ handbooks


@pytest.mark.parametrize("name", LIQUIDS["heat_of_vaporisation"])
def test_evaporation_is_that_of_the_handbook(name: str) -> None:
    boiling_point, heat = LIQUIDS["heat_of_vaporisation"][name]
    assert value(name, "boiling_point") == pytest.approx(boiling_point)
    assert value(name, "heat_of_vaporisation") * value(name, "molar_mass") == pytest.approx(heat * 1e3, rel=1e-3)


@pytest.mark.parametrize("name", LIQUIDS["relative_permittivity"])
def test_permittivity_is_that_of_the_handbook_at_20_degrees(name: str) -> None:
    _, at_its_temperature, *polynomial = LIQUIDS["relative_permittivity"][name]
    expected = sum(term * 293.15**power for power, term in enumerate(polynomial)) or at_its_temperature
    assert value(name, "relative_permittivity") == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", LIQUIDS["density"])
def test_density_is_that_of_the_handbook_at_20_degrees(name: str) -> None:
    c1, c2, c3, c4 = LIQUIDS["density"][name]
    molar = c1 / c2 ** (1 + (1 - 293.15 / c3) ** c4)
    assert value(name, "density") == pytest.approx(molar * value(name, "molar_mass"), rel=0.006)


@pytest.mark.parametrize("name", LIQUIDS["physical_constants"])
def test_physical_constants_are_those_of_the_handbook(name: str) -> None:
    boiling_point, density, temperature = LIQUIDS["physical_constants"][name]
    if boiling_point is not None:
        assert value(name, "boiling_point") == pytest.approx(boiling_point, abs=0.01)
    if density is not None:
        number = NUMBERS[f"{name}.density"]
        assert number.value == pytest.approx(density * 1e3, abs=0.06)
        assert temperature == 20 or f"at {temperature} degc" in number.entry["about"].lower()


def test_what_names_the_handbook_is_held_against_it() -> None:
    columns = {
        "boiling_point": ("physical_constants", "heat_of_vaporisation"), "density": ("physical_constants",),
        "relative_permittivity": ("relative_permittivity",), "heat_of_vaporisation": ("heat_of_vaporisation",),
    }  # fmt: skip
    for number in NUMBERS.values():
        if number.entry["source"] == "crc2014":
            assert any(number.owner in LIQUIDS[column] for column in columns[number.field]), number


def test_polarity_rises_with_permittivity_in_each_family_and_ends_at_water() -> None:
    polarity = {
        name: value(name, "reichardt_polarity") for name in CHEMICALS if f"{name}.reichardt_polarity" in NUMBERS
    }
    assert max(polarity, key=lambda name: polarity[name]) == "water"
    assert polarity["water"] == 1.0
    for family in (
        ("1-octanol", "1-butanol", "ethanol", "methanol", "water"),
        ("hexane", "toluene", "chlorobenzene", "chloroform", "dichloromethane"),
        ("butyl acetate", "methyl acetate", "acetone", "acetonitrile"),
    ):
        ordered = [polarity[name] for name in family]
        assert ordered == sorted(ordered)


# --------------------------------------------------------------------------------------------------------------- chains


@pytest.mark.parametrize("name", [name for name, entry in CHEMICALS.items() if "carbons" in entry])
def test_a_chain_has_no_more_carbon_than_the_formula(name: str) -> None:
    assert 0 <= value(name, "carbons") <= atoms(CHEMICALS[name]["formula"])["C"]
    assert value(name, "carbons") == int(value(name, "carbons"))


@pytest.mark.parametrize("name", [name for name, entry in CHEMICALS.items() if "ligand_length" in entry])
def test_a_ligand_is_no_longer_than_its_stretched_chain(name: str) -> None:
    stretched = (atoms(CHEMICALS[name]["formula"])["C"] * 0.1265 + 0.25) * 1e-9
    chain = (value(name, "carbons") * 0.1265 + 0.25) * 1e-9
    assert 0.6 * chain < value(name, "ligand_length") < stretched
