"""The verb of the film stage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from halodot.constants import HC_EV
from halodot.errors import ValidityError
from halodot.film.charging import charging_energy
from halodot.film.excitons import core_field, exciton_diffusivity
from halodot.film.optics import film_refraction, maxwell_garnett, shift_emission
from halodot.film.packing import core_fraction, mean_gap, surface_roughness, thin_spot_leakage
from halodot.film.parameters import FilmParameters
from halodot.film.recombination import recombination
from halodot.film.transport import hopping_mobility
from halodot.states import Dots, Film, Perovskite, replaced

_NEEDED = (
    "edge_length",
    "edge_length_spread",
    "energy_spread",
    "exciton_binding",
    "first_exciton",
    "coverage_native",
    "coverage_short",
    "native_ligand_length",
    "plqy",
    "radiative_rate",
)
#: what the film has from its dots as it is
_OF_DOTS = ("coverage_bare", "level_spacing", "exciton_binding")


def deposit(
    dots: Dots, parameters: FilmParameters, perovskite: Perovskite, measured: Mapping[str, Any] | None = None
) -> Film:
    """Return the close-packed film that dots dry to.

    The electron level lies above that of the holes by the first exciton plus its binding energy. The non-radiative rate
    is that of the dots in solution and what transfer adds; no free carrier is trapped besides: each loss counts once.

    Args:
        dots: coverages, ligand lengths, yield and spectra.
        parameters: numbers of the film stage.
        perovskite: material of the dots.
        measured: quantities of the film that are known, by field; what follows from them follows from these.

    Returns:
        The film, on the wavelength grid of the dots.

    Raises:
        ValidityError: the film needs what is not known of the dots, or they do not emit.
    """
    _check(dots)
    known, core = measured or {}, perovskite.core_permittivity
    gap = known.get("gap", mean_gap(dots, parameters))
    fraction = known.get("core_fraction", core_fraction(dots.edge_length, gap, parameters))
    index, extinction = film_refraction(dots.wavelength, dots.absorbance, fraction, parameters, perovskite)
    roughness = known.get("roughness", surface_roughness(dots, gap, parameters))
    permittivity = known.get("relative_permittivity", maxwell_garnett(core, parameters.ligand_permittivity, fraction))
    losses = recombination(dots, parameters, known)
    volume, lifetime = dots.edge_length**3 / fraction, dots.trion_auger_lifetime
    film = Film(
        gap=gap,
        core_fraction=fraction,
        wavelength=dots.wavelength,
        index=index,
        extinction=extinction,
        spectrum=shift_emission(dots.wavelength, dots.pl, parameters.red_shift),
        mobility=hopping_mobility(dots.edge_length, gap, dots.energy_spread, parameters),
        electron_affinity=known.get("ionisation_energy", perovskite.ionisation_energy)
        - (HC_EV / dots.first_exciton + dots.exciton_binding),
        ionisation_energy=perovskite.ionisation_energy,
        density_of_states=parameters.states_per_dot * fraction / dots.edge_length**3,
        relative_permittivity=permittivity,
        plqy=losses.plqy,
        radiative_rate=losses.radiative_rate,
        nonradiative_rate=losses.nonradiative_rate,
        roughness=roughness,
        leakage_conductance=thin_spot_leakage(dots.edge_length + gap, roughness, parameters),
        **{name: getattr(dots, name) for name in _OF_DOTS},
        solution_plqy=losses.solution_plqy,
        transfer_loss=losses.transfer_loss,
        interface_loss=losses.interface_loss,
        lifetime_amplitude=losses.plqy / losses.radiative_rate,
        carrier_disorder=parameters.carrier_share * dots.energy_spread,
        dot_volume=volume,
        trion_auger_rate=1.0 / lifetime if lifetime > 0.0 else 0.0,
        charging_energy=charging_energy(dots.edge_length, core, permittivity),
        exciton_diffusivity=exciton_diffusivity(volume, losses.radiative_rate, parameters),
        quenching_field=dots.quenching_field / core_field(fraction, parameters, perovskite),
    )
    return replaced(film, **known)


def _check(dots: Dots) -> None:
    unknown = [name for name in _NEEDED if not math.isfinite(getattr(dots, name))]
    if dots.coverage_short > 0 and not math.isfinite(dots.short_ligand_length):
        unknown.append("short_ligand_length")
    if unknown:
        raise ValidityError(f"a film needs more of its dots than is known; give dots.{', dots.'.join(unknown)}")
    if not dots.plqy > 0:
        raise ValidityError("a film of dots that do not emit has no non-radiative rate; dots.plqy must be positive")
