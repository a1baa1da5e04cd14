"""The physical constants are those of CODATA."""

from __future__ import annotations

import pytest
from scipy import constants as codata

from halodot import constants

SCIPY = {
    "ELEMENTARY_CHARGE": codata.e,
    "BOLTZMANN": codata.k,
    "PLANCK": codata.h,
    "SPEED_OF_LIGHT": codata.c,
    "AVOGADRO": codata.N_A,
    "HBAR": codata.hbar,
    "GAS_CONSTANT": codata.R,
    "VACUUM_PERMITTIVITY": codata.epsilon_0,
    "ELECTRON_MASS": codata.m_e,
    "HC": codata.h * codata.c,
    "HC_EV": codata.h * codata.c / codata.e,
}


def test_every_constant_is_compared() -> None:
    assert set(SCIPY) == {name for name in vars(constants) if name.isupper()}


@pytest.mark.parametrize("name", SCIPY)
def test_constants_are_those_of_codata(name: str) -> None:
    # The measured ones move by less than 1e-9 from one adjustment of CODATA to the next.
    assert getattr(constants, name) == pytest.approx(SCIPY[name], rel=1e-9)
