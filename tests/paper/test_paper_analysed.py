"""Analyses of the simulated measurements find the numbers of the states."""

from __future__ import annotations

import pytest

import halodot
from halodot.lab.findings import Analysis, Finding
from halodot.names import Quantity
from halodot.paper.analysed import INSTRUMENTS, analysed_rows, to_csv
from halodot.paper.scoreboard import READERS, has_bands, one_phase
from halodot.paper.targets import CONTROL, TREATED, read_targets
from halodot.study import load_targets_text

ANGLE = Quantity("reflection_angle", "rad", "degree", "Angle", "")
CELL = Quantity("lattice_constant", "m", "nm", "Lattice constant", "a")
BAND = Quantity("infrared_band", "1/m", "1/cm", "Band", "")


def test_what_the_dots_show_is_found_by_the_analyses() -> None:
    """As far as dots and film go; the devices are looked at where the paper is computed."""
    studies = {TREATED: "paper-0.2", CONTROL: "paper-control"}
    series = {name: halodot.simulate(halodot.load(study, ["run.stop_after=film"])) for name, study in studies.items()}
    targets = [
        target for target in read_targets(load_targets_text()) if target.id in ("R10", "R11", "R15", "R19", "R21")
    ]
    rows = {row.target.id: row for row in analysed_rows(targets, series)}
    assert rows.keys() == {"R10", "R11", "R15", "R19", "R21"}
    for row in rows.values():
        assert isinstance(row.state, float)
        assert row.found == pytest.approx(row.state, abs=max(2.0 * row.uncertainty, 1e-3 * row.state))
    assert to_csv(list(rows.values())).count("\n") == 1 + len(rows)


def test_rows_are_those_of_the_scoreboard() -> None:
    assert INSTRUMENTS.keys() <= READERS.keys()


def found(*findings: Finding) -> Analysis:
    return Analysis("xrd", None, findings)


def pattern(cell: float, *lines: str) -> Analysis:
    angles = [Finding(ANGLE, 0.3, 1e-4, "fit", of=line) for line in lines]
    return found(Finding(CELL, cell, 1e-13, "lines", of="a"), *angles)


def test_one_phase_has_one_cell_and_lines_in_common() -> None:
    one = pattern(6.23e-10, "(100)", "(110)", "(111)", "(200)")
    assert one_phase(one, pattern(6.231e-10, "(100)", "(110)", "(111)")) is True
    assert one_phase(one, pattern(6.29e-10, "(100)", "(110)", "(111)")) is False
    assert one_phase(one, pattern(6.23e-10, "(100)", "(110)")) is False
    assert one_phase(one, pattern(6.23e-10, "(100)", "(110)", "(111)", "27.3 degrees")) is False
    assert one_phase(one, found()) is None


def test_bands_are_found_where_they_are_named() -> None:
    bands = found(*(Finding(BAND, place, 100.0, "maximum") for place in (90_500.0, 157_300.0)))
    assert has_bands(bands, (90_700.0, 157_100.0))
    assert not has_bands(bands, (90_700.0, 163_900.0))
    assert not has_bands(None, (90_700.0,))
