"""What the text and the binary files of AvaSoft have in common: a sample, a dark and a reference spectrum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halodot.readers.recording import Values

CORRECTED = "below zero: less an electrical dark signal, these are no counts"
COMPUTED = "computed from sample, dark and reference; without a number where these leave no ratio"


def spectra(columns: Mapping[str, NDArray[np.floating]], headings: Mapping[str, str]) -> tuple[Values, ...]:
    """Return what the detector recorded: counts where none of it lies below zero, else intensities.

    Args:
        columns: by ``sample``, ``dark``, ``reference`` or another name; (node,) each.
        headings: of these, as the file writes them.
    """
    counted = all(np.nanmin(column) >= 0.0 for column in columns.values())
    quantity = "counts" if counted else "intensity"
    main = "sample" if "sample" in columns else next(iter(columns), "")
    return tuple(
        Values(quantity, column, "1", "" if name == main else f"{quantity}_{name}", headings.get(name, name))
        for name, column in columns.items()
    )


def ratio(
    sample: NDArray[np.floating], dark: NDArray[np.floating], reference: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return (sample - dark) / (reference - dark), nan where there is no reference or the ratio is all noise."""
    light, full = (np.asarray(one, float) - np.asarray(dark, float) for one in (sample, reference))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(full > 0.0, light / full, np.nan)
    return np.where(np.abs(found) < 10.0, found, np.nan)


def absorbance(fraction: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the absorbance of a transmittance, nan where no light passed."""
    return -np.log10(np.where(fraction > 0.0, fraction, np.nan))
