"""The numbers of a study that can be moved on the page, those that were set to zero among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from halodot.learn.knobs import Knob, group_of
from halodot.names import input_text
from halodot.study import Study
from halodot.units import to_si
from halodot.wording import in_words


def movable(
    study: Study, known: Mapping[str, Knob], kept: Iterable[str], before: Mapping[str, Knob]
) -> dict[str, Knob]:
    """Return every number of a study that can be moved, by path.

    Args:
        study: with its inputs.
        known: those of its numbers that have a range.
        kept: paths of numbers that keep their sliders at zero, where a number has no range of its own.
        before: the numbers as they could be moved before.
    """
    found = dict(known)
    for path in kept:
        entry = study.inputs.get(path)
        if path in found or entry is None or entry.value != 0.0:
            continue
        if path in before:
            found[path] = replace(before[path], value=0.0, low=min(before[path].low, 0.0))
            continue
        one = input_text(path, 0.0, entry.unit).replace("0", "1", 1)  # of the unit that it is written in
        high, group = to_si(one, entry.unit), group_of(path)
        found[path] = Knob(path, in_words(path), True, group, entry.kind, entry.unit, 0.0, 0.0, high, "")
    return found
