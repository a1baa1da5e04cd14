"""Mobilities in Gaussian states and at other temperatures: closed forms in fifty digits, another code, and sweeps."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from device_cases import Described, built, electrode, parts
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device import solve_device
from halodot.device.discretisation.assembly import carriers_of, fill_carriers
from halodot.device.discretisation.fields import bimolecular_at
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.laws.disorder_mobility import (
    LARGEST_OCCUPATION,
    LARGEST_REDUCED_FIELD,
    ROUNDING,
    DisorderLaw,
    disorder_by_parameters,
    disorder_enhancement,
    disorder_parameters,
)
from halodot.device.laws.mobility_at_temperature import at_temperature
from halodot.device.remarks import remarks
from halodot.errors import InputError
from halodot.states import Layer, Stack, property_of, replaced

mpmath.mp.dps = 50
DISORDER = "extended_gaussian_disorder"
SITES = 4.25e26


def vt(temperature: float) -> float:
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE


def diode(temperature: float = 300.0, cathode: float = 5.1, **numbers: object) -> Stack:
    """A film that holes alone pass, with an ohmic anode."""
    values: dict[str, object] = {
        "thickness": 100e-9,
        "relative_permittivity": 3.0,
        "electron_affinity": 0.5,
        "ionisation_energy": 5.1,
        "electron_density_of_states": SITES,
        "hole_density_of_states": SITES,
        "electron_mobility": 1e-20,
        "hole_mobility": 1e-10,
        "statistics": "gaussian",
        "electron_disorder": 0.1,
        "hole_disorder": 0.1,
        "mobility_law": DISORDER,
        **numbers,
    }
    layer = Described(name="film", material="film", role="transport", **values)
    return built((electrode(5.1), layer, electrode(cathode)), temperature=temperature)


def film(**numbers: object) -> Layer:
    return diode(**numbers).layers[1]


def law_of(width: float, spacing: float = 1.6e-9) -> DisorderLaw:
    """The law of holes at a width in kT."""
    thermal = vt(300.0)
    found = disorder_parameters(film(hole_disorder=width * thermal, site_spacing=spacing), thermal)
    return DisorderLaw(*(found[f"hole_{name}"] for name in DisorderLaw._fields))


def exact(width: mpf, spacing: mpf, density: mpf, field: mpf) -> mpf:
    """ln g_1 + ln g_2 of Pasveer et al. at a field over Vt, with the corners rounded as stated."""
    occupation, reduced = density * spacing**3, abs(field) * spacing / width
    occupation *= (1 + (occupation / mpf(LARGEST_OCCUPATION)) ** ROUNDING) ** (-1 / mpf(ROUNDING))
    reduced *= (1 + (reduced / mpf(LARGEST_REDUCED_FIELD)) ** ROUNDING) ** (-1 / mpf(ROUNDING))
    exponent = 2 * (mpmath.log(width**2 - width) - mpmath.log(mpmath.log(4))) / width**2
    density_part = (width**2 - width) / 2 * (2 * occupation) ** exponent
    return density_part + mpf("0.44") * (width ** mpf("1.5") - mpf("2.2")) * (
        mpmath.sqrt(1 + mpf("0.8") * reduced**2) - 1
    )


@settings(max_examples=80, deadline=None)
@given(width=st.floats(1.8, 10.0), log_density=st.floats(10.0, 28.0), field=st.floats(-1e11, 1e11))
def test_density_and_field_raise_a_mobility_as_pasveer_found(width: float, log_density: float, field: float) -> None:
    spacing, density = 1.6e-9, 10.0**log_density
    law = law_of(width, spacing)
    s, a, n, f = mpf(width), mpf(spacing), mpf(density), mpf(field)
    found = disorder_enhancement(law, math.log(density), field)
    assert math.log(found.factor) == pytest.approx(float(exact(s, a, n, f)), rel=1e-11, abs=1e-11)
    by_density = n * mpmath.diff(lambda x: exact(s, a, x, f), n, h=n * mpf(10) ** -15)
    assert found.by_density == pytest.approx(float(by_density), rel=1e-8, abs=1e-11)
    by_field = mpmath.diff(lambda x: exact(s, a, n, x), f, h=mpf(10) ** -15)
    assert found.by_field == pytest.approx(float(by_field), rel=1e-8, abs=1e-17)
    by = disorder_by_parameters(law, math.log(density), field)
    for name in DisorderLaw._fields:
        step = 1e-6 * max(abs(getattr(law, name)), 1e-9)
        ends = [law._replace(**{name: getattr(law, name) + sign * step}) for sign in (1, -1)]
        up, down = (math.log(disorder_enhancement(one, math.log(density), field).factor) for one in ends)
        size = abs(math.log(found.factor)) / step
        assert getattr(by, name) == pytest.approx((up - down) / (2.0 * step), rel=2e-5, abs=1e-9 * size), name


@pytest.mark.parametrize(
    ("width", "occupation", "factor"),
    [
        (3.0, 1e-10, 1.0020880978706073),
        (3.0, 1e-6, 1.0427316136082354),
        (6.0, 1e-10, 1.3919263464562575),
        (6.0, 1e-8, 2.067145168490773),
        (6.0, 1e-5, 10.622822710978818),
    ],
)
def test_the_density_factor_is_that_of_another_code(width: float, occupation: float, factor: float) -> None:
    """Values of g_1 that the simulator oedes (Szymanski) keeps in its notebook egdm-g1-g2-g3."""
    spacing = 1e-9
    found = disorder_enhancement(law_of(width, spacing), math.log(occupation / spacing**3), 0.0)
    assert found.factor == pytest.approx(factor, rel=1e-10)


def test_beyond_both_corners_a_mobility_stays() -> None:
    law = law_of(5.0)
    top = disorder_enhancement(law, math.log(1e29), 1e13)
    expected = exact(mpf(5), mpf(1.6e-9), mpf(LARGEST_OCCUPATION) / mpf(1.6e-9) ** 3 * 1e9, mpf(1e20))
    assert math.log(top.factor) == pytest.approx(float(expected), rel=1e-9)
    assert abs(top.by_density) < 1e-12
    assert abs(top.by_field) < 1e-25


@pytest.mark.parametrize(
    ("width", "currents"),
    [
        (3.0, [0.0339355, 0.308903, 5.18196, 34.1039, 375.901]),
        (6.0, [1.03847, 9.6848, 208.688, 1961.4, 40108.6]),
    ],
)
def test_currents_of_a_diode_with_gaussian_disorder_are_those_of_another_code(
    width: float, currents: list[float]
) -> None:
    """Fig. 6 of van Mensfoort and Coehoorn, Phys. Rev. B 78 (2008) 085207, as oedes solves it on its own grid."""
    voltage = np.array([0.01, 0.08773066621237416, 0.7696669794067011, 2.2797045620951937, 6.752339686501559])
    own = {"hole_disorder": width * vt(298.0), "electron_disorder": width * vt(298.0), "mobility_temperature": 298.0}
    found = solve_device(diode(298.0, **own), None, voltage, 200)
    np.testing.assert_allclose(found.current_density, currents, rtol=0.012)


def test_the_space_charge_limited_current_rises_faster_than_the_square_of_the_voltage() -> None:
    """Without a field that acts, the density alone: J of the reference rises with V^2 and this one steeper."""
    voltage = np.array([4.0, 5.0])
    # sites so close that neither the field nor, with so few of them filled, the corner of the density matters
    slopes = []
    for law in ("constant", DISORDER):
        found = solve_device(diode(mobility_law=law, hole_disorder=0.13, site_spacing=5e-10), None, voltage)
        slopes.append(float(np.diff(np.log(found.current_density))[0] / np.diff(np.log(voltage))[0]))
    assert slopes[0] < 2.0
    assert slopes[1] > slopes[0] + 0.25


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    width=st.floats(0.05, 0.15),
    temperature=st.floats(200.0, 300.0),
    cathode=st.floats(4.0, 5.3),
    spacing=st.floats(0.6e-9, 2.5e-9),
    mobility=st.floats(-14.0, -7.0),
    thickness=st.floats(40e-9, 250e-9),
)
def test_diodes_from_200_to_300_kelvin_converge_with_currents_that_rise(
    width: float, temperature: float, cathode: float, spacing: float, mobility: float, thickness: float
) -> None:
    own = {"hole_disorder": width, "electron_disorder": width, "site_spacing": spacing, "thickness": thickness}
    stack = diode(temperature, cathode, hole_mobility=10.0**mobility, **own)
    found = solve_device(stack, None, np.linspace(0.0, 6.0, 13), 100, tolerance=math.inf)
    assert found.converged.all()
    assert np.all(np.diff(found.current_density) > 0.0)
    np.testing.assert_allclose(parts(found), found.current_density, rtol=1e-9, atol=1e-12)


def test_langevins_coefficient_takes_the_mobilities_at_the_local_field_and_densities() -> None:
    width, field = 0.1, 2e7
    stack = diode(langevin_factor=1.0, electron_mobility=1e-10, electron_disorder=width, hole_disorder=width)
    device = tabulate(electrical_stack(stack), 12)
    state = np.zeros((device.nodes.size, 5))
    state[:, 0] = -field / device.thermal_voltage * device.nodes["position"]
    state[:, 1], state[:, 2] = 90.0, 30.0
    density = np.zeros((device.nodes.size, 6))
    fill_carriers(device, state, 60.0, density)
    spacing, langevin = SITES ** (-1.0 / 3.0), ELEMENTARY_CHARGE / (VACUUM_PERMITTIVITY * 3.0) * 1e-10
    for i in (0, 5, 11):
        at = carriers_of(density, i)
        gains = [
            math.exp(exact(width / mpf(vt(300.0)), mpf(spacing), mpf(n), mpf(field / vt(300.0)))) for n in (at.n, at.p)
        ]
        assert gains[0] != pytest.approx(gains[1], rel=0.1)
        assert bimolecular_at(device, state, i, at).value == pytest.approx(langevin * sum(gains), rel=1e-9)


def test_mobilities_without_field_follow_the_temperature_by_their_law() -> None:
    cold, warm = vt(240.0), vt(300.0)
    disorder = at_temperature(film(hole_disorder=0.12), cold).transport
    expected = -0.42 * ((0.12 / cold) ** 2 - (0.12 / warm) ** 2)
    assert math.log(disorder.hole_mobility / 1e-10) == pytest.approx(expected, rel=1e-12)
    words = {"mobility_law": "poole_frenkel", "hole_field_activation": 3e-4, "hole_activation_energy": 0.4}
    frenkel = at_temperature(film(**words, gill_temperature=600.0), cold).transport
    assert math.log(frenkel.hole_mobility / 1e-10) == pytest.approx(-0.4 * (1.0 / cold - 1.0 / warm), rel=1e-12)
    slope = (1.0 / 240.0 - 1.0 / 600.0) / (1.0 / 300.0 - 1.0 / 600.0)
    assert frenkel.hole_field_activation == pytest.approx(3e-4 * slope, rel=1e-12)
    constant = at_temperature(film(**words | {"mobility_law": "constant"}), cold).transport
    assert constant.hole_field_activation == 0.0
    assert constant.hole_mobility == pytest.approx(frenkel.hole_mobility, rel=1e-12)


@pytest.mark.parametrize("law", ["poole_frenkel", "constant", DISORDER])
def test_at_the_temperature_of_their_statement_mobilities_are_as_stated(law: str) -> None:
    layer = film(mobility_law=law, hole_activation_energy=0.3, gill_temperature=500.0, mobility_temperature=280.0)
    found = at_temperature(layer, vt(280.0))
    for name in ("electron_mobility", "hole_mobility", "hole_field_activation"):
        assert property_of(found, name) == pytest.approx(property_of(layer, name), rel=1e-12)
    plain = film(mobility_law="poole_frenkel")
    assert at_temperature(plain, vt(200.0)) is plain


def test_a_device_that_warms_itself_has_the_mobilities_of_its_temperature() -> None:
    voltage = np.array([5.0])
    stack = diode(hole_mobility=3e-9)
    warm = solve_device(replaced(stack, thermal_resistance=1e-4), None, voltage, 60, tolerance=math.inf)
    temperature = float(warm.temperature[0])
    held = solve_device(replaced(stack, temperature=temperature), None, voltage, 60, tolerance=math.inf)
    assert temperature > 301.0
    assert warm.current_density[0] == pytest.approx(held.current_density[0], rel=1e-6)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"hole_disorder": 0.03}, r"hole_disorder is 1\.16 kT"),
        ({"hole_disorder": 0.3}, r"holds between 1\.8 and 10 kT \(47 to 259 meV"),
        ({"hole_disorder": 0.0, "electron_disorder": 0.0}, "needs an electron_disorder or a hole_disorder"),
        ({"statistics": "boltzmann"}, "state statistics: gaussian"),
        ({"gill_temperature": 290.0}, "gill_temperature"),
        ({"mobility_law": "gaussian"}, "mobility_law must be one of"),
    ],
)
def test_what_the_law_does_not_hold_for_is_refused(numbers: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        solve_device(diode(**numbers), None, np.array([1.0]), 20)


def test_notes_say_what_is_not_taken_what_is_extrapolated_and_what_does_not_follow_the_heat() -> None:
    said = [(note.kind, note.where) for note in remarks(diode(hole_field_activation=1e-4, hole_disorder=0.06))]
    assert ("not followed", "device.layers.film.hole_field_activation") in said
    assert ("extrapolated", "device.layers.film.mobility_law") in said
    assert not remarks(diode(hole_disorder=0.1))
    for law, energy, noted in (("poole_frenkel", 0.0, True), ("poole_frenkel", 0.3, False), (DISORDER, 0.0, False)):
        stack = diode(270.0, mobility_law=law, hole_activation_energy=energy)
        found = solve_device(stack, None, np.array([1.0]), 20, tolerance=math.inf)
        assert any("those stated at 300 K" in note.text for note in found.notes) == noted


@pytest.mark.parametrize(("resistance", "said"), [(1e-4, False), (3e-4, True)])
def test_states_that_become_narrow_in_their_own_heat_are_told(resistance: float, said: bool) -> None:
    """50 meV are 1.93 kT at 300 K and 1.8 kT at 322 K."""
    stack = replaced(
        diode(electron_disorder=0.0, hole_disorder=0.05, hole_mobility=1e-8), thermal_resistance=resistance
    )
    found = solve_device(stack, None, np.array([5.0]), 20, tolerance=math.inf)
    assert (found.temperature[0] > 323.0) == said
    assert any("1.8 kT" in note.text for note in found.notes) == said
