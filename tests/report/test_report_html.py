"""The page says everything that matters, escapes every text, and needs no other file."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import report_states as made
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot import report
from halodot.errors import InputError
from halodot.report.conclusions import conclusions
from halodot.report.figures import KINDS
from halodot.report.html import write
from halodot.report.page import page
from halodot.report.page.sections import percent
from halodot.report.provenance import references, short
from halodot.results.data import Result, SummaryValue, with_explanation
from halodot.results.files import load_result
from halodot.sources import Sourced
from halodot.states import Note, replaced
from halodot.study import load

HOSTILE = "<script>alert('x')</script> & \"quoted\" </title><img src=http://x>"
VOID = {"meta", "img", "br", "wbr"}


class Reader(HTMLParser):
    """Collects the text, the tags and the rows of the tables, and checks that every element is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def by_path(text: str) -> dict[str, list[str]]:
    """The rows of the inputs by the path that stands last in each."""
    return {row[-1]: row[:-1] for row in read(text).rows if row}


def titled(title: str, **inputs: Sourced) -> Result:
    return replaced(made.whole(), study=made.make_study(title, inputs or None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("outside") / "results"
    return home, write(made.whole(unconverged=(3, 44)), home), []


def test_a_folder_holds_the_result_its_curves_its_figures_and_the_page(folder):
    home, written, _ = folder
    assert [path.name for path in home.parent.iterdir()] == ["results"]
    assert {path for path in home.rglob("*") if path.is_file()} == set(written)
    assert {path.name for path in home.iterdir()} == {
        "results.json",
        "results.nc",
        "study.yaml",
        "report.html",
        "curves",
        "figures",
    }
    assert {path.suffix for path in (home / "figures").iterdir()} == {".svg"}
    again = load_result(home / "results.nc")
    assert np.array_equal(again.emission.eqe, made.whole(unconverged=(3, 44)).emission.eqe, equal_nan=True)


def test_the_page_needs_no_other_file(folder):
    home, _, _ = folder
    reader = read((home / "report.html").read_text(encoding="utf-8"))
    assert reader.tags.count("script") == 1
    assert "link" not in reader.tags
    assert "img" not in reader.tags
    named = set(re.findall(r'<code class="option">(\w+)</code>', (home / "report.html").read_text(encoding="utf-8")))
    assert len(named & set(KINDS)) >= len(KINDS) - 3
    assert "--kind NAME --out NAME.pdf" in reader.text
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in reader.links)
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))
    assert (home / "report.html").stat().st_size < 8e6


def test_the_page_tells_what_did_not_converge(folder):
    home, _, _ = folder
    reader = read((home / "report.html").read_text(encoding="utf-8"))
    assert "2 of 61 bias points did not converge" in reader.text
    assert ["0.300", "the step became too small"] in reader.rows
    assert ["4.400", "the step became too small"] in reader.rows


def test_the_summary_is_in_the_units_of_a_laboratory():
    result = with_explanation(
        made.whole(),
        {"eqe_max": SummaryValue(0.24, "1", "predicted", 0.012, ("film.index", "device.layers.ITO.thickness"))},
    )
    rows = {row[0]: row[1:] for row in read(page(result, {})).rows}
    assert rows["PL peak"] == ["645", "", "nm", "predicted", ""]
    assert rows["Peak EQE"] == ["24.0", "± 1.2", "%", "predicted", "index of the film, thickness of ITO"]
    assert rows["Half life (T50)"][:3] == ["10.8", "", "h"]
    assert rows["Current density of the peak EQE"][2] == "mA/cm²"


def test_what_was_not_computed_takes_no_room():
    reader = read(page(made.chemistry_only(), {}))
    rows = {row[0]: row[1] for row in reader.rows if len(row) > 1}
    assert "Peak EQE" not in rows
    assert rows["PL peak"] == "645"
    assert "not computed" not in reader.text


def test_every_assumed_and_calibrated_input_is_listed_and_no_other():
    inputs = {
        f"device.layers.layer {number}.thickness": Sourced(number * 1e-9, "m", kind, "key", about=f"about <{number}>")
        for number, kind in enumerate(("assumed", "calibrated", "literature", "measured", "assumed"), start=1)
    }
    rows = by_path(page(titled("a", **inputs), {}))
    assert {path for path in rows if path.startswith("device.layers.layer ")} == {
        "device.layers.layer 1.thickness",
        "device.layers.layer 2.thickness",
        "device.layers.layer 5.thickness",
    }
    assert rows["device.layers.layer 5.thickness"] == ["thickness of layer 5", "5 nm", "assumed", "key", "about <5>"]


def test_the_range_of_an_input_is_in_its_own_unit():
    inputs = {
        "a.thickness": Sourced(30e-9, "m", low=25e-9, high=35e-9),
        "film.mobility": Sourced(1e-9, "m2/V/s", sd=2e-10),
        "film.plqy": Sourced(0.8, "1", low=0.7, high=0.9),
    }
    rows = {path: row[1:3] for path, row in by_path(page(titled("a", **inputs), {})).items()}
    assert rows["a.thickness"] == ["30 nm", "25 to 35 nm"]
    assert rows["film.mobility"] == ["1 × 10⁻⁵ cm²/(V s)", "6 × 10⁻⁶ to 1.4 × 10⁻⁵ cm²/(V s)"]
    assert rows["film.plqy"] == ["80 %", "70 to 90 %"]


@pytest.mark.parametrize("text", [HOSTILE, "'\"><svg onload=x>", "&lt;b&gt;", "\x00", "", "ユ"])
def test_no_text_of_the_user_becomes_markup(text: str):
    entry = Sourced(1.0, "1", "assumed", text, about=text)
    result = titled(text, **{f"given.{text}": entry})
    result = replaced(
        result,
        study=replace(result.study, notes=(Note("assumed", text),)),
        failure=text,
        flask=made.make_flask(survived=False, reason=text),
    )
    plain, reader = read(page(titled("plain", **{"given.x": Sourced(1.0)}), {})), read(page(result, {}))
    assert set(reader.tags) <= set(plain.tags) | {"p", "h3", "ul", "li", "strong", "a", "nav"}
    assert all(link.startswith("#") for link in reader.links)
    if "<" in text:
        assert text.split("<")[1].rstrip() in reader.text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_title_gives_a_page_with_that_title(title: str):
    reader = read(page(Result(study=made.make_study(title)), {}))
    wanted = title.strip() or "made-by-hand"
    folded = re.sub(r"\s+", "", wanted.replace("\x00", "�").replace("\r", ""))
    assert folded in re.sub(r"\s+", "", reader.text.replace("\x00", "�"))
    assert reader.tags.count("h1") == 1


def test_a_decomposed_synthesis_says_why_and_stops(tmp_path: Path):
    written = write(made.decomposed(), tmp_path / "out")
    files = {path.name for path in written if path.parent.name != "curves"}
    assert files == {"results.json", "results.nc", "study.yaml", "report.html"}
    text = written[-1].read_text(encoding="utf-8")
    assert "the acid &lt;strips&gt; every site" in text
    assert 'class="conclusions failed"' in text
    assert "Where the photons and charges go" not in text
    assert "not computed" not in text


def test_every_way_to_read_the_text_is_shown():
    rows = read(page(made.chemistry_only(), {})).rows
    assert ["dose <unit>", "mmol", "mol/L", "The text says 0.2 M."] in rows


def test_both_budgets_add_up_on_the_page():
    result = made.whole()
    eqe = result.device_solution.charge_balance * result.emission.air
    rows = read(page(replaced(result, emission=replaced(result.emission, eqe=eqe)), {})).rows
    start = next(place for place, row in enumerate(rows) if row[0] == "where the injected pairs go")
    stop = next(place for place, row in enumerate(rows) if row[0] == "sum")
    assert sum(float(row[2]) for row in rows[start + 1 : stop]) == pytest.approx(100.0, abs=0.1)
    assert rows[stop][2] == "100.00"
    dark = replaced(result, emission=None)
    rows = [row for row in read(page(dark, {})).rows if len(row) == 3]
    start = next(place for place, row in enumerate(rows) if row[0] == "part of the current")
    last = next(place for place, row in enumerate(rows) if row[0] == "total current")
    assert sum(float(row[2]) for row in rows[start + 1 : last]) == pytest.approx(100.0, abs=0.05)
    assert rows[last][2] == "100.00"


def test_the_conclusion_names_the_factors_of_the_efficiency_and_the_largest_loss():
    said = " ".join(conclusions(made.whole()))
    result = made.whole()
    peak = int(np.nanargmax(result.emission.eqe))
    assert f"{100.0 * result.device_solution.charge_balance[peak]:.1f} % of the current forms excitons" in said
    assert "30.0 % of the photons reach the air" in said
    balance = result.device_solution.charge_balance[peak]
    assert f"The largest loss is waveguide modes and surface plasmon: {25.0 * balance:.1f} %" in said
    assert "3 numbers enter: 1 are assumed, 1 are calibrated, 1 are measured or from the literature." in said


def test_the_conclusion_says_where_the_efficiency_has_fallen_to_half():
    result = made.whole()
    emission = result.emission
    eqe = np.where(emission.voltage > 5.05, 0.2, 0.3)
    said = " ".join(conclusions(replaced(result, emission=replaced(emission, eqe=eqe, luminance=1000.0 * eqe))))
    assert "falls to half" not in said
    eqe = np.where(emission.voltage > 5.05, 0.1, 0.3)
    said = " ".join(conclusions(replaced(result, emission=replaced(emission, eqe=eqe, luminance=1000.0 * eqe))))
    assert "The EQE falls to half of its maximum by" in said
    assert "the luminance has its maximum, 300 cd/m²" in said


def test_the_conclusion_of_a_dark_or_failed_device_is_plain():
    whole = made.whole(unconverged=(60,))
    dark = Result(
        study=whole.study, stack=whole.stack, device_solution=whole.device_solution, failure="the ramp stopped at 6 V"
    )
    said = conclusions(dark)
    last = 0.1 * whole.device_solution.current_density[59]
    assert said[0] == f"At 5.90 V the current density is {last:.3g} mA/cm²."
    faint = replaced(whole.emission, luminance=np.full(61, 1e-3))
    unseen = conclusions(replaced(whole, emission=faint))
    assert "The device gives no light of 1 cd/m² or more up to 5.9 V." in unseen
    assert "The device could not be solved completely: the ramp stopped at 6 V" in said
    assert "1 of 61 bias points did not converge and is left out of every number." in said
    nowhere = replaced(whole.device_solution, converged=np.zeros(61, dtype=bool))
    assert (
        conclusions(Result(study=whole.study, device_solution=nowhere))[0]
        == "No bias point of the device could be solved."
        == "No bias point of the device could be solved."
    )


def test_a_bare_device_shows_its_currents_and_no_empty_summary():
    whole = made.whole(unconverged=(60,))
    lit = replaced(whole.device_solution, current_density=whole.device_solution.current_density - 20.0)
    bare = Result(study=whole.study, stack=whole.stack, device_solution=lit)
    power = lit.current_density * lit.voltage
    best = int(np.nanargmin(power))
    assert conclusions(bare)[1] == f"It delivers at most {-0.1 * power[best]:.3g} mW/cm², at {lit.voltage[best]:.2f} V."
    text = page(bare, {})
    rows = read(text).rows
    assert 'id="results"' not in text
    first = next(row for row in rows if row[0] == "0")
    assert float(first[1].replace("−", "-")) == pytest.approx(0.1 * lit.current_density[0], rel=1e-3)
    assert ["6", "not solved"] in rows


def test_a_second_result_leaves_nothing_of_the_first_but_what_the_user_put_there(tmp_path: Path):
    write(made.chemistry_only(), tmp_path)
    (tmp_path / "curves" / "mine.csv").write_text("kept", encoding="utf-8")
    written = write(made.decomposed(), tmp_path)
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {*written, tmp_path / "curves" / "mine.csv"}


def test_the_same_result_gives_the_same_page(tmp_path: Path):
    one, two = (write(made.chemistry_only(), tmp_path / name)[-1].read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_folder_that_is_none_or_leads_elsewhere_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="this is a file"):
        write(made.decomposed(), tmp_path / "file")
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    out.mkdir()
    (out / "figures").symlink_to(elsewhere)
    with pytest.raises(InputError, match="link"):
        write(made.chemistry_only(), out)
    assert list(elsewhere.iterdir()) == []


def test_progress_is_told_in_order(tmp_path: Path):
    said: list[str] = []
    report.write(made.decomposed(), tmp_path, said.append)
    assert said == ["results.json", "results.nc", "curves", "report.html"]


def test_the_references_are_those_of_the_inputs_and_no_other():
    inputs = {"a.b": Sourced(1.0, source="rakic1998"), "a.c": Sourced(1.0, source="no such key"), "a.d": Sourced(1.0)}
    text = references(titled("a", **inputs))
    assert text.startswith("@article{rakic1998,")
    assert text.count("@") == 1
    assert references(titled("a", **{"a.d": Sourced(1.0)})) == ""
    assert "rakic1998," in read(page(titled("a", **inputs), {})).text


def test_an_input_without_a_remark_is_explained_by_its_record():
    rows = by_path(page(titled("a", **{"device.layers.ITO.index_offset": Sourced(0.01)}), {}))
    assert rows["device.layers.ITO.index_offset"][-1] == "added to the tabulated refractive index"


def test_long_lists_are_cut_on_the_page():
    value = SummaryValue(0.24, "1", depends_on=tuple(f"film.a{number}" for number in range(11)))
    rows = {row[0]: row for row in read(page(with_explanation(made.whole(), {"eqe_max": value}), {})).rows}
    assert rows["Peak EQE"][-1].endswith("a2 of the film and 8 more")


def test_numbers_are_short_and_never_nan():
    assert percent(-1e-9) == "0.00"
    assert short(float("nan")) == "not known"
    assert short(24.0, True) == "24.00"
    assert short(3002.4, True) == "3002"
    assert short(0.0, True) == "0"


def test_layers_with_assumed_optical_constants_are_named():
    study = load("paper-0.2")
    reader = read(page(Result(study=study), {}))
    assert "Optical constants assumed, for want of a measurement: PTAA, TmPyPB, PO-T2T." in reader.text
    optics = {row[0]: row[-1] for row in reader.rows}
    assert optics["PTAA"] == "assumed: halodot"
    assert optics["dots"] == "computed"
    assert optics["Al"] == "literature: rakic1998"
    own = replace(study, tables={**study.tables, "ITO": "A. Nyone, our ellipsometer"})
    assert "% A. Nyone, our ellipsometer" in page(Result(study=own), {})
