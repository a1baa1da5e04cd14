"""What the synthesis leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from halodot.arrays import Array
from halodot.states.declare import array, empty_array, number, state
from halodot.states.notes import Note


@state
class Interpretation:
    """A place where the text of a procedure can be read in more than one way, and how it was read."""

    name: str
    taken: str
    alternatives: tuple[str, ...]
    note: str
    effect: str = ""  # what the alternatives would change, where it was computed
    where: str = ""  # path of the step that it concerns, such as recipe.stocks.ligand[1]; empty for the whole recipe


@state
class Dispersion:
    """The dots in one solvent between two work-up operations."""

    washes: int  # purifications so far
    antisolvent_ratio: float = number("1", "volumes of antisolvent per volume of dispersion, summed over washes")
    coverage_native: float = number("1", "share of surface sites with the long native ligands", valid="fraction")
    coverage_short: float = number("1", "share of surface sites with the short ligand", valid="fraction")
    coverage_bare: float = number("1", "share of surface sites without ligand", valid="fraction")
    solvent: str = ""
    halide_vacancies: float = number(
        "1", "share of surface sites that lack a halide, a part of the bare ones", default=0.0, valid="fraction"
    )
    stripped: float = number(
        "1", "share of surface sites that acid opened, a part of the bare ones", default=0.0, valid="fraction"
    )


@state
class ShellRecord:
    """The ligand shell of the dots right after a step of the recipe."""

    where: str  # the step, "recipe.pot[7]"; "recipe.work_up" after the crude solution stood
    coverage_native: float = number("1", "share of surface sites with the long native ligands", valid="fraction")
    coverage_short: float = number("1", "share of surface sites with the short ligand", valid="fraction")
    coverage_bare: float = number("1", "share of surface sites without ligand", valid="fraction")
    halide_vacancies: float = number("1", "share of surface sites that lack a halide, a part of the bare ones")
    stripped: float = number("1", "share of surface sites that acid opened, a part of the bare ones")


@state
class Flask:
    """What the synthesis leaves: dots, their surface, and the balance of everything that was weighed in."""

    survived: bool
    reason: str | None  # why the dots decomposed
    amounts: Mapping[str, float]  # mol in the pot when it is cold, by species
    edge_length: float = number("m", "mean edge length of the dots", valid="positive")
    edge_length_spread: float = number("m", "standard deviation of the edge length as an electron microscope counts it")
    sites: float = number("mol", "surface sites of all dots")
    dots: float = number("mol", "number of dots")
    excess_acid: float = number("mol", "strong acid left after the short ligand took its share")
    free_amine: float = number("mol", "amine not bound in ion pairs before the acid")
    undissolved_ligand: float = number("mol", "short ligand left as insoluble zwitterion")
    stripped_fraction: float = number("1", "share of sites that protons cleared of native ligand", valid="fraction")
    material_retained: float = number("1", "share of the dots' material that survived etching", valid="fraction")
    surface_left: float = number(
        "1", "surface of a dot over that with what etching and dissolving took", default=1.0, valid="positive"
    )
    short_ligand_length: float = number("m", "length of the short ligand, nan without one", default=math.nan)
    native_ligand_length: float = number("m", "length of the native ligands", default=math.nan)
    short_ligand_mass: float = number("kg/mol", "molar mass of the short ligand, nan without one", default=math.nan)
    native_ligand_mass: float = number("kg/mol", "mean molar mass of the native ligands", default=math.nan)
    volume: float = number("m3", "volume of the cold pot, liquids only", default=math.nan)
    polar_fraction: float = number("1", "share of that volume that is polar", default=math.nan)
    halides: Mapping[str, float] = field(default_factory=lambda: {"I": 1.0})  # share of Cl, Br, I in the dots, sum 1
    phase: str = "perovskite"  # of the dots, or Cs4PbX6
    shape: str = "cube"  # of the dots, or platelet
    chemical_yield: float = number("1", "share of the limiting ion that is in dots", default=math.nan, valid="fraction")
    edge_length_deviation: float = number(
        "m", "standard uncertainty of the mean edge length of a recipe that nobody has tried", default=math.nan
    )
    samples: tuple[Dispersion, ...] = ()  # index = number of washes; [0] is the crude solution
    shell: tuple[ShellRecord, ...] = ()  # after each step of the recipe, from the one in which the dots nucleate
    interpretations: tuple[Interpretation, ...] = ()
    size: Array = array("m", "size", default_factory=empty_array)  # edge lengths, rising
    size_share: Array = array("1", "size", default_factory=empty_array)  # of the number of dots
    # the pot from its first step until it is cold
    recipe_time: Array = array("s", "recipe_time", default_factory=empty_array)
    pot_temperature: Array = array("K", "recipe_time", default_factory=empty_array)
    pot_volume: Array = array("m3", "recipe_time", default_factory=empty_array)
    pot_polar_fraction: Array = array("1", "recipe_time", default_factory=empty_array)
    pot_water: Array = array("mol", "recipe_time", default_factory=empty_array)
    notes: tuple[Note, ...] = ()
