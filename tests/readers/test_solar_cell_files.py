"""Current-voltage curves, quantum efficiencies and transients as the programs of solar-cell laboratories write them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


def written(path: Path, lines: list[str], end: str = "\r\n") -> Path:
    """Write lines as they are."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline=end)
    return path


def diode(voltage: np.ndarray) -> np.ndarray:
    """Return the current density of a solar cell [mA/cm2]."""
    return 1e-9 * np.expm1(voltage / 0.045) - 20.0


def open_circuit_voltage(one: xarray.Dataset) -> float:
    """Return the voltage at which the current of a curve vanishes, between two points [V]."""
    volts, current = one["voltage"].values, one["current_density"].values
    crossing = np.flatnonzero(np.diff(np.sign(current)))[-1]
    share = current[crossing] / (current[crossing] - current[crossing + 1])
    return float(volts[crossing] + share * (volts[crossing + 1] - volts[crossing]))


def short_circuit_current(one: xarray.Dataset) -> float:
    """Return the current density without voltage [A/m2]."""
    order = np.argsort(one["voltage"].values)
    return float(np.interp(0.0, one["voltage"].values[order], one["current_density"].values[order]))


# ------------------------------------------------------------------------------------------------------ Keithley boxes


def keithley(voltage: np.ndarray) -> list[str]:
    """Return the text of a box with a Keithley, three pixels, the last of them forward only."""
    names = ["a_rev", "a_for", "b_for"]
    head = [
        "Keithley, SerialNo, Firmware:\tKEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C32   Oct  4 2010 14:20:11/A02"
    ]
    head += [
        "active area [cm2]:\t0.160000\t0.090000",
        "intensity [mW/cm2]:\t100.000000",
        "integration time [ms]:\t20.0",
    ]
    head += ["averaging [pts.]:\t2.000000", "*" * 40, "\t".join(["Parameter", *names, ""])]
    head += ["V_oc [V]:\t1.067\t1.067\t1.067", "*" * 40, "\t".join(["Voltage", *names, ""])]
    rows = [f"{v:.6E}\t" + "\t".join([f"{diode(v):.6E}"] * 3) + "\t" for v in voltage]
    return [*head, "[V]\t[mA/cm2]\t[mA/cm2]\t[mA/cm2]\t", *rows]


def test_reads_a_keithley_box(tmp_path: Path) -> None:
    voltage = np.arange(1.2, -0.11, -0.05)
    found = read(written(tmp_path / "box.jv.txt", keithley(voltage)))
    assert found.attrs["kind"] == "current_voltage"
    assert list(found["curve"].values) == ["a_rev", "a_for", "b_for"]
    np.testing.assert_allclose(found["current_density"][1], 10.0 * diode(voltage), rtol=1e-6)  # A/m2
    np.testing.assert_allclose(found["curve_area"], [0.16e-4, 0.16e-4, 0.09e-4])
    np.testing.assert_allclose(found["curve_irradiance"], 1000.0)
    assert list(found["curve_scan_direction"].values) == ["reverse", "forward", "forward"]
    assert found.attrs["serial_number"] == "1234567"
    assert "date" not in found.attrs  # the one in the file is that of the firmware
    assert json.loads(found.attrs["header"])["V_oc [V]"] == "1.067, 1.067, 1.067"


def test_the_numbers_of_a_keithley_box_follow_from_its_curves() -> None:
    found = read(real("jv_keithley/HZB_MiGo_20230913_Batch-Test-1_0_0.notessfdsf.jv.txt"))
    header = json.loads(found.attrs["header"])
    stated = {
        key: [float(cell) for cell in text.split(", ")] for key, text in header.items() if key[:2] in ("J_", "V_")
    }
    voltages = [open_circuit_voltage(one) for one in curves(found)]
    np.testing.assert_allclose(voltages, stated["V_oc [V]"], atol=2e-3)
    currents = [0.1 * short_circuit_current(one) for one in curves(found)]  # mA/cm2
    np.testing.assert_allclose(currents, stated["J_sc [mA/cm2]"], atol=0.02)
    powers = [0.1 * float((-one["voltage"] * one["current_density"]).max()) for one in curves(found)]
    np.testing.assert_allclose(powers, [float(cell) for cell in header["P_MPP [mW/cm2]"].split(", ")], rtol=1e-5)


# --------------------------------------------------------------------------------------------------------- other boxes


def sun_simulator(points: int) -> list[str]:
    voltage = 1.2 - 0.1 * np.arange(points)
    head = ["Sample:\tA1", "Setup:\tSoSim PVcomB", "Comments:\t", "Timestamp:\t21.11.2024 12:53:50", ""]
    head += ["Active area [cm2]:\t1.600000E-1", "Intensity [W/m2]:\t1.000000E+3", "Scan direction:\tReverse"]
    head += ["Start [V]:\t-2.000000E-1", "Step [V]:\t1.000000E-1", "Stop [V]:\t1.200000E+0", "*" * 40]
    head += ["V_oc [V]:\t1.067000E+0", "*" * 40, "V [V]\tI [mA]\tP [mW]\tJ [mA/cm2]\tP [mW/cm2]"]
    return head + [
        f"{v:.6E}\t{0.16 * diode(v):.6E}\t{0.16 * v * diode(v):.6E}\t{diode(v):.6E}\t{v * diode(v):.6E}"
        for v in voltage
    ]


def test_reads_a_sun_simulator(tmp_path: Path) -> None:
    found = read(written(tmp_path / "sweep.txt", sun_simulator(15)))
    np.testing.assert_allclose(found["current"], found["current_density"] * 0.16e-4, rtol=1e-5)
    np.testing.assert_allclose(
        found["power_density"], found["voltage"] * found["current_density"], rtol=1e-5, atol=1e-9
    )
    assert found.attrs["date"] == "2024-11-21T12:53:50"
    assert found.attrs["scan_direction"] == "reverse"
    with pytest.raises(DataError, match=r"in steps of 0\.1 V has 15 points, not 9"):
        read(written(tmp_path / "cut.txt", sun_simulator(9)))


def test_the_numbers_of_a_glove_box_follow_from_its_curves() -> None:
    found = read(real("jv_keithley/SE-ALM_RM_20231004_RM_KW40_0_8.jv.txt"))
    header = json.loads(found.attrs["header"])
    lit = {one.attrs["curve"]: one for one in curves(found) if one.attrs["irradiance"] > 0.0}
    assert len(lit) == 12
    assert found.attrs["date"] == "2023-11-30T17:30:54"
    for name, one in lit.items():
        np.testing.assert_allclose(0.1 * short_circuit_current(one), float(header[f"Jsc(mA/cm2) {name}"]), atol=1e-6)
        volts, current = float(header[f"V_mpp(V) {name}"]), float(header[f"J_mpp(mA/cm2) {name}"])
        place = int(np.argmin(np.abs(one["voltage"].values - volts)))
        np.testing.assert_allclose(0.1 * one["current_density"].values[place], current, rtol=1e-9)
    assert lit["a_Forward_Light"].attrs["temperature"] == pytest.approx(292.4)


def test_reads_both_versions_of_json() -> None:
    path = real("jv_keithley/hzb_TestP_AA_1_c-1.1_JM261.jv.txt")
    found = curves(read(path))
    document = json.loads(path.read_text(encoding="utf-8"))
    for one, sweep in zip(found, document["data"], strict=True):
        written_ = np.array([[point[key] for key in ("voltage", "current_density")] for point in sweep["measurements"]])
        np.testing.assert_allclose(one["voltage"], written_[:, 0], rtol=1e-14)
        np.testing.assert_allclose(one["current_density"], 10.0 * written_[:, 1], rtol=1e-14)
        np.testing.assert_allclose(one["current"], one["current_density"] * one.attrs["area"], rtol=1e-12)


def json_text(**changes: float) -> str:
    points = [
        {"V_set [V]": v, "V_corr [V]": v + 0.01, "I_corr [mA]": 0.16 * diode(v), "J [mA/cm2]": diode(v)} | changes
        for v in (0.0, 0.5, 1.0)
    ]
    sweep = {"direction": "REV", "cell": "B", "curve_parameters": {"area [cm2]": 0.16, "irradiance [mW/cm2]": 50.0}}
    return json.dumps({"parameters": {}, "data": [sweep | {"measurements": points}]})


def test_reads_json_with_units_and_refuses_what_contradicts_them(tmp_path: Path) -> None:
    path = tmp_path / "jv.json"
    path.write_text(json_text(), encoding="utf-8")
    found = read(path)
    np.testing.assert_allclose(found["voltage"], [0.01, 0.51, 1.01])
    np.testing.assert_allclose(found["voltage_set"], [0.0, 0.5, 1.0])
    assert found.attrs["irradiance"] == 500.0
    path.write_text(json_text(**{"I_corr [mA]": 3.0}), encoding="utf-8")
    with pytest.raises(DataError, match=r"'B REV': current is not current density times the area of 0\.16 cm2"):
        read(path)
    path.write_text(json_text()[:-9], encoding="utf-8")
    with pytest.raises(DataError, match="no whole JSON document"):
        read(path)


# -------------------------------------------------------------------------------------------------- quantum efficiency


def test_the_current_of_a_quantum_efficiency_is_the_sum_of_its_column() -> None:
    for name, blocks in (("eqe_pv/25.57.eqe.txt", 2), ("eqe_pv/HZB_MiGo_20240604_exp_0_0.eqe.txt", 11)):
        found = read(real(name))
        header = json.loads(found.attrs["header"])
        each = curves(found)
        assert len(each) == blocks
        for one in each:
            total = 0.1 * float(one["current_density_of_interval"].sum())
            assert total == pytest.approx(float(header[f"{one.attrs['curve']} AM1.5G"]), abs=2e-4)
            charge_times_wavelength = (
                one["eqe"] * one["wavelength"] * 1.602176634e-19 / (6.62607015e-34 * 299_792_458.0)
            )
            np.testing.assert_allclose(one["responsivity"], charge_times_wavelength, rtol=1e-3, atol=2e-6)


def test_refuses_a_quantum_efficiency_that_is_cut_off(tmp_path: Path) -> None:
    lines = real("eqe_pv/25.57.eqe.txt").read_text(encoding="utf-8").splitlines()
    with pytest.raises(DataError, match="the range is 300-900nm, but the numbers go from 300 to"):
        read(written(tmp_path / "cut.txt", lines[:200]))


# ----------------------------------------------------------------------------------------------- transients, simulation


def test_reads_transients_of_the_surface_photovoltage(tmp_path: Path) -> None:
    path = real(
        "lifetime_trace/HZB_Z_20230911_BatchZ_0_0.M01_encapsulatedGlass_front_TD3_withBE_ambient_intens.spv.txt"
    )
    found = read(path)
    assert found.sizes == {"curve": 3, "time": 870}
    np.testing.assert_allclose(found["curve_excitation_wavelength"], [688e-9, 563e-9, 476e-9])
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = np.array([line.split("\t") for line in lines[1:871]], dtype=float)
    np.testing.assert_array_equal(found["intensity"], rows[:, 1:].T)
    assert found.attrs["date"] == "2023-08-16T15:36:29"
    with pytest.raises(DataError, match="the file is cut off"):
        read(written(tmp_path / "cut.txt", lines[:400]))
    with pytest.raises(DataError, match="Points per Transients is 870, but there are 869"):
        read(written(tmp_path / "gap.txt", lines[:400] + lines[401:]))


def test_reads_a_simulation_in_si_units(tmp_path: Path) -> None:
    found = read(
        written(tmp_path / "JV.dat", ["Vext Vint Jext Jphoto G", "0.0 0.1 -200.0 -201.0 0.5", "0.5 0.6 9.5 1.0 0.5"])
    )
    assert found.attrs["kind"] == "current_voltage"
    np.testing.assert_array_equal(found["current_density"], [-200.0, 9.5])
    assert {str(name) for name in found.data_vars} == {"vint", "current_density", "jphoto", "g"}


def test_the_analytic_current_of_a_simulation_is_that_of_murgatroyd() -> None:
    found = read(real("sclc_truth/test_2__test2.dat"))
    volts, length = found["voltage"].values, 200e-9
    law = 1.125 * 22.0 * 8.854e-12 * 1e-7 * volts**2 / length**3 * np.exp(0.891e-4 * np.sqrt(volts / length))
    np.testing.assert_allclose(found["murgatroyd"], law, rtol=5e-3)


def glovebox(path: Path, voltage: np.ndarray) -> Path:
    """Write a file of a glove box: two pixels, forward in the light."""
    labels = ["a_Forward_Light", "b_Forward_Light"]
    lines = ["Date\t10:11:12 - 01.02.2024", "Location\tHYDIRIS05", "Sample\tX1", "User\tAda", "Voltage_start (V)\t-0.2"]
    lines += [
        "Voltage_end (V)\t1.0",
        "Voltage_step (V)\t0.1",
        "Integration time(s)\t0.1",
        "Cell area(cm^2)\t[0.16, 0.2]",
    ]
    lines += ["Power Density (mW/cm^2)\t100", "--", "\t" + "\t".join(labels), "Voc(V)\t1.06\t1.06", "--"]
    lines.append("\t".join(f"Voltage (V)_{label}\tCurrent Density(mA/cm^2)_{label}" for label in labels))
    lines += [f"{v:.4f}\t{j:.6f}\t{v:.4f}\t{2 * j:.6f}" for v, j in zip(voltage, diode(voltage))]
    return written(path, lines)


def test_reads_the_pixels_of_a_glove_box(tmp_path: Path) -> None:
    voltage = np.linspace(-0.2, 1.0, 13)
    one, two = curves(read(glovebox(tmp_path / "x", voltage)))
    np.testing.assert_allclose(one["voltage"], voltage, atol=1e-9)
    np.testing.assert_allclose(two["current_density"], 2.0 * diode(voltage) * 10.0, rtol=1e-6, atol=1e-4)  # A/m2
    assert (one.attrs["area"], two.attrs["area"]) == pytest.approx((0.16e-4, 0.2e-4))
    assert one.attrs["scan_direction"] == "forward"
    assert one.attrs["date"] == "2024-02-01T10:11:12"


def test_refuses_a_sweep_of_a_glove_box_that_is_cut_off(tmp_path: Path) -> None:
    path = glovebox(tmp_path / "x", np.linspace(-0.2, 0.9, 12))
    with pytest.raises(DataError, match=r"line 28: .* has 13 points, not 12"):
        read(path)
