"""How thick a substrate is whose thickness a study does not state, and whether that matters."""

from __future__ import annotations

import math

import numpy as np

from halodot.paths import layer_path
from halodot.sources import Sourced
from halodot.states import Array, Layer, replaced
from halodot.study.reader import Reader

#: m; glass coated with ITO is sold 0.5, 0.7 and 1.1 mm thick
USUAL, THINNEST, THICKEST = 1.1e-3, 5e-4, 2e-3
FAINT = 0.02  # of the light along the normal that an assumed thickness may take without a word
THICK = 1e-4  # m, of a metal foil that is a substrate of its own


def completed(reader: Reader, layer: Layer, path: str, wavelength: Array) -> Layer:
    """Return a substrate with a thickness, and list the one that is assumed.

    A clear substrate is as good as infinite, and so it stays; one with an extinction coefficient takes what its
    thickness makes it take.

    Args:
        reader: collects the number, and a remark where the light depends on it.
        layer: the substrate as it was read, its thickness nan where none is stated.
        path: of the layer in the study.
        wavelength: (wavelength,) [m] at which the optics are computed.
    """
    if math.isfinite(layer.thickness):
        return layer
    if not np.any(layer.optics.table_extinction > 0.0):
        return replaced(layer, thickness=math.inf)
    about = "Not stated; glass coated with ITO is usually 0.5 to 1.1 mm thick."
    entry = Sourced(USUAL, "m", "assumed", "halodot", low=THINNEST, high=THICKEST, about=about)
    reader.inputs[layer_path(layer.name, "thickness")] = entry
    lost = _absorbed(layer, wavelength)
    if lost > FAINT:
        reader.note(
            "assumed",
            f"The thickness of {layer.name} is not stated. It absorbs {100 * lost:.1f} % of the light along the normal"
            f" if it is {USUAL * 1e3:g} mm thick, as is assumed: state it, such as {{{layer.name}: 0.7 mm}}.",
            f"{path}.thickness",
        )
    return replaced(layer, thickness=USUAL)


def _absorbed(layer: Layer, wavelength: Array) -> float:
    """Return the largest share of light that one passage through the assumed thickness takes."""
    order = np.argsort(layer.optics.table_wavelength)
    at = wavelength if wavelength.size else layer.optics.table_wavelength
    extinction = np.interp(at, layer.optics.table_wavelength[order], layer.optics.table_extinction[order])
    return float(np.max(-np.expm1(-4.0 * np.pi * extinction * USUAL / at)))
