"""J-V of solar cells: a cell of one diode comes back, and real cells as their own program reads them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.methods.solar_cell import METHOD

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))

from instrument_files import real

KT = 8.617333262e-5 * 298.15
VOLTAGE = np.arange(-0.2, 1.2501, 0.02)


def cell(voltage: np.ndarray = VOLTAGE, sign: float = -1.0, **attributes: object):
    """Return a cell of J = 220 A/m2 - J0 (exp(V/1.5 kT) - 1)."""
    current = 220.0 - 1e-11 * np.expm1(voltage / (1.5 * KT))
    columns = {"current_density": sign * current}
    return recording("current_voltage", {"voltage": voltage}, columns, irradiance=1000.0, **attributes)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_cell_of_one_diode(sign: float) -> None:
    found = lab.solar_cell(cell(sign=sign))
    fine = np.linspace(0.0, 1.2, 200_001)
    power = fine * (220.0 - 1e-11 * np.expm1(fine / (1.5 * KT)))
    truth = {
        "short_circuit_current": 220.0,
        "open_circuit_voltage": 1.5 * KT * np.log(1.0 + 220.0 / 1e-11),
        "power_conversion_efficiency": power.max() / 1000.0,
    }
    truth["fill_factor"] = power.max() / 220.0 / truth["open_circuit_voltage"]
    for name, value in truth.items():
        item = found.finding(name)
        assert item.value == pytest.approx(value, rel=2e-3)
        assert item.interval_95[0] <= value <= item.interval_95[1]


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    found = lab.solar_cell(cell(area=1.6e-5))
    again = lab.solar_cell(cell(area=1.6e-5), lab.chosen(lab.SolarCellSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_curve_that_ends_before_zero_current_bounds_the_voltage() -> None:
    found = lab.solar_cell(cell(np.arange(-0.1, 1.101, 0.02)))
    assert found.finding("open_circuit_voltage").bound == "at least"


@pytest.mark.parametrize(
    "data",
    [
        cell(np.array([0.0])),
        cell(np.array([0.1, 0.2, 0.3, 0.4, 0.5])),
        cell(np.zeros(8)),
        recording("current_voltage", {"voltage": VOLTAGE}, {"current_density": VOLTAGE * np.nan}, irradiance=1000.0),
        recording("current_voltage", {"voltage": VOLTAGE}, {"current_density": VOLTAGE * 10.0}, irradiance=1000.0),
        recording("current_voltage", {"voltage": VOLTAGE}, {"current_density": VOLTAGE}),
        recording("current_voltage", {"voltage": VOLTAGE}, {"current": VOLTAGE - 1.0}, irradiance=1000.0),
    ],
)
def test_what_gives_no_power_is_refused(data) -> None:
    with pytest.raises(DataError):
        lab.solar_cell(data)


def test_real_cells_come_out_as_their_program_reads_them() -> None:
    data = halodot.read(real("jv_keithley/HZB_MiGo_20230913_Batch-Test-1_0_0.notessfdsf.jv.txt"))
    assert METHOD.roles[0].takes(data)
    header = json.loads(data.attrs["header"])
    labels = header["Parameter"].split(", ")
    found = lab.solar_cell(data)
    rows = {
        "short_circuit_current": ("J_sc [mA/cm2]", -10.0, 1e-3),
        "open_circuit_voltage": ("V_oc [V]", 1.0, 1e-4),
        "fill_factor": ("Fill factor [pct.]", 0.01, 3e-3),  # the program takes the highest point, not a vertex
        "power_conversion_efficiency": ("P_MPP [mW/cm2]", 0.01, 3e-3),
    }
    for name, (key, factor, tolerance) in rows.items():
        for label, text in zip(labels, header[key].split(", ")):
            assert found.finding(name, label).value == pytest.approx(float(text) * factor, rel=tolerance)


def test_dark_and_short_curves_of_a_real_batch_stop_nothing() -> None:
    data = halodot.read(real("jv_keithley/SE-ALM_RM_20231004_RM_KW40_0_8.jv.txt"))
    header = json.loads(data.attrs["header"])
    found = lab.solar_cell(data)
    assert any("in the dark were left out" in note for note in found.notes)
    checked = 0
    for item in found.findings:
        if item.name == "open_circuit_voltage" and not item.bound:
            assert item.value == pytest.approx(float(header[f"Voc(V) {item.of}"]), abs=5e-3)
            checked += 1
    assert checked >= 6
