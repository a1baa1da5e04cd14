"""The expected counts of a PL decay in every channel: laws folded with the response, background, scattered light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.lab.methods._trpl_models import Law, averages, limits

#: expected counts below which a channel is held to expect that many, so that its logarithm stays finite
_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Channels:
    """Counts and what is known of them."""

    time: Array  # middle of the channels that are used (channel,) [s]
    counts: Array  # (channel,)
    width: float  # of a channel [s]
    place: IntArray  # number of each channel, or group of channels, that is used, from the first (channel,)
    seen: Array  # share of pulses after which a channel can still count (channel,)
    period: float  # between pulses [s]; inf where it is not known
    pulse: float  # about when the light comes [s]; without a response the moment to which heights refer
    response: Array | None  # share of the response in each of its channels (channel of response,)
    edges: Array | None = None  # of groups of channels where there is no response (group + 1,) [s]
    sizes: Array | None = None  # channels in each group that is used; ones where None (channel,)
    response_start: float = 0.0  # middle of its first channel, moved so that it comes with the light [s]
    response_variance: Array | None = None  # of the shares (channel of response,)
    pedestal: float = 0.0  # standard deviation of the share that the response may hold as a constant
    variance: Array | None = None  # of the counts over that of a Poisson distribution (channel,)

    @property
    def size(self) -> Array:
        """Number of channels in each group (channel,)."""
        return np.ones(self.counts.size) if self.sizes is None else self.sizes

    @property
    def length(self) -> float:
        """From the first to the last [s]."""
        return float(self.time[-1] - self.time[0]) + self.width

    @property
    def response_channels(self) -> int:
        """Full width at half maximum of the response [channels], 1 without one."""
        if self.response is None:
            return 1
        high = np.flatnonzero(self.response >= 0.5 * self.response.max())
        return int(high[-1] - high[0]) + 1

    @property
    def excess(self) -> Array:
        """Variance of the counts over their expectation (channel,)."""
        return np.ones(self.counts.size) if self.variance is None else self.variance


@dataclass(frozen=True)
class Extras:
    """What is fitted besides the decay."""

    shift: float | None = None  # of the response [channels]; None where it is fitted
    scatter: bool = False
    background: float | None = None  # counts in a channel; None where it is fitted


@dataclass(frozen=True, eq=False)
class _Mixed:
    """Columns folded with the response."""

    folded: Array  # (column, channel)
    bent: Array  # second differences before sharpening (column, channel)
    raised: Array  # what a pedestal of one standard deviation adds (channel,)


@dataclass(frozen=True, eq=False)
class Model:
    """A law and the channels that it is compared with; numbers are logarithms, those of the response plain."""

    law: Law
    channels: Channels
    extras: Extras

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the numbers are, in their order."""
        terms, each = self.law.terms, self.law.shapes
        found = [f"shape {term} {number}" for term in range(terms) for number in range(each)]
        found += [f"height {term}" for term in range(terms)]
        found += ["background"] if self.extras.background is None else []
        if self.channels.response is not None:
            found += ["shift"] if self.extras.shift is None else []
            found += ["sharpness", "pedestal"] + (["scatter"] if self.extras.scatter else [])
        return tuple(found)

    def shapes(self, numbers: Array) -> Array:
        """Return the logarithms of the shapes (term, number)."""
        found: Array = numbers[: self.law.terms * self.law.shapes].reshape(self.law.terms, self.law.shapes)
        return found

    def heights(self, numbers: Array) -> Array:
        """Return the heights of the terms at the pulse, in counts of a channel (term,)."""
        first = self.law.terms * self.law.shapes
        found: Array = np.exp(numbers[first : first + self.law.terms])
        return found

    def number(self, numbers: Array, name: str, default: float) -> float:
        """Return one of the numbers by its name."""
        return float(numbers[self.names.index(name)]) if name in self.names else default

    def averages(self, numbers: Array) -> tuple[float, float]:
        """Return both averages of the lifetime [s]."""
        return averages(self.law, self.shapes(numbers), self.heights(numbers))

    def expected(self, numbers: Array) -> tuple[Array, Array]:
        """Return the expected counts (channel,) and their slopes (channel, number)."""
        shift = self.number(numbers, "shift", self.extras.shift or 0.0)
        edges = self.edges(shift)
        width, period = self.channels.width, self.channels.period
        terms = [self.law.filled(shape, edges, period) for shape in self.shapes(numbers)]
        heights = self.heights(numbers) / width
        columns = [height * slope for height, term in zip(heights, terms) for slope in np.diff(term.slopes)]
        columns += [height * np.diff(term.integral) for height, term in zip(heights, terms)]
        if "shift" in self.names:
            columns.append(-width * sum(height * np.diff(term.height) for height, term in zip(heights, terms)))
        if self.extras.scatter and self.channels.response is not None:
            columns.append(math.exp(self.number(numbers, "scatter", 0.0)) * self._at_once(edges))
        return self._gathered(numbers, self._mixed(np.array(columns), numbers))

    def _gathered(self, numbers: Array, columns: _Mixed) -> tuple[Array, Array]:
        """Add the parts of the expectation and put the slopes in the order of the names."""
        mixed, bent = columns.folded, columns.bent
        first = self.law.terms * self.law.shapes
        behind = first + self.law.terms
        names = self.names
        decay = mixed[first:behind].sum(axis=0)
        sharpening = bent[first:behind].sum(axis=0)
        slopes = np.zeros((len(names), decay.size))
        slopes[:behind] = mixed[:behind]
        if "shift" in names:
            slopes[names.index("shift")] = mixed[behind]
        if "scatter" in names:
            slopes[names.index("scatter")] = mixed[-1]
            decay = decay + mixed[-1]
            sharpening = sharpening + bent[-1]
        if "sharpness" in names:
            slopes[names.index("sharpness")] = sharpening
            slopes[names.index("pedestal")] = columns.raised
        background = self.extras.background
        if background is None:
            background = math.exp(self.number(numbers, "background", 0.0))
            slopes[names.index("background")] = background * self.channels.size
        lit = decay > 0.0  # a sharpened response of noise may fall below zero, where no light comes
        slopes[:, ~lit] *= (np.array(names) == "background")[:, None]
        expected = np.maximum((decay * lit + background * self.channels.size) * self.channels.seen, _LEAST)
        return expected, (slopes * self.channels.seen).T

    def edges(self, shift: float) -> Array:
        """Return the time since the light of every edge between lags of decay and response [s]."""
        channels = self.channels
        if channels.response is None or channels.edges is not None:
            return np.asarray(channels.edges) - channels.pulse
        size = int(channels.place[-1]) + 1
        start = channels.time[0] - channels.place[0] * channels.width
        lags = np.arange(-(channels.response.size - 1), size + 1) - 0.5 - shift
        return np.asarray(start - channels.response_start + channels.width * lags)

    def _at_once(self, edges: Array) -> Array:
        """Return what light that is scattered at once puts between edges."""
        width, period = self.channels.width, self.channels.period
        since = edges + 0.5 * width
        cycles = np.floor(since / period) if math.isfinite(period) else 0.0
        after = since - cycles * period if math.isfinite(period) else since
        return np.diff(cycles + np.clip(after / width, 0.0, 1.0))

    def _mixed(self, columns: Array, numbers: Array) -> _Mixed:
        """Fold columns (column, lag) with the response, sharpened and on its pedestal."""
        channels = self.channels
        if channels.response is None:
            folded = columns[:, channels.place]
            return _Mixed(folded, np.zeros_like(folded), np.zeros(folded.shape[1]))
        from scipy.fft import irfft, rfft

        points, response, constant = self._transformed
        raised = self.number(numbers, "pedestal", 0.0)
        first = self.law.terms * self.law.shapes
        transforms = rfft(columns, points, axis=1)
        decay = transforms[first : first + self.law.terms].sum(axis=0)
        decay = decay + transforms[-1] if self.extras.scatter else decay
        rows = np.concatenate([transforms * (response + raised * constant), (decay * constant)[None, :]])
        begin, size = channels.response.size - 1, int(channels.place[-1]) + 1
        folded = irfft(rows, points, axis=1)[:, begin : begin + size]
        bent = np.zeros_like(folded)
        bent[:, 1:-1] = folded[:, 2:] - 2.0 * folded[:, 1:-1] + folded[:, :-2]
        folded = (folded + self.number(numbers, "sharpness", 0.0) * bent)[:, channels.place]
        return _Mixed(folded[:-1], bent[:-1, channels.place], folded[-1])

    @cached_property
    def _transformed(self) -> tuple[int, ComplexArray, ComplexArray]:
        """Points of the transforms, and those of the response and of its pedestal of one standard deviation."""
        from scipy.fft import next_fast_len, rfft

        response = np.asarray(self.channels.response)
        points = int(next_fast_len(int(self.channels.place[-1]) + 1 + response.size, real=True))
        constant = np.full(response.size, self.channels.pedestal / response.size)
        return points, np.asarray(rfft(response, points)), np.asarray(rfft(constant, points))

    @cached_property
    def resolution(self) -> float:
        """Lifetime below which one of several terms could not be told from scattered light [s]."""
        channels = self.channels
        if channels.response is None:
            return 2.0 * channels.width
        return channels.width * max(0.5, 0.1 * channels.response_channels)

    @cached_property
    def limits(self) -> tuple[Array, Array]:
        """Return the lowest and the highest numbers (number,)."""
        channels = self.channels
        shortest = 0.05 * channels.width if self.law.terms == 1 else self.resolution
        longest = 3.0 * channels.length if self.law.terms == 1 else channels.length
        low, high = limits(self.law, shortest, longest)
        most = math.log(1e4 * float(channels.counts.max()) + 1e4)
        others = {
            "background": (-25.0, most),
            "shift": (-np.inf, np.inf),
            "sharpness": (-0.25, 0.25),
            "pedestal": (-8.0, 8.0),
        }
        rest = [others.get(name, (-25.0, most)) for name in self.names[low.size :]]
        return np.append(low, [item[0] for item in rest]), np.append(high, [item[1] for item in rest])
