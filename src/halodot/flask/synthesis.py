"""The verb of the stage: a recipe in, a flask out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from halodot.errors import ValidityError
from halodot.flask.amounts import check_validity, native_mean, short_ligand
from halodot.flask.batch import Batch
from halodot.flask.colloid import Colloid, bound_pairs, surface_left
from halodot.flask.growth import (
    BINS,
    amount_in_dots,
    amount_of_dots,
    edge_length_spread,
    mean_length,
    size_distribution,
    surface_sites,
)
from halodot.flask.halides import OF_EXCHANGE
from halodot.flask.interpretations import interpret
from halodot.flask.ligands import ligand_length, on_a_site, parameters_of_ligand
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, alkylammonium_halide, pool_of, run_pot
from halodot.flask.remarks import remarks
from halodot.flask.vessel import ETHANOL, WATER, Vessel
from halodot.flask.work_up import run_work_up
from halodot.perovskite import WORDS, PerovskiteParameters
from halodot.rounding import per_cent
from halodot.states import Chemical, Flask, Note, Recipe, empty_array

_READINGS = {
    "equivalents_reading": ("moles", "mass", "volume"),
    "free_amine_reading": ("amounts", "titration"),
}


_CAUSES = ("iodide", "etching", "arrest")


#: edge length [m] of the largest cubes that the sizes were fitted to
_LARGEST = 30e-9


def synthesise(
    recipe: Recipe, parameters: FlaskParameters, perovskite: PerovskiteParameters | None = None, bins: int = BINS
) -> Flask:
    """Follow a recipe to the dots and the balance of everything that was weighed in.

    Args:
        recipe: stocks, pot and work-up with their chemicals.
        parameters: numbers and switches of the flask stage.
        perovskite: numbers of the cesium lead halides, None where ``parameters`` have the formula volume.
        bins: number of size classes of the dots.

    Returns:
        The flask; ``survived`` is False, with a reason and without samples, where the dots decompose.

    Raises:
        ValidityError: the recipe is outside what the models describe.
        ConvergenceError: a balance was not solved.
    """
    _check_switches(parameters)
    check_validity(recipe)
    parameters = parameters_of_ligand(parameters, short_ligand(recipe))
    pot = run_pot(recipe, parameters, perovskite, bins)
    batch = run_work_up(pot, recipe, parameters)
    return _flask(pot, batch, recipe, parameters)


def _check_switches(parameters: FlaskParameters) -> None:
    for name, words in _READINGS.items():
        if getattr(parameters, name) not in words:
            raise ValidityError(f"flask.{name} is {getattr(parameters, name)!r}; it can be {' or '.join(words)}.")
    unknown = set(parameters.size_causes.replace(",", " ").split()) - {*_CAUSES, "none"}
    if unknown:
        raise ValidityError(f"flask.size_causes names {' and '.join(sorted(unknown))}; it knows {', '.join(_CAUSES)}.")


def _flask(pot: Pot, batch: Batch, recipe: Recipe, parameters: FlaskParameters) -> Flask:
    colloid = batch.colloid
    survived = colloid.reason is None
    edge = mean_length(colloid.crystals) if survived else math.nan
    size, share = size_distribution(colloid.crystals) if survived else (empty_array(), empty_array())
    ligand = short_ligand(recipe) if survived and colloid.surface.short > 0.0 else None
    ligands = (pot.vessel, recipe.chemicals)
    return Flask(
        survived=survived,
        reason=colloid.reason,
        amounts=_amounts(pot, recipe.chemicals, parameters),
        edge_length=edge,
        edge_length_spread=_spread(colloid, parameters) if survived else math.nan,
        sites=surface_sites(colloid.crystals, parameters) if survived else math.nan,
        dots=amount_of_dots(colloid.crystals) if survived else math.nan,
        excess_acid=colloid.excess_acid,
        free_amine=colloid.free_amine if math.isfinite(colloid.free_amine) else pool_of(pot, parameters).free_amine,
        undissolved_ligand=colloid.zwitterion + colloid.discarded_ligand,
        stripped_fraction=colloid.stripped_fraction,
        material_retained=colloid.material_retained,
        surface_left=surface_left(colloid, parameters) if survived else math.nan,
        short_ligand_length=_short(ligand, *ligands, "ligand_length"),
        native_ligand_length=_native(*ligands, "ligand_length"),
        short_ligand_mass=_short(ligand, *ligands, "molar_mass"),
        native_ligand_mass=_native(*ligands, "molar_mass"),
        samples=batch.samples if survived else (),
        shell=batch.shell,
        interpretations=interpret(recipe, pot, parameters),
        volume=pot.vessel.volume,
        polar_fraction=pot.vessel.polar_volume / pot.vessel.volume,
        size=size,
        size_share=share,
        halides=colloid.crystals.halides,
        phase=pot.nucleated.phase if pot.nucleated else "perovskite",
        shape=pot.nucleated.shape if pot.nucleated else "cube",
        chemical_yield=amount_in_dots(colloid.crystals) / pot.totals.perovskite if survived else math.nan,
        edge_length_deviation=edge * _deviation(pot, parameters),
        notes=(*remarks(recipe), *_of_the_pot(pot, colloid, parameters), *batch.notes),
        **_history(pot),
    )


def _spread(colloid: Colloid, parameters: FlaskParameters) -> float:
    return edge_length_spread(colloid.crystals, colloid.surface.bare, parameters)


def _deviation(pot: Pot, parameters: FlaskParameters) -> float:
    """Standard deviation of the logarithm of the edge length of a recipe, by the scatter of published ones [1]."""
    laboratory = parameters.laboratory_scatter if parameters.recipe_effect == 0.0 else 0.0
    extrapolation = pot.expected.extrapolation if pot.expected else 0.0
    return math.hypot(laboratory, parameters.length_scatter, extrapolation)


def _of_the_pot(pot: Pot, colloid: Colloid, parameters: FlaskParameters) -> Iterator[Note]:
    """Note what the pot did that the models only guess: sizes beyond the data, doubtful phases, exchanged anions."""
    yield from pot.nucleated.notes if pot.nucleated else ()
    for text in pot.expected.outside if pot.expected else ():
        yield Note("extrapolated", f"The number of nuclei is extrapolated: {text}.", "recipe.pot")
    edge = mean_length(colloid.crystals) if colloid.reason is None else 0.0
    if edge > _LARGEST:
        text = (
            f"Crystals of {1e9 * edge:.0f} nm: sizes and growth were fitted to published cubes of up to"
            f" {1e9 * _LARGEST:.0f} nm. Shorten the time in the heat, or cool earlier."
        )
        yield Note("extrapolated", text, "recipe.pot")
    amounts = pot.totals
    dissolved = amounts.dissolved_lead(parameters.ligands_per_lead)
    if dissolved < amounts.lead:
        share = f"{per_cent(dissolved / amounts.lead)}"
        text = f"Only {share} of the lead dissolves, for want of acid or amine; the rest makes no dots."
        yield Note("extrapolated", text, "recipe.pot")
    in_pot = pot.colloid.crystals.halides if pot.colloid else pot.first_halides
    if in_pot != pot.first_halides:
        yield Note("missing physics", OF_EXCHANGE, "recipe.pot")
    elif colloid.crystals.halides == in_pot and (
        "I" not in colloid.crystals.halides or len(colloid.crystals.halides) > 1
    ):
        text = (
            "Etching, exchange of ligands, washing and critical coverage are those of CsPbI3, on which alone they were"
            " calibrated; sizes, gap and masses are of the dots' own halides."
        )
        yield Note("extrapolated", text, "flask.halides")
    if colloid.crystals.halides.get("Cl", 0.0) > 0.5:
        text = (
            "Traps are counted as in CsPbI3. Dots of CsPbCl3 without dopants are reported to yield a few per cent, so"
            " that the quantum yield given here is an upper limit."
        )
        yield Note("extrapolated", text, "dots.trap_share")


def _history(pot: Pot) -> dict[str, Any]:
    """Temperature, volume, polar share and water of the pot in time, as fields of the flask."""
    records = pot.history
    volume = np.array([record.volume for record in records])
    polar = np.array([record.polar_volume for record in records])
    return {
        "recipe_time": np.array([record.time for record in records]),
        "pot_temperature": np.array([record.temperature for record in records]),
        "pot_volume": volume,
        "pot_polar_fraction": np.divide(polar, volume, out=np.zeros_like(polar), where=volume > 0.0),
        "pot_water": np.array([record.water for record in records]),
    }


def _native(vessel: Vessel, chemicals: Mapping[str, Chemical], quantity: str) -> float:
    """Mean of a property over a native pair, one carboxylate and one ammonium."""
    acid = native_mean(vessel, chemicals, "carboxylic acid", quantity)
    return 0.5 * (acid + native_mean(vessel, chemicals, "amine", quantity))


def _short(ligand: Chemical | None, vessel: Vessel, chemicals: Mapping[str, Chemical], quantity: str) -> float:
    """Mean of a property over what stands on the sites that the short ligand took, nan without one."""
    if ligand is None:
        return math.nan
    own = ligand_length(ligand) if quantity == "ligand_length" else ligand.molar_mass
    native = (native_mean(vessel, chemicals, role, quantity) for role in ("carboxylic acid", "amine"))
    return on_a_site(ligand, own, *native)


def _amounts(pot: Pot, chemicals: Mapping[str, Chemical], parameters: FlaskParameters) -> dict[str, float]:
    """Analytical amounts of the cold pot, then the forms they take."""
    sums = pot.totals
    colloid = pot.colloid
    pool = pool_of(pot, parameters)
    rest = {
        name: amount
        for name, amount in pot.vessel.contents.items()
        if name in (WATER, ETHANOL) or (name in chemicals and chemicals[name].role == "solvent")
    }
    forms = (
        {}
        if colloid is None
        else {
            "short ligand, dissolved": sums.amino_acid + sums.ligand - colloid.zwitterion,
            "short ligand on dots": surface_sites(colloid.crystals, parameters) * colloid.surface.short,
            "ion pairs on dots": bound_pairs(colloid, parameters),
            "alkylammonium halide": alkylammonium_halide(pot, parameters),
            "protons on amine": colloid.to_amine,
            "protons on dots": colloid.to_surface,
            "strong acid, left": colloid.unreacted_acid,
            "perovskite in dots": amount_in_dots(colloid.crystals),
        }
    )
    return {
        "cesium": sums.cesium,
        "lead": sums.lead,
        "other metals": sums.zinc,
        **{WORDS[symbol]: amount for symbol, amount in sums.halides.items()},
        "carboxylic acid": sums.carboxylic_acid,
        "amine": sums.amine,
        "short ligand": sums.amino_acid + sums.ligand,
        "strong acid": sums.strong_acid,
        **rest,
        "ion pairs, free": pool.pairs,
        "free amine": pool.free_amine,
        **forms,
    }
