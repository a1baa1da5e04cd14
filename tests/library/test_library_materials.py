"""The materials: complete for their role, consistent with their notes, and their tables with the formulas of origin."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from library_files import LIBRARY, load, numbers, reference, table

from halodot.sources import bibliography_keys
from halodot.states import STATED, Layer

MATERIALS = load("materials")
NUMBERS = {str(number): number for number in numbers("materials", Layer)}
TABLES = sorted(path.name for path in (LIBRARY / "materials" / "nk").glob("*.csv"))
OPTICS = reference("library_optics.json")
ELECTRICAL = {
    "relative_permittivity", "electron_affinity", "ionisation_energy",
    "electron_density_of_states", "hole_density_of_states",
    "electron_mobility", "hole_mobility", "langevin_factor",
}  # fmt: skip
CHARGE, BOLTZMANN = 1.602176634e-19, 1.380649e-23


def value(name: str, field: str) -> float:
    return NUMBERS[f"{name}.{field}"].value


@pytest.mark.parametrize("name", MATERIALS)
def test_material_is_complete_for_its_role(name: str) -> None:
    entry = MATERIALS[name]
    extra = {"role", "aliases", "about", "table", "source"}
    assert set(entry) - extra <= set(STATED) - {"name", "material", "thickness"}
    assert entry["role"] in {"substrate", "electrode", "injection", "transport", "emitter"}
    assert entry["about"].endswith(".")
    if name != "dots":
        assert ("table" in entry) != ("cauchy_a" in entry), "the index comes from a table or from a formula"
    if "table" in entry:
        assert entry["table"] in TABLES
        assert "index_offset" in entry
    if entry["role"] == "transport":
        assert set(entry) >= ELECTRICAL
        assert value(name, "ionisation_energy") > value(name, "electron_affinity") + 1.5
    if entry["role"] in ("electrode", "injection"):
        assert 2.5 < value(name, "work_function") < 7  # of molybdenum oxide fresh in vacuum, the deepest


@pytest.mark.parametrize("name", [name for name, entry in MATERIALS.items() if "cauchy_a" in entry])
def test_formula_gives_an_index_of_matter(name: str) -> None:
    wavelength = np.linspace(450e-9, 800e-9, 71)
    entry = MATERIALS[name]
    index = np.full_like(wavelength, value(name, "cauchy_a"))
    for field, power in (("cauchy_b", 2), ("cauchy_c", 4)):
        index += value(name, field) / wavelength**power if field in entry else 0.0
    assert np.all((index >= 1) & (index < 3))
    assert np.all(np.diff(index) <= 1e-12), "normal dispersion: none of them absorbs here"


@pytest.mark.parametrize("name", TABLES)
def test_table_is_a_function_of_wavelength(name: str) -> None:
    wavelength, index, extinction = table(name)
    assert np.all(np.diff(wavelength) > 0)
    assert wavelength[0] <= 0.38, "the eye's range"
    assert wavelength[-1] >= 0.83, "the eye's range"
    assert np.all(index > 0)
    assert np.all(extinction >= 0)
    first = (LIBRARY / "materials" / "nk" / name).read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"# .*source: .+\(\d{4}\)|# .*source: SCHOTT", first)


def test_glass_follows_its_sellmeier_formula() -> None:
    wavelength, index, _ = table("N-BK7_Schott.csv")
    square = wavelength**2
    expected = 1 + sum(b * square / (square - c) for b, c in zip(OPTICS["N-BK7"]["B"], OPTICS["N-BK7"]["C"]))
    assert index == pytest.approx(np.sqrt(expected), abs=1e-5)


def test_lithium_fluoride_follows_its_formula() -> None:
    wavelength, index, _ = table("LiF_Li.csv")
    square = wavelength**2
    expected = 1 + sum(b * square / (square - c**2) for b, c in zip(OPTICS["LiF"]["B"], OPTICS["LiF"]["C"]))
    assert index == pytest.approx(np.sqrt(expected), abs=1e-5)


def test_soda_lime_follows_its_formula() -> None:
    wavelength, index, _ = table("soda-lime_Rubin-clear.csv")
    a, b, c = OPTICS["soda-lime"]["coefficients"]
    assert index == pytest.approx(a + b * wavelength**2 + c / wavelength**2, abs=1e-5)


@pytest.mark.parametrize("nanometres", [450.0, 645.0, 750.0])
def test_aluminium_follows_its_lorentz_drude_model(nanometres: float) -> None:
    model, energy = OPTICS["Al"], 1239.841984 / nanometres
    plasma = model["plasma_energy"] ** 2
    permittivity = 1 - model["f0"] * plasma / (energy * (energy + 1j * model["width0"]))
    for strength, width, centre in model["oscillators_strength_width_energy"]:
        permittivity += strength * plasma / (centre**2 - energy**2 - 1j * energy * width)
    expected = np.sqrt(permittivity)
    wavelength, index, extinction = table("Al_Rakic-LD.csv")
    assert np.interp(nanometres * 1e-3, wavelength, index) == pytest.approx(expected.real, rel=2e-3)
    assert np.interp(nanometres * 1e-3, wavelength, extinction) == pytest.approx(expected.imag, rel=2e-3)


def test_pedot_holds_the_published_points() -> None:
    wavelength, index, extinction = table("PEDOT-PSS_Chen.csv")
    for letter, column, tolerance in (("n", index, 1e-4), ("k", extinction, 2e-4)):
        for position, expected in OPTICS["PEDOT-PSS"][letter]:
            assert np.interp(position, wavelength, column) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("names", [("ITO", "ITO-Minenkov"), ("Al", "Al-McPeak")])
def test_index_priors_cover_the_scatter_of_two_laboratories(names: tuple[str, str]) -> None:
    at_645 = [np.interp(0.645, *table(MATERIALS[name]["table"])[:2]) for name in names]
    spread = NUMBERS[f"{names[0]}.index_offset"]
    assert spread.bound("low") <= at_645[1] - at_645[0] <= spread.bound("high")


def test_fermi_level_and_conductivity_of_pedot_are_as_noted() -> None:
    name = "PEDOT:PSS"
    voltage = BOLTZMANN * 300 / CHARGE
    depth = voltage * math.log(value(name, "hole_density_of_states") / value(name, "acceptor_density"))
    level = value(name, "ionisation_energy") - depth
    assert level == pytest.approx(4.99, abs=0.005)
    conductivity = CHARGE * value(name, "acceptor_density") * value(name, "hole_mobility")
    assert conductivity == pytest.approx(2e-4 * 100, rel=0.25)


@pytest.mark.parametrize("name", MATERIALS)
def test_no_material_states_what_belongs_to_a_pair(name: str) -> None:
    assert not [key for key in MATERIALS[name] if key.startswith("interface_")]


def test_wide_layers_block_and_the_stack_steps_are_ordered() -> None:
    stack = ["PTAA", "TmPyPB", "PO-T2T"]
    affinity = [value(name, "electron_affinity") for name in stack]
    ionisation = [value(name, "ionisation_energy") for name in stack]
    assert affinity == sorted(affinity)
    assert ionisation == sorted(ionisation)
    assert value("LiF", "work_function") < value("Al", "work_function") < value("ITO", "work_function")


@pytest.mark.parametrize("name", [name for name, entry in MATERIALS.items() if "table" in entry])
def test_every_table_is_cited(name: str) -> None:
    keys = bibliography_keys((LIBRARY / "references.bib").read_text(encoding="utf-8"))
    assert MATERIALS[name]["source"] in keys
