"""The charging energy against the electrostatics of two charges in a sphere, solved on a fine grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from perovskites import IODIDE

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.film import FilmParameters, deposit
from halodot.film.charging import charging_energy
from halodot.film.optics import maxwell_garnett
from halodot.states import Dots, replaced

DotsBuilder = Callable[..., Dots]


def repulsion_in_a_sphere(radius: float, inside: float, outside: float) -> float:
    """Energy [eV] of one 1S charge in the potential of another, from its field by Gauss's law inside and outside."""
    r = np.linspace(0.0, radius, 20_001)[1:]
    enclosed = r / radius - np.sin(2.0 * np.pi * r / radius) / (2.0 * np.pi)
    field = enclosed / (inside * r**2)
    step = r[1] - r[0]
    beyond = 1.0 / (outside * radius)
    below = np.concatenate(([0.0], np.cumsum(0.5 * (field[1:] + field[:-1]) * step)))
    potential = beyond + below[-1] - below
    density = 2.0 / radius * np.sin(np.pi * r / radius) ** 2
    vacuum = ELEMENTARY_CHARGE / (4.0 * np.pi * VACUUM_PERMITTIVITY)
    return float(vacuum * np.sum(density * potential) * step)


@pytest.mark.parametrize(("inside", "outside"), [(10.0, 5.0), (10.0, 1.0), (4.0, 4.0), (20.0, 40.0)])
def test_charging_energy_is_that_of_two_charges_in_a_sphere(inside: float, outside: float) -> None:
    edge = 5.5e-9
    radius = edge * (3.0 / (4.0 * np.pi)) ** (1.0 / 3.0)
    expected = repulsion_in_a_sphere(radius, inside, outside)
    assert charging_energy(edge, inside, outside) == pytest.approx(expected, rel=1e-4)


def test_charging_energy_falls_with_the_size_and_with_screening() -> None:
    assert charging_energy(1e-8, 10.0, 5.0) == pytest.approx(0.5 * charging_energy(5e-9, 10.0, 5.0))
    assert charging_energy(5e-9, 1e9, 1e9) < 1e-8


def test_the_film_takes_the_permittivities_that_it_has(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    dots = make_dots()
    film = deposit(dots, film_parameters, IODIDE)
    core, ligands = IODIDE.core_permittivity, film_parameters.ligand_permittivity
    around = maxwell_garnett(core, ligands, film.core_fraction)
    assert film.charging_energy == pytest.approx(charging_energy(dots.edge_length, core, around))
    known = deposit(dots, film_parameters, IODIDE, {"relative_permittivity": 8.0})
    assert known.charging_energy == pytest.approx(charging_energy(dots.edge_length, core, 8.0))
    screened = deposit(dots, film_parameters, replaced(IODIDE, core_permittivity=20.0))
    assert screened.charging_energy < film.charging_energy
    assert deposit(dots, film_parameters, IODIDE, {"charging_energy": 0.1}).charging_energy == 0.1
