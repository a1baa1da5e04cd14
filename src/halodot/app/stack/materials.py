"""The materials of the library, to choose a layer's from: by role, with their levels and whose these are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from halodot.app.stack.words import cited, exact_text
from halodot.errors import InputError
from halodot.study import library
from halodot.study.folders import Folder, folders

#: numbers that tell materials apart -> how they are called in a line
_NUMBERS = {
    "electron_affinity": "LUMO or CB",
    "ionisation_energy": "HOMO or VB",
    "work_function": "work function",
    "electron_mobility": "electron mobility",
    "hole_mobility": "hole mobility",
}


@dataclass(frozen=True)
class MaterialNumber:
    """A number that tells a material apart."""

    label: str
    text: str
    kind: str
    source: str  # in words


@dataclass(frozen=True)
class Material:
    """A material to choose."""

    name: str
    role: str
    about: str
    numbers: tuple[MaterialNumber, ...]
    from_folder: str  # of the user's own, empty for the library that ships

    @property
    def line(self) -> str:
        """The name with its levels, as one line of a list."""
        levels = [number.text.removesuffix(" eV") for number in self.numbers if number.text.endswith(" eV")]
        return f"{self.name} ({' / '.join(levels)} eV)" if levels else self.name


def materials() -> dict[str, tuple[Material, ...]]:
    """Return the materials of the library and of the user's own folders, by role; those that cannot be read are out."""
    return _materials(folders())


@lru_cache(maxsize=2)
def _materials(_: tuple[Folder, ...]) -> dict[str, tuple[Material, ...]]:
    """Return the materials of folders as they are now."""
    found: dict[str, list[Material]] = {}
    for name in library.materials():
        try:
            made = _material(name)
        except InputError:
            continue
        found.setdefault(made.role, []).append(made)
    return {role: tuple(sorted(items, key=lambda item: item.name.casefold())) for role, items in found.items()}


def material(name: str) -> Material | None:
    """Return a material of the library by any of its names, None where there is none.

    Args:
        name: as one writes it.
    """
    known = library.find("materials", name)
    return _material(known) if known else None


def names(choice: Iterable[tuple[Material, ...]]) -> tuple[str, ...]:
    """Return the names of some materials, by role, in one list."""
    return tuple(item.name for items in choice for item in items)


def _material(name: str) -> Material:
    entry = library.material(name)
    numbers = tuple(
        MaterialNumber(label, exact_text(word, number.value, number.unit), number.kind, _source(number.source))
        for word, label in _NUMBERS.items()
        if (number := entry.inputs.get(word)) is not None
    )
    return Material(name, str(entry.values.get("role", "transport")), entry.about, numbers, entry.taken_from)


def _source(source: str) -> str:
    return cited(source, library.bibliography())
