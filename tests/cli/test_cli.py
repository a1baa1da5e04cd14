"""The command line as a user meets it: what it prints, its exit codes, and what it never writes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import halodot
import halodot.paper.reproduce  # loads the modules that keep `simulate`, before a test puts another in its place
from halodot.cli.help import completed_studies
from halodot.errors import ConvergenceError, ValidityError
from halodot.outputs import whole_folder
from halodot.results.data import Result
from halodot.results.files import refuse_own_study
from halodot.study import load
from halodot.study.library import study_path

Call = Callable[..., tuple[int, str, str]]


def never(*_: Any) -> Any:
    raise AssertionError("nothing may be computed here")


def test_help_names_every_command(call: Call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    for command in ("run", "check", "new", "schema", "library", "cite", "reproduce"):
        assert f" {command} " in out


def test_version(call: Call) -> None:
    code, out, _ = call("--version")
    first, second = out.splitlines()
    assert (code, first.split(" ")[:2]) == (0, ["halodot", "0.1.0"])
    assert all(name in second for name in ("Python 3.", "NumPy ", "SciPy ", "Numba "))


def test_help_has_a_letter_and_a_command(call: Call) -> None:
    whole, run = call("--help")[1], call("run", "--help")[1]
    assert call("-h") == (0, whole, "")
    assert call("help") == (0, whole, "")
    assert call("run", "-h")[1].splitlines()[2:] == run.splitlines()[2:]
    assert call("help", "run")[1].splitlines()[2:] == run.splitlines()[2:]
    code, _, err = call("help", "rnu")
    assert (code, "No such command 'rnu'" in err) == (2, True)


def test_the_shell_completes_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.yaml").write_text("", encoding="utf-8")
    (tmp_path / "paper.txt").write_text("", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.nc").write_text("", encoding="utf-8")
    assert {"paper-0.2", "paper-control", "paper.yaml", "parts/"} < set(completed_studies("pa"))
    assert "paper.txt" not in set(completed_studies("pa"))
    assert list(completed_studies("parts/o")) == ["parts/one.nc"]
    assert list(completed_studies("nowhere/x")) == []
    variables = {"_HALODOT_COMPLETE": "complete_bash", "COMP_WORDS": "halodot check dev"}
    code = "import sys; sys.argv[0] = 'halodot'; from halodot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **variables, "COMP_CWORD": "2"},
    )
    assert "device-only" in done.stdout.split()


@pytest.mark.parametrize("command", ["run", "plot", "fit", "limits", "compare", "sweep", "protocol"])
def test_help_names_values_in_words(call: Call, command: str) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0
    assert not re.search(r"<(bool|list|str|path|int|float)", out)


@pytest.mark.parametrize("arguments", [("bogus",), ("run",), ("run", "x", "--nothing"), ("schema",)])
def test_wrong_usage_is_bad_input(call: Call, arguments: tuple[str, ...]) -> None:
    code, _, err = call(*arguments)
    assert code == 2
    assert "Usage" in err


def test_a_bad_study_is_explained_and_nothing_is_written(call: Call, tmp_path: Path) -> None:
    text = study_path("paper-0.2").read_text(encoding="utf-8").replace("mass: 144 mg", "mass: 144")
    (tmp_path / "study.yaml").write_text(text.replace("add: PbI2", "add: Pb I2"), encoding="utf-8")
    for command in ("check", "run"):
        options = ("--out", "results", "--json", "r.json") if command == "run" else ()
        code, out, err = call(command, "study.yaml", *options)
        assert code == 2
        assert out == ""
        assert "study.yaml:14:29: recipe.stocks.cs_oleate[0].mass: 144 has no unit" in err
        assert "Did you mean '144 mg'?" in err
        assert "Did you mean 'PbI2'?" in err
        assert "^" in err
        assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


def test_check_lists_what_is_assumed(call: Call) -> None:
    code, out, _ = call("check", "paper-0.2", "--set", "film.layer_number_spread=0.5")
    assert code == 0
    lines = out.splitlines()
    assert "no mistake found" in lines[0]
    assert any("not solved here" in line for line in lines)
    assert any(line.startswith("device.layers.ITO.thickness\t150 nm\t+- 15 nm\thalodot") for line in lines)
    assert any(line.startswith("film.layer_number_spread\t0.5") for line in lines)
    assert not any(line.startswith("device.layers.PO-T2T.thickness") for line in lines)  # measured


def test_a_full_folder_is_refused_before_anything_is_computed(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halodot.chain.simulate.simulate", never)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.txt").write_text("mine", encoding="utf-8")
    for arguments in (("run", "device-only", "--out", "results"), ("reproduce", "--out", "results")):
        code, _, err = call(*arguments)
        assert code == 2
        assert "not empty; add --overwrite" in err
    code, _, err = call("run", "device-only", "--out", "results/mine.txt")
    assert (code, "this is a file" in err) == (2, True)
    code, _, err = call("run", "device-only", "--json", "nowhere/r.json")
    assert (code, "folder of this file does not exist" in err) == (2, True)
    assert (tmp_path / "results" / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("error", [ConvergenceError("stopped at 3.1 V"), ValidityError("no such lead")])
def test_unsolved_is_exit_code_three(call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_: Any) -> Any:
        raise error

    monkeypatch.setattr("halodot.chain.simulate.simulate", fail)
    code, out, err = call("run", "device-only")
    assert (code, out) == (3, "")
    assert err.endswith(f"{error}\n")


def test_a_result_with_a_failure_is_written_and_marked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "halodot.chain.simulate.simulate", lambda study: Result(study=study, failure="stopped at 3.1 V")
    )
    code, out, err = call("run", "device-only", "--json", "r.json")
    assert code == 3
    assert "stopped at 3.1 V" in err
    assert out.startswith("quantity\tvalue\tunit\trole\n")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["summary"]["eqe_max"]["value"] is None


def test_a_recipe_runs_and_its_json_keeps_the_contract(call: Call, tmp_path: Path) -> None:
    code, out, err = call("run", "recipe-only", "--json", "r.json")
    assert code == 0
    assert "The dots survive the synthesis" in err
    rows = dict(line.split("\t")[:2] for line in out.splitlines())
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert float(rows["PL quantum yield in solution"]) == pytest.approx(
        100 * document["summary"]["plqy"]["value"], rel=1e-3
    )
    assert "Peak EQE" not in rows
    code, schema, _ = call("schema", "result")
    assert code == 0
    jsonschema.validate(document, json.loads(schema))


def test_a_bare_device_prints_its_currents_and_writes_a_report(call: Call, tmp_path: Path) -> None:
    change = ("--set", "run.voltage=[0 V, 2 V, 20 V]")
    code, out, err = call("run", "1_sclc_unipolar", *change, "--out", "results", "--json", "r.json")
    assert code == 0
    head, *rows = [line.split("\t") for line in out.splitlines()]
    assert head == ["voltage (V)", "current density (mA/cm2)"]
    assert [row[0] for row in rows] == ["0", "2", "20"]
    assert float(rows[1][1]) == pytest.approx(22.25, rel=0.01)  # 1.49 times Mott and Gurney's law
    assert "At 20.00 V the current density is" in err
    assert {path.name for path in (tmp_path / "results").iterdir()} >= {"report.html", "results.nc", "results.json"}
    jsonschema.validate(
        json.loads((tmp_path / "r.json").read_text(encoding="utf-8")), json.loads(call("schema", "result")[1])
    )


def test_decomposition_is_an_answer(call: Call) -> None:
    code, out, err = call("run", "paper-hi-only")
    assert code == 0
    assert err.count("The dots decomposed: ") == 1
    assert "Peak EQE" not in out


def test_a_path_through_a_file_is_refused_before_anything_is_computed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, _, err = call("run", "device-only", "--out", "file/results")
    assert (code, "part of its path is a file" in err) == (2, True)


def test_a_recipe_that_counts_an_absent_reagent_says_so(call: Call) -> None:
    change = (
        "recipe.stocks.ligand=[{add: hydroiodic acid, equivalents: 1.5, of: 5-aminopentanoic acid}, "
        "{add: ethyl acetate, volume: 1 mL}]"
    )
    code, _, err = call("run", "paper-0.2", "--set", change, "--set", "run.stop_after=flask")
    assert code == 0
    assert "note: Written, and not followed" in err
    assert "5-aminopentanoic acid" in err


@pytest.mark.parametrize("name", ["paper", "device-only", "recipe-only", "sclc-dots"])
def test_new_writes_a_study_that_passes_the_check(call: Call, tmp_path: Path, name: str) -> None:
    code, out, _ = call("new", name)
    assert code == 0
    assert f"{name}.yaml written" in out
    assert call("check", f"{name}.yaml")[0] == 0
    (tmp_path / f"{name}.yaml").write_text("mine", encoding="utf-8")
    code, _, err = call("new", name)
    assert (code, "not overwritten" in err) == (2, True)
    assert (tmp_path / f"{name}.yaml").read_text(encoding="utf-8") == "mine"


def test_new_knows_its_names(call: Call) -> None:
    code, _, err = call("new", "devise-only")
    assert code == 2
    assert "Did you mean 'device-only'?" in err


def test_new_takes_the_study_of_a_result(call: Call, tmp_path: Path) -> None:
    assert call("run", "recipe-only", "--set", "flask.etching=30", "--json", "r.json")[0] == 0
    code, out, _ = call("new", "--from", "r.json", "--out", "mine.yaml")
    assert (code, out.split(" ")[0]) == (0, "mine.yaml")
    assert load(tmp_path / "mine.yaml").document == load("recipe-only", ["flask.etching=30"]).document
    code, _, err = call("new", "--from", "r.json", "--out", "mine.yaml")
    assert (code, "--overwrite" in err) == (2, True)
    for wrong in ((), ("paper", "--from", "r.json"), ("--from", "nowhere.nc")):
        assert call("new", *wrong)[0] == 2
    first, second = (call("run", name, "--json", f"{name}.json") for name in ("r.json", "mine.yaml"))
    assert first[1] == second[1]


def test_a_study_of_ones_own_is_not_replaced_by_that_of_its_result(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "extends: recipe-only\nrun: {humidity: 0.4}\n"
    (tmp_path / "study.yaml").write_text(own, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("halodot.chain.simulate.simulate", never)
        code, _, err = call("run", "study.yaml", "--out", ".", "--overwrite")
    assert (code, "would replace this file" in err) == (2, True)
    assert (tmp_path / "study.yaml").read_text(encoding="utf-8") == own
    halodot.save_study(load("recipe-only"), tmp_path / "r" / "study.yaml")
    refuse_own_study(tmp_path / "r")
    refuse_own_study(tmp_path / "nowhere")


def test_run_writes_tables_for_spreadsheets(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--csv", "tables", "--xlsx", "all.xlsx", "--decimal", ",")
    assert call("run", "recipe-only", *options)[0] == 0
    assert "0,005" in (tmp_path / "tables" / "inputs.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "all.xlsx").read_bytes()[:2] == b"PK"
    monkeypatch.setattr("halodot.chain.simulate.simulate", never)
    for wrong, told in (
        (options, "add --overwrite"),
        (("--csv", "my.csv"), "name a folder such as 'my'"),
        (("--csv", "new", "--decimal", ";"), "no decimal mark"),
        (("--decimal", ","), "name their folder with --csv"),
    ):
        code, _, err = call("run", "recipe-only", *wrong)
        assert (code, told in err) == (2, True)


def test_schema_of_a_study_accepts_the_library(call: Call) -> None:
    code, out, _ = call("schema", "study")
    assert code == 0
    jsonschema.validate(dict(load("paper-0.2").document), json.loads(out))
    assert call("schema", "film")[0] == 2


def test_library_shows_units_kinds_and_sources(call: Call) -> None:
    code, out, _ = call("library")
    assert code == 0
    assert "PTAA" in out
    assert "\n  amine: oleylamine, octylamine, " in out
    assert "paper-0.2" in out
    code, out, _ = call("library", "ptaa")
    assert code == 0
    assert any(
        line.startswith("ionisation_energy\t5.25 eV\t5 to 5.45 eV\tassumed\thalodot") for line in out.splitlines()
    )
    assert "n,k table: 2" in call("library", "ITO")[1]
    assert "trap_energy: 3.6 eV" in call("library", "PO-T2T")[1]
    assert "trap_energy" not in call("library", "ITO")[1]
    assert "mole" not in call("library", "OA")[1]
    assert call("library", "OA")[1].startswith("oleic acid")
    assert "classes of emitters: perovskite dots" in call("library")[1]
    assert "trion_auger_rate\t5 1/ns" in call("library", "perovskite dots")[1]
    assert "halodot: 1" in call("library", "device-only")[1]
    code, out, err = call("library", "bromide")
    assert (code, out) == (2, "")
    assert "nothing in the library is called 'bromide'" in err
    assert "--search bromide" in err


def test_library_is_searched(call: Call) -> None:
    code, out, _ = call("library", "--search", "112-80-1")
    assert code == 0
    head, first = out.splitlines()
    assert head.split("\t") == ["kind", "name", "formula, role or title", "numbers"]
    assert first.startswith("chemical\toleic acid\tC18H34O2, carboxylic acid\tM 282.468 g/mol, density 0.895 g/mL")
    code, out, err = call("library", "--search", "unobtainium")
    assert (code, out) == (2, "")
    assert "Nothing in the library has 'unobtainium'" in err


def test_cite_prints_what_a_result_used(call: Call, tmp_path: Path) -> None:
    halodot.save(Result(study=load("device-only")), tmp_path / "results.nc")
    code, out, _ = call("cite", "results.nc")
    assert code == 0
    assert "{konig2014," in out  # the table of ITO
    assert out.startswith("@software{halodot2026,")
    assert "version = {0.1.0" in out
    assert "@misc{halodotvalues2026," in out
    assert call("cite")[1].startswith("@software{halodot2026,")
    assert "{smock2018," not in out  # a parameter of the flask
    assert call("cite", str(tmp_path)) == (0, out, "")
    (tmp_path / "no.nc").write_text("nothing", encoding="utf-8")
    assert call("cite", "no.nc")[0] == 2
    assert call("cite", "absent.nc")[0] == 2


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m halodot schema study | head -c 5"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""


HALODOT = f"{sys.executable} -m halodot"
RUN = "run recipe-only --set run.stop_after=flask"


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which halodot is this one, with the exit code of the first program of a pipe."""
    line = f"set -o pipefail; {command.replace('halodot', HALODOT)}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        encoding="utf-8",
    )


@pytest.mark.parametrize("reader", ["| true", pytest.param("2>&1 | true", marks=pytest.mark.explore), ">&- 2>&-"])
def test_a_closed_pipe_ends_the_printing_only(tmp_path: Path, reader: str) -> None:
    done = shell(f"halodot {RUN} --out kept --json kept.json {reader}", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr, "Broken" in done.stderr) == (0, False, False)
    assert {path.name for path in (tmp_path / "kept").iterdir()} >= {"report.html", "results.nc", "results.json"}
    document = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert document["flask"]["survived"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_a_sentence_and_loses_nothing_else(tmp_path: Path) -> None:
    done = shell(f"halodot {RUN} --json kept.json > /dev/full", tmp_path)
    assert done.returncode == 2
    assert "standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "kept.json").is_file()
    done = shell(f"halodot {RUN} --json /dev/full --out kept", tmp_path)
    assert done.returncode == 2
    assert "/dev/full: No space left on device; make room" in done.stderr
    assert (tmp_path / "kept" / "report.html").is_file()
    assert shell("halodot schema study > /dev/full", tmp_path).returncode == 2


def test_the_result_can_go_down_a_pipe(tmp_path: Path) -> None:
    done = shell(f"halodot {RUN} --json /dev/fd/3 3>&1 >/dev/null | cat", tmp_path)
    assert json.loads(done.stdout)["flask"]["survived"]


def test_letters_that_a_console_lacks_are_no_error(tmp_path: Path) -> None:
    text = study_path("sclc-dots").read_text(encoding="utf-8").replace("title:", "title: Δ → µ #")
    (tmp_path / "größe µ.yaml").write_text(text, encoding="utf-8")
    done = shell("halodot check 'größe µ.yaml'", tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, "\\u2192" in done.stdout) == (0, True)


def test_ctrl_c_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, signal, halodot.cli as c, halodot.chain.simulate as p\n"
        "p.simulate = lambda study: os.kill(os.getpid(), signal.SIGINT) or 1\n"
        "c.main(['run', 'sclc-dots', '--out', 'up/results'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 130
    assert "stopped" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_json_may_stand_in_the_folder_of_the_report(call: Call, tmp_path: Path) -> None:
    change = ("--set", "run.stop_after=flask")
    assert call("run", "recipe-only", *change, "--out", "results", "--json", "results/mine.json")[0] == 0
    assert {path.name for path in (tmp_path / "results").iterdir()} >= {"report.html", "mine.json"}
    code, _, err = call("run", "recipe-only", *change, "--out", "x", "--json", "x")
    assert (code, "cannot be the same" in err) == (2, True)
    assert not (tmp_path / "x").exists()


def test_a_folder_in_use_is_refused_before_anything_is_computed(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halodot.chain.simulate.simulate", never)
    with whole_folder(tmp_path / "results"):
        code, _, err = call("run", "device-only", "--out", "results", "--overwrite")
    assert (code, "another run is writing into this folder" in err) == (2, True)


def test_a_study_that_cannot_be_followed_leaves_no_folder(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> Any:
        raise ValidityError("no such lead")

    monkeypatch.setattr("halodot.chain.simulate.simulate", fail)
    assert call("run", "device-only", "--out", "up/results")[0] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_exit_code_one() -> None:
    code = "import sys, halodot.cli as c, halodot.study as s; s.load = lambda *a: 1 / 0; c.main(['check', 'x'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


# ----------------------------------------------------------------------------------------------------- instrument files


def test_a_file_of_an_instrument_is_shown_drawn_and_converted(call: Call) -> None:
    Path("jv.txt").write_text(
        "V (V)\tJ (mA/cm2)\n" + "".join(f"{v / 10}\t{v * v}\n" for v in range(9)), encoding="utf-8"
    )
    code, out, err = call("inspect", "jv.txt", "--figure", "jv")
    assert code == 0, err
    assert "current_density\t9\t0\t64\tmA/cm2" in out
    assert {"jv.png", "jv.svg"} <= set(os.listdir())
    code, _, err = call("inspect", "jv.txt", "--figure", "jv")
    assert (code, err) == (2, "jv.png: this file exists; add --overwrite, or name another\n")
    for kind in ("csv", "nc", "xlsx"):
        assert call("convert", "jv.txt", "--to", kind)[0] == 0
        assert call("convert", "jv.txt", "--to", kind)[0] == 2


def test_a_newline_in_a_name_stays_on_its_line(call: Call) -> None:
    Path("new\nline.txt").write_text("V (V)\tI (mA)\n0\t1\n1\t2\n2\t4\n", encoding="utf-8")
    code, _, err = call("convert", "new\nline.txt")
    assert (code, err) == (0, "written to new\\nline.txt.csv\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "no such file"),
        ("empty.csv", b"", "copy it from the instrument"),
        ("binary.csv", bytes(range(256)) * 9, "export it as text"),
        ("mixed.csv", b"V (V);I (A)\n0,1;1\n0.2;2\n0,3;4\n", "line 3: decimals"),
        ("bomb.xrdml", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]><xrdMeasurements>&a;', ""),
    ],
)
def test_a_bad_file_is_refused_in_one_line_and_nothing_is_written(
    call: Call, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    before = sorted(os.listdir())
    for command in (["inspect", name, "--figure", "x"], ["convert", name]):
        code, out, err = call(*command)
        assert (code, out) == (2, "")
        assert err.startswith(f"{name}: ")
        assert message in err
        assert err.count("\n") == 1
    assert sorted(os.listdir()) == before
