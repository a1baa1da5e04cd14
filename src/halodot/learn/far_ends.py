"""What is to be said of the ends of ranges: what is extrapolated there, and what the light comes from."""

from __future__ import annotations

import math

from halodot.names import QUANTITIES, shown
from halodot.results.dark_device import causes
from halodot.results.data import Result
from halodot.results.summary import evaluate, highest_luminance
from halodot.rounding import rounded

#: outputs whose change by more than this factor is no small change of a model that was fitted to one study
_OUTPUTS, _FAR = ("luminance_max", "half_life"), 3.0
#: what recipe and film hand on to the device, by which a change of the light is explained, and how many of them
_THROUGH = (
    "edge_length",
    "coverage_native",
    "coverage_short",
    "coverage_bare",
    "plqy",
    "film_plqy",
    "gap",
    "mobility",
    "half_life_current_density",
)
_MOST, _WORTH = 2, 1.1
#: kinds of notes that say how far a result can be trusted
_KINDS = ("extrapolated", "unlikely", "missing physics")
#: relative difference of the highest luminance on two grids that is worth a word
_SEEN = 1e-3


def cautions(before: Result, after: Result) -> tuple[str, ...]:
    """Return what is to be kept in mind of a result with one number changed, as ends of sentences.

    Args:
        before: of the study.
        after: with the number changed.

    Returns:
        The notes that only the second has, and which outputs change by more than a factor of 3, through what.
    """
    known = {(note.kind, note.where) for note in before.notes}
    said = [
        f"{note.kind}: {note.text.strip().rstrip('.')}"
        for note in after.notes
        if note.kind in _KINDS and (note.kind, note.where) not in known
    ]
    far = [(name, factor) for name in _OUTPUTS if (factor := _factor(before, after, name)) > _FAR]
    if far:
        moved = " and ".join(f"the {_called(name)} by a factor of {rounded(factor, plain=2)}" for name, factor in far)
        through = _through(before, after)
        said.append(f"extrapolated: it moves {moved}" + (f", through {through}" if through else ""))
    return tuple(said)


def _factor(before: Result, after: Result, name: str) -> float:
    """Return by which factor, above 1, a quantity changes; 1 where one of them has none."""
    first, second = evaluate(before, name), evaluate(after, name)
    return math.exp(abs(math.log(second / first))) if first > 0.0 and second > 0.0 else 1.0


def _called(name: str) -> str:
    """Return what a quantity is called within a sentence."""
    label = QUANTITIES[name].label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _through(before: Result, after: Result) -> str:
    """Return the numbers of dots and film that change most, with both values."""
    changes = sorted(((_factor(before, after, name), name) for name in _THROUGH), reverse=True)
    return " and ".join(
        f"{_called(name)} {rounded(shown(name, evaluate(before, name))[0])} to"
        f" {rounded(shown(name, evaluate(after, name))[0])} {shown(name, 0.0)[1]}".rstrip()
        for factor, name in changes[:_MOST]
        if factor > _WORTH
    )


def no_light(result: Result) -> str:
    """Return why a study has no limits, and what keeps its device dark.

    Args:
        result: without light that can be measured.
    """
    text = "limits needs a study with a device that emits; this one gives no light that can be measured"
    if result.stack is None or result.emission is None:
        return f"{text}: state an emitter and its stack, as in `halodot new device-only`"
    return " ".join((f"{text}.", *causes(result)))


def coarser_grid(result: Result, luminance: float) -> tuple[str, ...]:
    """Return that the numbers are those of a coarser grid than the result's, where that shows.

    Args:
        result: of the study as it is run.
        luminance: highest of the sweep [cd/m2] on the grid on which numbers are varied.
    """
    own = math.nan if result.emission is None else highest_luminance(result.emission)[0]
    if not abs(luminance - own) > _SEEN * own:
        return ()
    return (
        "So that ends compare, every number is varied on one grid of positions and wavelengths, coarser than that of"
        f" halodot run: the highest luminance is {luminance:.4g} cd/m2 on it, {own:.4g} cd/m2 in the run.",
    )
