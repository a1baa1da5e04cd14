"""The arrays of a result as tables: nothing is lost on the way to CSV and back."""

import csv
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.results.tables import contents, states, tables
from halodot.states import Flask


def read_csv(path: Path) -> dict[str, list[str]]:
    """Return the columns of a CSV file by their heading."""
    with path.open(encoding="utf-8", newline="") as stream:
        heading, *rows = csv.reader(stream)
    return {name: list(column) for name, column in zip(heading, zip(*rows, strict=True), strict=True)}


def every_array(value: Any) -> Iterator[np.ndarray]:
    """Give every array that a value holds, at any depth."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for item in fields(value):
            yield from every_array(getattr(value, item.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from every_array(item)
    elif isinstance(value, dict):
        yield from every_array(tuple(value.values()))


def check_round_trip(result: Result, folder: Path) -> None:
    """Compare every array of a result with what its files say."""
    written = {path.name: read_csv(path) for path in halodot.to_csv(result, folder, every_array=True)}
    index = written.pop("contents.csv")
    rows = [dict(zip(index, row, strict=True)) for row in zip(*index.values(), strict=True)]
    by_name, listed = dict(states(result)), []
    for row in rows:
        values = getattr(by_name[row["state"]], row["array"])
        listed.append(id(values))
        assert row["shape"] == " x ".join(map(str, values.shape))
        assert (row["file"] == "") == (values.size == 0)
        if values.size:
            column = np.array(written[row["file"]][f"{row['array']} [{row['unit']}]"])
            said = column == "True" if values.dtype == np.bool_ else column.astype(values.dtype)
            if row["array"] in ("voltage", "wavelength", "position", "radiance_angle", "layer_of_node"):
                assert set(said) == set(values)
            np.testing.assert_array_equal(said.reshape(values.shape), values)
    states_of = (getattr(result, item.name) for item in fields(result) if item.name not in ("study", "explained"))
    assert {id(array) for state in states_of for array in every_array(state)} == set(listed)
    assert {row["file"] for row in rows} - {""} == set(written)


def test_every_array_of_the_model_device_comes_back_from_csv(treated: Result, tmp_path: Path) -> None:
    check_round_trip(treated, tmp_path)


def test_every_array_of_a_bare_device_with_ions_comes_back_from_csv(tmp_path: Path) -> None:
    study = halodot.load("6_psc_ions_steady", ["run.voltage={from: 0 V, to: 1 V, step: 0.5 V}"])
    check_round_trip(halodot.simulate(study), tmp_path)


def test_a_table_begins_with_its_coordinates_and_the_last_one_runs_fastest(treated: Result) -> None:
    emission, device_solution = treated.emission, treated.device_solution
    found = tables(treated)
    voltage, wavelength, el, *more = found["emission_voltage_wavelength"]
    assert (voltage.heading, wavelength.heading, el.heading, more) == (
        "voltage [V]",
        "wavelength [m]",
        "el [1/m2/s/m]",
        [],
    )
    place = 30 * emission.wavelength.size + 7
    assert voltage.values[place] == emission.voltage[30]
    assert wavelength.values[place] == emission.wavelength[7]
    assert el.values[place] == emission.el[30, 7]
    names = [column.heading for column in found["device_solution_voltage_node"]][:4]
    assert names == ["voltage [V]", "position [m]", "layer_of_node [1]", "potential [V]"]
    layer, at, share = found["emission_layer_voltage"]
    assert layer.heading == "layer_names"
    assert layer.values[emission.voltage.size + 2] == emission.layer_names[1]
    assert share.values[device_solution.voltage.size + 2] == emission.absorbed[1, 2] or np.isnan(
        emission.absorbed[1, 2]
    )
    assert at.values[2] == emission.voltage[2]


def test_a_count_stands_for_a_dimension_without_coordinates(treated: Result) -> None:
    wash, *values = tables(treated)["dots_wash"]
    assert (wash.heading, list(wash.values)) == ("wash [1]", list(range(treated.dots.plqy_by_wash.size)))
    assert [column.name for column in values] == ["plqy_by_wash", "trap_rate_by_wash"]


def test_an_empty_array_is_named_and_said_to_stand_nowhere() -> None:
    result = halodot.simulate(halodot.load("paper-0.2", ["run.stop_after=flask"]))
    bare = Result(study=result.study, flask=Flask(**{**vars(result.flask), "pot_water": np.zeros(0)}))
    table = {column.name: column.values for column in contents(bare, tables(bare))}
    row = table["array"].index("pot_water")
    assert (table["shape"][row], table["file"][row]) == ("0", "")
    assert table["file"][table["array"].index("pot_volume")] == "flask_recipe_time.csv"


@pytest.mark.parametrize("name", ["PEDOT:PSS", "film of dots"])
def test_files_of_layers_have_names_that_every_system_takes(name: str) -> None:
    study = halodot.load("paper-0.2" if name == "PEDOT:PSS" else "sclc-dots", ["run.stop_after=light"])
    found = [state for state, _ in states(Result(study=study, stack=study.stack)) if name.split(":")[0][:4] in state]
    assert found
    assert all(set(state) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") for state in found)


def test_the_tables_of_an_earlier_result_are_known_and_other_files_are_not(tmp_path: Path) -> None:
    from halodot.results.contract import curve_files

    result = halodot.simulate(halodot.load("paper-0.2", ["run.stop_after=film"]))
    written = {path.name for path in halodot.to_csv(result, tmp_path)}
    (tmp_path / "mine.csv").write_text("kept", encoding="utf-8")
    assert len(written) > 5
    assert curve_files(tmp_path) == written
    assert curve_files(tmp_path / "none") == set()
