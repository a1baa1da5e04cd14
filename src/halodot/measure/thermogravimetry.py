"""What a thermobalance records."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import exp1

from halodot.constants import GAS_CONSTANT
from halodot.errors import ValidityError
from halodot.measure.noise import blurred
from halodot.states import Array, Dataset, Dots

#: temperature [K] at which ``Dots.weight_loss`` is stated
END = 773.15
_STANDARD_RATE = 10.0 / 60.0
#: temperature of the fastest loss at 10 K/min [K] and activation energy [J/mol], assumed so that native ligands
#: leave between about 200 and 420 degC and ammonium iodides between about 250 and 330 degC
_NATIVE = (583.15, 90e3)
_SHORT = (563.15, 130e3)


def tga(dots: Dots, *, heating_rate: float = _STANDARD_RATE, noise: float = 3e-4, seed: int | None = None) -> Dataset:
    """Return the weight of dried dots on heating, which has fallen by ``dots.weight_loss`` at 500 degC.

    Each kind of ligand leaves by a first-order reaction, dx/dT = (A / rate) exp(-E/RT) (1 - x); A gives the fastest
    loss at a known temperature at 10 K/min (Kissinger). Their shares of the lost mass are coverage times length:
    chains of one cross-section. The perovskite's own loss above 430 degC is left out, as in the state.

    Args:
        dots: weight loss and coverages [1], lengths of the ligands [m].
        heating_rate: heating rate of the balance [K/s].
        noise: standard deviation of the relative weight [1].
        seed: seed of the noise, None for none.

    Returns:
        Weight relative to the start [1] by temperature [K], 25 to 520 degC.

    Raises:
        ValidityError: the weight loss is unknown.
    """
    if not math.isfinite(dots.weight_loss):
        raise ValidityError("the curve of a thermobalance needs dots.weight_loss")
    temperature = np.linspace(298.15, 793.15, 496)
    share = _short_ligand_share(dots)
    lost = np.zeros(temperature.size)
    whole = 0.0
    for part, (fastest, energy) in ((1.0 - share, _NATIVE), (share, _SHORT)):
        lost += part * conversion(temperature, heating_rate, fastest, energy)
        whole += part * float(conversion(np.array([END]), heating_rate, fastest, energy)[0])
    return Dataset(
        name="tga",
        x=temperature,
        y=blurred(1.0 - dots.weight_loss * lost / whole, noise, seed),
        x_unit="K",
        x_label="Temperature",
        y_label="Weight",
        sd=np.full(temperature.size, noise),
        meta={"heating rate": heating_rate, "origin": "simulated"},
    )


def conversion(temperature: Array, heating_rate: float, fastest: float, energy: float) -> Array:
    """Return how far a first-order reaction has come on heating from far below.

    x = 1 - exp(-(A / rate) [T exp(-E/RT) - (E/R) E1(E/RT)]), A = (E rate_0 / R T_p^2) exp(E/RT_p) with rate_0 of
    10 K/min.

    Args:
        temperature: T [K], any shape.
        heating_rate: heating rate of the balance [K/s].
        fastest: T_p of the fastest loss at 10 K/min [K].
        energy: E [J/mol].

    Returns:
        x [1], shape of ``temperature``.
    """
    over = energy / GAS_CONSTANT
    scale = over * _STANDARD_RATE / fastest**2 / heating_rate
    reduced = over / temperature
    integral = math.exp(over / fastest) * (temperature * np.exp(-reduced) - over * exp1(reduced))
    return np.asarray(-np.expm1(-scale * integral))


def _short_ligand_share(dots: Dots) -> float:
    """Share of the short ligand in the lost mass [1], 0 where it is not known."""
    short = dots.coverage_short * dots.short_ligand_length if dots.coverage_short > 0.0 else 0.0
    total = short + dots.coverage_native * dots.native_ligand_length
    return short / total if math.isfinite(total) and total > 0.0 else 0.0
