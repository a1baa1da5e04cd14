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


def test_the_size_of_an_input_chooses_its_unit() -> None:
    def text(path: str, value: str, unit: str) -> str:
        return names.input_text(path, to_si(value, unit), unit)

    written = {
        ("device.layers.glass.thickness", "m"): ("1.1 mm", "50 nm", "12 um", "4 cm"),
        ("given.dots.radiative_lifetime", "s"): ("15 ns", "30 ps", "2 us", "90 s", "10 min", "1 h"),
        ("dots.air_rate", "1/s"): ("0.12 1/ns", "0.003 1/day", "2 1/s"),
        ("recipe.pot[0].volume", "m3"): ("5 mL", "0.4 mL", "20 uL", "1.5 L"),
        ("recipe.pot[0].mass", "kg"): ("69 mg", "1.2 g"),
        ("recipe.pot[0].amount", "mol"): ("0.2 mmol", "40 umol"),
        ("flask.native_binding", "m3/mol"): ("5 L/mol", "150 cm3/mol"),
        ("run.temperature", "K"): ("300 K", "25 degC", "77 K", "319.9 degC"),
    }
    for (path, unit), values in written.items():
        for value in values:
            assert text(path, value, unit) == value
    assert names.input_text("recipe.work_up[0].centrifugal_force", 8000.0, "1") == "8000 g"
    assert names.range_text("device.layers.glass.thickness", 1.1e-3, (5e-4, 2e-3), "m") == "0.5 to 2 mm"
    assert names.range_text("film.face_velocity", 0.0, (0.0, 0.4), "m/s") == "0 to 0.4 m/s"


def test_only_what_a_thermometer_reads_is_shown_in_degrees_celsius() -> None:
    from halodot.study import library

    for stage in library.STAGES:
        for item in fields(library.parameter_class(stage)):
            if item.metadata.get("unit") == "K":
                reads = item.metadata["valid"] == "temperature"
                assert (names.unit_at_the_bench(f"{stage}.{item.name}", "K", 298.15) == "degC") is reads, item.name


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("eqe_max", 20.0, "cannot be 2000 %; it lies between 0 and 100 %"),
        ("eqe_at_1000", 1.01, "cannot be 101 %"),
        ("plqy", -0.1, "cannot be -10 %"),
        ("lifetime", -1e-9, "cannot be -1 ns; it is never below 0"),
        ("luminance_max", -5.0, "cannot be -5 cd/m2"),
        ("cie_x", 1.2, "cannot be 1.2; it lies between 0 and 1"),
    ],
)
def test_says_which_values_a_quantity_cannot_have(name: str, value: float, said: str) -> None:
    assert said in names.impossible(name, value)


def test_values_that_a_quantity_can_have_are_left_alone() -> None:
    for name, value in (("plqy", 1.0), ("plqy", 0.0), ("plqy", float("nan")), ("open_circuit_voltage", -0.1)):
        assert names.impossible(name, value) == ""
    assert names.impossible("pl_retained_in_air", 1.2) == ""  # dots may brighten in air


def test_every_number_of_the_summary_shown_in_per_cent_has_limits() -> None:
    for name in SUMMARY:
        if names.QUANTITIES[name].shown_unit == "%":
            assert names.QUANTITIES[name].limits[0] == 0.0, name
