"""X-ray diffraction: sizes, lattice constants and reflections of known patterns come back."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("readers", "measure")]

from instrument_files import real
from measure_samples import build_flask

import halodot
from halodot import lab, measure
from halodot.errors import DataError
from halodot.lab.fitting import Fitted
from halodot.lab.methods._xrd_fit import within
from halodot.lab.methods._xrd_profiles import CubeLine, PseudoVoigt, Resolution, cube_constant, voigt_parts, voigt_width
from halodot.lab.methods._xrd_structures import STRUCTURES, sticks
from halodot.lab.simulated import measurement
from halodot.measure.diffraction import CELL

K1, K2 = 0.1540593e-9, 0.1544414e-9
INSTRUMENT = math.radians(0.06)
KNOWN = lab.XrdSettings(instrument_width=INSTRUMENT)


def pattern(angle: np.ndarray, counts: np.ndarray):
    lines = {"x_ray_wavelength": K1, "x_ray_wavelength_2": K2, "x_ray_line_ratio": 0.5}
    return recording("x_ray_diffraction", {"two_theta": angle}, {"counts": counts}, **lines)


def cubes(edge: float, peak: float, cell: float = 0.624e-9, seed: int | None = None, last: float = 36.0):
    """Return (100), (110), (111), (200) of cubes from the overlap of a cube with itself, by numerical integration."""
    angle = np.radians(np.arange(10.0, last, 0.03))
    counts = np.zeros(angle.size)
    for planes, strength in (((1, 0, 0), 0.35), ((1, 1, 0), 0.4), ((1, 1, 1), 0.1), ((2, 0, 0), 1.0)):
        norm = math.sqrt(sum(index**2 for index in planes))
        along = np.array(planes) / norm
        columns = np.linspace(0.0, edge / along.max(), 300)
        overlap = np.prod([np.clip(edge - columns * part, 0.0, None) for part in along], axis=0)
        for wavelength, share in ((K1, 2.0), (K2, 1.0)):
            away = 2.0 * np.sin(0.5 * angle) / wavelength - norm / cell
            line = np.cos(2.0 * math.pi * away[:, None] * columns) @ overlap / edge**4
            factor = (1.0 + np.cos(angle) ** 2) / np.sin(0.5 * angle) ** 2
            counts += strength * share * line * factor
    sigma = INSTRUMENT / 2.3548 / math.radians(0.03)
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    counts = np.convolve(np.pad(counts, 6, mode="edge"), kernel / kernel.sum(), mode="valid")
    counts = peak * counts / counts.max() + 100.0
    return pattern(angle, np.random.default_rng(seed).poisson(counts).astype(float) if seed is not None else counts)


def test_scherrer_constants_of_cubes_are_those_of_langford_and_wilson() -> None:
    # Journal of Applied Crystallography 11 (1978) 102, table 2
    assert cube_constant((1, 0, 0)) == pytest.approx(0.8859, abs=2e-4)
    assert cube_constant((1, 1, 0)) == pytest.approx(0.8340, abs=2e-4)
    assert cube_constant((1, 1, 1)) == pytest.approx(0.8551, abs=2e-4)


def test_line_of_equal_cubes_is_that_of_a_grating() -> None:
    away = np.linspace(-3.0, 3.0, 601)
    line = CubeLine(Resolution()).line(0.885893, 0.0)(away)[0]
    assert line == pytest.approx(np.sinc(away) ** 2, abs=2e-3)


@pytest.mark.parametrize("profile", [PseudoVoigt(), CubeLine(Resolution(0.2, 0.1), (1.0, 1.0, 0.0))])
def test_derivatives_of_lines_are_those_of_differences(profile: PseudoVoigt | CubeLine) -> None:
    away, width, shape, step = np.linspace(-3.0, 3.0, 301), 0.9, 0.03, 1e-2
    line, by_place, by_width, by_shape = profile.line(width, shape)(away)
    top = line.max()

    def at(moved: float = 0.0, wider: float = 0.0, reshaped: float = 0.0) -> np.ndarray:
        return profile.line(width * math.exp(wider), shape + reshaped)(away + moved)[0]

    differences = (
        (at(moved=step) - at(moved=-step), by_place),
        (at(wider=step) - at(wider=-step), by_width),
        (10.0 * (at(reshaped=0.1 * step) - at(reshaped=-0.1 * step)), by_shape),
    )
    for difference, slope in differences:
        assert difference / (2.0 * step) == pytest.approx(slope, abs=5e-3 * top)


def test_voigt_parts_and_width_are_inverse() -> None:
    for share in (0.0, 0.3, 0.8, 1.0):
        assert voigt_width(*voigt_parts(2.0, share)) == pytest.approx((2.0, share), abs=2e-3)


@pytest.mark.parametrize("limits", [(0.0, 0.4), (0.0, math.inf), (-9.0, 9.0), (0.0, 0.3), (0.3 - 1e-9, 0.3 + 1e-9)])
def test_numbers_of_a_fit_within_limits_have_the_moments_of_a_cut_normal_distribution(limits) -> None:
    mean, covariance = np.array([2.0, 0.3]), np.array([[0.5, -0.3], [-0.3, 0.4]])
    found = within(Fitted(mean, covariance, np.zeros(1), np.zeros(1)), 1, limits)
    sigma = math.sqrt(covariance[1, 1])
    inside = np.linspace(max(limits[0], mean[1] - 9.0 * sigma), min(limits[1], mean[1] + 9.0 * sigma), 20_001)
    density = np.exp(-0.5 * ((inside - mean[1]) / sigma) ** 2)
    density /= np.trapezoid(density, inside)
    first = mean[0] + covariance[0, 1] / covariance[1, 1] * (inside - mean[1])  # mean of the first, given the second
    left = covariance[0, 0] - covariance[0, 1] ** 2 / covariance[1, 1]

    def average(values: np.ndarray) -> float:
        return float(np.trapezoid(values * density, inside))

    centre = np.array([average(first), average(inside)])
    products = [[(first - centre[0]) ** 2, (first - centre[0]) * (inside - centre[1])]]
    products += [[products[0][1], (inside - centre[1]) ** 2]]
    expected = np.array([[average(one) for one in row] for row in products]) + np.array([[left, 0.0], [0.0, 0.0]])
    assert found.values == pytest.approx(centre, abs=1e-6)
    assert found.covariance == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("edge", [5e-9, 12e-9, 25e-9])
def test_edge_of_cubes_comes_back(edge: float) -> None:
    found = lab.xrd(cubes(edge, 3000.0, seed=1), KNOWN)
    size = found.finding("crystallite_size")
    assert size.value == pytest.approx(edge, rel=0.06)
    assert abs(size.value - edge) < 2.5 * size.uncertainty
    cell = found.finding("lattice_constant")
    assert abs(cell.value - 0.624e-9) < 2.5 * cell.uncertainty
    assert not found.warnings


def test_gaussian_line_gives_the_size_of_scherrer() -> None:
    angle = np.radians(np.arange(20.0, 36.0, 0.02))
    own = 0.8859 * K1 / (20e-9 * math.cos(math.radians(14.0)))
    width = math.hypot(own, INSTRUMENT)
    counts = 50.0 + 2e4 * np.exp(-4.0 * math.log(2.0) * ((angle - math.radians(28.0)) / width) ** 2)
    data = recording("x_ray_diffraction", {"two_theta": angle}, {"counts": counts}, x_ray_wavelength=K1)
    chosen = lab.XrdSettings(instrument_width=INSTRUMENT, lines="single", shape="any")
    found = lab.xrd(data, chosen)
    assert found.finding("crystallite_size").value == pytest.approx(20e-9, rel=0.02)
    assert found.finding("reflection_angle").value == pytest.approx(math.radians(28.0), abs=math.radians(0.01))


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = cubes(8e-9, 1000.0, seed=3)
    found = lab.xrd(data)
    again = lab.xrd(data, lab.chosen(lab.XrdSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_phase_of_simulated_dots_is_found_and_not_claimed_without_counts() -> None:
    for phase, other in (("cubic", "gamma"), ("tilted", "cubic")):
        dots = build_flask(10 * CELL)
        clear = lab.xrd(measurement(measure.xrd(dots, phase=phase, peak_counts=3000.0, seed=2)))
        ratio = next(item for item in clear.findings if item.name == "phase_log_likelihood_ratio")
        assert ratio.of == ("cubic over gamma" if phase == "cubic" else f"gamma over {other}")
        assert ratio.value > math.log(100.0)
    faint = measure.xrd(build_flask(8 * CELL), peak_counts=150.0, background_counts=600.0, seed=2)
    notes = lab.xrd(measurement(faint), lab.XrdSettings(phases="compared")).notes
    assert any("does not decide between" in note and "gamma" in note and "cubic" in note for note in notes)


@pytest.mark.parametrize("cells", [8, 14])
def test_dots_of_the_debye_equation_give_their_edge_and_cell(cells: int) -> None:
    found = lab.xrd(measurement(measure.xrd(build_flask(cells * CELL), seed=1)), KNOWN)
    size = found.finding("crystallite_size")
    # planes of Cs bound the cube, planes of Pb lie inside: its edge is only known to half a cell
    assert size.value == pytest.approx(cells * CELL, abs=0.5 * CELL + 2.0 * size.uncertainty)
    assert found.finding("lattice_constant").value == pytest.approx(CELL, rel=3e-3)


def test_structures_reflect_where_they_are_known_to() -> None:
    # the first lines: 14.1 of the cubic, 14.2 of the gamma, 9.8 of the yellow phase, 12.7 of PbI2, 27.6 of CsI
    places = {
        name: [2.0 * math.degrees(math.asin(0.5 * K1 * one)) for one in sticks(item, 7e9).reciprocal]
        for name, item in STRUCTURES.items()
    }
    assert {name: min(found) for name, found in places.items()} == pytest.approx(
        {"cubic": 14.07, "gamma": 14.19, "delta": 9.83, "PbI2": 12.67, "CsI": 27.59}, abs=0.05
    )


@pytest.mark.parametrize("kind", ["flat", "noise", "hump", "few", "zero", "negative"])
def test_pattern_without_reflections_is_refused(kind: str) -> None:
    angle = np.radians(np.arange(10.0, 60.0, 0.05))
    generator = np.random.default_rng(5)
    hump = 200.0 + 400.0 * np.exp(-0.5 * ((np.degrees(angle) - 25.0) / 5.0) ** 2)
    counts = {
        "flat": np.full(angle.size, 50.0),
        "noise": generator.poisson(50.0, angle.size).astype(float),
        "hump": generator.poisson(hump).astype(float),
        "few": np.arange(angle.size, dtype=float),
        "zero": np.zeros(angle.size),
        "negative": -np.ones(angle.size),
    }[kind]
    keep = slice(0, 8) if kind == "few" else slice(None)
    with pytest.raises(DataError):
        lab.xrd(pattern(angle[keep], counts[keep]))


def test_the_same_scan_in_two_formats_gives_the_same() -> None:
    strong = []
    for name in ("BT86.raw", "BT86_.UXD"):
        rows = lab.xrd(halodot.read(real(f"xrd_bruker/{name}"))).tables["reflections"]
        pairs = zip(rows["2 theta (degree)"], rows["relative area (%)"])
        strong.append([angle for angle, area in pairs if area > 10.0])
    # the UXD states the step to five figures
    assert strong[0] == pytest.approx(strong[1], abs=0.02)


def test_titanium_dioxide_is_rutile() -> None:
    # Swope, Smyth and Larson, American Mineralogist 80 (1995) 448: a 0.4593 nm, c 0.2959 nm
    chosen = lab.XrdSettings(cell="tetragonal", lattice=(0.46e-9, 0.296e-9), correction="displacement")
    found = lab.xrd(halodot.read(real("xrd_bruker/TiO2.raw")), chosen)
    for name, length in (("a", 0.4593e-9), ("c", 0.2959e-9)):
        constant = found.finding("lattice_constant", name)
        assert constant.value == pytest.approx(length, rel=1e-3)
        assert constant.uncertainty < 3e-4 * length
    assert found.finding("reflection_angle", "(110)").value == pytest.approx(
        math.radians(27.45), abs=math.radians(0.05)
    )
    assert any(item.of == "K beta of 27.44 degrees" for item in found.findings)
    assert found.finding("crystallite_size").bound == "at least"
