"""How devices differ in words, in tables, on a page, in figures, and as the command prints it."""

import json
from pathlib import Path

import pytest
from spread_devices import LED, made
from typer.testing import CliRunner

from halodot.cli.application import app
from halodot.learn.spread_result import DeviceSpread
from halodot.paper.devices import devices_figure, reported_champion
from halodot.paper.targets import read_targets
from halodot.report.figures_spread import champion_figure, histograms, parts_figure
from halodot.report.spread_page import spread_page, write_spread
from halodot.report.spread_text import (
    CHAMPION_HEAD,
    DEVICE_HEAD,
    OUTPUT_HEAD,
    PART_HEAD,
    VARIATION_HEAD,
    champion_rows,
    device_rows,
    output_rows,
    part_rows,
    spread_document,
    spread_sentences,
    variation_rows,
    with_spread,
)
from halodot.study import load_targets_text


@pytest.fixture(scope="module")
def found() -> DeviceSpread:
    return made()


def test_sentences_tell_yield_champion_cause_and_that_it_is_no_uncertainty(found: DeviceSpread) -> None:
    said = spread_sentences(found)
    assert said[0].startswith("Of 20 devices in 5 batches (seed 1), 19 work and 1 has a short; their peak EQE is (")
    assert "Expected: 90 % of devices work" in said[1]
    assert "Expected champion of 20 devices: (23." in said[2]
    assert "thickness of PTAA, from batch to batch" in said[3]
    assert "a factor of 1.2" in said[4]
    assert "differs between devices" in said[-1]
    assert "halodot run --draws" in said[-1]


def test_rows_have_the_cells_of_their_heads(found: DeviceSpread) -> None:
    for head, rows in (
        (OUTPUT_HEAD, output_rows(found)),
        (CHAMPION_HEAD, champion_rows(found)),
        (PART_HEAD, part_rows(found)),
        (VARIATION_HEAD, variation_rows(found)),
        (DEVICE_HEAD, device_rows(found)),
    ):
        assert rows
        assert {len(row) for row in rows} == {len(head)}


def test_every_variation_is_labelled_with_its_kind_and_source(found: DeviceSpread) -> None:
    first = variation_rows(found)[0]
    assert first == (
        "thickness of PTAA",
        "50 nm",
        "5 %",
        "2 %",
        "assumed (batch), measured (pixel)",
        "halodot (batch), our profiler (pixel)",
        "the study",
    )
    assert variation_rows(found)[-2][:2] == ("defects that short a pixel", "2.5 1/cm2")


def test_a_device_with_a_short_is_listed_without_numbers(found: DeviceSpread) -> None:
    row = device_rows(found)[1]
    assert row[2:-1] == ("",) * 6
    assert row[-1] == "short"


def test_small_errors_are_written_without_an_exponent() -> None:
    assert with_spread(644.78059, 4.9e-4) == "644.78059 ± 0.00049"
    assert with_spread(0.71067, 1.2e-7) == "0.71067"
    assert with_spread(22.84, 0.011) == "22.840 ± 0.011"


def test_the_document_is_plain_json_with_the_seed_and_every_device(found: DeviceSpread) -> None:
    document = json.loads(json.dumps(spread_document(found), allow_nan=False))
    assert document["seed"] == 1
    assert len(document["devices"]) == 20
    assert document["devices"][1]["short"] is True
    assert document["outputs"]["luminance"]["judged_by_factors"] is True
    assert document["variations"][0]["pixel"]["kind"] == "measured"


def test_the_folder_holds_page_tables_and_figures(found: DeviceSpread, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("halodot.report.spread_page._ENDINGS", ("svg",))
        write_spread(found, tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert {"spread.html", "spread.json", "devices.csv", "figures/spread_histograms.svg"} <= names
    text = (tmp_path / "out/spread.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "which is not how uncertain a number is" in text
    assert spread_page(found) == text


def test_histograms_mark_stated_device_and_reported_champion(found: DeviceSpread) -> None:
    figure = histograms(found, reported={"eqe_max": 0.2445})
    assert len(figure.axes) == 2
    places = [line.get_xdata()[0] for line in figure.axes[0].lines]  # type: ignore[index]
    assert places == pytest.approx([23.0, 24.45])
    heights = [bar.get_height() for bar in figure.axes[0].patches if hasattr(bar, "get_height") and bar.get_width() < 1]
    assert sum(height for height in heights if height == int(height)) >= 19
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "19 working devices of 20"


def test_bars_and_champions_show_what_the_tables_say(found: DeviceSpread) -> None:
    axes = parts_figure(found).axes
    assert next(item.get_text() for item in axes[0].get_yticklabels()) == "thickness of PTAA, batch"
    line = champion_figure(found).axes[0].lines[0]
    assert list(line.get_xdata()) == [1, 2, 5, 10, 20, 50, 100]  # type: ignore[arg-type]


def test_the_paper_s_champion_stands_beside_its_devices(found: DeviceSpread) -> None:
    targets = read_targets(load_targets_text())
    reported = reported_champion(targets)
    assert reported["eqe_max"] == pytest.approx(0.2445)
    assert reported["half_life"] == pytest.approx(10.79 * 3600.0)
    drawn = devices_figure(found, targets)
    assert "reports its champion, 24.45 %" in drawn.caption
    assert 24.45 in [round(line.get_xdata()[0], 4) for line in drawn.figure.axes[0].lines]  # type: ignore[index]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, found: DeviceSpread) -> dict[str, object]:
    monkeypatch.chdir(tmp_path)
    Path("led.yaml").write_text(LED, encoding="utf-8")
    seen: dict[str, object] = {}

    def fake(study: object, devices: int, **keywords: object) -> DeviceSpread:
        seen.update(keywords, devices=devices)
        return found

    monkeypatch.setattr("halodot.learn.spread.spread", fake)
    return seen


def test_the_command_prints_the_tables_and_writes_them(called: dict[str, object]) -> None:
    words = ["spread", "led.yaml", "--devices", "20", "--seed", "3", "--pixel", "device.layers.HTL.thickness=5 %"]
    done = CliRunner().invoke(app, [*words, "--batch", "device.area=1 %", "--json", "found.json"])
    assert done.exit_code == 0
    assert called["seed"] == 3
    assert called["sd"] == {"device.area": {"batch": "1 %"}, "device.layers.HTL.thickness": {"pixel": "5 %"}}
    assert "\t".join(CHAMPION_HEAD) in done.stdout
    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["seed"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("led.yaml", "--pixel", "device.area"), "is not PATH=SD"),
        (("nowhere.yaml",), "there is no such file"),
        (("led.yaml", "--json", "led.yaml"), "led.yaml"),
    ],
)
def test_the_command_refuses_in_a_sentence(called: dict[str, object], words: tuple[str, ...], told: str) -> None:
    done = CliRunner().invoke(app, ["spread", *words])
    assert told in str(done.exception) + done.output
    assert done.exit_code != 0
