"""The dots and the liquid around them, and what happens when something is injected: answers included."""

from __future__ import annotations

import math
from dataclasses import replace

from halodot.flask.acid_base import Pool, share_protons
from halodot.flask.growth import Crystals, etch, surface_sites
from halodot.flask.kinetics import Drop, settle, strike
from halodot.flask.parameters import FlaskParameters
from halodot.flask.surface import Liquid, Surface, material_retained
from halodot.states import number, state


@state
class Colloid:
    """Dots in their liquid, with what became of every proton and short ligand so far."""

    crystals: Crystals
    surface: Surface
    reason: str | None = None  # why the dots decomposed
    zwitterion: float = number("mol", "short ligand that did not dissolve", default=0.0)
    discarded_ligand: float = number("mol", "undissolved short ligand that was centrifuged off", default=0.0)
    short_ligand: float = number("mol", "protonated short ligand in the liquid, not on dots", default=0.0)
    acid_iodide: float = number("mol", "iodide that strong acids brought, now alkylammonium iodide", default=0.0)
    to_amine: float = number("mol", "protons taken by free amine and ion pairs", default=0.0)
    to_surface: float = number("mol", "protons taken by native ligands on the dots", default=0.0)
    acid_left: float = number("mol", "strong acid that found no partner", default=0.0)
    excess_acid: float = number("mol", "strong acid beyond what the short ligand took", default=0.0)
    free_amine: float = number("mol", "free amine before the first strong acid", default=math.nan)
    stripped_fraction: float = number("1", "share of the native ligands that protons cleared", default=0.0)
    material_retained: float = number("1", "share of the material that etching left", default=1.0)


@state
class Injection:
    """What arrives at the dots, and the liquid that it makes."""

    strong_acid: float = number("mol", "protons of strong acids")
    acid_iodide: float = number("mol", "iodide of those acids")
    amino_acid: float = number("mol", "short ligand as zwitterion")
    volume: float = number("m3", "of the liquid after it")
    temperature: float = number("K", "of the liquid after it")


@state
class Surroundings:
    """The liquid around the dots while time passes."""

    pairs: float = number("mol", "free native ion pairs")
    ammonium_iodide: float = number("mol", "alkylammonium iodide")
    volume: float = number("m3", "of the liquid")
    reservoir: bool  # free native pairs keep adsorbing and desorbing, as in a crude pot


def react(colloid: Colloid, injection: Injection, pool: Pool, parameters: FlaskParameters) -> tuple[Colloid, Pool]:
    """Return the dots right after an injection mixed in: protonation, stripping, etching, damage and the verdict.

    Args:
        colloid: before.
        injection: what arrives.
        pool: free amine and free ion pairs around the dots.
        parameters: of the flask stage.

    Returns:
        The dots after it, with a ``reason`` if they decomposed, and the pool that is left. Protons, short ligand and
        ion pairs are conserved; what etched material carried goes into the liquid.
    """
    protons = share_protons(injection.strong_acid, colloid.zwitterion + injection.amino_acid)
    sites = surface_sites(colloid.crystals, parameters)
    ligand = colloid.short_ligand + protons.protonated_ligand + sites * colloid.surface.exchanged
    drop = Drop(
        acid=protons.free_acid,
        ligand=ligand,
        carried=protons.protonated_ligand,
        volume=injection.volume,
        temperature=injection.temperature,
    )
    surface, hit = strike(colloid.surface, drop, sites, pool, parameters)
    kept = material_retained(hit, parameters) if "etching" in parameters.size_causes else 1.0
    crystals = etch(colloid.crystals, kept)
    after = replace(
        colloid,
        crystals=crystals,
        surface=surface,
        zwitterion=protons.undissolved_ligand,
        short_ligand=max(ligand - surface_sites(crystals, parameters) * surface.exchanged, 0.0),
        acid_iodide=colloid.acid_iodide + injection.acid_iodide,
        to_amine=colloid.to_amine + hit.to_amine + hit.to_pairs,
        to_surface=colloid.to_surface + hit.to_surface,
        acid_left=colloid.acid_left + hit.left,
        free_amine=pool.free_amine if math.isnan(colloid.free_amine) and injection.strong_acid else colloid.free_amine,
        excess_acid=colloid.excess_acid + protons.free_acid,
        stripped_fraction=1.0 - (1.0 - colloid.stripped_fraction) * (1.0 - hit.stripped_fraction),
        material_retained=colloid.material_retained * kept,
    )
    left = Pool(
        free_amine=max(pool.free_amine - hit.to_amine, 0.0),
        pairs=max(pool.pairs - hit.to_pairs, 0.0) + _freed_pairs(colloid, after, hit.to_surface, parameters),
    )
    return replace(after, reason=verdict(after, hit.left / sites, parameters)), left


def _freed_pairs(before: Colloid, after: Colloid, taken: float, parameters: FlaskParameters) -> float:
    """Native pairs [mol] that etched surface set free; what protons took is no pair any more."""
    return max(bound_pairs(before, parameters) - taken - bound_pairs(after, parameters), 0.0)


def stand(
    colloid: Colloid, around: Surroundings, duration: float, temperature: float, parameters: FlaskParameters
) -> Colloid:
    """Return the dots after their ligands came and went for a time [s] at a temperature [K]; ligand is conserved."""
    if colloid.reason:
        return colloid
    sites = surface_sites(colloid.crystals, parameters)
    ligand = colloid.short_ligand + sites * colloid.surface.exchanged
    liquid = Liquid(
        short_ligand=ligand,
        pairs=around.pairs + sites * colloid.surface.native,
        ammonium_iodide=around.ammonium_iodide,
        volume=around.volume,
        reservoir=around.reservoir,
    )
    surface = settle(colloid.surface, sites, liquid, duration, temperature, parameters)
    return replace(colloid, surface=surface, short_ligand=max(ligand - sites * surface.exchanged, 0.0))


def with_crystals(colloid: Colloid, crystals: Crystals, parameters: FlaskParameters) -> Colloid:
    """Return the dots after they grew or shrank without acid; short ligand is conserved.

    New surface is covered by native pairs like the rest, lost surface sets its short ligand free.
    """
    old, new = surface_sites(colloid.crystals, parameters), surface_sites(crystals, parameters)
    surface = colloid.surface
    if new > old:
        exchanged = surface.exchanged * old / new
        surface = replace(surface, native=1.0 - surface.bare - exchanged, exchanged=exchanged)
    freed = surface.exchanged * max(old - new, 0.0)
    return replace(colloid, crystals=crystals, surface=surface, short_ligand=colloid.short_ligand + freed)


def bound_pairs(colloid: Colloid | None, parameters: FlaskParameters) -> float:
    """Return the native ion pairs on the dots [mol]."""
    return surface_sites(colloid.crystals, parameters) * colloid.surface.native if colloid else 0.0


def verdict(colloid: Colloid, acid_per_site: float, parameters: FlaskParameters) -> str | None:
    """Return why the dots decompose after an attack by acid, None if they live.

    Three limits, each sufficient: native ligands that the protons left, material that etching left, and acid that
    nothing took up. What counts is the instant of the attack: exchange afterwards takes no ligand without giving one.
    """
    causes = []
    left = 1.0 - colloid.stripped_fraction
    if left < parameters.critical_coverage:
        causes.append(
            f"protons cleared all but {left:.0%} of the native ligands, and below {parameters.critical_coverage:.0%} "
            "the dots fall apart"
        )
    if colloid.material_retained < parameters.critical_material or colloid.material_retained == 0.0:
        causes.append(
            f"acid on bare surface dissolved all but {colloid.material_retained:.1%} of the material, and below "
            f"{parameters.critical_material:.0%} nothing holds together"
        )
    if acid_per_site > parameters.critical_acid:
        causes.append(f"{acid_per_site:.2g} mol of strong acid per mole of surface sites found no amine to take it up")
    return f"The dots decomposed: {'; '.join(causes)}." if causes else None


def uncovered(surface: Surface, cause: str, parameters: FlaskParameters) -> str | None:
    """Return why dots decompose whose surface lost its ligands in another way than by acid, None if they live."""
    covered = surface.native + surface.exchanged
    if covered >= parameters.critical_coverage:
        return None
    return (
        f"The dots decomposed: {cause} left ligands on {covered:.0%} of the sites, and below "
        f"{parameters.critical_coverage:.0%} the dots fall apart."
    )
