"""Values to netCDF and back, bit for bit."""

import contextlib
import json
import lzma
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halodot
from halodot import __version__, load_result
from halodot.aliases import renamed
from halodot.errors import DataError
from halodot.results.formats import FORMAT
from halodot.results.storage import decode, encode, load, save
from halodot.sources import Sourced
from halodot.states import Ageing, Chemical, Emitter, Layer, Stack, replaced
from halodot.study import to_document

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | st.text(max_size=8)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal in type and value, nan equal to nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or one == other
    return bool(one == other)


@given(values)
@settings(max_examples=200, deadline=None)
def test_header_keeps_every_plain_value(value: Any) -> None:
    arrays: dict[str, Any] = {}
    assert same(decode(json.loads(json.dumps(encode(value, "", arrays))), {}, {}), value)


def test_file_keeps_states_and_arrays_exactly(tmp_path: Path) -> None:
    emitter = Emitter(
        wavelength=np.linspace(6e-7, 7e-7, 7),
        spectrum=np.array([0.1, 1 / 3, np.nan, np.inf, -0.0, 5e-324, 1.0]),
        radiative_rate=1 / 3,
        nonradiative_rate=math.nan,
    )
    layer = Layer("a/b", "PEDOT:PSS", thickness=math.inf)
    before = {"stack/one": Stack(layers=(layer, layer), emitter=emitter), "flags": np.array([True, False])}
    save(before, tmp_path / "x.nc", {"halodot": "test"})
    after = load(tmp_path / "x.nc")
    stack = after["stack/one"]
    assert stack.emitter.spectrum.tobytes() == emitter.spectrum.tobytes()
    assert stack.emitter.wavelength.tobytes() == emitter.wavelength.tobytes()
    assert stack.layers[1].thickness == math.inf
    assert stack.layers[0].optics.table_index.size == 0
    assert after["flags"].dtype == np.bool_
    assert [path.name for path in tmp_path.iterdir()] == ["x.nc"]


def test_arrays_of_a_file_have_names_units_and_dimensions(tmp_path: Path) -> None:
    import xarray

    ageing = Ageing(209.0, 12.5, 3600.0, np.array([0.0, 3600.0]), np.array([1.0, 0.5]))
    save({"ageing": ageing}, tmp_path / "x.nc", {})
    with xarray.open_datatree(tmp_path / "x.nc", engine="h5netcdf", decode_times=False) as tree:
        assert tree["ageing/relative_luminance"].dims == ("time",)
        assert tree["ageing/time"].attrs["units"] == "s"


def test_foreign_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("not netCDF", encoding="utf-8")
    with pytest.raises(DataError, match=r"text\.nc"):
        load(tmp_path / "text.nc")
    with pytest.raises(DataError, match="absent"):
        load(tmp_path / "absent.nc")


def test_a_file_cannot_name_classes_of_its_own() -> None:
    with pytest.raises(DataError, match="Popen"):
        decode({"type": "Popen", "fields": {"args": "true"}}, {}, {"Sourced": Sourced})


# ------------------------------------------------------------------------------------------- names that only look alike

keys = st.text(st.characters(codec=None), max_size=4) | st.sampled_from(
    ["", ".", "..", "a/b", "a|b", "a%2Fb", "%", "\0"]
)
nested = st.recursive(
    st.lists(numbers, max_size=3).map(np.array),
    lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=2),
    max_leaves=8,
)


def leaves_of(value: Any) -> list[bytes]:
    if isinstance(value, np.ndarray):
        return [value.tobytes()]
    if isinstance(value, dict):
        return [leaf for key in value for leaf in [key.encode("utf-8", "surrogatepass"), *leaves_of(value[key])]]
    return [leaf for item in value for leaf in leaves_of(item)]


@given(nested)
@settings(max_examples=30, deadline=None)
def test_no_array_is_lost_to_the_name_of_another(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "names.nc"
    save(value, path, {"title": "a\0b"})
    assert leaves_of(load(path)) == leaves_of(value)


def test_keys_that_differ_in_a_stroke_keep_their_arrays(tmp_path: Path) -> None:
    save({"a/b": np.ones(2), "a|b": np.zeros(3)}, tmp_path / "x.nc", {})
    assert load(tmp_path / "x.nc")["a/b"].tolist() == [1.0, 1.0]
    assert load(tmp_path / "x.nc")["a|b"].tolist() == [0.0, 0.0, 0.0]


def test_an_array_named_like_the_dimension_of_another_keeps_its_numbers(tmp_path: Path) -> None:
    before = {"a": np.ones((3, 2)), "a_0": np.arange(5.0), "a_1": np.zeros((2, 2))}
    save(before, tmp_path / "x.nc", {})
    assert {name: array.tolist() for name, array in load(tmp_path / "x.nc").items()} == {
        name: array.tolist() for name, array in before.items()
    }


# ------------------------------------------------------------------------------------------------------- other versions

RESULTS = Path(__file__).parents[1] / "reference" / "results"
OLD = sorted(RESULTS.glob("*.nc.xz"), key=lambda path: path.name)


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name.removesuffix(".nc.xz"))
def test_results_of_every_format_load_with_their_numbers(path: Path, tmp_path: Path) -> None:
    (tmp_path / "results.nc").write_bytes(lzma.decompress(path.read_bytes()))
    result = load_result(tmp_path)
    kept = json.loads((RESULTS / path.name.replace(".nc.xz", ".json")).read_text(encoding="utf-8"))
    assert result.version == kept["halodot"]
    summary = {name: entry.value for name, entry in result.summary.items()}
    assert {name: summary[renamed("json", name) or name] for name in kept["summary"]} == pytest.approx(
        kept["summary"], rel=1e-12
    )
    current = [] if result.device_solution is None else result.device_solution.current_density.tolist()
    assert current == kept["current_density"]
    if path.name < "format-4":
        assert to_document(result.study)["calibration"] == "paper", "which it had where it named none"
    halodot.to_json(result, tmp_path / "results.json")
    halodot.save(result, tmp_path / "again.nc")
    assert load_result(tmp_path / "again.nc").notes == result.notes
    for kind in ("el",) if result.emission else ("absorption",) if result.dots else ("jvl",):
        assert halodot.plot(result, kind)


def test_the_role_of_a_stored_reagent_is_that_of_this_version() -> None:
    chemical = Chemical("ZnI2", "ZnI2", "zinc source", 319.19e-3)
    stored = json.loads(json.dumps(encode(chemical, "", {})))
    assert decode(stored, {}, {"Chemical": Chemical}).role == "metal salt"


@pytest.mark.parametrize("title", ["a\0b \udcff <b>&$\\frac{", "x" * 3000])
def test_no_title_keeps_a_result_from_its_files(saved: Path, tmp_path: Path, title: str) -> None:
    from halodot.report import write

    result = load_result(saved)
    odd = replaced(result, study=replace(result.study, title=title))
    assert write(odd, tmp_path / "results")[-1].is_file()
    assert load_result(tmp_path / "results").study.title == title
    assert halodot.plot(odd, "jvl")


def test_there_is_a_result_of_this_format_and_of_the_first() -> None:
    assert {f"format-{number}" for number in (1, FORMAT)} <= {"-".join(path.name.split("-")[:2]) for path in OLD}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small result in a file."""
    path = tmp_path / "old.nc"
    path.write_bytes(lzma.decompress((RESULTS / f"format-{FORMAT}-current.nc.xz").read_bytes()))
    return path


def edited(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """Change the header and the attributes of a file as another version would have written them."""
    with h5netcdf.File(path, "r+") as file:
        attributes = dict(file.attrs)
        header = json.loads(attributes["header"])
        change(header, attributes)
        for name in list(file.attrs):
            del file.attrs[name]
        file.attrs.update({"header": json.dumps(header), **{k: v for k, v in attributes.items() if k != "header"}})
    return path


def run_of(header: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = header["fields"]["study"]["fields"]["run"]["fields"]
    return found


def test_a_field_of_another_version_is_left_out_and_named(saved: Path) -> None:
    def change(header: dict[str, Any], attributes: dict[str, Any]) -> None:
        run_of(header)["field_of_another_version"] = 1.0
        attributes["halodot"] = "0.7.0"

    before = load_result(saved)
    after = load_result(edited(saved, change))
    assert after.device_solution is not None
    assert after.device_solution.current_density.tolist() == before.device_solution.current_density.tolist()
    (note,) = after.remarks
    assert note.kind == "not followed"
    for word in ("0.7.0", __version__, "Run.field_of_another_version", "open the file with halodot 0.7.0"):
        assert word in note.text


def test_a_field_that_an_older_version_did_not_have_takes_its_default_and_is_named(saved: Path) -> None:
    def change(header: dict[str, Any], attributes: dict[str, Any]) -> None:
        del run_of(header)["humidity"]

    after = load_result(edited(saved, change))
    assert after.study.run.humidity == 0.5
    (note,) = after.remarks
    assert note.kind == "assumed"
    assert "Run.humidity = 0.5" in note.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h, a: run_of(h).pop("voltages"), ("'voltages'", "compute the result again")),
        (lambda h, a: a.update(format=FORMAT + 1, halodot="0.9.0"), ("0.9.0", "install", "results.json")),
        (lambda h, a: h.update(type="Campaign"), ("'Campaign'", "does not know", "install")),
        (lambda h, a: h.update(fields=3), ("damaged",)),
        (lambda h, a: h["fields"].update(study={"array": "/none"}), ("damaged", "/none")),
        (lambda h, a: a.pop("format"), ("not written by halodot",)),
        (lambda h, a: a.update(format="two"), ("not written by halodot",)),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(saved: Path, change: Any, words: tuple[str, ...]) -> None:
    path = edited(saved, change)
    with pytest.raises(DataError) as caught:
        load_result(path)
    for word in (path.name, *words):
        assert word in str(caught.value)


def test_a_file_that_is_cut_short_or_torn_is_refused_with_a_sentence(saved: Path) -> None:
    whole = saved.read_bytes()
    for part in (0.0, 0.1, 0.5, 0.9, 0.999):
        saved.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(DataError, match=r"old\.nc"):
            load_result(saved)


def test_a_file_with_damaged_bytes_is_read_or_refused_with_a_sentence(saved: Path) -> None:
    whole, damage = saved.read_bytes(), np.random.default_rng(3)
    for _ in range(40):
        torn = bytearray(whole)
        for place in damage.integers(len(whole), size=3):
            torn[place] = damage.integers(256)
        saved.write_bytes(torn)
        with contextlib.suppress(DataError):
            load_result(saved)


def test_files_of_others_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with h5netcdf.File(tmp_path / "foreign.nc", "w") as file:
        file.attrs["title"] = "sea level"
    (tmp_path / "classic.nc").write_bytes(b"CDF\x01" + bytes(100))
    save({"a": 1}, tmp_path / "mapping.nc", {})
    (tmp_path / "folder").mkdir()
    for name in ("foreign.nc", "classic.nc", "mapping.nc", "folder", "none.nc"):
        with pytest.raises(DataError, match=name):
            load_result(tmp_path / name)


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """HDF5 itself crashes the process when a file cannot grow."""
    code = (
        "import resource, sys, numpy as np\nfrom halodot.results.storage import save\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))\n"
        "try: save({'a': np.zeros(200000)}, sys.argv[1], {})\nexcept OSError as error: print(error.errno)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.nc")],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (0, "27\n")
    assert list(tmp_path.iterdir()) == []
