"""Classes of ligands: what of a molecule binds, where on the dots, and the numbers that stand for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from halodot.flask.parameters import FlaskParameters
from halodot.states import Chemical, Note, Recipe, state

#: the ligand whose exchange and washing the calibration knows
CALIBRATED_LIGAND = "5-aminopentanoic acid"
#: length of an alkyl chain with its first carbon, and of each carbon more, m: Tanford 1972, doi:10.1021/j100665a018
_FIRST_CARBON, _NEXT_CARBON = 0.154e-9, 0.1265e-9


@state
class LigandClass:
    """What the molecules of one role have in common on the surface of a dot."""

    word: str  # in sentences
    constant: str  # parameter of the flask stage with its exchange constant against the native pair
    replaces: str  # of a native pair: anion | cation | both
    soluble: bool  # by itself in a hydrocarbon, without a strong acid
    fills: bool  # halide vacancies, by an anion of its own that binds to lead
    arrests: bool  # the growth of what it covers
    left_out: str  # what the model does not follow of it, a sentence


LIGAND_CLASSES: Mapping[str, LigandClass] = {
    "amino acid": LigandClass("amino acid", "amino_acid_exchange", "both", False, False, True, ""),
    "zwitterion": LigandClass("zwitterion", "zwitterion_exchange", "both", True, False, False, ""),
    "sulfonic acid": LigandClass(
        "sulfonate", "sulfonate_exchange", "anion", True, True, False,
        "Its proton is taken to leave with the carboxylate that it replaces; acid that finds none etches nothing here.",
    ),
    "phosphonic acid": LigandClass(
        "phosphonate", "phosphonate_exchange", "anion", True, True, False,
        "Lead that it may take into solution, and that it also binds as an anhydride, are left out.",
    ),
    "thiol": LigandClass(
        "thiolate", "thiolate_exchange", "anion", True, True, False,
        "Lead thiolate that it takes into solution, its oxidation to the disulfide and lead sulfide are left out.",
    ),
    "bidentate acid": LigandClass(
        "bidentate carboxylate", "bidentate_exchange", "anion", True, True, False,
        "That it links dots to one another is left out.",
    ),
    "quaternary ammonium halide": LigandClass(
        "quaternary ammonium", "quaternary_exchange", "cation", True, False, False,
        "Cesium and lead that a large excess takes into solution are left out.",
    ),
}  # fmt: skip
#: roles that bind so weakly beside ion pairs that their share of the surface is left out
UNBOUND = ("phosphine", "phosphine oxide")
#: metals that stay outside the lattice of the dots, as far as is known
SURFACE_METALS = ("Zn", "K", "Na", "Li", "Mg", "Ca")


def ligand_class(chemical: Chemical | None) -> LigandClass | None:
    """Return the class of a ligand that exchanges for native pairs, None for any other reagent."""
    return None if chemical is None else LIGAND_CLASSES.get(chemical.role)


def parameters_of_ligand(parameters: FlaskParameters, chemical: Chemical | None) -> FlaskParameters:
    """Return the parameters with the exchange, washing and filling of the ligand that a recipe uses.

    The calibrated ligand keeps its own numbers. Any other has the exchange constant K of its class, and washes off
    as w = w_native K^-m: a ligand that is held more strongly is lost more slowly, by a share m of the difference in
    free energy. Only amino acids are taken to arrest the growth of what they cover: dots of 6 to 10 nm grow under
    lecithin, a zwitterion (Krieg et al. 2019, doi:10.1021/jacs.9b09969), as they do under native pairs.

    Args:
        parameters: numbers and switches of the flask stage.
        chemical: the ligand, None without one.
    """
    kind = ligand_class(chemical)
    if chemical is None or kind is None or chemical.name == CALIBRATED_LIGAND:
        return parameters
    constant = getattr(parameters, kind.constant)
    causes = parameters.size_causes.replace(",", " ").split()
    return replace(
        parameters,
        size_causes=" ".join(cause for cause in causes if kind.arrests or cause != "arrest") or "none",
        exchange_constant=constant,
        exchanged_wash_loss=parameters.native_wash_loss * constant**-parameters.wash_loss_exponent,
        vacancy_filling=1.0 if kind.fills else parameters.vacancy_filling,
    )


def ligand_length(chemical: Chemical) -> float:
    """Return the extended length of a ligand [m]: as stated, else that of an alkyl chain with so many carbons.

    l = 0.154 nm + 0.1265 nm n (Tanford 1972, doi:10.1021/j100665a018), all-trans; nan where neither the length nor
    the carbons are known.
    """
    if math.isfinite(chemical.ligand_length):
        return chemical.ligand_length
    return _FIRST_CARBON + _NEXT_CARBON * chemical.carbons


def on_a_site(chemical: Chemical, own: float, native_acid: float, native_amine: float) -> float:
    """Return a property of what stands on a site that a ligand took, as the mean over its two halves.

    A site holds a native pair, carboxylate and ammonium. A ligand that binds with both ends has the site for itself;
    one that replaces the anion has the native ammonium beside it, one that replaces the cation the carboxylate, if the
    pot has any.

    Args:
        chemical: the ligand.
        own: its property, such as its length [m] or molar mass [kg/mol].
        native_acid: that of the native carboxylate [same unit].
        native_amine: that of the native ammonium [same unit].
    """
    kind = ligand_class(chemical)
    if kind is None or kind.replaces == "both":
        return own
    other = native_amine if kind.replaces == "anion" else native_acid
    return 0.5 * (own + other) if math.isfinite(other) else own


def ligand_notes(recipe: Recipe, ligand: Chemical | None) -> Iterator[Note]:
    """Return what is taken for granted of the ligands of a recipe that nobody has calibrated.

    Args:
        recipe: the procedure.
        ligand: the ligand that exchanges for native pairs, None without one.
    """
    kind = ligand_class(ligand)
    if ligand is not None and kind is not None and ligand.name != CALIBRATED_LIGAND:
        text = (
            f"{ligand.name} is taken to exchange, wash off and fill vacancies as a {kind.word} does on average, within"
            f" a range; only its length and molar mass are its own, and the value that is"
            f" calibrated for {CALIBRATED_LIGAND} is not used. State its constant where it is known"
            f" (flask.{kind.constant})."
        )
        yield Note("extrapolated", f"{text} {kind.left_out}".rstrip(), f"recipe.chemicals.{ligand.name}")
    for name in sorted(recipe.chemicals):
        chemical, where = recipe.chemicals[name], f"recipe.chemicals.{name}"
        if not _used(name, recipe):
            continue
        if chemical.role in UNBOUND:
            text = (
                f"{name} counts by its volume only: that a {chemical.role} binds to lead on the surface or in solution"
                " is left out, beside ion pairs it holds few sites."
            )
            yield Note("not followed", text, where)
        if chemical.role == "metal salt" and chemical.metal not in SURFACE_METALS:
            text = (
                f"{name} brings its anions, and its halide stays at the surface within a range"
                f" (flask.metal_binding): {chemical.metal or 'the metal'} in the lattice of the dots, its emission and"
                " its quenching are left out."
            )
            yield Note("missing physics", text, where)


def _used(name: str, recipe: Recipe) -> bool:
    steps = (*(step for steps in recipe.stocks.values() for step in steps), *recipe.pot, *recipe.work_up)
    return any(step.material == name for step in steps)
