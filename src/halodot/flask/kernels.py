"""The loops of the flask stage: mass action, the wave of acid, the exchange of ligands, and the growth of the dots.

They stand in one file because a cached kernel does not notice that another file which it calls has changed.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel

GAS_CONSTANT = 8.31446261815324  # J/mol/K, exact
#: relative residual at which a mass balance counts as closed, a few hundred roundings
CLOSED = 1e-13
#: rate of a proton's partner, relative to free amine, below which it is none
SLOWEST = 1e-12
#: acid that is none, mol
LEAST = 1e-200
_GAMMA = 1.0 - math.sqrt(0.5)

# ------------------------------------------------------------------------------------------------------ mass action


@kernel
def _balances(x: Array, first: IntArray, second: IntArray, constant: Array, found: Array, slope: Array) -> None:
    """Write the sum of each component over its species, and the Jacobian of these sums in the logarithms."""
    for i in range(x.size):
        found[i] = math.exp(x[i])
        for j in range(x.size):
            slope[i, j] = 0.0
        slope[i, i] = found[i]
    for s in range(first.size):
        i, j = first[s], second[s]
        amount = constant[s] * math.exp(x[i] + x[j])
        found[i] += amount
        found[j] += amount
        slope[i, i] += amount
        slope[j, j] += amount
        slope[i, j] += amount
        slope[j, i] += amount


@kernel
def _worst(found: Array, total: Array, active: Array) -> float:
    worst = 0.0
    for i in range(total.size):
        if active[i]:
            worst = max(worst, abs(found[i] / total[i] - 1.0))
    return worst


@kernel
def _newton_step(found: Array, matrix: Array, total: Array, active: Array, step: Array) -> float:
    """Solve the symmetric positive system of the components that are free to move, by elimination, into ``step``.

    Returns:
        The slope of the convex function along the step, negative.
    """
    n = total.size
    for i in range(n):
        step[i] = total[i] - found[i]
        if active[i] == 0.0:
            for j in range(n):
                matrix[i, j] = matrix[j, i] = 0.0
            matrix[i, i], step[i] = 1.0, 0.0
    for k in range(n):
        for r in range(k + 1, n):
            ratio = matrix[r, k] / matrix[k, k]
            for c in range(k, n):
                matrix[r, c] -= ratio * matrix[k, c]
            step[r] -= ratio * step[k]
    for k in range(n - 1, -1, -1):
        for c in range(k + 1, n):
            step[k] -= matrix[k, c] * step[c]
        step[k] /= matrix[k, k]
    return _along(step, found, total)


@kernel
def _along(step: Array, found: Array, total: Array) -> float:
    slope = 0.0
    for i in range(total.size):
        slope += (found[i] - total[i]) * step[i]
    return slope


@kernel
def _sweep(
    x: Array, total: Array, first: IntArray, second: IntArray, constant: Array, highest: Array, active: Array,
    below: float,
) -> None:  # fmt: skip
    """Close every balance once with the others held, which always goes downhill; hold what is saturated.

    Only those of totals ``below`` a limit: what a trace is off by can be the rounding of what it is bound to.
    """
    for i in range(x.size):
        if total[i] <= 0.0:
            active[i] = 0.0
            continue
        if total[i] > below:
            continue
        bound = 0.0
        for s in range(first.size):
            if first[s] == i:
                bound += constant[s] * math.exp(x[second[s]])
            elif second[s] == i:
                bound += constant[s] * math.exp(x[first[s]])
        wanted = math.log(total[i]) - math.log1p(bound)
        x[i] = min(wanted, highest[i])
        active[i] = 1.0 if wanted <= highest[i] else 0.0


@kernel
def equilibrium(
    total: Array, first: IntArray, second: IntArray, constant: Array, highest: Array, rounds: int
) -> tuple[Array, float]:
    """Solve mass action and mass balances in the logarithms of the free concentrations.

    The free concentrations minimise sum_s c_s - sum_i T_i x_i, which is convex in x = ln c; a solubility is an upper
    bound on its x, the solid its multiplier. Sweeps over single components lead down, Newton finishes, its steps
    shortened until the slope along them has not turned up by more than half.

    Args:
        total: of each component [mol/m3], shape (component,); 0 leaves a component out.
        first: component of each pair species, shape (species,).
        second: its other component.
        constant: association constants [m3/mol], shape (species,).
        highest: logarithm of the solubility of each component, inf where it has none.
        rounds: at most.

    Returns:
        The logarithms, and the worst relative residual of an unsaturated component.
    """
    n = total.size
    x, trial, step, found = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    active, slope, largest = np.zeros(n), np.empty((n, n)), 0.0
    for i in range(n):
        x[i] = min(math.log(total[i]), highest[i]) if total[i] > 0.0 else -700.0
        largest = max(largest, total[i])
    residual = math.inf
    for turn in range(rounds):
        if turn < 3 or turn % 10 == 0:
            _sweep(x, total, first, second, constant, highest, active, math.inf)
        _balances(x, first, second, constant, found, slope)
        residual = _worst(found, total, active)
        if residual <= CLOSED:
            break
        downhill = _newton_step(found, slope, total, active, step)
        scale = 1.0
        for i in range(n):
            scale = min(scale, 4.0 / max(abs(step[i]), 1e-300))
        for _ in range(30):
            for i in range(n):
                trial[i] = min(x[i] + scale * step[i], highest[i])
            _balances(trial, first, second, constant, found, slope)
            if _along(step, found, total) <= -0.5 * downhill:
                break
            scale *= 0.5
        x[:] = trial
        if turn > 20:
            _sweep(x, total, first, second, constant, highest, active, 10.0 ** -(turn % 10) * largest)
    return x, residual


# ------------------------------------------------------------------------------------------------ the wave of acid


@kernel
def exposure_of(acid: float, amine: float, pairs: float, sites: float, pair_rate: float, site_rate: float) -> float:
    """Exposure u at which amine, ion pairs and native sites have taken all acid; inf where they cannot."""
    if acid <= LEAST:
        return 0.0
    pairs = pairs if pair_rate > SLOWEST else 0.0
    sites = sites if site_rate > SLOWEST else 0.0
    if amine + pairs + sites <= acid * (1.0 + 1e-12):
        return math.inf
    at = 0.0
    for _ in range(200):
        missing = acid + amine * math.expm1(-at) + pairs * math.expm1(-pair_rate * at)
        missing += sites * math.expm1(-site_rate * at)
        slope = amine * math.exp(-at) + pairs * pair_rate * math.exp(-pair_rate * at)
        slope += sites * site_rate * math.exp(-site_rate * at)
        step = missing / slope
        at += step
        if abs(step) <= 1e-13 * at or abs(missing) <= 4e-15 * acid:
            return at
    return math.nan


@kernel
def decay(rate: float, exposure: float) -> tuple[float, float]:
    """exp(-rate u) and its integral from 0 to u."""
    if rate == 0.0:
        return 1.0, exposure
    return math.exp(-rate * exposure), -math.expm1(-rate * exposure) / rate


@kernel
def open_sites(opening: float, closing: float, exposure: float) -> tuple[float, float]:
    """Open share o and its integral for do/du = r exp(-r u) - h o from o(0) = 0."""
    if opening == 0.0 or exposure == 0.0:
        return 0.0, 0.0
    if math.isinf(exposure):
        return (0.0, 1.0 / closing) if closing > 0.0 else (1.0, math.inf)
    if abs(closing - opening) * exposure < 1e-6:
        fading = math.exp(-opening * exposure)
        return opening * exposure * fading, (1.0 - fading * (1.0 + opening * exposure)) / opening
    open_native, native_integral = decay(opening, exposure)
    open_healed, healed_integral = decay(closing, exposure)
    factor = opening / (closing - opening)
    return factor * (open_native - open_healed), factor * (native_integral - healed_integral)


@kernel
def wave(
    shares: Array, acid: float, amine: float, pairs: float, ligand: float, carried: float, sites: float,
    selectivity: float, sink: float, healing: float, filling: float, mixing_time: float, slices: int,
) -> tuple[Array, Array]:  # fmt: skip
    """Let an injected acid mix in, and share each slice of it between amine, ion pairs and native sites.

    Unmixed acid decays as exp(-t / tau). Each slice of equal amount finds its sinks at once, by the closed form of the
    competition; between slices, while the time passes that mixing takes, dissolved short ligand fills open sites.

    Args:
        shares: native, exchanged, wounded (cleared by acid and open), vacant (open, whole).
        acid: strong acid [mol].
        amine: free amine [mol].
        pairs: free ion pairs [mol].
        ligand: dissolved short ligand, free and bound [mol].
        carried: the part of it that arrives with the acid [mol].
        sites: surface sites [mol].
        selectivity: rate of a native site relative to free amine.
        sink: rate of an ion pair relative to free amine.
        healing: rate at which short ligand of the acid's own liquid fills an open site, per ligand and acid.
        filling: rate at which mixed short ligand fills an open site [1/(mol s)].
        mixing_time: [s].
        slices: of the acid.

    Returns:
        The shares after it, and: exposure, protons to amine, pairs, surface, left [mol], integral of the open share.
    """
    selectivity = selectivity if selectivity > SLOWEST else 0.0
    sink = sink if sink > SLOWEST else 0.0
    native, exchanged, wounded, vacant = shares[0], shares[1], shares[2], shares[3]
    found = np.zeros(6)
    left = 0.0
    for k in range(slices):
        span = mixing_time * (math.log((slices - k) / (slices - k - 1.0)) if k + 1 < slices else 1.0)
        mixed = 1.0 - (slices - k - 0.5) / slices
        free = max(ligand - sites * exchanged, 0.0)
        share = free / ligand if ligand > 0.0 else 0.0
        dissolved = max(ligand - carried, 0.0) + carried * mixed
        rate = filling * dissolved * share
        for half in range(2):
            closed = -math.expm1(-0.5 * rate * span)
            taken = closed * (wounded + vacant)
            if taken * sites > free:
                closed *= free / (taken * sites)
            exchanged += closed * (wounded + vacant)
            wounded -= closed * wounded
            vacant -= closed * vacant
            if half == 1:
                break
            drop = left + acid / slices
            u = exposure_of(drop, amine, pairs, sites * native, sink, selectivity)
            found[0] += u
            lost = -math.expm1(-selectivity * u) if selectivity > 0.0 else 0.0
            gone = -math.expm1(-sink * u) if sink > 0.0 else 0.0
            to_amine, to_pairs, to_sites = -amine * math.expm1(-u), pairs * gone, sites * native * lost
            left = max(drop - to_amine - to_pairs - to_sites, 0.0) if math.isinf(u) else 0.0
            found[1] += to_amine
            found[2] += to_pairs
            found[3] += to_sites
            amine, pairs = max(amine - to_amine, 0.0), max(pairs - to_pairs, 0.0)
            rate_u = healing * carried / acid * share if acid > LEAST else 0.0
            fresh, integral = open_sites(selectivity, rate_u, u)
            kept, kept_integral = decay(rate_u, u)
            if native > 0.0:
                found[5] += native * integral
            if wounded + vacant > 0.0:
                found[5] += (wounded + vacant) * kept_integral
            healed = native * (lost - fresh) + (1.0 - kept) * (wounded + vacant)
            limit = max(ligand - sites * exchanged, 0.0) / sites
            part = min(1.0, limit / healed) if healed > 0.0 else 0.0
            exchanged += part * healed
            wounded += native * (fresh + (1.0 - part) * (lost - fresh)) - part * (1.0 - kept) * wounded
            vacant -= part * (1.0 - kept) * vacant
            native -= native * lost
            free = max(ligand - sites * exchanged, 0.0)
    found[4] = left
    return np.array([native, exchanged, wounded, vacant]), found


# -------------------------------------------------------------------------------------------- exchange of ligands


@kernel
def _turnover(native: float, short: float, rates: Array) -> tuple[float, float]:
    """Rates of change of the native and the exchanged share."""
    held, pairs, ligand = rates[0], rates[1], rates[2]
    free, free_short, vacant = pairs - native, ligand - short, held - native - short
    swapped = rates[3] * (free_short * native - free * short / rates[4])
    return (
        rates[5] * free * vacant - rates[6] * native - swapped,
        rates[7] * free_short * vacant - rates[8] * short + swapped,
    )


@kernel
def _implicit(native: float, short: float, step: float, rates: Array) -> tuple[float, float, bool]:
    """Solve y = y0 + step f(y) by Newton's method."""
    n, s = native, short
    for _ in range(40):
        rate_n, rate_s = _turnover(n, s, rates)
        off_n, off_s = n - native - step * rate_n, s - short - step * rate_s
        held, pairs, ligand = rates[0], rates[1], rates[2]
        free, free_short, vacant = pairs - n, ligand - s, held - n - s
        swap_n = rates[3] * (free_short + s / rates[4])
        swap_s = -rates[3] * (n + free / rates[4])
        a = 1.0 - step * (-rates[5] * (vacant + free) - rates[6] - swap_n)
        b = -step * (-rates[5] * free - swap_s)
        c = -step * (-rates[7] * free_short + swap_n)
        d = 1.0 - step * (-rates[7] * (vacant + free_short) - rates[8] + swap_s)
        determinant = a * d - b * c
        move_n, move_s = (b * off_s - d * off_n) / determinant, (c * off_n - a * off_s) / determinant
        n, s = n + move_n, s + move_s
        if abs(move_n) + abs(move_s) <= 1e-15 + 1e-14 * (abs(n) + abs(s)):
            return n, s, True
    return n, s, abs(move_n) + abs(move_s) <= 1e-9


@kernel
def relax(native: float, short: float, duration: float, rates: Array, steps: int) -> tuple[float, float, bool]:
    """Follow adsorption, desorption and exchange for a time, by a stiffly stable method of second order.

    Steps grow by a half each. The rates depend on the free ligand, which is what the surface does not hold, so that
    sites and ligands are conserved; where a step would undershoot, one of first order, which cannot, replaces it.

    Args:
        native: share of the sites.
        short: share of the sites with the short ligand.
        duration: [s].
        rates: share of the sites that ligands can hold; native pairs and short ligand, free and bound, per site;
            rate of exchange, its equilibrium constant; adsorption and desorption of pairs, and of short ligand [1/s].
        steps: number of them.

    Returns:
        Both shares, and whether every step was solved.
    """
    step = duration * 0.5 / (1.5**steps - 1.0)
    for _ in range(steps):
        n1, s1, solved = _implicit(native, short, _GAMMA * step, rates)
        rate_n, rate_s = _turnover(n1, s1, rates)
        weight = (1.0 - _GAMMA) * step
        n2, s2, again = _implicit(native + weight * rate_n, short + weight * rate_s, _GAMMA * step, rates)
        inside = min(n2, s2, rates[0] - n2 - s2, rates[1] - n2, rates[2] - s2) >= -1e-15
        if not (solved and again and inside):
            n2, s2, solved = _implicit(native, short, step, rates)
            if not solved:
                return n2, s2, False
        native, short = min(max(n2, 0.0), rates[1]), min(max(s2, 0.0), rates[2])
        step *= 1.5
    return native, short, True


# ------------------------------------------------------------------------------------------------------- growth


@kernel
def dissolved_monomer(length: Array, number: Array, born: int, monomer: float, formula: float) -> float:
    """Monomer that is in no dot [mol]; ``formula`` is the volume of a formula unit [m3]."""
    solid = 0.0
    for j in range(born):
        solid += number[j] * max(length[j], 0.0) ** 3
    return monomer - solid / formula


@kernel
def _rates(length: Array, number: Array, born: int, time: float, law: Array, out: Array) -> None:
    """Growth rate of every born cohort at a moment of a cooling pot; see :func:`grow`."""
    temperature = law[1] + (law[0] - law[1]) * math.exp(-time / law[2])
    inverse = 1.0 / temperature - 1.0 / 423.15
    speed = law[3] * math.exp(-law[4] / GAS_CONSTANT * inverse)
    saturation = law[5] * math.exp(-law[6] / GAS_CONSTANT * inverse)
    concentration = dissolved_monomer(length, number, born, law[8], law[9]) / law[10]
    size = law[7] / temperature
    for j in range(born):
        out[j] = speed * (concentration - saturation * math.exp(min(size / length[j], 50.0)))


@kernel
def grow(
    length: Array, number: Array, birth: Array, born: int, clock: float, duration: float, law: Array, nucleus: float,
    tolerance: float,
) -> tuple[int, float, int]:  # fmt: skip
    """Move the cohorts along their characteristics dL/dt = k(T) (c - c_s(T) exp(xi / (T L))); changes its arrays.

    Steps of Bogacki and Shampine's pair of orders three and two end at the births of cohorts; between births that
    follow one another closely the midpoint rule does. A cohort that shrinks
    below half of a nucleus dissolves: its number goes to zero and its monomer back into the liquid.

    Args:
        length: of the cohorts [m], sorted by birth; of those not yet born ignored.
        number: dots in each cohort [mol].
        birth: when each is born [s].
        born: cohorts that exist.
        clock: time since the first birth [s].
        duration: [s].
        law: start temperature, temperature of the bath [K], time constant of cooling [s]; growth constant [m4/mol/s]
            and its activation [J/mol]; solubility [mol/m3] and its enthalpy [J/mol], both at 150 degC; capillary
            length times temperature [m K]; monomer [mol]; volume of a formula unit [m3]; volume of the liquid [m3].
        nucleus: edge length of a nucleus [m].
        tolerance: of the edge length, relative to a nucleus.

    Returns:
        The number of cohorts born, the dots that dissolved [mol], and the steps taken; -1 if they were too many.
    """
    k1, k2, k3, k4 = np.zeros(length.size), np.zeros(length.size), np.zeros(length.size), np.zeros(length.size)
    trial = length.copy()
    time, lost, taken = 0.0, 0.0, 0
    wish = min(duration / 8.0, 0.01)
    fresh = True
    while time < duration:
        while born < birth.size and birth[born] <= clock + time:
            length[born] = nucleus
            born += 1
            fresh = True
        limit = duration - time
        if born < birth.size:
            limit = min(limit, max(birth[born] - clock - time, 1e-9 * duration))
        step = min(wish, limit)
        if fresh:
            _rates(length, number, born, time, law, k1)
        for j in range(born):
            trial[j] = length[j] + 0.5 * step * k1[j]
        _rates(trial, number, born, time + 0.5 * step, law, k2)
        if fresh and step < 0.25 * wish:
            for j in range(born):
                length[j] += step * k2[j]
            time = duration if step >= duration - time else time + step
            continue
        for j in range(born):
            trial[j] = length[j] + 0.75 * step * k2[j]
        _rates(trial, number, born, time + 0.75 * step, law, k3)
        for j in range(born):
            trial[j] = length[j] + step * (2.0 * k1[j] + 3.0 * k2[j] + 4.0 * k3[j]) / 9.0
        _rates(trial, number, born, time + step, law, k4)
        worst = 0.0
        for j in range(born):
            error = step * abs(-5.0 / 72.0 * k1[j] + k2[j] / 12.0 + k3[j] / 9.0 - 0.125 * k4[j])
            if number[j] > 0.0:
                worst = max(worst, error)
        worst /= tolerance * nucleus
        factor = 0.9 * max(worst, 1e-6) ** (-1.0 / 3.0)
        taken += 1
        if taken > 100000:
            return born, lost, -1
        if worst > 1.0:
            wish = step * max(factor, 0.2)
            fresh = False
            continue
        wish = max(wish, step * min(factor, 5.0)) if step < wish else step * min(factor, 5.0)
        time = duration if step >= duration - time else time + step
        fresh = False
        for j in range(born):
            length[j] = trial[j]
            k1[j] = k4[j]
            if number[j] > 0.0 and length[j] < 0.5 * nucleus:
                lost += number[j]
                number[j] = 0.0
                fresh = True
            if number[j] == 0.0:
                length[j] = nucleus
    return born, lost, taken


@kernel
def retreat(length: Array, number: Array, born: int, kept: float) -> float:
    """Return the distance [m] by which all edges shrink when a share of the material is left, by Newton's method."""
    before, longest = 0.0, 0.0
    for j in range(born):
        before += number[j] * length[j] ** 3
        longest = max(longest, length[j])
    if before == 0.0:
        return 0.0
    distance = 0.0
    for _ in range(200):
        volume, area = 0.0, 0.0
        for j in range(born):
            edge = max(length[j] - distance, 0.0)
            volume += number[j] * edge**3
            area += number[j] * 3.0 * edge**2
        step = (volume - kept * before) / area
        distance += step
        if abs(step) <= 4e-15 * longest:
            return distance
    return math.nan
