"""Space-charge-limited current of a film whose traps are filled: drift and diffusion above a fixed charge.

Reduced units as in the laws without traps; the fixed charge is s = q^2 n_t L^2 / (eps kT), twice the trap-filled
limit in kT/q.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.methods._sclc_laws import drift_and_diffusion

#: where the film is cut at either contact; the charge of an ohmic contact is 2/x^2 there
_EDGE = 2e-3
_HALF_NODES = 40
#: voltages of the curve [kT/q]; below the first the current is linear
_FIRST, _RATIO, _STEPS_TOGETHER = 0.1, 1.3, 8
#: fixed charges of the curves: sinh of equal steps, linear below the first number
_CHARGE, _CHARGE_STEP = 10.0, 0.2
_MOST_STEPS = 40  # to 3600 kT/q
#: strongest fixed charge that is solved
STRONGEST = 1500.0
_SOLVED, _NEWTON = 1e-9, 60
#: largest change of the potential in one step of Newton's method [kT/q]
_LARGEST_STEP = 4.0


def filled_traps(voltage: Array, charge: float) -> Array:
    """Return the current above a fixed charge of the carriers' sign.

    y' = n + s, j = n y - n' with the field y, between two contacts that inject without limit.

    Args:
        voltage: v [kT/q], any shape, more than 0.
        charge: s [1], 0 or more.

    Raises:
        DataError: the equations are not solved.
    """
    from scipy.interpolate import PchipInterpolator

    wanted = math.log(max(float(np.max(voltage)) / _FIRST, 2.0)) / math.log(_RATIO)
    steps = min(_STEPS_TOGETHER * math.ceil(wanted / _STEPS_TOGETHER), _MOST_STEPS)
    place = math.asinh(charge / _CHARGE) / _CHARGE_STEP
    first = max(math.floor(place) - 1, 0)
    places = _curve(first, steps)[0]
    weights = np.array([_lagrange(place - first, part) for part in range(4)])
    drop = weights @ np.stack([_curve(first + part, steps)[1] for part in range(4)])
    x = np.log(voltage)
    inside = PchipInterpolator(places, drop)(np.clip(x, places[0], places[-1]))
    fading = np.exp(np.minimum(places[-1] - x, 0.0))  # far above the limit the drop goes as s/v
    return np.asarray(drift_and_diffusion(voltage) * np.exp(-inside * fading))


def _lagrange(place: float, part: int) -> float:
    """Weight of node ``part`` of 0 to 3 in a cubic at ``place``."""
    return math.prod((place - other) / (part - other) for other in range(4) if other != part)


@lru_cache(maxsize=128)
def _curve(node: int, steps: int) -> tuple[Array, Array]:
    """Return ln v, and how far a fixed charge lowers ln j; the error of the grid is the same without one."""
    charge = _CHARGE * math.sinh(node * _CHARGE_STEP)
    places, found = _solved_curve(charge, steps)
    return places, (_solved_curve(0.0, steps)[1] if node else found) - found


@lru_cache(maxsize=128)
def _solved_curve(charge: float, steps: int) -> tuple[Array, Array]:
    """Return ln v and ln j of the film."""
    x = _nodes()
    potential = _equilibrium(x, charge)
    density = math.log(2.0 / _EDGE**2) + potential
    voltages = _FIRST * _RATIO ** np.arange(steps + 1)
    currents = np.empty(voltages.size)
    state = _State(0.0, potential, density)
    rate = (x - x[0]) / (x[-1] - x[0]), np.zeros(x.size)
    for place, voltage in enumerate(voltages):
        found = _raised(x, state, rate, float(voltage), charge)
        over = found.voltage - state.voltage
        rate = (found.potential - state.potential) / over, (found.density - state.density) / over
        currents[place], state = _current(x, found), found
    return np.log(voltages), np.log(currents)


@dataclass(frozen=True, eq=False)
class _State:
    voltage: float
    potential: Array  # (node,)
    density: Array  # logarithm of the carriers (node,)


def _raised(
    x: Array, state: _State, rate: tuple[Array, Array], voltage: float, charge: float, halvings: int = 4
) -> _State:
    """Return the film at a higher voltage, in smaller steps where one is too large."""
    over = voltage - state.voltage
    start = _State(voltage, state.potential + over * rate[0], state.density + over * rate[1])
    found = _solved(x, start, charge)
    if found is not None:
        return found
    if not halvings:
        raise DataError(
            f"a film with the fixed charge {charge:g} at {voltage:g} kT/q is not solved; choose another law"
        )
    middle = _raised(x, state, rate, state.voltage + 0.5 * over, charge, halvings - 1)
    return _raised(x, middle, rate, voltage, charge, halvings - 1)


def _nodes() -> Array:
    half = np.geomspace(_EDGE, 0.5, _HALF_NODES)
    return np.concatenate([half, 1.0 - half[-2::-1]])


def _equilibrium(x: Array, charge: float) -> Array:
    """Return the potential without a current, from Poisson's equation with n = n_c exp(potential)."""
    from scipy.linalg import solve_banded

    step = np.diff(x)
    volume = 0.5 * (step[1:] + step[:-1])
    potential = np.zeros(x.size)
    contact = 2.0 / _EDGE**2
    for _ in range(_NEWTON):
        slope = np.diff(potential) / step
        density = contact * np.exp(potential[1:-1])
        residual = np.diff(slope) - volume * (density + charge)
        bands = np.zeros((3, x.size - 2))
        bands[0, 1:], bands[2, :-1] = 1.0 / step[1:-1], 1.0 / step[1:-1]
        bands[1] = -1.0 / step[1:] - 1.0 / step[:-1] - volume * density
        change = solve_banded((1, 1), bands, -residual)
        potential[1:-1] += change
        if np.max(np.abs(change)) < _SOLVED:
            return potential
    raise DataError(f"the equilibrium of a film with the fixed charge {charge:g} is not found; choose a law")


def _bernoulli(x: Array) -> tuple[Array, Array]:
    """Return x / (exp(x) - 1) and its derivative."""
    small = np.abs(x) < 1e-3
    safe = np.clip(np.where(small, 1.0, x), -500.0, 500.0)
    grown = np.expm1(safe)
    value = np.where(small, 1.0 - x / 2.0 + x**2 / 12.0, safe / grown)
    slope = np.where(small, -0.5 + x / 6.0, (1.0 - safe * (1.0 + 1.0 / grown)) / grown)
    return value, slope


def _solved(x: Array, start: _State, charge: float) -> _State | None:
    """Return potential and carriers at a voltage by Newton's method, None where it does not arrive."""
    from scipy.linalg import solve_banded

    step = np.diff(x)
    volume = 0.5 * (step[1:] + step[:-1])
    voltage, potential, density = start.voltage, start.potential.copy(), start.density.copy()
    potential[0], potential[-1] = 0.0, voltage
    density[0] = density[-1] = math.log(2.0 / _EDGE**2)
    size = x.size - 2
    for _ in range(_NEWTON):
        carriers = np.exp(np.clip(density, -600.0, 600.0))
        rise = np.diff(potential)
        down, down_slope = _bernoulli(-rise)
        up, up_slope = _bernoulli(rise)
        # j = n y - n': carriers of the left node go with B(-rise), those of the right come back with B(rise)
        flux = (carriers[:-1] * down - carriers[1:] * up) / step
        by_rise = (-carriers[:-1] * down_slope - carriers[1:] * up_slope) / step
        poisson = np.diff(rise / step) - volume * (carriers[1:-1] + charge)
        weight = 1.0 / np.maximum(carriers[1:-1], 1e-300)
        matrix = np.zeros((7, 2 * size))
        residual = np.empty(2 * size)
        residual[0::2], residual[1::2] = poisson, np.diff(flux) * weight
        _fill(matrix, 0, 0, 0, -1.0 / step[1:] - 1.0 / step[:-1])
        _fill(matrix, 0, 0, 1, 1.0 / step[1:-1])
        _fill(matrix, 0, 0, -1, 1.0 / step[1:-1])
        _fill(matrix, 0, 1, 0, -volume * carriers[1:-1])
        _fill(matrix, 1, 0, 0, (-by_rise[1:] - by_rise[:-1]) * weight)
        _fill(matrix, 1, 0, 1, by_rise[1:-1] * weight[:-1])
        _fill(matrix, 1, 0, -1, by_rise[1:-1] * weight[1:])
        _fill(matrix, 1, 1, 0, (down[1:] / step[1:] + up[:-1] / step[:-1]) * carriers[1:-1] * weight)
        _fill(matrix, 1, 1, 1, -up[1:-1] / step[1:-1] * carriers[2:-1] * weight[:-1])
        _fill(matrix, 1, 1, -1, -down[1:-1] / step[1:-1] * carriers[1:-2] * weight[1:])
        change = solve_banded((3, 3), matrix, -residual)
        largest = float(np.max(np.abs(change)))
        if not math.isfinite(largest):
            break
        change *= min(1.0, max(_LARGEST_STEP, 0.02 * voltage) / max(largest, 1e-300))
        potential[1:-1] += change[0::2]
        density[1:-1] += change[1::2]
        if largest < _SOLVED * max(voltage, 1.0):
            return _State(voltage, potential, density)
    return None


def _fill(matrix: Array, row: int, column: int, beside: int, values: Array) -> None:
    """Put a derivative into the banded matrix: of equation ``row`` by unknown ``column`` of the node ``beside``."""
    columns = 2 * np.arange(matrix.shape[1] // 2) + column
    used = columns[: columns.size - 1] if beside < 0 else (columns[1:] if beside > 0 else columns)
    matrix[3 + row - column - 2 * beside, used] = values


def _current(x: Array, state: _State) -> float:
    """Return the current through the film."""
    step = np.diff(x)
    rise, density = np.diff(state.potential), state.density
    down, _ = _bernoulli(-rise)
    up, _ = _bernoulli(rise)
    flux = (np.exp(density[:-1]) * down - np.exp(density[1:]) * up) / step
    # where the carriers are fewest the two parts of the flux cancel least
    return float(flux[int(np.argmin(density[:-1] + density[1:]))])
