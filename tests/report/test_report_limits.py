"""What limits a device in words, in tables, on a page and in a figure."""

import csv
import dataclasses
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from halodot.cli.application import app
from halodot.learn.knobs import Knob
from halodot.learn.limits import OUTPUTS, KnobEffect, Limits, Settled, VarianceShare
from halodot.learn.measurements import Measurement
from halodot.report.figures_limits import DOUBLE, tornado
from halodot.report.limits_page import limits_page, tables, write_limits
from halodot.report.limits_text import (
    EFFECT_HEAD,
    LOSS_HEAD,
    SETTLED_HEAD,
    VARIANCE_HEAD,
    effect_rows,
    limit_sentences,
    limits_document,
    loss_rows,
    notes_of,
    settled_rows,
    variance_rows,
)
from halodot.results.losses import Loss, LossBudget

BASE = dict(zip(OUTPUTS, (0.2, 1000.0, 645e-9, 0.70, 0.29, 36000.0)))


def outputs(eqe: float, peak: float = 645e-9, luminance: float = 1000.0) -> dict[str, float]:
    """The outputs at an end."""
    return {**BASE, "eqe_max": eqe, "el_peak": peak, "luminance": luminance}


def effect(path: str, on_bench: bool, ends: tuple[dict[str, float], dict[str, float]], failure: str = "") -> KnobEffect:
    """One number with its two ends; its range is 10 % to both sides of 50 nm."""
    group = "stack" if on_bench else "material"
    called = f"thickness of {path.split('.')[2]}"
    knob = Knob(path, called, on_bench, group, "assumed", "m", 50e-9, 45e-9, 55e-9, "10 %" if on_bench else "")
    slopes = dict.fromkeys(OUTPUTS, 1.0)
    failures = (failure,) if failure else ()
    return KnobEffect(knob, BASE, dict.fromkeys(OUTPUTS, 0.5), slopes, *ends, rerun=on_bench, failures=failures)


@pytest.fixture(scope="module")
def found() -> Limits:
    """Four numbers: one that gains, one that turns the colour, one with an optimum, one that is refused."""
    dark = dict.fromkeys(OUTPUTS, math.nan)
    effects = (
        effect("device.layers.PTAA.thickness", True, (outputs(0.15), outputs(0.22))),
        effect("device.layers.ITO.thickness", True, (outputs(0.18), outputs(0.25, 620e-9, 4000.0))),
        effect("device.layers.LiF.thickness", False, (outputs(0.19), outputs(0.17))),
        effect("device.layers.<b>Al.thickness", False, (dark, outputs(0.21)), "at the lower end refused: no"),
    )
    losses = (Loss("shunt_current", "shunt", "charges", 0.3, 0.08), Loss("guided", "guided", "photons", 0.5, 0.2))
    sd = dict(zip(OUTPUTS, (0.03, 0.5, 2e-9, 0.01, 0.01, 0.4)))
    row = VarianceShare("device.layers.LiF.thickness", "thickness of LiF", "assumed", 0.75)
    half = {name: 0.5 * value for name, value in sd.items()}
    settled = Settled(Measurement("profilometer", "LiF"), (row.path,), (row.called,), sd, half)
    return Limits(
        title="A device",
        base=BASE,
        effects=effects,
        losses=LossBudget(losses, 0.2, 3.0, 10.0, at_peak=True),
        sd=sd,
        variance=dict.fromkeys(OUTPUTS, (row,)),
        assumed_share=dict.fromkeys(OUTPUTS, 0.75),
        settled=(settled,),
        not_counted=dict.fromkeys(OUTPUTS, ("device.layers.ITO.thickness",)),
        fitted=(),
        notes=("a note",),
    )


def test_the_sentences_name_the_largest_gain_the_largest_loss_and_what_to_measure(found: Limits) -> None:
    text = " ".join(limit_sentences(found))
    assert "Largest gain of the peak EQE on the bench: thickness of ITO from 50 nm to 55 nm, 20 to 25 %" in text
    assert "the EL peak moves from 645 to 620 nm" in text
    assert "keeps the colour: thickness of PTAA from 50 nm to 55 nm, 20 to 22 %" in text
    assert (
        "Largest loss at the peak EQE: guided, 50 % of the injected pairs; without it alone the EQE would be 40 %"
        in text
    )
    assert "knowing all assumed numbers would take away 75 %" in text
    assert "profilometer on LiF, from ± 3.0 % to ± 1.5 %" in text
    assert "from a factor of 1.65 to a factor of 1.28" in text  # exp(0.5) and exp(0.25)
    assert "No number that can be set on the bench raises the half life" in text


def test_an_interval_of_nothing_is_no_interval(found: Limits) -> None:
    none = dataclasses.replace(found, sd=dict.fromkeys(OUTPUTS, 1e-5))
    text = " ".join(limit_sentences(none))
    assert "No stated uncertainty moves the peak EQE" in text
    assert "state no uncertainty and are not counted, such as thickness of ITO" in text
    assert "profilometer" not in text


def test_a_spread_that_cannot_be_is_said_in_words(found: Limits) -> None:
    wide = {**found.sd, "eqe_max": 1.1, "luminance": 7.5}
    left = {**wide, "eqe_max": 0.9, "luminance": 7.0}
    settled = dataclasses.replace(found.settled[0], sd_before=wide, sd_after=left)
    found = dataclasses.replace(found, sd=wide, settled=(settled,))
    text = " ".join(limit_sentences(found))
    assert "The peak EQE is 20 %; the stated ranges are too wide" in text
    assert "--draws 500" in text
    assert "profilometer on LiF, by 18.2 % to first order" in text
    cells = settled_rows(found)
    assert cells[0][3:5] == ("too wide for first order", "too wide for first order")
    for said in (text, str(cells)):
        assert "110" not in said
        assert "factor of more" not in said


def test_a_gain_that_is_extrapolated_says_so(found: Limits) -> None:
    told = ("at the upper end extrapolated: far away", "at the lower end unlikely: low")
    effects = tuple(dataclasses.replace(item, cautions=told) for item in found.effects)
    text = " ".join(limit_sentences(dataclasses.replace(found, effects=effects)))
    assert "from 50 nm to 55 nm, 20 to 25 % (extrapolated: far away); but" in text
    assert "unlikely" not in text
    assert all(
        "unlikely: low" in row[-1] for row in effect_rows(dataclasses.replace(found, effects=effects), "eqe_max", True)
    )


def test_rows_fit_under_their_heads(found: Limits) -> None:
    assert found.losses is not None
    for head, rows in (
        (EFFECT_HEAD, effect_rows(found, "eqe_max", True)),
        (LOSS_HEAD, loss_rows(found.losses)),
        (VARIANCE_HEAD, variance_rows(found)),
        (SETTLED_HEAD, settled_rows(found)),
    ):
        assert rows
        assert {len(row) for row in rows} == {len(head)}
    assert loss_rows(found.losses)[-1][2] == "80.000"
    names = [row[0] for row in effect_rows(found, "eqe_max", True)]
    assert names == ["thickness of PTAA", "thickness of ITO"]
    (refused, optimum) = effect_rows(found, "eqe_max", False)[::-1]
    assert "refused" in refused[-1]
    assert "extremum inside" in optimum[-1]
    assert any("state no uncertainty" in line for line in notes_of(found))


def test_the_tables_hold_the_numbers_in_the_units_of_their_heads(found: Limits) -> None:
    head, *rows = tables(found)["numbers.csv"]
    assert {len(row) for row in rows} == {len(head)}
    first = dict(zip(head, rows[0]))
    assert first["unit"] == "nm"
    assert first["upper end"] == pytest.approx(55.0)
    assert first["peak EQE at the upper end (%)"] == pytest.approx(22.0)
    assert first["half life (T50) now (h)"] == pytest.approx(10.0)


def test_a_folder_holds_page_tables_and_figures(found: Limits, tmp_path: Path) -> None:
    unknown = {**BASE, "luminance": math.nan, "half_life": math.nan, "el_peak": math.nan}  # so that one figure is drawn
    found = dataclasses.replace(found, base=unknown)
    write_limits(found, tmp_path / "out")
    with open(tmp_path / "out" / "losses.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["share of the injected pairs"]) for row in rows) == pytest.approx(0.8)
    numbers = (tmp_path / "out" / "numbers.csv").read_text(encoding="utf-8")
    assert ",nan," not in numbers
    document = json.loads((tmp_path / "out" / "limits.json").read_text(encoding="utf-8"))
    assert document["effects"][3]["at_low"]["eqe_max"] is None
    assert document == json.loads(json.dumps(limits_document(found)))
    figures = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert figures == {"limits_eqe.png", "limits_eqe.svg", "limits_eqe.pdf"}


def test_the_page_says_it_and_escapes_what_it_says(found: Limits) -> None:
    page = limits_page(found)
    assert "Largest gain of the peak EQE" in page
    assert "<b>Al" not in page
    assert "&lt;b&gt;Al" in page
    assert page.count("<svg") >= 3


@pytest.mark.parametrize("width", [85.0, DOUBLE])
def test_the_bars_of_a_tornado_end_at_the_values(found: Limits, width: float) -> None:
    figure = tornado(found, "eqe_max", width)
    bench = figure.axes[0]
    ends = sorted(bar.get_x() + bar.get_width() for bar in bench.patches)
    assert ends == pytest.approx([15.0, 18.0, 22.0, 25.0])
    assert bench.get_xlim()[0] < 15.0 < 25.0 < bench.get_xlim()[1]
    assert figure.axes[-1].get_xlabel() == "Peak EQE (%)"
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for panel in figure.axes:
        for text in panel.texts:
            assert text.get_window_extent(renderer).x1 <= figure.bbox.x1


def test_the_command_prints_tables_and_writes_json(
    found: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halodot.learn.limits.limits", lambda study, numbers, progress: found)
    target = tmp_path / "limits.json"
    done = CliRunner().invoke(app, ["limits", "device-only", "--json", str(target)])
    assert done.exit_code == 0, done.output
    assert "number\tnow\trange" in done.stdout
    assert "thickness of ITO" in done.stdout
    assert json.loads(target.read_text(encoding="utf-8"))["title"] == "A device"
