"""UV-vis spectra: exciton, gap, binding energy and tail that were put in come out, and what has no basis is said."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from perovskites import IODIDE
from recordings import recording

import halodot
from halodot import lab
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.method import method_named
from halodot.lab.methods._elliott import WIDTHS, elliott_absorption
from halodot.lab.sizing import edge_length, sizing
from halodot.study.library import parameters

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("readers", "measure")]
from instrument_files import real
from measure_samples import build_dots

WAVELENGTH = np.arange(400.0, 850.0, 1.0) * 1e-9
ENERGY = HC_EV / WAVELENGTH


QUICK = lab.UvVisSettings(elliott="none")


def spectrum(absorbance: np.ndarray, noise: float = 3e-4, seed: int = 1, **attributes: object):
    noisy = absorbance + np.random.default_rng(seed).normal(0.0, noise, absorbance.size)
    return recording("absorption", {"wavelength": WAVELENGTH}, {"absorbance": noisy}, **attributes)


def dots_spectrum(energy: float = 1.95, half: float = 0.045) -> np.ndarray:
    """Return a Gaussian line and a second one above it on a step, with light scattered below."""
    line = 0.08 * np.exp(-math.log(2.0) * ((ENERGY - energy) / half) ** 2)
    steps = 0.05 / (1.0 + np.exp(-(ENERGY - energy - 0.07) / 0.02)) + 0.3 * np.clip(ENERGY - energy - 0.2, 0.0, None)
    return line + steps + 0.01 * (600e-9 / WAVELENGTH) ** 4


def film(gap: float, binding: float, gamma: float, broadening: str = "sech") -> np.ndarray:
    """Return the absorbance of a film by Elliott's formula."""
    return 0.4 * elliott_absorption(ENERGY[::-1], gap, binding, gamma, broadening)[::-1] + 0.02


def test_first_exciton_of_dots() -> None:
    found = lab.uv_vis(spectrum(dots_spectrum()), QUICK)
    energy, width = found.finding("first_exciton_energy"), found.finding("first_exciton_hwhm")
    assert energy.value == pytest.approx(1.95, abs=2.5 * energy.uncertainty)
    assert energy.uncertainty < 0.006
    assert width.value == pytest.approx(0.045, abs=3.0 * width.uncertainty)
    assert found.finding("first_exciton").value == pytest.approx(HC_EV / energy.value)
    assert not found.warnings


def test_size_is_that_of_the_confinement_model() -> None:
    from halodot.dots.confinement import transition_energy

    record, _ = parameters("dots")
    for edge in (4.5e-9, 6.0e-9, 8.0e-9):
        energy = float(transition_energy(np.array([edge + record.size_offset]), record, IODIDE)[0])
        found = edge_length(energy, 0.003, sizing("CsPbI3"))
        assert found.edge_length == pytest.approx(edge, rel=2e-4)
        assert found.interval[0] < edge < found.interval[1]
        assert found.uncertainty > 0.2e-9


def test_material_is_chosen_or_named_and_no_size_is_made_otherwise() -> None:
    data = spectrum(dots_spectrum())
    unknown = lab.uv_vis(data, QUICK)
    assert any("material" in note for note in unknown.notes)
    assert all(item.name != "edge_length" for item in unknown.findings)
    chosen = lab.uv_vis(data, replace(QUICK, material="CsPbI3")).finding("edge_length")
    named = lab.uv_vis(data.assign_attrs(sample="CsPbI3 5AVA"), QUICK).finding("edge_length")
    assert chosen == named


def test_bromide_is_no_dot_of_iodide() -> None:
    found = lab.uv_vis(spectrum(dots_spectrum(1.7)), replace(QUICK, material="CsPbBr3"))
    assert any("CsPbBr3" in warning for warning in found.warnings)


def test_simulated_dots_come_back() -> None:
    from halodot import measure
    from halodot.dots.ensemble import build_ensemble
    from halodot.dots.spectra import WAVELENGTH as GRID
    from halodot.dots.spectra import absorption, first_exciton
    from halodot.lab.simulated import measurement

    record, _ = parameters("dots")
    record = replace(record, homogeneous_width=0.08)
    absorbance = absorption(GRID, build_ensemble(5.5e-9, 0.25e-9, record, IODIDE), record, IODIDE)
    peak = first_exciton(GRID, absorbance)
    dots = build_dots(wavelength=GRID, absorbance=absorbance, first_exciton=peak)
    found = lab.uv_vis(measurement(measure.uv_vis(dots, seed=2)), replace(QUICK, material="CsPbI3"))
    place, size = found.finding("first_exciton"), found.finding("edge_length")
    assert place.value == pytest.approx(peak, abs=2.0 * place.uncertainty + 0.5e-9)
    low, high = size.interval_95
    assert low < 5.5e-9 < high


@pytest.mark.parametrize(("binding", "gamma"), [(0.05, 0.02), (0.015, 0.03)])
def test_elliott_gives_gap_binding_and_broadening(binding: float, gamma: float) -> None:
    found = lab.uv_vis(spectrum(film(2.35, binding, gamma)))
    gap, energy = found.finding("elliott_gap"), found.finding("exciton_binding")
    assert gap.value == pytest.approx(2.35, abs=3.0 * gap.uncertainty)
    assert energy.value == pytest.approx(binding, rel=0.05)
    assert found.finding("elliott_gamma").value == pytest.approx(gamma, rel=0.03)
    assert found.settings.elliott == "sech"


def test_line_of_elliott_has_the_width_of_its_broadening() -> None:
    energy = np.linspace(1.9, 2.5, 6001)
    for broadening, factor in WIDTHS.items():
        line = elliott_absorption(energy, 2.5, 0.3, 0.005, broadening)
        above = energy[line > 0.5 * line.max()]
        assert np.ptp(above) == pytest.approx(0.005 * factor, rel=0.05)


def test_elliott_without_attraction_is_the_root_of_free_bands() -> None:
    energy = np.linspace(1.5, 3.0, 400)
    weak = 2.0 * math.pi * math.sqrt(1e-9) * elliott_absorption(energy, 2.0, 1e-9, 0.01)
    above = energy > 2.2
    assert weak[above] == pytest.approx(np.sqrt(energy[above] - 2.0), rel=5e-3)


def test_elliott_far_above_the_gap_keeps_the_enhancement_of_sommerfeld() -> None:
    energy = np.linspace(1.5, 3.5, 500)
    strong = elliott_absorption(energy, 2.0, 0.02, 0.02)
    assert strong[-1] == pytest.approx(1.0 / (1.0 - math.exp(-2.0 * math.pi * math.sqrt(0.02 / 1.5))), rel=1e-3)


@pytest.mark.parametrize(("transition", "power"), [("direct", 0.5), ("indirect", 2.0)])
def test_tauc_finds_the_gap_of_free_bands(transition: str, power: float) -> None:
    alpha = np.clip(ENERGY - 1.9, 0.0, None) ** power / ENERGY
    found = lab.uv_vis(spectrum(1.5 * alpha / alpha.max() + 0.01), replace(QUICK, transition=transition))
    gap = found.finding("tauc_gap")
    assert gap.value == pytest.approx(1.9, abs=3.0 * gap.uncertainty)
    assert gap.value == pytest.approx(1.9, abs=0.05)
    assert not gap.warnings


def test_tauc_of_an_exciton_says_that_it_has_no_basis() -> None:
    found = lab.uv_vis(spectrum(dots_spectrum()), replace(QUICK, material="CsPbI3"))
    assert "dots below 10 nm" in found.finding("tauc_gap").warnings[0]
    assert found.finding("tauc_gap").value < found.finding("first_exciton_energy").value
    assert "exciton" in lab.uv_vis(spectrum(film(2.35, 0.05, 0.02)), QUICK).finding("tauc_gap").warnings[0]


def test_urbach_energy_of_an_exponential_tail() -> None:
    rise = 0.8 / (1.0 + np.exp(-(ENERGY - 2.1) / 0.025))  # below the edge it falls as exp(E / 25 meV)
    tail = lab.uv_vis(spectrum(rise + 0.005 * (600e-9 / WAVELENGTH) ** 4, 1e-4), QUICK).finding("urbach_energy")
    assert tail.value == pytest.approx(0.025, abs=3.0 * tail.uncertainty)
    assert tail.value == pytest.approx(0.025, rel=0.15)


def test_coefficient_of_a_film_is_that_of_its_thickness() -> None:
    data = spectrum(film(2.35, 0.05, 0.02))
    found = lab.uv_vis(data, replace(QUICK, thickness=200e-9)).finding("absorption_coefficient")
    level = float(np.max(film(2.35, 0.05, 0.02))) - 0.02
    assert found.value == pytest.approx(math.log(10.0) * level / 200e-9, rel=0.03)


def test_transmittance_and_raw_signals_give_the_same_absorption() -> None:
    absorbance = dots_spectrum() + 0.05
    lamp = 4e4 * np.exp(-(((WAVELENGTH - 600e-9) / 250e-9) ** 2))
    raw = {"counts": lamp * 10.0**-absorbance + 100.0, "counts_dark": np.full(WAVELENGTH.size, 100.0),
           "counts_reference": lamp + 100.0}  # fmt: skip
    direct, through, counted = (
        lab.uv_vis(recording(kind, {"wavelength": WAVELENGTH}, signals), QUICK)
        for kind, signals in (
            ("absorption", {"absorbance": absorbance}),
            ("absorption", {"transmittance": 10.0**-absorbance}),
            ("spectrum", raw),
        )
    )
    for other in (through, counted):
        assert other.finding("first_exciton").value == pytest.approx(direct.finding("first_exciton").value, abs=2e-10)


def test_stray_light_is_left_out_and_a_saturated_edge_is_refused() -> None:
    dense = lab.uv_vis(spectrum(8.0 * dots_spectrum(), 1e-3), QUICK)
    assert any("left out" in note for note in dense.notes)
    step = 6.0 / (1.0 + np.exp(-(ENERGY - 2.1) / 0.05))
    with pytest.raises(DataError, match="saturated"):
        lab.uv_vis(spectrum(np.minimum(step, 3.5), 1e-3))


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    for absorbance, settings in ((dots_spectrum(), QUICK), (film(2.35, 0.03, 0.03), None)):
        data = spectrum(absorbance, sample="CsPbI3")
        found = lab.uv_vis(data, settings)
        again = lab.uv_vis(data, lab.chosen(lab.UvVisSettings, lab.as_text(found.settings)))
        assert again.findings == found.findings
        assert again.settings == found.settings


def test_holmium_oxide_checks_the_axis() -> None:
    places = np.array([416.3, 451.4, 485.2, 536.6, 640.5]) + 0.4
    bands = 0.3 * np.exp(-(((WAVELENGTH[:, None] * 1e9 - places) / 3.0) ** 2)).sum(axis=1)
    found = lab.uv_vis(spectrum(bands + 0.05))
    assert found.finding("wavelength_offset").value == pytest.approx(
        0.4e-9, abs=0.1e-9
    )  # as far as the standard is certified
    assert len(found.tables["holmium oxide solution"]["certified (nm)"]) == 5


def test_holmium_glass_is_recognised_in_a_file() -> None:
    found = lab.uv_vis(halodot.read(real("jcamp/dupinc1.jdx")))
    assert abs(found.finding("wavelength_offset").value) < 1e-9
    assert "holmium oxide glass" in found.tables


def test_polymer_film_shows_its_first_band() -> None:
    data = halodot.read(real("uvvis_perkinelmer_asc/F4-P3HT 1-10 0,5 mgml.Probe.Raw.asc"))
    place = lab.uv_vis(data, QUICK).finding("first_exciton").value
    assert 598e-9 < place < 613e-9  # the 0-0 band of ordered P3HT lies at 2.03 to 2.07 eV


def test_baseline_of_an_instrument_is_refused() -> None:
    with pytest.raises(DataError, match="no absorption edge"):
        lab.uv_vis(halodot.read(real("uvvis_perkinelmer_asc/3DM_test01.Probe.Raw.asc")))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        np.zeros(WAVELENGTH.size),
        np.full(WAVELENGTH.size, np.nan),
        -dots_spectrum(),
        np.where(np.arange(WAVELENGTH.size) % 5 == 0, np.nan, dots_spectrum()),
        np.eye(1, WAVELENGTH.size, 100)[0],
        np.where(ENERGY > 2.0, 5.0, 0.0),
        1e200 * dots_spectrum(),
    ],
    ids=["zero", "nan", "negative", "gaps", "one point", "cliff", "huge"],
)
def test_odd_spectra_are_analysed_or_refused(values: np.ndarray) -> None:
    for quantity, order in (("absorbance", 1), ("transmittance", -1), ("reflectance", -1)):
        data = recording("absorption", {"wavelength": WAVELENGTH[::order]}, {quantity: values[::order]})
        try:
            found = lab.uv_vis(data, QUICK)
        except DataError:
            continue
        assert all(np.isfinite(item.value) for item in found.findings)


def test_window_without_points_is_refused() -> None:
    with pytest.raises(DataError, match="another window"):
        lab.uv_vis(spectrum(dots_spectrum()), lab.UvVisSettings(window=(1.0e-6, 1.1e-6)))


def test_no_other_measurement_is_taken() -> None:
    takes = method_named("uv_vis").roles[0].takes
    assert takes(spectrum(dots_spectrum()))
    counts = recording("photoluminescence", {"wavelength": WAVELENGTH}, {"counts": dots_spectrum()})
    assert not takes(counts)
    assert not takes(recording("spectrum", {"wavelength": WAVELENGTH}, {"counts": dots_spectrum()}))
    assert not takes(recording("infrared", {"wavenumber": WAVELENGTH}, {"absorbance": dots_spectrum()}))
