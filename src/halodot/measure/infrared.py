"""What an infrared spectrometer records of the ligand shell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from halodot.errors import ValidityError
from halodot.measure.noise import blurred
from halodot.states import Array, Dataset, Dots

_CM = 100.0  # 1/cm in 1/m


@dataclass(frozen=True)
class Band:
    """A vibration: its place and full width [1/m], its height a group relative to a CH2 of 2922 1/cm, the group."""

    about: str
    wavenumber: float
    width: float
    height: float
    group: str


#: positions: 1639, 1571 and 907 as the model paper reads them (doi:10.1007/s40820-024-01321-8), the C-H stretches
#: of alkyl chains at their usual places; widths and heights are assumed. The usual place of C-N is 1020-1250 1/cm,
#: and the vinyl wag of octadecene lies at 908-910: the band at 907 is no measure of coverage.
BANDS = (
    Band("C-N stretch", 907.0 * _CM, 20.0 * _CM, 0.8, "amine"),
    Band("COO- antisymmetric stretch", 1571.0 * _CM, 40.0 * _CM, 8.0, "carboxylate"),
    Band("N-H bend", 1639.0 * _CM, 40.0 * _CM, 2.5, "amine"),
    Band("CH2 symmetric stretch", 2853.0 * _CM, 14.0 * _CM, 0.6, "methylene"),
    Band("CH2 antisymmetric stretch", 2922.0 * _CM, 20.0 * _CM, 1.0, "methylene"),
    Band("=C-H stretch", 3005.0 * _CM, 14.0 * _CM, 0.25, "olefin"),
)
#: groups a ligand: the mean of an oleate and an oleylammonium, and 5-ammoniopentanoate
NATIVE: Mapping[str, float] = {"methylene": 14.5, "olefin": 2.0, "carboxylate": 0.5, "amine": 0.5}
EXCHANGED: Mapping[str, float] = {"methylene": 4.0, "olefin": 0.0, "carboxylate": 1.0, "amine": 1.0}
WAVENUMBER: Array = np.linspace(800.0, 3200.0, 1201) * _CM


def ftir(dots: Dots, *, noise: float = 2e-3, seed: int | None = None) -> Dataset:
    """Return the infrared absorbance of a powder of the dots, by the ligands on their surface.

    A = sum over bands of height g(wavenumber) (c_L n_L + c_A n_A) / 14.5: c the coverages, n the groups of a native
    and of a short ligand, one ligand a site, g a Gaussian; a full native shell has 1 at 2922 1/cm. Free organics in
    the powder are left out.

    Args:
        dots: coverages of their surface [1].
        noise: standard deviation of the absorbance [1].
        seed: seed of the noise, None for none.

    Returns:
        Absorbance [1] by wavenumber [1/m].

    Raises:
        ValidityError: the coverages are unknown.
    """
    native, exchanged = dots.coverage_native, dots.coverage_short
    if not math.isfinite(native + exchanged):
        raise ValidityError("an infrared spectrum needs dots.coverage_native and dots.coverage_short")
    absorbance = np.zeros(WAVENUMBER.size)
    for band in BANDS:
        groups = native * NATIVE[band.group] + exchanged * EXCHANGED[band.group]
        line = np.exp(-4.0 * math.log(2.0) * ((WAVENUMBER - band.wavenumber) / band.width) ** 2)
        absorbance += groups / NATIVE["methylene"] * band.height * line
    return Dataset(
        name="ftir",
        x=WAVENUMBER.copy(),
        y=blurred(absorbance, noise, seed),
        x_unit="1/m",
        x_label="Wavenumber",
        y_label="Absorbance",
        sd=np.full(WAVENUMBER.size, noise),
        meta={"origin": "simulated"},
    )


def has_band(spectrum: Dataset, wavenumber: float, reach: float = 30.0 * _CM, certainty: float = 3.0) -> bool:
    """Return whether a spectrum has a band at a place: a maximum that stands out of the noise.

    Args:
        spectrum: absorbance by wavenumber with its standard deviation.
        wavenumber: place of the band [1/m]; the maximum may lie a third of ``reach`` away.
        reach: distance on either side at which the straight background is taken [1/m].
        certainty: height above that background in standard deviations from which a band counts.
    """
    near = np.flatnonzero(np.abs(spectrum.x - wavenumber) <= reach)
    if near.size < 3:
        return False
    x, y = spectrum.x[near], spectrum.y[near]
    above = y - np.interp(x, x[[0, -1]], y[[0, -1]])
    top = int(np.argmax(above))
    return bool(abs(x[top] - wavenumber) <= reach / 3.0 and above[top] > certainty * spectrum.sd[near][top])
