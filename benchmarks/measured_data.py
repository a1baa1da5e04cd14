"""Currents of devices that others measured, with their windows.

The window of every family is a rule that looks at the measurement alone, written down before anything was fitted.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halodot.arrays import Array
from halodot.columns import read_columns

#: data without a licence stay where they are; HALODOT_MEASURED names another folder
FOLDER = Path(os.environ.get("HALODOT_MEASURED", Path(__file__).parents[2] / "shared" / "measured"))
SHIPPED = Path(__file__).parents[1] / "tests" / "reference" / "measured"
NPD_CURRENT, NPD_MOBILITY = "npd_ito_200nm_pd_jv_vanMensfoort2010.dat", "npd_hole_mobility_Naka2000.dat"
OLED_CURRENT, OLED_LAYERS = "oled_melville_median.csv", "oled_melville_layers.csv"

#: V; below 2.5 V the current of the diode of alpha-NPD is that of the built-in voltage, above 7 V no claim is made
NPD_WINDOW = (2.5, 7.0)
#: V; under 0.5 V diffusion from the contacts and leakage carry the current of the hole-only diodes
DIODE_START = 0.5
#: a current counts where it is this many times the one at the lowest voltage, which is leakage and offset
ABOVE_LEAKAGE = 10.0
#: voltages of a curve of a hole-only diode that a fit takes; the misfit counts all points of the window
DIODE_VOLTAGES = 10
#: cd/m2 and mA/cm2: an OLED is on where it is brighter than the noise, and the source is limited at 125 mA/cm2
TURN_ON_LUMINANCE, MOST_CURRENT = 1.0, 60.0
ANGSTROM = 1e-10


@dataclass(frozen=True)
class MeasuredCurrent:
    """The current of one device at one temperature, within its window."""

    device: str
    voltage: Array  # V, (voltage,)
    current: Array  # A/m2, (voltage,); the median where there are several pixels
    low: Array  # A/m2, (voltage,): quartiles of the pixels, or the current itself
    high: Array
    temperature: float = 300.0  # K
    thickness: dict[str, float] | None = None  # m, by layer of the study, where it differs from the study's


def present() -> bool:
    """Whether the data without a licence are there."""
    return (FOLDER / NPD_CURRENT).is_file()


def alpha_npd() -> MeasuredCurrent:
    """Return the hole-only diode of 200 nm alpha-NPD, van Mensfoort et al., J. Appl. Phys. 107 (2010) 113710."""
    voltage, current = np.loadtxt(FOLDER / NPD_CURRENT, encoding="utf-8").T
    inside = (voltage >= NPD_WINDOW[0]) & (voltage <= NPD_WINDOW[1])
    current = 1e4 * current[inside]
    return MeasuredCurrent("alpha-NPD 200 nm", voltage[inside], current, current, current)


def alpha_npd_mobility() -> tuple[float, float]:
    """Return mobility without field [m2/V/s] and Poole-Frenkel factor [(m/V)^0.5] of alpha-NPD by time of flight.

    A straight line through ln mu against the root of the field, Naka et al., Synth. Met. 111-112 (2000) 331.
    """
    root_field, mobility = np.loadtxt(FOLDER / NPD_MOBILITY, encoding="utf-8").T
    slope, intercept = np.polyfit(root_field, np.log(mobility), 1)
    return float(np.exp(intercept)) * 1e-4, float(slope) * 0.1


def oled_substrates() -> tuple[str, ...]:
    """Return the substrates that have pixels which shine."""
    with (FOLDER / OLED_CURRENT).open(encoding="utf-8") as file:
        return tuple(dict.fromkeys(row["oled_id"] for row in csv.DictReader(file)))


def oled(substrate: str) -> MeasuredCurrent:
    """Return the median current of the pixels of one OLED substrate between turn-on and 60 mA/cm2.

    Where fewer than half of the pixels are left, those that stopped decide the median, so that it does not count.

    Args:
        substrate: such as ``OLED-014``.
    """
    with (FOLDER / OLED_CURRENT).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["oled_id"] == substrate]
    names = ("V", "J_median", "J_q25", "J_q75", "L_median", "n_pixels")
    table = np.array([[float(row[name]) for name in names] for row in rows])
    voltage, median, low, high, luminance, pixels = table.T
    first = voltage[np.flatnonzero(luminance > TURN_ON_LUMINANCE)[0]]
    inside = (voltage >= first) & (median <= MOST_CURRENT) & (pixels >= pixels.max() / 2.0)
    counts = 10.0 * np.stack([median, low, high])[:, inside]
    return MeasuredCurrent(substrate, voltage[inside], counts[0], counts[1], counts[2], thickness=_layers(substrate))


def _layers(substrate: str) -> dict[str, float]:
    """Return the thickness [m] of every evaporated layer; host and dopants of one deposition are one layer."""
    found: dict[str, float] = {}
    with (FOLDER / OLED_LAYERS).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            identity, material = row["deposition_id"], row["material"]
            # The log of OLED-033 has 10913 angstrom of CBP beside its 160: a slip.
            if not identity.startswith(substrate) or identity == "OLED-033-CBP":
                continue
            name = "CBP" if row["role"] in ("EMH", "EMTD", "EMFD") else material.replace("AlQ3", "Alq3")
            found[name] = found.get(name, 0.0) + float(row["thickness_on_substrate_A"]) * ANGSTROM
    return {name: value for name, value in found.items() if name in ("NPB", "Alq3", "TAPC", "CBP", "B3PYMPM")}


def hole_only_materials() -> tuple[str, ...]:
    """Return the polymers and blends whose hole-only diodes ship."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.csv")))


def hole_only(material: str) -> tuple[MeasuredCurrent, ...]:
    """Return the hole-only diodes of one material, one curve for each temperature.

    The unit of the current stands nowhere in the data; A/m2 is taken.

    Args:
        material: the name of its file.
    """
    table = read_columns(SHIPPED / f"{material}.csv")
    kelvin, voltage, current = (table.values(name) for name in ("temperature", "voltage", "current_density"))
    return tuple(_diode(material, at, voltage[kelvin == at], current[kelvin == at]) for at in np.unique(kelvin))


def _diode(material: str, temperature: float, voltage: Array, current: Array) -> MeasuredCurrent:
    leakage = abs(float(current[0]))
    inside = (voltage >= DIODE_START) & (current > ABOVE_LEAKAGE * leakage)
    kept = current[inside]
    return MeasuredCurrent(material, voltage[inside], kept, kept, kept, temperature=float(temperature))


def all_hole_only() -> Iterator[tuple[str, tuple[MeasuredCurrent, ...]]]:
    """Yield every material with its curves."""
    for material in hole_only_materials():
        yield material, hole_only(material)
