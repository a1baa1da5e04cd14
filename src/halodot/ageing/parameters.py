"""What the ageing stage must be told; values and provenance stand in library/parameters/ageing.yaml."""

from __future__ import annotations

from halodot.states import number, state


@state
class AgeingParameters:
    """Numbers and switches of the ageing stage."""

    half_life: float = number("s", "half-life at 12.5 A/m2, 25 degC and a bare share of 0.1")
    current_exponent: float = number("1", "power of the inverse current density in the half-life")
    coverage_exponent: float = number("1", "power of the inverse bare share in the half-life")
    activation_energy: float = number("eV", "thermal activation of the degradation")
    temperature: float = number("K", "temperature of the operated device")
    decay: str  # exponential | stretched
    stretching_exponent: float = number("1", "power of the time in the stretched exponential")
    calibrated_from: float = number("cd/m2", "lowest initial luminance that the data stand for")
    calibrated_to: float = number("cd/m2", "highest initial luminance that the data stand for")
