"""Where the refractive index of a layer comes from: a table of the study or the library, or a page of a database."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halodot.columns import decoded
from halodot.errors import InputError
from halodot.nodes import Node, Place
from halodot.states import Array, Layer
from halodot.study import library
from halodot.study.optical_tables import bytes_of_table, optical_table_of
from halodot.study.plausible import likely_slip, shown
from halodot.study.reader import Reader, nearest
from halodot.study.usual import is_usual, usual_range
from halodot.units import to_si

_HOLDING = 0.6  # of the span around a peak: 1.6 widths to either side, beyond which 0.02 % of a Gaussian's photons lie
_SLACK = 1e-9  # a table that ends at 700 nm serves 700 nm however the unit conversion rounded


@dataclass(frozen=True)
class Needs:
    """What a stack must say for the computation that is asked for."""

    wavelength: Array
    film: bool  # the film fills the emitting layer
    electrical: bool  # charges are computed
    folder: Path | None  # of the study, from where its own tables are found; None without a file
    root: Path  # of the library
    spectrum: tuple[str, Node] | None = None  # what the study says of the wavelengths: path and node


def read_optics(
    reader: Reader, items: Mapping[str, Node], path: str, name: str, needs: Needs, tables: dict[str, str]
) -> Mapping[str, Any]:
    """Read where the refractive index of a layer comes from, if the layer says it.

    Args:
        reader: collects problems and notes.
        items: what the study writes of the layer.
        path: of the layer.
        name: of the layer.
        needs: where tables lie and which wavelengths are asked for.
        tables: receives the source of the table by the name of the layer.

    Returns:
        Table by field of the layer; empty where none is stated or it could not be read.
    """
    if "refractiveindex" in items:
        if "table" in items:
            message = "the refractive index is stated twice, as a page and as a table"
            reader.complain(items["table"].place, message, path)
        return _page(reader, items["refractiveindex"], path, name, needs, tables)
    if "table" not in items:
        return {}
    where = f"{path}.table"
    word = reader.text(items["table"], where)
    kept = reader.kept.get(word)
    found = _table_file(reader, items["table"], word, where, needs) if word and kept is None else None
    if found is None and kept is None:
        return {}
    try:
        data = bytes_of_table(found) if found is not None else (kept or "").encode()
        table = optical_table_of(data)
    except InputError as error:
        reader.complain(items["table"].place, f"{word}: {error.problems[0].message}", where)
        return {}
    if found is None or not found.is_relative_to(needs.root):
        reader.files[word] = decoded(data)
    if table.transparent:
        reader.note("assumed", f"{word} has no extinction coefficient; {name} is taken as transparent", where)
    if table.ignored:
        columns = ", ".join(map(repr, table.ignored))
        reader.note("not followed", f"of {word} only wavelength, n and k are read, not {columns}", where)
    tables[name] = table.source or word
    return library.table_fields(table)


def _table_file(reader: Reader, node: Node, word: str, where: str, needs: Needs) -> Path | None:
    """Return where a table lies: beside the study, or among the library's; report a file that is at neither place."""
    shipped = needs.root / "materials" / "nk" / word
    own = Path(word) if needs.folder is None else needs.folder / word
    if own.is_absolute() or needs.folder is not None:
        if os.path.isfile(own):
            return own
        looked = f"there is no file {os.path.abspath(own)}"
    else:
        looked = "a study that was not read from a file has no folder; write the whole path of the table"
    if os.path.isfile(shipped):
        return shipped
    names = [name for folder in (own.parent, shipped.parent) if os.path.isdir(folder) for name in _listed(folder)]
    reader.complain(node.place, f"{looked}, and no table {word!r} in the library", where, nearest(word, names))
    return None


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _page(reader: Reader, node: Node, path: str, name: str, needs: Needs, tables: dict[str, str]) -> Mapping[str, Any]:
    """Return the optical constants of a page of refractiveindex.info."""
    from halodot.study.pages import read_page

    try:
        page = read_page(reader.text(node, f"{path}.refractiveindex"), _asked(needs))
    except InputError as error:
        problem = error.problems[0]
        reader.complain(node.place, problem.message, f"{path}.refractiveindex", problem.suggestion)
        return {}
    if page.transparent:
        message = f"{page.name} gives no extinction coefficient; {name} is taken as transparent"
        reader.note("assumed", message, f"{path}.refractiveindex")
    tables[name] = page.reference
    return {"table_wavelength": page.wavelength, "table_index": page.index, "table_extinction": page.extinction}


def _asked(needs: Needs) -> Array:
    """Return the wavelengths that a page must cover: none where they are no light, which has a complaint of its own."""
    centre = float(np.median(needs.wavelength)) if needs.wavelength.size else math.nan
    return needs.wavelength if is_usual(centre, "device.emitter.peak", "m") else np.zeros(0)


def check_coverage(reader: Reader, layers: Sequence[tuple[Layer, Place]], needs: Needs) -> None:
    """Report tables that end inside the spectrum, all at once, where the study says what the spectrum is."""
    if not needs.wavelength.size:
        return
    path, node = needs.spectrum or ("", None)
    around_a_peak = path.endswith("peak")
    low, high = _necessary(needs.wavelength) if around_a_peak else _ends(needs.wavelength)
    short = [
        (layer, place)
        for layer, place in layers
        if layer.optics.table_wavelength.size
        and (
            low < layer.optics.table_wavelength[0] * (1 - _SLACK)
            or high > layer.optics.table_wavelength[-1] * (1 + _SLACK)
        )
    ]
    if not short:
        return
    spans = [
        f"{layer.name} covers {1e9 * table[0]:.0f}-{1e9 * table[-1]:.0f} nm"
        for layer, table in ((layer, layer.optics.table_wavelength) for layer, _ in short)
    ]
    if node is None:
        path, node = "device.layers", Node(short[0][1], None)
    around = "around the peak " if around_a_peak else ""
    span = f"the spectrum {around}from {low * 1e9:.0f} to {high * 1e9:.0f} nm"
    message = (
        f"{span} goes beyond the n,k tables: {', '.join(spans)}; state run.wavelength within them, or wider tables"
    )
    reader.complain(node.place, message, path, _likely_peak(path, node))


def within_tables(wavelength: Array, layers: Sequence[Layer]) -> Array:
    """Return as many wavelengths [m] in the part of their span that the tables of all layers cover.

    For wavelengths around the peak of a line, which reach far beyond it; those that a study states are kept.
    """
    low, high = _ends(wavelength)
    tables = [layer.optics.table_wavelength for layer in layers if layer.optics.table_wavelength.size]
    least = max((float(table[0]) for table in tables), default=low)
    most = min((float(table[-1]) for table in tables), default=high)
    if least <= low * (1 + _SLACK) and most >= high * (1 - _SLACK):
        return wavelength
    return np.linspace(max(low, least), min(high, most), wavelength.size)


def _ends(wavelength: Array) -> tuple[float, float]:
    return float(np.min(wavelength)), float(np.max(wavelength))


def _necessary(wavelength: Array) -> tuple[float, float]:
    """Return the part of the wavelengths around a peak, 2.7 widths to either side, that holds its photons."""
    low, high = _ends(wavelength)
    centre, half = 0.5 * (low + high), 0.5 * (high - low)
    return centre - _HOLDING * half, centre + _HOLDING * half


def _likely_peak(path: str, node: Node) -> str:
    """Return the peak that was probably meant by one that is no light of a device, empty if there is none."""

    if not (path.endswith("peak") and isinstance(node.value, str)):
        return ""
    value = to_si(node.value, "m")
    meant = None if is_usual(value, path, "m") else likely_slip(value, "m", usual_range(path, "m"))
    return "" if meant is None else shown(meant, "m")
