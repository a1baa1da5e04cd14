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
