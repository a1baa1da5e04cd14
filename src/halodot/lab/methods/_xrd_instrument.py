"""What the diffractometer adds to the width of a reflection."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import DataError
from halodot.lab.methods._xrd_lines import radiation
from halodot.lab.methods._xrd_pattern import pattern_of
from halodot.lab.methods._xrd_search import Search, groups_of
from halodot.lab.methods._xrd_size import Instrument, Reflection, reflections

if TYPE_CHECKING:
    import xarray

#: full width of a laboratory diffractometer in Bragg-Brentano geometry where nothing is stated: 0.05 to 0.12 degree
ASSUMED = math.radians(0.08)
#: relative uncertainty of an assumed and of a stated width
_OF_ASSUMED, _OF_STATED = 0.5, 0.05
#: reflections of a standard from which a parabola in tan(theta) is drawn
_FEWEST_OF_PARABOLA = 4


def instrument_of(settings: Any, standard: xarray.Dataset | None, search: Search) -> tuple[Instrument, list[str], Any]:
    """Return what the instrument adds, notes, and the settings as used.

    Args:
        settings: record of choices of the analysis.
        standard: pattern of a powder without broadening, None for the width of the settings.
        search: how reflections are looked for.

    Raises:
        DataError: the standard has no reflections.
    """
    if standard is not None and settings.instrument_width is None:
        kind = settings.subtraction or "voigt"
        instrument, note = _of_standard(standard, kind, search, settings.instrument_uncertainty)
        used = replace(settings, subtraction=kind, instrument_uncertainty=instrument.uncertainty)
        return instrument, [note], used
    kind = settings.subtraction or "unknown"
    stated = settings.instrument_width is not None
    width = settings.instrument_width if stated else ASSUMED
    notes = []
    if not stated:
        notes.append(
            f"the width of the instrument is not known: {math.degrees(ASSUMED):.2f} degrees are assumed to "
            f"{_OF_ASSUMED:.0%}; measure LaB6 or choose `instrument_width: 0.06 degree`"
        )
    uncertainty = settings.instrument_uncertainty
    if uncertainty is None:
        uncertainty = _OF_STATED if stated else _OF_ASSUMED
    share = settings.instrument_share if kind == "voigt" else float(kind == "lorentzian")
    used = replace(settings, instrument_width=width, instrument_uncertainty=uncertainty, subtraction=kind)
    if kind == "unknown":
        notes.append(
            "the instrument's line is taken as a Gaussian; a Lorentzian is within the uncertainty of the sizes"
        )
    known = Instrument("gaussian" if kind == "unknown" else kind, lambda _: (width, share), uncertainty)
    return replace(known, shape_known=kind != "unknown"), notes, used


def _of_standard(
    standard: xarray.Dataset, kind: str, search: Search, uncertainty: float | None
) -> tuple[Instrument, str]:
    pattern, _ = pattern_of(standard, None)
    lines, _ = radiation(standard, None, None, None, None)
    groups, _ = groups_of(pattern, Search(lines, search.threshold, search.widest, None))
    found = [item for group in groups for item in reflections(group)]
    found = [item for item in found if item.width_deviation < 0.2 * item.width]
    if not found:
        raise DataError("the standard has no reflection whose width is known to 20 %; choose `instrument_width`")
    width, share, scatter = _drawn(found)
    known = scatter if uncertainty is None else uncertainty
    note = f"the width of the instrument is drawn through {len(found)} reflections of the standard, to {known:.1%}"

    def at(two_theta: float) -> tuple[float, float]:
        place = min(max(math.tan(0.5 * two_theta), lowest), highest)
        return math.sqrt(max(float(np.polyval(width, place)), smallest)), float(np.clip(np.polyval(share, place), 0, 1))

    across = np.tan(0.5 * np.array([item.place for item in found]))
    lowest, highest = float(across.min()), float(across.max())
    smallest = min(item.width for item in found) ** 2
    return Instrument(kind, at, known), note


def _drawn(found: list[Reflection]) -> tuple[Any, Any, float]:
    """Return squared width and Lorentzian share as polynomials in tan(theta), and the relative scatter of the width.

    H^2 = U tan^2 + V tan + W: Caglioti, Paoletti and Ricci, Nuclear Instruments 3 (1958) 223.
    """
    across = np.tan(0.5 * np.array([item.place for item in found]))
    widths = np.array([item.width for item in found])
    relative = np.maximum(np.array([item.width_deviation for item in found]) / widths, 0.01)
    degree = 2 if len(found) >= _FEWEST_OF_PARABOLA else min(len(found) - 1, 1)
    squared = np.polyfit(across, widths**2, degree, w=1.0 / (2.0 * relative * widths**2))
    share = np.polyfit(across, [item.share for item in found], min(degree, 1), w=1.0 / relative)
    drawn = np.sqrt(np.maximum(np.polyval(squared, across), 1e-300))
    scatter = float(np.sqrt(np.mean((drawn / widths - 1.0) ** 2)))
    return squared, share, max(scatter, 0.02)
