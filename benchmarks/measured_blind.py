"""How far a current is off that nothing of a device's own family was used for.

A family is left out, and the priors are built without it: the share of a time-of-flight mobility that thin films show
comes from the fits of the other families, with the scatter between them; the field factor and the density of states
from parameter files of other devices; levels from the tables that the authors of the devices used; work functions from
tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from measured_data import MeasuredCurrent, alpha_npd, alpha_npd_mobility, oled, oled_substrates
from measured_families import CENTI, ROOT
from measured_fits import LAYER, current, deviation, stored

import halodot
from halodot.arrays import Array
from halodot.learn.priors import uncertain
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study

DRAWS, SEED = 200, 20250
#: decades by which the mobility of one carrier in one layer differs from the time-of-flight value times the family's
#: share, beside the scatter between families; assumed
OWN_SPREAD = 0.5
#: (cm/V)^0.5; published parameter files of Alq3 and m-MTDATA, Staudigel et al., J. Appl. Phys. 86 (1999)
FIELD_ACTIVATION = (3.4e-3, 0.7e-3, 7.3e-3)
#: 1/m3; what other simulators take
STATES = (5e26, 1e26, 2e27)
PERMITTIVITY = (3.0, 2.6, 3.5)
#: eV; polycrystalline palladium, Michaelson, J. Appl. Phys. 48 (1977) 4729; indium tin oxide after ozone, the library's
PALLADIUM, ITO, ALPHA_NPD_LEVEL = 5.12, 4.9, 5.4
#: V/m at which mobilities are compared: time of flight measures near 3e5 V/cm, and devices work there
FIELD = 3e7


@dataclass(frozen=True)
class Family:
    """One family of devices: what is known of them without any of their currents."""

    name: str
    study: str
    devices: str  # how the names of its fits begin
    curves: Callable[[], tuple[MeasuredCurrent, ...]] = field(repr=False)
    mobilities: Mapping[str, float]  # cm2/Vs by time of flight, by layer and carrier
    levels: Mapping[str, tuple[float, float, float]]  # eV: value, low, high, by layer and name
    fields: tuple[str, ...]  # carriers whose mobility rises with the field
    fitted: Mapping[str, str]  # mobilities of its own fits that tell of the material, by the name of the number


FAMILIES = (
    Family(
        "alpha-NPD",
        "alpha-npd",
        "alpha-NPD",
        lambda: (alpha_npd(),),
        {"alpha-NPD.hole_mobility": 5e-4},
        {
            "alpha-NPD.ionisation_energy": (5.4, 5.2, 5.6),
            "anode.work_function": (4.9, 4.7, 5.0),
            "cathode.work_function": (5.12, 4.9, 5.3),
        },
        ("alpha-NPD.hole",),
        {"hole_mobility": "alpha-NPD.hole_mobility"},
    ),
    Family(
        "NPB/Alq3",
        "npb-alq3",
        "OLED",
        lambda: tuple(curve for curve in map(oled, oled_substrates()) if "NPB" in (curve.thickness or {})),
        {"NPB.hole_mobility": 5e-4, "Alq3.electron_mobility": 1e-5},
        {
            "NPB.ionisation_energy": (5.5, 5.2, 5.7),
            "NPB.electron_affinity": (2.4, 2.1, 2.6),
            "Alq3.ionisation_energy": (5.6, 5.4, 6.0),
            "Alq3.electron_affinity": (2.9, 2.6, 3.2),
            "anode.work_function": (4.9, 4.7, 5.0),
            "cathode.work_function": (3.0, 2.8, 3.4),
        },
        ("NPB.hole", "NPB.electron", "Alq3.hole", "Alq3.electron"),
        {"NPB_hole_mobility": "NPB.hole_mobility", "Alq3_electron_mobility": "Alq3.electron_mobility"},
    ),
    Family(
        "TAPC/CBP/B3PYMPM",
        "tapc-cbp-b3pympm",
        "OLED",
        lambda: tuple(curve for curve in map(oled, oled_substrates()) if "TAPC" in (curve.thickness or {})),
        {
            "TAPC.hole_mobility": 1e-2,
            "CBP.hole_mobility": 1e-3,
            "CBP.electron_mobility": 3e-4,
            "B3PYMPM.electron_mobility": 1e-5,
        },
        {
            "TAPC.ionisation_energy": (5.5, 5.3, 5.7),
            "TAPC.electron_affinity": (2.0, 1.8, 2.4),
            "CBP.ionisation_energy": (6.0, 5.8, 6.3),
            "CBP.electron_affinity": (2.8, 2.3, 3.0),
            "B3PYMPM.ionisation_energy": (6.8, 6.5, 7.1),
            "B3PYMPM.electron_affinity": (3.2, 2.9, 3.5),
            "anode.work_function": (5.7, 5.3, 6.1),
            "cathode.work_function": (3.0, 2.8, 3.4),
        },
        ("TAPC.hole", "CBP.hole", "CBP.electron", "B3PYMPM.hole", "B3PYMPM.electron"),
        # Charges in CBP sit on its dopants: a fitted mobility of it says nothing of other materials.
        {"B3PYMPM_electron_mobility": "B3PYMPM.electron_mobility"},
    ),
)


@dataclass(frozen=True)
class BlindScore:
    """How the drawn currents of a family that was left out compare with the measured ones."""

    family: str
    share: tuple[float, float]  # decades of the time-of-flight mobility: mean and standard deviation
    error: float  # decades, drawn median over measured, mean over devices and voltages
    worst: float  # decades, the largest |error| of a point
    coverage: float  # share of the points inside the drawn 95 % interval
    width: float  # decades, of that interval, mean over voltages
    devices: int
    draws: int  # that have a solution


def _states(family: Family) -> list[str]:
    layers = dict.fromkeys(path.split(".")[0] for path in family.mobilities)
    return [f"{layer}.{carrier}_density_of_states" for layer in layers for carrier in ("electron", "hole")]


def measured_share(family: Family, fits: Mapping[str, Mapping[str, float]]) -> float:
    """Return the decades by which fitted mobilities differ from time of flight at `FIELD`, mean over a family.

    Args:
        family: whose own fits count.
        fits: that are kept, by device.
    """
    found = []
    for device, values in fits.items():
        if not device.startswith(family.devices) or not set(family.fitted) <= set(values):
            continue
        gain = values["field_activation"] * math.sqrt(FIELD)
        for name, path in family.fitted.items():
            found.append((math.log(values[name] / (family.mobilities[path] * CENTI)) + gain) / math.log(10.0))
    return float(np.mean(found))


def drawn_inputs(family: Family, share: tuple[float, float], draws: int) -> list[dict[str, float]]:
    """Return inputs [SI] drawn from what is known without the family.

    Args:
        family: that is left out.
        share: decades of the time-of-flight mobilities that thin films show: mean and standard deviation.
        draws: how many.
    """
    generator = np.random.default_rng(SEED)
    common = generator.normal(share[0], share[1], draws)
    field_factor = _drawn(f"{LAYER}{family.fields[0]}_field_activation", FIELD_ACTIVATION, ROOT, generator, draws)
    columns = {f"{LAYER}{name}_field_activation": field_factor for name in family.fields}
    for path, value in family.mobilities.items():
        at_field = value * CENTI * 10.0 ** (common + generator.normal(0.0, OWN_SPREAD, draws))
        columns[f"{LAYER}{path}"] = at_field * np.exp(-field_factor * math.sqrt(FIELD))
    states = _drawn(f"{LAYER}{_states(family)[0]}", STATES, 1.0, generator, draws)
    columns |= {f"{LAYER}{path}": states for path in _states(family)}
    for path, entry in family.levels.items():
        columns[f"{LAYER}{path}"] = _drawn(f"{LAYER}{path}", entry, 1.0, generator, draws)
    for layer in dict.fromkeys(path.split(".")[0] for path in family.mobilities):
        path = f"{LAYER}{layer}.relative_permittivity"
        columns[path] = _drawn(path, PERMITTIVITY, 1.0, generator, draws)
    return [{path: float(column[k]) for path, column in columns.items()} for k in range(draws)]


def _drawn(
    path: str, entry: tuple[float, float, float], unit: float, generator: np.random.Generator, draws: int
) -> Array:
    value, low, high = (number * unit for number in entry)
    return uncertain(path, Sourced(value, low=low, high=high)).value(generator.standard_normal(draws))


def blind_scores(draws: int = DRAWS) -> list[BlindScore]:
    """Return the score of every family that is left out once."""
    studies = {family.name: halodot.load(family.study) for family in FAMILIES}
    curves = {family.name: family.curves() for family in FAMILIES}
    fits = stored()
    return [
        blind_score(family, studies[family.name], curves[family.name], share_of_others(family, fits), draws)
        for family in FAMILIES
    ]


def share_of_others(left_out: Family, fits: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """Return mean and standard deviation of the other families' shares of the time-of-flight mobilities [decades]."""
    others = [measured_share(family, fits) for family in FAMILIES if family.name != left_out.name]
    return float(np.mean(others)), float(np.std(others, ddof=1))


def blind_score(
    family: Family, study: Study, curves: Sequence[MeasuredCurrent], share: tuple[float, float], draws: int
) -> BlindScore:
    """Return the score of one family.

    All substrates of a family are the study's stack within some nanometres, so that one set of draws serves all.

    Args:
        family: that is left out.
        study: of it.
        curves: that were measured of it.
        share: of the time-of-flight mobilities, from the other families [decades].
        draws: how many.
    """
    ends = max(curve.voltage[0] for curve in curves), min(curve.voltage[-1] for curve in curves)
    at = np.linspace(ends[0], ends[1], 8)
    blank = replaced(curves[0], voltage=at, current=np.ones(at.size), thickness=None)
    solved = [current(study, blank, inputs) for inputs in drawn_inputs(family, share, draws)]
    logs = np.array([np.log10(row) for row in solved if np.all(np.isfinite(row)) and np.all(row > 0.0)])
    low, median, high = np.quantile(logs, (0.025, 0.5, 0.975), axis=0)
    measured = np.array([np.interp(at, curve.voltage, np.log10(curve.current)) for curve in curves])
    inside = (measured >= low) & (measured <= high)
    off = median - measured
    return BlindScore(
        family=family.name,
        share=share,
        error=float(np.mean(off)),
        worst=float(np.max(np.abs(off))),
        coverage=float(np.mean(inside)),
        width=float(np.mean(high - low)),
        devices=len(curves),
        draws=len(logs),
    )


def alpha_npd_blind() -> list[tuple[str, float, float]]:
    """Return what is said of the diode of alpha-NPD without its current: model, and its error in decades, low and high.

    Mobility and its field factor by time of flight, measured elsewhere; palladium at its tabulated work function.
    """
    study, curve = halodot.load("alpha-npd"), alpha_npd()
    mobility, field_activation = alpha_npd_mobility()
    layer = f"{LAYER}alpha-NPD"
    inputs = {f"{layer}.hole_mobility": mobility, f"{layer}.hole_field_activation": field_activation}
    inputs[f"{LAYER}cathode.work_function"] = PALLADIUM
    found = []
    for label, anode in (("ohmic anode", ALPHA_NPD_LEVEL), ("anode at ITO's 4.9 eV", ITO)):
        off = deviation(study, curve, inputs | {f"{LAYER}anode.work_function": anode}) / math.log(10.0)
        found.append((f"time of flight, palladium at 5.12 eV, {label}", float(np.min(off)), float(np.max(off))))
    return found
