"""The laws of a node and of centres at an interface against fifty digits."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from halodot.device.discretisation.records import EDGE, NODE
from halodot.device.laws.carriers import Carriers, carriers_at
from halodot.device.laws.interface_recombination import (
    BY_W,
    BY_Z,
    ELECTRON_LOSS,
    HOLE_LOSS,
    TRAP_CHARGE,
    VALUE,
    InterfaceTrapParameters,
    fill_interface_recombination,
)
from halodot.device.laws.ions import ion_density
from halodot.device.laws.recombination import (
    RateAndDerivatives,
    add_recombination_derivatives,
    auger_rate,
    net_recombination,
    np_excess,
    srh_rate,
)
from halodot.device.laws.space_charge import space_charge

mpmath.mp.dps = 50

SPLITS = st.floats(-300.0, 300.0) | st.floats(-1e-9, 1e-9)
CAPTURE = st.floats(-19.0, -12.0).map(lambda power: 10.0**power)
#: Depth of a gap in kT, from 1.2 eV at 300 K to 4.5 eV at 200 K.
GAPS = st.floats(40.0, 260.0)
PLACES = st.floats(0.0, 1.0)
STATES = 1e26


def close(found: float, expected: mpf, relative: float, absolute: mpf = 0.0) -> bool:
    return bool(abs(mpf(found) - expected) <= relative * abs(expected) + absolute + mpf("1e-290"))


def node(**values: float) -> Any:
    record = np.zeros(1, dtype=NODE)
    record["electron_table"] = record["hole_table"] = -1
    for name, value in values.items():
        record[name] = value
    return record[0]


def traps(gap: float, depth: float, captures: tuple[float, float]) -> dict[str, float]:
    """Release from centres whose level lies the share ``depth`` of the gap below the electron level."""
    return {
        "intrinsic": STATES**2 * math.exp(-gap),
        "electron_capture": captures[0],
        "hole_capture": captures[1],
        "electron_emission": captures[0] * STATES * math.exp(-gap * depth),
        "hole_emission": captures[1] * STATES * math.exp(-gap * (1.0 - depth)),
        "srh_prefactor": 1e22 * captures[0] * captures[1],
    }


@settings(max_examples=100, deadline=None)
@given(phi=st.floats(-200.0, 200.0), w=st.floats(-300.0, 300.0), z=st.floats(-300.0, 300.0), bias=st.floats(-40, 310))
def test_carriers_at_their_levels(phi: float, w: float, z: float, bias: float) -> None:
    log = 64.0
    at = carriers_at(node(electron_log=log, hole_log=log - 130.0), np.zeros((0, 2, 2)), phi, w, z, bias)
    electrons, holes = mpf(w) + mpf(phi) + log, mpf(z) - mpf(phi) + mpf(bias) + log - 130
    for found, exponent in ((at.n, electrons), (at.p, holes)):
        if abs(exponent) < 660:
            assert close(found, mpmath.exp(exponent), 5e-13)
    assert (at.n_slope, at.p_slope, at.n_log_activity, at.p_log_activity) == (1.0, 1.0, 0.0, 0.0)


@settings(max_examples=200, deadline=None)
@given(gap=GAPS, place=PLACES, split=SPLITS, excess=st.floats(-40.0, 0.0))
def test_np_excess_never_cancels(gap: float, place: float, split: float, excess: float) -> None:
    record = node(intrinsic=STATES**2 * math.exp(-gap))
    product = mpf(float(record["intrinsic"])) * mpmath.exp(mpf(excess))
    filled = product * mpmath.exp(mpf(split))
    n = filled ** mpf(place)
    at = Carriers(float(n), float(filled / mpf(float(n))), 1.0, 1.0, 0.25 * excess, 0.75 * excess)
    assert close(np_excess(record, at, split).value, product * mpmath.expm1(mpf(split)), 1e-12)


@settings(max_examples=200, deadline=None)
@given(
    gap=GAPS, place=PLACES, split=SPLITS, depth=PLACES, captures=st.tuples(CAPTURE, CAPTURE), light=st.floats(0.0, 1.0)
)
def test_net_recombination_in_fifty_digits(
    gap: float, place: float, split: float, depth: float, captures: tuple[float, float], light: float
) -> None:
    record = node(**traps(gap, depth, captures), electron_auger=2e-40, hole_auger=3e-41, generation=1e26)
    product = mpf(float(record["intrinsic"]))
    n = (product * mpmath.exp(mpf(split))) ** mpf(place)
    p = product * mpmath.exp(mpf(split)) / mpf(float(n))
    at = Carriers(float(n), float(p), 1.0, 1.0, 0.0, 0.0)
    c_n, c_p, empty, full = (
        mpf(float(record[name])) for name in ("electron_capture", "hole_capture", "electron_emission", "hole_emission")
    )
    over = product * mpmath.expm1(mpf(split))
    srh = mpf(float(record["srh_prefactor"])) * over / (c_n * n + c_p * p + empty + full)
    auger = (mpf(2e-40) * n + mpf(3e-41) * p) * over
    excess = np_excess(record, at, split)
    assert close(auger_rate(record, at).value * excess.value, auger, 2e-12)
    assert close(srh_rate(record, at).value * excess.value, srh, 2e-12)
    total = mpf(1e-17) * over + srh + auger
    assert close(net_recombination(record, at, excess, 1e-17, 0.0).value, total, 4e-12)
    lit = net_recombination(record, at, excess, 1e-17, light)
    size = abs(total) + mpf(light) * mpf(1e26)
    assert abs(mpf(lit.value) - (total - mpf(light) * mpf(1e26))) <= 4e-12 * size + mpf("1e-290")
    assert lit.by_phi == pytest.approx(lit.by_w - lit.by_z, rel=1e-12, abs=1e-12 * (abs(lit.by_w) + abs(lit.by_z)))


AUGER = st.floats(-43.0, -39.0).map(lambda power: 10.0**power)


@settings(max_examples=150, deadline=None)
@given(
    logs=st.tuples(st.floats(30.0, 66.0), st.floats(30.0, 66.0)),
    slopes=st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 1.0)),
    coefficients=st.tuples(AUGER | st.just(0.0), AUGER | st.just(0.0)),
    saturation=st.floats(22.0, 28.0).map(lambda power: 10.0**power) | st.just(math.inf),
)
def test_auger_rate_saturates_and_its_derivatives(
    logs: tuple[float, float], slopes: tuple[float, float], coefficients: tuple[float, float], saturation: float
) -> None:
    record = node(electron_auger=coefficients[0], hole_auger=coefficients[1], inverse_auger_saturation=1.0 / saturation)
    at = Carriers(math.exp(logs[0]), math.exp(logs[1]), *slopes, 0.0, 0.0)
    values = [mpf(at.n), mpf(at.p), *(mpf(item) for item in coefficients), mpf(1.0 / saturation)]

    def exact(n: mpf, p: mpf, a_n: mpf, a_p: mpf, inverse: mpf) -> mpf:
        return (a_n * n + a_p * p) / (1 + inverse * (n + p) / 2)

    def by(k: int) -> mpf:
        step = mpf("1e-15") * (values[k] + mpf(("1", "1", "1e-41", "1e-41", "1e-28")[k]))
        far, near = ([*values[:k], values[k] + sign * step, *values[k + 1 :]] for sign in (1, -1))
        return (exact(*far) - exact(*near)) / (2 * step)

    found, by_node, by_carriers = auger_rate(record, at), node(), np.zeros(4)
    size = exact(*values)
    assert close(found.value, size, 1e-14)
    assert close(found.by_w, by(0) * values[0] * mpf(slopes[0]), 1e-12, 1e-14 * size)
    assert close(found.by_z, by(1) * values[1] * mpf(slopes[1]), 1e-12, 1e-14 * size)
    excess = RateAndDerivatives(1.0, 0.0, 0.0, 0.0)
    add_recombination_derivatives(record, at, excess, found.value, 1.0, by_node, by_carriers)
    for k, name in enumerate(("electron_auger", "hole_auger", "inverse_auger_saturation"), start=2):
        assert close(float(by_node[name]), by(k), 1e-12)
    # n p - n_i^2 moves with n p, which adds the rate itself
    for k in range(2):
        assert close(by_carriers[k], by(k) * values[k] + size, 1e-12, 1e-14 * size)


def test_auger_saturation_halves_the_coefficients_at_its_density() -> None:
    at = Carriers(1e25, 1e25, 1.0, 1.0, 0.0, 0.0)
    plain, halved = (
        auger_rate(node(electron_auger=2e-41, hole_auger=1e-41, inverse_auger_saturation=inverse), at).value
        for inverse in (0.0, 1e-25)
    )
    assert plain == pytest.approx(3e-16, rel=1e-15)
    assert halved == pytest.approx(0.5 * plain, rel=1e-15)


def test_nothing_recombines_at_equilibrium() -> None:
    record = node(**traps(90.0, 0.4, (1e-14, 1e-13)), electron_auger=1e-40)
    for n in (1e-5, 1e13, 1e26):
        at = Carriers(n, float(record["intrinsic"]) / n, 1.0, 1.0, 0.0, 0.0)
        assert net_recombination(record, at, np_excess(record, at, 0.0), 1e-17, 0.0).value == 0.0


@settings(max_examples=150, deadline=None)
@given(
    gap=GAPS,
    depth=PLACES,
    logs=st.tuples(st.floats(-150.0, 64.0), st.floats(-150.0, 64.0)),
    captures=st.tuples(CAPTURE, CAPTURE),
    donor=st.booleans(),
)
def test_space_charge_with_full_and_empty_traps(
    gap: float, depth: float, logs: tuple[float, float], captures: tuple[float, float], donor: bool
) -> None:
    held = 3e23
    doping = 2e21 + (held if donor else 0.0)
    record = node(**traps(gap, depth, captures), charged_traps=held, doping=doping)
    at = Carriers(math.exp(logs[0]), math.exp(logs[1]), 1.0, 1.0, 0.0, 0.0)
    n, p = mpf(at.n), mpf(at.p)
    c_n, c_p, empty, full = (
        mpf(float(record[name])) for name in ("electron_capture", "hole_capture", "electron_emission", "hole_emission")
    )
    occupied = (c_n * n + full) / (c_n * n + c_p * p + empty + full)
    fixed = mpf(2e21) + (mpf(held) * (1 - occupied) if donor else -mpf(held) * occupied)
    found = space_charge(record, at)
    assert abs(mpf(found.value) - (p - n + fixed)) <= 4e-16 * (4 * float(n + p) + 8 * held)
    whole = c_n * n + c_p * p + empty + full
    by_w = -n - mpf(held) * (c_n * n - occupied * c_n * n) / whole
    by_z = p + mpf(held) * occupied * c_p * p / whole
    assert abs(mpf(found.by_w) - by_w) <= 1e-13 * abs(by_w) + 1e-15 * held * c_n * n / whole
    assert abs(mpf(found.by_z) - by_z) <= 1e-13 * abs(by_z) + 1e-15 * held * c_p * p / whole


@settings(max_examples=150, deadline=None)
@given(
    sign=st.sampled_from([1.0, -1.0]),
    sites=st.floats(20.0, 29.0).map(lambda power: 10.0**power),
    activity=st.floats(-900.0, 900.0),
    phi=st.floats(-900.0, 900.0),
)
def test_ion_density_fills_the_sites_and_no_more(sign: float, sites: float, activity: float, phi: float) -> None:
    density, bend = ion_density(sign, sites, activity, phi)
    drop = mpmath.log(mpf(sites)) - mpf(activity) + mpf(sign) * mpf(phi)
    share = 1 / (1 + mpmath.exp(drop))
    assert 0.0 <= density <= sites
    tolerance = 1e-15 * (8.0 + 3.0 * float(abs(drop)) + abs(activity) + abs(phi))
    assert abs(mpf(density) - sites * share) <= tolerance * sites * share + mpf("1e-250")
    empty = 1 - share
    assert abs(mpf(bend) - sites * share * empty) <= tolerance * sites * share * (empty + mpf("1e-2")) + mpf("1e-250")
    if drop > 40:
        assert density == pytest.approx(float(mpmath.exp(mpf(activity) - mpf(sign) * mpf(phi))), rel=1e-11, abs=1e-250)


@settings(max_examples=150, deadline=None)
@given(
    gap=GAPS,
    step=st.floats(-30.0, 30.0),
    depth=PLACES,
    captures=st.tuples(CAPTURE, CAPTURE),
    phi=st.floats(-130.0, 130.0),
    levels=st.tuples(*[st.floats(-150.0, 150.0) | st.floats(-30.0, -14.0).map(math.exp)] * 4),
    bias=st.floats(-40.0, 150.0),
    excess=st.floats(-8.0, 0.0),
    donor=st.booleans(),
)
def test_interface_recombination_as_the_textbook_has_it(
    gap: float,
    step: float,
    depth: float,
    captures: tuple[float, float],
    phi: float,
    levels: tuple[float, float, float, float],
    bias: float,
    excess: float,
    donor: bool,
) -> None:
    count, (c_n, c_p) = mpf(2e15), (mpf(item) for item in captures)
    # electron and hole level of each side: depth below the trap and height above it, in kT
    above = [mpf(gap) * mpf(depth), mpf(gap) * mpf(depth) + mpf(step)]
    below = [mpf(gap) * (1 - mpf(depth)), mpf(gap) * (1 - mpf(depth)) + mpf(step) / 2]
    states, bent = mpf(STATES), [mpmath.exp(mpf(excess)), mpmath.exp(mpf(excess) / 2)]
    n1, p1 = [states * mpmath.exp(-item) for item in above], [states * mpmath.exp(-item) for item in below]
    n = [n1[k] * bent[k] * mpmath.exp(mpf(levels[k]) + mpf(phi)) for k in range(2)]
    p = [p1[k] * mpmath.exp(mpf(levels[2 + k]) - mpf(phi) + mpf(bias)) for k in range(2)]
    if max(max(n), max(p)) > mpf("1e60"):
        return
    edge = np.zeros(1, dtype=EDGE)[0]
    values = {
        "trap_density": 2e15,
        "electron_capture": captures[0],
        "hole_capture": captures[1],
        "electron_emission_near": float(c_n * n1[0]),
        "electron_emission_far": float(c_n * n1[1]),
        "hole_emission_near": float(c_p * p1[0]),
        "hole_emission_far": float(c_p * p1[1]),
        "charged_traps": 2e15,
        "fixed_trap_charge": 2e15 if donor else 0.0,
    }
    for name, value in values.items():
        edge[name] = value
    sides = [Carriers(float(n[k]), float(p[k]), 1.0, 1.0, excess * (1.0 - 0.5 * k), 0.0) for k in range(2)]
    out = np.zeros((5, 6))
    fill_interface_recombination(edge, sides[0], sides[1], levels, bias, out)
    a, e = [c_n * item for item in n], [c_n * n1[k] * bent[k] for k in range(2)]
    c, d = [c_p * item for item in p], [c_p * item for item in p1]
    whole = sum(a) + sum(e) + sum(c) + sum(d)
    full, empty = (sum(a) + sum(d)) / whole, (sum(c) + sum(e)) / whole
    for k in range(2):
        for row, terms, gross in (
            (
                ELECTRON_LOSS + k,
                [a[k] * e[1 - k] - e[k] * a[1 - k], *(a[k] * c[j] - e[k] * d[j] for j in range(2))],
                (a[k] * empty, e[k] * full),
            ),
            (
                HOLE_LOSS + k,
                [c[k] * d[1 - k] - d[k] * c[1 - k], *(a[j] * c[k] - e[j] * d[k] for j in range(2))],
                (c[k] * full, d[k] * empty),
            ),
        ):
            exact, size = (count * item / whole for item in (sum(terms), sum(abs(term) for term in terms)))
            rounding = mpf("1e-40") * count * sum(gross)
            assert abs(exact - count * (gross[0] - gross[1])) <= rounding
            assert abs(mpf(out[row, VALUE]) - exact) <= 1e-12 * size + rounding + mpf("1e-290")
    charge = count * (empty if donor else -full)
    assert abs(mpf(out[TRAP_CHARGE, VALUE]) - charge) <= 1e-12 * count
    lost = out[ELECTRON_LOSS : ELECTRON_LOSS + 2, VALUE].sum(), out[HOLE_LOSS : HOLE_LOSS + 2, VALUE].sum()
    size = np.abs(out[:TRAP_CHARGE, VALUE]).sum()
    assert lost[0] == pytest.approx(lost[1], rel=1e-12, abs=4e-16 * size + 1e-290)


def test_interface_recombination_vanishes_at_equilibrium() -> None:
    edge = np.zeros(1, dtype=EDGE)[0]
    for name in InterfaceTrapParameters.__annotations__:
        edge[name] = 3.0 if name not in ("charged_traps", "fixed_trap_charge") else 0.0
    out = np.zeros((5, 6))
    at = Carriers(2.0, 0.5, 1.0, 1.0, 0.0, 0.0)
    fill_interface_recombination(edge, at, at, (0.0, 0.0, 0.0, 0.0), 0.0, out)
    assert np.all(out[:TRAP_CHARGE, VALUE] == 0.0)
    assert np.all(
        out[:TRAP_CHARGE, BY_W] + out[:TRAP_CHARGE, BY_W + 1] == out[:TRAP_CHARGE, BY_Z] + out[:TRAP_CHARGE, BY_Z + 1]
    )
