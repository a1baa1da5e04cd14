"""The words of a procedure: what a step may be, which numbers it takes, and where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

#: how much of a reagent there is, by key
AMOUNTS = ("mass", "volume", "amount", "equivalents")
ATMOSPHERES = ("argon", "nitrogen", "vacuum", "air")
PER_DISPERSION = "volume of dispersion"
#: what of a centrifuge tube goes on
KEPT = ("liquid", "solid")


class Verb(NamedTuple):
    """What one word of a procedure means."""

    value: str  # what stands right after the word
    keys: Mapping[str, str]  # other keys -> field of the step that each fills
    parts: tuple[str, ...]  # of the recipe in which the step may stand: stocks, pot, work_up, film
    kind: str = ""  # of the step, where the word itself is not it
    atmosphere: str = ""  # where none is stated


_REAGENT = {**{key: key for key in AMOUNTS}, "of": "of", "under": "atmosphere", "over": "addition_time"}
_STANDING = {"temperature": "temperature", "under": "atmosphere"}
_LIQUIDS = ("stocks", "pot", "work_up")

#: word -> what it means; words of one kind differ for the reader only
VERBS: Mapping[str, Verb] = {
    "add": Verb("chemical", _REAGENT, _LIQUIDS),
    "inject": Verb("stock or chemical", _REAGENT, _LIQUIDS),
    "dilute": Verb("chemical", {"volume": "volume", "over": "addition_time"}, _LIQUIDS, "add"),
    "dry": Verb("duration", _STANDING, (*_LIQUIDS, "film")),
    "degas": Verb("duration", _STANDING, _LIQUIDS, "dry", "vacuum"),
    "heat": Verb("temperature", {"hold": "duration", "under": "atmosphere"}, _LIQUIDS),
    "hold": Verb("duration", _STANDING, _LIQUIDS),
    "stir": Verb("duration", _STANDING, _LIQUIDS, "hold"),
    "age": Verb("duration", _STANDING, _LIQUIDS, "hold"),
    "store": Verb("duration", _STANDING, _LIQUIDS, "hold"),
    "cool": Verb("temperature", {"over": "duration", "under": "atmosphere"}, _LIQUIDS),
    "quench": Verb("temperature", {"under": "atmosphere"}, _LIQUIDS, "cool"),
    "centrifuge": Verb("speed", {"time": "duration", "keep": "keep"}, ("work_up",)),
    "wash": Verb("antisolvents", {"per": "per_dispersion"}, ("work_up",)),
    "redisperse": Verb("chemical", {"volume": "volume"}, ("work_up",)),
    "filter": Verb("pore", {}, ("work_up",)),
    "spin": Verb("rotation", {"time": "duration", "under": "atmosphere"}, ("film",)),
    "dip": Verb("stock or chemical", {"time": "duration"}, ("film",)),
    "anneal": Verb("temperature", {"hold": "duration", "under": "atmosphere"}, ("film",)),
}

#: word -> how a recipe writes it, and what it means there
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "add": ("{add: PbI2, mass: 170 mg}", "a chemical by `mass`, `volume`, `amount`, or `equivalents` with `of`"),
    "inject": ("{inject: cs_oleate, volume: 2.2 mL, over: 1 min}", "a stock or a chemical, at once or `over` a time"),
    "dilute": ("{dilute: hexane, volume: 2 mL}", "more solvent; an antisolvent is a wash"),
    "dry": ("{dry: 1 h, temperature: 120 degC, under: argon}", "volatile liquids and water leave"),
    "degas": ("{degas: 30 min, temperature: 100 degC}", "to dry under vacuum"),
    "heat": ("{heat: 150 degC, hold: 10 min, under: nitrogen}", "a temperature, and a time at it"),
    "hold": ("{hold: 5 s}", "a time at the temperature that is there, or at a stated one"),
    "stir": ("{stir: 1 h, temperature: 25 degC}", "to hold"),
    "age": ("{age: 24 h, temperature: 25 degC}", "to hold"),
    "store": ("{store: 60 day, temperature: 4 degC, under: nitrogen}", "to hold"),
    "cool": ("{cool: 25 degC}", "a bath takes the heat; `over` a time it is held there"),
    "quench": ("{quench: 25 degC}", "to cool"),
    "centrifuge": ("{centrifuge: 8000 g, time: 5 min, keep: liquid}", "by force or speed (`5000 rpm`); `keep: solid`"),
    "wash": (
        "{wash: {methyl acetate: 3}, per: volume of dispersion}",
        "antisolvents by volume (`{methyl acetate: 12 mL}`) or by ratio; precipitate, spin down and pour off in one",
    ),
    "redisperse": ("{redisperse: hexane, volume: 2 mL}", "a precipitate in a new solvent"),
    "filter": ("{filter: 0.22 um}", "by the size of its pores"),
    "spin": ("{spin: 2000 rpm, time: 30 s}", "a spin coater"),
    "dip": ("{dip: methyl acetate, time: 5 s}", "the film into a bath"),
    "anneal": ("{anneal: 70 degC, hold: 5 min, under: nitrogen}", "heat for the film"),
}

#: where a step stands that is not of this part of the recipe -> why not
ELSEWHERE: Mapping[str, str] = {
    "work_up": "holds no purified dispersion: a {} belongs to work_up, after the pot has made the dots",
    "film": "holds no film: a {} belongs to film, the last part of the recipe",
    "": "holds a film, not a liquid: a {} belongs to the pot or to work_up",
}


def allowed(part: str) -> tuple[str, ...]:
    """Return the words for the steps of a part of the recipe: stocks, pot, work_up or film."""
    return tuple(word for word, verb in VERBS.items() if part in verb.parts)


def kind_of(word: str) -> str:
    """Return the kind of step that a word means: to stir, to age and to store are to hold."""
    return VERBS[word].kind or word
