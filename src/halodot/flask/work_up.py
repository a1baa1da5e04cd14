"""From the crude solution to clean dispersions: centrifuging, washing, redispersing, and late injections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from halodot.errors import ValidityError
from halodot.flask.acid_base import Pool
from halodot.flask.amounts import iodide_of_acids, totals
from halodot.flask.colloid import Colloid, Injection, Surroundings, bound_pairs, react, stand, uncovered
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, ammonium_iodide, pool_of
from halodot.flask.surface import wash
from halodot.flask.vessel import ROOM_TEMPERATURE, Vessel, dispense, take
from halodot.states import Chemical, Dispersion, Recipe, Step, number, state


@state
class Bench:
    """The dispersion in hand, and the samples taken after each wash."""

    colloid: Colloid
    pool: Pool
    stocks: Mapping[str, Vessel]
    samples: tuple[Dispersion, ...]
    volume: float = number("m3", "of the dispersion")
    ammonium_iodide: float = number("mol", "alkylammonium iodide that acids did not bring, still there")


def run_work_up(pot: Pot, recipe: Recipe, parameters: FlaskParameters) -> Bench:
    """Follow the crude solution through the work-up.

    Centrifuging and filtering are taken to lose no dots: they remove what did not react or dissolve.

    Args:
        pot: cold, with dots.
        recipe: whose work-up is done.
        parameters: of the flask stage.

    Returns:
        The bench after the last step; ``samples`` are indexed by the number of washes.
    """
    if pot.colloid is None:
        raise ValidityError("There are no dots to work up.")
    bench = Bench(
        colloid=pot.colloid,
        pool=pool_of(pot, parameters),
        stocks=pot.stocks,
        samples=(),
        volume=pot.vessel.volume,
        ammonium_iodide=ammonium_iodide(pot, parameters),
    )
    bench = _stood(bench, pot.vessel.temperature, True, parameters)
    crude = _sample(bench.colloid, 0, 0.0, _main_solvent(pot.vessel, recipe.chemicals))
    bench = replace(bench, samples=(crude,))
    for step in recipe.work_up:
        if bench.colloid.reason:
            break
        bench = _done(bench, step, recipe, parameters)
    return bench


def _stood(bench: Bench, temperature: float, reservoir: bool, parameters: FlaskParameters) -> Bench:
    """The bench after its dispersion stood for the usual time."""
    around = Surroundings(
        pairs=bench.pool.pairs,
        ammonium_iodide=bench.ammonium_iodide + bench.colloid.acid_iodide,
        volume=bench.volume,
        reservoir=reservoir,
    )
    colloid = stand(bench.colloid, around, parameters.standing_time, temperature, parameters)
    released = bound_pairs(bench.colloid, parameters) - bound_pairs(colloid, parameters)
    return replace(bench, colloid=colloid, pool=replace(bench.pool, pairs=max(bench.pool.pairs + released, 0.0)))


def _done(bench: Bench, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Bench:
    if step.kind == "wash":
        return _washed(bench, step, parameters)
    if step.kind == "redisperse":
        volume = step.volume if step.volume > 0.0 else bench.volume
        last = replace(bench.samples[-1], solvent=step.material)
        return replace(bench, volume=volume, samples=(*bench.samples[:-1], last))
    if step.kind in ("inject", "add") and step.material:
        return _injected(bench, step, recipe, parameters)
    if step.kind == "centrifuge":
        discarded = bench.colloid.discarded_ligand + bench.colloid.zwitterion
        return replace(bench, colloid=replace(bench.colloid, zwitterion=0.0, discarded_ligand=discarded))
    return bench


def antisolvent_ratio(step: Step, volume: float) -> float:
    """Return the volumes of antisolvent per volume of dispersion [1] of a wash.

    Args:
        step: whose antisolvents are ratios already or volumes [m3].
        volume: of the dispersion [m3].
    """
    total = math.fsum(amount for _, amount in step.antisolvents)
    return total if step.per_dispersion else total / volume


def _washed(bench: Bench, step: Step, parameters: FlaskParameters) -> Bench:
    ratio = antisolvent_ratio(step, bench.volume)
    surface = wash(bench.colloid.surface, ratio, parameters)
    kept = parameters.pool_carry_over
    colloid = replace(
        bench.colloid,
        surface=surface,
        reason=uncovered(surface, "washing", parameters),
        short_ligand=kept * bench.colloid.short_ligand,
        acid_iodide=kept * bench.colloid.acid_iodide,
    )
    last = bench.samples[-1]
    sample = _sample(colloid, last.washes + 1, last.antisolvent_ratio + ratio, last.solvent)
    return replace(
        bench,
        colloid=colloid,
        pool=Pool(free_amine=kept * bench.pool.free_amine, pairs=kept * bench.pool.pairs),
        samples=(*bench.samples, sample),
        ammonium_iodide=kept * bench.ammonium_iodide,
    )


def _injected(bench: Bench, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Bench:
    """A late injection: into washed dots, polar liquid desorbs ligand as an antisolvent of that volume would."""
    poured, stocks = _poured(bench, step, recipe, parameters)
    last = bench.samples[-1]
    surface = bench.colloid.surface
    if last.washes:
        surface = wash(surface, poured.polar_volume / bench.volume, parameters)
    injected = totals(poured, recipe.chemicals)
    injection = Injection(
        strong_acid=injected.strong_acid,
        acid_iodide=iodide_of_acids(poured, recipe.chemicals),
        amino_acid=injected.amino_acid,
        volume=bench.volume + poured.volume,
        temperature=ROOM_TEMPERATURE,
    )
    bench = replace(
        bench,
        colloid=replace(bench.colloid, surface=surface),
        stocks=stocks,
        volume=injection.volume,
        ammonium_iodide=bench.ammonium_iodide + injected.ammonium_halide,
    )
    if injected.strong_acid > 0.0 or injected.amino_acid > 0.0:
        colloid, pool = react(bench.colloid, injection, bench.pool, parameters)
        bench = _stood(replace(bench, colloid=colloid, pool=pool), ROOM_TEMPERATURE, last.washes == 0, parameters)
    colloid = bench.colloid
    return replace(
        bench,
        colloid=replace(colloid, reason=colloid.reason or uncovered(colloid.surface, "polar liquid", parameters)),
        samples=(*bench.samples[:-1], _sample(colloid, last.washes, last.antisolvent_ratio, last.solvent)),
    )


def _poured(
    bench: Bench, step: Step, recipe: Recipe, parameters: FlaskParameters
) -> tuple[Vessel, Mapping[str, Vessel]]:
    if step.material in bench.stocks:
        drawn, left = take(bench.stocks[step.material], step.volume, step.material)
        return drawn, dict(bench.stocks) | {step.material: left}
    return dispense(step, recipe.chemicals, parameters.equivalents_reading, {}, recipe.work_up), bench.stocks


def _sample(colloid: Colloid, washes: int, ratio: float, solvent: str) -> Dispersion:
    return Dispersion(
        washes=washes,
        antisolvent_ratio=ratio,
        coverage_native=colloid.surface.native,
        coverage_short=colloid.surface.exchanged,
        coverage_bare=colloid.surface.bare,
        solvent=solvent,
    )


def _main_solvent(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> str:
    masses = {
        name: amount * chemicals[name].molar_mass
        for name, amount in vessel.contents.items()
        if name in chemicals and chemicals[name].role == "solvent"
    }
    return max(masses, key=lambda name: masses[name]) if masses else ""
