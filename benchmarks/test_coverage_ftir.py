"""How often the intervals of infrared bands hold the truth, on simulated spectra of ligands."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import xarray

from halodot import lab

NUMBER = 200
_CM = 100.0
#: place [1/cm], height and full width at half height [1/cm] of what ligands show
BANDS = (
    (2922.0, 1.0, 22.0),
    (2853.0, 0.6, 15.0),
    (1710.0, 0.3, 20.0),
    (1540.0, 0.8, 40.0),
    (1405.0, 0.5, 30.0),
    (907.0, 0.12, 16.0),
    (721.0, 0.15, 10.0),
)
Truth = tuple[float, float, float]  # place [1/m], height, area [1/m]


def drawn(seed: int) -> tuple[xarray.Dataset, list[Truth]]:
    """Draw bands between Gaussian and Lorentzian on a bent ground, with noise and an axis that is off."""
    generator = np.random.default_rng(seed)
    x = np.arange(650.0, 4000.0, float(generator.choice([0.96, 1.93])))
    level = float(10.0 ** generator.uniform(-1.5, 0.0))
    y, truths = np.zeros(x.size), []
    for place, height, width in BANDS:
        at, high = place + float(generator.uniform(-4.0, 4.0)), level * height * float(generator.uniform(0.6, 1.4))
        wide, share = width * float(generator.uniform(0.8, 1.3)), float(generator.uniform(0.0, 0.5))
        away = ((x - at) / (0.5 * wide)) ** 2
        y += high * ((1.0 - share) * np.exp(-math.log(2.0) * away) + share / (1.0 + away))
        area = high * wide * ((1.0 - share) * math.sqrt(math.pi / math.log(2.0)) / 2.0 + share * math.pi / 2.0)
        truths.append((at * _CM, high, area * _CM))
    ground = float(generator.uniform(0.02, 0.3)) + float(generator.uniform(-0.05, 0.05)) * (x - 2000.0) / 2000.0
    ground += float(generator.uniform(0.0, 0.05)) * np.cos((x - float(generator.uniform(0.0, 3000.0))) / 900.0)
    y += level * ground + generator.normal(0.0, float(10.0 ** generator.uniform(-4.0, -3.0)), x.size)
    axis = (x + float(generator.normal(0.0, 0.5))) * _CM
    data = xarray.Dataset(
        {"absorbance": (("wavenumber",), y, {"units": "1", "quantity": "absorbance"})},
        {"wavenumber": (("wavenumber",), axis, {"units": "1/m", "quantity": "wavenumber"})},
        {"kind": "infrared", "file": "made.txt", "sha256": "", "header": "{}"},
    )
    return data, truths


def test_bands_are_held() -> None:
    held: dict[str, list[bool]] = defaultdict(list)
    warned = 0
    for seed in range(1, NUMBER + 1):
        data, truths = drawn(seed)
        found = lab.ftir(data)
        warned += bool(found.warnings)
        places = [item for item in found.findings if item.name == "infrared_band"]
        for truth in truths:
            near = min(places, key=lambda item: abs(item.value - truth[0]))
            held["found"].append(abs(near.value - truth[0]) < 8.0 * _CM)
            if held["found"][-1]:
                for name, value in zip(("infrared_band", "infrared_height", "infrared_area"), truth):
                    low, high = found.finding(name, near.of).interval_95
                    held[name].append(low <= value <= high)
    shares = {name: float(np.mean(values)) for name, values in held.items()}
    print(f"{NUMBER} spectra, {warned} warned: {', '.join(f'{name} {share:.1%}' for name, share in shares.items())}")
    assert all(share >= 0.90 for share in shares.values())
    assert warned <= 0.05 * NUMBER
