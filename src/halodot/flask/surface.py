"""The surface of the dots: protons strip and etch, the short ligand and iodide heal, both ligands exchange.

The closed forms: of acid that mixes in at once, and of exchange that has come to its end. What happens in between, in
time, is :mod:`halodot.flask.kinetics`.

Time is counted as proton exposure u = int k_b [H] dt, in which free amine decays as exp(-u): how fast acid mixes drops
out, and what is left is who gets the protons. That acid meets a surface at all before the amine has taken it is
kinetic; at equilibrium the pool of amine would absorb it and nothing would happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from halodot.errors import ConvergenceError
from halodot.flask.acid_base import Pool
from halodot.flask.kernels import LEAST, decay, exposure_of, open_sites
from halodot.flask.parameters import FlaskParameters
from halodot.states import number, state

_ROUNDS = 200


@state
class Surface:
    """Shares of the sites; native + exchanged + bare = 1, and damaged is a part of bare."""

    native: float = number("1", "sites with a native ligand pair")
    exchanged: float = number("1", "sites with the short ligand")
    bare: float = number("1", "sites without ligand")
    damaged: float = number("1", "bare sites that no ligand can fill")
    wounded: float = number("1", "bare sites that acid opened and the short ligand can fill", default=0.0)
    mended: float = number("1", "covered sites that ammonium iodide filled before", default=0.0)

    @property
    def vacant(self) -> float:
        """Whole sites without ligand."""
        return max(self.bare - self.damaged - self.wounded, 0.0)


@state
class Attack:
    """What an amount of strong acid does to the dots."""

    exposure: float = number("1", "proton exposure until the acid is used up, inf where it never is")
    stripped_fraction: float = number("1", "share of the native sites that protons cleared")
    open_share: float = number("1", "share of sites cleared and still open in the end")
    open_exposure: float = number("1", "integral of the open share over the exposure")
    to_amine: float = number("mol", "protons taken by free amine")
    to_pairs: float = number("mol", "protons taken by ion pairs")
    to_surface: float = number("mol", "protons taken by native sites")
    left: float = number("mol", "acid that found no partner")


@state
class Liquid:
    """What the liquid and the dots hold together after an attack, to heal and to exchange."""

    short_ligand: float = number("mol", "protonated short ligand, free and bound")
    pairs: float = number("mol", "native ion pairs, free and bound")
    ammonium_iodide: float = number("mol", "alkylammonium iodide")
    volume: float = number("m3", "of the liquid")
    reservoir: bool  # free native pairs keep adsorbing and desorbing, as in a crude pot


def covered_by_pool(sites: float, liquid: Liquid, parameters: FlaskParameters) -> Surface:
    """Return the surface of fresh dots in equilibrium with the free ion pairs: bare = 1 / (1 + K_L c_L).

    Args:
        sites: surface sites of all dots [mol].
        liquid: a reservoir of native pairs.
        parameters: of the flask stage.
    """
    return exchange(Surface(native=0.0, exchanged=0.0, bare=1.0, damaged=0.0), 0.0, sites, liquid, parameters)


def _climb(missing_and_slope: Callable[[float], tuple[float, float]], scale: float) -> float:
    """Root of a rising concave function from 0 up, by Newton's method, which cannot pass it."""
    at = 0.0
    for _ in range(_ROUNDS):
        missing, slope = missing_and_slope(at)
        step = missing / slope
        at += step
        if abs(step) <= 1e-13 * at or abs(missing) <= 4e-15 * scale:
            return at
    raise ConvergenceError("A balance of the flask was not solved; its amounts of acid, amine and ligand are extreme.")


def attack(
    surface: Surface, acid: float, short_ligand: float, sites: float, pool: Pool, parameters: FlaskParameters
) -> Attack:
    """Let a strong acid meet the dots and the amine around them.

    dB/du = -B, dP/du = -rho P, dn/du = -r n, do/du = r n - h o (free amine B, ion pairs P, native share n, open
    share o), with h the healing ratio times the short ligand per acid; all four have closed forms.

    Args:
        surface: before the acid.
        acid: free strong acid [mol].
        short_ligand: dissolved short ligand that arrives with it [mol].
        sites: surface sites of all dots [mol].
        pool: the amine and ion pairs around the dots.
        parameters: of the flask stage.

    Raises:
        ConvergenceError: the balance of protons was not solved.
    """
    r, rho = parameters.proton_selectivity, parameters.ion_pair_sink
    native_sites = sites * surface.native
    exposure = exposure_of(acid, pool.free_amine, pool.pairs, native_sites, rho, r)
    if math.isnan(exposure):
        raise ConvergenceError("The proton balance of the flask was not solved; its amounts of acid are extreme.")
    stripped_fraction = -math.expm1(-_times(r, exposure))
    to_amine = -pool.free_amine * math.expm1(-exposure)
    to_pairs = -pool.pairs * math.expm1(-_times(rho, exposure))
    to_surface = native_sites * stripped_fraction
    healing = parameters.healing_ratio * short_ligand / acid if acid > LEAST else 0.0
    share, integral = open_sites(r, healing, exposure)
    vacant = surface.bare - surface.damaged
    kept_open, vacant_integral = decay(healing, exposure)
    left = max(acid - to_amine - to_pairs - to_surface, 0.0) if math.isinf(exposure) else 0.0
    return Attack(
        exposure=exposure,
        stripped_fraction=stripped_fraction,
        open_share=surface.native * share + vacant * kept_open,
        open_exposure=_times(surface.native, integral) + _times(vacant, vacant_integral),
        to_amine=to_amine,
        to_pairs=to_pairs,
        to_surface=to_surface,
        left=left,
    )


def _times(factor: float, exposure: float) -> float:
    """The product, 0 where the factor is 0 even if the exposure has no end."""
    return factor * exposure if factor else 0.0


def damaged_share(cleared: float, open_exposure: float, parameters: FlaskParameters) -> float:
    """Return the share of sites that acid on open sites leaves damaged, c (1 - exp(-d int o du / c)).

    Args:
        cleared: share of sites c that acid cleared [1].
        open_exposure: integral of the open share over the exposure [1].
        parameters: of the flask stage.
    """
    return -cleared * math.expm1(-_times(parameters.damage, open_exposure) / cleared) if cleared > 0.0 else 0.0


def material_retained(hit: Attack, parameters: FlaskParameters) -> float:
    """Return the share of the dots' material that acid on open sites does not dissolve, q = exp(-e int o du)."""
    return math.exp(-_times(parameters.etching, hit.open_exposure))


def heal_and_exchange(
    surface: Surface, hit: Attack, sites: float, liquid: Liquid, parameters: FlaskParameters
) -> Surface:
    """Return the surface after open sites were filled and both ligands found their exchange equilibrium.

    Short ligand fills open sites one for one. Protons on open sites leave damage that it cannot fill; of damage and of
    sites left open, alkylammonium iodide restores K c / (1 + K c) as native pairs.

    Args:
        surface: before the acid.
        hit: what the acid did.
        sites: surface sites of all dots [mol].
        liquid: what liquid and dots hold after the attack.
        parameters: of the flask stage.
    """
    cleared = surface.native * hit.stripped_fraction
    supply = max(liquid.short_ligand / sites - surface.exchanged, 0.0)
    damaged = damaged_share(cleared, hit.open_exposure, parameters)
    open_vacant = min(surface.bare - surface.damaged, hit.open_share)
    open_cleared = hit.open_share - open_vacant
    unfilled = max(open_cleared - supply, 0.0)
    iodide = parameters.iodide_healing * liquid.ammonium_iodide / liquid.volume
    lasting = surface.damaged + min(damaged + unfilled, cleared) / (1.0 + iodide)
    vacant = max(open_vacant - max(supply - open_cleared, 0.0), 0.0)
    return exchange(replace(surface, damaged=lasting), vacant, sites, liquid, parameters)


def exchange(surface: Surface, vacant: float, sites: float, liquid: Liquid, parameters: FlaskParameters) -> Surface:
    """Return native, exchanged and vacant shares of the undamaged sites F in equilibrium with the liquid.

    With s = vacant share * K_L, t_L = s c_L and t_A = s K_x c_A; what is bound depletes both liquids, so that
    F = x l / (1 + x) + x K_x a / (1 + K_x x) + x V / (K_L N) with x = s N / V and l, a the ligand per site. The last
    term, the vacancy itself, holds where a reservoir of native pairs keeps adsorbing; else the vacancy stays.

    Args:
        surface: before; its damaged share is final.
        vacant: undamaged sites without ligand where there is no reservoir.
        sites: surface sites N of all dots [mol].
        liquid: what liquid and dots hold.
        parameters: of the flask stage.

    Raises:
        ConvergenceError: no root within 200 steps.
    """
    constant = parameters.exchange_constant
    native, short = liquid.pairs / sites, liquid.short_ligand / sites
    vacancy = liquid.volume / (parameters.native_binding * sites) if liquid.reservoir else 0.0
    held = 1.0 - surface.damaged - (0.0 if liquid.reservoir else vacant)

    def balance(x: float) -> tuple[float, float]:
        free, free_short = 1.0 / (1.0 + x), 1.0 / (1.0 + constant * x)
        missing = held - x * (native * free + constant * short * free_short + vacancy)
        return missing, native * free * free + constant * short * free_short * free_short + vacancy

    if vacancy == 0.0 and native + short <= held * (1.0 + 1e-12):
        return replace(surface, native=native, exchanged=short, bare=max(1.0 - native - short, 0.0))
    x = _climb(balance, held) if held > 0.0 else 0.0
    native *= x / (1.0 + x)
    short *= constant * x / (1.0 + constant * x)
    return replace(surface, native=native, exchanged=short, bare=max(1.0 - native - short, 0.0))


def wash(surface: Surface, ratio: float, parameters: FlaskParameters) -> Surface:
    """Return the surface after antisolvent took ligands: each coverage falls as exp(-w V_antisolvent / V_dispersion).

    Args:
        surface: before.
        ratio: volumes of antisolvent per volume of dispersion [1].
        parameters: of the flask stage.
    """
    native = surface.native * math.exp(-parameters.native_wash_loss * ratio)
    exchanged = surface.exchanged * math.exp(-parameters.exchanged_wash_loss * ratio)
    return replace(surface, native=native, exchanged=exchanged, bare=max(1.0 - native - exchanged, 0.0))
