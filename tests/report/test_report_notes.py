"""How notes stand on the screen and on the page: by kind, the gravest first, each sentence once, and what failed."""

import io
from dataclasses import replace

import pytest
import report_states as made

from halodot.cli.console import print_notes
from halodot.report.conclusions import conclusions
from halodot.report.notes import HEADINGS, grouped
from halodot.report.page import page
from halodot.states import NOTE_KINDS, Note, SolveRecord, replaced

NOTES = (
    Note("assumed", "The extinction is taken as 0", "device.layers.A"),
    Note("unlikely", "30 µm is unusual <b>.", "device.layers.PTAA.thickness"),
    Note("assumed", "The extinction is taken as 0", "device.layers.B"),
    Note("missing physics", "The field is above 4 MV/cm; state `barrier_lowering`."),
)


def test_every_kind_has_a_heading() -> None:
    assert set(HEADINGS) == set(NOTE_KINDS)


def test_the_gravest_kind_comes_first_and_a_sentence_once() -> None:
    found = grouped(NOTES)
    assert list(found) == ["Physics that the model leaves out", "Unlikely values", "Assumed"]
    (assumed,) = found["Assumed"]
    assert str(assumed) == "device.layers.A, device.layers.B: The extinction is taken as 0."
    assert str(found["Physics that the model leaves out"][0]) == "The field is above 4 MV/cm; state `barrier_lowering`."


def test_the_screen_shows_a_few_of_a_kind_and_counts_the_others() -> None:
    stream = io.StringIO()
    print_notes([Note("accuracy", f"Sentence {number}.") for number in range(9)], stream)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "note: Numerical accuracy"
    assert len(lines) == 7
    assert "4 more" in lines[-1]


def test_a_terminal_gets_folded_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    print_notes([Note("accuracy", "word " * 40)], stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 60
    assert lines[2].startswith("    word")


def test_the_page_has_them_near_the_top_escaped() -> None:
    result = made.whole()
    text = page(replaced(result, study=replace(result.study, notes=NOTES)), {})
    assert text.index('<dl class="numbers">') < text.index(">Warnings</h2>") < text.index(">Results</h2>")
    assert "30 µm is unusual &lt;b&gt;." in text
    assert ">barrier_lowering</code>" in text
    assert '<span class="place">device.layers.A, device.layers.B</span>' in text
    assert "<strong>Thickness of PTAA.</strong>" in text
    assert ">Warnings</h2>" not in page(replaced(result, study=replace(result.study, notes=())), {})


def test_what_kept_a_voltage_from_converging_is_said_once_with_its_voltages() -> None:
    result = made.whole()
    device_solution = result.device_solution
    assert device_solution is not None
    holes, light = "The holes of PTAA did not settle.", "The light did not settle."
    points = ((1.0, ""), (2.0, holes), (2.5, holes), (3.0, light))
    history = tuple(SolveRecord(voltage, reason == "", 9, 0.0, reason) for voltage, reason in points)
    failed = replaced(device_solution, converged=device_solution.converged & False, history=history)
    said = conclusions(replaced(result, device_solution=failed))
    assert f"At 2 and 2.5 V: {holes}" in said
    assert f"At 3 V: {light}" in said
