"""Newton's law of cooling, and the heat that a boiling ester takes."""

import math

import numpy as np
import pytest
from flask_bench import CHEMICALS, MMOL, changed, ligand_stock, parameters, recipe

from halodot.errors import ValidityError
from halodot.flask.heat import boil_off, cooling_history
from halodot.flask.pot import run_pot
from halodot.flask.vessel import Vessel, merge
from halodot.states import replaced


def test_cooling_takes_the_time_of_newtons_law() -> None:
    _, weights = cooling_history(423.15, 373.15, parameters())
    bath = parameters().bath_temperature
    expected = parameters().cooling_time * math.log((423.15 - bath) / (373.15 - bath))
    assert weights.sum() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("activation", [0.0, 20e3, 50e3, 90e3])
def test_the_nodes_integrate_an_arrhenius_rate(activation: float) -> None:
    temperature, weights = cooling_history(423.15, 298.15, parameters())
    found = float(np.sum(weights * np.exp(-activation / 8.314 * (1.0 / temperature - 1.0 / 423.15))))
    time = np.linspace(0.0, weights.sum(), 200001)
    bath = parameters().bath_temperature
    path = bath + (423.15 - bath) * np.exp(-time / parameters().cooling_time)
    exact = float(np.trapezoid(np.exp(-activation / 8.314 * (1.0 / path - 1.0 / 423.15)), time))
    assert found == pytest.approx(exact, rel=1e-5)


def test_a_target_below_the_bath_is_reached_in_finite_time() -> None:
    _, weights = cooling_history(423.15, 273.15, parameters())
    assert 0.0 < weights.sum() < 60.0
    assert cooling_history(300.0, 350.0, parameters())[1].sum() == 0.0


def flashed(retained: float, volume: float = 12e-6) -> tuple[Vessel, Vessel]:
    ester = {"ethyl acetate": 10.0 * MMOL}
    pot = Vessel(contents={"1-octadecene": 0.03}, volume=volume, temperature=373.15)
    mixed = merge(pot, Vessel(contents=ester, volume=1e-6, polar_volume=1e-6, temperature=353.15))
    return mixed, boil_off(mixed, ester, 373.15, CHEMICALS, changed(volatile_retained=retained))


def test_boiling_off_a_millilitre_chills_the_pot_by_10_to_17_kelvin() -> None:
    mixed, after = flashed(0.0)
    assert 10.0 < mixed.temperature - after.temperature < 17.0
    heat = parameters().heat_capacity * mixed.volume * (mixed.temperature - after.temperature)
    assert heat == pytest.approx(10.0 * MMOL * 88.106e-3 * 3.6e5, rel=1e-12)
    assert after.gas["ethyl acetate"] == pytest.approx(10.0 * MMOL)
    kept_mixed, kept = flashed(1.0)
    assert kept.temperature == kept_mixed.temperature
    assert kept.gas == {}


def test_boiling_stops_at_the_boiling_point() -> None:
    _, after = flashed(0.0, volume=2e-6)
    assert after.temperature == pytest.approx(CHEMICALS["ethyl acetate"].boiling_point)
    assert 0.0 < after.gas["ethyl acetate"] < 10.0 * MMOL


def test_a_boiling_solvent_needs_a_heat_of_vaporisation() -> None:
    nameless = CHEMICALS | {"ethyl acetate": replaced(CHEMICALS["ethyl acetate"], heat_of_vaporisation=math.nan)}
    with pytest.raises(ValidityError, match="heat of vaporisation"):
        run_pot(recipe(ligand_stock(), chemicals=nameless), parameters())


def test_the_cesium_stock_cools_the_pot_it_enters() -> None:
    base = recipe()
    injected = run_pot(replaced(base, pot=base.pot[:8]), parameters())
    assert injected.vessel.temperature == pytest.approx((9.0 * 423.15 + 2.2 * 373.15) / 11.2)
