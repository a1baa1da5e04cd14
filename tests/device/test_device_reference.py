"""The solver against two independent codes."""

import json

import numpy as np
import pytest
from device_cases import REFERENCE, case, parts

from halodot.device import solve_device


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("1_sclc_unipolar", 0.01),
        ("2_pn_homojunction", 0.003),
        ("3_bipolar_langevin", 0.006),
        ("4_hetero3", 0.006),
        ("5_qled_full", 0.015),
    ],
)
def test_curve(name: str, tolerance: float) -> None:
    stack, voltage, expected = case(name)
    found = solve_device(stack, None, voltage)
    assert found.converged.all()
    compared = np.abs(expected) > 1e-6
    np.testing.assert_allclose(found.current_density[compared], expected[compared], rtol=tolerance)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-18)


def test_current_of_the_full_stack_tends_to_the_zero_width_limit() -> None:
    table = json.loads((REFERENCE / "zero_width_interface.json").read_text(encoding="utf-8"))["5_qled_full"]
    finest = np.array(table["J_by_number_of_nodes"]["998"][:4])
    stack, _, _ = case("5_qled_full")
    coarse, fine = (solve_device(stack, None, np.array(table["V"]), n).current_density for n in (52, 200))
    assert np.all(np.abs(fine / finest - 1.0) < 0.005)
    assert np.max(np.abs(fine / finest - 1.0)) < np.max(np.abs(coarse / finest - 1.0))
