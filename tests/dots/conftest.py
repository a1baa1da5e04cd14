"""Flasks and parameters for the tests of the dots stage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from halodot.dots import DotsParameters
from halodot.states import Dispersion, Flask
from halodot.study.library import parameters

SITE_DENSITY = 2.9e18


def build_flask(
    edge_length: float = 5.29e-9,
    spread: float = 0.76e-9,
    coverages: tuple[tuple[float, float, float], ...] = ((0.42, 0.45, 0.13),),
) -> Flask:
    """Return a flask of cubes with 2.9 sites a nm2 and (native, exchanged, bare) after each wash."""
    dots = 1e-7
    return Flask(
        survived=True,
        reason=None,
        amounts={},
        edge_length=edge_length,
        edge_length_spread=spread,
        sites=SITE_DENSITY * 6.0 * edge_length**2 * dots,
        dots=dots,
        excess_acid=0.0,
        free_amine=0.0,
        undissolved_ligand=0.0,
        stripped_fraction=0.0,
        material_retained=1.0,
        short_ligand_length=0.75e-9,
        native_ligand_length=2.0e-9,
        short_ligand_mass=0.11715,
        native_ligand_mass=0.275,
        samples=tuple(
            Dispersion(
                washes=washes,
                antisolvent_ratio=4.0 * washes,
                coverage_native=native,
                coverage_short=exchanged,
                coverage_bare=bare,
            )
            for washes, (native, exchanged, bare) in enumerate(coverages)
        ),
    )


@pytest.fixture(scope="session")
def dots_parameters() -> DotsParameters:
    """Parameters of the library."""
    found = parameters("dots")[0]
    assert isinstance(found, DotsParameters)
    return found


@pytest.fixture(scope="session")
def make_flask() -> Callable[..., Flask]:
    """The builder of flasks."""
    return build_flask
