"""Values to netCDF and back, bit for bit."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import DataError
from halodot.sources import Sourced
from halodot.states import Ageing, Emitter, Layer, Stack
from halodot.storage import decode, encode, load, save

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
    assert stack.layers[0].table_index.size == 0
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
