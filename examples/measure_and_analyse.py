"""
From a simulated sample to its analysis
=======================================

What would time-resolved PL and the PL spectrum of the treated dots look like on an instrument, noise included, and what
comes back when they are analysed like measured ones? The truth is known here, so that the uncertainties can be judged.
"""

from __future__ import annotations

import halodot
from halodot import lab, measure
from halodot.lab.simulated import measurement
from halodot.report.figures_lab import analysis_figure

dots = halodot.simulate(halodot.load("paper-0.2", ["run.stop_after=dots"])).dots

decay = lab.trpl(measurement(measure.trpl(dots, seed=1)), response=measurement(measure.trpl_response(dots, seed=2)))
spectrum = lab.pl(measurement(measure.pl(dots, seed=3)))

for analysis, name, truth, scale, unit in (
    (spectrum, "pl_peak", dots.pl_peak, 1e9, "nm"),
    (spectrum, "pl_fwhm", dots.pl_fwhm, 1e9, "nm"),
    (decay, "lifetime_amplitude", dots.lifetime_amplitude, 1e9, "ns"),
    (decay, "lifetime_intensity", dots.lifetime_intensity, 1e9, "ns"),
):
    found = analysis.finding(name)
    value, sd = scale * found.value, scale * found.uncertainty
    print(f"{name:20} found {value:8.3f} ± {sd:.3f} {unit}   true {scale * truth:8.3f}")

# %%
decay_figure = analysis_figure(decay)
spectrum_figure = analysis_figure(spectrum)
