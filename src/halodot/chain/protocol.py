"""A study's recipe as a person works it at the bench, with what the check of the study says of it."""

from __future__ import annotations

from dataclasses import replace

from halodot.chain.simulate import examine
from halodot.errors import HalodotError, InputError
from halodot.states import Note
from halodot.study import Study, load
from halodot.study.protocol import make_protocol
from halodot.study.protocol_sheet import Protocol

_ROOTS = ("recipe", "flask")


def protocol(study: Study | str, scale: float = 1.0, batch: str = "") -> Protocol:
    """Return a study's recipe resolved for the bench: what to weigh and pipette, the steps in order, the hazards.

    Args:
        study: a study, or what :func:`halodot.load` takes.
        scale: by which every mass and volume of the study is multiplied [1].
        batch: instead, how much of one chemical there is to be, "500 mg PbI2", or of perovskite, "0.5 mmol dots".

    Returns:
        The protocol; printed, it is plain text, and :func:`halodot.report.protocol_page.page_of` makes a page of it.

    Raises:
        InputError: the study has no recipe, the scale is not positive, or the batch names nothing of the recipe.
    """
    loaded = study if isinstance(study, Study) else load(study)
    if loaded.recipe is None:
        return make_protocol(loaded, scale, batch)  # which refuses it
    chemistry = replace(loaded, stack=None, run=replace(loaded.run, stop_after="flask"))
    try:
        examined = examine(chemistry)
    except InputError:
        raise
    except HalodotError as error:
        notes = (*_of_the_recipe(loaded.notes), Note("not followed", f"the model does not follow this recipe. {error}"))
        return make_protocol(loaded, scale, batch, notes=notes)
    readings = examined.flask.interpretations if examined.flask is not None else ()
    return make_protocol(loaded, scale, batch, readings, _of_the_recipe(examined.notes))


def _of_the_recipe(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return the notes that matter at the bench: those on the recipe and on what happens in the flask."""
    return tuple(note for note in notes if not note.where or note.where.split(".")[0].split("[")[0] in _ROOTS)
