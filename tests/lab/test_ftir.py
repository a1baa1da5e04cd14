"""Infrared spectra: bands of known place, height and area come back, and the air and standards are seen."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.baseline import asymmetric_least_squares
from halodot.lab.method import method_named

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("readers", "measure")]
from instrument_files import real
from measure_samples import build_dots

CM = 100.0
WAVENUMBER = np.arange(650.0, 4000.0, 2.0) * CM


def lines(*bands: tuple[float, float, float]) -> np.ndarray:
    """Return Gaussians of a place [1/cm], a height and a full width [1/cm]."""
    x = WAVENUMBER[:, None] / CM
    place, height, width = np.array(bands).T
    return np.asarray((height * np.exp(-4.0 * math.log(2.0) * ((x - place) / width) ** 2)).sum(axis=1))


OLEATE = lines((2922.0, 0.5, 24.0), (2853.0, 0.3, 16.0), (1540.0, 0.4, 40.0), (907.0, 0.05, 14.0))


def infrared(absorbance: np.ndarray, **attributes: object):
    return recording("infrared", {"wavenumber": WAVENUMBER}, {"absorbance": absorbance}, **attributes)


def noisy(absorbance: np.ndarray, seed: int = 1, sd: float = 3e-4) -> np.ndarray:
    return absorbance + np.random.default_rng(seed).normal(0.0, sd, absorbance.size)


def test_bands_have_their_place_height_and_area() -> None:
    tilted = OLEATE + 0.02 + 0.03 * np.exp(-WAVENUMBER / CM / 2000.0)
    found = lab.ftir(infrared(noisy(tilted)))
    for place, height, width in ((2853.0, 0.3, 16.0), (1540.0, 0.4, 40.0), (907.0, 0.05, 14.0)):
        of = f"{place:.0f} 1/cm"
        assert found.finding("infrared_band", of).value == pytest.approx(place * CM, abs=0.5 * CM)
        item, area = found.finding("infrared_height", of), found.finding("infrared_area", of)
        assert item.value == pytest.approx(height, abs=4.0 * item.uncertainty + 0.003)
        truth = height * width * CM * math.sqrt(math.pi / math.log(2.0)) / 2.0
        assert area.value == pytest.approx(truth, abs=4.0 * area.uncertainty + 0.02 * truth)
    ratio = found.finding("infrared_ratio", "1540 1/cm")
    assert ratio.value == pytest.approx(0.8, abs=3.0 * ratio.uncertainty + 0.01)
    assert not found.warnings


def test_transmittance_gives_the_bands_of_its_absorbance() -> None:
    direct = lab.ftir(infrared(OLEATE))
    through = lab.ftir(recording("infrared", {"wavenumber": WAVENUMBER}, {"transmittance": 10.0**-OLEATE}))
    for item in direct.findings:
        if item.name == "infrared_height":
            assert through.finding(item.name, item.of).value == pytest.approx(item.value, rel=1e-6)


def test_depth_of_a_total_reflection_goes_with_the_wavelength() -> None:
    plain = lab.ftir(infrared(OLEATE), lab.FtirSettings(baseline="none"))
    deep = lab.ftir(infrared(OLEATE), lab.FtirSettings(baseline="none", depth="A/lambda"))
    one, two = (item.finding("infrared_height", "907 1/cm").value for item in (plain, deep))
    assert two / one == pytest.approx(0.907, rel=1e-3)


def test_assignments_name_what_else_may_absorb() -> None:
    table = lab.ftir(infrared(OLEATE)).tables["bands"]
    at = list(np.round(table["place (1/cm)"])).index(907.0)
    assert "model paper" in table["read as"][at]
    assert "octadecene" in table["may also be"][at]


def test_noise_alone_has_no_band() -> None:
    for seed in range(5):
        found = lab.ftir(infrared(noisy(np.full(WAVENUMBER.size, 0.01), seed)))
        assert not found.findings
        assert any("no band" in note for note in found.notes)


def test_air_is_noted_and_does_not_bend_the_baseline() -> None:
    air = lines((2361.0, -0.03, 22.0), (2337.0, -0.025, 26.0))
    clean, dirty = lab.ftir(infrared(noisy(OLEATE))), lab.ftir(infrared(noisy(OLEATE + air)))
    assert any("CO2" in note for note in dirty.notes)
    assert not any("CO2" in note for note in clean.notes)
    for of in ("2853 1/cm", "1540 1/cm"):
        one, two = clean.finding("infrared_height", of), dirty.finding("infrared_height", of)
        assert two.value == pytest.approx(one.value, abs=0.004)


def test_spectra_compare_at_equal_resolution_only() -> None:
    without = lines((2922.0, 1.0, 24.0), (1540.0, 0.4, 40.0))
    one, two = infrared(noisy(OLEATE), resolution=4.0 * CM), infrared(noisy(without, 2), resolution=4.0 * CM)
    change = lab.ftir(one, other=two).finding("infrared_change", "1540 1/cm")
    assert change.value == pytest.approx(2.0, abs=3.0 * change.uncertainty + 0.02)
    with pytest.raises(DataError, match="equal resolution"):
        lab.ftir(one, other=infrared(noisy(without, 2), resolution=8.0 * CM))


def test_simulated_spectrum_shows_the_bands_that_the_paper_reads() -> None:
    from halodot import measure
    from halodot.lab.simulated import measurement
    from halodot.measure.infrared import BANDS

    found = lab.ftir(measurement(measure.ftir(build_dots(), seed=3)))
    places = np.array([item.value for item in found.findings if item.name == "infrared_band"])
    for band in BANDS:
        if band.group == "olefin" or "N-H" in band.about:
            continue  # 7 standard deviations of the noise high; a shoulder of the carboxylate
        assert np.min(np.abs(places - band.wavenumber)) < 4.0 * CM, band.about


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = infrared(noisy(OLEATE))
    found = lab.ftir(data)
    again = lab.ftir(data, lab.chosen(lab.FtirSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_baseline_follows_what_lies_below_the_bands() -> None:
    x = np.linspace(0.0, 1.0, 800)
    slow = 0.3 * x + 0.1 * np.sin(3.0 * x)
    band = np.exp(-0.5 * ((x - 0.5) / 0.01) ** 2)
    assert asymmetric_least_squares(slow + band, 1e6, 0.001) == pytest.approx(slow, abs=0.02)


def test_polystyrene_lies_where_it_is_certified() -> None:
    found = lab.ftir(halodot.read(real("spc_galactic/Ft-ir.spc")))
    table = found.tables["polystyrene"]
    assert len(table["certified (1/cm)"]) >= 8
    assert np.all(np.abs(table["difference (1/cm)"]) < 1.0)


def test_polyethylene_shows_its_chains() -> None:
    found = lab.ftir(halodot.read(real("ftir_omnic/ftir_polyethylene_reflectance_adjustment_not_working.spa")))
    places = np.array(found.tables["bands"]["place (1/cm)"])
    for low, high in ((2913.0, 2920.0), (2845.0, 2850.0), (1460.0, 1476.0), (718.0, 732.0)):
        assert np.any((places > low) & (places < high))
    assert any("CO2" in note for note in found.notes)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        np.zeros(WAVENUMBER.size),
        np.full(WAVENUMBER.size, np.nan),
        -OLEATE,
        np.where(np.arange(WAVENUMBER.size) % 7 == 0, np.nan, OLEATE),
        np.eye(1, WAVENUMBER.size, 40)[0],
        1e300 * OLEATE,
    ],
    ids=["zero", "nan", "negative", "gaps", "one point", "huge"],
)
def test_odd_spectra_are_analysed_or_refused(values: np.ndarray) -> None:
    for quantity in ("absorbance", "transmittance", "reflectance"):
        data = recording("infrared", {"wavenumber": WAVENUMBER}, {quantity: values})
        try:
            found = lab.ftir(data)
        except DataError:
            continue
        assert all(np.isfinite(item.value) for item in found.findings)


def test_window_without_points_is_refused() -> None:
    with pytest.raises(DataError, match="another window"):
        lab.ftir(infrared(OLEATE), lab.FtirSettings(window=(5000.0 * CM, 6000.0 * CM)))


def test_no_other_measurement_is_taken() -> None:
    takes = method_named("ftir").roles[0].takes
    assert takes(infrared(OLEATE))
    assert not takes(recording("absorption", {"wavelength": np.linspace(4e-7, 8e-7, 50)}, {"absorbance": np.ones(50)}))
    assert not takes(recording("raman", {"wavenumber": WAVENUMBER}, {"intensity": OLEATE}))
