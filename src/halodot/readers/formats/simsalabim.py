"""Current-voltage curves that the drift-diffusion program SIMsalabim writes, and the analytic ones of its tests.

The first line names the columns: ``Vext``, then current densities, whose names start with J. SIMsalabim works in SI
units: voltages in V, current densities in A/m2, times in s.
"""

from __future__ import annotations

import re

from halodot.readers.numbers import block
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_CURRENT = re.compile(r"(?:err)?J\w*")
#: laws of space-charge-limited current that the tests of the program put beside it
_LAWS = ("Murgatroyd", "MottGurney")
_NOT_A_WORD = re.compile(r"[^0-9a-z]+")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    head = file.lines[0].split()
    known = len(head) > 1 and ("Vext" in head[:2]) and any(word.startswith("Jext") for word in head)
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    head = file.line(1).split()
    if len(set(head)) < len(head):
        raise file.refusal("a name of a column stands here twice", line=1)
    numbers = block(file, 2, delimiter="\t" if "\t" in file.line(2) else " ", columns=len(head))
    rest = next((k for k in range(1 + numbers.lines, len(file.lines)) if file.lines[k].strip()), 0)
    if file.lines[-1]:
        raise file.refusal("the file does not end with a whole line; it is cut off", line=len(file.lines))
    if rest:
        raise file.refusal(f"another row of {len(head)} numbers was expected", line=rest + 1)
    found = []
    for place, name in enumerate(head):
        quantity, unit = _meaning(name)
        plain = name in ("Vext", "Jext", "t")
        word = "" if plain else _NOT_A_WORD.sub("_", name.casefold()).strip("_")
        found.append(Values(quantity, numbers.values[:, place], unit, word, name))
    time = next((value for value in found if value.quantity == "time"), None)
    axis = time or next(value for value in found if value.heading == "Vext")
    others = tuple(value for value in found if value is not axis)
    kind = "time_series" if time is not None else "current_voltage"
    note = "units are those of SIMsalabim: V, A/m2, s"
    return Recording(kind, (Curve((axis,), others),), {"software": "SIMsalabim"}, notes=(note,))


def _meaning(name: str) -> tuple[str, str]:
    """Return the quantity of a column and its unit."""
    if name == "t":
        return "time", "s"
    if name in ("Vext", "Vint"):
        return "voltage", "V"
    return ("current_density", "A/m2") if _CURRENT.fullmatch(name) or name in _LAWS else ("number", "1")


READER = Reader("simsalabim", "current-voltage curves of SIMsalabim", _sniff, _read)
