"""States and results say in three lines what they are, and a result has the verbs that people type."""

from __future__ import annotations

from dataclasses import is_dataclass
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.states import array, number, state
from halodot.states.described import described

STATES = ("flask", "dots", "film", "stack", "optics", "device_solution", "emission", "ageing")


def test_every_state_is_three_lines_at_most(treated: Result) -> None:
    for name in STATES:
        found = getattr(treated, name)
        assert is_dataclass(found)
        lines = repr(found).splitlines()
        assert lines[0].startswith(type(found).__name__)
        assert 1 <= len(lines) <= 3
        assert all(len(line) <= 130 for line in lines)
    assert "edge_length" in repr(treated.dots)
    assert f"{1e9 * treated.dots.edge_length:.4g} nm" in repr(treated.dots)
    assert "luminance 61" in repr(treated.emission)
    for value in (treated.study.recipe, treated.stack.layers[3], treated.study.run):
        assert len(repr(value).splitlines()) <= 3


def test_numbers_have_their_units_and_arrays_their_sizes() -> None:
    @state
    class Thing:
        length: float = number("m", "a length", shown="nm")
        unknown: float = number("m", "not known")
        curve: np.ndarray = array("V", "a", "b")
        usual: float = number("1", "as always", default=1.0)
        name: str = "x"
        many: tuple[int, ...] = (1, 2)

    made = Thing(length=2e-9, unknown=float("nan"), curve=np.zeros((2, 3)))
    assert repr(made) == "Thing: name 'x'\n  length 2 nm\n  curve 2 x 3, 2 many"
    assert described(made, "of ours").startswith("Thing of ours: name 'x'")


def test_long_records_say_how_many_more_there_are() -> None:
    made = state(type("Long", (), {"__annotations__": {f"n{i}": float for i in range(60)}}))(*range(60))
    assert repr(made).endswith(" more")
    assert len(repr(made)) < 140


def test_a_result_is_three_lines(treated: Result) -> None:
    first, second, third = repr(treated).splitlines()
    assert first.startswith(f"Result {treated.study.title!r}: flask, dots, film, stack")
    assert f"Peak EQE {100.0 * treated.summary['eqe_max'].value:.4g} %" in second
    assert third.strip().startswith("61 of 61 voltages solved")
    assert repr(Result(study=treated.study, failure="stopped at 3.1 V")).count("\n") <= 2
    found = halodot.sensitivity(treated, ["device.layers.PTAA.hole_mobility"])
    assert repr(found).startswith("DeviceSensitivity by device.layers.PTAA.hole_mobility")
    assert repr(found).count("\n") <= 2


def test_the_verbs_of_a_result_are_the_functions(treated: Result, tmp_path: Path) -> None:
    treated.save(tmp_path / "r.nc")
    assert np.array_equal(halodot.load_result(tmp_path / "r.nc").emission.el, treated.emission.el)
    treated.to_json(tmp_path / "r.json")
    assert halodot.load_json(tmp_path / "r.json")["summary"]["eqe_max"]["value"] == treated.summary["eqe_max"].value
    written = treated.to_csv(tmp_path / "t", decimal=",")
    assert {path.parent for path in written} == {tmp_path / "t"}
    assert treated.to_xlsx(tmp_path / "t.xlsx").is_file()
    assert treated.plot("jvl").axes
    with pytest.raises(AttributeError, match="no_method"):
        treated.no_method()  # type: ignore[attr-defined]
