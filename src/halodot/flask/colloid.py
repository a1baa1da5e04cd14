"""The dots and the liquid around them, and what happens when something is injected: answers included."""

from __future__ import annotations

import math
from dataclasses import replace

from halodot.flask.acid_base import Pool, share_protons
from halodot.flask.growth import Crystals, shrink, surface_sites
from halodot.flask.parameters import FlaskParameters
from halodot.flask.surface import Attack, Delivery, Surface, attack, heal_and_exchange, material_kept
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
    absorbed: float = number("mol", "protons taken by amine and ion pairs", default=0.0)
    to_surface: float = number("mol", "protons taken by native ligands on the dots", default=0.0)
    acid_left: float = number("mol", "strong acid that found no partner", default=0.0)
    excess_acid: float = number("mol", "strong acid beyond what the short ligand took", default=0.0)
    free_amine: float = number("mol", "free amine before the first strong acid", default=math.nan)
    stripped: float = number("1", "share of the native ligands that protons cleared", default=0.0)
    material_kept: float = number("1", "share of the material that etching left", default=1.0)


@state
class Injection:
    """What arrives at the dots, and the liquid that it makes."""

    strong_acid: float = number("mol", "protons of strong acids")
    acid_iodide: float = number("mol", "iodide of those acids")
    amino_acid: float = number("mol", "short ligand as zwitterion")
    metal_iodide: float = number("mol", "alkylammonium iodide from the metal salts")
    volume: float = number("m3", "of the liquid after it")
    reservoir: bool  # free native pairs keep adsorbing and desorbing, as in a crude pot


def react(colloid: Colloid, injection: Injection, pool: Pool, parameters: FlaskParameters) -> Colloid:
    """Return the dots after an injection: protonation, stripping, etching, the verdict, healing and exchange.

    Args:
        colloid: before.
        injection: what arrives.
        pool: free amine and ion pairs around the dots.
        parameters: of the flask stage.

    Returns:
        The dots after it, with a ``reason`` if they decomposed; protons and short ligand are conserved.
    """
    protons = share_protons(injection.strong_acid, colloid.zwitterion + injection.amino_acid)
    short_ligand = colloid.short_ligand + protons.protonated_ligand
    sites = surface_sites(colloid.crystals, parameters)
    bound = sites * colloid.surface.exchanged
    hit = attack(colloid.surface, protons.free_acid, short_ligand, sites, pool, parameters)
    kept = material_kept(hit, parameters)
    after = replace(
        colloid,
        crystals=shrink(colloid.crystals, kept),
        zwitterion=protons.undissolved_ligand,
        short_ligand=short_ligand,
        acid_iodide=colloid.acid_iodide + injection.acid_iodide,
        absorbed=colloid.absorbed + hit.to_amine + hit.to_pairs,
        to_surface=colloid.to_surface + hit.to_surface,
        acid_left=colloid.acid_left + hit.left,
        free_amine=pool.free_amine if math.isnan(colloid.free_amine) and injection.strong_acid else colloid.free_amine,
        excess_acid=colloid.excess_acid + protons.free_acid,
        stripped=1.0 - (1.0 - colloid.stripped) * (1.0 - hit.stripped),
        material_kept=colloid.material_kept * kept,
    )
    reason = verdict(after, hit.left / sites, parameters)
    if reason:
        return replace(after, reason=reason)
    return _healed(after, bound, hit, injection, pool, parameters)


def _healed(
    colloid: Colloid, bound: float, hit: Attack, injection: Injection, pool: Pool, parameters: FlaskParameters
) -> Colloid:
    sites = surface_sites(colloid.crystals, parameters)
    free = colloid.short_ligand + bound - sites * colloid.surface.exchanged
    delivery = Delivery(
        short_ligand=free,
        ammonium_iodide=injection.metal_iodide + colloid.acid_iodide,
        pairs=max(pool.pairs - hit.to_pairs, 0.0),
        volume=injection.volume,
        reservoir=injection.reservoir,
    )
    surface = heal_and_exchange(colloid.surface, hit, sites, delivery, parameters)
    short_ligand = max(free + sites * (colloid.surface.exchanged - surface.exchanged), 0.0)
    return replace(colloid, surface=surface, short_ligand=short_ligand)


def verdict(colloid: Colloid, acid_per_site: float, parameters: FlaskParameters) -> str | None:
    """Return why the dots decompose after an attack by acid, None if they live.

    Three limits, each sufficient: native ligands that the protons left, material that etching left, and acid that
    nothing took up. What counts is the instant of the attack: exchange afterwards takes no ligand without giving one.
    """
    causes = []
    left = 1.0 - colloid.stripped
    if left < parameters.critical_coverage:
        causes.append(
            f"protons cleared all but {left:.0%} of the native ligands, and below {parameters.critical_coverage:.0%} "
            "the dots fall apart"
        )
    if colloid.material_kept < parameters.critical_material or colloid.material_kept == 0.0:
        causes.append(
            f"acid on bare surface dissolved all but {colloid.material_kept:.1%} of the material, and below "
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
