"""A result as one page that a browser shows without anything else: one screen for a minute, the details below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from halodot.report.figures import title_of
from halodot.report.page.frame import Column, framed, section, table
from halodot.report.page.inputs import readings, recipe, stack, uncertain
from halodot.report.page.overview import overview
from halodot.report.page.sections import (
    bibliography,
    current_voltage,
    diagnostics,
    draws,
    figures,
    photons_and_charges,
    results,
    synthesis,
    warnings,
)
from halodot.results.data import Result

__all__ = ["Column", "framed", "page", "section", "table"]


def page(result: Result, pictures: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """Return the page of a result as HTML that needs no other file.

    Args:
        result: what to show.
        pictures: element by kind of figure, as :func:`halodot.report.figures.pictures` gives them.
        more: sections that answer what was asked beside, HTML.
    """
    sections = (
        warnings(result),
        results(result),
        draws(result),
        current_voltage(result),
        photons_and_charges(result, pictures),
        *more,
        synthesis(result, pictures),
        figures(pictures),
        recipe(result),
        readings(result),
        stack(result),
        uncertain(result),
        bibliography(result),
        diagnostics(result),
    )
    return framed(title_of(result), sections, overview(result, pictures))
