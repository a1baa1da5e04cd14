"""What is stated of an LED: quantities, choices, and what is kept while one sweep is analysed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from halodot.arrays import Array, BoolArray
from halodot.constants import ELEMENTARY_CHARGE, HC
from halodot.lab.choices import number, numbers, span, whole, word
from halodot.lab.electroluminescence import CORRECTIONS, SCALES, ElSpectrum
from halodot.lab.findings import NORMAL_95, Finding
from halodot.lab.smooth_curves import Read, Smooth
from halodot.lab.sweeps import Dark
from halodot.names import QUANTITIES, Quantity

LUMINANCE_MAX = QUANTITIES["luminance_max"]
TURN_ON = QUANTITIES["turn_on_voltage"]
EQE_MAX = QUANTITIES["eqe_max"]
EQE_MAX_VOLTAGE = QUANTITIES["eqe_max_voltage"]
EQE_MAX_CURRENT = QUANTITIES["eqe_max_current_density"]
EQE = QUANTITIES["eqe"]
EFFICIENCY_MAX = QUANTITIES["current_efficiency_max"]
EFFICIENCY = QUANTITIES["current_efficiency"]
HALF_CURRENT = QUANTITIES["half_efficiency_current"]
FALLING_LUMINANCE = QUANTITIES["luminance_max_current_density"]
POWER_EFFICACY_MAX = Quantity("power_efficacy_max", "lm/W", "lm/W", "Highest power efficiency", "PE_max")
CURRENT_AT_90 = Quantity(
    "current_density_at_90_percent", "A/m2", "mA/cm2", "Current density at which the EQE has fallen to 90 %", "J90"
)
VOLTAGE_AT = Quantity("voltage_at_luminance", "V", "V", "Voltage at a luminance", "V_L")
LIGHT_QUANTITIES = (
    EQE_MAX,
    EQE_MAX_VOLTAGE,
    EQE_MAX_CURRENT,
    EQE,
    EFFICIENCY_MAX,
    EFFICIENCY,
    POWER_EFFICACY_MAX,
    HALF_CURRENT,
    CURRENT_AT_90,
    LUMINANCE_MAX,
    FALLING_LUMINANCE,
    TURN_ON,
    VOLTAGE_AT,
)
#: relative standard uncertainty of the flux where a Lambertian pattern is assumed: films were found 5 to 15 % off
_LAMBERTIAN_ERROR = 0.08
_PATTERN_ERROR = 0.02


@dataclass(frozen=True)
class LedSettings:
    """What can be chosen for the light of a device."""

    area: float | None = number("m2", "active area; as the file states it", shown="mm2", valid="positive")
    wavelength: float | None = number(
        "m", "of all light, where there is no EL spectrum; none", shown="nm", valid="positive"
    )
    wavelength_uncertainty: float = number(
        "m", "standard uncertainty of the wavelength axis", 0.5e-9, shown="nm", valid="nonnegative"
    )
    spectrum_correction: str | None = word(
        *CORRECTIONS, default=None, about="for the response of the spectrometer; as the file tells"
    )
    spectrum_scale: str | None = word(*SCALES, default=None, about="what the spectrum counts; power unless it says so")
    spectrum_background: str | None = word(
        "none", "constant", "linear", default=None, about="taken off the spectrum; by the ends of the record"
    )
    stray_light: float = number("1", "standard uncertainty of the spectrum's zero, in maxima", 3e-4, valid="fraction")
    responsivity: float | None = number("A/W", "of the photodiode for this light; as its file tells", valid="positive")
    half_angle: float | None = number("rad", "of the light that the photodiode sees", shown="degree", valid="positive")
    detector_area: float | None = number("m2", "of a round photodiode", shown="mm2", valid="positive")
    detector_distance: float | None = number("m", "of the photodiode", shown="mm", valid="positive")
    transimpedance: float | None = number("ohm", "volts of the photodiode's amplifier per ampere", valid="positive")
    luminance_uncertainty: float = number(
        "1", "relative standard uncertainty of the luminance meter or the photodiode", 0.04, valid="fraction"
    )
    area_uncertainty: float = number("1", "relative standard uncertainty of the area", 0.02, valid="fraction")
    pattern_uncertainty: float | None = number(
        "1", "relative standard uncertainty of the flux by the pattern; 8 % if assumed, 2 % if measured"
    )
    dark_below: float | None = number("V", "voltage up to which there is no light; found in the sweep")
    least_signal: float = number("1", "light that counts, in standard deviations of the noise", 5.0, valid="positive")
    at_luminance: tuple[float, ...] = numbers("cd/m2", "at which numbers are stated", (100.0, 1000.0))
    at_current_density: tuple[float, ...] = numbers("A/m2", "at which EQE is stated", (100.0,), shown="mA/cm2")
    ideality_window: tuple[float, float] | None = span("V", "of the ideality factor; the steepest part")
    temperature: float | None = number("K", "of the device; as the file states it, else 25 degC", shown="degC")
    resamples: int = whole("resampled curves", 400, least=50)
    seed: int = whole("of the resampling", 0)


@dataclass(frozen=True)
class Optics:
    """How a signal of light becomes luminance and flux."""

    spectrum: ElSpectrum | None = None
    solid_angle: float = math.pi  # [sr], that turns luminance along the normal into luminous exitance
    lambertian: bool = True
    collected: float = math.nan  # share of the flux that reaches the photodiode
    responsivity: float = math.nan  # of the photodiode for this light [A/W]
    missing: str = ""  # what the light of a photodiode lacks to become luminance


@dataclass(frozen=True, eq=False)
class LedCurve:
    """One direction of a sweep in luminance and current density, and what was found of it."""

    label: str
    voltage: Array  # [V] (point,), rising, light at positive voltages
    current_density: Array | None  # [A/m2] (point,)
    luminance: Array | None  # [cd/m2] (point,), background taken off
    noise: float  # of the luminance in the dark [cd/m2]
    dark: Dark
    lit: BoolArray  # (point,), whether the light stands above its noise
    eqe: Array | None  # [1] (point,)
    smooth: Smooth | None  # of ln(efficiency) against ln(current density)
    efficiency_is: str  # "eqe" | "current efficiency", that is smoothed
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Found:
    """What is found of one curve while it is worked on."""

    label: str
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(
        self, quantity: Quantity, value: float, uncertainty: float, method: str, of: str = "", **more: object
    ) -> None:
        """Keep a finding of this curve."""
        if math.isfinite(value):
            which = ", ".join(part for part in (self.label, of) if part)
            self.findings.append(Finding(quantity, value, uncertainty, method, of=which, **more))  # type: ignore[arg-type]


def keep_logarithm(
    told: Found, quantity: Quantity, read: Read, scale: float, how: str, of: str = "", **more: object
) -> None:
    """Keep a number whose logarithm was read, with a relative uncertainty that it has besides."""
    value = math.exp(read.value)
    low = math.hypot(read.value - read.interval[0], NORMAL_95 * scale)
    high = math.hypot(read.interval[1] - read.value, NORMAL_95 * scale)
    uncertainty = value * math.hypot(read.uncertainty, scale)
    interval = (value * math.exp(-low), value * math.exp(high))
    told.add(quantity, value, uncertainty, how, of, interval=interval, **more)


def eqe_per_current_efficiency(optics: Optics) -> float:
    """Return the EQE of a device of 1 cd/A.

    Args:
        optics: with the spectrum of its light.
    """
    spectrum = optics.spectrum
    assert spectrum is not None
    return optics.solid_angle * ELEMENTARY_CHARGE * spectrum.values["photons_per_lumen"] / HC


def pattern_uncertainty(optics: Optics, settings: LedSettings) -> float:
    """Return the relative standard uncertainty of the flux by the angular pattern."""
    if settings.pattern_uncertainty is not None:
        return settings.pattern_uncertainty
    return _LAMBERTIAN_ERROR if optics.lambertian else _PATTERN_ERROR
