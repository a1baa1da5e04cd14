"""Text with a unit: the conversions against pint itself, the traps of the bench, and the messages."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot import spellings
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
    ("5000 rpm", "rad/s", 5000 * 2 * math.pi / 60),
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
    ("2 (nm)²", "m2", 2e-18),
    ("1e18 cm⁻³", "1/m3", 1e24),
    ("1e18 cm–3", "1/m3", 1e24),  # the dash of a word processor
    ("10¹⁸ cm⁻³", "1/m3", 1e24),  # not 1018
    ("2 × 10¹⁸ cm⁻³", "1/m3", 2e24),
    ("2x10^18 cm-3", "1/m3", 2e24),
    ("2·10^18 1/cm3", "1/m3", 2e24),
    ("2*10**18 1/cm3", "1/m3", 2e24),
    ("10^(-4) cm2/Vs", "m2/V/s", 1e-8),
    ("1e19 per cm3", "1/m3", 1e25),
    ("1e-3 cm2⋅V-1⋅s-1", "m2/V/s", 1e-7),
    ("1e-3 cm2.V-1.s-1", "m2/V/s", 1e-7),
    ("30 nanometres", "m", 3e-8),
    ("30 Nanometers", "m", 3e-8),
    ("30 ㎚", "m", 3e-8),
    ("６２ nm", "m", 6.2e-8),  # digits of a Chinese or Japanese keyboard
    ("5.2 electron volts", "eV", 5.2),
    ("25 mins", "s", 1500.0),
    ("10 °C/min", "K/s", 1 / 6),
    ("90 °", "rad", math.pi / 2),
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
    ("1e999 nm", "m", "beyond the range of floating-point numbers", ""),
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
    ("1e-399 nm", "m", "beyond the range of floating-point numbers", ""),
    ("1e300 km12", "m12", "beyond the range of floating-point numbers", ""),
    ("5 dB", "1", "unknown unit 'dB'", ""),  # a logarithm is no factor
    ("45 deg", "1", "measures an angle", ""),
    ("25 °", "K", "measures an angle", "degC"),
    ("8000 g", "rad/s", "measures a mass", ""),
    ("5000 min-1", "rad/s", "measures a rate", ""),  # turns or radians: it does not say
    ("300 A", "m", "a length is expected", "angstrom"),
    ("5½ nm", "m", "unknown unit", ""),
    ("10₂ nm", "m", "write plain digits", ""),
    ("①5 nm", "m", "write plain digits", ""),
    ("5 eq %", "1", "stands alone", ""),
    ("5 %^-1", "1", "stands alone", ""),
    ("5 volume nm", "m", "stands alone", ""),
    ("5 % %", "1", "stands alone", ""),
    ("10 18 cm-3", "1/m3", "unknown unit", ""),
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


#: how pint calls what it knows under another name; what it does not know, as a product of what it does
FOR_PINT = {
    **{"cc": "cm**3", "Torr": "torr", "nit": "cd/m**2", "degK": "kelvin", "L": "liter", "molar": "mol/L"},
    **{"celsius": "degC", "centigrade": "degC", "fahrenheit": "degF", "deg": "degree", "gramme": "gram"},
    **{"yr": "year", "hr": "hour", "sec": "second", "ångström": "angstrom", "amp": "ampere", "mcd": "millicandela"},
    **{"Vs": "V*s", "As": "A*s", "Ah": "A*h", "Js": "J*s", "Ws": "W*s", "Wh": "W*h"},
    **{"%": "percent", "pct": "percent", "‰": "permille"},
    **dict.fromkeys(("eq", "equiv", "equivalent", "volume"), "dimensionless"),
}
REGISTRY = pint.UnitRegistry(non_int_type=Decimal)


def by_pint(number: str, word: str) -> pint.Quantity:
    """What pint takes a number of a unit for, in SI base units."""
    stems = [word, word.removesuffix("s")]
    ends = [(stem, own) for stem in stems for own in FOR_PINT if stem.endswith(own) and spellings.find(stem)]
    stem, own = max(ends, key=lambda pair: len(pair[1]), default=(word, ""))
    prefix = stem.removesuffix(own)
    known = prefix in {"", *spellings.PREFIXES, *(name for name, _ in spellings.PREFIXES.values())}
    name = prefix + FOR_PINT[own] if own and known else word
    return REGISTRY.Quantity(Decimal(number), REGISTRY.parse_units(name)).to_base_units()


EVERY_UNIT = [*spellings.symbols(), *spellings.names()]


@pytest.mark.parametrize("word", EVERY_UNIT)
def test_every_spelling_is_what_pint_takes_it_for(word: str) -> None:
    if word == "ppb":
        assert to_si("3 ppb", "1") == 3e-9
        return
    truth = by_pint("2.5", word)
    bases = {
        "meter": "m",
        "kilogram": "kg",
        "second": "s",
        "kelvin": "K",
        "mole": "mol",
        "ampere": "A",
        "candela": "cd",
    }
    unit = "*".join(f"{bases[base]}^{power}" for base, power in truth.unit_items() if base != "radian") or "1"
    angle = {"rad": "rad", "sr": "sr"}
    kinds = [
        angle[base] for base, _ in spellings.find(word).dimension if base in angle
    ]  # pint counts angles as numbers
    unit = "*".join([unit, *kinds]) if kinds else unit
    assert to_si(f"2.5 {word}", unit) == pytest.approx(float(truth.magnitude), rel=1e-14)
    if word in spellings.names():
        assert (
            to_si(f"2.5 {word.upper()}", unit) == to_si(f"2.5{word.capitalize()}", unit) == to_si(f"2.5 {word}", unit)
        )


def test_no_spelling_has_two_meanings() -> None:
    rows = [
        word
        for row in spellings._ROWS
        for form in (0, 1)
        for word, _ in spellings._prefixed(row, row[form].split(), form)
    ]
    twice = {word for word in rows if rows.count(word) > 1}
    assert twice == {"ohm", "kohm", "Mohm"} & twice
    for symbol in spellings.symbols():
        name = spellings.names().get(symbol.casefold())
        assert name is None or name == spellings.symbols()[symbol], symbol


CELSIUS = ["celsius", "Celsius", "CELSIUS", "degC", "°C", "° C", "ºC", "˚C", "℃", "deg C", "deg. C", "degree C", "°c"]
CELSIUS += [
    "degrees C",
    "degree Celsius",
    "degrees Celsius",
    "Degrees Celsius",
    "deg Celsius",
    "°Celsius",
    "centigrade",
]
FAHRENHEIT = ["degF", "°F", "℉", "deg F", "fahrenheit", "Fahrenheit", "degrees Fahrenheit", "degree F"]


@pytest.mark.parametrize("space", ["", " ", "\u00a0", "\u2009"])
def test_a_scale_with_its_own_zero_is_that_scale_however_it_is_spelled(space: str) -> None:
    for word in CELSIUS:
        assert to_si(f"25{space}{word}", "K") == 298.15, word
        assert to_si(f"-20{space}{word}", "K") == 253.15, word
        assert difference_to_si(f"25{space}{word}", "K") == 25.0, word
    for word in FAHRENHEIT:
        assert to_si(f"77{space}{word}", "K") == pytest.approx(298.15, rel=1e-15), word
    for word in ("kelvin", "kelvins", "Kelvin", "°K", "degK", "K"):
        assert to_si(f"25{space}{word}", "K") == 25.0, word


@pytest.mark.parametrize("word", [*CELSIUS, *FAHRENHEIT])
def test_a_scale_with_its_own_zero_takes_no_prefix(word: str) -> None:
    for prefix in ("m", "milli", "k", "kilo", "u", "delta_"):
        with pytest.raises(InputError):
            to_si(f"25 {prefix}{word}", "K")


def test_degrees_in_a_product_are_differences() -> None:
    assert to_si("5 degC/min", "K/s") == pytest.approx(5 / 60, rel=1e-15)
    assert to_si("5 1/degC", "1/K") == to_si("5 degC^-1", "1/K") == 5.0
    assert to_si("9 degF/s", "K/s") == pytest.approx(5.0, rel=1e-15)


PERCENT = ["%", "percent", "per cent", "Percent", "wt%", "wt %", "wt.%", "wt.-%", "w%", "vol%", "vol.%", "mol%", "at%"]
PERCENT += ["% w/w", "% (w/w)", "%w/w", "% v/v", "%(v/v)", "% m/m", "w/w %", "% by weight", "% by volume", "% by mass"]
PERCENT += ["% trace metals basis", "% (trace metals basis)", "% (metals basis)", "%RH", "% RH", "% relative humidity"]
PERCENT += ["weight %", "mass %", "weight percent", "percent by weight", "% (GC)", "% HPLC", "% purity", "mole %"]


@pytest.mark.parametrize("word", PERCENT)
def test_percent_by_anything_is_a_hundredth(word: str) -> None:
    assert to_si(f"90 {word}", "1") == to_si(f"90{word}", "1") == 0.9


def test_a_mass_per_volume_is_no_share() -> None:
    for word in ("% w/v", "%w/v", "% (m/v)", "wt/vol%"):
        with pytest.raises(InputError, match=r"unknown|mass per volume"):
            to_si(f"5 {word}", "1")


#: as written, what it may mean
MARKED = [
    ("1,000 nm", {"1000 nm", "1.000 nm"}),
    ("-1,000 nm", {"-1000 nm", "-1.000 nm"}),
    ("1,000e3 nm", {"1000e3 nm", "1.000e3 nm"}),
    ("12,345 nm", {"12345 nm", "12.345 nm"}),
    ("1.000,5 nm", {"1000.5 nm"}),
    ("1,000.5 nm", {"1000.5 nm"}),
    ("1,234,567 nm", {"1234567 nm"}),
    ("1.234.567 nm", {"1234567 nm"}),
    ("1.234.567,25 nm", {"1234567.25 nm"}),
    ("1 000 nm", {"1000 nm"}),
    ("1\u00a0000 nm", {"1000 nm"}),
    ("1\u202f000\u202f000 nm", {"1000000 nm"}),
    ("1 000,5 nm", {"1000.5 nm"}),
    ("1 000.5 nm", {"1000.5 nm"}),
    ("1'000 nm", {"1000 nm"}),
    ("1’000.5 nm", {"1000.5 nm"}),
    ("1_000 nm", {"1000 nm"}),
    ("0,500 nm", {"0.500 nm"}),
    ("1,5 nm", {"1.5 nm"}),
    ("1234,567 nm", {"1234.567 nm"}),
    ("1,00,000 nm", set()),
    ("1,2,3 nm", set()),
    ("1.2.3 nm", set()),
    ("192.168.1.1 nm", set()),
]


@pytest.mark.parametrize(("text", "meant"), MARKED)
def test_marks_between_digits_are_refused_with_every_reading(text: str, meant: set[str]) -> None:
    with pytest.raises(InputError) as caught:
        to_si(text, "m")
    (problem,) = caught.value.problems
    assert ({problem.suggestion} if len(meant) == 1 else set()) == (meant if len(meant) == 1 else set())
    for reading in meant if len(meant) > 1 else ():
        assert f"{reading!r}" in problem.message
    assert problem.suggestion in {"", *meant}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from([",.", ".,", " .", " ,", "'."]))
def test_a_grouped_number_is_never_read_as_another(whole: int, decimals: int, marks: str) -> None:
    text = f"{whole:,}".replace(",", marks[0]) + (f"{marks[1]}{decimals}" if decimals else "")
    truth = float(f"{whole}.{decimals}")
    try:
        value = to_si(text, "1")
    except InputError as error:
        (problem,) = error.problems
        meant = [problem.suggestion] if problem.suggestion else re.findall(r"'([\d.]+)'", problem.message)
        assert truth in map(float, meant)
    else:
        assert value == truth or (text.count(".") == 1 and "," not in text and value == float(text))


RANGES = ["30-40 nm", "30–40 nm", "30 - 40 nm", "30 to 40 nm", "30 ± 5 nm", "30±5 nm", "30 +- 5 nm", "30..40 nm"]


@pytest.mark.parametrize("text", RANGES)
def test_two_numbers_are_not_the_first(text: str) -> None:
    with pytest.raises(InputError, match="more than one number"):
        to_si(text, "m")


#: missing unit: number, SI unit, usual range, what is proposed
PROPOSED = [
    ("300", "K", (200.0, 450.0), "300 K"),
    ("80", "K", (200.0, 450.0), "80 degC"),
    ("8.1", "s", (1e-11, 1e-3), "8.1 ns"),
    ("645", "m", (3.5e-7, 2e-6), "645 nm"),
    ("0.645", "m", (3.5e-7, 2e-6), "0.645 um"),
    ("5e18", "1/m3", (1e20, 1e29), "5e18 1/cm3"),
    ("1e90", "m", (1e-10, 1e-5), ""),
    ("30", "m", None, "30 nm"),
]


@pytest.mark.parametrize(("number", "unit", "usual", "proposed"), PROPOSED)
def test_proposes_a_unit_that_makes_the_number_a_usual_one(
    number: str, unit: str, usual: tuple[float, float] | None, proposed: str
) -> None:
    with pytest.raises(InputError, match="has no unit") as caught:
        to_si(number, unit, usual)
    (problem,) = caught.value.problems
    assert problem.suggestion == proposed
    if proposed and usual:
        assert usual[0] <= to_si(proposed, unit) <= usual[1]


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


UNITS = ["m", "1", "K", "eV", "1/m3", "(m/V)**0.5", "rad/s", "m2/V/s"]
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *EVERY_UNIT,
                *PERCENT,
                *CELSIUS,
                "^",
                "**",
                "*",
                "/",
                "(",
                ")",
                "-",
                " ",
                "·",
                "10^",
                "x10",
                "e9",
                ",",
                ".",
                "per ",
            ]
        ),
        st.text(max_size=4),
        st.integers(-999, 9999).map(str),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), PIECES, PIECES.map("30 {}".format)), st.sampled_from(UNITS))
def test_any_text_is_a_number_or_a_problem(text: str, unit: str) -> None:
    for read in (to_si, difference_to_si):
        try:
            value = read(text, unit)
        except InputError:
            continue
        assert math.isfinite(value)


def test_the_page_on_units_says_what_is_read() -> None:
    page = (Path(__file__).parents[1] / "docs" / "units.md").read_text(encoding="utf-8")
    symbols = re.search(r"case of their letters: (.*?), with", page, re.DOTALL)
    assert symbols is not None
    for symbol in symbols[1].split():
        assert spellings.find(symbol) is not None, symbol
    for written in re.findall(r"`(\d[\d.]* [^`]*)`", page):
        readable = any(is_read(written, unit) for unit in ("1", "K", "m", "s", "eV", "rad", "rad/s", "cd/m2", "K/s"))
        assert readable != (written in REFUSED_ON_THE_PAGE), written


REFUSED_ON_THE_PAGE = ("5 % w/v", "8000 g", "1 000", "30 ± 5 nm")


def is_read(text: str, unit: str) -> bool:
    try:
        to_si(text, unit)
    except InputError:
        return False
    return True
