"""The nomenclature covers what the states hold, with the units that they declare."""

from __future__ import annotations

from dataclasses import fields

import pytest

from halodot import names
from halodot.results.summary import QUANTITIES as SUMMARY
from halodot.states import Ageing, DeviceSolution, Dispersion, Dots, Emission, Film, Flask, Optics
from halodot.units import from_si, to_si


@pytest.mark.parametrize("record", [Flask, Dispersion, Dots, Film, Optics, DeviceSolution, Emission, Ageing])
def test_every_quantity_of_a_state_is_named(record: type) -> None:
    for item in fields(record):
        if "unit" in item.metadata:
            assert names.QUANTITIES[item.name].unit == item.metadata["unit"], item.name


def test_every_quantity_of_the_summary_is_named() -> None:
    for name, quantity in SUMMARY.items():
        assert names.QUANTITIES[name].unit == quantity.unit


def test_shown_units_have_the_dimension_of_the_si_units() -> None:
    for quantity in names.QUANTITIES.values():
        shown = from_si(1.0, quantity.unit, quantity.shown_unit)
        written = repr(shown) if quantity.shown_unit == "1" else f"{shown!r} {quantity.shown_unit}"
        assert to_si(written, quantity.unit) == pytest.approx(1.0, rel=1e-12)


def test_shows_a_value() -> None:
    assert names.shown("edge_length", 5.29e-9) == (pytest.approx(5.29), "nm")
    assert names.shown("eqe_max", 0.2445) == (pytest.approx(24.45), "%")
    assert names.shown("cie_x", 0.71) == (0.71, "")
    assert names.QUANTITIES["current_density"].axis == "Current density [mA/cm2]"


def test_a_distance_between_temperatures_is_shown_in_kelvin() -> None:
    assert names.unit_at_the_bench("ageing.temperature_reach", "K") == "K"
    assert names.unit_at_the_bench("ageing.temperature", "K") == "degC"
    assert names.unit_at_the_bench("recipe.chemicals.octane.boiling_point", "K") == "degC"
