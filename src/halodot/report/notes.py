"""How notes are shown: by what they are about, the gravest first, each sentence once with all of its places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from halodot.states import Note

#: what stands above the notes of a kind, the kinds that most concern the numbers first
HEADINGS: Mapping[str, str] = {
    "missing physics": "Physics that the model leaves out",
    "accuracy": "Numerical accuracy",
    "unlikely": "Unlikely values",
    "not followed": "Written, and not followed",
    "corrected": "Corrected",
    "extrapolated": "Outside the range of the data",
    "other library": "From another library than the one that ships",
    "assumed": "Assumed",
}


@dataclass(frozen=True)
class Remark:
    """A sentence and the places that it is about."""

    text: str
    places: tuple[str, ...]

    def place(self, most: int = 3) -> str:
        """Return the places as text, the first few where there are many."""
        more = f" and {len(self.places) - most} more" if len(self.places) > most else ""
        return ", ".join(self.places[:most]) + more

    def __str__(self) -> str:
        return f"{self.place()}: {self.text}" if self.places else self.text


def grouped(notes: Iterable[Note]) -> dict[str, tuple[Remark, ...]]:
    """Return notes by the heading of their kind; the same sentence of several places is one remark."""
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in HEADINGS}
    for note in notes:
        places = found.setdefault(note.kind, {}).setdefault(_sentence(note.text), [])
        if note.where and note.where not in places:
            places.append(note.where)
    return {
        HEADINGS.get(kind, kind.capitalize()): tuple(Remark(text, tuple(places)) for text, places in remarks.items())
        for kind, remarks in found.items()
        if remarks
    }


def _sentence(text: str) -> str:
    """Return a text that ends like a sentence."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
