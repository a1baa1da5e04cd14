"""Simulated measurements written as files are read back as what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray

import halodot
from halodot import measure
from halodot.lab.simulated import measurement
from halodot.readers.exports import written
from halodot.results.data import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return halodot.simulate(halodot.load("recipe-only"))


def measurements(result: Result) -> dict[str, xarray.Dataset]:
    """Return a measurement by every simulated instrument that writes a curve."""
    dots, film = result.dots, result.film
    found = {
        "pl": measure.pl(dots, seed=1),
        "uv_vis": measure.uv_vis(dots, seed=1),
        "trpl": measure.trpl(dots, seed=1),
        "response": measure.trpl_response(dots, seed=1),
        "plqy": measure.plqy(dots, seed=1)[1],
        "xrd": measure.xrd(dots, seed=1),
        "ftir": measure.ftir(dots, seed=1),
        "tga": measure.tga(dots, seed=1),
    } | ({"sclc": measure.sclc(film, seed=1)} if film is not None else {})
    return {name: measurement(one) for name, one in found.items()}


def test_written_as_text_they_are_read_to_the_same(result: Result, tmp_path: Path) -> None:
    for name, data in measurements(result).items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(written(data, "csv"))
        found = halodot.read(path)
        assert found.attrs["kind"] == data.attrs["kind"]
        assert found.sizes == data.sizes
        for variable in (*data.coords, *data.data_vars):
            np.testing.assert_allclose(found[variable].values, data[variable].values, rtol=1e-12, atol=1e-12)


def test_settings_that_an_export_states_are_read_back(result: Result, tmp_path: Path) -> None:
    data = measurements(result)["pl"]
    data.attrs |= {"excitation_wavelength": 365e-9, "operator": "A. B.", "scans": 3.0, "area": 4e-6}
    path = tmp_path / "pl.csv"
    path.write_bytes(written(data, "csv"))
    found = halodot.read(path).attrs
    assert found["excitation_wavelength"] == pytest.approx(365e-9)
    assert found["area"] == pytest.approx(4e-6)
    assert (found["operator"], found["scans"]) == ("A. B.", 3.0)


def test_signals_by_one_axis_stand_in_one_measurement() -> None:
    voltage = np.linspace(0.0, 3.0, 4)
    sweep = {"x": voltage, "x_unit": "V", "x_label": "Voltage"}
    current = halodot.states.Dataset(name="jv", y=voltage**2, y_unit="A/m2", y_label="Current density", **sweep)
    light = halodot.states.Dataset(name="lv", y=voltage**3, y_unit="cd/m2", y_label="Luminance", **sweep)
    found = measurement(current, light)
    assert set(found.data_vars) == {"current_density", "luminance"}
    np.testing.assert_allclose(found["current_density"].values, voltage**2)
