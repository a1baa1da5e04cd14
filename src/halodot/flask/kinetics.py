"""The surface of the dots in time: a wave of acid that mixes in, then adsorption, exchange and the filling of wounds.

The closed forms of :mod:`halodot.flask.surface` are its limits: of a wave that mixes before the liquid can heal, and
of a dispersion that stands for ever.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from halodot.errors import ConvergenceError
from halodot.flask import kernels
from halodot.flask.acid_base import Pool
from halodot.flask.parameters import FlaskParameters
from halodot.flask.surface import Attack, Liquid, Surface, damaged_share
from halodot.states import number, state

#: slices of an acid that mixes in, and steps of the exchange; doubling either moves a coverage by less than 1e-4
SLICES = 32
STEPS = 12
_REFERENCE = 373.15  # K, where the rate constants are defined


@state
class Drop:
    """A strong acid on its way into the pot, and the short ligand around the dots."""

    acid: float = number("mol", "free strong acid")
    ligand: float = number("mol", "dissolved short ligand, on dots and off, once all has arrived")
    carried: float = number("mol", "the part of it that arrives with the acid")
    volume: float = number("m3", "of the liquid after it")
    temperature: float = number("K", "of the liquid")


def speed_up(temperature: float, parameters: FlaskParameters) -> float:
    """Return how much faster than at 100 degC ligands come and go, exp(-E/R (1/T - 1/T_ref))."""
    inverse = 1.0 / temperature - 1.0 / _REFERENCE
    return math.exp(-parameters.surface_activation / kernels.GAS_CONSTANT * inverse)


def strike(
    surface: Surface, drop: Drop, sites: float, pool: Pool, parameters: FlaskParameters, slices: int = SLICES
) -> tuple[Surface, Attack]:
    """Let a strong acid mix in and meet the dots and the amine around them.

    d(unmixed)/dt = -unmixed / tau. Mixed acid finds a partner at once: dB/du = -B, dP/du = -rho P, dn/du = -r n,
    do/du = r n - h o (free amine B, ion pairs P, native share n, open share o), u the exposure that uses it up. h is
    the healing ratio times the short ligand per acid of the same drop; what has mixed before fills open sites in
    time, do/dt = -k_a c_A o.

    Args:
        surface: before the acid.
        drop: what arrives.
        sites: surface sites of all dots [mol].
        pool: the amine and ion pairs around the dots.
        parameters: of the flask stage.
        slices: in which the acid mixes in.

    Returns:
        The surface after it and what the acid did; sites, protons and ligand are conserved.

    Raises:
        ConvergenceError: the balance of protons was not solved.
    """
    shares = np.array([surface.native, surface.exchanged, surface.wounded, surface.vacant])
    filling = parameters.adsorption_rate * speed_up(drop.temperature, parameters) / drop.volume
    after, found = kernels.wave(
        shares, drop.acid, pool.free_amine, pool.pairs, drop.ligand, drop.carried, sites,
        parameters.proton_selectivity, parameters.ion_pair_sink, parameters.healing_ratio, filling,
        parameters.mixing_time, slices,
    )  # fmt: skip
    if math.isnan(found[0]):
        raise ConvergenceError("The proton balance of the flask was not solved; its amounts of acid are extreme.")
    native, exchanged, wounded, _ = (float(share) for share in after)
    cleared = float(found[3]) / sites
    hit = Attack(
        exposure=float(found[0]),
        stripped_fraction=min(cleared / surface.native, 1.0) if surface.native > 0.0 else 0.0,
        open_share=wounded + float(after[3]),
        open_exposure=float(found[5]),
        to_amine=float(found[1]),
        to_pairs=float(found[2]),
        to_surface=float(found[3]),
        left=float(found[4]),
    )
    damaged = damaged_share(cleared, hit.open_exposure, parameters)
    of_wounds = min(damaged, wounded)
    of_healed = min(damaged - of_wounds, max(exchanged - surface.exchanged, 0.0))
    exchanged -= of_healed
    return replace(
        surface,
        native=native,
        exchanged=exchanged,
        bare=max(1.0 - native - exchanged, 0.0),
        damaged=surface.damaged + of_wounds + of_healed,
        wounded=wounded - of_wounds,
    ), hit


def settle(
    surface: Surface, sites: float, liquid: Liquid, duration: float, temperature: float, parameters: FlaskParameters
) -> Surface:
    """Return the surface after a dispersion stood for a time.

    Short ligand fills wounds, dw/dt = -k_a c_A w. Ammonium iodide fills wounds and damage x, which then hold native
    pairs, up to its equilibrium: dx/dt = -k_f (c_I x - (W - x) / K_I), with W all that was opened. On the rest
    dn/dt = k_a (c_L v - n / K_L) - k_x (c_A n - s c_L / K_x) and ds/dt = k_a (c_A v - s / (K_L K_x)) + k_x (...)
    for native n, short s and vacant v; without a reservoir of native pairs vacancies only take short ligand.

    Args:
        surface: before.
        sites: surface sites N of all dots [mol].
        liquid: what liquid and dots hold together.
        duration: [s].
        temperature: [K].
        parameters: of the flask stage.

    Raises:
        ConvergenceError: a step was not solved.
    """
    if not duration > 0.0 or not sites > 0.0:
        return surface
    speed = speed_up(temperature, parameters)
    surface = _fill_wounds(surface, sites, liquid, duration, speed, parameters)
    held = 1.0 - surface.damaged - surface.wounded
    pairs, short = liquid.pairs / sites, liquid.short_ligand / sites
    touch = speed * parameters.adsorption_rate * sites / liquid.volume
    leave = speed * parameters.adsorption_rate / parameters.native_binding if liquid.reservoir else 0.0
    rates = np.array([
        held, max(pairs, surface.native), max(short, surface.exchanged),
        speed * parameters.exchange_rate * sites / liquid.volume, parameters.exchange_constant,
        touch if liquid.reservoir else 0.0, leave, touch, leave / parameters.exchange_constant,
    ])  # fmt: skip
    native, exchanged, solved = kernels.relax(surface.native, surface.exchanged, duration, rates, STEPS)
    if not solved:
        raise ConvergenceError("The exchange of ligands on the dots was not solved; its amounts or rates are extreme.")
    return replace(surface, native=native, exchanged=exchanged, bare=max(1.0 - native - exchanged, 0.0))


def _fill_wounds(
    surface: Surface, sites: float, liquid: Liquid, duration: float, speed: float, parameters: FlaskParameters
) -> Surface:
    """Close wounds by short ligand, then wounds and damage by ammonium iodide."""
    wounded, exchanged, native = surface.wounded, surface.exchanged, surface.native
    free = max(liquid.short_ligand - sites * exchanged, 0.0)
    if wounded > 0.0 and free > 0.0:
        rate = parameters.adsorption_rate * speed * free / liquid.volume
        closed = min(-wounded * math.expm1(-rate * duration), free / sites)
        wounded, exchanged = wounded - closed, exchanged + closed
    open_share = wounded + surface.damaged
    mended = surface.mended
    damaged = surface.damaged
    if open_share > 0.0:
        bound = parameters.iodide_healing * liquid.ammonium_iodide / liquid.volume
        least = (open_share + mended) / (1.0 + bound)
        rate = speed * parameters.filling_rate * (1.0 + bound) / parameters.iodide_healing
        filled = -max(open_share - least, 0.0) * math.expm1(-rate * duration)
        filled = min(filled, max(liquid.pairs / sites - native, 0.0))
        part = 1.0 - filled / open_share
        wounded, damaged, mended, native = part * wounded, part * damaged, mended + filled, native + filled
    return replace(
        surface,
        native=native,
        exchanged=exchanged,
        bare=max(1.0 - native - exchanged, 0.0),
        damaged=damaged,
        wounded=wounded,
        mended=mended,
    )
