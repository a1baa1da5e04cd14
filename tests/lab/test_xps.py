"""XPS: drawn core lines on scattered electrons, real files of several makers, and what is refused."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.methods.xps import METHOD

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

PHOTON = 1486.6


def gaussian(energy: np.ndarray, place: float, width: float) -> np.ndarray:
    deviation = width / 2.3548200450309493
    shape = np.exp(-0.5 * ((energy - place) / deviation) ** 2)
    return np.asarray(shape / (deviation * math.sqrt(2.0 * math.pi)))


def doublet(energy: np.ndarray, place: float, splitting: float, share: float, width: float = 1.0) -> np.ndarray:
    second = gaussian(energy, place + splitting, width)
    return share * gaussian(energy, place, width) + (1.0 - share) * second


def on_scattered_electrons(energy: np.ndarray, lines: np.ndarray, level: float = 200.0) -> np.ndarray:
    step = energy[1] - energy[0]
    return level + lines + 0.04 * step * (np.cumsum(lines) - 0.5 * lines)


def region(label: str, energy: np.ndarray, counts: np.ndarray, **said: object) -> dict[str, object]:
    return {"label": label, "energy": energy, "counts": counts, "said": said}


def spectra(*regions: dict, kinetic: bool = False, file: str = "made.vms") -> xarray.Dataset:
    variables, coordinates = {}, {}
    name = "kinetic_energy" if kinetic else "binding_energy"
    for number, item in enumerate(regions, 1):
        axis = f"{name}_{number}"
        energy = PHOTON - item["energy"] if kinetic else item["energy"]
        coordinates[axis] = (axis, energy, {"units": "eV", "quantity": name, "curve": item["label"]})
        said = {"photon_energy": PHOTON, "integration_time": 0.1, "scans": 2.0} | item["said"]
        signal = {"units": "1", "quantity": "counts", "curve": item["label"], **said}
        variables[f"counts_{number}"] = (axis, item["counts"], signal)
    return xarray.Dataset(variables, coordinates, {"kind": "photoelectrons", "file": file, "header": "{}"})


LEAD = np.arange(132.0, 150.0, 0.1)
CARBON = np.arange(279.0, 295.0, 0.1)


def lead(place: float = 138.4, metallic: float = 0.0, area: float = 2e4, seed: int | None = None) -> dict:
    lines = area * (1.0 - metallic) * doublet(LEAD, place, 4.86, 4.0 / 7.0)
    lines += area * metallic * doublet(LEAD, place - 1.6, 4.86, 4.0 / 7.0)
    counts = on_scattered_electrons(LEAD, lines)
    return region("Pb 4f", LEAD, counts if seed is None else np.random.default_rng(seed).poisson(counts) * 1.0)


def carbon(place: float = 284.8, area: float = 5e3) -> dict:
    counts = on_scattered_electrons(CARBON, area * gaussian(CARBON, place, 1.2))
    return region("C 1s", CARBON, np.random.default_rng(3).poisson(counts) * 1.0)


def below(background: str, lines: np.ndarray) -> np.ndarray:
    """Return what each law of scattering puts below lines, 4 % of them a volt further up or so."""
    step = LEAD[1] - LEAD[0]
    if background == "linear":
        return np.asarray(200.0 + 10.0 * (LEAD - LEAD[0]))
    if background == "Shirley":
        return np.asarray(200.0 + 0.04 * step * (np.cumsum(lines) - 0.5 * lines))
    found = np.full(LEAD.size, 200.0)
    for place, height in enumerate(lines):
        loss = LEAD[place:] - LEAD[place]
        found[place:] += 2866.0 * loss / (1643.0 + loss**2) ** 2 * height * step
    return found


@pytest.mark.parametrize("background", ["Shirley", "linear", "Tougaard"])
def test_doublet_on_scattered_electrons_returns_energy_width_and_area(background: str) -> None:
    lines = 2e4 * doublet(LEAD, 138.4, 4.86, 4.0 / 7.0)
    data = spectra(region("Pb 4f", LEAD, lines + below(background, lines)))
    found = lab.xps(data, lab.XpsSettings(background=background, reference="none"))
    assert found.finding("binding_energy").value == pytest.approx(138.4, abs=1e-3)
    assert found.finding("core_line_fwhm").value == pytest.approx(1.0, rel=1e-3)
    assert found.finding("core_line_area").value == pytest.approx(2e4, rel=2e-3)


def test_kinetic_energies_give_the_same_as_binding_energies() -> None:
    one = lab.xps(spectra(lead(seed=1)))
    other = lab.xps(spectra(lead(seed=1), kinetic=True))
    assert other.finding("binding_energy").value == pytest.approx(one.finding("binding_energy").value, abs=1e-4)


def test_carbon_refers_the_charge_and_the_shift_is_recorded() -> None:
    found = lab.xps(spectra(lead(139.9, seed=1), carbon(286.3)))
    assert found.finding("charge_shift").value == pytest.approx(-1.5, abs=0.02)
    item = found.finding("binding_energy", "Pb 4f7/2")
    assert item.value == pytest.approx(138.4, abs=0.03)
    assert item.uncertainty >= 0.2
    alone = lab.xps(spectra(lead(139.9, seed=1)))
    assert alone.finding("binding_energy").value == pytest.approx(139.9, abs=0.02)
    assert any("as measured" in note for note in alone.notes)


def test_metallic_lead_is_found_or_bounded() -> None:
    share = lab.xps(spectra(lead(metallic=0.1, seed=2))).finding("metallic_lead_fraction")
    assert not share.bound
    assert share.value == pytest.approx(0.1, abs=max(3.0 * share.uncertainty, 0.02))
    without = lab.xps(spectra(lead(seed=2))).finding("metallic_lead_fraction")
    assert without.bound == "at most"
    assert without.value < 0.03


def test_composition_follows_scofield_and_the_exposure() -> None:
    area = 2e4
    kinetic = ((PHOTON - 68.3) / (PHOTON - 138.4)) ** 0.75
    energy = np.arange(62.0, 76.0, 0.1)
    counted = 3.0 * area * 2.84 / 22.74 * kinetic * 4.0
    lines = counted * doublet(energy, 68.3, 1.05, 0.6)
    bromide = region("Br 3d", energy, on_scattered_electrons(energy, lines), scans=8.0)
    found = lab.xps(spectra(lead(area=area), bromide))
    assert found.finding("atomic_ratio", "Br / Pb").value == pytest.approx(3.0, rel=0.02)
    assert found.finding("atomic_fraction", "Pb").value == pytest.approx(0.25, rel=0.02)
    given = lab.XpsSettings(sensitivities="Pb 4f 45.48, Br 3d 2.84")
    doubled = lab.xps(spectra(lead(area=area), bromide), given)
    assert doubled.finding("atomic_ratio", "Br / Pb").value == pytest.approx(6.0, rel=0.02)


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = spectra(lead(139.0, 0.05, seed=4), carbon())
    found = lab.xps(data)
    again = lab.xps(data, lab.chosen(lab.XpsSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_silver_splits_as_the_handbook_says() -> None:
    data = halodot.read(real("xps_other/Ag_0001Ag__001.ibw"))
    found = lab.xps(data, lab.XpsSettings(free_splitting=True)).finding("doublet_splitting")
    assert found.value == pytest.approx(6.00, abs=0.03)


def test_vamas_and_text_of_one_region_agree() -> None:
    vamas = lab.xps(halodot.read(real("xps_vamas/0-150W.vms")), lab.XpsSettings(reference="none"))
    for line, text in (("O 1s", "xps_vamas/0-150W_NiWO1s_O1s.txt"), ("W 4f", "xps_vamas/0-150W_NiWW4f_W4f.txt")):
        exported = lab.xps(halodot.read(real(text)))
        assert exported.finding("core_line_area", line).value == pytest.approx(
            vamas.finding("core_line_area", line).value, rel=1e-3
        )
    oxide = lab.xps(halodot.read(real("xps_vamas/0-150W.vms"))).finding("binding_energy", "W 4f7/2")
    assert oxide.value == pytest.approx(35.8, abs=0.4)  # WO3, Moulder et al. (1992)
    assert any("no Ni 2p" in note for note in vamas.notes)


def test_poly_ethylene_glycol_has_two_carbons_for_each_oxygen() -> None:
    found = lab.xps(halodot.read(real("xps_vamas/pegCASA.vms"))).finding("atomic_ratio", "O / C")
    assert abs(found.value - 0.5) < 1.5 * found.uncertainty


def test_other_spectra_of_electrons_are_not_taken() -> None:
    takes = METHOD.roles[0].takes
    assert takes(spectra(lead()))
    assert not takes(halodot.read(real("ups/170109_1712_Ef.csv")))
    assert not takes(halodot.read(real("xps_vamas/auger.vms")))
    with pytest.raises(DataError, match="photon energy"):
        lab.xps(halodot.read(real("xps_vamas/auger.vms")))
    with pytest.raises(DataError, match="core line"):
        lab.xps(halodot.read(real("xps_vamas/regular.vms")))


@pytest.mark.parametrize(
    "counts",
    [
        np.full(LEAD.size, 100.0),
        np.zeros(LEAD.size),
        np.full(LEAD.size, np.nan),
        -np.ones(LEAD.size),
        np.random.default_rng(0).poisson(50.0, LEAD.size) * 1.0,
        np.r_[np.full(90, 100.0), 1e6, np.full(LEAD.size - 91, 100.0)],
    ],
)
def test_odd_regions_give_findings_or_a_refusal(counts: np.ndarray) -> None:
    for size in (LEAD.size, 12, 1):
        try:
            found = lab.xps(spectra(region("Pb 4f", LEAD[:size][::-1], counts[:size])))
        except DataError:
            continue
        assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)
