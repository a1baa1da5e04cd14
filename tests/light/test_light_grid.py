"""Wavelengths and positions follow the emitter: truths are fine grids and integrals by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from light_stacks import device_solution, layer, observer

from halodot.errors import ValidityError
from halodot.light import dipole_emission, emit, resolved, slices, window
from halodot.light.accuracy import position_error, spectral_error
from halodot.light.colour import gaussian_line
from halodot.light.emission import line_of
from halodot.light.grid import resolving
from halodot.states import Emitter, Layer, Stack, replaced

USUAL = np.linspace(560e-9, 760e-9, 101)


def emitter(peak: float, width: float) -> Emitter:
    grid = np.linspace(peak - 5.0 * width, peak + 5.0 * width, 1201)
    return Emitter(grid, gaussian_line(grid, peak, width), 1e8, 1e7)


def shining(peak: float, width: float, *layers: Layer) -> Stack:
    films = layers or (
        layer("glass", 1.5, math.inf, "substrate"),
        layer("ITO", 1.8 + 0.003j, 150e-9),
        layer("spacer", 1.7, 30e-9),
        layer("dots", 1.85, 30e-9, "emitter"),
        layer("transport", 1.7, 40e-9),
        layer("metal", 1.2 + 7j, 100e-9),
    )
    return Stack(layers=films, emitter=emitter(peak, width))


def light(stack: Stack, wavelength: np.ndarray) -> tuple[float, float]:
    """Luminance and line width from the optics at some wavelengths."""
    assert stack.emitter is not None
    optics = resolved(stack, wavelength, np.array([5e-9, 15e-9, 25e-9]), 0.005)
    shone = emit(stack, optics, device_solution(optics, np.ones((1, 3))), observer())
    return float(shone.luminance[0]), float(shone.el_fwhm[0])


@settings(max_examples=6, deadline=None)
@given(peak=st.floats(600e-9, 690e-9), width=st.floats(4e-9, 30e-9), step=st.floats(5e-9, 40e-9))
def test_any_stated_grid_gives_the_light_of_a_fine_one(peak: float, width: float, step: float) -> None:
    stack = shining(peak, width)
    coarse = np.arange(peak - 80e-9, peak + 80e-9 + step, step)
    fine = np.arange(peak - 5.0 * width, peak + 5.0 * width, width / 20.0)
    found, truth = light(stack, coarse), light(stack, fine)
    assert found[0] == pytest.approx(truth[0], rel=2e-3)
    assert found[1] == pytest.approx(truth[1], rel=6e-3)
    # The stated wavelengths are among those that are solved.
    assert set(coarse) <= set(resolving(emitter(peak, width), coarse))


def test_the_usual_grid_stays_as_it_is_for_a_usual_line() -> None:
    for width in (20e-9, 38e-9, 60e-9):
        np.testing.assert_array_equal(resolving(emitter(645e-9, width), USUAL), USUAL)
        stack = shining(650e-9, width)
        if width < 50e-9:
            np.testing.assert_array_equal(window(stack, USUAL), USUAL)


@settings(max_examples=40, deadline=None)
@given(peak=st.floats(400e-9, 1000e-9), width=st.floats(8e-9, 80e-9))
def test_the_window_holds_any_line_that_the_tables_know(peak: float, width: float) -> None:
    found = window(shining(peak, width), USUAL)
    grid = emitter(peak, width)
    below = np.cumsum(grid.spectrum) / grid.spectrum.sum()
    seen = np.interp(found[[0, -1]], grid.wavelength, below)
    assert seen[1] - seen[0] > 0.99
    assert found.size == 101


def known(low: float, high: float) -> Layer:
    short = layer("short", 1.7, 50e-9)
    return replaced(short, optics=replaced(short.optics, table_wavelength=np.array([low, high])))


def test_the_window_ends_with_the_tables_or_names_the_one_that_is_too_short() -> None:
    films = shining(450e-9, 20e-9).layers
    stack = shining(450e-9, 20e-9, *films[:2], known(425e-9, 600e-9), *films[2:])
    found = window(stack, USUAL)
    assert found[0] == 425e-9
    assert found[-1] < 600e-9
    short = shining(450e-9, 20e-9, *films[:2], known(445e-9, 600e-9), *films[2:])
    with pytest.raises(ValidityError, match=r"n,k table of short \(445-600 nm\)"):
        window(short, USUAL)


def test_fringes_of_a_thick_film_ask_for_more_wavelengths_and_are_named() -> None:
    glass, _, spacer, dots, *_ = shining(645e-9, 76e-9).layers
    stack = shining(645e-9, 76e-9, glass, layer("planariser", 2.4, 4e-6), spacer, dots)
    assert stack.emitter is not None
    coarse, position = np.linspace(560e-9, 730e-9, 16), np.array([15e-9])
    np.testing.assert_array_equal(resolving(stack.emitter, coarse)[[0, -1]], coarse[[0, -1]])
    found = resolved(stack, coarse, position, 5e-4)
    assert found.wavelength.size > resolving(stack.emitter, coarse).size
    fine = dipole_emission(stack, np.linspace(560e-9, 730e-9, 101), position)
    np.testing.assert_allclose(found.outcoupling, fine.outcoupling, rtol=1e-3)
    assert any(note.kind == "missing physics" and "planariser" in note.text for note in found.notes)
    assert not any(
        "planariser" in note.text for note in dipole_emission(shining(645e-9, 38e-9), coarse, position).notes
    )


def test_the_estimate_by_wavelength_is_the_error() -> None:
    stack = shining(645e-9, 38e-9)
    assert stack.emitter is not None
    position = np.array([15e-9])
    coarse, fine = (dipole_emission(stack, np.linspace(570e-9, 720e-9, count), position) for count in (11, 151))
    error = abs(float(coarse.outcoupling[0] / fine.outcoupling[0]) - 1.0)
    assert spectral_error(stack.emitter, fine) < 1e-4
    assert error < 3.0 * spectral_error(stack.emitter, coarse) + 1e-4


@pytest.mark.parametrize("decay", [3e-9, 8e-9, 20e-9])
@pytest.mark.parametrize("count", [5, 11, 21])
def test_the_estimate_by_position_is_the_error_of_the_slices(decay: float, count: int) -> None:
    thickness = 30e-9
    edges = np.linspace(0.0, thickness, count + 1)
    decays = np.exp(-edges[:-1] / decay) - np.exp(-edges[1:] / decay)
    centre = 0.5 * (edges[1:] + edges[:-1])
    light = 1.0 + np.sin(centre / 12e-9)
    node, weight = np.polynomial.legendre.leggauss(200)
    fine = 0.5 * thickness * (node + 1.0)
    density = np.exp(-fine / decay) / decay * 0.5 * thickness * weight
    truth = float(density @ (1.0 + np.sin(fine / 12e-9)))
    error = abs(float(decays @ light) / truth - 1.0)
    found = float(position_error(decays[np.newaxis], light)[0])
    assert found == pytest.approx(error, rel=0.5, abs=2e-4)


def test_a_thick_emitting_layer_gets_more_positions_unless_they_are_stated() -> None:
    assert [slices(depth, None) for depth in (10e-9, 30e-9, 33e-9, 90e-9, 1e-5)] == [11, 11, 11, 30, 201]
    assert slices(90e-9, 7) == 7


def test_too_few_positions_are_noted() -> None:
    stack = shining(645e-9, 38e-9)
    notes = []
    for count in (3, 21):
        position = 30e-9 * (np.arange(count) + 0.5) / count
        optics = dipole_emission(stack, USUAL, position)
        made = np.exp(-position / 4e-9)[np.newaxis] / count
        shone = emit(stack, optics, device_solution(optics, made), observer(), 0.001)
        assert shone.luminance_error.shape == (1,)
        notes.append([note for note in shone.notes if note.where == "run.positions"])
    assert notes[0]
    assert notes[0][0].kind == "accuracy"
    assert not notes[1]


def test_a_line_is_as_wide_as_it_was_made() -> None:
    grid = resolving(emitter(645e-9, 18e-9), np.arange(500e-9, 801e-9, 20e-9))
    _, width = line_of(grid, gaussian_line(grid, 645e-9, 18e-9))
    assert float(width) == pytest.approx(18e-9, rel=4e-3)
