"""The JSON contract: its budgets have all their parts and close."""

import json
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.errors import DataError
from halodot.results.contract import document


@pytest.mark.parametrize("name", ["6_psc_ions_steady", "2_pn_homojunction", "3_bipolar_langevin"])
def test_the_published_charge_budget_of_a_device_closes(name: str) -> None:
    """The solar cell loses carriers at its interfaces and in other layers, not only in six of the eight ways."""
    result = halodot.simulate(halodot.load(name))
    assert document(result)["diagnostics"]["charge_balance_error"] < 1e-12


def test_the_published_parts_add_up_to_the_published_current(treated: Result, tmp_path: Path) -> None:
    halodot.to_json(treated, tmp_path / "result.json")
    jv = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["jv"]
    current, charges = np.array(jv["current_density_A_m2"]), np.array(list(jv["charges_A_m2"].values()))
    assert np.all(np.abs(charges.sum(axis=0) - current) < 1e-9 * np.maximum(np.abs(current), 1e-9))
    excitons = np.array(list(jv["excitons_A_m2"].values())).sum(axis=0)
    np.testing.assert_allclose(excitons, jv["charges_A_m2"]["exciton_formation_current"], rtol=1e-9, atol=1e-12)


def test_a_part_that_is_left_out_opens_the_published_budget(treated: Result) -> None:
    from halodot.states import replaced

    short = replaced(
        treated.device_solution,
        interface_recombination_current=treated.device_solution.interface_recombination_current + 1e-3,
    )
    error = document(replaced(treated, device_solution=short))["diagnostics"]["charge_balance_error"]
    assert error > 1e-7


SCHEMA_1 = Path(__file__).parents[1] / "reference" / "results" / "schema-1.json"


def test_a_document_of_the_schema_before_is_read_with_the_present_names() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    read = halodot.load_json(SCHEMA_1)
    jsonschema.validate(read, halodot.schema())
    written = json.loads(SCHEMA_1.read_text(encoding="utf-8"))
    assert "calibration" not in written["study"], "where none was named it was the paper's"
    assert read["study"] == {**written["study"], "calibration": "paper"}
    assert read["dots"]["pl_retained_in_air"] == written["dots"]["air_kept"]
    assert read["summary"]["eqe_max"]["value"] == written["summary"]["eqe_max"]["value"]
    assert read["jv"]["charges_A_m2"]["exciton_formation_current"] == written["jv"]["charges_A_m2"]["capture_current"]


def test_a_document_answers_to_the_old_names_with_a_warning(treated: Result, tmp_path: Path) -> None:
    halodot.to_json(treated, tmp_path / "results.json")
    read = halodot.load_json(tmp_path)
    with pytest.warns(DeprecationWarning, match="'stripped' is called 'stripped_fraction' now"):
        assert read["flask"]["stripped"] == read["flask"]["stripped_fraction"]
    with pytest.warns(DeprecationWarning, match="'coverage_exchanged' is called 'coverage_short' now"):
        assert treated.summary["coverage_exchanged"] == treated.summary["coverage_short"]
    with pytest.raises(KeyError, match="no_such_name"):
        read["flask"]["no_such_name"]


@pytest.mark.parametrize("text", ["", "[]", '{"halodot": "0.1.0", "schema": 99}', '{"schema": 1}'])
def test_what_is_no_document_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"results\.json"):
        halodot.load_json(tmp_path)
