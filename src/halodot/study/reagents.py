"""What the description of a reagent says without stating it, and where it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from halodot.study.formulas import NONMETALS, atoms, formula_mass

HALOGENS = ("I", "Br", "Cl")
#: roles of salts whose metal ions count -> the metal, empty where it is that of the formula
METAL_OF: Mapping[str, str] = {"cesium source": "Cs", "lead source": "Pb", "metal salt": ""}
#: roles whose halogen is an ion or becomes one
_GIVE_HALIDE = (
    *METAL_OF,
    "organic cation source",
    "halide source",
    "ammonium halide",
    "quaternary ammonium halide",
    "strong acid",
)
#: roles whose reagents bring halide ions, or are of another role
_NOTHING_ELSE = ("halide source", "ammonium halide", "quaternary ammonium halide")
#: relative difference between a molar mass and its formula that rounding does not explain
_ROUNDING = 0.01


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a reagent with those that its formula gives: metal, metal ions and halide ions.

    Args:
        values: by field of :class:`halodot.states.Chemical`; what is stated is kept.
    """
    role, counted = values.get("role"), atoms(str(values.get("formula", "")))
    found: dict[str, Any] = {}
    metals = [symbol for symbol in counted if symbol not in NONMETALS]
    if role == "metal salt" and len(metals) == 1:
        found["metal"] = metals[0]
    metal = METAL_OF.get(str(role)) or values.get("metal") or found.get("metal", "")
    if role in METAL_OF and counted[metal]:
        found["cation_count"] = float(counted[metal])
    halogens = [symbol for symbol in HALOGENS if symbol in counted]
    if role in _GIVE_HALIDE and len(halogens) == 1 and values.get("halide") in (None, "", *halogens):
        found |= {"halide": halogens[0], "halide_count": float(counted[halogens[0]])}
    return found | dict(values)


def doubts(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the description of a reagent leaves in doubt, as sentences.

    Args:
        values: by field of :class:`halodot.states.Chemical`, in SI.
    """
    name, formula, role = values["name"], values["formula"], values["role"]
    mass = formula_mass(formula)
    if abs(values["molar_mass"] - mass) > _ROUNDING * mass:
        yield (
            f"{name} has {values['molar_mass'] * 1e3:.5g} g/mol, its formula {formula} {mass * 1e3:.5g} g/mol; "
            "the formula is that of what is weighed, its water included"
        )
    if role in METAL_OF and not values.get("cation_count"):
        yield f"{name} is a {role} whose formula {formula} shows no such metal; without cation_count it brings none"
    if role in _NOTHING_ELSE and not values.get("halide_count"):
        yield f"{name} is a {role}; without halide and halide_count it brings no halide ions"
    if values.get("halide", "") not in ("", *HALOGENS):
        yield f"{values['halide']!r} is no halide of these dots: {', '.join(HALOGENS)}"
