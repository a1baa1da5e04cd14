"""From the width of reflections to the size of crystallites and their strain."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import propagated
from halodot.lab.methods._xrd_fit import PER_LINE, Group
from halodot.lab.methods._xrd_profiles import FACE, CubeLine, Profile, PseudoVoigt, Resolution, voigt_parts, voigt_width
from halodot.lab.methods._xrd_search import refitted
from halodot.numerics import FWHM_PER_SIGMA

#: share of the width of a reflection that the instrument may make before the size is only a limit
NARROW = 0.75
_UNIFORM = math.sqrt(12.0)  # width of a uniform distribution over its standard deviation
#: reflections of a group beyond which lines of cubes are not tried, for the time it takes
_MOST_OF_CUBES = 14
#: size beyond which the line of a cube is not told from another, and share of the width that must be its own
_LARGEST_CUBE, _OWN_SHARE = 60e-9, 0.5
#: relative difference of Scherrer constants of the planes of a cube, which looks like strain
_ANISOTROPY = 0.06
_FEWEST_OF_STRAIN = 4
#: relative uncertainty of the size from any one reflection: 0.2 to 0.3 % from its neighbours' tails and falling form
#: factors in patterns without noise, 0.2 % from edges that are rounded by a fifth of the cube
_LEAST = 0.0025
#: fall of the squared form factors of heavy ions with the angle at Cu K alpha [1/rad], about
_FORM_FACTORS = 0.5
#: standard uncertainty of the logarithm of a width from which on the pattern does not determine it
_UNDETERMINED = 1.0


@dataclass(frozen=True)
class Reflection:
    """One reflection as it was fitted."""

    place: float  # two theta of the first wavelength [rad]
    place_deviation: float
    width: float  # full width at half maximum [rad]
    width_deviation: float
    area: float
    area_deviation: float
    share: float  # Lorentzian
    height: float
    wavelength: float  # [m]
    label: str = ""  # "(100)", empty where it is not indexed
    constant: float = FACE
    size: float = math.nan  # along the normal of the planes [m]
    size_noise: float = math.nan  # standard uncertainty from counting and the background: of each reflection its own
    size_model: float = math.nan  # from the shape of the line and the instrument: common to all
    limit: bool = False  # whether the size is the least that it can be
    profile: str = ""  # what shape the size comes from

    @property
    def size_deviation(self) -> float:
        """Standard uncertainty of the size [m]."""
        return math.hypot(self.size_noise, self.size_model)

    @property
    def spacing(self) -> float:
        """Distance of the planes [m]."""
        return self.wavelength / (2.0 * math.sin(0.5 * self.place))


@dataclass(frozen=True, eq=False)
class Instrument:
    """Width that the instrument adds, by angle."""

    kind: str  # gaussian | lorentzian | voigt
    at: Callable[[float], tuple[float, float]]  # full width [rad] and Lorentzian share at two theta [rad]
    uncertainty: float  # relative, of the width
    shape_known: bool = True  # whether its line is known to be of this kind

    def resolution(self, two_theta: float, factor: float = 1.0) -> Resolution:
        """Return the Gaussian and the Lorentzian width at an angle [rad]."""
        width, share = self.at(two_theta)
        width *= factor
        if self.kind == "gaussian":
            return Resolution(width, 0.0)
        if self.kind == "lorentzian":
            return Resolution(0.0, width)
        return Resolution(*voigt_parts(width, share))


def reflections(group: Group) -> list[Reflection]:
    """Return the reflections of a group of pseudo-Voigt lines."""
    numbers, deviations = group.fit.values, group.fit.uncertainties * group.spread
    found = []
    for place in range(group.size):
        area, centre, log_width = numbers[PER_LINE * place : PER_LINE * (place + 1)]
        area_sd, centre_sd, width_sd = deviations[PER_LINE * place : PER_LINE * (place + 1)]
        width = math.exp(log_width)
        height = (
            area / width * ((1.0 - group.shape) * math.sqrt(4.0 * math.log(2.0) / math.pi) + group.shape * 2 / math.pi)
        )
        found.append(
            Reflection(
                place=float(centre),
                place_deviation=float(centre_sd),
                width=width,
                width_deviation=float(width_sd) * width,
                area=float(area),
                area_deviation=float(area_sd),
                share=min(max(group.shape, 0.0), 1.0),
                height=float(height),
                wavelength=group.lines.first,
            )
        )
    return found


def broadening(width: float, share: float, instrument: Resolution, kind: str) -> float:
    """Return the width of a line without the instrument, nan where the instrument is as wide.

    Gaussian: beta^2 = B^2 - b^2; Lorentzian: beta = B - b; Voigt: either for its part.

    Args:
        width: full width B of the line [rad].
        share: its Lorentzian share.
        instrument: what the instrument adds.
        kind: gaussian | lorentzian | voigt.
    """
    own = instrument.width
    if kind == "gaussian":
        return math.sqrt(width**2 - own**2) if width > own else math.nan
    if kind == "lorentzian":
        return width - own if width > own else math.nan
    gaussian, lorentzian = voigt_parts(width, share)
    left = max(gaussian**2 - instrument.gaussian**2, 0.0), max(lorentzian - instrument.lorentzian, 0.0)
    return voigt_width(math.sqrt(left[0]), left[1])[0] if width > own and max(left) > 0.0 else math.nan


def scherrer(constant: float, wavelength: float, width: float, two_theta: float) -> float:
    """Return the size of crystallites, D = K lambda / (beta cos theta) (Scherrer, Nachrichten Goettingen 1918, 98).

    Args:
        constant: K, of a cube along its face normal 0.8859.
        wavelength: lambda [m].
        width: beta, full width at half maximum without the instrument [rad].
        two_theta: [rad].
    """
    return constant * wavelength / (width * math.cos(0.5 * two_theta))


def sized(
    group: Group, found: Sequence[Reflection], instrument: Instrument, cubes: bool, directions: Sequence[Sequence[int]]
) -> list[Reflection]:
    """Return reflections with the size that their width tells.

    Pseudo-Voigt lines and lines of cubes are fitted, each with the background and with one of a degree more; their
    sizes are averaged by what the fits are worth (Akaike weights), and their differences belong to the uncertainty.

    Args:
        group: pseudo-Voigt lines.
        found: its reflections, with their constants.
        instrument: what the instrument adds.
        cubes: whether lines of cubes are tried.
        directions: normal of the planes of each reflection.
    """
    fits = [group, *_alternatives(group, found, instrument, cubes, directions)]
    chi2 = np.array([float(fit.fit.residuals @ fit.fit.residuals) for fit in fits])
    numbers = np.array([fit.fit.values.size for fit in fits])
    noise = max(1.0, float(np.min(chi2 / np.maximum(group.fit.residuals.size - numbers, 1))))
    cost = chi2 / noise + 2.0 * numbers
    weight = np.exp(-0.5 * (cost - cost.min()))
    weight /= weight.sum()
    estimates = [_sizes(fit, found, instrument) for fit in fits]
    return [
        _averaged(item, [rows[place] for rows in estimates], weight, instrument, [fit.profiles[0].name for fit in fits])
        for place, item in enumerate(found)
    ]


def _alternatives(
    group: Group, found: Sequence[Reflection], instrument: Instrument, cubes: bool, directions: Sequence[Sequence[int]]
) -> list[Group]:
    """Return fits of the same reflections with other shapes and backgrounds, those that succeed."""
    same = [1.0] * group.size
    wanted: list[tuple[list[Profile], list[float], tuple[int, ...]]] = [([PseudoVoigt()] * group.size, same, (1,))]
    cubic, factors = _cube_lines(found, instrument, directions) if cubes else ([], [])
    if len(cubic) == group.size and group.size <= _MOST_OF_CUBES:
        wanted.append((cubic, factors, (0, 1)))
    made = []
    for profiles, by, degrees in wanted:
        start = group.fit.values if by is same else None
        for more in degrees:
            try:
                fit = refitted(group, profiles, group.degree + more, by, start)
            except DataError:
                continue
            made.append(fit)
            start = fit.fit.values
    return made


def _cube_lines(
    found: Sequence[Reflection], instrument: Instrument, directions: Sequence[Sequence[int]]
) -> tuple[list[Profile], list[float]]:
    """Return the lines of cubes for those reflections that are wide enough, and what their widths start from."""
    lines: list[Profile] = []
    factors = []
    for item, normal in zip(found, directions):
        resolution = instrument.resolution(item.place)
        own = broadening(item.width, item.share, resolution, instrument.kind)
        if own > _OWN_SHARE * item.width and scherrer(FACE, item.wavelength, own, item.place) < _LARGEST_CUBE:
            lines.append(CubeLine(resolution, (float(normal[0]), float(normal[1]), float(normal[2]))))
            factors.append(own / item.width)
    return lines, factors


@dataclass(frozen=True)
class _Estimate:
    """What one fit says of a reflection."""

    place: float
    place_deviation: float
    size: float
    size_deviation: float


def _sizes(fit: Group, found: Sequence[Reflection], instrument: Instrument) -> list[_Estimate]:
    """Return place and size of every reflection from one fit; the size nan where the instrument is as wide."""
    rows, likely = [], fit.likely
    for place, item in enumerate(found):
        at = [PER_LINE * place + 1, PER_LINE * place + 2, PER_LINE * fit.size]
        pseudo_voigt = isinstance(fit.profiles[place], PseudoVoigt)

        def of(numbers: Array, item: Reflection = item, at: list[int] = at, pseudo_voigt: bool = pseudo_voigt) -> float:
            centre, shape = float(numbers[at[0]]), float(numbers[at[2]])
            width = math.exp(numbers[at[1]])
            if not pseudo_voigt:
                return scherrer(FACE, item.wavelength, width, centre) * _volume_average(max(shape, 0.0))
            own = broadening(width, shape, instrument.resolution(centre), instrument.kind)
            return scherrer(item.constant, item.wavelength, own, centre)

        if not fit.fit.uncertainties[at[1]] < _UNDETERMINED:
            rows.append(_Estimate(float(fit.fit.values[at[0]]), math.inf, math.nan, math.nan))
            continue
        value, deviation = propagated(likely, of)
        placed = float(fit.fit.uncertainties[at[0]]) * fit.spread
        rows.append(_Estimate(float(fit.fit.values[at[0]]), placed, value, deviation))
    return rows


def _volume_average(variance: float) -> float:
    """Return the volume-weighted mean edge over the mean edge of cubes, <L^4>/(<L^3><L>), normal distribution."""
    return (1.0 + 6.0 * variance + 3.0 * variance**2) / (1.0 + 3.0 * variance)


def _averaged(
    item: Reflection, rows: Sequence[_Estimate], weight: Array, instrument: Instrument, names: Sequence[str]
) -> Reflection:
    item = _placed(item, rows, weight)
    resolution = instrument.resolution(item.place)
    sound = [n for n, row in enumerate(rows) if math.isfinite(row.size) and math.isfinite(row.size_deviation)]
    if not sound or resolution.width > NARROW * item.width:
        least = scherrer(item.constant, item.wavelength, item.width + 2.0 * item.width_deviation, item.place)
        noise = least * item.width_deviation / item.width
        return replace(item, size=least, size_noise=noise, size_model=0.0, limit=True)
    share = _shares(weight[sound])
    values = np.array([rows[n].size for n in sound])
    deviations = np.array([rows[n].size_deviation for n in sound])
    size = float(share @ values)
    best = names[sound[int(np.argmax(share))]]
    of_shape = _by_shape([names[n] for n in sound], share, values)
    by_shape = math.sqrt(float(share @ (of_shape - size) ** 2))
    by_background = math.sqrt(float(share @ (values - of_shape) ** 2))
    noise = math.hypot(math.sqrt(float(share @ deviations**2)), by_background, _LEAST * size)
    model = math.hypot(by_shape, _of_instrument(item, instrument, size))
    return replace(item, size=size, size_noise=noise, size_model=model, profile=best)


def _by_shape(names: Sequence[str], share: Array, values: Array) -> Array:
    """Return for every fit the mean size of the fits with its shape of line, backgrounds averaged (fit,)."""
    means = np.array(values, float)
    for name in dict.fromkeys(names):
        of_name = np.array([one == name for one in names])
        part = float(share[of_name].sum())
        if part > 0.0:
            means[of_name] = float(share[of_name] @ values[of_name]) / part
    return means


def _placed(item: Reflection, rows: Sequence[_Estimate], weight: Array) -> Reflection:
    """Return a reflection at the mean place of the fits, with what the fall of form factors across it may add."""
    known = [n for n, row in enumerate(rows) if math.isfinite(row.place_deviation)]
    if not known:
        return item
    share = _shares(weight[known])
    places = np.array([rows[n].place for n in known])
    place = float(share @ places)
    variance = float(share @ (np.array([rows[n].place_deviation for n in known]) ** 2 + (places - place) ** 2))
    moved = _FORM_FACTORS * (item.width / FWHM_PER_SIGMA) ** 2
    return replace(item, place=place, place_deviation=math.hypot(math.sqrt(variance), moved))


def _shares(weight: Array) -> Array:
    total = float(weight.sum())
    return weight / total if total > 0.0 else np.full(weight.size, 1.0 / weight.size)


def _of_instrument(item: Reflection, instrument: Instrument, size: float) -> float:
    """Return the uncertainty of a size from the width of the instrument and from how it is taken off."""
    widths = [
        broadening(item.width, item.share, instrument.resolution(item.place, factor), instrument.kind)
        for factor in (1.0 - instrument.uncertainty, 1.0, 1.0 + instrument.uncertainty)
    ]
    own = instrument.resolution(item.place).width
    other = item.width - own if instrument.kind == "gaussian" else math.sqrt(max(item.width**2 - own**2, 0.0))
    if not all(width > 0.0 for width in widths):
        return size
    by_width = 0.5 * abs(math.log(widths[2] / widths[0]))
    if instrument.shape_known:
        return size * by_width
    by_kind = abs(math.log(max(other, 1e-3 * item.width) / widths[1])) / _UNIFORM
    return size * math.hypot(by_width, by_kind)


@dataclass(frozen=True)
class Strain:
    """Straight line through beta cos(theta) against 4 sin(theta)."""

    strain: float  # root mean square or upper limit convention of Williamson and Hall: Delta d / d
    strain_deviation: float
    intercept: float  # K lambda / D [rad]
    size: float  # from the intercept [m]
    size_deviation: float
    across: Array  # 4 sin(theta) (reflection,)
    widths: Array  # beta cos(theta) [rad] (reflection,)
    deviations: Array  # of the widths [rad] (reflection,)


def mean_size(found: Sequence[Reflection]) -> tuple[float, float]:
    """Return the mean size of reflections and its standard uncertainty; what the model adds is common to them [m]."""
    sizes = np.array([item.size for item in found])
    total = np.array([item.size_deviation for item in found])
    weight = total**-2.0 / np.sum(total**-2.0)
    size = float(weight @ sizes)
    noise = math.sqrt(float(weight**2 @ np.array([item.size_noise for item in found]) ** 2))
    model = float(weight @ np.array([item.size_model for item in found]))
    free = max(len(found) - 1, 1)
    scatter = float(np.sum(((sizes - size) / total) ** 2)) / free
    by_chance = 1.0 + 2.0 * math.sqrt(2.0 / free)  # of a reduced chi-square, in one powder of twenty
    return size, math.hypot(noise, model) * (math.sqrt(scatter) if scatter > by_chance else 1.0)


def williamson_hall(found: Sequence[Reflection], instrument: Instrument) -> Strain | str:
    """Return strain and size from how the width grows with the angle, or why they cannot be told.

    beta cos(theta) = K lambda / D + 4 epsilon sin(theta) (Williamson and Hall, Acta Metallurgica 1 (1953) 22).

    Args:
        found: reflections with sizes.
        instrument: what the instrument adds.
    """
    used = [item for item in found if not item.limit and item.size_deviation < 0.2 * item.size]
    if len(used) < _FEWEST_OF_STRAIN:
        return (
            f"no strain: {len(used)} reflections with a width known to 20 %, at least {_FEWEST_OF_STRAIN} are needed "
            "to tell strain from size"
        )
    sine = np.array([math.sin(0.5 * item.place) for item in used])
    if sine.max() < 1.8 * sine.min():
        return "no strain: the reflections lie too close together for a line against sin(theta)"
    widths = np.array([item.constant * item.wavelength / item.size for item in used])
    relative = np.array([item.size_deviation / item.size for item in used])
    deviations = widths * np.hypot(relative, _ANISOTROPY)
    design = np.stack([np.ones(sine.size), 4.0 * sine], axis=1) / deviations[:, None]
    covariance = np.linalg.inv(design.T @ design)
    line = covariance @ design.T @ (widths / deviations)
    excess = float(np.sum((widths / deviations - design @ line) ** 2) / max(sine.size - 2, 1))
    covariance *= max(excess, 1.0)
    constant = float(np.median([item.constant for item in used]))
    size = constant * used[0].wavelength / line[0] if line[0] > 0.0 else math.inf
    size_deviation = size * math.sqrt(covariance[0, 0]) / line[0] if line[0] > 0.0 else math.inf
    return Strain(
        float(line[1]),
        math.sqrt(covariance[1, 1]),
        float(line[0]),
        size,
        size_deviation,
        4.0 * sine,
        widths,
        deviations,
    )
