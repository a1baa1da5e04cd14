"""Bruker, DIFFRAC.EVA: xy, a line of words before each range and rows of position and intensity.

``'Id: "film" Comment: "" Operator: "Ada" Anode: "Cu" Scantype: "Coupled TwoTheta/Theta" TimePerStep: "96"``. The
program writes counts or counts per second, and does not say which: whole numbers are taken for counts.
"""

from __future__ import annotations

import re

from halodot.readers.formats._diffraction import check_line_end, drive, intensities, of_one_kind, settings, texts, whole
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_WORD = re.compile(r'(\w+): "([^"]*)"')


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    first = file.lines[0]
    known = first.startswith("'") and {"Id", "Anode", "Scantype"} <= {word for word, _ in _WORD.findall(first)}
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    check_line_end(file)
    heads = [line for line, text in enumerate(file.lines, 1) if text.startswith("'")]
    curves = []
    for place, line in enumerate(heads, 1):
        words = dict(_WORD.findall(file.line(line)))
        numbers = block(file, line + 1, columns=2)
        after = line + 1 + numbers.lines
        if after not in (*heads, len(file.lines)) and any(text.strip() for text in file.lines[after - 1 : after]):
            raise file.refusal(f"two numbers were expected, not {file.line(after)[:40]!r}", line=after)
        moved = drive(words.get("Scantype", ""))
        if moved is None:
            raise file.refusal(f"Scantype is {words.get('Scantype', '')!r}; its axis is not known", line=line)
        x = Values(moved.quantity, numbers.values[:, 0], moved.unit, moved.name)
        own = settings(integration_time=(number(words.get("TimePerStep", "")), "s"))
        label = f"range {place}" if len(heads) > 1 else ""
        curves.append(Curve((x,), (intensities(whole(numbers.values[:, 1])),), label, own))
    words = dict(_WORD.findall(file.line(heads[0])))
    metadata = texts(
        instrument="Bruker diffractometer (DIFFRAC.SUITE)",
        software="DIFFRAC.EVA",
        sample=words.get("Id", ""),
        comment=words.get("Comment", ""),
        operator=words.get("Operator", ""),
        anode=words.get("Anode", ""),
        technique=words.get("Scantype", ""),
    )
    return Recording(
        "x_ray_diffraction", of_one_kind(curves), metadata, {key: text for key, text in words.items() if text}
    )


READER = Reader("bruker_eva_xy", "Bruker DIFFRAC.EVA, xy text", _sniff, _read)
