"""Molecular formulas: the atoms that they count, and what these weigh."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

#: standard atomic weights, g/mol, abridged: Prohaska et al., Pure Appl. Chem. 94, 573 (2022), 10.1515/pac-2019-0603
WEIGHTS: Mapping[str, float] = {
    "H": 1.008, "Li": 6.94, "Be": 9.0122, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990,
    "Mg": 24.305, "Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078,
    "Sc": 44.956, "Ti": 47.867, "V": 50.942, "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693,
    "Cu": 63.546, "Zn": 65.38, "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971, "Br": 79.904, "Rb": 85.468,
    "Sr": 87.62, "Y": 88.906, "Zr": 91.224, "Nb": 92.906, "Mo": 95.95, "Ru": 101.07, "Rh": 102.91, "Pd": 106.42,
    "Ag": 107.87, "Cd": 112.41, "In": 114.82, "Sn": 118.71, "Sb": 121.76, "Te": 127.60, "I": 126.90, "Cs": 132.91,
    "Ba": 137.33, "La": 138.91, "Ce": 140.12, "Pr": 140.91, "Nd": 144.24, "Sm": 150.36, "Eu": 151.96, "Gd": 157.25,
    "Tb": 158.93, "Dy": 162.50, "Ho": 164.93, "Er": 167.26, "Tm": 168.93, "Yb": 173.05, "Lu": 174.97, "Hf": 178.49,
    "Ta": 180.95, "W": 183.84, "Re": 186.21, "Os": 190.23, "Ir": 192.22, "Pt": 195.08, "Au": 196.97, "Hg": 200.59,
    "Tl": 204.38, "Pb": 207.2, "Bi": 208.98,
}  # fmt: skip
#: elements of a salt that are no metal
NONMETALS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I")
_TOKEN = re.compile(r"([A-Z][a-z]?|\(|\))(\d*)")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉[]", "0123456789()")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
#: a word that may be a formula, with the shares of a mixed crystal: CsPbI3, CsPb(Br0.4I0.6)3
_COUNT = r"\d{1,2}(?:\.\d+)?"
_ATOM = rf"[A-Z][a-z]?(?:{_COUNT})?"
_WORD = re.compile(rf"(?<![\w.\-/])(?=[A-Z(][^\s]*\d)(?:{_ATOM}|\((?:{_ATOM})+\){_COUNT}){{2,}}(?!\w)")


def atoms(formula: str) -> Counter[str]:
    """Return the atoms of a formula by element, such as ``Pb(CH3COO)2·3H2O``; none where it cannot be read."""
    total: Counter[str] = Counter()
    for part in re.split(r"[·.*]", formula.translate(_SUBSCRIPTS).replace(" ", "")):
        times, rest = re.match(r"(\d*)(.*)", part).groups()  # type: ignore[union-attr]
        counted = _counted(rest)
        if not counted:
            return Counter()
        for symbol, count in counted.items():
            total[symbol] += count * int(times or 1)
    return total


def _counted(text: str) -> Counter[str]:
    """Return the atoms of a formula without dots, with groups in brackets."""
    levels: list[Counter[str]] = [Counter()]
    end = 0
    for token in _TOKEN.finditer(text):
        symbol, count = token[1], int(token[2] or 1)
        if token.start() != end or (symbol == ")" and len(levels) == 1) or (symbol == "(" and token[2]):
            return Counter()
        end = token.end()
        if symbol == "(":
            levels.append(Counter())
        elif symbol == ")":
            for inner, number in levels.pop().items():
                levels[-1][inner] += number * count
        elif symbol in WEIGHTS:
            levels[-1][symbol] += count
        else:
            return Counter()
    return levels[0] if len(levels) == 1 and end == len(text) else Counter()


def formula_mass(formula: str) -> float:
    """Return the molar mass [kg/mol] of a formula, nan where it cannot be read."""
    counted = atoms(formula)
    return math.fsum(WEIGHTS[symbol] * count for symbol, count in counted.items()) * 1e-3 if counted else math.nan


def with_subscripts(text: str) -> str:
    """Return a text with the counts of its formulas as subscripts: "CsPbI₃ dots" for "CsPbI3 dots"."""
    return _WORD.sub(lambda found: found[0].translate(_LOWERED) if _is_formula(found[0]) else found[0], text)


def _is_formula(word: str) -> bool:
    """Whether a word is made of two elements or more, each of them known."""
    symbols = re.findall("[A-Z][a-z]?", word)
    return len(set(symbols)) > 1 and all(symbol in WEIGHTS for symbol in symbols)
