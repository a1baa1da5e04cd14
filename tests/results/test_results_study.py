"""A result keeps its study: as YAML beside it, in its file, and to the same numbers again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

import halodot
from halodot import Result
from halodot.chain.simulate import same
from halodot.errors import InputError
from halodot.nodes import plain, read_text
from halodot.results.contract import document
from halodot.study import from_text, load, with_inputs
from halodot.study.library import studies
from halodot.study.written import written_study

TABLE = "wavelength_nm,n,k\n300,1.7,0\n600,1.75,0\n1200,1.8,0\n"
FIT = "parameters: {perovskite.iodide_density: {value: 5000 kg/m3, kind: calibrated, source: our fit}}\nhalodot: 1\n"


def told(result: Result) -> dict:
    """Return all of the JSON contract but for the versions."""
    found = json.loads(json.dumps(document(result)))
    del found["versions"]
    found["sources"] = sorted(word.rpartition("/")[2] for word in found["sources"])
    return found


@pytest.mark.parametrize("name", studies())
@pytest.mark.parametrize("changes", [(), ("run.humidity=0.4", "run.tolerance=0.004")])
def test_every_library_study_is_written_and_read_without_loss(name: str, changes: tuple[str, ...]) -> None:
    study = load(name, changes)
    for text in (written_study(study).text, written_study(halodot.study.from_document(study.document)).text):
        again = from_text(text, name)
        assert json.dumps(again.document) == json.dumps(study.document)
        assert all(same(again.inputs[path], entry) for path, entry in study.inputs.items())
        assert same(again.stack, study.stack)
        assert same(again.recipe, study.recipe)
        assert same(again.run, study.run)
        assert same(again.given, study.given)


def test_remarks_and_spelling_stay_with_the_changes_in_their_places() -> None:
    text = load("paper-0.2").text
    changed = load("paper-0.2", ["recipe.stocks.ligand[0].amount=0.3 mmol", "flask.etching=30", "run.humidity=0.4"])
    written = written_study(changed).text
    assert plain(read_text(written)) == changed.document
    old, new = set(text.splitlines()), set(written.splitlines())
    assert {line.strip() for line in new - old} == {
        "- {add: 5-aminopentanoic acid, amount: 0.3 mmol}",
        "humidity: 0.4",
        "parameters: {flask.etching: 30}",
    }
    assert len(old - new) == 2


def test_a_change_that_cannot_stand_in_the_text_is_written_all_the_same() -> None:
    text = "halodot: 1\ntitle: >\n  a long\n  title\nextends: device-only\n"
    study = from_text(text, overrides=["title=short", "device.layers.LiF="])
    assert plain(read_text(written_study(study).text)) == study.document
    values = with_inputs(study, {path: entry.value * 1.01 for path, entry in study.inputs.items()})
    assert plain(read_text(written_study(values).text)) == values.document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that extends one's own file, with a table and a calibration of one's own."""
    home = tmp_path_factory.mktemp("study")
    (home / "base").mkdir()
    (home / "base" / "film.csv").write_text(TABLE, encoding="utf-8")
    (home / "fit.yaml").write_text(FIT, encoding="utf-8")
    layers = [
        {"PTAA": "30 nm", "table": "film.csv"} if "PTAA" in layer else layer
        for layer in load("paper-0.2").document["device"]["layers"]
    ]
    base = {"extends": "paper-0.2", "device": {"layers": layers}, "run": {"lifetime": None}}
    (home / "base" / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    top = "extends: base/base.yaml\ncalibration: fit.yaml\nrun: {voltage: [0 V, 2 V, 3 V]}\n"
    (home / "top.yaml").write_text(top, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    """Its result, with a change."""
    return halodot.simulate(halodot.load(folder / "top.yaml", ["run.humidity=0.4"]))


def test_the_written_study_gives_the_same_result_wherever_it_stands(
    result: Result, folder: Path, tmp_path: Path
) -> None:
    paths = halodot.save_study(result.study, tmp_path / "there" / "study.yaml", result.versions)
    assert [path.relative_to(tmp_path / "there").as_posix() for path in paths] == [
        "study.yaml",
        "inputs/film.csv",
        "inputs/fit.yaml",
    ]
    halodot.save(result, tmp_path / "there" / "results.nc")
    here = tmp_path / "here"
    shutil.move(tmp_path / "there", here)
    for place in (here, here / "study.yaml", here / "results.nc"):
        again = halodot.simulate(halodot.load(place))
        wanted = json.dumps(told(result))
        for word in ("base/film.csv", "fit.yaml"):
            if place.suffix != ".nc":
                wanted = wanted.replace(word, f"inputs/{Path(word).name}")
        assert json.loads(json.dumps(told(again))) == json.loads(wanted)
    halodot.save_study(halodot.load(here), tmp_path / "again" / "study.yaml", result.versions)
    for name in ("study.yaml", "inputs/film.csv", "inputs/fit.yaml"):
        assert (tmp_path / "again" / name).read_bytes() == (here / name).read_bytes()
    changed = halodot.load(here / "results.nc", ["run.humidity=0.7"])
    assert (changed.run.humidity, changed.name) == (0.7, "top")
    assert folder.is_dir()


def test_a_json_result_holds_its_study(result: Result, folder: Path) -> None:
    halodot.to_json(result, folder / "results.json")
    again = halodot.load(folder / "results.json", ["run.positions=5"])
    assert again.document == result.study.document | {"run": {**result.study.document["run"], "positions": 5}}


def test_results_of_older_versions_give_their_study() -> None:
    stored = Path(__file__).parents[1] / "reference" / "results"
    for path in sorted(stored.glob("*.nc")):
        study = halodot.load(path)
        assert study.title == halodot.load_result(path).study.title
        assert study.document["calibration"] in ("paper", "none")


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this folder holds no result"):
        halodot.load(tmp_path)
