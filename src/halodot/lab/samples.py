"""Which sample a file belongs to, by the words of its folders and of its name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

#: words that say what was measured or how, and never of what
_MEASUREMENTS = frozenset(
    re.findall(
        r"\w+",
        """
        pl plqy qy abspl ple eem trpl tcspc decay lifetime uv vis uvvis nir abs absorption absorbance transmission
        transmittance reflection reflectance xrd gixrd saxs ftir ir atr raman xps ups vb arpes tga dsc sclc hod eod jv
        jvl iv ivl lv el eqe ipce cie spectrum spectra spec tem stem sem hrtem afm spm stability aging ageing t50 irf
        prompt response blank ref reference dark bg background baseline bkg calibration calib cal standard lamp laser
        exc emission excitation sphere raw probe data export exported txt csv dat asc scan sweep forward reverse fwd rev
        fw rv light measurement measurements meas results file files new final copy img image images map micrograph
        pattern corr corrected nm ns led leds oled pled qled device devices sample samples hole electron only single
        carrier normal angular el in out with without
        """,
    )
)
#: dates as they stand in names: 2026-03-04, 20260304, 04.03.2026, 260304
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}[-_.]?[01]\d[-_.]?[0-3]\d|[0-3]\d[-_.][01]\d[-_.](?:19|20)?\d{2}|2\d[01]\d[0-3]\d)(?!\d)"
)
_TIME = re.compile(r"(?<!\d)[0-2]\d[h:.-][0-5]\d(?:[m:.-][0-5]\d)?(?!\d)")
#: what only counts repeats, spots and pixels: 1, 02, no3, px4, spot2, run1, A1, B12, px-A
_COUNTING = re.compile(
    r"(?:no|nr|n|img|image|area|map|px|pix|pixel|spot|pos|position|run|rep|repeat|scan|sweep|test|try|meas|m|v|dev|device|cell|frame)?\d{1,4}[a-d]?"
    r"|[a-h]\d{1,2}|\d{1,2}[a-h]",
    re.IGNORECASE,
)
#: words whose number tells samples apart
_NUMBERED = re.compile(r"batch|sample|lot|series|film|substrate|chip|wafer", re.IGNORECASE)
_WORDS = re.compile(r"[^\s_.,;()\[\]{}+]+")
#: amounts in names, which tell samples apart: 0.2 mmol, 0,5 mgml, 60 C, 10nm, 5 min
_AMOUNT = re.compile(
    r"(?<![A-Za-z0-9.,])(?P<number>\d+(?:[.,]\d+)?)[ _]?"
    r"(?P<unit>mmol|umol|mol|mgml|mg|ug|g|ul|ml|mM|uM|M|wt|at|eq|equiv|degC|C|K|nm|um|mm|min|h|rpm|x|%|ppm|vol)(?![A-Za-z])"
)
#: numbers with a unit that are settings of an instrument: 365nm, 20mW, 10kHz, 300ms
_CONDITION = re.compile(
    r"\d{3,4}nm|\d+(?:[.,]\d+)?(?:ns|ps|us|ms|s|mw|uw|nw|w|ma|ua|mv|kv|v|khz|mhz|hz|ev|kev)", re.IGNORECASE
)
#: stand for the point within an amount, and before it, while a name is taken apart
_POINT, _BEFORE = "\ue000", "\ue001"


def sample_of(path: str, folder: str = "") -> str:
    """Return the name of the sample that a file is of.

    Dates, words for kinds of measurements and numbers that count repeats are left out of the names of its folders and
    of its own; what is left is the sample, from the outer folder to the file.

    Args:
        path: of the file below the folder that is analysed, with "/" between its parts.
        folder: name of the folder that is analysed, which names the sample where nothing below it does.
    """
    place = PurePosixPath(path)
    found: list[str] = []
    for part in (*place.parent.parts, _stem(place.name)):
        found += [word for word in words_of(part) if word not in found]
    return " ".join(found) or " ".join(words_of(folder)) or folder or "sample"


def words_of(name: str) -> list[str]:
    """Return the words of a folder or file name that may name a sample."""
    kept = _AMOUNT.sub(_one_word, _TIME.sub(" ", _DATE.sub(" ", name)))
    words = [stripped for word in _WORDS.findall(kept) if (stripped := word.strip("-"))]
    found: list[str] = []
    for word, after in zip(words, [*words[1:], ""]):
        if after.isdigit() and _NUMBERED.fullmatch(word.rsplit("-", 1)[-1]):
            found.append(f"{word} {after}")  # the number itself is left out as a count below
        elif not _says_how(word):
            found.append(word.replace(_POINT, ".").removeprefix(_BEFORE))
    return found


def _one_word(found: re.Match[str]) -> str:
    """Return an amount as one word, its decimal mark kept from ending a word; a setting stays as it is."""
    if _CONDITION.fullmatch(found["number"] + found["unit"]):
        return found[0]
    number = re.sub(r"[.,]", _POINT, found["number"])
    return f" {_BEFORE}{number}{found['unit']} "


def _says_how(word: str) -> bool:
    parts = [part for part in re.split(r"-", word) if part]
    return all(
        part.casefold() in _MEASUREMENTS or _COUNTING.fullmatch(part) or _CONDITION.fullmatch(part) for part in parts
    )


def _stem(name: str) -> str:
    """Return a file name without its ending."""
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9-]{0,6}$", "", name)
    return stem or name


def matches(pattern: str, path: str) -> int:
    """Return how near to the file's name a pattern of words stands in its path: 0 nowhere, more is nearer.

    Args:
        pattern: words as in ``Role.words``: "irf|prompt".
        path: of the file, with "/" between its parts.
    """
    if not pattern:
        return 0
    whole = re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)
    parts = PurePosixPath(path).parts
    for distance, part in enumerate((_stem(parts[-1]), *reversed(parts[:-1]))):
        if whole.search(part):
            return len(parts) - distance
    return 0
