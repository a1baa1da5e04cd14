"""What is weighed in and done: reagents and the lines of a procedure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from halodot.states.declare import number, state


@state
class Chemical:
    """A reagent as it stands on the shelf."""

    name: str
    formula: str
    # cesium source | lead source | zinc source | carboxylic acid | amine | ammonium halide | amino acid | strong acid
    # | solvent
    role: str
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


@state
class Step:
    """One line of the procedure, every number in SI, nan where the line does not state it."""

    kind: str  # add | inject | dry | heat | hold | cool | centrifuge | wash | redisperse | filter
    material: str = ""  # chemical, or stock for inject
    amount: float = number("mol", default=math.nan)
    mass: float = number("kg", default=math.nan)
    volume: float = number("m3", default=math.nan)
    equivalents: float = number("1", default=math.nan)
    of: str = ""  # the chemical that equivalents counts
    temperature: float = number("K", default=math.nan, valid="temperature")
    duration: float = number("s", default=math.nan)
    antisolvents: tuple[tuple[str, float], ...] = ()  # (chemical, volume in m3, or volumes per volume of dispersion)
    per_dispersion: bool = False  # antisolvents are ratios to the volume of the dispersion
    keep: str = ""  # liquid | solid, for centrifuge
    atmosphere: str = ""
    where: str = ""  # "recipe.pot[3]", for messages


@state
class Recipe:
    """A synthesis: stock solutions, the pot, and the work-up, with the chemicals they name."""

    stocks: Mapping[str, tuple[Step, ...]]
    pot: tuple[Step, ...]
    work_up: tuple[Step, ...]
    chemicals: Mapping[str, Chemical]
