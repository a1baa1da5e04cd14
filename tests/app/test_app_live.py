"""Frames that follow a study: exact ones are those of the command line, previews are near them, none goes backwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halodot
from halodot.app.live.coarse import few_voltages
from halodot.app.live.follow import Follower
from halodot.app.live.frames import Frame, Picture, Request, changed_panels, encoded, replaces
from halodot.errors import InputError
from halodot.report.page.cards import cards
from halodot.results.data import Result
from halodot.study import library
from halodot.study.load import from_text

PAPER = library.study_path("paper-0.2").read_text(encoding="utf-8")
SMALL = """
halodot: 1
device:
  layers:
    - glass
    - ITO: 150 nm
      contact: anode
    - PEDOT:PSS: 30 nm
    - PTAA: 30 nm
    - dots: 30 nm
      relative_permittivity: 5
      electron_affinity: 3.4 eV
      ionisation_energy: 5.4 eV
      electron_mobility: 1e-5 cm2/(V s)
      hole_mobility: 1e-5 cm2/(V s)
      electron_density_of_states: 5e18 1/cm3
      hole_density_of_states: 5e18 1/cm3
      cauchy_a: 1.9
      role: emitter
    - TmPyPB: 6 nm
    - PO-T2T: 40 nm
    - LiF: 1 nm
    - Al: 100 nm
      contact: cathode
  emitter: {peak: 645 nm, fwhm: 35 nm, plqy: 60 %, radiative_lifetime: 20 ns}
run:
  voltage: {from: 0 V, to: 5 V, step: 0.25 V}
calibration: none
"""


def curves(
    names: tuple[str, ...], result: Result, pins: Mapping[str, Result], request: Request
) -> Mapping[str, Picture]:
    """Return simple panels in place of the charts."""
    found = {}
    for name in names:
        values = [] if result.emission is None else result.emission.eqe.tolist()
        beside = {pin: other.summary["eqe_max"].value for pin, other in pins.items()}
        option = {"series": [{"data": values}], "pins": beside, "theme": request.theme}
        found[name] = Picture(option, f"the chart {name}", (("EQE",), ()) if name in request.tables else None)
    return found


def close(one: Mapping[str, float], other: Mapping[str, float], name: str, share: float) -> bool:
    """Whether a number of two summaries is the same within a share of itself."""
    return (name in one) == (name in other) and (name not in one or abs(one[name] / other[name] - 1.0) <= share)


@pytest.fixture(scope="module")
def paper() -> Follower:
    """A follower that has shown the paper's device exactly."""
    follower = Follower(curves)
    follower.answer(Request(1, PAPER))
    return follower


def summary_of(text: str, *changes: str) -> dict[str, float]:
    """Return the numbers that the command line computes."""
    summary = halodot.simulate(from_text(text, "x", changes)).summary
    return {name: entry.value for name, entry in summary.items() if entry.value is not None}


# --------------------------------------------------------------------------------------------------------------- exact


def test_exact_frames_after_other_frames_are_those_of_a_fresh_run_to_the_last_bit() -> None:
    follower = Follower(curves)
    change = "device.layers.TmPyPB.thickness=31 nm"
    follower.answer(Request(1, SMALL))
    follower.answer(Request(2, SMALL, changes=("device.layers.PTAA.hole_mobility=1e-3 cm2/(V s)",)))
    follower.answer(Request(3, SMALL, changes=(change,), preview=True))
    frame = follower.answer(Request(4, SMALL, changes=(change,)))
    assert frame.exact
    assert dict(frame.summary) == summary_of(SMALL, change)


def test_the_first_numbers_are_those_of_the_report(paper: Follower) -> None:
    frame = paper.answer(Request(1, PAPER))
    expected = cards(halodot.simulate(halodot.load("paper-0.2")))
    assert [number.label for number in frame.numbers] == [card.label for card in expected]
    assert [number.role for number in frame.numbers] == [card.number.role for card in expected]
    first = frame.numbers[0]
    assert (first.name, first.text, first.unit, first.value) == ("eqe_max", "23.4", "%", frame.summary["eqe_max"])


def test_each_number_names_the_inputs_that_reach_it(paper: Follower) -> None:
    numbers = {number.name: number for number in paper.answer(Request(1, PAPER)).numbers}
    study = halodot.load("paper-0.2")
    assert {origin.path for origin in numbers["eqe_max"].depends_on} == set(study.inputs)
    origin = next(one for one in numbers["eqe_max"].depends_on if one.path == "device.layers.PTAA.thickness")
    assert origin[1:] == ("thickness of PTAA", "30 nm", "assumed", "halodot")
    dots = Follower(curves).answer(Request(1, library.study_path("recipe-only").read_text(encoding="utf-8")))
    roots = {origin.path.split(".")[0].split("[")[0] for origin in dots.numbers[0].depends_on}
    assert dots.numbers[0].name == "edge_length"
    assert roots == {"recipe", "perovskite", "flask", "dots"}


def test_another_voltage_of_the_bands_computes_nothing() -> None:
    drawn: list[Result] = []

    def kept(names: tuple[str, ...], result: Result, *_: object) -> Mapping[str, Picture]:
        drawn.append(result)
        return {}

    follower = Follower(kept)
    for preview in (False, True):
        for voltage in (2.0, 3.0):
            follower.answer(Request(1, SMALL, preview=preview, voltage=voltage, panels=("bands",)))
    assert drawn[0] is drawn[1]
    assert drawn[2] is drawn[3]


def test_pinned_studies_stand_beside_and_a_wrong_one_is_left_out() -> None:
    follower = Follower(curves)
    pins = (("thin", SMALL.replace("40 nm", "20 nm")), ("wrong", "halodot: 1\nrecipe: none"))
    frame = follower.answer(Request(1, SMALL, panels=("eqe", "jvl"), tables=("eqe",), pins=pins, theme="dark"))
    thin = summary_of(pins[0][1])
    assert frame.option("eqe")["pins"] == {"thin": thin["eqe_max"]}
    assert frame.option("eqe")["theme"] == "dark"
    assert dict(frame.texts) == {"eqe": "the chart eqe", "jvl": "the chart jvl"}
    assert dict(frame.tables) == {"eqe": (("EQE",), ())}


def test_a_file_that_the_study_names_is_read_again_when_it_changes(tmp_path: Path) -> None:
    table = tmp_path / "nk.csv"
    text = SMALL.replace("cauchy_a: 1.9", "table: nk.csv")
    follower, found = Follower(curves), []
    for index in (1.8, 2.1):
        table.write_text(f"wavelength_nm,n,k\n400,{index},0\n900,{index},0\n", encoding="utf-8")
        frame = follower.answer(Request(1, text, folder=str(tmp_path)))
        found.append(frame.summary.get("outcoupling"))
    assert found[0] is not None
    assert found[0] != found[1]


# ----------------------------------------------------------------------------------------------------------- what fails


def test_wrong_text_is_answered_in_the_words_of_the_loader_with_the_path() -> None:
    follower = Follower(curves)
    text = SMALL.replace("PTAA: 30 nm", "PTAA: 30 kg")
    with pytest.raises(InputError) as caught:
        from_text(text)
    frame = follower.answer(Request(1, text))
    assert [(one.path, one.message) for one in frame.problems] == [
        (one.path, one.message) for one in caught.value.problems
    ]
    assert frame.failure == "The study has a problem."
    assert not frame.numbers


def test_a_change_that_cannot_be_made_is_answered_beside_its_path() -> None:
    frame = Follower(curves).answer(Request(1, SMALL, changes=("run.temperature=3 nm",), preview=True))
    assert [problem.path for problem in frame.problems] == ["run.temperature"]


def test_text_that_is_no_yaml_and_a_fault_of_a_chart_end_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> Mapping[str, Picture]:
        raise ZeroDivisionError

    follower = Follower(broken)
    assert follower.answer(Request(1, "a: [")).problems
    frame = follower.answer(Request(2, SMALL, panels=("eqe",)))
    assert "fault of the program" in frame.failure
    assert "Traceback" not in frame.failure
    assert caplog.records[0].exc_info


# ------------------------------------------------------------------------------------------------------------- previews


@pytest.mark.parametrize("name", ["paper-0.2", "recipe-only", "device-only", "sclc-dots", "6_psc_ions_steady"])
def test_a_preview_is_near_the_exact_frame_for_every_kind_of_study(name: str) -> None:
    path = next((library.ROOT / "studies").rglob(f"{name}.yaml"))
    text, follower = path.read_text(encoding="utf-8"), Follower(curves)
    preview, exact = (follower.answer(Request(1, text, preview=quick)) for quick in (True, False))
    assert not preview.failure
    assert not preview.exact
    assert preview.summary.keys() >= exact.summary.keys() - {"luminance_max_current_density"}
    for quantity in ("eqe_max", "luminance_max", "edge_length", "plqy", "short_circuit_current"):
        assert close(preview.summary, exact.summary, quantity, 0.05), quantity


def test_previews_of_a_drag_are_near_the_exact_frames_of_its_values(paper: Follower) -> None:
    paper.answer(Request(1, PAPER, preview=True))
    for change in (
        "device.layers.dots.thickness=45 nm",
        "device.layers.PO-T2T.electron_mobility=1e-5 cm2/(V s)",
        "recipe.stocks.ligand[0].amount=0.3 mmol",
    ):
        preview, exact = (paper.answer(Request(2, PAPER, changes=(change,), preview=quick)) for quick in (True, False))
        assert close(preview.summary, exact.summary, "eqe_max", 0.02)
        assert close(preview.summary, exact.summary, "el_peak", 0.002)


def test_previews_follow_other_layers_and_other_voltages() -> None:
    follower = Follower(curves)
    follower.answer(Request(1, SMALL, preview=True))
    without = SMALL.replace("    - PTAA: 30 nm\n", "")
    for serial, text in enumerate((without, SMALL.replace("to: 5 V", "to: 4 V"), SMALL), 2):
        preview, exact = (follower.answer(Request(serial, text, preview=quick)) for quick in (True, False))
        assert preview.failure == exact.failure == ""
        assert close(preview.summary, exact.summary, "eqe_max", 0.05)


def test_dots_that_decompose_are_told_in_a_preview() -> None:
    text = PAPER.replace("hydroiodic acid, equivalents: 1.5", "hydroiodic acid, equivalents: 80")
    frame = Follower(curves).answer(Request(1, text, preview=True))
    assert frame.notes
    assert "decomposed" in frame.notes[0]
    assert "eqe_max" not in frame.summary


@given(count=st.integers(1, 400), peak=st.floats(0.0, 1.0))
def test_few_voltages_hold_both_ends_and_are_few(count: int, peak: float) -> None:
    voltages = np.linspace(-1.0, 5.0, count)
    places = few_voltages(None, voltages)
    assert places[0] == 0
    assert places[-1] == count - 1
    assert places.size <= 19
    assert np.all(np.diff(places) > 0)


# ---------------------------------------------------------------------------------------------------------- their order


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
def test_what_is_shown_never_goes_back_and_exact_never_turns_to_preview(arrived: list[tuple[int, bool]]) -> None:
    shown: Frame | None = None
    for serial, exact in arrived:
        frame = Frame(serial, exact, 0.0)
        if replaces(frame, shown):
            assert shown is None or (frame.serial, frame.exact) >= (shown.serial, shown.exact)
            shown = frame
    if arrived:
        assert shown is not None
        assert (shown.serial, shown.exact) == max(arrived)


def test_only_panels_that_changed_are_sent() -> None:
    frame = Frame(1, True, 0.0, {"eqe": encoded({"a": float("nan")}), "jvl": encoded({"b": 1})})
    assert frame.option("eqe") == {"a": None}
    assert json.loads(changed_panels(frame, {"jvl": b'{"b":1}', "eqe": b"{}"})) == {"eqe": {"a": None}}
    assert changed_panels(frame, frame.panels) == "{}"
