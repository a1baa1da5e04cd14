"""Standards of wavelength: bands of holmium oxide."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halodot.lab.absorbance import Absorbance
from halodot.lab.bands import StandardCheck, bands, recognised
from halodot.lab.baseline import asymmetric_least_squares

WavelengthCheck = StandardCheck
_NM = 1e-9


def _places(*wavelengths: float) -> tuple[float, ...]:
    return tuple(_NM * item for item in wavelengths)


#: certified bands [m]: the solution in perchloric acid (NIST SRM 2034), and the glass, whose bands are broader (Keegan,
#: Schleter and Menis, J. Res. Natl. Bur. Stand. 1961; Allen, J. Res. Natl. Inst. Stand. Technol. 112, 303 (2007))
STANDARDS: Mapping[str, tuple[float, ...]] = {
    "holmium oxide solution": _places(241.1, 287.2, 361.3, 416.3, 451.4, 485.2, 536.6, 640.5),
    "holmium oxide glass": _places(241.5, 279.4, 287.5, 333.7, 360.9, 418.7, 453.2, 460.0, 536.2, 637.5),
}
#: how far a band may lie from its certified place [m]
_REACH = 1.2e-9
#: width of the smooth ground below bands [m]
_GROUND = 40e-9
_LEAST, _SHARE = 6.0, 0.01


def check_wavelength(item: Absorbance, standard: str) -> WavelengthCheck | None:
    """Return bands of a wavelength standard beside their certified places, None where the spectrum is of none.

    Args:
        item: absorbance against wavelength.
        standard: "recognised", "none", or a name of `STANDARDS`.
    """
    if standard == "none":
        return None
    spacing = float(np.median(np.diff(item.x)))
    smoothness = (_GROUND / spacing) ** 4 / (2.0 * math.pi) ** 2
    above = item.y - asymmetric_least_squares(item.y, smoothness, 0.01)
    found = bands(item.x, above, item.sd, _LEAST, _SHARE)
    among = STANDARDS if standard == "recognised" else {standard: STANDARDS[standard]}
    return recognised(found, among, _REACH, (float(item.x[0]), float(item.x[-1])))
