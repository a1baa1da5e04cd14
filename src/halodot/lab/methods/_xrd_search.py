"""All reflections of a pattern, group by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.methods._xrd_fit import PER_LINE, Group, Pattern, above_background, fitted, running_mean
from halodot.lab.methods._xrd_lines import Radiation
from halodot.lab.methods._xrd_peaks import Maximum, apart, baseline, maxima
from halodot.lab.methods._xrd_profiles import Profile, PseudoVoigt

#: maxima of the residuals that are tried, the clearest first
_MORE = 4
#: reach of a group beyond its outermost reflections in their widths: the background is seen on either side
_REACH = 4.0
#: mean widths within which two reflections are fitted together; a window ends as far from the next group
_TOGETHER = 4.0
_MOST_TOGETHER = 12  # reflections of a group; beyond it the group is cut where its reflections lie farthest apart
_MOST = 60  # reflections of a pattern; beyond it a pattern is noise or a fibre of spikes
#: share of the signal there below which a maximum is the flank of another
_OF_FLANK = 0.06
#: share of the height of the next line below which a maximum of the residuals is its misfit
_OF_MISFIT, _OF_TAIL = 0.15, 0.05
#: standard deviations of a point that shows half the height by itself
_SINGLE_POINT = 20.0
#: points in the width of the narrowest reflection of a group; finer steps are joined
_FINE_ENOUGH = 14
#: reach of the first fringe of equal cubes in widths, and more than its height over that of the line
_FRINGES, _OF_FRINGE = 2.5, 0.08
#: share of the width of a fitted line within which its residuals are no other
_APART = 0.35
#: widths to which a line is next, and to which its tail reaches
_NEXT, _TAIL = 2.5, 8.0
#: area over its standard uncertainty below which a reflection is taken back
_AREA_DEVIATIONS = 3.0
_WIDTHS_PER_DEGREE = 6.0  # range of a group in widths for each degree of its background
_DESCRIBED = 1.2  # reduced chi-square below which no higher degree is tried
_FEWEST_DEGREES, _HIGHEST_DEGREE = 2, 6


@dataclass(frozen=True)
class Search:
    """How reflections are looked for."""

    lines: Radiation
    threshold: float  # standard deviations
    widest: float  # full width at half maximum [rad]
    degree: int | None  # of the background; None for what describes best


def groups_of(pattern: Pattern, search: Search) -> tuple[list[Group], list[str]]:
    """Return the fitted groups of a pattern, with pseudo-Voigt lines, and what was left out.

    Args:
        pattern: the whole of it.
        search: how.
    """
    found = _found(pattern, pattern.signal, search, ())
    notes = []
    if len(found) > _MOST:
        notes.append(f"the {_MOST} clearest of {len(found)} maxima are fitted")
        found = found[:_MOST]
    groups, notes_of_fits = _fit_all(pattern, found, search, ())
    more = _in_residuals(pattern, groups, search)[: min(_MOST - len(found), max(_MORE, len(found) // 3))]
    if more:
        groups, notes_of_fits = _fit_all(pattern, [*found, *more], search, groups)
    return [group for group in groups if group.size], list(dict.fromkeys([*notes, *notes_of_fits]))


def _found(pattern: Pattern, signal: Array, search: Search, taken: Sequence[Maximum]) -> list[Maximum]:
    even = np.linspace(pattern.two_theta[0], pattern.two_theta[-1], pattern.two_theta.size)
    values = np.interp(even, pattern.two_theta, signal)
    smooth = running_mean(np.interp(even, pattern.two_theta, pattern.signal))
    below = baseline(smooth, search.widest / float(even[1] - even[0]))
    gain = np.interp(even, pattern.two_theta, pattern.gain)
    found = maxima(even, values, gain * np.maximum(below, gain), search.threshold, search.widest)
    step = float(even[1] - even[0])
    clear = []
    for item in found:
        place = round((item.place - even[0]) / step)
        above = max(float(smooth[place] - below[place]), 0.0)
        points = max(item.width / step, 1.0)
        noise = math.sqrt(gain[place] * (above + below[place] + gain[place]) / points)
        if item.height > max(_OF_FLANK * above, search.threshold * noise):
            clear.append(_sharpened(item, even, values - below if not taken else values, noise * math.sqrt(points)))
    kept = apart(clear, taken, search.lines, _APART if taken else 0.7)
    return [item for item in kept if not _is_fringe(item, [*taken, *kept])]


def _is_fringe(item: Maximum, others: Sequence[Maximum]) -> bool:
    """Return whether a maximum is so low and so near to another that it may be a fringe of it."""
    return any(
        abs(other.place - item.place) < _FRINGES * other.width and item.height < _OF_FRINGE * other.height
        for other in others
    )


def _sharpened(item: Maximum, angle: Array, above: Array, noise: float) -> Maximum:
    """Return a maximum with the width at half its height, where single points show that above the noise."""
    top = int(np.argmin(np.abs(angle - item.place)))
    for _ in range(2):
        near = np.flatnonzero(np.abs(angle - angle[top]) <= 0.5 * item.width)
        top = int(near[np.argmax(above[near])])
    if above[top] < _SINGLE_POINT * noise:
        return item
    low = above[: top + 1][::-1] < 0.5 * above[top]
    high = above[top:] < 0.5 * above[top]
    if not (low.any() and high.any()):
        return item
    width = float(angle[top + int(np.argmax(high))] - angle[top - int(np.argmax(low))])
    return item if width > item.width else Maximum(float(angle[top]), width, float(above[top]), item.deviations)


def _fit_all(
    pattern: Pattern, found: Sequence[Maximum], search: Search, before: Sequence[Group]
) -> tuple[list[Group], list[str]]:
    made, notes = [], []
    gathered = _gathered(found)
    for number, members in enumerate(gathered):
        low, high = _range(members, gathered[:number], gathered[number + 1 :])
        part = pattern.part(low, high).joined(min(item.width for item in members) / _FINE_ENOUGH)
        same = [group for group in before if group.size == len(members) and _is_part(group.pattern, part)]
        earlier = [group for group in before if low <= float(np.mean(group.pattern.two_theta)) <= high]
        made += same or _better(part, members, search, earlier)
        if not made or made[-1].pattern.two_theta[-1] < members[0].place:
            places = ", ".join(f"{math.degrees(item.place):.2f}" for item in members[:3])
            notes.append(f"the maximum at {places} degrees is no reflection that can be fitted")
    return made, notes


def _better(part: Pattern, members: Sequence[Maximum], search: Search, earlier: Sequence[Group]) -> list[Group]:
    """Return the fit of a group, or the earlier ones of its range where it fails or is worth less."""
    try:
        group = _sound(best_background(part, members, PseudoVoigt(), search), search)
    except DataError:
        group = None
    if group is None:
        return list(earlier)
    if len(earlier) == 1 and earlier[0].size <= group.size and earlier[0].pattern.two_theta.size > 0:
        before, now = (one.cost / one.fit.residuals.size for one in (earlier[0], group))
        return [group] if now < before else list(earlier)
    return [group]


def _is_part(one: Pattern, other: Pattern) -> bool:
    return one.two_theta.size == other.two_theta.size and one.two_theta[0] == other.two_theta[0]


def _maxima_of(group: Group) -> list[Maximum]:
    numbers = group.fit.values
    found = []
    for place in range(group.size):
        area, centre, log_width = numbers[PER_LINE * place : PER_LINE * (place + 1)]
        width = math.exp(log_width)
        found.append(Maximum(float(centre), width, float(area) / width, 0.0))
    return found


def _range(
    members: Sequence[Maximum], before: Sequence[Sequence[Maximum]], after: Sequence[Sequence[Maximum]]
) -> tuple[float, float]:
    """Return the range of a group, which ends where the lines of others begin to rise."""
    low = min(item.place - _REACH * item.width for item in members)
    high = max(item.place + _REACH * item.width for item in members)
    start = max((item.place + 0.5 * _TOGETHER * item.width for group in before for item in group), default=low)
    end = min((item.place - 0.5 * _TOGETHER * item.width for group in after for item in group), default=high)
    inside = min(item.place - item.width for item in members), max(item.place + item.width for item in members)
    return min(max(low, start), inside[0]), max(min(high, end), inside[1])


def _gathered(found: Sequence[Maximum]) -> list[list[Maximum]]:
    """Return maxima in groups of neighbours, by rising angle."""
    groups: list[list[Maximum]] = []
    for item in sorted(found, key=lambda one: one.place):
        near = groups and any(
            item.place - other.place < 0.5 * _TOGETHER * (item.width + other.width) for other in groups[-1]
        )
        if near:
            groups[-1].append(item)
        else:
            groups.append([item])
    return [part for group in groups for part in _cut(group)]


def _cut(group: list[Maximum]) -> list[list[Maximum]]:
    if len(group) <= _MOST_TOGETHER:
        return [group]
    gaps = [(after.place - before.place) / (after.width + before.width) for before, after in pairwise(group)]
    widest = int(np.argmax(gaps)) + 1
    return [*_cut(group[:widest]), *_cut(group[widest:])]


def best_background(pattern: Pattern, members: Sequence[Maximum], profile: Profile, search: Search) -> Group:
    """Return the fit of a group with the background that describes it best.

    Args:
        pattern: the part of the pattern.
        members: its reflections.
        profile: their shape.
        search: how.
    """
    if search.degree is not None:
        return fitted(pattern, members, [profile] * len(members), search.lines, search.degree)
    width = float(np.median([item.width for item in members]))
    range_in_widths = float(np.ptp(pattern.two_theta)) / width
    highest = int(min(max(range_in_widths / _WIDTHS_PER_DEGREE, _FEWEST_DEGREES), _HIGHEST_DEGREE))
    best: Group | None = None
    for degree in range(1, highest + 1):
        start = None if best is None else best.fit.values
        try:
            group = fitted(pattern, members, [profile] * len(members), search.lines, degree, start)
        except DataError:
            if best is None:
                continue
            break
        if best is not None and group.cost > best.cost and degree > best.degree + 1:
            break
        if best is None or group.cost < best.cost:
            best = group
        if best.fit.describes and best.fit.reduced_chi2 < _DESCRIBED:
            break
    if best is None:
        raise DataError("no polynomial background lets the reflections be fitted")
    return best


def _in_residuals(pattern: Pattern, groups: Sequence[Group], search: Search) -> list[Maximum]:
    """Return maxima that the fitted groups leave."""
    signal = pattern.signal.copy()
    taken: list[Maximum] = []
    outside = np.ones(signal.size, bool)
    for group in groups:
        angle = group.pattern.two_theta
        inside = (pattern.two_theta >= angle[0]) & (pattern.two_theta <= angle[-1])
        signal[inside] -= np.interp(pattern.two_theta[inside], angle, group.fit.model)
        outside &= ~inside
        taken += _maxima_of(group)
    signal[outside] = 0.0
    found = _found(pattern, signal, search, taken)
    clear = []
    for item in found:
        least = max(
            (
                (_OF_MISFIT if abs(other.place - item.place) < _NEXT * other.width else _OF_TAIL) * other.height
                for other in taken
                if abs(other.place - item.place) < _TAIL * max(item.width, other.width)
            ),
            default=0.0,
        )
        if item.height > least:
            clear.append(item)
    return clear


def _sound(group: Group, search: Search) -> Group | None:
    """Return the group without reflections that are no clearer than noise, or wider than a crystal's."""
    while True:
        members = _maxima_of(group)
        areas = group.fit.values[: PER_LINE * group.size : PER_LINE]
        deviations = group.fit.uncertainties[: PER_LINE * group.size : PER_LINE]
        clear = areas / np.where(deviations > 0.0, deviations, np.inf)
        worst = int(np.argmin(np.where([item.width < search.widest for item in members], clear, -1.0)))
        if clear[worst] > _AREA_DEVIATIONS and members[worst].width < search.widest:
            return group
        kept = members[:worst] + members[worst + 1 :]
        if not kept:
            return None
        less = _refitted_below(group, kept, search)
        if less is None:
            return None
        group = less


def _refitted_below(group: Group, kept: Sequence[Maximum], search: Search) -> Group | None:
    """Return the fit of fewer reflections with the same background, or with a lower one where that fails."""
    for degree in range(group.degree, 0, -1):
        try:
            return fitted(group.pattern, kept, [PseudoVoigt()] * len(kept), search.lines, degree)
        except DataError:
            continue
    return None


def refitted(
    group: Group, profiles: Sequence[Profile], degree: int, width_factor: Sequence[float], start: Array | None = None
) -> Group:
    """Return the fit of the same reflections with other shapes or another background.

    Args:
        group: fitted before.
        profiles: shape of each.
        degree: of the background.
        width_factor: what the width of each is multiplied by to start from.
        start: numbers of a fit with these shapes.
    """
    members = [replace(item, width=item.width * by) for item, by in zip(_maxima_of(group), width_factor)]
    return fitted(group.pattern, members, profiles, group.lines, degree, start)


def residual_share(group: Group, place: int) -> float:
    """Return what the fit leaves near a reflection beyond the noise, over the height of the reflection."""
    line = above_background(group, place)
    top = float(np.max(line))
    if not top > 0.0:
        return 1.0  # the fit has taken the reflection away: all of it is missed
    near = line > 0.1 * top
    left = group.pattern.signal[near] - group.fit.model[near]
    noise = float(np.mean(group.pattern.variance(group.fit.model)[near]))
    noise *= 1.0 + 2.0 * math.sqrt(
        2.0 / max(int(np.count_nonzero(near)), 1)
    )  # what chance adds in one pattern of forty
    beyond_noise = float(np.mean(left**2)) - noise
    return math.sqrt(max(beyond_noise, 0.0)) / top
