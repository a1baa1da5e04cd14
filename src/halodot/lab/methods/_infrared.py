"""What is known of infrared bands: vibrations of ligands on dots, standards, and the air in the spectrometer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.absorbance import Absorbance
from halodot.lab.local_fit import local_cubic

CM = 100.0  # 1/cm in 1/m
#: certified places of a polystyrene film [1/m] (NIST SRM 1921)
STANDARDS = {
    "polystyrene": tuple(
        CM * place for place in (906.6, 1028.3, 1154.6, 1583.0, 1601.2, 1942.9, 2849.5, 3060.0, 3082.2)
    )
}


@dataclass(frozen=True)
class Assignment:
    """A vibration, where its band may lie [1/m], and what else absorbs there."""

    low: float
    high: float
    vibration: str
    ambiguity: str = ""


def _known(low: float, high: float, vibration: str, ambiguity: str = "") -> Assignment:
    return Assignment(low * CM, high * CM, vibration, ambiguity)


#: group frequencies of organic ligands after G. Socrates, Infrared and Raman Characteristic Group Frequencies, Wiley
#: 2001; 1639, 1571 and 907 as the model paper reads them (doi:10.1007/s40820-024-01321-8). The first that fits counts.
ASSIGNMENTS = (
    _known(3005, 3020, "=C-H stretch of oleyl chains", "aromatic C-H"),
    _known(3020, 3100, "C-H stretch of aromatic rings", "N-H stretch of NH3+"),
    _known(3100, 3260, "N-H stretch of NH3+", "O-H stretch of water"),
    _known(3260, 3420, "N-H stretch of amine or amide", "O-H stretch of water and of free acid"),
    _known(3420, 3650, "O-H stretch", "water adsorbed in KBr or on the sample"),
    _known(2945, 2972, "CH3 antisymmetric stretch"),
    _known(2910, 2936, "CH2 antisymmetric stretch", "solvent and free ligand count too"),
    _known(2864, 2884, "CH3 symmetric stretch"),
    _known(2840, 2864, "CH2 symmetric stretch", "solvent and free ligand count too"),
    _known(2325, 2375, "CO2 of the air", "not of the sample"),
    _known(1730, 1760, "C=O stretch of an ester", "free acid without a hydrogen bond"),
    _known(1695, 1730, "C=O stretch of free carboxylic acid", "acid that is not bound to the dots"),
    _known(1656, 1695, "C=O stretch of an amide", "N-H bend of NH3+"),
    _known(1622, 1656, "N-H bend of amine", "C=C stretch of oleyl chains; bend of water at 1640 1/cm"),
    _known(1585, 1622, "N-H bend of NH3+, antisymmetric", "C=C of aromatic rings"),
    _known(1510, 1585, "COO- antisymmetric stretch", "N-H bend of NH3+ (symmetric, 1480 to 1550 1/cm); amide II"),
    _known(1478, 1510, "N-H bend of NH3+, symmetric", "C=C of aromatic rings"),
    _known(1452, 1478, "CH2 scissoring", "CH3 antisymmetric bend"),
    _known(1395, 1440, "COO- symmetric stretch", "CH2 scissoring beside a carbonyl"),
    _known(1366, 1390, "CH3 symmetric bend"),
    _known(1255, 1268, "C-O stretch", "Si-CH3 of silicone grease"),
    _known(1020, 1250, "C-N stretch of amine", "C-O, and Si-O of silicone grease or glass"),
    _known(955, 975, "=C-H wag of trans chains (elaidyl)"),
    _known(900, 914, "C-N stretch as the model paper reads it", "vinyl wag of octadecene (908 to 910 1/cm), NH2 wag"),
    _known(740, 765, "C-H wag of aromatic rings"),
    _known(715, 735, "CH2 rocking of chains of four and more CH2", "CH wag of cis chains"),
)


def assignment(place: float) -> Assignment | None:
    """Return the vibration that a band at a place [1/m] is usually read as, None for none."""
    return next((item for item in ASSIGNMENTS if item.low <= place <= item.high), None)


#: envelopes of the two branches of CO2 [1/cm]: place and full width
_CARBON_DIOXIDE = ((2361.0, 22.0), (2337.0, 26.0))
#: strong rotational lines of water vapour [1/cm], apart enough to show at 4 1/cm
_WATER_VAPOUR: tuple[float, ...] = (1507.1, 1521.3, 1540.0, 1559.2, 1576.1, 1616.7, 1635.6, 1646.5, 1653.3)
_WATER_VAPOUR += (1669.4, 1684.8, 1699.9, 1717.4, 1734.6, 1772.7, 1792.6, 1844.2, 1869.3)
#: noise that the amplitude of a pattern must exceed, and correlation with the spectrum, so that it counts as seen
_SIGNIFICANT, _CORRELATED = 8.0, 0.6


def carbon_dioxide(spectrum: Absorbance) -> float:
    """Return the absorbance of CO2 of the air, negative where the background holds more, 0 where none is seen."""
    part = spectrum.within(2270.0 * CM, 2420.0 * CM)
    pattern = sum(np.exp(-4.0 * np.log(2.0) * ((part.x / CM - place) / width) ** 2) for place, width in _CARBON_DIOXIDE)
    return _amplitude(part, np.asarray(pattern), 2)


def water_vapour(spectrum: Absorbance, resolution: float) -> float:
    """Return the absorbance of water vapour, negative where the background holds more, 0 where none is seen.

    Args:
        spectrum: absorbance.
        resolution: of the spectrometer [1/m].
    """
    part = spectrum.within(1490.0 * CM, 1900.0 * CM)
    if part.x.size < 60 or resolution > 9.0 * CM:
        return 0.0
    width = max(resolution / CM, 2.0)
    lines = np.asarray(_WATER_VAPOUR)[:, None]
    pattern = np.exp(-4.0 * np.log(2.0) * ((part.x / CM - lines) / width) ** 2).sum(axis=0)
    reach = 6.0 * width * CM
    rough = part.y - local_cubic(part.x, part.y, part.sd, part.x, reach).value
    quick = pattern - local_cubic(part.x, pattern, part.sd, part.x, reach).value
    seen = np.isfinite(rough + quick)
    high = Absorbance(part.x[seen], rough[seen], part.sd[seen])
    return _amplitude(high, quick[seen], 1)


def _amplitude(part: Absorbance, pattern: Array, terms: int) -> float:
    """Return how much of a pattern a spectrum holds beside a constant and a slope; 0 where it is not certain."""
    if part.x.size < 15 or not np.ptp(pattern) > 0.0:
        return 0.0
    place = (part.x - part.x.mean()) / np.ptp(part.x)
    columns = np.stack([pattern, *(place**order for order in range(terms))], axis=1)
    found, *_ = np.linalg.lstsq(columns, part.y, rcond=None)
    rest = part.y - columns[:, 1:] @ np.linalg.lstsq(columns[:, 1:], part.y, rcond=None)[0]
    shape = pattern - columns[:, 1:] @ np.linalg.lstsq(columns[:, 1:], pattern, rcond=None)[0]
    power = float(np.sqrt((rest @ rest) * (shape @ shape)))
    correlation = float(rest @ shape) / power if power > 0.0 else 0.0
    sd = float(np.median(part.sd)) / float(np.sqrt(shape @ shape))
    certain = abs(found[0]) > _SIGNIFICANT * sd and abs(correlation) > _CORRELATED
    return float(found[0]) if certain else 0.0
