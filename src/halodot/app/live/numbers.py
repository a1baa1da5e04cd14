"""The first numbers of a result as the page shows them, and which inputs each rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields

from halodot.app.live.frames import Number, Origin
from halodot.names import input_text
from halodot.paths import root_of
from halodot.report.conclusions import trouble
from halodot.report.notes import grouped
from halodot.report.numbers import computed
from halodot.report.page.cards import cards
from halodot.report.page.frame import printed, typeset, unit_text
from halodot.results.data import Result
from halodot.sources import Sourced
from halodot.states import Dots, Film, Flask
from halodot.study import Study
from halodot.wording import in_words

#: the number of the summary that a card shows, where it has another name
_SHOWN: Mapping[str, str] = {"luminance": "luminance_max", "el": "el_peak", "pl": "pl_peak"}
#: first words of the inputs that reach a state, from the flask on; all reach the device
_REACH = (
    (Dots, ("given", "recipe", "perovskite", "flask", "dots")),
    (Flask, ("given", "recipe", "perovskite", "flask")),
    (Film, ("given", "recipe", "perovskite", "flask", "dots", "film", "run")),
)
_SAME_AS = {"pl": "pl_peak", "plqy_first_wash": "plqy", "film_plqy": "mobility", "film_index": "mobility"}


def headline(result: Result, origins: bool) -> tuple[Number, ...]:
    """Return the first numbers of a result, those of its report.

    Args:
        result: any.
        origins: whether each says what it depends on.
    """
    summary = computed(result)
    kept: dict[tuple[str, ...], tuple[Origin, ...]] = {}
    found = []
    for card in cards(result):
        entry = summary.get(_SHOWN.get(card.name, card.name))
        depends_on: tuple[Origin, ...] = ()
        if origins:
            roots = _roots(card.name)
            if roots not in kept:
                kept[roots] = _origins(result.study, roots)
            depends_on = kept[roots]
        found.append(
            Number(
                name=card.name,
                label=card.label,
                text=typeset(card.number.value),
                unit=unit_text(card.number.unit),
                value=None if entry is None else entry.value,
                sd=None if entry is None else entry.sd,
                role=card.number.role,
                where=card.where,
                spread=typeset(card.number.spread),
                depends_on=depends_on,
            )
        )
    return tuple(found)


def warnings_of(result: Result) -> tuple[str, ...]:
    """Return what is wrong with a result and what is to be noted of it, in sentences, the gravest first."""
    remarks = (str(remark) for group in grouped(result.notes).values() for remark in group)
    return tuple(map(printed, (*trouble(result), *remarks)))


def _roots(name: str) -> tuple[str, ...]:
    """Return the first words of the paths of the inputs that reach a number; none where all do."""
    name = _SAME_AS.get(name, name)
    return next((roots for state, roots in _REACH if name in {item.name for item in fields(state)}), ())


def _origins(study: Study, roots: tuple[str, ...]) -> tuple[Origin, ...]:
    """Return the inputs below some roots, those of the widest range first."""
    chosen = {path: entry for path, entry in study.inputs.items() if not roots or root_of(path) in roots}
    ordered = sorted(chosen.items(), key=lambda item: (-_relative_width(item[1]), item[0]))
    return tuple(
        Origin(path, in_words(path), input_text(path, entry.value, entry.unit, 4), entry.kind, entry.source)
        for path, entry in ordered
    )


def _relative_width(entry: Sourced) -> float:
    """Return the standard deviation of an input over its value, 0 where either is not known or the value is 0."""
    sd = entry.standard_deviation
    return sd / abs(entry.value) if math.isfinite(sd) and entry.value else 0.0
