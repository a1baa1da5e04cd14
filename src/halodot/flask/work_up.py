"""From the crude solution to clean dispersions: centrifuging, washing, redispersing, and late injections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from halodot.errors import ValidityError
from halodot.flask.acid_base import Pool
from halodot.flask.amounts import totals
from halodot.flask.colloid import Colloid, Medium, age_dispersion, bound_pairs, injection_of, low_coverage, react
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, ammonium_iodide, pool_of
from halodot.flask.surface import wash
from halodot.flask.vessel import ROOM_TEMPERATURE, Vessel, dispense, take
from halodot.states import Chemical, Dispersion, Recipe, Step, number, state


@state
class Batch:
    """The dispersion in work-up, and the samples taken after each wash."""

    colloid: Colloid
    pool: Pool
    stocks: Mapping[str, Vessel]
    samples: tuple[Dispersion, ...]
    volume: float = number("m3", "of the dispersion")
    ammonium_iodide: float = number("mol", "alkylammonium iodide that acids did not bring, still there")


def run_work_up(pot: Pot, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """Follow the crude solution through the work-up.

    Centrifuging and filtering are taken to lose no dots: they remove what did not react or dissolve.

    Args:
        pot: cold crude solution with dots.
        recipe: procedure with the work-up.
        parameters: numbers and switches of the flask stage.

    Returns:
        The batch after the last step; ``samples`` are indexed by the number of washes.
    """
    if pot.colloid is None:
        raise ValidityError("There are no dots to work up.")
    batch = Batch(
        colloid=pot.colloid,
        pool=pool_of(pot, parameters),
        stocks=pot.stocks,
        samples=(),
        volume=pot.vessel.volume,
        ammonium_iodide=ammonium_iodide(pot, parameters),
    )
    batch = _age(batch, pot.vessel.temperature, True, parameters)
    crude = _sample(batch.colloid, 0, 0.0, _main_solvent(pot.vessel, recipe.chemicals))
    batch = replace(batch, samples=(crude,))
    for step in recipe.work_up:
        if batch.colloid.reason:
            break
        batch = _carry_out(batch, step, recipe, parameters)
    return batch


def _age(batch: Batch, temperature: float, reservoir: bool, parameters: FlaskParameters) -> Batch:
    """The batch after its dispersion stood for the usual time."""
    medium = Medium(
        pairs=batch.pool.pairs,
        ammonium_iodide=batch.ammonium_iodide + batch.colloid.acid_iodide,
        volume=batch.volume,
        reservoir=reservoir,
    )
    colloid = age_dispersion(batch.colloid, medium, parameters.standing_time, temperature, parameters)
    released = bound_pairs(batch.colloid, parameters) - bound_pairs(colloid, parameters)
    return replace(batch, colloid=colloid, pool=replace(batch.pool, pairs=max(batch.pool.pairs + released, 0.0)))


def _carry_out(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    if step.kind == "wash":
        return _wash(batch, step, parameters)
    if step.kind == "redisperse":
        volume = step.volume if step.volume > 0.0 else batch.volume
        last = replace(batch.samples[-1], solvent=step.material)
        return replace(batch, volume=volume, samples=(*batch.samples[:-1], last))
    if step.kind in ("inject", "add") and step.material:
        return _inject(batch, step, recipe, parameters)
    if step.kind == "centrifuge":
        discarded = batch.colloid.discarded_ligand + batch.colloid.zwitterion
        return replace(batch, colloid=replace(batch.colloid, zwitterion=0.0, discarded_ligand=discarded))
    return batch


def antisolvent_ratio(step: Step, volume: float) -> float:
    """Return the volumes of antisolvent per volume of dispersion [1] of a wash.

    Args:
        step: wash, its antisolvents as volumes [m3] or as ratios to the dispersion [1].
        volume: volume of the dispersion [m3].
    """
    total = math.fsum(amount for _, amount in step.antisolvents)
    return total if step.per_dispersion else total / volume


def _wash(batch: Batch, step: Step, parameters: FlaskParameters) -> Batch:
    ratio = antisolvent_ratio(step, batch.volume)
    surface = wash(batch.colloid.surface, ratio, parameters)
    kept = parameters.pool_carry_over
    colloid = replace(
        batch.colloid,
        surface=surface,
        reason=low_coverage(surface, "washing", parameters),
        short_ligand=kept * batch.colloid.short_ligand,
        acid_iodide=kept * batch.colloid.acid_iodide,
    )
    last = batch.samples[-1]
    sample = _sample(colloid, last.washes + 1, last.antisolvent_ratio + ratio, last.solvent)
    return replace(
        batch,
        colloid=colloid,
        pool=Pool(free_amine=kept * batch.pool.free_amine, pairs=kept * batch.pool.pairs),
        samples=(*batch.samples, sample),
        ammonium_iodide=kept * batch.ammonium_iodide,
    )


def _inject(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """A late injection: into washed dots, polar liquid desorbs ligand as an antisolvent of that volume would."""
    added, stocks = _draw_reagent(batch, step, recipe, parameters)
    last = batch.samples[-1]
    surface = batch.colloid.surface
    if last.washes:
        surface = wash(surface, added.polar_volume / batch.volume, parameters)
    injected = totals(added, recipe.chemicals)
    injection = injection_of(added, recipe.chemicals, batch.volume + added.volume, ROOM_TEMPERATURE)
    batch = replace(
        batch,
        colloid=replace(batch.colloid, surface=surface),
        stocks=stocks,
        volume=injection.volume,
        ammonium_iodide=batch.ammonium_iodide + injected.salt_iodide,
    )
    if injection.strong_acid > 0.0 or injection.amino_acid > 0.0 or injection.ligand > 0.0:
        colloid, pool = react(batch.colloid, injection, batch.pool, parameters)
        batch = _age(replace(batch, colloid=colloid, pool=pool), ROOM_TEMPERATURE, last.washes == 0, parameters)
    colloid = batch.colloid
    return replace(
        batch,
        colloid=replace(colloid, reason=colloid.reason or low_coverage(colloid.surface, "polar liquid", parameters)),
        samples=(*batch.samples[:-1], _sample(colloid, last.washes, last.antisolvent_ratio, last.solvent)),
    )


def _draw_reagent(
    batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters
) -> tuple[Vessel, Mapping[str, Vessel]]:
    if step.material in batch.stocks:
        drawn, left = take(batch.stocks[step.material], step.volume, step.material)
        return drawn, dict(batch.stocks) | {step.material: left}
    return dispense(step, recipe.chemicals, parameters.equivalents_reading, {}, recipe.work_up), batch.stocks


def _sample(colloid: Colloid, washes: int, ratio: float, solvent: str) -> Dispersion:
    return Dispersion(
        washes=washes,
        antisolvent_ratio=ratio,
        coverage_native=colloid.surface.native,
        coverage_short=colloid.surface.short,
        coverage_bare=colloid.surface.bare,
        halide_vacancies=colloid.surface.halide_vacancies,
        stripped=colloid.surface.stripped,
        solvent=solvent,
    )


def _main_solvent(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> str:
    masses = {
        name: amount * chemicals[name].molar_mass
        for name, amount in vessel.contents.items()
        if name in chemicals and chemicals[name].role == "solvent"
    }
    return max(masses, key=lambda name: masses[name]) if masses else ""
