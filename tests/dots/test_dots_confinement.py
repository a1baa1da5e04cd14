"""Confinement and ensembles against closed forms and an independent quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from perovskites import IODIDE

from halodot.dots import DotsParameters
from halodot.dots.confinement import (
    CUBE_COULOMB,
    kinetic_energy,
    level_spacing,
    quenching_field,
    transition_energy,
)
from halodot.dots.ensemble import build_ensemble
from halodot.errors import InputError, ValidityError
from halodot.states import replaced

PHOTON = 1239.84198  # eV nm


def test_coulomb_coefficient_of_a_cube() -> None:
    """<1/r> of two particles in a unit cube, by Gauss-Legendre over the Gaussian transform of 1/r."""
    nodes, weights = np.polynomial.legendre.leggauss(300)
    u, du = (nodes + 1.0) / 2.0, weights / 2.0
    # density of the difference of two coordinates that are each distributed as 2 cos^2(pi x)
    density = (1.0 - u) * (1.0 + 0.5 * np.cos(2.0 * np.pi * u)) + 0.75 / np.pi * np.sin(2.0 * np.pi * u)
    assert 2.0 * du @ density == pytest.approx(1.0, abs=1e-12)
    t, jacobian = u / (1.0 - u), 1.0 / (1.0 - u) ** 2
    axis = 2.0 * np.exp(-((u[None, :] * t[:, None]) ** 2)) @ (du * density)
    assert pytest.approx(2.0 / np.sqrt(np.pi) * (du * jacobian) @ axis**3, abs=1e-4) == CUBE_COULOMB


def test_two_band_confinement_of_a_wide_gap_is_parabolic(dots_parameters: DotsParameters) -> None:
    edge = np.array([4e-9, 6e-9, 10e-9])
    kinetic = kinetic_energy(edge, IODIDE)
    for gap in (1e2, 1e4):
        wide = replaced(IODIDE, band_gap=gap)
        parabolic = transition_energy(edge, replaced(dots_parameters, confinement_model="parabolic"), wide)
        below = parabolic - transition_energy(edge, dots_parameters, wide)
        assert below == pytest.approx(kinetic**2 / (2.0 * gap), rel=2.0 / gap)


def test_the_second_level_lies_half_of_the_pair_energy_above_the_first(dots_parameters: DotsParameters) -> None:
    """(2, 1, 1) of a box has 6 pi^2 hbar^2/(2 m L^2) where (1, 1, 1) has 3: each carrier pays half, two bands less."""
    edge = np.array([4e-9, 6e-9, 10e-9])
    kinetic = kinetic_energy(edge, IODIDE)
    parabolic = level_spacing(edge, replaced(dots_parameters, confinement_model="parabolic"), IODIDE)
    assert parabolic == pytest.approx(0.5 * kinetic, rel=1e-12)
    coupled = level_spacing(edge, dots_parameters, IODIDE)
    assert np.all((coupled > 0.0) & (coupled < parabolic))
    wide = replaced(IODIDE, band_gap=1e4)
    assert level_spacing(edge, dots_parameters, wide) == pytest.approx(0.5 * kinetic, rel=1e-3)


def test_unknown_model_is_refused(dots_parameters: DotsParameters) -> None:
    with pytest.raises(InputError, match="confinement"):
        transition_energy(np.array([5e-9]), replaced(dots_parameters, confinement_model="cubic"), IODIDE)


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
def test_ensemble_has_the_moments_asked_for(dots_parameters: DotsParameters, kind: str) -> None:
    parameters = replaced(dots_parameters, size_distribution=kind, size_offset=0.2e-9)
    ensemble = build_ensemble(5.0e-9, 0.4e-9, parameters, IODIDE)
    mean = ensemble.share @ ensemble.edge_length
    spread = np.sqrt(ensemble.share @ (ensemble.edge_length - mean) ** 2)
    assert ensemble.share.sum() == pytest.approx(1.0, abs=1e-12)
    assert mean == pytest.approx(5.2e-9, rel=1e-6)
    assert spread == pytest.approx(0.4e-9, rel=1e-4)


def test_energy_spread_follows_the_slope(dots_parameters: DotsParameters) -> None:
    edge = 5.5e-9 + dots_parameters.size_offset
    near = transition_energy(np.array([edge - 1e-13, edge + 1e-13]), dots_parameters, IODIDE)
    ensemble = build_ensemble(5.5e-9, 0.01e-9, dots_parameters, IODIDE)
    assert ensemble.energy_spread == pytest.approx((near[0] - near[1]) / 2e-13 * 0.01e-9, rel=1e-3)


def test_equal_dots_are_one_line(dots_parameters: DotsParameters) -> None:
    ensemble = build_ensemble(5.5e-9, 0.0, dots_parameters, IODIDE)
    assert ensemble.share.tolist() == [1.0]
    assert ensemble.energy_spread == 0.0


def test_impossible_sizes_are_refused(dots_parameters: DotsParameters) -> None:
    with pytest.raises(ValidityError, match="size_offset"):
        build_ensemble(0.5e-9, 0.1e-9, replaced(dots_parameters, size_offset=-1e-9), IODIDE)
    with pytest.raises(InputError, match="size distribution"):
        build_ensemble(5e-9, 0.1e-9, replaced(dots_parameters, size_distribution="flat"), IODIDE)


def test_quenching_field_halves_the_overlap_of_electron_and_hole() -> None:
    """A particle in a box of 200 points under a field: the loss of overlap at a tenth of the field is a hundredth."""
    edge, count = 5.5e-9, 200
    found = quenching_field(edge, IODIDE)
    step = edge / (count + 1)
    hopping = 7.62e-20 / (2.0 * 2.0 * IODIDE.reduced_mass * step**2)  # hbar^2 / m_e = 7.62 eV A^2
    place = (np.arange(count) + 1) * step - 0.5 * edge
    states = []
    for sign in (1.0, -1.0):
        matrix = np.diag(2.0 * hopping + sign * 0.1 * found * place)
        matrix -= hopping * (np.eye(count, k=1) + np.eye(count, k=-1))
        states.append(np.linalg.eigh(matrix)[1][:, 0])
    overlap = float(states[0] @ states[1]) ** 2
    assert 1.0 / overlap - 1.0 == pytest.approx(0.01, rel=0.06)
    assert quenching_field(2.0 * edge, IODIDE) == pytest.approx(found / 8.0)
