"""What a session begins with where the user has named nothing."""

from __future__ import annotations

from halodot.learn.knobs import Knob, knobs_of
from halodot.paths import layer_of, step_of, word_of
from halodot.study import Study

#: the study of the model case
START = "paper-0.2"
#: sliders of a new session, of each kind
_FEW = 2
#: words of a line of the recipe that one turns first
_DOSE = ("amount", "equivalents")
#: layers whose thickness is a matter of spinning or evaporating them
_MADE = ("transport", "emitter", "injection")


def start_sliders(study: Study) -> tuple[str, ...]:
    """Return the numbers that stand under a slider from the start: doses of the recipe, thicknesses of the stack.

    Args:
        study: that the session begins with.
    """
    knobs = [knob for knob in knobs_of(study).values() if knob.on_bench]
    steps = [knob.path for knob in knobs if step_of(knob.path) is not None]
    doses = [path for path in steps if word_of(path) in _DOSE] or steps
    made = [knob.path for knob in knobs if _is_made(knob, study)]
    return (*doses[:_FEW], *made[:_FEW])


def _is_made(knob: Knob, study: Study) -> bool:
    """Whether a number is the thickness of a layer that the laboratory makes."""
    layer = layer_of(knob.path)
    if layer is None or layer.word != "thickness" or study.stack is None:
        return False
    roles = {one.name: one.role for one in study.stack.layers}
    return roles.get(layer.name) in _MADE
