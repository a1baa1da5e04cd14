"""What a single-carrier device is known by: its film, the sweep that is fitted, the law, the quantities found."""

from __future__ import annotations

import math
from dataclasses import dataclass

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.lab.methods._sclc_checks import Check
from halodot.lab.methods._sclc_fit import LawFit
from halodot.lab.methods._sclc_sweeps import Branch, Slope
from halodot.names import QUANTITIES, Quantity

MOBILITY = QUANTITIES["mobility"]
FIELD = Quantity("field_coefficient", "(m/V)**0.5", "(cm/V)**0.5", "Rise of the mobility with the field", "gamma")
LIMIT = Quantity("trap_filled_limit", "V", "V", "Trap-filled limit", "V_TFL")
TRAPS = QUANTITIES["trap_density"]
LEAKAGE = QUANTITIES["leakage_conductance"]
SLOPE = Quantity("current_slope", "1", "1", "Slope d ln J / d ln V at the highest voltage", "m")
SCALING = Quantity("thickness_exponent", "1", "1", "Power of the thickness in the current", "k")


@dataclass(frozen=True)
class Film:
    """What turns a scale of the current into a mobility; nan where it is not known."""

    thickness: float
    permittivity: float
    temperature: float
    thickness_share: float  # relative standard uncertainty
    permittivity_share: float

    @property
    def thermal(self) -> float:
        """Thermal voltage kT/q [V]."""
        return BOLTZMANN * self.temperature / ELEMENTARY_CHARGE

    @property
    def mobility_of_scale(self) -> float:
        """Mobility over the scale eps mu (kT/q)^2 / L^3 [m4/V/s/A]."""
        return self.thickness**3 / (VACUUM_PERMITTIVITY * self.permittivity * self.thermal**2)

    @property
    def share(self) -> float:
        """Relative standard uncertainty of the mobility from thickness and permittivity."""
        return math.hypot(3.0 * self.thickness_share, self.permittivity_share)

    @property
    def traps_of_limit(self) -> float:
        """Trap density over the trap-filled limit, 2 eps / q L^2 [1/m3/V]."""
        return 2.0 * VACUUM_PERMITTIVITY * self.permittivity / (ELEMENTARY_CHARGE * self.thickness**2)

    @property
    def least_limit(self) -> float:
        """Voltage 2 pi^2 kT/q of the charge that the contacts themselves put into the film [V]."""
        return 2.0 * math.pi**2 * self.thermal


@dataclass(frozen=True, eq=False)
class Device:
    """One device of a measurement: the sweep that is fitted and what is known of it."""

    branch: Branch  # with the voltage across the film
    other: Branch | None
    slope: Slope
    fit: LawFit
    checks: tuple[Check, ...]
    of: str
