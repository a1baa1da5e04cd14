"""The dispersion in work-up, and what becomes of it while it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from halodot.flask.acid_base import Pool
from halodot.flask.amounts import Totals
from halodot.flask.colloid import Colloid, Medium, age_dispersion, bound_pairs, with_crystals
from halodot.flask.growth import amount_in_dots, amount_of_dots, mean_length
from halodot.flask.halides import exchange_anions, with_liquid
from halodot.flask.heat import isothermal, split
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import QUIET_PARTS, Pot, age_colloid, alkylammonium_halide, pool_of
from halodot.flask.surface import LigandBudget
from halodot.flask.vessel import ROOM_TEMPERATURE, Vessel
from halodot.perovskite import PerovskiteParameters
from halodot.states import Chemical, Dispersion, Note, ShellRecord, Step, number, state


@state
class Batch:
    """The dispersion in work-up, the samples taken after each wash, and what was left out so far."""

    colloid: Colloid
    pool: Pool
    stocks: Mapping[str, Vessel]
    liquids: Mapping[str, float]  # volumes of the solvents that the dots are in [m3], by name
    volume: float = number("m3", "of the dispersion")
    alkylammonium_halide: float = number("mol", "alkylammonium halide that acids did not bring, still there")
    samples: tuple[Dispersion, ...] = ()
    shell: tuple[ShellRecord, ...] = ()  # of the dots, after each step from the pot on
    notes: tuple[Note, ...] = ()
    dispersed: bool = True  # not a precipitate
    replenished: bool = False  # native ligand was added to washed dots
    washes: int = 0
    temperature: float = number("K", "of the dispersion", default=ROOM_TEMPERATURE)
    antisolvent: float = number("1", "volumes per volume of dispersion, of all washes", default=0.0)
    metal_salt: float = number("mol", "halide of metals other than cesium and lead that was added", default=0.0)
    free_acid: float = number("mol", "carboxylic acid in no ion pair", default=0.0)
    halide: float = number("mol", "halide ions of the liquid, of the composition of the dots", default=0.0)
    perovskite: PerovskiteParameters | None = None  # numbers of the cesium lead halides


def batch_of(pot: Pot, parameters: FlaskParameters) -> Batch:
    """Return the cold crude solution as the batch that is worked up, before it stood."""
    assert pot.colloid is not None
    pool = pool_of(pot, parameters)
    paired = pool.pairs + bound_pairs(pot.colloid, parameters)
    return Batch(
        colloid=pot.colloid,
        pool=pool,
        stocks=pot.stocks,
        liquids=solvents(pot.vessel, pot.chemicals),
        volume=pot.vessel.volume,
        alkylammonium_halide=alkylammonium_halide(pot, parameters),
        free_acid=max(pot.totals.carboxylic_acid - paired, 0.0),
        halide=max(pot.totals.halide - 3.0 * amount_in_dots(pot.colloid.crystals), 0.0),
        perovskite=pot.perovskite,
        shell=pot.shell,
    )


def solvents(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> dict[str, float]:
    """Return the volumes of the solvents of a vessel [m3], by name."""
    found = {}
    for name, amount in vessel.contents.items():
        chemical = chemicals.get(name)
        if chemical is not None and chemical.role == "solvent" and chemical.density > 0.0:
            found[name] = amount * chemical.molar_mass / chemical.purity / chemical.density
    return found


def noted(batch: Batch, kind: str, text: str, step: Step) -> Batch:
    """Return the batch with one more remark on a step."""
    return replace(batch, notes=(*batch.notes, Note(kind, text, step.where)))


def is_changed(before: Batch, after: Batch) -> bool:
    """Return whether an operation changed dots, surface or liquid, beyond the rounding of a float."""
    pairs = zip(_numbers(before), _numbers(after), strict=True)
    same = all(math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-15) for one, other in pairs)
    return not same or (before.dispersed, before.liquids) != (after.dispersed, after.liquids)


def _numbers(batch: Batch) -> tuple[float, ...]:
    colloid, surface = batch.colloid, batch.colloid.surface
    found = (
        *(surface.native, surface.short, surface.halide_vacancies, surface.stripped),
        *(amount_of_dots(colloid.crystals) * 1e6, mean_length(colloid.crystals) * 1e9, colloid.zwitterion * 1e3),
        *(batch.pool.free_amine * 1e3, batch.pool.pairs * 1e3, batch.free_acid * 1e3, batch.volume * 1e6),
        *(batch.alkylammonium_halide * 1e3, colloid.acid_halide * 1e3, batch.metal_salt * 1e3, batch.temperature),
    )
    return tuple(0.0 if math.isnan(value) else value for value in found)


def is_reservoir(batch: Batch) -> bool:
    """Return whether free native pairs keep adsorbing: in the crude solution, and once some are added to clean dots."""
    return batch.washes == 0 or batch.replenished


def age(batch: Batch, duration: float, temperature: float, parameters: FlaskParameters) -> Batch:
    """Return the batch after its surface came towards equilibrium with the liquid, sizes as they are.

    Pairs that are added to washed dots adsorb on bare sites; that dilution would take others off is not followed there,
    as it is not without an addition.

    Args:
        batch: dispersion before it.
        duration: [s].
        temperature: [K].
        parameters: numbers and switches of the flask stage.
    """

    def after(reservoir: bool) -> Colloid:
        medium = Medium(
            pairs=batch.pool.pairs,
            alkylammonium_halide=batch.alkylammonium_halide + batch.colloid.acid_halide,
            volume=batch.volume,
            reservoir=reservoir,
            metal_salt=batch.metal_salt,
        )
        return age_dispersion(batch.colloid, medium, duration, temperature, parameters)

    return _with_colloid(batch, _best(batch, after), parameters)


def stand(batch: Batch, duration: float, parameters: FlaskParameters) -> Batch:
    """Return the batch after it stood at its temperature: growth, ripening and exchange of ligands as in the pot.

    Args:
        batch: dispersion before it.
        duration: [s].
        parameters: numbers and switches of the flask stage.
    """
    if not duration > 0.0 or batch.colloid.reason:
        return batch
    pairs = batch.pool.pairs + bound_pairs(batch.colloid, parameters)

    def after(reservoir: bool) -> Colloid:
        colloid = batch.colloid
        for part in split(isothermal(batch.temperature, duration), QUIET_PARTS):
            if not colloid.reason:
                salts = batch.alkylammonium_halide + colloid.acid_halide
                budget = LigandBudget(0.0, pairs, salts, batch.volume, reservoir, batch.metal_salt)
                colloid = age_colloid(colloid, part, batch.temperature, budget, parameters)
        return colloid

    return _with_colloid(batch, _best(batch, after), parameters)


def _best(batch: Batch, after: Callable[[bool], Colloid]) -> Colloid:
    """The colloid by what is free to adsorb and desorb in this batch."""
    if not batch.replenished:
        return after(is_reservoir(batch))
    return min((after(True), after(False)), key=lambda colloid: colloid.surface.bare)


def _with_colloid(batch: Batch, colloid: Colloid, parameters: FlaskParameters) -> Batch:
    """The batch with other dots, and the native pairs that these took from the liquid or gave to it."""
    released = bound_pairs(batch.colloid, parameters) - bound_pairs(colloid, parameters)
    return replace(batch, colloid=colloid, pool=replace(batch.pool, pairs=max(batch.pool.pairs + released, 0.0)))


def with_native(batch: Batch, amine: float, acid: float, parameters: FlaskParameters) -> Batch:
    """Return the batch after amine and carboxylic acid were added, as ion pairs by mass action.

    K (A - p)(C - p) = p V for p pairs of all the amine A and acid C that are not on dots.

    Args:
        batch: dispersion, its volume that after the addition.
        amine: added [mol].
        acid: carboxylic acid that is added [mol].
        parameters: numbers and switches of the flask stage.
    """
    if not (amine > 0.0 or acid > 0.0):
        return batch
    amines = batch.pool.free_amine + batch.pool.pairs + amine
    acids = batch.free_acid + batch.pool.pairs + acid
    constant = parameters.pair_constant
    half = constant * (amines + acids) + batch.volume
    root = math.sqrt(max(half * half - 4.0 * constant * constant * amines * acids, 0.0))
    pairs = 2.0 * constant * amines * acids / (half + root)
    more = pairs > batch.pool.pairs * (1.0 + 1e-9)
    return replace(
        batch,
        pool=Pool(free_amine=max(amines - pairs, 0.0), pairs=pairs),
        free_acid=max(acids - pairs, 0.0),
        replenished=batch.replenished or (more and batch.washes > 0),
    )


def with_halides(batch: Batch, brought: Totals, parameters: FlaskParameters) -> Batch:
    """Return the batch after the dots exchanged their halides with those that arrive in the liquid.

    Args:
        batch: dispersion before the exchange.
        brought: what arrives [mol].
        parameters: numbers and switches of the flask stage.
    """
    if not brought.halide > 0.0:
        return batch
    crystals = batch.colloid.crystals
    shares = with_liquid(crystals, amount_in_dots(crystals), brought.halides, batch.halide)
    exchanged = exchange_anions(crystals, shares, batch.perovskite)
    batch = replace(batch, halide=batch.halide + brought.halide)
    if exchanged is crystals:
        return batch
    return replace(batch, colloid=with_crystals(batch.colloid, exchanged, parameters))


def poured_off(batch: Batch, kept: float) -> Batch:
    """Return the batch with a share ``kept`` [1] of what its liquid held, the rest poured off."""
    return replace(
        batch,
        colloid=replace(
            batch.colloid,
            short_ligand=kept * batch.colloid.short_ligand,
            acid_halide=kept * batch.colloid.acid_halide,
        ),
        pool=Pool(free_amine=kept * batch.pool.free_amine, pairs=kept * batch.pool.pairs),
        alkylammonium_halide=kept * batch.alkylammonium_halide,
        metal_salt=kept * batch.metal_salt,
        free_acid=kept * batch.free_acid,
        halide=kept * batch.halide,
        dispersed=False,
        replenished=False,
        temperature=ROOM_TEMPERATURE,
    )
