"""Atoms, form factors, the Debye equation and the lines of a powder pattern."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from measure_samples import build_dots, build_flask

from halodot.errors import InputError, ValidityError
from halodot.measure import xrd
from halodot.measure.crystal import Distances, cube_pairs, tilted_pairs
from halodot.measure.diffraction import CELL, WAVELENGTH, cell_edge, find_reflections, same_phase
from halodot.measure.scattering import DISPLACEMENTS, debye_scattering, form_factor
from halodot.states import Array, replaced

STILL = dict.fromkeys(DISPLACEMENTS, 0.0)
ELECTRONS = {"Cs": 54, "Pb": 80, "I": 54}


def atoms(cells: int, cell: float = CELL) -> list[tuple[str, Array]]:
    """Every ion of a cube with CsI faces, written out: the plain truth for small cubes."""
    found = [("Cs", np.array(place, float)) for place in product(range(cells + 1), repeat=3)]
    for place in product(range(cells), repeat=3):
        found.append(("Pb", np.array(place) + 0.5))
    for axis in range(3):
        for place in product(*(range(cells + 1) if axis == own else range(cells) for own in range(3))):
            found.append(("I", np.array(place) + 0.5 * (np.arange(3) != axis)))
    return [(ion, cell * place) for ion, place in found]


def plain_debye(q: Array, ions: list[tuple[str, Array]]) -> Array:
    """The Debye equation as a double sum."""
    total = np.zeros(q.size)
    for (one, here), (two, there) in product(ions, repeat=2):
        distance = float(np.linalg.norm(here - there))
        total += form_factor(one, q) * form_factor(two, q) * np.sinc(q * distance / math.pi)
    return total


def test_form_factors_start_at_the_number_of_electrons_and_fall() -> None:
    q = np.linspace(0.0, 60e9, 200)
    for ion, count in ELECTRONS.items():
        found = form_factor(ion, q)
        assert found[0] == pytest.approx(count, abs=0.02)
        assert np.all(np.diff(found) < 0.0)


def test_debye_scattering_of_a_dimer() -> None:
    q = np.linspace(1e9, 60e9, 50)
    pairs = {("I", "I"): Distances(np.array([0.0, 0.3e-9]), np.array([2.0, 2.0]))}
    phase = 0.3e-9 * q
    expected = 2.0 * form_factor("I", q) ** 2 * (1.0 + np.sin(phase) / phase)
    np.testing.assert_allclose(debye_scattering(q, pairs, STILL), expected, rtol=1e-12)


@pytest.mark.parametrize("cells", [1, 2])
def test_debye_scattering_of_small_cubes_is_the_sum_over_their_atoms(cells: int) -> None:
    q = np.linspace(0.5e9, 40e9, 40)
    pairs = cube_pairs(np.array([float(cells)]), np.ones(1), CELL)
    np.testing.assert_allclose(debye_scattering(q, pairs, STILL), plain_debye(q, atoms(cells)), rtol=1e-9)


@pytest.mark.parametrize("cells", [1, 3, 8])
def test_every_pair_of_ions_is_counted(cells: int) -> None:
    pairs = cube_pairs(np.array([float(cells)]), np.ones(1), CELL)
    ions = {"Pb": cells**3, "Cs": (cells + 1) ** 3, "I": 3 * cells**2 * (cells + 1)}
    for (one, two), found in pairs.items():
        orders = 1 if one == two else 2
        assert found.count.sum() == pytest.approx(orders * ions[one] * ions[two], rel=1e-12)
        assert found.count[found.distance == 0.0].sum() == (ions[one] if one == two else 0)
        assert found.distance[-1] <= math.sqrt(3.0) * cells * CELL * (1.0 + 1e-12)


def test_debye_scattering_forwards_is_the_square_of_all_electrons_and_hot_atoms_scatter_alone() -> None:
    cells = 2
    ions = {"Pb": cells**3, "Cs": (cells + 1) ** 3, "I": 3 * cells**2 * (cells + 1)}
    pairs = cube_pairs(np.array([float(cells)]), np.ones(1), CELL)
    q = np.array([1e5])
    whole = sum(count * float(form_factor(ion, q)[0]) for ion, count in ions.items())
    assert debye_scattering(q, pairs)[0] == pytest.approx(whole**2, rel=1e-6)
    q = np.array([20e9])
    alone = sum(count * float(form_factor(ion, q)[0]) ** 2 for ion, count in ions.items())
    assert debye_scattering(q, pairs, dict.fromkeys(ELECTRONS, 1e-18))[0] == pytest.approx(alone, rel=1e-9)


def test_an_edge_between_two_whole_numbers_is_a_mixture() -> None:
    halfway = cube_pairs(np.array([4.5]), np.ones(1), CELL)
    lead = halfway[("Pb", "Pb")]
    assert lead.count.sum() == pytest.approx((0.5 * (4**2 + 5**2)) ** 3, rel=1e-12)
    assert lead.count[0] == pytest.approx(4.5**3, rel=1e-12)


def test_octahedra_that_are_not_tilted_are_those_of_the_cube() -> None:
    q = np.linspace(5e9, 35e9, 30)
    plain = debye_scattering(q, cube_pairs(np.array([3.0]), np.ones(1), CELL))
    np.testing.assert_allclose(debye_scattering(q, tilted_pairs(3, CELL, (0.0, 0.0, 0.0))), plain, rtol=2e-3)


def test_tilting_turns_octahedra_without_straining_them() -> None:
    tilt = (0.05, 0.05, 0.07)
    bonds = tilted_pairs(4, CELL, tilt)[("Pb", "I")]
    bound = bonds.distance < 0.6 * CELL
    assert bonds.count[bound].sum() == 2 * 6 * 4**3
    # first-order turns by an angle w lengthen a bond to at most sqrt(1 + w^2)
    assert bonds.distance[bound].max() < 0.5 * CELL * math.sqrt(1.0 + 0.05**2 + 0.07**2) + CELL / 1000.0
    assert bonds.distance[bound].min() > 0.5 * CELL * (1.0 - 1e-3)


@pytest.mark.parametrize("cells", [14, 20])
def test_reflections_obey_braggs_law(cells: int) -> None:
    for line in find_reflections(xrd(build_flask(cells * CELL))):
        expected = 2.0 * math.asin(WAVELENGTH * math.sqrt(line.order) / (2.0 * CELL))
        assert math.degrees(line.angle) == pytest.approx(math.degrees(expected), abs=0.02)


def test_the_dots_of_the_paper_show_lines_at_14_and_29_degrees() -> None:
    for edge, spread in ((5.29e-9, 0.35e-9), (5.88e-9, 0.53e-9)):
        first, second = find_reflections(xrd(build_flask(edge, spread)))
        assert math.degrees(first.angle) == pytest.approx(14.2, abs=0.1)
        assert math.degrees(second.angle) == pytest.approx(28.7, abs=0.1)
        assert cell_edge((first, second)) == pytest.approx(CELL, rel=2e-3)


@pytest.mark.parametrize("cells", [8.5, 10.0, 14.0, 20.0])
def test_the_width_of_the_second_reflection_is_scherrers(cells: float) -> None:
    # for (200) the CsI faces count as half a cell more: 2 n + 1 planes half a cell apart
    line = find_reflections(xrd(build_flask(cells * CELL), resolution=0.0))[-1]
    expected = 0.8859 * WAVELENGTH / ((cells + 0.5) * CELL * math.cos(0.5 * line.angle))
    assert line.width == pytest.approx(expected, rel=0.03)


def test_the_first_line_is_wider_because_csi_faces_scatter_against_the_rest() -> None:
    cells = 10
    line = find_reflections(xrd(build_flask(cells * CELL), resolution=0.0))[0]
    # one-dimensional interference of n + 1 CsI and n PbI2 planes
    angle = np.radians(np.linspace(11.0, 18.0, 4001))
    q = 4.0 * math.pi * np.sin(0.5 * angle) / WAVELENGTH
    faces = form_factor("Cs", q) + form_factor("I", q)
    centres = form_factor("Pb", q) + 2.0 * form_factor("I", q)
    half = 0.5 * CELL * q
    amplitude = (faces * np.sin((cells + 1) * half) + centres * np.sin(cells * half)) / np.sin(half)
    above = angle[amplitude**2 > 0.5 * np.max(amplitude**2)]
    assert line.width == pytest.approx(above[-1] - above[0], rel=0.1)
    assert line.width * math.cos(0.5 * line.angle) * cells * CELL / WAVELENGTH > 1.0


def test_smaller_dots_have_wider_lines() -> None:
    widths = [find_reflections(xrd(build_flask(edge)))[-1].width for edge in (4e-9, 5.3e-9, 7e-9, 10e-9)]
    assert np.all(np.diff(widths) < 0.0)


def test_the_pattern_of_dots_takes_the_spread_that_the_spectrum_sees() -> None:
    dots = build_dots()
    same = xrd(build_flask(dots.edge_length, dots.spectroscopic_spread))
    np.testing.assert_allclose(xrd(dots).y, same.y, rtol=1e-12)


def test_dots_of_two_sizes_are_one_phase_and_another_cell_is_not() -> None:
    treated, control = xrd(build_flask(5.29e-9, 0.35e-9)), xrd(build_flask(5.88e-9, 0.53e-9))
    assert same_phase(treated, control) is True
    assert same_phase(treated, xrd(build_flask(5.88e-9, 0.53e-9), cell=0.58e-9)) is False
    flat = replaced(treated, y=np.ones(treated.x.size))
    assert same_phase(treated, flat) is False
    assert same_phase(flat, flat) is None


def test_the_gamma_phase_passes_for_the_same_by_its_main_lines_only() -> None:
    cubic, tilted = xrd(build_flask(9 * CELL)), xrd(build_flask(9 * CELL), phase="tilted")
    assert same_phase(cubic, tilted) is True
    electrical = np.abs(np.degrees(cubic.x) - 23.2) < 0.5  # superlattice lines of tilted octahedra
    assert tilted.y[electrical].min() > 1.5 * cubic.y[electrical].max()


def test_the_pattern_refuses_what_has_none() -> None:
    with pytest.raises(ValidityError, match="one cell"):
        xrd(build_flask(0.5e-9))
    with pytest.raises(InputError, match="cubic or tilted"):
        xrd(build_flask(), phase="delta")
