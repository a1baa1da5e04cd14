"""From the crude solution to clean dispersions: every operation of a work-up, followed, noted or refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from halodot.errors import ValidityError
from halodot.flask.amounts import totals
from halodot.flask.batch import (
    Batch,
    age,
    batch_of,
    is_changed,
    noted,
    poured_off,
    solvents,
    stand,
    with_halides,
    with_native,
)
from halodot.flask.colloid import injection_of, low_coverage, react
from halodot.flask.growth import amount_of_dots, mean_length
from halodot.flask.halides import OF_EXCHANGE
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot
from halodot.flask.separation import (
    NEGLIGIBLE,
    centrifugal_force,
    keep_share,
    kept_dots,
    pour_off,
    sedimented_share,
)
from halodot.flask.surface import shell_record, wash
from halodot.flask.vessel import PORTIONS, ROOM_TEMPERATURE, VOLATILE, Vessel, dispense, dries_up, part_of, take
from halodot.flask.washing import antisolvent_ratio, strength, stripping_ratio, washing_notes
from halodot.rounding import per_cent
from halodot.states import Array, Dispersion, Recipe, Step

#: temperatures of a laboratory, K
_ROOM = (283.15, 308.15)
#: temperature above which clean dots lose ligand that the model keeps on them, K
_WARM = 323.15
#: share of the edge length that growth in the work-up may change without a remark, 1
_GROWN = 0.02
#: relative permittivity from which a liquid precipitates dots rather than disperse them
_ANTISOLVENT = 6.0


def run_work_up(pot: Pot, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """Follow the crude solution through the work-up.

    A step that neither changes anything nor has a remark of its own is noted as not followed.

    Args:
        pot: cold crude solution with dots.
        recipe: procedure with the work-up.
        parameters: numbers and switches of the flask stage.

    Returns:
        The batch after the last step; ``samples`` are indexed by the number of washes.

    Raises:
        ValidityError: a step throws the dots away, holds them back or boils their solvent off.
    """
    if pot.colloid is None:
        raise ValidityError("There are no dots to work up.")
    batch = age(batch_of(pot, parameters), parameters.standing_time, pot.vessel.temperature, parameters)
    masses = {name: volume * recipe.chemicals[name].density for name, volume in batch.liquids.items()}
    solvent = max(masses, key=lambda name: masses[name]) if masses else ""
    stood = shell_record("recipe.work_up", batch.colloid.surface)
    batch = replace(batch, samples=(_sample(batch, solvent),), shell=(*batch.shell, stood))
    for step in recipe.work_up:
        if batch.colloid.reason:
            break
        batch = _carry_out(batch, step, recipe, parameters)
    return batch


def _carry_out(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    _refuse_misplaced(batch, step)
    after = _OPERATIONS[step.kind](batch, step, recipe, parameters)
    if step.atmosphere == "air" and step.duration > 0.0:
        text = "What air and its moisture do to dots in a liquid is left out; the PL that a film keeps in air is given."
        after = noted(after, "not followed", text, step)
    if step.kind not in _LOSSLESS and len(after.notes) == len(batch.notes) and not is_changed(batch, after):
        text = f"This {step.kind} changes nothing in the model: neither dots nor surface nor the liquid around them."
        after = noted(after, "not followed", text, step)
    solvent = step.material if step.kind == "redisperse" else after.samples[-1].solvent
    shell = (*after.shell, shell_record(step.where, after.colloid.surface))
    return replace(after, samples=(*after.samples[:-1], _sample(after, solvent)), shell=shell)


def _refuse_misplaced(batch: Batch, step: Step) -> None:
    if batch.dispersed and step.kind == "redisperse":
        raise ValidityError(f"{step.where}: there is no precipitate to redisperse; wash first.")
    if not batch.dispersed and step.kind in ("wash", "filter", "add", "inject"):
        raise ValidityError(f"{step.where}: this {step.kind} needs a dispersion; redisperse the precipitate first.")


def _sample(batch: Batch, solvent: str) -> Dispersion:
    surface = batch.colloid.surface
    return Dispersion(
        washes=batch.washes,
        antisolvent_ratio=batch.antisolvent,
        coverage_native=surface.native,
        coverage_short=surface.short,
        coverage_bare=surface.bare,
        halide_vacancies=surface.halide_vacancies,
        stripped=surface.stripped,
        solvent=solvent,
    )


# ------------------------------------------------------------------------------------------------------------ standing


def _treat(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """Heating, cooling, holding, stirring, ageing and storing."""
    target = step.temperature if math.isfinite(step.temperature) else batch.temperature
    if not batch.dispersed:
        text = f"This {step.kind} changes nothing: a precipitate is not followed while it stands."
        return noted(batch, "not followed", text, step)
    _refuse_boiling(batch, target, step, recipe)
    after = stand(replace(batch, temperature=target), step.duration, parameters)
    hot = target > _WARM and batch.washes > 0
    if hot and step.duration > 0.0:
        text = (
            "Ligand that heat takes off clean dots is left out: in a liquid without ligand the model lets none"
            " desorb, so that dots keep more of it, and ripen less, than they may."
        )
        after = noted(after, "not followed", text, step)
    elif not step.duration > 0.0 and not _ROOM[0] <= target <= _ROOM[1]:
        text = "No time is stated, so that this temperature counts for the steps that follow only."
        after = noted(after, "not followed", text, step)
    return _note_growth(batch, after, step)


def _note_growth(before: Batch, after: Batch, step: Step) -> Batch:
    was, now = mean_length(before.colloid.crystals), mean_length(after.colloid.crystals)
    if after.colloid.reason or not abs(now / was - 1.0) > _GROWN:
        return after
    text = (
        f"The dots go from {was * 1e9:.3g} to {now * 1e9:.3g} nm in this step by the law of growth of the hot pot,"
        " whose data are of seconds: at this temperature and time it is extrapolated."
    )
    return noted(after, "extrapolated", text, step)


def _refuse_boiling(batch: Batch, temperature: float, step: Step, recipe: Recipe) -> None:
    for name, volume in batch.liquids.items():
        boiling = recipe.chemicals[name].boiling_point
        if volume > 0.05 * batch.volume and boiling < temperature:
            raise ValidityError(
                f"{step.where}: {name} boils at {boiling - 273.15:.0f} degC, so that this dispersion cannot be at"
                f" {temperature - 273.15:.0f} degC in an open vessel; a pressure tube is not modelled."
            )


def _dry(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """Drying and degassing: volatile liquids leave; without another one the dots are a solid."""
    if not batch.dispersed:
        text = (
            "Drying a precipitate changes nothing: how much liquid it keeps is an assumption (flask.pool_carry_over)."
        )
        return noted(batch, "not followed", text, step)
    chemicals = recipe.chemicals
    left = {name: volume for name, volume in batch.liquids.items() if not dries_up(chemicals[name])}
    gone = math.fsum(volume for name, volume in batch.liquids.items() if name not in left)
    if not left:
        return replace(batch, liquids={}, dispersed=False, temperature=ROOM_TEMPERATURE)
    after = replace(batch, liquids=left, volume=max(batch.volume - gone, math.fsum(left.values())))
    if math.isfinite(step.temperature):
        after = replace(after, temperature=step.temperature)
    after = stand(after, step.duration, parameters)
    if gone <= 0.0:
        text = (
            f"Nothing in this dispersion boils below {VOLATILE - 273.15:.0f} degC, and water and air in it are not"
            " followed in the work-up: drying counts as standing."
        )
        after = noted(after, "not followed", text, step)
    return _note_growth(batch, after, step)


# ----------------------------------------------------------------------------------------------------------- additions


def _add(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """A late addition, at once or in portions over its time, after which the dispersion stands."""
    added, stocks = _draw_reagent(batch, step, recipe, parameters)
    brought = totals(added, recipe.chemicals)
    slow = step.addition_time > 0.0
    after = replace(batch, stocks=stocks)
    for _ in range(PORTIONS if slow else 1):
        after = _receive(after, part_of(added, 1.0 / PORTIONS) if slow else added, recipe, parameters)
        after = stand(after, step.addition_time / PORTIONS, parameters) if slow else after
    if any(recipe.chemicals[name].role != "solvent" for name in added.contents if name in recipe.chemicals):
        after = age(after, parameters.standing_time, after.temperature, parameters)
    colloid = after.colloid
    reason = colloid.reason or low_coverage(colloid.surface, "polar liquid", parameters)
    after = replace(after, colloid=replace(colloid, reason=reason))
    if colloid.crystals.halides != batch.colloid.crystals.halides:
        after = noted(after, "missing physics", OF_EXCHANGE, step)
    amine = brought.amine - brought.ammonium_halide
    if (amine > 0.0) != (brought.carboxylic_acid > 0.0):
        text = (
            f"{step.material} acts by the ion pairs that it forms with what the liquid holds, and no more: that an"
            " excess of free amine or acid takes ligands, lead or halide off finished dots is left out."
        )
        after = noted(after, "not followed", text, step)
    if brought.cesium > 0.0 or brought.lead > 0.0:
        text = f"Cesium or lead that {step.material} brings to finished dots neither grows them nor fills vacancies."
        after = noted(after, "not followed", text, step)
    return after


def _receive(batch: Batch, added: Vessel, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """The batch right after some liquid mixed in; on washed dots polar liquid takes ligand as an antisolvent does."""
    if batch.colloid.reason:
        return batch
    chemicals = recipe.chemicals
    brought = totals(added, chemicals)
    surface = batch.colloid.surface
    liquids = solvents(added, chemicals)
    if batch.washes and added.polar_volume > 0.0:
        stronger = (volume * (strength(chemicals[name], parameters) - 1.0) for name, volume in liquids.items())
        surface = wash(surface, (added.polar_volume + math.fsum(stronger)) / batch.volume, parameters)
    injection = injection_of(added, chemicals, batch.volume + added.volume, batch.temperature)
    together = {name: batch.liquids.get(name, 0.0) + liquids.get(name, 0.0) for name in {**batch.liquids, **liquids}}
    batch = replace(
        batch,
        colloid=replace(batch.colloid, surface=surface),
        volume=injection.volume,
        liquids=together,
        alkylammonium_halide=batch.alkylammonium_halide + brought.salt_halide,
        metal_salt=batch.metal_salt + brought.metal_salt,
    )
    batch = with_halides(batch, brought, parameters)
    batch = with_native(batch, brought.amine - brought.ammonium_halide, brought.carboxylic_acid, parameters)
    if injection.strong_acid > 0.0 or injection.amino_acid > 0.0 or injection.ligand > 0.0:
        colloid, pool = react(batch.colloid, injection, batch.pool, parameters)
        batch = replace(batch, colloid=colloid, pool=pool)
    return batch


def _draw_reagent(
    batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters
) -> tuple[Vessel, Mapping[str, Vessel]]:
    if step.material in batch.stocks:
        drawn, left = take(batch.stocks[step.material], step.volume, step.material)
        return drawn, dict(batch.stocks) | {step.material: left}
    return dispense(step, recipe.chemicals, parameters.equivalents_reading, {}, recipe.work_up), batch.stocks


# ---------------------------------------------------------------------------------------------------------- separation


def _wash(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    ratio = antisolvent_ratio(step, batch.volume)
    surface = wash(batch.colloid.surface, stripping_ratio(step, batch.volume, recipe.chemicals, parameters), parameters)
    notes = tuple(washing_notes(step, batch.volume, recipe.chemicals, parameters))
    kept = parameters.pool_carry_over
    after = poured_off(batch, kept)
    colloid = replace(
        after.colloid,
        surface=surface,
        crystals=pour_off(after.colloid.crystals, kept),
        reason=low_coverage(surface, "washing", parameters),
    )
    return replace(
        after,
        colloid=colloid,
        notes=(*after.notes, *notes),
        samples=(*after.samples, after.samples[-1]),
        washes=batch.washes + 1,
        antisolvent=batch.antisolvent + ratio,
    )


def _redisperse(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    volume = step.volume if step.volume > 0.0 else batch.volume
    after = replace(batch, volume=volume, liquids={step.material: volume}, dispersed=True, temperature=ROOM_TEMPERATURE)
    permittivity = recipe.chemicals[step.material].relative_permittivity
    if permittivity > _ANTISOLVENT:
        text = (
            f"{step.material} (relative permittivity {permittivity:.1f}) precipitates dots rather than disperse them;"
            " that they disperse is taken from the procedure, and ligand that it takes is left out."
        )
        after = noted(after, "unlikely", text, step)
    return after


def _centrifuge(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """What sediments goes or stays; short ligand that did not dissolve always sediments."""
    colloid = batch.colloid
    discarded = colloid.discarded_ligand + colloid.zwitterion
    after = replace(batch, colloid=replace(colloid, zwitterion=0.0, discarded_ligand=discarded))
    if not batch.dispersed:
        if step.keep == "liquid":
            raise ValidityError(f"{step.where}: the dots are a precipitate, and the liquid that is kept holds none.")
        return after
    share = sedimented_share(colloid.crystals.length, step, batch.liquids, recipe.chemicals, parameters)
    sediment = keep_share(colloid.crystals, share)
    part = kept_dots(colloid.crystals, sediment)
    if step.keep == "solid":
        return _keep_pellet(after, step, share, parameters)
    if part < NEGLIGIBLE:
        return after
    crystals = keep_share(colloid.crystals, 1.0 - share)
    if not amount_of_dots(crystals) > 0.0:
        raise ValidityError(
            f"{step.where}: all dots sediment at {centrifugal_force(step, parameters):.3g} g, and the liquid that is"
            " kept holds none of them."
        )
    text = (
        f"{per_cent(part)} of the dots, the largest first, go with the pellet, by Stokes' law for single dots"
        f" within a factor of two and more: {centrifugal_force(step, parameters):.3g} g over a liquid of"
        f" {1e3 * parameters.sedimentation_height:.3g} mm (flask.sedimentation_height)."
    )
    return noted(replace(after, colloid=replace(after.colloid, crystals=crystals)), "extrapolated", text, step)


def _keep_pellet(batch: Batch, step: Step, share: Array, parameters: FlaskParameters) -> Batch:
    """The pellet without an antisolvent: aggregates of a crude solution, or what sediments of clean dots."""
    crystals = batch.colloid.crystals
    single = keep_share(crystals, share)
    part = kept_dots(crystals, single)
    if batch.washes == 0:
        kept = crystals
        text = (
            f"All dots are taken to be aggregates that sediment, as in crude solutions that are purified without an"
            f" antisolvent; of single dots {per_cent(part)} would."
        )
    elif part < NEGLIGIBLE:
        raise ValidityError(
            f"{step.where}: {per_cent(part)} of the dots sediment at {centrifugal_force(step, parameters):.3g} g"
            " without an antisolvent, so that nearly all are thrown away with the liquid; keep the liquid, or wash"
            " first."
        )
    else:
        kept = single
        called = f"{per_cent(part)} of the dots"
        text = f"{called}, the largest first, are in the pellet, by Stokes' law within a factor of two."
    after = poured_off(batch, parameters.pool_carry_over)
    kept = pour_off(kept, parameters.pool_carry_over)
    return noted(replace(after, colloid=replace(after.colloid, crystals=kept)), "extrapolated", text, step)


def _filter(batch: Batch, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Batch:
    """A filter passes dots that are smaller than its pores; what did not dissolve stays on it."""
    colloid = batch.colloid
    whole = mean_length(colloid.crystals) + 2.0 * parameters.shell_thickness
    if step.pore <= whole:
        raise ValidityError(
            f"{step.where}: pores of {step.pore * 1e9:.3g} nm hold back dots of {whole * 1e9:.3g} nm with their"
            " ligands; the filtrate holds none of them."
        )
    discarded = colloid.discarded_ligand + colloid.zwitterion
    after = replace(batch, colloid=replace(colloid, zwitterion=0.0, discarded_ligand=discarded))
    if step.pore < 5.0 * whole:
        text = f"Dots of {whole * 1e9:.3g} nm are taken to pass pores of {step.pore * 1e9:.3g} nm without loss."
        after = noted(after, "extrapolated", text, step)
    elif batch.washes == 0 and not discarded > colloid.discarded_ligand:
        text = (
            "What this filter holds back of a crude solution, aggregates and salts that did not dissolve, is left out."
        )
        after = noted(after, "not followed", text, step)
    return after


_OPERATIONS: Mapping[str, Callable[[Batch, Step, Recipe, FlaskParameters], Batch]] = {
    "add": _add,
    "inject": _add,
    "dry": _dry,
    "heat": _treat,
    "hold": _treat,
    "cool": _treat,
    "centrifuge": _centrifuge,
    "wash": _wash,
    "redisperse": _redisperse,
    "filter": _filter,
}
#: what may lose nothing without a remark: all dots stay where they are kept
_LOSSLESS = ("centrifuge", "filter", "cool")
