"""From excitons to photons, luminance and colour."""

from __future__ import annotations

import math

import numpy as np
import pytest
from light_stacks import CENTRES, device_solution, layer, observer, reference_stack, stack
from scipy.integrate import simpson

from halodot.constants import ELEMENTARY_CHARGE
from halodot.errors import ValidityError
from halodot.light import dipole_emission, emit
from halodot.light.emission import line_of
from halodot.light.quadrature import trapezoid
from halodot.states import Emission, Optics, Stack, replaced

SPECTRUM = np.linspace(600e-9, 700e-9, 51)
MATCHING = observer()
DEVICE = reference_stack(1.9)


@pytest.fixture(scope="module")
def optics() -> Optics:
    return dipole_emission(DEVICE, SPECTRUM, CENTRES)


@pytest.fixture(scope="module")
def generation() -> np.ndarray:
    shape = np.stack([np.ones(11), np.exp(-np.arange(11.0)), np.arange(11.0) + 1.0])
    return 1e22 * shape / shape.sum(axis=1, keepdims=True) * np.array([[1.0], [10.0], [100.0]])


@pytest.fixture(scope="module")
def emission(optics: Optics, generation: np.ndarray) -> Emission:
    return emit(DEVICE, optics, device_solution(optics, generation), MATCHING)


def test_photon_budget_closes(emission: Emission) -> None:
    total = emission.air + emission.substrate + emission.guided + emission.back + emission.nonradiative
    np.testing.assert_allclose(total + emission.absorbed.sum(axis=0), 1.0, atol=1e-9)
    assert emission.balance_error < 1e-9


def test_efficiency_is_the_product_of_its_factors(emission: Emission) -> None:
    # 0.8 excitons per electron is how the operation was made.
    np.testing.assert_allclose(emission.eqe, 0.8 * emission.exciton_yield * emission.outcoupling, rtol=1e-12)
    np.testing.assert_allclose(emission.eqe, 0.8 * emission.air, rtol=1e-12)
    assert pytest.approx(100 * emission.eqe[0], abs=0.2) == 0.8 * 23.9


def test_luminance_grows_with_excitons(optics: Optics, generation: np.ndarray, emission: Emission) -> None:
    tenfold = emit(DEVICE, optics, device_solution(optics, 10 * generation), MATCHING)
    np.testing.assert_allclose(tenfold.luminance, 10 * emission.luminance, rtol=1e-12)
    np.testing.assert_allclose(tenfold.cie_x, emission.cie_x, rtol=1e-12)


def test_luminance_follows_from_the_forward_radiance(emission: Emission) -> None:
    # L = K * pi^-1 * photon energy * rate for a Lambertian; eqe_lambertian is its definition turned round.
    x, y = emission.cie_x[0], emission.cie_y[0]
    assert (x, y) == (pytest.approx(0.7106, abs=2e-3), pytest.approx(0.2894, abs=2e-3))
    photons = emission.eqe_lambertian * emission.current_density / ELEMENTARY_CHARGE
    per_photon = emission.luminance * math.pi / photons
    mean_energy = 1.9186 * ELEMENTARY_CHARGE
    np.testing.assert_allclose(per_photon / mean_energy, 107.7, rtol=0.05)
    # A laboratory that infers the efficiency from forward luminance overrates a stack that beams forward.
    assert np.all((emission.eqe_lambertian / emission.eqe > 1.0) & (emission.eqe_lambertian / emission.eqe < 1.2))


def test_efficiencies_in_luminous_units(emission: Emission) -> None:
    np.testing.assert_allclose(emission.current_efficiency, emission.luminance / emission.current_density, rtol=1e-13)
    # About 65.7 cd/A per unit EQE for this line.
    np.testing.assert_allclose(emission.current_efficiency / emission.eqe_lambertian, 65.75, rtol=0.05)
    electrical = emission.current_density * emission.voltage
    assert np.all(emission.luminous_efficacy < math.pi * emission.luminance / electrical * 1.01)


def test_line_shape(emission: Emission) -> None:
    np.testing.assert_allclose(emission.el_peak, 645e-9, atol=3e-9)
    np.testing.assert_allclose(emission.el_fwhm, 38e-9, atol=3e-9)


def test_unconverged_and_dark_points_are_nan(optics: Optics, generation: np.ndarray) -> None:
    made = generation.copy()
    made[1], made[2] = 0.0, np.nan
    current = ELEMENTARY_CHARGE * generation.sum(axis=1)
    current[1] = 0.0
    state = device_solution(optics, made, current_density=current, converged=np.array([True, True, False]))
    light = emit(DEVICE, optics, state, MATCHING)
    assert np.isfinite(light.eqe[0])
    for name in ("eqe", "eqe_lambertian", "current_efficiency", "luminous_efficacy", "cie_x", "air", "el_peak"):
        assert np.isnan(getattr(light, name)[1:]).all(), name
    assert light.luminance[1] == 0.0
    assert np.isnan(light.luminance[2])
    assert np.isnan(light.el[2]).all()
    assert light.balance_error < 1e-9


def test_lambertian_source_agrees_with_itself() -> None:
    # Without index steps half of an isotropic dipole's light goes through the substrate side, evenly in all directions.
    device = stack(
        layer("glass", 1.0, math.inf, "substrate"),
        layer("dots", 1.0, 30e-9, "emitter"),
        layer("air", 1.0, 30e-9),
    )
    optics = dipole_emission(device, SPECTRUM, CENTRES)
    np.testing.assert_allclose(optics.air, 0.5, rtol=1e-9)
    np.testing.assert_allclose(optics.radiance[..., :-1], 0.25 / math.pi, rtol=1e-6)
    light = emit(device, optics, device_solution(optics, np.ones((1, 11))), MATCHING)
    # An even sphere looks half as bright from the front as a Lambertian of the same flux.
    np.testing.assert_allclose(light.eqe_lambertian, 0.5 * light.eqe, rtol=1e-9)


def test_refuses_what_does_not_fit(optics: Optics, generation: np.ndarray) -> None:
    state = device_solution(optics, generation)
    shifted = replaced(state, exciton_position=state.exciton_position + 1e-9)
    with pytest.raises(ValidityError, match="exciton positions"):
        emit(DEVICE, optics, shifted, MATCHING)
    narrow = dipole_emission(DEVICE, SPECTRUM[20:30], CENTRES)
    with pytest.raises(ValidityError, match="miss"):
        emit(DEVICE, narrow, device_solution(narrow, generation), MATCHING)
    silent = Stack(layers=DEVICE.layers)
    with pytest.raises(ValidityError, match="states no emission"):
        emit(silent, optics, state, MATCHING)


def test_line_of_a_gaussian() -> None:
    grid = np.linspace(600e-9, 700e-9, 101)
    peak, fwhm = line_of(grid, np.exp(-4 * np.log(2) * ((grid - 648.3e-9) / 30e-9) ** 2)[np.newaxis])
    assert peak[0] == pytest.approx(648.3e-9, abs=0.01e-9)
    assert fwhm[0] == pytest.approx(30e-9, rel=1e-3)
    falling, _ = line_of(grid, np.exp(-grid / 30e-9))
    assert np.isnan(falling)


def with_index(index: float) -> Stack:
    layers = (
        replaced(layer, optics=replaced(layer.optics, table_index=np.full(layer.optics.table_index.size, index)))
        if layer.role == "emitter"
        else layer
        for layer in DEVICE.layers
    )
    return replaced(DEVICE, layers=tuple(layers))


def test_far_field_begins_with_the_forward_light(emission: Emission) -> None:
    np.testing.assert_allclose(emission.angular_luminance[:, 0], emission.luminance, rtol=1e-12)
    np.testing.assert_allclose(emission.angular_u[:, 0], emission.cie_u, rtol=1e-12)
    np.testing.assert_allclose(emission.angular_v[:, 0], emission.cie_v, rtol=1e-12)
    assert emission.radiance_angle[0] == 0.0


def test_luminance_over_all_angles_is_the_luminous_exitance(emission: Emission) -> None:
    theta = emission.radiance_angle
    exitance = simpson(2 * np.pi * emission.angular_luminance * np.cos(theta) * np.sin(theta), x=theta, axis=1)
    expected = emission.luminous_efficacy * emission.current_density * emission.voltage
    np.testing.assert_allclose(exitance, expected, rtol=1e-3)
    np.testing.assert_allclose(emission.lambertian_factor, np.pi * emission.luminance / expected, rtol=1e-12)


@pytest.mark.parametrize(("index", "expected"), [(2.0, 1.06), (1.75, 1.13)])
def test_thin_films_of_dots_shine_forward(index: float, expected: float) -> None:
    device = with_index(index)
    optics = dipole_emission(device, SPECTRUM, CENTRES)
    found = emit(device, optics, device_solution(optics, np.full((1, 11), 1e21)), MATCHING)
    # The published factor counts photons; luminance counts the line's blue side, where the films shine less forward.
    assert found.eqe_lambertian[0] / found.eqe[0] == pytest.approx(expected, abs=0.015)
    assert 1.0 < found.lambertian_factor[0] < expected


def test_a_lambertian_source_is_one(optics: Optics, generation: np.ndarray) -> None:
    even = optics.air[:, :, np.newaxis] * np.cos(optics.radiance_angle) / np.pi
    found = emit(DEVICE, replaced(optics, radiance=even), device_solution(optics, generation), MATCHING)
    np.testing.assert_allclose(found.lambertian_factor, 1.0, rtol=1e-12)
    below_grazing = found.angular_luminance[:, :-1] / found.luminance[:, np.newaxis]
    np.testing.assert_allclose(below_grazing, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.angular_u / found.cie_u[:, np.newaxis], 1.0, rtol=1e-12)


def test_colour_of_the_paper_s_line(emission: Emission) -> None:
    assert emission.rec_2020 == pytest.approx(1.0, abs=2e-3)
    assert np.all((emission.dominant_wavelength > 625e-9) & (emission.dominant_wavelength < 645e-9))


def test_far_field_is_nan_where_nothing_was_solved(optics: Optics, generation: np.ndarray) -> None:
    dark = device_solution(optics, generation, converged=np.array([True, False, True]))
    found = emit(DEVICE, optics, dark, MATCHING)
    for name in ("angular_luminance", "angular_u", "angular_v", "cie_u", "cie_v", "dominant_wavelength", "rec_2020"):
        values = getattr(found, name)
        assert np.isnan(values[1]).all(), name
        assert np.isfinite(values[[0, 2]]).all(), name


def absorbing(extinction: float) -> Stack:
    """The reference device whose dots absorb their own light."""
    layers = list(DEVICE.layers)
    layers[4] = layer("QD", 1.9 + 1j * extinction, 30e-9, "emitter")
    return replaced(DEVICE, layers=tuple(layers))


@pytest.mark.parametrize("extinction", [0.0, 1e-3, 0.1])
def test_recycled_photons_keep_the_books(extinction: float, generation: np.ndarray) -> None:
    device = absorbing(extinction)
    optics = dipole_emission(device, SPECTRUM, CENTRES)
    found = emit(device, optics, device_solution(optics, generation), MATCHING)
    total = found.air + found.substrate + found.guided + found.back + found.nonradiative + found.absorbed.sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-8)
    np.testing.assert_array_equal(found.absorbed[4], 0.0)


def test_recycling_is_a_geometric_series(generation: np.ndarray) -> None:
    device = absorbing(0.05)
    optics = dipole_emission(device, SPECTRUM, CENTRES)
    state = device_solution(optics, generation)
    found = emit(device, optics, state, MATCHING)
    line = np.interp(SPECTRUM, device.emitter.wavelength, device.emitter.spectrum)
    weight = line * trapezoid(SPECTRUM)
    own = weight @ (optics.absorbed[4] + optics.guided_absorbed[4]) / (weight @ optics.power)
    air = weight @ optics.air / (weight @ optics.power)
    made = generation.sum(axis=1)
    once, again = state.radiative_decay @ air / made, state.radiative_decay @ own / made
    assert np.all(again > 0.03)
    np.testing.assert_allclose(found.eqe, 0.8 * once * sum(again**turn for turn in range(40)), rtol=1e-9)
    np.testing.assert_allclose(found.exciton_yield, state.radiative_decay.sum(axis=1) / made, rtol=1e-12)


def test_dots_that_do_not_absorb_recycle_nothing(emission: Emission, generation: np.ndarray) -> None:
    faint = absorbing(1e-9)
    optics = dipole_emission(faint, SPECTRUM, CENTRES)
    np.testing.assert_allclose(
        emit(faint, optics, device_solution(optics, generation), MATCHING).eqe, emission.eqe, rtol=1e-6
    )
