"""J-V-L of light-emitting devices: efficiency, colour and turn-on of known devices come back."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from light_emitting_devices import WAVELENGTH, C, H, Led, Q, el_spectrum, gaussian
from recordings import recording

import halodot
from halodot import lab, measure
from halodot.errors import DataError
from halodot.lab.methods.jvl import METHOD
from halodot.lab.simulated import measurement

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))

from instrument_files import real

VOLTAGE = np.arange(0.0, 4.01, 0.05)
LED = Led()


def spectral(peak: float, width: float) -> lab.Analysis:
    return lab.jvl(LED.sweep(VOLTAGE), spectrum=el_spectrum(peak * 1e-9, width * 1e-9))


# -------------------------------------------------------------------------------------------------------------- truths


@pytest.mark.parametrize(("peak", "width", "efficacy"), [(645.0, 33.0, 108.8), (651.0, 33.0, 83.0)])
def test_efficacy_of_deep_red_light(peak: float, width: float, efficacy: float) -> None:
    assert spectral(peak, width).finding("radiation_efficacy").value == pytest.approx(efficacy, abs=0.1)


@pytest.mark.parametrize(("width", "x", "y"), [(33.0, 0.7124, 0.2875), (38.0, 0.7087, 0.2912)])
def test_colour_of_light_of_645_nm(width: float, x: float, y: float) -> None:
    found = spectral(645.0, width)
    assert found.finding("cie_x").value == pytest.approx(x, abs=1e-4)
    assert found.finding("cie_y").value == pytest.approx(y, abs=1e-4)
    assert found.finding("el_peak").value == pytest.approx(645e-9, abs=1e-11)
    assert found.finding("el_fwhm").value == pytest.approx(width * 1e-9, rel=2e-3)


def test_eqe_of_24_45_percent_at_645_nm_is_16_3_candela_per_ampere() -> None:
    current = np.logspace(0.0, 2.0, 30)
    volts = np.linspace(2.0, 4.0, 30)
    data = recording("current_voltage", {"voltage": volts}, {"current_density": current, "luminance": 16.3 * current})
    found = lab.jvl(data, spectrum=el_spectrum())
    assert found.finding("eqe").value == pytest.approx(0.2445, rel=2e-3)


def test_device_comes_back() -> None:
    found = lab.jvl(LED.sweep(VOLTAGE, seed=3), spectrum=el_spectrum())
    for name, truth in LED.fine().items():
        low, high = found.finding(name).interval_95
        assert low <= truth <= high, name
    assert found.finding("eqe_max").value == pytest.approx(LED.fine()["eqe_max"], rel=0.03)
    assert found.finding("ideality_factor").value == pytest.approx(LED.ideality, rel=0.1)
    assert found.finding("leakage_conductance").value == pytest.approx(LED.shunt, rel=0.01)
    assert not found.warnings


def test_photodiode_in_front_gives_the_same_as_the_luminance() -> None:
    current = LED.current_density(VOLTAGE)
    photons = LED.efficiency(current) * current * 4e-6 / Q  # 1/s of a device of 4 mm2
    watts = photons * H * C / 645e-9
    seen = np.sin(np.radians(20.0)) ** 2
    columns = {"current": current * 4e-6, "photocurrent": 0.5 * seen * watts}
    data = recording("current_voltage", {"voltage": VOLTAGE}, columns)
    settings = lab.JvlSettings(area=4e-6, responsivity=0.5, half_angle=np.radians(20.0))
    found = lab.jvl(data, settings, spectrum=el_spectrum(645e-9, 1e-9 * 33.0))
    assert found.finding("eqe_max").value == pytest.approx(LED.fine()["eqe_max"], rel=5e-3)
    assert found.finding("turn_on_voltage").value == pytest.approx(LED.fine()["turn_on_voltage"], abs=2e-3)


def test_measured_pattern_replaces_the_lambertian_one() -> None:
    angle = np.radians(np.arange(0.0, 91.0, 5.0))
    narrow = recording("table", {"angle": angle}, {"intensity": np.cos(angle) ** 2})
    lambertian = recording("table", {"angle": angle}, {"intensity": np.cos(angle)})
    data, spectrum = LED.sweep(VOLTAGE), el_spectrum()
    plain = lab.jvl(data, spectrum=spectrum).finding("eqe_max").value
    assert lab.jvl(data, spectrum=spectrum, pattern=lambertian).finding("eqe_max").value == pytest.approx(plain)
    found = lab.jvl(data, spectrum=spectrum, pattern=narrow)
    assert found.finding("eqe_max").value == pytest.approx(plain * 2.0 / 3.0, rel=1e-3)
    assert not any("Lambertian: no" in note for note in found.notes)


def test_raw_counts_are_told_and_the_calibration_corrects_them() -> None:
    response = (WAVELENGTH / 600e-9) ** -3
    counts = recording("spectrum", {"wavelength": WAVELENGTH}, {"counts": 1e4 * gaussian(645e-9, 33e-9) * response})
    calibration = recording("spectrum", {"wavelength": WAVELENGTH}, {"intensity": 1.0 / response})
    raw = lab.jvl(LED.sweep(VOLTAGE), spectrum=counts)
    assert any("not corrected" in warning for warning in raw.warnings)
    calibrated = lab.jvl(LED.sweep(VOLTAGE), spectrum=counts, calibration=calibration)
    assert not calibrated.warnings
    assert calibrated.finding("radiation_efficacy").value == pytest.approx(108.83, abs=0.05)
    assert raw.finding("eqe_max").uncertainty > 1.1 * calibrated.finding("eqe_max").uncertainty


def test_forward_and_reverse_are_told_apart() -> None:
    forward, reverse = LED.sweep(VOLTAGE), Led(saturation=3e-16).sweep(VOLTAGE[::-1])
    both = {
        name: np.concatenate((forward[name].values, reverse[name].values)) for name in ("current_density", "luminance")
    }
    data = recording("current_voltage", {"voltage": np.concatenate((VOLTAGE, VOLTAGE[::-1]))}, both)
    found = lab.jvl(data, spectrum=el_spectrum())
    shift = 2.0 * 8.617333262e-5 * 298.15 * np.log(3.0)
    assert found.finding("turn_on_hysteresis").value == pytest.approx(-shift, abs=2e-3)
    assert found.finding("current_hysteresis").value > 0.0
    assert {item.of for item in found.findings if item.name == "eqe_max"} == {"forward", "reverse"}


def test_without_a_spectrum_there_is_no_eqe_unless_a_wavelength_is_chosen() -> None:
    found = lab.jvl(LED.sweep(VOLTAGE))
    assert not [item for item in found.findings if item.name.startswith("eqe")]
    assert any("EL spectrum is missing" in note for note in found.notes)
    chosen = lab.jvl(LED.sweep(VOLTAGE), lab.chosen(lab.JvlSettings, {"wavelength": "555 nm"}))
    assert chosen.finding("eqe_max").value == pytest.approx(
        chosen.finding("current_efficiency_max").value * np.pi * Q * 555e-9 / (683.0 * H * C), rel=1e-3
    )


def test_eqe_of_the_file_stands_where_it_alone_says_it() -> None:
    data = LED.sweep(VOLTAGE)
    eqe = recording("current_voltage", {"voltage": VOLTAGE}, {"eqe": LED.efficiency(LED.current_density(VOLTAGE))})
    data["eqe"] = eqe["eqe"]
    assert lab.jvl(data).finding("eqe_max").value == pytest.approx(LED.fine()["eqe_max"], rel=1e-3)
    other = lab.jvl(data, spectrum=el_spectrum(600e-9))
    assert any("times that which the file states" in warning for warning in other.warnings)


def test_efficiency_that_still_rises_at_the_end_is_a_bound() -> None:
    found = lab.jvl(LED.sweep(np.arange(0.0, 1.96, 0.02)), spectrum=el_spectrum())
    assert found.finding("eqe_max").bound == "at least"
    assert not [item for item in found.findings if item.name == "half_efficiency_current"]


def test_light_that_is_never_bright_enough_bounds_the_turn_on() -> None:
    faint = Led(cd_per_ampere_of_eqe=1e-4)
    found = lab.jvl(faint.sweep(VOLTAGE, background=0.0))
    assert found.finding("turn_on_voltage").bound == "at least"
    assert found.finding("turn_on_voltage").value == pytest.approx(4.0)


def test_light_behind_a_bright_background_bounds_the_turn_on_from_above() -> None:
    generator = np.random.default_rng(0)
    data = LED.sweep(VOLTAGE, background=50.0)
    data["luminance"] = data["luminance"] + 2.0 * generator.standard_normal(VOLTAGE.size)
    found = lab.jvl(data).finding("turn_on_voltage")
    assert found.bound == "at most"
    assert LED.fine()["turn_on_voltage"] < found.value < 2.1


# ------------------------------------------------------------------------------------------------------------- choices


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data, spectrum = LED.sweep(VOLTAGE, seed=5, area=4e-6, temperature=300.0), el_spectrum(quantity="intensity")
    found = lab.jvl(data, spectrum=spectrum)
    again = lab.jvl(data, lab.chosen(lab.JvlSettings, lab.as_text(found.settings)), spectrum=spectrum)
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_solar_cell_is_no_led() -> None:
    data = LED.sweep(VOLTAGE, irradiance=1000.0)
    assert not METHOD.roles[0].takes(data)
    with pytest.raises(DataError, match="solar cell"):
        lab.jvl(data)


def test_current_alone_or_a_spectrum_is_no_sweep_of_an_led() -> None:
    assert not METHOD.roles[0].takes(LED.sweep(VOLTAGE).drop_vars("luminance"))
    assert not METHOD.roles[0].takes(el_spectrum())
    assert METHOD.roles[0].takes(LED.sweep(VOLTAGE))


# ----------------------------------------------------------------------------------------------------------- odd input


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.isel(voltage=slice(0, 1)),
        lambda data: data.isel(voltage=slice(0, 0)),
        lambda data: data.assign(luminance=data["luminance"] * 0.0),
        lambda data: data.assign(luminance=data["luminance"] * np.nan),
        lambda data: data.assign(luminance=-data["luminance"]),
        lambda data: data.assign(current_density=data["current_density"] * 0.0),
        lambda data: data.assign(current_density=-data["current_density"]),
        lambda data: data.assign(current_density=data["current_density"] * np.nan),
        lambda data: data.isel(voltage=slice(None, None, -1)),
        lambda data: data.isel(voltage=[0] * 5 + [60] * 5),
        lambda data: data.isel(voltage=np.random.default_rng(0).permutation(data.sizes["voltage"])),
        lambda data: data.assign_coords(voltage=-data["voltage"]),
    ],
)
def test_odd_input_gives_numbers_or_a_refusal(change) -> None:
    data = change(LED.sweep(VOLTAGE, seed=1))
    try:
        found = lab.jvl(data, spectrum=el_spectrum())
    except DataError:
        return
    assert all(np.isfinite(item.value) for item in found.findings)


@pytest.mark.parametrize(
    "power", [np.zeros(401), np.full(401, 7.0), -gaussian(645e-9, 33e-9), np.random.default_rng(0).standard_normal(401)]
)
def test_spectrum_without_light_leaves_the_rest(power: np.ndarray) -> None:
    spectrum = recording("spectrum", {"wavelength": WAVELENGTH}, {"counts": power})
    found = lab.jvl(LED.sweep(VOLTAGE), spectrum=spectrum)
    assert any("left out" in warning for warning in found.warnings)
    assert found.finding("turn_on_voltage").value == pytest.approx(LED.fine()["turn_on_voltage"], abs=3e-3)


# ---------------------------------------------------------------------------------------------------------- real files


def cd_per_ampere(eqe: float) -> float:
    """Return the current efficiency of the published example, by plain sums over its own files."""
    spectrum = np.loadtxt(real("jvl_eqe_angular/spectrum.txt"), encoding="utf-8")
    pattern = np.loadtxt(real("jvl_eqe_angular/pattern.txt"), encoding="utf-8")
    eye = np.loadtxt(real("jvl_eqe_angular/EyeResponse.txt"), encoding="utf-8")[:, -2:]
    seen = np.interp(spectrum[:, 0], eye[:, 0], eye[:, 1])
    angle = np.radians(pattern[:, 0])
    solid_angle = 2.0 * np.pi * np.trapezoid(pattern[:, 1] * np.sin(angle), angle)
    watts = eqe / Q * H * C * np.sum(spectrum[:, 1]) / np.sum(spectrum[:, 1] * spectrum[:, 0] * 1e-9)
    return float(watts * 683.002 * np.sum(spectrum[:, 1] * seen) / np.sum(spectrum[:, 1]) / solid_angle)


def test_published_example_of_spectrum_and_pattern_comes_back() -> None:
    truth = cd_per_ampere(0.30)
    spectrum = halodot.read(real("jvl_eqe_angular/spectrum.txt"))
    pattern = halodot.read(real("jvl_eqe_angular/pattern.txt"))
    current = np.logspace(0.0, 2.0, 12)
    columns = {"current_density": current, "luminance": truth * current}
    data = recording("current_voltage", {"voltage": np.linspace(2.0, 4.0, 12)}, columns)
    found = lab.jvl(data, lab.JvlSettings(spectrum_background="none"), spectrum=spectrum, pattern=pattern)
    assert found.finding("eqe").value == pytest.approx(0.30, rel=3e-3)
    assert found.finding("el_peak").value == pytest.approx(550e-9, abs=0.5e-9)


def test_responsivity_and_calibration_of_a_real_setup_are_read_and_used() -> None:
    responsivity = halodot.read(real("jvl_calibration/Responsivity_PD.txt"))
    calibration = halodot.read(real("jvl_calibration/CalibrationData.txt"))
    roles = {role.name: role for role in METHOD.roles}
    assert roles["responsivity"].takes(responsivity)
    assert roles["calibration"].takes(calibration)
    table = np.loadtxt(real("jvl_calibration/Responsivity_PD.txt"), encoding="utf-8")
    factor = np.loadtxt(real("jvl_calibration/CalibrationData.txt"), encoding="utf-8")
    counts = 1e4 * gaussian(600e-9, 40e-9)
    power = counts * np.interp(WAVELENGTH * 1e9, factor[:, 0], factor[:, 1])
    mean_responsivity = np.sum(power * np.interp(WAVELENGTH * 1e9, table[:, 0], table[:, 1])) / np.sum(power)
    mean_wavelength = np.sum(power * WAVELENGTH) / np.sum(power)
    current = LED.current_density(VOLTAGE) * 4e-6
    seen = 0.0049**2 / (0.115**2 + 0.0049**2)
    light = 0.1 * current * H * C / (Q * mean_wavelength) * mean_responsivity * seen
    columns = {"current": current, "photocurrent": light}
    data = recording("current_voltage", {"voltage": VOLTAGE}, columns)
    settings = lab.JvlSettings(area=4e-6, detector_area=np.pi * 0.0049**2, detector_distance=0.115)
    spectrum = recording("spectrum", {"wavelength": WAVELENGTH}, {"counts": counts})
    found = lab.jvl(data, settings, spectrum=spectrum, calibration=calibration, responsivity=responsivity)
    assert found.finding("eqe_max").value == pytest.approx(0.1, rel=5e-3)


@pytest.mark.parametrize("name", ["hzb_TestP_AA_1_c-1.1_JM261.jv.txt", "SE-ALM_RM_20231004_RM_KW40_0_8.jv.txt"])
def test_real_solar_cells_are_not_taken(name: str) -> None:
    data = halodot.read(real(f"jv_keithley/{name}"))
    assert isinstance(data, xarray.Dataset)
    assert not METHOD.roles[0].takes(data)


# ---------------------------------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("seed", [None, 1])
def test_simulated_instrument_gives_the_device_back(seed: int | None) -> None:
    """Current and luminance in two files, photons into air as the spectrum, luminance by angle as the pattern."""
    current = LED.current_density(VOLTAGE)
    emission = SimpleNamespace(voltage=VOLTAGE, current_density=current, luminance=LED.luminance(current))
    jv, lv = (measurement(item) for item in measure.jvl(emission, seed=seed))
    photons = gaussian(645e-9, 33e-9) * WAVELENGTH
    spectrum = recording("spectrum", {"wavelength": WAVELENGTH}, {"spectral_photon_flux": photons})
    angle = np.radians(np.arange(0.0, 91.0, 5.0))
    pattern = recording("table", {"radiance_angle": angle}, {"angular_luminance": np.full(angle.size, 3.0)})
    found = lab.jvl(lv, spectrum=spectrum, current=jv, pattern=pattern)
    assert found.finding("eqe_max").value == pytest.approx(LED.fine()["eqe_max"], rel=2e-3 if seed is None else 0.03)
    turn_on = found.finding("turn_on_voltage")
    assert turn_on.value == pytest.approx(LED.fine()["turn_on_voltage"], abs=3.0 * turn_on.uncertainty)
    assert found.finding("radiation_efficacy").value == pytest.approx(108.83, abs=0.05)
    assert not found.warnings


def test_intervals_hold_the_truth_of_noisy_sweeps() -> None:
    truth = LED.fine()
    names = ("eqe_max", "turn_on_voltage", "half_efficiency_current")
    settings = lab.JvlSettings(luminance_uncertainty=0.0, area_uncertainty=0.0, pattern_uncertainty=0.0)
    spectrum = el_spectrum()
    held = dict.fromkeys(names, 0)
    for seed in range(20):
        found = lab.jvl(LED.sweep(VOLTAGE[20:], seed=seed), settings, spectrum=spectrum)
        assert not found.warnings
        for name in names:
            low, high = found.finding(name).interval_95
            held[name] += low <= truth[name] <= high
    assert min(held.values()) >= 17


# ----------------------------------------------------------------------------------------------------- measured devices

MEASURED = Path(os.environ.get("HALODOT_MEASURED", Path(__file__).parents[3] / "shared" / "measured"))


def measured_pixels(substrate: str) -> list[np.ndarray]:
    """Return V, J [mA/cm2], L [cd/m2] and EQE [%] of the working pixels of a substrate (Melville and Bender)."""
    path = MEASURED / "oled_melville_jvl_all_pixels.csv"
    if not path.is_file():
        pytest.skip("measured devices are not here; HALODOT_MEASURED names their folder")
    rows: dict[tuple[str, str], list[list[float]]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["oled_id"] == substrate and row["working"] == "True":
                numbers = [float(row[key]) for key in ("V", "J_mA_cm2", "L_cd_m2", "EQE_percent")]
                rows.setdefault((row["pixel"], row["scan"]), []).append(numbers)
    return [np.array(values) for values in rows.values()]


def as_sweep(pixel: np.ndarray):
    columns = {"current_density": 10.0 * pixel[:, 1], "luminance": pixel[:, 2], "eqe": 0.01 * pixel[:, 3]}
    return recording("current_voltage", {"voltage": pixel[:, 0]}, columns)


@pytest.mark.parametrize("substrate", ["OLED-003", "OLED-019"])
def test_measured_pixels_have_the_efficiency_of_their_bright_points(substrate: str) -> None:
    """The author's EQE below turn-on is up to 800 %; the maximum must be that of light, not of noise."""
    for pixel in measured_pixels(substrate)[:4]:
        found = lab.jvl(as_sweep(pixel))
        bright = pixel[:, 2] > 20.0
        assert found.finding("eqe_max").value == pytest.approx(0.01 * np.max(pixel[bright, 3]), rel=0.05)
        assert found.finding("luminance_max").value == pytest.approx(np.max(pixel[:, 2]), rel=0.05)
        assert not found.warnings


def test_measured_substrate_counts_all_of_its_pixels() -> None:
    pixels = measured_pixels("OLED-003")
    found = lab.devices([as_sweep(pixel) for pixel in pixels])
    assert found.finding("devices", "measured").value == len(pixels)
    assert found.finding("device_yield").value > 0.8
    highest = [0.01 * np.max(pixel[pixel[:, 2] > 20.0, 3]) for pixel in pixels]
    assert found.finding("eqe_max", "mean").value == pytest.approx(np.mean(highest), rel=0.05)


def test_detector_at_its_limit_is_told() -> None:
    data = LED.sweep(VOLTAGE)
    data["luminance"] = np.minimum(data["luminance"], 3000.0)
    found = lab.jvl(data, spectrum=el_spectrum())
    assert any("detector at its limit" in warning for warning in found.warnings)
    assert found.finding("eqe_max").value == pytest.approx(LED.fine()["eqe_max"], rel=5e-3)


def test_drift_of_the_zero_is_taken_off_and_told() -> None:
    data = LED.sweep(VOLTAGE, seed=2)
    data["luminance"] = data["luminance"] + 0.5 * data["voltage"]
    found = lab.jvl(data, spectrum=el_spectrum())
    assert any("drifts" in warning for warning in found.warnings)
    assert found.finding("turn_on_voltage").value == pytest.approx(LED.fine()["turn_on_voltage"], abs=0.02)


def test_current_held_by_the_source_is_left_out() -> None:
    data = LED.sweep(VOLTAGE)
    data["current_density"] = np.minimum(data["current_density"], 1000.0)
    held = float(data["luminance"].values[int(np.argmax(data["current_density"].values))])
    data["luminance"] = np.minimum(data["luminance"], held)
    found = lab.jvl(data, spectrum=el_spectrum())
    assert any("current limit" in note for note in found.notes)
    assert not found.warnings
