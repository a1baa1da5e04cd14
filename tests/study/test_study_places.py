"""What a stage finds wrong is pointed at in the file of the study."""

from __future__ import annotations

from pathlib import Path

import pytest

import halodot
from halodot.errors import InputError, Problem
from halodot.nodes import read_text
from halodot.study import from_text, located
from halodot.study.places import place_of

TEXT = """halodot: 1
device:
  layers:
    - {anode: 5.1 eV}
    - film:
        thickness: 100 nm
        relative_permittivity: 3
        electron_affinity: 2.8 eV
        ionisation_energy: 5.2 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: 1e-6 cm2/Vs
    - {cathode: 2.9 eV}
run: {voltage: [0 V, 1 V]}
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("device.layers[1] (film)", 5, 7),
        ("device.layers[1].film.thickness", 6, 9),
        ("device.layers[0]", 4, 7),
        ("device.layers", 3, 3),
        ("device.ions", 2, 1),
        ("run.voltage", 15, 7),
    ],
)
def test_a_path_leads_to_its_place_in_the_text(path: str, line: int, column: int) -> None:
    place = place_of(read_text(TEXT), from_text(TEXT).document, path)
    assert place is not None
    assert (place.line, place.column) == (line, column)


def test_a_text_that_says_something_else_by_now_is_not_pointed_at() -> None:
    document = from_text(TEXT, overrides=["device.layers.film.thickness=50 nm"]).document
    assert place_of(read_text(TEXT), document, "device.layers[1]") is None
    assert place_of(read_text(TEXT), document, "device.layers[9]") is None
    assert place_of(read_text(TEXT), document, "device.layers[0]") is not None


def test_a_problem_of_the_device_stands_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    found = located(halodot.load(path), InputError(Problem("must be positive", "device.layers[1] (film)")))
    assert str(found).startswith(f"{path}:5:7: device.layers[1] (film): must be positive")


def test_what_has_no_file_keeps_its_path() -> None:
    error = InputError(Problem("must be positive", "device.layers[1] (film)"))
    assert located(from_text(TEXT), error) is error
