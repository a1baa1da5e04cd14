"""What the contents of a vessel mean: ions, acids, amines; and whether the models are valid for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from halodot.errors import ValidityError
from halodot.flask.ligands import LIGAND_CLASSES, UNBOUND
from halodot.flask.vessel import ACETIC_ACID, Vessel, find, free_strong_acids
from halodot.perovskite import WORDS
from halodot.states import Chemical, Recipe, Step, number, state

ROLES = (
    "cesium source",
    "lead source",
    "metal salt",
    "carboxylic acid",
    "amine",
    "ammonium halide",
    "halide source",
    "strong acid",
    "solvent",
    *LIGAND_CLASSES,
    *UNBOUND,
)

#: molar masses of the hydrogen halides, kg/mol (standard atomic weights, rounded)
_ACID_MASSES = {"Cl": 36.461e-3, "Br": 80.912e-3, "I": 127.912e-3}

#: roles whose halide is free in the liquid
_AMMONIUM = ("ammonium halide", "quaternary ammonium halide")

#: relative permittivity of a solvent above which ion pairs come apart and the perovskite dissolves
HIGHEST_PERMITTIVITY = 15.0
#: that of an antisolvent above which it takes the dots apart in the minutes of a wash: methanol has 33
HIGHEST_OF_ANTISOLVENTS = 30.0


@state
class Totals:
    """Analytical amounts: every form of an ion or a function counted together."""

    cesium: float = number("mol")
    lead: float = number("mol")
    zinc: float = number("mol")
    halide: float = number("mol", "of all three halides")
    carboxylic_acid: float = number("mol")
    amine: float = number("mol")
    amino_acid: float = number("mol")
    strong_acid: float = number("mol", "free: what amine of the same vessel did not take up")
    metal_halide: float = number("mol", "halide that came with the metal salts")
    acetic_acid: float = number("mol", "the part of the carboxylic acid that is acetic acid", default=0.0)
    ammonium_halide: float = number("mol", "the part of the amine that is there as its halide", default=0.0)

    salt_halide: float = number("mol", "halide of the ammonium halide", default=0.0)
    ligand: float = number("mol", "short ligand that dissolves by itself", default=0.0)
    phosphine: float = number("mol", "phosphine and phosphine oxide", default=0.0)
    metal_salt: float = number("mol", "halide of metals that are neither cesium nor lead", default=0.0)
    halides: Mapping[str, float] = field(default_factory=dict)  # mol of Cl, Br and I, whatever brings them

    @property
    def perovskite(self) -> float:
        """Amount of perovskite [mol] that the limiting ion allows."""
        return min(self.cesium, self.lead, self.halide / 3.0)

    def dissolved_lead(self, ligands_per_lead: float) -> float:
        """Return the lead [mol] that dissolves: as a complex with acid, amine, phosphine or another ligand.

        Args:
            ligands_per_lead: molecules of them that hold one lead ion in a hydrocarbon [1].
        """
        ligands = self.carboxylic_acid + self.amine + self.phosphine + self.ligand
        return min(self.lead, ligands / ligands_per_lead)


def totals(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> Totals:
    """Return the analytical amounts [mol] of a vessel from the roles of its chemicals."""
    ions = dict.fromkeys(ROLES, 0.0)
    halides: dict[str, float] = {}
    halide = metal_halide = salt_halide = metal_salt = acetic = 0.0
    for name, amount in vessel.contents.items():
        acetic += amount if name == ACETIC_ACID else 0.0
        chemical = chemicals.get(name)
        if chemical is None:
            ions["carboxylic acid"] += amount if name == ACETIC_ACID else 0.0
            continue
        metal = chemical.role in ("cesium source", "lead source", "metal salt")
        ions[chemical.role] += amount * (chemical.cation_count if metal else 1.0)
        if chemical.halide:
            halide += amount * chemical.halide_count
            halides[chemical.halide] = halides.get(chemical.halide, 0.0) + amount * chemical.halide_count
            metal_halide += amount * chemical.halide_count if metal else 0.0
            salt_halide += amount * chemical.halide_count if chemical.role in _AMMONIUM else 0.0
            metal_salt += amount * chemical.halide_count if chemical.role == "metal salt" else 0.0
    amine = ions["amine"] + ions["ammonium halide"]
    made = min(ions["halide source"], ions["amine"])  # acyl and silyl halides give theirs to amine at once
    neutralised = vessel.neutralised
    return Totals(
        cesium=ions["cesium source"],
        lead=ions["lead source"],
        zinc=ions["metal salt"],
        halide=halide,
        carboxylic_acid=ions["carboxylic acid"],
        amine=amine,
        amino_acid=ions["amino acid"],
        strong_acid=math.fsum(free_strong_acids(vessel, chemicals).values()),
        metal_halide=metal_halide,
        acetic_acid=acetic,
        ammonium_halide=min(ions["ammonium halide"] + made + math.fsum(neutralised.values()), amine),
        salt_halide=salt_halide
        + made
        + math.fsum(amount * chemicals[name].halide_count for name, amount in neutralised.items()),
        ligand=math.fsum(ions[role] for role, kind in LIGAND_CLASSES.items() if kind.soluble),
        phosphine=ions["phosphine"] + ions["phosphine oxide"],
        metal_salt=metal_salt,
        halides=halides,
    )


def halide_of_acids(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> float:
    """Return the halide [mol] that the free strong acids of a vessel carry."""
    free = free_strong_acids(vessel, chemicals)
    return math.fsum(amount * chemicals[name].halide_count for name, amount in free.items())


def native_mean(vessel: Vessel, chemicals: Mapping[str, Chemical], role: str, quantity: str) -> float:
    """Return a property of one half of the native pairs, averaged over the amounts of all chains.

    An ammonium halide counts as its amine: an alkylammonium that was weighed in as a salt stands on the dots like one
    that formed there. Without a chain (ammonium itself) it does not.

    Args:
        vessel: vessel with amounts [mol by compound].
        chemicals: reagents by name.
        role: ``carboxylic acid`` or ``amine``.
        quantity: ``ligand_length`` [m] or ``molar_mass`` [kg/mol].

    Returns:
        Mean [m or kg/mol], nan without such a chemical.
    """
    total, weighted = [], []
    for name, amount in vessel.contents.items():
        chemical = chemicals.get(name)
        salt = chemical is not None and role == "amine" and chemical.role == "ammonium halide"
        if chemical is None or not (chemical.role == role or (salt and chemical.ligand_length > 0.0)):
            continue
        own = float(getattr(chemical, quantity))
        if salt and quantity == "molar_mass":
            own -= chemical.halide_count * _ACID_MASSES.get(chemical.halide, 0.0)
        total.append(amount)
        weighted.append(amount * own)
    amount = math.fsum(total)
    return math.fsum(weighted) / amount if amount else math.nan


def short_ligand(recipe: Recipe) -> Chemical | None:
    """Return the ligand that a recipe exchanges for native pairs, None without one.

    Raises:
        ValidityError: it uses more than one.
    """
    names = {name for step in _steps(recipe) for name in _named(step, recipe)}
    found = [recipe.chemicals[name] for name in sorted(names) if recipe.chemicals[name].role in LIGAND_CLASSES]
    if len(found) > 1:
        raise ValidityError(
            f"{' and '.join(chemical.name for chemical in found)} compete for the same sites: the model follows one"
            " ligand at a time beside amine and carboxylic acid. Simulate them one by one."
        )
    return found[0] if found else None


def _steps(recipe: Recipe) -> tuple[Step, ...]:
    """The steps of flask and work-up; a stock into which films are dipped never meets them."""
    steps = (*recipe.pot, *recipe.work_up)
    named = {step.material for step in steps}
    return (*(step for name, made in recipe.stocks.items() if name in named for step in made), *steps)


def check_validity(recipe: Recipe) -> None:
    """Refuse a recipe whose chemicals are outside what the models describe.

    Raises:
        ValidityError: another halide or cation, a polar solvent, or an unknown kind of reagent is used.
    """
    for step in _steps(recipe):
        for name in _named(step, recipe):
            washes = name != step.material
            limit = HIGHEST_OF_ANTISOLVENTS if washes else HIGHEST_PERMITTIVITY
            _check_chemical(find(name, recipe.chemicals), limit)
    short_ligand(recipe)


def _named(step: Step, recipe: Recipe) -> tuple[str, ...]:
    antisolvents = tuple(name for name, _ in step.antisolvents)
    return antisolvents + ((step.material,) if step.material and step.material not in recipe.stocks else ())


def _check_chemical(chemical: Chemical, limit: float) -> None:
    if chemical.role == "organic cation source":
        raise ValidityError(
            f"{chemical.name} brings an organic cation: the flask makes cesium lead halides only. Dots of formamidinium"
            " or methylammonium can be given (given: dots) with the numbers of their material under `parameters`."
        )
    if chemical.role not in ROLES:
        raise ValidityError(
            f"{chemical.name} ({chemical.role}) is outside the model: nothing is known of what it does to the dots."
            f" Leave it out, or state its role as one of {', '.join(ROLES)}."
        )
    if chemical.halide and chemical.halide not in WORDS:
        raise ValidityError(
            f"{chemical.name} brings {chemical.halide} ions, which are no halide of the model: {', '.join(WORDS)}."
        )
    if chemical.role == "solvent" and (chemical.name == "water" or chemical.relative_permittivity > limit):
        raise ValidityError(
            f"{chemical.name} is too polar: it dissolves the perovskite and frees ions, and the model knows only ion"
            f" pairs in liquids of relative permittivity below {limit:g}. Syntheses at room temperature,"
            " from such a solution into an antisolvent, are not modelled; give their dots (given: dots)."
        )
