"""A study's recipe resolved for the bench: masses, volumes, molarities, order, and hazards, for one size of batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from halodot.errors import InputError, Problem, ValidityError
from halodot.flask.amounts import ROLES, totals
from halodot.flask.vessel import LIQUID_ROLES, Portion, Vessel, measure_out
from halodot.paths import word_of
from halodot.states import Chemical, Interpretation, Note, Recipe, Step
from halodot.study import library
from halodot.study.model import Study
from halodot.study.protocol_batch import DOTS, wanted
from halodot.study.protocol_lists import cautions, layers, sources, supplies
from halodot.study.protocol_numbers import measured, rough, shown, significant
from halodot.study.protocol_sheet import Measured, Protocol, ProtocolStep, Stage
from halodot.study.protocol_words import Line, sentence
from halodot.study.reader import nearest
from halodot.study.verbs import VERBS


@dataclass
class _Work:
    """What is known while the vessels are gone through."""

    study: Study
    recipe: Recipe
    factor: Fraction
    readings: tuple[Interpretation, ...]
    notes: tuple[Note, ...]
    made: dict[str, dict[str, float]] = field(default_factory=dict)  # stock -> mol by chemical
    volumes: dict[str, float] = field(default_factory=dict)  # stock -> m3
    said: set[str] = field(default_factory=set)  # what stands at a step
    perovskite: float = 0.0  # mol that the pot can give, at the size of the study's own batch

    @property
    def equivalents(self) -> str:
        """What "times" means in equivalents: moles, mass or volume."""
        return "moles" if self.study.flask is None else self.study.flask.equivalents_reading


@dataclass
class _Vessel:
    """What a vessel holds so far, at the size of the study's own batch."""

    contents: dict[str, float] = field(default_factory=dict)  # mol by chemical
    volume: float = 0.0  # m3, of all liquids that went in


def make_protocol(
    study: Study,
    scale: float = 1.0,
    batch: str = "",
    readings: Iterable[Interpretation] = (),
    notes: Iterable[Note] = (),
) -> Protocol:
    """Resolve a study's recipe for the bench.

    Args:
        study: with a recipe.
        scale: by which every amount is multiplied [1].
        batch: instead, how much of one chemical there is to be: "500 mg PbI2".
        readings: how ambiguous texts of the recipe were read, from the flask stage.
        notes: remarks of the check of the study.

    Returns:
        The protocol.

    Raises:
        InputError: the study has no recipe, the scale is not positive, or the batch names nothing of the recipe.
    """
    if study.recipe is None:
        raise InputError(Problem("the study has no recipe, of which a protocol could be made", file=study.path))
    if batch and scale != 1.0:
        raise InputError("a batch is given by its scale or by an amount of one chemical, not by both")
    if not (math.isfinite(scale) and scale > 0.0):
        raise InputError(f"a batch is scaled by a positive number, not by {scale}")
    work = _Work(study, study.recipe, Fraction(repr(float(scale))), tuple(readings), tuple(notes))
    if batch:
        work.factor = _factor(work, batch)
    stages = tuple(_stages(work))
    listed = tuple(supplies(study, work.recipe, stages))
    said = work.said
    remarks = tuple(dict.fromkeys(_sentence(note) for note in work.notes if note.text not in said))
    return Protocol(
        title=study.title,
        study=study.name,
        scale=float(work.factor),
        batch=batch,
        supplies=listed,
        stages=stages,
        device=tuple(layers(study)),
        readings=tuple(item for item in work.readings if item.name not in said),
        remarks=remarks,
        cautions=tuple(cautions(study, work.recipe, work.factor != 1, bool(work.readings))),
        sources=sources(study, listed),
    )


# -------------------------------------------------------------------------------------------------------------- vessels


def _stages(work: _Work) -> Iterator[Stage]:
    recipe = work.recipe
    for name, steps in recipe.stocks.items():
        if steps:
            vessel = _Vessel()
            stage = _stage(work, f"Stock {name}", "stocks", steps, _written(work, "stocks", name), vessel)
            work.made[name], work.volumes[name] = vessel.contents, vessel.volume
            yield stage
    vessel = _Vessel()
    yield _stage(work, "Pot", "pot", recipe.pot, _written(work, "pot"), vessel)
    for title, part, steps in (("Work-up", "work_up", recipe.work_up), ("Film of dots", "film", recipe.film)):
        if steps:
            yield _stage(work, title, part, steps, _written(work, part), vessel)


def _written(work: _Work, part: str, stock: str = "") -> Sequence[Mapping[str, Any]]:
    """Return the steps of a part as the document has them."""
    found = (work.study.document.get("recipe") or {}).get(part) or ()
    if stock:
        found = found.get(stock) or () if isinstance(found, Mapping) else ()
    return [item if isinstance(item, Mapping) else {} for item in found]


def _stage(
    work: _Work, title: str, part: str, steps: Sequence[Step], written: Sequence[Mapping[str, Any]], vessel: _Vessel
) -> Stage:
    items: list[Measured] = []
    lines: list[ProtocolStep] = []
    for index, step in enumerate(steps):
        text = written[index] if len(written) == len(steps) else {}
        word = next((word for word in text if word in VERBS), step.kind)
        line, taken = _line(work, Line(word, step, text), steps, vessel)
        items += taken
        lines.append(_with_flags(work, ProtocolStep(index + 1, sentence(line), _note(text), where=step.where)))
    contents = _contents(work, items) if part == "stocks" else _yield_of(work, vessel) if part == "pot" else ""
    return Stage(title, part, tuple(items), tuple(lines), contents)


def _note(text: Mapping[str, Any]) -> str:
    return str(text.get("note", "")).replace("degC", "°C").strip()


def _with_flags(work: _Work, step: ProtocolStep) -> ProtocolStep:
    readings = tuple(item for item in work.readings if item.where == step.where)
    notes = [note for note in work.notes if note.where == step.where or note.where.startswith(f"{step.where}.")]
    work.said |= {item.name for item in readings} | {note.text for note in notes}
    texts = (*dict.fromkeys(_sentence(note, False) for note in notes), *_assumed(work, step.where))
    return ProtocolStep(step.number, step.text, step.note, readings, texts, step.where)


def _assumed(work: _Work, where: str) -> Iterator[str]:
    """Yield what the study says of numbers of a step that it assumes."""
    for path, entry in work.study.inputs.items():
        if path.startswith(f"{where}.") and entry.kind == "assumed" and entry.about:
            yield f"Assumed, the {word_of(path).replace('_', ' ')}: {entry.about}"


def _sentence(note: Note, with_place: bool = True) -> str:
    text = note.text if note.text.endswith((".", "!", "?")) else f"{note.text}."
    place = f"{note.where}: " if with_place and note.where else ""
    return f"Check of the study, {note.kind}: {place}{text}".replace("degC", "°C")


# ---------------------------------------------------------------------------------------------------------------- steps


def _line(work: _Work, line: Line, steps: Sequence[Step], vessel: _Vessel) -> tuple[Line, list[Measured]]:
    """Return a step with its amounts resolved, and what is measured out for it; the vessel holds it afterwards."""
    step = line.step
    if step.kind == "wash":
        return _washed(work, line, vessel)
    if step.kind == "redisperse":
        vessel.contents.clear()
        vessel.volume = 0.0
    if step.material in work.recipe.stocks:
        return _drawn(work, line, vessel), []
    if step.kind not in ("add", "inject", "redisperse"):
        return line, []
    item = _weighed(work, line, steps, vessel)
    vessel.contents[step.material] = vessel.contents.get(step.material, 0.0) + _known(item.amount / float(work.factor))
    vessel.volume += _known(item.volume / float(work.factor))
    return Line(line.word, step, line.written, item.take, item.about), [item]


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _drawn(work: _Work, line: Line, vessel: _Vessel) -> Line:
    """Return a step that takes from a stock, all of it where no volume is stated."""
    name, whole = line.step.material, work.volumes.get(line.step.material, 0.0)
    stated = math.isfinite(line.step.volume)
    volume = line.step.volume if stated else whole
    if line.step.kind != "dip":
        share = min(volume / whole, 1.0) if whole else 1.0
        for chemical, amount in work.made.get(name, {}).items():
            vessel.contents[chemical] = vessel.contents.get(chemical, 0.0) + share * amount
        vessel.volume += volume
    all_of = f"about {measured(volume * float(work.factor), 'm3')}" if whole else ""
    take = shown(line.written.get("volume"), volume, "m3", work.factor) if stated else "all"
    return Line(line.word, line.step, line.written, take, "" if stated else all_of, is_stock=True)


def _weighed(work: _Work, line: Line, steps: Sequence[Step], vessel: _Vessel) -> Measured:
    step, factor = line.step, float(work.factor)
    chemical = work.recipe.chemicals[step.material]
    portion = _portion(work, step, vessel.contents, steps)
    liquid = chemical.role in LIQUID_ROLES and not _is_melt(work, chemical)
    volume = portion.volume if liquid and portion.volume > 0.0 else math.nan
    mass, amount = portion.mass, portion.compound
    mol = measured(amount * factor, "mol") if math.isfinite(amount) else ""
    weight = measured(mass * factor, "kg") if math.isfinite(mass) else ""
    if math.isfinite(step.mass):
        take, about = shown(line.written.get("mass"), step.mass, "kg", work.factor), mol
    elif math.isfinite(step.volume):
        take = shown(line.written.get("volume"), step.volume, "m3", work.factor)
        weight = rough(mass * factor, "kg") if math.isfinite(mass) else ""
        about = ", ".join(part for part in (weight, mol if chemical.role != "solvent" else "") if part)
        volume = step.volume
    else:
        take = f"{measured(volume * factor, 'm3')} ({weight})" if math.isfinite(volume) else weight
        about = _asked(work, line, mol)
    return Measured(step.material, take, about, mass * factor, volume * factor, amount * factor, step.where)


def _asked(work: _Work, line: Line, mol: str) -> str:
    """Return what a reagent by amount or equivalents was asked for."""
    step = line.step
    if math.isfinite(step.amount):
        return shown(line.written.get("amount"), step.amount, "mol", work.factor)
    times = shown(line.written.get("equivalents"), step.equivalents, "1")
    return f"{mol}: {times} equivalents of {step.of}, read by {work.equivalents}"


def _portion(work: _Work, step: Step, present: Mapping[str, float], steps: Sequence[Step]) -> Portion:
    """Return how much of a reagent a step brings, nan for what a missing density leaves open."""
    chemicals = work.recipe.chemicals
    counted = present.get(step.of, 0.0)
    if step.of and not counted:
        later = [item for item in steps if item.material == step.of and not math.isfinite(item.equivalents)]
        counted = math.fsum(_portion(work, item, {}, ()).compound for item in later)
    try:
        return measure_out(step, chemicals, counted, work.equivalents)
    except ValidityError:
        chemical = chemicals[step.material]
        mass = step.mass if math.isfinite(step.mass) else step.amount * chemical.molar_mass / chemical.purity
        return Portion(compound=mass * chemical.purity / chemical.molar_mass, mass=mass, volume=math.nan)


def _is_melt(work: _Work, chemical: Chemical) -> bool:
    """Whether the density is that of the melt, so that the reagent is a solid to be weighed."""
    entry = work.study.inputs.get(f"recipe.chemicals.{chemical.name}.density")
    return entry is not None and "melt" in entry.about


def _washed(work: _Work, line: Line, vessel: _Vessel) -> tuple[Line, list[Measured]]:
    step, factor = line.step, float(work.factor)
    texts = line.written.get(line.word)
    texts = texts if isinstance(texts, Mapping) else {}
    liquids, items = [], []
    for name, value in step.antisolvents:
        volume = value * vessel.volume if step.per_dispersion else value
        text = measured(volume * factor, "m3") if step.per_dispersion else ""
        text = text or shown(_of(texts, name), value, "m3", work.factor)
        liquids.append((name, f"about {text}" if step.per_dispersion else text))
        chemical = work.recipe.chemicals.get(name)
        mass = volume * factor * (math.nan if chemical is None else chemical.density)
        items.append(Measured(name, text, "", mass, volume * factor, math.nan, step.where, step.per_dispersion))
    ratio = ""
    if step.per_dispersion:
        parts = ", ".join(f"{shown(_of(texts, name), value, '1')} of {name}" for name, value in step.antisolvents)
        nominal = measured(vessel.volume * factor, "m3")
        ratio = f"for 1 volume of dispersion {parts}; about {nominal} of liquid went in: measure it and keep the ratio"
    return Line(line.word, step, line.written, solvents=tuple(liquids), ratio=ratio), items


def _of(texts: Mapping[str, Any], name: str) -> Any:
    """Return what a wash states for an antisolvent, which it may call by another name."""
    return next((text for word, text in texts.items() if name in (word, library.find("chemicals", word))), None)


def _contents(work: _Work, items: Sequence[Measured]) -> str:
    """Return volume and concentrations of a stock, as they follow from what is put in."""
    volume = math.fsum(_known(item.volume) for item in items)
    if not volume:
        return ""
    amounts: dict[str, float] = {}
    for item in items:
        if work.recipe.chemicals[item.chemical].role != "solvent" and math.isfinite(item.amount):
            amounts[item.chemical] = amounts.get(item.chemical, 0.0) + item.amount
    parts = [f"{name} {_concentration(amount / volume)}" for name, amount in amounts.items()]
    holds = f", holding {', '.join(parts)}" if parts else ""
    return f"Makes about {rough(volume, 'm3')}, the volumes added up{holds}."


def _yield_of(work: _Work, vessel: _Vessel) -> str:
    """Return how much perovskite the pot can give at most, and which ion limits it."""
    if any(work.recipe.chemicals[name].role not in ROLES for name in vessel.contents):
        return ""  # of organic cations the flask knows nothing
    found = totals(Vessel(contents=vessel.contents), work.recipe.chemicals)
    work.perovskite = found.perovskite
    if not found.perovskite > 0.0:
        return ""
    ions = {"cesium": found.cesium, "lead": found.lead, "halide": found.halide / 3.0}
    least = min(ions, key=lambda name: ions[name])
    most = measured(found.perovskite * float(work.factor), "mol")
    return f"At most {most} of cesium lead halide can form; {least} limits it."


def _concentration(value: float) -> str:
    """Return a concentration [mol/m3] as text."""
    return f"{significant(value / 1e3)} mol/L" if value >= 1e3 else f"{significant(value)} mmol/L"


# --------------------------------------------------------------------------------------------------------------- batch


def _factor(work: _Work, batch: str) -> Fraction:
    """Return the factor by which a batch has so much of a chemical.

    Raises:
        InputError: it is no amount of a chemical of the recipe.
    """
    name, unit, value = wanted(batch, work.recipe)
    items = [item for stage in _stages(work) for item in stage.measured if item.chemical == name]
    if name == DOTS:
        work.said.clear()
        return Fraction(repr(value)) / Fraction(repr(float(f"{_made(work, unit):.12g}")))
    key = {"kg": "mass", "m3": "volume", "mol": "amount"}[unit]
    total = math.fsum(_known(getattr(item, key)) for item in items if not item.estimated)
    work.said.clear()
    if not total > 0.0:
        names = dict.fromkeys(item.chemical for stage in _stages(work) for item in stage.measured)
        message = f"the recipe measures out no {key} of {name}; a batch names one of {', '.join(names)}"
        raise InputError(Problem(message, file="--batch", suggestion=nearest(name, names)))
    return Fraction(repr(value)) / Fraction(repr(float(f"{total:.12g}")))


def _made(work: _Work, unit: str) -> float:
    """Return the perovskite that the study's own batch can give [mol].

    Raises:
        InputError: another measure than its amount is asked for, or none can form.
    """
    if unit != "mol":
        raise InputError(Problem(f"{DOTS} are asked for by their amount, such as '0.5 mmol {DOTS}'", file="--batch"))
    if not work.perovskite > 0.0:
        raise InputError(
            Problem("the pot lacks cesium, lead or halide, so that no perovskite can form", file="--batch")
        )
    return work.perovskite
