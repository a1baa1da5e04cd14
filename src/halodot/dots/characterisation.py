"""The verb of the dots stage."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from halodot.constants import HC_EV
from halodot.dots.confinement import SCATTER, binding_energy, curve_remarks, level_spacing, quenching_field
from halodot.dots.ensemble import Ensemble, build_ensemble
from halodot.dots.multiexcitons import auger_lifetime, trion_auger_lifetime
from halodot.dots.parameters import DotsParameters
from halodot.dots.phases import driving_force
from halodot.dots.recombination import (
    average_lifetime,
    average_lifetimes,
    decay,
    loss_per_trap,
    mean_traps,
    poisson_plqy,
    trap_rates,
)
from halodot.dots.shell import weight_loss
from halodot.dots.spectra import absorption, emission, first_exciton, peak_and_width, spectral_grid
from halodot.dots.stability import avrami_untransformed_fraction, loss_rate, remarks
from halodot.errors import ValidityError
from halodot.states import Dots, Flask, Perovskite, replaced


def characterise(flask: Flask, parameters: DotsParameters, perovskite: Perovskite) -> Dots:
    """Return the dots of a flask as spectroscopy, microscopy, storage and heating would show them.

    Args:
        flask: surviving dots with at least one dispersion.
        parameters: numbers and switches of the dots stage.
        perovskite: material of the dots.

    Returns:
        The dots after the last wash, with yield and trap rate after every wash.

    Raises:
        InputError: a switch has an unknown value.
        ValidityError: no dots survived, or their first exciton lies outside the spectral range.
    """
    _check(flask)
    parameters = replaced(parameters, radiative_rate=perovskite.radiative_factor * parameters.radiative_rate)
    sample = flask.samples[-1]
    spread = parameters.spread_factor * flask.edge_length_spread
    ensemble = build_ensemble(flask.edge_length, spread, parameters, perovskite)
    _check_first_exciton(ensemble, perovskite)
    size = flask.edge_length + parameters.size_offset
    return Dots(
        edge_length=flask.edge_length,
        edge_length_spread=flask.edge_length_spread,
        spectroscopic_spread=spread,
        energy_spread=ensemble.energy_spread,
        exciton_binding=float(ensemble.share @ binding_energy(ensemble.edge_length, perovskite)),
        level_spacing=float(ensemble.share @ level_spacing(ensemble.edge_length, parameters, perovskite)),
        radiative_rate=parameters.radiative_rate,
        lifetime_average=parameters.lifetime_average,
        loss_per_trap=loss_per_trap(parameters),
        biexciton_lifetime=auger_lifetime(size, parameters),
        trion_auger_lifetime=trion_auger_lifetime(size, parameters),
        quenching_field=quenching_field(size, perovskite),
        weight_loss=weight_loss(flask, sample, parameters, perovskite),
        coverage_native=sample.coverage_native,
        coverage_short=sample.coverage_short,
        coverage_bare=sample.coverage_bare,
        native_ligand_length=flask.native_ligand_length,
        short_ligand_length=flask.short_ligand_length,
        first_exciton_deviation=SCATTER,
        notes=(*perovskite.notes, *curve_remarks(size, parameters), *remarks(parameters, perovskite)),
        halides=perovskite.halides,
        **_spectra(ensemble, parameters, perovskite),
        **_recombination(flask, parameters),
        **_survival_in_air(flask, parameters, perovskite),
    )


def _spectra(ensemble: Ensemble, parameters: DotsParameters, perovskite: Perovskite) -> dict[str, Any]:
    """Absorption and emission, and what is read off them, as fields of the dots."""
    wavelength = spectral_grid(perovskite)
    absorbance = absorption(wavelength, ensemble, parameters, perovskite)
    pl = emission(wavelength, ensemble, parameters, perovskite)
    peak, fwhm = peak_and_width(wavelength, pl)
    return {
        "wavelength": wavelength.copy(),
        "absorbance": absorbance,
        "pl": pl / pl.max(),
        "first_exciton": first_exciton(wavelength, absorbance),
        "pl_peak": peak,
        "pl_fwhm": fwhm,
    }


def _recombination(flask: Flask, parameters: DotsParameters) -> dict[str, Any]:
    """Yields and trap rates after every wash, and the decay after the last, as fields of the dots."""
    traps = mean_traps(flask.samples, flask.sites / flask.dots / flask.surface_left, parameters)
    yields, rates, last = poisson_plqy(traps, parameters), trap_rates(traps, parameters), float(traps[-1])
    amplitude, intensity = average_lifetimes(last, parameters)
    time = np.linspace(0.0, 12.0 / parameters.radiative_rate, 601)
    return {
        "plqy": float(yields[-1]),
        "plqy_by_wash": yields,
        "trap_rate": float(rates[-1]),
        "trap_rate_by_wash": rates,
        "time": time,
        "trpl": decay(time, last, parameters),
        "lifetime": average_lifetime(last, parameters),
        "lifetime_amplitude": amplitude,
        "lifetime_intensity": intensity,
        "traps": last,
    }


def _survival_in_air(flask: Flask, parameters: DotsParameters, perovskite: Perovskite) -> dict[str, Any]:
    """The photoluminescence in storage, as fields of the dots."""
    time = np.linspace(0.0, parameters.air_duration, 101)
    rate = loss_rate(flask.samples[-1].coverage_bare, flask.edge_length, parameters, perovskite)
    retained = avrami_untransformed_fraction(time, rate, parameters.air_order)
    return {
        "air_time": time,
        "pl_in_air": retained,
        "pl_retained_in_air": float(retained[-1]),
        "phase_driving_force": driving_force(parameters.air_temperature, flask.edge_length, parameters, perovskite),
    }


def _check(flask: Flask) -> None:
    if not flask.survived:
        raise ValidityError(f"no dots to characterise: {flask.reason or 'they decomposed in the flask'}")
    if not flask.samples:
        raise ValidityError("the flask holds no dispersion; give its samples (flask.samples)")
    if not (flask.dots > 0 and flask.sites > 0 and math.isfinite(flask.sites / flask.dots)):
        raise ValidityError("the numbers of dots and of surface sites must be positive (flask.dots, flask.sites)")


def _check_first_exciton(ensemble: Ensemble, perovskite: Perovskite) -> None:
    first = HC_EV / float(ensemble.share @ ensemble.energy)
    wavelength = spectral_grid(perovskite)
    low, high = float(wavelength[0]), float(wavelength[-1])
    if not low < first < high:
        size = float(ensemble.share @ ensemble.edge_length)
        raise ValidityError(
            f"the first exciton of dots of {size * 1e9:.3g} nm lies at {first * 1e9:.4g} nm, outside the range "
            f"of {low * 1e9:.0f} to {high * 1e9:.0f} nm of the spectra; "
            "check the edge length, its offset (dots.size_offset) and the perovskite's band gap"
        )
