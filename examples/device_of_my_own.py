"""
A device of my own
==================

A stack of known layers and a film of dots whose emission was measured: current, luminance and efficiency, and what the
light is lost to. No recipe is needed. This starts from the library's ``device-only`` and changes what is different.
"""

from __future__ import annotations

import halodot
from halodot.names import shown

result = halodot.simulate(
    halodot.load(
        "device-only",
        ["device.emitter.plqy=0.75", "device.layers.dots.thickness=25 nm", "device.layers.PO-T2T.thickness=45 nm"],
    )
)

for name in ("turn_on_voltage", "eqe_max", "eqe_at_1000", "current_efficiency_at_1000", "power_efficiency_at_1000"):
    entry = result.summary[name]
    if entry.value is not None:
        value, unit = shown(name, entry.value)
        print(f"{name:28}{value:10.3g} {unit:6} {entry.role}")

# %%
# Every figure is a matplotlib figure, one journal column wide.
curves = halodot.plot(result, "jvl")
efficiency = halodot.plot(result, "eqe")
photons = halodot.plot(result, "photons")
