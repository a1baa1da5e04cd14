"""Newton's law of cooling, and the heat that a boiling ester takes."""

import math

import pytest
from flask_bench import CHEMICALS, ML, MMOL, changed, ligand_stock, parameters, recipe

from halodot.errors import ValidityError
from halodot.flask.heat import boil_off, cooling, isothermal, temperature
from halodot.flask.pot import run_pot
from halodot.flask.vessel import Vessel, merge
from halodot.states import replaced


def test_cooling_takes_the_time_of_newtons_law() -> None:
    segment = cooling(423.15, 373.15, parameters())
    bath = parameters().bath_temperature
    assert segment.duration == pytest.approx(parameters().cooling_time * math.log((423.15 - bath) / (373.15 - bath)))
    assert temperature(segment, 0.0) == 423.15
    assert temperature(segment, segment.duration) == pytest.approx(373.15, abs=1e-9)
    slope = (temperature(segment, 1e-4) - temperature(segment, 0.0)) / 1e-4
    assert slope == pytest.approx(-(423.15 - bath) / parameters().cooling_time, rel=1e-4)


def test_a_hold_keeps_its_temperature() -> None:
    assert temperature(isothermal(400.0, 60.0), 33.0) == 400.0


def test_a_target_below_the_bath_is_reached_in_finite_time() -> None:
    assert 0.0 < cooling(423.15, 273.15, parameters()).duration < 60.0
    assert cooling(300.0, 350.0, parameters()).duration == 0.0


def test_the_pot_in_time() -> None:
    pot = run_pot(recipe(ligand_stock(0.2, 1.5)), changed(volatile_retained=0.0))
    times = [record.time for record in pot.history]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(3600.0 + 5.0 + 20.0, abs=10.0)
    kelvin = [record.temperature for record in pot.history]
    assert max(kelvin) == 423.15
    assert kelvin[-1] == pytest.approx(298.15, abs=1e-6)
    # the flash of the ester: colder, drier of it, and as much water as the acid brought
    assert pot.history[-1].polar_volume < 0.1 * ML
    assert pot.history[-1].water / MMOL == pytest.approx(0.3 * 127.912 / 0.565 * 0.435 / 18.015, rel=1e-3)
    assert pot.history[-1].volume == pot.vessel.volume


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
