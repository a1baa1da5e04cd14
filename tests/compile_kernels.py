"""Compile every kernel once and keep it, so that the processes that share the tests find it."""

from __future__ import annotations

import sys
import time

import halodot

FEW_POINTS = [
    "run.voltage=[0 V, 2 V, 3 V]",
    "run.positions=2",
    "run.wavelength={from: 600 nm, to: 700 nm, step: 5 nm}",
]


def main() -> None:
    """Run a study of every kind, each with few points."""
    start = time.perf_counter()
    study = halodot.load("paper-0.2", FEW_POINTS)
    result = halodot.simulate(study)
    halodot.sensitivity(
        result, ["device.layers.PTAA.thickness", "device.layers.PTAA.hole_mobility", "device.series_resistance"]
    )
    own = halodot.load("device-only", [*FEW_POINTS, "device.layers.dots.statistics=fermi_dirac"])
    halodot.sensitivity(halodot.simulate(own), ["device.layers.PTAA.hole_mobility"])
    for ions in ("free", "frozen"):
        perovskite = halodot.load("6_psc_ions_steady", [f"device.ions={ions}"])
        halodot.sensitivity(halodot.simulate(perovskite), ["device.series_resistance"])
    print(f"kernels compiled or found in {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
