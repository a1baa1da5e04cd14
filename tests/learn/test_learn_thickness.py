"""The best thicknesses, against closed forms, the plain optics and the device's own numbers."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.chain.simulate import simulate
from halodot.errors import InputError
from halodot.learn import BestThickness, best_thickness
from halodot.learn.emission_zone import (
    EmissionZone,
    Measure,
    emission_zone,
    measure_and_gradient,
    measure_of,
    with_thicknesses,
)
from halodot.learn.maxima import FLAT, Objective, maximise, quasi_random_points
from halodot.light import dipole_emission
from halodot.light.gradients import outcoupling_gradient
from halodot.states import Array, Emitter, Layer, Stack, make_layer, replaced

TABLE = ("table_wavelength", "table_index", "table_extinction")


@pytest.fixture(scope="module")
def paper() -> Result:
    study = halodot.load("paper-0.2")
    return simulate(replaced(study, run=replaced(study.run, voltages=np.array([0.0, 2.0, 3.0, 4.0]))))


@pytest.fixture(scope="module")
def best(paper: Result) -> BestThickness:
    return best_thickness(paper, ["PO-T2T", "PTAA"], starts=2, map_points=4)


def light_at(paper: Result, best: BestThickness, thickness: Array) -> float:
    zone = emission_zone(paper, best.voltage)
    numbers = tuple([layer.name for layer in zone.stack.layers].index(name) for name in best.layers)
    stack = with_thicknesses(zone.stack, numbers, thickness)
    optics = dipole_emission(stack, zone.wavelength, zone.relative_height * stack.layers[zone.emitter].thickness)
    return measure_of(zone, stack, optics, best.measure)


@pytest.mark.parametrize("measure", ["outcoupling", "eqe", "luminance"])
def test_the_zone_gives_back_the_devices_own_numbers(paper: Result, measure: Measure) -> None:
    assert paper.emission is not None
    point = 2
    zone = emission_zone(paper, 3.0)
    assert zone.voltage == 3.0
    heights = zone.relative_height * zone.stack.layers[zone.emitter].thickness
    value = measure_of(zone, zone.stack, dipole_emission(zone.stack, zone.wavelength, heights), measure)
    # The zone's 25 wavelengths stand for the study's 101, with the light of dots beside PTAA and a line of 38 nm.
    assert value == pytest.approx(getattr(paper.emission, measure)[point], rel=1e-3)


@pytest.mark.parametrize("measure", ["outcoupling", "eqe", "luminance"])
def test_slopes_are_the_differences_of_the_values(paper: Result, measure: Measure) -> None:
    zone = emission_zone(paper, None)
    thickness = np.array([layer.thickness for layer in zone.stack.layers])

    def value(number: int, step: float) -> float:
        stack = with_thicknesses(zone.stack, (number,), thickness[[number]] + step)
        optics = dipole_emission(stack, zone.wavelength, zone.relative_height * stack.layers[zone.emitter].thickness)
        return measure_of(zone, stack, optics, measure)

    gradient = outcoupling_gradient(zone.stack, zone.wavelength, zone.relative_height * thickness[zone.emitter])
    _, slopes = measure_and_gradient(zone, zone.stack, gradient, measure)
    for number in (1, zone.emitter, 6):
        wide, narrow = ((value(number, h) - value(number, -h)) / (2.0 * h) for h in (4e-10, 2e-10))
        assert slopes[number] == pytest.approx((4.0 * narrow - wide) / 3.0, rel=1e-5)


def test_a_mirror_is_best_a_quarter_wave_away() -> None:
    # Forward light of a dipole before a mirror r: |1 + r exp(2 i n k h)|^2 is largest where the phases add up to 2 pi.
    wavelength, index, metal = 645e-9, 1.5, 0.02 + 20.0j

    def layer(name: str, value: complex, thickness: float, role: str = "transport") -> Layer:
        constant = np.full(2, complex(value).real), np.full(2, complex(value).imag)
        grid = np.array([4e-7, 9e-7])
        return make_layer(name, name, thickness, role, **dict(zip(TABLE, (grid, *constant), strict=True)))

    spectrum = Emitter(np.array([640e-9, 645e-9, 650e-9]), np.array([0.0, 1.0, 0.0]), 1e8, 1e7)
    layers = (
        layer("glass", index, math.inf, "substrate"),
        layer("dots", index, 10e-9, "emitter"),
        layer("spacer", index, 70e-9),
        layer("mirror", metal, 200e-9),
    )
    # With a huge loss the decays go with the Purcell factor, so that nothing but the forward power counts.
    one = np.ones(1)
    zone = EmissionZone(
        Stack(layers=layers, emitter=spectrum), 1, 3.0, 0.5 * one, wavelength * one, one, one, 1e9 * one, 1.0
    )
    top, _ = maximise(Objective(zone, (2,), np.array([70e-9]), "luminance"), np.ones(1), np.array([[0.3, 3.0]]))
    phase = cmath.phase((index - metal) / (index + metal)) % (2.0 * math.pi)
    height = (2.0 * math.pi - phase) * wavelength / (4.0 * math.pi * index)
    assert top[0] * 70e-9 + 5e-9 == pytest.approx(height, abs=2e-11)
    assert height == pytest.approx(wavelength / (4.0 * index), rel=0.1)


def test_nothing_near_the_optimum_is_better(paper: Result, best: BestThickness) -> None:
    assert best.value > best.present_value
    assert best.value >= best.map_value.max()
    assert best.value == pytest.approx(light_at(paper, best, best.thickness), rel=1e-7)
    assert best.present_value == pytest.approx(light_at(paper, best, best.present), rel=1e-9)
    for change in ((1.02, 1.0), (0.98, 1.0), (1.0, 1.02), (1.0, 0.98), (1.02, 1.02)):
        assert light_at(paper, best, best.thickness * np.array(change)) < best.value
    assert best.maxima_values[0] == best.value


def test_the_flat_part_ends_where_one_percent_is_lost(paper: Result, best: BestThickness) -> None:
    for k in range(2):
        for side in range(2):
            moved = best.thickness.copy()
            moved[k] = best.flat[k, side]
            if not np.any(np.isclose(best.bounds[k], moved[k], rtol=1e-9)):
                assert light_at(paper, best, moved) == pytest.approx((1.0 - FLAT) * best.value, rel=1e-5)
    np.testing.assert_allclose(best.directions @ best.directions.T, np.eye(2), atol=1e-12)
    assert best.reach[0] < best.reach[1]
    along = best.thickness * np.exp(best.reach[0] * best.directions[0])
    # The curvature speaks for small steps; a tenth of the thickness is not quite one.
    assert 1.0 - light_at(paper, best, along) / best.value == pytest.approx(FLAT, rel=0.3)


def test_the_map_holds_the_plain_optics(paper: Result, best: BestThickness) -> None:
    assert best.map_value.shape == (4, 4)
    corner = np.array([best.map_thickness[0][3], best.map_thickness[1][1]])
    assert best.map_value[3, 1] == pytest.approx(light_at(paper, best, corner), rel=1e-9)


def test_a_bound_that_holds_the_optimum_is_named(paper: Result) -> None:
    found = best_thickness(paper, ["PO-T2T"], {"PO-T2T": (30e-9, 42e-9)}, starts=1, map_points=3)
    assert found.thickness == pytest.approx([42e-9])
    assert found.at_bound.tolist() == [True]
    assert found.flat[0, 1] == pytest.approx(42e-9)
    assert found.map_value.shape == (3, 1)


def test_what_cannot_be_varied_is_refused(paper: Result) -> None:
    for layers, bounds in (
        (["glass"], None),
        (["PTAA", "PTAA"], None),
        ([], None),
        (["PTAA"], {"ITO": (1e-9, 2e-9)}),
        (["PTAA"], {"PTAA": (2e-9, 1e-9)}),
    ):
        with pytest.raises(InputError):
            best_thickness(paper, layers, bounds)
    with pytest.raises(InputError, match="measure"):
        best_thickness(paper, ["PTAA"], measure="brightness")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="emits"):
        best_thickness(halodot.load("recipe-only"), ["PTAA"])


def test_the_starts_fill_the_cube() -> None:
    points = quasi_random_points(64, 3)
    assert points.shape == (64, 3)
    assert np.all((points >= 0.0) & (points < 1.0))
    for column in points.T:
        # Evenly spread points leave no gap of more than a few of their mean distances.
        assert np.max(np.diff(np.sort(column))) < 5.0 / 64


def test_figures_show_both_points(best: BestThickness, paper: Result) -> None:
    one = best_thickness(paper, ["TmPyPB"], starts=0, map_points=3)
    for figure, marks in ((halodot.plot(best), 2), (halodot.plot(one), 2)):
        axes = figure.axes[0]
        assert sum(line.get_linestyle() == "None" for line in axes.get_lines()) == marks
        assert "(nm)" in axes.get_xlabel()
