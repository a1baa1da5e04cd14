"""What a recipe says that the models do not follow, or follow with numbers of something else."""

from __future__ import annotations

import math
from collections.abc import Iterator

from halodot.flask.amounts import short_ligand
from halodot.flask.ligands import LIGAND_CLASSES, ligand_notes
from halodot.flask.vessel import is_polar
from halodot.states import Note, Recipe, Step

_TREATMENTS = ("heat", "hold", "dry", "cool")
#: temperatures of a laboratory, to which a dispersion may be brought without a remark, K
_ROOM = (283.15, 308.15)
#: roles of reagents that act on purified dots
_ACTIVE = ("strong acid", *LIGAND_CLASSES)


def remarks(recipe: Recipe) -> tuple[Note, ...]:
    """Return what the flask stage leaves out of a recipe, one note for each step."""
    parts = (_work_up, _rates, _film, _iodides)
    found = [note for part in parts for note in part(recipe)]
    return (*found, *ligand_notes(recipe, short_ligand(recipe)))


def _work_up(recipe: Recipe) -> Iterator[Note]:
    washed = False
    for step in recipe.work_up:
        washed = washed or step.kind == "wash"
        if step.kind in _TREATMENTS and not _at_room(step):
            text = (
                f"This {step.kind} changes nothing: a purified dispersion is followed at room temperature, where it"
                " stands for flask.standing_time after an injection. Growth, ripening and loss of ligand in it are"
                " left out."
            )
            yield Note("not followed", text, step.where)
        elif step.kind == "centrifuge" and step.keep == "solid" and not washed:
            text = (
                "The pellet is taken to hold all dots and the liquid around them: how many single dots sediment, and"
                " what leaves with the supernatant, is not followed."
            )
            yield Note("not followed", text, step.where)
        elif step.kind in ("add", "inject") and not _acts(step, recipe, washed):
            text = (
                f"{step.material} changes nothing here but the volume: on finished dots the model follows strong"
                " acids, the short ligand and, after a wash, polar liquids, but no amine, carboxylic acid or salt."
            )
            yield Note("not followed", text, step.where)


def _rates(recipe: Recipe) -> Iterator[Note]:
    """Note what is done slowly: an addition, and a cooling that no bath sets."""
    for step in (*recipe.pot, *recipe.work_up):
        if step.addition_time > 0.0:
            text = (
                f"{step.material} is followed as if it arrived at once: a slow addition is not followed, in which acid"
                " meets more amine and dots nucleate over a longer time."
            )
            yield Note("not followed", text, step.where)
    for step in recipe.pot:
        if step.kind == "cool" and step.duration > 0.0:
            text = (
                "This cooling is followed as a cold bath, in which the pot stays until the stated time is over, not as"
                " a slow fall of the temperature."
            )
            yield Note("not followed", text, step.where)


#: what a treatment of the film would do, as far as it is known
_TREATMENTS_OF_FILMS = {
    "spin": "the thickness of the film is that of its layer in the device, whatever the speed of the spin coater",
    "anneal": "heat that drives out solvent and short amines, and lets dots fuse, changes neither gap nor yield here",
    "dip": "what a bath exchanges or strips of the ligands, as methyl acetate with a lead or formamidinium salt does"
    " (doi:10.1021/jacs.8b04984), changes neither gap nor mobility here",
    "dry": "solvent that a film holds is not in the model",
}


def _film(recipe: Recipe) -> Iterator[Note]:
    for step in recipe.film:
        text = (
            f"This {step.kind} changes nothing: {_TREATMENTS_OF_FILMS[step.kind]}. Where the treated film is measured,"
            " state it under given, such as film.gap, film.mobility or film.plqy."
        )
        yield Note("not followed", text, step.where)


def _at_room(step: Step) -> bool:
    cold_or_hot = math.isfinite(step.temperature) and not _ROOM[0] <= step.temperature <= _ROOM[1]
    return not cold_or_hot and not step.duration > 0.0


def _acts(step: Step, recipe: Recipe, washed: bool) -> bool:
    named = [part.material for part in recipe.stocks.get(step.material, (step,))]
    chemicals = [recipe.chemicals[name] for name in named if name in recipe.chemicals]
    solvents = all(chemical.role == "solvent" for chemical in chemicals)
    return solvents or any(chemical.role in _ACTIVE or (washed and is_polar(chemical)) for chemical in chemicals)


def _iodides(recipe: Recipe) -> Iterator[Note]:
    """Note ammonium iodide that is there before the dots, which then form as without it."""
    for step in _before_the_dots(recipe):
        chemical = recipe.chemicals.get(step.material)
        if chemical is not None and chemical.role == "ammonium halide":
            text = (
                f"{step.material} does not change how the dots nucleate and grow: in the model halide acts on their"
                " surface only, and on their size only when it arrives after them."
            )
            yield Note("missing physics", text, step.where)


def _before_the_dots(recipe: Recipe) -> Iterator[Step]:
    """Yield the steps, those of the stocks included, up to the first in which cesium and lead meet."""
    metals: set[str] = set()
    for step in recipe.pot:
        parts = recipe.stocks.get(step.material, (step,))
        yield from parts
        roles = (recipe.chemicals[part.material].role for part in parts if part.material in recipe.chemicals)
        metals |= {role for role in roles if role in ("cesium source", "lead source")}
        if len(metals) == 2:
            return
