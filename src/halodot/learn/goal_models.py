"""Which part of a study a number of its summary comes from, and what a study lacks to give it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from halodot.chain.stages import reaches
from halodot.errors import InputError, Problem
from halodot.study import Study

_FLASK = ("stripped_fraction", "excess_acid", "undissolved_ligand")
_DOTS = (
    *("edge_length", "coverage_native", "coverage_short", "coverage_bare", "first_exciton", "pl_peak", "pl_fwhm"),
    *("plqy_first_wash", "plqy", "lifetime", "pl_retained_in_air", "weight_loss"),
)
_FILM = ("gap", "film_index", "mobility", "film_plqy", "roughness", "leakage_conductance")
_AGEING = ("half_life", "time_to_90_percent", "half_life_current_density")


def refuse_uncomputed(study: Study, quantities: Sequence[str], where: str) -> None:
    """Refuse numbers of the summary for which a study has no model, before anything is simulated.

    Args:
        study: as it stands.
        quantities: names of numbers of the summary.
        where: they were asked for, for messages.

    Raises:
        InputError: with each of them, and what is missing.
    """
    problems = []
    for name in quantities:
        if why := lacking(study, name):
            problems.append(Problem(f"the study computes no {name}: {why}", file=where))
    if problems:
        raise InputError(problems)


def lacking(study: Study, quantity: str) -> str:
    """Return what a study lacks to give a number of the summary, empty where it lacks nothing.

    Args:
        study: as it stands.
        quantity: name of the number.
    """
    given = {path.split(".")[0] for path in study.given}
    stages = {"flask": _FLASK, "dots": _DOTS, "film": _FILM}
    stage = next((one for one, names in stages.items() if quantity in names), "device")
    stage = "light" if quantity == "outcoupling" else stage
    if not reaches(study, stage):
        return f"it stops after the stage {study.run.stop_after!r} (run.stop_after)"
    if stage in stages:
        made = given & {"dots": {"dots"}, "film": {"dots", "film"}}.get(stage, set())
        return "" if study.recipe is not None or made else "it has no recipe"
    if study.stack is None:
        return "it has no device"
    if study.emitter is None and study.recipe is None and not given & {"dots", "film"}:
        return (
            "" if quantity in ("short_circuit_current", "open_circuit_voltage", "fill_factor") else "it has no emitter"
        )
    if quantity not in _AGEING:
        return ""
    if not math.isfinite(study.run.lifetime_luminance):
        return "it has no lifetime test, which run.lifetime.luminance states"
    bare = quantity != "half_life_current_density" and study.recipe is None and not given & {"dots", "film"}
    return "it has no recipe, from which the model takes the bare surface that ages" if bare else ""
