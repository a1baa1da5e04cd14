"""The resistance of the transparent electrode along the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from device_cases import built, electrode
from scipy.integrate import solve_bvp
from test_device_interfaces import film

from halodot.device import solve_device
from halodot.device.pixel import LEAST_CURRENT, electrode_resistance, pixel_of, spreading_length
from halodot.errors import InputError
from halodot.states import Stack, replaced

SQUARE = 15.0  # ohm


def hole_only(**device: float | str) -> Stack:
    layer = film(thickness=1e-7, electron_mobility=1e-16, hole_mobility=1e-8)
    return replaced(built((electrode(5.9), layer, electrode(5.9))), area=8e-6, **device)


@pytest.mark.parametrize(("sides", "divisor"), [("one", 3.0), ("two", 12.0)])
def test_resistance_is_what_a_uniform_current_heats(sides: str, divisor: float) -> None:
    """The power int R (J x)^2 dx over (J w)^2, summed here over the cells of the electrode."""
    stack = hole_only(sheet_resistance=SQUARE, pixel_width=2e-3, contacted_sides=sides)
    assert electrode_resistance(stack) == pytest.approx(SQUARE * 4e-6 / divisor)
    x = (np.arange(10000) + 0.5) / 10000 * 2e-3
    carried = x if sides == "one" else np.abs(x - 1e-3)
    assert electrode_resistance(stack) == pytest.approx(SQUARE * np.sum(carried**2) * 2e-7 / 2e-3, rel=1e-6)


def test_the_way_to_the_pixel_counts_over_its_breadth_and_a_pixel_is_square_unless_told() -> None:
    stack = hole_only(sheet_resistance=SQUARE, pixel_width=2e-3, lead_length=3e-3)
    lead = SQUARE * 3e-3 / 4e-3 * 8e-6  # 3 mm long and 4 mm broad, times the area
    assert electrode_resistance(stack) == pytest.approx(SQUARE * 4e-6 / 3.0 + lead)
    both = electrode_resistance(replaced(stack, contacted_sides="two"))
    assert both == pytest.approx(SQUARE * 4e-6 / 12.0 + lead / 2.0)
    assert pixel_of(hole_only()).width == pytest.approx(np.sqrt(8e-6))


def test_it_adds_to_the_series_resistance_of_the_device() -> None:
    voltage = np.array([2.0, 6.0])
    stack = hole_only(sheet_resistance=SQUARE, pixel_width=2e-3, series_resistance=1e-4)
    whole = hole_only(series_resistance=1e-4 + electrode_resistance(stack))
    found, expected = (solve_device(one, None, voltage).current_density for one in (stack, whole))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_pixel_whose_current_spreads_less_far_than_it_is_wide_is_noted() -> None:
    """Against the electrode's own equation V'' = R J(V), with the current of the device beneath."""
    stack = hole_only(sheet_resistance=300.0, pixel_width=4e-3)
    voltage = np.linspace(0.0, 8.0, 33)
    found = solve_device(stack, None, voltage)
    (note,) = [note for note in found.notes if note.where == "device.sheet_resistance"]
    length = spreading_length(stack, found)
    first = int(np.flatnonzero((length < 4e-3) & (found.current_density > LEAST_CURRENT))[0])
    assert f"from {voltage[first]:.3g} V on" in note.text
    assert not [n for n in solve_device(hole_only(sheet_resistance=5.0), None, voltage).notes if "sheet" in n.where]
    inner = voltage - found.current_density * electrode_resistance(stack)

    def bend(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.vstack((y[1], 300.0 * np.interp(y[0], inner, found.current_density)))

    def ends(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.array([a[0] - inner[first], b[1]])

    x = np.linspace(0.0, 4e-3, 41)
    field = solve_bvp(bend, ends, x, np.vstack((np.full(41, inner[first]), np.zeros(41))), tol=1e-5)
    currents = np.interp(field.y[0], inner, found.current_density)
    assert 0.4 < currents[-1] / currents[0] < 0.85  # cosh(1) is 1.54


def test_a_pixel_that_is_none_is_refused() -> None:
    refused: tuple[dict[str, float | str], ...] = (
        *({"sheet_resistance": -1.0}, {"pixel_width": 0.0}, {"lead_length": -1e-3}, {"contacted_sides": "four"}),
    )
    for change in refused:
        with pytest.raises(InputError):
            solve_device(hole_only(**change), None, np.array([1.0]))
