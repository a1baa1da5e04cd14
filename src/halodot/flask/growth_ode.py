"""Growth, dissolution and etching of cohorts of cubes, as compiled loops."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.constants import GAS_CONSTANT

#: K, where growth constant and solubility are defined
REFERENCE_TEMPERATURE = 423.15
#: steps after which the integration gives up, some thousand times what a recipe needs
_MOST_STEPS = 1_000_000


class Cohorts(NamedTuple):
    """Cubes by cohort, sorted by birth; those not yet born have a number but no length."""

    length: Array  # (cohort,), edge length [m]
    number: Array  # (cohort,), dots [mol]
    birth: Array  # (cohort,), time of nucleation [s]


class GrowthParameters(NamedTuple):
    """The temperature of the pot, the rate law of growth, and the monomer that feeds it."""

    start_temperature: float  # [K]
    bath_temperature: float  # [K]
    cooling_time: float  # time constant of cooling [s], inf at a constant temperature
    growth_constant: float  # at 150 degC [m4/mol/s]
    growth_activation: float  # [J/mol]
    solubility: float  # at 150 degC [mol/m3]
    solubility_enthalpy: float  # [J/mol]
    capillary: float  # capillary length times temperature [m K]
    monomer: float  # in the dots and in solution [mol]
    formula_volume: float  # of a mole of formula units over the Avogadro constant [m3]
    volume: float  # of the liquid [m3]
    ripening_rate: float  # relative variance that dots gain once their monomer is used up, at 150 degC [1/s]
    ripening_activation: float  # [J/mol]


@kernel
def dissolved_monomer(length: Array, number: Array, born: int, monomer: float, formula: float) -> float:
    """Return the monomer that is in no dot.

    Args:
        length: edge lengths of the cohorts [m], (cohort,).
        number: dots in each cohort [mol], (cohort,).
        born: cohorts that exist.
        monomer: perovskite in the dots and in solution [mol].
        formula: volume of a formula unit [m3].

    Returns:
        Monomer in solution [mol].
    """
    solid = 0.0
    for j in range(born):
        solid += number[j] * max(length[j], 0.0) ** 3
    return monomer - solid / formula


@kernel
def _growth_rates(length: Array, number: Array, born: int, time: float, law: GrowthParameters, out: Array) -> None:
    """Write the growth rate [m/s] of every born cohort at a moment of a cooling pot; see :func:`integrate_growth`."""
    bath = law.bath_temperature
    temperature = bath + (law.start_temperature - bath) * math.exp(-time / law.cooling_time)
    inverse = 1.0 / temperature - 1.0 / REFERENCE_TEMPERATURE
    speed = law.growth_constant * math.exp(-law.growth_activation / GAS_CONSTANT * inverse)
    saturation = law.solubility * math.exp(-law.solubility_enthalpy / GAS_CONSTANT * inverse)
    concentration = dissolved_monomer(length, number, born, law.monomer, law.formula_volume) / law.volume
    capillary_length = law.capillary / temperature
    for j in range(born):
        out[j] = speed * (concentration - saturation * math.exp(min(capillary_length / length[j], 50.0)))


@part
def _bogacki_shampine(
    cohorts: Cohorts, born: int, time: float, step: float, law: GrowthParameters, slopes: Array, trial: Array
) -> float:
    """Write the lengths after a step into ``trial``, from the first two slopes; return the largest error [m].

    P. Bogacki and L. F. Shampine, Appl. Math. Lett. 2 (1989) 321, doi:10.1016/0893-9659(89)90079-7.
    """
    length, number = cohorts.length, cohorts.number
    for j in range(born):
        trial[j] = length[j] + 0.75 * step * slopes[1, j]
    _growth_rates(trial, number, born, time + 0.75 * step, law, slopes[2])
    for j in range(born):
        trial[j] = length[j] + step * (2.0 * slopes[0, j] + 3.0 * slopes[1, j] + 4.0 * slopes[2, j]) / 9.0
    _growth_rates(trial, number, born, time + step, law, slopes[3])
    worst = 0.0
    for j in range(born):
        error = step * abs(-5.0 / 72.0 * slopes[0, j] + slopes[1, j] / 12.0 + slopes[2, j] / 9.0 - 0.125 * slopes[3, j])
        if number[j] > 0.0:
            worst = max(worst, error)
    return worst


@part
def _accept(cohorts: Cohorts, born: int, nucleus: float, trial: Array, slopes: Array) -> float:
    """Take the lengths of a step over, and dissolve cohorts below half of a nucleus; return their dots [mol]."""
    dissolved = 0.0
    for j in range(born):
        cohorts.length[j] = trial[j]
        slopes[0, j] = slopes[3, j]
        if cohorts.number[j] > 0.0 and cohorts.length[j] < 0.5 * nucleus:
            dissolved += cohorts.number[j]
            cohorts.number[j] = 0.0
        if cohorts.number[j] == 0.0:
            cohorts.length[j] = nucleus
    return dissolved


@kernel
def _ripening(length: Array, number: Array, born: int, time: float, law: GrowthParameters) -> float:
    """Return the rate at which ripening broadens the dots [1/s], in proportion to the monomer that is in them."""
    bath = law.bath_temperature
    temperature = bath + (law.start_temperature - bath) * math.exp(-time / law.cooling_time)
    inverse = 1.0 / temperature - 1.0 / REFERENCE_TEMPERATURE
    rate = law.ripening_rate * math.exp(-law.ripening_activation / GAS_CONSTANT * inverse)
    left = dissolved_monomer(length, number, born, law.monomer, law.formula_volume)
    return rate * min(max(1.0 - left / law.monomer, 0.0), 1.0)


@kernel
def _is_over(length: Array, number: Array, born: int, law: GrowthParameters, smallest: float) -> bool:
    """Return whether no cohort has further than a length to grow: at one temperature, without capillary effect."""
    if law.capillary != 0.0 or law.start_temperature != law.bath_temperature:
        return False
    inverse = 1.0 / law.start_temperature - 1.0 / REFERENCE_TEMPERATURE
    saturation = law.solubility * math.exp(-law.solubility_enthalpy / GAS_CONSTANT * inverse)
    excess = dissolved_monomer(length, number, born, law.monomer, law.formula_volume) - saturation * law.volume
    area = 0.0
    for j in range(born):
        area += 3.0 * number[j] * length[j] ** 2
    return area > 0.0 and abs(excess) * law.formula_volume < smallest * area


@kernel
def _births(cohorts: Cohorts, born: int, now: float, nucleus: float) -> int:
    """Give the cohorts that are due by now [s] the length of a nucleus [m]; return how many exist."""
    while born < cohorts.birth.size and cohorts.birth[born] <= now:
        cohorts.length[born] = nucleus
        born += 1
    return born


@kernel
def integrate_growth(
    cohorts: Cohorts, born: int, clock: float, duration: float, law: GrowthParameters, nucleus: float, tolerance: float
) -> tuple[int, float, float, int]:
    """Move the cohorts along their characteristics dL/dt = k(T) (c - c_s(T) exp(xi / (T L))); changes their arrays.

    Steps of Bogacki and Shampine's pair of orders three and two end at the births of cohorts; between births that
    follow one another closely the midpoint rule does. A cohort that shrinks below half of a nucleus dissolves: its
    number goes to zero and its monomer back into the liquid.

    Args:
        cohorts: edge lengths [m], dots [mol] and births [s], each (cohort,).
        born: cohorts that exist.
        clock: time since the first birth [s].
        duration: [s].
        law: temperature [K], rate law and monomer.
        nucleus: edge length of a nucleus [m].
        tolerance: error of the edge length in a step, relative to a nucleus [1].

    Returns:
        The number of cohorts born, the dots that dissolved [mol], the relative variance that ripening added without
        its end [1], and the steps taken; -1 if they were too many.
    """
    length, number, birth = cohorts
    slopes, trial = np.zeros((4, length.size)), length.copy()
    time, dissolved, ripened, taken = 0.0, 0.0, 0.0, 0
    ripening = _ripening(length, number, born, 0.0, law)
    wish, fresh = min(duration / 8.0, 0.01), True
    while time < duration:
        before, born = born, _births(cohorts, born, clock + time, nucleus)
        fresh = fresh or born > before
        step = min(wish, duration - time)
        if born < birth.size:
            step = min(step, max(birth[born] - clock - time, 1e-9 * duration))
        if fresh:
            _growth_rates(length, number, born, time, law, slopes[0])
        for j in range(born):
            trial[j] = length[j] + 0.5 * step * slopes[0, j]
        _growth_rates(trial, number, born, time + 0.5 * step, law, slopes[1])
        if fresh and step < 0.25 * wish:
            length[:born] += step * slopes[1, :born]
            time = duration if step >= duration - time else time + step
            ripened += step * ripening
            continue
        worst = _bogacki_shampine(cohorts, born, time, step, law, slopes, trial) / (tolerance * nucleus)
        factor, taken = 0.9 * max(worst, 1e-6) ** (-1.0 / 3.0), taken + 1
        if taken > _MOST_STEPS:
            return born, dissolved, ripened, -1
        if worst > 1.0:
            wish, fresh = step * max(factor, 0.2), False
            continue
        wish = max(wish, step * min(factor, 5.0)) if step < wish else step * min(factor, 5.0)
        time = duration if step >= duration - time else time + step
        gone = _accept(cohorts, born, nucleus, trial, slopes)
        dissolved, fresh, ripened = dissolved + gone, gone > 0.0, ripened + 0.5 * step * ripening
        ripening = _ripening(length, number, born, time, law)
        ripened += 0.5 * step * ripening
        if born == birth.size and time < duration and _is_over(length, number, born, law, tolerance * nucleus):
            ripened += (duration - time) * ripening
            break
    return born, dissolved, ripened, taken


@kernel
def etch_depth(length: Array, number: Array, born: int, kept: float) -> float:
    """Return the distance by which all edges shrink when a fraction of the material is left, by Newton's method.

    Args:
        length: edge lengths of the cohorts [m], (cohort,).
        number: dots in each cohort [mol], (cohort,).
        born: cohorts that exist.
        kept: fraction of the material that is left [1].

    Returns:
        Distance [m], nan where it was not found.
    """
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
