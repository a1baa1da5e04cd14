"""Colour and photometry against colour-science and published lines."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from light_stacks import REFERENCE, observer

from halodot.light import colour

MATCHING = observer()
GRID = np.linspace(400e-9, 830e-9, 4301)
CASES = {case["case"]: case for case in json.loads((REFERENCE / "colour_reference.json").read_text())}
GAUSSIAN = np.exp(-4 * np.log(2) * ((GRID - 645e-9) / 38e-9) ** 2)
LINES = {
    "gauss 645/38": GAUSSIAN,
    "gaussE 645/38": colour.power_of_photons(GRID, colour.gaussian_line(GRID, 645e-9, 38e-9)),
}


@pytest.mark.parametrize("name", list(LINES))
def test_lines_at_645_nm(name: str) -> None:
    x, y = colour.chromaticity(colour.tristimulus(GRID, LINES[name], MATCHING))
    assert x == pytest.approx(CASES[name]["x"], abs=2e-5)
    assert y == pytest.approx(CASES[name]["y"], abs=2e-5)
    efficacy = colour.luminous_efficacy(GRID, LINES[name], MATCHING)
    assert efficacy == pytest.approx(CASES[name]["K_lm_per_W"], rel=2e-4)


def test_agrees_with_colour_science() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = pytest.importorskip("colour")
        functions = oracle.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
        nanometre = np.asarray(functions.wavelengths)
        for peak, width in ((460, 20), (530, 35), (645, 38)):
            power = np.exp(-4 * np.log(2) * ((nanometre - peak) / width) ** 2)
            spectrum = oracle.SpectralDistribution(dict(zip(nanometre, power, strict=True)))
            expected = oracle.XYZ_to_xy(oracle.sd_to_XYZ(spectrum, functions, method="Integration"))
            uniform = oracle.xy_to_Luv_uv(expected)
            x, y = colour.chromaticity(colour.tristimulus(nanometre * 1e-9, power, MATCHING))
            np.testing.assert_allclose((x, y), expected, atol=1e-4)
            np.testing.assert_allclose(colour.uniform_chromaticity(x, y), uniform, atol=1e-4)
    for name in "xyz":
        column = np.asarray(functions.values)[:, "xyz".index(name)]
        np.testing.assert_allclose(getattr(MATCHING, name), column, rtol=1e-12)


def test_photometric_unit() -> None:
    # One watt at 555 nm is 683 lm.
    narrow = np.exp(-4 * np.log(2) * ((GRID - 555e-9) / 1e-9) ** 2)
    assert colour.luminous_efficacy(GRID, narrow, MATCHING) == pytest.approx(683.0, rel=2e-3)


def test_gaussian_line_has_its_width() -> None:
    power = colour.power_of_photons(GRID, colour.gaussian_line(GRID, 645e-9, 38e-9))
    above = GRID[power >= 0.5 * power.max()]
    assert GRID[np.argmax(power)] == pytest.approx(645e-9, abs=0.1e-9)
    assert above[-1] - above[0] == pytest.approx(38e-9, rel=0.01)


def test_dominant_wavelength_of_a_spectral_colour() -> None:
    for peak in (480e-9, 530e-9, 600e-9, 640e-9):
        narrow = np.exp(-4 * np.log(2) * ((GRID - peak) / 0.5e-9) ** 2)
        x, y = colour.chromaticity(colour.tristimulus(GRID, narrow, MATCHING))
        assert colour.dominant_wavelength(float(x), float(y), MATCHING) == pytest.approx(peak, abs=0.3e-9)


def test_purple_and_white_have_no_dominant_wavelength() -> None:
    assert np.isnan(colour.dominant_wavelength(0.3, 0.1, MATCHING))
    assert np.isnan(colour.dominant_wavelength(1 / 3, 1 / 3, MATCHING))


def test_darkness_has_no_colour() -> None:
    x, y = colour.chromaticity(colour.tristimulus(GRID, np.zeros((2, GRID.size)), MATCHING))
    assert np.isnan(x).all()
    assert np.isnan(y).all()
