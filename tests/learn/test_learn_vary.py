"""What is written of what a fit varies: numbers alone, together, shared by devices or each device's own."""

from __future__ import annotations

import numpy as np
import pytest
from fit_devices import hole_only

from halodot.errors import InputError
from halodot.learn.vary import fit_space, read_vary, uncertain_device_inputs

MOBILITY = "device.layers.organic.hole_mobility"
DEVICES = {"thin": hole_only("device.layers.organic.thickness=80 nm"), "thick": hole_only()}


def test_a_number_with_a_range_keeps_it_as_its_prior() -> None:
    space = fit_space(DEVICES, [read_vary(MOBILITY)])
    assert space.start == pytest.approx([0.0])
    assert space.values(np.array([2.0]))[0] == pytest.approx(1e-6, rel=0.05)  # 1e-2 cm2/Vs, the upper end
    assert space.changes("thin", np.array([0.0])) == {MOBILITY: pytest.approx(1e-8)}
    np.testing.assert_array_equal(space.prior_rows, [[1.0]])


@pytest.mark.parametrize(
    ("text", "low", "middle", "high"),
    [
        (f"{MOBILITY}=1e-6..1e-2 cm2/Vs", 1e-10, 1e-8, 1e-6),
        (f"{MOBILITY}=1e-6 cm2/Vs..1e-6 m2/Vs", 1e-10, 1e-8, 1e-6),
        ("device.layers.anode.work_function=5.0..5.2 eV", 5.0, 5.1, 5.2),
    ],
)
def test_between_two_ends_a_number_or_its_logarithm_is_uniform(
    text: str, low: float, middle: float, high: float
) -> None:
    space = fit_space(DEVICES, [read_vary(text)])
    for coordinate, value in ((-2.0, low), (0.0, middle), (2.0, high)):
        assert space.values(np.array([coordinate]))[0] == pytest.approx(value)
        assert space.parameters[0].coordinate(value) == pytest.approx(coordinate, abs=1e-9)
    assert space.prior_rows.shape == (0, 1)


@pytest.mark.parametrize("text", [MOBILITY, f"{MOBILITY}=1e-6..1e-2 cm2/Vs", "device.layers.*.*_mobility=0.01..10"])
def test_slopes_are_those_of_the_values(text: str) -> None:
    space = fit_space(DEVICES, [read_vary(text)])
    place, step = np.array([0.3]), 1e-5
    central = (space.values(place + step) - space.values(place - step)) / (2.0 * step)
    np.testing.assert_allclose(space.slopes(place), central, rtol=1e-5)


def test_several_inputs_move_by_one_factor_or_offset() -> None:
    space = fit_space(DEVICES, [read_vary("organics: device.layers.*.*_mobility=1/100..1")])
    assert (space.names, space.parameters[0].rule) == (("organics",), "factor")
    assert space.changes("thick", np.array([0.0])) == {
        "device.layers.organic.electron_mobility": pytest.approx(1e-14),
        MOBILITY: pytest.approx(1e-9),
    }
    levels = "device.layers.organic.electron_affinity, device.layers.organic.ionisation_energy=-0.2..0.2 eV"
    offset = fit_space(DEVICES, [read_vary(levels)])
    assert offset.changes("thin", np.array([2.0]))["device.layers.organic.ionisation_energy"] == pytest.approx(5.6)


def test_every_device_may_have_its_own() -> None:
    space = fit_space(DEVICES, [read_vary("each device.layers.anode.work_function=5.0..5.2 eV")])
    assert space.names == ("thin: device.layers.anode.work_function", "thick: device.layers.anode.work_function")
    assert list(space.changes("thin", np.array([1.0, -1.0])).values()) == [pytest.approx(5.15)]


def test_inputs_that_state_a_range_are_found() -> None:
    found = {item.patterns[0] for item in uncertain_device_inputs(DEVICES)}
    assert {MOBILITY, "device.layers.organic.hole_field_activation"} <= found
    assert "device.layers.organic.electron_mobility" not in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("device.layers.organic.hole_mobilty", "the study has no number"),
        ("device.layers.organic.electron_mobility", "states no range; write the ends"),
        ("device.layers.*.*_mobility", "write the ends of their common factor or offset"),
        (f"{MOBILITY}=1e-2..1e-6 cm2/Vs", "does not rise"),
        (f"{MOBILITY}=0..1e-6 eV", "measures an energy"),
        (f"{MOBILITY}=1e-6", "is not PATH or PATH=low..high"),
        ("device.layers.organic.*=-1..1 eV", "only inputs of one unit have a common offset"),
        ("device.layers.*.hole_mobility=-1..10", "no two rising factors above 0"),
    ],
)
def test_what_cannot_be_varied_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit_space(DEVICES, [read_vary(text)])


def test_no_input_is_moved_by_two_numbers() -> None:
    both = [read_vary(MOBILITY), read_vary("device.layers.*.*_mobility=0.1..10")]
    with pytest.raises(InputError, match="two of the varied numbers move this input"):
        fit_space(DEVICES, both)
