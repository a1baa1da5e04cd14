"""UPS: levels of drawn spectra, bias, Fermi edges of real metals, and what is refused."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from ups_spectra import HELIUM_I, cutoff_and_valence_band, spectrum

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.methods.fermi_edge import METHOD as FERMI_EDGE
from halodot.lab.methods.ups import METHOD
from halodot.lab.methods.xps import METHOD as XPS

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

ENERGY = np.arange(-2.0, 20.0, 0.02)
WORK, ONSET = 4.6, 1.3


def helium(work: float = WORK, onset: float = ONSET, resolution: float = 0.06, seed: int = 1) -> np.ndarray:
    shape = cutoff_and_valence_band(ENERGY, work, onset, resolution)
    return np.random.default_rng(seed).poisson(2e4 * shape + 5.0) * 1.0


def gold(level: float, deviation: float, temperature: float = 295.0, seed: int = 1) -> np.ndarray:
    """Return a Fermi edge convolved with a Gaussian on a fine grid."""
    fine = np.arange(-3.0, 3.0, 0.002)
    filled = 1.0 / (1.0 + np.exp(-np.clip(fine / (8.617333e-5 * temperature), -500.0, 500.0)))
    kernel = np.exp(-0.5 * (np.arange(-600, 601) * 0.002 / deviation) ** 2)
    edge = np.convolve(np.pad(filled, 600, mode="edge"), kernel / kernel.sum(), "valid")
    shape = np.interp(ENERGY - level, fine, edge)
    return np.random.default_rng(seed).poisson(2000.0 * shape + 50.0) * 1.0


def test_levels_of_a_helium_spectrum() -> None:
    found = lab.ups(spectrum(ENERGY, helium()))
    for name, truth in (("work_function", WORK), ("valence_band_onset", ONSET), ("ionisation_energy", WORK + ONSET)):
        item = found.finding(name)
        assert abs(item.value - truth) < 1.96 * item.uncertainty
        assert item.uncertainty >= 0.1
    assert found.settings.photon_energy == HELIUM_I
    assert found.finding("valence_band_onset", "logarithmic scale").value < found.finding("valence_band_onset").value


def test_known_resolution_takes_the_broadening_off() -> None:
    data = spectrum(ENERGY, helium(resolution=0.12))
    known = lab.ups(data, lab.UpsSettings(resolution=0.12 * 2.3548)).finding("work_function").value
    unknown = lab.ups(data).finding("work_function").value
    assert abs(known - WORK) < abs(unknown - WORK)


def test_bias_is_taken_off_and_its_absence_is_doubted() -> None:
    biased = spectrum(ENERGY - 5.0, helium())
    found = lab.ups(biased, lab.UpsSettings(bias=-5.0))
    assert found.finding("work_function").value == pytest.approx(WORK, abs=0.1)
    assert found.finding("valence_band_onset").value == pytest.approx(ONSET, abs=0.1)
    assert "bias" in lab.ups(biased).finding("work_function").warnings[0]


def test_metal_sets_the_fermi_level() -> None:
    shifted = spectrum(ENERGY + 0.2, helium())
    metal = spectrum(ENERGY, gold(0.2, 0.05), file="Au_Ef.txt")
    found = lab.ups(shifted, reference=metal)
    assert found.finding("work_function").value == pytest.approx(WORK, abs=0.1)
    assert found.settings.resolution == pytest.approx(0.05 * 2.3548, abs=0.02)
    again = lab.ups(shifted, lab.chosen(lab.UpsSettings, lab.as_text(found.settings)), reference=metal)
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_gap_gives_the_electron_affinity() -> None:
    found = lab.ups(spectrum(ENERGY, helium()), lab.UpsSettings(gap=2.0))
    assert found.finding("electron_affinity").value == pytest.approx(found.finding("ionisation_energy").value - 2.0)


@pytest.mark.parametrize("deviation", [0.03, 0.1])
def test_fermi_edge_gives_level_and_resolution(deviation: float) -> None:
    found = lab.fermi_edge(spectrum(ENERGY, gold(0.1, deviation)))
    level, width = found.finding("fermi_level"), found.finding("energy_resolution")
    assert abs(level.value - 0.1) < 3.0 * level.uncertainty
    assert level.uncertainty < 0.01
    assert abs(width.value - 2.3548 * deviation) < 3.0 * width.uncertainty


def test_fermi_edge_of_gold_lies_where_others_find_it() -> None:
    data = halodot.read(real("ups/170109_1712_Ef.csv"))
    assert FERMI_EDGE.roles[0].takes(data)
    found = lab.fermi_edge(data).finding("fermi_level")
    assert found.value == pytest.approx(2.192, abs=2.0 * found.uncertainty)
    kinetic = halodot.read(real("ups/Highres_FK_hv_180.csv"), columns="kinetic energy (eV), counts")
    edge = lab.fermi_edge(kinetic).finding("fermi_level")
    assert edge.value == pytest.approx(236.3, abs=0.1)


def test_other_spectra_of_electrons_are_not_taken() -> None:
    takes = METHOD.roles[0].takes
    data = spectrum(ENERGY, helium())
    assert takes(data)
    assert not XPS.roles[0].takes(data)
    assert not takes(halodot.read(real("xps_vamas/0-150W.vms")))
    assert not takes(halodot.read(real("ups/111126_0100.csv")))
    assert not takes(halodot.read(real("ups/170109_1712_Ef.csv")))


@pytest.mark.parametrize(
    "counts",
    [
        np.full(ENERGY.size, 100.0),
        np.zeros(ENERGY.size),
        np.full(ENERGY.size, np.nan),
        -np.ones(ENERGY.size),
        np.random.default_rng(0).poisson(50.0, ENERGY.size) * 1.0,
        np.linspace(0.0, 1e4, ENERGY.size),
        helium()[::-1],
    ],
)
def test_odd_spectra_give_findings_or_a_refusal(counts: np.ndarray) -> None:
    for analyse in (lab.ups, lab.fermi_edge):
        for size in (ENERGY.size, 9, 1):
            try:
                found = analyse(spectrum(ENERGY[:size], counts[:size]))
            except DataError:
                continue
            assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)


def test_valence_band_by_x_rays_has_an_onset_and_no_cutoff() -> None:
    found = lab.ups(halodot.read(real("xps_vamas/pegCASA.vms")))
    assert {item.name for item in found.findings} == {"valence_band_onset"}


def test_fermi_edge_of_another_axis_is_not_taken_over() -> None:
    metal = spectrum(ENERGY, gold(2.2, 0.05), file="Au_Ef.txt")
    found = lab.ups(spectrum(ENERGY, helium()), reference=metal)
    assert found.finding("work_function").value == pytest.approx(WORK, abs=0.1)
    assert any("too far off" in note for note in found.notes)
