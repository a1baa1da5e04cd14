"""Stacks whose budget is hard to close: nearly lossless guides, and dipoles next to an absorber."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from light_stacks import layer, line
from scipy.integrate import quad_vec

from halodot.errors import ValidityError
from halodot.light import dipole_emission
from halodot.states import Optics, Stack

CASES = Path(__file__).parents[3] / "shared" / "cases" / "light" / "refused_stacks.json"
REFUSED: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8")) if CASES.exists() else []


def stack_of(case: dict[str, Any]) -> Stack:
    layers = tuple(
        layer(name, complex(n, k), math.inf if depth is None else depth * 1e-9, role)
        for name, n, k, depth, role in case["layers"]
    )
    return Stack(
        layers=layers,
        emitter=line(case["horizontal"]),
        emission_side="top" if case["top"] else "bottom",
        outcoupling="half_sphere" if case["half_sphere"] else "planar",
    )


def reflection(index: np.ndarray, depth: np.ndarray, kappa: complex, polarisation: str) -> complex:
    """What a layer (the first) sees of all that follow it, by the sum over round trips from the far side on."""
    normal = np.sqrt(index**2 - kappa**2 + 0j)
    normal = np.where(normal.imag < 0.0, -normal, normal)
    admittance = normal if polarisation == "s" else normal / index**2
    seen = 0.0j
    for near in range(index.size - 2, -1, -1):
        single = (admittance[near] - admittance[near + 1]) / (admittance[near] + admittance[near + 1])
        behind = seen * np.exp(2j * normal[near + 1] * depth[near + 1]) if near + 2 < index.size else 0.0
        seen = (single + behind) / (1.0 + single * behind)
    return complex(seen)


def power_by_hand(stack: Stack, wavelength: float, height: float, horizontal: float) -> float:
    """Purcell factor from Chance, Prock and Silbey's integral, adaptively along a path below the real axis."""
    k = 2.0 * math.pi / wavelength
    index = np.array(
        [complex(item.optics.table_index[0], item.optics.table_extinction[0]) for item in stack.layers] + [1.0]
    )
    e = next(number for number, item in enumerate(stack.layers) if item.role == "emitter")
    depth = np.array([0.0] + [k * item.thickness for item in stack.layers[1:]] + [0.0])
    index[e] = index[e].real
    n, below, above = index[e].real, k * height, depth[e] - k * height
    reach = max(8.0, 1.3 * max(abs(index)))

    def value(kappa: complex) -> complex:
        u = kappa / n
        slope = np.sqrt(1.0 - u * u + 0j)
        slope = -slope if slope.imag < 0.0 else slope
        total = 0.0j
        for polarisation in "sp":
            down = reflection(index[e::-1], depth[e::-1], kappa, polarisation) * np.exp(2j * n * slope * below)
            up = reflection(index[e:], depth[e:], kappa, polarisation) * np.exp(2j * n * slope * above)
            even = (1.0 + down) * (1.0 + up) / (1.0 - down * up)
            odd = (1.0 - down) * (1.0 - up) / (1.0 - down * up)
            if polarisation == "s":
                total += 0.75 * horizontal * even / slope
            else:
                total += 0.75 * horizontal * slope * odd + 1.5 * (1.0 - horizontal) * u * u / slope * even
        return complex(total * u / n)

    def along(t: float) -> float:
        path = 0.5 * reach * (1.0 - math.cos(t)) - 0.3j * reach * math.sin(t)
        turn = 0.5 * reach * math.sin(t) - 0.3j * reach * math.cos(t)
        return (value(path) * turn).real

    ellipse, _ = quad_vec(along, 0.0, math.pi, epsrel=1e-11, epsabs=1e-12, limit=4000)
    far = math.log(25.0 / min(below, above) / reach + 2.0)
    tail, _ = quad_vec(
        lambda t: value(reach * math.exp(t) + 0j).real * reach * math.exp(t), 0.0, far, epsrel=1e-11, limit=4000
    )
    return float(ellipse + tail)


def check(optics: Optics, own: int) -> None:
    total = optics.air + optics.substrate + optics.guided + optics.back + optics.absorbed.sum(axis=0)
    np.testing.assert_allclose(total, optics.power, rtol=1e-6)
    np.testing.assert_allclose(optics.guided_absorbed.sum(axis=0), optics.guided, rtol=1e-6, atol=1e-9)
    absorbed, guided = np.delete(optics.absorbed, own, axis=0), np.delete(optics.guided_absorbed, own, axis=0)
    for channel in (optics.air, optics.substrate, optics.guided, optics.back, absorbed, guided):
        assert channel.min() > -1e-6 * optics.power.max()
    # An emitter that absorbs strongly, beside an absorber, may be left with less than nothing: then a note says so.
    if np.min((optics.absorbed[own] + optics.guided_absorbed[own]) / optics.power) < -1e-4:
        assert any("negative" in note.text for note in optics.notes)


@pytest.mark.skipif(not REFUSED, reason="the cases are not beside the repository")
@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_refused_stack_is_given_with_its_gap(number: int) -> None:
    case = REFUSED[number]
    stack = stack_of(case)
    wavelength, position = np.array(case["wavelength_nm"]) * 1e-9, np.array(case["position_nm"]) * 1e-9
    emitter = next(item for item in stack.layers if item.role == "emitter")
    if min(position[0], emitter.thickness - position[-1]) < 5e-11:
        with pytest.raises(ValidityError, match=r"within 0\.05 nm"):
            dipole_emission(stack, wavelength, position)
        return
    optics = dipole_emission(stack, wavelength, position)
    check(optics, stack.layers.index(emitter))
    expected = power_by_hand(stack, wavelength[0], position[0], case["horizontal"])
    assert optics.power[0, 0] == pytest.approx(expected, rel=1e-10)
    if optics.balance_error >= 1e-8:
        assert [note.kind for note in optics.notes if "photon budget" in note.text] == ["accuracy"]


def coupled(spacer: float, extinction: float) -> Stack:
    """Dipoles in a lossless guide far from a metal; ``extinction`` is that of a second guide below it."""
    return Stack(
        layers=(
            layer("glass", 1.3, math.inf, "substrate"),
            layer("guide", 2.2 + 1j * extinction, 150e-9),
            layer("spacer", 1.3, spacer),
            layer("dots", 2.2, 200e-9, "emitter"),
            layer("above", 1.3, spacer),
            layer("metal", 1.0 + 7.0j, 1e-7),
        ),
        emitter=line(),
    )


@pytest.mark.parametrize("spacer", [1e-6, 3e-6])
@pytest.mark.parametrize("extinction", [0.0, 1e-9])
def test_a_mode_however_narrow_keeps_its_power(spacer: float, extinction: float) -> None:
    optics = dipole_emission(coupled(spacer, extinction), np.array([614e-9]), np.array([1e-7]))
    check(optics, 3)
    # Far from all that absorbs, the mode is that of the guide between two half-spaces of the spacer.
    free = Stack(
        layers=(
            layer("spacer", 1.3, math.inf, "substrate"),
            layer("dots", 2.2, 200e-9, "emitter"),
            layer("above", 1.3, math.inf),
        ),
        emitter=line(),
    )
    alone = dipole_emission(free, np.array([614e-9]), np.array([1e-7]))
    assert optics.guided[0, 0] == pytest.approx(alone.guided[0, 0], rel=2e-2)
    if not extinction:
        taken = optics.guided_absorbed[-1, 0, 0]
        assert taken == pytest.approx(optics.guided[0, 0], rel=1e-6)


def test_an_emitter_less_dense_than_the_glass_goes_over_into_a_clear_one() -> None:
    """Within the glass's light cone lies the emitter's own, where no wave in a film begins."""

    def light(extinction: float) -> Optics:
        films = (
            layer("glass", 1.8, math.inf, "substrate"),
            layer("ITO", 1.9 + 0.01j, 100e-9),
            layer("dots", complex(1.35, extinction), 150e-9, "emitter"),
            layer("Al", 1.2 + 7.0j, 100e-9),
        )
        return dipole_emission(Stack(layers=films, emitter=line(0.7)), np.array([620e-9]), np.array([40e-9, 75e-9]))

    clear, faint, dark = light(0.0), light(1e-9), light(0.5)
    for name in ("air", "substrate", "guided"):
        np.testing.assert_allclose(getattr(faint, name), getattr(clear, name), rtol=1e-6)
    total = dark.air + dark.substrate + dark.guided + dark.back + dark.absorbed.sum(axis=0)
    np.testing.assert_allclose(total, dark.power, rtol=1e-7)
