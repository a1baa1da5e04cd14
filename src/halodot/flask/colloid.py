"""The dots and the liquid around them, and what an injection does to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from halodot.flask.acid_base import Pool, protonate_short_ligand
from halodot.flask.amounts import halide_of_acids, totals
from halodot.flask.growth import Crystals, amount_of_dots, etch, surface_sites
from halodot.flask.kinetics import AcidInjection, add_acid, exchange_ligands
from halodot.flask.parameters import FlaskParameters
from halodot.flask.surface import LigandBudget, Surface, material_retained
from halodot.flask.vessel import Vessel
from halodot.states import Chemical, number, state


@state
class Colloid:
    """Dots in their liquid, with what became of every proton and short ligand so far."""

    crystals: Crystals
    surface: Surface
    reason: str | None = None  # why the dots decomposed
    zwitterion: float = number("mol", "short ligand that did not dissolve", default=0.0)
    discarded_ligand: float = number("mol", "undissolved short ligand that was centrifuged off", default=0.0)
    short_ligand: float = number("mol", "protonated short ligand in the liquid, not on dots", default=0.0)
    acid_halide: float = number("mol", "halide that strong acids brought, now alkylammonium halide", default=0.0)
    to_amine: float = number("mol", "protons taken by free amine and ion pairs", default=0.0)
    to_surface: float = number("mol", "protons taken by native ligands on the dots", default=0.0)
    unreacted_acid: float = number("mol", "strong acid that found no partner", default=0.0)
    excess_acid: float = number("mol", "strong acid beyond what the short ligand took", default=0.0)
    free_amine: float = number("mol", "free amine before the first strong acid", default=math.nan)
    stripped_fraction: float = number("1", "share of the native ligands that protons cleared", default=0.0)
    material_retained: float = number("1", "share of the material that etching left", default=1.0)
    lost_sites: float = number("1", "surface sites of a mean dot that etching and dissolving took", default=0.0)


@state
class Injection:
    """What arrives at the dots, and the liquid that it makes."""

    strong_acid: float = number("mol", "protons of strong acids")
    acid_halide: float = number("mol", "halide of those acids")
    amino_acid: float = number("mol", "short ligand as zwitterion")
    volume: float = number("m3", "of the liquid after it")
    temperature: float = number("K", "of the liquid after it")
    ligand: float = number("mol", "short ligand that dissolves by itself", default=0.0)


@state
class Medium:
    """The liquid around the dots while time passes."""

    pairs: float = number("mol", "free native ion pairs")
    alkylammonium_halide: float = number("mol", "alkylammonium halide")
    volume: float = number("m3", "of the liquid")
    reservoir: bool  # free native pairs keep adsorbing and desorbing, as in a crude pot
    metal_salt: float = number(
        "mol", "halide of zinc, potassium and other metals, without cesium and lead", default=0.0
    )


def injection_of(added: Vessel, chemicals: Mapping[str, Chemical], volume: float, temperature: float) -> Injection:
    """Return what a liquid brings to the dots.

    Args:
        added: the liquid that is put in.
        chemicals: reagents by name.
        volume: of the liquid around the dots after it [m3].
        temperature: of that liquid [K].
    """
    brought = totals(added, chemicals)
    return Injection(
        strong_acid=brought.strong_acid,
        acid_halide=halide_of_acids(added, chemicals),
        amino_acid=brought.amino_acid,
        volume=volume,
        temperature=temperature,
        ligand=brought.ligand,
    )


def react(colloid: Colloid, injection: Injection, pool: Pool, parameters: FlaskParameters) -> tuple[Colloid, Pool]:
    """Return the dots right after an injection mixed in: stripping, etching and halide vacancies by its protons.

    Args:
        colloid: dots before the change.
        injection: acid, halide and short ligand [mol], volume [m3] and temperature [K].
        pool: free amine and free ion pairs around the dots [mol].
        parameters: numbers and switches of the flask stage.

    Returns:
        The dots after it, with a ``reason`` if they decomposed, and the pool that is left. Protons, short ligand and
        ion pairs are conserved; what etched material carried goes into the liquid.
    """
    protons = protonate_short_ligand(injection.strong_acid, colloid.zwitterion + injection.amino_acid)
    sites = surface_sites(colloid.crystals, parameters)
    dissolved = injection.ligand + protons.protonated_ligand
    ligand = colloid.short_ligand + dissolved + sites * colloid.surface.short
    acid = AcidInjection(
        acid=protons.free_acid,
        ligand=ligand,
        carried=dissolved,
        volume=injection.volume,
        temperature=injection.temperature,
    )
    surface, uptake = add_acid(colloid.surface, acid, sites, pool, parameters)
    kept = material_retained(uptake, parameters) if "etching" in parameters.size_causes else 1.0
    crystals = etch(colloid.crystals, kept)
    after = replace(
        colloid,
        crystals=crystals,
        lost_sites=colloid.lost_sites + _lost_sites(colloid.crystals, crystals, parameters),
        surface=surface,
        zwitterion=protons.undissolved_ligand,
        short_ligand=max(ligand - surface_sites(crystals, parameters) * surface.short, 0.0),
        acid_halide=colloid.acid_halide + injection.acid_halide,
        to_amine=colloid.to_amine + uptake.to_amine + uptake.to_pairs,
        to_surface=colloid.to_surface + uptake.to_surface,
        unreacted_acid=colloid.unreacted_acid + uptake.unreacted,
        free_amine=pool.free_amine if math.isnan(colloid.free_amine) and injection.strong_acid else colloid.free_amine,
        excess_acid=colloid.excess_acid + protons.free_acid,
        stripped_fraction=1.0 - (1.0 - colloid.stripped_fraction) * (1.0 - uptake.stripped_fraction),
        material_retained=colloid.material_retained * kept,
    )
    left = Pool(
        free_amine=max(pool.free_amine - uptake.to_amine, 0.0),
        pairs=max(pool.pairs - uptake.to_pairs, 0.0) + _released_pairs(colloid, after, uptake.to_surface, parameters),
    )
    return replace(after, reason=decomposition_cause(after, uptake.unreacted / sites, parameters)), left


def _released_pairs(before: Colloid, after: Colloid, taken: float, parameters: FlaskParameters) -> float:
    """Native pairs [mol] that etched surface released; what protons took is no pair any more."""
    return max(bound_pairs(before, parameters) - taken - bound_pairs(after, parameters), 0.0)


def age_dispersion(
    colloid: Colloid, medium: Medium, duration: float, temperature: float, parameters: FlaskParameters
) -> Colloid:
    """Return the dots after their dispersion stood, while ligands adsorbed, desorbed and exchanged.

    Args:
        colloid: dots before; decomposed dots stay as they are.
        medium: the liquid around them [mol, m3].
        duration: [s].
        temperature: [K].
        parameters: numbers and switches of the flask stage.

    Returns:
        The dots with as much short ligand as before, on them and off.
    """
    if colloid.reason:
        return colloid
    sites = surface_sites(colloid.crystals, parameters)
    ligand = colloid.short_ligand + sites * colloid.surface.short
    budget = LigandBudget(
        short_ligand=ligand,
        pairs=medium.pairs + sites * colloid.surface.native,
        alkylammonium_halide=medium.alkylammonium_halide,
        volume=medium.volume,
        reservoir=medium.reservoir,
        metal_salt=medium.metal_salt,
    )
    surface = exchange_ligands(colloid.surface, sites, budget, duration, temperature, parameters)
    return replace(colloid, surface=surface, short_ligand=max(ligand - sites * surface.short, 0.0))


def with_crystals(colloid: Colloid, crystals: Crystals, parameters: FlaskParameters) -> Colloid:
    """Return the dots after they grew or shrank without acid; short ligand is conserved.

    New surface is covered like the rest as long as there is short ligand for it, and by native pairs then, where the
    dots have any; lost surface releases its short ligand.

    Args:
        colloid: dots before the change.
        crystals: inorganic part of the dots after it [m, mol].
        parameters: numbers and switches of the flask stage.
    """
    old, new = surface_sites(colloid.crystals, parameters), surface_sites(crystals, parameters)
    surface = colloid.surface
    if new > old:
        taken = min(surface.short * (new - old), colloid.short_ligand)
        short = (surface.short * old + taken) / new
        native = 1.0 - surface.bare - short if surface.native > 0.0 else 0.0
        surface, freed = replace(surface, native=native, short=short, bare=max(1.0 - native - short, 0.0)), -taken
    else:
        freed = surface.short * (old - new)
    return replace(
        colloid,
        crystals=crystals,
        surface=surface,
        short_ligand=max(colloid.short_ligand + freed, 0.0),
        lost_sites=colloid.lost_sites + _lost_sites(colloid.crystals, crystals, parameters),
    )


def sites_of_a_dot(crystals: Crystals, parameters: FlaskParameters) -> float:
    """Return the surface sites of a mean dot [1], 0 without dots."""
    dots = amount_of_dots(crystals)
    return surface_sites(crystals, parameters) / dots if dots > 0.0 else 0.0


def _lost_sites(before: Crystals, after: Crystals, parameters: FlaskParameters) -> float:
    """Sites that a mean dot lost; dots that vanished took theirs along, and none is lost while dots are born."""
    if amount_of_dots(after) > amount_of_dots(before):
        return 0.0
    return max(sites_of_a_dot(before, parameters) - sites_of_a_dot(after, parameters), 0.0)


def surface_left(colloid: Colloid, parameters: FlaskParameters) -> float:
    """Return the surface of a mean dot over that with what etching and dissolving took from it [1]."""
    left = sites_of_a_dot(colloid.crystals, parameters)
    return left / (left + colloid.lost_sites) if left > 0.0 else 1.0


def bound_pairs(colloid: Colloid | None, parameters: FlaskParameters) -> float:
    """Return the native ion pairs on the dots [mol], 0 without dots."""
    return surface_sites(colloid.crystals, parameters) * colloid.surface.native if colloid else 0.0


def decomposition_cause(colloid: Colloid, acid_per_site: float, parameters: FlaskParameters) -> str | None:
    """Return why the dots decompose after an acid was added, None if they live.

    Three limits, each sufficient: native ligands that the protons left, material that etching left, and acid that
    nothing took up. What counts is the instant of the addition: exchange afterwards takes no ligand without giving one.

    Args:
        colloid: dots after the acid.
        acid_per_site: strong acid without a partner per surface site [1].
        parameters: numbers and switches of the flask stage.
    """
    causes = []
    left = 1.0 - colloid.stripped_fraction
    if left < parameters.critical_coverage:
        causes.append(
            f"protons removed all but {max(100.0 * left, 0.0):.1f} % of the native ligands, and dots with less than "
            f"{100.0 * parameters.critical_coverage:.2g} % are not stable"
        )
    if colloid.material_retained < parameters.critical_material or colloid.material_retained == 0.0:
        causes.append(
            f"acid on bare surface dissolved all but {100.0 * colloid.material_retained:.1f} % of the material, less "
            f"than the {100.0 * parameters.critical_material:.2g} % at which dots survive"
        )
    if acid_per_site > parameters.critical_acid:
        causes.append(f"{acid_per_site:.3g} mol of strong acid per mole of surface sites found no amine to take it up")
    return f"The dots decomposed: {'; '.join(causes)}." if causes else None


def low_coverage(surface: Surface, cause: str, parameters: FlaskParameters) -> str | None:
    """Return why dots decompose whose surface lost its ligands in another way than by acid, None if they live.

    Args:
        surface: fractions of covered sites [1].
        cause: what took the ligands, the subject of the sentence.
        parameters: numbers and switches of the flask stage.
    """
    covered = surface.native + surface.short
    if covered >= parameters.critical_coverage:
        return None
    return (
        f"The dots decomposed: {cause} left ligands on {100.0 * covered:.2g} % of the sites, and dots with less than "
        f"{100.0 * parameters.critical_coverage:.2g} % are not stable."
    )
