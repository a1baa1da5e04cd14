"""Text with a unit: the conversions against pint itself, the traps of the bench, and the messages."""

from __future__ import annotations

import math
from decimal import Decimal

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import InputError
from halodot.units import difference_to_si, from_si, to_si

#: as written, SI unit wanted, value; each checked by hand
READ = [
    ("30 nm", "m", 3e-8),
    ("30nm", "m", 3e-8),
    ("0.22 um", "m", 2.2e-7),
    ("0.22 µm", "m", 2.2e-7),  # the micro sign
    ("0.22 μm", "m", 2.2e-7),  # the Greek letter
    ("6.2 Å", "m", 6.2e-10),
    ("4 mm2", "m2", 4e-6),
    ("4 mm²", "m2", 4e-6),
    ("4 mm^2", "m2", 4e-6),
    ("2.2 mL", "m3", 2.2e-6),
    ("144 mg", "kg", 1.44e-4),
    ("0.2 mmol", "mol", 2e-4),
    ("461.009 g/mol", "kg/mol", 0.461009),
    ("25 degC", "K", 298.15),
    ("25 °C", "K", 298.15),
    ("25 deg C", "K", 298.15),
    ("77 degF", "K", 298.15),
    ("-20 degC", "K", 253.15),
    ("300 K", "K", 300.0),
    ("1 h", "s", 3600.0),
    ("1.5 min", "s", 90.0),
    ("3 hours", "s", 10800.0),
    ("8.1 ns", "s", 8.1e-9),
    ("209 cd/m2", "cd/m2", 209.0),
    ("209 cd m-2", "cd/m2", 209.0),
    ("1e-3 cm2/Vs", "m2/V/s", 1e-7),
    ("1e-3 cm2/(V s)", "m2/V/s", 1e-7),
    ("1e-3 cm2/V/s", "m2/V/s", 1e-7),
    ("1e-3 cm2 V-1 s-1", "m2/V/s", 1e-7),
    ("1e-3 cm² V⁻¹ s⁻¹", "m2/V/s", 1e-7),
    ("1e-3 cm2·V-1·s-1", "m2/V/s", 1e-7),
    ("2.9 nm-2", "1/m2", 2.9e18),
    ("2.9 1/nm2", "1/m2", 2.9e18),
    ("1e19 cm-3", "1/m3", 1e25),
    ("10 ohm*cm2", "ohm*m2", 1e-3),
    ("10 Ω cm2", "ohm*m2", 1e-3),
    ("1 mS/cm2", "S/m2", 10.0),
    ("7.5 M", "mol/m3", 7500.0),
    ("5000 rpm", "1/s", 5000 * 2 * math.pi / 60),
    ("2 %", "1", 0.02),
    ("90 wt%", "1", 0.9),
    ("50 %RH", "1", 0.5),
    ("50 % RH", "1", 0.5),
    ("1.5", "1", 1.5),
    ("1.5 eq", "1", 1.5),
    ("15 meV", "eV", 0.015),
    ("-5.2 eV", "eV", -5.2),
    ("−5.2 eV", "eV", -5.2),  # the minus of a typesetter
    (".5 V", "V", 0.5),
    ("1.E3 V", "V", 1000.0),
    ("5e-0mm-2", "1/m2", 5e6),
    ("0.4 kJ/g", "J/kg", 4e5),
    ("9.5 A*h/s", "A", 9.5 * 3600),
    ("5e-4 (m/V)^0.5", "(m/V)**0.5", 5e-4),
    ("5e-4 (m/V)**0.5", "(m/V)**0.5", 5e-4),
    ("5e-3 (cm/V)^0.5", "(m/V)**0.5", 5e-4),
    ("5e-3 (cm/V)^(1/2)", "(m/V)**0.5", 5e-4),
    ("5e-3 (cm/V)^½", "(m/V)**0.5", 5e-4),
    ("5e-3 (cm V-1)^0.5", "(m/V)**0.5", 5e-4),
    ("5e-3 cm^1/2 V^-1/2", "(m/V)**0.5", 5e-4),
    ("5e-3 (V/cm)^-0.5", "(m/V)**0.5", 5e-4),
    ("1e-28 cm6/s", "m6/s", 1e-40),
    ("20 K cm2/W", "K*m2/W", 2e-3),
    ("3e21 1/cm3/s", "1/m3/s", 3e27),
    ("0.5 MV/cm", "V/m", 5e7),
    ("2 (nm)^2", "m2", 2e-18),
]


@pytest.mark.parametrize(("text", "unit", "value"), READ)
def test_reads_what_the_bench_writes(text: str, unit: str, value: float) -> None:
    assert to_si(text, unit) == pytest.approx(value, rel=1e-15, abs=0.0)


def test_decimal_text_gives_the_nearest_float() -> None:
    assert to_si("30 nm", "m") == 30e-9
    assert to_si("0.3 mmol", "mol") == 0.0003
    assert to_si("1.1 mL", "m3") == 1.1e-6


#: as written, SI unit wanted, part of the message, suggestion
REFUSED = [
    ("30", "m", "has no unit; a length is expected", "30 nm"),
    ("0", "K", "has no unit", "0 degC"),
    ("30 mL", "m", "measures a volume, but a length is expected", ""),
    ("30 nn", "m", "unknown unit 'nn'", "nm"),
    ("30 NM", "m", "unknown unit 'NM'", "nm"),
    ("30 nms", "m", "unknown unit 'nms'", "nm"),
    ("2 Cm2/Vs", "m2/V/s", "unknown unit 'Cm'", "cm"),
    ("3 Vs", "V", "another dimension", ""),  # volt second, not the plural of volt
    ("25 C", "K", "another dimension", "degC"),  # coulomb
    ("1 cm2/V s", "m2/V/s", "another dimension", "cm2/(V s)"),
    ("20 nm", "1", "a pure number is expected", ""),
    ("50 %", "m", "is a pure number, but a length is expected", ""),
    ("1,5 mL", "m3", "decimal comma", "1.5 mL"),
    ("nan", "m", "not a finite number", ""),
    (".nan", "1", "not a finite number", ""),
    ("-inf eV", "eV", "not a finite number", ""),
    ("1e999 nm", "m", "beyond every number", ""),
    ("9" * 100 + " nm", "m", "too long", ""),
    ("some mL", "m3", "is no number", ""),
    ("", "m3", "no value", ""),
    ("5 cm2/(Vs", "m2/V/s", "unknown unit", ""),
    ("5 m/", "m", "unknown unit", ""),
    ("5 (cm/V)", "(m/V)**0.5", "another dimension", ""),
    ("5 (cm/V^0.5", "(m/V)**0.5", "unknown unit", ""),
    ("5 cm^(0.5", "(m/V)**0.5", "unknown unit", ""),
    ("5 (cm)^0.5.1", "(m/V)**0.5", "unknown unit", ""),
    ("5 m99", "m", "unknown unit", ""),
    ("5 __class__", "m", "unknown unit", ""),
]


@pytest.mark.parametrize(("text", "unit", "message", "suggestion"), REFUSED)
def test_refuses_with_a_message_and_the_nearest_word(text: str, unit: str, message: str, suggestion: str) -> None:
    with pytest.raises(InputError) as caught:
        to_si(text, unit)
    (problem,) = caught.value.problems
    assert message in problem.message
    if suggestion:
        assert problem.suggestion == suggestion


def test_a_difference_of_temperatures_has_no_zero() -> None:
    assert difference_to_si("5 degC", "K") == 5.0
    assert difference_to_si("9 degF", "K") == pytest.approx(5.0, rel=1e-15)


UNITS = ["nm", "um", "mm", "km", "mL", "L", "uL", "mg", "ug", "mmol", "us", "ps", "day", "mV", "meV", "kJ", "cd/m**2"]


@pytest.mark.parametrize("unit", UNITS)
def test_agrees_with_pint(unit: str) -> None:
    registry = pint.UnitRegistry(non_int_type=Decimal)
    quantity = registry.Quantity(Decimal("2.5"), unit).to_base_units()
    base = str(quantity.units).replace(" ", "").replace("**", "")
    names = {"meter3": "m3", "meter": "m", "kilogram": "kg", "mole": "mol", "second": "s", "candela/meter2": "cd/m2"}
    if base in names:
        assert to_si(f"2.5 {unit}", names[base]) == pytest.approx(float(quantity.magnitude), rel=1e-15)
    else:
        assert to_si(f"2.5 {unit}", base.replace("kilogram*meter2/second", "kg*m2/s").replace("/ampere", "/A")) > 0


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-30, 1e30), st.sampled_from([("m", "nm"), ("K", "degC"), ("1/m3", "1/cm3"), ("m2/V/s", "cm2/Vs")]))
def test_shown_and_read_again(value: float, units: tuple[str, str]) -> None:
    unit, shown = units
    back = to_si(f"{from_si(value, unit, shown)!r} {shown}", unit)
    assert back == pytest.approx(value, rel=1e-12, abs=1e-10 if unit == "K" else 0.0)


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290))
def test_a_number_in_its_own_unit_is_exact(value: float) -> None:
    assert to_si(f"{value!r} ohm*m2", "ohm*m2") == value


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=25))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    try:
        value = to_si(text, "m")
    except InputError:
        return
    assert math.isfinite(value)
