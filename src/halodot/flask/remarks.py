"""What a recipe says that the models do not follow, or follow with numbers of something else."""

from __future__ import annotations

from collections.abc import Iterator

from halodot.flask.amounts import short_ligand
from halodot.flask.ligands import ligand_notes
from halodot.states import Note, Recipe, Step


def remarks(recipe: Recipe) -> tuple[Note, ...]:
    """Return what the flask stage leaves out of a recipe but for its work-up, one note for each step."""
    parts = (_pot, _film)
    found = [note for part in parts for note in part(recipe)]
    return (*found, *ligand_notes(recipe, short_ligand(recipe)))


def _pot(recipe: Recipe) -> Iterator[Note]:
    """Note what is done slowly: cesium that meets lead over a time, and a cooling that no bath sets."""
    for step in recipe.pot:
        if step.addition_time > 0.0 and step is _meeting(recipe):
            text = (
                f"{step.material} is followed as if it arrived at once, after which the dots grow for the stated time:"
                " nucleation over a longer time gives fewer and larger dots."
            )
            yield Note("not followed", text, step.where)
        if step.kind == "cool" and step.duration > 0.0:
            text = (
                "This cooling is followed as a cold bath, in which the pot stays until the stated time is over, not as"
                " a slow fall of the temperature."
            )
            yield Note("not followed", text, step.where)
        if step.atmosphere == "air" and step.duration > 0.0:
            text = "What air and its moisture do in the pot is left out: it is followed as under inert gas."
            yield Note("not followed", text, step.where)


def _meeting(recipe: Recipe) -> Step | None:
    """The step of the pot in which cesium and lead meet."""
    metals: set[str] = set()
    for step in recipe.pot:
        parts = recipe.stocks.get(step.material, (step,))
        roles = (recipe.chemicals[part.material].role for part in parts if part.material in recipe.chemicals)
        metals |= {role for role in roles if role in ("cesium source", "lead source")}
        if len(metals) == 2:
            return step
    return None


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
            " state its gap, mobility or PLQY (given: film.gap, film.mobility, film.plqy)."
        )
        yield Note("not followed", text, step.where)
