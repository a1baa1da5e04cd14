"""From excitons and optics to the light that a person and a photodiode see."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE
from halodot.errors import ValidityError
from halodot.light.accuracy import position_error, position_note, spectral_error
from halodot.light.colour import (
    LUMENS_PER_WATT,
    ColourMatching,
    chromaticity,
    dominant_wavelength,
    power_of_photons,
    rec_2020_coverage,
    tristimulus,
    uniform_chromaticity,
)
from halodot.light.quadrature import trapezoid
from halodot.light.stack_optics import check_window, emitting_layer, spectral_weights
from halodot.light.weights import recycling_gain
from halodot.numerics import full_width, parabola_vertex
from halodot.states import Array, BoolArray, DeviceSolution, Emission, Emitter, Optics, Stack, parts_of

GRAZING = 0.5 * np.pi - 1e-7  # rad, the last angle of a luminance: along the surface it is zero over zero


class Channels(NamedTuple):
    """Radiative decays, and per radiative decay at each position the photons that each channel gets."""

    share: Array  # [1], (wavelength,), of the emitter's photons
    purcell: Array  # [1], (position,), F(x) = sum s(lambda) power(lambda, x)
    decays: Array  # [1/m2/s], (voltage, position), radiative decays, those of recycled photons included
    recycling_gain: Array  # [1], (voltage,), excitons made per exciton of the current, recycled ones included
    guided_self_absorbed: Array  # (wavelength, position), guided light that the emitter absorbs


def emit(
    stack: Stack, optics: Optics, device_solution: DeviceSolution, matching: ColourMatching, tolerance: float = 0.005
) -> Emission:
    """Return the light that leaves the device at every voltage.

    An exciton made at the height x decays radiatively with the yield Y(x) of the device, at the rate k_r F(x) with F =
    sum s power, s the intrinsic photon spectrum. Of its photons s air/F reach air:

        el(lambda) = sum_x G(x) Y(x) s(lambda) air(lambda, x) / F(x)
        L = 683.002 lm/W int (hc/lambda) V(lambda) sum_x G Y s radiance(lambda, x, 0)/F dlambda
        EQE = q int el dlambda / J

    The emitter absorbs a share A of its own photons, A per exciton of the current, and makes excitons of them again, of
    which it absorbs A again: everything is multiplied by 1/(1 - A). Recycled excitons are taken to live in the same
    zone, with the same yield. EQE is then q eta/(1 - q A_self) for a yield q.

    ``eqe_lambertian`` is pi times the forward photon radiance instead of the hemisphere; colour is that of the forward
    light, which a spectroradiometer faces; lm/W counts the light of the hemisphere. Luminance by angle is the radiance
    over cos(angle), and the Lambertian factor pi L/M compares the forward luminance with the luminous exitance M.

    Args:
        stack: the stack of the optics, for its emission spectrum.
        optics: from :func:`dipole_emission`.
        device_solution: from the device, on the same positions.
        matching: standard observer.
        tolerance: relative error of the light that is noted where the positions leave more.

    Returns:
        Spectra [1/m2/s/m], (voltage, wavelength), photometry and photon budget, (voltage,); nan where a voltage did not
        converge, carries no current (ratios to it) or makes no excitons (colour, budget).

    Raises:
        ValidityError: positions that differ, or wavelengths that miss more than 1 % of the emission.
    """
    number, emitter = emitting_layer(stack)
    _check(optics, device_solution, emitter)
    channels = _channels(optics, device_solution, emitter, number)
    live = np.asarray(device_solution.converged, dtype=np.bool_) & np.isfinite(device_solution.current_density)
    budget = _budget(channels, optics, device_solution, live, number)
    total = sum(value.sum(axis=0) if value.ndim == 2 else value for value in budget.values())
    misses = np.abs(np.asarray(total) - 1.0)
    radiative, generated = channels.decays.sum(axis=1), device_solution.exciton_generation.sum(axis=1)
    by_position = position_error(channels.decays, channels.share @ optics.radiance[:, :, 0] / channels.purcell)
    photometry = _photometry(channels, optics, device_solution, matching, live)
    return Emission(
        voltage=device_solution.voltage.copy(),
        current_density=device_solution.current_density.copy(),
        wavelength=optics.wavelength.copy(),
        exciton_yield=_ratio(radiative, channels.recycling_gain * generated, live),
        layer_names=optics.layer_names,
        notes=position_note(by_position, photometry["luminance"], optics.position.size, tolerance),
        luminance_error=np.where(live, by_position + spectral_error(emitter, optics), np.nan),
        balance_error=float(np.nanmax(misses)) if np.any(np.isfinite(misses)) else float("nan"),
        **photometry,
        **_far_field(channels, optics, matching, live),
        **budget,
    )


def _photometry(
    channels: Channels, optics: Optics, device_solution: DeviceSolution, matching: ColourMatching, live: BoolArray
) -> dict[str, Array]:
    """Return the spectrum, and what a photometer and a photodiode read of it, (voltage,) or (voltage, wavelength)."""
    forward = _photons(channels, optics, optics.radiance[:, :, 0])
    hemisphere = _photons(channels, optics, optics.air)
    step = trapezoid(optics.wavelength)
    xyz = tristimulus(optics.wavelength, power_of_photons(optics.wavelength, forward), matching)
    flux = tristimulus(optics.wavelength, power_of_photons(optics.wavelength, hemisphere), matching)
    luminance, exitance = LUMENS_PER_WATT * xyz[:, 1], LUMENS_PER_WATT * flux[:, 1]
    peak, fwhm = line_of(optics.wavelength, hemisphere)
    current = np.where(live & (device_solution.current_density > 0.0), device_solution.current_density, np.nan)
    voltage = np.where(device_solution.voltage > 0.0, device_solution.voltage, np.nan)
    return {
        "el": np.where(live[:, np.newaxis], hemisphere, np.nan),
        "luminance": np.where(live, luminance, np.nan),
        "eqe": ELEMENTARY_CHARGE * (hemisphere @ step) / current,
        "eqe_lambertian": ELEMENTARY_CHARGE * np.pi * (forward @ step) / current,
        "outcoupling": _ratio(hemisphere @ step, channels.decays.sum(axis=1), live),
        "el_peak": np.where(live, peak, np.nan),
        "el_fwhm": np.where(live, fwhm, np.nan),
        "current_efficiency": luminance / current,
        "luminous_efficacy": exitance / (current * voltage),
        "lambertian_factor": _ratio(np.pi * luminance, exitance, live),
        **_colours(*chromaticity(xyz), matching, live),
    }


def _colours(x: Array, y: Array, matching: ColourMatching, live: BoolArray) -> dict[str, Array]:
    """Return colour coordinates, dominant wavelength and gamut from CIE 1931 x and y (voltage,)."""
    u, v = uniform_chromaticity(x, y)
    points = [(float(a), float(b)) if shown else (np.nan, np.nan) for a, b, shown in zip(x, y, live)]
    return {
        "cie_x": np.where(live, x, np.nan),
        "cie_y": np.where(live, y, np.nan),
        "cie_u": np.where(live, u, np.nan),
        "cie_v": np.where(live, v, np.nan),
        "dominant_wavelength": np.array([dominant_wavelength(*point, matching) for point in points]),
        "rec_2020": np.array([rec_2020_coverage(*point) for point in points]),
    }


def _far_field(channels: Channels, optics: Optics, matching: ColourMatching, live: BoolArray) -> dict[str, Array]:
    """Return luminance and colour by angle, (voltage, angle)."""
    line = (channels.share / trapezoid(optics.wavelength))[:, np.newaxis, np.newaxis]
    cosine = np.cos(np.minimum(optics.radiance_angle, GRAZING))
    per_decay = line * optics.radiance / channels.purcell[:, np.newaxis] / cosine
    # BLAS would take every core for this, and lanes beside it would wait
    photons = np.einsum("vp,wpa->vaw", channels.decays, per_decay)
    xyz = tristimulus(optics.wavelength, power_of_photons(optics.wavelength, photons), matching)
    u, v = uniform_chromaticity(*chromaticity(xyz))
    shown = live[:, np.newaxis]
    return {
        "radiance_angle": optics.radiance_angle.copy(),
        "angular_luminance": np.where(shown, LUMENS_PER_WATT * xyz[..., 1], np.nan),
        "angular_u": np.where(shown, u, np.nan),
        "angular_v": np.where(shown, v, np.nan),
    }


def _channels(optics: Optics, device_solution: DeviceSolution, emitter: Emitter, number: int) -> Channels:
    share = spectral_weights(emitter, optics.wavelength)
    purcell = share @ optics.power
    # Without a table of guided light by layer the emitter is transparent.
    split = optics.guided_absorbed.shape[0] > number and bool(np.all(np.isfinite(optics.guided_absorbed[number])))
    guided_self_absorbed = optics.guided_absorbed[number] if split else np.zeros(optics.power.shape)
    self_absorbed = guided_self_absorbed + (optics.absorbed[number] if optics.absorbed.shape[0] > number else 0.0)
    made = device_solution.exciton_generation.sum(axis=1)
    reabsorbed = device_solution.radiative_decay @ ((share @ self_absorbed) / purcell)
    gain = recycling_gain(reabsorbed / np.where(made > 0.0, made, np.inf))
    return Channels(share, purcell, device_solution.radiative_decay * gain[:, np.newaxis], gain, guided_self_absorbed)


def _photons(channels: Channels, optics: Optics, channel: Array) -> Array:
    """Return photons per area, time and wavelength (voltage, wavelength) that go into a channel."""
    line = channels.share / trapezoid(optics.wavelength)
    return np.asarray(channels.decays @ (line[:, np.newaxis] * channel / channels.purcell).T)


def _budget(
    channels: Channels, optics: Optics, device_solution: DeviceSolution, live: BoolArray, number: int
) -> dict[str, Array]:
    """Return the fate of an exciton by channel, each summed on its own; what the emitter absorbs is made again."""
    made = device_solution.exciton_generation.sum(axis=1)

    def part(channel: Array) -> Array:
        per_decay = np.tensordot(channel, channels.share, axes=(-2, 0)) / channels.purcell
        return _ratio(per_decay @ channels.decays.T, made, live)

    ends = parts_of(DeviceSolution, "exciton_formation_current")
    dark = np.sum([getattr(device_solution, name) for name in ends if name != "radiative_current"], axis=0)
    lost = channels.recycling_gain * dark / ELEMENTARY_CHARGE
    absorbed = part(optics.absorbed)
    absorbed[number : number + 1] = np.where(live & (made > 0.0), 0.0, np.nan)
    return {
        "air": part(optics.air),
        "substrate": part(optics.substrate),
        "guided": part(optics.guided - channels.guided_self_absorbed),
        "back": part(optics.back),
        "absorbed": absorbed,
        "nonradiative": _ratio(lost, made, live),
    }


def _ratio(part: Array, whole: Array, live: BoolArray) -> Array:
    return np.asarray(part / np.where(live & (whole > 0.0), whole, np.nan))


def _check(optics: Optics, device_solution: DeviceSolution, emitter: Emitter) -> None:
    same = device_solution.exciton_position.shape == optics.position.shape
    if not same or not np.allclose(device_solution.exciton_position, optics.position, rtol=1e-9, atol=1e-13):
        raise ValidityError("the device's exciton positions are not those of the optics: compute both on the same ones")
    check_window(emitter, optics.wavelength)


def line_of(wavelength: Array, spectrum: Array) -> tuple[Array, Array]:
    """Return peak wavelength and full width at half maximum of spectra, interpolated between the samples.

    Args:
        wavelength: (wavelength,) [m], increasing.
        spectrum: (..., wavelength) any quantity per unit wavelength.

    Returns:
        Peak from the parabola through the highest samples [m], and the distance between the outermost crossings of
        half the maximum [m]; nan without a peak inside the range.
    """
    rows = np.reshape(spectrum, (-1, wavelength.size))
    found = np.array([_line(wavelength, row) for row in rows]).reshape((*np.shape(spectrum)[:-1], 2))
    return found[..., 0], found[..., 1]


def _line(wavelength: Array, values: Array) -> tuple[float, float]:
    top = int(np.argmax(values)) if np.all(np.isfinite(values)) else 0
    if not 0 < top < wavelength.size - 1:
        return float("nan"), float("nan")
    peak, maximum = parabola_vertex(wavelength, values, top)
    return peak, full_width(wavelength, values, top, 0.5 * maximum, outermost=True)
