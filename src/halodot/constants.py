"""Physical constants in SI units, once for the whole package.

CODATA 2022 (Mohr, Newell, Taylor and Tiesinga, Rev. Mod. Phys. 97, 025002 (2025), doi:10.1103/RevModPhys.97.025002).
Plain numbers, so that importing them costs nothing and a compiled kernel takes them in as constants.
"""

from __future__ import annotations

import math

#: Exact by the definition of the SI.
ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOLTZMANN = 1.380649e-23  # J/K
PLANCK = 6.62607015e-34  # J s
SPEED_OF_LIGHT = 299792458.0  # m/s
AVOGADRO = 6.02214076e23  # 1/mol
HBAR = PLANCK / (2.0 * math.pi)  # J s
GAS_CONSTANT = AVOGADRO * BOLTZMANN  # J/mol/K

#: Measured, to ten digits.
VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m
ELECTRON_MASS = 9.1093837139e-31  # kg

#: Energy of a photon times its wavelength.
HC = PLANCK * SPEED_OF_LIGHT  # J m
HC_EV = HC / ELEMENTARY_CHARGE  # eV m
