"""What a number of a study is called: "hole mobility of PTAA" for ``device.layers.PTAA.hole_mobility``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from halodot.paths import chemical_of, device_word, emitter_word, layer_of, root_of, step_of, word_of

#: words of paths that stand for something else than themselves with spaces
_SAID: Mapping[str, str] = {
    "plqy": "PL quantum yield",
    "fwhm": "line width (FWHM)",
    "peak": "emission peak",
    "cas": "CAS number",
    "halide_count": "halide ions a formula unit",
    "cation_count": "metal ions a formula unit",
    "electron_affinity": "LUMO or conduction-band level",
    "ionisation_energy": "HOMO or valence-band level",
    "cauchy_a": "refractive index (Cauchy A)",
    "cauchy_b": "dispersion of the refractive index (Cauchy B)",
    "cauchy_c": "dispersion of the refractive index (Cauchy C)",
    "index_offset": "offset of the refractive index",
    "duration": "time",
    "rotation": "speed of rotation",
    "langevin_factor": "Langevin reduction factor",
    "reichardt_polarity": "polarity (Reichardt)",
    "pl_peak": "PL peak",
    "equivalents_reading": "what equivalents count",
    "free_amine_reading": "what the free amine is taken from",
    "size_causes": "what sets the size of the dots",
    "size_distribution": "size distribution of the dots",
    "confinement_model": "model of the confinement",
    "lifetime_average": "average of the PL lifetime",
    "nodes_per_layer": "grid points a layer",
    "positions": "positions of the emitting dipoles",
    "pl_fwhm": "PL line width (FWHM)",
}
#: the same in few letters, for figures
_SHORT: Mapping[str, str] = {
    "electron_affinity": "LUMO",
    "ionisation_energy": "HOMO",
    "cauchy_a": "index",
    "cauchy_b": "dispersion",
    "cauchy_c": "dispersion C",
    "index_offset": "index offset",
    "electron_density_of_states": "electron states",
    "hole_density_of_states": "hole states",
    "relative_permittivity": "permittivity",
    "langevin_factor": "Langevin factor",
    "bimolecular_coefficient": "bimolecular rate",
}
#: parts of a recipe as they are called
_PARTS: Mapping[str, str] = {"pot": "the pot", "work_up": "the work-up", "film": "the film's treatment"}
#: what the first word of a path stands for, where the rest is one name
_STAGES: Mapping[str, str] = {
    "perovskite": "of the perovskite",
    "flask": "in the synthesis",
    "dots": "of the dots",
    "film": "of the film",
    "ageing": "in the ageing model",
    "run": "of the run",
    "given": "as given",
}
#: words that are written with capitals wherever they stand
_CAPITALS = re.compile(r"\b(pl|el|plqy|eqe|homo|lumo|trpl)\b")


def in_words(path: str) -> str:
    """Return what a number of a study is called in a sentence.

    Args:
        path: of the number, such as ``device.layers.PTAA.hole_mobility``.

    Returns:
        Such as "hole mobility of PTAA"; the last word of the path alone where nothing more is known of it.
    """
    word = _said(word_of(path))
    layer, step, chemical = layer_of(path), step_of(path), chemical_of(path)
    if layer is not None:
        return f"{_said(layer.word)} of {layer.name or f'layer {layer.place + 1}'}"
    if step is not None:
        where = _PARTS.get(step.part, f"the stock {step.stock}")
        place = f"line {step.line + 1} of {where}"
        return f"{step.word} in {place}, a wash" if step.is_wash else f"{_said(step.word)} in {place}"
    if chemical is not None:
        return f"{_said(chemical[1])} of {chemical[0]}"
    if emitter_word(path):
        return f"{word} of the emitter"
    if device_word(path):
        return f"{word} of the device"
    return f"{word} {_STAGES.get(root_of(path), '')}".strip() if "." in path else word


def shortly(path: str, most: int) -> str:
    """Return what a number is called in a figure, in at most so many letters; its layer is always kept.

    Args:
        path: of the number.
        most: letters; a layer with a longer name than that stands alone.

    Returns:
        As :func:`in_words` where that is short enough, else such as "HOMO poly-TPD".
    """
    said, layer = in_words(path), layer_of(path)
    if len(said) <= most:
        return said
    if layer is None:
        return f"{said[: max(most - 3, 1)].rstrip()}..."
    word, name = _SHORT.get(layer.word, _said(layer.word)), layer.name or f"layer {layer.place + 1}"
    short, room = f"{word} {name}", most - len(name) - 4
    if len(short) <= most:
        return short
    return f"{word[:room].rstrip()}... {name}" if room > 2 else name


def listed(paths: tuple[str, ...], most: int = 3) -> str:
    """Return the first few numbers of a study in words, each once, and how many there are more."""
    named = list(dict.fromkeys(map(in_words, paths)))
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def _said(word: str) -> str:
    known = _SAID.get(word)
    return known or _CAPITALS.sub(lambda found: found[0].upper(), word.replace("_", " "))
