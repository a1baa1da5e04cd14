"""The lines of an X-ray tube, and what a diffractometer counts of a reflection at each angle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array

if TYPE_CHECKING:
    import xarray

#: K alpha 1 and 2 of the anodes of laboratory tubes [m]; International Tables for Crystallography C, table 4.2.2.4
K_ALPHA = {
    "Cr": (2.289726e-10, 2.293651e-10),
    "Fe": (1.936041e-10, 1.939973e-10),
    "Co": (1.788996e-10, 1.792835e-10),
    "Cu": (1.5405929e-10, 1.5444140e-10),
    "Mo": (0.7093187e-10, 0.7136070e-10),
    "Ag": (0.5594218e-10, 0.5638010e-10),
}
#: K beta 1,3 of the same anodes [m], which passes a worn filter and many detectors
K_BETA = {
    "Cr": 2.084881e-10,
    "Fe": 1.756604e-10,
    "Co": 1.620826e-10,
    "Cu": 1.3922346e-10,
    "Mo": 0.632303e-10,
    "Ag": 0.497082e-10,
}
#: intensity of K alpha 2 over that of K alpha 1, from the occupation of the two levels
RATIO = 0.5
#: relative difference below which a stated wavelength is that of a tube
_SAME = 3e-4


@dataclass(frozen=True)
class Radiation:
    """One or two lines of the source."""

    first: float  # wavelength [m]
    second: float = math.nan  # nan for one line
    ratio: float = 0.0  # intensity of the second over that of the first

    @property
    def doublet(self) -> bool:
        """Whether there are two."""
        return self.ratio > 0.0

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """Wavelength [m] and share of each."""
        if not self.doublet:
            return ((self.first, 1.0),)
        return (self.first, 1.0 / (1.0 + self.ratio)), (self.second, self.ratio / (1.0 + self.ratio))


def radiation(
    data: xarray.Dataset, wavelength: float | None, second: float | None, ratio: float | None, lines: str | None
) -> tuple[Radiation, tuple[str, ...]]:
    """Return the lines of the source, from what is chosen, what the file states, or those of copper; and notes.

    Args:
        data: one curve.
        wavelength: of the first line [m], None for that of the file.
        second: of the second line [m], None for that of the file.
        ratio: of their intensities, None for that of the file.
        lines: "doublet", "single", None for what the wavelengths say.
    """
    notes = []
    first = wavelength or _positive(data, "x_ray_wavelength")
    other = second or _positive(data, "x_ray_wavelength_2")
    anode = str(data.attrs.get("anode", ""))
    if not first:
        anode = anode if anode in K_ALPHA else "Cu"
        first = K_ALPHA[anode][0]
        notes.append(f"the file states no wavelength; K alpha of {anode} is assumed, choose `wavelength` otherwise")
    tube = _tube(first)
    if tube is not None and _is_mean(first, tube):
        notes.append(f"{first * 1e10:.5g} angstrom is the mean of the K alpha doublet, which is fitted as two lines")
        first, other = K_ALPHA[tube]
    if other and not other > first:
        other = 0.0
    if not other and tube is not None and lines != "single":
        other = K_ALPHA[tube][1]
        notes.append("no second line is stated; K alpha 2 is assumed, choose `lines: single` with a monochromator")
    if lines == "single" or not other:
        return Radiation(first), tuple(notes)
    share = ratio or _positive(data, "x_ray_line_ratio") or RATIO
    return Radiation(first, other, share), tuple(notes)


def _positive(data: xarray.Dataset, name: str) -> float:
    try:
        found = float(data.attrs.get(name, math.nan))
    except (TypeError, ValueError):
        return 0.0
    return found if math.isfinite(found) and found > 0.0 else 0.0


def _tube(wavelength: float) -> str | None:
    for anode, pair in K_ALPHA.items():
        if abs(wavelength / pair[0] - 1.0) < _SAME or _is_mean(wavelength, anode):
            return anode
    return None


def _is_mean(wavelength: float, anode: str) -> bool:
    first, second = K_ALPHA[anode]
    mean = (2.0 * first + second) / 3.0
    return abs(wavelength / mean - 1.0) < 0.25 * (mean / first - 1.0)


def beta_of(wavelength: float) -> float:
    """Return the K beta wavelength of the tube whose K alpha 1 is given [m], nan where it is no tube's."""
    tube = _tube(wavelength)
    return K_BETA[tube] if tube is not None else math.nan


def fall(two_theta: Array) -> Array:
    """Return how what a powder sends into a slit falls across a reflection, (1 + cos^2 2 theta) / sin^2 theta.

    The polarisation of a beam without monochromator, and the share of the crystallites on the circle. The 1/cos theta
    of the Lorentz factor belongs to the area of a line in 2 theta.

    Args:
        two_theta: [rad], any shape, above 0.
    """
    found: Array = (1.0 + np.cos(two_theta) ** 2) / np.sin(0.5 * two_theta) ** 2
    return found


def beyond(two_theta: float, first: float, second: float) -> tuple[float, float]:
    """Return where another wavelength puts a reflection, and how that moves with the angle of the first.

    Args:
        two_theta: of the first wavelength [rad].
        first: wavelength [m].
        second: the other [m].
    """
    sine = math.sin(0.5 * two_theta) * second / first
    if sine >= 1.0:
        return math.pi, 0.0
    place = 2.0 * math.asin(sine)
    return place, math.cos(0.5 * two_theta) * second / first / math.cos(0.5 * place)
