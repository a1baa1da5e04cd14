"""PL quantum yield in an integrating sphere, of two or of three measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number, span, whole, word
from halodot.lab.emission_line import smoothed
from halodot.lab.findings import Analysis, Finding, Panel, Trace
from halodot.lab.fitting import noise_of
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._plqy_sphere import (
    SIGNALS,
    Ranges,
    Take,
    Weight,
    noise_of_takes,
    photons,
    ranges_of,
    takes_of,
)
from halodot.lab.signals import Signal, signals
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

PLQY = QUANTITIES["plqy"]
ABSORBED = Quantity("absorbed_share", "1", "%", "Share of the excitation that the sample absorbs", "A")
OBSERVED = Quantity("plqy_observed", "1", "%", "PL quantum yield before the correction for self-absorption", "PLQY_obs")
_FACTORS = ("intensity", "responsivity", "spectral_irradiance", "number")  # what a calibration may be called
_KINDS = ("photoluminescence", "spectrum", "irradiance")
#: deviation of the absorbed share over the share above which the yield is refused (van Dam et al., arXiv 1711.06200)
_MOST_UNCERTAIN = 0.1
#: emission at the border of the excitation over its highest value, above which some of it is cut off
_CUT_OFF = 0.05
_SURE = 5.0  # standard deviations of the noise
#: an excitation stands at shorter wavelengths than this, or fills a file of no greater span [m]
_EXCITATION_BELOW, _SPAN_OF_EXCITATION = 500e-9, 60e-9


@dataclass(frozen=True)
class PlqySettings:
    """What can be chosen."""

    excitation: tuple[float, float] | None = span("m", "range of the excitation; the line of the blank", shown="nm")
    emission: tuple[float, float] | None = span("m", "range of the emission; all beyond the excitation", shown="nm")
    signal: str | None = word(
        "photons", "power", default=None, about="what the calibrated signal is per wavelength; what the file says"
    )
    correction: str = word(
        "multiply", "divide", default="multiply", about="the calibration file multiplies the signal, or divides it"
    )
    self_absorbed: float = number(
        "1", "share of the emission that the sample absorbs again (Ahn et al.)", 0.0, valid="fraction"
    )
    drift: float = number(
        "1", "standard uncertainty of the excitation from one measurement to the next, relative", 0.0, valid="fraction"
    )
    calibration_uncertainty: float = number(
        "1",
        "standard uncertainty of the sensitivity at the emission over that at the excitation, relative",
        0.0,
        valid="fraction",
    )
    draws: int = whole("draws of the noise", 20000, least=1000)
    seed: int = whole("seed of the draws", 0)


def plqy(
    sample: xarray.Dataset | Sequence[xarray.Dataset],
    blank: xarray.Dataset | Sequence[xarray.Dataset],
    settings: PlqySettings | None = None,
    *,
    out_of_beam: Sequence[xarray.Dataset] = (),
    calibration: xarray.Dataset | None = None,
    dilute: xarray.Dataset | None = None,
) -> Analysis:
    """Return the PL quantum yield of a sample in an integrating sphere.

    With L the photons of the excitation and P those of the emission, of two measurements

        PLQY = (P_sample - P_blank) / (L_blank - L_sample),

    and where the sample was measured out of the beam as well (b; c is in the beam, a the blank)

        A = 1 - L_c / L_b,   PLQY = (P_c - (1 - A) P_b) / (L_a A).

    (J. C. de Mello, H. F. Wittmann and R. H. Friend, Adv. Mater. 1997, doi:10.1002/adma.19970090308.) Where a share a
    of the emission is absorbed again, PLQY = PLQY_obs / (1 - a + a PLQY_obs) (Ahn et al., Rev. Sci. Instrum. 2007). The
    noise is drawn; the yield is the median of the draws, its uncertainty half of their middle 68 %.

    Args:
        sample: spectra with the sample in the beam; ranges in several files, and repeats, one after the other.
        blank: spectra without the sample, likewise.
        settings: what is chosen otherwise than by default.
        out_of_beam: spectra with the sample in the sphere but not in the beam, likewise.
        calibration: factor of the signal against wavelength.
        dilute: emission of a dilute sample, which absorbs none of it again; the share that is absorbed again follows
            from the red side of the emission.

    Raises:
        DataError: a range was not measured, or the sample absorbs too little for a yield.
    """
    chosen = settings or PlqySettings()
    sets = _sets(sample, blank, out_of_beam)
    first_blank, first_sample, _ = sets[0]
    chosen, weight, notes = _weight(first_sample, calibration, chosen)
    ranges = ranges_of(first_blank, chosen.excitation, chosen.emission)
    every = list(dict.fromkeys(take for one in sets for take in one if take is not None))
    last = max(float(item.x[-1]) for take in every for item in take.spectra)
    ranges = replace(ranges, emission=(ranges.emission[0], min(ranges.emission[1], last)))
    noise = noise_of_takes(every, ranges)
    chosen = replace(chosen, excitation=ranges.excitation, emission=ranges.emission)
    if dilute is not None:
        chosen = replace(chosen, self_absorbed=_self_absorbed(first_sample, dilute, ranges, weight, notes))
    draws = [_drawn(one, ranges, weight, noise, chosen, repeat) for repeat, one in enumerate(sets)]
    findings = _findings(draws, chosen)
    warnings = _warnings(sets, ranges, findings)
    notes += _notes(sets, chosen, noise, draws)
    panels = _panels(sets[0], ranges, weight)
    return Analysis("plqy", chosen, findings, tuple(warnings), tuple(notes), panels)


#: blank, sample in the beam, sample out of the beam
_Set = tuple[Take, Take, "Take | None"]


def _sets(
    sample: xarray.Dataset | Sequence[xarray.Dataset],
    blank: xarray.Dataset | Sequence[xarray.Dataset],
    out_of_beam: Sequence[xarray.Dataset],
) -> list[_Set]:
    """Return the measurements of each repeat; where a role was played less often, its last serves on."""
    inside, empty, outside = (takes_of(_listed(data)) for data in (sample, blank, out_of_beam))
    if not inside or not empty:
        raise DataError("a yield needs a measurement with the sample and one without it")
    found: list[_Set] = []
    for repeat, take in enumerate(inside):
        beside = outside[min(repeat, len(outside) - 1)] if outside else None
        found.append((empty[min(repeat, len(empty) - 1)], take, beside))
    return found


def _listed(data: xarray.Dataset | Sequence[xarray.Dataset]) -> list[xarray.Dataset]:
    return list(data) if isinstance(data, (list, tuple)) else [data]  # type: ignore[list-item]


def _weight(
    take: Take, calibration: xarray.Dataset | None, settings: PlqySettings
) -> tuple[PlqySettings, Weight, list[str]]:
    """Return what turns the signal into photons."""
    quantity = take.spectra[0].y_quantity
    notes = []
    signal = settings.signal
    if signal is None:
        power = quantity == "spectral_irradiance" or (calibration is not None and quantity != "spectral_photon_flux")
        signal = "power" if power else "photons"
        if quantity not in ("spectral_irradiance", "spectral_photon_flux"):
            what = "the calibrated signal" if calibration is not None else "the signal"
            notes.append(f"{what} is taken for {signal} per wavelength; signal: chooses otherwise")
    if calibration is None:
        if quantity in ("counts", "count_rate", "intensity"):
            notes.append("the signal is not corrected for the sensitivity of the spectrometer unless the file is")
        return replace(settings, signal=signal), Weight(signal == "power"), notes
    there = signals(calibration, ("wavelength",), _FACTORS)
    if not there:
        name = calibration.attrs.get("file", "the calibration")
        raise DataError(f"{name}: no factor against wavelength; name its columns, such as 'wavelength (nm), intensity'")
    factor = there[0]
    if settings.correction == "divide":
        if not np.all(factor.y > 0.0):
            raise DataError("a sensitivity that is not above zero everywhere cannot divide the signal")
        factor = replace(factor, y=1.0 / factor.y)
    return replace(settings, signal=signal), Weight(signal == "power", factor), notes


@dataclass(frozen=True, eq=False)
class _Draws:
    """Draws of one repeat."""

    plqy: Array  # (draw,), corrected
    observed: Array  # (draw,)
    absorbed: Array  # (draw,)


def _drawn(
    measured: _Set,
    ranges: Ranges,
    weight: Weight,
    noise: tuple[float, float],
    settings: PlqySettings,
    repeat: int,
) -> _Draws:
    """Draw the photons of every range and compute the yield of each draw."""
    blank, sample, outside = measured
    random = np.random.default_rng((settings.seed, repeat))

    def draws(take: Take, window: tuple[float, float]) -> Array:
        found = photons(take, window, weight, noise)
        return np.asarray(found.number + found.deviation * random.standard_normal(settings.draws))

    def lamp() -> Array:
        return np.asarray(1.0 + settings.drift * random.standard_normal(settings.draws))

    of_blank, of_sample = lamp(), lamp()
    lamp_blank = draws(blank, ranges.excitation) * of_blank
    lamp_sample = draws(sample, ranges.excitation) * of_sample
    emitted = draws(sample, ranges.emission) * of_sample
    if outside is None:
        absorbed = lamp_blank - lamp_sample
        share = absorbed / lamp_blank
        gained = emitted - _emission_of_blank(blank, draws, ranges)
    else:
        of_outside = lamp()
        share = 1.0 - lamp_sample / (draws(outside, ranges.excitation) * of_outside)
        absorbed = lamp_blank * share
        gained = emitted - (1.0 - share) * draws(outside, ranges.emission) * of_outside
    _refuse_weak(share)
    scale = 1.0 + settings.calibration_uncertainty * random.standard_normal(settings.draws)
    observed = gained * scale / absorbed
    again = settings.self_absorbed
    return _Draws(observed / (1.0 - again + again * observed), observed, share)


def _emission_of_blank(blank: Take, draws: object, ranges: Ranges) -> Array | float:
    """Return what the blank shows in the range of the emission; nothing where it was not measured there."""
    try:
        return draws(blank, ranges.emission)  # type: ignore[operator, no-any-return]
    except DataError:
        return 0.0


def _refuse_weak(share: Array) -> None:
    """Refuse a yield whose absorbed light is not known: the ratio is skewed and biased then."""
    middle, deviation = float(np.median(share)), float(np.std(share))
    if not middle > 0.0:
        raise DataError(
            f"the sample absorbs {middle:.2%} of the excitation; are blank and sample exchanged, or the ranges wrong?"
        )
    if deviation > _MOST_UNCERTAIN * middle:
        raise DataError(
            f"the sample absorbs {middle:.2%} +- {deviation:.2%} of the excitation: a yield from it would be biased;"
            " measure longer or a more absorbing sample"
        )


def _findings(draws: Sequence[_Draws], settings: PlqySettings) -> tuple[Finding, ...]:
    found = [_finding(PLQY, [one.plqy for one in draws]), _finding(ABSORBED, [one.absorbed for one in draws])]
    if settings.self_absorbed:
        found.append(_finding(OBSERVED, [one.observed for one in draws]))
    return tuple(found)


def _finding(quantity: Quantity, draws: Sequence[Array]) -> Finding:
    """Return a number from its draws, or from the spread of repeats where that is larger."""
    if len(draws) == 1:
        low, below, middle, above, high = np.quantile(draws[0], [0.025, 0.1587, 0.5, 0.8413, 0.975])
        return Finding(
            quantity,
            float(middle),
            float(0.5 * (above - below)),
            "photons integrated, noise drawn; median and middle 68 %",
            (float(low), float(high)),
        )
    from scipy.stats import t

    repeats = len(draws)
    values = np.array([float(np.median(one)) for one in draws])
    spread = float(np.std(values, ddof=1)) / math.sqrt(repeats)
    noise = math.sqrt(sum(float(np.var(one)) for one in draws)) / repeats
    uncertainty = max(spread, noise)
    reach = float(t.ppf(0.975, repeats - 1)) * spread if spread >= noise else 1.959964 * noise
    middle = float(np.mean(values))
    method = f"photons integrated; mean and spread of {repeats} repeats"
    return Finding(quantity, middle, uncertainty, method, (middle - reach, middle + reach))


def _self_absorbed(take: Take, dilute: xarray.Dataset, ranges: Ranges, weight: Weight, notes: list[str]) -> float:
    """Return the share of the emission that is absorbed again: what lacks on the blue side when the red sides agree."""
    there = signals(dilute, ("wavelength",), SIGNALS)
    if not there:
        raise DataError(f"{dilute.attrs.get('file', 'the dilute sample')}: no spectrum against wavelength")
    true = there[0]
    seen = max(take.spectra, key=lambda item: np.count_nonzero(item.x >= ranges.emission[0]))
    low, high = max(ranges.emission[0], true.x[0]), min(ranges.emission[1], true.x[-1])
    x = seen.x[(seen.x >= low) & (seen.x <= high)]
    if x.size < 20:
        raise DataError("the emission of the dilute sample does not cover that of the sample")
    weights = weight.at(x)
    observed = np.interp(x, seen.x, smoothed(seen.y)) * weights
    free = np.interp(x, true.x, smoothed(true.y)) * weights
    peak = int(np.argmax(free))
    half = np.flatnonzero((free < 0.5 * free[peak]) & (np.arange(x.size) > peak))
    if not half.size or x.size - half[0] < 5:
        raise DataError("the emission ends before its red side; self-absorption cannot be told from it")
    tail = slice(int(half[0]), None)
    scale = float(observed[tail] @ free[tail] / (free[tail] @ free[tail]))
    share = 1.0 - float(np.trapezoid(observed, x) / np.trapezoid(scale * free, x))
    notes.append(
        f"{share:.1%} of the emission is absorbed again: the dilute sample matched from {x[half[0]] * 1e9:.0f} nm"
    )
    return min(max(share, 0.0), 1.0)


def _warnings(sets: Sequence[_Set], ranges: Ranges, findings: Sequence[Finding]) -> list[str]:
    found = []
    low, _ = findings[0].interval_95
    if low > 1.0:
        found.append("the yield is above 1: calibration, ranges or the order of the measurements are wrong")
    if findings[0].interval_95[1] < 0.0:
        found.append("the yield is below 0: the sample emits less than the blank")
    sample = sets[0][1]
    for item in sample.spectra:
        inside = (item.x >= ranges.emission[0]) & (item.x <= ranges.emission[1])
        if np.count_nonzero(inside) >= 10:
            y = smoothed(item.y[inside])
            edge = float(np.mean(item.y[inside][:3])) - float(np.min(y))
            if edge > max(_CUT_OFF * float(np.ptp(y)), _SURE * noise_of(item.y[inside]) / math.sqrt(3.0)):
                found.append(
                    "the emission has not fallen to nothing at the border of the excitation; choose the ranges"
                )
    return found


def _notes(
    sets: Sequence[_Set], settings: PlqySettings, noise: tuple[float, float], draws: Sequence[_Draws]
) -> list[str]:
    three = sets[0][2] is not None
    found = [f"{'three' if three else 'two'} measurements: {'de Mello' if three else 'sample and blank'}"]
    if len(sets) > 1:
        values = np.array([float(np.median(one.plqy)) for one in draws])
        found.append(f"repeats: {', '.join(f'{value:.4f}' for value in values)}, spread {np.std(values, ddof=1):.4f}")
    elif not settings.drift:
        found.append("one measurement: drift of the excitation is not in the uncertainty; drift: states it")
    if not settings.calibration_uncertainty:
        found.append("the calibration is taken for exact; calibration_uncertainty: states its uncertainty")
    if noise == (0.0, 0.0):
        found.append("no range is smooth enough to tell the noise from; it is not in the uncertainty")
    return found


def _panels(measured: _Set, ranges: Ranges, weight: Weight) -> tuple[Panel, ...]:
    blank, sample, outside = measured
    # the blank may lack the emission; last, it leaves the others their colours
    shown = ((sample, "sample in beam"), (outside, "sample out of beam"), (blank, "blank"))
    found = []
    for title, window in (("Excitation", ranges.excitation), ("Emission", ranges.emission)):
        traces = []
        for take, name in shown:
            for item in take.spectra if take is not None else ():
                inside = (item.x >= window[0]) & (item.x <= window[1])
                if np.count_nonzero(inside) > 1:
                    x = item.x[inside]
                    traces.append(Trace(x * 1e9, item.y[inside] * weight.at(x), name))
        top = max((float(np.nanmax(np.abs(trace.y))) for trace in traces), default=0.0) or 1.0
        traces = [replace(trace, y=trace.y / top) for trace in traces]
        found.append(Panel("Wavelength (nm)", f"{title} (photons, arb. units)", tuple(traces)))
    return tuple(found)


def _takes(data: xarray.Dataset) -> bool:
    return data.attrs.get("kind") in _KINDS and len(signals(data, ("wavelength",), SIGNALS)) == 1


def _takes_blank(data: xarray.Dataset) -> bool:
    if not _takes(data):
        return False
    one = signals(data, ("wavelength",), SIGNALS)[0]
    return bool(one.x.size) and _is_excitation(one)


def _is_excitation(one: Signal) -> bool:
    short = float(one.x[-1] - one.x[0]) < _SPAN_OF_EXCITATION
    return short or float(one.x[int(np.argmax(one.y))]) < _EXCITATION_BELOW


def _takes_calibration(data: xarray.Dataset) -> bool:
    quantities = ("intensity", "responsivity", "spectral_irradiance", "number")
    return data.attrs.get("kind") in (*_KINDS, "quantum_efficiency") and bool(
        signals(data, ("wavelength",), quantities)
    )


def _analyse(inputs: Inputs, settings: PlqySettings) -> Analysis:
    return plqy(
        inputs["sample"],
        inputs["blank"],
        settings,
        out_of_beam=inputs.get("out_of_beam", ()),
        calibration=next(iter(inputs.get("calibration", ())), None),
        dilute=next(iter(inputs.get("dilute", ())), None),
    )


METHOD = Method(
    name="plqy",
    title="PL quantum yield in an integrating sphere",
    settings=PlqySettings,
    quantities=(PLQY, ABSORBED, OBSERVED),
    roles=(
        Role(
            "sample",
            "spectra with the sample in the beam",
            _takes,
            r"c[12]|in.?beam|direct|pl.?qy|quantum.?yield|(?:integrating.?)?sphere",
            several=True,
        ),
        Role(
            "blank", "spectra without the sample", _takes_blank, r"a[12]|blank|ref|reference|empty|lamp", several=True
        ),
        Role(
            "out_of_beam",
            "spectra with the sample out of the beam",
            _takes,
            r"b[12]|out.?(?:of.?)?(?:the.?)?beam|off.?beam|indirect",
            required=False,
            several=True,
        ),
        Role("calibration", "factor of the signal", _takes_calibration, r"cf|calibration|correction", required=False),
        Role("dilute", "emission of a dilute sample", _takes, r"dilute", required=False, shared=True),
    ),
    analyse=_analyse,
)
