"""What went into a result, as tables: recipe, stack, how the text was read, and every uncertain input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from halodot.chain.plan import defaults
from halodot.names import unit_at_the_bench
from halodot.paths import layer_path
from halodot.report.numbers import summary_of
from halodot.report.page.frame import Cell, paragraph, section, table, typeset, unit_text
from halodot.report.provenance import uncertain_rows
from halodot.results.data import Result
from halodot.rounding import rounded, with_spread
from halodot.sources import Sourced
from halodot.states import Layer
from halodot.study.pages import optical_sources
from halodot.units import from_si
from halodot.wording import in_words

#: m, from which a layer is a substrate
_THICK = 1e-5
#: parts of a recipe in the order of the work, and what they are called
_PARTS = {"pot": "pot", "work_up": "work-up", "film": "film"}
#: what a number of an input's record says beside itself
_NUMBER = ("value", "sd", "low", "high", "kind", "source", "about", "method", "shared")
_KINDS = {
    "assumed": "taken as usual, or chosen for want of a measurement",
    "calibrated": "fitted to measurements",
    "literature": "from a publication",
    "measured": "measured on this very sample, as the study states",
}


def recipe(result: Result) -> str:
    """Return the recipe line by line, as the study states it."""
    written = result.study.document.get("recipe")
    if not isinstance(written, Mapping):
        return ""
    rows, groups = list(_recipe_rows(written)), {}
    for place, row in enumerate(rows):
        if place == 0 or row[0] != rows[place - 1][0]:
            groups[place] = row[0][:1].upper() + row[0][1:]
    columns = (("line", "number"), ("what", ""), ("how much", ""), ("how", ""))
    return section("Recipe", table(columns, [row[1:] for row in rows], "Recipe", groups=groups)) if rows else ""


def _recipe_rows(written: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    stocks = written.get("stocks")
    parts: dict[str, Any] = {}
    if isinstance(stocks, Mapping):
        parts |= {f"stock {name.replace('_', ' ')}": lines for name, lines in stocks.items()}
    parts |= {called: written.get(key) for key, called in _PARTS.items()}
    for called, lines in parts.items():
        for number, line in enumerate(lines if isinstance(lines, Sequence) else (), start=1):
            if isinstance(line, Mapping) and line:
                yield called, str(number), *_line(line)


def _line(line: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what is done in a line, with how much, and under which conditions."""
    verb, object_ = next(iter(line.items()))
    mixture = isinstance(object_, Mapping) and not set(object_) & set(_NUMBER)
    what = f"{verb} with" if mixture else f"{verb} {_plain(object_).replace('_', ' ')}".strip()
    much = [_plain(line[word]) for word in ("mass", "amount", "volume") if word in line]
    if mixture:
        much += [f"{_plain(value)} {name}" for name, value in object_.items()]
    if "equivalents" in line:
        much.append(f"{_plain(line['equivalents'])} equivalents of {_plain(line.get('of', ''))}")
    used = {verb, "mass", "amount", "volume", "equivalents", "of"}
    how = [_said_how(word, value) for word, value in line.items() if word not in used]
    return what, ", ".join(much), ", ".join(how)


def _said_how(word: str, value: Any) -> str:
    """Return a condition of a step: "under argon", and a remark without the word that marks it as one."""
    return _plain(value) if word == "note" else f"{word.replace('_', ' ')} {_plain(value)}"


def _plain(value: Any) -> str:
    """Return a value of a study as a reader expects it, the number alone of one that is stated with its origin."""
    if isinstance(value, Mapping):
        return _plain(value["value"]) if "value" in value else ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def stack(result: Result) -> str:
    """Return the layers of the device with their thickness, levels and mobilities, and whose optics they have."""
    device = result.stack or result.study.stack
    if device is None:
        return ""
    optics = {name: (kind, source) for name, kind, source in optical_sources(result.study)}
    rows = [_layer(result, layer, *optics.get(layer.name, ("", ""))) for layer in device.layers]
    columns = (
        *(("layer", ""), ("role", ""), ("thickness (nm)", "number"), ("LUMO or CB (eV)", "number")),
        *(("HOMO or VB (eV)", "number"), ("electron mobility (cm²/(V s))", "number")),
        *(("hole mobility (cm²/(V s))", "number"), ("n at the peak", "number"), ("optical constants", "")),
    )
    assumed = [name for name, (kind, _) in optics.items() if kind == "assumed"]
    said = f"Optical constants assumed, for want of a measurement: {', '.join(assumed)}." if assumed else ""
    above = "The layers from the substrate up; levels are energies below vacuum."
    return section("Stack", paragraph(above), table(columns, rows, "Stack"), paragraph(said, "small"))


def _layer(result: Result, layer: Layer, kind: str, source: str) -> tuple[str, ...]:
    moved = layer.transport
    index = _index(result, layer)
    return (
        layer.name,
        layer.role,
        _thickness(result, layer),
        _stated(result, layer, "electron_affinity", moved.electron_affinity),
        _stated(result, layer, "ionisation_energy", moved.ionisation_energy),
        _stated(result, layer, "electron_mobility", moved.electron_mobility),
        _stated(result, layer, "hole_mobility", moved.hole_mobility),
        f"{index:.2f}" if math.isfinite(index) else "",
        _origin(result, kind, source),
    )


def _thickness(result: Result, layer: Layer) -> str:
    """Return the thickness of a layer in nm, of a substrate in mm with the unit."""
    if layer.thickness >= _THICK:
        return f"{1e3 * layer.thickness:.3g} mm"
    return _stated(result, layer, "thickness", layer.thickness)


def _origin(result: Result, kind: str, source: str) -> str:
    """Return where the optical constants of a layer come from; nothing for a film that was lost in the flask."""
    if kind == "computed":
        return kind if result.flask is None or result.flask.survived else ""
    return f"{kind}: {source}" if source else kind


def _stated(result: Result, layer: Layer, word: str, value: float) -> str:
    """Return a number of a layer in its unit of the bench, with its uncertainty where the study states one."""
    if not math.isfinite(value):
        return ""
    entry = result.study.inputs.get(layer_path(layer.name, word))
    si = {"thickness": "m", "electron_mobility": "m2/V/s", "hole_mobility": "m2/V/s"}.get(word, "eV")
    unit = unit_at_the_bench(word, si)
    shown = from_si(value, si, unit)
    sd = entry.standard_deviation if entry is not None else math.nan
    if entry is None or entry.logarithmic or not math.isfinite(sd) or entry.value != value:
        return typeset(rounded(shown, plain=3))
    return typeset(with_spread(shown, from_si(sd, si, unit)))


def _index(result: Result, layer: Layer) -> float:
    """Return the refractive index of a layer at the peak of the light, nan where it has none."""
    optics, peak = layer.optics, summary_of(result)["el_peak"].value or summary_of(result)["pl_peak"].value
    if peak is None:
        return math.nan
    if optics.table_wavelength.size:
        return float(np.interp(peak, optics.table_wavelength, optics.table_index)) + optics.index_offset
    return optics.cauchy_a + optics.cauchy_b / peak**2 + optics.cauchy_c / peak**4


def readings(result: Result) -> str:
    """Return how the text of the recipe was read where it can be read in more than one way."""
    if result.flask is None or not result.flask.interpretations:
        return ""
    rows = [
        (item.name, item.taken, "; ".join(item.alternatives), item.effect, item.note)
        for item in result.flask.interpretations
    ]
    columns = (
        *(("what can be read in more than one way", ""), ("read as", ""), ("could be", "")),
        *(("which would change", ""), ("note", "about")),
    )
    return section("How the recipe was read", table(columns, rows, "How the recipe was read"))


def uncertain(result: Result) -> str:
    """Return every assumed or calibrated input with its value, range and source, to be sorted and filtered."""
    rows: list[tuple[Cell, ...]] = []
    for path, value, about in defaults(result):
        rows.append((in_words(path), (value, ""), "", "assumed", "halodot", about, path))
    inputs = uncertain_rows(result.study)
    for path, value, span, kind, source, about in inputs:
        entry = result.study.inputs[path]
        number, _, unit = value.partition(" ")
        cell = (f"{typeset(number)} {unit_text(unit)}".strip(), repr(float(entry.value)))
        width = _relative_width(entry)
        rows.append((in_words(path), cell, (typeset(span), width), kind, source, about, path))
    if not rows:
        return ""
    columns = (
        *(("input", ""), ("value", "number"), ("95 % range", "number"), ("kind", ""), ("source", "")),
        *(("about", "about"), ("path in a study", "path")),
    )
    text = (
        f"{len(inputs)} of the {len(result.study.inputs)} numbers that enter are assumed or were calibrated; the "
        f"others are measured or from the literature. {len(rows) - len(inputs)} words and grids are the program's own "
        "choice. "
        "Sorted by their range, the inputs stand in the order of their relative width."
    )
    kinds = dict.fromkeys(entry.kind for entry in result.study.inputs.values())
    source = "source halodot: an assumption or derivation of this program; other sources are keys of the references"
    legend = "; ".join(f"<b>{escape(kind)}</b>: {escape(_KINDS[kind])}" for kind in kinds if kind in _KINDS)
    listed = table(columns, rows, "Assumed and calibrated inputs", sortable=True)
    return section(
        "Assumed and calibrated inputs", paragraph(text), f'<p class="small">{legend}; {source}.</p>', listed
    )


def _relative_width(entry: Sourced) -> str:
    """Return the standard deviation of an input over its value as a key to sort by, empty where it is not known."""
    sd = entry.standard_deviation
    if not math.isfinite(sd):
        return ""
    return repr(sd / abs(entry.value)) if entry.value else "1e9"
