"""``halodot schema``: what a study and a result consist of."""

from __future__ import annotations

from typing import Annotated

import typer

from halodot.errors import InputError, Problem


def schema(what: Annotated[str, typer.Argument(metavar="study|result", help="Which of the two.")]) -> None:
    """Print the JSON Schema of a study or of a result."""
    import json

    if what == "study":
        from halodot.study import study_schema as found
    elif what == "result":
        from halodot.results.schema import schema as found
    else:
        raise InputError(Problem(f"there is a schema of a study and of a result, not of {what!r}", suggestion="study"))
    print(json.dumps(found(), indent=1))
