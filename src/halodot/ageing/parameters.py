"""Parameters of the ageing stage; values and provenance are in library/parameters/ageing.yaml."""

from __future__ import annotations

from halodot.states import number, state


@state
class AgeingParameters:
    """Numbers and switches of the ageing stage."""

    half_life: float = number("s", "half-life at 12.5 A/m2, 25 degC, 50 % relative humidity and a bare share of 0.1")
    current_exponent: float = number("1", "power of the inverse current density in the half-life")
    coverage_exponent: float = number("1", "power of the inverse bare share in the half-life")
    activation_energy: float = number("eV", "thermal activation of the degradation")
    temperature: float = number("K", "temperature of the operated device", valid="temperature")
    humidity: float = number("1", "relative humidity of the air that reaches the dots")
    humidity_coefficient: float = number("1", "logarithm of the inverse half-life per unit of relative humidity")
    decay: str  # exponential | stretched
    stretching_exponent: float = number("1", "power of the time in the stretched exponential", valid="positive")
    calibrated_from: float = number("cd/m2", "lowest initial luminance that the data stand for")
    calibrated_to: float = number("cd/m2", "highest initial luminance that the data stand for")
    temperature_reach: float = number("K", "distance from 25 degC that the data stand for")
    humidity_reach: float = number("1", "distance from 50 % relative humidity that the data stand for")
