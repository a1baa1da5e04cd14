"""What is weighed in and done: reagents and the lines of a procedure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from halodot.states.declare import choice, number, state

#: what a reagent does in the flask -> a sentence on what belongs there; the whole list
CHEMICAL_ROLES: Mapping[str, str] = {
    "cesium source": "A salt of cesium: carbonate, acetate, carboxylate, halide.",
    "lead source": "A salt or oxide of lead: halide, acetate, carboxylate, oxide.",
    "metal salt": "A halide or carboxylate of another metal, named as `metal`: ZnI2, KI, SrI2, MnCl2.",
    "organic cation source": "A salt of formamidinium or methylammonium: acetate or halide.",
    "halide source": "A molecule that gives halide ions to amines or water: benzoyl and trimethylsilyl halides.",
    "carboxylic acid": "An acid with one carboxyl group, and alkyl chain or ring.",
    "bidentate acid": "An acid that binds with two groups: two carboxyl groups, or one and a neighbour that binds too.",
    "sulfonic acid": "A sulfonic acid or its salt.",
    "phosphonic acid": "A phosphonic or phosphinic acid, or its salt.",
    "thiol": "A compound with a thiol group.",
    "amine": "A primary, secondary or tertiary amine without an acid group.",
    "ammonium halide": "The halide of a primary to tertiary ammonium, or of ammonium itself.",
    "quaternary ammonium halide": "The halide of an ammonium with four alkyl groups, which has no proton to give.",
    "amino acid": "A molecule with one amine and one carboxyl group.",
    "zwitterion": "A molecule with a quaternary ammonium and an acid group: lecithin, sulfobetaines.",
    "phosphine": "A compound of phosphorus with three organic groups.",
    "phosphine oxide": "The oxide of a phosphine.",
    "silane": "An alkoxysilane, which gives silica with water.",
    "strong acid": "A mineral acid or a solution of one, that protonates every amine: HI, HBr, HCl, HBF4.",
    "solvent": "A liquid that dissolves, disperses or precipitates, and does nothing else.",
}
#: roles of earlier versions that are still read -> what each is now
FORMER_ROLES: Mapping[str, str] = {"zinc source": "metal salt", "formamidinium source": "organic cation source"}


@state
class Chemical:
    """A reagent as it stands on the shelf."""

    name: str
    formula: str
    role: str = choice(
        *CHEMICAL_ROLES, required=True, exact=True, about="what it does in the flask", former=FORMER_ROLES
    )
    molar_mass: float = number("kg/mol", "molar mass of the pure compound", valid="positive")
    purity: float = number("1", "mass fraction of the compound in the reagent", default=1.0, valid="fraction")
    density: float = number("kg/m3", "density of the reagent at 20 degC", default=math.nan, valid="positive")
    boiling_point: float = number("K", "normal boiling point", default=math.nan, valid="positive")
    heat_of_vaporisation: float = number("J/kg", "heat of vaporisation", default=math.nan)
    relative_permittivity: float = number(
        "1", "relative permittivity of the liquid", default=math.nan, valid="permittivity"
    )
    water_fraction: float = number("1", "mass fraction of water in the reagent", default=0.0, valid="fraction")
    ligand_length: float = number("m", "extended length as a surface ligand", default=math.nan, valid="positive")
    halide: str = ""  # halide that a mole of it carries ("I"), with halide_count
    halide_count: float = number("1", "halide ions per formula unit", default=0.0)
    cation_count: float = number("1", "metal ions per formula unit", default=0.0)
    metal: str = ""  # element symbol of the metal of a metal salt ("Zn"), of which cation_count counts the ions
    cas: str = ""  # registry number of the Chemical Abstracts Service ("112-80-1")
    carbons: float = number("1", "carbon atoms in the longest alkyl chain", default=math.nan)
    binding_groups: float = number(
        "1", "groups of a ligand that bind to the surface: 2 of a bidentate one", default=1.0, valid="positive"
    )
    reichardt_polarity: float = number(
        "1", "normalised Reichardt polarity E_T^N, 0 of tetramethylsilane, 1 of water", default=math.nan, symbol="E_T^N"
    )


@state
class Step:
    """One line of the procedure, every number in SI, nan where the line does not state it."""

    # add | inject | dry | heat | hold | cool | centrifuge | wash | redisperse | filter | spin | dip | anneal
    kind: str
    material: str = ""  # chemical, or stock for inject
    amount: float = number("mol", default=math.nan)
    mass: float = number("kg", default=math.nan)
    volume: float = number("m3", default=math.nan)
    equivalents: float = number("1", default=math.nan)
    of: str = ""  # the chemical that equivalents counts
    temperature: float = number("K", default=math.nan, valid="temperature")
    duration: float = number("s", default=math.nan)
    addition_time: float = number("s", "over which a reagent is added", default=math.nan)
    rotation: float = number("rad/s", "of a centrifuge or of a spin coater", default=math.nan, valid="positive")
    centrifugal_force: float = number("1", "relative to gravity", default=math.nan, valid="positive")
    pore: float = number("m", "pore size of a filter", default=math.nan, valid="positive")
    antisolvents: tuple[tuple[str, float], ...] = ()  # (chemical, volume in m3, or volumes per volume of dispersion)
    per_dispersion: bool = False  # antisolvents are ratios to the volume of the dispersion
    keep: str = ""  # liquid | solid, for centrifuge; where the dots are if it is empty
    atmosphere: str = ""
    where: str = ""  # "recipe.pot[3]", for messages


@state
class Recipe:
    """A synthesis: stock solutions, pot, work-up and treatments of the film, with the chemicals they name."""

    stocks: Mapping[str, tuple[Step, ...]]
    pot: tuple[Step, ...]
    work_up: tuple[Step, ...]
    chemicals: Mapping[str, Chemical]
    film: tuple[Step, ...] = ()  # what is done to the film of dots
