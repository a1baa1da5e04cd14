"""The loss budget of a device: that it adds up, and that its gains are those of devices without the loss."""

from collections.abc import Mapping

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.errors import InputError
from halodot.learn.sensitivity import coarser
from halodot.results.losses import CHARGE_LOSSES, EXCITON_LOSSES, PHOTON_LOSSES, SELF_ABSORPTION, loss_budget
from halodot.states import DeviceSolution, Emission, parts_of
from halodot.study import with_inputs

#: without a recipe, with the least light, another stack, and another chemistry
EMITTING = ("device-only", "paper-control", "paper-no-TmPyPB", "tetrafluoroboric-acid")
RESISTIVE = {"device.series_resistance": 2e-4, "device.shunt_conductance": 1e-3}


def device(changes: Mapping[str, float]) -> Result:
    """The device without a recipe, with some inputs [SI] changed."""
    return halodot.simulate(with_inputs(halodot.load("device-only"), changes))


@pytest.fixture(scope="module")
def shunted() -> Result:
    """A device with resistance in series and a shunt."""
    return device(RESISTIVE)


def shipped() -> list[Result]:
    """Shipped studies that emit, on coarse grids."""
    return [halodot.simulate(coarser(halodot.load(name))) for name in EMITTING]


def shares(result: Result, voltage: float | None = None) -> dict[str, float]:
    """The losses by name."""
    return {loss.name: loss.share for loss in loss_budget(result, voltage).losses}


def test_every_part_of_current_excitons_and_photons_is_a_loss_or_light() -> None:
    assert {*CHARGE_LOSSES, "exciton_formation_current"} == set(parts_of(DeviceSolution, "current_density"))
    assert {*EXCITON_LOSSES, "radiative_current"} == set(parts_of(DeviceSolution, "exciton_formation_current"))
    assert {*PHOTON_LOSSES, "air", "absorbed", "nonradiative"} == set(parts_of(Emission, "exciton"))


def test_the_losses_add_up_to_what_the_eqe_misses(treated: Result, shunted: Result) -> None:
    for result in (treated, shunted, *shipped()):
        budget = loss_budget(result)
        assert budget.remainder == pytest.approx(0.0, abs=1e-6), result.study.title
        assert budget.eqe == pytest.approx(result.summary["eqe_max"].value, rel=1e-9)
        assert budget.voltage == pytest.approx(result.summary["eqe_max_voltage"].value, rel=0.02)
        emission = result.emission
        assert emission is not None
        lit = emission.voltage[np.isfinite(emission.eqe) & (emission.luminance > 1.0)]
        for voltage in (lit[0], 0.37 * lit[0] + 0.63 * lit[-1], lit[-1]):
            assert loss_budget(result, float(voltage)).remainder == pytest.approx(0.0, abs=1e-6)


def test_every_loss_is_named_once_in_plain_words(treated: Result) -> None:
    called = [loss.called for loss in loss_budget(treated).losses]
    assert len(set(called)) == len(called)
    assert "absorption in Al" in called
    assert not any("_" in words for words in called)


def test_the_share_of_a_shunt_is_its_current(shunted: Result) -> None:
    solution, emission = shunted.device_solution, shunted.emission
    assert solution is not None
    assert emission is not None
    point = int(np.argmin(np.abs(emission.voltage - 4.0)))
    inside = emission.voltage[point] - 2e-4 * emission.current_density[point]
    expected = 1e-3 * inside / emission.current_density[point]
    assert shares(shunted, float(emission.voltage[point]))["shunt_current"] == pytest.approx(expected, rel=1e-3)


def test_removing_a_loss_of_the_excitons_gives_the_eqe_of_a_device_without_it() -> None:
    with_trions = device({"device.emitter.quenching_field": 1e12})
    without = device({"device.emitter.quenching_field": 1e12, "device.emitter.trion_auger_rate": 0.0})
    perfect = device({"device.emitter.quenching_field": 1e12, "device.emitter.plqy": 1.0})
    voltage = 4.0
    budget = loss_budget(with_trions, voltage)
    gain = {loss.name: loss.gain for loss in budget.losses}
    for name, other in (("trion_auger_current", without), ("nonradiative_current", perfect)):
        assert gain[name] > 1e-3
        assert loss_budget(other, voltage).eqe - budget.eqe == pytest.approx(gain[name], rel=0.03), name


def test_removing_a_shunt_gives_the_eqe_of_a_device_without_it() -> None:
    leaky = device({"device.shunt_conductance": 3.0})
    tight = device({"device.shunt_conductance": 0.0})
    budget = loss_budget(leaky, 4.0)
    gain = next(loss.gain for loss in budget.losses if loss.name == "shunt_current")
    assert gain > 1e-3
    assert budget.eqe + gain == pytest.approx(loss_budget(tight, 4.0).eqe, rel=1e-6)


def test_light_that_is_absorbed_again_is_a_loss_only_where_its_excitons_are_lost(treated: Result) -> None:
    solution, emission = treated.device_solution, treated.emission
    assert solution is not None
    assert emission is not None
    point = int(np.nanargmin(np.abs(emission.voltage - 4.0)))
    reabsorbed = shares(treated, float(emission.voltage[point]))[SELF_ABSORPTION]
    formed = solution.exciton_formation_current[point]
    dark = 1.0 - solution.radiative_current[point] / formed
    # made again: radiative decays of all excitons over those of the first ones
    again = emission.air[point] / emission.outcoupling[point] / emission.exciton_yield[point] - 1.0
    assert reabsorbed > 1e-3
    assert reabsorbed == pytest.approx(again * dark * formed / solution.current_density[point], rel=1e-6)


def test_a_device_without_light_has_no_losses(treated: Result) -> None:
    with pytest.raises(InputError, match="device that emits"):
        loss_budget(halodot.simulate(halodot.load("npb-alq3")))
    with pytest.raises(InputError, match="it emits from"):
        loss_budget(treated, 60.0)
