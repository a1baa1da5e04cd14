"""What time-correlated single-photon counting records of a decay."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erfcx, ndtr

from halodot.errors import InputError
from halodot.measure.noise import counted
from halodot.numerics import FWHM_PER_SIGMA
from halodot.states import Array, Dataset, Dots

CHANNELS = 2048
#: where in the record the pulse comes, as a share of it
_PULSE = 0.05


def trpl(
    dots: Dots,
    *,
    response_width: float = 0.2e-9,
    response_tail: float = 0.0,
    peak_counts: float = 1e4,
    dark_counts: float = 1.0,
    channels: int = CHANNELS,
    seed: int | None = None,
) -> Dataset:
    """Return the photoluminescence decay as counts in channels of equal width.

    Each channel expects the mean of the decay over it, folded with the response of the instrument. The pulses
    repeat at the length of the record, so that what arrives after its end is counted at its beginning and no photon
    is lost.

    Args:
        dots: decay after a weak pulse.
        response_width: full width at half maximum of the Gaussian part of the response [s].
        response_tail: time constant of its exponential part [s].
        peak_counts: expected photons in the highest channel [1].
        dark_counts: expected dark counts in every channel [1].
        channels: number of channels.
        seed: seed of the Poisson noise, None for none.

    Returns:
        Counts [1] by time [s], the middle of each channel; the pulse comes at ``meta["pulse"]``.

    Raises:
        InputError: a width is negative.
    """
    edges, pulse = _channels(dots, channels)
    start = edges - 0.5 * edges[1]  # a response that is told apart by where it starts a decay: at the channels' edges
    signal = folded(_mean_decay(edges, dots), _response(start, pulse, response_width, response_tail))
    expected = peak_counts * signal / signal.max() + dark_counts
    return _record("trpl", edges, expected, seed, _meta(pulse, response_width, response_tail, dark_counts))


def trpl_response(
    dots: Dots,
    *,
    response_width: float = 0.2e-9,
    response_tail: float = 0.0,
    peak_counts: float = 1e4,
    dark_counts: float = 1.0,
    channels: int = CHANNELS,
    seed: int | None = None,
) -> Dataset:
    """Return the response of the instrument itself, as scattered laser light shows it.

    Args:
        dots: decay that sets the length of the record.
        response_width: full width at half maximum of the Gaussian part of the response [s].
        response_tail: time constant of its exponential part [s].
        peak_counts: expected photons in the highest channel [1].
        dark_counts: expected dark counts in every channel [1].
        channels: number of channels.
        seed: seed of the Poisson noise, None for none.

    Returns:
        Counts [1] by time [s], the middle of each channel.

    Raises:
        InputError: a width is negative.
    """
    edges, pulse = _channels(dots, channels)
    response = _response(edges, pulse, response_width, response_tail)
    expected = peak_counts * response / response.max() + dark_counts
    return _record("trpl_response", edges, expected, seed, _meta(pulse, response_width, response_tail, dark_counts))


def folded(decay: Array, response: Array) -> Array:
    """Return the circular convolution of a decay with a response, whose sum is the product of their sums.

    Args:
        decay: [any unit], (channel,), the first channel after the pulse.
        response: [1], (channel,) of the record.

    Returns:
        The convolution [unit of ``decay``], (channel,), not negative.
    """
    mixed: Array = np.fft.irfft(np.fft.rfft(decay) * np.fft.rfft(response), decay.size)
    return np.maximum(mixed, 0.0)


def _channels(dots: Dots, channels: int) -> tuple[Array, float]:
    """Edges of the channels [s], from 0, and the time of the pulse [s], the edge of a channel."""
    edges = np.linspace(0.0, float(dots.time[-1]), channels + 1)
    return edges, float(edges[round(_PULSE * channels)])


def _mean_decay(edges: Array, dots: Dots) -> Array:
    """Mean of the decay over each channel after the pulse, by a trapezoidal rule on a grid ten times as fine."""
    parts = 10
    fine = np.linspace(edges[0], edges[-1], parts * (edges.size - 1) + 1)
    with np.errstate(divide="ignore"):
        curve = np.exp(np.interp(fine, dots.time, np.log(dots.trpl)))
    pieces = 0.5 * (curve[1:] + curve[:-1])
    return np.asarray(pieces.reshape(-1, parts).mean(axis=1))


def _response(edges: Array, pulse: float, width: float, tail: float) -> Array:
    """Share of the response in each channel, sum 1: a Gaussian that starts exponentials of time constant ``tail``."""
    if width < 0.0 or tail < 0.0:
        raise InputError("the widths of an instrument's response cannot be negative")
    since = edges - pulse
    deviation = width / FWHM_PER_SIGMA
    if deviation > 0.0:
        risen = ndtr(since / deviation)
        if tail > 0.0:
            risen = risen - _lag(since, deviation, tail)
    else:
        after = np.maximum(since, 0.0)
        risen = 1.0 - np.exp(-after / tail) if tail > 0.0 else (since > 0.0).astype(np.float64)
    share = np.diff(risen)
    return np.asarray(share / share.sum())


def _lag(since: Array, deviation: float, tail: float) -> Array:
    """exp(-t/tau + s^2/2 tau^2) Phi(t/s - s/tau): by how much the tail holds the Gaussian's rise back."""
    ratio, reduced = deviation / tail, since / deviation
    lag: Array = 0.5 * np.exp(-0.5 * reduced**2) * erfcx(np.maximum(ratio - reduced, 0.0) / math.sqrt(2.0))
    late = reduced >= ratio
    lag[late] = np.exp(0.5 * ratio * (ratio - 2.0 * reduced[late])) * ndtr(reduced[late] - ratio)
    return lag


def _meta(pulse: float, width: float, tail: float, dark_counts: float) -> dict[str, float | str]:
    return {
        "pulse": pulse,
        "response width": width,
        "response tail": tail,
        "dark counts": dark_counts,
        "origin": "simulated",
    }


def _record(name: str, edges: Array, expected: Array, seed: int | None, meta: dict[str, float | str]) -> Dataset:
    return Dataset(
        name=name,
        x=0.5 * (edges[1:] + edges[:-1]),
        y=counted(expected, seed),
        x_unit="s",
        x_label="Time",
        y_label="Counts",
        sd=np.sqrt(expected),
        meta=meta,
    )
