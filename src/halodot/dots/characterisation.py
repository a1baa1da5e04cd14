"""The verb of the dots stage."""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import HC_EV
from halodot.dots.confinement import binding_energy, quenching_field
from halodot.dots.ensemble import Ensemble, build_ensemble
from halodot.dots.multiexcitons import auger_lifetime, trion_auger_lifetime
from halodot.dots.parameters import DotsParameters
from halodot.dots.recombination import (
    average_lifetime,
    average_lifetimes,
    decay,
    loss_per_trap,
    mean_traps,
    quantum_yield,
    trap_rates,
)
from halodot.dots.shell import weight_loss
from halodot.dots.spectra import WAVELENGTH, absorption, emission, first_exciton, peak_and_width
from halodot.dots.stability import conversion_rate, kept_in_air, remarks
from halodot.errors import ValidityError
from halodot.states import Dots, Flask


def characterise(flask: Flask, parameters: DotsParameters) -> Dots:
    """Return the dots of a flask as spectroscopy, microscopy, storage and heating would show them.

    Args:
        flask: surviving dots with at least one dispersion.
        parameters: of the dots stage.

    Returns:
        The dots after the last wash, with yield and trap rate after every wash.

    Raises:
        InputError: a switch has an unknown value.
        ValidityError: there are no dots to look at, or they absorb outside the wavelengths that are followed.
    """
    _check(flask)
    sample = flask.samples[-1]
    spread = parameters.spread_factor * flask.edge_length_spread
    ensemble = build_ensemble(flask.edge_length, spread, parameters)
    _check_colour(ensemble)
    absorbance = absorption(WAVELENGTH, ensemble, parameters)
    pl = emission(WAVELENGTH, ensemble, parameters)
    pl_peak, pl_fwhm = peak_and_width(WAVELENGTH, pl)
    bare = np.array([each.coverage_bare for each in flask.samples])
    traps = mean_traps(bare, flask.sites / flask.dots, parameters)
    yields, rates = quantum_yield(traps, parameters), trap_rates(traps, parameters)
    amplitude, intensity = average_lifetimes(float(traps[-1]), parameters)
    time = np.linspace(0.0, 12.0 / parameters.radiative_rate, 601)
    air_time = np.linspace(0.0, parameters.air_duration, 101)
    air_rate = conversion_rate(sample.coverage_bare, flask.edge_length, parameters)
    pl_in_air = kept_in_air(air_time, air_rate, parameters)
    return Dots(
        edge_length=flask.edge_length,
        edge_length_spread=flask.edge_length_spread,
        spectroscopic_spread=spread,
        energy_spread=ensemble.energy_spread,
        exciton_binding=float(ensemble.share @ binding_energy(ensemble.edge_length, parameters)),
        wavelength=WAVELENGTH.copy(),
        absorbance=absorbance,
        pl=pl / pl.max(),
        first_exciton=first_exciton(WAVELENGTH, absorbance),
        pl_peak=pl_peak,
        pl_fwhm=pl_fwhm,
        plqy=float(yields[-1]),
        plqy_by_wash=yields,
        radiative_rate=parameters.radiative_rate,
        trap_rate=float(rates[-1]),
        trap_rate_by_wash=rates,
        time=time,
        trpl=decay(time, float(traps[-1]), parameters),
        lifetime=average_lifetime(float(traps[-1]), parameters),
        lifetime_average=parameters.lifetime_average,
        lifetime_amplitude=amplitude,
        lifetime_intensity=intensity,
        traps=float(traps[-1]),
        loss_per_trap=loss_per_trap(parameters),
        biexciton_lifetime=auger_lifetime(flask.edge_length + parameters.size_offset, parameters),
        trion_auger_lifetime=trion_auger_lifetime(flask.edge_length + parameters.size_offset, parameters),
        quenching_field=quenching_field(flask.edge_length + parameters.size_offset, parameters),
        air_time=air_time,
        pl_in_air=pl_in_air,
        pl_retained_in_air=float(pl_in_air[-1]),
        weight_loss=weight_loss(flask, sample, parameters),
        coverage_native=sample.coverage_native,
        coverage_short=sample.coverage_short,
        coverage_bare=sample.coverage_bare,
        native_ligand_length=flask.native_ligand_length,
        short_ligand_length=flask.short_ligand_length,
        notes=remarks(parameters),
    )


def _check(flask: Flask) -> None:
    if not flask.survived:
        raise ValidityError(f"there are no dots to look at: {flask.reason or 'they decomposed in the flask'}")
    if not flask.samples:
        raise ValidityError("the flask holds no dispersion; give flask.samples")
    if not (flask.dots > 0 and flask.sites > 0 and math.isfinite(flask.sites / flask.dots)):
        raise ValidityError("the numbers of dots and of surface sites must be positive; check flask.dots, flask.sites")


def _check_colour(ensemble: Ensemble) -> None:
    first = HC_EV / float(ensemble.share @ ensemble.energy)
    low, high = float(WAVELENGTH[0]), float(WAVELENGTH[-1])
    if not low < first < high:
        size = float(ensemble.share @ ensemble.edge_length)
        raise ValidityError(
            f"dots of {size * 1e9:.3g} nm would absorb first at {first * 1e9:.4g} nm, outside the {low * 1e9:.0f} to "
            f"{high * 1e9:.0f} nm that are followed; check the edge length, dots.size_offset and dots.band_gap"
        )
