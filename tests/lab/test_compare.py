"""Findings stand beside what the same analysis finds in the simulated measurement."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import halodot
from halodot.lab.compare import INSTRUMENTS, Compared, compared, simulated_analysis
from halodot.lab.findings import Finding
from halodot.lab.method import all_methods
from halodot.lab.outcome import Outcome
from halodot.lab.plan import Item
from halodot.names import QUANTITIES, Quantity
from halodot.results.data import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return halodot.simulate(halodot.load("recipe-only"))


def outcome(method: str, *findings: Finding) -> Outcome:
    return Outcome(Item("A", method, {"spectrum": ("A.txt",)}), {}, "", findings=findings)


def test_finding_stands_beside_the_same_analysis(result: Result) -> None:
    analysis = simulated_analysis("pl", result)
    assert analysis is not None
    (row,) = compared([outcome("pl", analysis.finding("pl_peak"))], result)
    assert row.difference == 0.0
    assert row.simulated == pytest.approx(result.dots.pl_peak, abs=2e-9)


def test_number_of_the_state_stands_where_there_is_no_instrument(result: Result) -> None:
    finding = Finding(QUANTITIES["edge_length"], 9e-9, 1e-10, "micrographs")
    (row,) = compared([outcome("tem", finding)], result)
    assert row.simulated == result.summary["edge_length"].value


def test_quantity_that_no_model_knows_is_left_out(result: Result) -> None:
    unknown = Finding(Quantity("smell", "1", "1", "Smell", "S"), 1.0, 0.1, "nose")
    assert compared([outcome("pl", unknown)], result) == []


def test_difference_is_judged_only_where_both_are_known_to_err() -> None:
    finding = Finding(QUANTITIES["plqy"], 0.9, 0.03, "x")
    row = Compared("A", "plqy", "A.txt", finding, 0.8, math.nan, "predicted", "")
    assert math.isnan(row.deviation)
    assert replace(row, simulated_sd=0.04).deviation == pytest.approx(2.0)


@pytest.mark.parametrize("name", sorted(INSTRUMENTS.keys() & all_methods().keys()))
def test_simulated_instruments_play_roles_of_their_method(name: str, treated: Result) -> None:
    inputs = INSTRUMENTS[name](treated)
    assert inputs is not None
    roles = {role.name: role for role in all_methods()[name].roles}
    assert inputs.keys() <= roles.keys()
    assert all(role.name in inputs for role in roles.values() if role.required)
    assert all(roles[role].takes(data) for role, listed in inputs.items() for data in listed)
    assert simulated_analysis(name, treated) is not None
