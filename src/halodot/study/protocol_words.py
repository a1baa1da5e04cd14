"""Steps of a recipe as sentences of a bench sheet, one for each word that a study may write."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from halodot.states import Step
from halodot.study.protocol_numbers import shown
from halodot.study.records import numbers_of
from halodot.study.verbs import VERBS

_UNITS = numbers_of(Step)
_UNDER: Mapping[str, str] = {"": "", "air": " in air", "vacuum": " under vacuum"}
#: what stands right after a word, where that is a number -> field of the step
_OWN = {"duration": "duration", "temperature": "temperature", "rotation": "rotation", "pore": "pore"}


@dataclass(frozen=True)
class Line:
    """A step with what is needed to say it."""

    word: str  # of the study: stir, where the kind of the step is hold
    step: Step
    written: Mapping[str, Any]  # the step as the document has it, empty where it is not known
    take: str = ""  # how much of the material: "170 mg", "2.2 mL", "all"
    about: str = ""  # "0.369 mmol"
    is_stock: bool = False
    solvents: tuple[tuple[str, str], ...] = ()  # of a wash: (antisolvent, how much)
    ratio: str = ""  # of a wash by ratio: how it is resolved

    def number(self, field: str) -> str:
        """Return a number of the step with the digits of the study, empty where it states none."""
        value = getattr(self.step, field)
        if not math.isfinite(value):
            return ""
        verb = VERBS[self.word]
        key = next((key for key, name in verb.keys.items() if name == field), "")
        own = field in (("rotation", "centrifugal_force") if verb.value == "speed" else (_OWN.get(verb.value),))
        text = self.written.get(self.word) if own else self.written.get(key)
        return shown(text, value, _UNITS[field], Fraction(1))


def sentence(line: Line) -> str:
    """Return a step as a sentence."""
    return SENTENCES[line.word](line)


def _under(line: Line) -> str:
    word = line.step.atmosphere
    return _UNDER.get(word, f" under {word}")


def _phrase(before: str, text: str) -> str:
    return f" {before} {text}" if text else ""


def _at(line: Line) -> str:
    return _phrase("at", line.number("temperature"))


def _for(line: Line) -> str:
    return _phrase("for", line.number("duration"))


def _material(line: Line) -> str:
    name = f"the stock {line.step.material}" if line.is_stock else line.step.material
    about = f" ({line.about})" if line.about else ""
    return f"{line.take} of {name}{about}" if line.take else f"{name}{about}"


def _over(line: Line, otherwise: str = "") -> str:
    return _phrase("over", line.number("addition_time")) or otherwise


def _add(line: Line) -> str:
    return f"Put in {_material(line)}{_over(line)}{_under(line)}."


def _inject(line: Line) -> str:
    return f"Inject {_material(line)}{_over(line, ' at once')}{_under(line)}."


def _dilute(line: Line) -> str:
    return f"Dilute with {_material(line)}{_over(line)}."


def _dry(line: Line) -> str:
    return f"Dry{_for(line)}{_at(line)}{_under(line)}."


def _degas(line: Line) -> str:
    return f"Degas{_for(line)}{_at(line)}{_under(line)}."


def _heat(line: Line) -> str:
    hold = line.number("duration")
    return f"Heat to {line.number('temperature')}{_under(line)}{f' and hold it there for {hold}' if hold else ''}."


def _standing(text: str) -> Callable[[Line], str]:
    return lambda line: f"{text}{_for(line)}{_at(line)}{_under(line)}."


def _cool(line: Line) -> str:
    time = line.number("duration")
    way = f", over {time}" if time else " in a bath"
    return f"Cool to {line.number('temperature')}{way}{_under(line)}."


def _quench(line: Line) -> str:
    return f"Quench to {line.number('temperature')} in a cold bath{_under(line)}."


def _centrifuge(line: Line) -> str:
    force = line.number("centrifugal_force") if math.isfinite(line.step.centrifugal_force) else ""
    speed = f"{force.removesuffix(' g')} × g" if force else line.number("rotation")
    kept = {"liquid": "; keep the liquid, discard the solid", "solid": "; keep the solid, pour off the liquid"}
    return f"Centrifuge at {speed}{_for(line)}{kept.get(line.step.keep, '')}."


def _wash(line: Line) -> str:
    liquids = " and ".join(f"{amount} of {name}" for name, amount in line.solvents)
    ratio = f" ({line.ratio})" if line.ratio else ""
    return f"Precipitate with {liquids}{ratio}; spin down, pour off the liquid, keep the precipitate."


def _redisperse(line: Line) -> str:
    return f"Redisperse the precipitate in {_material(line)}."


def _filter(line: Line) -> str:
    return f"Filter through pores of {line.number('pore')}."


def _spin(line: Line) -> str:
    return f"Spin at {line.number('rotation')}{_for(line)}{_under(line)}."


def _dip(line: Line) -> str:
    name = f"the stock {line.step.material}" if line.is_stock else line.step.material
    return f"Dip the film into {name}{_for(line)}."


def _anneal(line: Line) -> str:
    return f"Anneal the film at {line.number('temperature')}{_for(line)}{_under(line)}."


#: word of a study -> its sentence; every word of :data:`halodot.study.verbs.VERBS` has one
SENTENCES: Mapping[str, Callable[[Line], str]] = {
    "add": _add,
    "inject": _inject,
    "dilute": _dilute,
    "dry": _dry,
    "degas": _degas,
    "heat": _heat,
    "hold": _standing("Wait"),
    "stir": _standing("Stir"),
    "age": _standing("Let it age"),
    "store": _standing("Store"),
    "cool": _cool,
    "quench": _quench,
    "centrifuge": _centrifuge,
    "wash": _wash,
    "redisperse": _redisperse,
    "filter": _filter,
    "spin": _spin,
    "dip": _dip,
    "anneal": _anneal,
}
