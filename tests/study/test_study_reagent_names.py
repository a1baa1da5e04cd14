"""Names of reagents that the library has not: never another compound as a hint, and how to describe them."""

from __future__ import annotations

import math
import re

import pytest

from halodot.errors import InputError
from halodot.states import CHEMICAL_ROLES
from halodot.study import from_text, library
from halodot.study.reagent_names import EXAMPLES, closest_reagent, described, likely_role

NAMES = tuple(library.aliases("chemicals"))
CHAINS = (
    "methyl", "ethyl", "propyl", "butyl", "pentyl", "hexyl", "heptyl", "octyl", "nonyl", "decyl", "undecyl", "dodecyl",
    "tetradecyl", "hexadecyl", "octadecyl", "isopropyl", "tert-butyl", "cyclohexyl", "allyl",
)  # fmt: skip
PATTERNS = (
    "{}amine", "di{}amine", "tri{}amine", "{}phosphonic acid", "{} acetate", "di{} ether", "tri{}phosphine",
    "tri{}phosphine oxide", "{}ammonium chloride", "{}ammonium iodide", "tetra{}ammonium bromide", "{}trimethoxysilane",
    "{}triethoxysilane", "{}trichlorosilane", "tetra{}silane", "1-{}thiol", "{}benzene", "{} benzoate",
    "{}sulfonic acid",
)  # fmt: skip
OTHERS = """
 hexane-1-ol heptene hexene octene octadecane undecane tridecane cyclohexene cyclopentane cyclooctane 2-butanol
 3-octanol 1-pentanol 1-hexanol 2-octanol 2,5-dimethylfuran propanal butanal acetamide formamide propionitrile
 butyronitrile nitromethane glycerol ethylene_glycol triglyme monoglyme sulfolane anisole pyridine aniline thiophene
 dichloroethane trichloroethane bromoform iodoform iodobenzene bromobenzene fluorobenzene 1,3-dichlorobenzene m-xylene
 ethylbenzene cumene cymene tetralin decalin squalene undecanoic_acid heptanoic_acid pentanoic_acid tridecanoic_acid
 elaidic_acid arachidic_acid behenic_acid linolenic_acid ricinoleic_acid malonic_acid maleic_acid fumaric_acid
 oxalic_acid pimelic_acid suberic_acid azelaic_acid isophthalic_acid terephthalic_acid citric_acid tartaric_acid
 lactic_acid salicylic_acid gallic_acid trifluoroacetic_acid 3-aminobutanoic_acid 2-aminobutanoic_acid
 7-aminoheptanoic_acid 11-aminoundecanoic_acid L-arginine L-glutamine L-histidine L-serine D-lysine L-valine
 sodium_iodate sodium_acetate sodium_oleate potassium_iodate potassium_acetate zinc_fluoride zinc_iodate zinc_oleate
 tin(IV)_iodide copper(I)_chloride copper(III)_bromide manganese(III)_chloride nickel(II)_iodide lead_nitrate
 lead_sulfide lead_bromate lead(IV)_oxide cesium_iodate cesium_nitrate cesium_fluoride cesium_laurate benzoyl_fluoride
 benzyl_chloride benzyl_bromide trimethylsilyl_fluoride triethylsilyl_chloride dimethylsulfide dimethyl_sulfone
 diphenyl_sulfide diphenylphosphine_oxide SnI4 SnBr4 ZnF2 PbF2 PbI4 PbBr4 CsF CsN3 CuI2 CuCl InI CdF2 MnF2 SrF2 CaCl2
 HF HNO2 DDAF TBAF TOAI CTAF BAF PMMA PbS KF NaF Cs2SO4 CsOH BaI2 EuBr2 tetraethylammonium tetrapropoxysilane
 silane perhydropolysilazane hexamethyldisilazane 1-decanethiol 2-octanethiol thiophenol water_glass
"""


def absent() -> list[str]:
    """Several hundred names of compounds that the library has not."""
    made = [pattern.format(chain) for pattern in PATTERNS for chain in CHAINS]
    names = [*made, *(word.replace("_", " ") for word in OTHERS.split())]
    return [name for name in names if not library.find("chemicals", name) and name not in library.ambiguous()]


def test_another_compound_is_never_the_hint() -> None:
    names = absent()
    assert len(names) > 400
    assert {name: found for name in names if (found := closest_reagent(name, NAMES))} == {}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("olec acid", "oleic acid"),
        ("oleic acd", "oleic acid"),
        ("oley lamine", "oleylamine"),
        ("oleyl amine", "oleylamine"),
        ("octylamne", "octylamine"),
        ("tolune", "toluene"),
        ("chloroforn", "chloroform"),
        ("etyl acetate", "ethyl acetate"),
        ("metyl acetate", "methyl acetate"),
        ("1-octadecen", "1-octadecene"),
        ("trioctyl phosphine", "trioctylphosphine"),
        ("didodecyldimethylamonium bromide", "didodecyldimethylammonium bromide"),
        ("Cs₂CO₃", "Cs2CO3"),
        ("Pb I2", "PbI2"),
        ("lead (II) iodide", "lead(II) iodide"),
        ("nonaoic acid", "nonanoic acid"),
    ],
)
def test_a_slip_of_the_fingers_is_put_right(typed: str, meant: str) -> None:
    assert library.find("chemicals", closest_reagent(typed, NAMES)) == library.find("chemicals", meant)


@pytest.mark.parametrize("role", CHEMICAL_ROLES)
def test_the_role_is_read_from_the_names_of_the_shelf(role: str) -> None:
    names = [name for name, node in library.chemicals().items() if library.chemical(name).values["role"] == role]
    if role == "solvent":
        assert not any(likely_role(name) for name in names)
        return
    right = [name for name in names if likely_role(name) == role]
    assert len(right) >= 0.75 * len(names), set(names) - set(right)


RECIPE = """
recipe:
  pot:
    - {{add: PbI2, mass: 100 mg}}
    - {{add: Cs2CO3, mass: 30 mg}}
    - {{add: {word}, mass: 10 mg}}
    - {{add: oleic acid, volume: 0.5 mL}}
    - {{add: oleylamine, volume: 0.5 mL}}
    - {{add: 1-octadecene, volume: 5 mL}}
    - {{heat: 170 degC}}
"""


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("octadecyltrimethoxysilane", "silane"),
        ("BaI2", "metal salt"),
        ("cesium laurate", "cesium source"),
        ("decylphosphonic acid", "phosphonic acid"),
        ("heptanoic acid", "carboxylic acid"),
        ("pimelic acid", "bidentate acid"),
        ("trimethylamine", "amine"),
        ("unheard-of", "solvent"),
    ],
)
def test_what_the_complaint_shows_can_be_pasted(word: str, role: str) -> None:
    with pytest.raises(InputError) as error:
        from_text(RECIPE.format(word=word))
    (problem,) = error.value.problems
    assert problem.suggestion == ""
    assert ("its role is one of" in problem.message) == (word == "unheard-of")
    shown = re.search(r"in place of these: (\{.*?\}\})", problem.message)
    assert shown is not None
    recipe = from_text(RECIPE.format(word=word) + f"  chemicals: {shown[1]}\n").recipe
    assert recipe is not None
    assert recipe.chemicals[word].role == role


@pytest.mark.parametrize("role", EXAMPLES)
def test_every_example_has_the_mass_of_its_formula(role: str) -> None:
    weights = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Si": 28.085, "P": 30.974, "S": 32.06}
    weights |= {"Cl": 35.45, "Br": 79.904, "I": 126.904, "Cs": 132.905, "Ba": 137.327, "Pb": 207.2}
    formula, mass = re.search(r"formula: (\w+).*molar_mass: ([\d.]+)", EXAMPLES[role]).groups()  # type: ignore[union-attr]
    total = math.fsum(weights[symbol] * int(count or 1) for symbol, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula))
    assert float(mass) == pytest.approx(total, abs=0.02)
    assert set(EXAMPLES) == set(CHEMICAL_ROLES)


def test_names_that_yaml_reads_otherwise_are_quoted() -> None:
    assert described("3-(N,N-dimethyl)x").startswith('{"3-(N,N-dimethyl)x": {')
    assert described("oleic acid 2").startswith("{oleic acid 2: {")
