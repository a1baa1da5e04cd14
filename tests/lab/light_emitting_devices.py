"""Light-emitting devices of known efficiency, by their own formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from recordings import recording

H, C, Q = 6.62607015e-34, 299792458.0, 1.602176634e-19
KT = 8.617333262e-5 * 298.15  # eV
WAVELENGTH = np.arange(380.0, 781.0, 1.0) * 1e-9


def gaussian(peak: float, width: float, wavelength: np.ndarray = WAVELENGTH) -> np.ndarray:
    """Return power per wavelength of a line (peak and FWHM in m)."""
    return np.asarray(np.exp(-4.0 * np.log(2.0) * ((wavelength - peak) / width) ** 2))


@dataclass(frozen=True)
class Led:
    """A diode with series resistance, a shunt and an efficiency that rises and rolls off."""

    eqe: float = 0.15  # scale of the EQE
    rise: float = 0.2  # [A/m2], current at which half of the efficiency is there
    fall: float = 800.0  # [A/m2], current at which it has fallen to half of the scale
    ideality: float = 2.0
    saturation: float = 1e-16  # [A/m2]
    resistance: float = 4e-4  # [ohm m2]
    shunt: float = 1e-3  # [S/m2]
    cd_per_ampere_of_eqe: float = 66.59  # of light of 645 nm and 33 nm FWHM

    def current_density(self, voltage: np.ndarray) -> np.ndarray:
        """Return J [A/m2] by bisection of V = n kT ln(J/J0 + 1) + J R, plus the shunt."""
        low, high = np.zeros(voltage.size), np.full(voltage.size, 1e6)
        for _ in range(200):
            middle = 0.5 * (low + high)
            reached = self.ideality * KT * np.log1p(middle / self.saturation) + middle * self.resistance
            low, high = np.where(reached < voltage, middle, low), np.where(reached < voltage, high, middle)
        return np.asarray(0.5 * (low + high))

    def efficiency(self, current_density: np.ndarray) -> np.ndarray:
        """Return the EQE of a current."""
        j = np.maximum(current_density, 1e-300)
        return np.asarray(self.eqe * j / (j + self.rise) / (1.0 + j / self.fall))

    def luminance(self, current_density: np.ndarray) -> np.ndarray:
        """Return L [cd/m2] of a current."""
        return np.asarray(self.cd_per_ampere_of_eqe * self.efficiency(current_density) * current_density)

    def fine(self) -> dict[str, float]:
        """Return maximum, half current, J90, turn-on and highest luminance from a fine grid."""
        j = np.logspace(-6, 4.2, 20_001)
        eqe, light = self.efficiency(j), self.luminance(j)
        top = int(np.argmax(eqe))
        volts = self.ideality * KT * np.log1p(j / self.saturation) + j * self.resistance
        return {
            "eqe_max": float(eqe[top]),
            "eqe_max_current_density": float(j[top]),
            "half_efficiency_current": float(j[top:][eqe[top:] < 0.5 * eqe[top]][0]),
            "current_density_at_90_percent": float(j[top:][eqe[top:] < 0.9 * eqe[top]][0]),
            "turn_on_voltage": float(np.interp(1.0, light, volts)),
            "eqe_max_voltage": float(volts[top]),
        }

    def sweep(self, voltage: np.ndarray, seed: int | None = None, background: float = 0.3, **attributes: object):
        """Return the measurement of a sweep: luminance with background and noise, current density."""
        j = self.current_density(voltage)
        light, total = self.luminance(j) + background, j + self.shunt * voltage
        if seed is not None:
            generator = np.random.default_rng(seed)
            light = light * (1.0 + 0.01 * generator.standard_normal(j.size)) + 0.05 * generator.standard_normal(j.size)
            total = total * (1.0 + 0.002 * generator.standard_normal(j.size))
        columns = {"current_density": total, "luminance": light}
        return recording("current_voltage", {"voltage": voltage}, columns, **attributes)


def el_spectrum(peak: float = 645e-9, width: float = 33e-9, quantity: str = "spectral_irradiance"):
    """Return the measurement of an EL spectrum."""
    return recording("spectrum", {"wavelength": WAVELENGTH}, {quantity: gaussian(peak, width)})
