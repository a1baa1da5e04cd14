"""The errors that a user can meet; each says what, where, why and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input, with the place where it stands.

    ``line`` and ``column`` count from 1; 0 means that the input is no file or the place is unknown.
    """

    message: str
    path: str = ""  # "recipe.pot[3].volume"
    file: str = ""
    line: int = 0
    column: int = 0
    source_line: str = ""
    suggestion: str = ""  # the nearest valid word, or the corrected text

    def __str__(self) -> str:
        typed = (
            self.file.partition(" ")[2] if self.file.startswith("--") else ""
        )  # path of a change of the command line
        where = f"{self.file}:{self.line}:{self.column}" if self.line and not typed else self.file
        text = self.message if self.path in ("", typed) else f"{self.path}: {self.message}"
        text = f"{where}: {text}" if where else text
        if self.suggestion:
            stop = "" if text.endswith((".", "?", "!", ":", ";")) else "."
            text += f"{stop} Did you mean {self.suggestion!r}?"
        if self.source_line and not (typed and self.column == 1):
            text += f"\n    {self.source_line.rstrip()}\n    {' ' * max(self.column - 1, 0)}^"
        return text


class HalodotError(Exception):
    """Base of every error that halodot raises on purpose."""


class InputError(HalodotError):
    """The input cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: Problem | list[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(HalodotError):
    """A measured file cannot be read or analysed."""


class ValidityError(HalodotError):
    """The input is well formed but outside what the models are valid for."""


class ConvergenceError(HalodotError):
    """A solver stopped short; carries the part that was solved and how it went."""

    def __init__(self, message: str, partial: Any = None, history: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.partial = partial
        self.history = history


class FitError(HalodotError):
    """A fit did not reach a minimum that can be trusted."""
