"""The budgets of charges, excitons and photons: their parts, and that they add up."""

import numpy as np
import pytest
import report_states as made
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.results.balances import (
    CURRENT_FATES,
    CURRENT_PARTS,
    EXCITON_PARTS,
    PHOTON_PARTS,
    charge_balance_error,
    current_fates,
    current_parts,
    current_shares,
    forward_points,
    photon_budget,
)
from halodot.states import DeviceSolution, Emission, Optics, parts_of, replaced

SOLUTION = made.whole().device_solution


def test_the_parts_of_each_budget_are_those_that_add_up() -> None:
    charges = parts_of(DeviceSolution, "current_density")
    assert charges == (
        "exciton_formation_current",
        "emitter_trap_current",
        "auger_current",
        "interface_recombination_current",
        "outside_emitter_current",
        "electron_leakage",
        "hole_leakage",
        "shunt_current",
    )
    excitons = parts_of(DeviceSolution, "exciton_formation_current")
    assert excitons == ("radiative_current", "nonradiative_current", "quenching_current", "trion_auger_current")
    assert set(parts_of(Emission, "exciton")) == {"air", "substrate", "guided", "back", "absorbed", "nonradiative"}
    assert set(parts_of(Optics, "power")) == {"air", "substrate", "guided", "back", "absorbed"}
    assert {*PHOTON_PARTS, "absorbed"} == set(parts_of(Emission, "exciton"))
    assert tuple(CURRENT_PARTS) == charges
    assert tuple(EXCITON_PARTS) == excitons
    assert tuple(CURRENT_FATES) == excitons + charges[1:]


def test_the_shares_of_the_current_add_up_where_it_flows_forward() -> None:
    forward = forward_points(SOLUTION)
    assert not forward[0]  # no current at 0 V
    parts = sum(getattr(SOLUTION, part) for part in CURRENT_FATES)
    expected = parts[forward] / SOLUTION.current_density[forward]
    assert sum(current_shares(SOLUTION).values()) == pytest.approx(expected, rel=1e-9)


def test_a_device_without_an_emitter_has_no_recombination_outside_one() -> None:
    plain = replaced(SOLUTION, exciton_position=np.zeros(0))
    for named in (current_parts, current_fates):
        assert named(SOLUTION)["outside_emitter_current"] == "recombination outside the emitter"
        assert named(plain)["outside_emitter_current"] == "recombination"
        assert list(named(plain)) == list(named(SOLUTION))


def test_a_part_that_is_missing_opens_the_charge_balance() -> None:
    whole = charge_balance_error(SOLUTION)
    short = replaced(SOLUTION, shunt_current=SOLUTION.shunt_current + 0.1 * SOLUTION.current_density)
    assert charge_balance_error(short) > whole + 0.05
    nowhere = replaced(SOLUTION, converged=np.zeros(SOLUTION.voltage.size, dtype=bool))
    assert np.isnan(charge_balance_error(nowhere))


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 1.0))
def test_the_photon_budget_adds_up_wherever_small_layers_are_cut(small: float) -> None:
    emission = made.whole().emission
    assert emission is not None
    assert sum(photon_budget(emission, small).values()) == pytest.approx(1.0, abs=1e-12)
