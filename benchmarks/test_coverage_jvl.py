"""How often the intervals of an LED's numbers hold the truth: sweeps and spectra as laboratories record them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from lab_coverage import coverage

from halodot import lab
from halodot.lab import Analysis

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "lab"))

from light_emitting_devices import WAVELENGTH, Led, gaussian
from recordings import recording

DEVICES = 200
#: CODATA and CIE, and V(lambda) from the project's own table
H, C, Q, KM = 6.62607015e-34, 299792458.0, 1.602176634e-19, 683.002


def photopic(wavelength: np.ndarray) -> np.ndarray:
    """Return V(lambda) from the CIE's table."""
    from halodot.study.library import load_colour_matching

    matching = load_colour_matching()
    return np.interp(wavelength, matching.wavelength, matching.y, left=0.0, right=0.0)


#: what goes wrong in a laboratory: the zero drifts, a range of the meter is off, the device burns, the detector is full
FAULTS = ("drift", "range", "burn-out", "saturation")


def faulty(light: np.ndarray, fault: str, generator: np.random.Generator, floor: float) -> np.ndarray:
    """Return a recorded luminance with something that the analysis does not model."""
    place = np.linspace(0.0, 1.0, light.size)
    if fault == "drift":
        return light + 10.0 * floor * place
    if fault == "range":
        return np.where(light > 10 ** generator.uniform(1.0, 3.0), light * 1.03, light)
    if fault == "burn-out":
        return np.where(place > 0.95, light * 0.3, light)
    return np.minimum(light, 0.7 * np.max(light))


def drawn(seed: int, *, calibrated: bool = True, fault: str = "") -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a device and its truth; with errors of calibration, or with the noise alone."""
    generator = np.random.default_rng(seed)
    peak, width = generator.uniform(500e-9, 660e-9), generator.uniform(18e-9, 45e-9)
    line = gaussian(peak, width)
    per = KM * np.sum(line * photopic(WAVELENGTH)) / np.sum(line * WAVELENGTH) * H * C / (np.pi * Q)
    led = Led(
        eqe=generator.uniform(0.01, 0.3),
        rise=10 ** generator.uniform(-2.0, 1.0),
        fall=10 ** generator.uniform(2.0, 3.5),
        ideality=generator.uniform(1.5, 3.0),
        saturation=10 ** generator.uniform(-18.0, -12.0),
        resistance=10 ** generator.uniform(-4.0, -3.0),
        shunt=10 ** generator.uniform(-6.0, -4.0),
        cd_per_ampere_of_eqe=float(per),
    )
    truth = led.fine()
    voltage = np.arange(
        0.0, truth["turn_on_voltage"] + generator.uniform(1.5, 2.5), generator.choice([0.02, 0.05, 0.1])
    )
    j = led.current_density(voltage)
    light = led.luminance(j)
    truth = {name: truth[name] for name in ("eqe_max", "turn_on_voltage", "half_efficiency_current")}
    truth["luminance_max"] = float(np.max(light))
    if float(np.max(j)) < 1.3 * truth["half_efficiency_current"]:
        truth.pop("half_efficiency_current")
    noise = generator.uniform(0.003, 0.02)
    floor = 10 ** generator.uniform(-2.5, -1.0)
    scale = area = pattern = 1.0
    axis = 0.0
    if calibrated:
        scale, area, pattern = 1.0 + np.array([0.04, 0.02, 0.08]) * generator.standard_normal(3)
        axis = 0.5e-9 * generator.standard_normal()
        truth |= {"cie_x": 0.0, "cie_y": 0.0}
        truth["cie_x"], truth["cie_y"] = chromaticity(line)
        truth["el_peak"] = peak
    # a pattern of less flux for its forward luminance shows as more luminance
    recorded = light * scale * pattern * (1.0 + noise * generator.standard_normal(j.size))
    truth["luminance_max"] *= pattern
    truth["turn_on_voltage"] = replace(led, cd_per_ampere_of_eqe=per * pattern).fine()["turn_on_voltage"]
    recorded = recorded + generator.uniform(0.0, 1.0) + floor * generator.standard_normal(j.size)
    if fault:
        recorded = faulty(recorded, fault, generator, floor)
    current = (j + led.shunt * voltage) / area * (1.0 + 0.002 * generator.standard_normal(j.size))
    current = current + 1e-5 * generator.standard_normal(j.size)
    data = recording("current_voltage", {"voltage": voltage}, {"current_density": current, "luminance": recorded})
    measured = gaussian(peak + axis, width) + 2e-3 * generator.standard_normal(WAVELENGTH.size) + 0.02
    spectrum = recording("spectrum", {"wavelength": WAVELENGTH}, {"spectral_irradiance": measured})
    settings = lab.JvlSettings()
    if not calibrated:
        settings = lab.JvlSettings(
            luminance_uncertainty=0.0, area_uncertainty=0.0, pattern_uncertainty=0.0, wavelength_uncertainty=0.0,
            stray_light=0.0,
        )  # fmt: skip
    return lambda: lab.jvl(data, settings, spectrum=spectrum), truth


def chromaticity(power: np.ndarray) -> tuple[float, float]:
    """Return CIE x and y of power per wavelength, by plain sums."""
    from halodot.study.library import load_colour_matching

    matching = load_colour_matching()
    seen = [
        float(np.sum(power * np.interp(WAVELENGTH, matching.wavelength, values)))
        for values in (matching.x, matching.y, matching.z)
    ]
    return seen[0] / sum(seen), seen[1] / sum(seen)


def test_intervals_of_the_noise_alone_hold_the_truth() -> None:
    found = coverage("J-V-L, noise alone", lambda seed: drawn(seed, calibrated=False), range(DEVICES))
    assert all(0.88 <= share <= 0.99 for share in found.held.values())
    assert found.warned <= 0.05


def test_intervals_with_errors_of_calibration_hold_the_truth() -> None:
    found = coverage("J-V-L with calibration", drawn, range(1000, 1000 + DEVICES))
    assert all(0.90 <= share <= 1.0 for share in found.held.values())
    assert found.warned <= 0.05


def test_what_the_analysis_does_not_model_is_held_or_told() -> None:
    found = coverage(
        "J-V-L with a fault",
        lambda seed: drawn(seed, fault=FAULTS[seed % len(FAULTS)]),
        range(2000, 2000 + DEVICES),
    )
    assert all(share >= 0.90 for share in found.held_or_warned.values())
