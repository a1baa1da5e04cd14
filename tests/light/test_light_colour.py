"""Colour and photometry against colour-science and published lines."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
from light_stacks import REFERENCE, observer

from halodot.light import colour

MATCHING = observer()
GRID = np.linspace(400e-9, 830e-9, 4301)
CASES = {case["case"]: case for case in json.loads((REFERENCE / "colour_reference.json").read_text(encoding="utf-8"))}
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


@pytest.mark.parametrize(
    ("name", "point", "efficacy"),
    [("gaussE 645/38", (0.7106, 0.2894), 107.7), ("gauss 645/38", (0.7087, 0.2912), 113.1)],
)
def test_published_values_of_lines_at_645_nm(name: str, point: tuple[float, float], efficacy: float) -> None:
    found = colour.chromaticity(colour.tristimulus(GRID, LINES[name], MATCHING))
    np.testing.assert_allclose(found, point, atol=1e-4)
    assert colour.luminous_efficacy(GRID, LINES[name], MATCHING) == pytest.approx(efficacy, abs=0.06)


def test_illuminant_a() -> None:
    """Chromaticity of the CIE's standard illuminant A, defined by Planck's law at 2848 K with c_2 = 1.435e-2 m K."""
    wavelength = observer().wavelength
    power = wavelength**-5 / np.expm1(1.435e-2 / (2848.0 * wavelength))
    x, y = colour.chromaticity(colour.tristimulus(wavelength, power, observer()))
    np.testing.assert_allclose([x, y], [0.44758, 0.40745], atol=2e-5)


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


def oracle() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("colour")


def test_efficacy_and_dominant_wavelength_agree_with_colour_science() -> None:
    science = oracle()
    nanometre = np.arange(400.0, 800.0)
    white = np.array(colour.WHITE)
    for peak, width in ((470, 20), (500, 25), (590, 15), (645, 38), (651, 45)):
        power = np.exp(-4 * np.log(2) * ((nanometre - peak) / width) ** 2)
        spectrum = science.SpectralDistribution(dict(zip(nanometre, power, strict=True)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            functions = science.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
            expected = science.luminous_efficacy(spectrum) * colour.LUMENS_PER_WATT / 683.0
            point = science.XYZ_to_xy(science.sd_to_XYZ(spectrum, functions, method="Integration"))
            _, on_the_locus, _ = science.dominant_wavelength(point, white, functions)
        efficacy = colour.luminous_efficacy(nanometre * 1e-9, power, MATCHING)
        assert efficacy == pytest.approx(float(expected), rel=1e-4)
        x, y = colour.chromaticity(colour.tristimulus(nanometre * 1e-9, power, MATCHING))
        dominant = colour.dominant_wavelength(float(x), float(y), MATCHING)
        total = MATCHING.x + MATCHING.y + MATCHING.z
        locus = [np.interp(dominant, MATCHING.wavelength, values / total) for values in (MATCHING.x, MATCHING.y)]
        np.testing.assert_allclose(locus, on_the_locus, atol=1e-4)


def test_primaries_are_those_of_the_standard() -> None:
    science = oracle()
    np.testing.assert_array_equal(science.RGB_COLOURSPACES["ITU-R BT.2020"].primaries, colour.REC_2020)


def counted_coverage(x: float, y: float, count: int = 1200) -> float:
    """Share of the points of the standard's triangle that also lie in the other one, by counting."""
    red, green, blue = np.array(colour.REC_2020)
    one, two = np.meshgrid((np.arange(count) + 0.5) / count, (np.arange(count) + 0.5) / count)
    low = one + two < 1.0
    one, two = one[low], two[low]
    points = red + one[:, np.newaxis] * (green - red) + two[:, np.newaxis] * (blue - red)
    sides = np.stack([(x, y) - green, blue - green], axis=1)
    weights = np.linalg.solve(sides, (points - green).T)
    return float(np.mean(np.all(weights >= 0.0, axis=0) & (weights.sum(axis=0) <= 1.0)))


@pytest.mark.parametrize(
    "red", [(0.7106, 0.2894), (0.7087, 0.2912), (0.68, 0.32), (0.64, 0.33), (0.72, 0.20), (0.6, 0.4)]
)
def test_rec_2020_coverage_is_the_overlap_of_the_triangles(red: tuple[float, float]) -> None:
    assert colour.rec_2020_coverage(*red) == pytest.approx(counted_coverage(*red), abs=2e-3)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_rec_2020_coverage_where_it_is_known(share: float) -> None:
    # A red on the way from the primary to the middle of the opposite side: the triangle's height shrinks by the share.
    primary, green, blue = np.array(colour.REC_2020)
    x, y = primary + share * (0.5 * (green + blue) - primary)
    assert colour.rec_2020_coverage(x, y) == pytest.approx(1.0 - share, abs=1e-12)


def test_rec_2020_coverage_outside_and_of_nothing() -> None:
    assert colour.rec_2020_coverage(0.08, 0.4) == 0.0
    assert np.isnan(colour.rec_2020_coverage(np.nan, np.nan))


def test_uniform_chromaticity_is_that_of_the_standard() -> None:
    u, v = colour.uniform_chromaticity(np.array((0.7106, 0.708)), np.array((0.2894, 0.292)))
    science = oracle()
    for k, point in enumerate(((0.7106, 0.2894), (0.708, 0.292))):
        np.testing.assert_allclose((u[k], v[k]), science.xy_to_Luv_uv(np.array(point)), atol=1e-12)


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
